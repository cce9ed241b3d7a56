//! The lifecycle and its changes at a date.

use db::{Run, Tx, params, record, sql};
use kernel::{Result, Timestamp};

use super::write::over_what_was_read;
use crate::model::{ConferenceId, Lifecycle, SwitchId, SwitchState};
use identity::AccountId;

record! {
    /// A change of the lifecycle at a date.
    #[derive(PartialEq)]
    pub struct Switch {
        /// Its id.
        pub id: SwitchId,
        /// The state that it leads to.
        pub lifecycle: Lifecycle,
        /// When it is to happen.
        pub at: Timestamp,
        /// What became of it.
        pub state: SwitchState,
        /// When somebody planned it.
        pub created_at: Timestamp,
        /// Name of who planned it.
        pub created_by: String,
        /// Since when it waits no longer.
        pub settled_at: Option<Timestamp>,
    }
}

/// Writes the state over the version that was read, or refuses.
pub(crate) async fn enter(
    tx: &mut Tx,
    conference: &ConferenceId,
    version: i64,
    lifecycle: Lifecycle,
    now: Timestamp,
) -> Result<()> {
    let written = tx
        .exec(
            sql!(
                "UPDATE conference SET lifecycle = $3, changed_at = $4, version = version + 1
                 WHERE id = $1 AND version = $2"
            ),
            params![conference, &version, &lifecycle, &now],
        )
        .await?;
    over_what_was_read(written)
}

/// The switches of a conference, those to come first and in order, then the latest ones.
pub(crate) async fn switches(
    mut run: impl Run,
    conference: &ConferenceId,
    limit: i64,
) -> Result<Vec<Switch>> {
    let mut rows = run
        .all(
            sql!(Switch: "SELECT id, lifecycle, at, state, created_at, created_by, settled_at FROM conference_switch
                          WHERE conference = $1 ORDER BY at DESC, id DESC LIMIT $2"),
            params![conference, &limit],
        )
        .await?;
    rows.sort_by_key(|row| {
        let pending = row.state == SwitchState::Pending;
        let at = row.at.as_microsecond();
        (!pending, if pending { at } else { -at })
    });
    Ok(rows)
}

/// Those that wait and whose date has come, in the order of their dates.
pub(crate) async fn due(
    tx: &mut Tx,
    conference: &ConferenceId,
    now: Timestamp,
) -> Result<Vec<Switch>> {
    Ok(tx
        .all(
            sql!(Switch: "SELECT id, lifecycle, at, state, created_at, created_by, settled_at FROM conference_switch
                          WHERE conference = $1 AND state = 'pending' AND at <= $2 ORDER BY at, id"),
            params![conference, &now],
        )
        .await?)
}

/// How many wait.
pub(crate) async fn pending(tx: &mut Tx, conference: &ConferenceId) -> Result<i64> {
    Ok(tx
        .one(
            sql!(i64: "SELECT COUNT(*) FROM conference_switch WHERE conference = $1 AND state = 'pending'"),
            params![conference],
        )
        .await?)
}

pub(crate) async fn insert(
    tx: &mut Tx,
    conference: &ConferenceId,
    row: &Switch,
    account: &AccountId,
) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO conference_switch (id, conference, lifecycle, at, state, created_at, created_by, settled_at,
                 created_account)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        params![
            row.id,
            conference,
            row.lifecycle,
            row.at,
            row.state,
            row.created_at,
            row.created_by,
            row.settled_at,
            account
        ],
    )
    .await?;
    Ok(())
}

/// Settles one that waits; `false` when it waits no longer, or is another conference's.
pub(crate) async fn settle(
    tx: &mut Tx,
    conference: &ConferenceId,
    id: &SwitchId,
    state: SwitchState,
    now: Timestamp,
) -> Result<bool> {
    let changed = tx
        .exec(
            sql!(
                "UPDATE conference_switch SET state = $3, settled_at = $4
                 WHERE conference = $1 AND id = $2 AND state = 'pending'"
            ),
            params![conference, id, &state, &now],
        )
        .await?;
    Ok(changed == 1)
}
