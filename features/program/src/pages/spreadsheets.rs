//! `/{conf}/admin/talks/import…`, `/{conf}/admin/speakers/import…`: spreadsheets. What somebody decides on the way is
//! kept on the server, so that nothing is lost between the steps, with or without a script.

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

use super::admin::{CONTENTS, Frame};
use super::clocks::Clocks;
use super::programme;
use crate::actions::Writer;
use crate::actions::spreadsheets::{
    self, Applied, Complaint, Counts, Fate, Line, Look, Made, Tongue, Wish,
};
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
/// Cells of a column that its choice shows.
const SAMPLES: usize = 3;

/// The routes of these pages, under both lists.
pub(super) fn routes() -> Routes<Programmes> {
    let talks = ["/{conf}/admin/talks/import", "/{conf}/admin/talks/import/{spreadsheet}",
        "/{conf}/admin/talks/import/{spreadsheet}/apply", "/{conf}/admin/talks/import/{spreadsheet}/undo",
        "/{conf}/admin/talks/import/{spreadsheet}/drop"];
    let speakers = ["/{conf}/admin/speakers/import", "/{conf}/admin/speakers/import/{spreadsheet}",
        "/{conf}/admin/speakers/import/{spreadsheet}/apply", "/{conf}/admin/speakers/import/{spreadsheet}/undo",
        "/{conf}/admin/speakers/import/{spreadsheet}/drop"];
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
        SpreadsheetId::parse(&self.spreadsheet).map_err(|_| Error::NotFound("spreadsheet"))
    }
}

/// Which list an address is below.
fn kind_of(cx: &Cx) -> Kind {
    let part = cx.client.path.split('/').nth(3).unwrap_or_default();
    Kind::parse(part).unwrap_or(Kind::Talks)
}

