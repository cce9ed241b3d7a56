//! Words and rules of slates and clips.

use kernel::text::{Lines, clean};
use kernel::value::{Column, Kind, Param, Value};
use kernel::{Error, Result, Timestamp, define_id, word_enum};
use media_film::{Facts, Refusal};
use program::{Programme, Track, TrackId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::limits;

define_id!(
    /// A slate or a clip.
    SlateId, "slt"
);

word_enum! {
    /// What a film is for.
    pub enum Purpose {
        /// Shown while nobody sends.
        Slate = "slate",
        /// Shown in breaks, one after the other.
        Clip = "clip",
    }
}

word_enum! {
    /// How far a film has come.
    pub enum Stage {
        /// It waits for its check.
        Waiting = "waiting",
        /// It is being checked, and converted where that can be done.
        Working = "working",
        /// It can be played.
        Ready = "ready",
        /// It cannot be played.
        Refused = "refused",
    }
}

/// The tracks that a film is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Onto {
    /// All, also those that come later.
    #[default]
    All,
    /// These.
    Some(Vec<TrackId>),
}

impl Onto {
    /// Whether it is for a track.
    pub(crate) fn includes(&self, track: &TrackId) -> bool {
        match self {
            Self::All => true,
            Self::Some(tracks) => tracks.contains(track),
        }
    }

    /// As it is kept: `*` for all.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::Some(tracks) => {
                let ids: Vec<&str> = tracks.iter().map(TrackId::as_str).collect();
                ids.join(" ")
            }
        }
    }

    /// The tracks of these names in addresses; all where none is named.
    pub(crate) fn parse<'a>(
        programme: &Programme,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self> {
        let named = |name: &str| {
            let track = programme.track_named(name);
            let track = track.ok_or_else(|| Error::invalid("tracks", "studio-slate-bad-track"));
            track.map(|track| track.id.clone())
        };
        let tracks: Vec<TrackId> = names.into_iter().map(named).collect::<Result<_>>()?;
        Ok(if tracks.is_empty() {
            Self::All
        } else {
            Self::Some(tracks)
        })
    }

    /// Their names in addresses; none where it is for all.
    pub(crate) fn names(&self, programme: &Programme) -> Vec<String> {
        let Self::Some(tracks) = self else {
            return Vec::new();
        };
        let known = programme.tracks.iter();
        known
            .filter(|track| tracks.contains(&track.id))
            .map(|track| track.slug.clone())
            .collect()
    }
}

impl Param for Onto {
    const KIND: Kind = Kind::Text;
    fn to_value(&self) -> Value {
        Value::Text(Some(self.to_text()))
    }
}

impl Column for Onto {
    fn from_value(value: Value) -> Option<Self> {
        let Value::Text(Some(text)) = value else {
            return None;
        };
        if text == "*" {
            return Some(Self::All);
        }
        let tracks = text.split_whitespace().map(TrackId::parse);
        tracks.collect::<Result<_, _>>().ok().map(Self::Some)
    }
}

/// A slate or clip as people and programs see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Slate {
    /// Its id.
    #[schema(value_type = String)]
    pub id: SlateId,
    /// What it is for: `slate` or `clip`.
    #[schema(value_type = String)]
    pub purpose: Purpose,
    /// What the crew calls it.
    pub name: String,
    /// Whether it is played.
    pub enabled: bool,
    /// Whether it is for all tracks, also those that come later.
    pub all_tracks: bool,
    /// Names in addresses of the tracks that it is for, where it is not for all.
    pub tracks: Vec<String>,
    /// How far it has come: `waiting`, `working`, `ready` or `refused`.
    #[schema(value_type = String)]
    pub stage: Stage,
    /// How much of the work on it is done, in percent.
    pub done: u8,
    /// Why it cannot be played: a word for programs.
    #[schema(required, value_type = Option<Object>)]
    pub refusal: Option<Refusal>,
    /// What was found in it.
    #[schema(required, value_type = Option<Object>)]
    pub facts: Option<Facts>,
    /// What it takes of the memory while it is played.
    pub bytes: i64,
    /// Changes with every change; a change names the one that it is based on.
    pub version: i64,
    /// When it was brought (RFC 3339).
    #[schema(value_type = String)]
    pub uploaded_at: Timestamp,
    /// By whom.
    pub uploaded_by: String,
}

