//! SQL of who may watch: rules of tracks, and the list.

use db::{Db, Run, Tx, params, record, sql};
use identity::ConferenceId;
use kernel::{Result, Timestamp};
use program::{TrackId, Watch};
use web::api::Cursor;

record! {
    /// A track with a rule of its own.
    #[derive(PartialEq)]
    pub(crate) struct TrackRule {
        pub(crate) track: TrackId,
        pub(crate) watch: Watch,
    }
    /// Somebody on the list. `track` is empty for all tracks.
    #[derive(PartialEq)]
    pub(crate) struct Entry {
        pub(crate) track: String,
        pub(crate) person: String,
        pub(crate) added_at: Timestamp,
    }
    struct Count { count: i64 }
    struct Found { person: String }
}

/// The rules of all tracks that have one of their own.
pub(crate) async fn rules(db: &Db) -> Result<Vec<TrackRule>> {
    Ok(db
        .all(
            sql!(TrackRule: "SELECT track, watch FROM track_watch"),
            params![],
        )
        .await?)
}

/// Gives a track a rule of its own, or takes it away.
pub(crate) async fn set_rule(
    tx: &mut Tx,
    conference: &ConferenceId,
    track: &TrackId,
    watch: Option<Watch>,
) -> Result<()> {
    match watch {
        Some(watch) => {
            tx.exec(
                sql!(
                    "INSERT INTO track_watch (track, conference, watch) VALUES ($1, $2, $3)
                     ON CONFLICT (track) DO UPDATE SET watch = excluded.watch"
                ),
                params![track, conference, &watch],
            )
            .await?;
        }
        None => {
            tx.exec(
                sql!("DELETE FROM track_watch WHERE track = $1 AND conference = $2"),
                params![track, conference],
            )
            .await?;
        }
    }
    Ok(())
}

/// Whether somebody is on the list for a track (or, with an empty one, for all), by account or mail address.
pub(crate) async fn is_listed(
    db: &Db,
    conference: &ConferenceId,
    track: &str,
    account: &str,
    email: &str,
) -> Result<bool> {
    let found = db
        .opt(
            sql!(Found:
                "SELECT person FROM watch_entry
                 WHERE conference = $1 AND track IN ('', $2) AND person IN ($3, $4) LIMIT 1"),
            params![conference, track, account, email],
        )
        .await?;
    Ok(found.is_some())
}

/// How many entries the list of a conference has.
pub(crate) async fn count(mut run: impl Run, conference: &ConferenceId) -> Result<i64> {
    let count = run
        .one(
            sql!(Count: "SELECT COUNT(*) AS count FROM watch_entry WHERE conference = $1"),
            params![conference],
        )
        .await?;
    Ok(count.count)
}

/// Entries whose person contains `part` (in lower case), in order.
pub(crate) async fn entries(
    db: &Db,
    conference: &ConferenceId,
    part: &str,
    limit: i64,
) -> Result<Vec<Entry>> {
    Ok(db
        .all(
            sql!(Entry:
                "SELECT track, person, added_at FROM watch_entry
                 WHERE conference = $1 AND person LIKE $2 ESCAPE '!'
                 ORDER BY person, track LIMIT $3"),
            params![conference, db::containing(part), &limit],
        )
        .await?)
}

/// The same behind a place in the list: person, then track.
pub(crate) async fn after(
    db: &Db,
    conference: &ConferenceId,
    part: &str,
    place: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let (person, track) = place.map_or(("", ""), |at| (at.key.as_str(), at.id.as_str()));
    Ok(db
        .all(
            sql!(Entry:
                "SELECT track, person, added_at FROM watch_entry
                 WHERE conference = $1 AND person LIKE $2 ESCAPE '!' AND (person, track) > ($3, $4)
                 ORDER BY person, track LIMIT $5"),
            params![conference, db::containing(part), person, track, limit],
        )
        .await?)
}

/// Adds somebody. False if they are on it.
pub(crate) async fn add(
    tx: &mut Tx,
    conference: &ConferenceId,
    track: &str,
    person: &str,
    by: &str,
    now: Timestamp,
) -> Result<bool> {
    let added = tx
        .exec(
            sql!(
                "INSERT INTO watch_entry (conference, track, person, added_at, added_by)
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT (conference, track, person) DO NOTHING"
            ),
            params![conference, track, person, &now, by],
        )
        .await?;
    Ok(added == 1)
}

/// Takes somebody off. False if they were not on it.
pub(crate) async fn remove(
    tx: &mut Tx,
    conference: &ConferenceId,
    track: &str,
    person: &str,
) -> Result<bool> {
    let removed = tx
        .exec(
            sql!("DELETE FROM watch_entry WHERE conference = $1 AND track = $2 AND person = $3"),
            params![conference, track, person],
        )
        .await?;
    Ok(removed == 1)
}

/// Takes everybody off one list. How many were on it.
pub(crate) async fn clear(tx: &mut Tx, conference: &ConferenceId, track: &str) -> Result<u64> {
    Ok(tx
        .exec(
            sql!("DELETE FROM watch_entry WHERE conference = $1 AND track = $2"),
            params![conference, track],
        )
        .await?)
}
