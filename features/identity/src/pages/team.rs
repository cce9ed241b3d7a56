//! `/{conf}/admin/team` for the chair, `/{conf}/team` for everybody, and the page behind an invitation.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use kernel::{Error, Timestamp};
use serde::Deserialize;
use web::{Cx, Form, Page, redirect};

use super::{CHAIR, Complaints, House, TEAM, branded};
use crate::actions::team as act;
use crate::guard::Access;
use crate::limits;
use crate::model::team::{Standing, join_roles, split_roles};
use crate::model::{AccountId, InvitationId, Role};
use crate::rights::{Chair, Grant, Scope};
use crate::store::{accounts, invitations, members};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/{conf}/admin/team", CHAIR, page)
        .post("/{conf}/admin/team/invitations", CHAIR, invite)
        .post(
            "/{conf}/admin/team/invitations/{invitation}/resend",
            CHAIR,
            resend,
        )
        .post(
            "/{conf}/admin/team/invitations/{invitation}/revoke",
            CHAIR,
            revoke,
        )
        .post("/{conf}/admin/team/members/{account}", CHAIR, change)
        .post("/{conf}/admin/team/members/{account}/remove", CHAIR, remove)
        .get("/{conf}/team", Access::Anyone, public)
        .post("/{conf}/team/shown", TEAM, show_me)
        .post("/{conf}/team/leave", TEAM, leave)
        .get("/account/invitations/{token}", Access::Anyone, invitation)
        .post("/account/invitations/{token}", Access::SignedIn, accept)
}

/// A role in a form.
struct RoleChoice {
    word: &'static str,
    name: String,
    hint: String,
    chosen: bool,
}

impl RoleChoice {
    fn all(cx: &Cx, chosen: &[Role]) -> Vec<Self> {
        let choice = |role: &Role| Self {
            word: role.as_str(),
            name: act::role_name(cx, *role),
            hint: cx.text(&format!("identity-role-hint-{role}"), &[]),
            chosen: chosen.contains(role),
        };
        Role::ALL.iter().map(choice).collect()
    }
}

struct Member {
    id: AccountId,
    name: String,
    email: String,
    avatar: Option<String>,
    /// The roles as the form says them back.
    was: String,
    names: Vec<String>,
    choices: Vec<RoleChoice>,
    since: Timestamp,
    shown: bool,
    own: bool,
}

struct Invitation {
    id: InvitationId,
    email: String,
    names: Vec<String>,
    sent_at: Timestamp,
    expires_at: Timestamp,
    state: &'static str,
    open: bool,
    again: bool,
}

#[derive(Template)]
#[template(path = "team.html")]
struct TeamPage {
    page: Page,
    base: String,
    title: String,
    members: Vec<Member>,
    invitations: Vec<Invitation>,
    owners: Vec<accounts::Account>,
    email: String,
    choices: Vec<RoleChoice>,
    complaints: Complaints,
    notice: Option<String>,
}

/// Everybody in a team, each with all of their roles.
async fn people(cx: &Cx, scope: &Scope) -> web::Result<Vec<(members::Held, Vec<Role>)>> {
    let mut people: Vec<(members::Held, Vec<Role>)> = Vec::new();
    for held in members::held(&cx.db, scope.conference()).await? {
        match people.last_mut() {
            Some((last, roles)) if last.account == held.account => roles.push(held.role),
            _ => people.push((held.clone(), vec![held.role])),
        }
    }
    for (_, roles) in &mut people {
        roles.sort_unstable();
    }
    Ok(people)
}

fn member(cx: &Cx, held: members::Held, roles: &[Role]) -> Member {
    let own = cx
        .actor
        .as_ref()
        .is_some_and(|actor| actor.account == held.account.as_str());
    Member {
        own,
        id: held.account,
        name: held.name,
        email: held.email,
        avatar: held.avatar,
        was: join_roles(roles),
        names: roles.iter().map(|role| act::role_name(cx, *role)).collect(),
        choices: RoleChoice::all(cx, roles),
        since: held.since,
        shown: held.shown,
    }
}

fn invitation_view(cx: &Cx, one: invitations::Invitation) -> Invitation {
    let standing = Standing::of(one.accepted_at, one.revoked_at, one.expires_at, cx.now);
    let roles = split_roles(&one.roles);
    Invitation {
        id: one.id,
        email: one.email,
        names: roles.iter().map(|role| act::role_name(cx, *role)).collect(),
        sent_at: one.sent_at,
        expires_at: one.expires_at,
        state: match standing {
            Standing::Open => "identity-invitation-is-open",
            Standing::Accepted => "identity-invitation-is-accepted",
            Standing::Revoked => "identity-invitation-is-revoked",
            Standing::Expired => "identity-invitation-is-expired",
        },
        open: standing == Standing::Open,
        again: matches!(standing, Standing::Open | Standing::Expired),
    }
}

