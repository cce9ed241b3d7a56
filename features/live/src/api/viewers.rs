//! What viewers' players report, and what they are told about a track when they look for the cause of a trouble.

use std::net::{IpAddr, Ipv4Addr};

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use identity::{Access, Routes};
use serde_json::Value;
use web::{Cx, Result};

use super::probe;
use crate::model::Health;
use crate::model::report::Report;
use crate::{Live, limits};

pub(super) fn routes() -> Routes<Live> {
    Routes::new()
        .with_body(
            http::Method::POST,
            "/api/v2/conferences/{conf}/tracks/{track}/reports",
            Access::Anyone,
            limits::REPORT_BYTES_MAX,
            report,
        )
        .get(
            "/api/v2/conferences/{conf}/tracks/{track}/health",
            Access::Anyone,
            health,
        )
        .get("/api/v2/link", Access::Anyone, probe::link)
}

/// What a viewer got of a track so far. Players send it through `/rt`; this is for the moment in which a page goes.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/tracks/{track}/reports", tag = "live",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses")),
    request_body = Report,
    responses((status = 204), (status = 401, body = web::failure::Problem),
              (status = 403, body = web::failure::Problem), (status = 404, body = web::failure::Problem),
              (status = 422, body = web::failure::Problem), (status = 429, body = web::failure::Problem)))]
pub(super) async fn report(
    cx: Cx,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
    web::form::Json(report): web::form::Json<Value>,
) -> Result<StatusCode> {
    live.0.viewers.may_send(peer(&cx))?;
    let (programme, track) = live.track(&conf, &track).await?;
    live.report(&cx, &programme, &track, report).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How a track is: what a viewer's page holds against what it measures of its own link.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/tracks/{track}/health", tag = "live",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses")),
    responses((status = 200, body = Health), (status = 401, body = web::failure::Problem),
              (status = 403, body = web::failure::Problem), (status = 404, body = web::failure::Problem)))]
pub(super) async fn health(
    cx: Cx,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
) -> Result<Json<Health>> {
    let (programme, track) = live.track(&conf, &track).await?;
    live.admit(&cx, &programme, Some(&track)).await?;
    Ok(Json(live.health(&programme, &track, cx.now).await?))
}

/// Address of the other end.
pub(super) fn peer(cx: &Cx) -> IpAddr {
    let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    cx.client.peer.map_or(unknown, |peer| peer.ip())
}
