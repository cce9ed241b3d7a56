//! The team's part of `/api/v2`: talks by hand, by the same use cases as the form.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use identity::{Access, Contents, Grant, Role, Routes, Scope};
use kernel::{Error, Field, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::{Call, IfMatch, Page, Window, versioned};
use web::failure::Problem;
use web::form::Sheet;
use web::list::Query;

use crate::actions::talks::{self, Act, Saved, TalkDraft, TalkRecord};
use crate::actions::{Writer, index};
use crate::model::TalkId;
use crate::model::hand::TalkState;
use crate::pages::talks::{SPEC, key_of};
use crate::pages::{programme, talk_form};
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store;

const CONTENTS: Access = Access::Role(&[Role::Contents]);

pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .get("/api/v2/conferences/{conf}/admin/talks", CONTENTS, list)
        .get(
            "/api/v2/conferences/{conf}/admin/talks/{talk}",
            CONTENTS,
            read,
        )
        .post("/api/v2/conferences/{conf}/talks", CONTENTS, add)
        .on(
            Method::PATCH,
            "/api/v2/conferences/{conf}/talks/{talk}",
            CONTENTS,
            edit,
        )
        .delete("/api/v2/conferences/{conf}/talks/{talk}", CONTENTS, bin)
        .post(
            "/api/v2/conferences/{conf}/talks/{talk}/restore",
            CONTENTS,
            restore,
        )
}

pub(super) fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

#[derive(OpenApi)]
#[openapi(paths(list, read, add, edit, bin, restore))]
struct Api;

/// A talk in the team's list.
#[derive(Debug, Serialize, ToSchema)]
struct TalkListed {
    /// Its id.
    id: String,
    /// Its title.
    title: String,
    /// What people see of it: `planned`, `cancelled` or `hidden`.
    #[schema(value_type = String)]
    state: TalkState,
    /// When it begins; null for one that stands nowhere.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    starts_at: Option<Timestamp>,
    /// When it ends.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    ends_at: Option<Timestamp>,
    /// Its track by name in addresses.
    #[schema(required)]
    track: Option<String>,
    /// How much it expects of its listeners: a word of the conference's levels; empty for none.
    level: String,
    /// Who speaks, with commas between.
    speakers: String,
    /// How often it was changed; also its entity tag.
    version: i64,
    /// Since when it is in the bin.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    binned_at: Option<Timestamp>,
}

/// What is to be different about a talk. What is left out stays; null takes away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({"title": "Observing the festival", "day": "2026-11-22", "starts_at": "2026-11-22T01:00:00Z",
    "minutes": 40, "track": "a", "speakers": ["山田 愛子"], "language": "en"}))]
pub(crate) struct TalkIn {
    /// Its title.
    title: Option<String>,
    /// Its subtitle.
    subtitle: Option<String>,
    /// What kind of talk it is.
    kind: Option<String>,
    /// Its language.
    language: Option<String>,
    /// How much it expects of its listeners: a word of the conference's levels.
    level: Option<String>,
    /// `planned`, `cancelled` or `hidden`; only a hidden talk may stand nowhere.
    #[schema(value_type = Option<String>)]
    state: Option<TalkState>,
    /// Its category by name.
    #[serde(deserialize_with = "said")]
    category: Option<Named>,
    /// Its day by date; left out with `starts_at`, the day that this instant falls into.
    #[serde(deserialize_with = "said")]
    day: Option<Named>,
    /// When it begins.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Timestamp>,
    /// How many minutes it takes.
    minutes: Option<i64>,
    /// Its track by name in addresses.
    #[serde(deserialize_with = "said")]
    track: Option<Named>,
    /// Its room by name; null for the one of its track.
    #[serde(deserialize_with = "said")]
    room: Option<Named>,
    /// Who speaks, in order: names, or names in addresses. An unknown name makes a speaker.
    speakers: Option<Vec<String>>,
    /// Short text: plain, Markdown or HTML.
    r#abstract: Option<String>,
    /// Long text.
    description: Option<String>,
    /// Links.
    #[schema(value_type = Option<Vec<super::LinkOut>>)]
    links: Option<Vec<LinkIn>>,
    /// Slides and other files.
    #[schema(value_type = Option<Vec<super::LinkOut>>)]
    slides: Option<Vec<LinkIn>>,
    /// What is meant although it collides: `speaker` (somebody speaks in two places), `day` (outside of its day).
    confirm: Vec<String>,
}

