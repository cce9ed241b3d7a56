//! `/{conf}/admin/audit` for the chair, `/ops/audit` for the site's owner: who did what to which record, and when. What
//! is seen can be had as CSV, however much it is; everything as it was written, for programs, as JSON.

mod files;
mod shown;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::Timestamp;
use kernel::text::{Lines, clean};
use web::form::Choice;
use web::list::{Column, Line, Listing, Query, Spec, Takes};
use web::{Cx, Page};

use self::files::{Form, export};
use self::shown::{EntryView, Names, in_words, who};
use super::{CHAIR, House, branded};
use crate::guard::Access;
use crate::model::ConferenceId;
use crate::rights::{Chair, Grant, Scope, SiteGrant};
use crate::store::audit::{self, Order, Wanted};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/{conf}/admin/audit", CHAIR, of_conference)
        .get("/{conf}/admin/audit.json", CHAIR, conference_json)
        .get("/ops/audit", Access::Owner, of_site)
        .get("/ops/audit.json", Access::Owner, site_json)
}

const fn column(name: &'static str, label: &'static str, sorts: bool, shown: bool) -> Column {
    Column {
        name,
        label,
        sorts,
        shown,
    }
}

/// The columns; the last one only where several conferences are told of.
const COLUMNS: &[Column] = &[
    column("at", "identity-audit-when", true, true),
    column("who", "identity-audit-who", true, true),
    column("act", "identity-audit-act", true, true),
    column("record", "identity-audit-record", false, true),
    column("difference", "identity-audit-difference", false, true),
    column("trace", "identity-audit-trace", false, false),
    column("conference", "identity-audit-conference", false, true),
];

const FILTERS: &[&str] = &["who", "action", "subject", "from", "to"];

/// What the list can do.
const SITE: Spec = Spec {
    columns: COLUMNS,
    filters: FILTERS,
    sort: "-at",
};

/// The same within a conference.
const CONFERENCE: Spec = Spec {
    columns: COLUMNS.split_at(COLUMNS.len() - 1).0,
    ..SITE
};

/// Without control characters, which one of the databases refuses even to look for.
fn tidy(text: &str) -> String {
    clean(text, Lines::One)
}

/// What the address asks for. Days are those of the reader's zone; what cannot be read does not filter. `known` are the
/// acts that there are: words are also looked for in what people read for them.
fn wanted(cx: &Cx, query: &Query, known: &[String]) -> Wanted {
    let zone = cx.client.zone.as_deref().map(TimeZone::get);
    let zone = zone.and_then(Result::ok).unwrap_or(TimeZone::UTC);
    let day = |name: &str| query.filter(name).parse::<Date>().ok();
    let begins = |date: Date| date.to_zoned(zone.clone()).ok().map(|at| at.timestamp());
    let next = |date: Date| date.checked_add(1.day()).ok();
    let text = tidy(&query.q).trim().to_lowercase();
    let meant = known.iter().filter(|action| {
        let words = in_words(cx, action).to_lowercase();
        !text.is_empty() && words.contains(&text)
    });
    Wanted {
        account: tidy(query.filter("who")),
        action: tidy(query.filter("action")),
        subject: tidy(query.filter("subject")),
        from: day("from")
            .and_then(begins)
            .unwrap_or(Timestamp::UNIX_EPOCH),
        until: day("to")
            .and_then(next)
            .and_then(begins)
            .unwrap_or(Timestamp::MAX),
        actions: meant.cloned().collect(),
        text,
        order: match query.sort {
            "who" => Order::Who,
            "act" => Order::Act,
            _ => Order::At,
        },
        descending: query.descending,
        after: query.cursor.clone(),
    }
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    page: Page,
    up: String,
    title: String,
    /// Where everything that the filters leave is as it was written.
    json: String,
    listing: Listing,
    entries: Vec<EntryView>,
}

impl AuditPage {
    fn rows(&self) -> impl Iterator<Item = (&Line, &EntryView)> {
        self.listing.lines.iter().zip(&self.entries)
    }
}

