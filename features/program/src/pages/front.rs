//! The site's front page with its conferences, and the front page of each.

use askama::Template;
use askama::filters::Safe;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use identity::{ConferenceId, Contents, Scope};
use web::{Cx, Page, redirect};

use super::clocks::{Clocks, date_range};
use super::looks::{Hero, hero};
use super::{brand, programme, rendered, respond_page};
use crate::air::Running;
use crate::markup;
use crate::model::{Feature, word_in};
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store::{Talk, Track};

#[derive(Template)]
#[template(path = "conferences.html")]
struct ConferencesPage {
    page: Page,
    owner: bool,
    conferences: Vec<ConferenceCard>,
}

struct ConferenceCard {
    href: String,
    title: String,
    when: String,
    about: String,
    talks: usize,
    tracks: usize,
    on_now: bool,
    /// Its state, where only its team sees it here.
    state: Option<String>,
}

pub(super) async fn conferences(
    cx: Cx,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    // Only the owner has a right in a conference that does not exist yet.
    let owner = cx.actor.is_some()
        && identity::grant::<Contents>(&cx, &ConferenceId::fresh())
            .await
            .is_ok();
    let mut cards = Vec::new();
    for (programme, listed) in crate::actions::listed(&cx, &programmes).await? {
        let dates = programme.dates();
        cards.push((
            dates.map(|(first, _)| first),
            card(&cx, &programmes, &programme, listed),
        ));
    }
    if cards.is_empty() && owner {
        return Ok(redirect("/new"));
    }
    cards.sort_by_key(|(first, _)| std::cmp::Reverse(*first));
    let page = Page::new(&cx);
    let template = ConferencesPage {
        page: page.clone(),
        owner,
        conferences: cards.into_iter().map(|(_, card)| card).collect(),
    };
    Ok(page.render(&template).into_response())
}

fn card(cx: &Cx, programmes: &Programmes, programme: &Programme, listed: bool) -> ConferenceCard {
    let conference = &programme.conference;
    let running = super::running(cx, programmes, programme);
    ConferenceCard {
        href: format!("/{}", conference.slug),
        title: conference.title_in(cx.locale).to_owned(),
        when: programme
            .dates()
            .map(|(first, last)| date_range(cx.locale, first, last))
            .unwrap_or_default(),
        about: markup::excerpt(&conference.description_in(cx.locale), 160),
        talks: programme
            .talks
            .iter()
            .filter(|talk| !talk.is_break())
            .count(),
        tracks: programme.tracks.len(),
        on_now: programme
            .talks
            .iter()
            .any(|talk| running.runs(talk) && !talk.is_break()),
        state: (!listed).then(|| super::lifecycle_word(cx, conference)),
    }
}

#[derive(Template)]
#[template(path = "top.html")]
struct TopPage {
    page: Page,
    base: String,
    title: String,
    about: Safe<String>,
    preview: String,
    zone: String,
    venue: String,
    when: String,
    where_: String,
    talks: usize,
    tracks: Vec<NowCard>,
    phase: &'static str,
    first_at: Option<(String, Safe<String>)>,
    speakers: Vec<super::talk::Person>,
    speakers_total: usize,
    /// Whether the way to the pictures is shown.
    is_live: bool,
    /// Where people register, while they can.
    registration: String,
    /// Links that the team put here: name and address.
    links: Vec<(String, String)>,
    contact: Option<(String, String)>,
    hero: Option<Hero>,
}

struct NowCard {
    tone: usize,
    name: String,
    live: String,
    on: Option<NowTalk>,
    next: Option<NowTalk>,
}

struct NowTalk {
    title: String,
    people: String,
    start: Safe<String>,
    end: Safe<String>,
    is_break: bool,
}

/// How many speakers the front page shows before it points to the list.
const SPEAKERS_SHOWN: usize = 12;

pub(super) async fn top(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    respond_page(&cx, &headers, &programmes, &programme, || {
        let running = super::running(&cx, &programmes, &programme);
        rendered(&view(&cx, &scope, &programme, &running))
    })
}

