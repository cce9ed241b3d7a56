//! To providers and back: signing in, linking, unlinking.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::Error;
use serde::Deserialize;
use web::cx::cookie;
use web::form::Done;
use web::{Cx, Page, redirect};

use super::House;
use super::sign_in::{Door, signed_in};
use crate::actions::providers::{self as act, Answer, Arrival, Missing};
use crate::guard::Access;
use crate::limits;
use crate::metrics::Outcome;
use crate::model::{IdentityId, Way};
use crate::oidc::Provider;
use crate::store::accounts;
use crate::store::providers::Offer;

/// Where an identity waits to be linked.
const WAIT: &str = "/sign-in/link";

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/sign-in/oidc/{provider}", Access::Anyone, sign_in)
        .get("/sign-in/oidc/{provider}/callback", Access::Anyone, arrive)
        .get(WAIT, Access::Anyone, waiting)
        .post(WAIT, Access::SignedIn, link)
        .get("/account/oidc/{provider}", Access::SignedIn, begin_link)
        .post(
            "/account/identities/{identity}/remove",
            Access::SignedIn,
            unlink,
        )
}

/// Name of the cookie: bound to this very host where cookies can be secure.
fn cookie_name(cx: &Cx) -> &'static str {
    if cx.site.is_secure() {
        "__Host-provider"
    } else {
        "provider"
    }
}

/// Leaves a secret with the browser; an empty one takes it away. It has to come along when a provider sends somebody back,
/// which is a navigation from another site: `Lax`.
fn keeping(cx: &Cx, mut response: Response, secret: &str, life_s: u64) -> Response {
    let secure = if cx.site.is_secure() { "; Secure" } else { "" };
    let name = cookie_name(cx);
    let line = format!("{name}={secret}; Path=/; Max-Age={life_s}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    let never = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, never);
    response
}

fn kept<'a>(cx: &Cx, headers: &'a HeaderMap) -> Option<&'a str> {
    cookie(headers, cookie_name(cx)).filter(|secret| !secret.is_empty())
}

#[derive(Default, Deserialize)]
struct Next {
    next: Option<String>,
}

async fn sign_in(
    cx: Cx,
    State(house): State<House>,
    Path(name): Path<String>,
    Query(query): Query<Next>,
) -> web::Result<Response> {
    let provider = house.providers.find(&name)?;
    let next = query.next.as_deref().unwrap_or("/");
    match act::depart(&cx, provider, next, false).await {
        Ok(departure) => Ok(leave(&cx, &departure)),
        Err(error) => refused(&cx, &house, provider, next, error).await,
    }
}

/// Whoever links a provider has signed in a moment ago; who has not is asked to.
async fn begin_link(
    cx: Cx,
    State(house): State<House>,
    Path(name): Path<String>,
) -> web::Result<Response> {
    let provider = house.providers.find(&name)?;
    match act::depart(&cx, provider, "/account/security", true).await {
        Ok(departure) => Ok(leave(&cx, &departure)),
        Err(Error::Forbidden(_)) => Ok(redirect(&format!(
            "/sign-in?again=yes&next=/account/oidc/{}",
            provider.settings.name
        ))),
        Err(error) => refused(&cx, &house, provider, "/account/security", error).await,
    }
}

fn leave(cx: &Cx, departure: &act::Departure) -> Response {
    let life = limits::PROVIDER_VISIT_LIFE.as_secs();
    keeping(cx, redirect(&departure.to), &departure.secret, life)
}

/// What a provider sends back in the address.
#[derive(Default, Deserialize)]
struct Sent {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
    iss: Option<String>,
}

async fn arrive(
    cx: Cx,
    State(house): State<House>,
    Path(name): Path<String>,
    Query(sent): Query<Sent>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let provider = house.providers.find(&name)?;
    let answer = Answer {
        code: &sent.code,
        state: &sent.state,
        error: &sent.error,
        issuer: sent.iss.as_deref(),
    };
    let (response, secret, life) =
        match act::arrive(&cx, provider, kept(&cx, &headers), &answer).await {
            Ok(Arrival::In(session, next)) => {
                count(&house, provider, Outcome::Done);
                (signed_in(&cx, &session, &next), String::new(), 0)
            }
            Ok(Arrival::Waits(secret)) => {
                let life = limits::PROVIDER_OFFER_LIFE.as_secs();
                (redirect(WAIT), secret, life)
            }
            Err(error) => (
                refused(&cx, &house, provider, "/", error).await?,
                String::new(),
                0,
            ),
        };
    Ok(keeping(&cx, response, &secret, life))
}

