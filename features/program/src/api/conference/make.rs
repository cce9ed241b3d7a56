//! Making, copying, deleting and restoring conferences.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use identity::{Access, Chair, ConferenceId, Contents, Grant, Role, Routes};
use serde::Deserialize;
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::{Call, versioned};
use web::failure::Problem;

use crate::actions::{self, Begin, Copy, Start, Take, Writer};
use crate::api::ConferenceOut;
use crate::programmes::Programmes;

const CHAIR: Access = Access::Role(&[Role::Chair]);

pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .post("/api/v2/conferences", Access::Owner, create)
        .post("/api/v2/conferences/{conf}/copy", CHAIR, copy)
        .delete("/api/v2/conferences/{conf}", CHAIR, delete)
        .post("/api/v2/conferences/{conf}/restore", CHAIR, restore)
}

#[derive(OpenApi)]
#[openapi(paths(create, copy, delete, restore))]
pub(super) struct Api;

/// A conference to be made with nothing but days and tracks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StartIn {
    /// Title.
    title: String,
    /// Name in addresses.
    slug: String,
    /// First day.
    #[schema(example = "2026-11-21")]
    first_day: String,
    /// How many days.
    days: i64,
    /// IANA zone.
    #[schema(example = "Asia/Tokyo")]
    zone: String,
    /// Names of tracks.
    tracks: Vec<String>,
    /// `draft`, unless it is to be `live` at once.
    #[serde(default)]
    lifecycle: String,
}

/// A conference to be made after the model of another one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CopyIn {
    /// Title.
    title: String,
    /// Name in addresses.
    slug: String,
    /// First day; the others follow at the same distance.
    #[schema(example = "2027-11-20")]
    first_day: String,
    /// What it takes along: `days`, `places`, `words`, `settings`, `pages`, `talks`, `speakers`.
    #[schema(value_type = Vec<String>)]
    take: Vec<Take>,
}

/// Proof that a conference is meant.
#[derive(Debug, Deserialize)]
struct Proof {
    #[serde(default)]
    typed: String,
}

pub(super) async fn made(
    cx: &Cx,
    programmes: &Programmes,
    id: &ConferenceId,
) -> web::Result<Response> {
    let programme = programmes.of(&cx.db, id).await?;
    let programme = programme.ok_or(kernel::Error::NotFound("conference"))?;
    let out = ConferenceOut::of(cx, &programme);
    Ok(versioned(
        StatusCode::CREATED,
        programme.conference.version,
        &out,
    ))
}

/// Makes a conference with nothing but days and tracks.
#[utoipa::path(post, path = "/api/v2/conferences", tag = "conference",
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own, once per conference")), request_body = StartIn, security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = ConferenceOut), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn create(
    cx: Cx,
    State(programmes): State<Programmes>,
    call: Call<StartIn>,
) -> web::Result<Response> {
    if let Some(id) = call.made(&cx.db, cx.now).await? {
        return made(&cx, &programmes, &ConferenceId::stored(id)).await;
    }
    let body = call.body;
    let id = ConferenceId::fresh();
    let grant = identity::grant::<Contents>(&cx, &id).await?;
    let start = Start {
        title: body.title,
        slug: body.slug,
        first_day: body.first_day,
        days: body.days,
        zone: body.zone,
        tracks: body.tracks.join("\n"),
    };
    let begin = Begin {
        once: call.once,
        ..crate::pages::begin(&cx, &body.lifecycle)
    };
    let writer = Writer::of(&cx, &programmes);
    let done = actions::create_empty(&writer, id, &start, begin, Some(&grant)).await?;
    made(&cx, &programmes, &done.conference.id).await
}

/// Makes a draft after the model of a conference. Ids and numbers are fresh, dates move by the difference of the first days.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/copy", tag = "conference", params(("conf" = String, Path, description = "Name of the conference"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, once per conference")),
    request_body = CopyIn, security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = ConferenceOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn copy(
    cx: Cx,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
    call: Call<CopyIn>,
) -> web::Result<Response> {
    if let Some(id) = call.made(&cx.db, cx.now).await? {
        return made(&cx, &programmes, &ConferenceId::stored(id)).await;
    }
    let body = call.body;
    let wanted = Copy {
        title: body.title,
        slug: body.slug,
        first_day: body.first_day,
        take: body.take.into_iter().collect(),
    };
    let writer = Writer::of(&cx, &programmes);
    let id = ConferenceId::fresh();
    let done = actions::copy(&writer, &cx.blobs, &grant, id, &wanted, call.once.as_ref()).await?;
    made(&cx, &programmes, &done.id).await
}

/// Deletes a conference: hidden at once, restorable for thirty days, then removed for good. `typed` is its name in addresses.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("typed" = String, Query, description = "The same name, as proof")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn delete(
    cx: Cx,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
    Query(proof): Query<Proof>,
) -> web::Result<StatusCode> {
    actions::delete(&Writer::of(&cx, &programmes), &grant, &proof.typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a deletion back.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/restore", tag = "conference", params(("conf" = String, Path, description = "Name of the conference")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = ConferenceOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn restore(
    cx: Cx,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
) -> web::Result<Json<ConferenceOut>> {
    actions::restore(&Writer::of(&cx, &programmes), &grant).await?;
    let programme = programmes.of(&cx.db, grant.conference()).await?;
    let programme = programme.ok_or(kernel::Error::NotFound("conference"))?;
    Ok(Json(ConferenceOut::of(&cx, &programme)))
}
