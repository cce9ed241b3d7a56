//! Talks as cards: in a grid of tracks by time, or in a list by hour.

use askama::filters::Safe;
use jiff::Timestamp;

use crate::air::Running;
use crate::limits::{GRID_SLOTS_MAX, GRID_TRACKS_MAX};
use crate::model::TrackId;
use crate::pages::clocks::Clocks;
use crate::programme::Programme;
use crate::store::Talk;

const SLOT_SECONDS: i64 = 300;
const LABEL_SECONDS: i64 = 1800;

pub(super) struct Grid {
    pub(super) tracks: usize,
    pub(super) start: Timestamp,
    pub(super) heads: Vec<Head>,
    pub(super) cells: Vec<Cell>,
}

pub(super) struct Head {
    pub(super) place: String,
    pub(super) name: String,
    pub(super) room: String,
}

pub(super) enum Cell {
    Label { row: i64, time: Safe<String> },
    Card(Box<Card>),
}

pub(super) struct Hour {
    pub(super) date: Option<String>,
    pub(super) time: Safe<String>,
    pub(super) cards: Vec<Card>,
}

/// A talk on the timetable.
#[expect(clippy::struct_excessive_bools, reason = "what a template asks")]
pub(super) struct Card {
    pub(super) place: String,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) start: Safe<String>,
    pub(super) end: Safe<String>,
    pub(super) href: String,
    pub(super) title: String,
    pub(super) people: String,
    pub(super) track: String,
    pub(super) chips: Vec<String>,
    pub(super) on_air: bool,
    pub(super) past: bool,
    pub(super) is_now: bool,
    pub(super) is_break: bool,
    pub(super) cancelled: bool,
}

/// What cards are made from.
pub(super) struct Deck<'a> {
    pub(super) programme: &'a Programme,
    pub(super) clocks: &'a Clocks,
    pub(super) running: &'a Running<'a>,
    pub(super) now: Timestamp,
    pub(super) base: &'a str,
}

/// The grid; none where it would hide something: too many tracks, a day too long, two talks in one place.
pub(super) fn grid(deck: &Deck<'_>, talks: &[&Talk], now_at: Option<usize>) -> Option<Grid> {
    let (programme, clocks) = (deck.programme, deck.clocks);
    let first = talks.iter().map(|talk| talk.starts_at).min()?;
    let last = talks.iter().map(|talk| talk.ends_at).max()?;
    let start_second = first.as_second().div_euclid(LABEL_SECONDS) * LABEL_SECONDS;
    let start = Timestamp::from_second(start_second).ok()?;
    let slot = |at: Timestamp| (at.as_second() - start_second).div_euclid(SLOT_SECONDS) + 1;
    let slots = slot(last);
    let columns = columns(programme, talks);
    if slots > GRID_SLOTS_MAX
        || columns.is_empty()
        || columns.len() > GRID_TRACKS_MAX
        || overlap(talks, &columns)
    {
        return None;
    }
    let mut cells: Vec<(i64, u8, Cell)> = Vec::new();
    let labels = (0_i64..)
        .map(|n| start_second + n * LABEL_SECONDS)
        .take_while(|second| *second < last.as_second());
    for at in labels.filter_map(|second| Timestamp::from_second(second).ok()) {
        cells.push((
            slot(at),
            0,
            Cell::Label {
                row: slot(at),
                time: clocks.time(at),
            },
        ));
    }
    for (index, talk) in talks.iter().enumerate() {
        let shared = is_shared(talk, talks, &columns);
        if shared && is_repeated(talk, &talks[..index]) {
            continue;
        }
        let mut card = deck.card(talk, now_at == Some(index));
        let row = slot(talk.starts_at);
        let length = (talk.ends_at.as_second() - talk.starts_at.as_second() + SLOT_SECONDS - 1)
            / SLOT_SECONDS;
        let column = columns
            .iter()
            .position(|own| *own == talk.track.as_ref())
            .map_or(1, |index| index + 1);
        let place = if is_for_all(talk, talks) || shared {
            String::new()
        } else {
            format!("c{column} tone-{column} ")
        };
        card.place = format!("{place}r{row} s{}", length.clamp(1, 150));
        cells.push((row, 1, Cell::Card(Box::new(card))));
    }
    cells.sort_by_key(|(row, kind, _)| (*row, *kind));
    let heads = columns.iter().enumerate().map(|(index, track)| {
        let track = track.and_then(|id| programme.track(id));
        let room = track
            .and_then(|track| track.room.as_ref())
            .and_then(|id| programme.room(id));
        let name = track.map_or_else(|| "–".to_owned(), |track| track.name.clone());
        let room = room
            .map(|room| room.name.clone())
            .filter(|room| *room != name)
            .unwrap_or_default();
        Head {
            place: format!("c{0} tone-{0}", index + 1),
            name,
            room,
        }
    });
    Some(Grid {
        tracks: columns.len(),
        start,
        heads: heads.collect(),
        cells: cells.into_iter().map(|(_, _, cell)| cell).collect(),
    })
}

