//! What people edited here and a file says otherwise: the hand wins, part by part, until it is released; what was made by
//! hand stays, what lies in the bin stays there. The report names everything that the file did not get.

use std::collections::{HashMap, HashSet};

use crate::actions::merge::{key_of, person_key};
use crate::actions::report::Changed;
use crate::model::hand::{Part, parts};
use crate::schedule::{Day, DayRoom, Event, Schedule};
use crate::store::{Loaded, Talk};

/// The conference without what no file is asked about: talks that were made by hand or taken off the timetable.
pub(super) fn of_files(loaded: &Loaded) -> Loaded {
    let mut loaded = loaded.clone();
    loaded.talks.retain(|talk| !is_ours(talk));
    loaded
}

/// Whether a file has no say about a talk.
pub(super) fn is_ours(talk: &Talk) -> bool {
    let unplaced = talk.day.is_none() && parts(&talk.hand).contains(&Part::Placement);
    talk.made_by_hand || talk.binned_at.is_some() || (unplaced && talk.removed_at.is_none())
}

/// Puts back into `incoming` what was edited by hand; what the file would have changed.
pub(super) fn keep(loaded: &Loaded, before: &Schedule, incoming: &mut Schedule) -> Vec<Changed> {
    let ours: HashSet<&str> = loaded
        .talks
        .iter()
        .filter(|talk| is_ours(talk))
        .map(|talk| talk.guid.as_str())
        .collect();
    for room in incoming.days.iter_mut().flat_map(|day| &mut day.rooms) {
        room.events
            .retain(|event| !ours.contains(event.guid.as_str()));
    }
    people(loaded, incoming);
    let known: HashMap<&str, (&Day, &DayRoom, &Event)> = before
        .events()
        .map(|place| (place.2.guid.as_str(), place))
        .collect();
    let edited = loaded
        .talks
        .iter()
        .filter(|talk| talk.removed_at.is_none() && !talk.hand.is_empty() && !is_ours(talk));
    let mut kept = Vec::new();
    for talk in edited {
        let Some((day, room, was)) = known.get(talk.guid.as_str()).copied() else {
            continue;
        };
        let mut fields = Vec::new();
        for part in parts(&talk.hand) {
            if put_back(incoming, part, day, room, was) {
                fields.push(part.label().to_owned());
            }
        }
        if !fields.is_empty() {
            kept.push(Changed {
                guid: talk.guid.clone(),
                title: talk.title.clone(),
                fields,
            });
        }
    }
    kept
}

/// Puts one part of a talk back; whether the file said something else.
fn put_back(incoming: &mut Schedule, part: Part, day: &Day, room: &DayRoom, was: &Event) -> bool {
    if part == Part::Placement {
        return place(incoming, day, room, was);
    }
    let Some(event) = incoming.events_mut().find(|event| event.guid == was.guid) else {
        return false;
    };
    let before = event.clone();
    match part {
        Part::Title => event.title.clone_from(&was.title),
        Part::Subtitle => event.subtitle.clone_from(&was.subtitle),
        Part::Kind => event.kind.clone_from(&was.kind),
        Part::Language => event.language.clone_from(&was.language),
        Part::Abstract => event.abstract_text.clone_from(&was.abstract_text),
        Part::Description => event.description.clone_from(&was.description),
        Part::Category => event.track.clone_from(&was.track),
        Part::Links => event.links.clone_from(&was.links),
        Part::Slides => event.attachments.clone_from(&was.attachments),
        Part::Speakers => event.persons.clone_from(&was.persons),
        Part::Picture => event.logo.clone_from(&was.logo),
        Part::Level => event.level.clone_from(&was.level),
        // Done above.
        Part::Placement => {}
    }
    *event != before
}

/// Moves a talk to where it was put by hand; a day or room that the file has dropped comes back for it.
fn place(incoming: &mut Schedule, day: &Day, room: &DayRoom, was: &Event) -> bool {
    let mut taken = None;
    let mut from = None;
    for own in &mut incoming.days {
        for place in &mut own.rooms {
            if let Some(index) = place.events.iter().position(|event| event.guid == was.guid) {
                taken = Some(place.events.remove(index));
                from = Some((own.date, place.name.clone(), index));
            }
        }
    }
    let (Some(mut event), Some((date, name, index))) = (taken, from) else {
        return false;
    };
    let moved = event.start != was.start
        || event.duration_seconds != was.duration_seconds
        || date != day.date
        || name != room.name;
    event.start = was.start;
    event.duration_seconds = was.duration_seconds;
    let target = if let Some(at) = incoming.days.iter().position(|own| own.date == day.date) {
        at
    } else {
        incoming.days.push(Day {
            rooms: Vec::new(),
            ..day.clone()
        });
        incoming.days.len() - 1
    };
    if let Some(own) = incoming.days.get_mut(target) {
        if let Some(place) = own.rooms.iter_mut().find(|place| place.name == room.name) {
            let index = if date == day.date && name == room.name {
                index
            } else {
                place.events.len()
            };
            place.events.insert(index.min(place.events.len()), event);
        } else {
            own.rooms.push(DayRoom {
                events: vec![event],
                ..room.clone()
            });
        }
    }
    moved
}

/// Names, texts and pictures of people that were edited by hand.
fn people(loaded: &Loaded, incoming: &mut Schedule) {
    let edited: HashMap<String, _> = loaded
        .speakers
        .iter()
        .filter(|speaker| !speaker.hand.is_empty())
        .map(|speaker| {
            let key = person_key(speaker.file_id, &speaker.guid, &speaker.code, &speaker.name);
            (key, speaker)
        })
        .collect();
    if edited.is_empty() {
        return;
    }
    for person in incoming.events_mut().flat_map(|event| &mut event.persons) {
        let Some(speaker) = edited.get(&key_of(person)) else {
            continue;
        };
        for part in parts(&speaker.hand) {
            match part {
                Part::Title => person.name.clone_from(&speaker.name),
                Part::Abstract => person.biography.clone_from(&speaker.biography),
                Part::Picture => person.avatar.clone_from(&speaker.avatar),
                _ => {}
            }
        }
    }
}
