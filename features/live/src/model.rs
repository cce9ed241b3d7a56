//! Rules of the live page: what the picture is, and what a chat line may be.

use kernel::text::{Lines, clean};
use kernel::{Error, Result, Timestamp, define_id, word_enum};
use onair::Item;
use serde::Serialize;
use utoipa::ToSchema;

use crate::limits;

pub mod audience;
pub mod captions;
pub mod report;

define_id!(
    /// A chat line.
    LineId, "lin"
);

word_enum! {
    /// What the picture of a track is.
    pub enum Picture {
        /// Nothing yet.
        Upcoming = "upcoming",
        /// It should have begun, and no picture is there.
        Preparing = "preparing",
        /// It is there.
        Live = "live",
        /// A slate is in its place.
        Slate = "slate",
        /// It is a break, and clips are in its place.
        Clips = "clips",
        /// It stopped, and is expected back.
        Interrupted = "interrupted",
        /// The day's programme is over.
        Ended = "ended",
        /// Nothing is planned.
        Off = "off",
    }
}

/// Whether pictures arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Nobody sends.
    None,
    /// They arrive.
    Receiving,
    /// They arrived a moment ago.
    Silent,
    /// The server plays its slate in their place.
    Slate,
    /// The server plays clips in their place.
    Clips,
}

/// Whether the timetable has another talk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coming {
    /// No.
    #[default]
    Nothing,
    /// On the same day of the programme.
    Today,
    /// Some other day.
    Later,
}

/// What a track's timetable says at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// A talk (no pause) is on air.
    pub talk_is_on: bool,
    /// What comes after it.
    pub coming: Coming,
    /// There was a talk.
    pub had_any: bool,
}

/// What the picture is. What arrives is shown, whatever the timetable says: a picture says more than a plan.
pub fn picture(signal: Signal, has_media: bool, plan: Plan) -> Picture {
    match signal {
        Signal::Receiving => Picture::Live,
        Signal::Silent => Picture::Interrupted,
        Signal::Clips => Picture::Clips,
        Signal::Slate if plan.talk_is_on || plan.coming == Coming::Today => Picture::Slate,
        Signal::Slate if plan.had_any => Picture::Ended,
        Signal::Slate => Picture::Slate,
        Signal::None if plan.talk_is_on && has_media => Picture::Interrupted,
        Signal::None if plan.talk_is_on => Picture::Preparing,
        Signal::None if plan.coming == Coming::Today => Picture::Upcoming,
        Signal::None if plan.had_any => Picture::Ended,
        Signal::None if plan.coming == Coming::Later => Picture::Upcoming,
        Signal::None => Picture::Off,
    }
}

/// A track's picture and everything that is said about it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Descriptor {
    /// What the picture is: `upcoming`, `preparing`, `live`, `slate`, `clips`, `interrupted`, `ended` or `off`.
    #[schema(value_type = String)]
    pub state: Picture,
    /// Whether the slate says by itself what comes, so that a page need not.
    pub titled: bool,
    /// Where it is.
    #[schema(required)]
    pub playback: Option<Playback>,
    /// What was and is on air, newest last. A viewer sees the item whose `at` their playhead has reached.
    pub onair: Vec<Item>,
    /// What comes next.
    #[schema(required)]
    pub next: Option<Item>,
    /// Languages that captions come in.
    pub captions: Vec<String>,
    /// How many watch.
    pub viewers: usize,
    /// The track.
    pub track: TrackName,
}

/// Where a picture is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Playback {
    /// Path or address of its multivariant playlist. Where watching needs a right, the prefix of a [`Pass`] comes before
    /// `/media/` in it.
    pub url: String,
    /// The same for the sound alone, where there are both.
    #[schema(required)]
    pub audio: Option<String>,
    /// RFC 6381 name of its sound's codec, for pages that tell who cannot hear it; of the one that everything plays, where there
    /// are two.
    #[schema(required)]
    pub sound: Option<String>,
}

/// The path of a track's multivariant playlist, without whatever a viewer needs before it.
pub fn media_path(conference: &str, track: &str) -> String {
    format!("/media/{conference}/{track}/index.m3u8")
}

/// The path of the playlist of a track's sound alone.
pub fn sound_path(conference: &str, track: &str) -> String {
    format!("/media/{conference}/{track}/sound/index.m3u8")
}

/// The right to watch a track for some minutes.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Pass {
    /// What stands before the media's addresses: `/t/…`.
    pub prefix: String,
    /// When it ends (RFC 3339). Before that, another one is to be had by the command `live.pass`.
    #[schema(value_type = String)]
    pub expires_at: Timestamp,
}

