//! One conference's programme as it is read by everybody: whole, in memory, never changed in place.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kernel::Timestamp;

use crate::model::hand::TalkState;
use crate::model::{CategoryId, DayId, Feature, Part, RoomId, SpeakerId, TalkId, TrackId};
use crate::store::slides::Slides;
use crate::store::{Category, Conference, Day, Loaded, Room, Speaker, Talk, Term, Track};

/// A conference with everything on its timetable, as of one version.
#[derive(Debug)]
pub struct Programme {
    /// The conference.
    pub conference: Conference,
    /// Its days in order.
    pub days: Vec<Day>,
    /// Its rooms in order.
    pub rooms: Vec<Room>,
    /// Its tracks in order.
    pub tracks: Vec<Track>,
    /// Its categories in order.
    pub categories: Vec<Category>,
    /// Those who speak in at least one talk, by name.
    pub speakers: Vec<Speaker>,
    /// Its talks by time, then track.
    pub talks: Vec<Talk>,
    /// Words that talks may carry, by list and place.
    pub terms: Vec<Term>,
    credits: HashMap<TalkId, Vec<usize>>,
    slides: Vec<Slides>,
    talk_by_id: HashMap<TalkId, usize>,
    talk_by_slug: HashMap<String, usize>,
    /// Every instant at which a talk begins or ends.
    turns: Vec<Timestamp>,
    /// The same for people outside the team, where that is not all of it.
    outside: Option<Arc<Self>>,
}

impl Programme {
    /// As it is read: without what is hidden.
    pub(crate) fn of(mut loaded: Loaded) -> Self {
        loaded.talks.retain(|talk| talk.state != TalkState::Hidden);
        Self::of_all(loaded)
    }

    /// With what is hidden; without what is gone or in the bin.
    pub(crate) fn of_all(loaded: Loaded) -> Self {
        let outside = loaded
            .hides_any()
            .then(|| Arc::new(Self::of(loaded.for_outsiders())));
        let Loaded {
            conference,
            days,
            mut rooms,
            mut tracks,
            categories,
            mut speakers,
            mut talks,
            credits,
            terms,
            mut slides,
        } = loaded;
        rooms.retain(|room| room.removed_at.is_none());
        tracks.retain(|track| track.removed_at.is_none());
        talks.retain(|talk| talk.removed_at.is_none() && talk.binned_at.is_none());
        speakers.retain(|speaker| speaker.binned_at.is_none());
        slides.retain(|slides| slides.binned_at.is_none());
        let place: HashMap<&TrackId, i64> = tracks
            .iter()
            .map(|track| (&track.id, track.position))
            .collect();
        let place_of = |talk: &Talk| {
            talk.track
                .as_ref()
                .and_then(|id| place.get(id))
                .copied()
                .unwrap_or(i64::MAX)
        };
        talks.sort_by_key(|talk| (talk.starts_at, place_of(talk), talk.position));
        let talk_by_id: HashMap<TalkId, usize> = talks
            .iter()
            .enumerate()
            .map(|(index, talk)| (talk.id.clone(), index))
            .collect();
        let talk_by_slug = talks
            .iter()
            .enumerate()
            .map(|(index, talk)| (talk.slug.clone(), index))
            .collect();
        let speaking: HashSet<&SpeakerId> = credits
            .iter()
            .filter(|credit| talk_by_id.contains_key(&credit.talk))
            .map(|credit| &credit.speaker)
            .collect();
        speakers.retain(|speaker| speaking.contains(&speaker.id));
        speakers.sort_by_cached_key(|speaker| speaker.name.to_lowercase());
        let speaker_at: HashMap<&SpeakerId, usize> = speakers
            .iter()
            .enumerate()
            .map(|(index, speaker)| (&speaker.id, index))
            .collect();
        let mut spoken: HashMap<TalkId, Vec<usize>> = HashMap::new();
        for credit in credits {
            if let Some(index) = speaker_at.get(&credit.speaker) {
                spoken.entry(credit.talk).or_default().push(*index);
            }
        }
        let mut turns: Vec<Timestamp> = talks
            .iter()
            .filter(|talk| talk.happens())
            .flat_map(|talk| [talk.starts_at, talk.ends_at])
            .collect();
        turns.sort_unstable();
        turns.dedup();
        Self {
            conference,
            days,
            rooms,
            tracks,
            categories,
            speakers,
            talks,
            terms,
            credits: spoken,
            slides,
            talk_by_id,
            talk_by_slug,
            turns,
            outside,
        }
    }

    /// What people outside of the team may see of it.
    pub fn for_outsiders(self: &Arc<Self>) -> Arc<Self> {
        self.outside.as_ref().unwrap_or(self).clone()
    }

    /// What somebody may see of it: days for the team alone are in what the team sees.
    pub fn seen_by(self: &Arc<Self>, scope: &identity::Scope) -> Arc<Self> {
        if scope.is_team() {
            self.clone()
        } else {
            self.for_outsiders()
        }
    }

    /// The same, for what is told to everybody at once.
    pub fn outside(&self) -> &Self {
        self.outside.as_deref().unwrap_or(self)
    }

    /// Whether it holds more than people outside of the team may see. What is rendered from it is another thing then.
    pub fn is_whole(&self) -> bool {
        self.outside.is_some()
    }

    /// The name of something rendered from it, so that what the team sees is never shown to others.
    pub(crate) fn aspect(&self, what: &str) -> String {
        if self.is_whole() {
            format!("team {what}")
        } else {
            what.to_owned()
        }
    }

    /// Whether a talk is for the team alone.
    pub fn hides(&self, talk: &TalkId) -> bool {
        self.talk(talk).is_some() && self.outside().talk(talk).is_none()
    }

