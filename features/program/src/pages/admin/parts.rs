//! `/{conf}/admin/{days,rooms,tracks,…}`: lists that people edit, one page for all of them.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use identity::{Contents, Grant, Scope};
use kernel::Error;
use web::form::{Choice, Done, Sheet, Submitted};
use web::{Cx, Page};

use super::Frame;
use crate::actions::{self, Way, Writer};
use crate::model::{Fields, Part};
use crate::pages::clocks::Clocks;
use crate::pages::programme;
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store::Talk;

#[derive(Template)]
#[template(path = "admin_part.html")]
struct PartPage {
    page: Page,
    frame: Frame,
    part: &'static str,
    heading: String,
    lead: String,
    list: String,
    ordered: bool,
    rows: Vec<Row>,
    editing: Option<Editing>,
    sheet: Sheet,
    zone: String,
}

/// Something in a list.
#[derive(Clone, Debug, Default)]
struct Row {
    id: String,
    href: String,
    name: String,
    color: String,
    internal: bool,
    facts: String,
    used: String,
    /// How many talks have it.
    talks: usize,
    version: i64,
    sheet: Sheet,
}

struct Editing {
    href: String,
    name: String,
    version: i64,
    depends: String,
    may_remove: bool,
}

fn part_of(word: &str) -> web::Result<Part> {
    Ok(Part::parse(word).ok_or(Error::NotFound("page"))?)
}

/// The fields of a list's form.
fn names(part: Part) -> &'static [&'static str] {
    match part {
        Part::Days => &["date", "from", "to", "name", "internal"],
        Part::Rooms => &["name", "description", "capacity"],
        Part::Tracks => &["name", "slug", "room"],
        Part::Categories => &["name", "color"],
        _ => &["name_ja", "name_en", "word"],
    }
}

/// What stands in a sheet, for the use case.
fn fields(part: Part, sheet: &Sheet) -> Fields {
    let field = |name: &&str| ((*name).to_owned(), sheet.value(name).to_owned());
    names(part).iter().map(field).collect()
}

/// The empty form of a list.
fn blank(cx: &Cx, programme: &Programme, part: Part) -> Sheet {
    let sheet = names(part)
        .iter()
        .fold(Sheet::blank(), |sheet, name| sheet.put(name, ""));
    match part {
        Part::Days => {
            let next = programme.days.last().map(crate::store::Day::date);
            let next = next.map(|date| date.saturating_add(jiff::Span::new().days(1)));
            let next = next.map(|date| date.to_string()).unwrap_or_default();
            sheet
                .put("date", next)
                .put("from", "09:00")
                .put("to", "18:00")
        }
        Part::Tracks => offer_rooms(cx, programme, sheet),
        _ => sheet,
    }
}

fn offer_rooms(cx: &Cx, programme: &Programme, sheet: Sheet) -> Sheet {
    let none = Choice::new("", cx.text("program-piece-room-none", &[]));
    let rooms = programme.rooms.iter();
    let rooms = rooms.map(|room| Choice::new(room.id.as_str(), room.name.clone()));
    sheet.offer("room", std::iter::once(none).chain(rooms).collect())
}

/// What is in a list, with a filled form for each.
fn rows(cx: &Cx, programme: &Programme, part: Part) -> Vec<Row> {
    let clocks = Clocks::of(cx, &programme.conference);
    let counted = |has: &dyn Fn(&Talk) -> bool| {
        let talks = programme.talks.iter();
        talks.filter(|talk| has(talk)).count()
    };
    let talks_said =
        |count: usize| cx.text("program-count-talks", &[("count", &count.to_string())]);
    let mut rows = match part {
        Part::Days => days(cx, programme, &clocks),
        Part::Rooms => rooms(programme),
        Part::Tracks => tracks(cx, programme),
        Part::Categories => {
            let row = |own: &crate::store::Category| Row {
                id: own.id.to_string(),
                name: own.name.clone(),
                color: own.color.clone(),
                talks: counted(&|talk| talk.category.as_ref() == Some(&own.id)),
                version: own.version,
                sheet: Sheet::of(own.version)
                    .put("name", &own.name)
                    .put("color", &own.color),
                ..Row::default()
            };
            programme.categories.iter().map(row).collect()
        }
        _ => terms(cx, programme, part),
    };
    for row in &mut rows {
        row.href = format!("/{}/admin/{part}/{}", programme.conference.slug, row.id);
        if row.used.is_empty() {
            row.used = talks_said(row.talks);
        }
    }
    rows
}

/// A day as long as this was given no hours: it lasts until the next one begins.
const WHOLE_DAY_SECONDS: i64 = 23 * 3600 + 59 * 60;

