//! The demo's conference: read from its data file, moved so that talks are on now, written as a schedule file.
//!
//! Times in the plan are minutes since midnight of its first day; where that midnight lies is chosen at each
//! start ([`Plan::origin`]). Everything else of the plan stays as it is, so the second start finds the same talks.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

/// The plan as it is delivered with the program.
const MATSURI_DAYS: &str = include_str!("../../demo/matsuri-days.toml");

/// How long people may look around before the first talk changes; rounded up to a whole minute.
const LOOK_AROUND: SignedDuration = SignedDuration::from_secs(90);
/// The next change comes at the latest after this.
const CHANGE_MAX: SignedDuration = SignedDuration::from_mins(3);
/// A demo that was stopped for longer begins at whatever fits the time of day.
const PAUSE_MAX: SignedDuration = SignedDuration::from_mins(60);
const DAY_MINUTES: i64 = 24 * 60;

/// A conference as the data file has it.
#[derive(Debug, Deserialize)]
pub(crate) struct Plan {
    pub(crate) conference: Conference,
    #[serde(rename = "track")]
    pub(crate) tracks: Vec<Track>,
    #[serde(rename = "topic")]
    topics: Vec<Topic>,
    #[serde(rename = "session")]
    sessions: Vec<Session>,
    #[serde(rename = "speaker")]
    speakers: Vec<Speaker>,
}

/// The conference itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Conference {
    pub(crate) slug: String,
    title: String,
    subtitle: String,
    zone: String,
    days: i64,
}

/// A track and the room it is in.
#[derive(Debug, Deserialize)]
pub(crate) struct Track {
    pub(crate) slug: String,
    room: String,
}

#[derive(Debug, Deserialize)]
struct Topic {
    id: String,
    name: String,
    color: String,
}

#[derive(Debug, Deserialize)]
struct Session {
    id: String,
    topic: Option<String>,
    day: i64,
    /// All tracks where it is missing.
    track: Option<String>,
    at: String,
    minutes: i64,
    kind: String,
    title: String,
    #[serde(rename = "abstract", default)]
    text: String,
    #[serde(default)]
    speakers: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Speaker {
    id: String,
    name: String,
    biography: String,
}

impl Session {
    /// Minutes of the plan at which it begins.
    fn start(&self) -> Result<i64> {
        let (hours, minutes) = self.at.split_once(':').context("a time without a colon")?;
        let in_day = hours.parse::<i64>()? * 60 + minutes.parse::<i64>()?;
        Ok((self.day - 1) * DAY_MINUTES + in_day)
    }

    fn is_on(&self, track: &str) -> bool {
        self.track.as_deref().is_none_or(|own| own == track)
    }

    fn is_break(&self) -> bool {
        self.kind == "break"
    }

    /// `ja` where the title has kana or kanji before any Latin word would end it, else `en`.
    fn language(&self) -> &'static str {
        let first = self.title.chars().find(|c| c.is_alphabetic());
        if first.is_some_and(|c| !c.is_ascii()) {
            "ja"
        } else {
            "en"
        }
    }
}

/// A session on one track, in minutes of the plan.
struct Slot<'a> {
    session: &'a Session,
    start: i64,
    end: i64,
}

impl Plan {
    /// The plan that comes with the program.
    pub(crate) fn read() -> Result<Self> {
        Self::parse(MATSURI_DAYS)
    }

    fn parse(text: &str) -> Result<Self> {
        let plan: Self = toml::from_str(text).context("the demo's conference")?;
        for session in &plan.sessions {
            session.start().with_context(|| session.id.clone())?;
        }
        ensure!(
            !plan.changes()?.is_empty(),
            "the demo's conference has no moment to begin at"
        );
        Ok(plan)
    }

    /// Where midnight of the plan's first day lies, so that talks are on now and the next change comes soon.
    ///
    /// `previous` is where it lay at the last start: a demo that was stopped only for a while goes on with the
    /// talks that were on, earlier by the time until the next change.
    pub(crate) fn origin(&self, now: Timestamp, previous: Option<Timestamp>) -> Result<Timestamp> {
        let changes = self.changes()?;
        let change_at = next_minute(now + LOOK_AROUND);
        if let Some(previous) = previous {
            let upcoming = changes.iter().map(|minute| at(previous, *minute));
            let next = upcoming.filter(|next| *next > now).min();
            let wait = next.map(|next| next.duration_since(now));
            if wait.is_some_and(|wait| wait <= CHANGE_MAX) {
                return Ok(previous);
            }
            if let Some(wait) = wait.filter(|wait| *wait <= PAUSE_MAX) {
                return Ok(previous - (wait - change_at.duration_since(now)));
            }
        }
        // The change whose time of day is nearest to the time of day here, so that the plan looks plausible.
        let zone = TimeZone::get(&self.conference.zone)?;
        let local = change_at.to_zoned(zone);
        let minute_here = i64::from(local.hour()) * 60 + i64::from(local.minute());
        let nearest = changes
            .iter()
            .min_by_key(|change| (*change % DAY_MINUTES - minute_here).abs());
        let nearest = nearest.context("no change")?;
        Ok(change_at - SignedDuration::from_mins(*nearest))
    }

