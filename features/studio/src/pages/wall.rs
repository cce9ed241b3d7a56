//! The wall's page: what is wrong first, then every track; complete without script, as of the moment it was asked for.

use axum::extract::{Path, State};
use axum::response::Response;
use identity::{Broadcast, Grant, Routes, Scope};
use kernel::{Error, Timestamp};
use media_probe::State as Probing;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use web::page::{Markup, redirect};
use web::{Cx, Form, Page, Result};

use super::{Conference, TEAM, framed};
use crate::actions::{channel, named};
use crate::wall::history::PastAlarm;
use crate::wall::key;
use crate::wall::model::{Meter, Standing};
use crate::{Studio, TrackState, limits};

/// Routes of the wall.
pub(super) fn routes() -> Routes<Studio> {
    Routes::new().get("/{conf}/studio/wall", TEAM, page).post(
        "/{conf}/studio/wall/{track}/acknowledge",
        TEAM,
        acknowledge,
    )
}

/// What the wall's island begins with.
#[derive(Serialize)]
struct FirstState<'a> {
    conf: Conference<'a>,
    tracks: &'a [TrackState],
    wall: Value,
    locale: &'static str,
}

#[derive(askama::Template)]
#[template(path = "studio_wall.html")]
struct WallPage {
    page: Page,
    slug: String,
    zone: String,
    island: Markup,
    /// Why nothing is listened to and looked at, where that is so.
    unprobed: Option<String>,
    alarms: Vec<AlarmShown>,
    rows: Vec<Row>,
    history: Vec<PastShown>,
}

/// An alarm of the past in words.
struct PastShown {
    severity_word: String,
    track_name: String,
    seat_word: Option<String>,
    title: String,
    raised_at: String,
    raised: String,
    taken: String,
    cleared_at: Option<String>,
    cleared: String,
}

/// An alarm in words.
struct AlarmShown {
    severity: &'static str,
    severity_word: String,
    track: String,
    track_name: String,
    code: &'static str,
    seat: &'static str,
    seat_word: Option<String>,
    title: String,
    remedy: String,
    since: String,
    since_at: String,
    taken: Option<String>,
}

/// A track in words.
struct Row {
    state: TrackState,
    signal: String,
    on: String,
    numbers: Vec<String>,
    loudness: String,
}

async fn page(
    cx: Cx,
    scope: Scope,
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let conference = &programme.conference;
    let states = studio.tracks(&programme, cx.now).await?;
    let page = framed(&cx, &scope, &programme);
    let first = FirstState {
        conf: Conference::of(&programme, cx.locale),
        tracks: &states,
        wall: studio.wall(&programme).await?,
        locale: cx.locale.as_str(),
    };
    let zone = conference.time_zone();
    let clock = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string();
    let name_of = |slug: &str| {
        let track = programme.track_named(slug);
        track.map_or_else(|| slug.to_owned(), |track| track.name.clone())
    };
    let standing = studio.standing_of(&conference.slug).into_iter();
    let alarms = standing
        .map(|alarm| shown(&page, alarm, &name_of, &clock))
        .collect();
    let island = page.island("wall", &first);
    let mut rows = Vec::with_capacity(states.len());
    for (track, state) in programme.tracks.iter().zip(states) {
        let meter = channel(&programme, track).map(|name| studio.meter(&name, &track.slug));
        rows.push(row(&page, state, meter));
    }
    let past = studio.history(&programme, None, None, limits::HISTORY_SHOWN);
    let day = |at: Timestamp| {
        at.to_zoned(zone.clone())
            .strftime("%m-%d %H:%M:%S")
            .to_string()
    };
    let past = past.await?.into_iter();
    let history = past
        .map(|alarm| past_shown(&page, alarm, &name_of, &day))
        .collect();
    let probing = studio.probing();
    let template = WallPage {
        slug: conference.slug.clone(),
        zone: conference.zone.clone(),
        island,
        unprobed: (probing != "ready").then(|| page.t(&format!("studio-probes-{probing}"))),
        alarms,
        rows,
        history,
        page: page.clone(),
    };
    Ok(page.render(&template))
}