/// Where a log stands: what is above it and what that is called.
struct Place {
    spec: Spec,
    up: String,
    title: String,
}

async fn list(
    cx: &Cx,
    house: &House,
    page: Page,
    place: Place,
    conference: Option<&ConferenceId>,
) -> web::Result<Response> {
    let query = Query::of(cx, place.spec);
    let known = audit::actions(&cx.db, conference).await?;
    let wanted = wanted(cx, &query, &known);
    if query.csv {
        return Ok(export(cx, house, conference, (wanted, query), Form::Csv));
    }
    let rows = audit::page(&cx.db, conference, &wanted, query.rows_wanted()).await?;
    let mut names = Names::default();
    names.learn(cx, house, &rows).await?;
    let entries: Vec<EntryView> = rows
        .into_iter()
        .map(|entry| EntryView::of(cx, &names, wanted.order, entry))
        .collect();
    let line = |entry: &EntryView| Line {
        id: entry.id.clone(),
        href: String::new(),
        key: entry.key.clone(),
        cells: entry.cells(),
    };
    let lines = entries.iter().map(line).collect();
    let json = query.address(&[]);
    let json = match json.split_once('?') {
        Some((path, rest)) => format!("{path}.json?{rest}"),
        None => format!("{json}.json"),
    };
    let listing = filtered(cx, conference, Listing::of(query, lines), &known).await?;
    let view = AuditPage {
        page: page.clone(),
        up: place.up,
        title: place.title,
        json,
        listing,
        entries,
    };
    Ok(page.render(&view))
}

/// The filters of the list.
async fn filtered(
    cx: &Cx,
    conference: Option<&ConferenceId>,
    listing: Listing,
    known: &[String],
) -> web::Result<Listing> {
    let people = audit::actors(&cx.db, conference).await?;
    let people = people.into_iter().map(|actor| {
        let label = who(cx, &actor.account, actor.name.as_deref());
        Choice::new(actor.account.as_str(), label)
    });
    let acts = known
        .iter()
        .map(|action| Choice::new(action, in_words(cx, action)));
    Ok(listing
        .filter("who", "identity-audit-who", people.collect())
        .filter("action", "identity-audit-act", acts.collect())
        .filter_by("subject", "identity-audit-record", Takes::Text)
        .filter_by("from", "identity-audit-from", Takes::Date)
        .filter_by("to", "identity-audit-to", Takes::Date))
}

async fn of_conference(cx: Cx, State(house): State<House>, scope: Scope) -> web::Result<Response> {
    let shown = house.shown(&cx, &scope, "admin/team").await?;
    let place = Place {
        spec: CONFERENCE,
        up: format!("/{}", shown.slug),
        title: shown.title.clone(),
    };
    let page = branded(&cx, &shown);
    list(&cx, &house, page, place, Some(scope.conference())).await
}

async fn of_site(cx: Cx, State(house): State<House>) -> web::Result<Response> {
    let place = Place {
        spec: SITE,
        up: "/".to_owned(),
        title: cx.text("identity-audit-site", &[]),
    };
    let page = Page::new(&cx);
    list(&cx, &house, page, place, None).await
}

async fn conference_json(
    cx: Cx,
    State(house): State<House>,
    grant: Grant<Chair>,
) -> web::Result<Response> {
    json(&cx, &house, Some(grant.conference()), CONFERENCE).await
}

async fn site_json(cx: Cx, State(house): State<House>, _: SiteGrant) -> web::Result<Response> {
    json(&cx, &house, None, SITE).await
}

async fn json(
    cx: &Cx,
    house: &House,
    conference: Option<&ConferenceId>,
    spec: Spec,
) -> web::Result<Response> {
    let query = Query::of(cx, spec);
    let known = audit::actions(&cx.db, conference).await?;
    let wanted = wanted(cx, &query, &known);
    Ok(export(cx, house, conference, (wanted, query), Form::Json))
}
