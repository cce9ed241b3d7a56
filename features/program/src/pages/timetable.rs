//! The timetable: a grid of tracks by time, or a list; filtered by what the address says.

use askama::Template;
use askama::filters::Safe;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use http::HeaderMap;
use identity::Scope;
use jiff::Timestamp;
use serde::Deserialize;
use web::{Cx, Page};

use super::clocks::Clocks;
use super::{brand, programme, rendered, respond_page};
use crate::limits::{GRID_SLOTS_MAX, GRID_TRACKS_MAX, SEARCH_CHARS_MAX};
use crate::model::TrackId;
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store::{Day, Talk};

const SLOT_SECONDS: i64 = 300;
const LABEL_SECONDS: i64 = 1800;

/// What the address says.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    day: String,
    #[serde(default)]
    view: String,
    #[serde(default)]
    track: String,
    #[serde(default)]
    room: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    q: String,
}

impl Wanted {
    /// The address of the same page with other values; an empty one is left out.
    fn with(&self, changes: &[(&str, &str)]) -> String {
        let own = [
            ("day", &self.day),
            ("view", &self.view),
            ("track", &self.track),
            ("room", &self.room),
            ("category", &self.category),
            ("language", &self.language),
            ("q", &self.q),
        ];
        let pairs: Vec<String> = own
            .into_iter()
            .map(|(name, value)| {
                (
                    name,
                    changes
                        .iter()
                        .find(|(own, _)| *own == name)
                        .map_or(value.as_str(), |(_, new)| *new),
                )
            })
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", web::failure::encode(value)))
            .collect();
        format!("?{}", pairs.join("&"))
    }

    fn is_filtered(&self) -> bool {
        [
            &self.track,
            &self.room,
            &self.category,
            &self.language,
            &self.q,
        ]
        .iter()
        .any(|value| !value.trim().is_empty())
    }

    /// Whether a talk is among those that are asked for.
    fn takes(&self, programme: &Programme, talk: &Talk) -> bool {
        let track = || {
            talk.track
                .as_ref()
                .and_then(|id| programme.track(id))
                .map(|track| track.slug.as_str())
        };
        let room = || {
            talk.room
                .as_ref()
                .and_then(|id| programme.room(id))
                .map(|room| room.name.as_str())
        };
        let category = || {
            talk.category
                .as_ref()
                .and_then(|id| programme.category(id))
                .map(|own| own.name.as_str())
        };
        (self.track.is_empty() || track() == Some(self.track.as_str()))
            && (self.room.is_empty() || room() == Some(self.room.as_str()))
            && (self.category.is_empty() || category() == Some(self.category.as_str()))
            && (self.language.is_empty() || talk.language == self.language)
            && (self.q.trim().is_empty() || self.finds(programme, talk))
    }

    /// Every word must be in title, names or texts.
    fn finds(&self, programme: &Programme, talk: &Talk) -> bool {
        let mut text = format!(
            "{} {} {} {}",
            talk.title, talk.subtitle, talk.r#abstract, talk.description
        );
        for speaker in programme.speakers_of(&talk.id) {
            text.push(' ');
            text.push_str(&speaker.name);
        }
        let text = text.to_lowercase();
        let words: String = self.q.chars().take(SEARCH_CHARS_MAX).collect();
        words
            .to_lowercase()
            .split_whitespace()
            .all(|word| text.contains(word))
    }
}

#[derive(Template)]
#[template(path = "timetable.html")]
#[expect(clippy::struct_excessive_bools, reason = "what a template asks")]
struct TimetablePage {
    page: Page,
    base: String,
    title: String,
    zone: String,
    venue: String,
    mine: Option<String>,
    day_label: String,
    days: Vec<Tab>,
    grid: Option<Grid>,
    hours: Vec<Hour>,
    is_grid: bool,
    grid_href: String,
    list_href: String,
    clear_href: String,
    grid_impossible: bool,
    filtered: bool,
    found: usize,
    has_now: bool,
    filters: Vec<Filter>,
    wanted: Wanted,
}

struct Tab {
    label: String,
    date: String,
    href: String,
    current: bool,
}

struct Filter {
    name: &'static str,
    label: String,
    options: Vec<(String, String, bool)>,
}

struct Grid {
    tracks: usize,
    start: Timestamp,
    heads: Vec<Head>,
    cells: Vec<Cell>,
}

struct Head {
    place: String,
    name: String,
    room: String,
}

enum Cell {
    Label { row: i64, time: Safe<String> },
    Card(Box<Card>),
}

struct Hour {
    date: Option<String>,
    time: Safe<String>,
    cards: Vec<Card>,
}

/// A talk on the timetable.
#[expect(clippy::struct_excessive_bools, reason = "what a template asks")]
pub(super) struct Card {
    place: String,
    from: Timestamp,
    to: Timestamp,
    start: Safe<String>,
    end: Safe<String>,
    href: String,
    title: String,
    people: String,
    track: String,
    chips: Vec<String>,
    on_air: bool,
    past: bool,
    is_now: bool,
    is_break: bool,
}

