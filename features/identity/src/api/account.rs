//! The account of whoever asks: profile, sessions, mail address, everything that is kept about them. A program's token
//! opens none of it; it is for a person's own session.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, header};
use kernel::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::{IfMatch, versioned};
use web::failure::Problem;

use crate::actions::account::{self as act, own};
use crate::actions::{email, farewell};
use crate::guard::Access;
use crate::model::SessionId;
use crate::model::profile::Told;
use crate::pages::House;
use crate::store::{accounts, sessions};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/api/v2/account", Access::SignedIn, read)
        .on(Method::PUT, "/api/v2/account", Access::SignedIn, save)
        .get("/api/v2/account/data", Access::SignedIn, data)
        .post("/api/v2/account/email", Access::SignedIn, ask)
        .get("/api/v2/account/sessions", Access::SignedIn, list)
        .delete(
            "/api/v2/account/sessions/{session}",
            Access::SignedIn,
            revoke,
        )
        .post(
            "/api/v2/account/sessions/end-others",
            Access::SignedIn,
            end_others,
        )
}

#[derive(OpenApi)]
#[openapi(paths(read, save, data, ask, list, revoke, end_others))]
pub(super) struct Api;

/// What somebody tells about themselves.
#[derive(Debug, Serialize, ToSchema)]
struct AccountOut {
    /// Id of the account.
    id: String,
    /// Its mail address.
    email: String,
    /// The name as the person writes it.
    name: String,
    /// How it is read, in katakana.
    #[schema(example = "ヤマダ アイコ")]
    kana: String,
    /// Languages in which we write to them.
    #[schema(example = json!(["ja", "en"]))]
    languages: Vec<String>,
    /// The zone that they chose; null for the browser's.
    #[schema(required)]
    zone: Option<String>,
    /// Path of their picture, where they have one.
    #[schema(required)]
    avatar: Option<String>,
}

/// What somebody wants to tell about themselves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountIn {
    /// The name as the person writes it.
    name: String,
    /// How it is read, in hiragana or katakana.
    #[serde(default)]
    #[schema(example = "ヤマダ アイコ")]
    kana: String,
    /// Languages in which we may write to them: `ja`, `en`.
    #[serde(default)]
    #[schema(example = json!(["ja", "en"]))]
    languages: Vec<String>,
    /// An IANA zone; null for the browser's.
    #[serde(default)]
    zone: Option<String>,
}

/// Another mail address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmailIn {
    /// The address.
    email: String,
}

/// A browser that is signed in.
#[derive(Debug, Serialize, ToSchema)]
struct SessionOut {
    /// Its id.
    id: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    began_at: Timestamp,
    /// When it was used last, to a few minutes.
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
    /// What the browser calls itself.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0")]
    browser: String,
    /// Whether a passkey was proved.
    by_passkey: bool,
    /// Whether it is the one that asks.
    current: bool,
}

/// How many sessions ended.
#[derive(Debug, Serialize, ToSchema)]
struct EndedOut {
    /// How many.
    ended: usize,
}

async fn answer(cx: &Cx) -> web::Result<Response> {
    let account = own(cx)?;
    let email = accounts::account(&cx.db, account.as_str()).await?;
    let email = email.ok_or(Error::NotFound("account"))?.email;
    let profile = accounts::profile(&mut &cx.db, &account).await?;
    let profile = profile.ok_or(Error::NotFound("account"))?;
    let languages = profile.languages.split(' ').filter(|tag| !tag.is_empty());
    let out = AccountOut {
        id: account.to_string(),
        email,
        languages: languages.map(str::to_owned).collect(),
        name: profile.name,
        kana: profile.kana,
        zone: profile.zone,
        avatar: profile.avatar.map(|id| format!("/account/avatars/{id}")),
    };
    Ok(versioned(StatusCode::OK, profile.version, &out))
}

/// The account of whoever asks.
#[utoipa::path(get, path = "/api/v2/account", tag = "account", security(("session" = [])),
    responses((status = 200, body = AccountOut, headers(("ETag" = String, description = "For If-Match"))), (status = 403, body = Problem)))]
