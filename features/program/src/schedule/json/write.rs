//! Writing schedule.json as the C3VOC's schema (<https://c3voc.de/schedule/schema.json>) wants it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::schedule::model::{
    Category, Colors, Conference, Day, Event, Generator, Link, Person, Room, Schedule, When,
};
use crate::schedule::times::hours_minutes;

const SCHEMA: &str = "https://c3voc.de/schedule/schema.json";

/// Writes a schedule.
pub fn write(schedule: &Schedule) -> String {
    serde_json::to_string(&File::of(schedule)).unwrap_or_default()
}

/// The same as data.
pub fn to_value(schedule: &Schedule) -> Value {
    serde_json::to_value(File::of(schedule)).unwrap_or_default()
}

#[derive(Serialize)]
struct File<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    generator: Option<GeneratorOut<'a>>,
    schedule: ScheduleOut<'a>,
}

#[derive(Serialize)]
struct GeneratorOut<'a> {
    name: &'a str,
    version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'a str,
}

#[derive(Serialize)]
struct ScheduleOut<'a> {
    version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    base_url: &'a str,
    conference: ConferenceOut<'a>,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

impl<'a> File<'a> {
    fn of(schedule: &'a Schedule) -> Self {
        let generator = schedule
            .generator
            .as_ref()
            .map(|Generator { name, version, url }| GeneratorOut { name, version, url });
        let zone = TimeZone::get(&schedule.conference.zone).unwrap_or(TimeZone::UTC);
        Self {
            schema: SCHEMA,
            generator,
            schedule: ScheduleOut {
                version: &schedule.version,
                url: &schedule.url,
                base_url: &schedule.base_url,
                conference: ConferenceOut::of(&schedule.conference, &schedule.days, &zone),
                extra: &schedule.extra.json,
            },
        }
    }
}

#[derive(Serialize)]
struct ConferenceOut<'a> {
    acronym: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    // The schema demands both; a conference without days has none, and an invented date would be read as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(rename = "daysCount")]
    days_count: i64,
    timeslot_duration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone_name: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    logo: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    colors: Option<&'a Colors>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    keywords: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tracks: Vec<CategoryOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rooms: Vec<RoomOut<'a>>,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
    days: Vec<DayOut<'a>>,
}

/// The schema demands a grid; where nobody said one, this is what every program writes.
const TIMESLOT_SECONDS: i64 = 300;

impl<'a> ConferenceOut<'a> {
    fn of(conference: &'a Conference, days: &'a [Day], zone: &TimeZone) -> Self {
        let first = days.iter().map(|day| day.date).min();
        let last = days.iter().map(|day| day.date).max();
        let when = |said: Option<When>, else_date: Option<jiff::civil::Date>| match said {
            Some(When::Date(date)) => Some(date.to_string()),
            Some(When::Instant(instant)) => Some(at(instant, zone)),
            None => else_date.map(|date| date.to_string()),
        };
        Self {
            acronym: &conference.acronym,
            title: &conference.title,
            description: &conference.description,
            start: when(conference.start, first),
            end: when(conference.end, last),
            days_count: conference
                .days
                .unwrap_or_else(|| i64::try_from(days.len()).unwrap_or(0)),
            timeslot_duration: hours_minutes(
                conference.timeslot_seconds.unwrap_or(TIMESLOT_SECONDS),
            ),
            time_zone_name: (!conference.zone_inferred).then_some(&conference.zone),
            logo: &conference.logo,
            colors: conference.colors.as_ref(),
            keywords: &conference.keywords,
            url: &conference.url,
            tracks: conference.categories.iter().map(CategoryOut::of).collect(),
            rooms: conference.rooms.iter().map(RoomOut::of).collect(),
            extra: &conference.extra.json,
            days: days.iter().map(|day| DayOut::of(day, zone)).collect(),
        }
    }
}

#[derive(Serialize)]
struct CategoryOut<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    slug: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    color: &'a str,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

impl<'a> CategoryOut<'a> {
    fn of(category: &'a Category) -> Self {
        Self {
            name: &category.name,
            slug: &category.slug,
            color: &category.color,
            extra: &category.extra.json,
        }
    }
}

#[derive(Serialize)]
struct RoomOut<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    guid: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<i64>,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

