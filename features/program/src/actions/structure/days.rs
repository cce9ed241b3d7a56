//! Days by hand.

use kernel::{Error, Message, Result};

use super::Work;
use crate::limits;
use crate::model::{DayDraft, DayId, Fields};
use crate::store::{Day, write};

/// Where days for the team alone are counted from, so that those of everybody are 1, 2, 3, ….
const INTERNAL_FROM: i64 = 101;

impl Work<'_> {
    pub(super) async fn add_day(&mut self, fields: &Fields) -> Result<String> {
        self.room_for_one(limits::DAYS_MAX)?;
        let day = Day {
            id: DayId::fresh(),
            position: 0,
            date: String::new(),
            starts_at: self.writer.now,
            ends_at: self.writer.now,
            rooms: "[]".to_owned(),
            name: String::new(),
            internal: false,
            version: 0,
        };
        self.put_day(day, fields).await
    }

    pub(super) async fn change_day(&mut self, id: &str, fields: &Fields) -> Result<()> {
        let day = self.day(id)?;
        self.put_day(day, fields).await.map(|_| ())
    }

    fn day(&self, id: &str) -> Result<Day> {
        let day = self.loaded.days.iter().find(|day| day.id.as_str() == id);
        day.cloned().ok_or(Error::NotFound("day"))
    }

    async fn put_day(&mut self, was: Day, fields: &Fields) -> Result<String> {
        let zone = self.loaded.conference.time_zone();
        let draft = DayDraft::read(fields, &zone)?;
        let date = draft.date.to_string();
        let others = || self.loaded.days.iter().filter(|day| day.id != was.id);
        if !draft.internal && others().any(|day| !day.internal && day.date == date) {
            return Err(Error::invalid("date", "program-day-twice"));
        }
        let outside = self.loaded.talks.iter().filter(|talk| {
            let there = talk.removed_at.is_none() && talk.day.as_ref() == Some(&was.id);
            there && (talk.starts_at < draft.starts_at || talk.starts_at > draft.ends_at)
        });
        let outside = outside.count();
        if outside > 0 {
            let message = Message::new("program-day-talks-outside").with("count", outside);
            return Err(Error::invalid("from", message));
        }
        let day = Day {
            date,
            starts_at: draft.starts_at,
            ends_at: draft.ends_at,
            name: draft.name,
            internal: draft.internal,
            version: was.version + 1,
            ..was.clone()
        };
        let rest: Vec<Day> = others().cloned().collect();
        let said = |day: &Day| (day.date.clone(), day.name.clone(), day.internal);
        let before = (was.version > 0).then(|| said(&was));
        self.note(before.as_ref(), Some(&said(&day)));
        let id = day.id.to_string();
        let mut days = rest;
        days.push(day);
        self.count_days(days).await?;
        Ok(id)
    }

    pub(super) async fn remove_day(&mut self, id: &str) -> Result<()> {
        let day = self.day(id)?;
        let talks = self.loaded.talks.iter();
        let talks =
            talks.filter(|talk| talk.removed_at.is_none() && talk.day.as_ref() == Some(&day.id));
        let count = talks.count();
        if count > 0 {
            return Err(Error::conflict(
                Message::new("program-day-has-talks").with("count", count),
            ));
        }
        write::drop_day(&mut self.tx, self.grant.conference(), &day).await?;
        self.note(Some(&(&day.date, &day.name, day.internal)), None::<&()>);
        let rest = self.loaded.days.iter().filter(|own| own.id != day.id);
        let rest = rest.cloned().collect();
        self.count_days(rest).await
    }

    /// Counts the days anew by the calendar and writes those that changed.
    async fn count_days(&mut self, mut days: Vec<Day>) -> Result<()> {
        days.sort_by_key(|day| day.starts_at);
        let (mut public, mut internal) = (1, INTERNAL_FROM);
        for day in &mut days {
            let counter = if day.internal {
                &mut internal
            } else {
                &mut public
            };
            day.position = *counter;
            *counter += 1;
            if !self.loaded.days.contains(day) {
                write::put_day(&mut self.tx, self.grant.conference(), day).await?;
            }
        }
        // First and last day follow from the days again.
        self.document.start.clear();
        self.document.end.clear();
        self.document.days = None;
        Ok(())
    }
}
