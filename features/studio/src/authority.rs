//! Decides about stream keys for the ingest.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use media_ingest::rtmp::{Admission, Decision, Denied, StreamKey};
use tokio_util::sync::CancellationToken;

use crate::actions::channel;
use crate::{Studio, limits, store};

/// The tokens of those who publish, by the digest of their key.
#[derive(Default)]
pub(crate) struct Publishers(Mutex<HashMap<String, CancellationToken>>);

impl Publishers {
    /// The token of a key. Taken before the key is looked up: who is revoked in between is ended all the same.
    fn token(&self, digest: &str) -> CancellationToken {
        self.lock().entry(digest.to_owned()).or_default().clone()
    }

    fn forget(&self, digest: &str) {
        self.lock().remove(digest);
    }

    /// Ends whoever publishes with a key.
    pub(crate) fn end(&self, digest: &str) {
        if let Some(token) = self.lock().remove(digest) {
            token.cancel();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who decides about stream keys.
#[derive(Clone)]
pub struct Authority(pub(crate) Studio);

impl media_ingest::rtmp::Authority for Authority {
    fn admit<'a>(&'a self, key: &'a StreamKey, _: SocketAddr) -> Decision<'a> {
        Box::pin(async move { self.decide(&kernel::id::digest(key.reveal())).await })
    }
}

impl Authority {
    async fn decide(&self, digest: &str) -> Result<Admission, Denied> {
        let studio = &self.0.0;
        if let Some((pass, revoked)) = studio.passes.redeem(digest, studio.app.clock.now()) {
            return Ok(Admission {
                channel: pass.channel,
                seat: pass.seat,
                revoked,
                aside: None,
            });
        }
        let revoked = studio.publishers.token(digest);
        let opened = store::open(&studio.app.db, digest)
            .await
            .map_err(|error| unavailable(&error));
        let opened = match opened {
            Ok(Some(opened)) => opened,
            // Nobody publishes with a key that opens nothing; guesses must not fill the table.
            Ok(None) => {
                studio.publishers.forget(digest);
                return self.decide_test(digest).await;
            }
            Err(denied) => return Err(denied),
        };
        let found = studio
            .programmes
            .of(&studio.app.db, &opened.conference)
            .await;
        let programme = found
            .map_err(|error| unavailable(&error))?
            .ok_or(Denied::UnknownKey)?;
        // A closed conference takes no pictures either.
        if programme.conference.changeable().is_err() {
            return Err(Denied::UnknownKey);
        }
        let track = programme.track(&opened.track).ok_or(Denied::UnknownKey)?;
        let channel = channel(&programme, track).ok_or(Denied::UnknownKey)?;
        let now = studio.app.clock.now();
        let used_lately = opened
            .used_at
            .is_some_and(|used| now.duration_since(used).unsigned_abs() < limits::KEY_USED_EVERY);
        if !used_lately && let Err(error) = store::used(&studio.app.db, &opened.id, now).await {
            // Not worth refusing an encoder for.
            tracing::warn!(%error, "the use of a stream key cannot be written down");
        }
        Ok(Admission {
            channel,
            seat: opened.seat,
            revoked,
            aside: None,
        })
    }

    /// Keys of tests are looked up last: they are few, and nobody waits for their pictures.
    async fn decide_test(&self, digest: &str) -> Result<Admission, Denied> {
        let studio = &self.0.0;
        let found = store::tests::by_digest(&studio.app.db, digest).await;
        match found.map_err(|error| unavailable(&error))? {
            Some(test) => studio.trials.admit(test, studio.app.clock.now()),
            None => Err(Denied::UnknownKey),
        }
    }
}

fn unavailable(error: &kernel::Error) -> Denied {
    tracing::error!(%error, "stream keys cannot be checked");
    Denied::Unavailable
}
