//! The public part of `/api/v2`: conferences, timetable, talks, speakers, tracks.

mod acts;
mod slides;
mod speakers;
mod talks;

use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use identity::{Access, Routes, Scope};
use kernel::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::failure::Problem;
use web::{Cx, Site};

use crate::actions::talk_url;
use crate::exchange::level_of;
use crate::markup;
use crate::model::Feature;
use crate::pages::{offered, programme, respond};
use crate::programme::Programme;
use crate::programmes::{Key, Programmes};
use crate::schedule::Link;
use crate::store::{Conference, Speaker, Talk, Track};

mod conference;

const CACHING: &str = "public, no-cache";
const JSON: &str = "application/json";

/// The routes; their state is given by the pages' routes.
pub(crate) fn routes() -> Routes<Programmes> {
    Routes::new()
        .merge(acts::routes())
        .merge(slides::routes())
        .merge(talks::routes())
        .merge(speakers::routes())
        .get("/api/v2/conferences", Access::Anyone, conferences)
        .get("/api/v2/conferences/{conf}", Access::Anyone, conference)
        .get(
            "/api/v2/conferences/{conf}/timetable",
            Access::Anyone,
            timetable,
        )
        .get("/api/v2/conferences/{conf}/tracks", Access::Anyone, tracks)
        .get("/api/v2/conferences/{conf}/talks", Access::Anyone, talks)
        .get(
            "/api/v2/conferences/{conf}/talks/{talk}",
            Access::Anyone,
            talk,
        )
        .get(
            "/api/v2/conferences/{conf}/speakers",
            Access::Anyone,
            speakers,
        )
        .get(
            "/api/v2/conferences/{conf}/speakers/{speaker}",
            Access::Anyone,
            speaker,
        )
        .merge(conference::routes())
}

/// The description of these routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut all = Api::openapi();
    all.merge(conference::openapi());
    all.merge(acts::Api::openapi());
    all.merge(slides::Api::openapi());
    all.merge(talks::openapi());
    all.merge(speakers::openapi());
    all
}

#[derive(OpenApi)]
#[openapi(paths(
    conferences,
    conference,
    timetable,
    tracks,
    talks,
    talk,
    speakers,
    speaker
))]
struct Api;

/// A conference.
#[derive(Debug, Serialize, ToSchema)]
struct ConferenceOut {
    /// Its id.
    id: String,
    /// Its number.
    number: i64,
    /// Its name in addresses.
    slug: String,
    /// Its title in the reader's language.
    title: String,
    /// A few sentences about it, in the reader's language where its team wrote them.
    description: String,
    /// Its IANA zone.
    zone: String,
    /// Who may watch.
    #[schema(value_type = String, example = "anyone")]
    watch: crate::model::Watch,
    /// First date, `2026-11-22`.
    #[schema(required)]
    first_day: Option<String>,
    /// Last date.
    #[schema(required)]
    last_day: Option<String>,
    /// Where it stands in its life.
    #[schema(value_type = String, example = "live")]
    lifecycle: crate::model::Lifecycle,
    /// How often its programme was changed.
    version: i64,
    /// Its page.
    url: String,
}

/// A day.
#[derive(Debug, Serialize, ToSchema)]
struct DayOut {
    /// Counted from 1.
    index: i64,
    /// Its date in the conference's zone.
    date: String,
    /// First instant of it.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// Last instant of it; may be after midnight.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
}

/// A track.
#[derive(Debug, Serialize, ToSchema)]
struct TrackOut {
    /// Its id.
    id: String,
    /// Its number.
    number: i64,
    /// Its name in addresses.
    slug: String,
    /// Its name.
    name: String,
    /// Where it happens.
    #[schema(required)]
    room: Option<String>,
}

/// Somebody who speaks, in short.
#[derive(Debug, Serialize, ToSchema)]
struct CreditOut {
    /// Their id.
    id: String,
    /// Their number.
    number: i64,
    /// Their name in addresses.
    slug: String,
    /// Their name.
    name: String,
}