fn days(cx: &Cx, programme: &Programme, clocks: &Clocks) -> Vec<Row> {
    let row = |day: &crate::store::Day| {
        let ends = if clocks.date_of(day.ends_at) == day.date() {
            clocks.clock(day.ends_at)
        } else {
            format!(
                "{} {}",
                clocks.date(clocks.date_of(day.ends_at)),
                clocks.clock(day.ends_at)
            )
        };
        let length = day.ends_at.as_second() - day.starts_at.as_second();
        let hours = if length >= WHOLE_DAY_SECONDS {
            cx.text("program-day-whole", &[])
        } else {
            format!("{}–{ends}", clocks.clock(day.starts_at))
        };
        let number = day.position.to_string();
        let counted = cx.text("program-day", &[("day", &number)]);
        Row {
            id: day.id.to_string(),
            name: clocks.date(day.date()),
            internal: day.internal,
            facts: format!(
                "{} · {hours}",
                if day.name.is_empty() {
                    &counted
                } else {
                    &day.name
                },
            ),
            talks: programme
                .talks
                .iter()
                .filter(|talk| talk.day.as_ref() == Some(&day.id))
                .count(),
            version: day.version,
            sheet: Sheet::of(day.version)
                .put("date", &day.date)
                .put("from", clocks.clock(day.starts_at))
                .put("to", clocks.clock(day.ends_at))
                .put("name", &day.name)
                .put("internal", if day.internal { "yes" } else { "" }),
            ..Row::default()
        }
    };
    programme.days.iter().map(row).collect()
}

fn rooms(programme: &Programme) -> Vec<Row> {
    let row = |room: &crate::store::Room| {
        let capacity = room.capacity.map(|n| n.to_string()).unwrap_or_default();
        let facts = [room.description.as_str(), capacity.as_str()];
        let facts = facts.into_iter().filter(|text| !text.is_empty());
        Row {
            id: room.id.to_string(),
            name: room.name.clone(),
            facts: facts.collect::<Vec<_>>().join(" · "),
            talks: programme
                .talks
                .iter()
                .filter(|talk| talk.room.as_ref() == Some(&room.id))
                .count(),
            version: room.version,
            sheet: Sheet::of(room.version)
                .put("name", &room.name)
                .put("description", &room.description)
                .put("capacity", capacity),
            ..Row::default()
        }
    };
    programme.rooms.iter().map(row).collect()
}

fn tracks(cx: &Cx, programme: &Programme) -> Vec<Row> {
    let row = |track: &crate::store::Track| {
        let room = track.room.as_ref().and_then(|id| programme.room(id));
        let room = room
            .map(|room| format!(" · {}", room.name))
            .unwrap_or_default();
        let sheet = Sheet::of(track.version)
            .put("name", &track.name)
            .put("slug", &track.slug)
            .put("room", track.room.as_ref().map_or("", |id| id.as_str()));
        Row {
            id: track.id.to_string(),
            name: track.name.clone(),
            facts: format!("/live/{}{room}", track.slug),
            talks: programme.of_track(&track.id).count(),
            version: track.version,
            sheet: offer_rooms(cx, programme, sheet),
            ..Row::default()
        }
    };
    programme.tracks.iter().map(row).collect()
}

fn terms(cx: &Cx, programme: &Programme, part: Part) -> Vec<Row> {
    let has = |talk: &Talk, word: &str| match part {
        Part::Types => talk.kind.trim().eq_ignore_ascii_case(word),
        Part::Languages => talk.language.trim().eq_ignore_ascii_case(word),
        Part::Durations => {
            let minutes = (talk.ends_at.as_second() - talk.starts_at.as_second()) / 60;
            minutes.to_string() == word
        }
        _ => false,
    };
    let row = |term: &crate::store::Term| {
        let names = term.names();
        let own = |language: &str| names.get(language).cloned().unwrap_or_default();
        Row {
            id: term.id.to_string(),
            name: term.name_in(cx.locale),
            facts: term.word.clone(),
            talks: programme
                .talks
                .iter()
                .filter(|talk| has(talk, &term.word))
                .count(),
            version: term.version,
            sheet: Sheet::of(term.version)
                .put("name_ja", own("ja"))
                .put("name_en", own("en"))
                .put("word", &term.word),
            ..Row::default()
        }
    };
    programme.terms(part).map(row).collect()
}

fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    part: Part,
    editing: Option<&Row>,
    (status, sheet): (StatusCode, Sheet),
) -> Response {
    let conference = &programme.conference;
    let frame = Frame::of(cx, scope, conference, part.as_str());
    let zone = Clocks::of(cx, conference).venue_label(cx.now);
    let editing = editing.map(|row| {
        let count = row.talks.to_string();
        // What talks lose is said before it is done; a day with talks stays.
        let may_remove = part != Part::Days || row.talks == 0;
        let key = match (part, row.talks, may_remove) {
            (_, 0, _) => "program-piece-depends-nothing".to_owned(),
            (_, _, false) => "program-day-has-talks".to_owned(),
            (part, _, _) if part.is_terms() => "program-piece-depends-terms".to_owned(),
            (part, _, _) => format!("program-piece-depends-{part}"),
        };
        Editing {
            href: row.href.clone(),
            name: row.name.clone(),
            version: row.version,
            depends: cx.text(&key, &[("count", &count)]),
            may_remove,
        }
    });
    let template = PartPage {
        page: frame.page(cx, scope, conference),
        part: part.as_str(),
        heading: cx.text(&format!("program-part-{part}"), &[]),
        lead: cx.text(&format!("program-lead-{part}"), &[]),
        list: format!("{}/admin/{part}", frame.base),
        ordered: part.is_ordered(),
        rows: rows(cx, programme, part),
        editing,
        sheet,
        zone,
        frame,
    };
    template.page.clone().render_status(status, &template)
}

