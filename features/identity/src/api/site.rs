//! What the owner of the site chooses for everybody, and help for somebody who cannot get in.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use kernel::Error;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::IfMatchTag;
use web::failure::Problem;

use crate::actions::site::{self as act, Chosen};
use crate::guard::Access;
use crate::pages::House;
use crate::rights::SiteGrant;

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/api/v2/settings", Access::Owner, read)
        .on(Method::PUT, "/api/v2/settings", Access::Owner, choose)
        .post("/api/v2/people/link", Access::Owner, send_link)
}

#[derive(OpenApi)]
#[openapi(paths(read, choose, send_link))]
pub(super) struct Api;

/// What the owner of the site chose for everybody.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SiteSettings {
    /// Members of teams must have proved a passkey.
    team_passkey: bool,
    /// People may have passwords.
    password: bool,
}

/// Somebody who cannot get in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HelpIn {
    /// Mail address of their account.
    email: String,
}

/// The state of the settings in words, of which there are four.
fn tag(chosen: Chosen) -> &'static str {
    match (chosen.team_passkey, chosen.password) {
        (false, false) => "none",
        (true, false) => "passkey",
        (false, true) => "password",
        (true, true) => "passkey.password",
    }
}

fn answer(chosen: Chosen) -> web::Result<Response> {
    let tag = HeaderValue::from_str(&format!("\"{}\"", tag(chosen))).map_err(Error::internal)?;
    let out = SiteSettings {
        team_passkey: chosen.team_passkey,
        password: chosen.password,
    };
    Ok(([(header::ETAG, tag)], Json(out)).into_response())
}

/// What the owner of the site chose for everybody.
#[utoipa::path(get, path = "/api/v2/settings", tag = "site", security(("session" = [])),
    responses((status = 200, body = SiteSettings, headers(("ETag" = String, description = "For If-Match")))))]
async fn read(cx: Cx) -> web::Result<Response> {
    answer(act::chosen(&cx.db).await?)
}

/// Chooses for everybody. Whoever demands passkeys of teams has one (422).
#[utoipa::path(put, path = "/api/v2/settings", tag = "site",
    params(("If-Match" = String, Header, description = "ETag of what was read", example = "\"passkey\"")),
    request_body = SiteSettings, security(("session" = [])),
    responses((status = 200, body = SiteSettings)))]
async fn choose(
    cx: Cx,
    grant: SiteGrant,
    IfMatchTag(seen): IfMatchTag,
    web::form::Json(body): web::form::Json<SiteSettings>,
) -> web::Result<Response> {
    let chosen = Chosen {
        team_passkey: body.team_passkey,
        password: body.password,
    };
    act::choose(&cx, &grant, chosen, |now| tag(now) == seen).await?;
    answer(chosen)
}

/// Mails a sign-in link to somebody who cannot get in. Nobody but them sees it.
#[utoipa::path(post, path = "/api/v2/people/link", tag = "site", request_body = HelpIn, security(("session" = [])),
    responses((status = 202, description = "A mail is on its way"), (status = 422, body = Problem, description = "Nobody has that address")))]
async fn send_link(
    cx: Cx,
    grant: SiteGrant,
    web::form::Json(body): web::form::Json<HelpIn>,
) -> web::Result<StatusCode> {
    act::send_link(&cx, &grant, &body.email).await?;
    Ok(StatusCode::ACCEPTED)
}
