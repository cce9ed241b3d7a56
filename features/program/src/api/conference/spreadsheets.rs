//! Spreadsheets of talks and speakers: brought, looked at beside what is there, taken over as they were looked at, taken
//! back.

mod shown;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use identity::{Access, Contents, Grant, Role, Routes, Scope};
use kernel::Error;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use web::api::{Cursor, FileCall, IfMatchTag, Page, Window};
use web::failure::Problem;
use web::{Cx, Patience};

use self::shown::{SheetCounts, SheetListed, SheetLook, SheetRow};
use crate::actions::Writer;
use crate::actions::spreadsheets::{self as act, Applied, Compared, Fate, Line, Look, Wish};
use crate::limits;
use crate::model::SpreadsheetId;
use crate::pages::spreadsheets::{id_of, looked, tongue};
use crate::programmes::Programmes;
use crate::spreadsheet::{Encoding, Field, Kind, Separator};
use crate::store::spreadsheets::{self, Spreadsheet};

const CONTENTS: Access = Access::Role(&[Role::Contents]);
const ALL: &str = "/api/v2/conferences/{conf}/spreadsheets/{part}";
const ONE: &str = "/api/v2/conferences/{conf}/spreadsheets/{part}/{spreadsheet}";

pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .get(ALL, CONTENTS, list)
        .with_body(
            Method::POST,
            ALL,
            CONTENTS,
            limits::SPREADSHEET_BYTES_MAX,
            bring,
        )
        .get(ONE, CONTENTS, look)
        .on(Method::PUT, ONE, CONTENTS, reconsider)
        .delete(ONE, CONTENTS, throw_away)
        .get(
            "/api/v2/conferences/{conf}/spreadsheets/{part}/{spreadsheet}/rows",
            CONTENTS,
            rows,
        )
        .post(
            "/api/v2/conferences/{conf}/spreadsheets/{part}/{spreadsheet}/apply",
            CONTENTS,
            apply,
        )
        .post(
            "/api/v2/conferences/{conf}/spreadsheets/{part}/{spreadsheet}/undo",
            CONTENTS,
            take_back,
        )
}

#[derive(OpenApi)]
#[openapi(paths(list, bring, look, reconsider, throw_away, rows, apply, take_back))]
pub(super) struct Api;

/// How a file is to be read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct FileSaid {
    /// What the file is called.
    #[param(example = "talks.csv")]
    name: String,
    /// `utf-8`, `shift_jis` or `utf-16`; found out unless told.
    #[param(example = "shift_jis")]
    encoding: String,
    /// `comma`, `tab` or `semicolon`; found out unless told.
    #[param(example = "comma")]
    separator: String,
}

/// What is to be done with a spreadsheet.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({"columns": ["title", "speakers", null], "over_hand": false, "meant": []}))]
struct SheetWish {
    /// `utf-8`, `shift_jis` or `utf-16`; found out where it is left out.
    encoding: String,
    /// `comma`, `tab` or `semicolon`; found out where it is left out.
    separator: String,
    /// What each column is about, in the order of the file; null for nothing.
    columns: Vec<Option<String>>,
    /// Whether what was edited by hand is taken over too.
    over_hand: bool,
    /// What is meant although it collides: `speaker`, `day`.
    meant: Vec<String>,
}