/// The name of something that a talk belongs to; null for nothing.
type Named = Option<String>;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LinkIn {
    url: String,
    #[serde(default)]
    title: String,
}

/// Tells what was left out from what is null.
fn said<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Named>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl TalkIn {
    /// The draft that this makes of a sheet; read by the same rules as the form.
    fn onto(self, sheet: Sheet, programme: &Programme) -> kernel::Result<TalkDraft> {
        let mut sheet = sheet;
        for (name, value) in [
            ("title", self.title),
            ("subtitle", self.subtitle),
            ("kind", self.kind),
            ("language", self.language),
            ("level", self.level),
            ("abstract", self.r#abstract),
            ("description", self.description),
            ("state", self.state.map(|state| state.to_string())),
            ("minutes", self.minutes.map(|minutes| minutes.to_string())),
        ] {
            if let Some(value) = value {
                sheet = sheet.put(name, value);
            }
        }
        let id = |name: &'static str, found: Option<String>| {
            found.ok_or_else(|| Error::invalid(name, "web-field-choice"))
        };
        if let Some(name) = self.category {
            let found = |name: String| {
                programme
                    .categories
                    .iter()
                    .find(|own| own.name == name)
                    .map(|own| own.id.to_string())
            };
            let value = name.map(|name| id("category", found(name))).transpose()?;
            sheet = sheet.put("category", value.unwrap_or_default());
        }
        if let Some(slug) = self.track {
            let found = |slug: String| programme.track_named(&slug).map(|own| own.id.to_string());
            let value = slug.map(|slug| id("track", found(slug))).transpose()?;
            sheet = sheet.put("track", value.unwrap_or_default());
            if self.room.is_none() {
                // Another track is in another room, unless somebody says where.
                sheet = sheet.put("room", "");
            }
        }
        if let Some(name) = self.room {
            let found = |name: String| {
                programme
                    .rooms
                    .iter()
                    .find(|own| own.name == name)
                    .map(|own| own.id.to_string())
            };
            let value = name.map(|name| id("room", found(name))).transpose()?;
            sheet = sheet.put("room", value.unwrap_or_default());
        }
        if let Some(names) = self.speakers {
            sheet = sheet.put_all("speaker.name", names);
        }
        for (group, links) in [("link", self.links), ("slide", self.slides)] {
            if let Some(links) = links {
                sheet = sheet
                    .put_all(&format!("{group}.url"), links.iter().map(|link| &link.url))
                    .put_all(
                        &format!("{group}.title"),
                        links.iter().map(|link| &link.title),
                    );
            }
        }
        sheet = placed(sheet, programme, self.day, self.starts_at)?;
        let mut draft = talk_form::draft(&sheet, programme, self.confirm)?;
        if let (Some(place), Some(at)) = (&mut draft.placement, self.starts_at) {
            // The form knows minutes of a day, an instant says more.
            place.starts_at = at;
        }
        Ok(draft)
    }
}

