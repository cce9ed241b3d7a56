//! What talks stand in, as somebody typed it: days, rooms, tracks, categories, and the words that a conference offers.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use kernel::text::{Lines, clean, is_slug, to_slug};
use kernel::{Error, Field, Message, Result, Timestamp, word_enum};

use super::{RoomId, Words};
use crate::limits;

word_enum! {
    /// A list of what talks stand in.
    pub enum Part {
        /// Days.
        Days = "days",
        /// Rooms.
        Rooms = "rooms",
        /// Tracks.
        Tracks = "tracks",
        /// Categories.
        Categories = "categories",
        /// Types of talks.
        Types = "types",
        /// Levels of talks.
        Levels = "levels",
        /// Lengths of talks.
        Durations = "durations",
        /// Languages of talks.
        Languages = "languages",
    }
}

impl Part {
    /// Whether it is a list of words that talks may carry.
    pub(crate) fn is_terms(self) -> bool {
        matches!(
            self,
            Self::Types | Self::Levels | Self::Durations | Self::Languages
        )
    }

    /// Whether somebody gives it its order; the calendar orders days.
    pub(crate) fn is_ordered(self) -> bool {
        self != Self::Days
    }
}

/// Languages in which names and texts are asked for, by their tags. More are stored where they are sent.
pub(crate) const LANGUAGES: [&str; 2] = ["ja", "en"];

/// What somebody typed, by field.
pub(crate) type Fields = BTreeMap<String, String>;

/// Reads fields and gathers what is wrong with them.
pub(crate) struct Reader<'a> {
    fields: &'a Fields,
    faults: Vec<Field>,
}

impl<'a> Reader<'a> {
    /// Reads these.
    pub(crate) fn of(fields: &'a Fields) -> Self {
        Self {
            fields,
            faults: Vec::new(),
        }
    }

    /// What was typed; empty where nothing was.
    pub(crate) fn raw(&self, name: &str) -> &'a str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// One line of it.
    pub(crate) fn line(&self, name: &str) -> String {
        clean(self.raw(name), Lines::One)
    }

    /// A complaint.
    pub(crate) fn fault(&mut self, name: &str, message: impl Into<Message>) {
        self.faults.push(Field {
            name: name.to_owned().into(),
            message: message.into(),
        });
    }

    /// A name that must be there.
    pub(crate) fn name(&mut self, name: &str) -> String {
        let text = self.optional(name, limits::TITLE_CHARS_MAX);
        if text.is_empty() {
            self.fault(name, "program-needed");
        }
        text
    }

    /// One line that may be empty.
    pub(crate) fn optional(&mut self, name: &str, chars_max: usize) -> String {
        let text = self.line(name);
        self.bounded(name, text, chars_max)
    }

    fn bounded(&mut self, name: &str, text: String, chars_max: usize) -> String {
        if text.chars().count() > chars_max {
            self.fault(
                name,
                Message::new("program-too-long").with("limit", chars_max),
            );
        }
        text
    }

    /// Whether a box is ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        matches!(self.raw(name), "on" | "true" | "1" | "yes")
    }

    /// The text in each language.
    pub(crate) fn words(&mut self, name: &str, chars_max: usize) -> Words {
        let mut words = Words::new();
        for language in LANGUAGES {
            let text = self.optional(&format!("{name}_{language}"), chars_max);
            if !text.is_empty() {
                words.insert(language.into(), text);
            }
        }
        words
    }

    /// What was read, unless there are complaints.
    ///
    /// # Errors
    /// `Invalid` with every complaint.
    pub(crate) fn done<T>(self, value: T) -> Result<T> {
        if self.faults.is_empty() {
            Ok(value)
        } else {
            Err(Error::Invalid(self.faults))
        }
    }
}

/// A day as somebody typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DayDraft {
    /// Its date.
    pub(crate) date: Date,
    /// First instant.
    pub(crate) starts_at: Timestamp,
    /// Last instant.
    pub(crate) ends_at: Timestamp,
    /// What it is called beyond its date.
    pub(crate) name: String,
    /// For the team alone.
    pub(crate) internal: bool,
}