/// A word of a list, none for an empty one.
fn word<T>(
    field: &'static str,
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> kernel::Result<Option<T>> {
    match text {
        "" => Ok(None),
        text => match parse(text) {
            Some(found) => Ok(Some(found)),
            None => Err(Error::invalid(field, "web-field-choice")),
        },
    }
}

impl SheetWish {
    fn wish(self) -> kernel::Result<Wish> {
        let known = |word: &String| Wish::MEANT.contains(&word.as_str());
        if !self.meant.iter().all(known) {
            return Err(Error::invalid("meant", "web-field-choice"));
        }
        if self.columns.len() > limits::SPREADSHEET_COLUMNS_MAX {
            return Err(Error::invalid("columns", "web-field-choice"));
        }
        let column = |own: Option<String>| word("columns", &own.unwrap_or_default(), Field::parse);
        Ok(Wish {
            encoding: word("encoding", &self.encoding, Encoding::parse)?,
            separator: word("separator", &self.separator, Separator::parse)?,
            columns: self
                .columns
                .into_iter()
                .map(column)
                .collect::<Result<_, _>>()?,
            over_hand: self.over_hand,
            meant: self.meant,
        })
    }
}

#[derive(Deserialize)]
struct PartPath {
    part: String,
}

fn kind_named(part: &str) -> kernel::Result<Kind> {
    Kind::parse(part).ok_or(Error::NotFound("list"))
}

#[derive(Deserialize)]
struct SheetPath {
    part: String,
    spreadsheet: String,
}

impl SheetPath {
    /// The spreadsheet of the address, in the list of the address.
    async fn found(&self, cx: &Cx, scope: &Scope) -> kernel::Result<Spreadsheet> {
        let kind = kind_named(&self.part)?;
        let id = id_of(&self.spreadsheet)?;
        let row = act::found(&cx.db, scope.conference(), &id).await?;
        if row.kind != kind {
            return Err(Error::NotFound("spreadsheet"));
        }
        Ok(row)
    }
}

/// The entity tag of what taking a spreadsheet over would change.
fn tag(compared: &Compared) -> kernel::Result<HeaderValue> {
    let tag = format!("\"{}\"", compared.digest());
    HeaderValue::from_str(&tag).map_err(Error::internal)
}

fn answer(status: StatusCode, look: &Look) -> web::Result<Response> {
    let tag = tag(&look.compared)?;
    Ok((status, [(header::ETAG, tag)], Json(SheetLook::of(look))).into_response())
}

/// Spreadsheets of talks or speakers that were brought, the newest first. They are kept for seven days.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/spreadsheets/{part}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "`talks` or `speakers`", example = "talks")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<SheetListed>)))]
async fn list(
    cx: Cx,
    scope: Scope,
    Path(path): Path<PartPath>,
) -> web::Result<Json<Vec<SheetListed>>> {
    let rows = spreadsheets::all(&cx.db, scope.conference(), kind_named(&path.part)?).await?;
    Ok(Json(rows.iter().map(SheetListed::of).collect()))
}

/// Brings a spreadsheet (CSV) and looks at it beside what is there. Nothing is changed until it is taken over.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/spreadsheets/{part}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "`talks` or `speakers`", example = "talks"),
        FileSaid, ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, once per spreadsheet")),
    request_body(content((Vec<u8> = "text/csv")), description = "The file as it is"),
    security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = SheetLook, headers(("ETag" = String, description = "For If-Match"))),
        (status = 422, body = Problem, description = "It is no table")))]
async fn bring(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<PartPath>,
    State(programmes): State<Programmes>,
    Query(said): Query<FileSaid>,
    FileCall(call): FileCall,
) -> web::Result<Response> {
    let kind = kind_named(&path.part)?;
    let id = if let Some(id) = call.made::<String>(&cx.db, cx.now).await? {
        SpreadsheetId::stored(id)
    } else {
        let wish = Wish {
            encoding: word("encoding", &said.encoding, Encoding::parse)?,
            separator: word("separator", &said.separator, Separator::parse)?,
            ..Wish::default()
        };
        let name: String = said
            .name
            .trim()
            .chars()
            .take(web::limits::FILE_NAME_CHARS_MAX)
            .collect();
        let name = if name.is_empty() {
            format!("{kind}.csv")
        } else {
            name
        };
        let (writer, tongue) = (Writer::of(&cx, &programmes), tongue(&cx));
        let (file, wish) = ((name.as_str(), call.body), (wish, &tongue));
        act::bring(
            &writer,
            &cx.blobs,
            &grant,
            kind,
            file,
            wish,
            call.once.as_ref(),
        )
        .await?
    };
    let row = act::found(&cx.db, scope.conference(), &id).await?;
    answer(StatusCode::CREATED, &looked(&cx, &scope, row).await?)
}

/// A spreadsheet beside what is there now. One that was taken over already is refused (409): its rows are gone.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/spreadsheets/{part}/{spreadsheet}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "`talks` or `speakers`", example = "talks"),
        ("spreadsheet" = String, Path, description = "Id of the spreadsheet")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = SheetLook, headers(("ETag" = String, description = "For If-Match"))), (status = 409, body = Problem)))]
async fn look(cx: Cx, scope: Scope, Path(path): Path<SheetPath>) -> web::Result<Response> {
    let row = path.found(&cx, &scope).await?;
    answer(StatusCode::OK, &looked(&cx, &scope, row).await?)
}

/// Says how a spreadsheet is read and what its columns are about.
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/spreadsheets/{part}/{spreadsheet}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "`talks` or `speakers`", example = "talks"),
        ("spreadsheet" = String, Path, description = "Id of the spreadsheet"),
        ("If-Match" = String, Header, description = "ETag of what was looked at", example = "\"9f86d081…\"")),
    request_body = SheetWish, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = SheetLook, headers(("ETag" = String, description = "For If-Match"))), (status = 409, body = Problem)))]