/// A descriptor, and the right to watch, which belongs to whoever asked.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Watching {
    /// The track's picture and everything that is said about it.
    #[serde(flatten)]
    pub descriptor: Descriptor,
    /// Null where anyone may watch.
    #[schema(required)]
    pub pass: Option<Pass>,
}

/// How a track is, for a viewer's page that looks for the cause of a trouble.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Health {
    /// What the picture is.
    #[schema(value_type = String)]
    pub state: Picture,
    /// Since the newest part, ms.
    #[schema(required)]
    pub media_age_ms: Option<u64>,
    /// What the encoder sends.
    pub bitrate_bps: u64,
    /// Viewers whose player reported lately.
    pub reporting: usize,
    /// How many of them have trouble.
    pub troubled: usize,
}

/// A track by its names.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TrackName {
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub name: String,
}

/// A chat line as everybody sees it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Line {
    /// Its id.
    #[schema(value_type = String)]
    pub id: LineId,
    /// When it was accepted (RFC 3339).
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// Who wrote it.
    pub author: Author,
    /// What it says: plain text.
    pub text: String,
}

/// Who wrote a line.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Author {
    /// The same for all lines of one person in one talk; tells nothing else.
    pub id: String,
    /// Name as the person writes it.
    pub name: String,
    /// `speaker`, `team` or none.
    #[schema(required)]
    pub badge: Option<String>,
}

/// What a chat line says, as somebody typed it.
pub fn parse_text(text: &str) -> Result<String> {
    let text = clean(text, Lines::One);
    match text.chars().count() {
        0 => Err(Error::invalid("text", "live-chat-says-nothing")),
        n if n > limits::CHAT_CHARS_MAX => Err(Error::invalid(
            "text",
            kernel::Message::new("live-chat-too-long").with("max", limits::CHAT_CHARS_MAX),
        )),
        _ => Ok(text),
    }
}

/// What tells a line that is sent again from another one.
pub fn parse_nonce(nonce: &str) -> Result<&str> {
    let plain = nonce
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if plain && limits::NONCE_CHARS.contains(&nonce.len()) {
        Ok(nonce)
    } else {
        Err(Error::invalid("nonce", "live-chat-nonce"))
    }
}

/// How one person's lines in one talk are recognised as theirs, without saying who they are elsewhere.
pub fn author_id(talk: &str, account: &str) -> String {
    kernel::id::digest(&format!("{talk}\n{account}"))[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_a_function_of_signal_and_plan() {
        let on = Plan {
            talk_is_on: true,
            coming: Coming::Today,
            had_any: true,
        };
        let pause = Plan {
            talk_is_on: false,
            ..on
        };
        let evening = Plan {
            coming: Coming::Later,
            ..pause
        };
        let over = Plan {
            coming: Coming::Nothing,
            ..pause
        };
        let before = Plan {
            coming: Coming::Later,
            ..Plan::default()
        };
        for (signal, has_media, plan, expected) in [
            (Signal::Receiving, true, Plan::default(), Picture::Live),
            (Signal::Silent, true, on, Picture::Interrupted),
            (Signal::Slate, true, on, Picture::Slate),
            (Signal::Slate, true, pause, Picture::Slate),
            (Signal::Clips, true, pause, Picture::Clips),
            (Signal::Clips, true, over, Picture::Clips),
            (Signal::Slate, true, over, Picture::Ended),
            (Signal::Slate, true, Plan::default(), Picture::Slate),
            (Signal::None, true, on, Picture::Interrupted),
            (Signal::None, false, on, Picture::Preparing),
            (Signal::None, true, pause, Picture::Upcoming),
            (Signal::None, true, evening, Picture::Ended),
            (Signal::None, false, over, Picture::Ended),
            (Signal::None, false, before, Picture::Upcoming),
            (Signal::None, false, Plan::default(), Picture::Off),
        ] {
            assert_eq!(
                picture(signal, has_media, plan),
                expected,
                "{signal:?} {plan:?}"
            );
        }
    }

    #[test]
    fn a_line_says_something_in_at_most_five_hundred_characters() {
        assert_eq!(
            parse_text(" こんにちは\u{7}\n ").ok().as_deref(),
            Some("こんにちは")
        );
        assert!(parse_text(" \n\t ").is_err());
        assert!(parse_text(&"祭".repeat(500)).is_ok() && parse_text(&"祭".repeat(501)).is_err());
        assert!(parse_nonce("5f0c-4e_A").is_ok());
        for bad in ["", "short", "with space!", &"x".repeat(65)] {
            assert!(parse_nonce(bad).is_err(), "{bad}");
        }
    }
}