pub(super) async fn list(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    Path((_, part)): Path<(String, String)>,
) -> web::Result<Response> {
    let part = part_of(&part)?;
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = blank(&cx, &programme, part);
    Ok(show(
        &cx,
        &scope,
        &programme,
        part,
        None,
        (StatusCode::OK, sheet),
    ))
}

pub(super) async fn add(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((conf, part)): Path<(String, String)>,
    submitted: Submitted,
) -> web::Result<Response> {
    let part = part_of(&part)?;
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = blank(&cx, &programme, part).typed(&submitted);
    let writer = Writer::of(&cx, &programmes);
    match actions::add(&writer, &grant, part, &fields(part, &sheet), None).await {
        Ok(id) => Ok(Done::to(&cx, format!("/{conf}/admin/{part}#{id}"))
            .say("program-piece-added", &[])
            .saved(&submitted)
            .into_response()),
        Err(error) => {
            let shown = sheet.refused(&cx, error)?;
            Ok(show(&cx, &scope, &programme, part, None, shown))
        }
    }
}

fn row_of(cx: &Cx, programme: &Programme, part: Part, piece: &str) -> web::Result<Row> {
    let rows = rows(cx, programme, part);
    let row = rows.into_iter().find(|row| row.id == piece);
    Ok(row.ok_or(Error::NotFound("piece"))?)
}

pub(super) async fn piece(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    Path((_, part, piece)): Path<(String, String, String)>,
) -> web::Result<Response> {
    let part = part_of(&part)?;
    let programme = programme(&cx, &programmes, &scope).await?;
    let row = row_of(&cx, &programme, part, &piece)?;
    let shown = (StatusCode::OK, row.sheet.clone());
    Ok(show(&cx, &scope, &programme, part, Some(&row), shown))
}

pub(super) async fn change(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((conf, part, piece)): Path<(String, String, String)>,
    submitted: Submitted,
) -> web::Result<Response> {
    let part = part_of(&part)?;
    let seen = programme(&cx, &programmes, &scope).await?;
    let row = row_of(&cx, &seen, part, &piece)?;
    let sheet = row.sheet.clone().typed(&submitted);
    if let Some(status) = sheet.pause() {
        return Ok(show(&cx, &scope, &seen, part, Some(&row), (status, sheet)));
    }
    let target = (piece.as_str(), sheet.version());
    let writer = Writer::of(&cx, &programmes);
    match actions::change(&writer, &grant, part, target, &fields(part, &sheet)).await {
        Ok(()) => Ok(Done::to(&cx, format!("/{conf}/admin/{part}#{piece}"))
            .say("program-piece-saved", &[("name", &row.name)])
            .saved(&submitted)
            .into_response()),
        Err(Error::Stale) => {
            let fresh = programme(&cx, &programmes, &scope).await?;
            let row = row_of(&cx, &fresh, part, &piece)?;
            let sheet = row.sheet.clone().typed(&submitted);
            let shown = (StatusCode::CONFLICT, sheet);
            Ok(show(&cx, &scope, &fresh, part, Some(&row), shown))
        }
        Err(error) => {
            let shown = sheet.refused(&cx, error)?;
            Ok(show(&cx, &scope, &seen, part, Some(&row), shown))
        }
    }
}

pub(super) async fn order(
    cx: Cx,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((conf, part, piece)): Path<(String, String, String)>,
    submitted: Submitted,
) -> web::Result<Response> {
    let part = part_of(&part)?;
    let way = Way::parse(submitted.text("way"));
    let way = way.ok_or_else(|| Error::invalid("way", "web-field-choice"))?;
    actions::order(&Writer::of(&cx, &programmes), &grant, part, &piece, way).await?;
    Ok(Done::to(&cx, format!("/{conf}/admin/{part}#{piece}")).into_response())
}

pub(super) async fn remove(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((conf, part, piece)): Path<(String, String, String)>,
    submitted: Submitted,
) -> web::Result<Response> {
    let part = part_of(&part)?;
    let seen = programme(&cx, &programmes, &scope).await?;
    let row = row_of(&cx, &seen, part, &piece)?;
    let writer = Writer::of(&cx, &programmes);
    let target = (piece.as_str(), submitted.version());
    match actions::remove(&writer, &grant, part, target).await {
        Ok(()) => Ok(Done::to(&cx, format!("/{conf}/admin/{part}"))
            .say("program-piece-removed", &[("name", &row.name)])
            .into_response()),
        Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => {
            let shown = row.sheet.clone().refused(&cx, error)?;
            Ok(show(&cx, &scope, &seen, part, Some(&row), shown))
        }
        Err(error) => Err(error.into()),
    }
}
