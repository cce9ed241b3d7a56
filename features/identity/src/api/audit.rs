//! The audit log, to be read.

use axum::Json;
use axum::extract::Query;
use kernel::Timestamp;
use kernel::text::{Lines, clean};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};
use web::Cx;
use web::api::{Page, Window};
use web::failure::Problem;

use crate::guard::Access;
use crate::model::ConferenceId;
use crate::pages::{CHAIR, House};
use crate::rights::Scope;
use crate::store::audit::{self, Entry, Order, Wanted};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/api/v2/conferences/{conf}/audit", CHAIR, of_conference)
        .get("/api/v2/audit", Access::Owner, of_site)
}

#[derive(OpenApi)]
#[openapi(paths(of_conference, of_site))]
pub(super) struct Api;

/// Which entries are wanted; what is left out does not matter.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Asked {
    /// Words to look for: in the act, its subject, the name, and what was before and after.
    q: String,
    /// Id of the account that acted.
    account: String,
    /// What was done, such as `member.roles`.
    action: String,
    /// Id of what it was done to.
    subject: String,
    /// From this instant on.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
struct EntryOut {
    /// Its id.
    id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Id of the conference that it was done in; null for the site.
    #[schema(required)]
    conference: Option<String>,
    /// Id of the account that did it, `console` for an operator.
    account: String,
    /// Whose account that is; null once it is deleted.
    #[schema(required)]
    name: Option<String>,
    /// What was done.
    action: String,
    /// Id of what it was done to.
    subject: String,
    /// What was before: any JSON, null for nothing.
    #[schema(value_type = Object)]
    before: Value,
    /// What is after.
    #[schema(value_type = Object)]
    after: Value,
    /// Trace of the request, which finds its log lines.
    trace: String,
}

impl EntryOut {
    fn of(entry: &Entry) -> Self {
        let value = |text: &str| {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
        };
        Self {
            id: entry.id.to_string(),
            at: entry.at,
            conference: entry.conference.as_ref().map(ToString::to_string),
            account: entry.account.to_string(),
            name: entry.name.clone(),
            action: entry.action.clone(),
            subject: entry.subject.clone(),
            before: value(&entry.before),
            after: value(&entry.after),
            trace: entry.trace.clone(),
        }
    }
}

/// Without control characters, which one of the databases refuses even to look for.
fn tidy(text: &str) -> String {
    clean(text, Lines::One)
}

async fn list(
    cx: &Cx,
    conference: Option<&ConferenceId>,
    asked: &Asked,
    window: &Window,
) -> web::Result<Json<Page<EntryOut>>> {
    let after = window.cursor()?;
    if let Some(cursor) = &after {
        // What somebody made up is no place.
        cursor.instant()?;
    }
    let wanted = Wanted {
        account: tidy(&asked.account),
        action: tidy(&asked.action),
        subject: tidy(&asked.subject),
        from: asked.from.unwrap_or(Timestamp::UNIX_EPOCH),
        until: asked.until.unwrap_or(Timestamp::MAX),
        text: tidy(&asked.q).to_lowercase(),
        actions: Vec::new(),
        order: Order::At,
        descending: true,
        after,
    };
    let limit = window.limit();
    let rows = audit::page(&cx.db, conference, &wanted, limit + 1).await?;
    let place = |row: &Entry| (row.id.to_string(), row.key(Order::At));
    Ok(Json(Page::of(&rows, limit, place, EntryOut::of)))
}

/// What was done in a conference, the newest first. Nothing in the log can be changed.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/audit", tag = "team",
    params(("conf" = String, Path, description = "Name of the conference"), Asked, Window),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Page<EntryOut>), (status = 422, body = Problem)))]
async fn of_conference(
    cx: Cx,
    scope: Scope,
    Query(asked): Query<Asked>,
    Query(window): Query<Window>,
) -> web::Result<Json<Page<EntryOut>>> {
    list(&cx, Some(scope.conference()), &asked, &window).await
}

/// What was done on the whole site, the newest first.
#[utoipa::path(get, path = "/api/v2/audit", tag = "site", params(Asked, Window),
    security(("session" = [])),
    responses((status = 200, body = Page<EntryOut>), (status = 422, body = Problem)))]
async fn of_site(
    cx: Cx,
    Query(asked): Query<Asked>,
    Query(window): Query<Window>,
) -> web::Result<Json<Page<EntryOut>>> {
    list(&cx, None, &asked, &window).await
}