/// What was typed into the form that invites, and what is wrong with it.
#[derive(Default)]
struct Typed {
    email: String,
    roles: Vec<Role>,
    complaints: Complaints,
}

async fn team_page(
    cx: &Cx,
    house: &House,
    scope: &Scope,
    typed: Typed,
    conflict: Option<String>,
) -> web::Result<Response> {
    let shown = house.shown(cx, scope, "admin/team").await?;
    let people = people(cx, scope).await?;
    let invitations =
        invitations::of(&cx.db, scope.conference(), limits::INVITATIONS_SHOWN).await?;
    let status = match (&conflict, typed.complaints.is_empty()) {
        (Some(_), _) => StatusCode::CONFLICT,
        (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (None, true) => StatusCode::OK,
    };
    let page = branded(cx, &shown);
    let view = TeamPage {
        page: page.clone(),
        base: format!("/{}", shown.slug),
        title: shown.title,
        members: people
            .into_iter()
            .map(|(held, roles)| member(cx, held, &roles))
            .collect(),
        invitations: invitations
            .into_iter()
            .map(|one| invitation_view(cx, one))
            .collect(),
        owners: accounts::owners(&cx.db).await?,
        email: typed.email,
        choices: RoleChoice::all(cx, &typed.roles),
        complaints: typed.complaints,
        notice: conflict,
    };
    Ok(page.render_status(status, &view))
}

async fn page(cx: Cx, State(house): State<House>, scope: Scope) -> web::Result<Response> {
    team_page(&cx, &house, &scope, Typed::default(), None).await
}

/// Fields as they were sent; some names come several times.
type Fields = Vec<(String, String)>;

fn values<'a>(fields: &'a Fields, name: &str) -> Vec<&'a str> {
    let found = fields.iter().filter(|(own, _)| own == name);
    found.map(|(_, value)| value.as_str()).collect()
}

async fn invite(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    grant: Grant<Chair>,
    Form(fields): Form<Fields>,
) -> web::Result<Response> {
    let shown = house.shown(&cx, &scope, "admin/team").await?;
    let email = values(&fields, "email")
        .first()
        .copied()
        .unwrap_or_default();
    let roles = values(&fields, "roles");
    match act::invite(&cx, &grant, &shown, email, &roles).await {
        Ok(_) => Ok(back(&shown.slug, "invitations")),
        Err(Error::Invalid(wrong)) => {
            let typed = Typed {
                email: email.to_owned(),
                roles: roles.iter().filter_map(|word| Role::parse(word)).collect(),
                complaints: Complaints::of(&cx, &wrong),
            };
            team_page(&cx, &house, &scope, typed, None).await
        }
        Err(error) => refused(&cx, &house, &scope, error).await,
    }
}

fn back(slug: &str, part: &str) -> Response {
    redirect(&format!("/{slug}/admin/team#{part}"))
}

/// A conflict is shown on the page itself, where what is true now can be seen beside it.
async fn refused(cx: &Cx, house: &House, scope: &Scope, error: Error) -> web::Result<Response> {
    match error {
        Error::Conflict(message) => {
            let sentence = cx.texts.message(cx.locale, &message);
            team_page(cx, house, scope, Typed::default(), Some(sentence)).await
        }
        Error::Invalid(fields) => {
            let sentence = fields
                .first()
                .map(|field| cx.texts.message(cx.locale, &field.message));
            team_page(cx, house, scope, Typed::default(), sentence).await
        }
        error => Err(error.into()),
    }
}

fn invitation_id(text: &str) -> kernel::Result<InvitationId> {
    InvitationId::parse(text).map_err(|_| Error::NotFound("invitation"))
}

async fn resend(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    grant: Grant<Chair>,
    Path((slug, id)): Path<(String, String)>,
) -> web::Result<Response> {
    let shown = house.shown(&cx, &scope, "admin/team").await?;
    match act::resend(&cx, &grant, &shown, &invitation_id(&id)?).await {
        Ok(()) => Ok(back(&slug, "invitations")),
        Err(error) => refused(&cx, &house, &scope, error).await,
    }
}

