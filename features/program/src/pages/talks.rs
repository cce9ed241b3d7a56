//! `/{conf}/admin/talks`: all talks of a conference for its team, with what can be done with several at once.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use identity::{Contents, Grant, Routes, Scope};
use kernel::Error;
use web::form::{Choice, Submitted};
use web::list::{Act as Button, Cell, Column, Line, Listing, Query, Spec};
use web::{Cx, Locale, Page};

use super::acts::{Asked, Undone};
use super::admin::{CONTENTS, Frame};
use super::clocks::Clocks;
use super::timetable::language_label;
use super::{programme, talk_form};
use crate::actions::spreadsheets::span;
use crate::actions::talks::{self, Act};
use crate::actions::{Writer, index};
use crate::limits;
use crate::model::hand::{TalkState, parts};
use crate::model::{Part, TalkId};
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store;
use crate::store::talks::TalkLine;

const fn column(name: &'static str, label: &'static str, sorts: bool, shown: bool) -> Column {
    Column {
        name,
        label,
        sorts,
        shown,
    }
}

/// What the list can do.
pub(crate) const SPEC: Spec = Spec {
    columns: &[
        column("title", "program-talk-title", true, true),
        column("starts", "program-talk-when", true, true),
        column("track", "program-talk-track", false, true),
        column("speakers", "program-talk-speaker", false, true),
        column("state", "program-talk-state", false, true),
        column("category", "program-talk-category", false, false),
        column("room", "program-talk-room", false, false),
        column("kind", "program-talk-kind", false, false),
        column("level", "program-talk-level", false, false),
        column("language", "program-talk-language", false, false),
        column("changed", "program-talk-changed", true, false),
        column("hand", "program-talk-by-hand", false, false),
        column("code", "program-talk-code", false, false),
        column("number", "program-talk-number", false, false),
    ],
    filters: &["state", "track", "category", "level", "day"],
    sort: "starts",
};

/// The routes of these pages and of the forms behind them.
pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .get("/{conf}/admin/talks", CONTENTS, list)
        .post("/{conf}/admin/talks/act", CONTENTS, act)
        .get("/{conf}/admin/talks/new", CONTENTS, talk_form::blank)
        .post("/{conf}/admin/talks/new", CONTENTS, talk_form::add)
        .get("/{conf}/admin/talks/{talk}", CONTENTS, talk_form::form)
        .post("/{conf}/admin/talks/{talk}", CONTENTS, talk_form::edit)
}

#[derive(Template)]
#[template(path = "admin_talks.html")]
struct TalksPage {
    page: Page,
    frame: Frame,
    zone: String,
    in_bin: bool,
    listing: Listing,
}

/// The value by which a page of the list goes on.
pub(crate) fn key_of(line: &TalkLine, sort: &str) -> String {
    match sort {
        "title" => line.title.clone(),
        "changed" => line.changed_at.as_microsecond().to_string(),
        _ => line.starts_at.as_microsecond().to_string(),
    }
}

pub(super) async fn list(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let query = Query::of(&cx, SPEC).keyed("number");
    if !query.q.trim().is_empty() {
        index::complete(&cx.db, scope.conference()).await?;
    }
    let rows = store::talks::page(&cx.db, scope.conference(), &query, query.rows_wanted()).await?;
    let base = format!("/{}/admin", programme.conference.slug);
    let clocks = Clocks::of(&cx, &programme.conference);
    let (sort, in_bin) = (query.sort, query.filter("state") == "bin");
    let zone = programme.conference.time_zone();
    let is_file = query.csv;
    let line = |row: &TalkLine| Line {
        id: row.id.to_string(),
        href: format!("{base}/talks/{}", row.id),
        key: key_of(row, sort),
        cells: if is_file {
            filed(cells(&cx, &programme, &clocks, row), row, &zone)
        } else {
            cells(&cx, &programme, &clocks, row)
        },
    };
    let lines = rows.iter().map(line).collect();
    let listing = offered(
        &cx,
        &programme,
        &clocks,
        Listing::of(query, lines),
        &base,
        in_bin,
    );
    if listing.query.csv {
        return listing.csv(&cx, &format!("{}-talks", programme.conference.slug));
    }
    let frame = Frame::of(&cx, &scope, &programme.conference, "talks");
    let page = frame.page(&cx, &scope, &programme.conference);
    Ok(page.render(&TalksPage {
        page: page.clone(),
        frame,
        zone: clocks.venue_label(programme.reference()),
        in_bin,
        listing,
    }))
}

/// The filters of the list, and what can be done with its rows.
fn offered(
    cx: &Cx,
    programme: &Programme,
    clocks: &Clocks,
    listing: Listing,
    base: &str,
    in_bin: bool,
) -> Listing {
    let states = TalkState::ALL
        .iter()
        .map(|state| Choice::new(state.as_str(), cx.text(state.label(), &[])))
        .chain([Choice::new("bin", cx.text("program-bin", &[]))]);
    let button = |name, label, danger| Button {
        name,
        label,
        danger,
    };
    let buttons = if in_bin {
        vec![button("restore", "program-act-restore", false)]
    } else {
        vec![
            button("planned", "program-act-plan", false),
            button("cancelled", "program-act-cancel", false),
            button("hidden", "program-act-hide", false),
            button("bin", "program-act-bin", true),
        ]
    };
    listing
        .filter("state", "program-talk-state", states.collect())
        .filter("day", "program-talk-day", days(programme, clocks))
        .filter("track", "program-talk-track", tracks(programme))
        .filter("category", "program-talk-category", categories(programme))
        .filter("level", "program-talk-level", levels(programme, cx.locale))
        .acts(format!("{base}/talks/act"), buttons)
}

