//! Encoder tests: the crew's list of keys and reports, a report, and the page of whoever sends, who needs no account.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::header::{CACHE_CONTROL, HeaderValue};
use identity::{Access, Broadcast, Grant, Routes, Scope};
use kernel::{Error, Timestamp};
use media_core::trial::Figures;
use program::Programme;
use serde::{Deserialize, Serialize};
use web::page::{Markup, redirect};
use web::{Cx, Form, Page, Result};

use super::{TEAM, framed};
use crate::actions::named;
use crate::model::TestId;
use crate::reports::actions::{Addresses, Wish};
use crate::reports::topic::topic;
use crate::reports::words::{Row, Summary, rows, summary};
use crate::reports::{Standing, figures_of};
use crate::store::tests::{ReportRow, TestRow};
use crate::{Studio, limits};

/// Lengths that are offered, in seconds.
const LENGTHS: [i64; 5] = [60, 120, 300, 600, 1_800];

/// Routes of encoder tests.
pub(super) fn routes() -> Routes<Studio> {
    Routes::new()
        .get("/{conf}/studio/reports", TEAM, list)
        .post("/{conf}/studio/reports", TEAM, make)
        .get("/{conf}/studio/reports/{report}", TEAM, report)
        .get("/{conf}/studio/reports/tests/{test}", TEAM, watch)
        .post("/{conf}/studio/reports/tests/{test}/revoke", TEAM, revoke)
        // Who has the link may be asked to send long before the conference is announced.
        .get("/{conf}/encoder-test/{key}", Access::Key, send)
}

#[derive(askama::Template)]
#[template(path = "studio_reports.html")]
struct ReportsPage {
    page: Page,
    slug: String,
    zone: String,
    tracks: Vec<(String, String)>,
    lengths: Vec<(i64, String)>,
    tests: Vec<TestShown>,
    reports: Vec<ReportShown>,
    /// Where older reports are.
    older: Option<String>,
    name_chars_max: usize,
}

struct TestShown {
    id: TestId,
    name: String,
    track: String,
    by: String,
    until_at: String,
    until: String,
}

struct ReportShown {
    id: String,
    name: String,
    track: String,
    began_at: String,
    began: String,
    length: String,
    encoder: String,
    verdict: &'static str,
    verdict_word: String,
}

#[derive(askama::Template)]
#[template(path = "studio_report.html")]
struct ReportPage {
    page: Page,
    slug: String,
    zone: String,
    shown: ReportShown,
    ending: String,
    live: Live,
}

/// A test as it stands: the part of pages that changes while somebody looks.
struct Live {
    /// Nothing on a page of the past.
    island: Option<Markup>,
    state: &'static str,
    summary: Summary,
    rows: Vec<Row>,
    chart: Option<Chart>,
}

/// The bitrate over time.
struct Chart {
    label: String,
    points: String,
    most: String,
}

#[derive(askama::Template)]
#[template(path = "studio_test.html")]
struct TestPage {
    page: Page,
    slug: String,
    zone: String,
    title: String,
    lead: String,
    /// Where the key is used, for those who know it.
    at: Option<(Addresses, String)>,
    /// Whether the link to send on is shown: to the crew, once.
    fresh: bool,
    /// Whether this is the crew's page.
    crew: bool,
    live: Live,
}

/// What the island of a test begins with.
#[derive(Serialize)]
struct FirstState {
    topic: String,
    locale: &'static str,
}

#[derive(Deserialize)]
struct Which {
    before: Option<String>,
}

