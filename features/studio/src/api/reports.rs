//! Encoder tests and their reports, for programs.

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderName};
use identity::{Broadcast, Grant, Routes};
use kernel::{Error, Timestamp};
use media_core::trial::{self, Advice, Figures, Item, Verdict};
use program::Programme;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Cx, Result};

use super::TEAM;
use super::alarms::cut;
use crate::actions::named;
use crate::model::{ReportId, TestEnding, TestId};
use crate::reports::actions::Wish;
use crate::reports::figures_of;
use crate::store::tests::{ReportRow, TestRow};
use crate::{Studio, limits};

const TESTS: &str = "/api/v2/conferences/{conf}/studio/encoder-tests";
const TEST: &str = "/api/v2/conferences/{conf}/studio/encoder-tests/{test}";
const REPORTS: &str = "/api/v2/conferences/{conf}/studio/reports";
const REPORT: &str = "/api/v2/conferences/{conf}/studio/reports/{report}";

pub(super) fn routes() -> Routes<Studio> {
    Routes::new()
        .get(TESTS, TEAM, tests)
        .post(TESTS, TEAM, make)
        .delete(TEST, TEAM, revoke)
        .get(REPORTS, TEAM, list)
        .get(REPORT, TEAM, one)
}

/// What to test.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewEncoderTest {
    /// What the encoder is called.
    name: String,
    /// Name of the track that it is for, in addresses.
    track: Option<String>,
    /// How long, from 20 to 1,800; two minutes where nothing is said.
    seconds: Option<i64>,
}

/// A test of an encoder, without its key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EncoderTest {
    #[schema(value_type = String)]
    id: TestId,
    /// What the encoder is called.
    name: String,
    /// Name of the track in addresses.
    #[schema(required)]
    track: Option<String>,
    /// How long a test takes.
    seconds: i64,
    #[schema(value_type = String)]
    created_at: Timestamp,
    created_by: String,
    /// Until when its key can be used.
    #[schema(value_type = String)]
    good_until: Timestamp,
}

/// A new test: the one time that its key is told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MadeEncoderTest {
    test: EncoderTest,
    /// The secret.
    key: String,
    /// Where it is used over RTMP.
    server: String,
    /// The same over TLS, where it is offered.
    #[schema(required)]
    secure_server: Option<String>,
    /// Where it is used over WHIP, with the key as bearer token.
    #[schema(required)]
    whip: Option<String>,
    /// The page for whoever sends, without an account; it holds the key.
    page: String,
}

/// What a test found out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EncoderReport {
    #[schema(value_type = String)]
    id: ReportId,
    #[schema(value_type = String)]
    test: TestId,
    /// What the encoder is called.
    name: String,
    /// Name of the track in addresses.
    #[schema(required)]
    track: Option<String>,
    #[schema(value_type = String)]
    began_at: Timestamp,
    #[schema(value_type = String)]
    ended_at: Timestamp,
    /// `time`, `stopped`, `revoked` or `server`.
    #[schema(value_type = String)]
    ending: TestEnding,
    /// `rtmp`, `rtmps` or `whip`.
    protocol: String,
    /// What the encoder calls itself.
    encoder: String,
    /// The worst of the findings: `good`, `look`, `must`, or `unknown`.
    #[schema(value_type = String)]
    verdict: Verdict,
    findings: Vec<EncoderFinding>,
    /// Everything that was measured; members may be added.
    #[schema(value_type = Object)]
    figures: Figures,
}

/// One judgement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EncoderFinding {
    /// Of what: `bitrate`, `key-interval`, `offset` …
    #[schema(value_type = String)]
    item: Item,
    /// `good`, `look`, `must`, or `unknown` where it was not measured.
    #[schema(value_type = String)]
    verdict: Verdict,
    /// What to do, by its word.
    #[schema(required, value_type = Option<String>)]
    advice: Option<Advice>,
}

/// A page of reports, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EncoderReports {
    items: Vec<EncoderReport>,
    /// What to ask for next; null at the end.
    #[schema(required)]
    next: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Items of a page, 30 where nothing is said.
    limit: Option<i64>,
}

fn test_of(programme: &Programme, row: &TestRow) -> EncoderTest {
    EncoderTest {
        id: row.id.clone(),
        name: row.name.clone(),
        track: slug_of(programme, row.track.as_ref()),
        seconds: row.duration_s,
        created_at: row.created_at,
        created_by: row.created_by.clone(),
        good_until: row.good_until,
    }
}

