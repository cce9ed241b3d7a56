//! The end of an account, and its picture.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::FileCall;
use web::failure::Problem;

use crate::actions::account as act;
use crate::actions::farewell;
use crate::guard::Access;
use crate::holders::{Fate, Kept};
use crate::limits;
use crate::pages::{House, with_cookie};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .with_body(
            Method::PUT,
            "/api/v2/account/avatar",
            Access::SignedIn,
            limits::AVATAR_BYTES_MAX,
            put_avatar,
        )
        .delete("/api/v2/account/avatar", Access::SignedIn, remove_avatar)
        .post("/api/v2/account/delete", Access::SignedIn, delete)
}

#[derive(OpenApi)]
#[openapi(paths(put_avatar, remove_avatar, delete))]
pub(super) struct Api;

/// Proof that the end is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FarewellIn {
    /// The mail address of the account.
    email: String,
}

/// What was done when an account was deleted. It is mailed too.
#[derive(Debug, Serialize, ToSchema)]
struct FarewellOut {
    /// Number of the receipt.
    #[schema(example = "acc_06eb3q5v1k2m7n9p4r8s0t6u2a")]
    number: String,
    /// The mail address that the account had.
    email: String,
    /// What was kept about the person, and what became of it.
    kept: Vec<KeptOut>,
}

/// One kind of thing that was kept about a person.
#[derive(Debug, Serialize, ToSchema)]
struct KeptOut {
    /// What.
    #[schema(example = "Entries in the audit log")]
    what: String,
    /// How many.
    #[schema(example = 3)]
    count: usize,
    /// `deleted`, or `anonymised`: it stays, and nothing says any more whose it was.
    #[schema(example = "anonymised")]
    fate: String,
    /// Why.
    #[schema(
        example = "What was done to a conference stays explainable; that it was you is no longer said."
    )]
    why: String,
}

impl KeptOut {
    fn of(cx: &Cx, kept: &Kept) -> Self {
        Self {
            what: cx.text(kept.label, &[]),
            count: kept.count,
            fate: match kept.fate {
                Fate::Deleted => "deleted".to_owned(),
                Fate::Anonymised => "anonymised".to_owned(),
            },
            why: cx.text(&format!("{}-why", kept.label), &[]),
        }
    }
}

/// Shows a picture of whoever asks. It is drawn anew; what else is in the file, such as a place, is left out.
#[utoipa::path(put, path = "/api/v2/account/avatar", tag = "account",
    request_body(content((Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp")), description = "The file as it is"),
    security(("session" = [])),
    responses((status = 204), (status = 422, body = Problem, description = "It is none that can be shown")))]
async fn put_avatar(
    cx: Cx,
    State(house): State<House>,
    FileCall(call): FileCall,
) -> web::Result<StatusCode> {
    act::put_avatar(&cx, call.body, &house.easel).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the picture of whoever asks away.
#[utoipa::path(delete, path = "/api/v2/account/avatar", tag = "account", security(("session" = [])),
    responses((status = 204), (status = 403, body = Problem)))]
async fn remove_avatar(cx: Cx) -> web::Result<StatusCode> {
    act::remove_avatar(&cx).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes the account of whoever asks, at once and for good. Proof is its mail address, and a sign-in of less than 15 minutes
/// ago. Refused (409) while a conference would be left without a chair, or the site without an owner. The answer is the receipt.
#[utoipa::path(post, path = "/api/v2/account/delete", tag = "account", request_body = FarewellIn, security(("session" = [])),
    responses((status = 200, body = FarewellOut), (status = 403, body = Problem, description = "Signed in too long ago"),
        (status = 409, body = Problem, description = "Somebody has to take over first")))]
async fn delete(
    cx: Cx,
    State(house): State<House>,
    web::form::Json(body): web::form::Json<FarewellIn>,
) -> web::Result<Response> {
    let done = farewell::delete(&cx, &*house.conferences, &house.holders, &body.email).await?;
    let out = FarewellOut {
        kept: done
            .kept
            .iter()
            .map(|kept| KeptOut::of(&cx, kept))
            .collect(),
        number: done.number,
        email: done.email,
    };
    Ok(with_cookie(&cx, Json(out).into_response(), "", 0))
}
