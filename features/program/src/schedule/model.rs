//! The schedule as both formats mean it. An empty text is the same as none.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a file says beyond the known fields, each format's for itself: written back into the same format,
/// because the other one's schema does not allow it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extra {
    /// Elements (`name`) and attributes (`@name`) of schedule.xml.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub xml: Map<String, Value>,
    /// Members of schedule.json.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub json: Map<String, Value>,
}

impl Extra {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.xml.is_empty() && self.json.is_empty()
    }
}

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// Name of this state of the timetable.
    pub version: String,
    /// The program that wrote the file.
    pub generator: Option<Generator>,
    /// Address of the file.
    pub url: String,
    /// What relative addresses are relative to.
    pub base_url: String,
    /// The conference.
    pub conference: Conference,
    /// Its days in order.
    pub days: Vec<Day>,
    /// Anything else.
    pub extra: Extra,
}

impl Schedule {
    /// Every talk with its day and room, in the order of the file.
    pub fn events(&self) -> impl Iterator<Item = (&Day, &DayRoom, &Event)> {
        self.days.iter().flat_map(|day| {
            day.rooms
                .iter()
                .flat_map(move |room| room.events.iter().map(move |event| (day, room, event)))
        })
    }

    /// Every talk, to be changed.
    pub fn events_mut(&mut self) -> impl Iterator<Item = &mut Event> {
        self.days
            .iter_mut()
            .flat_map(|day| day.rooms.iter_mut())
            .flat_map(|room| room.events.iter_mut())
    }
}

/// The program that wrote a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Generator {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its home (schedule.json only).
    pub url: String,
}

/// A conference as files describe it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conference {
    /// Short name.
    pub acronym: String,
    /// Title.
    pub title: String,
    /// A few sentences (schedule.json only).
    pub description: String,
    /// First day, as said.
    pub start: Option<When>,
    /// Last day, as said.
    pub end: Option<When>,
    /// Number of days, as said.
    pub days: Option<i64>,
    /// Grid of the timetable in seconds.
    pub timeslot_seconds: Option<i64>,
    /// IANA zone: the file's, or the one that was inferred.
    pub zone: String,
    /// Whether `zone` was inferred, and therefore is not written back.
    pub zone_inferred: bool,
    /// Address of a logo.
    pub logo: String,
    /// Address of the conference's site.
    pub url: String,
    /// Colours.
    pub colors: Option<Colors>,
    /// Words (schedule.json only).
    pub keywords: Vec<String>,
    /// What frab calls tracks.
    pub categories: Vec<Category>,
    /// Rooms with more than a name (schedule.json only).
    pub rooms: Vec<Room>,
    /// Anything else.
    pub extra: Extra,
}

/// A date, with a time where one was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Only the date.
    Date(Date),
    /// An instant.
    Instant(Timestamp),
}

/// Colours of a conference: by name, `#rrggbb`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Colors(pub Map<String, Value>);

/// A category of talks; frab and its files call it a track.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Category {
    /// Its name, by which talks refer to it.
    pub name: String,
    /// `#rrggbb`
    pub color: String,
    /// Name in addresses.
    pub slug: String,
    /// Anything else.
    #[serde(skip_serializing_if = "Extra::is_empty")]
    pub extra: Extra,
}

/// A room as schedule.json's list of rooms has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Room {
    /// Its name, by which days refer to it.
    pub name: String,
    /// Its identity.
    pub guid: String,
    /// A few words about it.
    pub description: String,
    /// How many people it holds.
    pub capacity: Option<i64>,
    /// Anything else.
    #[serde(skip_serializing_if = "Extra::is_empty")]
    pub extra: Extra,
}

/// A day of the conference. It may end after midnight.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// Counted from 1.
    pub index: i64,
    /// Its date.
    pub date: Date,
    /// First instant that belongs to it.
    pub start: Timestamp,
    /// Last instant that belongs to it.
    pub end: Timestamp,
    /// Its rooms in order, also those in which nothing happens.
    pub rooms: Vec<DayRoom>,
}

/// A room on a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DayRoom {
    /// Its name; may be empty.
    pub name: String,
    /// Its identity.
    pub guid: String,
    /// What happens there, in the order of the file.
    pub events: Vec<Event>,
    /// Anything else.
    pub extra: Extra,
}

/// A talk.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its identity across files. Empty when the file has none, until [`super::complete`].
    pub guid: String,
    /// Its number in the files of one conference.
    pub id: Option<i64>,
    /// Short code (pretalx).
    pub code: String,
    /// When it begins.
    pub start: Timestamp,
    /// How long it takes, in seconds; files have whole minutes.
    pub duration_seconds: i64,
    /// Name in file names and addresses.
    pub slug: String,
    /// Its page.
    pub url: String,
    /// Title.
    pub title: String,
    /// Subtitle.
    pub subtitle: String,
    /// Its category; files say track.
    pub track: String,
    /// Kind of talk; files say type.
    pub kind: String,
    /// Language code.
    pub language: String,
    /// Short text; plain, Markdown or HTML.
    pub abstract_text: String,
    /// Long text; plain, Markdown or HTML.
    pub description: String,
    /// Address of a picture.
    pub logo: String,
    /// Who speaks.
    pub persons: Vec<Person>,
    /// Links.
    pub links: Vec<Link>,
    /// Files.
    pub attachments: Vec<Link>,
    /// Licence of the recording.
    pub license: String,
    /// Whether it must not be recorded.
    pub opt_out: Option<bool>,
    /// Where the recording is (schedule.xml only).
    pub recording_url: String,
    /// A page about the recording (schedule.xml only).
    pub recording_link: String,
    /// Where the recording can be fetched (schedule.xml only).
    pub video_download_url: String,
    /// Where to give feedback.
    pub feedback_url: String,
    /// Its page in the system it came from.
    pub origin_url: String,
    /// How much it expects of its listeners (schedule.json only, a member of ours).
    pub level: String,
    /// Anything else.
    pub extra: Extra,
}

/// Somebody who speaks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    /// Number in the files of one system.
    pub id: Option<i64>,
    /// Identity across systems.
    pub guid: String,
    /// Short code (pretalx).
    pub code: String,
    /// Name.
    pub name: String,
    /// A few sentences (schedule.json only).
    pub biography: String,
    /// Address of a picture (schedule.json only).
    pub avatar: String,
    /// Anything else.
    pub extra: Extra,
}

/// A link or an attachment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Link {
    /// Where it leads.
    pub url: String,
    /// What it says.
    pub title: String,
    /// `slides`, `paper`, …
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The service it leads to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service: String,
}
