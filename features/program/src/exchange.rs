//! The programme as a schedule file has it, and the documents in which what files say beyond our columns is kept.

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::model::RoomId;
use crate::programme::Programme;
use crate::schedule::{self, Colors, Event, Extra, Generator, Link, Schedule, When};
use crate::store::{Day, Speaker, Talk};

/// What files say of a conference beyond our columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ConferenceDocument {
    pub(crate) url: String,
    pub(crate) base_url: String,
    pub(crate) site: String,
    pub(crate) logo: String,
    pub(crate) start: String,
    pub(crate) end: String,
    pub(crate) days: Option<i64>,
    pub(crate) timeslot_seconds: Option<i64>,
    pub(crate) colors: Option<Colors>,
    pub(crate) keywords: Vec<String>,
    /// Names of the rooms that schedule.json lists, in its order.
    pub(crate) listed_rooms: Vec<String>,
    pub(crate) extra: Extra,
    pub(crate) schedule_extra: Extra,
}

/// A room of a day as its file has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DayRoomDocument {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) guid: String,
    #[serde(skip_serializing_if = "Extra::is_empty")]
    pub(crate) extra: Extra,
}

/// What files say of a talk beyond our columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct TalkDocument {
    pub(crate) links: Vec<Link>,
    pub(crate) attachments: Vec<Link>,
    pub(crate) recording_url: String,
    pub(crate) recording_link: String,
    pub(crate) video_download_url: String,
    pub(crate) feedback_url: String,
    pub(crate) origin_url: String,
    pub(crate) extra: Extra,
    /// How much it expects of its listeners: a word of the conference's levels.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) level: String,
    /// Whether an export of Dreamkast showed it the last time: only what it says anew changes what people see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shown: Option<bool>,
}

/// How much a talk expects of its listeners: a word of the conference's levels; empty for none.
pub(crate) fn level_of(talk: &Talk) -> String {
    // Most have none, and whole lists are asked.
    if talk.document.contains("\"level\"") {
        document::<TalkDocument>(&talk.document).level
    } else {
        String::new()
    }
}

/// Reads a document; one that cannot be read says nothing.
pub(crate) fn document<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

/// Writes a document.
pub(crate) fn text_of(document: &impl Serialize) -> String {
    serde_json::to_string(document).unwrap_or_else(|_| "{}".to_owned())
}

/// A date or instant of a file as a document keeps it.
pub(crate) fn when_text(when: Option<When>) -> String {
    match when {
        Some(When::Date(date)) => date.to_string(),
        Some(When::Instant(at)) => at.to_string(),
        None => String::new(),
    }
}

fn when_of(text: &str) -> Option<When> {
    if let Ok(date) = text.parse::<Date>()
        && text.len() == 10
    {
        return Some(When::Date(date));
    }
    text.parse().ok().map(When::Instant)
}

/// The programme as a file; `url_of` gives the address of a talk's page, for talks that name no other.
pub(crate) fn schedule(programme: &Programme, url_of: &dyn Fn(&Talk) -> String) -> Schedule {
    let conference = &programme.conference;
    let document: ConferenceDocument = document(&conference.document);
    let listed_rooms = document.listed_rooms.iter().filter_map(|name| {
        let room = programme.rooms.iter().find(|room| room.name == *name)?;
        Some(schedule::Room {
            name: room.name.clone(),
            guid: room.guid.clone(),
            description: room.description.clone(),
            capacity: room.capacity,
            extra: self::document(&room.document),
        })
    });
    let categories = programme
        .categories
        .iter()
        .filter(|category| category.listed)
        .map(|category| schedule::Category {
            name: category.name.clone(),
            color: category.color.clone(),
            slug: category.slug.clone(),
            extra: self::document(&category.document),
        });
    Schedule {
        version: conference.label.clone(),
        generator: Some(Generator {
            name: "matsuri".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            url: String::new(),
        }),
        url: document.url,
        base_url: document.base_url,
        conference: schedule::Conference {
            acronym: conference.acronym.clone(),
            title: conference.title.clone(),
            description: conference.description.clone(),
            start: when_of(&document.start),
            end: when_of(&document.end),
            days: document.days,
            timeslot_seconds: document.timeslot_seconds,
            zone: conference.zone.clone(),
            zone_inferred: conference.zone_inferred,
            logo: document.logo,
            url: document.site,
            colors: document.colors,
            keywords: document.keywords,
            categories: categories.collect(),
            rooms: listed_rooms.collect(),
            extra: document.extra,
        },
        days: programme
            .days
            .iter()
            .map(|day| day_of(programme, day, url_of))
            .collect(),
        extra: document.schedule_extra,
    }
}

