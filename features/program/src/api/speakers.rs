//! The team's part of `/api/v2`: speakers by hand, by the same use cases as the form.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use identity::{Access, Contents, Grant, Role, Routes, Scope};
use kernel::Error;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::{Call, IfMatch, Page, Window, versioned};
use web::failure::Problem;
use web::form::Sheet;
use web::list::Query;

use crate::actions::speakers::{self, Act, SpeakerDraft, SpeakerRecord};
use crate::actions::{Writer, index};
use crate::model::SpeakerId;
use crate::pages::speaker_form::{self, SPEC, key_of};
use crate::programmes::Programmes;
use crate::store;
use crate::store::speakers::SpeakerLine;

const CONTENTS: Access = Access::Role(&[Role::Contents]);

pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .get("/api/v2/conferences/{conf}/admin/speakers", CONTENTS, list)
        .get(
            "/api/v2/conferences/{conf}/admin/speakers/{speaker}",
            CONTENTS,
            read,
        )
        .post("/api/v2/conferences/{conf}/speakers", CONTENTS, add)
        .on(
            Method::PATCH,
            "/api/v2/conferences/{conf}/speakers/{speaker}",
            CONTENTS,
            edit,
        )
        .delete(
            "/api/v2/conferences/{conf}/speakers/{speaker}",
            CONTENTS,
            bin,
        )
        .post(
            "/api/v2/conferences/{conf}/speakers/{speaker}/restore",
            CONTENTS,
            restore,
        )
}

pub(super) fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

#[derive(OpenApi)]
#[openapi(paths(list, read, add, edit, bin, restore))]
struct Api;

/// A speaker in the team's list.
#[derive(Debug, Serialize, ToSchema)]
struct SpeakerListed {
    /// Their id.
    id: String,
    /// Their number.
    number: i64,
    /// Their name.
    name: String,
    /// Titles of their talks, with dots between.
    talks: String,
    /// How often they were changed; also their entity tag.
    version: i64,
}

/// What is to be different about a speaker. What is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({"name": "山田 愛子", "biography": "Keeps the lanterns lit."}))]
struct SpeakerIn {
    /// Their name.
    name: Option<String>,
    /// A few sentences about them: plain, Markdown or HTML.
    biography: Option<String>,
    /// Address of their picture.
    avatar: Option<String>,
}

impl SpeakerIn {
    fn onto(self, mut sheet: Sheet) -> kernel::Result<SpeakerDraft> {
        for (name, value) in [
            ("name", self.name),
            ("biography", self.biography),
            ("avatar", self.avatar),
        ] {
            if let Some(value) = value {
                sheet = sheet.put(name, value);
            }
        }
        speaker_form::draft(&sheet)
    }
}

#[derive(Deserialize)]
struct SpeakerPath {
    speaker: String,
}

impl SpeakerPath {
    fn id(&self) -> kernel::Result<SpeakerId> {
        SpeakerId::parse(&self.speaker).map_err(|_| Error::NotFound("speaker"))
    }
}

/// All speakers for the team. Filters: `q`, `state` (`alone`, `bin`); `sort` is `name` or `number`, with `-` before it the
/// other way round.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/admin/speakers", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("q" = Option<String>, Query, description = "Words to look for"),
        ("state" = Option<String>, Query, description = "`alone` (in no talk) or `bin`", example = "bin"),
        ("sort" = Option<String>, Query, description = "`name` or `number`, with `-` before it the other way round", example = "-number"), Window),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Page<SpeakerListed>), (status = 403, body = Problem)))]
async fn list(
    cx: Cx,
    scope: Scope,
    axum::extract::Query(window): axum::extract::Query<Window>,
) -> web::Result<axum::Json<Page<SpeakerListed>>> {
    window.cursor()?;
    let query = Query::of(&cx, SPEC);
    if !query.q.trim().is_empty() {
        index::complete(&cx.db, scope.conference()).await?;
    }
    let rows =
        store::speakers::page(&cx.db, scope.conference(), &query, window.limit() + 1).await?;
    let item = |row: &SpeakerLine| SpeakerListed {
        id: row.id.to_string(),
        number: row.number,
        name: row.name.clone(),
        talks: row.talks.clone(),
        version: row.version,
    };
    let place = |row: &SpeakerLine| (row.id.to_string(), key_of(row, query.sort));
    Ok(axum::Json(Page::of(&rows, window.limit(), place, item)))
}

