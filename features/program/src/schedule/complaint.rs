//! What is wrong with a file, line by line, in words of the message files.

use kernel::Message;

use crate::limits::COMPLAINTS_MAX;

/// One sentence about one line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The line, counted from 1; none when it concerns the file as a whole.
    pub line: Option<u32>,
    /// The sentence; `line` is among its arguments when there is one.
    pub message: Message,
}

impl Complaint {
    /// A complaint about a line.
    pub fn at(line: u32, key: &'static str) -> Self {
        Self {
            line: Some(line),
            message: Message::new(key).with("line", line),
        }
    }

    /// A complaint about the whole file.
    pub fn whole(key: &'static str) -> Self {
        Self {
            line: None,
            message: Message::new(key),
        }
    }

    /// Adds an argument; long ones are cut, since a sentence is no place for a paragraph.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and texts read alike at the caller"
    )]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        let value = value.to_string();
        let short: String = value.chars().take(80).collect();
        let shown = if short.len() < value.len() {
            format!("{short}…")
        } else {
            short
        };
        self.message = self.message.with(name, shown);
        self
    }
}

/// A file that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the schedule file has {} faults, the first in line {}", .complaints.len(), .complaints.first().and_then(|c| c.line).unwrap_or(0))]
pub struct Broken {
    /// At least one, in the order of the file.
    pub complaints: Vec<Complaint>,
}

impl Broken {
    /// A single complaint about a line.
    pub fn at(line: u32, key: &'static str) -> Self {
        Complaint::at(line, key).into()
    }
}

impl From<Complaint> for Broken {
    fn from(complaint: Complaint) -> Self {
        Self {
            complaints: vec![complaint],
        }
    }
}

/// Collects complaints and notes while a file is interpreted.
#[derive(Debug, Default)]
pub(super) struct Desk {
    complaints: Vec<Complaint>,
    notes: Vec<Complaint>,
}

impl Desk {
    /// The file cannot be used because of this.
    pub(super) fn complain(&mut self, complaint: Complaint) {
        if self.complaints.len() < COMPLAINTS_MAX {
            self.complaints.push(complaint);
        }
    }

    /// The file can be used, but somebody should know this.
    pub(super) fn note(&mut self, note: Complaint) {
        if self.notes.len() < COMPLAINTS_MAX {
            self.notes.push(note);
        }
    }

    /// The notes, when there was no complaint.
    pub(super) fn close(mut self) -> Result<Vec<Complaint>, Broken> {
        if self.complaints.is_empty() {
            return Ok(self.notes);
        }
        self.complaints.sort_by_key(|complaint| complaint.line);
        Err(Broken {
            complaints: self.complaints,
        })
    }
}

/// The line in which the byte after `before` stands.
pub(super) fn line_of(before: &[u8]) -> u32 {
    #[expect(clippy::naive_bytecount, reason = "runs once per broken file")]
    let breaks = before.iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks + 1).unwrap_or(u32::MAX)
}