fn placed(
    sheet: Sheet,
    programme: &Programme,
    day: Option<Named>,
    starts_at: Option<Timestamp>,
) -> kernel::Result<Sheet> {
    let zone = programme.conference.time_zone();
    let mut sheet = sheet;
    if let Some(at) = starts_at {
        sheet = sheet.put("starts", at.to_zoned(zone.clone()).strftime("%H:%M"));
    }
    let found = match (day, starts_at) {
        (Some(None), _) => return Ok(sheet.put("day", "").put("starts", "")),
        (Some(Some(date)), _) => programme.days.iter().find(|day| day.date == date),
        (None, Some(at)) => {
            let date = at.to_zoned(zone).date();
            let during = programme
                .days
                .iter()
                .find(|day| day.starts_at <= at && at <= day.ends_at);
            during.or_else(|| programme.days.iter().find(|day| day.date() == date))
        }
        (None, None) => return Ok(sheet),
    };
    match found {
        Some(day) => Ok(sheet.put("day", &day.id)),
        None => Err(Error::invalid("day", "web-field-choice")),
    }
}

#[derive(Deserialize)]
struct TalkPath {
    talk: String,
}

impl TalkPath {
    fn id(&self) -> kernel::Result<TalkId> {
        TalkId::parse(&self.talk).map_err(|_| Error::NotFound("talk"))
    }
}

/// A talk that was saved, or what is in its way as complaints about fields.
fn saved(saved: Saved, status: StatusCode) -> web::Result<Response> {
    match saved {
        Saved::Talk(record) => Ok(versioned(status, record.version, &record)),
        Saved::Clashes(clashes) => {
            let fields = clashes.iter().map(|clash| Field {
                name: clash.field().into(),
                message: clash.message(),
            });
            Err(Error::Invalid(fields.collect()).into())
        }
    }
}

/// All talks for the team, with those that only it sees. Filters: `q`, `state` (also `bin`), `track`, `category`, `day`
/// (ids), `level` (a word of the conference's levels); `sort` is `starts`, `title` or `changed`, with `-` before it the other way round.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/admin/talks", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("q" = Option<String>, Query, description = "Words to look for"),
        ("state" = Option<String>, Query, description = "planned, cancelled, hidden or bin"), ("track" = Option<String>, Query, description = "Id of a track", example = "trk_06eb3q5v1k2m7n9p4r8s0t6u2a"),
        ("category" = Option<String>, Query, description = "Id of a category", example = "cat_06eb3q5v1k2m7n9p4r8s0t6u2a"),
        ("level" = Option<String>, Query, description = "A word of the conference's levels", example = "beginner"),
        ("day" = Option<String>, Query, description = "Id of a day", example = "day_06eb3q5v1k2m7n9p4r8s0t6u2a"),
        ("sort" = Option<String>, Query, description = "`starts`, `title` or `changed`, with `-` before it the other way round", example = "-changed"), Window),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Page<TalkListed>), (status = 403, body = Problem)))]
async fn list(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    axum::extract::Query(window): axum::extract::Query<Window>,
) -> web::Result<axum::Json<Page<TalkListed>>> {
    let programme = programme(&cx, &programmes, &scope).await?;
    window.cursor()?;
    let query = Query::of(&cx, SPEC);
    if !query.q.trim().is_empty() {
        index::complete(&cx.db, scope.conference()).await?;
    }
    let rows = store::talks::page(&cx.db, scope.conference(), &query, window.limit() + 1).await?;
    let item = |row: &store::talks::TalkLine| {
        let is_placed = row.day.is_some() || row.starts_at != Timestamp::UNIX_EPOCH;
        TalkListed {
            id: row.id.to_string(),
            title: row.title.clone(),
            state: row.state,
            starts_at: is_placed.then_some(row.starts_at),
            ends_at: is_placed.then_some(row.ends_at),
            track: row
                .track
                .as_ref()
                .and_then(|id| programme.track(id))
                .map(|own| own.slug.clone()),
            level: row.level.clone(),
            speakers: row.speakers.clone(),
            version: row.version,
            binned_at: row.binned_at,
        }
    };
    let place = |row: &store::talks::TalkLine| (row.id.to_string(), key_of(row, query.sort));
    Ok(axum::Json(Page::of(&rows, window.limit(), place, item)))
}

