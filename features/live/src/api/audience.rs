//! Who may watch: the rules of single tracks, and the list of people. The rule of the whole conference is in its settings.

use axum::Json;
use axum::extract::{Path, Query, State};
use http::{Method, StatusCode};
use identity::{Access, Contents, Grant, Role, Routes, Scope};
use kernel::Timestamp;
use kernel::text::{Lines, clean};
use program::{Programme, Track, Watch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::api::{Page, Window};
use web::failure::Problem;
use web::{Cx, Result};

use crate::actions::audience::Onto;
use crate::store::audience as store;
use crate::topics::track_named;
use crate::{Live, limits};

const CONTENTS: Access = Access::Role(&[Role::Contents]);
const PEOPLE: &str = "/api/v2/conferences/{conf}/audience/people";
/// Room for what JSON writes around a list.
const JSON_BYTES: usize = 64 * 1024;

pub(super) fn routes() -> Routes<Live> {
    Routes::new()
        .get("/api/v2/conferences/{conf}/audience", CONTENTS, rules)
        .on(
            Method::PUT,
            "/api/v2/conferences/{conf}/audience/tracks/{track}",
            CONTENTS,
            rule,
        )
        .get(PEOPLE, CONTENTS, people)
        .with_body(
            Method::POST,
            PEOPLE,
            CONTENTS,
            limits::LIST_BYTES_MAX + JSON_BYTES,
            add,
        )
        .delete(PEOPLE, CONTENTS, remove)
}

/// Who may watch a conference.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Audience {
    /// The rule of the conference: `anyone`, `signed_in` or `listed`.
    #[schema(value_type = String, example = "listed")]
    watch: Watch,
    /// Its tracks.
    tracks: Vec<AudienceTrack>,
    /// How many entries the list has.
    #[schema(example = 120)]
    listed: i64,
}

/// Who may watch a track.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudienceTrack {
    /// Its name in addresses.
    #[schema(example = "a")]
    track: String,
    /// Its own rule; null for that of the conference.
    #[schema(value_type = Option<String>, example = "anyone", required)]
    watch: Option<Watch>,
}

/// A rule for a track.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AudienceRule {
    /// `anyone`, `signed_in` or `listed`; null for the rule of the conference.
    #[schema(value_type = Option<String>, example = "anyone", required)]
    watch: Option<Watch>,
}

/// Somebody on the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudiencePerson {
    /// Their mail address, or the id of their account.
    #[schema(example = "ken@example.org")]
    person: String,
    /// The track that they may watch, by its name in addresses; null for all.
    #[schema(example = "a", required)]
    track: Option<String>,
    /// Since when.
    #[schema(value_type = String, format = DateTime, example = "2026-11-22T01:00:00Z")]
    added_at: Timestamp,
}

/// People for the list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AudienceIn {
    /// Mail addresses, or ids of accounts.
    #[schema(example = json!(["ken@example.org", "mika@example.org"]))]
    people: Vec<String>,
    /// The track that they may watch, by its name in addresses; null for all.
    #[serde(default)]
    #[schema(example = "a")]
    track: Option<String>,
    /// Whether they take the place of everybody who is on that list.
    #[serde(default)]
    replace: bool,
}

/// What became of people for the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudienceAdded {
    /// How many are new.
    new: usize,
    /// How many were on it.
    known: usize,
    /// How many were taken off.
    removed: u64,
    /// What names nobody.
    #[schema(example = json!(["ken at example.org"]))]
    strange: Vec<String>,
}

async fn shown(cx: &Cx, programme: &Programme) -> Result<Json<Audience>> {
    let own = store::rules(&cx.db).await?;
    let track = |track: &Track| AudienceTrack {
        track: track.slug.clone(),
        watch: own
            .iter()
            .find(|rule| rule.track == track.id)
            .map(|rule| rule.watch),
    };
    let conference = &programme.conference;
    Ok(Json(Audience {
        watch: conference.watch,
        tracks: programme.tracks.iter().map(track).collect(),
        listed: store::count(&cx.db, &conference.id).await?,
    }))
}

/// Who may watch: the rule of a conference, and those of its tracks.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/audience", tag = "live",
    params(("conf" = String, Path, description = "Name of the conference in addresses")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Audience)))]
pub(super) async fn rules(
    cx: Cx,
    State(live): State<Live>,
    Path(conf): Path<String>,
) -> Result<Json<Audience>> {
    let programme = live.named(&conf).await?;
    shown(&cx, &programme).await
}

