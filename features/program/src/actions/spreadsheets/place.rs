//! Where and when a row wants its talk.

#![expect(
    clippy::option_option,
    reason = "a row says nothing of a place, or that there is none, or which"
)]

use jiff::civil::{Date, Time};
use kernel::{Error, Timestamp};

use super::compare::{Complaint, quoted};
use super::talks::Book;
use super::words::{self, Found};
use crate::actions::talks::{Place, Placed, settle};
use crate::model::placement::begins;
use crate::model::{RoomId, TrackId};
use crate::spreadsheet::{Field, Row, values};
use crate::store::{Day, Talk};

/// What a row says about a time; what it leaves open stays as it is.
#[derive(Default)]
struct Said {
    date: Option<Option<Date>>,
    starts: Option<Option<Time>>,
    /// The end, with its day where that is said.
    ends: Option<(Option<Date>, Time)>,
    minutes: Option<i64>,
}

impl Book<'_> {
    /// Puts a talk where a row wants it.
    pub(super) fn place(
        &self,
        row: &Row,
        base: &Talk,
        next: &mut Talk,
        faults: &mut Vec<Complaint>,
    ) {
        let before = faults.len();
        let said = self.times(row, base, faults);
        let track = self.track(row, base, faults);
        let room = self.room(row, base, faults);
        let quiet = said.date.is_none()
            && said.starts.is_none()
            && said.ends.is_none()
            && said.minutes.is_none();
        if faults.len() > before || (quiet && track.is_none() && room.is_none()) {
            return;
        }
        let date = match said.date {
            Some(date) => date,
            None => self.own_day(base).map(Day::date),
        };
        let starts = said.starts.unwrap_or_else(|| self.clock_of(base));
        let (track, room) = Self::both(track, room, base);
        match (date, starts) {
            (None, None) => {
                if track.is_some() || room.is_some() {
                    let field = if track.is_some() {
                        Field::Track
                    } else {
                        Field::Room
                    };
                    faults.push(Complaint::of(field, "program-sheet-homeless"));
                    return;
                }
                (next.day, next.track, next.room) = (None, None, None);
                (next.starts_at, next.ends_at) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
            }
            (None, Some(_)) => faults.push(Complaint::of(self.day_field(row), "web-field-empty")),
            (Some(_), None) => {
                let field = self.given(row, &[Field::Starts, Field::When]);
                faults.push(Complaint::of(field, "web-field-empty"));
            }
            (Some(date), Some(starts)) => {
                match self.settled(row, base, &said, (date, starts), (track, room)) {
                    Ok(placed) => take(placed, base, next),
                    Err(complaints) => faults.extend(complaints),
                }
            }
        }
    }

    fn settled(
        &self,
        row: &Row,
        base: &Talk,
        said: &Said,
        (date, starts): (Date, Time),
        (track, room): (Option<TrackId>, Option<RoomId>),
    ) -> Result<Placed, Vec<Complaint>> {
        let Some((day, at)) = self.stand(date, starts) else {
            let unknown = quoted("program-sheet-day", &date.to_string());
            return Err(vec![Complaint::of(self.day_field(row), unknown)]);
        };
        let Some(starts_at) = at else {
            let field = self.given(row, &[Field::Starts, Field::When]);
            return Err(vec![Complaint::of(field, "web-field-gap")]);
        };
        let Some(minutes) = self.length(base, said, starts, starts_at) else {
            let field = self.given(row, &[Field::Minutes, Field::Ends, Field::When]);
            return Err(vec![Complaint::of(field, "program-sheet-length")]);
        };
        let place = Place {
            day: day.id.clone(),
            starts_at,
            minutes,
            room,
            track,
        };
        let complaint = |own: kernel::Field| {
            let field = match own.name.as_ref() {
                "track" => Field::Track,
                "room" => Field::Room,
                "minutes" => self.given(row, &[Field::Minutes, Field::Ends, Field::When]),
                _ => self.day_field(row),
            };
            Complaint::of(field, own.message)
        };
        settle(self.loaded, &place).map_err(|error| match error {
            Error::Invalid(fields) => fields.into_iter().map(complaint).collect(),
            _ => vec![Complaint::row("program-sheet-homeless")],
        })
    }

    /// The day of a date and time, and when that is: a small hour belongs to the night of the day before, whether its
    /// date is that of the day or that of the calendar.
    fn stand(&self, date: Date, starts: Time) -> Option<(&Day, Option<Timestamp>)> {
        let within = |day: &Day, at: Timestamp| day.starts_at <= at && at < day.ends_at;
        let days = &self.loaded.days;
        let own = days.iter().find(|day| day.date() == date).map(|day| {
            let bounds = (day.starts_at, day.ends_at);
            (day, begins(date, bounds, starts, &self.zone))
        });
        if let Some((day, Some(at))) = own
            && within(day, at)
        {
            return own;
        }
        let literal = self.zone.to_timestamp(date.to_datetime(starts)).ok();
        let night = literal.and_then(|at| {
            let day = days.iter().find(|day| within(day, at))?;
            Some((day, Some(at)))
        });
        night.or(own)
    }

    /// How long it is, by what the row says first.
    fn length(&self, base: &Talk, said: &Said, starts: Time, starts_at: Timestamp) -> Option<i64> {
        if said.minutes.is_some() {
            return said.minutes;
        }
        let Some((until, ends)) = said.ends else {
            return length_of(base);
        };
        let begun = starts_at.to_zoned(self.zone.clone()).date();
        let last = match until {
            Some(date) => date,
            None if ends > starts => begun,
            None => begun.tomorrow().ok()?,
        };
        let end = self.zone.to_timestamp(last.to_datetime(ends)).ok()?;
        Some((end.as_second() - starts_at.as_second()) / 60).filter(|minutes| *minutes > 0)
    }

    fn times(&self, row: &Row, base: &Talk, faults: &mut Vec<Complaint>) -> Said {
        let mut said = Said::default();
        let mut bad = |field, key, text: &str| {
            faults.push(Complaint::of(field, quoted(key, text)));
        };
        if let Some(text) = self.fresh(row, Field::When, base) {
            match values::when(text, &self.dates) {
                _ if text.is_empty() => (said.date, said.starts) = (Some(None), Some(None)),
                Some(when) => {
                    said.date = when.date.map(Some);
                    said.starts = Some(Some(when.starts));
                    said.ends = when.ends.map(|ends| (when.until, ends));
                }
                None => bad(Field::When, "program-sheet-when", text),
            }
        }
        if let Some(text) = self.fresh(row, Field::Day, base) {
            let date = values::date(text, &self.dates);
            let named = || self.loaded.days.iter().find(|day| day.name == text);
            match date.or_else(|| named().map(Day::date)) {
                _ if text.is_empty() => said.date = said.date.or(Some(None)),
                Some(date) => said.date = Some(Some(date)),
                None => bad(Field::Day, "program-sheet-day", text),
            }
        }
        if let Some(text) = self.fresh(row, Field::Starts, base) {
            match values::clock(text) {
                _ if text.is_empty() => said.starts = said.starts.or(Some(None)),
                Some(time) => said.starts = Some(Some(time)),
                None => bad(Field::Starts, "program-sheet-time", text),
            }
        }
        let ends = self
            .fresh(row, Field::Ends, base)
            .filter(|text| !text.is_empty());
        if let Some(text) = ends {
            match values::clock(text) {
                Some(time) => said.ends = Some((None, time)),
                None => bad(Field::Ends, "program-sheet-time", text),
            }
        }
        let minutes = self
            .fresh(row, Field::Minutes, base)
            .filter(|text| !text.is_empty());
        if let Some(text) = minutes {
            said.minutes = values::minutes(text);
            if said.minutes.is_none() {
                bad(Field::Minutes, "program-sheet-minutes", text);
            }
        }
        said
    }

    /// What a row says of a field, where that is not what is there.
    fn fresh<'r>(&self, row: &'r Row, field: Field, base: &Talk) -> Option<&'r str> {
        let text = self.cells.text(row, field)?;
        (text != words::shown(self, base, &[], field)).then_some(text)
    }

    fn track(
        &self,
        row: &Row,
        base: &Talk,
        faults: &mut Vec<Complaint>,
    ) -> Option<Option<TrackId>> {
        let text = self.fresh(row, Field::Track, base)?;
        match words::track(self, text) {
            Found::Nothing => Some(None),
            Found::One(id) => Some(Some(id)),
            Found::Unknown => {
                faults.push(Complaint::of(
                    Field::Track,
                    quoted("program-sheet-track", text),
                ));
                None
            }
        }
    }

    fn room(&self, row: &Row, base: &Talk, faults: &mut Vec<Complaint>) -> Option<Option<RoomId>> {
        let text = self.fresh(row, Field::Room, base)?;
        match words::room(self, text) {
            Found::Nothing => Some(None),
            Found::One(id) => Some(Some(id)),
            Found::Unknown => {
                faults.push(Complaint::of(
                    Field::Room,
                    quoted("program-sheet-room", text),
                ));
                None
            }
        }
    }

    /// Track and room: who changes one and says nothing of the other means the one that belongs to it.
    fn both(
        track: Option<Option<TrackId>>,
        room: Option<Option<RoomId>>,
        base: &Talk,
    ) -> (Option<TrackId>, Option<RoomId>) {
        match (track, room) {
            (None, None) => (base.track.clone(), base.room.clone()),
            (Some(track), None) if track == base.track => (track, base.room.clone()),
            (Some(track), None) => (track, None),
            (None, Some(room)) if room == base.room => (base.track.clone(), room),
            (None, Some(room)) => (None, room),
            (Some(track), Some(room)) => (track, room),
        }
    }

    fn own_day(&self, base: &Talk) -> Option<&Day> {
        let id = base.day.as_ref()?;
        self.loaded.days.iter().find(|day| day.id == *id)
    }

    /// The clock time at which a talk begins already.
    fn clock_of(&self, base: &Talk) -> Option<Time> {
        self.own_day(base)?;
        Some(base.starts_at.to_zoned(self.zone.clone()).time())
    }

    fn day_field(&self, row: &Row) -> Field {
        self.given(row, &[Field::Day, Field::When])
    }

    /// The first of some fields that the file has a column for.
    fn given(&self, row: &Row, fields: &[Field]) -> Field {
        let given = fields
            .iter()
            .find(|field| self.cells.said(row, **field).is_some());
        given.or(fields.first()).copied().unwrap_or(Field::When)
    }
}

fn length_of(base: &Talk) -> Option<i64> {
    base.day.as_ref()?;
    Some((base.ends_at.as_second() - base.starts_at.as_second()) / 60)
}

/// Takes a place; seconds, which no cell shows, stay as long as nothing moves.
fn take(placed: Placed, base: &Talk, next: &mut Talk) {
    let minute = |at: Timestamp| at.as_microsecond().div_euclid(60_000_000);
    let length = (placed.ends_at.as_second() - placed.starts_at.as_second()) / 60;
    let stays = base.day.as_ref() == Some(&placed.day)
        && minute(base.starts_at) == minute(placed.starts_at)
        && length_of(base) == Some(length);
    if !stays {
        (next.starts_at, next.ends_at) = (placed.starts_at, placed.ends_at);
    }
    next.day = Some(placed.day);
    (next.track, next.room) = (placed.track, placed.room);
}