impl DayDraft {
    /// Reads it; an end that is not after the begin is one on the next morning.
    ///
    /// # Errors
    /// `Invalid` with every field that cannot be used.
    pub(crate) fn read(fields: &Fields, zone: &TimeZone) -> Result<Self> {
        let mut reader = Reader::of(fields);
        let date: Option<Date> = reader.raw("date").trim().parse().ok();
        if date.is_none() {
            reader.fault("date", "program-date-malformed");
        }
        let mut time = |name: &str, usual: Time| match reader.raw(name).trim() {
            "" => Some(usual),
            text => {
                let time = text.parse().ok();
                if time.is_none() {
                    reader.fault(name, "program-time-malformed");
                }
                time
            }
        };
        let from = time("from", jiff::civil::time(9, 0, 0, 0));
        let to = time("to", jiff::civil::time(18, 0, 0, 0));
        let name = reader.optional("name", limits::LABEL_CHARS_MAX);
        let internal = reader.ticked("internal");
        let (Some(date), Some(from), Some(to)) = (date, from, to) else {
            return reader.done(None).and_then(|never: Option<Self>| {
                never.ok_or_else(|| Error::internal("a day without a complaint"))
            });
        };
        let last = if to > from {
            date
        } else {
            date.saturating_add(jiff::Span::new().days(1))
        };
        let at = |date: Date, time: Time| {
            zone.to_timestamp(date.to_datetime(time))
                .map_err(|_| Error::invalid("date", "program-date-malformed"))
        };
        let draft = Self {
            date,
            starts_at: at(date, from)?,
            ends_at: at(last, to)?,
            name,
            internal,
        };
        reader.done(draft)
    }
}

/// A room as somebody typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoomDraft {
    /// Its name.
    pub(crate) name: String,
    /// A few words about it.
    pub(crate) description: String,
    /// How many people it holds.
    pub(crate) capacity: Option<i64>,
}

impl RoomDraft {
    /// Reads it.
    ///
    /// # Errors
    /// `Invalid` with every field that cannot be used.
    pub(crate) fn read(fields: &Fields) -> Result<Self> {
        let mut reader = Reader::of(fields);
        let name = reader.name("name");
        let description = reader.optional("description", limits::NAME_CHARS_MAX);
        let capacity = match reader.raw("capacity").trim() {
            "" => None,
            text => {
                let number: Option<i64> = text.parse().ok();
                let number = number.filter(|n| (1..=limits::CAPACITY_MAX).contains(n));
                if number.is_none() {
                    let message = Message::new("program-capacity-range");
                    reader.fault("capacity", message.with("limit", limits::CAPACITY_MAX));
                }
                number
            }
        };
        reader.done(Self {
            name,
            description,
            capacity,
        })
    }
}

/// A track as somebody typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrackDraft {
    /// Its name.
    pub(crate) name: String,
    /// Its name in addresses; empty to derive it from the name.
    pub(crate) slug: String,
    /// Where it happens.
    pub(crate) room: Option<RoomId>,
}

impl TrackDraft {
    /// Reads it.
    ///
    /// # Errors
    /// `Invalid` with every field that cannot be used.
    pub(crate) fn read(fields: &Fields) -> Result<Self> {
        let mut reader = Reader::of(fields);
        let name = reader.name("name");
        let slug = reader.line("slug");
        if !slug.is_empty() && (!is_slug(&slug, 1) || slug.starts_with('-') || slug.ends_with('-'))
        {
            reader.fault("slug", "program-track-slug-malformed");
        }
        let room = match reader.raw("room").trim() {
            "" => None,
            text => {
                let room = RoomId::parse(text).ok();
                if room.is_none() {
                    reader.fault("room", "program-room-unknown");
                }
                room
            }
        };
        reader.done(Self { name, slug, room })
    }
}

/// A category as somebody typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CategoryDraft {
    /// Its name.
    pub(crate) name: String,
    /// `#rrggbb`, or empty.
    pub(crate) color: String,
}

impl CategoryDraft {
    /// Reads it.
    ///
    /// # Errors
    /// `Invalid` with every field that cannot be used.
    pub(crate) fn read(fields: &Fields) -> Result<Self> {
        let mut reader = Reader::of(fields);
        let name = reader.name("name");
        let color = reader.line("color").to_lowercase();
        if !color.is_empty() && !is_color(&color) {
            reader.fault("color", "program-color-malformed");
        }
        reader.done(Self { name, color })
    }
}

