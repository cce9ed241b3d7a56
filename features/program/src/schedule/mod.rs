//! Schedules as files: frab's schedule.xml, the C3VOC's schedule.json, iCalendar.
//!
//! Both file formats are read into one [`Schedule`] and written from it. Invariants:
//! reading what was written gives the same schedule, as far as the format can express it; a file that is
//! broken gives sentences with line numbers and no schedule; nothing in a file makes reading take more
//! memory or time than its size allows ([`crate::limits`]).
//!
//! Texts are kept as they are, also HTML and blanks at their ends; an empty text is the same as none.

mod build;
mod complaint;
#[cfg(test)]
mod corpus;
pub mod ical;
pub mod json;
mod model;
mod names;
mod raw;
mod times;
pub mod xml;

pub use complaint::{Broken, Complaint};
pub use model::{
    Category, Colors, Conference, Day, DayRoom, Event, Extra, Generator, Link, Person, Room,
    Schedule, When,
};
pub(crate) use names::slug_for;
pub use names::{acronym_for, complete, guid_for};

use crate::limits::SCHEDULE_BYTES_MAX;

/// What one needs to know to read a file that does not say everything.
#[derive(Clone, Debug)]
pub struct Assume {
    /// The IANA zone of a file with clock times that names neither zone nor offset.
    pub zone: String,
}

impl Default for Assume {
    fn default() -> Self {
        Self {
            zone: "UTC".to_owned(),
        }
    }
}

/// Which of the two formats a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// schedule.xml
    Xml,
    /// schedule.json
    Json,
}

/// A schedule that was read, and what its reader had to guess.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The schedule.
    pub schedule: Schedule,
    /// The format it came in.
    pub format: Format,
    /// Guesses and oddities worth a look; none of them prevents the import.
    pub notes: Vec<Complaint>,
}

/// Reads a schedule file of either format.
///
/// # Errors
/// With every complaint about the file, at most [`crate::limits::COMPLAINTS_MAX`].
pub fn read(file: &[u8], assume: &Assume) -> Result<Reading, Broken> {
    let text = text_of(file)?;
    match text.trim_start().bytes().next() {
        Some(b'<') => xml::read(text, assume),
        Some(b'{') => json::read(text, assume),
        _ => Err(Broken::at(1, "program-schedule-unknown")),
    }
}

/// The file as text: not too large, and UTF-8.
fn text_of(file: &[u8]) -> Result<&str, Broken> {
    if file.len() > SCHEDULE_BYTES_MAX {
        let limit = SCHEDULE_BYTES_MAX / (1024 * 1024);
        return Err(Complaint::whole("program-schedule-too-large")
            .with("limit", limit)
            .into());
    }
    match std::str::from_utf8(file) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let before = file.get(..error.valid_up_to()).unwrap_or_default();
            Err(Broken::at(
                complaint::line_of(before),
                "program-schedule-encoding",
            ))
        }
    }
}
