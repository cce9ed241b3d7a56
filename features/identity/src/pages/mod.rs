//! Sign-in, account and the demo's shortcuts.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use kernel::{Error, Timestamp};
use serde::Deserialize;
use web::{Cx, Form, Page, redirect};

use crate::actions::{self, Persona};
use crate::guard::{Access, Conferences};
use crate::model::{AccountId, Role, SessionId};
use crate::sessions::cookie_name;
use crate::{Routes, limits, store};

/// Mails that the demo's mailbox shows.
const MAILBOX_SHOWN: i64 = 50;

/// Routes of this feature.
pub fn routes(conferences: Arc<dyn Conferences>) -> Routes {
    Routes::<Arc<dyn Conferences>>::new()
        .get("/sign-in", Access::Anyone, sign_in)
        .post("/sign-in", Access::Anyone, request_link)
        .get("/sign-in/sent", Access::Anyone, sent)
        .get("/sign-in/{token}", Access::Anyone, offer)
        .post("/sign-in/{token}", Access::Anyone, accept)
        .post("/sign-out", Access::Anyone, sign_out)
        .get("/account", Access::SignedIn, account)
        .post("/account", Access::SignedIn, rename)
        .post(
            "/account/sessions/{session}/revoke",
            Access::SignedIn,
            revoke,
        )
        .get("/demo/sign-in", Access::Demo, demo_sign_in)
        .get("/demo/mail", Access::Demo, demo_mail)
        .state(conferences)
}

#[derive(Deserialize)]
struct Next {
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    next: String,
    email: String,
    complaint: Option<String>,
}

async fn sign_in(cx: Cx, Query(query): Query<Next>) -> Response {
    let next = web::page::local_path(query.next.as_deref().unwrap_or("/")).to_owned();
    if cx.actor.is_some() {
        return redirect(&next);
    }
    let page = Page::new(&cx);
    page.render(&SignInPage {
        page: page.clone(),
        next,
        email: String::new(),
        complaint: None,
    })
}

#[derive(Deserialize)]
struct LinkForm {
    email: String,
    next: Option<String>,
}

async fn request_link(cx: Cx, Form(form): Form<LinkForm>) -> web::Result<Response> {
    let next = web::page::local_path(form.next.as_deref().unwrap_or("/")).to_owned();
    match actions::request_link(&cx, &form.email, &next).await {
        Ok(()) => Ok(redirect("/sign-in/sent")),
        Err(Error::Invalid(fields)) => {
            let complaint = fields
                .first()
                .map(|field| cx.texts.message(cx.locale, &field.message));
            let page = Page::new(&cx);
            let form = SignInPage {
                page: page.clone(),
                next,
                email: form.email,
                complaint,
            };
            Ok(page.render_status(StatusCode::UNPROCESSABLE_ENTITY, &form))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "sign_in_sent.html")]
struct SentPage {
    page: Page,
    minutes: u64,
}

async fn sent(cx: Cx) -> Response {
    let page = Page::new(&cx);
    page.render(&SentPage {
        page: page.clone(),
        minutes: limits::LINK_LIFE.as_secs() / 60,
    })
}

#[derive(Template)]
#[template(path = "sign_in_offer.html")]
struct OfferPage {
    page: Page,
    token: String,
    email: Option<String>,
    claimed: ClaimForm,
    complaints: Vec<(String, String)>,
}

impl OfferPage {
    fn complaint(&self, field: &str) -> Option<&str> {
        self.complaints
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, text)| text.as_str())
    }
}

#[derive(Default, Deserialize)]
struct ClaimForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
}

async fn offer(cx: Cx, Path(token): Path<String>) -> web::Result<Response> {
    let offer = actions::offer(&cx, &token).await?;
    let page = Page::new(&cx);
    let view = OfferPage {
        page: page.clone(),
        token,
        email: offer.email,
        claimed: ClaimForm::default(),
        complaints: Vec::new(),
    };
    Ok(page.render(&view))
}

