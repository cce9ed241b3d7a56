//! Passes: a browser that goes live gets a secret for one session instead of the track's key, which nobody can be told
//! again. A pass is bound to a person's session, a track and a seat, and is good for one beginning within a minute.
//!
//! Invariant: passes live in memory alone. After a restart a page asks for another; what it may is looked up again then.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use identity::{AccountId, ConferenceId};
use kernel::Timestamp;
use media_core::{ChannelName, Seat};
use tokio_util::sync::CancellationToken;

use crate::limits;

/// What a pass opens.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    pub(crate) channel: ChannelName,
    pub(crate) seat: Seat,
    /// Who it was given to, and as a member of whose team: the pass ends with either.
    pub(crate) account: AccountId,
    pub(crate) conference: ConferenceId,
    /// The browser's session, with which the pass ends.
    pub(crate) session: String,
    pub(crate) until: Timestamp,
}

#[derive(Debug)]
struct Issued {
    pass: Pass,
    at: Timestamp,
    used: bool,
    ended: CancellationToken,
}

/// All passes of a process, by the digest of their secret.
#[derive(Debug, Default)]
pub(crate) struct Passes(Mutex<HashMap<String, Issued>>);

impl Passes {
    /// Keeps a pass.
    pub(crate) fn issue(&self, digest: String, pass: Pass, now: Timestamp) {
        let mut issued = self.lock();
        issued.retain(|_, known| known.used || known.pass.until > now);
        if issued.len() >= limits::PASSES_MAX {
            let oldest = issued
                .iter()
                .min_by_key(|(_, known)| known.at)
                .map(|(digest, _)| digest.clone());
            if let Some(oldest) = oldest.and_then(|digest| issued.remove(&digest)) {
                // Nobody could end it any more.
                oldest.ended.cancel();
            }
        }
        let pass = Issued {
            pass,
            at: now,
            used: false,
            ended: CancellationToken::new(),
        };
        issued.insert(digest, pass);
    }

    /// Uses a pass up; what it opens, and what ends its holder.
    pub(crate) fn redeem(&self, digest: &str, now: Timestamp) -> Option<(Pass, CancellationToken)> {
        let mut issued = self.lock();
        let known = issued.get_mut(digest)?;
        if known.used || known.pass.until <= now {
            return None;
        }
        known.used = true;
        Some((known.pass.clone(), known.ended.clone()))
    }

    /// Ends whoever publishes with a pass that `is_meant`, or could; how many there were.
    pub(crate) fn end(&self, is_meant: impl Fn(&Pass) -> bool) -> usize {
        let mut issued = self.lock();
        let before = issued.len();
        issued.retain(|_, known| {
            let stays = !is_meant(&known.pass);
            if !stays {
                known.ended.cancel();
            }
            stays
        });
        before - issued.len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Issued>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T01:00:00Z".parse().unwrap()
    }

    fn pass(session: &str) -> Pass {
        Pass {
            channel: ChannelName::parse("ours/a").unwrap(),
            seat: Seat::Primary,
            account: AccountId::stored("acc".to_owned()),
            conference: ConferenceId::stored("cnf".to_owned()),
            session: session.to_owned(),
            until: now() + limits::PASS_GOOD,
        }
    }

    #[test]
    fn a_pass_opens_once_and_within_its_time() {
        let passes = Passes::default();
        passes.issue("one".into(), pass("s"), now());
        assert!(passes.redeem("other", now()).is_none());
        assert!(passes.redeem("one", now()).is_some());
        assert!(passes.redeem("one", now()).is_none(), "once");
        passes.issue("two".into(), pass("s"), now());
        assert!(
            passes.redeem("two", now() + limits::PASS_GOOD).is_none(),
            "too late"
        );
    }

    #[test]
    fn the_end_of_a_session_ends_its_passes_and_no_others() {
        let passes = Passes::default();
        passes.issue("hers".into(), pass("hers"), now());
        passes.issue("his".into(), pass("his"), now());
        let (_, hers) = passes.redeem("hers", now()).unwrap();
        let (_, his) = passes.redeem("his", now()).unwrap();
        assert_eq!(passes.end(|pass| pass.session == "hers"), 1);
        assert_eq!((hers.is_cancelled(), his.is_cancelled()), (true, false));
    }

    #[test]
    fn passes_are_bounded_and_the_oldest_goes() {
        let passes = Passes::default();
        passes.issue("first".into(), pass("s"), now());
        let (_, first) = passes.redeem("first", now()).unwrap();
        for n in 0..limits::PASSES_MAX {
            passes.issue(n.to_string(), pass("s"), now() + Duration::from_secs(1));
        }
        assert!(
            first.is_cancelled(),
            "what cannot be ended any more is ended"
        );
        assert_eq!(passes.lock().len(), limits::PASSES_MAX);
    }
}
