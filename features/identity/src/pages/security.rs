//! `/account/security`: how I sign in and where I am signed in; another mail address.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::{Error, Field, Timestamp};
use web::form::{Done, Sheet, Submitted};
use web::{Cx, Page, redirect};

use super::{Complaints, House};
use crate::actions::{account as act, email, passwords, proof};
use crate::guard::Access;
use crate::limits;
use crate::model::{IdentityId, SessionId};
use crate::store::passkeys::{self, Passkey};
use crate::store::{passwords as store, providers, sessions};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/account/security", Access::SignedIn, page)
        .post(
            "/account/sessions/{session}/revoke",
            Access::SignedIn,
            revoke,
        )
        .post(
            "/account/sessions/revoke-others",
            Access::SignedIn,
            revoke_others,
        )
        .post("/account/email", Access::SignedIn, ask)
        .get("/account/email/sent", Access::SignedIn, sent)
        .get("/account/email/confirm/{token}", Access::SignedIn, asked)
        .post("/account/email/confirm/{token}", Access::SignedIn, confirm)
        .get("/account/email/undo/{token}", Access::Anyone, undoable)
        .post("/account/email/undo/{token}", Access::Anyone, undo)
}

struct SessionView {
    id: SessionId,
    user_agent: String,
    seen_at: Timestamp,
    by_passkey: bool,
    current: bool,
}

#[derive(Template)]
#[template(path = "security.html")]
struct SecurityPage {
    page: Page,
    email: String,
    /// The form for another mail address.
    sheet: Sheet,
    complaints: Complaints,
    sessions: Vec<SessionView>,
    passkeys: Vec<Passkey>,
    /// Whether this session may change how the account is signed in to.
    may_change: bool,
    /// Whether it began a moment ago.
    recent: bool,
    identities: Vec<IdentityView>,
    /// Labels and addresses of providers that can be linked.
    providers: Vec<(String, String)>,
    /// Whether the site has passwords.
    password: bool,
    /// When this one was chosen, if there is one.
    chosen_at: Option<Timestamp>,
    password_min: usize,
}

struct IdentityView {
    id: IdentityId,
    label: String,
    email: String,
    created_at: Timestamp,
    used_at: Option<Timestamp>,
}

async fn identities(cx: &Cx, house: &House) -> web::Result<Vec<IdentityView>> {
    let own = providers::of(&cx.db, &act::own(cx)?).await?;
    let views = own.into_iter().map(|one| IdentityView {
        id: one.id,
        label: house.providers.label(&one.provider).to_owned(),
        email: one.email,
        created_at: one.created_at,
        used_at: one.used_at,
    });
    Ok(views.collect())
}

fn sheet() -> Sheet {
    Sheet::blank().put("email", "")
}

/// The page after a try to choose a password.
pub(super) async fn with_complaints(
    cx: &Cx,
    house: &House,
    complaints: Complaints,
) -> web::Result<Response> {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    show(cx, house, status, sheet(), complaints).await
}

async fn show(
    cx: &Cx,
    house: &House,
    status: StatusCode,
    sheet: Sheet,
    complaints: Complaints,
) -> web::Result<Response> {
    let actor = cx.signed_in()?;
    let sessions = sessions::sessions(&cx.db, &act::own(cx)?, cx.now).await?;
    let sessions = sessions.into_iter().map(|session| SessionView {
        current: session.id.as_str() == actor.session,
        id: session.id,
        user_agent: session.user_agent,
        seen_at: session.seen_at,
        by_passkey: session.by_passkey,
    });
    let passkeys = passkeys::of(&cx.db, &act::own(cx)?).await?;
    let linkable = house.providers.all().map(|provider| {
        let settings = &provider.settings;
        let href = format!("/account/oidc/{}", settings.name);
        (settings.label.clone(), href)
    });
    let chosen_at = store::changed_at(&cx.db, &act::own(cx)?).await?;
    let page = Page::new(cx);
    let view = SecurityPage {
        page: page.clone(),
        email: actor.email.clone(),
        sheet,
        complaints,
        sessions: sessions.collect(),
        may_change: actor.strong || passkeys.is_empty(),
        passkeys,
        recent: proof::standing(cx).await?.recent,
        identities: identities(cx, house).await?,
        providers: linkable.collect(),
        password: passwords::allowed(&cx.db).await?,
        chosen_at,
        password_min: limits::PASSWORD_CHARS_MIN,
    };
    Ok(page.render_status(status, &view))
}

