//! Where and when a talk may stand: rules that the form, the API and later the editor share.
//!
//! Two talks never share a room or a track at the same time. Somebody may speak in two places at once, and a talk may lie
//! outside of its day, but only when whoever plans it says that it is meant.

use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use kernel::{Message, Timestamp};

use crate::model::{RoomId, SpeakerId, TalkId, TrackId};

/// When something begins that stands at a clock time on a day from and to these instants: what is earlier than the day's
/// beginning belongs to its night. `None` for a time that the clocks skip.
pub fn begins(
    date: Date,
    (from, to): (Timestamp, Timestamp),
    time: Time,
    zone: &TimeZone,
) -> Option<Timestamp> {
    let at = |date: Date| {
        let ambiguous = zone.to_ambiguous_zoned(date.to_datetime(time));
        let is_gap = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
        let zoned = ambiguous.compatible().ok().filter(|_| !is_gap)?;
        Some(zoned.timestamp())
    };
    let first = at(date)?;
    let night = date.tomorrow().ok().and_then(at);
    let night = night.filter(|night| first < from && *night <= to);
    Some(night.unwrap_or(first))
}

/// A talk in time and space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The talk; none for one that is being made.
    pub talk: Option<TalkId>,
    /// Its title, for sentences.
    pub title: String,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Its room.
    pub room: Option<RoomId>,
    /// Its track.
    pub track: Option<TrackId>,
    /// Who speaks: id and name.
    pub speakers: Vec<(SpeakerId, String)>,
}

/// Why a talk may not stand where it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clash {
    /// Another talk is in the room.
    Room {
        /// Its title.
        title: String,
    },
    /// Another talk is on the track.
    Track {
        /// Its title.
        title: String,
    },
    /// Somebody speaks elsewhere.
    Speaker {
        /// Who.
        name: String,
        /// In which talk, by id.
        talk: String,
        /// In which talk, by title.
        title: String,
    },
    /// It begins before its day or ends after it.
    OutsideDay,
}

impl Clash {
    /// The word by which somebody says that it is meant; none where it cannot be.
    pub fn consent(&self) -> Option<String> {
        match self {
            Self::Room { .. } | Self::Track { .. } => None,
            Self::Speaker { talk, .. } => Some(format!("speaker:{talk}")),
            Self::OutsideDay => Some("day".to_owned()),
        }
    }

    /// Whether it stands in the way after somebody has said what they mean: `speaker` alone means every speaker.
    pub fn stands(&self, consents: &[String]) -> bool {
        self.consent().is_none_or(|own| {
            let kind = own.split(':').next().unwrap_or_default();
            !consents.iter().any(|said| *said == own || said == kind)
        })
    }

    /// The field that it is about.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Room { .. } => "room",
            Self::Track { .. } => "track",
            Self::Speaker { .. } => "speaker",
            Self::OutsideDay => "starts",
        }
    }

    /// The sentence about it.
    pub fn message(&self) -> Message {
        match self {
            Self::Room { title } => Message::new("program-clash-room").with("title", title),
            Self::Track { title } => Message::new("program-clash-track").with("title", title),
            Self::Speaker { name, title, .. } => Message::new("program-clash-speaker")
                .with("name", name)
                .with("title", title),
            Self::OutsideDay => Message::new("program-clash-day"),
        }
    }
}

