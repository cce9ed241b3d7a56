//! `/account`: who I am, and where I am signed in.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use kernel::{Error, Timestamp};
use serde::Deserialize;
use web::{Cx, Form, Page, redirect};

use crate::model::{AccountId, SessionId};
use crate::{actions, store};

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
        store::sessions::sessions(&cx.db, &AccountId::stored(actor.account.clone()), cx.now)
            .await?;
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

pub(super) async fn account(cx: Cx) -> web::Result<Response> {
    let name = cx.signed_in()?.name.clone();
    account_page(&cx, name, None).await
}

#[derive(Deserialize)]
pub(super) struct NameForm {
    name: String,
}

pub(super) async fn rename(cx: Cx, Form(form): Form<NameForm>) -> web::Result<Response> {
    match actions::account::rename(&cx, &form.name).await {
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

pub(super) async fn revoke(cx: Cx, Path(session): Path<String>) -> web::Result<Response> {
    let session = SessionId::parse(&session).map_err(|_| Error::NotFound("session"))?;
    actions::account::revoke_session(&cx, &session).await?;
    Ok(redirect("/account"))
}
