//! SQL of stream keys.

pub(crate) mod alarms;
pub(crate) mod tests;

use db::{Run, Tx, params, record, sql};
use identity::{AccountId, ConferenceId};
use kernel::{Result, Timestamp};
use media_core::{Order, Seat};
use program::TrackId;

use crate::limits;
use crate::model::KeyId;

/// After every id there is: where reading backwards begins.
pub(crate) const NEWEST: &str = "zzz";

record! {
    /// A key without its secret.
    #[derive(PartialEq)]
    pub(crate) struct Row {
        pub(crate) id: KeyId,
        pub(crate) track: TrackId,
        pub(crate) seat: Seat,
        pub(crate) digest: String,
        pub(crate) created_at: Timestamp,
        pub(crate) created_by: String,
        pub(crate) used_at: Option<Timestamp>,
        pub(crate) revoked_at: Option<Timestamp>,
        pub(crate) revoked_by: Option<String>,
    }
    /// What a key opens.
    pub(crate) struct Opened {
        pub(crate) id: KeyId,
        pub(crate) conference: ConferenceId,
        pub(crate) track: TrackId,
        pub(crate) seat: Seat,
        pub(crate) used_at: Option<Timestamp>,
    }
    /// What somebody wants on air.
    #[derive(PartialEq)]
    pub(crate) struct Choice {
        pub(crate) track: TrackId,
        pub(crate) conference: ConferenceId,
        pub(crate) wanted: Order,
        pub(crate) changed_at: Timestamp,
        pub(crate) changed_by: String,
        pub(crate) reason: String,
    }
}

/// The keys of a track, the newest first.
pub(crate) async fn keys(
    mut run: impl Run,
    conference: &ConferenceId,
    track: &TrackId,
) -> Result<Vec<Row>> {
    Ok(run
        .all(
            sql!(Row:
                "SELECT id, track, seat, digest, created_at, created_by, used_at, revoked_at, revoked_by FROM stream_key
                 WHERE conference = $1 AND track = $2 ORDER BY created_at DESC, id DESC LIMIT $3"),
            params![conference, track, &limits::KEYS_SHOWN_MAX],
        )
        .await?)
}

/// The live keys of a conference.
pub(crate) async fn live_keys(mut run: impl Run, conference: &ConferenceId) -> Result<Vec<Row>> {
    Ok(run
        .all(
            sql!(Row:
                "SELECT id, track, seat, digest, created_at, created_by, used_at, revoked_at, revoked_by FROM stream_key
                 WHERE conference = $1 AND revoked_at IS NULL ORDER BY track, seat"),
            params![conference],
        )
        .await?)
}

/// Revokes the live key of a seat, if there is one.
pub(crate) async fn revoke(
    tx: &mut Tx,
    conference: &ConferenceId,
    track: &TrackId,
    seat: Seat,
    (account, by): (&str, &str),
    now: Timestamp,
) -> Result<Option<Row>> {
    let live = tx
        .opt(
            sql!(Row:
                "SELECT id, track, seat, digest, created_at, created_by, used_at, revoked_at, revoked_by FROM stream_key
                 WHERE conference = $1 AND track = $2 AND seat = $3 AND revoked_at IS NULL"),
            params![conference, track, &seat],
        )
        .await?;
    let Some(row) = live else { return Ok(None) };
    let revoked = tx
        .exec(
            sql!(
                "UPDATE stream_key SET revoked_at = $2, revoked_by = $3, revoked_account = $4
                 WHERE id = $1 AND revoked_at IS NULL"
            ),
            params![&row.id, &now, by, account],
        )
        .await?;
    Ok((revoked == 1).then_some(row))
}

/// Adds a key. Fails where the seat has a live one: [`is_taken`].
pub(crate) async fn add(
    tx: &mut Tx,
    conference: &ConferenceId,
    (track, seat): (&TrackId, Seat),
    digest: &str,
    (account, by): (&str, &str),
    now: Timestamp,
) -> db::Result<KeyId> {
    let id = KeyId::fresh();
    tx.exec(
        sql!(
            "INSERT INTO stream_key (id, conference, track, seat, digest, created_at, created_by, created_account)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        params![&id, conference, track, &seat, digest, &now, by, account],
    )
    .await?;
    Ok(id)
}

/// Whether adding failed because the seat has a live key.
pub(crate) fn is_taken(error: &db::Error) -> bool {
    error.is_unique("stream_key_seat_live") || error.is_unique("stream_key.track")
}

/// What a key opens, by its digest.
pub(crate) async fn open(mut run: impl Run, digest: &str) -> Result<Option<Opened>> {
    Ok(run
        .opt(
            sql!(Opened:
                "SELECT id, conference, track, seat, used_at FROM stream_key WHERE digest = $1 AND revoked_at IS NULL"),
            params![digest],
        )
        .await?)
}

/// Remembers that a key was used.
pub(crate) async fn used(mut run: impl Run, id: &KeyId, now: Timestamp) -> Result<()> {
    run.exec(
        sql!("UPDATE stream_key SET used_at = $2 WHERE id = $1"),
        params![id, &now],
    )
    .await?;
    Ok(())
}

/// What somebody wants on air on a track.
pub(crate) async fn wanted(
    mut run: impl Run,
    conference: &ConferenceId,
    track: &TrackId,
) -> Result<Option<Choice>> {
    Ok(run
        .opt(
            sql!(Choice:
                "SELECT track, conference, wanted, changed_at, changed_by, reason FROM input_order
                 WHERE conference = $1 AND track = $2"),
            params![conference, track],
        )
        .await?)
}

/// What people want on air, on all tracks that are not left to the server.
pub(crate) async fn all_wanted(mut run: impl Run) -> Result<Vec<Choice>> {
    Ok(run
        .all(
            sql!(Choice:
                "SELECT track, conference, wanted, changed_at, changed_by, reason FROM input_order
                 WHERE wanted <> 'auto' ORDER BY track"),
            params![],
        )
        .await?)
}

/// Writes down what somebody wants on air.
pub(crate) async fn want(tx: &mut Tx, wanted: &Choice, account: &AccountId) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO input_order (track, conference, wanted, changed_at, changed_by, reason, changed_account)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (track) DO UPDATE SET wanted = excluded.wanted, changed_at = excluded.changed_at,
                 changed_by = excluded.changed_by, reason = excluded.reason, changed_account = excluded.changed_account"
        ),
        params![
            &wanted.track,
            &wanted.conference,
            &wanted.wanted,
            &wanted.changed_at,
            &wanted.changed_by,
            &wanted.reason,
            account
        ],
    )
    .await?;
    Ok(())
}
