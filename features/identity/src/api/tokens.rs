//! Tokens with which programs use this API in somebody's name. A token cannot make another one.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use kernel::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::Call;
use web::failure::Problem;

use crate::actions::account::own;
use crate::actions::tokens::{self as act, Wish};
use crate::guard::Access;
use crate::model::TokenId;
use crate::pages::House;
use crate::store::tokens::{self, Token};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/api/v2/account/tokens", Access::SignedIn, list)
        .post("/api/v2/account/tokens", Access::SignedIn, issue)
        .delete("/api/v2/account/tokens/{token}", Access::SignedIn, revoke)
}

#[derive(OpenApi)]
#[openapi(paths(list, issue, revoke))]
pub(super) struct Api;

/// What a program may do with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Verb {
    /// Read.
    Read,
    /// Read and write.
    Write,
}

/// A token.
#[derive(Debug, Serialize, ToSchema)]
struct TokenOut {
    /// Its id.
    id: String,
    /// What it is for, in its owner's words.
    #[schema(example = "Signage in the hall")]
    name: String,
    /// Name of the only conference that it is good for; null once that is gone.
    #[schema(required)]
    conference: Option<String>,
    /// What it allows, never more than its owner may.
    verb: Verb,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Until when it is good.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// When it was used last, to a few minutes.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    used_at: Option<Timestamp>,
}

/// A token that was just made.
#[derive(Debug, Serialize, ToSchema)]
struct MadeTokenOut {
    /// The token.
    #[serde(flatten)]
    token: TokenOut,
    /// The secret, to be sent as `Authorization: Bearer`. It is in this answer alone: null where the same call is sent
    /// again with the same `Idempotency-Key`, since only its digest is kept.
    #[schema(required, example = "mat_3q0f…")]
    secret: Option<String>,
}

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenIn {
    /// What it is for.
    #[schema(example = "Signage in the hall")]
    name: String,
    /// Name of the conference that it shall be good for; its owner is in the team.
    conference: String,
    /// What it shall allow.
    verb: Verb,
    /// How many days it shall be good.
    #[schema(example = 90)]
    days: u64,
}

async fn shown(cx: &Cx, house: &House, token: Token) -> web::Result<TokenOut> {
    let conference = house.conference(cx, &token.conference).await?;
    Ok(TokenOut {
        id: token.id.to_string(),
        name: token.name,
        conference: conference.map(|shown| shown.slug),
        verb: if token.writes {
            Verb::Write
        } else {
            Verb::Read
        },
        created_at: token.created_at,
        expires_at: token.expires_at,
        used_at: token.used_at,
    })
}

/// Tokens of whoever asks, the newest first.
#[utoipa::path(get, path = "/api/v2/account/tokens", tag = "account", security(("session" = [])),
    responses((status = 200, body = Vec<TokenOut>), (status = 403, body = Problem)))]
async fn list(cx: Cx, State(house): State<House>) -> web::Result<Json<Vec<TokenOut>>> {
    let mut out = Vec::new();
    for token in tokens::of(&cx.db, &own(&cx)?).await? {
        out.push(shown(&cx, &house, token).await?);
    }
    Ok(Json(out))
}

async fn made(cx: &Cx, house: &House, id: &str, secret: Option<String>) -> web::Result<Response> {
    let mut own = tokens::of(&cx.db, &own(cx)?).await?.into_iter();
    let token = own.find(|token| token.id.as_str() == id);
    let token = token.ok_or(Error::NotFound("token"))?;
    let out = MadeTokenOut {
        token: shown(cx, house, token).await?,
        secret,
    };
    let never = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, never, Json(out)).into_response())
}

/// Makes a token for one conference, to read or also to write, for a time. Its secret is shown once.
#[utoipa::path(post, path = "/api/v2/account/tokens", tag = "account",
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own, once per token")),
    request_body = TokenIn, security(("session" = [])),
    responses((status = 201, body = MadeTokenOut), (status = 422, body = Problem)))]
async fn issue(cx: Cx, State(house): State<House>, call: Call<TokenIn>) -> web::Result<Response> {
    if let Some(id) = call.made::<String>(&cx.db, cx.now).await? {
        return made(&cx, &house, &id, None).await;
    }
    let body = &call.body;
    // Who is not in a team is told the same about a conference that is there and one that is not.
    let found = house.conferences.find(&cx.db, &body.conference).await?;
    let conference = found
        .map(|found| found.id)
        .ok_or_else(|| Error::invalid("conference", "identity-token-no-team"))?;
    let wish = Wish {
        conference: &conference,
        name: &body.name,
        writes: body.verb == Verb::Write,
        days: &body.days.to_string(),
    };
    let (id, secret) = act::issue_once(&cx, &wish, call.once.as_ref()).await?;
    made(&cx, &house, id.as_str(), Some(secret)).await
}

/// Ends a token, at once.
#[utoipa::path(delete, path = "/api/v2/account/tokens/{token}", tag = "account",
    params(("token" = String, Path, description = "Id of the token")), security(("session" = [])),
    responses((status = 204), (status = 404, body = Problem)))]
async fn revoke(cx: Cx, Path(token): Path<String>) -> web::Result<StatusCode> {
    let token = TokenId::parse(&token).map_err(|_| Error::NotFound("token"))?;
    act::revoke(&cx, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