pub(super) async fn page(
    cx: Cx,
    scope: Scope,
    wanted: Result<Query<Wanted>, QueryRejection>,
    State(programmes): State<Programmes>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    // An address that says something twice is no reason to show nothing.
    let wanted = wanted.map(|Query(wanted)| wanted).unwrap_or_default();
    let look = || rendered(&view(&cx, &scope, &programme, wanted));
    respond_page(&cx, &headers, &programmes, &programme, look)
}

fn view(cx: &Cx, scope: &Scope, programme: &Programme, wanted: Wanted) -> TimetablePage {
    let conference = &programme.conference;
    let clocks = Clocks::of(cx, conference);
    let base = format!("/{}", conference.slug);
    let day = wanted_day(programme, &wanted, cx.now);
    let talks: Vec<&Talk> = programme
        .talks
        .iter()
        .filter(|talk| day.is_none_or(|day| belongs(talk, day)))
        .filter(|talk| wanted.takes(programme, talk))
        .collect();
    let now_at = now_index(&talks, cx.now);
    let wants_list = wanted.view == "list";
    let grid = if wants_list {
        None
    } else {
        grid(programme, &clocks, &talks, now_at, cx.now, &base)
    };
    let grid_impossible = !wants_list && grid.is_none() && !talks.is_empty();
    let hours = if grid.is_some() {
        Vec::new()
    } else {
        hours(programme, &clocks, &talks, now_at, cx.now, &base)
    };
    let at = day.map_or(programme.reference(), |day| day.starts_at);
    let page = Page::new(cx).with_brand(brand(
        cx,
        conference,
        Some(scope),
        &format!("{base}/timetable"),
    ));
    TimetablePage {
        title: conference.title_in(cx.locale).to_owned(),
        zone: conference.zone.clone(),
        venue: clocks.venue_label(at),
        mine: clocks.mine_label(at),
        day_label: day
            .map(|day| super::clocks::long_date(cx.locale, day.date()))
            .unwrap_or_default(),
        days: tabs(cx, programme, &wanted, day),
        is_grid: grid.is_some(),
        grid_href: wanted.with(&[("view", "")]),
        list_href: wanted.with(&[("view", "list")]),
        clear_href: wanted.with(&[
            ("track", ""),
            ("room", ""),
            ("category", ""),
            ("language", ""),
            ("q", ""),
        ]),
        grid_impossible,
        filtered: wanted.is_filtered(),
        found: talks.len(),
        has_now: now_at.is_some(),
        filters: filters(cx, programme, &wanted),
        grid,
        hours,
        base,
        wanted,
        page,
    }
}

/// The day of the address (`?day=2`, `?day=2026-11-22`), else the day it is.
fn wanted_day<'a>(programme: &'a Programme, wanted: &Wanted, now: Timestamp) -> Option<&'a Day> {
    let said = programme
        .days
        .iter()
        .find(|day| day.position.to_string() == wanted.day || day.date == wanted.day);
    said.or_else(|| programme.day_at(now))
}

/// Files say to which day a talk belongs, also after midnight; where they do not, the day's bounds do.
fn belongs(talk: &Talk, day: &Day) -> bool {
    match &talk.day {
        Some(own) => *own == day.id,
        None => day.starts_at <= talk.starts_at && talk.starts_at <= day.ends_at,
    }
}

/// Where "jump to now" leads without a script: to what is on, else to what comes next on this day.
fn now_index(talks: &[&Talk], now: Timestamp) -> Option<usize> {
    let first = talks.first()?.starts_at;
    let last = talks.iter().map(|talk| talk.ends_at).max()?;
    // Before and after the day there is no now on it.
    if now < first || now >= last {
        return None;
    }
    talks
        .iter()
        .position(|talk| talk.is_on(now))
        .or_else(|| talks.iter().position(|talk| talk.starts_at > now))
}

fn tabs(cx: &Cx, programme: &Programme, wanted: &Wanted, current: Option<&Day>) -> Vec<Tab> {
    let tab = |day: &Day| Tab {
        label: cx.text("program-day", &[("day", &day.position.to_string())]),
        date: super::clocks::short_date(cx.locale, day.date()),
        href: wanted.with(&[("day", &day.position.to_string())]),
        current: current.is_some_and(|own| own.id == day.id),
    };
    programme.days.iter().map(tab).collect()
}

