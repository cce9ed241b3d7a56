//! The part of `/api/v2` with which a team changes its conference: state, settings, and what talks stand in.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use identity::{Access, Chair, Contents, Grant, Role, Routes, Scope};
use kernel::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::failure::Problem;

use crate::actions::{self, Settings, Way, Writer};
use crate::limits;
use crate::model::{
    ConferenceSettings, Feature, Lifecycle, NamedLink, Part, SwitchId, Watch, Words,
};
use crate::pages::programme;
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store::switches::{self, Switch};

const CONTENTS: Access = Access::Role(&[Role::Contents]);
const CHAIR: Access = Access::Role(&[Role::Chair]);

pub(super) fn routes() -> Routes<Programmes> {
    use http::Method;
    Routes::new()
        .get("/api/v2/conferences/{conf}/lifecycle", CONTENTS, lifecycle)
        .on(
            Method::PUT,
            "/api/v2/conferences/{conf}/lifecycle",
            CHAIR,
            enter,
        )
        .post("/api/v2/conferences/{conf}/switches", CHAIR, plan)
        .delete(
            "/api/v2/conferences/{conf}/switches/{switch}",
            CHAIR,
            cancel,
        )
        .get("/api/v2/conferences/{conf}/settings", CONTENTS, settings)
        .on(
            Method::PUT,
            "/api/v2/conferences/{conf}/settings",
            CONTENTS,
            settle,
        )
        .get(
            "/api/v2/conferences/{conf}/structure/{part}",
            CONTENTS,
            pieces,
        )
        .post("/api/v2/conferences/{conf}/structure/{part}", CONTENTS, add)
        .on(
            Method::PUT,
            "/api/v2/conferences/{conf}/structure/{part}/{piece}",
            CONTENTS,
            change,
        )
        .post(
            "/api/v2/conferences/{conf}/structure/{part}/{piece}/order",
            CONTENTS,
            order,
        )
        .delete(
            "/api/v2/conferences/{conf}/structure/{part}/{piece}",
            CONTENTS,
            remove,
        )
}

#[derive(OpenApi)]
#[openapi(paths(
    lifecycle, enter, plan, cancel, settings, settle, pieces, add, change, order, remove
))]
pub(super) struct Api;

/// The state that a request names in `If-Match`: `"v7"`.
fn expected(headers: &HeaderMap) -> kernel::Result<i64> {
    let said = headers.get(header::IF_MATCH).ok_or(Error::Unconditional)?;
    let number = said.to_str().ok().and_then(|tag| {
        let tag = tag.trim().strip_prefix("\"v")?;
        tag.strip_suffix('"')?.parse().ok()
    });
    number.ok_or(Error::Stale)
}

/// An answer that says which state it is about.
fn tagged(version: i64, body: impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"v{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// What a state means for everybody.
#[derive(Debug, Serialize, ToSchema)]
struct EffectsOut {
    /// People outside of the team may know of it.
    open: bool,
    /// It is on the site's front page.
    listed: bool,
    /// Its front page says how to register.
    registration: bool,
    /// The live page and its chats are open to people outside of the team.
    live: bool,
    /// Nothing in it changes any more.
    sealed: bool,
}

/// A change of the state at a date.
#[derive(Debug, Serialize, ToSchema)]
struct SwitchOut {
    /// Its id.
    id: String,
    /// The state that it leads to.
    #[schema(value_type = String, example = "announced")]
    state: Lifecycle,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `pending`, `done`, `cancelled` or `refused`.
    outcome: String,
    /// Who planned it.
    by: String,
}

/// Where a conference stands.
#[derive(Debug, Serialize, ToSchema)]
struct LifecycleOut {
    /// The state: `draft`, `announced`, `registration`, `live`, `archive` or `closed`.
    #[schema(value_type = String, example = "live")]
    state: Lifecycle,
    /// What it means for everybody.
    effects: EffectsOut,
    /// Planned changes, those to come first.
    switches: Vec<SwitchOut>,
}

/// A state to be in.
#[derive(Debug, Deserialize, ToSchema)]
struct StateIn {
    /// The state: `draft`, `announced`, `registration`, `live`, `archive` or `closed`.
    #[schema(value_type = String, example = "announced")]
    state: Lifecycle,
}

/// A state to be in from a date on.
#[derive(Debug, Deserialize, ToSchema)]
struct SwitchIn {
    /// The state.
    #[schema(value_type = String, example = "announced")]
    state: Lifecycle,
    /// When.
    #[schema(value_type = String, format = DateTime, example = "2026-09-01T01:00:00Z")]
    at: Timestamp,
}

/// What was made.
#[derive(Debug, Serialize, ToSchema)]
struct MadeOut {
    /// Its id.
    id: String,
}

fn shown_switch(row: Switch) -> SwitchOut {
    SwitchOut {
        id: row.id.to_string(),
        state: row.lifecycle,
        at: row.at,
        outcome: row.state.to_string(),
        by: row.created_by,
    }
}

async fn lifecycle_of(cx: &Cx, programme: &Programme) -> web::Result<Response> {
    let conference = &programme.conference;
    let rows = switches::switches(&cx.db, &conference.id, limits::SWITCHES_SHOWN).await?;
    let effects = conference.effects();
    let out = LifecycleOut {
        state: conference.lifecycle,
        effects: EffectsOut {
            open: effects.open,
            listed: effects.listed,
            registration: effects.registration,
            live: effects.live,
            sealed: effects.sealed,
        },
        switches: rows.into_iter().map(shown_switch).collect(),
    };
    Ok(tagged(conference.version, out))
}

/// Where a conference stands, and what is planned.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/lifecycle", tag = "conference", params(("conf" = String, Path, description = "Name of the conference")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = LifecycleOut), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn lifecycle(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    lifecycle_of(&cx, &programme).await
}

