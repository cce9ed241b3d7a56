//! Judges what a file says: instants, lengths, identities. The same rules for both formats.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::complaint::{Complaint, Desk};
use super::model::{Conference, Day, DayRoom, Event, Link, Person, Schedule, When};
use super::raw::{RawConference, RawDay, RawEvent, RawPerson, RawRoom, RawSchedule, Text};
use super::times::{self, Moment};
use super::{Assume, Broken};
use crate::limits::{
    DAYS_MAX, LIST_MAX, NAME_CHARS_MAX, ROOMS_MAX, TALK_HOURS_MAX, TALKS_MAX, TEXT_CHARS_MAX,
};

/// A day begins at four in the morning where a file does not say otherwise.
const DAY_CHANGE_SECONDS: i64 = 4 * 3600;
const DAY_SECONDS: i64 = 24 * 3600;

/// The schedule a file means, with notes; or every complaint.
pub(super) fn schedule(
    raw: RawSchedule,
    assume: &Assume,
) -> Result<(Schedule, Vec<Complaint>), Broken> {
    let mut judge = Judge {
        desk: Desk::default(),
        zone: TimeZone::UTC,
        day_change: None,
        guids: HashMap::new(),
    };
    let built = judge.schedule(raw, assume);
    let notes = judge.desk.close()?;
    match built {
        Some(schedule) => Ok((schedule, notes)),
        None => Err(Broken::at(1, "program-schedule-no-conference")),
    }
}

struct Judge {
    desk: Desk,
    zone: TimeZone,
    day_change: Option<i64>,
    /// Where each guid was first seen.
    guids: HashMap<String, u32>,
}

impl Judge {
    fn schedule(&mut self, raw: RawSchedule, assume: &Assume) -> Option<Schedule> {
        let Some(raw_conference) = raw.conference else {
            self.desk
                .complain(Complaint::at(raw.line, "program-schedule-no-conference"));
            return None;
        };
        let (zone, inferred) = self.zone_of(&raw_conference, &raw.days, assume);
        self.day_change = raw_conference.day_change.some().and_then(times::clock);
        self.count(raw.line, "days", raw.days.len(), DAYS_MAX);
        let rooms: usize = raw
            .days
            .iter()
            .map(|day| day.rooms.len())
            .max()
            .unwrap_or(0);
        self.count(raw.line, "rooms", rooms, ROOMS_MAX);
        let talks = raw
            .days
            .iter()
            .flat_map(|day| &day.rooms)
            .map(|room| room.events.len())
            .sum();
        self.count(raw.line, "talks", talks, TALKS_MAX);
        let conference = self.conference(raw_conference, zone, inferred);
        let days = (1_i64..)
            .zip(raw.days)
            .filter_map(|(index, day)| self.day(day, index))
            .collect();
        Some(Schedule {
            version: self.text(raw.version, NAME_CHARS_MAX),
            generator: raw.generator,
            url: self.text(raw.url, NAME_CHARS_MAX),
            base_url: self.text(raw.base_url, NAME_CHARS_MAX),
            conference,
            days,
            extra: raw.extra,
        })
    }

    /// The zone by name, else by the first offset in the file, else the assumed one.
    fn zone_of(&mut self, raw: &RawConference, days: &[RawDay], assume: &Assume) -> (String, bool) {
        if let Some(name) = raw.zone.some() {
            if let Ok(zone) = TimeZone::get(name) {
                self.zone = zone;
                return (name.to_owned(), false);
            }
            self.desk
                .complain(Complaint::at(raw.zone.line, "program-schedule-zone").with("zone", name));
        }
        let said = days
            .iter()
            .flat_map(|day| {
                [&day.start, &day.end].into_iter().chain(
                    day.rooms
                        .iter()
                        .flat_map(|room| room.events.iter().map(|event| &event.date)),
                )
            })
            .find_map(|text| times::offset(&text.value));
        let name = said.map_or_else(|| assume.zone.clone(), times::zone_for);
        self.zone = TimeZone::get(&name).unwrap_or(TimeZone::UTC);
        if raw.zone.some().is_none() {
            self.desk
                .note(Complaint::at(raw.line, "program-schedule-zone-assumed").with("zone", &name));
        }
        (name, true)
    }