fn filters(cx: &Cx, programme: &Programme, wanted: &Wanted) -> Vec<Filter> {
    let options = |values: Vec<(String, String)>, chosen: &str| -> Vec<(String, String, bool)> {
        values
            .into_iter()
            .map(|(value, label)| (value.clone(), label, value == chosen))
            .collect()
    };
    let mut languages: Vec<String> = programme
        .talks
        .iter()
        .map(|talk| talk.language.clone())
        .filter(|language| !language.is_empty())
        .collect();
    languages.sort();
    languages.dedup();
    let same = |text: &String| (text.clone(), text.clone());
    let tracks: Vec<(String, String)> = programme
        .tracks
        .iter()
        .map(|track| (track.slug.clone(), track.name.clone()))
        .collect();
    let rooms: Vec<String> = programme
        .rooms
        .iter()
        .map(|room| room.name.clone())
        .collect();
    // A room that is called like its track needs no second filter.
    let rooms = if rooms
        .iter()
        .all(|room| tracks.iter().any(|(_, name)| name == room))
    {
        Vec::new()
    } else {
        rooms
    };
    let categories: Vec<String> = programme
        .categories
        .iter()
        .map(|category| category.name.clone())
        .collect();
    let language_name = |tag: &String| (tag.clone(), language_label(cx, tag));
    let all = [
        ("track", "program-filter-track", tracks, &wanted.track),
        (
            "room",
            "program-filter-room",
            rooms.iter().map(same).collect(),
            &wanted.room,
        ),
        (
            "category",
            "program-filter-category",
            categories.iter().map(same).collect(),
            &wanted.category,
        ),
        (
            "language",
            "program-filter-language",
            languages.iter().map(language_name).collect(),
            &wanted.language,
        ),
    ];
    all.into_iter()
        .filter(|(_, _, values, chosen)| values.len() > 1 || !chosen.is_empty())
        .map(|(name, key, values, chosen)| Filter {
            name,
            label: cx.text(key, &[]),
            options: options(values, chosen),
        })
        .collect()
}

/// The name of a language in the reader's.
pub(super) fn language_label(cx: &Cx, tag: &str) -> String {
    let key = match tag
        .get(..2)
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "ja" => "program-language-ja",
        "en" => "program-language-en",
        "de" => "program-language-de",
        "fr" => "program-language-fr",
        "zh" => "program-language-zh",
        "ko" => "program-language-ko",
        _ => return tag.to_owned(),
    };
    cx.text(key, &[])
}

/// The grid; none where it would hide something: too many tracks, a day too long, two talks in one place.
fn grid(
    programme: &Programme,
    clocks: &Clocks,
    talks: &[&Talk],
    now_at: Option<usize>,
    now: Timestamp,
    base: &str,
) -> Option<Grid> {
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
        let mut card = card(programme, clocks, talk, now_at == Some(index), now, base);
        let row = slot(talk.starts_at);
        let length = (talk.ends_at.as_second() - talk.starts_at.as_second() + SLOT_SECONDS - 1)
            / SLOT_SECONDS;
        let column = columns
            .iter()
            .position(|own| *own == talk.track.as_ref())
            .map_or(1, |index| index + 1);
        let everywhere = talk.is_break() && talk.track.is_none();
        let place = if everywhere {
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

/// The tracks on which something happens; talks without a track stand in a column of their own, pauses in all.
fn columns<'a>(programme: &'a Programme, talks: &[&'a Talk]) -> Vec<Option<&'a TrackId>> {
    let mut columns: Vec<Option<&TrackId>> = programme
        .tracks
        .iter()
        .map(|track| Some(&track.id))
        .filter(|track| talks.iter().any(|talk| talk.track.as_ref() == *track))
        .collect();
    if talks
        .iter()
        .any(|talk| talk.track.is_none() && !talk.is_break())
    {
        columns.push(None);
    }
    columns
}

fn overlap(talks: &[&Talk], columns: &[Option<&TrackId>]) -> bool {
    columns.iter().any(|column| {
        let mut until: Option<Timestamp> = None;
        let here = talks.iter().filter(|talk| {
            talk.track.as_ref() == *column && !(talk.is_break() && talk.track.is_none())
        });
        here.into_iter().any(|talk| {
            let collides = until.is_some_and(|until| talk.starts_at < until);
            until = until.max(Some(talk.ends_at));
            collides
        })
    })
}

fn hours(
    programme: &Programme,
    clocks: &Clocks,
    talks: &[&Talk],
    now_at: Option<usize>,
    now: Timestamp,
    base: &str,
) -> Vec<Hour> {
    let mut hours: Vec<(Timestamp, Hour)> = Vec::new();
    let Some(first) = talks.first().map(|talk| clocks.date_of(talk.starts_at)) else {
        return Vec::new();
    };
    for (index, talk) in talks.iter().enumerate() {
        let mut card = card(programme, clocks, talk, now_at == Some(index), now, base);
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

pub(super) fn card(
    programme: &Programme,
    clocks: &Clocks,
    talk: &Talk,
    is_now: bool,
    now: Timestamp,
    base: &str,
) -> Card {
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
        on_air: talk.is_on(now) && !talk.is_break(),
        past: talk.ends_at <= now,
        is_now,
        is_break: talk.is_break(),
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn a_link_keeps_what_else_the_address_says() {
        let wanted = Wanted {
            day: "1".into(),
            q: "祭り & more".into(),
            track: "a".into(),
            ..Wanted::default()
        };
        assert_eq!(
            wanted.with(&[("day", "2")]),
            "?day=2&track=a&q=%E7%A5%AD%E3%82%8A%20%26%20more"
        );
        assert_eq!(wanted.with(&[("track", ""), ("q", "")]), "?day=1");
    }
}
