//! What captioners need: a key for a track, and the languages that viewers can choose from.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, header};
use identity::{Access, Broadcast, Grant, Role, Routes};
use kernel::Timestamp;
use program::Track;
use serde::Serialize;
use utoipa::ToSchema;
use web::{Cx, Result};

use super::captions::address;
use crate::Live;
use crate::model::captions::parse_language;
use crate::store::captions as store;

const TEAM: Access = Access::Role(&[Role::Broadcast]);
const KEY: &str = "/api/v2/conferences/{conf}/tracks/{track}/caption-key";
const LANGUAGE: &str = "/api/v2/conferences/{conf}/tracks/{track}/caption-languages/{language}";

pub(super) fn routes() -> Routes<Live> {
    Routes::new()
        .get("/api/v2/conferences/{conf}/captions", TEAM, list)
        .post(KEY, TEAM, rotate)
        .delete(KEY, TEAM, revoke)
        .on(Method::PUT, LANGUAGE, TEAM, add_language)
        .delete(LANGUAGE, TEAM, remove_language)
}

/// What a track has for its captions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaptionTrack {
    /// Its name in addresses.
    #[schema(example = "a")]
    track: String,
    /// Languages that viewers can choose before anything is said in them.
    #[schema(example = json!(["ja", "en"]))]
    languages: Vec<String>,
    /// The key with which captioners send lines; null without one.
    #[schema(required)]
    key: Option<CaptionKey>,
}

/// A key of captioners. Its secret was shown once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaptionKey {
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who made it.
    #[schema(example = "Mika")]
    created_by: String,
    /// When it was used last.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    used_at: Option<Timestamp>,
}

/// A key of captioners that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewCaptionKey {
    /// The secret, in this answer alone: `Authorization: Bearer` of whoever sends lines.
    #[schema(example = "cap_k3y…")]
    key: String,
    /// Where lines are sent.
    #[schema(example = "https://example.org/api/v2/conferences/matsuri-days/tracks/a/captions")]
    address: String,
}

/// What the tracks of a conference have for their captions.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/captions", tag = "captions",
    params(("conf" = String, Path, description = "Name of the conference in addresses")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<CaptionTrack>)))]
pub(super) async fn list(
    cx: Cx,
    State(live): State<Live>,
    Path(conf): Path<String>,
) -> Result<Json<Vec<CaptionTrack>>> {
    let programme = live.named(&conf).await?;
    let mut keys = store::keys(&cx.db, &programme.conference.id).await?;
    let spoken = store::languages(&cx.db).await?;
    let mut key_of = |track: &Track| {
        let at = keys.iter().position(|key| key.track == track.id)?;
        let key = keys.swap_remove(at);
        Some(CaptionKey {
            created_at: key.created_at,
            created_by: key.created_by,
            used_at: key.used_at,
        })
    };
    let out = programme.tracks.iter().map(|track| CaptionTrack {
        track: track.slug.clone(),
        languages: spoken
            .iter()
            .filter(|own| own.track == track.id)
            .map(|own| own.language.clone())
            .collect(),
        key: key_of(track),
    });
    Ok(Json(out.collect()))
}

/// Makes a key for the captioners of a track; the one before it is good for nothing at once.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/tracks/{track}/caption-key", tag = "captions",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = NewCaptionKey)))]
pub(super) async fn rotate(
    cx: Cx,
    grant: Grant<Broadcast>,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
) -> Result<Response> {
    let (programme, track) = live.track(&conf, &track).await?;
    let made = NewCaptionKey {
        key: live.rotate_caption_key(&cx, &grant, &track).await?,
        address: address(&cx, &programme, &track),
    };
    let unkept = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, unkept, Json(made)).into_response())
}

/// Takes the key of a track's captioners away.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/tracks/{track}/caption-key", tag = "captions",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204)))]
pub(super) async fn revoke(
    cx: Cx,
    grant: Grant<Broadcast>,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
) -> Result<StatusCode> {
    let (_, track) = live.track(&conf, &track).await?;
    live.revoke_caption_key(&cx, &grant, &track).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets viewers choose a language before anything is said in it. Sent twice it is the same as once.
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/tracks/{track}/caption-languages/{language}", tag = "captions",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses"),
           ("language" = String, Path, description = "BCP 47, such as `ja`", example = "ja")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 422, body = web::failure::Problem, description = "That is no language, or one too many")))]
pub(super) async fn add_language(
    cx: Cx,
    grant: Grant<Broadcast>,
    State(live): State<Live>,
    Path((conf, track, language)): Path<(String, String, String)>,
) -> Result<StatusCode> {
    let (programme, track) = live.track(&conf, &track).await?;
    let language = parse_language(language.trim())?;
    live.add_caption_language(&cx, &grant, &programme, &track, &language)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a language from those that viewers can choose.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/tracks/{track}/caption-languages/{language}", tag = "captions",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses"),
           ("language" = String, Path, description = "BCP 47, such as `ja`", example = "ja")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204)))]
pub(super) async fn remove_language(
    cx: Cx,
    grant: Grant<Broadcast>,
    State(live): State<Live>,
    Path((conf, track, language)): Path<(String, String, String)>,
) -> Result<StatusCode> {
    let (programme, track) = live.track(&conf, &track).await?;
    live.remove_caption_language(&cx, &grant, &programme, &track, &language)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
