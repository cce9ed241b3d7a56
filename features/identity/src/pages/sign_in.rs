//! Signing in and out.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use kernel::Error;
use serde::Deserialize;
use web::{Cx, Form, Page, redirect};

use crate::model::SessionId;
use crate::sessions::cookie_name;
use crate::{actions, limits};

#[derive(Deserialize)]
pub(super) struct Next {
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

pub(super) async fn sign_in(cx: Cx, Query(query): Query<Next>) -> Response {
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
pub(super) struct LinkForm {
    email: String,
    next: Option<String>,
}

pub(super) async fn request_link(cx: Cx, Form(form): Form<LinkForm>) -> web::Result<Response> {
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

pub(super) async fn sent(cx: Cx) -> Response {
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
pub(super) struct ClaimForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
}

pub(super) async fn offer(cx: Cx, Path(token): Path<String>) -> web::Result<Response> {
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

pub(super) async fn accept(
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
pub(super) fn signed_in(cx: &Cx, secret: &str, next: &str) -> Response {
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

pub(super) async fn sign_out(cx: Cx) -> web::Result<Response> {
    if let Some(actor) = &cx.actor {
        actions::account::revoke_session(&cx, &SessionId::stored(actor.session.clone())).await?;
    }
    Ok(with_cookie(&cx, redirect("/"), "", 0))
}
