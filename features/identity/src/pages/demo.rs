//! Shortcuts that only a demo has.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use kernel::{Error, Timestamp};
use serde::Deserialize;
use web::{Cx, Page};

use super::House;
use super::sign_in::signed_in;
use crate::actions::{self, Persona};
use crate::guard::Access;
use crate::model::Role;

/// Mails that the demo's mailbox shows.
const MAILBOX_SHOWN: i64 = 50;

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/demo/sign-in", Access::Demo, demo_sign_in)
        .get("/demo/mail", Access::Demo, demo_mail)
}

#[derive(Deserialize)]
pub(super) struct DemoQuery {
    #[serde(rename = "as", default)]
    role: String,
    name: Option<String>,
    next: Option<String>,
}

/// One click, and the visitor is somebody: only a demo has this route.
async fn demo_sign_in(
    cx: Cx,
    State(house): State<House>,
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
    let conferences = house.conferences.all(&cx.db).await?;
    let owner = query.role == "owner";
    let persona = Persona {
        email: &email,
        name: &name,
        role,
        conferences: &conferences,
        owner,
    };
    let account = actions::enrol(&cx.db, &persona, cx.now).await?;
    let secret = actions::shortcut(&cx, &account).await?;
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