    /// Minutes at which a talk ends and another begins on a track with a programme, while all of those are on.
    fn changes(&self) -> Result<Vec<i64>> {
        let mut played = Vec::new();
        for track in self.tracks.iter().take(super::programmes::CLIPS.len()) {
            played.push(self.slots(&track.slug)?);
        }
        let is_on = |minute: i64| {
            played.iter().all(|slots| {
                slots.iter().any(|slot| {
                    slot.start <= minute && minute < slot.end && !slot.session.is_break()
                })
            })
        };
        let starts = played.iter().flatten().map(|slot| slot.start);
        let mut changes: Vec<i64> = starts
            .filter(|start| (-3..=1).all(|near| is_on(start + near)))
            .collect();
        changes.sort_unstable();
        changes.dedup();
        Ok(changes)
    }

    fn slots(&self, track: &str) -> Result<Vec<Slot<'_>>> {
        let on_track = self.sessions.iter().filter(|session| session.is_on(track));
        on_track
            .map(|session| {
                let start = session.start()?;
                Ok(Slot {
                    session,
                    start,
                    end: start + session.minutes,
                })
            })
            .collect()
    }

    /// The plan as a schedule.json, which the program imports like anybody else's.
    pub(crate) fn schedule(&self, origin: Timestamp) -> Result<Value> {
        let zone = TimeZone::get(&self.conference.zone)?;
        let mut days = Vec::new();
        for day in 1..=self.conference.days {
            days.push(self.day(day, origin, &zone)?);
        }
        let dates: Vec<Value> = days.iter().map(|day| day["date"].clone()).collect();
        let tracks: Vec<Value> = self
            .topics
            .iter()
            .map(|topic| json!({"name": topic.name, "color": topic.color, "slug": topic.id}))
            .collect();
        let rooms: Vec<Value> = self.tracks.iter().map(|track| {
            json!({"name": track.room, "guid": self.guid(&format!("room:{}", track.slug))})
        }).collect();
        Ok(json!({"schedule": {
            "version": "1.0",
            "conference": {
                "acronym": self.conference.slug,
                "title": self.conference.title,
                "description": self.conference.subtitle,
                "start": dates.first(),
                "end": dates.last(),
                "daysCount": self.conference.days,
                "timeslot_duration": "00:05",
                "time_zone_name": self.conference.zone,
                "tracks": tracks,
                "rooms": rooms,
                "days": days,
            },
        }}))
    }

    fn day(&self, day: i64, origin: Timestamp, zone: &TimeZone) -> Result<Value> {
        let mut rooms = serde_json::Map::new();
        let (mut first, mut last) = (i64::MAX, i64::MIN);
        for track in &self.tracks {
            let mut events = Vec::new();
            for slot in self
                .slots(&track.slug)?
                .iter()
                .filter(|slot| slot.session.day == day)
            {
                (first, last) = (first.min(slot.start), last.max(slot.end));
                events.push(self.event(slot, track, origin, zone));
            }
            rooms.insert(track.room.clone(), Value::Array(events));
        }
        let (start, end) = (at(origin, first).to_zoned(zone.clone()), at(origin, last));
        Ok(json!({
            "index": day,
            "date": start.date().to_string(),
            "day_start": instant(at(origin, first), zone),
            "day_end": instant(end, zone),
            "rooms": rooms,
        }))
    }

    fn event(&self, slot: &Slot<'_>, track: &Track, origin: Timestamp, zone: &TimeZone) -> Value {
        let session = slot.session;
        // A break is a session of its own on every track.
        let name = match session.track {
            Some(_) => session.id.clone(),
            None => format!("{}-{}", session.id, track.slug),
        };
        let start = at(origin, slot.start);
        let topic = self
            .topics
            .iter()
            .find(|topic| Some(&topic.id) == session.topic.as_ref());
        let speakers = session.speakers.iter().filter_map(|id| {
            let speaker = self.speakers.iter().find(|speaker| speaker.id == *id)?;
            Some(json!({
                "guid": self.guid(&format!("speaker:{id}")),
                "name": speaker.name,
                "public_name": speaker.name,
                "biography": speaker.biography,
            }))
        });
        json!({
            "guid": self.guid(&format!("session:{name}")),
            "date": instant(start, zone),
            "start": start.to_zoned(zone.clone()).strftime("%H:%M").to_string(),
            "duration": format!("{:02}:{:02}", session.minutes / 60, session.minutes % 60),
            "room": track.room,
            "slug": format!("{}-{name}", self.conference.slug),
            "title": session.title,
            "subtitle": "",
            "track": topic.map(|topic| topic.name.as_str()),
            "type": session.kind,
            "language": session.language(),
            "abstract": session.text,
            "description": "",
            "persons": speakers.collect::<Vec<_>>(),
            "links": [],
            "attachments": [],
        })
    }

    /// The same thing has the same guid at every start.
    fn guid(&self, thing: &str) -> String {
        program::schedule::guid_for(&self.conference.slug, thing)
    }

    /// A talk by which one sees where the plan lies: its guid and its minute.
    pub(crate) fn landmark(&self) -> Result<(String, i64)> {
        let session = self.sessions.iter().find(|session| session.track.is_some());
        let session = session.context("no session has a track")?;
        Ok((
            self.guid(&format!("session:{}", session.id)),
            session.start()?,
        ))
    }

    /// Which session a title belongs to: what scripted people look at to know what to say.
    pub(crate) fn titles(&self) -> BTreeMap<&str, &str> {
        self.sessions
            .iter()
            .map(|session| (session.title.as_str(), session.id.as_str()))
            .collect()
    }
}

