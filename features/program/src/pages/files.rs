//! Schedule files and calendars, rendered once per version.

use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use identity::Scope;
use kernel::Error;
use serde::Deserialize;
use web::{Cx, Site};

use super::{offered, programme, respond};
use crate::actions::talk_url;
use crate::markup;
use crate::model::Feature;
use crate::programme::Programme;
use crate::programmes::{Key, Programmes};
use crate::schedule::ical::{Entry, Subscription};
use crate::schedule::{self, ical};
use crate::store::Talk;

/// Programs may keep a file, and ask each time whether it is still the one.
const CACHING: &str = "public, no-cache";
const CALENDAR: &str = "text/calendar; charset=utf-8";

fn key(programme: &Programme, what: &str) -> Key {
    Key {
        conference: programme.conference.id.clone(),
        version: programme.conference.version,
        rest: programme.aspect(what),
    }
}

pub(super) async fn xml(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    offered(&programme.conference, &scope, Feature::Files)?;
    let rendered = programmes.rendered(&key(&programme, "schedule.xml"), || {
        Ok(schedule::xml::write(
            &programme.schedule(&cx.site.public_url),
        ))
    })?;
    Ok(respond(
        &headers,
        &rendered,
        "application/xml; charset=utf-8",
        CACHING,
    ))
}

pub(super) async fn json(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    offered(&programme.conference, &scope, Feature::Files)?;
    let rendered = programmes.rendered(&key(&programme, "schedule.json"), || {
        Ok(schedule::json::write(
            &programme.schedule(&cx.site.public_url),
        ))
    })?;
    Ok(respond(&headers, &rendered, "application/json", CACHING))
}

pub(super) async fn calendar(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    offered(&programme.conference, &scope, Feature::Files)?;
    let rendered = programmes.rendered(&key(&programme, "calendar.ics"), || {
        Ok(subscription(
            &programme,
            &cx.site,
            &programme.conference.title,
            programme.talks.iter(),
        ))
    })?;
    Ok(respond(&headers, &rendered, CALENDAR, CACHING))
}

#[derive(Deserialize)]
pub(super) struct TrackPath {
    track: String,
}

pub(super) async fn track_calendar(
    cx: Cx,
    scope: Scope,
    Path(path): Path<TrackPath>,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    offered(&programme.conference, &scope, Feature::Files)?;
    let track = programme
        .track_named(&path.track)
        .ok_or(Error::NotFound("track"))?;
    let rendered = programmes.rendered(
        &key(&programme, &format!("tracks/{}.ics", track.slug)),
        || {
            let name = format!("{}: {}", programme.conference.title, track.name);
            Ok(subscription(
                &programme,
                &cx.site,
                &name,
                programme
                    .talks
                    .iter()
                    .filter(|talk| talk.track.as_ref() == Some(&track.id)),
            ))
        },
    )?;
    Ok(respond(&headers, &rendered, CALENDAR, CACHING))
}

#[derive(Deserialize)]
pub(super) struct TalkPath {
    talk: String,
}

pub(super) async fn talk_calendar(
    cx: Cx,
    scope: Scope,
    Path(path): Path<TalkPath>,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    offered(&programme.conference, &scope, Feature::Files)?;
    let talk = programme
        .talk_named(&path.talk)
        .ok_or(Error::NotFound("talk"))?;
    let rendered = programmes.rendered(
        &key(&programme, &format!("talks/{}.ics", talk.slug)),
        || {
            Ok(subscription(
                &programme,
                &cx.site,
                &talk.title,
                std::iter::once(talk),
            ))
        },
    )?;
    Ok(respond(&headers, &rendered, CALENDAR, CACHING))
}

fn subscription<'a>(
    programme: &Programme,
    site: &Site,
    name: &str,
    talks: impl Iterator<Item = &'a Talk>,
) -> String {
    ical::write(&Subscription {
        name: name.to_owned(),
        zone: programme.conference.zone.clone(),
        entries: talks.map(|talk| entry(programme, site, talk)).collect(),
    })
}

fn entry(programme: &Programme, site: &Site, talk: &Talk) -> Entry {
    let host = site
        .public_url
        .split_once("://")
        .map_or(site.public_url.as_str(), |(_, host)| host);
    let names: Vec<&str> = programme
        .speakers_of(&talk.id)
        .map(|speaker| speaker.name.trim())
        .collect();
    let summary = if names.is_empty() {
        talk.title.clone()
    } else {
        format!("{} – {}", talk.title.trim(), names.join(", "))
    };
    let about = if talk.r#abstract.trim().is_empty() {
        &talk.description
    } else {
        &talk.r#abstract
    };
    let category = talk.category.as_ref().and_then(|id| programme.category(id));
    Entry {
        uid: format!("{}@{host}", talk.id),
        // Sequences are counted from zero.
        sequence: talk.version - 1,
        cancelled: talk.is_cancelled(),
        changed_at: talk.changed_at,
        starts_at: talk.starts_at,
        ends_at: talk.ends_at,
        summary,
        description: markup::to_plain(about),
        location: talk
            .room
            .as_ref()
            .and_then(|id| programme.room(id))
            .map(|room| room.name.clone())
            .unwrap_or_default(),
        url: talk_url(&site.public_url, &programme.conference.slug, &talk.slug),
        category: category
            .map(|category| category.name.clone())
            .unwrap_or_default(),
    }
}
