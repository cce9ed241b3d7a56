//! Pages for people and files for programs.

mod acts;
mod admin;
mod clocks;
mod files;
mod front;
pub(crate) mod looks;
mod new;
mod palette;
mod sheet;
pub(crate) mod slides;
pub(crate) mod speaker_form;
mod speakers;
pub(crate) mod spreadsheets;
mod talk;
pub(crate) mod talk_form;
pub(crate) mod talks;
mod theme;
mod timetable;
pub(crate) mod upload;

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use identity::{Access, Role, Routes, Scope};
use kernel::Error;
use web::{Brand, Cx, NavItem};

use crate::air::Running;
use crate::limits;
use crate::model::{Effects, Feature, Lifecycle, word_in};
use crate::programme::Programme;
use crate::programmes::{Key, Programmes, Rendered};
use crate::store::Conference;

pub(crate) use new::begin;

/// Routes of this feature.
pub fn routes(programmes: Programmes) -> Routes {
    Routes::<Programmes>::new()
        .get("/", Access::Anyone, front::conferences)
        .get("/new", Access::Owner, new::form)
        .post("/new", Access::Owner, new::start)
        .with_body(
            http::Method::POST,
            "/new/import",
            Access::Owner,
            limits::UPLOAD_BYTES_MAX,
            new::import,
        )
        .get("/{conf}", Access::Anyone, front::top)
        .get("/{conf}/timetable", Access::Anyone, timetable::page)
        .get("/{conf}/talks/{talk}", Access::Anyone, talk::page)
        .get(
            "/{conf}/talks/{talk}/calendar.ics",
            Access::Anyone,
            files::talk_calendar,
        )
        .get(
            "/{conf}/tracks/{track}/calendar.ics",
            Access::Anyone,
            files::track_calendar,
        )
        .get("/{conf}/calendar.ics", Access::Anyone, files::calendar)
        .get("/{conf}/schedule.xml", Access::Anyone, files::xml)
        .get("/{conf}/schedule.json", Access::Anyone, files::json)
        .get("/{conf}/pages/{sheet}", Access::Anyone, sheet::page)
        .get("/{conf}/theme/{file}", Access::Anyone, theme::stylesheet)
        .get("/{conf}/looks/{file}", Access::Anyone, looks::file)
        .get(
            "/{conf}/manifest.webmanifest",
            Access::Anyone,
            looks::manifest,
        )
        .get("/{conf}/speakers", Access::Anyone, speakers::list)
        .get("/{conf}/speakers/{speaker}", Access::Anyone, speakers::page)
        .get("/{conf}/palette.json", Access::Anyone, palette::items)
        .merge(admin::routes())
        .merge(talks::routes())
        .merge(slides::routes())
        .merge(speaker_form::routes())
        .merge(spreadsheets::routes())
        .merge(crate::api::routes())
        .state(programmes)
}

/// The head of a conference's pages, for every feature that has some. `current` is the path of the section
/// the reader is in, such as `/matsuri-days/timetable`.
pub fn brand(cx: &Cx, conference: &Conference, scope: Option<&Scope>, current: &str) -> Brand {
    let base = format!("/{}", conference.slug);
    let item = |key: &str, part: &str| {
        let href = format!("{base}/{part}");
        NavItem {
            label: cx.text(key, &[]),
            current: current == href,
            href,
        }
    };
    let effects = effects_for(conference, scope);
    let is_team = scope.is_some_and(Scope::is_team);
    let settings = conference.settings();
    let mut nav = Vec::new();
    if settings.offers(Feature::Live) && (effects.live || is_team) {
        nav.push(item("program-nav-live", "live"));
    }
    nav.push(item("program-nav-timetable", "timetable"));
    if settings.offers(Feature::Speakers) {
        nav.push(item("program-nav-speakers", "speakers"));
    }
    for entry in &settings.menu {
        let href = format!("{base}/pages/{}", entry.slug);
        nav.push(NavItem {
            label: word_in(&entry.titles, cx.locale.as_str()).to_owned(),
            current: current == href,
            href,
        });
    }
    if let Some(scope) = scope {
        if scope.has(Role::Broadcast) {
            nav.push(item("program-nav-studio", "studio"));
        }
        let helps = [Role::Desk, Role::Operation, Role::Broadcast, Role::Platform];
        if helps.iter().any(|role| scope.has(*role)) {
            nav.push(item("program-nav-viewers", "desk/viewers"));
        }
        if scope.has(Role::Contents) {
            nav.push(item("program-nav-admin", "admin"));
        }
        if scope.has(Role::Chair) {
            nav.push(item("program-nav-team", "admin/team"));
        }
    }
    let file = settings.theme.file();
    let stylesheet = (!file.is_empty()).then(|| format!("{base}/theme/{file}"));
    Brand {
        title: conference.title_in(cx.locale).to_owned(),
        stylesheet,
        pictures: looks::pictures(cx, conference, &settings.looks),
        note: scope.and_then(Scope::previewed).map(|state| {
            let name = cx.text(&format!("program-lifecycle-{state}"), &[]);
            cx.text("program-preview-note", &[("state", &name)])
        }),
        href: base,
        nav,
    }
}

