//! Which rows cannot stand where they want to, judged on the timetable as it would be after the whole file: talks may
//! change places in one go. A row that is refused leaves its talk where it is, which may be in the way of another row.

use std::collections::{BTreeSet, HashSet};

use kernel::Timestamp;

use super::compare::{Complaint, Wish};
use super::talks::Entry;
use crate::limits;
use crate::model::hand::TalkState;
use crate::model::placement::{Clash, Slot, clashes};
use crate::spreadsheet::Field;
use crate::store::{Loaded, Speaker, Talk};

/// Refuses rows until those that are left stand together; what could be meant although it collides.
pub(super) fn refuse(
    loaded: &Loaded,
    wish: &Wish,
    entries: &mut [Entry<'_>],
) -> BTreeSet<&'static str> {
    let mut asks = BTreeSet::new();
    for round in 0..=limits::SPREADSHEET_ROUNDS_MAX {
        let table = Timetable::after(loaded, entries);
        let mut refused = false;
        for entry in entries.iter_mut().filter(|own| own.faults.is_empty()) {
            if !is_moved(entry) {
                continue;
            }
            if round == limits::SPREADSHEET_ROUNDS_MAX {
                // Whoever tangles this many rows gets all of them back rather than a slow answer.
                entry.faults.push(Complaint::row("program-sheet-tangled"));
                continue;
            }
            let wanted = slot(&entry.next, &entry.speakers);
            let day = loaded
                .days
                .iter()
                .find(|day| Some(&day.id) == entry.next.day.as_ref());
            let bounds = day.map(|day| (day.starts_at, day.ends_at));
            let found = clashes(&wanted, table.around(&wanted), bounds);
            for clash in found.iter().filter(|clash| clash.stands(&wish.meant)) {
                asks.extend(ask(clash));
                entry
                    .faults
                    .push(Complaint::of(field(clash), clash.message()));
                refused = true;
            }
        }
        if !refused {
            break;
        }
    }
    asks
}

/// Whether the rules have something to say about a row: what was there and stays is nobody's business now.
fn is_moved(entry: &Entry<'_>) -> bool {
    let next = &entry.next;
    let place = |talk: &Talk| {
        let times = (talk.starts_at, talk.ends_at);
        (talk.state, times, talk.track.clone(), talk.room.clone())
    };
    let ids =
        |speakers: &[Speaker]| -> Vec<_> { speakers.iter().map(|own| own.id.clone()).collect() };
    let stays = entry.was.is_some_and(|was| place(was) == place(next))
        && ids(&entry.was_speakers) == ids(&entry.speakers);
    !stays && is_planned(next)
}

fn is_planned(talk: &Talk) -> bool {
    talk.state == TalkState::Planned && talk.binned_at.is_none() && talk.removed_at.is_none()
}

fn ask(clash: &Clash) -> Option<&'static str> {
    match clash {
        Clash::Speaker { .. } => Some("speaker"),
        Clash::OutsideDay => Some("day"),
        Clash::Room { .. } | Clash::Track { .. } => None,
    }
}

fn field(clash: &Clash) -> Field {
    match clash {
        Clash::Room { .. } => Field::Room,
        Clash::Track { .. } => Field::Track,
        Clash::Speaker { .. } => Field::Speakers,
        Clash::OutsideDay => Field::When,
    }
}

fn slot(talk: &Talk, speakers: &[Speaker]) -> Slot {
    let speaking = speakers.iter().filter(|own| own.binned_at.is_none());
    Slot {
        talk: Some(talk.id.clone()),
        title: talk.title.clone(),
        starts_at: talk.starts_at,
        ends_at: talk.ends_at,
        room: talk.room.clone(),
        track: talk.track.clone(),
        speakers: speaking
            .map(|own| (own.id.clone(), own.name.clone()))
            .collect(),
    }
}

/// Everything that is planned, by time.
struct Timetable {
    slots: Vec<Slot>,
    /// The latest end among a slot and all before it.
    ends: Vec<Timestamp>,
}

impl Timetable {
    fn after(loaded: &Loaded, entries: &[Entry<'_>]) -> Self {
        let fits = |entry: &&Entry<'_>| entry.faults.is_empty();
        let rewritten: HashSet<_> = entries
            .iter()
            .filter(fits)
            .filter_map(|entry| entry.was.map(|was| &was.id))
            .collect();
        let by_id: std::collections::HashMap<_, _> =
            loaded.speakers.iter().map(|own| (&own.id, own)).collect();
        let mut spoken: std::collections::HashMap<_, Vec<Speaker>> =
            std::collections::HashMap::new();
        for credit in &loaded.credits {
            if let Some(own) = by_id.get(&credit.speaker) {
                spoken.entry(&credit.talk).or_default().push((*own).clone());
            }
        }
        let staying = loaded
            .talks
            .iter()
            .filter(|talk| is_planned(talk) && !rewritten.contains(&talk.id));
        let mut slots: Vec<Slot> = staying
            .map(|talk| slot(talk, spoken.get(&talk.id).map_or(&[], Vec::as_slice)))
            .collect();
        let coming = entries
            .iter()
            .filter(fits)
            .filter(|entry| is_planned(&entry.next));
        slots.extend(coming.map(|entry| slot(&entry.next, &entry.speakers)));
        slots.sort_by_key(|slot| slot.starts_at);
        let mut latest = Timestamp::MIN;
        let ends = slots.iter().map(|slot| {
            latest = latest.max(slot.ends_at);
            latest
        });
        Self {
            ends: ends.collect(),
            slots,
        }
    }

    /// What goes on while `wanted` does.
    fn around<'a>(&'a self, wanted: &'a Slot) -> impl Iterator<Item = &'a Slot> {
        let until = self
            .slots
            .partition_point(|slot| slot.starts_at < wanted.ends_at);
        let reach = |index: &usize| {
            self.ends
                .get(*index)
                .is_some_and(|end| *end > wanted.starts_at)
        };
        let near = (0..until).rev().take_while(reach);
        near.filter_map(|index| self.slots.get(index))
    }
}