    fn conference(&mut self, raw: RawConference, zone: String, zone_inferred: bool) -> Conference {
        let line = raw.line;
        for (name, text) in [("acronym", &raw.acronym), ("title", &raw.title)] {
            if text.some().is_none() {
                let at = if text.line == 0 { line } else { text.line };
                self.desk.complain(
                    Complaint::at(at, "program-schedule-missing")
                        .with("what", name)
                        .with("where", "conference"),
                );
            }
        }
        let start = self.when(&raw.start);
        let end = self.when(&raw.end);
        let timeslot_seconds = raw.timeslot.some().map(str::to_owned).and_then(|text| {
            let length = times::length(&text);
            if length.is_none() {
                self.desk.note(
                    Complaint::at(raw.timeslot.line, "program-schedule-length")
                        .with("value", &text),
                );
            }
            length
        });
        self.count(line, "rooms", raw.rooms.len(), ROOMS_MAX);
        self.count(line, "tracks", raw.categories.len(), LIST_MAX);
        Conference {
            acronym: self.text(raw.acronym, NAME_CHARS_MAX).trim().to_owned(),
            title: self.text(raw.title, NAME_CHARS_MAX),
            description: self.text(raw.description, TEXT_CHARS_MAX),
            start,
            end,
            days: raw.days.some().and_then(|text| text.parse().ok()),
            timeslot_seconds,
            zone,
            zone_inferred,
            logo: self.text(raw.logo, NAME_CHARS_MAX),
            url: self.text(raw.url, NAME_CHARS_MAX),
            colors: raw.colors,
            keywords: raw.keywords,
            categories: raw.categories,
            rooms: raw.rooms,
            extra: raw.extra,
        }
    }

    fn when(&mut self, text: &Text) -> Option<When> {
        let said = text.some()?;
        match times::moment(said) {
            Some(Moment::Date(date)) => Some(When::Date(date)),
            Some(Moment::Instant(instant)) => Some(When::Instant(instant)),
            Some(Moment::Local(local)) => self.zone.to_timestamp(local).ok().map(When::Instant),
            None => {
                self.desk.complain(
                    Complaint::at(text.line, "program-schedule-date").with("value", said),
                );
                None
            }
        }
    }

    /// A day; none (with a complaint) when not even its date can be told.
    fn day(&mut self, raw: RawDay, nth: i64) -> Option<Day> {
        let start = self.instant_of(&raw.start);
        let end = self.instant_of(&raw.end);
        let date = match raw.date.some().map(times::moment) {
            Some(Some(Moment::Date(date))) => date,
            Some(Some(Moment::Local(local))) => local.date(),
            Some(Some(Moment::Instant(at))) => at.to_zoned(self.zone.clone()).date(),
            Some(None) => {
                self.desk.complain(
                    Complaint::at(raw.date.line, "program-schedule-date")
                        .with("value", raw.date.value.trim()),
                );
                return None;
            }
            None => {
                if let Some(at) = start.or_else(|| self.first_instant(&raw)) {
                    at.to_zoned(self.zone.clone()).date()
                } else {
                    self.desk.complain(
                        Complaint::at(raw.line, "program-schedule-missing")
                            .with("what", "date")
                            .with("where", "day"),
                    );
                    return None;
                }
            }
        };
        let index = match raw.index.some() {
            None => nth,
            Some(text) => text.parse().unwrap_or_else(|_| {
                self.desk.complain(
                    Complaint::at(raw.index.line, "program-schedule-number")
                        .with("value", text)
                        .with("what", "index"),
                );
                nth
            }),
        };
        let bounds = Bounds { date, start, end };
        let rooms: Vec<DayRoom> = raw
            .rooms
            .into_iter()
            .map(|room| self.room(room, &bounds))
            .collect();
        let (start, end) = self.bounds(&bounds, &rooms)?;
        Some(Day {
            index,
            date,
            start,
            end,
            rooms,
        })
    }

    fn first_instant(&self, raw: &RawDay) -> Option<Timestamp> {
        raw.rooms
            .iter()
            .flat_map(|room| &room.events)
            .find_map(|event| match times::moment(event.date.some()?)? {
                Moment::Instant(at) => Some(at),
                Moment::Local(local) => self.zone.to_timestamp(local).ok(),
                Moment::Date(date) => times::instant(&self.zone, date, 12 * 3600),
            })
    }

    /// First and last instant of a day: as said, else from day change to day change, and wider where talks are.
    fn bounds(&mut self, said: &Bounds, rooms: &[DayRoom]) -> Option<(Timestamp, Timestamp)> {
        let change = self.day_change.unwrap_or(DAY_CHANGE_SECONDS);
        let start = said.start.or_else(|| {
            let regular = times::instant(&self.zone, said.date, change)?;
            let first = rooms
                .iter()
                .flat_map(|room| &room.events)
                .map(|event| event.start)
                .min();
            Some(first.map_or(regular, |first| first.min(regular)))
        })?;
        let end = said.end.or_else(|| {
            let regular = times::instant(&self.zone, said.date, change + DAY_SECONDS - 60)?;
            let last = rooms
                .iter()
                .flat_map(|room| &room.events)
                .filter_map(Event::end)
                .max();
            Some(last.map_or(regular, |last| last.max(regular)))
        })?;
        Some((start, end.max(start)))
    }