fn tongue(cx: &Cx) -> Tongue {
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

fn choices(cx: &Cx, prefix: &str, words: &[&str]) -> Vec<Choice> {
    let choice = |word: &&str| Choice::new(*word, cx.text(&format!("{prefix}-{word}"), &[]));
    let automatic = Choice::new("", cx.text("program-sheet-automatic", &[]));
    std::iter::once(automatic)
        .chain(words.iter().map(choice))
        .collect()
}

fn encodings(cx: &Cx) -> Vec<Choice> {
    let words: Vec<&str> = Encoding::ALL.iter().map(|own| own.as_str()).collect();
    choices(cx, "program-sheet-encoding", &words)
}

fn separators(cx: &Cx) -> Vec<Choice> {
    let words: Vec<&str> = Separator::ALL.iter().map(|own| own.as_str()).collect();
    choices(cx, "program-sheet-separator", &words)
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
        at: format!("{} {}", clocks.long_date(row.created_at), clocks.clock(row.created_at)),
        counts: row.applied_at.map(|_| document(&row.counts)),
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
            .filter(|word| ["speaker", "day"].contains(word))
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
    match spreadsheets::bring(&writer, &cx.blobs, &grant, kind, file, wish).await {
        Ok(id) => Ok(redirect(&format!(
            "/{}/admin/{kind}/import/{id}",
            programme.conference.slug
        ))),
        Err(Error::Invalid(fields)) => {
            let sentence = fields.first().map(|own| cx.texts.message(cx.locale, &own.message));
            ask(&cx, &scope, &programme, sentence).await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "admin_spreadsheet.html")]
struct SheetPage {
    page: Page,
    frame: Frame,
    part: &'static str,
    href: String,
    name: String,
    rows: usize,
    encodings: Vec<Choice>,
    encoding: String,
    separators: Vec<Choice>,
    separator: String,
    columns: Vec<Column>,
    fields: Vec<Choice>,
    asks: Vec<(String, bool)>,
    kept: usize,
    over_hand: bool,
    newcomers: usize,
    tabs: Vec<Tab>,
    shown: &'static str,
    lines: Vec<Shown>,
    more: Option<String>,
    counts: Counts,
    digest: String,
    overtaken: bool,
}

/// A column of the file and what it is about.
struct Column {
    name: String,
    samples: String,
    field: String,
}

struct Tab {
    href: String,
    label: String,
    count: usize,
    current: bool,
}

/// A row as the page shows it.
struct Shown {
    line: u64,
    name: String,
    href: Option<String>,
    differences: Vec<(String, String, String)>,
    faults: Vec<(Option<String>, String)>,
    kept: Vec<String>,
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
    if row.applied_at.is_some() {
        let made: Made = document(&row.made);
        let template = DonePage {
            page: step.page.clone(),
            counts: document(&row.counts),
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
    let tongue = tongue(cx);
    let look = spreadsheets::look(&cx.db, &cx.blobs, scope.conference(), row, &tongue, cx.now);
    let template = sheet_page(cx, step, href, look.await?, place, status.is_some());
    let status = status.unwrap_or(StatusCode::OK);
    Ok(template.page.clone().render_status(status, &template))
}

fn sheet_page(
    cx: &Cx,
    step: Step,
    href: String,
    look: Look,
    place: &Place,
    overtaken: bool,
) -> SheetPage {
    let Look {
        row,
        wish,
        table,
        compared,
    } = look;
    let counts = Counts::of(&compared);
    let first = Fate::ALL.iter().find(|fate| compared.count(**fate) > 0);
    let shown = Fate::parse(&place.show).or(first.copied()).unwrap_or(Fate::Same);
    let tabs = Fate::ALL.iter().map(|fate| Tab {
        href: format!("{href}?show={fate}#rows"),
        label: cx.text(&format!("program-sheet-fate-{fate}"), &[]),
        count: compared.count(*fate),
        current: *fate == shown,
    });
    let of_fate = compared.lines.iter().filter(|line| line.fate == shown);
    let to = place.from.saturating_add(limits::SPREADSHEET_ROWS_SHOWN);
    let lines = of_fate.skip(place.from).take(limits::SPREADSHEET_ROWS_SHOWN);
    let items = format!("{}/admin/{}", step.frame.base, step.part);
    let column = |(index, name): (usize, &String)| Column {
        name: name.trim().to_owned(),
        samples: samples(&table, index),
        field: wish.columns.get(index).copied().flatten().map_or_else(String::new, |own| own.to_string()),
    };
    let fields = row.kind.fields().iter();
    let fields = fields.map(|own| Choice::new(own.as_str(), cx.text(own.label(), &[])));
    let meant = |word: &str| (word.to_owned(), wish.meant.iter().any(|own| own == word));
    let mut asks: Vec<_> = compared.asks.iter().map(|word| meant(word)).collect();
    for word in ["speaker", "day"].map(meant) {
        if word.1 && !asks.contains(&word) {
            asks.push(word);
        }
    }
    SheetPage {
        lines: lines.map(|line| shown_line(cx, &items, line)).collect(),
        more: (compared.count(shown) > to).then(|| format!("{href}?show={shown}&from={to}#rows")),
        tabs: tabs.collect(),
        shown: shown.as_str(),
        columns: table.header.iter().enumerate().map(column).collect(),
        fields: fields.collect(),
        asks,
        kept: compared.kept(),
        over_hand: wish.over_hand,
        newcomers: compared.newcomers.len(),
        encodings: encodings(cx),
        encoding: wish.encoding.unwrap_or(table.encoding).to_string(),
        separators: separators(cx),
        separator: wish.separator.unwrap_or(table.separator).to_string(),
        rows: table.rows.len(),
        digest: compared.digest(),
        counts,
        name: row.name,
        page: step.page,
        frame: step.frame,
        part: step.part,
        href,
        overtaken,
    }
}

/// What stands in a column, for whoever says what it is about.
fn samples(table: &crate::spreadsheet::Table, column: usize) -> String {
    let cells = table.rows.iter().filter_map(|row| row.cells.get(column));
    let cells = cells.map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let short = |cell: &str| -> String {
        let line = cell.lines().next().unwrap_or_default();
        let mut short: String = line.chars().take(30).collect();
        if short.len() < cell.len() {
            short.push('…');
        }
        short
    };
    let mut found: Vec<String> = Vec::new();
    for cell in cells.take(200).map(short) {
        if found.len() < SAMPLES && !found.contains(&cell) {
            found.push(cell);
        }
    }
    found.join(" · ")
}

fn shown_line(cx: &Cx, items: &str, line: &Line) -> Shown {
    let label = |complaint: &Complaint| complaint.field.map(|own| cx.text(own.label(), &[]));
    let fault = |own: &Complaint| (label(own), cx.texts.message(cx.locale, &own.message));
    Shown {
        line: line.line,
        name: line.name.clone(),
        href: line.id.as_ref().map(|id| format!("{items}/{id}")),
        differences: line
            .differences
            .iter()
            .map(|own| {
                let (before, after) = around(&own.before, &own.after);
                (cx.text(own.field.label(), &[]), before, after)
            })
            .collect(),
        faults: line.faults.iter().map(fault).collect(),
        kept: line.kept.iter().map(|part| cx.text(part.label(), &[])).collect(),
    }
}

/// Two texts from a little before their first difference on, as long as a page has room for.
fn around(before: &str, after: &str) -> (String, String) {
    let same = before.chars().zip(after.chars()).take_while(|(a, b)| a == b).count();
    let most = limits::SPREADSHEET_CELL_SHOWN;
    let long = before.chars().count().max(after.chars().count()) > most;
    let skip = if long { same.saturating_sub(20) } else { 0 };
    let cut = |text: &str| {
        let mut shown = String::new();
        if skip > 0 {
            shown.push('…');
        }
        shown.extend(text.chars().skip(skip).take(most));
        if text.chars().count() > skip + most {
            shown.push('…');
        }
        shown
    };
    (cut(before), cut(after))
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
    let back = format!("/{}/admin/{}/import/{id}", programme.conference.slug, kind_of(&cx));
    match spreadsheets::reconsider(&writer, &cx.blobs, &grant, &id, wish).await {
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
            let to = format!("/{}/admin/{}/import/{id}", programme.conference.slug, kind_of(&cx));
            let (new, changed) = (counts.new.to_string(), counts.changed.to_string());
            let args = [("new", new.as_str()), ("changed", changed.as_str())];
            Ok(Done::to(&cx, to).say("program-sheet-done", &args).into_response())
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
    let to = format!("/{}/admin/{}?state=bin", programme.conference.slug, row.kind);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shown_from_where_they_differ() {
        assert_eq!(around("a", "b"), ("a".to_owned(), "b".to_owned()));
        let long = "祭".repeat(500);
        let (before, after) = around(&long, &format!("{long}り"));
        assert_eq!(before, format!("…{}", "祭".repeat(20)));
        assert_eq!(after, format!("…{}り", "祭".repeat(20)));
    }
}
