//! The colours of a conference.

use axum::extract::State;
use axum::response::Response;
use http::{Method, StatusCode};
use identity::{Access, Contents, Grant, Role, Routes, Scope};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::{IfMatch, versioned};
use web::failure::Problem;

use crate::actions::{self, Writer};
use crate::model::Theme;
use crate::pages::programme;
use crate::programme::Programme;
use crate::programmes::Programmes;

const CONTENTS: Access = Access::Role(&[Role::Contents]);

pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .get("/api/v2/conferences/{conf}/theme", Access::Anyone, theme)
        .on(
            Method::PUT,
            "/api/v2/conferences/{conf}/theme",
            CONTENTS,
            paint,
        )
}

#[derive(OpenApi)]
#[openapi(paths(theme, paint))]
pub(super) struct Api;

/// The colours of a conference, `#rrggbb`; empty for those of the product.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ThemeIn {
    /// Links and the main button, on light grounds.
    #[serde(default)]
    #[schema(example = "#1a4fa0")]
    accent: String,
    /// The same on dark grounds; empty to lighten the other one until it can be read.
    #[serde(default)]
    accent_dark: String,
    /// What happens now: the ground of marks and buttons with white text.
    #[serde(default)]
    now: String,
    /// The ground of the front page's head, with white text.
    #[serde(default)]
    hero: String,
}

fn answer(programme: &Programme) -> Response {
    let own = programme.conference.settings().theme;
    let version = own.version;
    let out = ThemeIn {
        accent: own.accent,
        accent_dark: own.accent_dark,
        now: own.now,
        hero: own.hero,
    };
    versioned(StatusCode::OK, version, &out)
}

/// The colours of a conference.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/theme", tag = "conference", params(("conf" = String, Path, description = "Name of the conference")),
    responses((status = 200, body = ThemeIn), (status = 404, body = Problem)))]
async fn theme(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    Ok(answer(&programme))
}

/// Gives a conference other colours. What cannot be read (WCAG AA, light and dark) is refused. `If-Match` names the version that was read.
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/theme", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("If-Match" = String, Header, description = "ETag of what was read")),
    request_body = ThemeIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = ThemeIn), (status = 403, body = Problem), (status = 404, body = Problem), (status = 412, body = Problem),
              (status = 422, body = Problem), (status = 428, body = Problem)))]
async fn paint(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    IfMatch(version): IfMatch,
    web::form::Json(body): web::form::Json<ThemeIn>,
) -> web::Result<Response> {
    let theme = Theme {
        version: 0,
        accent: body.accent,
        accent_dark: body.accent_dark,
        now: body.now,
        hero: body.hero,
    };
    actions::paint(&Writer::of(&cx, &programmes), &grant, &theme, Some(version)).await?;
    let programme = programme(&cx, &programmes, &scope).await?;
    Ok(answer(&programme))
}