async fn revoke(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    grant: Grant<Chair>,
    Path((slug, id)): Path<(String, String)>,
) -> web::Result<Response> {
    match act::revoke(&cx, &grant, &invitation_id(&id)?).await {
        Ok(()) => Ok(back(&slug, "invitations")),
        Err(error) => refused(&cx, &house, &scope, error).await,
    }
}

fn account_id(text: &str) -> kernel::Result<AccountId> {
    AccountId::parse(text).map_err(|_| Error::NotFound("member"))
}

async fn change(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    grant: Grant<Chair>,
    Path((slug, account)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> web::Result<Response> {
    let was = split_roles(values(&fields, "was").first().copied().unwrap_or_default());
    let roles = values(&fields, "roles");
    match act::change_roles(&cx, &grant, &account_id(&account)?, &was, &roles).await {
        Ok(()) => Ok(back(&slug, "members")),
        Err(error) => refused(&cx, &house, &scope, error).await,
    }
}

async fn remove(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    grant: Grant<Chair>,
    Path((slug, account)): Path<(String, String)>,
) -> web::Result<Response> {
    match act::remove(&cx, &grant, &account_id(&account)?).await {
        Ok(()) => Ok(back(&slug, "members")),
        Err(error) => refused(&cx, &house, &scope, error).await,
    }
}

#[derive(Template)]
#[template(path = "team_public.html")]
struct PublicPage {
    page: Page,
    base: String,
    title: String,
    members: Vec<Member>,
    /// Whether whoever looks is in the team, and whether they are shown.
    own: Option<bool>,
}

async fn public(cx: Cx, State(house): State<House>, scope: Scope) -> web::Result<Response> {
    let shown = house.shown(&cx, &scope, "team").await?;
    let people = people(&cx, &scope).await?;
    let members: Vec<Member> = people
        .into_iter()
        .map(|(held, roles)| member(&cx, held, &roles))
        .collect();
    let own = members
        .iter()
        .find(|member| member.own)
        .map(|member| member.shown);
    let page = branded(&cx, &shown);
    Ok(page.render(&PublicPage {
        page: page.clone(),
        base: format!("/{}", shown.slug),
        title: shown.title,
        members: members.into_iter().filter(|member| member.shown).collect(),
        own,
    }))
}

#[derive(Deserialize)]
struct ShownForm {
    shown: Option<String>,
}

async fn show_me(
    cx: Cx,
    scope: Scope,
    Path(slug): Path<String>,
    Form(form): Form<ShownForm>,
) -> web::Result<Response> {
    act::show_me(&cx, scope.conference(), form.shown.is_some()).await?;
    Ok(redirect(&format!("/{slug}/team")))
}

async fn leave(cx: Cx, scope: Scope, Path(slug): Path<String>) -> web::Result<Response> {
    act::leave(&cx, scope.conference()).await?;
    Ok(redirect(&format!("/{slug}/team")))
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    page: Page,
    title: String,
    token: String,
    email: String,
    names: Vec<String>,
    /// Whether whoever looks may accept, must sign in first, or is somebody else.
    signed_in: Option<bool>,
    own: String,
}

impl InvitationPage {
    fn path(&self) -> String {
        format!("/account/invitations/{}", self.token)
    }
}

async fn invitation(
    cx: Cx,
    State(house): State<House>,
    Path(token): Path<String>,
) -> web::Result<Response> {
    let invitation = act::invitation(&cx, &token).await?;
    let shown = house.conference(&cx, &invitation.conference).await?;
    let shown = shown.ok_or(Error::NotFound("conference"))?;
    let roles = split_roles(&invitation.roles);
    let actor = cx.actor.as_ref();
    let page = Page::new(&cx);
    Ok(page.render(&InvitationPage {
        page: page.clone(),
        title: shown.title,
        token,
        signed_in: actor.map(|actor| actor.email == invitation.email),
        own: actor.map(|actor| actor.email.clone()).unwrap_or_default(),
        email: invitation.email,
        names: roles
            .iter()
            .map(|role| act::role_name(&cx, *role))
            .collect(),
    }))
}

async fn accept(
    cx: Cx,
    State(house): State<House>,
    Path(token): Path<String>,
) -> web::Result<Response> {
    let conference = act::accept(&cx, &token).await?;
    let shown = house.conference(&cx, &conference).await?;
    let to = shown.map_or_else(|| "/".to_owned(), |shown| format!("/{}", shown.slug));
    Ok(redirect(&to))
}
