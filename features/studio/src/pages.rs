//! The studio's page, and its forms for whoever has no script.

mod golive;
mod reports;
mod wall;

pub(crate) use self::reports::clock;

use axum::extract::{Path, State};
use axum::response::Response;
use http::header::{CACHE_CONTROL, HeaderValue};
use identity::{Access, Broadcast, Grant, Role, Routes, Scope};
use media_core::Order;
use program::Programme;
use serde::{Deserialize, Serialize};
use web::page::{Markup, redirect};
use web::{Cx, Form, Page, Result};

use crate::actions::keys::{By, Key, Publish};
use crate::actions::named;
use crate::model::{parse_order, parse_seat};
use crate::{InputState, Studio, TrackState, api};

pub(crate) const TEAM: Access = Access::Role(&[Role::Broadcast]);

/// Routes of this feature.
pub fn routes(studio: &Studio) -> Routes {
    let pages = Routes::<Studio>::new()
        .get("/{conf}/studio", TEAM, page)
        .get("/{conf}/studio/go-live/{track}", TEAM, golive::page)
        .post("/{conf}/studio/{track}/on-air", TEAM, direct)
        .post("/{conf}/studio/{track}/input", TEAM, direct_input)
        .post("/{conf}/studio/{track}/key", TEAM, rotate)
        .post("/{conf}/studio/{track}/key/revoke", TEAM, revoke);
    pages
        .merge(wall::routes())
        .merge(crate::slates::pages::routes())
        .merge(crate::slates::api::routes())
        .merge(reports::routes())
        .merge(api::routes())
        .state(studio.clone())
}

/// What the page's island begins with.
#[derive(Serialize)]
struct FirstState<'a> {
    conf: Conference<'a>,
    tracks: &'a [TrackState],
    talks: Vec<Choice>,
    account: Account<'a>,
    locale: &'static str,
}

#[derive(Serialize)]
struct Conference<'a> {
    slug: &'a str,
    title: &'a str,
    zone: &'a str,
}

impl<'a> Conference<'a> {
    fn of(programme: &'a Programme, locale: web::Locale) -> Self {
        let conference = &programme.conference;
        Self {
            slug: &conference.slug,
            title: conference.title_in(locale),
            zone: &conference.zone,
        }
    }
}

#[derive(Serialize)]
struct Account<'a> {
    name: &'a str,
}

/// A talk that can be put on air.
#[derive(Clone, Serialize)]
struct Choice {
    id: String,
    title: String,
    people: String,
    /// Name of its track in addresses.
    track: Option<String>,
    starts_at: kernel::Timestamp,
    ends_at: kernel::Timestamp,
}

#[derive(askama::Template)]
#[template(path = "studio.html")]
struct StudioPage {
    page: Page,
    slug: String,
    zone: String,
    island: Markup,
    tracks: Vec<Panel>,
    talks: Vec<Offer>,
}

/// A track as the page without script shows it.
struct Panel {
    state: TrackState,
    mode: String,
    signal: String,
    since: String,
    next_time: String,
    output: String,
    cause: String,
    output_since: String,
    orders: Vec<OrderShown>,
    seats: Vec<SeatShown>,
}

/// Something that may be wanted of a track's inputs.
struct OrderShown {
    word: Order,
    text: String,
}

/// One of a track's inputs.
struct SeatShown {
    input: InputState,
    name: String,
    signal: String,
    keys: Vec<KeyShown>,
}

struct KeyShown {
    created_by: String,
    created_at: String,
    created: String,
    used: Option<(String, String)>,
    revoked: Option<(String, String)>,
}

struct Offer {
    id: String,
    label: String,
}

#[derive(askama::Template)]
#[template(path = "studio_key.html")]
struct KeyPage {
    page: Page,
    slug: String,
    lead: String,
    publish: Publish,
    address: String,
}

async fn page(
    cx: Cx,
    scope: Scope,
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let conference = &programme.conference;
    let states = studio.tracks(&programme, cx.now).await?;
    let zone = conference.time_zone();
    let clock = |at: kernel::Timestamp| {
        at.to_zoned(zone.clone())
            .strftime("%m-%d %H:%M")
            .to_string()
    };
    let page = framed(&cx, &scope, &programme);
    let talks = choices(&programme);
    let first = FirstState {
        conf: Conference::of(&programme, cx.locale),
        tracks: &states,
        talks: talks.clone(),
        account: Account {
            name: &cx.signed_in()?.name,
        },
        locale: cx.locale.as_str(),
    };
    let island = page.island("studio", &first);
    let mut panels = Vec::with_capacity(states.len());
    for (track, state) in programme.tracks.iter().zip(states) {
        let keys = studio.keys(&programme, track).await?;
        let output = &state.output;
        panels.push(Panel {
            output: page.t(&format!("studio-output-{}", output.on)),
            cause: page.t(&format!("studio-cause-{}", output.cause)),
            output_since: clock(output.since),
            orders: orders(&page, &state),
            seats: seats(&page, &state, &keys, &clock),
            mode: page.t(&format!("studio-mode-{}", state.mode)),
            signal: page.t(&format!("studio-signal-{}", state.signal.state)),
            since: state
                .onair
                .as_ref()
                .map(|item| clock(item.at))
                .unwrap_or_default(),
            next_time: state
                .next
                .as_ref()
                .map(|item| clock(item.at))
                .unwrap_or_default(),
            state,
        });
    }
    let offer = |talk: Choice| Offer {
        label: format!("{} {}", clock(talk.starts_at), talk.title),
        id: talk.id,
    };
    let template = StudioPage {
        slug: conference.slug.clone(),
        zone: conference.zone.clone(),
        island,
        tracks: panels,
        talks: talks.into_iter().map(offer).collect(),
        page: page.clone(),
    };
    Ok(page.render(&template))
}