/// Everything that speaks against `wanted` beside `others`, in a day from and to these instants.
pub fn clashes<'a>(
    wanted: &Slot,
    others: impl IntoIterator<Item = &'a Slot>,
    day: Option<(Timestamp, Timestamp)>,
) -> Vec<Clash> {
    let mut clashes = Vec::new();
    if day.is_some_and(|(from, to)| wanted.starts_at < from || wanted.ends_at > to) {
        clashes.push(Clash::OutsideDay);
    }
    let besides = |other: &&Slot| other.talk.is_none() || other.talk != wanted.talk;
    for other in others.into_iter().filter(besides) {
        let together = wanted.starts_at < other.ends_at && other.starts_at < wanted.ends_at;
        if !together {
            continue;
        }
        let title = || other.title.clone();
        if wanted.track.is_some() && wanted.track == other.track {
            clashes.push(Clash::Track { title: title() });
        } else if wanted.room.is_some() && wanted.room == other.room {
            // A track has one room, so that the same talk would be named twice.
            clashes.push(Clash::Room { title: title() });
        }
        let both = wanted
            .speakers
            .iter()
            .filter(|(id, _)| other.speakers.iter().any(|(own, _)| own == id));
        clashes.extend(both.map(|(_, name)| {
            Clash::Speaker {
                name: name.clone(),
                talk: other
                    .talk
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                title: title(),
            }
        }));
    }
    clashes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slot(n: usize, from: i64, minutes: i64, room: u8, track: u8, speaker: u8) -> Slot {
        let at =
            |minute: i64| kernel::clock::from_micros(1_795_309_200_000_000 + minute * 60_000_000);
        let place = |prefix: &str, n: u8| (n > 0).then(|| format!("{prefix}_{n}"));
        Slot {
            talk: Some(TalkId::stored(format!("tlk_{n}"))),
            title: format!("Talk {n}"),
            starts_at: at(from),
            ends_at: at(from + minutes),
            room: place("rom", room).map(RoomId::stored),
            track: place("trk", track).map(TrackId::stored),
            speakers: place("spk", speaker)
                .map(|id| (SpeakerId::stored(id), "Aiko".to_owned()))
                .into_iter()
                .collect(),
        }
    }

    fn kinds(clashes: &[Clash]) -> Vec<&'static str> {
        clashes.iter().map(Clash::field).collect()
    }

    #[test]
    fn neighbours_do_not_clash_and_a_talk_never_clashes_with_itself() {
        let wanted = slot(1, 60, 30, 1, 1, 1);
        let others = [
            slot(2, 30, 30, 1, 1, 1),
            slot(3, 90, 30, 1, 1, 1),
            wanted.clone(),
        ];
        assert_eq!(clashes(&wanted, &others, None), []);
        assert_eq!(
            kinds(&clashes(&wanted, &[slot(2, 89, 5, 1, 2, 0)], None)),
            ["room"]
        );
        assert_eq!(
            kinds(&clashes(&wanted, &[slot(2, 30, 31, 1, 1, 1)], None)),
            ["track", "speaker"]
        );
        assert_eq!(clashes(&wanted, &[slot(2, 60, 30, 0, 0, 0)], None), []);
    }

    #[test]
    fn what_people_may_want_is_settled_by_their_word_and_nothing_else_is() {
        let wanted = slot(1, 60, 30, 1, 1, 1);
        let day = Some((wanted.starts_at, wanted.starts_at));
        let found = clashes(
            &wanted,
            &[slot(2, 60, 30, 1, 2, 1), slot(3, 60, 30, 2, 3, 1)],
            day,
        );
        assert_eq!(kinds(&found), ["starts", "room", "speaker", "speaker"]);
        let left = |said: &[&str]| {
            let said: Vec<String> = said.iter().map(|word| (*word).to_owned()).collect();
            found.iter().filter(|clash| clash.stands(&said)).count()
        };
        assert_eq!(left(&[]), 4);
        assert_eq!(left(&["day", "speaker:tlk_2"]), 2, "only what was meant");
        assert_eq!(left(&["day", "speaker", "room", "room:tlk_2"]), 1);
    }

    proptest! {
        #[test]
        fn two_talks_clash_exactly_when_they_share_a_minute_and_a_place(
            a in (0_i64..60, 1_i64..40, 0_u8..3, 0_u8..3, 0_u8..3), b in (0_i64..60, 1_i64..40, 0_u8..3, 0_u8..3, 0_u8..3),
        ) {
            let one = slot(1, a.0, a.1, a.2, a.3, a.4);
            let two = slot(2, b.0, b.1, b.2, b.3, b.4);
            let minute = (a.0..a.0 + a.1).any(|minute| (b.0..b.0 + b.1).contains(&minute));
            let shared = |x: u8, y: u8| x > 0 && x == y;
            let expected = minute && (shared(a.2, b.2) || shared(a.3, b.3) || shared(a.4, b.4));
            let found = clashes(&one, std::slice::from_ref(&two), None);
            prop_assert_eq!(!found.is_empty(), expected, "{:?}", found);
            // Whoever is in the way of whom: it is mutual.
            prop_assert_eq!(kinds(&found), kinds(&clashes(&two, &[one], None)));
        }
    }
}
