//! The outbox: what became of every mail.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Response};
use kernel::text::{Lines, clean};
use kernel::{Error, Timestamp};
use platform::limits::OUTBOX_PAGE;
use platform::mail::MailId;
use platform::outbox::{self, Entry, State, Wanted};
use serde::Deserialize;
use web::form::Done;
use web::{Cx, Page, Result};

use super::Place;
use crate::actions;

/// The filters as they stand in the address.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    before: String,
}

/// A state to choose, with how many mails are in it.
struct Tab {
    href: String,
    label: String,
    count: i64,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "outbox.html")]
struct OutboxPage {
    page: Page,
    base: String,
    title: String,
    up: String,
    asked: Asked,
    tabs: Vec<Tab>,
    entries: Vec<Entry>,
    next: Option<String>,
}

impl OutboxPage {
    /// The sentence that says what became of a mail.
    fn state(&self, entry: &Entry) -> String {
        self.page
            .t(format!("outreach-state-{}", entry.state).as_str())
    }
}

pub(super) async fn list(cx: Cx, place: Place, Query(asked): Query<Asked>) -> Result<Response> {
    let asked = Asked {
        q: clean(&asked.q, Lines::One),
        ..asked
    };
    let scope = place.keeper.outbox();
    let wanted = Wanted {
        scope: scope.map(ToOwned::to_owned),
        state: State::parse(&asked.state),
        text: asked.q.clone(),
        before: before(&asked.before),
    };
    let entries = outbox::page(&cx.db, &wanted, OUTBOX_PAGE).await?;
    let is_full = i64::try_from(entries.len()).is_ok_and(|count| count >= OUTBOX_PAGE);
    let last = entries.last().filter(|_| is_full);
    let next = last.map(|last| {
        let place = format!("{}.{}", last.queued_at.as_microsecond(), last.id);
        format!(
            "{}&before={place}",
            address(&place_of(&asked), wanted.state)
        )
    });
    let tabs = tabs(&cx, &place, &asked, wanted.state).await?;
    let template = OutboxPage {
        page: place.page.clone(),
        base: place.base,
        title: place.title,
        up: place.up,
        asked,
        tabs,
        entries,
        next,
    };
    Ok(place.page.render(&template))
}

fn place_of(asked: &Asked) -> String {
    web::failure::encode(&asked.q)
}

fn address(q: &str, state: Option<State>) -> String {
    let state = state.map(State::as_str).unwrap_or_default();
    format!("?q={q}&state={state}")
}

async fn tabs(
    cx: &Cx,
    place: &Place,
    asked: &Asked,
    current: Option<State>,
) -> kernel::Result<Vec<Tab>> {
    let counts = outbox::counts(&cx.db, place.keeper.outbox()).await?;
    let count = |state: State| {
        let found = counts.iter().find(|count| count.state == state);
        found.map_or(0, |found| found.count)
    };
    let tab = |state: Option<State>, label: String, count: i64| Tab {
        href: format!("{}/mail{}", place.base, address(&place_of(asked), state)),
        label,
        count,
        is_current: state == current,
    };
    let all = counts.iter().map(|count| count.count).sum();
    let mut tabs = vec![tab(None, cx.text("outreach-all", &[]), all)];
    tabs.extend(State::ALL.iter().map(|state| {
        let label = cx.text(&format!("outreach-state-{state}"), &[]);
        tab(Some(*state), label, count(*state))
    }));
    Ok(tabs)
}

/// A place in the list as an address says it.
fn before(text: &str) -> Option<(Timestamp, MailId)> {
    let (micros, id) = text.split_once('.')?;
    let at = Timestamp::from_microsecond(micros.parse().ok()?).ok()?;
    Some((at, MailId::parse(id).ok()?))
}

/// The mail of an address.
#[derive(Deserialize)]
pub(crate) struct MailPath {
    mail: String,
}

impl MailPath {
    pub(crate) fn id(&self) -> kernel::Result<MailId> {
        MailId::parse(&self.mail).map_err(|_| Error::NotFound("mail"))
    }
}

pub(super) async fn resend(cx: Cx, place: Place, Path(path): Path<MailPath>) -> Result<Response> {
    actions::resend(&cx, &place.keeper, &path.id()?).await?;
    let back = format!("{}/mail", place.base);
    Ok(Done::to(&cx, back)
        .say("outreach-resent", &[])
        .into_response())
}

pub(super) async fn resend_all(cx: Cx, place: Place) -> Result<Response> {
    let count = actions::resend_all(&cx, &place.keeper).await?.to_string();
    Ok(Done::to(&cx, format!("{}/mail", place.base))
        .say("outreach-resent-all", &[("count", &count)])
        .into_response())
}