async fn list(
    cx: Cx,
    scope: Scope,
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let page = framed(&cx, &scope, &programme);
    let mut found = studio
        .reports(
            &programme,
            which.before.as_deref(),
            limits::REPORTS_SHOWN + 1,
        )
        .await?;
    let shown = usize::try_from(limits::REPORTS_SHOWN).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    let older = found.last().filter(|_| more);
    let older = older.map(|last| format!("/{conf}/studio/reports?before={}", last.id));
    let tests = studio.good_tests(&programme, cx.now).await?;
    let minutes = |seconds: i64| page.ta("studio-test-minutes", &[("count", seconds / 60)]);
    let template = ReportsPage {
        slug: conf.clone(),
        zone: programme.conference.zone.clone(),
        tracks: programme
            .tracks
            .iter()
            .map(|track| (track.slug.clone(), track.name.clone()))
            .collect(),
        lengths: LENGTHS
            .iter()
            .map(|seconds| (*seconds, minutes(*seconds)))
            .collect(),
        tests: tests
            .iter()
            .map(|test| test_shown(&programme, test))
            .collect(),
        reports: found
            .iter()
            .map(|report| report_shown(&page, &programme, report))
            .collect(),
        older,
        name_chars_max: limits::TEST_NAME_CHARS_MAX,
        page: page.clone(),
    };
    Ok(page.render(&template))
}

pub(crate) fn clock(programme: &Programme, at: Timestamp) -> String {
    let zoned = at.to_zoned(programme.conference.time_zone());
    zoned.strftime("%Y-%m-%d %H:%M").to_string()
}

fn track_name(programme: &Programme, track: Option<&program::TrackId>) -> String {
    let track = track.and_then(|track| programme.track(track));
    track.map_or_else(|| "–".to_owned(), |track| track.name.clone())
}

fn test_shown(programme: &Programme, test: &TestRow) -> TestShown {
    TestShown {
        id: test.id.clone(),
        name: test.name.clone(),
        track: track_name(programme, test.track.as_ref()),
        by: test.created_by.clone(),
        until_at: test.good_until.to_string(),
        until: clock(programme, test.good_until),
    }
}

fn report_shown(page: &Page, programme: &Programme, report: &ReportRow) -> ReportShown {
    let lasted = report.ended_at.duration_since(report.began_at);
    let protocol = report.protocol.to_uppercase();
    ReportShown {
        id: report.id.to_string(),
        name: report.name.clone(),
        track: track_name(programme, report.track.as_ref()),
        began_at: report.began_at.to_string(),
        began: clock(programme, report.began_at),
        length: page.ta("studio-test-seconds", &[("count", lasted.as_secs())]),
        encoder: match report.encoder.as_str() {
            "" => protocol,
            encoder => format!("{protocol}, {encoder}"),
        },
        verdict: report.verdict.as_str(),
        verdict_word: page.t(&format!("studio-test-verdict-{}", report.verdict)),
    }
}

#[derive(Deserialize)]
struct MakeForm {
    name: String,
    track: Option<String>,
    seconds: i64,
}

/// Answers with the key itself instead of leading somewhere: the crew sees it this one time.
async fn make(
    cx: Cx,
    scope: Scope,
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
    Form(form): Form<MakeForm>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let track = match form.track.as_deref().filter(|track| !track.is_empty()) {
        Some(track) => Some(named(&programme, track)?),
        None => None,
    };
    let wish = Wish {
        name: &form.name,
        track,
        seconds: form.seconds,
    };
    let made = studio.make_test(&programme, wish, &grant).await?;
    let page = framed(&cx, &scope, &programme);
    let at = studio.test_addresses(&conf, &made.key);
    let template = TestPage {
        slug: conf,
        zone: programme.conference.zone.clone(),
        title: made.test.name.clone(),
        lead: page.t("studio-test-made-lead"),
        at: Some((at, made.key)),
        fresh: true,
        crew: true,
        live: standing(&studio, &page, &made.test).await?,
        page: page.clone(),
    };
    Ok(private(page.render(&template)))
}

async fn watch(
    cx: Cx,
    scope: Scope,
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, test)): Path<(String, String)>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let test = studio.test(&programme, &test).await?;
    let page = framed(&cx, &scope, &programme);
    let template = TestPage {
        slug: conf,
        zone: programme.conference.zone.clone(),
        title: test.name.clone(),
        lead: page.t("studio-test-watch-lead"),
        at: None,
        fresh: false,
        crew: true,
        live: standing(&studio, &page, &test).await?,
        page: page.clone(),
    };
    Ok(page.render(&template))
}

