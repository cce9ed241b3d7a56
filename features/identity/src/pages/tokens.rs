//! `/account/tokens`: what programs may do in my name.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::{Error, Timestamp};
use web::form::{Choice, Done, Sheet, Submitted};
use web::{Cx, Page};

use super::House;
use crate::actions::account::own;
use crate::actions::tokens::{self as act, Wish};
use crate::guard::Access;
use crate::model::{ConferenceId, TokenId};
use crate::store::{accounts, members, tokens};

/// Days that a token lasts where nobody says otherwise.
const DAYS: i64 = 90;

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

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    page: Page,
    tokens: Vec<TokenView>,
    sheet: Sheet,
    /// A token that was just made, which nobody can see again.
    fresh: Option<String>,
}

async fn sheet(cx: &Cx, house: &House) -> web::Result<Sheet> {
    let conferences = conferences(cx, house).await?;
    let verb = |word: &str, key: &str| Choice::new(word, cx.text(key, &[]));
    let verbs = vec![
        verb("read", "identity-token-reads"),
        verb("write", "identity-token-writes"),
    ];
    let first = conferences.first().map(|choice| choice.value.clone());
    Ok(Sheet::blank()
        .put("name", "")
        .put("conference", first.unwrap_or_default())
        .put("verb", "read")
        .put("days", DAYS)
        .offer("conference", conferences)
        .offer("verb", verbs))
}

async fn show(
    cx: &Cx,
    status: StatusCode,
    house: &House,
    sheet: Sheet,
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
    let page = Page::new(cx);
    let view = TokensPage {
        page: page.clone(),
        tokens,
        sheet,
        fresh,
    };
    Ok(page.render_status(status, &view))
}

/// Conferences in whose team whoever asks is; all of them for an owner of the site.
async fn conferences(cx: &Cx, house: &House) -> web::Result<Vec<Choice>> {
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
        named.push(Choice::new(id.to_string(), title(cx, house, &id).await?));
    }
    Ok(named)
}

async fn title(cx: &Cx, house: &House, id: &ConferenceId) -> web::Result<String> {
    let shown = house.conference(cx, id).await?;
    Ok(shown.map_or_else(|| id.to_string(), |shown| shown.title))
}

async fn page(cx: Cx, State(house): State<House>) -> web::Result<Response> {
    let sheet = sheet(&cx, &house).await?;
    show(&cx, StatusCode::OK, &house, sheet, None).await
}

/// The answer carries the secret itself instead of leading to a page: it is shown once and stored nowhere.
async fn issue(cx: Cx, State(house): State<House>, submitted: Submitted) -> web::Result<Response> {
    let blank = sheet(&cx, &house).await?;
    let sheet = blank.clone().typed(&submitted);
    let conference = ConferenceId::parse(sheet.value("conference"));
    let issued = match &conference {
        Ok(conference) => {
            let wish = Wish {
                conference,
                name: sheet.value("name"),
                writes: sheet.value("verb") == "write",
                days: sheet.value("days"),
            };
            act::issue(&cx, &wish).await
        }
        Err(_) => Err(Error::invalid("conference", "identity-token-no-team")),
    };
    match issued {
        Ok(secret) => {
            let mut answer = show(&cx, StatusCode::OK, &house, blank, Some(secret)).await?;
            let never = http::HeaderValue::from_static("no-store");
            answer
                .headers_mut()
                .insert(http::header::CACHE_CONTROL, never);
            Ok(answer)
        }
        Err(error) => {
            let (status, sheet) = sheet.refused(&cx, error)?;
            show(&cx, status, &house, sheet, None).await
        }
    }
}

async fn revoke(cx: Cx, Path(token): Path<String>) -> web::Result<Response> {
    let token = TokenId::parse(&token).map_err(|_| Error::NotFound("token"))?;
    act::revoke(&cx, &token).await?;
    let done = Done::to(&cx, "/account/tokens");
    Ok(done.say("identity-token-revoked", &[]).into_response())
}
