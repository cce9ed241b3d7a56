//! What Dreamkast exports: tables as CSV files, in which days, tracks, categories, levels and answers are numbers.
//!
//! The numbers mean something only in the database they came from. Small mapping files say what; what they do not
//! say is reported and stays open, never guessed. Reading is pure and whole: a file with a fault gives sentences
//! with line numbers and no export.

mod fields;
mod read;
mod table;

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};

pub use read::read;

use kernel::Message;

/// Names of the files that are read; whatever else lies beside them is not.
pub const FILES: &[&str] = &[TALKS, SPEAKERS, CREDITS, PROPOSALS, ITEMS];
pub(crate) const TALKS: &str = "talks.csv";
pub(crate) const SPEAKERS: &str = "speakers.csv";
pub(crate) const CREDITS: &str = "talks_speakers.csv";
pub(crate) const PROPOSALS: &str = "proposals.csv";
pub(crate) const ITEMS: &str = "proposal_items.csv";

/// What was given to be read.
#[derive(Debug, Default)]
pub struct Files {
    /// Contents of the files of the export by name, of those in [`FILES`].
    pub export: BTreeMap<String, Vec<u8>>,
    /// Names of what else lies beside them.
    pub others: Vec<String>,
    /// The mapping files by what they map.
    pub maps: BTreeMap<Map, (String, Vec<u8>)>,
}

/// What a mapping file maps numbers to.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum Map {
    /// `day_id,date`
    Days,
    /// `track_id,name` and perhaps `slug`
    Tracks,
    /// `category_id,name`
    Categories,
    /// `level_id,name`
    Levels,
    /// `item_id,text` and perhaps `key`, `value`: the options of the questions that proposals answer
    Items,
}

/// An export, as far as it means something here.
#[derive(Debug, Default)]
pub struct Export {
    /// Its days by number.
    pub days: BTreeMap<i64, Date>,
    /// Its tracks by number.
    pub tracks: BTreeMap<i64, Track>,
    /// Its categories by number.
    pub categories: BTreeMap<i64, String>,
    /// Its levels by number.
    pub levels: BTreeMap<i64, String>,
    /// Its talks in their order.
    pub talks: Vec<Talk>,
    /// Its speakers in their order.
    pub speakers: Vec<Speaker>,
    /// How many rows each file had.
    pub rows: Vec<(String, usize)>,
    /// What could not be expressed, and what was odd.
    pub notes: Vec<Message>,
}

/// A track that a mapping file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// Its name.
    pub name: String,
    /// Its name in addresses; empty for one that follows from its name.
    pub slug: String,
}

/// A talk of an export.
#[derive(Debug)]
pub struct Talk {
    /// Its number.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// What kind of talk it is.
    pub kind: &'static str,
    /// Its language, where an answer says it.
    pub language: String,
    /// Number of its day.
    pub day: Option<i64>,
    /// Number of its track.
    pub track: Option<i64>,
    /// Number of its category.
    pub category: Option<i64>,
    /// Number of its level, there called difficulty.
    pub level: Option<i64>,
    /// When it begins on the clocks of its day.
    pub start: Option<Time>,
    /// When it ends on them; before its beginning it is past midnight.
    pub end: Option<Time>,
    /// Whether it has a length that nothing explains.
    pub length_is_open: bool,
    /// Whether it may be recorded and shown, where an answer says it.
    pub opt_out: Option<bool>,
    /// Whether people see it.
    pub shown: bool,
    /// Address of its slides.
    pub document_url: String,
    /// Address of its recording.
    pub movie_url: String,
    /// Address of its picture.
    pub picture: String,
    /// Numbers of those who speak in it, in order.
    pub speakers: Vec<i64>,
}

/// A speaker of an export.
#[derive(Debug, Default)]
pub struct Speaker {
    /// Their number.
    pub id: i64,
    /// Their name.
    pub name: String,
    /// A few sentences.
    pub profile: String,
    /// Where they work.
    pub company: String,
    /// As what.
    pub job_title: String,
    /// Their name on Twitter, now X.
    pub twitter: String,
    /// Their name on GitHub.
    pub github: String,
}