fn count(house: &House, provider: &Provider, outcome: Outcome) {
    let name = &provider.settings.name;
    house.metrics.tried(Way::Provider, name, outcome);
}

/// Says what went wrong, beside every other way in; to somebody who is in, beside the way back.
async fn refused(
    cx: &Cx,
    house: &House,
    provider: &Provider,
    next: &str,
    error: Error,
) -> web::Result<Response> {
    let Error::Conflict(message) = &error else {
        return Err(error.into());
    };
    let away = message.key == act::AWAY;
    let (status, outcome) = if away {
        (StatusCode::SERVICE_UNAVAILABLE, Outcome::Away)
    } else {
        (StatusCode::CONFLICT, Outcome::Refused)
    };
    count(house, provider, outcome);
    let sentence = cx.texts.message(cx.locale, message);
    if cx.actor.is_some() {
        return Ok(page(cx, status, sentence, Step::Back));
    }
    let door = Door {
        notice: Some(sentence),
        ..Door::to(next)
    };
    door.show(cx, house, status).await
}

/// What can be done on the page between a provider and an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Link.
    Link,
    /// Be somebody else.
    SignOut,
    /// Go back to the account.
    Back,
}

#[derive(Template)]
#[template(path = "provider.html")]
struct ProviderPage {
    page: Page,
    lead: String,
    step: Step,
}

fn page(cx: &Cx, status: StatusCode, lead: String, step: Step) -> Response {
    let page = Page::new(cx);
    let view = ProviderPage {
        page: page.clone(),
        lead,
        step,
    };
    page.render_status(status, &view)
}

/// An identity waits: whoever has proved the account may link it, everybody else is asked for that proof.
async fn waiting(cx: Cx, State(house): State<House>, headers: HeaderMap) -> web::Result<Response> {
    let Some(offer) = act::offered(&cx, kept(&cx, &headers)).await? else {
        return Ok(redirect("/sign-in"));
    };
    let provider = house.providers.find(&offer.provider)?;
    let label = provider.settings.label.as_str();
    let Some(account) = accounts::account(&cx.db, offer.account.as_str()).await? else {
        return Ok(redirect("/sign-in"));
    };
    let args = [
        ("provider", label),
        ("email", account.email.as_str()),
        ("known", known(&offer)),
    ];
    let words = |key| cx.text(key, &args);
    match act::missing(&cx, &offer).await? {
        Missing::Nothing => {
            let lead = words("identity-provider-link-lead");
            Ok(page(&cx, StatusCode::OK, lead, Step::Link))
        }
        Missing::Other => {
            let lead = words("identity-provider-other-lead");
            Ok(page(&cx, StatusCode::CONFLICT, lead, Step::SignOut))
        }
        Missing::Proof => {
            let door = Door {
                email: account.email.clone(),
                notice: Some(words("identity-provider-exists")),
                ..Door::to(WAIT)
            };
            door.show(&cx, &house, StatusCode::OK).await
        }
    }
}

/// What people recognise an identity by.
fn known(offer: &Offer) -> &str {
    if offer.email.is_empty() {
        &offer.subject
    } else {
        &offer.email
    }
}

async fn link(cx: Cx, State(house): State<House>, headers: HeaderMap) -> web::Result<Response> {
    let next = act::link(&cx, &house.providers, kept(&cx, &headers)).await?;
    let done = Done::to(&cx, next).say("identity-provider-done", &[]);
    Ok(keeping(&cx, done.into_response(), "", 0))
}

async fn unlink(
    cx: Cx,
    State(house): State<House>,
    Path(identity): Path<String>,
) -> web::Result<Response> {
    let identity = IdentityId::parse(&identity).map_err(|_| Error::NotFound("identity"))?;
    act::unlink(&cx, &house.providers, &identity).await?;
    let done = Done::to(&cx, "/account/security");
    Ok(done.say("identity-provider-removed", &[]).into_response())
}
