//! The outbox.

use axum::Json;
use axum::extract::{Path, Query};
use identity::{Access, Routes};
use kernel::text::{Lines, clean};
use kernel::{Error, Timestamp};
use platform::mail::MailId;
use platform::outbox::{self, Entry, State, Wanted};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use web::api::{Cursor, Page, Window};
use web::failure::Problem;
use web::{Cx, Result};

use crate::actions;
use crate::keeper::Keeper;
use crate::pages::{Desk, MAILERS, MailPath};

pub(super) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/api/v2/conferences/{conf}/mails", MAILERS, list)
        .get("/api/v2/conferences/{conf}/mails/{mail}", MAILERS, read)
        .post(
            "/api/v2/conferences/{conf}/mails/{mail}/resend",
            MAILERS,
            resend,
        )
        .post(
            "/api/v2/conferences/{conf}/mails/resend",
            MAILERS,
            resend_all,
        )
        .get("/api/v2/mails", Access::Owner, list)
        .post("/api/v2/mails/resend", Access::Owner, resend_all)
        .get("/api/v2/mails/{mail}", Access::Owner, read)
        .post("/api/v2/mails/{mail}/resend", Access::Owner, resend)
}

#[derive(OpenApi)]
#[openapi(paths(list, read, resend, resend_all))]
pub(super) struct Api;

/// Which mails.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Asked {
    /// Part of an address or a subject.
    q: String,
    /// `queued`, `sent`, `retrying` or `dead`.
    state: String,
}

/// A mail, without its text: links in it are secrets of its reader.
#[derive(Debug, Serialize, ToSchema)]
struct MailOut {
    /// Its id.
    id: String,
    /// Id of the conference in whose name it is sent; null for the site.
    #[schema(required)]
    conference: Option<String>,
    /// Name of the letter that it is a copy of.
    letter: String,
    /// Address of its reader.
    recipient: String,
    /// Its subject.
    subject: String,
    /// `queued`, `sent`, `retrying` or `dead`.
    #[schema(value_type = String, example = "dead")]
    state: State,
    /// When it was queued.
    #[schema(value_type = String, format = DateTime)]
    queued_at: Timestamp,
    /// When it left.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    sent_at: Option<Timestamp>,
    /// How often it was tried; null once it left.
    #[schema(required)]
    attempts: Option<i64>,
    /// When it is tried next.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    next_at: Option<Timestamp>,
    /// What the last attempt said.
    #[schema(required)]
    last_error: Option<String>,
}

impl MailOut {
    fn of(entry: &Entry) -> Self {
        Self {
            id: entry.id.to_string(),
            conference: Some(entry.scope.clone()).filter(|scope| !scope.is_empty()),
            letter: entry.letter.clone(),
            recipient: entry.recipient.clone(),
            subject: entry.subject.clone(),
            state: entry.state,
            queued_at: entry.queued_at,
            sent_at: entry.sent_at,
            attempts: entry.attempts,
            next_at: entry.next_at,
            last_error: entry.last_error.clone(),
        }
    }
}

/// Where a page begins; what somebody made up is no place.
fn before(cursor: &Cursor) -> kernel::Result<(Timestamp, MailId)> {
    let id = MailId::parse(&cursor.id);
    let id = id.map_err(|_| Error::invalid("cursor", "web-cursor-malformed"))?;
    Ok((cursor.instant()?, id))
}

/// Mails, the newest first: of a conference, or of the whole site.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/mails", tag = "mail",
    params(("conf" = String, Path, description = "Name of the conference"), Asked, Window),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Page<MailOut>), (status = 422, body = Problem)))]
async fn list(
    cx: Cx,
    keeper: Keeper,
    Query(asked): Query<Asked>,
    Query(window): Query<Window>,
) -> Result<Json<Page<MailOut>>> {
    let state = match asked.state.as_str() {
        "" => None,
        word => {
            Some(State::parse(word).ok_or_else(|| Error::invalid("state", "web-field-choice"))?)
        }
    };
    let wanted = Wanted {
        scope: keeper.outbox().map(ToOwned::to_owned),
        state,
        text: clean(&asked.q, Lines::One),
        before: window.cursor()?.as_ref().map(before).transpose()?,
    };
    let limit = window.limit();
    let rows = outbox::page(&cx.db, &wanted, limit + 1).await?;
    let place = |row: &Entry| {
        let at = row.queued_at.as_microsecond().to_string();
        (row.id.to_string(), at)
    };
    Ok(Json(Page::of(&rows, limit, place, MailOut::of)))
}

async fn one(cx: &Cx, keeper: &Keeper, id: &MailId) -> Result<Json<MailOut>> {
    let found = outbox::one(&cx.db, keeper.outbox(), id).await?;
    let found = found.ok_or(Error::NotFound("mail"))?;
    Ok(Json(MailOut::of(&found)))
}

/// What became of a mail.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/mails/{mail}", tag = "mail",
    params(("conf" = String, Path, description = "Name of the conference"), ("mail" = String, Path, description = "Id of the mail")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = MailOut)))]
async fn read(cx: Cx, keeper: Keeper, Path(path): Path<MailPath>) -> Result<Json<MailOut>> {
    one(&cx, &keeper, &path.id()?).await
}

/// Sends a mail again that was given up. One that left, or waits, is never sent again.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/mails/{mail}/resend", tag = "mail",
    params(("conf" = String, Path, description = "Name of the conference"), ("mail" = String, Path, description = "Id of the mail")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = MailOut), (status = 409, body = Problem, description = "It is not given up")))]
async fn resend(cx: Cx, keeper: Keeper, Path(path): Path<MailPath>) -> Result<Json<MailOut>> {
    let id = path.id()?;
    // Another conference's mail is not there.
    let _ = one(&cx, &keeper, &id).await?;
    actions::resend(&cx, &keeper, &id).await?;
    one(&cx, &keeper, &id).await
}

/// How many mails are sent again.
#[derive(Debug, Serialize, ToSchema)]
struct ResentOut {
    /// How many.
    resent: u64,
}

/// Sends all mails again that were given up, as after a mail server was away. Sent twice, the second call finds none.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/mails/resend", tag = "mail",
    params(("conf" = String, Path, description = "Name of the conference")),
    security(("bearer" = []), ("session" = [])), responses((status = 200, body = ResentOut)))]
async fn resend_all(cx: Cx, keeper: Keeper) -> Result<Json<ResentOut>> {
    let resent = actions::resend_all(&cx, &keeper).await?;
    Ok(Json(ResentOut { resent }))
}
