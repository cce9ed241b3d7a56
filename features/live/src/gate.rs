//! Who may watch, decided from memory for every media request.
//!
//! A conference that anyone may watch needs no token. Of another one the address begins with `/t/{token}/`: an
//! HMAC over the conference and a week, handed to whoever may watch. It sits in the path and is the same for all
//! viewers, so that a cache between us and them shares everything. It is good for the week in which it is
//! handed out and the one after; weeks begin on Sunday evening, UTC, when nobody's picture minds another address.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use identity::Conferences as _;
use kernel::{Clock, Error, Result, Timestamp};
use program::{Conference, Programmes, Watch};
use ring::hmac;
use web::Cx;

use crate::limits::TOKEN_DAYS;

/// Who may watch; clones share what is known.
#[derive(Clone)]
pub struct Gate {
    key: Arc<hmac::Key>,
    clock: Clock,
    /// Who may watch which conference, by its name in addresses.
    rules: Arc<ArcSwap<HashMap<String, Watch>>>,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate")
    }
}

impl Gate {
    /// A gate that knows no conference yet, and so lets nobody in.
    pub(crate) fn new(secret: &str, clock: Clock) -> Self {
        let key = Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()));
        Self {
            key,
            clock,
            rules: Arc::default(),
        }
    }

    /// Learns the rules of all conferences.
    pub(crate) async fn learn(&self, db: &db::Db, programmes: &Programmes) -> Result<()> {
        let mut rules = HashMap::new();
        for id in programmes.all(db).await? {
            if let Some(programme) = programmes.of(db, &id).await? {
                let conference = &programme.conference;
                rules.insert(conference.slug.clone(), conference.watch);
            }
        }
        self.rules.store(Arc::new(rules));
        Ok(())
    }

    /// Whether whoever holds `token` may watch `channel` (`{conf}/{track}`).
    pub fn admits(&self, channel: &str, token: Option<&str>) -> bool {
        let conference = channel.split('/').next().unwrap_or_default();
        match self.rules.load().get(conference) {
            Some(Watch::Anyone) => true,
            Some(Watch::SignedIn) => token.is_some_and(|token| self.is_good(conference, token)),
            None => false,
        }
    }

    /// Where somebody who may watch finds the picture of a track.
    pub fn address(&self, conference: &Conference, track: &str) -> String {
        let slug = &conference.slug;
        match conference.watch {
            Watch::Anyone => format!("/media/{slug}/{track}/index.m3u8"),
            Watch::SignedIn => {
                let token = self.token(slug, week(self.clock.now()));
                format!("/t/{token}/media/{slug}/{track}/index.m3u8")
            }
        }
    }

    fn token(&self, conference: &str, week: i64) -> String {
        let tag = hmac::sign(&self.key, message(conference, week).as_bytes());
        format!(
            "{week}-{}",
            data_encoding::HEXLOWER.encode(&tag.as_ref()[..16])
        )
    }

    fn is_good(&self, conference: &str, token: &str) -> bool {
        let this = week(self.clock.now());
        // One after the other in constant time each: which of two public weeks it is is no secret.
        [this, this - 1].into_iter().any(|week| {
            let expected = self.token(conference, week);
            let same = expected
                .bytes()
                .zip(token.bytes())
                .fold(0, |differs, (a, b)| differs | (a ^ b));
            expected.len() == token.len() && same == 0
        })
    }
}

/// Whether whoever asks may watch a conference.
pub(crate) fn admit(cx: &Cx, conference: &Conference) -> Result<()> {
    match conference.watch {
        Watch::Anyone => Ok(()),
        Watch::SignedIn if cx.actor.is_some() => Ok(()),
        Watch::SignedIn => Err(Error::Unauthenticated),
    }
}

fn message(conference: &str, week: i64) -> String {
    format!("watch\n{conference}\n{week}")
}

/// Weeks since a Sunday at 19:00 UTC: night in Japan and evening in Europe.
fn week(now: Timestamp) -> i64 {
    // 1970-01-04 was a Sunday.
    const ANCHOR_SECONDS: i64 = (3 * 24 + 19) * 3600;
    (now.as_second() - ANCHOR_SECONDS).div_euclid(TOKEN_DAYS * 24 * 3600)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn gate(clock: &Clock) -> Gate {
        let gate = Gate::new("secret", clock.clone());
        let rules = [
            ("open", Watch::Anyone),
            ("closed", Watch::SignedIn),
            ("other", Watch::SignedIn),
        ];
        let rules = rules
            .into_iter()
            .map(|(slug, watch)| (slug.to_owned(), watch))
            .collect();
        gate.rules.store(Arc::new(rules));
        gate
    }

    #[test]
    fn a_token_opens_its_conference_for_a_week_or_two() {
        let clock = Clock::held_at(kernel::clock::from_micros(1_795_309_200_000_000));
        let gate = gate(&clock);
        assert!(gate.admits("open/a", None) && gate.admits("open/a", Some("nonsense")));
        assert!(!gate.admits("unknown/a", None));
        let token = gate.token("closed", week(clock.now()));
        assert!(gate.admits("closed/a", Some(&token)) && gate.admits("closed/b", Some(&token)));
        assert!(!gate.admits("other/a", Some(&token)));
        let forged = format!("{}0", &token[..token.len() - 1]);
        for bad in [None, Some(""), Some("1-00"), Some(&token[1..])] {
            assert!(!gate.admits("closed/a", bad), "{bad:?}");
        }
        assert!(forged == token || !gate.admits("closed/a", Some(&forged)));
        clock.advance(Duration::from_hours(7 * 24));
        assert!(gate.admits("closed/a", Some(&token)));
        clock.advance(Duration::from_hours(7 * 24));
        assert!(!gate.admits("closed/a", Some(&token)));
        let elsewhere = Gate::new("another secret", clock.clone());
        let theirs = elsewhere.token("closed", week(clock.now()));
        assert!(!gate.admits("closed/a", Some(&theirs)));
    }

    #[test]
    fn weeks_change_on_sunday_evening() {
        let at = |text: &str| week(text.parse().expect("a timestamp"));
        assert_eq!(at("2026-11-22T18:59:59Z") + 1, at("2026-11-22T19:00:00Z"));
        assert_eq!(at("2026-11-22T19:00:00Z"), at("2026-11-29T18:59:59Z"));
    }
}