async fn accept(
    cx: Cx,
    Path(token): Path<String>,
    Form(form): Form<ClaimForm>,
) -> web::Result<Response> {
    let claimed = (!form.email.is_empty()).then_some((form.email.as_str(), form.name.as_str()));
    match actions::accept_link(&cx, &token, claimed).await {
        Ok(begun) => Ok(signed_in(&cx, &begun.secret, &begun.next)),
        Err(Error::Invalid(fields)) => {
            let complaints = fields
                .iter()
                .map(|f| (f.name.to_string(), cx.texts.message(cx.locale, &f.message)))
                .collect();
            let page = Page::new(&cx);
            let view = OfferPage {
                page: page.clone(),
                token,
                email: None,
                claimed: form,
                complaints,
            };
            Ok(page.render_status(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
        Err(error) => Err(error.into()),
    }
}

/// Sets the session's cookie. A fresh secret at each sign-in: a planted one is worth nothing.
fn signed_in(cx: &Cx, secret: &str, next: &str) -> Response {
    with_cookie(
        cx,
        redirect(web::page::local_path(next)),
        secret,
        limits::SESSION_LIFE.as_secs(),
    )
}

fn with_cookie(cx: &Cx, mut response: Response, secret: &str, max_age_s: u64) -> Response {
    let secure = if cx.site.is_secure() { "; Secure" } else { "" };
    let name = cookie_name(&cx.site);
    let line =
        format!("{name}={secret}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}

async fn sign_out(cx: Cx) -> web::Result<Response> {
    if let Some(actor) = &cx.actor {
        actions::revoke_session(&cx, &SessionId::stored(actor.session.clone())).await?;
    }
    Ok(with_cookie(&cx, redirect("/"), "", 0))
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    name: String,
    email: String,
    complaint: Option<String>,
    sessions: Vec<SessionView>,
}

struct SessionView {
    id: SessionId,
    user_agent: String,
    seen_at: Timestamp,
    current: bool,
}

async fn account_page(cx: &Cx, name: String, complaint: Option<String>) -> web::Result<Response> {
    let actor = cx.signed_in()?;
    let sessions =
        store::sessions(&cx.db, &AccountId::stored(actor.account.clone()), cx.now).await?;
    let sessions = sessions.into_iter().map(|session| SessionView {
        current: session.id.as_str() == actor.session,
        id: session.id,
        user_agent: session.user_agent,
        seen_at: session.seen_at,
    });
    let status = if complaint.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let page = Page::new(cx);
    let view = AccountPage {
        page: page.clone(),
        name,
        email: actor.email.clone(),
        complaint,
        sessions: sessions.collect(),
    };
    Ok(page.render_status(status, &view))
}

async fn account(cx: Cx) -> web::Result<Response> {
    let name = cx.signed_in()?.name.clone();
    account_page(&cx, name, None).await
}

#[derive(Deserialize)]
struct NameForm {
    name: String,
}

async fn rename(cx: Cx, Form(form): Form<NameForm>) -> web::Result<Response> {
    match actions::rename(&cx, &form.name).await {
        Ok(()) => Ok(redirect("/account")),
        Err(Error::Invalid(fields)) => {
            let complaint = fields
                .first()
                .map(|field| cx.texts.message(cx.locale, &field.message));
            account_page(&cx, form.name, complaint).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn revoke(cx: Cx, Path(session): Path<String>) -> web::Result<Response> {
    let session = SessionId::parse(&session).map_err(|_| Error::NotFound("session"))?;
    actions::revoke_session(&cx, &session).await?;
    Ok(redirect("/account"))
}

#[derive(Deserialize)]
struct DemoQuery {
    #[serde(rename = "as", default)]
    role: String,
    name: Option<String>,
    next: Option<String>,
}

/// One click, and the visitor is somebody: only a demo has this route.
async fn demo_sign_in(
    cx: Cx,
    State(conferences): State<Arc<dyn Conferences>>,
    Query(query): Query<DemoQuery>,
) -> web::Result<Response> {
    let role = match query.role.as_str() {
        "" | "attendee" | "owner" => None,
        word => {
            Some(Role::parse(word).ok_or_else(|| Error::invalid("as", "identity-role-unknown"))?)
        }
    };
    let word = if query.role.is_empty() {
        "attendee"
    } else {
        query.role.as_str()
    };
    let name = query.name.unwrap_or_else(|| word.to_owned());
    let digest = kernel::id::digest(&name);
    let email = format!("{word}-{}@demo.invalid", &digest[..12]);
    let conferences = conferences.all(&cx.db).await?;
    let owner = query.role == "owner";
    let persona = Persona {
        email: &email,
        name: &name,
        role,
        conferences: &conferences,
        owner,
    };
    let account = actions::enrol(&cx.db, &persona, cx.now).await?;
    let secret = actions::begin(&cx.db, &account, &cx.client.user_agent, cx.now).await?;
    Ok(signed_in(
        &cx,
        &secret,
        query.next.as_deref().unwrap_or("/"),
    ))
}

#[derive(Template)]
#[template(path = "demo_mail.html")]
struct MailboxPage {
    page: Page,
    mails: Vec<MailView>,
}

struct MailView {
    to: String,
    subject: String,
    at: Timestamp,
    parts: Vec<Part>,
}

/// A piece of a mail's text: addresses become links.
enum Part {
    Text(String),
    Link(String),
}

async fn demo_mail(cx: Cx) -> web::Result<Response> {
    let mails = platform::mail::mailbox(&cx.db, MAILBOX_SHOWN).await?;
    let mails = mails.into_iter().map(|mail| MailView {
        parts: linked(&mail.body),
        to: mail.recipient,
        subject: mail.subject,
        at: mail.queued_at,
    });
    let page = Page::new(&cx);
    Ok(page.render(&MailboxPage {
        page: page.clone(),
        mails: mails.collect(),
    }))
}

fn linked(text: &str) -> Vec<Part> {
    let pieces = text.split_inclusive(char::is_whitespace).flat_map(|word| {
        let bare = word.trim_end();
        if bare.starts_with("http://") || bare.starts_with("https://") {
            vec![
                Part::Link(bare.to_owned()),
                Part::Text(word[bare.len()..].to_owned()),
            ]
        } else {
            vec![Part::Text(word.to_owned())]
        }
    });
    pieces.collect()
}
