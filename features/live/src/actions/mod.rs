//! Use cases of the live page.

pub mod chat;

use kernel::{Result, Timestamp};
use media_core::ChannelName;
use program::{Programme, Talk, Track};

use crate::model::{Descriptor, Entry, Person, Plan, Playback, Signal, TrackName, picture};
use crate::{Live, limits};

impl Live {
    /// A track's picture and everything that is said about it.
    pub async fn descriptor(
        &self,
        programme: &Programme,
        track: &Track,
        now: Timestamp,
    ) -> Result<Descriptor> {
        let conference = &programme.conference;
        let history =
            onair::history(&self.0.app.db, &conference.id, &track.id, limits::HISTORY_SHOWN).await?;
        let onair = entries(programme, &history);
        let on = onair.last().and_then(|entry| entry.talk.as_deref());
        let next = next(programme, track, now, on);
        let (signal, has_media) = self.signal(programme, track);
        let plan = plan(programme, track, now, on.is_some(), next);
        let address = self.0.gate.address(conference, &track.slug);
        Ok(Descriptor {
            state: picture(signal, has_media, plan),
            playback: has_media.then_some(Playback { url: address }),
            next: next.map(|talk| entry(programme, talk, talk.starts_at)),
            onair,
            viewers: self.0.hub.subscribers(&crate::topics::live_topic(&conference.slug, &track.slug)),
            track: TrackName { slug: track.slug.clone(), name: track.name.clone() },
        })
    }

    /// Whether pictures of a track arrive, and whether there are any.
    fn signal(&self, programme: &Programme, track: &Track) -> (Signal, bool) {
        let Ok(name) = ChannelName::parse(&format!("{}/{}", programme.conference.slug, track.slug)) else {
            return (Signal::None, false);
        };
        let has_media = self.0.channels.snapshot(&name).is_some();
        let signal = match self.0.channels.status(&name).borrow().state {
            media_core::State::Idle => Signal::None,
            // Frames arrive before the first part can be played.
            media_core::State::Receiving if !has_media => Signal::None,
            media_core::State::Receiving => Signal::Receiving,
            media_core::State::Interrupted => Signal::Silent,
        };
        (signal, has_media)
    }
}

/// What was and is on air; changes of the mode alone are no entries.
fn entries(programme: &Programme, history: &[onair::Entry]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut before = None;
    for change in history {
        if before.replace(&change.to_talk) == Some(&change.to_talk) {
            continue;
        }
        let talk = change.to_talk.as_ref().and_then(|id| programme.talk(id));
        entries.push(match talk {
            Some(talk) => entry(programme, talk, change.at),
            None => cleared(change.at),
        });
    }
    entries
}

/// A talk as an entry; of a pause there is nothing to say but its name.
fn entry(programme: &Programme, talk: &Talk, at: Timestamp) -> Entry {
    let slug = &programme.conference.slug;
    let is_talk = !talk.is_break();
    let speakers = programme.speakers_of(&talk.id);
    let person = |speaker: &program::Speaker| Person { name: speaker.name.clone(), slug: speaker.slug.clone() };
    Entry {
        talk: is_talk.then(|| talk.id.to_string()),
        title: talk.title.clone(),
        speakers: speakers.map(person).collect(),
        at,
        ends_at: Some(talk.ends_at),
        href: is_talk.then(|| format!("/{slug}/talks/{}", talk.slug)),
    }
}

fn cleared(at: Timestamp) -> Entry {
    Entry { talk: None, title: String::new(), speakers: Vec::new(), at, ends_at: None, href: None }
}

/// The next talk of the timetable that is not on already.
fn next<'a>(programme: &'a Programme, track: &Track, now: Timestamp, on: Option<&str>) -> Option<&'a Talk> {
    let mut talks = programme.of_track(&track.id);
    talks.find(|talk| talk.starts_at > now && !talk.is_break() && on != Some(talk.id.as_str()))
}

fn plan(
    programme: &Programme,
    track: &Track,
    now: Timestamp,
    talk_is_on: bool,
    next: Option<&Talk>,
) -> Plan {
    let today = programme.day_at(now);
    Plan {
        talk_is_on,
        more: next.is_some(),
        more_today: next.is_some_and(|talk| today.is_some_and(|day| talk.starts_at <= day.ends_at)),
        had_any: programme.of_track(&track.id).any(|talk| talk.ends_at <= now),
    }
}
