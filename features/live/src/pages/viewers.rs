//! `/{conf}/desk/viewers`: what a viewer sees, by the code that they read out; and who has it worst right now.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use identity::{Access, Role, Routes, Scope};
use kernel::Timestamp;
use program::Programme;
use serde::Deserialize;
use web::{Cx, Page, Result};

use super::framed_at;
use crate::actions::viewers::Fare;
use crate::model::report::{parse_code, spelled};
use crate::store::viewers::Session;
use crate::{Live, limits};

const HELPERS: Access =
    Access::Role(&[Role::Desk, Role::Operation, Role::Broadcast, Role::Platform]);

pub(super) fn routes() -> Routes<Live> {
    Routes::new().get("/{conf}/desk/viewers", HELPERS, page)
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    code: String,
}

#[derive(askama::Template)]
#[template(path = "viewers.html")]
struct ViewersPage {
    page: Page,
    slug: String,
    conference: String,
    zone: String,
    /// What was searched for, as it was typed.
    asked: String,
    is_no_code: bool,
    found: Vec<Shown>,
    worst: Vec<Shown>,
    fare: Fare,
}

/// A session as the page shows it.
struct Shown {
    code: String,
    track: String,
    person: Option<(String, String)>,
    state: String,
    is_bad: bool,
    browser: String,
    began_at: String,
    began: String,
    seen_at: String,
    seen: String,
    startup: String,
    stalls: i64,
    stalled: String,
    recent: String,
    watched: String,
    latency: String,
    bitrate: String,
    throughput: String,
    switches: i64,
    dropped: String,
    errors: i64,
    last_error: Option<(String, String)>,
    audio_only: bool,
    /// What the check found and what to do: keys of sentences.
    verdict: Option<(String, String)>,
    rtt: String,
    link: String,
}

async fn page(
    cx: Cx,
    scope: Scope,
    State(live): State<Live>,
    Path(conf): Path<String>,
    asked: std::result::Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Response> {
    let programme = live.named(&conf).await?;
    let conference = &programme.conference;
    let asked = asked.map(|Query(asked)| asked.code).unwrap_or_default();
    let code = parse_code(&asked);
    let page = framed_at(&cx, &scope, &programme, "desk/viewers");
    let rows = match &code {
        Some(code) => live.sessions(&conference.id, code).await?,
        None => Vec::new(),
    };
    let worst = live
        .0
        .viewers
        .worst(&conference.id, cx.now, limits::WORST_SHOWN);
    let people = people(&cx, rows.iter().chain(worst.iter().map(|seen| &seen.row))).await?;
    let show = |row: &Session, recent: u32| shown(&page, &programme, &people, row, recent);
    let template = ViewersPage {
        slug: conf,
        conference: conference.title_in(cx.locale).to_owned(),
        zone: conference.zone.clone(),
        is_no_code: code.is_none() && !asked.trim().is_empty(),
        asked,
        found: rows.iter().map(|row| show(row, 0)).collect(),
        worst: worst
            .iter()
            .map(|seen| show(&seen.row, seen.recent_stalled_ms))
            .collect(),
        fare: live.0.viewers.all(&conference.id, cx.now),
        page: page.clone(),
    };
    Ok(page.render(&template))
}

/// Names and addresses of the accounts among the sessions.
async fn people(
    cx: &Cx,
    rows: impl Iterator<Item = &Session>,
) -> Result<HashMap<String, (String, String)>> {
    let mut people = HashMap::new();
    for row in rows {
        if row.account.is_empty() || people.contains_key(&row.account) {
            continue;
        }
        if let Some(person) = identity::actions::person(&cx.db, &row.account).await? {
            people.insert(row.account.clone(), person);
        }
    }
    Ok(people)
}

fn shown(
    page: &Page,
    programme: &Programme,
    people: &HashMap<String, (String, String)>,
    row: &Session,
    recent_ms: u32,
) -> Shown {
    let zone = programme.conference.time_zone();
    let clock = |at: Timestamp| {
        at.to_zoned(zone.clone())
            .strftime("%m-%d %H:%M:%S")
            .to_string()
    };
    let none = || "–".to_owned();
    let seconds = |ms: Option<i64>| {
        ms.map_or_else(none, |ms| page.ta("live-viewers-s", &[("s", tenths(ms))]))
    };
    let mbps = |kbps: Option<i64>| {
        kbps.map_or_else(none, |kbps| {
            page.ta("live-check-mbps", &[("rate", tenths(kbps))])
        })
    };
    let track = programme.track(&row.track);
    Shown {
        code: spelled(&row.code),
        track: track.map_or_else(none, |track| track.name.clone()),
        person: people.get(&row.account).cloned(),
        state: page.t(state_key(row)),
        is_bad: !row.done && matches!(row.state.as_str(), "r" | "f"),
        browser: row.browser.clone(),
        began_at: row.began_at.to_string(),
        began: clock(row.began_at),
        seen_at: row.seen_at.to_string(),
        seen: clock(row.seen_at),
        startup: seconds(row.startup_ms),
        stalls: row.stalls,
        stalled: seconds(Some(row.stalled_ms)),
        recent: seconds(Some(recent_ms.into())),
        watched: minutes(row.shown_ms),
        latency: seconds(row.latency_ms),
        bitrate: mbps(row.bitrate_kbps),
        throughput: mbps(row.throughput_kbps),
        switches: row.switches,
        dropped: row
            .dropped_frames
            .map_or_else(none, |count| count.to_string()),
        errors: row.errors,
        last_error: row
            .last_error
            .as_ref()
            .map(|code| (code.clone(), page.t(error_key(code)))),
        audio_only: row.audio_only,
        verdict: row.verdict.as_ref().map(|verdict| {
            let what = page.t(&format!("live-check-{verdict}"));
            (what, page.t(&format!("live-check-{verdict}-do")))
        }),
        rtt: row
            .rtt_ms
            .map_or_else(none, |ms| page.ta("live-check-ms", &[("ms", ms)])),
        link: mbps(row.link_kbps),
    }
}

/// Thousandths as a number with one digit behind the point.
fn tenths(thousandths: i64) -> String {
    let tenths = (thousandths + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn minutes(ms: i64) -> String {
    let seconds = ms / 1_000;
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{hours}:{minutes:02}:{:02}", seconds % 60)
}

fn state_key(row: &Session) -> &'static str {
    if row.done {
        return "live-viewers-state-gone";
    }
    match row.state.as_str() {
        "p" => "live-viewers-state-playing",
        "r" => "live-viewers-state-stands",
        "a" => "live-viewers-state-paused",
        "w" => "live-viewers-state-waiting",
        "f" => "live-viewers-state-failed",
        "q" => "live-viewers-state-gone",
        _ => "live-viewers-state-starting",
    }
}

/// What the player told its viewer.
fn error_key(code: &str) -> &'static str {
    match code {
        "M-NET-0" => "live-trouble-offline",
        "M-BUF-1" => "live-trouble-slow",
        "M-DEC-1" | "M-DEC-2" => "live-trouble-decode",
        "M-DEV-1" => "live-trouble-device",
        "M-ACC-1" => "live-trouble-refused",
        _ => "live-trouble-network",
    }
}
