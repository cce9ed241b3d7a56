//! `/{conf}/admin/audit` for the chair, `/ops/audit` for the site's owner: who did what to which record, and when.

use std::collections::HashMap;

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use db::Db;
use futures_util::stream;
use http::header;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::text::{Lines, clean};
use kernel::{Error, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use web::list::csv_file;
use web::{Cx, Page};

use super::{CHAIR, House, branded};
use crate::guard::Access;
use crate::limits;
use crate::model::ConferenceId;
use crate::model::audit::{Change, did, difference};
use crate::rights::{Chair, Grant, Scope, SiteGrant};
use crate::store::audit::{self, Entry, Wanted};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/{conf}/admin/audit", CHAIR, of_conference)
        .get("/{conf}/admin/audit.csv", CHAIR, conference_csv)
        .get("/{conf}/admin/audit.json", CHAIR, conference_json)
        .get("/ops/audit", Access::Owner, of_site)
        .get("/ops/audit.csv", Access::Owner, site_csv)
        .get("/ops/audit.json", Access::Owner, site_json)
}

/// The filters as they stand in the address.
#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    after: String,
}

impl Asked {
    /// The filters as an address says them, without the place in the list.
    fn query(&self) -> String {
        let named = [
            ("q", &self.q),
            ("who", &self.who),
            ("action", &self.action),
            ("subject", &self.subject),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let given = named.iter().filter(|(_, value)| !value.is_empty());
        let pairs = given.map(|(name, value)| format!("{name}={}", web::failure::encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// Days are those of the reader's zone. What cannot be read does not filter.
    fn wanted(&self, cx: &Cx) -> Wanted {
        let zone = cx.client.zone.as_deref().map(TimeZone::get);
        let zone = zone.and_then(Result::ok).unwrap_or(TimeZone::UTC);
        let day = |text: &str| text.parse::<Date>().ok();
        let begins = |date: Date| date.to_zoned(zone.clone()).ok().map(|at| at.timestamp());
        let next = |date: Date| date.checked_add(1.day()).ok();
        Wanted {
            account: tidy(&self.who),
            action: tidy(&self.action),
            subject: tidy(&self.subject),
            from: day(&self.from).and_then(begins).unwrap_or(EARLIEST),
            until: day(&self.to)
                .and_then(next)
                .and_then(begins)
                .unwrap_or(Timestamp::MAX),
            text: tidy(&self.q).trim().to_lowercase(),
            after: place(&self.after).unwrap_or((Timestamp::MAX, String::new())),
        }
    }
}

const EARLIEST: Timestamp = Timestamp::UNIX_EPOCH;

/// A place in the list: the instant and id of the last entry that was seen.
fn place(text: &str) -> Option<(Timestamp, String)> {
    let (micros, id) = text.split_once('.')?;
    Some((
        Timestamp::from_microsecond(micros.parse().ok()?).ok()?,
        tidy(id),
    ))
}

/// Without control characters, which one of the databases refuses even to look for.
fn tidy(text: &str) -> String {
    clean(text, Lines::One)
}

fn place_of(entry: &Entry) -> String {
    format!("{}.{}", entry.at.as_microsecond(), entry.id)
}

struct EntryView {
    at: Timestamp,
    name: Option<String>,
    account: String,
    action: String,
    /// The act in words.
    did: String,
    subject: String,
    conference: Option<String>,
    changes: Vec<Change>,
    trace: String,
}

struct Choice {
    value: String,
    label: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    page: Page,
    /// The path of this page.
    here: String,
    up: String,
    title: String,
    asked: Asked,
    query: String,
    people: Vec<Choice>,
    actions: Vec<Choice>,
    entries: Vec<EntryView>,
    next: Option<String>,
}

/// An act in the reader's words; an act of which nobody wrote them is told as it is.
fn in_words(cx: &Cx, action: &str) -> String {
    let key = did(action);
    if cx.texts.has(cx.locale, &key) {
        cx.text(&key, &[])
    } else {
        action.to_owned()
    }
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

async fn list(
    cx: &Cx,
    house: &House,
    page: Page,
    (here, up, title): (String, String, String),
    conference: Option<&ConferenceId>,
    asked: Asked,
) -> web::Result<Response> {
    let wanted = asked.wanted(cx);
    let shown = limits::AUDIT_PAGE;
    let mut entries = audit::page(&cx.db, conference, &wanted, shown + 1).await?;
    let more = i64::try_from(entries.len()).unwrap_or(i64::MAX) > shown;
    if more {
        entries.pop();
    }
    let next = entries.last().filter(|_| more).map(place_of);
    let people = audit::actors(&cx.db, conference).await?;
    let gone = cx.text("identity-account-gone", &[]);
    let people = people.into_iter().map(|actor| Choice {
        label: actor.name.unwrap_or_else(|| gone.clone()),
        value: actor.account.to_string(),
    });
    let names = names_of(cx, house, conference, &entries).await?;
    let entries = entries.into_iter().map(|entry| EntryView {
        changes: difference(&json_of(&entry.before), &json_of(&entry.after)),
        at: entry.at,
        name: entry.name,
        account: entry.account.to_string(),
        did: in_words(cx, &entry.action),
        action: entry.action,
        subject: entry.subject,
        conference: entry
            .conference
            .and_then(|id| names.get(id.as_str()).cloned()),
        trace: entry.trace,
    });
    let actions = audit::actions(&cx.db, conference).await?;
    let actions = actions.into_iter().map(|action| Choice {
        label: in_words(cx, &action),
        value: action,
    });
    let view = AuditPage {
        page: page.clone(),
        here,
        up,
        title,
        query: asked.query(),
        asked,
        people: people.collect(),
        actions: actions.collect(),
        entries: entries.collect(),
        next,
    };
    Ok(page.render(&view))
}

/// Titles of the conferences that a page of the whole site mentions.
async fn names_of(
    cx: &Cx,
    house: &House,
    conference: Option<&ConferenceId>,
    entries: &[Entry],
) -> web::Result<HashMap<String, String>> {
    let mut names = HashMap::new();
    if conference.is_some() {
        return Ok(names);
    }
    for id in entries.iter().filter_map(|entry| entry.conference.as_ref()) {
        if !names.contains_key(id.as_str())
            && let Some(shown) = house.conference(cx, id).await?
        {
            names.insert(id.to_string(), shown.title);
        }
    }
    Ok(names)
}

async fn of_conference(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    Query(asked): Query<Asked>,
) -> web::Result<Response> {
    let shown = house.shown(&cx, &scope, "admin/team").await?;
    let base = format!("/{}", shown.slug);
    let place = (format!("{base}/admin/audit"), base, shown.title.clone());
    let page = branded(&cx, &shown);
    list(&cx, &house, page, place, Some(scope.conference()), asked).await
}

async fn of_site(
    cx: Cx,
    State(house): State<House>,
    Query(asked): Query<Asked>,
) -> web::Result<Response> {
    let title = cx.text("identity-audit-site", &[]);
    let place = ("/ops/audit".to_owned(), "/".to_owned(), title);
    let page = Page::new(&cx);
    list(&cx, &house, page, place, None, asked).await
}

/// The form of a file.
#[derive(Clone, Copy)]
enum Form {
    Csv,
    Json,
}

async fn conference_csv(cx: Cx, grant: Grant<Chair>, Query(asked): Query<Asked>) -> Response {
    export(&cx, Some(grant.conference().clone()), &asked, Form::Csv)
}

async fn conference_json(cx: Cx, grant: Grant<Chair>, Query(asked): Query<Asked>) -> Response {
    export(&cx, Some(grant.conference().clone()), &asked, Form::Json)
}

async fn site_csv(cx: Cx, _: SiteGrant, Query(asked): Query<Asked>) -> Response {
    export(&cx, None, &asked, Form::Csv)
}

async fn site_json(cx: Cx, _: SiteGrant, Query(asked): Query<Asked>) -> Response {
    export(&cx, None, &asked, Form::Json)
}

/// Everything that the filters leave, however much it is: read and sent page by page.
fn export(cx: &Cx, conference: Option<ConferenceId>, asked: &Asked, form: Form) -> Response {
    let reading = Reading {
        db: cx.db.clone(),
        conference,
        wanted: Wanted {
            after: (Timestamp::MAX, String::new()),
            ..asked.wanted(cx)
        },
        form,
        state: Progress::Begin,
    };
    let (kind, name) = match form {
        Form::Csv => ("text/csv; charset=utf-8", "audit.csv"),
        Form::Json => ("application/json", "audit.json"),
    };
    let fields = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let body = Body::from_stream(stream::try_unfold(reading, Reading::step));
    (fields, body).into_response()
}

/// How far an export has come.
enum Progress {
    Begin,
    Middle { first: bool },
    End,
}

struct Reading {
    db: Db,
    conference: Option<ConferenceId>,
    wanted: Wanted,
    form: Form,
    state: Progress,
}

impl Reading {
    async fn step(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        let (mut text, first) = match self.state {
            Progress::Begin => (self.form.begin(), true),
            Progress::Middle { first } => (String::new(), first),
            Progress::End => return Ok(None),
        };
        let limit = limits::AUDIT_EXPORT_STEP;
        let conference = self.conference.as_ref();
        let entries = audit::page(&self.db, conference, &self.wanted, limit).await?;
        for (index, entry) in entries.iter().enumerate() {
            if !(first && index == 0) {
                text.push_str(self.form.between());
            }
            text.push_str(&self.form.entry(entry)?);
        }
        let done = i64::try_from(entries.len()).unwrap_or(i64::MAX) < limit;
        if let Some(last) = entries.last() {
            self.wanted.after = (last.at, last.id.to_string());
        }
        self.state = if done {
            text.push_str(self.form.end());
            Progress::End
        } else {
            Progress::Middle { first: false }
        };
        Ok(Some((Bytes::from(text), self)))
    }
}

impl Form {
    fn begin(self) -> String {
        match self {
            Self::Csv => format!(
                "{}at,conference,account,name,action,subject,before,after,trace,id\r\n",
                csv_file::MARK
            ),
            Self::Json => "[".to_owned(),
        }
    }

    fn between(self) -> &'static str {
        match self {
            Self::Csv => "",
            Self::Json => ",\n",
        }
    }

    fn end(self) -> &'static str {
        match self {
            Self::Csv => "",
            Self::Json => "]\n",
        }
    }

    fn entry(self, entry: &Entry) -> Result<String, Error> {
        match self {
            Self::Csv => {
                let conference = entry.conference.as_ref().map_or("", ConferenceId::as_str);
                let at = entry.at.to_string();
                let cells = [
                    at.as_str(),
                    conference,
                    entry.account.as_str(),
                    entry.name.as_deref().unwrap_or_default(),
                    &entry.action,
                    &entry.subject,
                    &entry.before,
                    &entry.after,
                    &entry.trace,
                    entry.id.as_str(),
                ];
                let line = csv_file::record(cells.map(str::to_owned))?;
                String::from_utf8(line).map_err(Error::internal)
            }
            Self::Json => Ok(json!({
                "id": entry.id, "at": entry.at, "conference": entry.conference, "account": entry.account,
                "name": entry.name, "action": entry.action, "subject": entry.subject,
                "before": json_of(&entry.before), "after": json_of(&entry.after), "trace": entry.trace,
            })
            .to_string()),
        }
    }
}