/// The tracks on which something happens. What is for all stands in every column, other talks without a track in one of their own.
fn columns<'a>(programme: &'a Programme, talks: &[&'a Talk]) -> Vec<Option<&'a TrackId>> {
    let mut columns: Vec<Option<&TrackId>> = programme
        .tracks
        .iter()
        .map(|track| Some(&track.id))
        .filter(|track| talks.iter().any(|talk| talk.track.as_ref() == *track))
        .collect();
    if talks
        .iter()
        .any(|talk| talk.track.is_none() && !is_for_all(talk, talks))
    {
        columns.push(None);
    }
    columns
}

fn overlap(talks: &[&Talk], columns: &[Option<&TrackId>]) -> bool {
    columns.iter().any(|column| {
        let mut until: Option<Timestamp> = None;
        let here = talks
            .iter()
            .filter(|talk| talk.track.as_ref() == *column && !is_for_all(talk, talks));
        here.into_iter().any(|talk| {
            let collides = until.is_some_and(|until| talk.starts_at < until);
            until = until.max(Some(talk.ends_at));
            collides
        })
    })
}

/// Whether a talk is shown over all tracks: it has none of its own, and is a pause or runs while nothing else does, as an opening.
fn is_for_all(talk: &Talk, talks: &[&Talk]) -> bool {
    let beside = |own: &&&Talk| {
        own.id != talk.id && own.starts_at < talk.ends_at && talk.starts_at < own.ends_at
    };
    talk.track.is_none()
        && (talk.is_break()
            || talks.iter().any(|own| own.track.is_some()) && !talks.iter().any(|own| beside(&own)))
}

/// Whether every track has this pause at this time: then it is shown once, over all of them.
fn is_shared(talk: &Talk, talks: &[&Talk], columns: &[Option<&TrackId>]) -> bool {
    let has = |column: Option<&TrackId>| {
        let mut own = talks.iter().filter(|own| own.track.as_ref() == column);
        own.any(|own| is_same_pause(talk, own))
    };
    talk.is_break() && columns.iter().copied().all(has)
}

fn is_repeated(talk: &Talk, before: &[&Talk]) -> bool {
    before.iter().any(|own| is_same_pause(talk, own))
}

fn is_same_pause(one: &Talk, other: &Talk) -> bool {
    let told = |talk: &Talk| {
        (
            talk.is_break(),
            talk.starts_at,
            talk.ends_at,
            talk.is_cancelled(),
        )
    };
    told(one) == told(other) && one.title == other.title
}

pub(super) fn hours(deck: &Deck<'_>, talks: &[&Talk], now_at: Option<usize>) -> Vec<Hour> {
    let (programme, clocks) = (deck.programme, deck.clocks);
    let mut hours: Vec<(Timestamp, Hour)> = Vec::new();
    let Some(first) = talks.first().map(|talk| clocks.date_of(talk.starts_at)) else {
        return Vec::new();
    };
    let columns = columns(programme, talks);
    for (index, talk) in talks.iter().enumerate() {
        if is_shared(talk, talks, &columns) && is_repeated(talk, &talks[..index]) {
            continue;
        }
        let mut card = deck.card(talk, now_at == Some(index));
        let tone = talk
            .track
            .as_ref()
            .and_then(|id| programme.tracks.iter().position(|track| track.id == *id));
        card.place = tone.map_or_else(String::new, |tone| format!("tone-{}", tone % 12 + 1));
        match hours.last_mut() {
            Some((at, hour)) if *at == talk.starts_at => hour.cards.push(card),
            _ => hours.push((
                talk.starts_at,
                Hour {
                    // After midnight the date is another one than the day's.
                    date: (clocks.date_of(talk.starts_at) != first)
                        .then(|| clocks.date(clocks.date_of(talk.starts_at))),
                    time: clocks.both(talk.starts_at),
                    cards: vec![card],
                },
            )),
        }
    }
    hours.into_iter().map(|(_, hour)| hour).collect()
}

impl Deck<'_> {
    fn card(&self, talk: &Talk, is_now: bool) -> Card {
        let (programme, clocks, base) = (self.programme, self.clocks, self.base);
        let names: Vec<&str> = programme
            .speakers_of(&talk.id)
            .map(|speaker| speaker.name.trim())
            .collect();
        let track = talk.track.as_ref().and_then(|id| programme.track(id));
        let category = talk.category.as_ref().and_then(|id| programme.category(id));
        let chips = category
            .map(|category| category.name.clone())
            .into_iter()
            .chain(Some(talk.language.to_uppercase()).filter(|language| !language.is_empty()));
        Card {
            place: String::new(),
            from: talk.starts_at,
            to: talk.ends_at,
            start: clocks.time(talk.starts_at),
            end: clocks.time(talk.ends_at),
            href: format!("{base}/talks/{}", talk.slug),
            title: talk.title.clone(),
            people: names.join(", "),
            track: track.map(|track| track.name.clone()).unwrap_or_default(),
            chips: chips.collect(),
            on_air: self.running.runs(talk) && !talk.is_break(),
            past: talk.ends_at <= self.now && !self.running.runs(talk),
            is_now,
            is_break: talk.is_break(),
            cancelled: talk.is_cancelled(),
        }
    }
}