fn day_of(programme: &Programme, day: &Day, url_of: &dyn Fn(&Talk) -> String) -> schedule::Day {
    let name_of = |room: Option<&RoomId>| {
        room.and_then(|id| programme.room(id))
            .map(|room| room.name.clone())
            .unwrap_or_default()
    };
    let mut rooms: Vec<DayRoomDocument> = document(&day.rooms);
    let mut talks: Vec<&Talk> = programme
        .talks
        .iter()
        .filter(|talk| talk.day.as_ref() == Some(&day.id))
        .collect();
    talks.sort_by_key(|talk| talk.position);
    for talk in &talks {
        let name = name_of(talk.room.as_ref());
        if !rooms.iter().any(|room| room.name == name) {
            rooms.push(DayRoomDocument {
                name,
                ..DayRoomDocument::default()
            });
        }
    }
    let rooms = rooms.into_iter().map(|room| {
        let events = talks
            .iter()
            .filter(|talk| name_of(talk.room.as_ref()) == room.name);
        schedule::DayRoom {
            events: events
                .map(|talk| event_of(programme, talk, url_of))
                .collect(),
            name: room.name,
            guid: room.guid,
            extra: room.extra,
        }
    });
    schedule::Day {
        index: day.position,
        date: day.date(),
        start: day.starts_at,
        end: day.ends_at,
        rooms: rooms.collect(),
    }
}

fn event_of(programme: &Programme, talk: &Talk, url_of: &dyn Fn(&Talk) -> String) -> Event {
    let document: TalkDocument = document(&talk.document);
    let category = talk.category.as_ref().and_then(|id| programme.category(id));
    Event {
        guid: talk.guid.clone(),
        id: Some(talk.file_id),
        code: talk.code.clone(),
        start: talk.starts_at,
        duration_seconds: talk.ends_at.as_second() - talk.starts_at.as_second(),
        slug: talk.file_slug.clone(),
        url: if talk.url.is_empty() {
            url_of(talk)
        } else {
            talk.url.clone()
        },
        title: talk.title.clone(),
        subtitle: talk.subtitle.clone(),
        track: category
            .map(|category| category.name.clone())
            .unwrap_or_default(),
        kind: talk.kind.clone(),
        language: talk.language.clone(),
        abstract_text: talk.r#abstract.clone(),
        description: talk.description.clone(),
        logo: talk.logo.clone(),
        persons: programme.speakers_of(&talk.id).map(person_of).collect(),
        links: document.links,
        attachments: document.attachments,
        license: talk.license.clone(),
        opt_out: talk.opt_out,
        recording_url: document.recording_url,
        recording_link: document.recording_link,
        video_download_url: document.video_download_url,
        feedback_url: document.feedback_url,
        origin_url: document.origin_url,
        level: document.level,
        extra: document.extra,
    }
}

fn person_of(speaker: &Speaker) -> schedule::Person {
    schedule::Person {
        id: speaker.file_id,
        guid: speaker.guid.clone(),
        code: speaker.code.clone(),
        name: speaker.name.clone(),
        biography: speaker.biography.clone(),
        avatar: speaker.avatar.clone(),
        extra: document(&speaker.document),
    }
}
