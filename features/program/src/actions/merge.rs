//! What an imported file means for a programme that is there already: what its format cannot say, and what it
//! does not say, stays as it is.

use std::collections::{HashMap, HashSet};

use crate::schedule::{Day, Event, Extra, Format, Person, Schedule, complete};

/// How somebody is told from others, by what files say about them.
pub(super) fn person_key(id: Option<i64>, guid: &str, code: &str, name: &str) -> String {
    match id {
        Some(id) => format!("id:{id}"),
        None if !guid.is_empty() => format!("guid:{guid}"),
        None if !code.is_empty() => format!("code:{code}"),
        None => format!("name:{}", name.trim()),
    }
}

pub(super) fn key_of(person: &Person) -> String {
    person_key(person.id, &person.guid, &person.code, &person.name)
}

/// Completes `incoming` by what is known.
pub(super) fn merge(before: Option<&Schedule>, incoming: &mut Schedule, format: Format) {
    let Some(before) = before else {
        complete(incoming);
        return;
    };
    let unnamed: Vec<(bool, bool)> = incoming
        .events()
        .map(|(_, _, event)| (event.id.is_none(), event.slug.is_empty()))
        .collect();
    complete(incoming);
    keep_names(before, incoming, &unnamed);
    conference(before, incoming, format);
    let known: HashMap<&str, &Event> = before
        .events()
        .map(|(_, _, event)| (event.guid.as_str(), event))
        .collect();
    let people: HashMap<String, &Person> = before
        .events()
        .flat_map(|(_, _, event)| &event.persons)
        .map(|person| (key_of(person), person))
        .collect();
    for event in incoming.events_mut() {
        if let Some(was) = known.get(event.guid.as_str()) {
            self::event(was, event, format);
        }
        for person in &mut event.persons {
            if let Some(was) = people.get(&key_of(person)) {
                self::person(was, person, format);
            }
        }
    }
    rooms(before, incoming, format);
}

/// Numbers and slugs that `complete` made up give way to those that were made up the first time.
fn keep_names(before: &Schedule, incoming: &mut Schedule, unnamed: &[(bool, bool)]) {
    let known: HashMap<String, (Option<i64>, String)> = before
        .events()
        .map(|(_, _, event)| (event.guid.clone(), (event.id, event.slug.clone())))
        .collect();
    let said = incoming
        .events()
        .zip(unnamed)
        .filter(|(_, (no_id, _))| !no_id)
        .filter_map(|((_, _, event), _)| event.id);
    let mut taken: HashSet<i64> = known
        .values()
        .filter_map(|(id, _)| *id)
        .chain(said)
        .collect();
    for (event, (no_id, no_slug)) in incoming.events_mut().zip(unnamed) {
        let was = known.get(&event.guid);
        if *no_id {
            event.id = was.and_then(|(id, _)| *id).or_else(|| {
                let next = taken.iter().max().map_or(1, |max| max + 1);
                taken.insert(next);
                Some(next)
            });
        }
        if let (true, Some((_, slug))) = (*no_slug, was) {
            event.slug.clone_from(slug);
        }
    }
}

fn conference(before: &Schedule, incoming: &mut Schedule, format: Format) {
    let days = i64::try_from(incoming.days.len()).unwrap_or(0);
    let (was, is) = (&before.conference, &mut incoming.conference);
    extra(&was.extra, &mut is.extra, format);
    extra(&before.extra, &mut incoming.extra, format);
    if is.zone_inferred {
        is.zone.clone_from(&was.zone);
        is.zone_inferred = was.zone_inferred;
    }
    if incoming.version.is_empty() {
        incoming.version.clone_from(&before.version);
    }
    match format {
        Format::Xml => {
            is.description.clone_from(&was.description);
            is.keywords.clone_from(&was.keywords);
            // It lists no rooms. Those that were on the timetable and are no longer are gone; others may stay.
            let on = |days: &[Day], name: &str| {
                days.iter()
                    .any(|day| day.rooms.iter().any(|room| room.name == name))
            };
            is.rooms.clone_from(&was.rooms);
            is.rooms
                .retain(|room| on(&incoming.days, &room.name) || !on(&before.days, &room.name));
            if let (Some(was), Some(is)) = (&was.colors, &mut is.colors) {
                for (name, value) in was.0.iter().filter(|(_, value)| !value.is_string()) {
                    is.0.insert(name.clone(), value.clone());
                }
            }
            for category in &mut is.categories {
                if let Some(was) = was.categories.iter().find(|was| was.name == category.name) {
                    extra(&was.extra, &mut category.extra, format);
                }
            }
        }
        Format::Json => {
            // schedule.json must say these; ours says the usual where nobody has said anything.
            if was.timeslot_seconds.is_none() && is.timeslot_seconds == Some(300) {
                is.timeslot_seconds = None;
            }
            if was.days.is_none() && is.days == Some(days) {
                is.days = None;
            }
            let first = before
                .days
                .iter()
                .map(|day| day.date)
                .min()
                .map(crate::schedule::When::Date);
            let last = before
                .days
                .iter()
                .map(|day| day.date)
                .max()
                .map(crate::schedule::When::Date);
            if was.start.is_none() && is.start == first {
                is.start = None;
            }
            if was.end.is_none() && is.end == last {
                is.end = None;
            }
            for category in &mut is.categories {
                if let Some(was) = was.categories.iter().find(|was| was.name == category.name) {
                    extra(&was.extra, &mut category.extra, format);
                }
            }
        }
    }
}

fn event(was: &Event, is: &mut Event, format: Format) {
    extra(&was.extra, &mut is.extra, format);
    if is.url.is_empty() {
        is.url.clone_from(&was.url);
    }
    if is.level.is_empty() {
        // Files of other programs have no place for it.
        is.level.clone_from(&was.level);
    }
    match format {
        Format::Xml => {
            // With a licence the schema demands a word about recording; ours says the usual.
            if was.opt_out.is_none() && is.opt_out == Some(false) {
                is.opt_out = None;
            }
        }
        Format::Json => {
            is.recording_url.clone_from(&was.recording_url);
            is.recording_link.clone_from(&was.recording_link);
            is.video_download_url.clone_from(&was.video_download_url);
        }
    }
}

fn person(was: &Person, is: &mut Person, format: Format) {
    extra(&was.extra, &mut is.extra, format);
    if format == Format::Xml {
        is.biography.clone_from(&was.biography);
        is.avatar.clone_from(&was.avatar);
    }
}

/// schedule.json has no place for what schedule.xml says of a room on a day.
fn rooms(before: &Schedule, incoming: &mut Schedule, format: Format) {
    if format == Format::Xml {
        return;
    }
    for day in &mut incoming.days {
        let Some(was) = before.days.iter().find(|was| was.date == day.date) else {
            continue;
        };
        for room in &mut day.rooms {
            if let Some(was) = was.rooms.iter().find(|was| was.name == room.name) {
                room.guid.clone_from(&was.guid);
                room.extra = was.extra.clone();
            }
        }
    }
}

/// Each format's unknown fields are its own.
fn extra(was: &Extra, is: &mut Extra, format: Format) {
    match format {
        Format::Xml => is.json.clone_from(&was.json),
        Format::Json => is.xml.clone_from(&was.xml),
    }
}
