//! Tracks and stream keys, for programs of the broadcast team.

mod alarms;
mod reports;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use http::header::{CACHE_CONTROL, HeaderName};
use http::{Method, StatusCode};
use identity::{Access, Broadcast, Grant, Role, Routes};
use kernel::{Error, Timestamp};
use media_core::Seat;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::{Cx, Result};

use crate::actions::keys::{By, Key};
use crate::actions::named;
use crate::model::{parse_order, parse_seat};
use crate::{InputState, Output, Studio, TrackState, limits};

/// This feature's part of the API's description.
#[derive(OpenApi)]
#[openapi(
    paths(
        tracks,
        keys,
        rotate,
        revoke,
        direct_input,
        begin,
        end_browsers,
        network_test,
        crate::slates::api::slates,
        crate::slates::api::bring,
        crate::slates::api::decide,
        crate::slates::api::change,
        crate::slates::api::remove,
        crate::slates::api::film,
        alarms::past,
        reports::tests,
        reports::make,
        reports::revoke,
        reports::list,
        reports::one
    ),
    components(schemas(
        TrackState,
        InputState,
        Output,
        onair::Item,
        StreamKey,
        NewKey,
        Wanted,
        Wish,
        Pass,
        Received,
        crate::slates::api::Slates,
        crate::slates::api::Decision,
        crate::slates::api::SlateChange,
        crate::slates::model::Slate,
        alarms::PastAlarms,
        crate::wall::history::PastAlarm,
        crate::wall::model::Acknowledged,
        reports::NewEncoderTest,
        reports::MadeEncoderTest,
        reports::EncoderTest,
        reports::EncoderReports,
        reports::EncoderReport,
        reports::EncoderFinding
    ))
)]
pub struct ApiDoc;

const TEAM: Access = Access::Role(&[Role::Broadcast]);

pub(crate) fn routes() -> Routes<Studio> {
    const KEYS: &str = "/api/v2/conferences/{conf}/tracks/{track}/stream-keys";
    const GO_LIVE: &str = "/api/v2/conferences/{conf}/tracks/{track}/go-live";
    Routes::new()
        .get("/api/v2/conferences/{conf}/studio", TEAM, tracks)
        .get(KEYS, TEAM, keys)
        .post(KEYS, TEAM, rotate)
        .delete(KEYS, TEAM, revoke)
        .post(GO_LIVE, TEAM, begin)
        .delete(GO_LIVE, TEAM, end_browsers)
        .with_body(
            Method::POST,
            "/api/v2/conferences/{conf}/studio/network-test",
            TEAM,
            limits::NETWORK_TEST_BYTES_MAX,
            network_test,
        )
        .post(
            "/api/v2/conferences/{conf}/tracks/{track}/input",
            TEAM,
            direct_input,
        )
        .merge(alarms::routes())
        .merge(reports::routes())
}

/// A stream key without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StreamKey {
    id: String,
    /// Which of the track's inputs it opens: `primary` or `backup`.
    #[schema(value_type = String)]
    seat: Seat,
    #[schema(value_type = String)]
    created_at: Timestamp,
    created_by: String,
    /// When an encoder used it last.
    #[schema(required, value_type = Option<String>)]
    used_at: Option<Timestamp>,
    #[schema(required, value_type = Option<String>)]
    revoked_at: Option<Timestamp>,
    #[schema(required)]
    revoked_by: Option<String>,
}

/// A new key: the one time that its secret is told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewKey {
    /// Where encoders connect over RTMP.
    server: String,
    /// The same over TLS, where it is offered.
    #[schema(required)]
    secure_server: Option<String>,
    /// Where encoders publish over WHIP, with the secret as bearer token.
    #[schema(required)]
    whip: Option<String>,
    /// The secret.
    key: String,
    /// Both in one.
    address: String,
}

/// Which of a track's inputs.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// `primary`, which is meant where nothing is said, or `backup`.
    seat: Option<String>,
}

/// What somebody wants on air.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Wanted {
    /// `primary`, `backup`, `slate`, `clips`, or `auto`: the server decides.
    order: String,
    /// Why; kept in the log of acts.
    #[serde(default)]
    reason: String,
}

/// Every track with its signal, what is on and next.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/studio", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<TrackState>), (status = 403, body = web::failure::Problem)))]
async fn tracks(
    cx: Cx,
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
) -> Result<Json<Vec<TrackState>>> {
    let programme = studio.named(&conf).await?;
    Ok(Json(studio.tracks(&programme, cx.now).await?))
}

/// The keys of a track, the newest first.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/tracks/{track}/stream-keys", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<StreamKey>), (status = 403, body = web::failure::Problem)))]
async fn keys(
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, track)): Path<(String, String)>,
) -> Result<Json<Vec<StreamKey>>> {
    let programme = studio.named(&conf).await?;
    let track = named(&programme, &track)?;
    let keys = studio.keys(&programme, track).await?;
    Ok(Json(keys.into_iter().map(shown).collect()))
}