/// The page of whoever sends: the address holds the key.
async fn send(
    cx: Cx,
    scope: Scope,
    State(studio): State<Studio>,
    Path((conf, key)): Path<(String, String)>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let test = studio
        .test_of_key(&programme, &key, cx.now)
        .await
        .map_err(|error| scope.hide(error))?;
    let page = framed(&cx, &scope, &programme);
    let at = studio.test_addresses(&conf, &key);
    let minutes = test.duration_s.div_euclid(60).max(1);
    let template = TestPage {
        slug: conf,
        zone: programme.conference.zone.clone(),
        title: test.name.clone(),
        lead: page.ta("studio-test-send-lead", &[("minutes", minutes)]),
        at: Some((at, key)),
        fresh: false,
        crew: false,
        live: standing(&studio, &page, &test).await?,
        page: page.clone(),
    };
    Ok(private(page.render(&template)))
}

async fn report(
    cx: Cx,
    scope: Scope,
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, report)): Path<(String, String)>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let row = studio.report(&programme, &report).await?;
    let page = framed(&cx, &scope, &programme);
    let figures = figures_of(&row);
    let template = ReportPage {
        slug: conf,
        zone: programme.conference.zone.clone(),
        shown: report_shown(&page, &programme, &row),
        ending: page.t(&format!("studio-test-ending-{}", row.ending)),
        live: in_words(&page, "over", &figures, 0),
        page: page.clone(),
    };
    Ok(page.render(&template))
}

async fn revoke(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, test)): Path<(String, String)>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let test = TestId::parse(&test).map_err(|_| Error::NotFound("encoder test"))?;
    // Who presses twice has got what they wanted.
    studio.revoke_test(&programme, &test, &grant).await?;
    Ok(redirect(&format!("/{conf}/studio/reports#tests")))
}

/// A test as it stands.
async fn standing(studio: &Studio, page: &Page, test: &TestRow) -> Result<Live> {
    let (state, figures) = match studio.standing_test(test).await? {
        Standing::Waiting => ("waiting", Figures::default()),
        Standing::Running(figures) => ("running", *figures),
        Standing::Over(report) => ("over", figures_of(&report)),
    };
    let first = FirstState {
        topic: topic(test),
        locale: page.locale(),
    };
    Ok(Live {
        island: Some(page.island("encodertest", &first)),
        ..in_words(page, state, &figures, test.duration_s)
    })
}

fn in_words(page: &Page, state: &'static str, figures: &Figures, duration_s: i64) -> Live {
    let say = |key: &str, args: &[(&str, &str)]| page.ta(key, args);
    Live {
        island: None,
        state,
        summary: summary(&say, state, figures, duration_s),
        rows: rows(&say, figures),
        chart: chart(page, figures),
    }
}

/// A line over a hundred by thirty units.
fn chart(page: &Page, figures: &Figures) -> Option<Chart> {
    let most = figures
        .kbits
        .iter()
        .copied()
        .max()
        .filter(|most| *most > 0)?;
    let last = figures
        .kbits
        .len()
        .checked_sub(1)
        .filter(|last| *last > 0)?;
    let number = |value: usize| f64::from(u32::try_from(value).unwrap_or(u32::MAX));
    let points = figures.kbits.iter().enumerate().map(|(at, kbits)| {
        let x = number(at) / number(last) * 100.0;
        let y = 29.0 - f64::from(*kbits) / f64::from(most) * 28.0;
        format!("{x:.1},{y:.1}")
    });
    let points: Vec<String> = points.collect();
    Some(Chart {
        label: page.t("studio-test-chart"),
        points: points.join(" "),
        most: page.ta("studio-test-chart-most", &[("kbits", most)]),
    })
}

/// A page with a key on it is nobody else's.
fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
