//! What is on air, for programs.

use axum::Json;
use axum::extract::{Path, State};
use identity::{Access, Broadcast, Grant, Role, Routes};
use kernel::{Error, Timestamp};
use program::{Programme, Programmes, TalkId};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::{Cx, Result};

use crate::actions::{self, Wish};
use crate::model::Mode;
use crate::store::{self, Entry, Now};

/// This feature's part of the API's description.
#[derive(OpenApi)]
#[openapi(
    paths(all, one, direct),
    components(schemas(OnAir, TrackOnAir, Direction, HistoryEntry))
)]
pub struct ApiDoc;

/// Routes of this feature.
pub fn routes(programmes: Programmes) -> Routes {
    Routes::<Programmes>::new()
        .get("/api/v2/conferences/{conf}/on-air", Access::Anyone, all)
        .get(
            "/api/v2/conferences/{conf}/tracks/{track}/on-air",
            Access::Anyone,
            one,
        )
        .post(
            "/api/v2/conferences/{conf}/tracks/{track}/on-air",
            Access::Role(&[Role::Broadcast]),
            direct,
        )
        .state(programmes)
}

/// What is on a track.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnAir {
    /// Name of the track in addresses.
    pub track: String,
    /// The talk, if there is one.
    #[schema(required)]
    pub talk: Option<String>,
    /// Its title.
    #[schema(required)]
    pub title: Option<String>,
    /// Since when (RFC 3339).
    #[schema(required, value_type = Option<String>)]
    pub since: Option<Timestamp>,
    /// Who decides: `auto` the timetable, `manual` or `hold` a person.
    #[schema(value_type = String)]
    pub mode: Mode,
}

/// What is on a track, and what was.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrackOnAir {
    /// What is on now.
    #[serde(flatten)]
    pub now: OnAir,
    /// The last changes, newest last.
    pub history: Vec<HistoryEntry>,
}

/// A change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryEntry {
    /// When (RFC 3339).
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// What was on.
    #[schema(required)]
    pub from: Option<String>,
    /// What is on.
    #[schema(required)]
    pub to: Option<String>,
    /// Who decides since then.
    #[schema(value_type = String)]
    pub mode: Mode,
    /// Who did it; the timetable where nobody is named. Only the broadcast team sees names and reasons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What is to be on a track.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Direction {
    /// `manual` puts `talk` on air (nothing, if it is null), `hold` keeps what is on, `auto` follows the timetable.
    pub mode: String,
    /// The talk to put on air.
    #[serde(default)]
    pub talk: Option<String>,
    /// Why, for the history.
    #[serde(default)]
    pub reason: String,
}

/// What is on every track.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/on-air", tag = "on-air",
    params(("conf" = String, Path, description = "Name of the conference in addresses")),
    responses((status = 200, body = Vec<OnAir>), (status = 404, body = web::failure::Problem)))]
async fn all(
    cx: Cx,
    State(programmes): State<Programmes>,
    Path(conf): Path<String>,
) -> Result<Json<Vec<OnAir>>> {
    let programme = named(&cx, &programmes, &conf).await?;
    let present = store::now_of_all(&cx.db, &programme.conference.id).await?;
    let of = |track: &program::Track| present.iter().find(|now| now.track == track.id);
    let tracks = programme.tracks.iter();
    Ok(Json(
        tracks
            .map(|track| shown(&programme, track, of(track)))
            .collect(),
    ))
}

/// What is on one track, and its last changes.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/tracks/{track}/on-air", tag = "on-air",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses")),
    responses((status = 200, body = TrackOnAir), (status = 404, body = web::failure::Problem)))]
async fn one(
    cx: Cx,
    scope: identity::Scope,
    State(programmes): State<Programmes>,
    Path((conf, track)): Path<(String, String)>,
) -> Result<Json<TrackOnAir>> {
    let programme = named(&cx, &programmes, &conf).await?;
    let track = programme
        .track_named(&track)
        .ok_or(Error::NotFound("track"))?;
    let conference = &programme.conference.id;
    let present = store::now_of(&cx.db, conference, &track.id).await?;
    let history = store::history(&cx.db, conference, &track.id, HISTORY_SHOWN).await?;
    let insider = scope.has(Role::Broadcast);
    Ok(Json(TrackOnAir {
        now: shown(&programme, track, present.as_ref()),
        history: history
            .into_iter()
            .map(|entry| told(entry, insider))
            .collect(),
    }))
}

/// How many changes the API tells.
const HISTORY_SHOWN: i64 = 50;

/// Puts a talk on air, holds, or gives the track back to the timetable.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/tracks/{track}/on-air", tag = "on-air",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses")),
    request_body = Direction, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = OnAir), (status = 403, body = web::failure::Problem),
              (status = 404, body = web::failure::Problem), (status = 422, body = web::failure::Problem)))]
async fn direct(
    cx: Cx,
    grant: Grant<Broadcast>,
    State(programmes): State<Programmes>,
    Path((conf, track)): Path<(String, String)>,
    web::form::Json(direction): web::form::Json<Direction>,
) -> Result<Json<OnAir>> {
    let programme = named(&cx, &programmes, &conf).await?;
    let track = programme
        .track_named(&track)
        .ok_or(Error::NotFound("track"))?;
    let wish = wish(&direction.mode, direction.talk.as_deref())?;
    let now = actions::direct(
        &cx,
        &programmes,
        &grant,
        &track.id,
        &wish,
        &direction.reason,
    )
    .await?;
    Ok(Json(shown(&programme, track, Some(&now))))
}

/// A wish as addresses, forms and frames say it.
pub fn wish(mode: &str, talk: Option<&str>) -> kernel::Result<Wish> {
    match Mode::parse(mode) {
        Some(Mode::Auto) => Ok(Wish::Auto),
        Some(Mode::Hold) => Ok(Wish::Hold),
        Some(Mode::Manual) => {
            let talk = talk
                .filter(|talk| !talk.is_empty())
                .map(TalkId::parse)
                .transpose();
            Ok(Wish::Put(talk.map_err(|_| Error::NotFound("talk"))?))
        }
        None => Err(Error::invalid("mode", "onair-mode-unknown")),
    }
}

async fn named(
    cx: &Cx,
    programmes: &Programmes,
    conf: &str,
) -> kernel::Result<std::sync::Arc<Programme>> {
    programmes
        .named(&cx.db, conf)
        .await?
        .ok_or(Error::NotFound("conference"))
}

fn shown(programme: &Programme, track: &program::Track, now: Option<&Now>) -> OnAir {
    let talk = now.and_then(|now| now.talk.as_ref());
    OnAir {
        track: track.slug.clone(),
        talk: talk.map(ToString::to_string),
        title: talk
            .and_then(|id| programme.talk(id))
            .map(|talk| talk.title.clone()),
        since: now.map(|now| now.since),
        mode: now.map_or(Mode::Auto, |now| now.mode),
    }
}

fn told(entry: Entry, insider: bool) -> HistoryEntry {
    HistoryEntry {
        at: entry.at,
        from: entry.from_talk.map(|talk| talk.to_string()),
        to: entry.to_talk.map(|talk| talk.to_string()),
        mode: entry.to_mode,
        name: entry.name.filter(|_| insider),
        reason: if insider { entry.reason } else { String::new() },
    }
}
