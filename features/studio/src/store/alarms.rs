//! SQL of the history of alarms.

use db::{Run, Tx, params, record, sql};
use identity::{AccountId, ConferenceId};
use kernel::{Result, Timestamp};
use media_core::Seat;
use media_core::alarm::{Code, Severity};
use program::TrackId;

use crate::limits;
use crate::model::AlarmId;

record! {
    /// An alarm, past or present.
    #[derive(PartialEq)]
    pub(crate) struct AlarmRow {
        pub(crate) id: AlarmId,
        pub(crate) conference: ConferenceId,
        pub(crate) track: TrackId,
        pub(crate) code: Code,
        pub(crate) seat: Option<Seat>,
        pub(crate) severity: Severity,
        pub(crate) since: Timestamp,
        pub(crate) raised_at: Timestamp,
        pub(crate) acknowledged_at: Option<Timestamp>,
        pub(crate) acknowledged_by: Option<String>,
        pub(crate) cleared_at: Option<Timestamp>,
    }
}

/// Writes down an alarm that rose, and forgets the oldest beyond what is kept.
pub(crate) async fn raise(tx: &mut Tx, row: &AlarmRow) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO alarm (id, conference, track, code, seat, severity, since, raised_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        params![
            &row.id,
            &row.conference,
            &row.track,
            &row.code,
            &row.seat,
            &row.severity,
            &row.since,
            &row.raised_at
        ],
    )
    .await?;
    tx.exec(
        sql!(
            "DELETE FROM alarm WHERE conference = $1 AND cleared_at IS NOT NULL AND id <=
             (SELECT id FROM alarm WHERE conference = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)"
        ),
        params![&row.conference, &limits::ALARMS_KEPT_MAX],
    )
    .await?;
    Ok(())
}

/// Writes down that an alarm is over.
pub(crate) async fn clear(tx: &mut Tx, id: &AlarmId, now: Timestamp) -> Result<()> {
    tx.exec(
        sql!("UPDATE alarm SET cleared_at = $2 WHERE id = $1 AND cleared_at IS NULL"),
        params![id, &now],
    )
    .await?;
    Ok(())
}

/// Writes down who takes care of an alarm; the first who says it is the one.
pub(crate) async fn acknowledge(
    tx: &mut Tx,
    id: &AlarmId,
    (account, name): (&AccountId, &str),
    now: Timestamp,
) -> Result<()> {
    tx.exec(
        sql!(
            "UPDATE alarm SET acknowledged_at = $2, acknowledged_by = $3, acknowledged_account = $4
             WHERE id = $1 AND acknowledged_at IS NULL"
        ),
        params![id, &now, name, account],
    )
    .await?;
    Ok(())
}

/// Alarms that stood when the server went down.
pub(crate) async fn open(mut run: impl Run) -> Result<Vec<AlarmRow>> {
    Ok(run
        .all(
            sql!(AlarmRow:
                "SELECT id, conference, track, code, seat, severity, since, raised_at, acknowledged_at, acknowledged_by, cleared_at
                 FROM alarm WHERE cleared_at IS NULL ORDER BY id DESC LIMIT $1"),
            params![&limits::ALARMS_OPEN_MAX],
        )
        .await?)
}

/// Alarms of a conference before one of them, the newest first.
pub(crate) async fn of_conference(
    mut run: impl Run,
    conference: &ConferenceId,
    before: &str,
    count: i64,
) -> Result<Vec<AlarmRow>> {
    Ok(run
        .all(
            sql!(AlarmRow:
                "SELECT id, conference, track, code, seat, severity, since, raised_at, acknowledged_at, acknowledged_by, cleared_at
                 FROM alarm WHERE conference = $1 AND id < $2 ORDER BY id DESC LIMIT $3"),
            params![conference, before, &count],
        )
        .await?)
}

/// The same of one track.
pub(crate) async fn of_track(
    mut run: impl Run,
    conference: &ConferenceId,
    track: &TrackId,
    before: &str,
    count: i64,
) -> Result<Vec<AlarmRow>> {
    Ok(run
        .all(
            sql!(AlarmRow:
                "SELECT id, conference, track, code, seat, severity, since, raised_at, acknowledged_at, acknowledged_by, cleared_at
                 FROM alarm WHERE conference = $1 AND track = $2 AND id < $3 ORDER BY id DESC LIMIT $4"),
            params![conference, track, before, &count],
        )
        .await?)
}
