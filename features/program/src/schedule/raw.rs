//! What a file says, with lines, before anybody has judged it. Both formats are read into this, so that
//! they are judged by the same rules.

use super::model::{Category, Colors, Extra, Generator, Link, Room};

/// A text and the line where it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub(super) line: u32,
    pub(super) value: String,
}

impl Text {
    /// The text without blanks around it, when anything is left.
    pub(super) fn some(&self) -> Option<&str> {
        let trimmed = self.value.trim();
        (!trimmed.is_empty()).then_some(trimmed)
    }
}

#[derive(Debug, Default)]
pub(super) struct RawSchedule {
    pub(super) line: u32,
    pub(super) version: Text,
    pub(super) generator: Option<Generator>,
    pub(super) url: Text,
    pub(super) base_url: Text,
    pub(super) conference: Option<RawConference>,
    pub(super) days: Vec<RawDay>,
    pub(super) extra: Extra,
}

#[derive(Debug, Default)]
pub(super) struct RawConference {
    pub(super) line: u32,
    pub(super) acronym: Text,
    pub(super) title: Text,
    pub(super) description: Text,
    pub(super) start: Text,
    pub(super) end: Text,
    pub(super) days: Text,
    pub(super) timeslot: Text,
    pub(super) zone: Text,
    pub(super) logo: Text,
    pub(super) url: Text,
    pub(super) day_change: Text,
    pub(super) colors: Option<Colors>,
    pub(super) keywords: Vec<String>,
    pub(super) categories: Vec<Category>,
    pub(super) rooms: Vec<Room>,
    pub(super) extra: Extra,
}

#[derive(Debug, Default)]
pub(super) struct RawDay {
    pub(super) line: u32,
    pub(super) index: Text,
    pub(super) date: Text,
    pub(super) start: Text,
    pub(super) end: Text,
    pub(super) rooms: Vec<RawRoom>,
}

#[derive(Debug, Default)]
pub(super) struct RawRoom {
    pub(super) name: Text,
    pub(super) guid: Text,
    pub(super) events: Vec<RawEvent>,
    pub(super) extra: Extra,
}

#[derive(Debug, Default)]
pub(super) struct RawEvent {
    pub(super) line: u32,
    pub(super) guid: Text,
    pub(super) id: Text,
    pub(super) code: Text,
    pub(super) date: Text,
    pub(super) start: Text,
    pub(super) end: Text,
    pub(super) duration: Text,
    pub(super) room: Text,
    pub(super) slug: Text,
    pub(super) url: Text,
    pub(super) title: Text,
    pub(super) subtitle: Text,
    pub(super) track: Text,
    pub(super) kind: Text,
    pub(super) language: Text,
    pub(super) abstract_text: Text,
    pub(super) description: Text,
    pub(super) logo: Text,
    pub(super) license: Text,
    pub(super) opt_out: Text,
    pub(super) recording_url: Text,
    pub(super) recording_link: Text,
    pub(super) video_download_url: Text,
    pub(super) feedback_url: Text,
    pub(super) origin_url: Text,
    pub(super) level: Text,
    pub(super) persons: Vec<RawPerson>,
    pub(super) links: Vec<Link>,
    pub(super) attachments: Vec<Link>,
    pub(super) extra: Extra,
}

#[derive(Debug, Default)]
pub(super) struct RawPerson {
    pub(super) id: Text,
    pub(super) guid: Text,
    pub(super) code: Text,
    pub(super) name: Text,
    pub(super) biography: Text,
    pub(super) avatar: Text,
    pub(super) extra: Extra,
}