fn view(cx: &Cx, scope: &Scope, programme: &Programme, running: &Running<'_>) -> TopPage {
    let conference = &programme.conference;
    let clocks = Clocks::of(cx, conference);
    let base = format!("/{}", conference.slug);
    let first = programme.talks.first();
    let last = programme.talks.iter().map(|talk| talk.ends_at).max();
    let phase = match (first, last) {
        (Some(first), _) if cx.now < first.starts_at => "before",
        (_, Some(last)) if cx.now >= last => "after",
        (None, _) => "empty",
        _ => "during",
    };
    let tracks = programme.tracks.iter().enumerate();
    let settings = conference.settings();
    let effects = super::effects_for(conference, Some(scope));
    let offers_speakers = settings.offers(Feature::Speakers) || scope.is_team();
    TopPage {
        is_live: (effects.live && settings.offers(Feature::Live)) || scope.is_team(),
        registration: if effects.registration {
            settings.registration_url.clone()
        } else {
            String::new()
        },
        links: settings
            .links
            .iter()
            .map(|link| {
                let name = word_in(&link.names, cx.locale.as_str());
                (name.to_owned(), link.url.clone())
            })
            .collect(),
        contact: contact_of(&settings.contact),
        hero: hero(cx, conference, &settings.looks),
        title: conference.title_in(cx.locale).to_owned(),
        about: Safe(markup::to_html(&conference.description_in(cx.locale))),
        preview: markup::excerpt(&conference.description_in(cx.locale), 200),
        zone: conference.zone.clone(),
        venue: clocks.venue_label(programme.reference()),
        when: programme
            .dates()
            .map(|(first, last)| date_range(cx.locale, first, last))
            .unwrap_or_default(),
        where_: where_of(programme),
        talks: programme
            .talks
            .iter()
            .filter(|talk| !talk.is_break())
            .count(),
        tracks: tracks
            .map(|(index, track)| now_card(programme, &clocks, (index, track), running, &base))
            .collect(),
        phase,
        first_at: first.map(|talk| {
            (
                clocks.long_date(talk.starts_at),
                clocks.both(talk.starts_at),
            )
        }),
        speakers: programme
            .speakers
            .iter()
            .filter(|_| offers_speakers)
            .take(SPEAKERS_SHOWN)
            .map(|own| super::talk::person(&base, own, String::new()))
            .collect(),
        speakers_total: programme.speakers.len(),
        page: Page::new(cx).with_brand(brand(cx, conference, Some(scope), &base)),
        base,
    }
}

/// What a contact reads as, and where it leads.
fn contact_of(contact: &str) -> Option<(String, String)> {
    let plain = contact.split_once("://").map_or(contact, |(_, rest)| rest);
    let href = if contact.contains("://") {
        contact.to_owned()
    } else {
        format!("mailto:{contact}")
    };
    (!contact.is_empty()).then(|| (plain.to_owned(), href))
}

/// What files say about the place, where they do.
fn where_of(programme: &Programme) -> String {
    let own: crate::exchange::ConferenceDocument =
        crate::exchange::document(&programme.conference.document);
    let said = |name: &str| {
        own.extra
            .xml
            .get(name)
            .and_then(|value| value.as_str())
            .map(str::trim)
            .unwrap_or_default()
            .to_owned()
    };
    [said("venue"), said("city")]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

fn now_card<'a>(
    programme: &Programme,
    clocks: &Clocks,
    (index, track): (usize, &'a Track),
    running: &Running<'a>,
    base: &str,
) -> NowCard {
    let talk = |talk: &Talk| NowTalk {
        title: talk.title.trim().to_owned(),
        people: programme
            .speakers_of(&talk.id)
            .map(|speaker| speaker.name.trim())
            .collect::<Vec<_>>()
            .join(", "),
        start: clocks.time(talk.starts_at),
        end: clocks.time(talk.ends_at),
        is_break: talk.is_break(),
    };
    NowCard {
        tone: index % 12 + 1,
        name: track.name.clone(),
        live: format!("{base}/live/{}", track.slug),
        on: running.on(&track.id).map(talk),
        next: running.next(&track.id).map(talk),
    }
}