fn shown(
    page: &Page,
    alarm: Standing,
    name_of: &impl Fn(&str) -> String,
    clock: &impl Fn(Timestamp) -> String,
) -> AlarmShown {
    let code = alarm.code.as_str();
    let taken = alarm.acknowledged.map(|by| {
        let at = clock(by.at);
        page.ta(
            "studio-wall-taken",
            &[("name", by.name.as_str()), ("time", &at)],
        )
    });
    AlarmShown {
        severity: alarm.severity.as_str(),
        severity_word: page.t(&format!("studio-severity-{}", alarm.severity)),
        track_name: name_of(&alarm.track),
        track: alarm.track,
        code,
        seat: alarm.seat.map_or("", media_core::Seat::as_str),
        seat_word: alarm
            .seat
            .map(|seat| page.t(&format!("studio-seat-{seat}"))),
        title: page.t(&format!("studio-alarm-{code}")),
        remedy: page.t(&format!("studio-remedy-{code}")),
        since: page.ta("studio-wall-since", &[("time", clock(alarm.since))]),
        since_at: alarm.since.to_string(),
        taken,
    }
}

fn past_shown(
    page: &Page,
    alarm: PastAlarm,
    name_of: &impl Fn(&str) -> String,
    day: &impl Fn(Timestamp) -> String,
) -> PastShown {
    PastShown {
        severity_word: page.t(&format!("studio-severity-{}", alarm.severity)),
        track_name: name_of(&alarm.track),
        seat_word: alarm
            .seat
            .map(|seat| page.t(&format!("studio-seat-{seat}"))),
        title: page.t(&format!("studio-alarm-{}", alarm.code)),
        raised_at: alarm.raised_at.to_string(),
        raised: day(alarm.raised_at),
        taken: alarm
            .acknowledged
            .map_or_else(|| page.t("studio-wall-history-nobody"), |by| by.name),
        cleared_at: alarm.cleared_at.map(|at| at.to_string()),
        cleared: alarm
            .cleared_at
            .map_or_else(|| page.t("studio-wall-history-stands"), day),
    }
}

fn row(page: &Page, state: TrackState, meter: Option<Meter>) -> Row {
    let on = meter
        .as_ref()
        .map_or(media_core::On::Nothing, |meter| meter.on);
    let mut numbers = Vec::new();
    let inputs = meter.iter().flat_map(|meter| &meter.inputs);
    for input in inputs.filter(|input| input.state == media_core::State::Receiving) {
        let health = &input.health;
        let kbits = health.bitrate_10s_bps / 1_000;
        let values = [
            ("input", page.t(&format!("studio-seat-{}", input.seat))),
            ("kbits", kbits.to_string()),
            ("fps", health.fps.to_string()),
            ("keys", health.key_interval_s.to_string()),
            ("jitter", health.jitter_ms.to_string()),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        numbers.push(page.ta("studio-wall-numbers", &values));
        numbers.extend(way(page, health));
    }
    let probe = meter.map(|meter| meter.probe).unwrap_or_default();
    let loudness = match probe.short_term_lufs {
        Some(lufs) if probe.state == Probing::Running => format!("{lufs} LUFS"),
        _ => page.t(&format!("studio-probe-{}", probe.state)),
    };
    Row {
        signal: page.t(&format!("studio-signal-{}", state.signal.state)),
        on: page.t(&format!("studio-output-{on}")),
        state,
        numbers,
        loudness,
    }
}

/// What the transport tells, where it does.
fn way(page: &Page, health: &media_core::health::Report) -> Option<String> {
    let way = health.transport?;
    let unknown = || "–".to_owned();
    let held = way.loss_percent.or(way.held_up_percent);
    let rtt = way.rtt_ms.map_or_else(unknown, |ms| format!("{ms:.0}"));
    let loss = held.map_or_else(unknown, |percent| format!("{percent:.1}"));
    let values = [("rtt", rtt.as_str()), ("loss", loss.as_str())];
    Some(page.ta("studio-wall-way", &values))
}

#[derive(Deserialize)]
struct AcknowledgeForm {
    alarm: String,
    input: Option<String>,
}

async fn acknowledge(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, track)): Path<(String, String)>,
    Form(form): Form<AcknowledgeForm>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let track = named(&programme, &track)?;
    let key = key(&form.alarm, form.input.as_deref())?;
    match studio.acknowledge(&programme, track, key, &grant).await {
        // Over in the meantime: the page that follows says so by not showing it.
        Ok(()) | Err(Error::Conflict(_)) => Ok(redirect(&format!("/{conf}/studio/wall"))),
        Err(error) => Err(error.into()),
    }
}
