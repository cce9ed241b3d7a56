//! `/{conf}/admin/talks/import…`, `/{conf}/admin/speakers/import…`: spreadsheets. What somebody decides on the way is
//! kept on the server, so that nothing is lost between the steps, with or without a script.

mod shown;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use identity::{Contents, Grant, Routes, Scope};
use kernel::Error;
use serde::Deserialize;
use web::form::{Choice, Done, Submitted};
use web::page::redirect;
use web::{Cx, Page, Patience};

use self::shown::SheetPage;
use super::admin::{CONTENTS, Frame};
use super::clocks::Clocks;
use super::programme;
use crate::actions::Writer;
use crate::actions::spreadsheets::{self, Applied, Counts, Look, Made, Tongue, Wish};
use crate::exchange::document;
use crate::limits;
use crate::model::SpreadsheetId;
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::spreadsheet::{Encoding, Kind, Separator};
use crate::store;
use crate::store::spreadsheets::Spreadsheet;

/// Body of an upload: the file and a little form around it.
const BODY_BYTES_MAX: usize = limits::SPREADSHEET_BYTES_MAX + 64 * 1024;
/// The routes of these pages, under both lists.
pub(super) fn routes() -> Routes<Programmes> {
    let talks = [
        "/{conf}/admin/talks/import",
        "/{conf}/admin/talks/import/{spreadsheet}",
        "/{conf}/admin/talks/import/{spreadsheet}/apply",
        "/{conf}/admin/talks/import/{spreadsheet}/undo",
        "/{conf}/admin/talks/import/{spreadsheet}/drop",
    ];
    let speakers = [
        "/{conf}/admin/speakers/import",
        "/{conf}/admin/speakers/import/{spreadsheet}",
        "/{conf}/admin/speakers/import/{spreadsheet}/apply",
        "/{conf}/admin/speakers/import/{spreadsheet}/undo",
        "/{conf}/admin/speakers/import/{spreadsheet}/drop",
    ];
    let of = |[all, one, apply, undo, drop]: [&'static str; 5]| {
        Routes::new()
            .get(all, CONTENTS, blank)
            .with_body(Method::POST, all, CONTENTS, BODY_BYTES_MAX, bring)
            .get(one, CONTENTS, page)
            .post(one, CONTENTS, reconsider)
            .post(apply, CONTENTS, self::apply)
            .post(undo, CONTENTS, take_back)
            .post(drop, CONTENTS, throw_away)
    };
    of(talks).merge(of(speakers))
}

#[derive(Deserialize)]
pub(super) struct SheetPath {
    spreadsheet: String,
}

impl SheetPath {
    fn id(&self) -> kernel::Result<SpreadsheetId> {
        id_of(&self.spreadsheet)
    }
}

/// The spreadsheet of an address.
pub(crate) fn id_of(text: &str) -> kernel::Result<SpreadsheetId> {
    SpreadsheetId::parse(text).map_err(|_| Error::NotFound("spreadsheet"))
}

/// The page of a spreadsheet.
fn place(cx: &Cx, programme: &Programme, id: &SpreadsheetId) -> String {
    let (conference, kind) = (&programme.conference.slug, kind_of(cx));
    format!("/{conference}/admin/{kind}/import/{id}")
}

/// A spreadsheet beside what is there, for whoever asks.
pub(crate) async fn looked(cx: &Cx, scope: &Scope, row: Spreadsheet) -> kernel::Result<Look> {
    let (conference, tongue) = (scope.conference(), tongue(cx));
    spreadsheets::look(&cx.db, &cx.blobs, conference, row, &tongue, cx.now).await
}

/// Which list an address is below.
fn kind_of(cx: &Cx) -> Kind {
    let part = cx.client.path.split('/').nth(3).unwrap_or_default();
    Kind::parse(part).unwrap_or(Kind::Talks)
}

pub(crate) fn tongue(cx: &Cx) -> Tongue {
    Tongue {
        texts: cx.texts.clone(),
        locale: cx.locale,
    }
}

/// What every step has around it.
struct Step {
    page: Page,
    frame: Frame,
    /// `talks` or `speakers`.
    part: &'static str,
    /// The page where a spreadsheet is brought.
    base: String,
}

