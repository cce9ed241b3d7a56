//! Invitations into a team: sent, sent again, taken back; and accepted by who got the mail.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::{Call, Page, Window};
use web::failure::Problem;

use crate::actions::team as act;
use crate::guard::Access;
use crate::model::team::{Standing, split_roles};
use crate::model::{InvitationId, Role};
use crate::pages::{CHAIR, House};
use crate::rights::{Chair, Grant, Scope};
use crate::store::invitations::{self, Invitation};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/api/v2/conferences/{conf}/team/invitations", CHAIR, list)
        .post("/api/v2/conferences/{conf}/team/invitations", CHAIR, invite)
        .post(
            "/api/v2/conferences/{conf}/team/invitations/{invitation}/resend",
            CHAIR,
            resend,
        )
        .delete(
            "/api/v2/conferences/{conf}/team/invitations/{invitation}",
            CHAIR,
            revoke,
        )
        .get(
            "/api/v2/account/invitations/{token}",
            Access::Anyone,
            behind,
        )
        .post(
            "/api/v2/account/invitations/{token}/accept",
            Access::SignedIn,
            accept,
        )
}

#[derive(OpenApi)]
#[openapi(paths(list, invite, resend, revoke, behind, accept))]
pub(super) struct Api;

/// An invitation into a team.
#[derive(Debug, Serialize, ToSchema)]
struct InvitationOut {
    /// Its id.
    id: String,
    /// The only mail address that can accept it.
    email: String,
    /// What they will do.
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    /// `open`, `accepted`, `revoked` or `expired`.
    #[schema(example = "open")]
    state: &'static str,
    /// When its mail was sent last.
    #[schema(value_type = String, format = DateTime)]
    sent_at: Timestamp,
    /// Until when it can be accepted.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// An invitation as who got its mail sees it.
#[derive(Debug, Serialize, ToSchema)]
struct InvitedOut {
    /// Title of the conference.
    title: String,
    /// Name of the conference in addresses.
    conference: String,
    /// The only mail address that can accept it.
    email: String,
    /// What they will do.
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
}

/// Somebody to be invited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InviteIn {
    /// Their mail address.
    email: String,
    /// What they shall do.
    roles: Vec<String>,
}

impl InvitationOut {
    fn of(cx: &Cx, one: &Invitation) -> Self {
        let standing = Standing::of(one.accepted_at, one.revoked_at, one.expires_at, cx.now);
        Self {
            id: one.id.to_string(),
            email: one.email.clone(),
            roles: split_roles(&one.roles),
            state: match standing {
                Standing::Open => "open",
                Standing::Accepted => "accepted",
                Standing::Revoked => "revoked",
                Standing::Expired => "expired",
            },
            sent_at: one.sent_at,
            expires_at: one.expires_at,
        }
    }
}

#[derive(Deserialize)]
struct InvitationPath {
    invitation: String,
}

impl InvitationPath {
    fn id(&self) -> kernel::Result<InvitationId> {
        InvitationId::parse(&self.invitation).map_err(|_| Error::NotFound("invitation"))
    }
}

async fn answer(
    cx: &Cx,
    grant: &Grant<Chair>,
    id: &InvitationId,
    status: StatusCode,
) -> web::Result<Response> {
    let found = invitations::one(&mut &cx.db, grant.conference(), id).await?;
    let found = found.ok_or(Error::NotFound("invitation"))?;
    Ok((status, Json(InvitationOut::of(cx, &found))).into_response())
}

/// Invitations into a team, the newest first.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/team/invitations", tag = "team",
    params(("conf" = String, Path, description = "Name of the conference"), Window),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Page<InvitationOut>), (status = 422, body = Problem)))]