/// A talk, without its texts.
#[derive(Debug, Serialize, ToSchema)]
struct TalkOut {
    /// Its id.
    id: String,
    /// Its number.
    number: i64,
    /// Its identity across schedule files.
    guid: String,
    /// Its name in addresses.
    slug: String,
    /// Its title.
    title: String,
    /// Its subtitle.
    subtitle: String,
    /// Index of its day.
    #[schema(required)]
    day: Option<i64>,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Name of its track in addresses.
    #[schema(required)]
    track: Option<String>,
    /// Its room.
    #[schema(required)]
    room: Option<String>,
    /// Its category.
    #[schema(required)]
    category: Option<String>,
    /// What kind of talk it is, a word of the conference's own.
    kind: String,
    /// How much it expects of its listeners: a word of the conference's levels; empty for none.
    level: String,
    /// Its language.
    language: String,
    /// Whether it is a pause.
    is_break: bool,
    /// Whether it does not happen.
    cancelled: bool,
    /// Who speaks.
    speakers: Vec<CreditOut>,
    /// How often it was changed.
    version: i64,
    /// Its page.
    url: String,
}

/// A talk with its texts.
#[derive(Debug, Serialize, ToSchema)]
struct TalkFullOut {
    /// The talk.
    #[serde(flatten)]
    talk: TalkOut,
    /// Short text as it was written: plain, Markdown or HTML.
    r#abstract: String,
    /// The same as safe HTML.
    abstract_html: String,
    /// Long text as it was written.
    description: String,
    /// The same as safe HTML.
    description_html: String,
    /// Licence of the recording.
    license: String,
    /// Whether it must not be recorded.
    #[schema(required)]
    opt_out: Option<bool>,
    /// Links.
    #[schema(value_type = Vec<LinkOut>)]
    links: Vec<Link>,
    /// Files.
    #[schema(value_type = Vec<LinkOut>)]
    attachments: Vec<Link>,
    /// Slides that were uploaded here.
    slides: Vec<slides::SlidesOut>,
}

/// A link.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkOut {
    /// Where it leads.
    pub(crate) url: String,
    /// What it says.
    pub(crate) title: String,
}

/// Somebody who speaks.
#[derive(Debug, Serialize, ToSchema)]
struct SpeakerOut {
    /// Their id.
    id: String,
    /// Their number.
    number: i64,
    /// Their name in addresses.
    slug: String,
    /// Their name.
    name: String,
    /// A few sentences about them, as safe HTML.
    biography_html: String,
    /// Names of their talks in addresses.
    talks: Vec<String>,
    /// Their page.
    url: String,
}

/// The timetable.
#[derive(Debug, Serialize, ToSchema)]
struct TimetableOut {
    /// The conference.
    conference: ConferenceOut,
    /// Its days.
    days: Vec<DayOut>,
    /// Its tracks.
    tracks: Vec<TrackOut>,
    /// Its talks by time, then track.
    talks: Vec<TalkOut>,
}

#[derive(Deserialize)]
struct TalkPath {
    talk: String,
}

#[derive(Deserialize)]
struct SpeakerPath {
    speaker: String,
}

impl ConferenceOut {
    fn of(cx: &Cx, programme: &Programme) -> Self {
        let conference: &Conference = &programme.conference;
        let dates = programme.dates();
        Self {
            id: conference.id.to_string(),
            number: conference.number,
            slug: conference.slug.clone(),
            title: conference.title_in(cx.locale).to_owned(),
            description: conference.description_in(cx.locale),
            zone: conference.zone.clone(),
            watch: conference.watch,
            first_day: dates.map(|(first, _)| first.to_string()),
            last_day: dates.map(|(_, last)| last.to_string()),
            lifecycle: conference.lifecycle,
            version: conference.version,
            url: cx.site.url(&format!("/{}", conference.slug)),
        }
    }
}

