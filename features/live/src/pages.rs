//! The live page.

use axum::extract::{Path, State};
use axum::response::Response;
use identity::{Access, Routes, Scope};
use media_core::{ChannelName, MEDIA_NAME, MULTIVARIANT_NAME};
use program::{Programme, TalkId, Track};
use serde::Serialize;
use serde_json::Value;
use web::page::Markup;
use web::{Cx, Page, Result};

use crate::model::{Descriptor, Pass, Picture, TrackName, media_path};
use crate::{Live, api};

mod audience;
mod captions;
mod viewers;

/// Routes of this feature.
pub fn routes(live: &Live) -> Routes {
    let pages = Routes::<Live>::new()
        .get("/{conf}/live", Access::Anyone, first)
        .get("/{conf}/live/{track}", Access::Anyone, page);
    pages
        .merge(audience::routes())
        .merge(captions::routes())
        .merge(viewers::routes())
        .merge(api::routes())
        .state(live.clone())
}

/// What the page's island begins with.
#[derive(Serialize)]
struct FirstState<'a> {
    conf: Conference<'a>,
    track: &'a str,
    tracks: Vec<TrackName>,
    descriptor: &'a Descriptor,
    pass: Option<&'a Pass>,
    chat: Option<Value>,
    account: Option<Account<'a>>,
    #[serde(rename = "signInHref")]
    sign_in_href: String,
    locale: &'static str,
}

#[derive(Serialize)]
struct Conference<'a> {
    slug: &'a str,
    title: &'a str,
    zone: &'a str,
}

#[derive(Serialize)]
struct Account<'a> {
    name: &'a str,
}

#[derive(askama::Template)]
#[template(path = "live.html")]
struct LivePage {
    page: Page,
    conference: String,
    slug: String,
    zone: String,
    tracks: Vec<Tab>,
    island: Markup,
    descriptor: Descriptor,
    /// Where the picture is, with what its address needs, for browsers without script.
    source: Option<String>,
    /// What the player asks for first: the playlists and the newest header.
    ahead: Vec<String>,
    /// The picture's state in a word.
    state: String,
    /// What stands in place of a picture that is not there.
    slate: String,
    /// The entry on air.
    now: Option<Shown>,
    next: Option<Shown>,
}

struct Tab {
    name: String,
    href: String,
    current: bool,
}

/// An entry as the page without script shows it.
struct Shown {
    title: String,
    people: String,
    href: Option<String>,
    at: String,
    time: String,
}

#[derive(askama::Template)]
#[template(path = "live_none.html")]
struct NoTrackPage {
    page: Page,
    slug: String,
}

/// The track that has a picture, else the first, of those that whoever asks may watch.
async fn first(
    cx: Cx,
    scope: Scope,
    State(live): State<Live>,
    Path(conf): Path<String>,
) -> Result<Response> {
    let programme = live.named(&conf).await?;
    let mut chosen = None;
    let mut refused = None;
    for track in &programme.tracks {
        if let Err(error) = live.admit(&cx, &programme, Some(track)).await {
            refused.get_or_insert(error);
            continue;
        }
        let descriptor = live.descriptor(&programme, track, cx.now).await?;
        let is_live = descriptor.state == Picture::Live;
        if is_live || chosen.is_none() {
            chosen = Some((track, descriptor));
        }
        if is_live {
            break;
        }
    }
    match (chosen, refused) {
        (Some((track, descriptor)), _) => {
            show(&cx, &scope, &live, &programme, track, descriptor).await
        }
        (None, Some(error)) => Err(error.into()),
        (None, None) => {
            let page = framed(&cx, &scope, &programme);
            Ok(page.render(&NoTrackPage {
                page: page.clone(),
                slug: conf,
            }))
        }
    }
}

async fn page(
    cx: Cx,
    scope: Scope,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
) -> Result<Response> {
    let (programme, track) = live.track(&conf, &track).await?;
    live.admit(&cx, &programme, Some(&track)).await?;
    let descriptor = live.descriptor(&programme, &track, cx.now).await?;
    show(&cx, &scope, &live, &programme, &track, descriptor).await
}

