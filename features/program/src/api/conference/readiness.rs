//! What a conference still lacks before people should see it.

use axum::Json;
use axum::extract::State;
use identity::{Access, Role, Routes, Scope};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use web::Cx;

use crate::pages::programme;
use crate::programmes::Programmes;
use crate::readiness;

pub(super) fn routes() -> Routes<Programmes> {
    Routes::new().get(
        "/api/v2/conferences/{conf}/readiness",
        Access::Role(&[Role::Contents]),
        checks,
    )
}

#[derive(OpenApi)]
#[openapi(paths(checks))]
pub(super) struct Api;

/// Something that should be there.
#[derive(Debug, Serialize, ToSchema)]
struct CheckOut {
    /// Its word: `names`, `description`, `contact`, `days`, `tracks`, `types`, `talks`, `placed` or `open`.
    #[schema(example = "talks")]
    what: String,
    /// The same as a sentence, or what is to be done.
    detail: String,
    /// Whether it is there.
    done: bool,
    /// The page where it is done.
    url: String,
}

/// What a conference still lacks before people should see it, in the order in which it is usually done.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/readiness", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<CheckOut>)))]
async fn checks(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Json<Vec<CheckOut>>> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let slug = &programme.conference.slug;
    let out = readiness::of(&programme).into_iter().map(|own| CheckOut {
        what: own.what.to_owned(),
        detail: if own.done {
            cx.text(&format!("program-ready-{}", own.what), &[])
        } else {
            cx.text(&format!("program-ready-{}-todo", own.what), &[])
        },
        done: own.done,
        url: cx.site.url(&format!("/{slug}{}", own.place)),
    });
    Ok(Json(out.collect()))
}
