//! The timetable: a grid of tracks by time, or a list; filtered by what the address says.

mod cards;
mod wanted;

pub(super) use self::wanted::language_label;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use http::HeaderMap;
use identity::Scope;
use jiff::Timestamp;
use web::{Cx, Page};

use self::cards::{Cell, Deck, Grid, Hour, grid, hours};
use self::wanted::{Filter, Wanted, filters};
use super::clocks::Clocks;
use super::{brand, programme, rendered, respond_page};
use crate::air::Running;
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store::{Day, Talk};

#[derive(Template)]
#[template(path = "timetable.html")]
#[expect(clippy::struct_excessive_bools, reason = "what a template asks")]
struct TimetablePage {
    page: Page,
    base: String,
    title: String,
    zone: String,
    venue: String,
    mine: Option<String>,
    day_label: String,
    days: Vec<Tab>,
    grid: Option<Grid>,
    hours: Vec<Hour>,
    is_grid: bool,
    grid_href: String,
    list_href: String,
    clear_href: String,
    grid_impossible: bool,
    filtered: bool,
    found: usize,
    has_now: bool,
    filters: Vec<Filter>,
    wanted: Wanted,
}

struct Tab {
    label: String,
    date: String,
    href: String,
    current: bool,
}

pub(super) async fn page(
    cx: Cx,
    scope: Scope,
    wanted: Result<Query<Wanted>, QueryRejection>,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    // An address that says something twice is no reason to show nothing.
    let wanted = wanted.map(|Query(wanted)| wanted).unwrap_or_default();
    let look = || {
        let running = super::running(&cx, &programmes, &programme);
        rendered(&view(&cx, &scope, &running, &programme, wanted))
    };
    respond_page(&cx, &headers, &programmes, &programme, look)
}

fn view(
    cx: &Cx,
    scope: &Scope,
    running: &Running<'_>,
    programme: &Programme,
    wanted: Wanted,
) -> TimetablePage {
    let conference = &programme.conference;
    let clocks = Clocks::of(cx, conference);
    let base = format!("/{}", conference.slug);
    let day = wanted_day(programme, &wanted, cx.now);
    let talks: Vec<&Talk> = programme
        .talks
        .iter()
        .filter(|talk| day.is_none_or(|day| belongs(talk, day)))
        .filter(|talk| wanted.takes(programme, talk))
        .collect();
    let now_at = now_index(&talks, cx.now);
    let wants_list = wanted.view == "list";
    let deck = Deck {
        programme,
        clocks: &clocks,
        running,
        now: cx.now,
        base: &base,
    };
    let grid = if wants_list {
        None
    } else {
        grid(&deck, &talks, now_at)
    };
    let grid_impossible = !wants_list && grid.is_none() && !talks.is_empty();
    let hours = if grid.is_some() {
        Vec::new()
    } else {
        hours(&deck, &talks, now_at)
    };
    let at = day.map_or(programme.reference(), |day| day.starts_at);
    let page = Page::new(cx).with_brand(brand(
        cx,
        conference,
        Some(scope),
        &format!("{base}/timetable"),
    ));
    TimetablePage {
        title: conference.title_in(cx.locale).to_owned(),
        zone: conference.zone.clone(),
        venue: clocks.venue_label(at),
        mine: clocks.mine_label(at),
        day_label: day
            .map(|day| super::clocks::long_date(cx.locale, day.date()))
            .unwrap_or_default(),
        days: tabs(cx, programme, &wanted, day),
        is_grid: grid.is_some(),
        grid_href: wanted.with(&[("view", "")]),
        list_href: wanted.with(&[("view", "list")]),
        clear_href: wanted.with(&[
            ("track", ""),
            ("room", ""),
            ("category", ""),
            ("level", ""),
            ("language", ""),
            ("q", ""),
        ]),
        grid_impossible,
        filtered: wanted.is_filtered(),
        found: talks.len(),
        has_now: now_at.is_some(),
        filters: filters(cx, programme, &wanted),
        grid,
        hours,
        base,
        wanted,
        page,
    }
}

/// The day of the address (`?day=2`, `?day=2026-11-22`), else the day it is.
fn wanted_day<'a>(programme: &'a Programme, wanted: &Wanted, now: Timestamp) -> Option<&'a Day> {
    let said = programme
        .days
        .iter()
        .find(|day| day.position.to_string() == wanted.day || day.date == wanted.day);
    said.or_else(|| programme.day_at(now))
}

/// Files say to which day a talk belongs, also after midnight; where they do not, the day's bounds do.
fn belongs(talk: &Talk, day: &Day) -> bool {
    match &talk.day {
        Some(own) => *own == day.id,
        None => day.starts_at <= talk.starts_at && talk.starts_at <= day.ends_at,
    }
}

/// Where "jump to now" leads without a script: to what is on, else to what comes next on this day.
fn now_index(talks: &[&Talk], now: Timestamp) -> Option<usize> {
    let first = talks.first()?.starts_at;
    let last = talks.iter().map(|talk| talk.ends_at).max()?;
    // Before and after the day there is no now on it.
    if now < first || now >= last {
        return None;
    }
    talks
        .iter()
        .position(|talk| talk.is_on(now))
        .or_else(|| talks.iter().position(|talk| talk.starts_at > now))
}

fn tabs(cx: &Cx, programme: &Programme, wanted: &Wanted, current: Option<&Day>) -> Vec<Tab> {
    let tab = |day: &Day| Tab {
        label: cx.text("program-day", &[("day", &day.position.to_string())]),
        date: super::clocks::short_date(cx.locale, day.date()),
        href: wanted.with(&[("day", &day.position.to_string())]),
        current: current.is_some_and(|own| own.id == day.id),
    };
    programme.days.iter().map(tab).collect()
}