async fn show(
    cx: &Cx,
    scope: &Scope,
    live: &Live,
    programme: &Programme,
    track: &Track,
    descriptor: Descriptor,
) -> Result<Response> {
    let conference = &programme.conference;
    let slug = conference.slug.as_str();
    let path = format!("/{slug}/live/{}", track.slug);
    let page = framed(cx, scope, programme);
    let pass = live.pass(cx, programme, track).await?;
    let state = FirstState {
        conf: Conference {
            slug,
            title: conference.title_in(cx.locale),
            zone: &conference.zone,
        },
        track: &track.slug,
        tracks: programme.tracks.iter().map(named).collect(),
        descriptor: &descriptor,
        pass: pass.as_ref(),
        chat: chat(cx, live, programme, &descriptor).await?,
        account: cx.actor.as_ref().map(|actor| Account { name: &actor.name }),
        sign_in_href: format!("/sign-in?next={}", web::failure::encode(&path)),
        locale: cx.locale.as_str(),
    };
    let tab = |other: &Track| Tab {
        name: other.name.clone(),
        href: format!("/{slug}/live/{}", other.slug),
        current: other.id == track.id,
    };
    let zone = conference.time_zone();
    let shown = |entry: &onair::Item| Shown {
        title: entry.title.clone(),
        people: entry
            .speakers
            .iter()
            .map(|person| person.name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
        href: entry.href.clone(),
        at: entry.at.to_string(),
        time: entry
            .at
            .to_zoned(zone.clone())
            .strftime("%H:%M")
            .to_string(),
    };
    let picture = descriptor.state;
    let source = descriptor.playback.as_ref().map(|_| {
        let prefix = pass.as_ref().map_or("", |pass| &pass.prefix);
        let path = media_path(slug, &track.slug);
        cx.site.media(&format!("{prefix}{path}"))
    });
    let template = LivePage {
        conference: conference.title_in(cx.locale).to_owned(),
        slug: slug.to_owned(),
        zone: conference.zone.clone(),
        tracks: programme.tracks.iter().map(tab).collect(),
        island: page.island("live", &state),
        now: descriptor
            .onair
            .last()
            .filter(|entry| !entry.title.is_empty())
            .map(shown),
        next: descriptor.next.as_ref().map(shown),
        state: page.t(&format!("live-state-{picture}")),
        slate: page.t(&format!("live-slate-{picture}")),
        page: page.clone(),
        ahead: source
            .as_deref()
            .map(|source| ahead(live, slug, track, source))
            .unwrap_or_default(),
        source,
        descriptor,
    };
    Ok(page.render(&template))
}

/// The addresses behind that of the multivariant playlist that a player asks for one after the other before it gets to
/// the media: fetched together, they cost one round trip instead of three.
fn ahead(live: &Live, conference: &str, track: &Track, source: &str) -> Vec<String> {
    let Some(folder) = source.strip_suffix(MULTIVARIANT_NAME) else {
        return Vec::new();
    };
    let name = ChannelName::parse(&format!("{conference}/{}", track.slug)).ok();
    let snapshot = name.and_then(|name| live.0.channels.snapshot(&name));
    let newest = snapshot.as_ref().and_then(|it| it.segments().last());
    let header = newest.map(|it| format!("{folder}{}/{}", it.epoch, it.init.name));
    let playlists = [source.to_owned(), format!("{folder}{MEDIA_NAME}")];
    playlists.into_iter().chain(header).collect()
}

/// The chat that the page begins with: that of the last talk on air.
async fn chat(
    cx: &Cx,
    live: &Live,
    programme: &Programme,
    descriptor: &Descriptor,
) -> Result<Option<Value>> {
    let talk = descriptor
        .onair
        .iter()
        .rev()
        .find_map(|entry| entry.talk.as_deref());
    let Some(talk) = talk.and_then(|talk| TalkId::parse(talk).ok()) else {
        return Ok(None);
    };
    // Where there is no chat for whoever asks, its lines do not come with the page either.
    let known = programme.talk(&talk);
    match known {
        Some(known) if live.admit_to_talk(cx, programme, known).await.is_ok() => {}
        _ => return Ok(None),
    }
    let mut data = live.chat(programme, &talk).await?;
    let own = live.chat_for(cx, programme, &talk).await?;
    if let (Some(data), Value::Object(own)) = (data.as_object_mut(), own) {
        data.extend(own);
    }
    Ok(Some(data))
}

fn named(track: &Track) -> TrackName {
    TrackName {
        slug: track.slug.clone(),
        name: track.name.clone(),
    }
}

fn framed(cx: &Cx, scope: &Scope, programme: &Programme) -> Page {
    framed_at(cx, scope, programme, "live")
}

/// A page of the section that its conference's menu has at `part`.
fn framed_at(cx: &Cx, scope: &Scope, programme: &Programme, part: &str) -> Page {
    let conference = &programme.conference;
    let current = format!("/{}/{part}", conference.slug);
    Page::new(cx).with_brand(program::brand(cx, conference, Some(scope), &current))
}
