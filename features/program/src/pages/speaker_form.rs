//! `/{conf}/admin/speakers…`: speakers by hand.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use identity::{Contents, Grant, Routes, Scope};
use kernel::Error;
use serde::Deserialize;
use web::form::{Choice, Done, Sheet, Submitted};
use web::list::{Act as Button, Cell, Column, Line, Listing, Query, Spec};
use web::{Cx, Page};

use super::acts::{Asked, Undone};
use super::admin::{CONTENTS, Frame};
use super::programme;
use crate::actions::speakers::{self, Act, SpeakerDraft};
use crate::actions::{Writer, index};
use crate::limits;
use crate::markup;
use crate::model::SpeakerId;
use crate::model::hand::parts;
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store;
use crate::store::Speaker;
use crate::store::speakers::SpeakerLine;

/// What the list can do.
pub(crate) const SPEC: Spec = Spec {
    columns: &[
        Column {
            name: "name",
            label: "program-person-name",
            sorts: true,
            shown: true,
        },
        Column {
            name: "talks",
            label: "program-talks",
            sorts: false,
            shown: true,
        },
        Column {
            name: "number",
            label: "program-person-number",
            sorts: true,
            shown: false,
        },
        Column {
            name: "hand",
            label: "program-talk-by-hand",
            sorts: false,
            shown: false,
        },
    ],
    filters: &["state"],
    sort: "name",
};

/// The routes of these pages.
pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .get("/{conf}/admin/speakers", CONTENTS, list)
        .post("/{conf}/admin/speakers/act", CONTENTS, act)
        .get("/{conf}/admin/speakers/new", CONTENTS, blank)
        .post("/{conf}/admin/speakers/new", CONTENTS, add)
        .get("/{conf}/admin/speakers/{speaker}", CONTENTS, form)
        .post("/{conf}/admin/speakers/{speaker}", CONTENTS, edit)
}

#[derive(Template)]
#[template(path = "admin_speakers.html")]
struct SpeakersPage {
    page: Page,
    frame: Frame,
    in_bin: bool,
    listing: Listing,
}

#[derive(Template)]
#[template(path = "admin_speaker.html")]
struct SpeakerForm {
    page: Page,
    frame: Frame,
    back: String,
    sheet: Sheet,
    speaker: Option<Facts>,
}

/// What the page says about a speaker who is there.
struct Facts {
    id: String,
    name: String,
    public: String,
    hand: Vec<String>,
    binned: bool,
}

#[derive(Deserialize)]
pub(super) struct SpeakerPath {
    pub(super) speaker: String,
}

impl SpeakerPath {
    fn id(&self) -> kernel::Result<SpeakerId> {
        SpeakerId::parse(&self.speaker).map_err(|_| Error::NotFound("speaker"))
    }
}

/// The value by which a page of the list goes on.
pub(crate) fn key_of(line: &SpeakerLine, sort: &str) -> String {
    if sort == "number" {
        line.number.to_string()
    } else {
        line.name.clone()
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
    let rows =
        store::speakers::page(&cx.db, scope.conference(), &query, query.rows_wanted()).await?;
    let base = format!("/{}/admin", programme.conference.slug);
    let (sort, in_bin) = (query.sort, query.filter("state") == "bin");
    let cells = |row: &SpeakerLine| -> Vec<Cell> {
        let hand: Vec<String> = parts(&row.hand)
            .iter()
            .map(|part| cx.text(part.label(), &[]))
            .collect();
        vec![
            row.name.as_str().into(),
            row.talks.as_str().into(),
            row.number.to_string().into(),
            hand.join(", ").into(),
        ]
    };
    let line = |row: &SpeakerLine| Line {
        id: row.id.to_string(),
        href: format!("{base}/speakers/{}", row.id),
        key: key_of(row, sort),
        cells: cells(row),
    };
    let lines = rows.iter().map(line).collect();
    let states = vec![
        Choice::new("alone", cx.text("program-person-alone", &[])),
        Choice::new("bin", cx.text("program-bin", &[])),
    ];
    let button = if in_bin {
        ("restore", "program-act-restore", false)
    } else {
        ("bin", "program-act-bin", true)
    };
    let button = Button {
        name: button.0,
        label: button.1,
        danger: button.2,
    };
    let listing = Listing::of(query, lines)
        .filter("state", "program-talk-state", states)
        .acts(format!("{base}/speakers/act"), vec![button]);
    if listing.query.csv {
        return listing.csv(&cx, &format!("{}-speakers", programme.conference.slug));
    }
    let frame = Frame::of(&cx, &scope, &programme.conference, "speakers");
    let page = frame.page(&cx, &scope, &programme.conference);
    Ok(page.render(&SpeakersPage {
        page: page.clone(),
        frame,
        in_bin,
        listing,
    }))
}

/// The sheet of a speaker, or of none yet.
pub(crate) fn sheet(row: Option<&Speaker>) -> Sheet {
    let text = |value: fn(&Speaker) -> &String| row.map(value).cloned().unwrap_or_default();
    row.map_or_else(Sheet::blank, |row| Sheet::of(row.version))
        .put("name", text(|row| &row.name))
        .put("biography", text(|row| &row.biography))
        .put("avatar", text(|row| &row.avatar))
}

/// Reads the sheet as a draft.
pub(crate) fn draft(sheet: &Sheet) -> kernel::Result<SpeakerDraft> {
    let mut read = sheet.read();
    let draft = SpeakerDraft {
        name: read.required("name", limits::NAME_CHARS_MAX),
        biography: read.lines("biography", limits::PROSE_CHARS_MAX),
        avatar: read.url("avatar", limits::LINK_CHARS_MAX),
    };
    read.done().map(|()| draft)
}

fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    status: StatusCode,
    sheet: Sheet,
    row: Option<&Speaker>,
) -> Response {
    let conference = &programme.conference;
    let frame = Frame::of(cx, scope, conference, "speakers");
    let page = frame.page(cx, scope, conference);
    let biography = markup::to_html(sheet.value("biography"));
    let facts = |row: &Speaker| Facts {
        id: row.id.to_string(),
        name: row.name.clone(),
        public: format!("/{}/speakers/{}", conference.slug, row.slug),
        hand: parts(&row.hand)
            .iter()
            .map(|part| cx.text(part.label(), &[]))
            .collect(),
        binned: row.binned_at.is_some(),
    };
    let template = SpeakerForm {
        page: page.clone(),
        sheet: sheet.preview("biography", biography),
        speaker: row.map(facts),
        back: format!("{}/admin/speakers", frame.base),
        frame,
    };
    page.render_status(status, &template)
}

