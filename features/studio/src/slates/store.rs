//! SQL of slates and clips.

use db::{Run, Tx, params, record, sql};
use identity::{AccountId, ConferenceId};
use kernel::{Result, Timestamp};
use platform::blob::BlobId;

use super::model::{Onto, Purpose, SlateId, Stage};

record! {
    /// A slate or clip.
    #[derive(PartialEq)]
    pub(crate) struct Row {
        pub(crate) id: SlateId,
        pub(crate) conference: ConferenceId,
        pub(crate) purpose: Purpose,
        pub(crate) name: String,
        pub(crate) position: i64,
        pub(crate) enabled: bool,
        pub(crate) tracks: Onto,
        pub(crate) stage: Stage,
        pub(crate) attempts: i64,
        pub(crate) refusal: Option<String>,
        pub(crate) facts: Option<String>,
        pub(crate) original: Option<BlobId>,
        pub(crate) played: Option<BlobId>,
        pub(crate) bytes: i64,
        pub(crate) version: i64,
        pub(crate) uploaded_at: Timestamp,
        pub(crate) uploaded_by: String,
    }
}

/// The slates and clips of a conference in their order.
pub(crate) async fn all(mut run: impl Run, conference: &ConferenceId) -> Result<Vec<Row>> {
    Ok(run
        .all(
            sql!(Row:
                "SELECT id, conference, purpose, name, position, enabled, tracks, stage, attempts, refusal, facts, original,
                     played, bytes, version, uploaded_at, uploaded_by
                 FROM slate WHERE conference = $1 ORDER BY position, id"),
            params![conference],
        )
        .await?)
}

/// One of them.
pub(crate) async fn find(
    mut run: impl Run,
    conference: &ConferenceId,
    id: &SlateId,
) -> Result<Option<Row>> {
    Ok(run
        .opt(
            sql!(Row:
                "SELECT id, conference, purpose, name, position, enabled, tracks, stage, attempts, refusal, facts, original,
                     played, bytes, version, uploaded_at, uploaded_by
                 FROM slate WHERE conference = $1 AND id = $2"),
            params![conference, id],
        )
        .await?)
}

/// Adds one that waits for its check.
pub(crate) async fn add(tx: &mut Tx, row: &Row, account: &AccountId) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO slate (id, conference, purpose, name, position, enabled, tracks, stage, attempts, original, bytes,
                 version, uploaded_at, uploaded_by, uploaded_account)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        ),
        params![
            &row.id,
            &row.conference,
            &row.purpose,
            &row.name,
            &row.position,
            &row.enabled,
            &row.tracks,
            &row.stage,
            &row.attempts,
            &row.original,
            &row.bytes,
            &row.version,
            &row.uploaded_at,
            &row.uploaded_by,
            account
        ],
    )
    .await?;
    Ok(())
}

/// Writes what people decide about one, if it is still as they saw it.
pub(crate) async fn change(tx: &mut Tx, row: &Row) -> Result<bool> {
    let changed = tx
        .exec(
            sql!(
                "UPDATE slate SET purpose = $3, name = $4, enabled = $5, tracks = $6, version = version + 1
                 WHERE conference = $1 AND id = $2 AND version = $7"
            ),
            params![
                &row.conference,
                &row.id,
                &row.purpose,
                &row.name,
                &row.enabled,
                &row.tracks,
                &row.version
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Gives one another place in the order.
pub(crate) async fn place(
    tx: &mut Tx,
    conference: &ConferenceId,
    id: &SlateId,
    position: i64,
) -> Result<()> {
    tx.exec(
        sql!("UPDATE slate SET position = $3 WHERE conference = $1 AND id = $2"),
        params![conference, id, &position],
    )
    .await?;
    Ok(())
}

/// Removes one.
pub(crate) async fn remove(tx: &mut Tx, conference: &ConferenceId, id: &SlateId) -> Result<bool> {
    let removed = tx
        .exec(
            sql!("DELETE FROM slate WHERE conference = $1 AND id = $2"),
            params![conference, id],
        )
        .await?;
    Ok(removed == 1)
}

/// After a start: what an earlier process worked on waits again.
pub(crate) async fn resume(mut run: impl Run) -> Result<u64> {
    Ok(run
        .exec(
            sql!("UPDATE slate SET stage = 'waiting' WHERE stage = 'working'"),
            params![],
        )
        .await?)
}

/// Takes the one that has waited longest, and counts the attempt.
pub(crate) async fn take(tx: &mut Tx) -> Result<Option<Row>> {
    let first = sql!(Row:
        "SELECT id, conference, purpose, name, position, enabled, tracks, stage, attempts, refusal, facts, original,
             played, bytes, version, uploaded_at, uploaded_by
         FROM slate WHERE stage = 'waiting' ORDER BY uploaded_at, id LIMIT 1");
    let Some(row) = tx.opt(first, params![]).await? else {
        return Ok(None);
    };
    tx.exec(
        sql!("UPDATE slate SET stage = 'working', attempts = attempts + 1 WHERE id = $1"),
        params![&row.id],
    )
    .await?;
    Ok(Some(row))
}

/// What came of the work on one; false if it was removed meanwhile.
pub(crate) struct Outcome<'a> {
    pub(crate) stage: Stage,
    pub(crate) enabled: bool,
    pub(crate) refusal: Option<&'a str>,
    pub(crate) facts: Option<&'a str>,
    pub(crate) played: Option<&'a BlobId>,
    pub(crate) bytes: i64,
}

/// Writes it down. The original is no longer kept, unless it is what is played.
pub(crate) async fn finish(tx: &mut Tx, id: &SlateId, outcome: &Outcome<'_>) -> Result<bool> {
    let finished = tx
        .exec(
            sql!(
                "UPDATE slate SET stage = $2, enabled = $3, refusal = $4, facts = $5, original = NULL, played = $6, bytes = $7,
                     version = version + 1
                 WHERE id = $1 AND stage = 'working'"
            ),
            params![
                id,
                &outcome.stage,
                &outcome.enabled,
                &outcome.refusal,
                &outcome.facts,
                &outcome.played,
                &outcome.bytes
            ],
        )
        .await?;
    Ok(finished == 1)
}

/// Conferences that have any.
pub(crate) async fn conferences(mut run: impl Run) -> Result<Vec<ConferenceId>> {
    Ok(run
        .all(
            sql!(ConferenceId: "SELECT DISTINCT conference FROM slate ORDER BY conference"),
            params![],
        )
        .await?)
}

/// Conferences whose clips play by themselves in breaks.
pub(crate) async fn automatic(mut run: impl Run) -> Result<Vec<ConferenceId>> {
    Ok(run
        .all(
            sql!(ConferenceId: "SELECT conference FROM break_clips WHERE automatic ORDER BY conference"),
            params![],
        )
        .await?)
}

/// Whether clips of a conference play by themselves in breaks.
pub(crate) async fn set_automatic(
    tx: &mut Tx,
    conference: &ConferenceId,
    automatic: bool,
    now: Timestamp,
    (account, by): (&AccountId, &str),
) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO break_clips (conference, automatic, changed_at, changed_by, changed_account)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (conference) DO UPDATE SET automatic = excluded.automatic, changed_at = excluded.changed_at,
                 changed_by = excluded.changed_by, changed_account = excluded.changed_account"
        ),
        params![conference, &automatic, &now, by, account],
    )
    .await?;
    Ok(())
}