fn slug_of(programme: &Programme, track: Option<&program::TrackId>) -> Option<String> {
    let track = programme.track(track?)?;
    Some(track.slug.clone())
}

fn report_of(programme: &Programme, row: ReportRow) -> EncoderReport {
    let figures = figures_of(&row);
    let findings = trial::findings(&figures).into_iter();
    EncoderReport {
        track: slug_of(programme, row.track.as_ref()),
        id: row.id,
        test: row.test,
        name: row.name,
        began_at: row.began_at,
        ended_at: row.ended_at,
        ending: row.ending,
        protocol: row.protocol,
        encoder: row.encoder,
        verdict: row.verdict,
        findings: findings
            .map(|finding| EncoderFinding {
                item: finding.item,
                verdict: finding.verdict,
                advice: finding.advice,
            })
            .collect(),
        figures,
    }
}

/// Tests whose keys can be used, the newest first.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/studio/encoder-tests", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<EncoderTest>), (status = 403, body = web::failure::Problem)))]
pub(crate) async fn tests(
    cx: Cx,
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
) -> Result<Json<Vec<EncoderTest>>> {
    let programme = studio.named(&conf).await?;
    let tests = studio.good_tests(&programme, cx.now).await?;
    let tests = tests.iter().map(|row| test_of(&programme, row));
    Ok(Json(tests.collect()))
}

/// Makes a key with which an encoder is tested; what is sent with it reaches no viewer.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/studio/encoder-tests", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses")),
    request_body = NewEncoderTest,
    security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = MadeEncoderTest), (status = 403, body = web::failure::Problem),
              (status = 409, body = web::failure::Problem), (status = 422, body = web::failure::Problem)))]
pub(crate) async fn make(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
    web::form::Json(wanted): web::form::Json<NewEncoderTest>,
) -> Result<(
    StatusCode,
    [(HeaderName, &'static str); 1],
    Json<MadeEncoderTest>,
)> {
    let programme = studio.named(&conf).await?;
    let track = match &wanted.track {
        Some(track) => Some(named(&programme, track)?),
        None => None,
    };
    let wish = Wish {
        name: &wanted.name,
        track,
        seconds: wanted.seconds.unwrap_or(120),
    };
    let made = studio.make_test(&programme, wish, &grant).await?;
    let at = studio.test_addresses(&conf, &made.key);
    let made = MadeEncoderTest {
        test: test_of(&programme, &made.test),
        key: made.key,
        server: at.server,
        secure_server: at.secure_server,
        whip: at.whip,
        page: at.page,
    };
    Ok((
        StatusCode::CREATED,
        [(CACHE_CONTROL, "no-store")],
        Json(made),
    ))
}

/// Makes a test's key useless; whoever is tested with it is hung up on.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/studio/encoder-tests/{test}", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("test" = String, Path, description = "Id of the test")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 403, body = web::failure::Problem),
              (status = 404, body = web::failure::Problem)))]
pub(crate) async fn revoke(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, test)): Path<(String, String)>,
) -> Result<StatusCode> {
    let programme = studio.named(&conf).await?;
    let missing = || Error::NotFound("encoder test");
    let test = TestId::parse(&test).map_err(|_| missing())?;
    if studio.revoke_test(&programme, &test, &grant).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(missing().into())
    }
}

/// `EncoderReports` of encoder tests, the newest first.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/studio/reports", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"), Which),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = EncoderReports), (status = 403, body = web::failure::Problem)))]
pub(crate) async fn list(
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<EncoderReports>> {
    let programme = studio.named(&conf).await?;
    let limit = which.limit.unwrap_or(limits::REPORTS_SHOWN);
    let limit = limit.clamp(1, limits::PAGE_ITEMS_MAX);
    let cursor = which.cursor.as_deref();
    let mut rows = studio.reports(&programme, cursor, limit + 1).await?;
    let next = cut(&mut rows, limit, |report| report.id.to_string());
    let items = rows.into_iter().map(|row| report_of(&programme, row));
    Ok(Json(EncoderReports {
        items: items.collect(),
        next,
    }))
}

/// One report.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/studio/reports/{report}", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("report" = String, Path, description = "Id of the report")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = EncoderReport), (status = 403, body = web::failure::Problem),
              (status = 404, body = web::failure::Problem)))]
pub(crate) async fn one(
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, report)): Path<(String, String)>,
) -> Result<Json<EncoderReport>> {
    let programme = studio.named(&conf).await?;
    let row = studio.report(&programme, &report).await?;
    Ok(Json(report_of(&programme, row)))
}
