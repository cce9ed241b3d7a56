//! Writing schedule.xml as the C3VOC's schema (<https://c3voc.de/schedule/schema.xsd>) wants it.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::tree::is_allowed;
use crate::schedule::model::{Conference, Day, DayRoom, Event, Extra, Link, Schedule, When};
use crate::schedule::times::hours_minutes;

/// Writes a schedule. Elements that the schema demands are there even when they are empty.
pub fn write(schedule: &Schedule) -> String {
    let zone = TimeZone::get(&schedule.conference.zone).unwrap_or(TimeZone::UTC);
    let mut out = Out {
        text: String::with_capacity(64 * 1024),
        depth: 0,
        zone,
    };
    out.text
        .push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    out.open("schedule", &[]);
    if let Some(generator) = &schedule.generator {
        out.empty(
            "generator",
            &[("name", &generator.name), ("version", &generator.version)],
        );
    }
    out.optional("url", &schedule.url);
    out.leaf("version", &schedule.version);
    out.conference(schedule);
    for day in &schedule.days {
        out.day(day);
    }
    out.extra(&schedule.extra);
    out.close("schedule");
    out.text
}

struct Out {
    text: String,
    depth: usize,
    zone: TimeZone,
}

impl Out {
    fn conference(&mut self, schedule: &Schedule) {
        let conference: &Conference = &schedule.conference;
        self.open("conference", &[]);
        self.leaf("acronym", &conference.acronym);
        self.leaf("title", &conference.title);
        for (name, when) in [("start", conference.start), ("end", conference.end)] {
            match when {
                Some(When::Date(date)) => self.leaf(name, &date.to_string()),
                Some(When::Instant(at)) => {
                    let at = self.at(at);
                    self.leaf(name, &at);
                }
                None => {}
            }
        }
        if let Some(days) = conference.days {
            self.leaf("days", &days.to_string());
        }
        if let Some(seconds) = conference.timeslot_seconds {
            self.leaf("timeslot_duration", &hours_minutes(seconds));
        }
        self.optional("base_url", &schedule.base_url);
        self.optional("logo", &conference.logo);
        self.optional("url", &conference.url);
        if !conference.zone_inferred {
            self.leaf("time_zone_name", &conference.zone);
        }
        if let Some(colors) = &conference.colors {
            let colors: Vec<(&str, &str)> = colors
                .0
                .iter()
                .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
                .collect();
            self.empty("color", &colors);
        }
        for category in &conference.categories {
            let mut attributes = vec![("name", category.name.as_str())];
            attributes.extend(said(&[
                ("color", &category.color),
                ("slug", &category.slug),
            ]));
            attributes.extend(attributes_of(&category.extra.xml));
            self.empty("track", &attributes);
        }
        self.extra(&conference.extra);
        self.close("conference");
    }

    fn day(&mut self, day: &Day) {
        let (index, date) = (day.index.to_string(), day.date.to_string());
        let (start, end) = (self.at(day.start), self.at(day.end));
        self.open(
            "day",
            &[
                ("index", &index),
                ("date", &date),
                ("start", &start),
                ("end", &end),
            ],
        );
        for room in &day.rooms {
            self.room(room);
        }
        self.close("day");
    }

    fn room(&mut self, room: &DayRoom) {
        let mut attributes = vec![("name", room.name.as_str())];
        attributes.extend(said(&[("guid", &room.guid)]));
        attributes.extend(attributes_of(&room.extra.xml));
        self.open("room", &attributes);
        for event in &room.events {
            self.event(event, &room.name);
        }
        self.extra(&room.extra);
        self.close("room");
    }

    fn event(&mut self, event: &Event, room: &str) {
        let id = event.id.map(|id| id.to_string()).unwrap_or_default();
        let mut attributes = said(&[("guid", &event.guid), ("id", &id), ("code", &event.code)]);
        attributes.extend(attributes_of(&event.extra.xml));
        self.open("event", &attributes);
        let at = self.at(event.start);
        let clock = self.clock(event.start);
        self.leaf("date", &at);
        self.leaf("start", &clock);
        self.leaf("duration", &duration(event.duration_seconds));
        self.leaf("room", room);
        self.optional("slug", &event.slug);
        self.optional("url", &event.url);
        self.recording(event);
        self.leaf("title", &event.title);
        self.leaf("subtitle", &event.subtitle);
        self.leaf("track", &event.track);
        self.leaf("type", &event.kind);
        self.leaf("language", &event.language);
        self.leaf("abstract", &event.abstract_text);
        self.leaf("description", &event.description);
        self.optional("logo", &event.logo);
        self.optional("video_download_url", &event.video_download_url);
        self.optional("feedback_url", &event.feedback_url);
        self.optional("origin_url", &event.origin_url);
        self.persons(event);
        self.links("links", "link", &event.links);
        self.links("attachments", "attachment", &event.attachments);
        self.extra(&event.extra);
        self.close("event");
    }

