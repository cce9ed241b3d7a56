//! Signing in and out.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::Error;
use serde::{Deserialize, Serialize};
use web::cx::cookie;
use web::{Cx, Form, Page, redirect};

use super::House;
use crate::actions::{account, passwords};
use crate::guard::Access;
use crate::metrics::Outcome;
use crate::model::{SessionId, Way};
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
struct Asking {
    next: Option<String>,
    /// Whether whoever is signed in wants to prove again who they are.
    again: Option<String>,
}

/// The page on which people sign in: every way that there is, and what came of the last try.
#[derive(Default)]
pub(super) struct Door {
    pub(super) next: String,
    pub(super) email: String,
    /// What is wrong with the address.
    pub(super) complaint: Option<String>,
    /// What is wrong with address and password.
    pub(super) password_complaint: Option<String>,
    /// What is to be said before everything else.
    pub(super) notice: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    door: Door,
    /// Labels and addresses of providers.
    providers: Vec<(String, String)>,
    password: bool,
}

impl Door {
    /// The page of a request that leads on to `next`.
    pub(super) fn to(next: &str) -> Self {
        Self {
            next: web::page::local_path(next).to_owned(),
            ..Self::default()
        }
    }

    pub(super) async fn show(
        self,
        cx: &Cx,
        house: &House,
        status: StatusCode,
    ) -> web::Result<Response> {
        let next = web::failure::encode(&self.next);
        let way = |name: &str| format!("/sign-in/oidc/{name}?next={next}");
        let providers = house.providers.all().map(|provider| {
            let settings = &provider.settings;
            (settings.label.clone(), way(&settings.name))
        });
        let page = Page::new(cx);
        let view = SignInPage {
            page: page.clone(),
            providers: providers.collect(),
            password: passwords::allowed(&cx.db).await?,
            door: self,
        };
        Ok(page.render_status(status, &view))
    }
}

async fn sign_in(
    cx: Cx,
    State(house): State<House>,
    Query(asking): Query<Asking>,
) -> web::Result<Response> {
    let mut door = Door::to(asking.next.as_deref().unwrap_or("/"));
    if let Some(actor) = &cx.actor {
        if asking.again.is_none() {
            return Ok(redirect(&door.next));
        }
        door.email.clone_from(&actor.email);
        door.notice = Some(cx.text("identity-proof-again", &[]));
    }
    door.show(&cx, &house, StatusCode::OK).await
}

#[derive(Deserialize)]
struct LinkForm {
    email: String,
    next: Option<String>,
    /// Whether it is wanted in order to choose a new password.
    reset: Option<String>,
}

async fn request_link(
    cx: Cx,
    State(house): State<House>,
    Form(form): Form<LinkForm>,
) -> web::Result<Response> {
    let next = match form.reset {
        Some(_) => "/account/security#password",
        None => web::page::local_path(form.next.as_deref().unwrap_or("/")),
    };
    match actions::request_link(&cx, &form.email, next).await {
        Ok(()) => Ok(Asked::keep(&cx, &form.email, next)),
        Err(Error::Invalid(fields)) => {
            let mut door = Door::to(next);
            let complaint = fields.first();
            door.complaint = complaint.map(|field| cx.texts.message(cx.locale, &field.message));
            door.email = form.email;
            door.show(&cx, &house, StatusCode::UNPROCESSABLE_ENTITY)
                .await
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
    State(house): State<House>,
    Path(token): Path<String>,
    Form(form): Form<ClaimForm>,
) -> web::Result<Response> {
    let claimed = (!form.email.is_empty()).then_some((form.email.as_str(), form.name.as_str()));
    match actions::accept_link(&cx, &token, claimed).await {
        Ok(begun) => {
            house.metrics.tried(Way::Mail, "", Outcome::Done);
            Ok(signed_in(&cx, &begun.secret, &begun.next))
        }
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
        Err(error) => {
            house.metrics.tried(Way::Mail, "", Outcome::Refused);
            Err(error.into())
        }
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

pub(crate) fn with_cookie(
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
