//! Reading schedule.xml.

use serde_json::{Map, Value};

use super::tree::{Element, Node, parse};
use crate::schedule::complaint::{Broken, Complaint};
use crate::schedule::model::{Category, Colors, Extra, Generator, Link};
use crate::schedule::raw::{
    RawConference, RawDay, RawEvent, RawPerson, RawRoom, RawSchedule, Text,
};
use crate::schedule::{Assume, Format, Reading, build};

/// Reads a schedule.xml.
///
/// # Errors
/// With every complaint about it.
pub fn read(text: &str, assume: &Assume) -> Result<Reading, Broken> {
    let root = parse(text)?;
    if root.name != "schedule" {
        return Err(Complaint::at(root.line, "program-schedule-root")
            .with("found", &root.name)
            .into());
    }
    let (schedule, notes) = build::schedule(schedule(&root), assume)?;
    Ok(Reading {
        schedule,
        format: Format::Xml,
        notes,
    })
}

fn schedule(root: &Element) -> RawSchedule {
    let mut raw = RawSchedule {
        line: root.line,
        ..RawSchedule::default()
    };
    for element in root.elements() {
        match element.name.as_str() {
            "version" => first(&mut raw.version, element),
            "url" => first(&mut raw.url, element),
            "base_url" => first(&mut raw.base_url, element),
            "generator" => {
                raw.generator = Some(Generator {
                    name: attribute(element, "name").value,
                    version: attribute(element, "version").value,
                    url: String::new(),
                });
            }
            "conference" if raw.conference.is_none() => {
                let (conference, base_url) = conference(element);
                raw.conference = Some(conference);
                if let Some(base_url) = base_url {
                    raw.base_url = base_url;
                }
            }
            "day" => raw.days.push(day(element)),
            _ => keep(&mut raw.extra, element),
        }
    }
    raw
}

fn conference(element: &Element) -> (RawConference, Option<Text>) {
    let mut raw = RawConference {
        line: element.line,
        ..RawConference::default()
    };
    let mut base_url = None;
    for child in element.elements() {
        match child.name.as_str() {
            "acronym" => first(&mut raw.acronym, child),
            "title" => first(&mut raw.title, child),
            "start" => first(&mut raw.start, child),
            "end" => first(&mut raw.end, child),
            "days" => first(&mut raw.days, child),
            "timeslot_duration" => first(&mut raw.timeslot, child),
            "time_zone_name" => first(&mut raw.zone, child),
            "logo" => first(&mut raw.logo, child),
            "url" => first(&mut raw.url, child),
            "base_url" => base_url = Some(text_of(child)),
            "color" => {
                let colors = child
                    .attributes
                    .iter()
                    .map(|(name, value)| (name.clone(), Value::String(value.clone())));
                raw.colors = Some(Colors(colors.collect()));
            }
            "track" => raw.categories.push(category(child)),
            name => {
                if name == "day_change" {
                    first(&mut raw.day_change, child);
                }
                keep(&mut raw.extra, child);
            }
        }
    }
    (raw, base_url)
}

fn category(element: &Element) -> Category {
    let mut category = Category {
        name: attribute(element, "name").value,
        ..Category::default()
    };
    if category.name.trim().is_empty() {
        category.name = element.text();
    }
    category.color = attribute(element, "color").value;
    category.slug = attribute(element, "slug").value;
    keep_attributes(&mut category.extra, element, &["name", "color", "slug"]);
    category
}

fn day(element: &Element) -> RawDay {
    RawDay {
        line: element.line,
        index: attribute(element, "index"),
        date: attribute(element, "date"),
        start: attribute(element, "start"),
        end: attribute(element, "end"),
        rooms: element
            .elements()
            .filter(|child| child.name == "room")
            .map(room)
            .collect(),
    }
}

fn room(element: &Element) -> RawRoom {
    let mut raw = RawRoom {
        name: attribute(element, "name"),
        guid: attribute(element, "guid"),
        ..RawRoom::default()
    };
    keep_attributes(&mut raw.extra, element, &["name", "guid"]);
    for child in element.elements() {
        match child.name.as_str() {
            "event" => raw.events.push(event(child)),
            _ => keep(&mut raw.extra, child),
        }
    }
    raw
}

