//! Those who speak.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use identity::Scope;
use kernel::Error;
use serde::Deserialize;
use web::{Cx, Page};

use super::clocks::Clocks;
use super::talk::{Person, person};
use super::{brand, offered, programme, rendered, respond_page};
use crate::markup;
use crate::model::Feature;
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store::Speaker;

#[derive(Template)]
#[template(path = "speakers.html")]
struct SpeakersPage {
    page: Page,
    base: String,
    conference: String,
    people: Vec<Person>,
}

pub(super) async fn list(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    offered(&programme.conference, &scope, Feature::Speakers)?;
    respond_page(&cx, &headers, &programmes, &programme, || {
        let base = format!("/{}", programme.conference.slug);
        let note = |speaker: &Speaker| {
            programme
                .talks_of(&speaker.id)
                .map(|talk| talk.title.trim())
                .collect::<Vec<_>>()
                .join(" · ")
        };
        rendered(&SpeakersPage {
            page: Page::new(&cx).with_brand(brand(
                &cx,
                &programme.conference,
                Some(&scope),
                &format!("{base}/speakers"),
            )),
            conference: programme.conference.title_in(cx.locale).to_owned(),
            people: programme
                .speakers
                .iter()
                .map(|speaker| person(&base, speaker, note(speaker)))
                .collect(),
            base,
        })
    })
}

#[derive(Deserialize)]
pub(super) struct SpeakerPath {
    speaker: String,
}

#[derive(Template)]
#[template(path = "speaker.html")]
struct SpeakerPage {
    page: Page,
    base: String,
    conference: String,
    zone: String,
    venue: String,
    person: Person,
    biography: Safe<String>,
    preview: String,
    talks: Vec<TalkLine>,
}

struct TalkLine {
    href: String,
    title: String,
    date: String,
    start: Safe<String>,
    end: Safe<String>,
    track: String,
}

pub(super) async fn page(
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
    respond_page(&cx, &headers, &programmes, &programme, || {
        rendered(&view(&cx, &scope, &programme, speaker))
    })
}

fn view(cx: &Cx, scope: &Scope, programme: &Programme, speaker: &Speaker) -> SpeakerPage {
    let conference = &programme.conference;
    let clocks = Clocks::of(cx, conference);
    let base = format!("/{}", conference.slug);
    let talks = programme.talks_of(&speaker.id).map(|talk| TalkLine {
        href: format!("{base}/talks/{}", talk.slug),
        title: talk.title.trim().to_owned(),
        date: clocks.date(clocks.date_of(talk.starts_at)),
        start: clocks.both(talk.starts_at),
        end: clocks.time(talk.ends_at),
        track: talk
            .track
            .as_ref()
            .and_then(|id| programme.track(id))
            .map(|track| track.name.clone())
            .unwrap_or_default(),
    });
    SpeakerPage {
        conference: conference.title_in(cx.locale).to_owned(),
        zone: conference.zone.clone(),
        venue: clocks.venue_label(programme.reference()),
        person: person(&base, speaker, String::new()),
        biography: Safe(markup::to_html(&speaker.biography)),
        preview: markup::excerpt(&speaker.biography, 200),
        talks: talks.collect(),
        page: Page::new(cx).with_brand(brand(
            cx,
            conference,
            Some(scope),
            &format!("{base}/speakers"),
        )),
        base,
    }
}
