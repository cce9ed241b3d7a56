//! A talk.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use identity::Scope;
use kernel::Error;
use serde::Deserialize;
use serde_json::json;
use web::{Cx, Page};

use super::clocks::Clocks;
use super::timetable::language_label;
use super::{brand, programme, rendered, respond_page};
use crate::actions::talk_url;
use crate::air::Running;
use crate::exchange::{TalkDocument, document};
use crate::markup;
use crate::model::Part;
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::schedule::Link;
use crate::store::Talk;

/// Characters of what search engines and previews show.
const PREVIEW_CHARS: usize = 200;

#[derive(Deserialize)]
pub(super) struct TalkPath {
    talk: String,
}

#[derive(Template)]
#[template(path = "talk.html")]
struct TalkPage {
    page: Page,
    base: String,
    conference: String,
    zone: String,
    venue: String,
    title: String,
    subtitle: String,
    date: String,
    start: Safe<String>,
    end: Safe<String>,
    iso: String,
    track: Option<(String, String)>,
    tone: usize,
    room: String,
    chips: Vec<String>,
    opt_out: bool,
    license: String,
    is_break: bool,
    cancelled: bool,
    state: &'static str,
    /// What runs on its track in its time: address and title.
    instead: Option<(String, String)>,
    /// The track on which it is to be seen.
    watch: String,
    abstract_html: Safe<String>,
    description_html: Safe<String>,
    speakers: Vec<Person>,
    links: Vec<Link>,
    /// Slides: address, name, length.
    slides: Vec<(String, String, String)>,
    next: Vec<(String, String, Safe<String>)>,
    calendar: String,
    preview: String,
    linked_data: Safe<String>,
}

/// Somebody on a page.
pub(super) struct Person {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) letter: String,
    pub(super) tone: usize,
    pub(super) note: String,
}

pub(super) async fn page(
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
    respond_page(&cx, &headers, &programmes, &programme, || {
        let running = super::running(&cx, &programmes, &programme);
        rendered(&view(&cx, &scope, &running, &programme, talk))
    })
}