    /// Whether the live page and its chats are open to people outside of the team: while the conference is live, and
    /// not during a day that is for the team alone.
    pub fn is_live_at(&self, at: Timestamp) -> bool {
        let is_on = |day: &Day| day.starts_at <= at && at <= day.ends_at;
        let rehearsing = self.days.iter().any(|day| day.internal && is_on(day))
            && !self.days.iter().any(|day| !day.internal && is_on(day));
        let offered = self.conference.settings().offers(Feature::Live);
        self.conference.effects().live && offered && !rehearsing
    }

    /// The words of a list, in order.
    pub fn terms(&self, part: Part) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(move |term| term.kind == part)
    }

    /// What a reader reads for a word that a talk carries, where the conference has one for it.
    pub fn term_name(&self, part: Part, word: &str, locale: web::Locale) -> Option<String> {
        let mut terms = self.terms(part);
        let term = terms.find(|term| term.word.eq_ignore_ascii_case(word.trim()))?;
        Some(term.name_in(locale))
    }

    /// A talk by its id.
    pub fn talk(&self, id: &TalkId) -> Option<&Talk> {
        self.talks.get(*self.talk_by_id.get(id)?)
    }

    /// A talk by its name in addresses, or by its id.
    pub fn talk_named(&self, name: &str) -> Option<&Talk> {
        match self.talk_by_slug.get(name) {
            Some(index) => self.talks.get(*index),
            None => TalkId::parse(name).ok().and_then(|id| self.talk(&id)),
        }
    }

    /// Who speaks in a talk, in order.
    pub fn speakers_of(&self, talk: &TalkId) -> impl Iterator<Item = &Speaker> {
        self.credits
            .get(talk)
            .into_iter()
            .flatten()
            .filter_map(|index| self.speakers.get(*index))
    }

    /// The files of slides of a talk, in the order in which they came.
    pub fn slides_of(&self, talk: &TalkId) -> impl Iterator<Item = &Slides> {
        self.slides.iter().filter(move |own| own.talk == *talk)
    }

    /// The talks of somebody, in order.
    pub fn talks_of<'a>(&'a self, speaker: &'a SpeakerId) -> impl Iterator<Item = &'a Talk> {
        self.talks
            .iter()
            .filter(|talk| self.speakers_of(&talk.id).any(|own| own.id == *speaker))
    }

    /// Somebody by their name in addresses, or by their id.
    pub fn speaker_named(&self, name: &str) -> Option<&Speaker> {
        self.speakers
            .iter()
            .find(|speaker| speaker.slug == name || speaker.id.as_str() == name)
    }

    /// A track by its id.
    pub fn track(&self, id: &TrackId) -> Option<&Track> {
        self.tracks.iter().find(|track| track.id == *id)
    }

    /// A track by its name in addresses.
    pub fn track_named(&self, slug: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| track.slug == slug)
    }

    /// A room by its id.
    pub fn room(&self, id: &RoomId) -> Option<&Room> {
        self.rooms.iter().find(|room| room.id == *id)
    }

    /// A category by its id.
    pub fn category(&self, id: &CategoryId) -> Option<&Category> {
        self.categories.iter().find(|category| category.id == *id)
    }

    /// A day by its id.
    pub fn day(&self, id: &DayId) -> Option<&Day> {
        self.days.iter().find(|day| day.id == *id)
    }

    /// What the timetable has on a track at an instant. Pauses count: nothing else is on then.
    pub fn on_at<'a>(&'a self, track: &'a TrackId, at: Timestamp) -> Option<&'a Talk> {
        // Of two that overlap the later one is meant: the earlier one runs over.
        self.of_track(track)
            .take_while(|talk| talk.starts_at <= at)
            .filter(|talk| talk.is_on(at))
            .last()
    }

    /// What the timetable has next on a track after an instant.
    pub fn next_after<'a>(&'a self, track: &'a TrackId, at: Timestamp) -> Option<&'a Talk> {
        self.of_track(track).find(|talk| talk.starts_at > at)
    }

    /// The talks of a track that happen, in order.
    pub fn of_track<'a>(&'a self, track: &'a TrackId) -> impl Iterator<Item = &'a Talk> {
        self.talks
            .iter()
            .filter(move |talk| talk.happens() && talk.track.as_ref() == Some(track))
    }

    /// When something on the timetable begins or ends next, on any track.
    pub fn next_turn(&self, after: Timestamp) -> Option<Timestamp> {
        self.turns.get(self.phase(after)).copied()
    }

    /// How many beginnings and ends lie behind an instant. Between two of them nothing on a page changes.
    pub fn phase(&self, at: Timestamp) -> usize {
        self.turns.partition_point(|turn| *turn <= at)
    }

    /// The day an instant belongs to, else the next day to come, else the last one.
    pub fn day_at(&self, at: Timestamp) -> Option<&Day> {
        self.days
            .iter()
            .find(|day| at <= day.ends_at)
            .or(self.days.last())
    }

    /// The programme as a schedule file has it; talks that name no page of their own get theirs on this site.
    pub fn schedule(&self, public_url: &str) -> crate::schedule::Schedule {
        let slug = &self.conference.slug;
        crate::exchange::schedule(self, &|talk| {
            crate::actions::talk_url(public_url, slug, &talk.slug)
        })
    }

    /// An instant of the conference, for what depends on the season and not on the moment, such as a zone's offset.
    pub(crate) fn reference(&self) -> Timestamp {
        let day = self.days.first().map(|day| day.starts_at);
        day.unwrap_or(self.conference.created_at)
    }

    /// First and last date.
    pub fn dates(&self) -> Option<(jiff::civil::Date, jiff::civil::Date)> {
        let dates = || self.days.iter().map(Day::date);
        Some((dates().min()?, dates().max()?))
    }
}
