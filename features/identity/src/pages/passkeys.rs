//! What the script of passkeys talks to (`ui/src/passkey/main.ts`); the mail link works without any of it.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::Error;
use serde::Deserialize;
use serde_json::{Value, json};
use web::Cx;
use web::form::{Done, Json as Body};

use super::House;
use super::sign_in::with_session;
use crate::actions::passkeys::{self as act, Credential};
use crate::guard::Access;
use crate::metrics::Outcome;
use crate::model::{PasskeyId, Way};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .post("/account/passkeys/options", Access::SignedIn, creation)
        .post("/account/passkeys", Access::SignedIn, add)
        .post(
            "/account/passkeys/{passkey}/remove",
            Access::SignedIn,
            remove,
        )
        .post("/sign-in/passkey/options", Access::Anyone, request)
        .post("/sign-in/passkey", Access::Anyone, sign_in)
}

async fn creation(cx: Cx) -> web::Result<Json<Value>> {
    Ok(Json(act::creation(&cx).await?))
}

#[derive(Deserialize)]
struct Fresh {
    #[serde(default)]
    name: String,
    credential: Credential,
}

async fn add(cx: Cx, Body(fresh): Body<Fresh>) -> web::Result<StatusCode> {
    act::add(&cx, &fresh.name, &fresh.credential).await?;
    Ok(StatusCode::CREATED)
}

async fn remove(cx: Cx, Path(passkey): Path<String>) -> web::Result<Response> {
    let passkey = PasskeyId::parse(&passkey).map_err(|_| Error::NotFound("passkey"))?;
    act::remove(&cx, &passkey).await?;
    let done = Done::to(&cx, "/account/security");
    Ok(done.say("identity-passkey-removed", &[]).into_response())
}

async fn request(cx: Cx) -> web::Result<Json<Value>> {
    Ok(Json(act::request(&cx).await?))
}

#[derive(Deserialize)]
struct Used {
    #[serde(default)]
    next: String,
    credential: Credential,
}

async fn sign_in(
    cx: Cx,
    State(house): State<House>,
    Body(used): Body<Used>,
) -> web::Result<Response> {
    let begun = act::sign_in(&cx, &used.credential).await;
    let outcome = match &begun {
        Ok(_) => Outcome::Done,
        Err(_) => Outcome::Refused,
    };
    house.metrics.tried(Way::Passkey, "", outcome);
    let secret = begun?;
    let next = web::page::local_path(&used.next);
    let answer = Json(json!({ "next": next })).into_response();
    Ok(with_session(&cx, answer, &secret))
}