impl<'a> RoomOut<'a> {
    fn of(room: &'a Room) -> Self {
        Self {
            name: &room.name,
            guid: &room.guid,
            description: &room.description,
            capacity: room.capacity,
            extra: &room.extra.json,
        }
    }
}

#[derive(Serialize)]
struct DayOut<'a> {
    index: i64,
    date: String,
    day_start: String,
    day_end: String,
    rooms: Rooms<'a>,
}

impl<'a> DayOut<'a> {
    fn of(day: &'a Day, zone: &TimeZone) -> Self {
        Self {
            index: day.index,
            date: day.date.to_string(),
            day_start: at(day.start, zone),
            day_end: at(day.end, zone),
            rooms: Rooms {
                day,
                zone: zone.clone(),
            },
        }
    }
}

/// Rooms by name, in their order. Two rooms of one name (the empty one, mostly) are one member.
struct Rooms<'a> {
    day: &'a Day,
    zone: TimeZone,
}

impl Serialize for Rooms<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut names: Vec<&str> = Vec::new();
        for room in &self.day.rooms {
            if !names.contains(&room.name.as_str()) {
                names.push(&room.name);
            }
        }
        let mut map = serializer.serialize_map(Some(names.len()))?;
        for name in names {
            let events: Vec<EventOut<'_>> = self
                .day
                .rooms
                .iter()
                .filter(|room| room.name == name)
                .flat_map(|room| &room.events)
                .map(|event| EventOut::of(event, name, &self.zone))
                .collect();
            map.serialize_entry(name, &events)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct EventOut<'a> {
    guid: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    logo: &'a str,
    date: String,
    start: String,
    duration: String,
    room: &'a str,
    slug: &'a str,
    url: &'a str,
    title: &'a str,
    subtitle: &'a str,
    track: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'a str,
    language: &'a str,
    #[serde(rename = "abstract")]
    abstract_text: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    recording_license: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    do_not_record: Option<bool>,
    persons: Vec<PersonOut<'a>>,
    links: Vec<LinkOut<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    feedback_url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    origin_url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    level: &'a str,
    attachments: Vec<LinkOut<'a>>,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

impl<'a> EventOut<'a> {
    fn of(event: &'a Event, room: &'a str, zone: &TimeZone) -> Self {
        let local = event.start.to_zoned(zone.clone());
        Self {
            guid: &event.guid,
            code: &event.code,
            id: event.id,
            logo: &event.logo,
            date: at(event.start, zone),
            start: local.strftime("%H:%M").to_string(),
            duration: hours_minutes(event.duration_seconds),
            room,
            slug: &event.slug,
            url: &event.url,
            title: &event.title,
            subtitle: &event.subtitle,
            track: (!event.track.is_empty()).then_some(&event.track),
            kind: &event.kind,
            language: &event.language,
            abstract_text: &event.abstract_text,
            description: &event.description,
            recording_license: &event.license,
            do_not_record: event.opt_out,
            persons: event.persons.iter().map(PersonOut::of).collect(),
            links: event.links.iter().map(LinkOut::of).collect(),
            feedback_url: &event.feedback_url,
            origin_url: &event.origin_url,
            level: &event.level,
            attachments: event.attachments.iter().map(LinkOut::of).collect(),
            extra: &event.extra.json,
        }
    }
}

/// The schema knows two kinds of persons and wants exactly one of them: with `id` and `public_name`, or with
/// `name`.
#[derive(Serialize)]
struct PersonOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    guid: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    avatar: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    biography: &'a str,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

impl<'a> PersonOut<'a> {
    fn of(person: &'a Person) -> Self {
        let numbered = person.id.is_some();
        Self {
            id: person.id,
            guid: &person.guid,
            code: &person.code,
            public_name: numbered.then_some(&person.name),
            name: (!numbered).then_some(&person.name),
            avatar: &person.avatar,
            biography: &person.biography,
            extra: &person.extra.json,
        }
    }
}

#[derive(Serialize)]
struct LinkOut<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'a str,
    #[serde(rename = "type", skip_serializing_if = "str::is_empty")]
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    service: &'a str,
}

impl<'a> LinkOut<'a> {
    fn of(link: &'a Link) -> Self {
        Self {
            url: &link.url,
            title: &link.title,
            kind: &link.kind,
            service: &link.service,
        }
    }
}

fn at(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}