fn event(element: &Element) -> RawEvent {
    let mut raw = RawEvent {
        line: element.line,
        guid: attribute(element, "guid"),
        id: attribute(element, "id"),
        code: attribute(element, "code"),
        ..RawEvent::default()
    };
    keep_attributes(&mut raw.extra, element, &["guid", "id", "code"]);
    for child in element.elements() {
        match child.name.as_str() {
            "persons" => raw
                .persons
                .extend(child.elements().filter(|e| e.name == "person").map(person)),
            "links" => raw
                .links
                .extend(child.elements().filter(|e| e.name == "link").map(link)),
            "attachments" => raw.attachments.extend(
                child
                    .elements()
                    .filter(|e| e.name == "attachment")
                    .map(link),
            ),
            "recording" => recording(&mut raw, child),
            name => match field(&mut raw, name) {
                Some(slot) => first(slot, child),
                None => keep(&mut raw.extra, child),
            },
        }
    }
    raw
}

/// Where the text of a simple element of an event belongs.
fn field<'a>(raw: &'a mut RawEvent, name: &str) -> Option<&'a mut Text> {
    Some(match name {
        "date" => &mut raw.date,
        "start" => &mut raw.start,
        "end" => &mut raw.end,
        "duration" => &mut raw.duration,
        "room" => &mut raw.room,
        "slug" => &mut raw.slug,
        "url" => &mut raw.url,
        "title" => &mut raw.title,
        "subtitle" => &mut raw.subtitle,
        "track" => &mut raw.track,
        "type" => &mut raw.kind,
        "language" => &mut raw.language,
        "abstract" => &mut raw.abstract_text,
        "description" => &mut raw.description,
        "logo" => &mut raw.logo,
        "video_download_url" => &mut raw.video_download_url,
        "feedback_url" => &mut raw.feedback_url,
        "origin_url" => &mut raw.origin_url,
        _ => return None,
    })
}

fn recording(raw: &mut RawEvent, element: &Element) {
    for child in element.elements() {
        match child.name.as_str() {
            "license" => first(&mut raw.license, child),
            "optout" => first(&mut raw.opt_out, child),
            "url" => first(&mut raw.recording_url, child),
            "link" => first(&mut raw.recording_link, child),
            _ => {}
        }
    }
}

fn person(element: &Element) -> RawPerson {
    let mut raw = RawPerson {
        id: attribute(element, "id"),
        guid: attribute(element, "guid"),
        code: attribute(element, "code"),
        name: text_of(element),
        ..RawPerson::default()
    };
    keep_attributes(&mut raw.extra, element, &["id", "guid", "code"]);
    raw
}

fn link(element: &Element) -> Link {
    Link {
        url: attribute(element, "href").value,
        title: element.text(),
        kind: attribute(element, "type").value,
        service: attribute(element, "service").value,
    }
}

fn text_of(element: &Element) -> Text {
    Text {
        line: element.line,
        value: element.text(),
    }
}

/// Takes the text of the first such element; a second one says nothing that could be believed more.
fn first(slot: &mut Text, element: &Element) {
    if slot.line == 0 {
        *slot = text_of(element);
    }
}

fn attribute(element: &Element, name: &str) -> Text {
    match element.attributes.iter().find(|(key, _)| key == name) {
        Some((_, value)) => Text {
            line: element.line,
            value: value.clone(),
        },
        None => Text {
            line: 0,
            value: String::new(),
        },
    }
}

fn keep_attributes(extra: &mut Extra, element: &Element, known: &[&str]) {
    for (name, value) in &element.attributes {
        if !known.contains(&name.as_str()) && !name.starts_with("xmlns") && !value.is_empty() {
            extra
                .xml
                .insert(format!("@{name}"), Value::String(value.clone()));
        }
    }
}

/// Keeps an element that is none of ours; several of one name become a list.
fn keep(extra: &mut Extra, element: &Element) {
    let value = value_of(element);
    if value == Value::String(String::new()) {
        return;
    }
    add(&mut extra.xml, &element.name, value);
}

fn add(map: &mut Map<String, Value>, name: &str, value: Value) {
    match map.get_mut(name) {
        None => {
            map.insert(name.to_owned(), value);
        }
        Some(Value::Array(list)) => list.push(value),
        Some(before) => *before = Value::Array(vec![before.take(), value]),
    }
}

/// An element as data: its text, or an object of `@attributes`, elements and `#` text.
fn value_of(element: &Element) -> Value {
    if element.attributes.is_empty() && element.elements().next().is_none() {
        return Value::String(element.text());
    }
    let mut map = Map::new();
    for (name, value) in &element.attributes {
        map.insert(format!("@{name}"), Value::String(value.clone()));
    }
    let text: String = element
        .nodes
        .iter()
        .filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            Node::Element(_) => None,
        })
        .collect();
    if text.trim().is_empty() {
        for child in element.elements() {
            add(&mut map, &child.name, value_of(child));
        }
    } else {
        map.insert("#".to_owned(), Value::String(element.text()));
    }
    Value::Object(map)
}
