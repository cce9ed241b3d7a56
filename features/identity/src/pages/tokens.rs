//! `/account/tokens`: what programs may do in my name.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::{Error, Timestamp};
use serde::Deserialize;
use web::form::Done;
use web::{Cx, Form, Page};

use super::{Complaints, House};
use crate::actions::account::own;
use crate::actions::tokens::{self as act, Wish};
use crate::guard::Access;
use crate::limits;
use crate::model::{ConferenceId, TokenId};
use crate::store::{accounts, members, tokens};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/account/tokens", Access::SignedIn, page)
        .post("/account/tokens", Access::SignedIn, issue)
        .post("/account/tokens/{token}/revoke", Access::SignedIn, revoke)
}

struct TokenView {
    id: TokenId,
    name: String,
    conference: String,
    writes: bool,
    expires_at: Timestamp,
    used_at: Option<Timestamp>,
    over: bool,
}

#[derive(Clone, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    conference: String,
    #[serde(default)]
    verb: String,
    #[serde(default)]
    days: String,
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    page: Page,
    tokens: Vec<TokenView>,
    /// Conferences to choose from: id and title.
    conferences: Vec<(String, String)>,
    typed: Typed,
    complaints: Complaints,
    days_max: i64,
    /// A token that was just made, which nobody can see again.
    fresh: Option<String>,
}

async fn show(
    cx: &Cx,
    house: &House,
    typed: Typed,
    complaints: Complaints,
    fresh: Option<String>,
) -> web::Result<Response> {
    let account = own(cx)?;
    let mut tokens = Vec::new();
    for token in tokens::of(&cx.db, &account).await? {
        tokens.push(TokenView {
            conference: title(cx, house, &token.conference).await?,
            over: token.expires_at <= cx.now,
            id: token.id,
            name: token.name,
            writes: token.writes,
            expires_at: token.expires_at,
            used_at: token.used_at,
        });
    }
    let status = if complaints.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = Page::new(cx);
    let view = TokensPage {
        page: page.clone(),
        tokens,
        conferences: conferences(cx, house).await?,
        typed,
        complaints,
        days_max: limits::TOKEN_DAYS_MAX,
        fresh,
    };
    Ok(page.render_status(status, &view))
}

/// Conferences in whose team whoever asks is; all of them for an owner of the site.
async fn conferences(cx: &Cx, house: &House) -> web::Result<Vec<(String, String)>> {
    let account = own(cx)?;
    let owner = accounts::account(&cx.db, account.as_str()).await?;
    let mut ids = if owner.is_some_and(|account| account.owner) {
        house.conferences.all(&cx.db).await?
    } else {
        let places = members::places(&mut &cx.db, &account).await?;
        places.into_iter().map(|place| place.conference).collect()
    };
    ids.dedup();
    let mut named = Vec::new();
    for id in ids {
        named.push((id.to_string(), title(cx, house, &id).await?));
    }
    Ok(named)
}

async fn title(cx: &Cx, house: &House, id: &ConferenceId) -> web::Result<String> {
    let shown = house.conference(cx, id).await?;
    Ok(shown.map_or_else(|| id.to_string(), |shown| shown.title))
}

async fn page(cx: Cx, State(house): State<House>) -> web::Result<Response> {
    let typed = Typed {
        days: "90".to_owned(),
        verb: "read".to_owned(),
        ..Typed::default()
    };
    show(&cx, &house, typed, Complaints::default(), None).await
}

/// The answer carries the secret itself instead of leading to a page: it is shown once and stored nowhere.
async fn issue(
    cx: Cx,
    State(house): State<House>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let conference = ConferenceId::parse(&typed.conference);
    let issued = match &conference {
        Ok(conference) => {
            let wish = Wish {
                conference,
                name: &typed.name,
                writes: typed.verb == "write",
                days: &typed.days,
            };
            act::issue(&cx, &wish).await
        }
        Err(_) => Err(Error::invalid("conference", "identity-token-no-team")),
    };
    match issued {
        Ok(secret) => {
            let mut answer = show(
                &cx,
                &house,
                Typed::default(),
                Complaints::default(),
                Some(secret),
            )
            .await?;
            let never = http::HeaderValue::from_static("no-store");
            answer
                .headers_mut()
                .insert(http::header::CACHE_CONTROL, never);
            Ok(answer)
        }
        Err(Error::Invalid(fields)) => {
            let complaints = Complaints::of(&cx, &fields);
            show(&cx, &house, typed, complaints, None).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn revoke(cx: Cx, Path(token): Path<String>) -> web::Result<Response> {
    let token = TokenId::parse(&token).map_err(|_| Error::NotFound("token"))?;
    act::revoke(&cx, &token).await?;
    let done = Done::to(&cx, "/account/tokens");
    Ok(done.say("identity-token-revoked", &[]).into_response())
}
