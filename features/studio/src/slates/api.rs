//! Slates and clips, for programs of the broadcast team.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use http::{Method, StatusCode};
use identity::{Broadcast, Grant, Routes};
use media_film::Ability;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Cx, Patience, Result};

use super::actions::{Brought, Change};
use super::model::{Onto, Slate, parse_purpose};
use super::pages::{self, UPLOAD_BYTES_MAX, parse_direction, parse_id};
use super::receive;
use crate::Studio;
use crate::pages::TEAM;

pub(crate) fn routes() -> Routes<Studio> {
    const ALL: &str = "/api/v2/conferences/{conf}/slates";
    const ONE: &str = "/api/v2/conferences/{conf}/slates/{slate}";
    Routes::new()
        .get(ALL, TEAM, slates)
        .with_body(Method::POST, ALL, TEAM, UPLOAD_BYTES_MAX, bring)
        .on(Method::PATCH, ALL, TEAM, decide)
        .on(Method::PATCH, ONE, TEAM, change)
        .delete(ONE, TEAM, remove)
        .get("/api/v2/conferences/{conf}/slates/{slate}/film", TEAM, film)
}

/// Everything about slates and clips.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "names of the API")]
pub(crate) struct Slates {
    /// In the order in which they are played.
    slates: Vec<Slate>,
    /// Whether clips play by themselves in breaks, while nobody sends.
    in_breaks: bool,
    /// Whether films are converted; else they are taken as they are, if they fit.
    converts: bool,
    /// Whether slates say what comes.
    draws: bool,
}

/// What a film that is sent is for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct About {
    /// `slate` or `clip`.
    purpose: String,
    /// What it is to be called.
    name: String,
    /// Names in addresses of the tracks that it is for, with commas between them; none for all.
    #[serde(default)]
    tracks: String,
}

/// What is decided about all of them.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Decision {
    /// Whether clips play by themselves in breaks, while nobody sends.
    in_breaks: bool,
}

/// What is to be changed about one; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SlateChange {
    /// The version that the change is based on.
    version: i64,
    /// Its name.
    name: Option<String>,
    /// `slate` or `clip`.
    purpose: Option<String>,
    /// Whether it is played.
    enabled: Option<bool>,
    /// Names in addresses of the tracks that it is for; an empty list for all.
    tracks: Option<Vec<String>>,
    /// `earlier` or `later`: by one place in the order.
    #[serde(rename = "move")]
    direction: Option<String>,
}

/// The slates and clips of a conference.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/slates", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Slates), (status = 403, body = web::failure::Problem)))]
pub(crate) async fn slates(
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
) -> Result<Json<Slates>> {
    let programme = studio.named(&conf).await?;
    let ability = studio.ability().await;
    Ok(Json(Slates {
        slates: studio.slates(&programme).await?,
        in_breaks: studio.are_clips_automatic(&programme).await?,
        converts: ability != Ability::Take,
        draws: ability == Ability::Draw,
    }))
}

/// Brings a film: the body is the file. It is checked afterwards; its `stage` tells what came of it.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/slates", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"), About),
    security(("bearer" = []), ("session" = [])),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 201, body = Slate), (status = 403, body = web::failure::Problem),
              (status = 409, body = web::failure::Problem), (status = 422, body = web::failure::Problem)))]
pub(crate) async fn bring(
    cx: Cx,
    grant: Grant<Broadcast>,
    patience: Patience,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
    Query(about): Query<About>,
    body: Body,
) -> Result<(StatusCode, Json<Slate>)> {
    let programme = studio.named(&conf).await?;
    studio.has_room(&programme).await?;
    let purpose = parse_purpose(&about.purpose)?;
    super::model::parse_name(&about.name)?;
    let named = about.tracks.split(',').filter(|name| !name.is_empty());
    let tracks = Onto::parse(&programme, named)?;
    let stored = receive::body(body.into_data_stream(), &cx.blobs, &patience).await?;
    let brought = Brought {
        purpose,
        name: &about.name,
        file: "",
        tracks,
        stored,
    };
    let row = studio.bring(&programme, &grant, brought).await?;
    let slate = studio.slate_shown(&programme, row);
    Ok((StatusCode::CREATED, Json(slate)))
}

/// Decides whether clips play by themselves in breaks.
#[utoipa::path(patch, path = "/api/v2/conferences/{conf}/slates", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses")),
    security(("bearer" = []), ("session" = [])), request_body = Decision,
    responses((status = 204), (status = 403, body = web::failure::Problem)))]
pub(crate) async fn decide(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
    web::form::Json(decision): web::form::Json<Decision>,
) -> Result<StatusCode> {
    let programme = studio.named(&conf).await?;
    studio
        .clips_in_breaks(&programme, &grant, decision.in_breaks)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes what is decided about a slate or clip.
#[utoipa::path(patch, path = "/api/v2/conferences/{conf}/slates/{slate}", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("slate" = String, Path, description = "Id of the slate or clip")),
    security(("bearer" = []), ("session" = [])), request_body = SlateChange,
    responses((status = 200, body = Slate), (status = 403, body = web::failure::Problem),
              (status = 404, body = web::failure::Problem), (status = 412, body = web::failure::Problem),
              (status = 422, body = web::failure::Problem)))]
pub(crate) async fn change(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, slate)): Path<(String, String)>,
    web::form::Json(wanted): web::form::Json<SlateChange>,
) -> Result<Json<Slate>> {
    let (programme, id) = (studio.named(&conf).await?, parse_id(&slate)?);
    let direction = wanted
        .direction
        .as_deref()
        .map(parse_direction)
        .transpose()?;
    let named = |names: &Vec<String>| Onto::parse(&programme, names.iter().map(String::as_str));
    let change = Change {
        name: wanted.name,
        purpose: wanted.purpose.as_deref().map(parse_purpose).transpose()?,
        enabled: wanted.enabled,
        tracks: wanted.tracks.as_ref().map(named).transpose()?,
    };
    let row = studio
        .change_slate(&programme, &grant, &id, wanted.version, change)
        .await?;
    if let Some(direction) = direction {
        studio
            .move_slate(&programme, &grant, &id, direction)
            .await?;
    }
    Ok(Json(studio.slate_shown(&programme, row)))
}

/// Removes a slate or clip with its film.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/slates/{slate}", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("slate" = String, Path, description = "Id of the slate or clip")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 403, body = web::failure::Problem),
              (status = 404, body = web::failure::Problem)))]
pub(crate) async fn remove(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, slate)): Path<(String, String)>,
) -> Result<StatusCode> {
    let (programme, id) = (studio.named(&conf).await?, parse_id(&slate)?);
    studio.remove_slate(&programme, &grant, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The film as it is played.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/slates/{slate}/film", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("slate" = String, Path, description = "Id of the slate or clip")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, content_type = "video/mp4", body = String), (status = 206, content_type = "video/mp4", body = String),
              (status = 403, body = web::failure::Problem), (status = 404, body = web::failure::Problem)))]
pub(crate) async fn film(
    cx: Cx,
    grant: Grant<Broadcast>,
    state: State<Studio>,
    path: Path<(String, String)>,
    headers: http::HeaderMap,
) -> Result<axum::response::Response> {
    pages::film(cx, grant, state, path, headers).await
}