/// Gives a track a rule of its own, or that of its conference. Whoever may no longer watch is stopped at once.
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/audience/tracks/{track}", tag = "live",
    params(("conf" = String, Path, description = "Name of the conference in addresses"),
           ("track" = String, Path, description = "Name of the track in addresses")),
    request_body = AudienceRule, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Audience)))]
pub(super) async fn rule(
    cx: Cx,
    grant: Grant<Contents>,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
    web::form::Json(body): web::form::Json<AudienceRule>,
) -> Result<Json<Audience>> {
    let (programme, track) = live.track(&conf, &track).await?;
    live.set_rule(&cx, &grant, &programme, &track, body.watch)
        .await?;
    shown(&cx, &programme).await
}

/// Which people.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct AudienceAsked {
    /// Part of a mail address or of an account's id.
    #[param(example = "example.org")]
    q: String,
}

/// People on the list, in alphabetical order.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/audience/people", tag = "live",
    params(("conf" = String, Path, description = "Name of the conference in addresses"), AudienceAsked, Window),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Page<AudiencePerson>), (status = 422, body = Problem)))]
pub(super) async fn people(
    cx: Cx,
    scope: Scope,
    State(live): State<Live>,
    Path(conf): Path<String>,
    Query(asked): Query<AudienceAsked>,
    Query(window): Query<Window>,
) -> Result<Json<Page<AudiencePerson>>> {
    let programme = live.named(&conf).await?;
    let part = clean(&asked.q, Lines::One).to_lowercase();
    let (limit, after) = (window.limit(), window.cursor()?);
    let rows = store::after(&cx.db, scope.conference(), &part, after.as_ref(), limit + 1).await?;
    let place = |row: &store::Entry| (row.track.clone(), row.person.clone());
    let track = |id: &str| {
        let track = programme.tracks.iter().find(|own| own.id.as_str() == id);
        track.map(|own| own.slug.clone())
    };
    let item = |row: &store::Entry| AudiencePerson {
        person: row.person.clone(),
        track: track(&row.track),
        added_at: row.added_at,
    };
    Ok(Json(Page::of(&rows, limit, place, item)))
}

/// Puts people on the list. Sent twice it is the same as once.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/audience/people", tag = "live",
    params(("conf" = String, Path, description = "Name of the conference in addresses")),
    request_body = AudienceIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = AudienceAdded)))]
pub(super) async fn add(
    cx: Cx,
    grant: Grant<Contents>,
    State(live): State<Live>,
    Path(conf): Path<String>,
    web::form::Json(body): web::form::Json<AudienceIn>,
) -> Result<Json<AudienceAdded>> {
    let programme = live.named(&conf).await?;
    let track = body.track.as_deref();
    let track = track
        .map(|name| track_named(&programme, name))
        .transpose()?;
    let onto = if body.replace {
        Onto::Replaced
    } else {
        Onto::Added
    };
    // One line each, whatever stands in them.
    let lines = body.people.iter().map(|person| clean(person, Lines::One));
    let text = lines.collect::<Vec<_>>().join("\n");
    let added = live
        .add_people(&cx, &grant, &programme, track, &text, onto)
        .await?;
    Ok(Json(AudienceAdded {
        new: added.new,
        known: added.known,
        removed: added.removed,
        strange: added.strange.into_iter().map(|(_, line)| line).collect(),
    }))
}

/// Who is taken off.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AudienceOff {
    /// Their mail address, or the id of their account.
    #[param(example = "ken@example.org")]
    person: String,
    /// The track whose list it is, by its name in addresses; left out, the list for all.
    #[serde(default)]
    #[param(example = "a")]
    track: String,
}

/// Takes somebody off the list. Whoever may no longer watch is stopped at once.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/audience/people", tag = "live",
    params(("conf" = String, Path, description = "Name of the conference in addresses"), AudienceOff),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204)))]
pub(super) async fn remove(
    cx: Cx,
    grant: Grant<Contents>,
    State(live): State<Live>,
    Path(conf): Path<String>,
    Query(off): Query<AudienceOff>,
) -> Result<StatusCode> {
    let programme = live.named(&conf).await?;
    let list = match off.track.as_str() {
        "" => String::new(),
        name => track_named(&programme, name)?.id.to_string(),
    };
    let person = clean(&off.person, Lines::One).to_lowercase();
    live.remove_person(&cx, &grant, &programme, &list, &person)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