    fn instant_of(&mut self, text: &Text) -> Option<Timestamp> {
        match self.when(text)? {
            When::Instant(at) => Some(at),
            When::Date(date) => times::instant(&self.zone, date, 0),
        }
    }

    fn room(&mut self, raw: RawRoom, day: &Bounds) -> DayRoom {
        let name = raw.name.value.clone();
        let events = raw
            .events
            .into_iter()
            .filter_map(|event| {
                if let Some(other) = event.room.some().filter(|said| *said != name.trim()) {
                    self.desk.note(
                        Complaint::at(event.room.line, "program-schedule-room-differs")
                            .with("said", other)
                            .with("room", &name),
                    );
                }
                self.event(event, day)
            })
            .collect();
        DayRoom {
            name: self.text(raw.name, NAME_CHARS_MAX),
            guid: self.text(raw.guid, NAME_CHARS_MAX),
            events,
            extra: raw.extra,
        }
    }

    fn event(&mut self, raw: RawEvent, day: &Bounds) -> Option<Event> {
        let line = raw.line;
        if raw.title.some().is_none() {
            let at = if raw.title.line == 0 {
                line
            } else {
                raw.title.line
            };
            self.desk.complain(
                Complaint::at(at, "program-schedule-missing")
                    .with("what", "title")
                    .with("where", "event"),
            );
        }
        let start = self.start_of(&raw, day);
        let duration_seconds = start.and_then(|start| self.duration_of(&raw, start));
        let id = self.id_of(&raw.id);
        let guid = self.guid_of(&raw.guid);
        for (what, len) in [
            ("persons", raw.persons.len()),
            ("links", raw.links.len()),
            ("attachments", raw.attachments.len()),
        ] {
            self.count(line, what, len, LIST_MAX);
        }
        let opt_out = self.yes_or_no(&raw.opt_out);
        Some(Event {
            guid,
            id,
            code: self.text(raw.code, NAME_CHARS_MAX),
            start: start?,
            duration_seconds: duration_seconds?,
            slug: self.text(raw.slug, NAME_CHARS_MAX),
            url: self.text(raw.url, NAME_CHARS_MAX),
            title: self.text(raw.title, NAME_CHARS_MAX),
            subtitle: self.text(raw.subtitle, NAME_CHARS_MAX),
            track: self.text(raw.track, NAME_CHARS_MAX),
            kind: self.text(raw.kind, NAME_CHARS_MAX),
            language: self.text(raw.language, NAME_CHARS_MAX),
            abstract_text: self.text(raw.abstract_text, TEXT_CHARS_MAX),
            description: self.text(raw.description, TEXT_CHARS_MAX),
            logo: self.text(raw.logo, NAME_CHARS_MAX),
            persons: raw
                .persons
                .into_iter()
                .filter_map(|person| self.person(person))
                .collect(),
            links: raw.links.into_iter().filter(Link::says_something).collect(),
            attachments: raw
                .attachments
                .into_iter()
                .filter(Link::says_something)
                .collect(),
            license: self.text(raw.license, NAME_CHARS_MAX),
            opt_out,
            recording_url: self.text(raw.recording_url, NAME_CHARS_MAX),
            recording_link: self.text(raw.recording_link, NAME_CHARS_MAX),
            video_download_url: self.text(raw.video_download_url, NAME_CHARS_MAX),
            feedback_url: self.text(raw.feedback_url, NAME_CHARS_MAX),
            origin_url: self.text(raw.origin_url, NAME_CHARS_MAX),
            level: self.text(raw.level, NAME_CHARS_MAX),
            extra: raw.extra,
        })
    }

    /// When a talk begins: by its date where that is an instant, else by clock time on its day, where an hour
    /// before the day changes belongs to the next date.
    fn start_of(&mut self, raw: &RawEvent, day: &Bounds) -> Option<Timestamp> {
        let date = match raw.date.some() {
            None => None,
            Some(text) => match times::moment(text) {
                Some(Moment::Instant(at)) => return Some(at),
                Some(Moment::Local(local)) => return self.zone.to_timestamp(local).ok(),
                Some(Moment::Date(date)) => Some(date),
                None => {
                    self.desk.complain(
                        Complaint::at(raw.date.line, "program-schedule-date").with("value", text),
                    );
                    return None;
                }
            },
        };
        let Some(text) = raw.start.some() else {
            let what = if date.is_some() { "start" } else { "date" };
            self.desk.complain(
                Complaint::at(raw.line, "program-schedule-missing")
                    .with("what", what)
                    .with("where", "event"),
            );
            return None;
        };
        if let Some(seconds) = times::clock(text) {
            return self.clock_on(date.unwrap_or(day.date), seconds, day);
        }
        match times::moment(text) {
            Some(Moment::Instant(at)) => Some(at),
            Some(Moment::Local(local)) => self.zone.to_timestamp(local).ok(),
            _ => {
                self.desk.complain(
                    Complaint::at(raw.start.line, "program-schedule-clock").with("value", text),
                );
                None
            }
        }
    }