impl Step {
    fn of(cx: &Cx, scope: &Scope, programme: &Programme, kind: Kind) -> Self {
        let conference = &programme.conference;
        let frame = Frame::of(cx, scope, conference, kind.as_str());
        Self {
            page: frame.page(cx, scope, conference),
            part: kind.as_str(),
            base: format!("{}/admin/{kind}/import", frame.base),
            frame,
        }
    }
}

#[derive(Template)]
#[template(path = "admin_spreadsheet_new.html")]
struct NewPage {
    page: Page,
    frame: Frame,
    part: &'static str,
    base: String,
    complaint: Option<String>,
    encodings: Vec<Choice>,
    separators: Vec<Choice>,
    fields: Vec<String>,
    brought: Vec<Brought>,
}

/// A spreadsheet that is there already.
struct Brought {
    href: String,
    name: String,
    at: String,
    by: String,
    counts: Option<Counts>,
}

fn choices(cx: &Cx, words: impl Iterator<Item = (&'static str, String)>) -> Vec<Choice> {
    let automatic = Choice::new("", cx.text("program-sheet-automatic", &[]));
    let choices = words.map(|(word, key)| Choice::new(word, cx.text(&key, &[])));
    std::iter::once(automatic).chain(choices).collect()
}

fn encodings(cx: &Cx) -> Vec<Choice> {
    let all = Encoding::ALL.iter();
    choices(
        cx,
        all.map(|own| (own.as_str(), format!("program-sheet-encoding-{own}"))),
    )
}

fn separators(cx: &Cx) -> Vec<Choice> {
    let all = Separator::ALL.iter();
    choices(
        cx,
        all.map(|own| (own.as_str(), format!("program-sheet-separator-{own}"))),
    )
}

async fn ask(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    complaint: Option<String>,
) -> web::Result<Response> {
    let kind = kind_of(cx);
    let step = Step::of(cx, scope, programme, kind);
    let clocks = Clocks::of(cx, &programme.conference);
    let all = store::spreadsheets::all(&cx.db, scope.conference(), kind).await?;
    let brought = all.into_iter().map(|row| Brought {
        href: format!("{}/{}", step.base, row.id),
        at: format!(
            "{} {}",
            clocks.long_date(row.created_at),
            clocks.clock(row.created_at)
        ),
        counts: Counts::of_applied(&row),
        name: row.name,
        by: row.created_by,
    });
    let status = match complaint {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let fields = kind.fields().iter();
    let template = NewPage {
        page: step.page.clone(),
        complaint,
        encodings: encodings(cx),
        separators: separators(cx),
        fields: fields.map(|field| cx.text(field.label(), &[])).collect(),
        brought: brought.collect(),
        frame: step.frame,
        part: step.part,
        base: step.base,
    };
    Ok(step.page.render_status(status, &template))
}

async fn blank(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    ask(&cx, &scope, &programme, None).await
}

/// What a form says about a file.
fn wish_of(submitted: &Submitted) -> Wish {
    Wish {
        encoding: Encoding::parse(submitted.text("encoding")),
        separator: Separator::parse(submitted.text("separator")),
        columns: submitted
            .all("column")
            .take(limits::SPREADSHEET_COLUMNS_MAX)
            .map(crate::spreadsheet::Field::parse)
            .collect(),
        over_hand: submitted.has("over_hand"),
        meant: submitted
            .all("meant")
            .filter(|word| Wish::MEANT.contains(word))
            .map(str::to_owned)
            .collect(),
    }
}

async fn bring(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let Some(file) = submitted.file("file") else {
        let none = cx.text("program-upload-empty", &[]);
        return ask(&cx, &scope, &programme, Some(none)).await;
    };
    let kind = kind_of(&cx);
    let writer = Writer::of(&cx, &programmes);
    let file = (file.name.as_str(), file.bytes.clone());
    let wish = (wish_of(&submitted), &tongue(&cx));
    match spreadsheets::bring(&writer, &cx.blobs, &grant, kind, file, wish, None).await {
        Ok(id) => Ok(redirect(&place(&cx, &programme, &id))),
        Err(Error::Invalid(fields)) => {
            let sentence = fields
                .first()
                .map(|own| cx.texts.message(cx.locale, &own.message));
            ask(&cx, &scope, &programme, sentence).await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "admin_spreadsheet_done.html")]
struct DonePage {
    page: Page,
    frame: Frame,
    part: &'static str,
    base: String,
    href: String,
    name: String,
    by: String,
    counts: Counts,
    made: usize,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Place {
    #[serde(default)]
    show: String,
    #[serde(default)]
    from: usize,
}

async fn page(
    cx: Cx,
    scope: Scope,
    Path(path): Path<SheetPath>,
    State(programmes): State<Programmes>,
    axum::extract::Query(place): axum::extract::Query<Place>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let row = spreadsheets::found(&cx.db, scope.conference(), &path.id()?).await?;
    show(&cx, &scope, &programme, row, &place, None).await
}

async fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    row: Spreadsheet,
    place: &Place,
    status: Option<StatusCode>,
) -> web::Result<Response> {
    let step = Step::of(cx, scope, programme, row.kind);
    let href = format!("{}/{}", step.base, row.id);
    if let Some(counts) = Counts::of_applied(&row) {
        let made: Made = document(&row.made);
        let template = DonePage {
            page: step.page.clone(),
            counts,
            made: made.talks.len() + made.speakers.len(),
            name: row.name,
            by: row.created_by,
            frame: step.frame,
            part: step.part,
            base: step.base,
            href,
        };
        return Ok(step.page.render(&template));
    }
    let look = looked(cx, scope, row).await?;
    let template = SheetPage::of(cx, step, href, look, place, status.is_some());
    let status = status.unwrap_or(StatusCode::OK);
    Ok(template.page.clone().render_status(status, &template))
}

async fn reconsider(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<SheetPath>,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let id = path.id()?;
    let writer = Writer::of(&cx, &programmes);
    let wish = (wish_of(&submitted), &tongue(&cx));
    let back = place(&cx, &programme, &id);
    match spreadsheets::reconsider(&writer, &cx.blobs, &grant, &id, wish, None).await {
        Ok(()) => Ok(redirect(&format!("{back}#rows"))),
        // Read like this it is no table: it stays as it was.
        Err(Error::Invalid(_)) => {
            let done = Done::to(&cx, back).say("program-sheet-unreadable", &[]);
            Ok(done.into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn apply(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<SheetPath>,
    State(programmes): State<Programmes>,
    patience: Patience,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let id = path.id()?;
    let writer = Writer::of(&cx, &programmes);
    let looked_at = (&id, submitted.text("digest"));
    let progress = || patience.renew();
    let tongue = tongue(&cx);
    match spreadsheets::apply(&writer, &cx.blobs, &grant, looked_at, &tongue, &progress).await? {
        Applied::Done(counts) => {
            let to = place(&cx, &programme, &id);
            let (new, changed) = (counts.new.to_string(), counts.changed.to_string());
            let args = [("new", new.as_str()), ("changed", changed.as_str())];
            Ok(Done::to(&cx, to)
                .say("program-sheet-done", &args)
                .into_response())
        }
        Applied::Different => {
            let row = spreadsheets::found(&cx.db, scope.conference(), &id).await?;
            let status = Some(StatusCode::CONFLICT);
            show(&cx, &scope, &programme, row, &Place::default(), status).await
        }
    }
}

async fn take_back(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<SheetPath>,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let writer = Writer::of(&cx, &programmes);
    let (row, count) = spreadsheets::take_back(&writer, &grant, &path.id()?).await?;
    let to = format!(
        "/{}/admin/{}?state=bin",
        programme.conference.slug, row.kind
    );
    let done = Done::to(&cx, to).say("program-acted-binned", &[("count", &count.to_string())]);
    Ok(done.into_response())
}

async fn throw_away(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<SheetPath>,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let writer = Writer::of(&cx, &programmes);
    let row = spreadsheets::drop_it(&writer, &grant, &path.id()?).await?;
    let to = format!("/{}/admin/{}/import", programme.conference.slug, row.kind);
    let done = Done::to(&cx, to).say("program-sheet-dropped", &[("name", &row.name)]);
    Ok(done.into_response())
}
