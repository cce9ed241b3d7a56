//! Captions: captioners send them, and whoever may watch may read them.

use axum::Json;
use axum::extract::{Path, Query, State};
use http::{HeaderMap, Method, StatusCode, header};
use identity::{Access, Broadcast, Routes, Scope, grant};
use kernel::{Error, Timestamp};
use program::{Programme, Track};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Cx, Result};

use crate::actions::captions::{Captioner, Sent};
use crate::model::captions::{Caption, KEY_PREFIX, NewCaption, parse_language};
use crate::store::captions as store;
use crate::topics::track_named;
use crate::{Live, limits};

const PATH: &str = "/api/v2/conferences/{conf}/tracks/{track}/captions";

pub(super) fn routes() -> Routes<Live> {
    let most = limits::CAPTION_BYTES_MAX;
    Routes::new().get(PATH, Access::Anyone, list).with_body(
        Method::POST,
        PATH,
        Access::Key,
        most,
        send,
    )
}

/// Where captioners send the lines of a track.
pub(crate) fn address(cx: &Cx, programme: &Programme, track: &Track) -> String {
    let (conference, track) = (&programme.conference.slug, &track.slug);
    let path = format!("/api/v2/conferences/{conference}/tracks/{track}/captions");
    cx.site.url(&path)
}

/// Captions of a track.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Captions {
    /// Languages that viewers can choose from.
    languages: Vec<String>,
    /// Oldest first.
    captions: Vec<Caption>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Part {
    language: String,
    from: Option<Timestamp>,
    limit: Option<i64>,
}

/// What was said on a track, in one language, oldest first.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/tracks/{track}/captions", tag = "captions",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses"),
           ("language" = String, Query, description = "BCP 47, such as `ja`"),
           ("from" = Option<String>, Query, description = "What began at this instant or later (RFC 3339)"),
           ("limit" = Option<i64>, Query, description = "At most so many, 1 to 500; 500 unless told")),
    responses((status = 200, body = Captions), (status = 401, body = web::failure::Problem),
              (status = 403, body = web::failure::Problem), (status = 404, body = web::failure::Problem),
              (status = 422, body = web::failure::Problem)))]
pub(super) async fn list(
    cx: Cx,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
    part: std::result::Result<Query<Part>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Captions>> {
    let (programme, track) = live.track(&conf, &track).await?;
    live.admit(&cx, &programme, Some(&track)).await?;
    let Query(part) = part.map_err(|_| Error::invalid("from", "live-bad-instant"))?;
    let language = parse_language(&part.language)?;
    let count = part.limit.unwrap_or(limits::CAPTIONS_MAX);
    let count = count.clamp(1, limits::CAPTIONS_MAX);
    let from = part.from.unwrap_or(Timestamp::UNIX_EPOCH);
    let conference = &programme.conference.id;
    let captions = store::from(&cx.db, conference, &track.id, &language, from, count).await?;
    Ok(Json(Captions {
        languages: live.languages(&programme, &track),
        captions,
    }))
}

/// Says something on a track: with the track's caption key as bearer token, or as somebody of the broadcast team.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/tracks/{track}/captions", tag = "captions",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses")),
    request_body = NewCaption, security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = Caption, description = "It is new, or says something else now"),
              (status = 200, body = Caption, description = "It was there"),
              (status = 401, body = web::failure::Problem), (status = 403, body = web::failure::Problem),
              (status = 404, body = web::failure::Problem), (status = 409, body = web::failure::Problem),
              (status = 422, body = web::failure::Problem), (status = 429, body = web::failure::Problem)))]
pub(super) async fn send(
    cx: Cx,
    scope: Scope,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
    headers: HeaderMap,
    new: Result<web::form::Json<NewCaption>>,
) -> Result<(StatusCode, Json<Caption>)> {
    let programme = live.named(&conf).await?;
    // Who is not allowed to send is not told what is wrong with what they sent.
    let (track, by) = captioner(&cx, &live, &programme, &track, key(&headers))
        .await
        .map_err(|error| scope.hide(error))?;
    let web::form::Json(new) = new?;
    let (caption, sent) = live.caption(&cx, &programme, track, &by, &new).await?;
    let status = match sent {
        Sent::New => StatusCode::CREATED,
        Sent::Known => StatusCode::OK,
    };
    Ok((status, Json(caption)))
}

/// Whoever may send lines for a track: by its key, or as somebody of the team.
async fn captioner<'a>(
    cx: &Cx,
    live: &Live,
    programme: &'a Programme,
    track: &str,
    key: Option<&str>,
) -> kernel::Result<(&'a Track, Captioner)> {
    let track = track_named(programme, track)?;
    let by = match key {
        Some(key) => live.captioner(track, key, cx.now).await?,
        None => Captioner::Team(grant::<Broadcast>(cx, &programme.conference.id).await?),
    };
    Ok((track, by))
}

/// The caption key of a request, if it has one.
fn key(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    let secret = secret.trim();
    (scheme.eq_ignore_ascii_case("bearer") && secret.starts_with(KEY_PREFIX)).then_some(secret)
}
