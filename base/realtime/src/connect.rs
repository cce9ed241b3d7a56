//! The doors: `/rt` and `/rt/commands`.

use std::net::IpAddr;

use axum::body::Body;
use axum::response::Response;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use crate::frame::{Problem, ServerFrame};
use crate::hub::{Hub, Who};
use crate::limits::{COMMAND_ID_BYTES_MAX, MESSAGE_BYTES_MAX};
use crate::session::result_frame;
use crate::{events, socket};

/// Connects `who`, who asked for `/rt` from `peer` with the request that `parts` belong to: by websocket if
/// they ask for an upgrade, by server-sent events if they accept those.
///
/// `still` says whether `who` is still who they were when their cookie was read. It is asked after they are on
/// the list that [`Hub::close_where`] walks; a session revoked in between would otherwise stay.
pub async fn connect<W: Who>(
    hub: &Hub<W>,
    who: W,
    peer: IpAddr,
    parts: &mut Parts,
    still: impl Future<Output = kernel::Result<()>>,
) -> Response {
    let explain = |error: &kernel::Error| problem(&(hub.0.settings.explain)(&who, error));
    let Ok(upgrade) = socket::Upgrade::asked(parts) else {
        return socket::BadHandshake::response();
    };
    let accepts = |accept: &str| accept.contains("text/event-stream");
    if upgrade.is_none() && !header(&parts.headers, &ACCEPT).is_some_and(accepts) {
        return upgrade_required();
    }
    let session = match hub.session(who.clone(), peer) {
        Ok(session) => session,
        Err(error) => return explain(&error),
    };
    if let Err(error) = still.await {
        return explain(&error);
    }
    match upgrade {
        Some(upgrade) => socket::accept(upgrade, &hub.0, session),
        None => events::stream(session, parts),
    }
}

fn upgrade_required() -> Response {
    let mut response = plain(StatusCode::UPGRADE_REQUIRED, "realtime-upgrade-required");
    response
        .headers_mut()
        .insert(UPGRADE, HeaderValue::from_static("websocket"));
    response
}

/// A command by POST.
#[derive(Deserialize)]
struct Posted {
    #[serde(default)]
    id: String,
    name: String,
    #[serde(default)]
    args: serde_json::Value,
}

/// Runs the command in `body`, a command frame with or without its `type`, for `who`; answers with the
/// result frame and the problem's status.
pub async fn command<W: Who>(hub: &Hub<W>, who: W, peer: IpAddr, body: &[u8]) -> Response {
    let shared = &hub.0;
    let explain = |error: kernel::Error| problem(&(shared.settings.explain)(&who, &error));
    if body.len() > MESSAGE_BYTES_MAX {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "realtime-too-large");
    }
    if let Err(error) = shared.may_post(peer) {
        return explain(error);
    }
    let Ok(Posted { id, name, args }) = serde_json::from_slice(body) else {
        return explain(kernel::Error::invalid("body", "realtime-bad-frame"));
    };
    let id: String = id.chars().take(COMMAND_ID_BYTES_MAX).collect();
    let result = shared.clone().run_command(who.clone(), &name, args).await;
    let frame = result_frame(shared, &who, id, result);
    let status = match &frame {
        ServerFrame::Result {
            problem: Some(problem),
            ..
        } => problem.status,
        _ => 200,
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    respond(
        status,
        "application/json",
        Body::from(frame.text().as_str().to_owned()),
    )
}

pub(crate) fn problem(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut response = respond(status, "application/problem+json", Body::from(body));
    let after_ms = match (problem.retry_after_ms, status) {
        (None, StatusCode::SERVICE_UNAVAILABLE) => Some(crate::registry::RETRY_AFTER.as_millis()),
        (after_ms, _) => after_ms.map(u128::from),
    };
    if let Some(seconds) = after_ms.and_then(|ms| u64::try_from(ms.div_ceil(1000)).ok()) {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A problem that only programs ever see.
pub(crate) fn plain(status: StatusCode, code: &'static str) -> Response {
    problem(&Problem {
        kind: "about:blank".to_owned(),
        title: status.canonical_reason().unwrap_or_default().to_owned(),
        status: status.as_u16(),
        code: code.to_owned(),
        ..Problem::default()
    })
}

pub(crate) fn respond(status: StatusCode, kind: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
