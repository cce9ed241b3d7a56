//! What an import changed, found by comparing two schedules by guid.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::schedule::{Conference, Day, Event, Schedule};

/// What an import changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Report {
    /// What about the conference itself: words of the message files, `program-field-…`.
    pub conference: Vec<String>,
    /// Talks that are new.
    pub added: Vec<Entry>,
    /// Talks that are different.
    pub changed: Vec<Changed>,
    /// Talks that are no longer there.
    pub removed: Vec<Entry>,
    /// What the file says otherwise and was left as it had been edited by hand.
    #[serde(default)]
    pub kept: Vec<Changed>,
}

/// A talk in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Entry {
    /// Its identity across files.
    pub guid: String,
    /// Its title.
    pub title: String,
}

/// A talk that is different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Changed {
    /// Its identity across files.
    pub guid: String,
    /// Its title.
    pub title: String,
    /// What is different: words of the message files, `program-field-…`.
    pub fields: Vec<String>,
}

/// A talk and where it stands.
struct Placed<'a> {
    date: jiff::civil::Date,
    room: &'a str,
    event: &'a Event,
}

impl Report {
    /// What is different in `after`.
    pub fn between(before: &Schedule, after: &Schedule) -> Self {
        let (old, new) = (placed(before), placed(after));
        let by_guid: HashMap<&str, &Placed<'_>> = old
            .iter()
            .map(|talk| (talk.event.guid.as_str(), talk))
            .collect();
        let still: HashSet<&str> = new.iter().map(|talk| talk.event.guid.as_str()).collect();
        let mut report = Self {
            conference: conference_fields(before, after),
            ..Self::default()
        };
        for talk in &new {
            match by_guid.get(talk.event.guid.as_str()) {
                None => report.added.push(Entry::of(talk.event)),
                Some(was) => {
                    let fields = event_fields(was, talk);
                    if !fields.is_empty() {
                        let Entry { guid, title } = Entry::of(talk.event);
                        report.changed.push(Changed {
                            guid,
                            title,
                            fields,
                        });
                    }
                }
            }
        }
        let gone = old
            .iter()
            .filter(|talk| !still.contains(talk.event.guid.as_str()));
        report.removed = gone.map(|talk| Entry::of(talk.event)).collect();
        let order = |talks: &[Placed<'_>], other: &HashMap<&str, &Placed<'_>>| -> Vec<String> {
            talks
                .iter()
                .map(|talk| talk.event.guid.clone())
                .filter(|guid| other.contains_key(guid.as_str()))
                .collect()
        };
        let by_new: HashMap<&str, &Placed<'_>> = new
            .iter()
            .map(|talk| (talk.event.guid.as_str(), talk))
            .collect();
        if report.changed.is_empty() && order(&old, &by_new) != order(&new, &by_guid) {
            report.conference.push("program-field-order".to_owned());
        }
        report
    }

    /// Whether nothing is different.
    pub fn is_empty(&self) -> bool {
        self.conference.is_empty()
            && self.added.is_empty()
            && self.changed.is_empty()
            && self.removed.is_empty()
    }

    /// Whether a talk is different.
    pub(crate) fn touches(&self, guid: &str) -> bool {
        self.changed.iter().any(|changed| changed.guid == guid)
    }
}

impl Entry {
    fn of(event: &Event) -> Self {
        Self {
            guid: event.guid.clone(),
            title: event.title.clone(),
        }
    }
}

fn placed(schedule: &Schedule) -> Vec<Placed<'_>> {
    schedule
        .events()
        .map(|(day, room, event)| Placed {
            date: day.date,
            room: &room.name,
            event,
        })
        .collect()
}

/// Names the fields that differ: `fields!(a, b, name => "word", …)`.
macro_rules! differing {
    ($old:expr, $new:expr, { $($word:literal : $($field:ident),+);+ $(;)? }) => {{
        let mut words: Vec<String> = Vec::new();
        $( if $($old.$field != $new.$field)||+ { words.push($word.to_owned()); } )+
        words
    }};
}

fn event_fields(old: &Placed<'_>, new: &Placed<'_>) -> Vec<String> {
    let mut words = differing!(old.event, new.event, {
        "program-field-time": start, duration_seconds;
        "program-field-title": title;
        "program-field-subtitle": subtitle;
        "program-field-category": track;
        "program-field-kind": kind;
        "program-field-language": language;
        "program-field-level": level;
        "program-field-abstract": abstract_text;
        "program-field-description": description;
        "program-field-speakers": persons;
        "program-field-links": links, attachments, url, feedback_url, origin_url, video_download_url;
        "program-field-picture": logo;
        "program-field-recording": license, opt_out, recording_url, recording_link;
        "program-field-other": id, code, slug, extra;
    });
    if old.room != new.room {
        words.insert(0, "program-field-room".to_owned());
    }
    if old.date != new.date {
        words.insert(0, "program-field-day".to_owned());
    }
    words
}

fn conference_fields(old: &Schedule, new: &Schedule) -> Vec<String> {
    let (was, is): (&Conference, &Conference) = (&old.conference, &new.conference);
    let mut words = differing!(was, is, {
        "program-field-title": title;
        "program-field-acronym": acronym;
        "program-field-description": description;
        "program-field-zone": zone, zone_inferred;
        "program-field-categories": categories;
        "program-field-rooms": rooms;
        "program-field-other": start, end, days, timeslot_seconds, logo, url, colors, keywords, extra;
    });
    if old.version != new.version {
        words.push("program-field-version".to_owned());
    }
    let shape = |days: &[Day]| -> Vec<_> {
        days.iter()
            .map(|day| {
                let rooms: Vec<_> = day
                    .rooms
                    .iter()
                    .map(|room| (room.name.clone(), room.guid.clone(), room.extra.clone()))
                    .collect();
                (day.index, day.date, day.start, day.end, rooms)
            })
            .collect()
    };
    if shape(&old.days) != shape(&new.days) {
        words.push("program-field-days".to_owned());
    }
    let rest = |schedule: &Schedule| {
        (
            schedule.url.clone(),
            schedule.base_url.clone(),
            schedule.extra.clone(),
        )
    };
    if rest(old) != rest(new) && !words.iter().any(|word| word == "program-field-other") {
        words.push("program-field-other".to_owned());
    }
    words
}
