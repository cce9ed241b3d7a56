//! Deleting a conference.

use db::{Tx, params, sql};
use kernel::{Result, Timestamp};

use crate::model::ConferenceId;

/// Marks a conference as deleted or not, over the version that was read; `false` when somebody else was faster.
pub(crate) async fn mark(
    tx: &mut Tx,
    conference: &ConferenceId,
    removed_at: Option<Timestamp>,
    version: i64,
) -> Result<bool> {
    let changed = tx
        .exec(
            sql!("UPDATE conference SET removed_at = $3, version = version + 1 WHERE id = $1 AND version = $2"),
            params![conference, &version, &removed_at],
        )
        .await?;
    Ok(changed == 1)
}

/// Removes a conference. Talks and tracks refer to rooms, tracks and categories without a cascade, so they go first.
pub(crate) async fn remove(tx: &mut Tx, conference: &ConferenceId) -> Result<()> {
    for statement in [
        sql!("DELETE FROM talk WHERE conference = $1"),
        sql!("DELETE FROM track WHERE conference = $1"),
        sql!("DELETE FROM conference WHERE id = $1"),
    ] {
        tx.exec(statement, params![conference]).await?;
    }
    Ok(())
}