/// The instant of a minute of the plan.
fn at(origin: Timestamp, minute: i64) -> Timestamp {
    origin + SignedDuration::from_mins(minute)
}

fn instant(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

fn next_minute(at: Timestamp) -> Timestamp {
    let past = at.as_second().rem_euclid(60);
    let nanos = at.subsec_nanosecond();
    if past == 0 && nanos == 0 {
        return at;
    }
    at + SignedDuration::from_secs(60 - past) - SignedDuration::from_nanos(i64::from(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan::read().expect("the plan is sound")
    }

    fn now(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    /// Minutes of the plan that have passed at `now`.
    fn passed(origin: Timestamp, now: Timestamp) -> i64 {
        now.duration_since(origin).as_secs() / 60
    }

    #[test]
    fn whenever_it_starts_talks_are_on_and_the_next_change_comes_within_three_minutes() {
        let plan = plan();
        let changes = plan.changes().expect("changes");
        for minute in (0..24 * 60).step_by(7) {
            let now = now("2026-11-22T00:00:13.25Z") + SignedDuration::from_mins(minute);
            let origin = plan.origin(now, None).expect("an origin");
            for track in ["a", "b"] {
                let slots = plan.slots(track).expect("slots");
                let here = passed(origin, now);
                let on = slots
                    .iter()
                    .find(|slot| slot.start <= here && here < slot.end);
                assert!(
                    on.is_some_and(|slot| !slot.session.is_break()),
                    "{now} {track}"
                );
            }
            let wait = changes
                .iter()
                .map(|change| at(origin, *change).duration_since(now));
            let soonest = wait
                .filter(SignedDuration::is_positive)
                .min()
                .expect("a change");
            assert!(soonest <= CHANGE_MAX, "{now}: {soonest:?}");
        }
    }

    #[test]
    fn in_the_afternoon_the_plan_stays_close_to_its_own_times() {
        let origin = plan()
            .origin(now("2026-11-22T05:31:00Z"), None)
            .expect("an origin");
        let midnight = now("2026-11-21T15:00:00Z");
        let off = origin.duration_since(midnight).abs();
        let off = off.min((off - SignedDuration::from_hours(24)).abs());
        assert!(off < SignedDuration::from_mins(60), "{off:?}");
    }

    #[test]
    fn a_second_start_goes_on_with_the_talks_that_were_on() {
        let plan = plan();
        let first = now("2026-11-22T05:31:00Z");
        let origin = plan.origin(first, None).expect("an origin");
        let soon = first + SignedDuration::from_secs(40);
        assert_eq!(plan.origin(soon, Some(origin)).expect("an origin"), origin);
        let later = first + SignedDuration::from_mins(10);
        let moved = plan.origin(later, Some(origin)).expect("an origin");
        let next = |origin| {
            let changes = plan.changes().expect("changes");
            changes
                .into_iter()
                .find(|change| at(origin, *change) > later)
        };
        assert_eq!(next(moved), next(origin), "the same change comes next");
        let wait = at(moved, next(moved).expect("a change")).duration_since(later);
        assert!(wait <= CHANGE_MAX, "{wait:?}");
    }

    #[test]
    fn the_schedule_has_two_days_three_rooms_and_some_forty_talks() {
        let plan = plan();
        let origin = plan
            .origin(now("2026-11-22T05:31:00Z"), None)
            .expect("an origin");
        let file = plan.schedule(origin).expect("a schedule");
        let bytes = serde_json::to_vec(&file).expect("JSON");
        let days = file["schedule"]["conference"]["days"]
            .as_array()
            .expect("days");
        assert_eq!(days.len(), 2);
        let talks: Vec<&Value> = days
            .iter()
            .flat_map(|day| day["rooms"].as_object().expect("rooms").values())
            .flat_map(|room| room.as_array().expect("events"))
            .filter(|event| event["type"] != "break")
            .collect();
        assert_eq!(talks.len(), 40);
        assert!(talks.iter().any(|talk| talk["language"] == "en"));
        assert!(talks.iter().any(|talk| talk["type"] == "recorded"));
        let reading = program::schedule::read(&bytes, &program::schedule::Assume::default())
            .expect("the program can read it");
        assert!(reading.notes.is_empty(), "{:?}", reading.notes);
        assert_eq!(reading.schedule.conference.acronym, "matsuri-days");
    }
}
