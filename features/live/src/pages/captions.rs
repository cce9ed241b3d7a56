//! `/{conf}/captions`: the keys of captioners, the languages that viewers can choose from, and a line by hand.

use axum::extract::{Path, State};
use axum::response::Response;
use identity::{Access, Broadcast, Grant, Role, Routes, Scope};
use kernel::Error;
use program::{Programme, Track};
use serde::Deserialize;
use web::{Cx, Form, Page, Result, redirect};

use super::framed_at;
use crate::Live;
use crate::actions::captions::Captioner;
use crate::api::captions::address;
use crate::limits::CAPTION_CHARS_MAX;
use crate::model::captions::{NewCaption, language_name, parse_language};
use crate::store::captions as store;

const TEAM: Access = Access::Role(&[Role::Broadcast]);

pub(super) fn routes() -> Routes<Live> {
    Routes::new()
        .get("/{conf}/captions", TEAM, page)
        .post("/{conf}/captions/{track}/key", TEAM, rotate)
        .post("/{conf}/captions/{track}/key/revoke", TEAM, revoke)
        .post("/{conf}/captions/{track}/languages", TEAM, add_language)
        .post(
            "/{conf}/captions/{track}/languages/remove",
            TEAM,
            remove_language,
        )
        .post("/{conf}/captions/{track}/line", TEAM, say)
}

#[derive(askama::Template)]
#[template(path = "captions.html")]
struct CaptionsPage {
    page: Page,
    slug: String,
    conference: String,
    zone: String,
    tracks: Vec<Shown>,
    /// Name of the track, and what was wrong with what was typed for it.
    complaint: Option<(String, String)>,
    chars_max: usize,
}

struct Shown {
    slug: String,
    name: String,
    key: Option<KeyShown>,
    languages: Vec<(String, String)>,
}

struct KeyShown {
    by: String,
    at: String,
    time: String,
    used: Option<(String, String)>,
}

#[derive(askama::Template)]
#[template(path = "captions_key.html")]
struct KeyPage {
    page: Page,
    slug: String,
    track: String,
    key: String,
    address: String,
}

#[derive(Debug, Deserialize)]
struct LanguageForm {
    #[serde(default)]
    language: String,
}

#[derive(Debug, Deserialize)]
struct LineForm {
    #[serde(default)]
    language: String,
    #[serde(default)]
    text: String,
}

async fn page(
    cx: Cx,
    scope: Scope,
    State(live): State<Live>,
    Path(conf): Path<String>,
) -> Result<Response> {
    let programme = live.named(&conf).await?;
    show(&cx, &scope, &programme, None).await
}

async fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    complaint: Option<(&Track, String)>,
) -> Result<Response> {
    let conference = &programme.conference;
    let page = framed_at(cx, scope, programme, "studio");
    let keys = store::keys(&cx.db, &conference.id).await?;
    let spoken = store::languages(&cx.db).await?;
    let zone = conference.time_zone();
    let clock = |at: kernel::Timestamp| {
        let local = at.to_zoned(zone.clone());
        (at.to_string(), local.strftime("%m-%d %H:%M").to_string())
    };
    let shown = |track: &Track| {
        let key = keys.iter().find(|key| key.track == track.id);
        let own = spoken.iter().filter(|it| it.track == track.id);
        Shown {
            slug: track.slug.clone(),
            name: track.name.clone(),
            key: key.map(|key| {
                let (at, time) = clock(key.created_at);
                KeyShown {
                    by: key.created_by.clone(),
                    at,
                    time,
                    used: key.used_at.map(clock),
                }
            }),
            languages: own
                .map(|it| (it.language.clone(), language_name(&it.language)))
                .collect(),
        }
    };
    let status = match complaint {
        Some(_) => http::StatusCode::UNPROCESSABLE_ENTITY,
        None => http::StatusCode::OK,
    };
    let template = CaptionsPage {
        slug: conference.slug.clone(),
        conference: conference.title_in(cx.locale).to_owned(),
        zone: conference.zone.clone(),
        tracks: programme.tracks.iter().map(shown).collect(),
        complaint: complaint.map(|(track, sentence)| (track.slug.clone(), sentence)),
        chars_max: CAPTION_CHARS_MAX,
        page: page.clone(),
    };
    Ok(page.render_status(status, &template))
}

/// Back to where the track stands in the page.
fn back(programme: &Programme, track: &Track) -> Response {
    let conf = &programme.conference.slug;
    redirect(&format!("/{conf}/captions#{}", track.slug))
}

/// Back to the track, or the page once more with what was wrong.
async fn done(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    track: &Track,
    outcome: kernel::Result<()>,
) -> Result<Response> {
    match outcome {
        Ok(()) => Ok(back(programme, track)),
        Err(Error::Invalid(fields)) => {
            let sentence = fields
                .first()
                .map(|field| cx.texts.message(cx.locale, &field.message));
            show(
                cx,
                scope,
                programme,
                sentence.map(|sentence| (track, sentence)),
            )
            .await
        }
        Err(error) => Err(error.into()),
    }
}

async fn rotate(
    cx: Cx,
    scope: Scope,
    grant: Grant<Broadcast>,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
) -> Result<Response> {
    let (programme, track) = live.track(&conf, &track).await?;
    let key = live.rotate_caption_key(&cx, &grant, &track).await?;
    let page = framed_at(&cx, &scope, &programme, "studio");
    Ok(page.render(&KeyPage {
        page: page.clone(),
        address: address(&cx, &programme, &track),
        track: track.name,
        slug: conf,
        key,
    }))
}

async fn revoke(
    cx: Cx,
    grant: Grant<Broadcast>,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
) -> Result<Response> {
    let (programme, track) = live.track(&conf, &track).await?;
    live.revoke_caption_key(&cx, &grant, &track).await?;
    Ok(back(&programme, &track))
}

async fn add_language(
    cx: Cx,
    scope: Scope,
    grant: Grant<Broadcast>,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
    Form(form): Form<LanguageForm>,
) -> Result<Response> {
    let (programme, track) = live.track(&conf, &track).await?;
    let added = match parse_language(form.language.trim()) {
        Ok(tag) => {
            live.add_caption_language(&cx, &grant, &programme, &track, &tag)
                .await
        }
        Err(error) => Err(error),
    };
    done(&cx, &scope, &programme, &track, added).await
}

async fn remove_language(
    cx: Cx,
    grant: Grant<Broadcast>,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
    Form(form): Form<LanguageForm>,
) -> Result<Response> {
    let (programme, track) = live.track(&conf, &track).await?;
    live.remove_caption_language(&cx, &grant, &programme, &track, &form.language)
        .await?;
    Ok(back(&programme, &track))
}

async fn say(
    cx: Cx,
    scope: Scope,
    grant: Grant<Broadcast>,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
    Form(form): Form<LineForm>,
) -> Result<Response> {
    let (programme, track) = live.track(&conf, &track).await?;
    let line = NewCaption {
        id: kernel::id::fresh("cap"),
        language: form.language,
        text: form.text,
        ..NewCaption::default()
    };
    let by = Captioner::Team(grant);
    let said = live.caption(&cx, &programme, &track, &by, &line).await;
    done(&cx, &scope, &programme, &track, said.map(|_| ())).await
}
