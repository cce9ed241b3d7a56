//! Names that a schedule must have and a file may lack: guids, numbers, slugs. All derived, so that reading the
//! same file again gives the same ones.

use std::collections::{HashMap, HashSet};

use super::model::{Event, Schedule};

/// Gives every talk a guid, an id and a slug where the file has none.
///
/// They depend on what the file does say about the talk (its id, slug or title), never on time or place, so
/// that a talk which moved is still the same one.
pub fn complete(schedule: &mut Schedule) {
    let acronym = schedule.conference.acronym.clone();
    let mut taken: HashSet<String> = schedule
        .events()
        .map(|(_, _, event)| event.guid.clone())
        .filter(|guid| !guid.is_empty())
        .collect();
    let mut id_max = schedule
        .events()
        .filter_map(|(_, _, event)| event.id)
        .max()
        .unwrap_or(0);
    let mut seen: HashMap<String, u32> = HashMap::new();
    for event in schedule.events_mut() {
        if event.guid.is_empty() {
            let key = key_of(event);
            let nth = seen.entry(key.clone()).or_insert(0);
            loop {
                let guid = guid_for(&acronym, &format!("{key}#{nth}"));
                *nth += 1;
                if taken.insert(guid.clone()) {
                    event.guid = guid;
                    break;
                }
            }
        }
        let id = *event.id.get_or_insert_with(|| {
            id_max += 1;
            id_max
        });
        if event.slug.is_empty() {
            event.slug = slug_for(&acronym, id, &event.title);
        }
    }
}

/// What tells a talk without guid from the others.
fn key_of(event: &Event) -> String {
    match event.id {
        Some(id) => format!("id:{id}"),
        None if !event.slug.is_empty() => format!("slug:{}", event.slug),
        None => format!("title:{}", event.title.trim()),
    }
}

/// A guid that anybody derives who knows the conference and the thing.
pub fn guid_for(acronym: &str, thing: &str) -> String {
    uuid::Uuid::new_v5(
        &uuid::Uuid::NAMESPACE_URL,
        format!("matsuri:{acronym}:{thing}").as_bytes(),
    )
    .to_string()
}

/// A slug that every version of the published schemas allows: `acronym-number-title`.
pub(crate) fn slug_for(acronym: &str, id: i64, title: &str) -> String {
    let mut head: String = acronym
        .chars()
        .map(|c| c.to_ascii_lowercase())
        .filter(char::is_ascii_alphanumeric)
        .collect();
    while head.len() < 4 {
        head.push('0');
    }
    let mut tail = kernel::text::to_slug(title);
    if tail.len() < 4 {
        tail = if tail.is_empty() {
            "talk".to_owned()
        } else {
            format!("talk-{tail}")
        };
    }
    format!("{head}-{id}-{tail}")
}

/// The acronym of a conference made here, as every version of the published schemas allows it: the name in
/// addresses with underscores, at least four characters. Reading it back gives the same name in addresses.
pub fn acronym_for(slug: &str) -> String {
    let mut acronym = slug.replace('-', "_");
    while acronym.len() < 4 {
        acronym.push('_');
    }
    acronym
}
