//! Who is in a team with which roles.

use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use kernel::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::IfMatchTag;
use web::failure::Problem;

use crate::actions::team as act;
use crate::guard::Access;
use crate::model::{AccountId, Role};
use crate::pages::{CHAIR, House, TEAM};
use crate::rights::{Chair, Grant, Scope};
use crate::store::members;

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/api/v2/conferences/{conf}/team", Access::Anyone, public)
        .get("/api/v2/conferences/{conf}/team/members", CHAIR, list)
        .get(
            "/api/v2/conferences/{conf}/team/members/{account}",
            CHAIR,
            read,
        )
        .on(
            Method::PUT,
            "/api/v2/conferences/{conf}/team/members/{account}",
            CHAIR,
            change,
        )
        .delete(
            "/api/v2/conferences/{conf}/team/members/{account}",
            CHAIR,
            remove,
        )
        .post(
            "/api/v2/conferences/{conf}/team/members/{account}/restore",
            CHAIR,
            restore,
        )
        .on(
            Method::PUT,
            "/api/v2/conferences/{conf}/team/shown",
            TEAM,
            show_me,
        )
        .post("/api/v2/conferences/{conf}/team/leave", TEAM, leave)
}

#[derive(OpenApi)]
#[openapi(paths(public, list, read, change, remove, restore, show_me, leave))]
pub(super) struct Api;

/// Somebody in a team.
#[derive(Debug, Serialize, ToSchema)]
struct MemberOut {
    /// Id of their account.
    account: String,
    /// Their name.
    name: String,
    /// Their mail address.
    email: String,
    /// What they may do, each role once.
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    /// Since when they are in the team.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Whether they are on the public page of the team.
    shown: bool,
    /// The entity tag of their roles, for `If-Match`.
    etag: String,
}

/// Somebody in a team who wants to be known as such.
#[derive(Debug, Serialize, ToSchema)]
struct ShownMember {
    /// Their name.
    name: String,
    /// What they do.
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    /// Path of their picture, where they have one.
    #[schema(required)]
    avatar: Option<String>,
}

/// What somebody is to do in a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RolesIn {
    /// All of their roles: `chair`, `contents`, `broadcast`, `operation`, `desk`, `promotion`, `platform`, `reviewer`,
    /// `sponsor_manager`.
    roles: Vec<String>,
}

/// Whether somebody wants to be on the public page of the team.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ShownIn {
    /// Whether they want to.
    shown: bool,
}

/// Somebody with all of their roles.
struct Member {
    held: members::Held,
    roles: Vec<Role>,
}

impl Member {
    /// What tells one set of roles from another.
    fn tag(&self) -> String {
        let roles: Vec<&str> = self.roles.iter().map(|role| role.as_str()).collect();
        roles.join(".")
    }

    fn out(&self) -> MemberOut {
        MemberOut {
            account: self.held.account.to_string(),
            name: self.held.name.clone(),
            email: self.held.email.clone(),
            roles: self.roles.clone(),
            since: self.held.since,
            shown: self.held.shown,
            etag: format!("\"{}\"", self.tag()),
        }
    }
}

async fn everybody(cx: &Cx, scope: &Scope) -> kernel::Result<Vec<Member>> {
    let mut people: Vec<Member> = Vec::new();
    for held in members::held(&cx.db, scope.conference()).await? {
        let role = held.role;
        match people.last_mut() {
            Some(last) if last.held.account == held.account => last.roles.push(role),
            _ => people.push(Member {
                held,
                roles: vec![role],
            }),
        }
    }
    for member in &mut people {
        member.roles.sort_unstable();
    }
    Ok(people)
}

async fn one(cx: &Cx, scope: &Scope, account: &AccountId) -> web::Result<Response> {
    let mut people = everybody(cx, scope).await?.into_iter();
    let member = people.find(|member| member.held.account == *account);
    let out = member.ok_or(Error::NotFound("member"))?.out();
    let tag = HeaderValue::from_str(&out.etag).map_err(Error::internal)?;
    Ok(([(header::ETAG, tag)], Json(out)).into_response())
}

#[derive(Deserialize)]
struct MemberPath {
    account: String,
}

impl MemberPath {
    fn id(&self) -> kernel::Result<AccountId> {
        AccountId::parse(&self.account).map_err(|_| Error::NotFound("member"))
    }
}

/// Those of a team who want to be known as such.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/team", tag = "team",
    params(("conf" = String, Path, description = "Name of the conference")),
    responses((status = 200, body = Vec<ShownMember>), (status = 404, body = Problem)))]