/// What is not wanted already.
fn orders(page: &Page, state: &TrackState) -> Vec<OrderShown> {
    let others = Order::ALL.iter().copied().filter(|order| {
        *order != state.output.order
            && (*order != Order::Slate || state.output.has_slate)
            && (*order != Order::Clips || state.output.has_clips)
    });
    let shown = |word| OrderShown {
        word,
        text: page.t(&format!("studio-order-{word}")),
    };
    others.map(shown).collect()
}

fn seats(
    page: &Page,
    state: &TrackState,
    keys: &[Key],
    clock: &impl Fn(kernel::Timestamp) -> String,
) -> Vec<SeatShown> {
    let mut seats = Vec::with_capacity(state.inputs.len());
    for input in &state.inputs {
        let own = keys.iter().filter(|key| key.seat == input.seat);
        seats.push(SeatShown {
            name: page.t(&format!("studio-seat-{}", input.seat)),
            signal: page.t(&format!("studio-signal-{}", input.signal.state)),
            keys: own.map(|key| key_shown(key.clone(), clock)).collect(),
            input: input.clone(),
        });
    }
    seats
}

fn key_shown(key: Key, clock: &impl Fn(kernel::Timestamp) -> String) -> KeyShown {
    let both = |at: kernel::Timestamp| (at.to_string(), clock(at));
    KeyShown {
        created_by: key.created_by,
        created_at: key.created_at.to_string(),
        created: clock(key.created_at),
        used: key.used_at.map(both),
        revoked: key.revoked_at.map(both),
    }
}

#[derive(Deserialize)]
struct DirectForm {
    mode: String,
    talk: Option<String>,
    #[serde(default)]
    reason: String,
}

async fn direct(
    cx: Cx,
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, track)): Path<(String, String)>,
    Form(form): Form<DirectForm>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let track = named(&programme, &track)?;
    let wish = onair::wish(&form.mode, form.talk.as_deref())?;
    let programmes = &studio.0.programmes;
    onair::direct(&cx, programmes, &grant, &track.id, &wish, &form.reason).await?;
    Ok(redirect(&format!("/{conf}/studio#track-{}", track.slug)))
}

#[derive(Deserialize)]
struct InputForm {
    order: String,
    #[serde(default)]
    reason: String,
}

async fn direct_input(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, track)): Path<(String, String)>,
    Form(form): Form<InputForm>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let track = named(&programme, &track)?;
    let order = parse_order(&form.order)?;
    studio
        .direct(&programme, track, order, &form.reason, &grant)
        .await?;
    Ok(redirect(&format!("/{conf}/studio#panel-{}", track.slug)))
}

#[derive(Deserialize)]
struct SeatForm {
    seat: Option<String>,
}

/// Answers with the key itself instead of leading somewhere: this is the one time that it is seen.
async fn rotate(
    cx: Cx,
    scope: Scope,
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, track)): Path<(String, String)>,
    Form(form): Form<SeatForm>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let track = named(&programme, &track)?;
    let seat = parse_seat(form.seat.as_deref())?;
    let publish = studio
        .rotate(&programme, track, seat, By::Team(&grant))
        .await?;
    let page = framed(&cx, &scope, &programme);
    let seat = page.t(&format!("studio-seat-{seat}"));
    let template = KeyPage {
        slug: conf,
        lead: page.ta(
            "studio-key-new-lead",
            &[("track", track.name.as_str()), ("seat", seat.as_str())],
        ),
        address: publish.address(),
        publish,
        page: page.clone(),
    };
    let mut response = page.render(&template);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn revoke(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, track)): Path<(String, String)>,
    Form(form): Form<SeatForm>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let track = named(&programme, &track)?;
    let seat = parse_seat(form.seat.as_deref())?;
    studio
        .revoke(&programme, track, seat, By::Team(&grant))
        .await?;
    Ok(redirect(&format!("/{conf}/studio#track-{}", track.slug)))
}

/// The talks of the programme, by time.
fn choices(programme: &Programme) -> Vec<Choice> {
    let people = |talk: &program::Talk| {
        let names = programme
            .speakers_of(&talk.id)
            .map(|speaker| speaker.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let talks = programme.talks.iter().filter(|talk| !talk.is_break());
    let choice = |talk: &program::Talk| Choice {
        id: talk.id.to_string(),
        title: talk.title.clone(),
        people: people(talk),
        track: talk
            .track
            .as_ref()
            .and_then(|id| programme.track(id))
            .map(|track| track.slug.clone()),
        starts_at: talk.starts_at,
        ends_at: talk.ends_at,
    };
    talks.map(choice).collect()
}

pub(crate) fn framed(cx: &Cx, scope: &Scope, programme: &Programme) -> Page {
    let conference = &programme.conference;
    let current = format!("/{}/studio", conference.slug);
    Page::new(cx).with_brand(program::brand(cx, conference, Some(scope), &current))
}