async fn reconsider(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<SheetPath>,
    State(programmes): State<Programmes>,
    IfMatchTag(seen): IfMatchTag,
    web::form::Json(body): web::form::Json<SheetWish>,
) -> web::Result<Response> {
    let row = path.found(&cx, &scope).await?;
    let now = looked(&cx, &scope, row).await?;
    if now.compared.digest() != seen {
        return Err(Error::Stale.into());
    }
    let (writer, tongue) = (Writer::of(&cx, &programmes), tongue(&cx));
    let (id, wish) = (&now.row.id, (body.wish()?, &tongue));
    act::reconsider(&writer, &cx.blobs, &grant, id, wish, Some(&now.row)).await?;
    let row = act::found(&cx.db, scope.conference(), id).await?;
    answer(StatusCode::OK, &looked(&cx, &scope, row).await?)
}

/// Throws a spreadsheet away that nobody wants. What was taken over from it stays.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/spreadsheets/{part}/{spreadsheet}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "`talks` or `speakers`", example = "talks"),
        ("spreadsheet" = String, Path, description = "Id of the spreadsheet")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204)))]
async fn throw_away(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<SheetPath>,
    State(programmes): State<Programmes>,
) -> web::Result<StatusCode> {
    let row = path.found(&cx, &scope).await?;
    act::drop_it(&Writer::of(&cx, &programmes), &grant, &row.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which rows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct RowsAsked {
    /// `new`, `changed`, `same` or `refused`; all unless told.
    #[param(example = "refused")]
    fate: String,
}

/// Rows of a spreadsheet beside what is there now, in the order of the file.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/spreadsheets/{part}/{spreadsheet}/rows", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "`talks` or `speakers`", example = "talks"),
        ("spreadsheet" = String, Path, description = "Id of the spreadsheet"), RowsAsked, Window),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Page<SheetRow>), (status = 409, body = Problem)))]
async fn rows(
    cx: Cx,
    scope: Scope,
    Path(path): Path<SheetPath>,
    Query(asked): Query<RowsAsked>,
    Query(window): Query<Window>,
) -> web::Result<Json<Page<SheetRow>>> {
    let fate = word("fate", &asked.fate, Fate::parse)?;
    let after = match window.cursor()? {
        None => 0,
        Some(Cursor { key, .. }) => {
            let line = key.parse::<u64>();
            line.map_err(|_| Error::invalid("cursor", "web-cursor-malformed"))?
        }
    };
    let row = path.found(&cx, &scope).await?;
    let look = looked(&cx, &scope, row).await?;
    let wanted = |line: &&Line| line.line > after && fate.is_none_or(|fate| fate == line.fate);
    let limit = window.limit();
    let most = usize::try_from(limit)
        .unwrap_or(usize::MAX)
        .saturating_add(1);
    let lines: Vec<&Line> = look
        .compared
        .lines
        .iter()
        .filter(wanted)
        .take(most)
        .collect();
    let place = |line: &&Line| (String::new(), line.line.to_string());
    Ok(Json(Page::of(&lines, limit, place, |line| {
        SheetRow::of(&cx, line)
    })))
}

/// Takes a spreadsheet over exactly as it was looked at: all of it, or nothing. Sent twice it is the same as once.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/spreadsheets/{part}/{spreadsheet}/apply", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "`talks` or `speakers`", example = "talks"),
        ("spreadsheet" = String, Path, description = "Id of the spreadsheet"),
        ("If-Match" = String, Header, description = "ETag of what was looked at", example = "\"9f86d081…\"")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = SheetCounts), (status = 412, body = Problem, description = "It would change something else now; nothing was done")))]
async fn apply(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<SheetPath>,
    State(programmes): State<Programmes>,
    patience: Patience,
    IfMatchTag(seen): IfMatchTag,
) -> web::Result<Json<SheetCounts>> {
    let row = path.found(&cx, &scope).await?;
    let (writer, tongue) = (Writer::of(&cx, &programmes), tongue(&cx));
    let (looked_at, progress) = ((&row.id, seen.as_str()), || patience.renew());
    match act::apply(&writer, &cx.blobs, &grant, looked_at, &tongue, &progress).await? {
        Applied::Done(counts) => Ok(Json(counts.into())),
        Applied::Different => Err(Error::Stale.into()),
    }
}

/// What was put into the bin.
#[derive(Debug, Serialize, ToSchema)]
struct BinnedOut {
    /// How many talks and speakers.
    binned: usize,
}

/// Puts what a spreadsheet made into the bin. What it changed stays changed.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/spreadsheets/{part}/{spreadsheet}/undo", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "`talks` or `speakers`", example = "talks"),
        ("spreadsheet" = String, Path, description = "Id of the spreadsheet")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = BinnedOut)))]
async fn take_back(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<SheetPath>,
    State(programmes): State<Programmes>,
) -> web::Result<Json<BinnedOut>> {
    let row = path.found(&cx, &scope).await?;
    let writer = Writer::of(&cx, &programmes);
    let (_, binned) = act::take_back(&writer, &grant, &row.id).await?;
    Ok(Json(BinnedOut { binned }))
}