pub(super) fn days(programme: &Programme, clocks: &Clocks) -> Vec<Choice> {
    let day = |day: &crate::store::Day| Choice::new(day.id.as_str(), clocks.date(day.date()));
    programme.days.iter().map(day).collect()
}

pub(super) fn tracks(programme: &Programme) -> Vec<Choice> {
    let tracks = programme.tracks.iter();
    tracks
        .map(|track| Choice::new(track.id.as_str(), &track.name))
        .collect()
}

pub(super) fn categories(programme: &Programme) -> Vec<Choice> {
    let categories = programme.categories.iter();
    categories
        .map(|own| Choice::new(own.id.as_str(), &own.name))
        .collect()
}

/// The levels that the conference offers.
fn levels(programme: &Programme, locale: Locale) -> Vec<Choice> {
    let levels = programme.terms(Part::Levels);
    levels
        .map(|own| Choice::new(&own.word, own.name_in(locale)))
        .collect()
}

fn cells(cx: &Cx, programme: &Programme, clocks: &Clocks, row: &TalkLine) -> Vec<Cell> {
    let name = |name: Option<&String>| -> Cell { name.cloned().unwrap_or_default().into() };
    let when = if row.day.is_none() && row.starts_at == kernel::Timestamp::UNIX_EPOCH {
        Cell::chip(cx.text("program-talk-nowhere", &[]), "warn")
    } else {
        let date = clocks.date(clocks.date_of(row.starts_at));
        format!(
            "{date} {}–{}",
            clocks.clock(row.starts_at),
            clocks.clock(row.ends_at)
        )
        .into()
    };
    let state = cx.text(row.state.label(), &[]);
    let state = match row.state {
        TalkState::Planned => state.into(),
        TalkState::Cancelled => Cell::chip(state, "bad"),
        TalkState::Hidden => Cell::chip(state, "info"),
    };
    let hand = parts(&row.hand);
    let hand: Vec<String> = hand.iter().map(|part| cx.text(part.label(), &[])).collect();
    vec![
        row.title.as_str().into(),
        when,
        name(
            row.track
                .as_ref()
                .and_then(|id| programme.track(id))
                .map(|own| &own.name),
        ),
        row.speakers.as_str().into(),
        state,
        name(
            row.category
                .as_ref()
                .and_then(|id| programme.category(id))
                .map(|own| &own.name),
        ),
        name(
            row.room
                .as_ref()
                .and_then(|id| programme.room(id))
                .map(|own| &own.name),
        ),
        row.kind.as_str().into(),
        programme
            .term_name(Part::Levels, &row.level, cx.locale)
            .unwrap_or_else(|| row.level.clone())
            .into(),
        language_label(cx, &row.language).into(),
        format!(
            "{} {}",
            clocks.long_date(row.changed_at),
            clocks.clock(row.changed_at)
        )
        .into(),
        hand.join(", ").into(),
        row.code.as_str().into(),
        row.number.to_string().into(),
    ]
}

/// The cells of a file: when it is as spreadsheets take it, and bring it back.
fn filed(mut cells: Vec<Cell>, row: &TalkLine, zone: &jiff::tz::TimeZone) -> Vec<Cell> {
    if let Some(when) = cells.get_mut(1) {
        *when = match row.day {
            Some(_) => span(row.starts_at, row.ends_at, zone).into(),
            None => "".into(),
        };
    }
    cells
}

/// What a button's word means.
pub(crate) fn act_of(word: &str) -> Option<Act> {
    match word {
        "bin" => Some(Act::Bin),
        "restore" => Some(Act::Restore),
        "release" => Some(Act::Release),
        word => TalkState::parse(word).map(Act::State),
    }
}

/// An act on ticked rows, or on one talk; also what undoes one.
pub(super) async fn act(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    axum::extract::Query(undone): axum::extract::Query<Undone>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let list = format!("/{}/admin/talks", programme.conference.slug);
    let asked = undone.asked(&submitted, |id| {
        TalkId::parse(id).map_err(|_| Error::NotFound("talk"))
    })?;
    let act = act_of(&asked.word).ok_or_else(|| Error::invalid("do", "web-field-choice"))?;
    if asked.ids.is_empty() {
        return Ok(Asked::<TalkId>::nothing(&cx, &list));
    }
    let before = states(&cx, &scope, &asked.ids).await?;
    let writer = Writer::of(&cx, &programmes);
    let changed = talks::act(&writer, &grant, &asked.ids, act, None).await?;
    let ids: Vec<&str> = changed.iter().map(|own| own.id.as_str()).collect();
    Ok(asked.done(&cx, &list, said(act), (&ids, undoing(act, &before))))
}

async fn states(cx: &Cx, scope: &Scope, ids: &[TalkId]) -> web::Result<Vec<TalkState>> {
    let mut states = Vec::new();
    // One is enough to know that they differ.
    for id in ids.iter().take(limits::UNDO_MAX) {
        let row = store::talks::talk(&cx.db, scope.conference(), id).await?;
        states.extend(row.map(|row| row.state));
    }
    states.dedup();
    Ok(states)
}

/// What undoes an act; nothing where the talks were different from each other before.
fn undoing(act: Act, before: &[TalkState]) -> Option<&'static str> {
    match (act, before) {
        (Act::Bin, _) => Some("restore"),
        (Act::Restore, _) => Some("bin"),
        (Act::State(_), [before]) => Some(before.as_str()),
        _ => None,
    }
}

fn said(act: Act) -> &'static str {
    match act {
        Act::State(TalkState::Planned) => "program-acted-planned",
        Act::State(TalkState::Cancelled) => "program-acted-cancelled",
        Act::State(TalkState::Hidden) => "program-acted-hidden",
        Act::Bin => "program-acted-binned",
        Act::Restore => "program-acted-restored",
        Act::Release => "program-acted-released",
    }
}