/// Whether it is `#rrggbb`.
pub(crate) fn is_color(text: &str) -> bool {
    let digits = text.strip_prefix('#');
    digits.is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A word that talks may carry, as somebody typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TermDraft {
    /// The word that talks carry: `keynote`, `beginner`, `40` (minutes), `ja`.
    pub(crate) word: String,
    /// What people read, by language.
    pub(crate) names: Words,
}

impl TermDraft {
    /// Reads it.
    ///
    /// # Errors
    /// `Invalid` with every field that cannot be used.
    pub(crate) fn read(part: Part, fields: &Fields) -> Result<Self> {
        let mut reader = Reader::of(fields);
        let names = reader.words("name", limits::LABEL_CHARS_MAX);
        let typed = reader.line("word").to_lowercase();
        // Whoever names it in a language that can stand in an address need not think of a word.
        let word = match (part, typed.is_empty()) {
            (Part::Durations | Part::Languages, _) | (_, false) => typed,
            _ => names
                .get("en")
                .map(|name| to_slug(name))
                .unwrap_or_default(),
        };
        match part {
            Part::Durations => {
                let minutes: Option<i64> = word.parse().ok();
                if !minutes.is_some_and(|n| (1..=limits::DURATION_MINUTES_MAX).contains(&n)) {
                    let message = Message::new("program-minutes-range");
                    reader.fault("word", message.with("limit", limits::DURATION_MINUTES_MAX));
                }
            }
            Part::Languages if !is_slug(&word, 2) => {
                reader.fault("word", "program-language-malformed");
            }
            Part::Languages => {}
            _ if names.is_empty() => reader.fault("name_ja", "program-needed"),
            _ if !is_slug(&word, 1) => reader.fault("word", "program-word-malformed"),
            _ => {}
        }
        reader.done(Self { word, names })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn a_day_may_end_on_the_next_morning() {
        let zone = TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC);
        let day = DayDraft::read(&fields(&[("date", "2026-11-22")]), &zone);
        let day = day.expect("the usual hours are fine");
        assert_eq!(day.starts_at.to_string(), "2026-11-22T00:00:00Z");
        assert_eq!(day.ends_at.to_string(), "2026-11-22T09:00:00Z");
        let night = [("date", "2026-11-22"), ("from", "20:00"), ("to", "02:30")];
        let night = DayDraft::read(&fields(&night), &zone).expect("a night");
        assert_eq!(night.ends_at.to_string(), "2026-11-22T17:30:00Z");
        for bad in [
            vec![],
            vec![("date", "22.11.2026")],
            vec![("date", "2026-11-22"), ("from", "9 o'clock")],
        ] {
            assert!(DayDraft::read(&fields(&bad), &zone).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_said_field_by_field() {
        let long = "x".repeat(limits::TITLE_CHARS_MAX + 1);
        for (bad, field) in [
            (vec![], "name"),
            (vec![("name", long.as_str())], "name"),
            (vec![("name", "A"), ("capacity", "0")], "capacity"),
            (vec![("name", "A"), ("capacity", "1000001")], "capacity"),
        ] {
            let refused = RoomDraft::read(&fields(&bad));
            let Err(Error::Invalid(faults)) = refused else {
                unreachable!("{bad:?} was taken");
            };
            assert_eq!(faults[0].name, field, "{bad:?}");
        }
        assert!(TrackDraft::read(&fields(&[("name", "A"), ("slug", "A b")])).is_err());
        assert!(TrackDraft::read(&fields(&[("name", "A"), ("room", "nothing")])).is_err());
        assert!(CategoryDraft::read(&fields(&[("name", "A"), ("color", "red")])).is_err());
        let category = CategoryDraft::read(&fields(&[("name", " A "), ("color", "#E5482C")]));
        assert_eq!(category.map(|it| it.color).ok().as_deref(), Some("#e5482c"));
    }

    #[test]
    fn a_word_is_derived_from_its_english_name() {
        let read = |part, pairs: &[(&str, &str)]| TermDraft::read(part, &fields(pairs));
        let keynote = read(
            Part::Types,
            &[("name_en", "Keynote talk"), ("name_ja", "基調講演")],
        );
        assert_eq!(
            keynote.map(|term| term.word).ok().as_deref(),
            Some("keynote-talk")
        );
        assert!(read(Part::Types, &[("name_ja", "基調講演")]).is_err());
        assert!(read(Part::Types, &[("name_ja", "基調講演"), ("word", "keynote")]).is_ok());
        assert!(read(Part::Durations, &[("word", "40")]).is_ok());
        assert!(read(Part::Durations, &[("word", "0")]).is_err());
        assert!(read(Part::Durations, &[("word", "1441")]).is_err());
        assert!(read(Part::Languages, &[("word", "ja")]).is_ok());
        assert!(read(Part::Languages, &[("word", "日")]).is_err());
    }
}
