//! Words of the studio.

use kernel::{Timestamp, define_id, word_enum};
use onair::{Item, Mode};
use serde::Serialize;
use utoipa::ToSchema;

define_id!(
    /// A stream key; not the secret.
    KeyId, "key"
);

word_enum! {
    /// Whether a track has a signal.
    pub enum SignalState {
        /// Nobody sends.
        None = "none",
        /// Somebody sends.
        Receiving = "receiving",
        /// Somebody sent a moment ago.
        Silent = "silent",
    }
}

/// What arrives for a track.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Signal {
    /// Whether anything does: `none`, `receiving` or `silent`.
    #[schema(value_type = String)]
    pub state: SignalState,
    /// Since when (RFC 3339).
    #[schema(value_type = String)]
    pub since: Timestamp,
    /// Received over the last seconds.
    pub bitrate_bps: u64,
    /// Pictures per second.
    pub fps: f64,
    /// Width of the picture.
    pub width: u32,
    /// Height of the picture.
    pub height: u32,
    /// RFC 6381 name of the picture's codec.
    #[schema(required)]
    pub video: Option<String>,
    /// RFC 6381 name of the sound's codec.
    #[schema(required)]
    pub audio: Option<String>,
    /// Seconds between key frames; above four viewers join slowly.
    pub key_interval_s: f64,
    /// Where it comes from.
    #[schema(required)]
    pub peer: Option<String>,
}

/// Everything about one track.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TrackState {
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Who decides: `auto`, `manual` or `hold`.
    #[schema(value_type = String)]
    pub mode: Mode,
    /// Who changed it last, and why; the timetable where nobody is named.
    #[schema(required)]
    pub changed: Option<Changed>,
    /// What is on air.
    #[schema(required)]
    pub onair: Option<Item>,
    /// What the timetable has next.
    #[schema(required)]
    pub next: Option<Item>,
    /// What arrives.
    pub signal: Signal,
    /// How many watch.
    pub viewers: usize,
    /// Where the picture is.
    #[schema(required)]
    pub playback: Option<Playback>,
    /// Whether an encoder can publish: there is a key.
    pub has_key: bool,
}

/// The last change of a track.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Changed {
    /// Who did it; the timetable where nobody is named.
    #[schema(required)]
    pub name: Option<String>,
    /// When (RFC 3339).
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// Where a picture is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Playback {
    /// Address of its multivariant playlist.
    pub url: String,
}