fn view<'a>(
    cx: &Cx,
    scope: &Scope,
    running: &Running<'a>,
    programme: &'a Programme,
    talk: &'a Talk,
) -> TalkPage {
    let conference = &programme.conference;
    let clocks = Clocks::of(cx, conference);
    let base = format!("/{}", conference.slug);
    let own: TalkDocument = document(&talk.document);
    let track = talk.track.as_ref().and_then(|id| programme.track(id));
    let tone = track
        .and_then(|track| programme.tracks.iter().position(|own| own.id == track.id))
        .map_or(1, |at| at % 12 + 1);
    let room = talk
        .room
        .as_ref()
        .and_then(|id| programme.room(id))
        .map(|room| room.name.clone());
    let category = talk.category.as_ref().and_then(|id| programme.category(id));
    let chips = category.map(|category| category.name.clone()).into_iter();
    let kind = programme.term_name(Part::Types, &talk.kind, cx.locale);
    let kind = kind.unwrap_or_else(|| talk.kind.clone());
    let language = programme.term_name(Part::Languages, &talk.language, cx.locale);
    let language = language.unwrap_or_else(|| language_label(cx, &talk.language));
    let level = programme.term_name(Part::Levels, &own.level, cx.locale);
    let level = level.unwrap_or_else(|| own.level.clone());
    let words = [kind, level, language].into_iter();
    let chips = chips.chain(words.filter(|word| !word.is_empty()));
    let about = if talk.r#abstract.trim().is_empty() {
        &talk.description
    } else {
        &talk.r#abstract
    };
    let next = track
        .and_then(|track| programme.next_after(&track.id, talk.starts_at))
        .into_iter();
    TalkPage {
        conference: conference.title_in(cx.locale).to_owned(),
        zone: conference.zone.clone(),
        venue: clocks.venue_label(talk.starts_at),
        title: talk.title.trim().to_owned(),
        subtitle: talk.subtitle.trim().to_owned(),
        date: clocks.long_date(talk.starts_at),
        start: clocks.both(talk.starts_at),
        end: clocks.time(talk.ends_at),
        iso: talk.starts_at.to_string(),
        room: room
            .clone()
            .filter(|room| track.is_none_or(|track| track.name != *room))
            .unwrap_or_default(),
        track: track.map(|track| (track.slug.clone(), track.name.clone())),
        tone,
        chips: chips.collect(),
        opt_out: talk.opt_out == Some(true),
        license: talk.license.clone(),
        is_break: talk.is_break(),
        cancelled: talk.is_cancelled(),
        instead: running.instead_of(talk).flatten().map(|other| {
            let href = format!("{base}/talks/{}", other.slug);
            (href, other.title.trim().to_owned())
        }),
        watch: running
            .track_of(talk)
            .and_then(|id| programme.track(id))
            .map(|track| track.slug.clone())
            .unwrap_or_default(),
        state: if running.runs(talk) {
            "on"
        } else if running.instead_of(talk).is_some() {
            "waiting"
        } else if talk.ends_at <= cx.now {
            "over"
        } else {
            "coming"
        },
        abstract_html: Safe(markup::to_html(&talk.r#abstract)),
        description_html: Safe(markup::to_html(&talk.description)),
        speakers: people(programme, talk, &base),
        links: own
            .links
            .into_iter()
            .chain(own.attachments)
            .filter(is_web)
            .map(titled)
            .collect(),
        slides: programme
            .slides_of(&talk.id)
            .map(|own| {
                let href = super::slides::place(programme, talk, own);
                (href, own.name.clone(), super::slides::length(own.bytes))
            })
            .collect(),
        next: next
            .map(|next| {
                (
                    format!("{base}/talks/{}", next.slug),
                    next.title.clone(),
                    clocks.time(next.starts_at),
                )
            })
            .collect(),
        calendar: format!("{base}/talks/{}/calendar.ics", talk.slug),
        preview: markup::excerpt(about, PREVIEW_CHARS),
        linked_data: linked_data(cx, programme, talk, about),
        page: Page::new(cx).with_brand(brand(
            cx,
            conference,
            Some(scope),
            &format!("{base}/timetable"),
        )),
        base,
    }
}

fn people(programme: &Programme, talk: &Talk, base: &str) -> Vec<Person> {
    let person = |speaker: &crate::store::Speaker| person(base, speaker, String::new());
    programme.speakers_of(&talk.id).map(person).collect()
}

pub(super) fn person(base: &str, speaker: &crate::store::Speaker, note: String) -> Person {
    let name = speaker.name.trim().to_owned();
    Person {
        href: format!("{base}/speakers/{}", speaker.slug),
        letter: name
            .chars()
            .next()
            .map(|c| c.to_uppercase().collect())
            .unwrap_or_default(),
        tone: usize::try_from(speaker.number).unwrap_or(0) % 12 + 1,
        name,
        note,
    }
}

/// A link that leads to the web, and nowhere else: not into a script, not to a path of somebody else's site.
fn is_web(link: &Link) -> bool {
    link.url.starts_with("https://") || link.url.starts_with("http://")
}

fn titled(mut link: Link) -> Link {
    if link.title.trim().is_empty() {
        link.title.clone_from(&link.url);
    }
    link
}

/// schema.org's Event, for search engines and calendars that read pages.
fn linked_data(cx: &Cx, programme: &Programme, talk: &Talk, about: &str) -> Safe<String> {
    let performers: Vec<_> = programme
        .speakers_of(&talk.id)
        .map(|speaker| json!({"@type": "Person", "name": speaker.name.trim()}))
        .collect();
    let url = talk_url(&cx.site.public_url, &programme.conference.slug, &talk.slug);
    let event = json!({
        "@context": "https://schema.org",
        "@type": "Event",
        "name": talk.title.trim(),
        "description": markup::excerpt(about, PREVIEW_CHARS),
        "startDate": talk.starts_at.to_string(),
        "endDate": talk.ends_at.to_string(),
        "eventStatus": if talk.is_cancelled() { "https://schema.org/EventCancelled" } else { "https://schema.org/EventScheduled" },
        "eventAttendanceMode": "https://schema.org/MixedEventAttendanceMode",
        "location": {"@type": "VirtualLocation", "url": url},
        "superEvent": {"@type": "Event", "name": programme.conference.title_in(cx.locale)},
        "performer": performers,
        "url": url,
    });
    // A "<" could end the element it stands in.
    Safe(event.to_string().replace('<', "\\u003c"))
}
