//! What is on air, as pages and programs are shown it.

use kernel::Timestamp;
use program::{Programme, Talk, Track};
use serde::Serialize;
use utoipa::ToSchema;

/// Something on air.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Item {
    /// The talk; none in a pause, or where the track was cleared.
    #[schema(required)]
    pub talk: Option<String>,
    /// What it is called; empty where the track was cleared.
    pub title: String,
    /// Who speaks.
    pub speakers: Vec<Person>,
    /// Since when, or from when on (RFC 3339).
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// When it is to end (RFC 3339).
    #[schema(required, value_type = Option<String>)]
    pub ends_at: Option<Timestamp>,
    /// Its page.
    #[schema(required)]
    pub href: Option<String>,
}

/// Somebody who speaks.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Name in addresses.
    pub slug: String,
}

impl Item {
    /// A talk since `at`; of a pause there is nothing to say but its name.
    pub fn of(programme: &Programme, talk: &Talk, at: Timestamp) -> Self {
        let slug = &programme.conference.slug;
        let is_talk = !talk.is_break();
        let speakers = programme.speakers_of(&talk.id);
        let person = |speaker: &program::Speaker| Person {
            name: speaker.name.clone(),
            slug: speaker.slug.clone(),
        };
        Self {
            talk: is_talk.then(|| talk.id.to_string()),
            title: talk.title.clone(),
            speakers: speakers.map(person).collect(),
            at,
            ends_at: Some(talk.ends_at),
            href: is_talk.then(|| format!("/{slug}/talks/{}", talk.slug)),
        }
    }

    /// Nothing since `at`.
    pub fn cleared(at: Timestamp) -> Self {
        Self {
            talk: None,
            title: String::new(),
            speakers: Vec::new(),
            at,
            ends_at: None,
            href: None,
        }
    }
}

/// What was and is on air; changes of the mode alone are no items.
pub fn items(programme: &Programme, history: &[crate::Entry]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut before = None;
    for change in history {
        if before.replace(&change.to_talk) == Some(&change.to_talk) {
            continue;
        }
        let talk = change.to_talk.as_ref().and_then(|id| programme.talk(id));
        items.push(match talk {
            Some(talk) => Item::of(programme, talk, change.at),
            None => Item::cleared(change.at),
        });
    }
    items
}

/// The next talk of the timetable that is not on already.
pub fn next<'a>(
    programme: &'a Programme,
    track: &'a Track,
    now: Timestamp,
    on: Option<&str>,
) -> Option<&'a Talk> {
    let mut talks = programme.of_track(&track.id);
    talks.find(|talk| talk.starts_at > now && !talk.is_break() && on != Some(talk.id.as_str()))
}
