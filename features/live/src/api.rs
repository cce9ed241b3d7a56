//! The picture's descriptor and the chat, for programs.

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use identity::{Access, Broadcast, Grant, Role, Routes};
use kernel::{Error, Timestamp};
use program::{Programme, Talk};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::{Cx, Result};

use crate::model::{Line, LineId, Watching};
use crate::{Live, limits};

mod audience;
mod captioners;
pub(crate) mod captions;
pub(crate) mod probe;
mod viewers;

/// This feature's part of the API's description, with the frames of `/rt`.
#[derive(OpenApi)]
#[openapi(
    paths(
        playback,
        lines,
        post,
        remove,
        audience::rules,
        audience::rule,
        audience::people,
        audience::add,
        audience::remove,
        captioners::list,
        captioners::rotate,
        captioners::revoke,
        captioners::add_language,
        captioners::remove_language,
        captions::list,
        captions::send,
        viewers::report,
        viewers::health,
        probe::link
    ),
    components(schemas(
        Watching,
        crate::model::Descriptor,
        crate::model::Health,
        crate::model::Pass,
        crate::model::report::Report,
        crate::model::report::Check,
        onair::Item,
        captions::Captions,
        crate::model::captions::Caption,
        crate::model::captions::NewCaption,
        Line,
        Lines,
        NewLine,
        realtime::ClientFrame,
        realtime::ServerFrame,
        realtime::frame::Cursor
    ))
)]
pub struct ApiDoc;

pub(crate) fn routes() -> Routes<Live> {
    const REMOVE: Access = Access::Role(&[Role::Broadcast]);
    Routes::new()
        .get(
            "/api/v2/conferences/{conf}/tracks/{track}/playback",
            Access::Anyone,
            playback,
        )
        .get(
            "/api/v2/conferences/{conf}/talks/{talk}/chat",
            Access::Anyone,
            lines,
        )
        .post(
            "/api/v2/conferences/{conf}/talks/{talk}/chat",
            Access::SignedIn,
            post,
        )
        .delete("/api/v2/conferences/{conf}/chat/{line}", REMOVE, remove)
        .merge(audience::routes())
        .merge(captioners::routes())
        .merge(captions::routes())
        .merge(viewers::routes())
}

/// Lines of a chat.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Lines {
    /// Oldest first.
    lines: Vec<Line>,
    /// Whether the chat takes lines now.
    open: bool,
}

/// A line to be written.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewLine {
    /// What it says: 1 to 500 characters of plain text.
    text: String,
    /// 8 to 64 characters that tell this line from the sender's other ones: sent again, it is the same line.
    nonce: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Part {
    before: Option<Timestamp>,
    limit: Option<i64>,
}

/// What the picture of a track is, and everything that is said about it.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/tracks/{track}/playback", tag = "live",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses")),
    responses((status = 200, body = Watching), (status = 401, body = web::failure::Problem),
              (status = 403, body = web::failure::Problem), (status = 404, body = web::failure::Problem)))]
async fn playback(
    cx: Cx,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
) -> Result<Json<Watching>> {
    let (programme, track) = live.track(&conf, &track).await?;
    let pass = live.pass(&cx, &programme, &track).await?;
    let descriptor = live.descriptor(&programme, &track, cx.now).await?;
    Ok(Json(Watching { descriptor, pass }))
}

/// The last lines of a talk's chat, oldest first.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/talks/{talk}/chat", tag = "chat",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("talk" = String, Path, description = "Id of the talk, or its name in addresses"),
           ("before" = Option<String>, Query, description = "Lines before this instant (RFC 3339)"),
           ("limit" = Option<i64>, Query, description = "At most so many, 1 to 200; 100 unless told")),
    responses((status = 200, body = Lines), (status = 401, body = web::failure::Problem),
              (status = 404, body = web::failure::Problem)))]
async fn lines(
    cx: Cx,
    State(live): State<Live>,
    Path((conf, talk)): Path<(String, String)>,
    part: std::result::Result<Query<Part>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Lines>> {
    let Query(part) = part.map_err(|_| Error::invalid("before", "live-bad-instant"))?;
    let programme = live.named(&conf).await?;
    let talk = talk_named(&programme, &talk)?;
    live.admit_to_talk(&cx, &programme, talk).await?;
    let (before, limit) = (part.before.unwrap_or(Timestamp::MAX), part.limit);
    let count = limit.unwrap_or(limits::CHAT_LINES_SHOWN);
    let lines = live.lines(&programme, &talk.id, before, count).await?;
    let open = live
        .is_open(&programme.conference.id, &talk.id, cx.now)
        .await?;
    Ok(Json(Lines { lines, open }))
}

/// Says something in the chat of a talk that is on air.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/talks/{talk}/chat", tag = "chat",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("talk" = String, Path, description = "Id of the talk, or its name in addresses")),
    request_body = NewLine, security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = Line), (status = 401, body = web::failure::Problem),
              (status = 404, body = web::failure::Problem), (status = 409, body = web::failure::Problem),
              (status = 422, body = web::failure::Problem), (status = 429, body = web::failure::Problem)))]
async fn post(
    cx: Cx,
    State(live): State<Live>,
    Path((conf, talk)): Path<(String, String)>,
    web::form::Json(new): web::form::Json<NewLine>,
) -> Result<(StatusCode, Json<Line>)> {
    let programme = live.named(&conf).await?;
    let talk = talk_named(&programme, &talk)?;
    let line = live
        .post(&cx, &programme, &talk.id, &new.text, &new.nonce)
        .await?;
    Ok((StatusCode::CREATED, Json(line)))
}

/// Removes a line for everybody.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/chat/{line}", tag = "chat",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("line" = String, Path, description = "Id of the line")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 403, body = web::failure::Problem),
              (status = 404, body = web::failure::Problem)))]
async fn remove(
    cx: Cx,
    grant: Grant<Broadcast>,
    State(live): State<Live>,
    Path((conf, line)): Path<(String, String)>,
) -> Result<StatusCode> {
    let programme = live.named(&conf).await?;
    let line = LineId::parse(&line).map_err(|_| Error::NotFound("line"))?;
    live.remove(&cx, &programme, &grant, &line).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn talk_named<'a>(programme: &'a Programme, name: &str) -> kernel::Result<&'a Talk> {
    programme.talk_named(name).ok_or(Error::NotFound("talk"))
}
