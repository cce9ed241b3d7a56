//! `/{conf}/admin/team` for the chair, `/{conf}/team` for everybody, and the page behind an invitation.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use kernel::{Error, Timestamp};
use serde::Deserialize;
use web::form::{Choice, Done, Sheet, Submitted};
use web::{Cx, Form, Page, redirect};

use super::{CHAIR, House, TEAM, branded};
use crate::actions::team as act;
use crate::guard::Access;
use crate::limits;
use crate::model::team::{Standing, split_roles};
use crate::model::{AccountId, ConferenceId, InvitationId, Role};
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
        .post("/{conf}/admin/team/members/{account}/remove", CHAIR, remove)
        .post(
            "/{conf}/admin/team/members/{account}/restore",
            CHAIR,
            restore,
        )
        .get("/{conf}/team", Access::Anyone, public)
        .post("/{conf}/team/shown", TEAM, show_me)
        .post("/{conf}/team/leave", TEAM, leave)
        .get("/account/invitations/{token}", Access::Anyone, invitation)
        .post("/account/invitations/{token}", Access::SignedIn, accept)
}

/// The roles that a form offers.
pub(super) fn offered(cx: &Cx) -> Vec<Choice> {
    let choice = |role: &Role| Choice::new(role.as_str(), act::role_name(cx, *role));
    Role::ALL.iter().map(choice).collect()
}

struct Member {
    id: AccountId,
    name: String,
    email: String,
    avatar: Option<String>,
    names: Vec<String>,
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
    /// The form that invites.
    sheet: Sheet,
    notice: Option<String>,
}

/// Everybody in a team, each with all of their roles.
pub(super) async fn people(cx: &Cx, scope: &Scope) -> web::Result<Vec<(members::Held, Vec<Role>)>> {
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
        names: roles.iter().map(|role| act::role_name(cx, *role)).collect(),
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

/// The sheet of an invitation.
pub(super) fn sheet(cx: &Cx) -> Sheet {
    let none: [&str; 0] = [];
    Sheet::blank()
        .put("email", "")
        .put_all("roles", none)
        .offer("roles", offered(cx))
}

pub(super) async fn team_page(
    cx: &Cx,
    house: &House,
    scope: &Scope,
    (status, sheet): (StatusCode, Sheet),
    notice: Option<String>,
) -> web::Result<Response> {
    let shown = house.shown(cx, scope, "admin/team").await?;
    let people = people(cx, scope).await?;
    let invitations =
        invitations::of(&cx.db, scope.conference(), limits::INVITATIONS_SHOWN).await?;
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
        sheet,
        notice,
    };
    Ok(page.render_status(status, &view))
}

async fn page(cx: Cx, State(house): State<House>, scope: Scope) -> web::Result<Response> {
    let fresh = (StatusCode::OK, sheet(&cx));
    team_page(&cx, &house, &scope, fresh, None).await
}

async fn invite(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    grant: Grant<Chair>,
    submitted: Submitted,
) -> web::Result<Response> {
    let shown = house.shown(&cx, &scope, "admin/team").await?;
    let sheet = sheet(&cx).typed(&submitted);
    let roles: Vec<&str> = sheet.values("roles").iter().map(String::as_str).collect();
    match act::invite(&cx, &grant, &shown, sheet.value("email"), &roles).await {
        Ok(_) => {
            let to = format!("/{}/admin/team#invitations", shown.slug);
            Ok(Done::to(&cx, to).saved(&submitted).into_response())
        }
        Err(error) => {
            let refused = sheet.refused(&cx, error)?;
            team_page(&cx, &house, &scope, refused, None).await
        }
    }
}

fn back(slug: &str, part: &str) -> Response {
    redirect(&format!("/{slug}/admin/team#{part}"))
}

/// Leads back to the team after what the chair did, or says on the page why it was not done, where what is true now can be
/// seen beside it.
async fn done(
    cx: &Cx,
    house: &House,
    scope: &Scope,
    (slug, part): (&str, &str),
    outcome: kernel::Result<()>,
) -> web::Result<Response> {
    let message = match outcome {
        Ok(()) => return Ok(back(slug, part)),
        Err(Error::Conflict(message)) => message,
        Err(Error::Invalid(mut fields)) if !fields.is_empty() => fields.swap_remove(0).message,
        Err(error) => return Err(error.into()),
    };
    let sentence = cx.texts.message(cx.locale, &message);
    let fresh = (StatusCode::CONFLICT, sheet(cx));
    team_page(cx, house, scope, fresh, Some(sentence)).await
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
    let sent = act::resend(&cx, &grant, &shown, &invitation_id(&id)?).await;
    done(&cx, &house, &scope, (&slug, "invitations"), sent).await
}

async fn revoke(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    grant: Grant<Chair>,
    Path((slug, id)): Path<(String, String)>,
) -> web::Result<Response> {
    let taken = act::revoke(&cx, &grant, &invitation_id(&id)?).await;
    done(&cx, &house, &scope, (&slug, "invitations"), taken).await
}

pub(super) fn account_id(text: &str) -> kernel::Result<AccountId> {
    AccountId::parse(text).map_err(|_| Error::NotFound("member"))
}

async fn remove(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    grant: Grant<Chair>,
    Path((slug, account)): Path<(String, String)>,
) -> web::Result<Response> {
    let removed = act::remove(&cx, &grant, &account_id(&account)?).await;
    if removed.is_err() {
        return done(&cx, &house, &scope, (&slug, "members"), removed).await;
    }
    if let Some(to) = instead(&cx, &house, &slug, scope.conference()).await? {
        let to = Done::to(&cx, to).say("identity-team-left", &[]);
        return Ok(to.into_response());
    }
    let undo = format!("/{slug}/admin/team/members/{account}/restore");
    let to = Done::to(&cx, format!("/{slug}/admin/team#members"));
    Ok(to
        .say("identity-member-removed", &[])
        .undo(undo)
        .into_response())
}

/// Where whoever asks goes on instead of the team's page, where they have just given up what they need for it.
pub(super) async fn instead(
    cx: &Cx,
    house: &House,
    slug: &str,
    conference: &ConferenceId,
) -> web::Result<Option<String>> {
    let left = Scope::of(cx, conference).await?;
    if left.has(Role::Chair) {
        return Ok(None);
    }
    let found = house.conferences.find(&cx.db, slug).await?;
    // What only a team knows of is not there for anybody else.
    let there = left.is_team() || found.is_some_and(|found| found.open);
    Ok(Some(if there {
        format!("/{slug}")
    } else {
        "/".to_owned()
    }))
}

async fn restore(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    grant: Grant<Chair>,
    Path((slug, account)): Path<(String, String)>,
) -> web::Result<Response> {
    let restored = act::restore(&cx, &grant, &account_id(&account)?).await;
    done(&cx, &house, &scope, (&slug, "members"), restored).await
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

async fn leave(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    Path(slug): Path<String>,
) -> web::Result<Response> {
    act::leave(&cx, scope.conference()).await?;
    let to = instead(&cx, &house, &slug, scope.conference()).await?;
    let to = to.unwrap_or_else(|| format!("/{slug}/team"));
    Ok(Done::to(&cx, to)
        .say("identity-team-left", &[])
        .into_response())
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
