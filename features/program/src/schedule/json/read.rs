//! Reading schedule.json.

use serde_json::{Map, Value};

use super::tree::{File, Node};
use crate::schedule::complaint::{Broken, Complaint};
use crate::schedule::model::{Category, Colors, Extra, Generator, Link, Room};
use crate::schedule::raw::{
    RawConference, RawDay, RawEvent, RawPerson, RawRoom, RawSchedule, Text,
};
use crate::schedule::xml::allowed;
use crate::schedule::{Assume, Format, Reading, build};

/// Reads a schedule.json, with or without the outer `{"schedule": …}`.
///
/// # Errors
/// With every complaint about it.
pub fn read(text: &str, assume: &Assume) -> Result<Reading, Broken> {
    let (file, root) = File::parse(text)?;
    let mut reader = Reader {
        file,
        complaints: Vec::new(),
    };
    let raw = reader.schedule(root);
    if !reader.complaints.is_empty() {
        reader.complaints.truncate(crate::limits::COMPLAINTS_MAX);
        return Err(Broken {
            complaints: reader.complaints,
        });
    }
    let (schedule, notes) = build::schedule(raw, assume)?;
    Ok(Reading {
        schedule,
        format: Format::Json,
        notes,
    })
}

struct Reader<'a> {
    file: File<'a>,
    complaints: Vec<Complaint>,
}

type Members<'a> = Vec<(String, Node<'a>)>;

impl<'a> Reader<'a> {
    fn schedule(&mut self, root: Node<'a>) -> RawSchedule {
        let mut raw = RawSchedule {
            line: self.file.line(root),
            ..RawSchedule::default()
        };
        let outer = self.object(root, "schedule");
        let wrapped = outer
            .iter()
            .find(|(name, _)| name == "schedule")
            .map(|(_, node)| *node);
        let inner = match wrapped {
            Some(node) => self.object(node, "schedule"),
            None => Vec::new(),
        };
        // In the published schema the generator stands beside the schedule.
        for (name, node) in outer
            .into_iter()
            .filter(|(name, _)| name != "schedule")
            .chain(inner)
        {
            match name.as_str() {
                "$schema" => {}
                "version" => raw.version = self.file.text(node),
                "base_url" => raw.base_url = self.file.text(node),
                "url" => raw.url = self.file.text(node),
                "generator" => raw.generator = Some(self.generator(node)),
                "conference" => {
                    let (conference, days) = self.conference(node);
                    raw.conference = Some(conference);
                    raw.days = days;
                }
                _ => keep(&mut raw.extra, name, node),
            }
        }
        raw
    }

    fn generator(&mut self, node: Node<'a>) -> Generator {
        let mut generator = Generator::default();
        for (name, node) in self.object(node, "generator") {
            match name.as_str() {
                "name" => generator.name = self.file.text(node).value,
                "version" => generator.version = self.file.text(node).value,
                "url" => generator.url = self.file.text(node).value,
                _ => {}
            }
        }
        generator
    }

    fn conference(&mut self, node: Node<'a>) -> (RawConference, Vec<RawDay>) {
        let mut raw = RawConference {
            line: self.file.line(node),
            ..RawConference::default()
        };
        let mut days = Vec::new();
        for (name, node) in self.object(node, "conference") {
            match name.as_str() {
                "acronym" => raw.acronym = self.file.text(node),
                "title" => raw.title = self.file.text(node),
                "description" => raw.description = self.file.text(node),
                "start" => raw.start = self.file.text(node),
                "end" => raw.end = self.file.text(node),
                "daysCount" => raw.days = self.file.text(node),
                "timeslot_duration" => raw.timeslot = self.file.text(node),
                "time_zone_name" => raw.zone = self.file.text(node),
                "logo" => raw.logo = self.file.text(node),
                "url" => raw.url = self.file.text(node),
                "keywords" => {
                    raw.keywords = self
                        .array(node, "keywords")
                        .into_iter()
                        .map(|n| self.file.text(n).value)
                        .collect();
                }
                "colors" => {
                    let colors: Map<String, Value> = cleaned(node.value())
                        .as_object()
                        .cloned()
                        .unwrap_or_default();
                    raw.colors = (!colors.is_empty()).then_some(Colors(colors));
                }
                "tracks" => {
                    raw.categories = self
                        .array(node, "tracks")
                        .into_iter()
                        .map(|n| self.category(n))
                        .collect();
                }
                "rooms" => {
                    raw.rooms = self
                        .array(node, "rooms")
                        .into_iter()
                        .map(|n| self.listed_room(n))
                        .collect();
                }
                "days" => {
                    days = self
                        .array(node, "days")
                        .into_iter()
                        .map(|n| self.day(n))
                        .collect();
                }
                _ => keep(&mut raw.extra, name, node),
            }
        }
        (raw, days)
    }

    fn category(&mut self, node: Node<'a>) -> Category {
        let mut category = Category::default();
        for (name, node) in self.object(node, "track") {
            match name.as_str() {
                "name" => category.name = self.file.text(node).value,
                "color" => category.color = self.file.text(node).value,
                "slug" => category.slug = self.file.text(node).value,
                _ => keep(&mut category.extra, name, node),
            }
        }
        category
    }

    fn listed_room(&mut self, node: Node<'a>) -> Room {
        let mut room = Room::default();
        for (name, node) in self.object(node, "room") {
            match (name.as_str(), node.value()) {
                ("name", _) => room.name = self.file.text(node).value,
                ("guid", _) => room.guid = self.file.text(node).value,
                ("description", Value::String(text)) => room.description = allowed(&text),
                ("capacity", Value::Number(number)) if number.is_i64() => {
                    room.capacity = number.as_i64();
                }
                _ => keep(&mut room.extra, name, node),
            }
        }
        room
    }