/// What a conference's state means for whoever asks: the state that it is in, or the one that they look at it in.
fn effects_for(conference: &Conference, scope: Option<&Scope>) -> Effects {
    let previewed = scope.and_then(Scope::previewed).and_then(Lifecycle::parse);
    previewed.map_or_else(|| conference.effects(), Lifecycle::effects)
}

/// The state of a conference in the reader's words.
pub(crate) fn lifecycle_word(cx: &Cx, conference: &Conference) -> String {
    match conference.removed_at {
        Some(_) => cx.text("program-lifecycle-removed", &[]),
        None => cx.text(&format!("program-lifecycle-{}", conference.lifecycle), &[]),
    }
}

/// The zones that this computer knows, for lists to choose from.
pub(crate) fn zones() -> Vec<String> {
    let names = jiff::tz::db().available();
    let mut names: Vec<String> = names.map(|name| name.to_string()).collect();
    names.retain(|name| name.contains('/') && !name.starts_with("Etc/"));
    names.sort_unstable();
    names
}

/// Refuses people outside of the team what the conference does not offer.
pub(crate) fn offered(
    conference: &Conference,
    scope: &Scope,
    feature: Feature,
) -> kernel::Result<()> {
    if conference.settings().offers(feature) || scope.is_team() {
        return Ok(());
    }
    Err(Error::NotFound("page"))
}

/// The programme of the guard's conference, as whoever asks may see it.
pub(crate) async fn programme(
    cx: &Cx,
    programmes: &Programmes,
    scope: &Scope,
) -> web::Result<Arc<Programme>> {
    let found = programmes.of(&cx.db, scope.conference()).await?;
    let programme = found.ok_or(Error::NotFound("conference"))?;
    Ok(programme.seen_by(scope))
}

/// What runs just now, as far as whoever asks may know of it.
pub(crate) fn running<'a>(
    cx: &Cx,
    programmes: &Programmes,
    programme: &'a Programme,
) -> Running<'a> {
    let on_air = programmes.on_air(&programme.conference.id);
    Running::at(programme, on_air, cx.now)
}

/// What the same page differs by when nobody is signed in.
pub(crate) fn page_key(cx: &Cx, programmes: &Programmes, programme: &Programme) -> Key {
    let client = &cx.client;
    Key {
        conference: programme.conference.id.clone(),
        version: programme.conference.version,
        rest: format!(
            "page {} {} {} {} {} {} {}",
            cx.locale.as_str(),
            client.theme,
            client.zone.as_deref().unwrap_or("-"),
            programme.phase(cx.now),
            programmes.on_air(&programme.conference.id).count,
            programme.day_at(cx.now).map_or(0, |day| day.position),
            client.path
        ),
    }
}

/// A page: from memory for those who are nobody in particular, rendered for everybody else.
pub(crate) fn respond_page(
    cx: &Cx,
    headers: &HeaderMap,
    programmes: &Programmes,
    programme: &Programme,
    template: impl FnOnce() -> kernel::Result<String>,
) -> web::Result<Response> {
    if cx.actor.is_some() || cx.preview.is_some() {
        let html = template()?;
        return Ok((language(cx), axum::response::Html(html)).into_response());
    }
    let rendered = programmes.rendered(&page_key(cx, programmes, programme), template)?;
    let mut response = respond(
        headers,
        &rendered,
        "text/html; charset=utf-8",
        "private, no-cache",
    );
    response.headers_mut().extend(language(cx));
    Ok(response)
}

fn language(cx: &Cx) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_LANGUAGE,
        HeaderValue::from_static(cx.locale.as_str()),
    );
    headers
}

/// Something rendered: packed where that is understood, and nothing at all to those who have it.
pub(crate) fn respond(
    headers: &HeaderMap,
    rendered: &Rendered,
    kind: &'static str,
    caching: &'static str,
) -> Response {
    let said = |name: header::HeaderName| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let etag = format!("\"{}\"", rendered.etag);
    let known = is_known(headers, &etag);
    // The packed copy is another representation, so its validator is a weak one.
    let packed = said(header::ACCEPT_ENCODING).split(',').any(|coding| {
        let mut parts = coding.trim().split(';');
        parts.next() == Some("gzip") && parts.next().is_none_or(|weight| weight.trim() != "q=0")
    });
    let mut response = match (known, packed) {
        (true, _) => StatusCode::NOT_MODIFIED.into_response(),
        (false, true) => rendered.gzip.clone().into_response(),
        (false, false) => rendered.body.clone().into_response(),
    };
    let fields = response.headers_mut();
    let tag = if packed { format!("W/{etag}") } else { etag };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        fields.insert(header::ETAG, tag);
    }
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    fields.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !known {
        fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if packed {
            fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    response
}

/// Whether whoever asks has what they ask for already.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let said = headers.get(header::IF_NONE_MATCH);
    let said = said.and_then(|value| value.to_str().ok()).unwrap_or("");
    said.split(',').any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag
    })
}

/// A template as text; a template that cannot be rendered is a fault of ours.
pub(crate) fn rendered(template: &impl askama::Template) -> kernel::Result<String> {
    template.render().map_err(Error::internal)
}
