//! The pictures of a conference.

use axum::extract::{Path, State};
use axum::response::Response;
use http::{Method, StatusCode};
use identity::{Access, Contents, Grant, Role, Routes, Scope};
use kernel::Error;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::{FileCall, IfMatch, versioned};
use web::failure::Problem;

use crate::actions::{self, Brought, Writer};
use crate::limits;
use crate::model::{Look, Spot, Words};
use crate::pages::programme;
use crate::programmes::Programmes;

const CONTENTS: Access = Access::Role(&[Role::Contents]);
const ONE: &str = "/api/v2/conferences/{conf}/theme/pictures/{spot}";

pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .get(
            "/api/v2/conferences/{conf}/theme/pictures",
            Access::Anyone,
            list,
        )
        .with_body(Method::PUT, ONE, CONTENTS, limits::LOOK_BYTES_MAX, hang)
        .on(Method::PATCH, ONE, CONTENTS, describe)
        .delete(ONE, CONTENTS, take_down)
}

#[derive(OpenApi)]
#[openapi(paths(list, hang, describe, take_down))]
pub(super) struct Api;

/// A picture of a conference.
#[derive(Debug, Serialize, ToSchema)]
struct PictureOut {
    /// Where it is shown: `logo`, `logo-dark`, `hero` or `icon`.
    #[schema(value_type = String, example = "logo")]
    spot: Spot,
    /// What is said instead of it, by language.
    #[schema(value_type = std::collections::BTreeMap<String, String>, example = json!({"en": "Matsuri Days"}))]
    alt: Words,
    /// Its files, smallest first.
    files: Vec<PictureFile>,
}

/// A file of a picture.
#[derive(Debug, Serialize, ToSchema)]
struct PictureFile {
    /// Where it is; another file has another address.
    #[schema(
        example = "https://example.org/matsuri-days/looks/blb_06eb3q5v1k2m7n9p4r8s0t6u2a.webp"
    )]
    url: String,
    /// Width, pixels.
    #[schema(example = 640)]
    width: u32,
    /// Height, pixels.
    #[schema(example = 160)]
    height: u32,
}

/// What is said instead of a picture.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AltIn {
    /// By language: `ja`, `en`.
    #[schema(value_type = std::collections::BTreeMap<String, String>, example = json!({"ja": "まつりデイズ", "en": "Matsuri Days"}))]
    alt: Words,
}

fn spot_of(word: &str) -> kernel::Result<Spot> {
    Spot::parse(word).ok_or(Error::NotFound("picture"))
}

async fn answer(cx: &Cx, programmes: &Programmes, scope: &Scope) -> web::Result<Response> {
    let programme = programme(cx, programmes, scope).await?;
    let looks = programme.conference.settings().looks;
    let slug = &programme.conference.slug;
    let picture = |(spot, look): (&Spot, &Look)| PictureOut {
        spot: *spot,
        alt: look.alt.clone(),
        files: look
            .sizes
            .iter()
            .map(|size| PictureFile {
                url: cx.site.url(&format!("/{slug}/looks/{}", size.name())),
                width: size.width,
                height: size.height,
            })
            .collect(),
    };
    let out: Vec<PictureOut> = looks.pictures.iter().map(picture).collect();
    Ok(versioned(StatusCode::OK, looks.version, &out))
}

/// The pictures of a conference.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/theme/pictures", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference")),
    responses((status = 200, body = Vec<PictureOut>, headers(("ETag" = String, description = "For If-Match")))))]
async fn list(cx: Cx, scope: Scope, State(programmes): State<Programmes>) -> web::Result<Response> {
    answer(&cx, &programmes, &scope).await
}

/// Shows a picture, in the place of the one that is there. It is drawn anew in every size that pages want; what else is in
/// the file, such as a place, is left out. Logos may be drawings (SVG).
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/theme/pictures/{spot}", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"),
        ("spot" = String, Path, description = "`logo`, `logo-dark`, `hero` or `icon`", example = "logo"),
        ("If-Match" = String, Header, description = "ETag of the pictures", example = "\"v7\"")),
    request_body(content((Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/svg+xml")), description = "The file as it is"),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<PictureOut>), (status = 422, body = Problem, description = "It is none that can be shown")))]
async fn hang(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path((_, spot)): Path<(String, String)>,
    State(programmes): State<Programmes>,
    IfMatch(version): IfMatch,
    FileCall(call): FileCall,
) -> web::Result<Response> {
    let brought = Brought {
        spot: spot_of(&spot)?,
        file: call.body,
        alt: None,
        expected: Some(version),
    };
    let writer = Writer::of(&cx, &programmes);
    actions::hang(&writer, &cx.blobs, &grant, brought).await?;
    answer(&cx, &programmes, &scope).await
}

/// Says what is said instead of a picture, to those who do not see it.
#[utoipa::path(patch, path = "/api/v2/conferences/{conf}/theme/pictures/{spot}", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"),
        ("spot" = String, Path, description = "`logo`, `logo-dark`, `hero` or `icon`", example = "logo"),
        ("If-Match" = String, Header, description = "ETag of the pictures", example = "\"v7\"")),
    request_body = AltIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<PictureOut>)))]
async fn describe(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path((_, spot)): Path<(String, String)>,
    State(programmes): State<Programmes>,
    IfMatch(version): IfMatch,
    web::form::Json(body): web::form::Json<AltIn>,
) -> web::Result<Response> {
    let spot = (spot_of(&spot)?, Some(version));
    let writer = Writer::of(&cx, &programmes);
    actions::describe(&writer, &grant, spot, body.alt).await?;
    answer(&cx, &programmes, &scope).await
}

/// Takes a picture down.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/theme/pictures/{spot}", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"),
        ("spot" = String, Path, description = "`logo`, `logo-dark`, `hero` or `icon`", example = "logo"),
        ("If-Match" = String, Header, description = "ETag of the pictures", example = "\"v7\"")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204)))]
async fn take_down(
    cx: Cx,
    grant: Grant<Contents>,
    Path((_, spot)): Path<(String, String)>,
    State(programmes): State<Programmes>,
    IfMatch(version): IfMatch,
) -> web::Result<StatusCode> {
    let spot = (spot_of(&spot)?, Some(version));
    actions::take_down(&Writer::of(&cx, &programmes), &grant, spot).await?;
    Ok(StatusCode::NO_CONTENT)
}