async fn public(cx: Cx, scope: Scope) -> web::Result<Json<Vec<ShownMember>>> {
    let people = everybody(&cx, &scope).await?.into_iter();
    let shown = people.filter(|member| member.held.shown);
    let out = shown.map(|Member { held, roles }| ShownMember {
        name: held.name,
        roles,
        avatar: held.avatar.map(|id| format!("/account/avatars/{id}")),
    });
    Ok(Json(out.collect()))
}

/// Everybody in a team, with their roles.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/team/members", tag = "team",
    params(("conf" = String, Path, description = "Name of the conference")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<MemberOut>)))]
async fn list(cx: Cx, scope: Scope) -> web::Result<Json<Vec<MemberOut>>> {
    let people = everybody(&cx, &scope).await?;
    Ok(Json(people.iter().map(Member::out).collect()))
}

/// Somebody in a team.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/team/members/{account}", tag = "team",
    params(("conf" = String, Path, description = "Name of the conference"), ("account" = String, Path, description = "Id of their account")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = MemberOut, headers(("ETag" = String, description = "For If-Match")))))]
async fn read(cx: Cx, scope: Scope, Path(path): Path<MemberPath>) -> web::Result<Response> {
    one(&cx, &scope, &path.id()?).await
}

/// Gives somebody in a team exactly these roles. What they may no longer do ends at once, open sockets too. A team always
/// keeps a chair.
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/team/members/{account}", tag = "team",
    params(("conf" = String, Path, description = "Name of the conference"), ("account" = String, Path, description = "Id of their account"),
        ("If-Match" = String, Header, description = "ETag of the roles that were read", example = "\"contents.desk\"")),
    request_body = RolesIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = MemberOut), (status = 409, body = Problem, description = "Nobody would lead the team")))]
async fn change(
    cx: Cx,
    scope: Scope,
    grant: Grant<Chair>,
    Path(path): Path<MemberPath>,
    IfMatchTag(tag): IfMatchTag,
    web::form::Json(body): web::form::Json<RolesIn>,
) -> web::Result<Response> {
    let account = path.id()?;
    let mut was: Vec<Role> = tag.split('.').filter_map(Role::parse).collect();
    was.sort_unstable();
    let roles: Vec<&str> = body.roles.iter().map(String::as_str).collect();
    act::change_roles(&cx, &grant, &account, &was, &roles).await?;
    one(&cx, &scope, &account).await
}

/// Takes somebody out of a team, at once: what they have open ends, and their tokens for this conference are gone.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/team/members/{account}", tag = "team",
    params(("conf" = String, Path, description = "Name of the conference"), ("account" = String, Path, description = "Id of their account")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 409, body = Problem, description = "Nobody would lead the team")))]
async fn remove(
    cx: Cx,
    grant: Grant<Chair>,
    Path(path): Path<MemberPath>,
) -> web::Result<StatusCode> {
    act::remove(&cx, &grant, &path.id()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings somebody back who was taken out a moment ago, with the roles that they had; their tokens stay gone.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/team/members/{account}/restore", tag = "team",
    params(("conf" = String, Path, description = "Name of the conference"), ("account" = String, Path, description = "Id of their account")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = MemberOut), (status = 409, body = Problem, description = "It is too late")))]
async fn restore(
    cx: Cx,
    scope: Scope,
    grant: Grant<Chair>,
    Path(path): Path<MemberPath>,
) -> web::Result<Response> {
    let account = path.id()?;
    act::restore(&cx, &grant, &account).await?;
    one(&cx, &scope, &account).await
}

/// Says whether whoever asks is on the public page of the team.
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/team/shown", tag = "team",
    params(("conf" = String, Path, description = "Name of the conference")),
    request_body = ShownIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = ShownIn)))]
async fn show_me(
    cx: Cx,
    scope: Scope,
    web::form::Json(body): web::form::Json<ShownIn>,
) -> web::Result<Json<ShownIn>> {
    act::show_me(&cx, scope.conference(), body.shown).await?;
    Ok(Json(body))
}

/// Takes whoever asks out of the team.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/team/leave", tag = "team",
    params(("conf" = String, Path, description = "Name of the conference")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 409, body = Problem, description = "Nobody would lead the team")))]
async fn leave(cx: Cx, scope: Scope) -> web::Result<StatusCode> {
    act::leave(&cx, scope.conference()).await?;
    Ok(StatusCode::NO_CONTENT)
}
