//! Stream keys: one per seat of a track, shown once, replaced or revoked at once.

use db::Tx;
use identity::{Broadcast, ConferenceId, Grant, audit};
use kernel::{Error, Result, Timestamp};
use media_core::Seat;
use program::{Programme, Track};
use serde_json::{Value, json};

use crate::{KEY_CHANGED, Studio, store};

/// Who acts: somebody of the team, or whoever sits at the server's console.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// Of the team.
    Team(&'a Grant<Broadcast>),
    /// At the console.
    Console {
        /// When.
        now: Timestamp,
    },
}

impl By<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Team(grant) => grant.name(),
            Self::Console { .. } => "console",
        }
    }

    /// Account and name; nobody's account at the console.
    fn who(&self) -> (&str, &str) {
        match self {
            Self::Team(grant) => (grant.account().as_str(), grant.name()),
            Self::Console { .. } => ("", self.name()),
        }
    }

    fn now(&self) -> Timestamp {
        match self {
            Self::Team(grant) => grant.at(),
            Self::Console { now } => *now,
        }
    }
}

/// A key without its secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// Which of the track's inputs it opens.
    pub seat: Seat,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When an encoder used it last.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// By whom.
    pub revoked_by: Option<String>,
}

/// A new key: the one time that its secret is seen.
#[derive(Clone, PartialEq, Eq)]
pub struct Publish {
    /// Where encoders connect: `rtmp://HOST:PORT/live`.
    pub server: String,
    /// The same over TLS, where it is offered.
    pub secure_server: Option<String>,
    /// Where encoders that speak WHIP publish, with the secret as their bearer token.
    pub whip: Option<String>,
    /// The secret.
    pub key: String,
}

impl Publish {
    /// Both in one, as `ffmpeg` wants it.
    pub fn address(&self) -> String {
        format!("{}/{}", self.server, self.key)
    }
}

impl std::fmt::Debug for Publish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Publish(…)")
    }
}

/// How often two who rotate at the same moment are tried again.
const TRIES_MAX: usize = 5;

impl Studio {
    /// The keys of a track, the newest first.
    pub async fn keys(&self, programme: &Programme, track: &Track) -> Result<Vec<Key>> {
        let rows = store::keys(&self.0.app.db, &programme.conference.id, &track.id).await?;
        let key = |row: store::Row| Key {
            id: row.id.to_string(),
            seat: row.seat,
            created_at: row.created_at,
            created_by: row.created_by,
            used_at: row.used_at,
            revoked_at: row.revoked_at,
            revoked_by: row.revoked_by,
        };
        Ok(rows.into_iter().map(key).collect())
    }

    /// Makes a new key for a seat of a track. The old one is worth nothing from that moment on, and whoever publishes with
    /// it is disconnected.
    pub async fn rotate(
        &self,
        programme: &Programme,
        track: &Track,
        seat: Seat,
        by: By<'_>,
    ) -> Result<Publish> {
        let conference = &programme.conference.id;
        check(conference, by)?;
        for _ in 0..TRIES_MAX {
            let key = kernel::id::secret();
            let digest = kernel::id::digest(&key);
            let mut tx = self.0.app.db.begin().await?;
            let (who, now) = (by.who(), by.now());
            let old = store::revoke(&mut tx, conference, &track.id, seat, who, now).await?;
            let place = (&track.id, seat);
            let made = store::add(&mut tx, conference, place, &digest, who, now).await;
            let id = match made {
                Ok(id) => id,
                // Somebody else rotated at the same moment: their key is the old one now.
                Err(error) if store::is_taken(&error) => continue,
                Err(error) => return Err(error.into()),
            };
            let before = old.as_ref().map(|old| &old.id);
            let before = json!({ "seat": seat, "key": before });
            let after = json!({ "seat": seat, "key": id });
            noted(
                &mut tx,
                programme,
                track,
                by,
                "stream-key.rotate",
                (&before, &after),
            )
            .await?;
            tx.commit().await?;
            self.changed(programme, track, old.as_ref());
            tracing::info!(%conference, track = %track.slug, %seat, "{} made a new stream key for {} ({seat})", by.name(), track.slug);
            return Ok(self.publish(programme, track, key));
        }
        Err(Error::conflict("studio-key-raced"))
    }

    fn publish(&self, programme: &Programme, track: &Track, key: String) -> Publish {
        let doors = &self.0.publish;
        let path = format!("/whip/{}/{}", programme.conference.slug, track.slug);
        Publish {
            server: doors.rtmp.clone(),
            secure_server: doors.rtmps.clone(),
            whip: doors.whip.then(|| self.0.app.site.url(&path)),
            key,
        }
    }

    /// Revokes the key of a seat. Whoever publishes with it is disconnected. Returns whether there was one.
    pub async fn revoke(
        &self,
        programme: &Programme,
        track: &Track,
        seat: Seat,
        by: By<'_>,
    ) -> Result<bool> {
        let conference = &programme.conference.id;
        check(conference, by)?;
        let mut tx = self.0.app.db.begin().await?;
        let (who, now) = (by.who(), by.now());
        let Some(old) = store::revoke(&mut tx, conference, &track.id, seat, who, now).await? else {
            return Ok(false);
        };
        let before = json!({ "seat": seat, "key": old.id });
        noted(
            &mut tx,
            programme,
            track,
            by,
            "stream-key.revoke",
            (&before, &Value::Null),
        )
        .await?;
        tx.commit().await?;
        self.changed(programme, track, Some(&old));
        tracing::info!(%conference, track = %track.slug, %seat, "{} revoked the stream key of {} ({seat})", by.name(), track.slug);
        Ok(true)
    }

    /// After the commit: ends who published with the old key, tells who looks.
    fn changed(&self, programme: &Programme, track: &Track, old: Option<&store::Row>) {
        if let Some(old) = old {
            self.0.publishers.end(&old.digest);
        }
        // Other processes on the same database end theirs when they hear of it.
        let digest = old.map(|old| old.digest.as_str());
        let news =
            json!({ "conference": programme.conference.id, "track": track.id, "revoked": digest });
        self.0.app.bus.publish(KEY_CHANGED, &news);
    }
}

/// A grant is good for its own conference alone.
fn check(conference: &ConferenceId, by: By<'_>) -> Result<()> {
    match by {
        By::Team(grant) if grant.conference() != conference => Err(Error::NotFound("track")),
        By::Team(_) | By::Console { .. } => Ok(()),
    }
}

/// Leaves a trace of what was done to a track's keys, whoever did it.
async fn noted(
    tx: &mut Tx,
    programme: &Programme,
    track: &Track,
    by: By<'_>,
    action: &str,
    (before, after): (&Value, &Value),
) -> Result<()> {
    let subject = track.id.as_str();
    match by {
        By::Team(grant) => audit::record(tx, grant, action, subject, before, after).await,
        By::Console { now } => {
            let conference = &programme.conference.id;
            audit::record_at_console(tx, conference, action, subject, (before, after), now).await
        }
    }
}