    fn clock_on(&self, date: Date, seconds: i64, day: &Bounds) -> Option<Timestamp> {
        let here = times::instant(&self.zone, date, seconds)?;
        if date != day.date || seconds >= DAY_SECONDS {
            return Some(here);
        }
        let next = times::instant(&self.zone, date, seconds + DAY_SECONDS)?;
        let change = self.day_change.unwrap_or(DAY_CHANGE_SECONDS);
        let early = match (day.start, day.end) {
            (Some(start), Some(end)) => here < start && next < end,
            (Some(start), None) => here < start && seconds < change,
            _ => seconds < change,
        };
        Some(if early { next } else { here })
    }

    fn duration_of(&mut self, raw: &RawEvent, start: Timestamp) -> Option<i64> {
        let seconds = match raw.duration.some() {
            Some(text) => {
                if let Some(seconds) = times::length(text) {
                    seconds
                } else {
                    self.desk.complain(
                        Complaint::at(raw.duration.line, "program-schedule-length")
                            .with("value", text),
                    );
                    return None;
                }
            }
            None => {
                if let Some(end) = self.instant_of(&raw.end) {
                    end.as_second() - start.as_second()
                } else {
                    self.desk.complain(
                        Complaint::at(raw.line, "program-schedule-missing")
                            .with("what", "duration")
                            .with("where", "event"),
                    );
                    return None;
                }
            }
        };
        if !(0..=TALK_HOURS_MAX * 3600).contains(&seconds) {
            let line = if raw.duration.line == 0 {
                raw.line
            } else {
                raw.duration.line
            };
            self.desk.complain(
                Complaint::at(line, "program-schedule-length")
                    .with("value", raw.duration.value.trim()),
            );
            return None;
        }
        // Files have whole minutes, so a schedule has them from the start.
        Some((seconds + 30) / 60 * 60)
    }

    fn id_of(&mut self, text: &Text) -> Option<i64> {
        let said = text.some()?;
        let id = said.parse().ok().filter(|id| *id > 0);
        if id.is_none() {
            self.desk
                .note(Complaint::at(text.line, "program-schedule-id").with("value", said));
        }
        id
    }

    fn guid_of(&mut self, text: &Text) -> String {
        let Some(guid) = text.some() else {
            return String::new();
        };
        if let Some(first) = self.guids.insert(guid.to_owned(), text.line) {
            self.desk.complain(
                Complaint::at(text.line, "program-schedule-guid-twice")
                    .with("guid", guid)
                    .with("first", first),
            );
        }
        self.bounded(text.line, guid, NAME_CHARS_MAX);
        guid.to_owned()
    }

    fn yes_or_no(&mut self, text: &Text) -> Option<bool> {
        match text.some()?.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            other => {
                self.desk
                    .note(Complaint::at(text.line, "program-schedule-yes-no").with("value", other));
                None
            }
        }
    }

    /// Somebody; a person without a name is nobody.
    fn person(&mut self, raw: RawPerson) -> Option<Person> {
        raw.name.some()?;
        let id = raw.id.some().and_then(|text| text.parse().ok());
        Some(Person {
            id,
            guid: self.text(raw.guid, NAME_CHARS_MAX),
            code: self.text(raw.code, NAME_CHARS_MAX),
            name: self.text(raw.name, NAME_CHARS_MAX),
            biography: self.text(raw.biography, TEXT_CHARS_MAX),
            avatar: self.text(raw.avatar, NAME_CHARS_MAX),
            extra: raw.extra,
        })
    }

    /// The text, unless it is too long; one of only blanks is none.
    fn text(&mut self, text: Text, chars_max: usize) -> String {
        if text.some().is_none() {
            return String::new();
        }
        self.bounded(text.line, &text.value, chars_max);
        text.value
    }

    fn bounded(&mut self, line: u32, text: &str, chars_max: usize) {
        if text.len() > chars_max && text.chars().count() > chars_max {
            self.desk.complain(
                Complaint::at(line, "program-schedule-text-long").with("limit", chars_max),
            );
        }
    }

    fn count(&mut self, line: u32, what: &str, count: usize, max: usize) {
        if count > max {
            self.desk.complain(
                Complaint::at(line, "program-schedule-many")
                    .with("what", what)
                    .with("count", count)
                    .with("limit", max),
            );
        }
    }
}

struct Bounds {
    date: Date,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Event {
    /// When it is over.
    pub fn end(&self) -> Option<Timestamp> {
        self.start
            .checked_add(Span::new().seconds(self.duration_seconds))
            .ok()
    }
}

impl Link {
    fn says_something(&self) -> bool {
        !self.url.trim().is_empty() || !self.title.trim().is_empty()
    }
}
