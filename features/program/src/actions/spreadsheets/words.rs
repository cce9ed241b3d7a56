//! What names in cells mean in a programme, and how cells say what is there: one side reads what the other wrote.

use jiff::tz::TimeZone;
use kernel::search::fold;

use super::talks::Book;
use crate::exchange::level_of;
use crate::model::hand::TalkState;
use crate::model::{CategoryId, Part, RoomId, TrackId, track_slug};
use crate::spreadsheet::Field;
use crate::store::{Speaker, Talk};

/// What a name means.
pub(super) enum Found<T> {
    /// There is no name.
    Nothing,
    /// This.
    One(T),
    /// Nothing is called so.
    Unknown,
}

impl<T> Found<T> {
    fn of(text: &str, found: Option<T>) -> Self {
        match found {
            _ if text.is_empty() => Self::Nothing,
            Some(one) => Self::One(one),
            None => Self::Unknown,
        }
    }
}

/// Names without their width, case and spaces.
fn same(a: &str, b: &str) -> bool {
    let plain = |text: &str| -> String { fold(text).split_whitespace().collect() };
    plain(a) == plain(b)
}

pub(super) fn category(book: &Book<'_>, text: &str) -> Found<CategoryId> {
    let all = &book.loaded.categories;
    let exact = all.iter().find(|own| own.name == text);
    let found = exact.or_else(|| all.iter().find(|own| same(&own.name, text)));
    Found::of(text, found.map(|own| own.id.clone()))
}

/// A track by its name, its name in addresses, or what its name is without the word for a track.
pub(super) fn track(book: &Book<'_>, text: &str) -> Found<TrackId> {
    let there = || {
        book.loaded
            .tracks
            .iter()
            .filter(|own| own.removed_at.is_none())
    };
    let found = there()
        .find(|own| own.name == text)
        .or_else(|| there().find(|own| same(&own.name, text) || same(&own.slug, text)))
        .or_else(|| there().find(|own| track_slug(&fold(text), -1) == own.slug));
    Found::of(text, found.map(|own| own.id.clone()))
}

pub(super) fn room(book: &Book<'_>, text: &str) -> Found<RoomId> {
    let there = || {
        book.loaded
            .rooms
            .iter()
            .filter(|own| own.removed_at.is_none())
    };
    let exact = there().find(|own| own.name == text);
    let found = exact.or_else(|| there().find(|own| same(&own.name, text)));
    Found::of(text, found.map(|own| own.id.clone()))
}

/// A state by its word or its name in any language.
pub(super) fn state(book: &Book<'_>, text: &str) -> Option<TalkState> {
    let called = |state: &&TalkState| {
        let names = book.tongue.everywhere(state.label());
        same(state.as_str(), text) || names.iter().any(|name| same(name, text))
    };
    TalkState::ALL.iter().find(called).copied()
}

/// The word for a kind of talk that somebody calls so.
pub(super) fn kind(book: &Book<'_>, text: &str, current: &str) -> String {
    term(book, Part::Types, text, current)
}

/// The word for a level that somebody calls so.
pub(super) fn level(book: &Book<'_>, text: &str, current: &str) -> String {
    term(book, Part::Levels, text, current)
}

/// The word for a language that somebody calls so.
pub(super) fn language(book: &Book<'_>, text: &str, current: &str) -> String {
    let word = term(book, Part::Languages, text, current);
    let called = |code: &&&str| {
        let names = book.tongue.everywhere(&format!("program-language-{code}"));
        names.iter().any(|name| same(name, &word))
    };
    match LANGUAGES.iter().find(called) {
        Some(code) if current.to_lowercase().starts_with(code) => current.to_owned(),
        Some(code) => (*code).to_owned(),
        None => word,
    }
}

/// Languages whose names are known.
const LANGUAGES: [&str; 6] = ["ja", "en", "de", "fr", "zh", "ko"];