    fn recording(&mut self, event: &Event) {
        let Some(opt_out) = event.opt_out.or_else(|| {
            // The schema wants both or neither.
            let said = [&event.license, &event.recording_url, &event.recording_link];
            said.iter().any(|text| !text.is_empty()).then_some(false)
        }) else {
            return;
        };
        self.open("recording", &[]);
        self.leaf("license", &event.license);
        self.leaf("optout", if opt_out { "true" } else { "false" });
        self.optional("url", &event.recording_url);
        self.optional("link", &event.recording_link);
        self.close("recording");
    }

    fn persons(&mut self, event: &Event) {
        if event.persons.is_empty() {
            return self.empty("persons", &[]);
        }
        self.open("persons", &[]);
        for person in &event.persons {
            let id = person.id.map(|id| id.to_string()).unwrap_or_default();
            let mut attributes =
                said(&[("id", &id), ("guid", &person.guid), ("code", &person.code)]);
            attributes.extend(attributes_of(&person.extra.xml));
            self.line("person", &attributes, &person.name);
        }
        self.close("persons");
    }

    fn links(&mut self, list: &str, item: &str, links: &[Link]) {
        if links.is_empty() {
            return self.empty(list, &[]);
        }
        self.open(list, &[]);
        for link in links {
            let attributes = said(&[
                ("href", &link.url),
                ("type", &link.kind),
                ("service", &link.service),
            ]);
            self.line(item, &attributes, &link.title);
        }
        self.close(list);
    }

    fn extra(&mut self, extra: &Extra) {
        for (name, value) in extra.xml.iter().filter(|(name, _)| !name.starts_with('@')) {
            self.value(name, value);
        }
    }

    fn value(&mut self, name: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Array(list) => list.iter().for_each(|value| self.value(name, value)),
            Value::Object(map) => {
                let attributes = attributes_of(map);
                if let Some(Value::String(text)) = map.get("#") {
                    return self.line(name, &attributes, text);
                }
                self.open(name, &attributes);
                for (name, value) in map.iter().filter(|(name, _)| !name.starts_with(['@', '#'])) {
                    self.value(name, value);
                }
                self.close(name);
            }
            Value::String(text) => self.leaf(name, text),
            other => self.leaf(name, &other.to_string()),
        }
    }

    fn at(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone())
            .strftime("%Y-%m-%dT%H:%M:%S%:z")
            .to_string()
    }

    fn clock(&self, at: Timestamp) -> String {
        strtime::format("%H:%M", &at.to_zoned(self.zone.clone())).unwrap_or_default()
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.text.push_str(">\n");
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth -= 1;
        self.indent();
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.text.push_str("/>\n");
    }

    fn line(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.tag(name, attributes);
        self.text.push('>');
        self.text.push_str(&escaped(text));
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    fn leaf(&mut self, name: &str, text: &str) {
        self.line(name, &[], text);
    }

    fn optional(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.leaf(name, text);
        }
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        for (name, value) in attributes {
            self.text.push(' ');
            self.text.push_str(name);
            self.text.push_str("=\"");
            // A reader turns plain breaks in attributes into blanks.
            self.text
                .push_str(&escaped(value).replace('\n', "&#10;").replace('\t', "&#9;"));
            self.text.push('"');
        }
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }
}

/// The schema knows two digits of hours; longer ones get days in front, which never have two digits, since those
/// would read as hours, minutes and seconds.
fn duration(seconds: i64) -> String {
    // Whole minutes first: rounding later could make 24 hours of a day's rest.
    let seconds = (seconds.max(0) + 30) / 60 * 60;
    let hours = seconds / 3600;
    if hours < 100 {
        hours_minutes(seconds)
    } else {
        let days = match hours / 24 {
            few @ 0..10 => few.to_string(),
            many => format!("{many:03}"),
        };
        format!("{days}:{}", hours_minutes(seconds % 86400))
    }
}

/// Attributes that have a value.
fn said<'a>(attributes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    attributes
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .copied()
        .collect()
}

fn attributes_of(map: &Map<String, Value>) -> Vec<(&str, &str)> {
    map.iter()
        .filter_map(|(name, value)| Some((name.strip_prefix('@')?, value.as_str()?)))
        .collect()
}

/// Text for elements and attributes. A carriage return is written by number, since a reader turns a plain
/// one into a line feed.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if text
        .chars()
        .all(|c| is_allowed(c) && !matches!(c, '<' | '>' | '&' | '"' | '\'' | '\r'))
    {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars().filter(|c| is_allowed(*c)) {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}