async fn read(cx: Cx) -> web::Result<Response> {
    answer(&cx).await
}

/// Changes what whoever asks tells about themselves.
#[utoipa::path(put, path = "/api/v2/account", tag = "account",
    params(("If-Match" = String, Header, description = "ETag of the state that was read", example = "\"v7\"")),
    request_body = AccountIn, security(("session" = [])),
    responses((status = 200, body = AccountOut), (status = 422, body = Problem)))]
async fn save(
    cx: Cx,
    IfMatch(version): IfMatch,
    web::form::Json(body): web::form::Json<AccountIn>,
) -> web::Result<Response> {
    let zone = body.zone.unwrap_or_default();
    let told = Told::parse(&body.name, &body.kana, &body.languages, &zone)?;
    act::save_profile(&cx, &told, version).await?;
    answer(&cx).await
}

/// Everything that is kept about whoever asks, as one document.
#[utoipa::path(get, path = "/api/v2/account/data", tag = "account", security(("session" = [])),
    responses((status = 200, body = Object, example = json!({"format": "matsuri-person", "version": 1,
        "exported_at": "2026-11-22T01:00:00Z", "kept": [{"name": "sessions", "fate": "deleted", "items": []}]})),
        (status = 403, body = Problem)))]
async fn data(cx: Cx, State(house): State<House>) -> web::Result<Response> {
    let all = farewell::export(&cx, &house.holders).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(all)).into_response())
}

/// Asks for another mail address: a link goes to the new one, and the old one can undo it for a week. Whoever asks has signed
/// in less than 15 minutes ago, with a passkey where there is one. The answer is the same whether somebody else has that
/// address or not.
#[utoipa::path(post, path = "/api/v2/account/email", tag = "account", request_body = EmailIn, security(("session" = [])),
    responses((status = 202, description = "A mail is on its way"), (status = 403, body = Problem, description = "Signed in too long ago"),
        (status = 429, body = Problem, description = "Asked too often today")))]
async fn ask(cx: Cx, web::form::Json(body): web::form::Json<EmailIn>) -> web::Result<StatusCode> {
    email::ask(&cx, &body.email).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Browsers in which whoever asks is signed in, the latest used first.
#[utoipa::path(get, path = "/api/v2/account/sessions", tag = "account", security(("session" = [])),
    responses((status = 200, body = Vec<SessionOut>), (status = 403, body = Problem)))]
async fn list(cx: Cx) -> web::Result<Json<Vec<SessionOut>>> {
    let this = cx.signed_in()?.session.clone();
    let rows = sessions::sessions(&cx.db, &own(&cx)?, cx.now).await?;
    let out = rows.into_iter().map(|row| SessionOut {
        current: row.id.as_str() == this,
        id: row.id.to_string(),
        began_at: row.created_at,
        seen_at: row.seen_at,
        browser: row.user_agent,
        by_passkey: row.by_passkey,
    });
    Ok(Json(out.collect()))
}

/// Ends a session, at once, with every socket that it holds.
#[utoipa::path(delete, path = "/api/v2/account/sessions/{session}", tag = "account",
    params(("session" = String, Path, description = "Id of the session")), security(("session" = [])),
    responses((status = 204), (status = 404, body = Problem)))]
async fn revoke(cx: Cx, Path(session): Path<String>) -> web::Result<StatusCode> {
    let session = SessionId::parse(&session).map_err(|_| Error::NotFound("session"))?;
    act::revoke_session(&cx, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends every session but the one that asks.
#[utoipa::path(post, path = "/api/v2/account/sessions/end-others", tag = "account", security(("session" = [])),
    responses((status = 200, body = EndedOut), (status = 403, body = Problem)))]
async fn end_others(cx: Cx) -> web::Result<Json<EndedOut>> {
    let ended = act::revoke_others(&cx).await?;
    Ok(Json(EndedOut { ended }))
}
