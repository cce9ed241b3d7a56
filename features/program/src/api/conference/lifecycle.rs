//! The state of a conference, and changes of it at a date.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use identity::{Access, Chair, Grant, Role, Routes, Scope};
use kernel::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::{Call, IfMatch, versioned};
use web::failure::Problem;

use crate::actions::{self, Writer};
use crate::limits;
use crate::model::{Lifecycle, SwitchId};
use crate::pages::programme;
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store::switches::{self, Switch};

const CONTENTS: Access = Access::Role(&[Role::Contents]);
const CHAIR: Access = Access::Role(&[Role::Chair]);

pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .get("/api/v2/conferences/{conf}/lifecycle", CONTENTS, lifecycle)
        .on(
            Method::PUT,
            "/api/v2/conferences/{conf}/lifecycle",
            CHAIR,
            enter,
        )
        .post("/api/v2/conferences/{conf}/switches", CHAIR, plan)
        .delete(
            "/api/v2/conferences/{conf}/switches/{switch}",
            CHAIR,
            cancel,
        )
}

#[derive(OpenApi)]
#[openapi(paths(lifecycle, enter, plan, cancel))]
pub(super) struct Api;

/// What a state means for everybody.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own, asked by its name"
)]
struct EffectsOut {
    /// People outside of the team may know of it.
    open: bool,
    /// It is on the site's front page.
    listed: bool,
    /// Its front page says how to register.
    registration: bool,
    /// The live page and its chats are open to people outside of the team.
    live: bool,
    /// Nothing in it changes any more.
    sealed: bool,
}

/// A change of the state at a date.
#[derive(Debug, Serialize, ToSchema)]
struct SwitchOut {
    /// Its id.
    id: String,
    /// The state that it leads to.
    #[schema(value_type = String, example = "announced")]
    state: Lifecycle,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `pending`, `done`, `cancelled` or `refused`.
    outcome: String,
    /// Who planned it.
    by: String,
}

/// Where a conference stands.
#[derive(Debug, Serialize, ToSchema)]
struct LifecycleOut {
    /// The state: `draft`, `announced`, `registration`, `live`, `archive` or `closed`.
    #[schema(value_type = String, example = "live")]
    state: Lifecycle,
    /// What it means for everybody.
    effects: EffectsOut,
    /// Planned changes, those to come first.
    switches: Vec<SwitchOut>,
}

/// A state to be in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StateIn {
    /// The state: `draft`, `announced`, `registration`, `live`, `archive` or `closed`.
    #[schema(value_type = String, example = "announced")]
    state: Lifecycle,
}

/// A state to be in from a date on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SwitchIn {
    /// The state.
    #[schema(value_type = String, example = "announced")]
    state: Lifecycle,
    /// When.
    #[schema(value_type = String, format = DateTime, example = "2026-09-01T01:00:00Z")]
    at: Timestamp,
}

/// What was made.
#[derive(Debug, Serialize, ToSchema)]
struct MadeOut {
    /// Its id.
    id: String,
}

fn shown_switch(row: Switch) -> SwitchOut {
    SwitchOut {
        id: row.id.to_string(),
        state: row.lifecycle,
        at: row.at,
        outcome: row.state.to_string(),
        by: row.created_by,
    }
}

async fn lifecycle_of(cx: &Cx, programme: &Programme) -> web::Result<Response> {
    let conference = &programme.conference;
    let rows = switches::switches(&cx.db, &conference.id, limits::SWITCHES_SHOWN).await?;
    let effects = conference.effects();
    let out = LifecycleOut {
        state: conference.lifecycle,
        effects: EffectsOut {
            open: effects.open,
            listed: effects.listed,
            registration: effects.registration,
            live: effects.live,
            sealed: effects.sealed,
        },
        switches: rows.into_iter().map(shown_switch).collect(),
    };
    Ok(versioned(StatusCode::OK, conference.version, &out))
}

/// Where a conference stands, and what is planned.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/lifecycle", tag = "conference", params(("conf" = String, Path, description = "Name of the conference")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = LifecycleOut), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn lifecycle(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    lifecycle_of(&cx, &programme).await
}

/// Brings a conference into another state. `If-Match` names the version that was read.
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/lifecycle", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("If-Match" = String, Header, description = "ETag of what was read")),
    request_body = StateIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = LifecycleOut), (status = 403, body = Problem), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 412, body = Problem), (status = 428, body = Problem)))]
async fn enter(
    cx: Cx,
    scope: Scope,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
    IfMatch(version): IfMatch,
    web::form::Json(body): web::form::Json<StateIn>,
) -> web::Result<Response> {
    let writer = Writer::of(&cx, &programmes);
    actions::advance(&writer, &grant, body.state, Some(version)).await?;
    let programme = programme(&cx, &programmes, &scope).await?;
    lifecycle_of(&cx, &programme).await
}

/// Plans a change of the state for a date.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/switches", tag = "conference", params(("conf" = String, Path, description = "Name of the conference"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, once per plan")),
    request_body = SwitchIn, security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = MadeOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn plan(
    cx: Cx,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
    call: Call<SwitchIn>,
) -> web::Result<Response> {
    let id = if let Some(id) = call.made::<String>(&cx.db, cx.now).await? {
        id
    } else {
        let (writer, SwitchIn { state, at }) = (Writer::of(&cx, &programmes), call.body);
        let once = call.once.as_ref();
        let id = actions::plan_switch(&writer, &grant, state, at, once).await?;
        id.to_string()
    };
    let made = MadeOut { id };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Calls a planned change off.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/switches/{switch}", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("switch" = String, Path, description = "Id of the planned change")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn cancel(
    cx: Cx,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
    Path((_, switch)): Path<(String, String)>,
) -> web::Result<StatusCode> {
    let switch = SwitchId::parse(&switch).map_err(|_| Error::NotFound("switch"))?;
    actions::cancel_switch(&Writer::of(&cx, &programmes), &grant, &switch).await?;
    Ok(StatusCode::NO_CONTENT)
}