    fn day(&mut self, node: Node<'a>) -> RawDay {
        let mut raw = RawDay {
            line: self.file.line(node),
            ..RawDay::default()
        };
        for (name, node) in self.object(node, "day") {
            match name.as_str() {
                "index" => raw.index = self.file.text(node),
                "date" => raw.date = self.file.text(node),
                "day_start" | "start" => raw.start = self.file.text(node),
                "day_end" | "end" => raw.end = self.file.text(node),
                "rooms" => {
                    raw.rooms = self
                        .object(node, "rooms")
                        .into_iter()
                        .map(|(name, node)| self.room(name, node))
                        .collect();
                }
                _ => {}
            }
        }
        raw
    }

    fn room(&mut self, name: String, node: Node<'a>) -> RawRoom {
        let line = self.file.line(node);
        let events = self
            .array(node, "room")
            .into_iter()
            .map(|node| self.event(node))
            .collect();
        RawRoom {
            name: Text { line, value: name },
            events,
            ..RawRoom::default()
        }
    }

    fn event(&mut self, node: Node<'a>) -> RawEvent {
        let mut raw = RawEvent {
            line: self.file.line(node),
            ..RawEvent::default()
        };
        for (name, node) in self.object(node, "event") {
            match name.as_str() {
                "persons" => {
                    raw.persons = self
                        .array(node, "persons")
                        .into_iter()
                        .map(|n| self.person(n))
                        .collect();
                }
                "links" => {
                    raw.links = self
                        .array(node, "links")
                        .into_iter()
                        .map(|n| self.link(n))
                        .collect();
                }
                "attachments" => {
                    raw.attachments = self
                        .array(node, "attachments")
                        .into_iter()
                        .map(|n| self.link(n))
                        .collect();
                }
                // Ours is a word; somebody else's may be anything.
                "level" if !node.value().is_string() => keep(&mut raw.extra, name, node),
                _ => {
                    let text = self.file.text(node);
                    match field(&mut raw, &name) {
                        Some(slot) => *slot = text,
                        None => keep(&mut raw.extra, name, node),
                    }
                }
            }
        }
        raw
    }

    /// Somebody: an object, or only a name.
    fn person(&mut self, node: Node<'a>) -> RawPerson {
        let mut raw = RawPerson::default();
        let Some(members) = node.members() else {
            raw.name = self.file.text(node);
            return raw;
        };
        for (name, node) in members {
            match name.as_str() {
                "id" => raw.id = self.file.text(node),
                "guid" => raw.guid = self.file.text(node),
                "code" => raw.code = self.file.text(node),
                "name" => raw.name = self.file.text(node),
                "public_name" | "full_public_name" => {
                    if raw.name.some().is_none() {
                        raw.name = self.file.text(node);
                    }
                }
                "biography" => raw.biography = self.file.text(node),
                "avatar" => raw.avatar = self.file.text(node),
                _ => keep(&mut raw.extra, name, node),
            }
        }
        raw
    }

    /// A link: an object, or only an address.
    fn link(&mut self, node: Node<'a>) -> Link {
        let mut link = Link::default();
        let Some(members) = node.members() else {
            link.url = self.file.text(node).value;
            return link;
        };
        for (name, node) in members {
            let text = self.file.text(node).value;
            match name.as_str() {
                "url" | "href" => link.url = text,
                "title" | "name" => link.title = text,
                "type" => link.kind = text,
                "service" => link.service = text,
                _ => {}
            }
        }
        link
    }

    /// The members of what must be an object; null counts as an empty one.
    fn object(&mut self, node: Node<'a>, what: &'static str) -> Members<'a> {
        let members = node.members();
        if members.is_none() && !node.value().is_null() {
            self.complain(node, what, "object");
        }
        members.unwrap_or_default()
    }

    fn array(&mut self, node: Node<'a>, what: &'static str) -> Vec<Node<'a>> {
        let elements = node.elements();
        if elements.is_none() && !node.value().is_null() {
            self.complain(node, what, "array");
        }
        elements.unwrap_or_default()
    }

    fn complain(&mut self, node: Node<'_>, what: &'static str, wanted: &'static str) {
        let key = if wanted == "array" {
            "program-schedule-json-array"
        } else {
            "program-schedule-json-object"
        };
        self.complaints
            .push(Complaint::at(self.file.line(node), key).with("what", what));
    }
}

/// Where a simple member of an event belongs.
fn field<'a>(raw: &'a mut RawEvent, name: &str) -> Option<&'a mut Text> {
    Some(match name {
        "guid" => &mut raw.guid,
        "id" => &mut raw.id,
        "code" => &mut raw.code,
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
        "recording_license" => &mut raw.license,
        "do_not_record" => &mut raw.opt_out,
        "feedback_url" => &mut raw.feedback_url,
        "origin_url" => &mut raw.origin_url,
        "level" => &mut raw.level,
        _ => return None,
    })
}

/// Keeps a member that is none of ours. What says nothing (null, empty) is the same as its absence.
fn keep(extra: &mut Extra, name: String, node: Node<'_>) {
    let value = cleaned(node.value());
    let empty = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    if !empty {
        extra.json.insert(name, value);
    }
}

/// A value without characters that neither XML nor a database takes.
fn cleaned(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(allowed(&text)),
        Value::Array(list) => Value::Array(list.into_iter().map(cleaned).collect()),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(name, value)| (allowed(&name), cleaned(value)))
                .collect(),
        ),
        other => other,
    }
}