/// A speaker for the team, by their id.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/admin/speakers/{speaker}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("speaker" = String, Path, description = "Id of the speaker")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = SpeakerRecord, headers(("ETag" = String, description = "For If-Match"))), (status = 404, body = Problem)))]
async fn read(cx: Cx, scope: Scope, Path(path): Path<SpeakerPath>) -> web::Result<Response> {
    let record = SpeakerRecord::of(&speakers::read(&cx.db, scope.conference(), &path.id()?).await?);
    Ok(versioned(StatusCode::OK, record.version, &record))
}

/// Adds a speaker. With `Idempotency-Key` it may be sent again for a day and adds one.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/speakers", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, once per speaker")),
    request_body = SpeakerIn,
    security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = SpeakerRecord), (status = 422, body = Problem)))]
async fn add(
    cx: Cx,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    call: Call<SpeakerIn>,
) -> web::Result<Response> {
    if let Some(answer) = call.answered(&cx.db, cx.now).await? {
        return Ok(answer);
    }
    let draft = call.body.onto(speaker_form::sheet(None))?;
    let writer = Writer::of(&cx, &programmes);
    let record = speakers::add(&writer, &grant, &draft, call.once.as_ref()).await?;
    Ok(versioned(StatusCode::CREATED, record.version, &record))
}

/// Changes a speaker who is still in the state of `If-Match`.
#[utoipa::path(patch, path = "/api/v2/conferences/{conf}/speakers/{speaker}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("speaker" = String, Path, description = "Id of the speaker"),
        ("If-Match" = String, Header, description = "ETag of the state that was read", example = "\"v2\"")),
    request_body = SpeakerIn,
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = SpeakerRecord), (status = 412, body = Problem), (status = 422, body = Problem), (status = 428, body = Problem)))]
async fn edit(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<SpeakerPath>,
    State(programmes): State<Programmes>,
    IfMatch(version): IfMatch,
    web::form::Json(body): web::form::Json<SpeakerIn>,
) -> web::Result<Response> {
    let id = path.id()?;
    let row = speakers::read(&cx.db, scope.conference(), &id).await?;
    let draft = body.onto(speaker_form::sheet(Some(&row)))?;
    let writer = Writer::of(&cx, &programmes);
    let record = speakers::edit(&writer, &grant, &id, version, &draft).await?;
    Ok(versioned(StatusCode::OK, record.version, &record))
}

/// Puts a speaker into the bin, where they stay for thirty days; their talks go on without them.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/speakers/{speaker}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("speaker" = String, Path, description = "Id of the speaker"),
        ("If-Match" = String, Header, description = "ETag of the state that was read", example = "\"v2\"")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 404, body = Problem), (status = 412, body = Problem), (status = 428, body = Problem)))]
async fn bin(
    cx: Cx,
    grant: Grant<Contents>,
    Path(path): Path<SpeakerPath>,
    State(programmes): State<Programmes>,
    IfMatch(version): IfMatch,
) -> web::Result<Response> {
    let writer = Writer::of(&cx, &programmes);
    speakers::act(&writer, &grant, &[path.id()?], Act::Bin, Some(version)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Brings a speaker back from the bin. Sent twice it is the same as once.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/speakers/{speaker}/restore", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("speaker" = String, Path, description = "Id of the speaker")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = SpeakerRecord), (status = 404, body = Problem)))]
async fn restore(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<SpeakerPath>,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let id = path.id()?;
    speakers::act(
        &Writer::of(&cx, &programmes),
        &grant,
        std::slice::from_ref(&id),
        Act::Restore,
        None,
    )
    .await?;
    let record = SpeakerRecord::of(&speakers::read(&cx.db, scope.conference(), &id).await?);
    Ok(versioned(StatusCode::OK, record.version, &record))
}
