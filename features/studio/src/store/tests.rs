//! SQL of encoder tests and their reports.

use db::{Run, Tx, params, record, sql};
use identity::{AccountId, ConferenceId};
use kernel::{Result, Timestamp};
use media_core::trial::Verdict;
use program::TrackId;

use crate::limits;
use crate::model::{ReportId, TestEnding, TestId};

record! {
    /// A test without its key.
    #[derive(PartialEq)]
    pub(crate) struct TestRow {
        pub(crate) id: TestId,
        pub(crate) conference: ConferenceId,
        pub(crate) track: Option<TrackId>,
        pub(crate) name: String,
        pub(crate) digest: String,
        pub(crate) duration_s: i64,
        pub(crate) created_at: Timestamp,
        pub(crate) created_by: String,
        pub(crate) good_until: Timestamp,
        pub(crate) revoked_at: Option<Timestamp>,
    }
    /// A report, with what its test says.
    #[derive(PartialEq)]
    pub(crate) struct ReportRow {
        pub(crate) id: ReportId,
        pub(crate) conference: ConferenceId,
        pub(crate) test: TestId,
        pub(crate) name: String,
        pub(crate) track: Option<TrackId>,
        pub(crate) began_at: Timestamp,
        pub(crate) ended_at: Timestamp,
        pub(crate) ending: TestEnding,
        pub(crate) protocol: String,
        pub(crate) encoder: String,
        pub(crate) verdict: Verdict,
        pub(crate) figures: String,
    }
}

/// Adds a test.
pub(crate) async fn add(tx: &mut Tx, row: &TestRow, account: &AccountId) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO encoder_test (id, conference, track, name, digest, duration_s, created_at, created_by, good_until,
                 created_account)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        params![
            &row.id,
            &row.conference,
            &row.track,
            &row.name,
            &row.digest,
            &row.duration_s,
            &row.created_at,
            &row.created_by,
            &row.good_until,
            account
        ],
    )
    .await?;
    // Who keeps nothing but reports needs no row: what is long over goes with its reports.
    tx.exec(
        sql!(
            "DELETE FROM encoder_test WHERE conference = $1 AND good_until < $2
             AND NOT EXISTS (SELECT 1 FROM encoder_report WHERE encoder_report.test = encoder_test.id)"
        ),
        params![&row.conference, &row.created_at],
    )
    .await?;
    Ok(())
}

/// How many tests of a conference can still begin.
pub(crate) async fn good_count(
    tx: &mut Tx,
    conference: &ConferenceId,
    now: Timestamp,
) -> Result<i64> {
    Ok(tx
        .one(
            sql!(i64: "SELECT count(*) FROM encoder_test WHERE conference = $1 AND revoked_at IS NULL AND good_until > $2"),
            params![conference, &now],
        )
        .await?)
}

/// Tests of a conference that can still begin, the newest first.
pub(crate) async fn good(
    mut run: impl Run,
    conference: &ConferenceId,
    now: Timestamp,
) -> Result<Vec<TestRow>> {
    Ok(run
        .all(
            sql!(TestRow:
                "SELECT id, conference, track, name, digest, duration_s, created_at, created_by, good_until, revoked_at
                 FROM encoder_test WHERE conference = $1 AND revoked_at IS NULL AND good_until > $2 ORDER BY id DESC"),
            params![conference, &now],
        )
        .await?)
}

/// A test by its key's digest.
pub(crate) async fn by_digest(mut run: impl Run, digest: &str) -> Result<Option<TestRow>> {
    Ok(run
        .opt(
            sql!(TestRow:
                "SELECT id, conference, track, name, digest, duration_s, created_at, created_by, good_until, revoked_at
                 FROM encoder_test WHERE digest = $1"),
            params![digest],
        )
        .await?)
}

/// A test of a conference.
pub(crate) async fn test(
    mut run: impl Run,
    conference: &ConferenceId,
    id: &TestId,
) -> Result<Option<TestRow>> {
    Ok(run
        .opt(
            sql!(TestRow:
                "SELECT id, conference, track, name, digest, duration_s, created_at, created_by, good_until, revoked_at
                 FROM encoder_test WHERE conference = $1 AND id = $2"),
            params![conference, id],
        )
        .await?)
}

/// Makes a test's key useless; whether it was good.
pub(crate) async fn revoke(
    tx: &mut Tx,
    conference: &ConferenceId,
    id: &TestId,
    now: Timestamp,
) -> Result<bool> {
    let revoked = tx
        .exec(
            sql!(
                "UPDATE encoder_test SET revoked_at = $3 WHERE conference = $1 AND id = $2 AND revoked_at IS NULL"
            ),
            params![conference, id, &now],
        )
        .await?;
    Ok(revoked == 1)
}

/// Keeps a report, and forgets the oldest beyond what is kept.
pub(crate) async fn keep(tx: &mut Tx, row: &ReportRow) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO encoder_report (id, conference, test, began_at, ended_at, ending, protocol, encoder, verdict, figures)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        params![
            &row.id,
            &row.conference,
            &row.test,
            &row.began_at,
            &row.ended_at,
            &row.ending,
            &row.protocol,
            &row.encoder,
            &row.verdict,
            &row.figures
        ],
    )
    .await?;
    tx.exec(
        sql!(
            "DELETE FROM encoder_report WHERE conference = $1 AND id <=
             (SELECT id FROM encoder_report WHERE conference = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)"
        ),
        params![&row.conference, &limits::REPORTS_KEPT_MAX],
    )
    .await?;
    Ok(())
}

/// Reports of a conference before one of them, the newest first.
pub(crate) async fn reports(
    mut run: impl Run,
    conference: &ConferenceId,
    before: &str,
    count: i64,
) -> Result<Vec<ReportRow>> {
    Ok(run
        .all(
            sql!(ReportRow:
                "SELECT r.id, r.conference, r.test, t.name, t.track, r.began_at, r.ended_at, r.ending, r.protocol, r.encoder, r.verdict, r.figures
                 FROM encoder_report r JOIN encoder_test t ON t.id = r.test
                 WHERE r.conference = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3"),
            params![conference, before, &count],
        )
        .await?)
}

/// The newest report of a test.
pub(crate) async fn last_of(mut run: impl Run, test: &TestId) -> Result<Option<ReportRow>> {
    Ok(run
        .opt(
            sql!(ReportRow:
                "SELECT r.id, r.conference, r.test, t.name, t.track, r.began_at, r.ended_at, r.ending, r.protocol, r.encoder, r.verdict, r.figures
                 FROM encoder_report r JOIN encoder_test t ON t.id = r.test
                 WHERE r.test = $1 ORDER BY r.id DESC LIMIT 1"),
            params![test],
        )
        .await?)
}

/// A report of a conference.
pub(crate) async fn report(
    mut run: impl Run,
    conference: &ConferenceId,
    id: &ReportId,
) -> Result<Option<ReportRow>> {
    Ok(run
        .opt(
            sql!(ReportRow:
                "SELECT r.id, r.conference, r.test, t.name, t.track, r.began_at, r.ended_at, r.ending, r.protocol, r.encoder, r.verdict, r.figures
                 FROM encoder_report r JOIN encoder_test t ON t.id = r.test
                 WHERE r.conference = $1 AND r.id = $2"),
            params![conference, id],
        )
        .await?)
}