impl TrackOut {
    fn of(programme: &Programme, track: &Track) -> Self {
        let room = track.room.as_ref().and_then(|id| programme.room(id));
        Self {
            id: track.id.to_string(),
            number: track.number,
            slug: track.slug.clone(),
            name: track.name.clone(),
            room: room.map(|room| room.name.clone()),
        }
    }
}

impl TalkOut {
    fn of(site: &Site, programme: &Programme, talk: &Talk) -> Self {
        let credit = |speaker: &Speaker| CreditOut {
            id: speaker.id.to_string(),
            number: speaker.number,
            slug: speaker.slug.clone(),
            name: speaker.name.clone(),
        };
        Self {
            id: talk.id.to_string(),
            number: talk.number,
            guid: talk.guid.clone(),
            slug: talk.slug.clone(),
            title: talk.title.clone(),
            subtitle: talk.subtitle.clone(),
            day: talk
                .day
                .as_ref()
                .and_then(|id| programme.day(id))
                .map(|day| day.position),
            starts_at: talk.starts_at,
            ends_at: talk.ends_at,
            track: talk
                .track
                .as_ref()
                .and_then(|id| programme.track(id))
                .map(|track| track.slug.clone()),
            room: talk
                .room
                .as_ref()
                .and_then(|id| programme.room(id))
                .map(|room| room.name.clone()),
            category: talk
                .category
                .as_ref()
                .and_then(|id| programme.category(id))
                .map(|own| own.name.clone()),
            kind: talk.kind.clone(),
            level: level_of(talk),
            language: talk.language.clone(),
            is_break: talk.is_break(),
            cancelled: talk.is_cancelled(),
            speakers: programme.speakers_of(&talk.id).map(credit).collect(),
            version: talk.version,
            url: talk_url(&site.public_url, &programme.conference.slug, &talk.slug),
        }
    }
}

impl SpeakerOut {
    fn of(site: &Site, programme: &Programme, speaker: &Speaker) -> Self {
        Self {
            id: speaker.id.to_string(),
            number: speaker.number,
            slug: speaker.slug.clone(),
            name: speaker.name.clone(),
            biography_html: markup::to_html(&speaker.biography),
            talks: programme
                .talks_of(&speaker.id)
                .map(|talk| talk.slug.clone())
                .collect(),
            url: site.url(&format!(
                "/{}/speakers/{}",
                programme.conference.slug, speaker.slug
            )),
        }
    }
}

/// An answer from memory, or made now.
fn answer<T: Serialize>(
    cx: &Cx,
    headers: &HeaderMap,
    programmes: &Programmes,
    programme: &Programme,
    make: impl FnOnce() -> T,
) -> web::Result<Response> {
    let path = cx.client.path.split('?').next().unwrap_or_default();
    let key = Key {
        conference: programme.conference.id.clone(),
        version: programme.conference.version,
        rest: programme.aspect(&format!("{} {path}", cx.locale.as_str())),
    };
    let rendered = programmes.rendered(&key, || {
        serde_json::to_string(&make()).map_err(Error::internal)
    })?;
    Ok(respond(headers, &rendered, JSON, CACHING))
}

/// Conferences of this site, the newest first; of those that are not listed the ones of the asker's own teams.
#[utoipa::path(get, path = "/api/v2/conferences", tag = "programme", responses((status = 200, body = Vec<ConferenceOut>)))]
async fn conferences(
    cx: Cx,
    State(programmes): State<Programmes>,
) -> web::Result<axum::Json<Vec<ConferenceOut>>> {
    let mut all = Vec::new();
    for (programme, _) in crate::actions::listed(&cx, &programmes).await? {
        all.push(ConferenceOut::of(&cx, &programme));
    }
    Ok(axum::Json(all))
}

/// A conference.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}", tag = "programme", params(("conf" = String, Path, description = "Name of the conference")),
    responses((status = 200, body = ConferenceOut), (status = 404, body = Problem)))]
async fn conference(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    answer(&cx, &headers, &programmes, &programme, || {
        ConferenceOut::of(&cx, &programme)
    })
}

