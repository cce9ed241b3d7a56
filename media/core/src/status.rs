//! What is known about a channel without looking at its media.

use kernel::Timestamp;
use serde::Serialize;

use crate::health::Report;
use crate::seat::On;
use crate::selector::{Cause, Order};

/// Who sends to a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// How it arrives: `rtmp`.
    pub protocol: &'static str,
    /// The address it comes from.
    pub peer: String,
    /// What the encoder calls itself, for people to read; never a key.
    pub label: String,
}

/// Whether media arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody sends, and nobody did for a while.
    #[default]
    Idle,
    /// Frames arrive.
    Receiving,
    /// Frames arrived a moment ago; the source is silent or gone.
    Interrupted,
}

/// One of a channel's inputs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputStatus {
    /// Whether media arrives there, on air or not.
    pub state: State,
    /// Since when it does, or does not.
    pub since: Timestamp,
    /// Who sends, or sent last.
    pub source: Option<Source>,
    /// Received over the last seconds, both streams.
    pub bitrate_bps: u64,
    /// Pictures per second; 0 without pictures or before it is known.
    pub fps: f64,
    /// Width of the picture; 0 without pictures.
    pub width: u32,
    /// Height of the picture; 0 without pictures.
    pub height: u32,
    /// RFC 6381 name of the picture's codec.
    pub video_codec: Option<String>,
    /// RFC 6381 name of the sound's codec.
    pub audio_codec: Option<String>,
    /// Sound's samples per second; 0 without sound.
    pub sample_rate: u32,
    /// Sound's channels; 0 without sound.
    pub channels: u16,
    /// How well it does.
    pub health: Report,
}

/// How a source is coded: what is to take its place without a visible step is coded alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Shape {
    /// Width of the picture.
    pub width: u32,
    /// Height of the picture.
    pub height: u32,
    /// Thousandths of pictures per second.
    pub milli_fps: u64,
    /// H.264: `profile_idc`.
    pub profile: u8,
    /// H.264: `level_idc`.
    pub level: u8,
    /// How the sound is coded; none where there is none.
    pub sound: Option<SoundShape>,
}

/// How sound is coded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct SoundShape {
    /// Whether it is Opus; else it is AAC.
    pub is_opus: bool,
    /// Samples per second.
    pub rate: u32,
    /// Channels.
    pub channels: u16,
}

/// The state of a channel as people watch it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// Whether viewers get media.
    pub state: State,
    /// Since when they do, or do not.
    pub since: Timestamp,
    /// Where it comes from.
    pub on: On,
    /// Since when it comes from there.
    pub on_since: Timestamp,
    /// Why it does.
    pub cause: Cause,
    /// Who decides.
    pub order: Order,
    /// Both inputs, by [`crate::Seat::index`].
    pub inputs: [InputStatus; 2],
    /// Received over the last seconds, both streams.
    pub bitrate_bps: u64,
    /// Pictures per second; 0 without pictures or before it is known.
    pub fps: f64,
    /// Width of the picture; 0 without pictures.
    pub width: u32,
    /// Height of the picture; 0 without pictures.
    pub height: u32,
    /// RFC 6381 name of the picture's codec.
    pub video_codec: Option<String>,
    /// RFC 6381 name of the sound's codec.
    pub audio_codec: Option<String>,
    /// Sound's samples per second; 0 without sound.
    pub sample_rate: u32,
    /// Seconds between the last two key frames; above 4 viewers join slowly.
    pub key_interval_s: f64,
    /// Who sends, or sent last.
    pub source: Option<Source>,
    /// How the input is coded that viewers got last.
    pub shape: Option<Shape>,
    /// The name of what the channel plays by itself, if it does and that has one.
    pub playing: Option<String>,
    /// Whether what it plays by itself says what comes.
    pub titled: bool,
    /// When the newest part was published.
    pub last_part_at: Option<Timestamp>,
}

impl Status {
    /// Of a channel to which nobody has sent.
    pub fn idle(since: Timestamp) -> Self {
        Self {
            state: State::Idle,
            since,
            on: On::Nothing,
            on_since: since,
            cause: Cause::Over,
            order: Order::Auto,
            inputs: [InputStatus::idle(since), InputStatus::idle(since)],
            bitrate_bps: 0,
            fps: 0.0,
            width: 0,
            height: 0,
            video_codec: None,
            audio_codec: None,
            sample_rate: 0,
            key_interval_s: 0.0,
            source: None,
            shape: None,
            playing: None,
            titled: false,
            last_part_at: None,
        }
    }
}

impl InputStatus {
    pub(crate) fn idle(since: Timestamp) -> Self {
        Self {
            state: State::Idle,
            since,
            source: None,
            bitrate_bps: 0,
            fps: 0.0,
            width: 0,
            height: 0,
            video_codec: None,
            audio_codec: None,
            sample_rate: 0,
            channels: 0,
            health: Report::default(),
        }
    }
}

impl Source {
    /// The same with texts of bounded length.
    pub(crate) fn bounded(mut self) -> Self {
        for text in [&mut self.peer, &mut self.label] {
            if let Some((end, _)) = text
                .char_indices()
                .nth(crate::limits::SOURCE_TEXT_CHARS_MAX)
            {
                text.truncate(end);
            }
        }
        self
    }
}
