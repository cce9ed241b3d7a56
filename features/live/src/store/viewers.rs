//! SQL of what viewers got.

use db::{Db, Tx, params, record, sql};
use identity::ConferenceId;
use kernel::{Result, Timestamp};
use program::TrackId;

record! {
    /// A session on a track, as far as it has come.
    #[derive(PartialEq)]
    pub(crate) struct Session {
        pub(crate) code: String,
        pub(crate) track: TrackId,
        pub(crate) account: String,
        pub(crate) number: i64,
        pub(crate) began_at: Timestamp,
        pub(crate) seen_at: Timestamp,
        pub(crate) state: String,
        pub(crate) done: bool,
        pub(crate) browser: String,
        pub(crate) startup_ms: Option<i64>,
        pub(crate) stalls: i64,
        pub(crate) stalled_ms: i64,
        pub(crate) shown_ms: i64,
        pub(crate) latency_ms: Option<i64>,
        pub(crate) bitrate_kbps: Option<i64>,
        pub(crate) throughput_kbps: Option<i64>,
        pub(crate) switches: i64,
        pub(crate) dropped_frames: Option<i64>,
        pub(crate) errors: i64,
        pub(crate) last_error: Option<String>,
        pub(crate) audio_only: bool,
        pub(crate) verdict: Option<String>,
        pub(crate) rtt_ms: Option<i64>,
        pub(crate) link_kbps: Option<i64>,
    }
}

/// Keeps a session; an older state of it never replaces a newer one, and its beginning stays.
pub(crate) async fn keep(tx: &mut Tx, conference: &ConferenceId, row: &Session) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO viewer_session (conference, code, track, account, number, began_at, seen_at, state, done,
                browser, startup_ms, stalls, stalled_ms, shown_ms, latency_ms, bitrate_kbps, throughput_kbps,
                switches, dropped_frames, errors, last_error, audio_only, verdict, rtt_ms, link_kbps)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                $21, $22, $23, $24, $25)
             ON CONFLICT (conference, code, track, account) DO UPDATE SET
                number = excluded.number, seen_at = excluded.seen_at, state = excluded.state, done = excluded.done,
                browser = excluded.browser, startup_ms = excluded.startup_ms, stalls = excluded.stalls,
                stalled_ms = excluded.stalled_ms, shown_ms = excluded.shown_ms, latency_ms = excluded.latency_ms,
                bitrate_kbps = excluded.bitrate_kbps, throughput_kbps = excluded.throughput_kbps,
                switches = excluded.switches, dropped_frames = excluded.dropped_frames, errors = excluded.errors,
                last_error = excluded.last_error, audio_only = excluded.audio_only, verdict = excluded.verdict,
                rtt_ms = excluded.rtt_ms, link_kbps = excluded.link_kbps
             WHERE viewer_session.number < excluded.number"
        ),
        params![
            conference, &row.code, &row.track, &row.account, &row.number, &row.began_at, &row.seen_at, &row.state,
            &row.done, &row.browser, &row.startup_ms, &row.stalls, &row.stalled_ms, &row.shown_ms, &row.latency_ms,
            &row.bitrate_kbps, &row.throughput_kbps, &row.switches, &row.dropped_frames, &row.errors,
            &row.last_error, &row.audio_only, &row.verdict, &row.rtt_ms, &row.link_kbps
        ],
    )
    .await?;
    Ok(())
}

/// The sessions of a code, the latest first.
pub(crate) async fn of_code(
    db: &Db,
    conference: &ConferenceId,
    code: &str,
    limit: i64,
) -> Result<Vec<Session>> {
    Ok(db
        .all(
            sql!(Session:
                "SELECT code, track, account, number, began_at, seen_at, state, done, browser, startup_ms, stalls,
                    stalled_ms, shown_ms, latency_ms, bitrate_kbps, throughput_kbps, switches, dropped_frames,
                    errors, last_error, audio_only, verdict, rtt_ms, link_kbps
                 FROM viewer_session WHERE conference = $1 AND code = $2
                 ORDER BY seen_at DESC, track, account LIMIT $3"),
            params![conference, code, &limit],
        )
        .await?)
}

/// Forgets sessions that were seen last before `before`. How many.
pub(crate) async fn forget(db: &Db, before: Timestamp) -> Result<u64> {
    Ok(db
        .exec(
            sql!("DELETE FROM viewer_session WHERE seen_at < $1"),
            params![&before],
        )
        .await?)
}
