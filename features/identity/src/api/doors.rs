//! The ways into the account of whoever asks: passkeys, providers, a password. Listed and taken away, by the same proof
//! as on the page; a passkey is made and a provider linked in a browser.

use axum::Json;
use axum::extract::{Path, State};
use http::{Method, StatusCode};
use kernel::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::failure::Problem;

use crate::actions::account::own;
use crate::actions::{passkeys as keys, passwords, providers as links};
use crate::guard::Access;
use crate::model::{IdentityId, PasskeyId};
use crate::pages::House;
use crate::store::{passkeys, providers};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/api/v2/account/passkeys", Access::SignedIn, list_passkeys)
        .delete(
            "/api/v2/account/passkeys/{passkey}",
            Access::SignedIn,
            remove_passkey,
        )
        .get(
            "/api/v2/account/identities",
            Access::SignedIn,
            list_identities,
        )
        .delete(
            "/api/v2/account/identities/{identity}",
            Access::SignedIn,
            unlink,
        )
        .on(
            Method::PUT,
            "/api/v2/account/password",
            Access::SignedIn,
            choose,
        )
}

#[derive(OpenApi)]
#[openapi(paths(list_passkeys, remove_passkey, list_identities, unlink, choose))]
pub(super) struct Api;

/// A passkey.
#[derive(Debug, Serialize, ToSchema)]
struct PasskeyOut {
    /// Its id.
    #[schema(example = "psk_06eb3q5v1k2m7n9p4r8s0t6u2a")]
    id: String,
    /// What its holder calls it.
    #[schema(example = "My phone")]
    name: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was used last.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    used_at: Option<Timestamp>,
}

/// Somebody's account at a provider that leads into theirs here.
#[derive(Debug, Serialize, ToSchema)]
struct IdentityOut {
    /// Its id.
    #[schema(example = "pid_06eb3q5v1k2m7n9p4r8s0t6u2a")]
    id: String,
    /// Name of the provider.
    #[schema(example = "google")]
    provider: String,
    /// The mail address that the provider said.
    email: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was used last.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    used_at: Option<Timestamp>,
}

/// Another password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordIn {
    /// The one that there is; empty where there is none.
    #[serde(default)]
    #[schema(example = "")]
    password: String,
    /// The new one.
    #[schema(example = "correct horse battery staple")]
    new_password: String,
}

/// The passkeys of whoever asks, the oldest first.
#[utoipa::path(get, path = "/api/v2/account/passkeys", tag = "account", security(("session" = [])),
    responses((status = 200, body = Vec<PasskeyOut>), (status = 403, body = Problem)))]
async fn list_passkeys(cx: Cx) -> web::Result<Json<Vec<PasskeyOut>>> {
    let rows = passkeys::of(&cx.db, &own(&cx)?).await?;
    let out = rows.into_iter().map(|row| PasskeyOut {
        id: row.id.to_string(),
        name: row.name,
        created_at: row.created_at,
        used_at: row.used_at,
    });
    Ok(Json(out.collect()))
}

/// Takes a passkey away. The session has to have begun with one (403).
#[utoipa::path(delete, path = "/api/v2/account/passkeys/{passkey}", tag = "account",
    params(("passkey" = String, Path, description = "Id of the passkey", example = "psk_06eb3q5v1k2m7n9p4r8s0t6u2a")),
    security(("session" = [])),
    responses((status = 204), (status = 403, body = Problem, description = "Sign in with a passkey first")))]
async fn remove_passkey(cx: Cx, Path(passkey): Path<String>) -> web::Result<StatusCode> {
    let passkey = PasskeyId::parse(&passkey).map_err(|_| Error::NotFound("passkey"))?;
    keys::remove(&cx, &passkey).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Accounts at providers that lead into that of whoever asks.
#[utoipa::path(get, path = "/api/v2/account/identities", tag = "account", security(("session" = [])),
    responses((status = 200, body = Vec<IdentityOut>), (status = 403, body = Problem)))]
async fn list_identities(cx: Cx) -> web::Result<Json<Vec<IdentityOut>>> {
    let rows = providers::of(&cx.db, &own(&cx)?).await?;
    let out = rows.into_iter().map(|row| IdentityOut {
        id: row.id.to_string(),
        provider: row.provider,
        email: row.email,
        created_at: row.created_at,
        used_at: row.used_at,
    });
    Ok(Json(out.collect()))
}

/// Takes an account at a provider away, unless nothing else leads into the account here (409). Whoever asks has to have
/// signed in a moment ago (403).
#[utoipa::path(delete, path = "/api/v2/account/identities/{identity}", tag = "account",
    params(("identity" = String, Path, description = "Id of the account at the provider, as it is listed", example = "pid_06eb3q5v1k2m7n9p4r8s0t6u2a")),
    security(("session" = [])),
    responses((status = 204), (status = 403, body = Problem, description = "Sign in again first"), (status = 409, body = Problem)))]
async fn unlink(
    cx: Cx,
    State(house): State<House>,
    Path(identity): Path<String>,
) -> web::Result<StatusCode> {
    let identity = IdentityId::parse(&identity).map_err(|_| Error::NotFound("identity"))?;
    links::unlink(&cx, &house.providers, &identity).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Chooses a password, where the site has them.
#[utoipa::path(put, path = "/api/v2/account/password", tag = "account", request_body = PasswordIn, security(("session" = [])),
    responses((status = 204), (status = 403, body = Problem, description = "Sign in again first"), (status = 409, body = Problem)))]
async fn choose(
    cx: Cx,
    State(house): State<House>,
    web::form::Json(body): web::form::Json<PasswordIn>,
) -> web::Result<StatusCode> {
    passwords::choose(&cx, &body.password, &body.new_password, &house.hashing).await?;
    Ok(StatusCode::NO_CONTENT)
}
