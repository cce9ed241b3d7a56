//! Signing in and out.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::Error;
use serde::{Deserialize, Serialize};
use web::cx::cookie;
use web::{Cx, Form, Page, redirect};

use super::House;
use crate::actions::account;
use crate::guard::Access;
use crate::model::SessionId;
use crate::sessions::cookie_name;
use crate::{actions, limits};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/sign-in", Access::Anyone, sign_in)
        .post("/sign-in", Access::Anyone, request_link)
        .get("/sign-in/sent", Access::Anyone, sent)
        .get("/sign-in/{token}", Access::Anyone, offer)
        .post("/sign-in/{token}", Access::Anyone, accept)
        .post("/sign-out", Access::Anyone, sign_out)
}

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
pub(super) struct LinkForm {
    email: String,
    next: Option<String>,
}

async fn request_link(cx: Cx, Form(form): Form<LinkForm>) -> web::Result<Response> {
    let next = web::page::local_path(form.next.as_deref().unwrap_or("/")).to_owned();
    match actions::request_link(&cx, &form.email, &next).await {
        Ok(()) => Ok(Asked::keep(&cx, &form.email, &next)),
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

/// What was asked for, so that the page that says so can ask again. It stays in the browser that asked: an address
/// would carry it into logs.
#[derive(Default, Deserialize, Serialize)]
struct Asked {
    email: String,
    next: String,
}

impl Asked {
    const COOKIE: &str = "asked";

    fn keep(cx: &Cx, email: &str, next: &str) -> Response {
        let asked = Self {
            email: email.trim().to_owned(),
            next: next.to_owned(),
        };
        let text = serde_json::to_vec(&asked).unwrap_or_default();
        let text = BASE64URL_NOPAD.encode(&text);
        let secure = if cx.site.is_secure() { "; Secure" } else { "" };
        let (name, life) = (Self::COOKIE, limits::LINK_LIFE.as_secs());
        let line =
            format!("{name}={text}; Path=/sign-in; Max-Age={life}; HttpOnly; SameSite=Lax{secure}");
        let mut response = redirect("/sign-in/sent");
        // An address as long as may be and a long way to go are more than a cookie holds: then it is typed again.
        if line.len() <= limits::ASKED_BYTES_MAX
            && let Ok(line) = HeaderValue::from_str(&line)
        {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
        response
    }

    fn of(headers: &HeaderMap) -> Self {
        let text = cookie(headers, Self::COOKIE).map(str::as_bytes);
        let bytes = text.and_then(|text| BASE64URL_NOPAD.decode(text).ok());
        let asked = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        asked.unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "sign_in_sent.html")]
struct SentPage {
    page: Page,
    minutes: u64,
    asked: Asked,
}

async fn sent(cx: Cx, headers: HeaderMap) -> Response {
    let page = Page::new(&cx);
    page.render(&SentPage {
        page: page.clone(),
        minutes: limits::LINK_LIFE.as_secs() / 60,
        asked: Asked::of(&headers),
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

/// An answer that carries the session's cookie. A fresh secret at each sign-in: a planted one is worth nothing.
pub(super) fn with_session(cx: &Cx, response: Response, secret: &str) -> Response {
    with_cookie(cx, response, secret, limits::SESSION_LIFE.as_secs())
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

pub(super) fn with_cookie(
    cx: &Cx,
    mut response: Response,
    secret: &str,
    max_age_s: u64,
) -> Response {
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
        account::revoke_session(&cx, &SessionId::stored(actor.session.clone())).await?;
    }
    Ok(with_cookie(&cx, redirect("/"), "", 0))
}