/// Brings a conference into another state. `If-Match` names the version that was read.
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/lifecycle", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("If-Match" = String, Header, description = "ETag of what was read")),
    request_body = StateIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = LifecycleOut), (status = 403, body = Problem), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 412, body = Problem), (status = 428, body = Problem)))]
async fn enter(
    cx: Cx,
    scope: Scope,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
    web::form::Json(body): web::form::Json<StateIn>,
) -> web::Result<Response> {
    let version = expected(&headers)?;
    let writer = Writer::of(&cx, &programmes);
    actions::advance(&writer, &grant, body.state, Some(version)).await?;
    let programme = programme(&cx, &programmes, &scope).await?;
    lifecycle_of(&cx, &programme).await
}

/// Plans a change of the state for a date.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/switches", tag = "conference", params(("conf" = String, Path, description = "Name of the conference")),
    request_body = SwitchIn, security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = MadeOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn plan(
    cx: Cx,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
    web::form::Json(body): web::form::Json<SwitchIn>,
) -> web::Result<Response> {
    let writer = Writer::of(&cx, &programmes);
    let id = actions::plan_switch(&writer, &grant, body.state, body.at).await?;
    let made = MadeOut { id: id.to_string() };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Calls a planned change off.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/switches/{switch}", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("switch" = String, Path, description = "Id of the planned change")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn cancel(
    cx: Cx,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
    Path((_, switch)): Path<(String, String)>,
) -> web::Result<StatusCode> {
    let switch = SwitchId::parse(&switch).map_err(|_| Error::NotFound("switch"))?;
    actions::cancel_switch(&Writer::of(&cx, &programmes), &grant, &switch).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A link of the front page.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct LinkIn {
    /// What it says, by language.
    names: BTreeMap<String, String>,
    /// Where it leads.
    url: String,
}

/// What is said about a conference beyond its programme.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct SettingsIn {
    /// Title where none is given for the reader's language.
    title: String,
    /// Title for readers of Japanese; may be empty.
    #[serde(default)]
    title_ja: String,
    /// Title for readers of English; may be empty.
    #[serde(default)]
    title_en: String,
    /// A few sentences about it as Markdown, by language.
    #[serde(default)]
    descriptions: BTreeMap<String, String>,
    /// IANA zone. Another one keeps the clock times of days and talks.
    zone: String,
    /// `anyone`, `signed_in` or `listed`.
    #[schema(value_type = String, example = "anyone")]
    watch: Watch,
    /// A mail address, or the address of a page.
    #[serde(default)]
    contact: String,
    /// Where people register.
    #[serde(default)]
    registration_url: String,
    /// The name from which its mails come; its title where this is empty.
    #[serde(default)]
    sender: String,
    /// The mail address at which answers to its mails arrive; the site's where this is empty.
    #[serde(default)]
    reply_to: String,
    /// Links of the front page.
    #[serde(default)]
    links: Vec<LinkIn>,
    /// What is switched off: `live`, `chat`, `speakers`, `files`.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    off: Vec<Feature>,
}

impl SettingsIn {
    fn of(programme: &Programme) -> (i64, Self) {
        let own = Settings::of(&programme.conference);
        let link = |link: NamedLink| LinkIn {
            names: link.names,
            url: link.url,
        };
        let out = Self {
            title: own.title,
            title_ja: own.title_ja,
            title_en: own.title_en,
            descriptions: own.more.descriptions,
            zone: own.zone,
            watch: own.watch,
            contact: own.more.contact,
            registration_url: own.more.registration_url,
            sender: own.more.sender,
            reply_to: own.more.reply_to,
            links: own.more.links.into_iter().map(link).collect(),
            off: own.more.off.into_iter().collect(),
        };
        (own.more.version, out)
    }