async fn list(
    cx: Cx,
    scope: Scope,
    Query(window): Query<Window>,
) -> web::Result<Json<Page<InvitationOut>>> {
    let before = window.cursor()?.map(|cursor| cursor.id).unwrap_or_default();
    let limit = window.limit();
    let rows = invitations::page(&cx.db, scope.conference(), &before, limit + 1).await?;
    let place = |row: &Invitation| (row.id.to_string(), String::new());
    let item = |row: &Invitation| InvitationOut::of(&cx, row);
    Ok(Json(Page::of(&rows, limit, place, item)))
}

/// Invites the holder of a mail address into a team. The answer does not say whether they have an account.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/team/invitations", tag = "team",
    params(("conf" = String, Path, description = "Name of the conference"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, once per invitation")),
    request_body = InviteIn, security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = InvitationOut), (status = 409, body = Problem, description = "Too many are open")))]
async fn invite(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    grant: Grant<Chair>,
    call: Call<InviteIn>,
) -> web::Result<Response> {
    let created = StatusCode::CREATED;
    if let Some(id) = call.made::<String>(&cx.db, cx.now).await? {
        return answer(&cx, &grant, &InvitationId::stored(id), created).await;
    }
    let shown = house.shown(&cx, &scope, "").await?;
    let roles: Vec<&str> = call.body.roles.iter().map(String::as_str).collect();
    let wanted = (call.body.email.as_str(), roles.as_slice());
    let id = act::invite_once(&cx, &grant, &shown, wanted, call.once.as_ref()).await?;
    answer(&cx, &grant, &id, created).await
}

/// Sends the mail of an open or expired invitation again, with another link; the one before stops working.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/team/invitations/{invitation}/resend", tag = "team",
    params(("conf" = String, Path, description = "Name of the conference"), ("invitation" = String, Path, description = "Id of the invitation")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = InvitationOut), (status = 409, body = Problem, description = "It was accepted or taken back"),
        (status = 429, body = Problem, description = "Its mail was sent a moment ago")))]
async fn resend(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    grant: Grant<Chair>,
    Path(path): Path<InvitationPath>,
) -> web::Result<Response> {
    let id = path.id()?;
    let shown = house.shown(&cx, &scope, "").await?;
    act::resend(&cx, &grant, &shown, &id).await?;
    answer(&cx, &grant, &id, StatusCode::OK).await
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/team/invitations/{invitation}", tag = "team",
    params(("conf" = String, Path, description = "Name of the conference"), ("invitation" = String, Path, description = "Id of the invitation")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 409, body = Problem, description = "It was accepted or taken back before")))]
async fn revoke(
    cx: Cx,
    grant: Grant<Chair>,
    Path(path): Path<InvitationPath>,
) -> web::Result<StatusCode> {
    act::revoke(&cx, &grant, &path.id()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What stands behind the link of an invitation's mail.
#[utoipa::path(get, path = "/api/v2/account/invitations/{token}", tag = "account",
    params(("token" = String, Path, description = "The secret at the end of the link")),
    responses((status = 200, body = InvitedOut), (status = 409, body = Problem, description = "It cannot be accepted any more")))]
async fn behind(
    cx: Cx,
    State(house): State<House>,
    Path(token): Path<String>,
) -> web::Result<Json<InvitedOut>> {
    let invitation = act::invitation(&cx, &token).await?;
    let shown = house.conference(&cx, &invitation.conference).await?;
    let shown = shown.ok_or(Error::NotFound("conference"))?;
    Ok(Json(InvitedOut {
        title: shown.title,
        conference: shown.slug,
        roles: split_roles(&invitation.roles),
        email: invitation.email,
    }))
}

/// Joins a team; only the holder of the invitation's mail address can.
#[utoipa::path(post, path = "/api/v2/account/invitations/{token}/accept", tag = "account",
    params(("token" = String, Path, description = "The secret at the end of the link")),
    security(("session" = [])),
    responses((status = 204), (status = 409, body = Problem, description = "It cannot be accepted any more")))]
async fn accept(cx: Cx, Path(token): Path<String>) -> web::Result<StatusCode> {
    act::accept(&cx, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