/// A talk for the team, by its id.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/admin/talks/{talk}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("talk" = String, Path, description = "Id of the talk")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = TalkRecord, headers(("ETag" = String, description = "For If-Match"))), (status = 404, body = Problem)))]
async fn read(cx: Cx, scope: Scope, Path(path): Path<TalkPath>) -> web::Result<Response> {
    let (_, record) = talks::read(&cx.db, scope.conference(), &path.id()?).await?;
    Ok(versioned(StatusCode::OK, record.version, &record))
}

/// Adds a talk. With `Idempotency-Key` it may be sent again for a day and is added once.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/talks", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, once per talk")),
    request_body = TalkIn,
    security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = TalkRecord), (status = 422, body = Problem, description = "Complaints by field; also what is in the way on the timetable")))]
async fn add(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    call: Call<TalkIn>,
) -> web::Result<Response> {
    if let Some(answer) = call.answered(&cx.db, cx.now).await? {
        return Ok(answer);
    }
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = talk_form::sheet(&cx, &programme, None);
    // Only the form proposes a day.
    let sheet = sheet.put("day", "");
    let draft = call.body.onto(sheet, &programme)?;
    let writer = Writer::of(&cx, &programmes);
    saved(
        talks::add(&writer, &grant, &draft, call.once.as_ref()).await?,
        StatusCode::CREATED,
    )
}

/// Changes a talk that is still in the state of `If-Match`.
#[utoipa::path(patch, path = "/api/v2/conferences/{conf}/talks/{talk}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("talk" = String, Path, description = "Id of the talk"),
        ("If-Match" = String, Header, description = "ETag of the state that was read", example = "\"v7\"")),
    request_body = TalkIn,
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = TalkRecord), (status = 412, body = Problem, description = "Somebody else changed it"),
        (status = 422, body = Problem), (status = 428, body = Problem, description = "If-Match is missing")))]
async fn edit(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<TalkPath>,
    State(programmes): State<Programmes>,
    IfMatch(version): IfMatch,
    web::form::Json(body): web::form::Json<TalkIn>,
) -> web::Result<Response> {
    let id = path.id()?;
    let programme = programme(&cx, &programmes, &scope).await?;
    let (row, record) = talks::read(&cx.db, scope.conference(), &id).await?;
    let sheet = talk_form::sheet(&cx, &programme, Some((&row, &record)));
    let draft = body.onto(sheet, &programme)?;
    let writer = Writer::of(&cx, &programmes);
    saved(
        talks::edit(&writer, &grant, &id, version, &draft).await?,
        StatusCode::OK,
    )
}

/// Puts a talk into the bin, where it stays for thirty days.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/talks/{talk}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("talk" = String, Path, description = "Id of the talk"),
        ("If-Match" = String, Header, description = "ETag of the state that was read", example = "\"v7\"")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 404, body = Problem), (status = 412, body = Problem), (status = 428, body = Problem)))]
async fn bin(
    cx: Cx,
    grant: Grant<Contents>,
    Path(path): Path<TalkPath>,
    State(programmes): State<Programmes>,
    IfMatch(version): IfMatch,
) -> web::Result<Response> {
    let writer = Writer::of(&cx, &programmes);
    talks::act(&writer, &grant, &[path.id()?], Act::Bin, Some(version)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Brings a talk back from the bin. Sent twice it is the same as once.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/talks/{talk}/restore", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("talk" = String, Path, description = "Id of the talk")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = TalkRecord), (status = 404, body = Problem), (status = 409, body = Problem, description = "Another talk stands there now")))]
async fn restore(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<TalkPath>,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let id = path.id()?;
    talks::act(
        &Writer::of(&cx, &programmes),
        &grant,
        std::slice::from_ref(&id),
        Act::Restore,
        None,
    )
    .await?;
    let (_, record) = talks::read(&cx.db, scope.conference(), &id).await?;
    Ok(versioned(StatusCode::OK, record.version, &record))
}
