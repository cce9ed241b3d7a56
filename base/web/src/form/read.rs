//! Reading a sheet as what it means: every complaint is gathered, so that a person hears all of them at once.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use kernel::text::{Lines, clean};
use kernel::{Error, Field, Message, Timestamp};

use super::sheet::{Row, Sheet};

/// Reads the fields of a sheet. Ask for all of them, then for [`Reader::done`].
#[derive(Debug)]
pub struct Reader<'s> {
    sheet: &'s Sheet,
    faults: Vec<Field>,
}

impl<'s> Reader<'s> {
    pub(super) fn new(sheet: &'s Sheet) -> Self {
        Self {
            sheet,
            faults: Vec::new(),
        }
    }

    /// Complains about a field.
    pub fn fault(&mut self, name: impl Into<Cow<'static, str>>, message: impl Into<Message>) {
        self.faults.push(Field {
            name: name.into(),
            message: message.into(),
        });
    }

    /// One line of at most `max` characters.
    pub fn text(&mut self, name: &'static str, max: usize) -> String {
        self.bounded(name, self.sheet.value(name), Lines::One, max)
    }

    /// One line that has to be there.
    pub fn required(&mut self, name: &'static str, max: usize) -> String {
        let text = self.text(name, max);
        if text.is_empty() {
            self.fault(name, "web-field-empty");
        }
        text
    }

    /// A text of several lines.
    pub fn lines(&mut self, name: &'static str, max: usize) -> String {
        self.bounded(name, self.sheet.value(name), Lines::Many, max)
    }

    /// Whether a checkbox is ticked.
    pub fn ticked(&self, name: &str) -> bool {
        !self.sheet.value(name).is_empty()
    }

    /// A whole number, or nothing.
    pub fn number(&mut self, name: &'static str, range: RangeInclusive<i64>) -> Option<i64> {
        let text = self.sheet.value(name).trim();
        if text.is_empty() {
            return None;
        }
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let message = Message::new("web-field-number")
                .with("from", range.start())
                .with("to", range.end());
            self.fault(name, message);
        }
        number
    }

    /// A date, or nothing.
    pub fn date(&mut self, name: &'static str) -> Option<Date> {
        self.parsed(name, "web-field-date")
    }

    /// A clock time, or nothing.
    pub fn time(&mut self, name: &'static str) -> Option<Time> {
        self.parsed(name, "web-field-time")
    }

    /// An instant as a date and clock time in a zone, or nothing. A time that the clocks skip is no time.
    pub fn instant(&mut self, name: &'static str, zone: &TimeZone) -> Option<Timestamp> {
        let civil: DateTime = self.parsed(name, "web-field-instant")?;
        self.at(name, civil, zone)
    }

    /// The instant of a date and clock time in a zone, with the complaint about a skipped hour at a field.
    pub fn at(
        &mut self,
        name: &'static str,
        civil: DateTime,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        let ambiguous = zone.to_ambiguous_zoned(civil);
        let is_gap = matches!(ambiguous.offset(), jiff::tz::AmbiguousOffset::Gap { .. });
        match ambiguous.compatible() {
            Ok(zoned) if !is_gap => Some(zoned.timestamp()),
            _ => {
                self.fault(name, "web-field-gap");
                None
            }
        }
    }

    /// One of several words; nothing where the field is empty.
    pub fn word<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.sheet.value(name);
        if text.is_empty() {
            return None;
        }
        let word = parse(text);
        if word.is_none() {
            self.fault(name, "web-field-choice");
        }
        word
    }

    /// The address of a page elsewhere, or nothing.
    pub fn url(&mut self, name: &'static str, max: usize) -> String {
        let url = self.text(name, max);
        self.checked_url(name.into(), url)
    }

    /// A colour as `#rrggbb`, or nothing.
    pub fn color(&mut self, name: &'static str) -> String {
        let text = self.sheet.value(name).trim().to_ascii_lowercase();
        let digits = text.strip_prefix('#').unwrap_or_default();
        let plain = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        if text.is_empty() || plain {
            return text;
        }
        self.fault(name, "web-field-color");
        String::new()
    }

    /// The rows of a group in which something stands.
    pub fn rows(&self, group: &str, columns: &[&str]) -> Vec<Row> {
        let mut rows = self.sheet.rows(group);
        rows.retain(|row| {
            columns
                .iter()
                .any(|column| !self.sheet.cell(row, column).trim().is_empty())
        });
        rows
    }

    /// One line of a row.
    pub fn cell(&mut self, row: &Row, column: &str, max: usize) -> String {
        self.bounded(
            row.id(column),
            self.sheet.cell(row, column),
            Lines::One,
            max,
        )
    }

    /// The address of a page elsewhere in a row.
    pub fn cell_url(&mut self, row: &Row, column: &str, max: usize) -> String {
        let url = self.cell(row, column, max);
        self.checked_url(row.id(column).into(), url)
    }

    /// Whether nothing was wrong.
    ///
    /// # Errors
    /// `Invalid` with all complaints.
    pub fn done(self) -> kernel::Result<()> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.faults))
        }
    }

    fn bounded(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        text: &str,
        lines: Lines,
        max: usize,
    ) -> String {
        let text = clean(text, lines);
        if text.chars().count() > max {
            self.fault(name, Message::new("web-field-long").with("limit", max));
        }
        text
    }

    fn parsed<T: std::str::FromStr>(
        &mut self,
        name: &'static str,
        complaint: &'static str,
    ) -> Option<T> {
        let text = self.sheet.value(name).trim();
        if text.is_empty() {
            return None;
        }
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.fault(name, complaint);
        }
        parsed
    }

    /// Only what a browser opens as a page: no script, no file.
    fn checked_url(&mut self, name: Cow<'static, str>, url: String) -> String {
        if !is_page(&url) {
            self.fault(name, "web-field-url");
        }
        url
    }
}

/// Whether a text is the address of a page elsewhere, or nothing.
pub fn is_page(url: &str) -> bool {
    url.is_empty()
        || url.parse::<http::Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
        })
}