/// The timetable: days, tracks and talks of a conference in one answer.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/timetable", tag = "programme", params(("conf" = String, Path, description = "Name of the conference")),
    responses((status = 200, body = TimetableOut), (status = 404, body = Problem)))]
async fn timetable(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    answer(&cx, &headers, &programmes, &programme, || TimetableOut {
        conference: ConferenceOut::of(&cx, &programme),
        days: programme
            .days
            .iter()
            .map(|day| DayOut {
                index: day.position,
                date: day.date.clone(),
                starts_at: day.starts_at,
                ends_at: day.ends_at,
            })
            .collect(),
        tracks: programme
            .tracks
            .iter()
            .map(|track| TrackOut::of(&programme, track))
            .collect(),
        talks: programme
            .talks
            .iter()
            .map(|talk| TalkOut::of(&cx.site, &programme, talk))
            .collect(),
    })
}

/// The tracks of a conference.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/tracks", tag = "programme", params(("conf" = String, Path, description = "Name of the conference")),
    responses((status = 200, body = Vec<TrackOut>), (status = 404, body = Problem)))]
async fn tracks(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    answer(&cx, &headers, &programmes, &programme, || {
        programme
            .tracks
            .iter()
            .map(|track| TrackOut::of(&programme, track))
            .collect::<Vec<_>>()
    })
}

/// The talks of a conference by time, then track.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/talks", tag = "programme", params(("conf" = String, Path, description = "Name of the conference")),
    responses((status = 200, body = Vec<TalkOut>), (status = 404, body = Problem)))]
async fn talks(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    answer(&cx, &headers, &programmes, &programme, || {
        programme
            .talks
            .iter()
            .map(|talk| TalkOut::of(&cx.site, &programme, talk))
            .collect::<Vec<_>>()
    })
}

/// A talk with its texts, by its name in addresses or its id.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/talks/{talk}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("talk" = String, Path, description = "Name or id of the talk")),
    responses((status = 200, body = TalkFullOut), (status = 404, body = Problem)))]
async fn talk(
    cx: Cx,
    scope: Scope,
    Path(path): Path<TalkPath>,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let talk = programme
        .talk_named(&path.talk)
        .ok_or(Error::NotFound("talk"))?;
    answer(&cx, &headers, &programmes, &programme, || {
        let own: crate::exchange::TalkDocument = crate::exchange::document(&talk.document);
        TalkFullOut {
            talk: TalkOut::of(&cx.site, &programme, talk),
            r#abstract: talk.r#abstract.clone(),
            abstract_html: markup::to_html(&talk.r#abstract),
            description: talk.description.clone(),
            description_html: markup::to_html(&talk.description),
            license: talk.license.clone(),
            opt_out: talk.opt_out,
            links: own.links,
            attachments: own.attachments,
            slides: slides::SlidesOut::all(&cx.site, &programme, talk),
        }
    })
}

/// Those who speak at a conference, by name.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/speakers", tag = "programme", params(("conf" = String, Path, description = "Name of the conference")),
    responses((status = 200, body = Vec<SpeakerOut>), (status = 404, body = Problem)))]
async fn speakers(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    offered(&programme.conference, &scope, Feature::Speakers)?;
    answer(&cx, &headers, &programmes, &programme, || {
        programme
            .speakers
            .iter()
            .map(|speaker| SpeakerOut::of(&cx.site, &programme, speaker))
            .collect::<Vec<_>>()
    })
}

/// Somebody who speaks, by their name in addresses or their id.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/speakers/{speaker}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("speaker" = String, Path, description = "Name or id of the speaker")),
    responses((status = 200, body = SpeakerOut), (status = 404, body = Problem)))]
async fn speaker(
    cx: Cx,
    scope: Scope,
    Path(path): Path<SpeakerPath>,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    offered(&programme.conference, &scope, Feature::Speakers)?;
    let speaker = programme
        .speaker_named(&path.speaker)
        .ok_or(Error::NotFound("speaker"))?;
    answer(&cx, &headers, &programmes, &programme, || {
        SpeakerOut::of(&cx.site, &programme, speaker)
    })
}