pub(super) async fn blank(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    Ok(show(
        &cx,
        &scope,
        &programme,
        StatusCode::OK,
        sheet(None),
        None,
    ))
}

pub(super) async fn form(
    cx: Cx,
    scope: Scope,
    Path(path): Path<SpeakerPath>,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let row = speakers::read(&cx.db, scope.conference(), &path.id()?).await?;
    Ok(show(
        &cx,
        &scope,
        &programme,
        StatusCode::OK,
        sheet(Some(&row)),
        Some(&row),
    ))
}

pub(super) async fn add(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = sheet(None).typed(&submitted);
    if let Some(status) = sheet.pause() {
        return Ok(show(&cx, &scope, &programme, status, sheet, None));
    }
    let added = match draft(&sheet) {
        Ok(draft) => speakers::add(&Writer::of(&cx, &programmes), &grant, &draft, None).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(record) => {
            let to = format!(
                "/{}/admin/speakers/{}",
                programme.conference.slug, record.id
            );
            let done = Done::to(&cx, to).say("program-person-saved", &[("name", &record.name)]);
            Ok(done.saved(&submitted).into_response())
        }
        Err(error) => {
            let (status, sheet) = sheet.refused(&cx, error)?;
            Ok(show(&cx, &scope, &programme, status, sheet, None))
        }
    }
}

pub(super) async fn edit(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<SpeakerPath>,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let id = path.id()?;
    let row = speakers::read(&cx.db, scope.conference(), &id).await?;
    let sheet = sheet(Some(&row)).typed(&submitted);
    if let Some(status) = sheet.pause() {
        return Ok(show(&cx, &scope, &programme, status, sheet, Some(&row)));
    }
    let edited = match draft(&sheet) {
        Ok(draft) => {
            speakers::edit(
                &Writer::of(&cx, &programmes),
                &grant,
                &id,
                row.version,
                &draft,
            )
            .await
        }
        Err(error) => Err(error),
    };
    match edited {
        Ok(record) => {
            let to = format!("/{}/admin/speakers/{id}", programme.conference.slug);
            let done = Done::to(&cx, to).say("program-person-saved", &[("name", &record.name)]);
            Ok(done.saved(&submitted).into_response())
        }
        Err(Error::Stale) => {
            let row = speakers::read(&cx.db, scope.conference(), &id).await?;
            let sheet = self::sheet(Some(&row)).typed(&submitted);
            Ok(show(
                &cx,
                &scope,
                &programme,
                StatusCode::CONFLICT,
                sheet,
                Some(&row),
            ))
        }
        Err(error) => {
            let (status, sheet) = sheet.refused(&cx, error)?;
            Ok(show(&cx, &scope, &programme, status, sheet, Some(&row)))
        }
    }
}

/// An act on ticked rows, or on one speaker; also what undoes one.
pub(super) async fn act(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    axum::extract::Query(undone): axum::extract::Query<Undone>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let list = format!("/{}/admin/speakers", programme.conference.slug);
    let asked = undone.asked(&submitted, |id| {
        SpeakerId::parse(id).map_err(|_| Error::NotFound("speaker"))
    })?;
    let (act, said, back) = match asked.word.as_str() {
        "bin" => (Act::Bin, "program-acted-binned", Some("restore")),
        "restore" => (Act::Restore, "program-acted-restored", Some("bin")),
        "release" => (Act::Release, "program-acted-released", None),
        _ => return Err(Error::invalid("do", "web-field-choice").into()),
    };
    if asked.ids.is_empty() {
        return Ok(Asked::<SpeakerId>::nothing(&cx, &list));
    }
    let writer = Writer::of(&cx, &programmes);
    let changed = speakers::act(&writer, &grant, &asked.ids, act, None).await?;
    let ids: Vec<&str> = changed.iter().map(|own| own.id.as_str()).collect();
    Ok(asked.done(&cx, &list, said, (&ids, back)))
}
