//! What really runs on the tracks, as far as it is not what the timetable has.
//!
//! The timetable is the clock and people override it: who does is not known here, so it is told. What was told counts
//! while the live page is open to everybody; before and after nothing is on air but what the timetable says.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::Timestamp;

use crate::model::{TalkId, TrackId};
use crate::programme::Programme;
use crate::store::Talk;

/// Who decides what runs on a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Air {
    /// The timetable.
    Timetable,
    /// People, who put this talk there, or nothing.
    Put(Option<TalkId>),
}

/// What was told about the tracks of a conference.
#[derive(Clone, Debug, Default)]
pub(crate) struct OnAir {
    /// Counts what was told, since pages that are kept say it.
    pub(crate) count: u64,
    tracks: HashMap<TrackId, (i64, Air)>,
}

impl OnAir {
    /// The same with what is told about a track as of a version of it; none where that is no news.
    pub(crate) fn told(&self, track: &TrackId, version: i64, air: &Air) -> Option<Self> {
        let known = self.tracks.get(track);
        if known.is_some_and(|(known, _)| *known >= version) {
            return None;
        }
        let is_news = known.map_or(&Air::Timetable, |(_, air)| air) != air;
        let mut next = self.clone();
        next.tracks.insert(track.clone(), (version, air.clone()));
        next.count += u64::from(is_news);
        Some(next)
    }
}

/// What people put on a track: a talk, or nothing.
type Put<'a> = Option<&'a Talk>;

/// What runs at an instant, as a page shows it.
pub(crate) struct Running<'a> {
    programme: &'a Programme,
    on_air: Option<Arc<OnAir>>,
    now: Timestamp,
}

impl<'a> Running<'a> {
    pub(crate) fn at(programme: &'a Programme, on_air: Arc<OnAir>, now: Timestamp) -> Self {
        Self {
            programme,
            on_air: programme.is_live_at(now).then_some(on_air),
            now,
        }
    }

    /// What people put on a track; none where the timetable decides.
    fn put(&self, track: &TrackId) -> Option<Put<'a>> {
        let (_, air) = self.on_air.as_ref()?.tracks.get(track)?;
        match air {
            Air::Timetable => None,
            Air::Put(talk) => Some(talk.as_ref().and_then(|id| self.programme.talk(id))),
        }
    }

    /// What runs on a track.
    pub(crate) fn on(&self, track: &'a TrackId) -> Option<&'a Talk> {
        let put = self.put(track);
        put.unwrap_or_else(|| self.programme.on_at(track, self.now))
    }

    /// What the timetable has next on a track, and is not running already.
    pub(crate) fn next(&self, track: &'a TrackId) -> Option<&'a Talk> {
        let on = self.on(track).map(|talk| &talk.id);
        let mut talks = self.programme.of_track(track);
        talks.find(|talk| talk.starts_at > self.now && Some(&talk.id) != on)
    }

    /// Whether a talk runs, wherever that is.
    pub(crate) fn runs(&self, talk: &Talk) -> bool {
        let is_put = |track: &crate::store::Track| {
            self.put(&track.id)
                .is_some_and(|put| put.is_some_and(|own| own.id == talk.id))
        };
        if talk.happens() && self.programme.tracks.iter().any(is_put) {
            return true;
        }
        let decided = talk.track.as_ref().and_then(|track| self.put(track));
        decided.is_none() && talk.happens() && talk.is_on(self.now)
    }

    /// The track on which a talk runs: its own, where people did not put it on another one.
    pub(crate) fn track_of(&self, talk: &'a Talk) -> Option<&'a TrackId> {
        let tracks = self.programme.tracks.iter().map(|track| &track.id);
        let mut put = tracks.filter(|track| {
            self.put(track)
                .is_some_and(|put| put.is_some_and(|own| own.id == talk.id))
        });
        put.next().or(talk.track.as_ref())
    }

    /// Whether it is a talk's time while people have something else on its track; what that is, where it is anything.
    pub(crate) fn instead_of(&self, talk: &'a Talk) -> Option<Put<'a>> {
        if !talk.is_on(self.now) || !talk.happens() || self.runs(talk) {
            return None;
        }
        self.put(talk.track.as_ref()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_late_changes_nothing_and_what_is_told_again_is_no_news() {
        let (track, talk) = (TrackId::fresh(), TalkId::fresh());
        let put = Air::Put(Some(talk));
        let first = OnAir::default();
        let same = first.told(&track, 1, &Air::Timetable).expect("heard");
        assert_eq!(same.count, 0, "the timetable decides where nothing is told");
        let other = same.told(&track, 2, &put).expect("heard");
        assert_eq!(other.count, 1);
        assert!(other.told(&track, 2, &Air::Timetable).is_none());
        assert!(other.told(&track, 1, &Air::Timetable).is_none());
        assert_eq!(other.told(&track, 3, &put).expect("heard").count, 1);
    }
}