/// Makes a new key for a track; the old one and whoever publishes with it are out at once.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/tracks/{track}/stream-keys", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses"), Which),
    security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = NewKey), (status = 403, body = web::failure::Problem)))]
async fn rotate(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, track)): Path<(String, String)>,
    Query(which): Query<Which>,
) -> Result<(StatusCode, [(HeaderName, &'static str); 1], Json<NewKey>)> {
    let programme = studio.named(&conf).await?;
    let track = named(&programme, &track)?;
    let seat = parse_seat(which.seat.as_deref())?;
    let publish = studio
        .rotate(&programme, track, seat, By::Team(&grant))
        .await?;
    let address = publish.address();
    let new = NewKey {
        server: publish.server,
        secure_server: publish.secure_server,
        whip: publish.whip,
        key: publish.key,
        address,
    };
    Ok((
        StatusCode::CREATED,
        [(CACHE_CONTROL, "no-store")],
        Json(new),
    ))
}

/// Revokes the key of a track.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/tracks/{track}/stream-keys", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses"), Which),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 403, body = web::failure::Problem),
              (status = 404, body = web::failure::Problem)))]
async fn revoke(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, track)): Path<(String, String)>,
    Query(which): Query<Which>,
) -> Result<StatusCode> {
    let programme = studio.named(&conf).await?;
    let track = named(&programme, &track)?;
    let seat = parse_seat(which.seat.as_deref())?;
    let by = By::Team(&grant);
    if studio.revoke(&programme, track, seat, by).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Error::NotFound("stream key").into())
    }
}

/// Decides which input of a track is on air, or leaves it to the server.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/tracks/{track}/input", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses")),
    request_body = Wanted,
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = TrackState), (status = 403, body = web::failure::Problem),
              (status = 409, body = web::failure::Problem), (status = 422, body = web::failure::Problem)))]
async fn direct_input(
    cx: Cx,
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, track)): Path<(String, String)>,
    web::form::Json(wanted): web::form::Json<Wanted>,
) -> Result<Json<TrackState>> {
    let programme = studio.named(&conf).await?;
    let track = named(&programme, &track)?;
    let order = parse_order(&wanted.order)?;
    studio
        .direct(&programme, track, order, &wanted.reason, &grant)
        .await?;
    Ok(Json(studio.track(&programme, track, cx.now).await?))
}

fn shown(key: Key) -> StreamKey {
    StreamKey {
        id: key.id,
        seat: key.seat,
        created_at: key.created_at,
        created_by: key.created_by,
        used_at: key.used_at,
        revoked_at: key.revoked_at,
        revoked_by: key.revoked_by,
    }
}

/// How a browser wants to go live.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct Wish {
    /// `primary`, or `backup` to stand by.
    seat: Option<String>,
}

/// A pass to go live once: the one time that its secret is told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pass {
    /// Where the WHIP offer goes.
    endpoint: String,
    /// The secret, as bearer token.
    token: String,
    /// Until when it may begin (RFC 3339).
    #[schema(value_type = String)]
    until: Timestamp,
}

/// Lets a browser go live on a track, once, within a minute.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/tracks/{track}/go-live", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses")),
    security(("session" = [])),
    request_body = Wish,
    responses((status = 201, body = Pass), (status = 403, body = web::failure::Problem),
              (status = 409, body = web::failure::Problem)))]
async fn begin(
    cx: Cx,
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, track)): Path<(String, String)>,
    Json(wish): Json<Wish>,
) -> Result<(StatusCode, [(HeaderName, &'static str); 1], Json<Pass>)> {
    let programme = studio.named(&conf).await?;
    let track = named(&programme, &track)?;
    let seat = parse_seat(wish.seat.as_deref())?;
    let session = &cx.signed_in()?.session;
    let begun = studio
        .pass(&programme, track, seat, &grant, session)
        .await?;
    let pass = Pass {
        endpoint: begun.endpoint,
        token: begun.token,
        until: begun.until,
    };
    Ok((
        StatusCode::CREATED,
        [(CACHE_CONTROL, "no-store")],
        Json(pass),
    ))
}

/// Ends every browser that sends to an input of a track.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/tracks/{track}/go-live", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses"),
           ("seat" = Option<String>, Query, description = "`primary` or `backup`")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 403, body = web::failure::Problem),
              (status = 404, body = web::failure::Problem)))]
async fn end_browsers(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, track)): Path<(String, String)>,
    Query(wish): Query<Wish>,
) -> Result<StatusCode> {
    let programme = studio.named(&conf).await?;
    let track = named(&programme, &track)?;
    let seat = parse_seat(wish.seat.as_deref())?;
    if studio.end_browsers(&programme, track, seat, &grant).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Error::NotFound("browser").into())
    }
}

/// What arrived.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Received {
    bytes: usize,
}

/// Takes bytes so that a browser can see how fast they go; nothing is kept.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/studio/network-test", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses")),
    security(("session" = [])),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 200, body = Received), (status = 403, body = web::failure::Problem)))]
async fn network_test(_: Grant<Broadcast>, body: Bytes) -> Json<Received> {
    Json(Received { bytes: body.len() })
}