    fn settings(self) -> Settings {
        let link = |link: LinkIn| NamedLink {
            names: link.names as Words,
            url: link.url,
        };
        Settings {
            title: self.title,
            title_ja: self.title_ja,
            title_en: self.title_en,
            zone: self.zone,
            watch: self.watch,
            more: ConferenceSettings {
                version: 0,
                descriptions: self.descriptions,
                contact: self.contact,
                registration_url: self.registration_url,
                sender: self.sender,
                reply_to: self.reply_to,
                menu: Vec::new(),
                links: self.links.into_iter().map(link).collect(),
                off: self.off.into_iter().collect(),
            },
        }
    }
}

/// What is said about a conference beyond its programme.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/settings", tag = "conference", params(("conf" = String, Path, description = "Name of the conference")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = SettingsIn), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn settings(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let (version, out) = SettingsIn::of(&programme);
    Ok(tagged(version, out))
}

/// Sets it. `If-Match` names the version that was read.
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/settings", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("If-Match" = String, Header, description = "ETag of what was read")),
    request_body = SettingsIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = SettingsIn), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 412, body = Problem), (status = 422, body = Problem), (status = 428, body = Problem)))]
async fn settle(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
    web::form::Json(body): web::form::Json<SettingsIn>,
) -> web::Result<Response> {
    let version = expected(&headers)?;
    let writer = Writer::of(&cx, &programmes);
    actions::settle(&writer, &grant, &body.settings(), Some(version)).await?;
    let programme = programme(&cx, &programmes, &scope).await?;
    let (version, out) = SettingsIn::of(&programme);
    Ok(tagged(version, out))
}

/// Something in a list of what talks stand in; which members there are depends on the list.
#[derive(Debug, Default, Serialize, ToSchema)]
struct PieceOut {
    /// Its id.
    id: String,
    /// How often it was changed; `"v7"` in `If-Match`.
    version: i64,
    /// Its number, of rooms and tracks.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
    /// Its name, of all but words.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The word that talks carry, of types, levels, durations (minutes) and languages.
    #[serde(skip_serializing_if = "Option::is_none")]
    word: Option<String>,
    /// What people read for the word, by language.
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<BTreeMap<String, String>>,
    /// Date of a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    /// First instant of a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Timestamp>,
    /// Last instant of a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// Whether a day is for the team alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    internal: Option<bool>,
    /// Name of a track in addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    slug: Option<String>,
    /// Id of a track's room.
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<String>,
    /// Colour of a category, `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<String>,
    /// Seats of a room.
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<i64>,
    /// A few words about a room.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

fn pieces_of(programme: &Programme, part: Part) -> Vec<PieceOut> {
    let text = |text: &str| Some(text.to_owned());
    match part {
        Part::Days => {
            let out = |day: &crate::store::Day| PieceOut {
                id: day.id.to_string(),
                version: day.version,
                name: text(&day.name),
                date: text(&day.date),
                starts_at: Some(day.starts_at),
                ends_at: Some(day.ends_at),
                internal: Some(day.internal),
                ..PieceOut::default()
            };
            programme.days.iter().map(out).collect()
        }
        Part::Rooms => {
            let out = |room: &crate::store::Room| PieceOut {
                id: room.id.to_string(),
                version: room.version,
                number: Some(room.number),
                name: text(&room.name),
                description: text(&room.description),
                capacity: room.capacity,
                ..PieceOut::default()
            };
            programme.rooms.iter().map(out).collect()
        }
        Part::Tracks => {
            let out = |track: &crate::store::Track| PieceOut {
                id: track.id.to_string(),
                version: track.version,
                number: Some(track.number),
                name: text(&track.name),
                slug: text(&track.slug),
                room: track.room.as_ref().map(ToString::to_string),
                ..PieceOut::default()
            };
            programme.tracks.iter().map(out).collect()
        }
        Part::Categories => {
            let out = |own: &crate::store::Category| PieceOut {
                id: own.id.to_string(),
                version: own.version,
                name: text(&own.name),
                color: text(&own.color),
                ..PieceOut::default()
            };
            programme.categories.iter().map(out).collect()
        }
        part => {
            let out = |term: &crate::store::Term| PieceOut {
                id: term.id.to_string(),
                version: term.version,
                word: text(&term.word),
                names: Some(term.names()),
                ..PieceOut::default()
            };
            programme.terms(part).map(out).collect()
        }
    }
}

fn part_of(word: &str) -> kernel::Result<Part> {
    Part::parse(word).ok_or(Error::NotFound("list"))
}

/// The body of a piece: text, numbers and yes or no by field, as the form of its list has them.
type PieceIn = BTreeMap<String, serde_json::Value>;

fn fields(body: PieceIn) -> BTreeMap<String, String> {
    let value = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    };
    let fields = body.into_iter();
    fields.map(|(name, own)| (name, value(own))).collect()
}