async fn page(cx: Cx, State(house): State<House>) -> web::Result<Response> {
    let none = Complaints::default();
    show(&cx, &house, StatusCode::OK, sheet(), none).await
}

async fn revoke(cx: Cx, Path(session): Path<String>) -> web::Result<Response> {
    let session = SessionId::parse(&session).map_err(|_| Error::NotFound("session"))?;
    act::revoke_session(&cx, &session).await?;
    Ok(redirect("/account/security"))
}

async fn revoke_others(cx: Cx) -> web::Result<Response> {
    let count = act::revoke_others(&cx).await?.to_string();
    let done = Done::to(&cx, "/account/security");
    Ok(done
        .say("identity-sessions-ended", &[("count", &count)])
        .into_response())
}

async fn ask(cx: Cx, State(house): State<House>, submitted: Submitted) -> web::Result<Response> {
    let sheet = sheet().typed(&submitted);
    match email::ask(&cx, sheet.value("email")).await {
        Ok(()) => Ok(redirect("/account/email/sent")),
        // The proof went stale while they typed; what they typed stays.
        Err(Error::Forbidden(message)) => {
            let fault = Field {
                name: "email".into(),
                message,
            };
            let sheet = sheet.with_faults(&cx, &[fault]);
            show(
                &cx,
                &house,
                StatusCode::FORBIDDEN,
                sheet,
                Complaints::default(),
            )
            .await
        }
        Err(error) => {
            let (status, sheet) = sheet.refused(&cx, error)?;
            show(&cx, &house, status, sheet, Complaints::default()).await
        }
    }
}

#[derive(Template)]
#[template(path = "email_change.html")]
struct EmailPage {
    page: Page,
    title: &'static str,
    lead: String,
    /// Where the button leads, and what it says.
    act: Option<(String, &'static str)>,
}

fn email_page(
    cx: &Cx,
    title: &'static str,
    lead: String,
    act: Option<(String, &'static str)>,
) -> Response {
    let page = Page::new(cx);
    page.render(&EmailPage {
        page: page.clone(),
        title,
        lead,
        act,
    })
}

async fn sent(cx: Cx) -> Response {
    let lead = cx.text("identity-email-sent-lead", &[]);
    email_page(&cx, "identity-sent", lead, None)
}

/// Shown first: mail scanners follow links, only a person presses the button behind.
async fn asked(cx: Cx, Path(token): Path<String>) -> web::Result<Response> {
    let change = email::asked(&cx, &token).await?;
    let args = [
        ("old", change.old_email.as_str()),
        ("new", change.new_email.as_str()),
    ];
    let lead = cx.text("identity-email-confirm-lead", &args);
    let act = format!("/account/email/confirm/{token}");
    let act = Some((act, "identity-email-confirm"));
    Ok(email_page(&cx, "identity-email-change", lead, act))
}

async fn confirm(cx: Cx, Path(token): Path<String>) -> web::Result<Response> {
    email::confirm(&cx, &token).await?;
    let done = Done::to(&cx, "/account/security");
    Ok(done.say("identity-email-changed", &[]).into_response())
}

async fn undoable(cx: Cx, Path(token): Path<String>) -> web::Result<Response> {
    let change = email::undoable(&cx, &token).await?;
    let lead = cx.text("identity-email-undo-lead", &[("old", &change.old_email)]);
    let act = format!("/account/email/undo/{token}");
    let act = Some((act, "identity-email-undo"));
    Ok(email_page(&cx, "identity-email-undo-title", lead, act))
}

async fn undo(cx: Cx, Path(token): Path<String>) -> web::Result<Response> {
    email::undo(&cx, &token).await?;
    let lead = cx.text("identity-email-undone-lead", &[]);
    let act = None;
    Ok(email_page(&cx, "identity-email-undo-title", lead, act))
}
