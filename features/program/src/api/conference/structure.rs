//! What talks stand in: days, rooms, tracks, categories, and the words that a conference offers.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use identity::{Access, Contents, Grant, Role, Routes, Scope};
use kernel::{Error, Timestamp};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::{Call, IfMatch, versioned};
use web::failure::Problem;

use super::OrderIn;
use crate::actions::{self, Writer};
use crate::model::Part;
use crate::pages::programme;
use crate::programme::Programme;
use crate::programmes::Programmes;

const CONTENTS: Access = Access::Role(&[Role::Contents]);

pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
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
#[openapi(paths(pieces, add, change, order, remove))]
pub(super) struct Api;

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
struct PieceIn(BTreeMap<String, String>);

/// A value of such a field.
#[derive(Deserialize)]
#[serde(untagged)]
enum Plain {
    Text(String),
    Number(i64),
    Truth(bool),
    Nothing(()),
}

impl<'de> Deserialize<'de> for PieceIn {
    fn deserialize<D: Deserializer<'de>>(body: D) -> Result<Self, D::Error> {
        body.deserialize_map(Fields)
    }
}

/// Reads the fields of a piece, each once: of two that disagree none is meant.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = PieceIn;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object of texts, numbers and truths")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<PieceIn, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some((name, value)) = members.next_entry::<String, Plain>()? {
            let value = match value {
                Plain::Text(text) => text,
                Plain::Number(number) => number.to_string(),
                Plain::Truth(truth) => truth.to_string(),
                Plain::Nothing(()) => String::new(),
            };
            if fields.insert(name, value).is_some() {
                return Err(serde::de::Error::custom("a field comes twice"));
            }
        }
        Ok(PieceIn(fields))
    }
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
    Ok(versioned(status, own.version, &own))
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
    params(("conf" = String, Path, description = "Name of the conference"), ("part" = String, Path, description = "Name of the list"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, once per piece")),
    request_body(content = Object, example = json!({"name": "Track A"})), security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = PieceOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn add(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((_, part)): Path<(String, String)>,
    call: Call<PieceIn>,
) -> web::Result<Response> {
    let part = part_of(&part)?;
    let writer = Writer::of(&cx, &programmes);
    let id = if let Some(id) = call.made::<String>(&cx.db, cx.now).await? {
        id
    } else {
        let once = call.once.as_ref();
        actions::add(&writer, &grant, part, &call.body.0, once).await?
    };
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
    IfMatch(version): IfMatch,
    web::form::Json(body): web::form::Json<PieceIn>,
) -> web::Result<Response> {
    let part = part_of(&part)?;
    let target = (piece.as_str(), Some(version));
    let writer = Writer::of(&cx, &programmes);
    actions::change(&writer, &grant, part, target, &body.0).await?;
    piece_answer(&cx, &programmes, &scope, (part, &piece), StatusCode::OK).await
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
    let way = body.way()?;
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
    IfMatch(version): IfMatch,
) -> web::Result<StatusCode> {
    let part = part_of(&part)?;
    let target = (piece.as_str(), Some(version));
    actions::remove(&Writer::of(&cx, &programmes), &grant, part, target).await?;
    Ok(StatusCode::NO_CONTENT)
}