/// A word that the conference offers, by one of its names; what is there already where it is called so as well.
fn term(book: &Book<'_>, part: Part, text: &str, current: &str) -> String {
    let terms = book.loaded.terms.iter().filter(|term| term.kind == part);
    let called = terms.filter(|term| {
        same(&term.word, text) || term.names().values().any(|name| same(name, text))
    });
    let words: Vec<&str> = called.map(|term| term.word.as_str()).collect();
    if words.contains(&current) {
        return current.to_owned();
    }
    words
        .first()
        .map_or_else(|| text.to_owned(), |word| (*word).to_owned())
}

/// `2026-11-22 10:00–10:40` on the clocks of the venue; empty for a talk that stands nowhere.
pub(crate) fn when(talk: &Talk, zone: &TimeZone) -> String {
    if talk.day.is_none() {
        return String::new();
    }
    span(talk.starts_at, talk.ends_at, zone)
}

/// From when to when, with the day of the end where that is another one than people would think.
pub(crate) fn span(from: kernel::Timestamp, to: kernel::Timestamp, zone: &TimeZone) -> String {
    let (start, end) = (from.to_zoned(zone.clone()), to.to_zoned(zone.clone()));
    let day = to.as_second() - from.as_second() > 24 * 3600 || to <= from;
    let form = if day { "%Y-%m-%d %H:%M" } else { "%H:%M" };
    format!(
        "{}–{}",
        start.strftime("%Y-%m-%d %H:%M"),
        end.strftime(form)
    )
}

/// What a cell says of a talk.
pub(super) fn shown(book: &Book<'_>, talk: &Talk, speakers: &[Speaker], field: Field) -> String {
    let clock = |at: kernel::Timestamp| {
        let at = at.to_zoned(book.zone.clone());
        at.strftime("%H:%M").to_string()
    };
    let placed = talk.day.is_some();
    let loaded = book.loaded;
    let of = |name: Option<&String>| name.cloned().unwrap_or_default();
    match field {
        Field::Number => talk.number.to_string(),
        Field::Code => talk.code.clone(),
        Field::Title => talk.title.clone(),
        Field::Subtitle => talk.subtitle.clone(),
        Field::When => when(talk, &book.zone),
        Field::Day => {
            let day = |id| loaded.days.iter().find(|day| Some(&day.id) == id);
            of(day(talk.day.as_ref()).map(|day| &day.date))
        }
        Field::Starts if placed => clock(talk.starts_at),
        Field::Ends if placed => clock(talk.ends_at),
        Field::Minutes if placed => {
            ((talk.ends_at.as_second() - talk.starts_at.as_second()) / 60).to_string()
        }
        Field::Track => {
            let track = |id| loaded.tracks.iter().find(|own| Some(&own.id) == id);
            of(track(talk.track.as_ref()).map(|own| &own.name))
        }
        Field::Room => {
            let room = |id| loaded.rooms.iter().find(|own| Some(&own.id) == id);
            of(room(talk.room.as_ref()).map(|own| &own.name))
        }
        Field::Speakers => {
            let names: Vec<&str> = speakers.iter().map(|own| own.name.as_str()).collect();
            names.join(", ")
        }
        Field::State => book.tongue.text(talk.state.label()),
        Field::Category => {
            let category = |id| loaded.categories.iter().find(|own| Some(&own.id) == id);
            of(category(talk.category.as_ref()).map(|own| &own.name))
        }
        Field::Kind => talk.kind.clone(),
        Field::Level => {
            let word = level_of(talk);
            let mut terms = loaded.terms.iter();
            let own = terms.find(|own| own.kind == Part::Levels && own.word == word);
            own.map_or(word, |own| own.name_in(book.tongue.locale))
        }
        Field::Language => talk.language.clone(),
        Field::Abstract => talk.r#abstract.clone(),
        Field::Description => talk.description.clone(),
        _ => String::new(),
    }
}