async fn piece_answer(
    cx: &Cx,
    programmes: &Programmes,
    scope: &Scope,
    (part, id): (Part, &str),
    status: StatusCode,
) -> web::Result<Response> {
    let programme = programme(cx, programmes, scope).await?;
    let own = pieces_of(&programme, part)
        .into_iter()
        .find(|own| own.id == id);
    let own = own.ok_or(Error::NotFound("piece"))?;
    let mut response = tagged(own.version, own);
    *response.status_mut() = status;
    Ok(response)
}

/// A list of what talks stand in: `days`, `rooms`, `tracks`, `categories`, `types`, `levels`, `durations` or `languages`.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/structure/{part}", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "Name of the list")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<PieceOut>), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn pieces(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    Path((_, part)): Path<(String, String)>,
) -> web::Result<Response> {
    let part = part_of(&part)?;
    let programme = programme(&cx, &programmes, &scope).await?;
    Ok(Json(pieces_of(&programme, part)).into_response())
}

/// Adds to a list. Fields as in the list's form: `date`, `from`, `to`, `name`, `internal`; `name`, `description`,
/// `capacity`; `name`, `slug`, `room`; `name`, `color`; `name_ja`, `name_en`, `word`.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/structure/{part}", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "Name of the list")),
    request_body(content = Object, example = json!({"name": "Track A"})), security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = PieceOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn add(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((_, part)): Path<(String, String)>,
    web::form::Json(body): web::form::Json<PieceIn>,
) -> web::Result<Response> {
    let part = part_of(&part)?;
    let writer = Writer::of(&cx, &programmes);
    let id = actions::add(&writer, &grant, part, &fields(body)).await?;
    piece_answer(&cx, &programmes, &scope, (part, &id), StatusCode::CREATED).await
}

/// Changes something in a list. `If-Match` names the version that was read.
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/structure/{part}/{piece}", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "Name of the list"),
           ("piece" = String, Path, description = "Id"), ("If-Match" = String, Header, description = "ETag of what was read")),
    request_body(content = Object, example = json!({"name": "Track A"})), security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = PieceOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 412, body = Problem), (status = 422, body = Problem), (status = 428, body = Problem)))]
async fn change(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((_, part, piece)): Path<(String, String, String)>,
    headers: HeaderMap,
    web::form::Json(body): web::form::Json<PieceIn>,
) -> web::Result<Response> {
    let part = part_of(&part)?;
    let target = (piece.as_str(), Some(expected(&headers)?));
    let writer = Writer::of(&cx, &programmes);
    actions::change(&writer, &grant, part, target, &fields(body)).await?;
    piece_answer(&cx, &programmes, &scope, (part, &piece), StatusCode::OK).await
}

/// Which way something moves in its list.
#[derive(Debug, Deserialize, ToSchema)]
struct OrderIn {
    /// `up` or `down`.
    way: String,
}

/// Moves something one place in its list.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/structure/{part}/{piece}/order", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "Name of the list"),
           ("piece" = String, Path, description = "Id")),
    request_body = OrderIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<PieceOut>), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn order(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((_, part, piece)): Path<(String, String, String)>,
    web::form::Json(body): web::form::Json<OrderIn>,
) -> web::Result<Response> {
    let part = part_of(&part)?;
    let way = Way::parse(&body.way).ok_or_else(|| Error::invalid("way", "web-field-choice"))?;
    actions::order(&Writer::of(&cx, &programmes), &grant, part, &piece, way).await?;
    let programme = programme(&cx, &programmes, &scope).await?;
    Ok(Json(pieces_of(&programme, part)).into_response())
}

/// Removes something from its list. What depends on it loses it; a day with talks stays. `If-Match` names the version that was read.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/structure/{part}/{piece}", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "Name of the list"),
           ("piece" = String, Path, description = "Id"), ("If-Match" = String, Header, description = "ETag of what was read")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 412, body = Problem), (status = 428, body = Problem)))]
async fn remove(
    cx: Cx,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((_, part, piece)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> web::Result<StatusCode> {
    let part = part_of(&part)?;
    let target = (piece.as_str(), Some(expected(&headers)?));
    actions::remove(&Writer::of(&cx, &programmes), &grant, part, target).await?;
    Ok(StatusCode::NO_CONTENT)
}