/// A name as somebody wrote it.
pub(crate) fn parse_name(text: &str) -> Result<String> {
    let name = clean(text, Lines::One);
    match name.chars().count() {
        0 => Err(Error::invalid("name", "studio-slate-nameless")),
        1..=limits::SLATE_NAME_CHARS_MAX => Ok(name),
        _ => Err(Error::invalid("name", "studio-slate-name-too-long")),
    }
}

/// What a film is for, as a form names it.
pub(crate) fn parse_purpose(word: &str) -> Result<Purpose> {
    Purpose::parse(word).ok_or_else(|| Error::invalid("purpose", "studio-slate-bad-purpose"))
}

/// A name for a file that was sent without one: that of the file, without its ending.
pub(crate) fn name_of_file(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    clean(stem, Lines::One)
        .chars()
        .take(limits::SLATE_NAME_CHARS_MAX)
        .collect()
}

/// Whether it is a break on a track: the timetable has a pause there, or over all tracks, and no talk is on air.
pub(crate) fn is_break(
    programme: &Programme,
    track: &Track,
    talk_is_on: bool,
    now: Timestamp,
) -> bool {
    let mut pauses = programme.talks.iter().filter(|talk| talk.is_break());
    let is_here = |talk: &program::Talk| talk.track.as_ref().is_none_or(|id| *id == track.id);
    !talk_is_on && pauses.any(|talk| is_here(talk) && talk.is_on(now))
}

/// Minutes until a talk as a slate tells them: exact near the end, in steps of five before, and none when it is far.
pub(crate) fn countdown(now: Timestamp, at: Timestamp) -> Option<i64> {
    let seconds = at.duration_since(now).as_secs();
    let minutes = seconds.div_euclid(60) + i64::from(seconds.rem_euclid(60) > 0);
    match minutes {
        1..=10 => Some(minutes),
        11..=60 => Some((minutes + 4) / 5 * 5),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracks_are_kept_as_they_were_written() {
        let track = TrackId::fresh();
        for onto in [
            Onto::All,
            Onto::Some(Vec::new()),
            Onto::Some(vec![track.clone(), TrackId::fresh()]),
        ] {
            assert_eq!(Onto::from_value(onto.to_value()), Some(onto));
        }
        assert!(Onto::All.includes(&track) && !Onto::Some(Vec::new()).includes(&track));
        assert_eq!(Onto::from_value(Value::Text(Some("a b".into()))), None);
    }

    #[test]
    fn a_countdown_is_exact_when_it_matters() {
        let now: Timestamp = "2026-11-22T01:00:00Z".parse().unwrap();
        let at = |seconds| now + std::time::Duration::from_secs(seconds);
        assert_eq!(countdown(at(5), now), None);
        let told = [0, 1, 60, 61, 600, 601, 1_500, 1_501, 3_600, 3_601]
            .map(|seconds| countdown(now, at(seconds)));
        let expected = [
            None,
            Some(1),
            Some(1),
            Some(2),
            Some(10),
            Some(15),
            Some(25),
            Some(30),
            Some(60),
            None,
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_film_without_a_name_is_called_like_its_file() {
        assert_eq!(name_of_file("C:\\films\\スポンサーA.mp4"), "スポンサーA");
        assert_eq!(name_of_file("a.b.mov"), "a.b");
        assert!(parse_name(" \n").is_err() && parse_name(&"x".repeat(101)).is_err());
    }
}
