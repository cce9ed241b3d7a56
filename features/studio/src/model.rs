//! Words of the studio.

use kernel::{Error, Result, Timestamp, define_id, word_enum};
use media_core::health::Transport;
use media_core::{Cause, On, Order, Seat};
use onair::{Item, Mode};
use serde::Serialize;
use utoipa::ToSchema;

define_id!(
    /// A stream key; not the secret.
    KeyId, "key"
);
define_id!(
    /// An alarm of the wall, past or present.
    AlarmId, "alm"
);
define_id!(
    /// A test of an encoder; not the key's secret.
    TestId, "tst"
);
define_id!(
    /// What such a test found out.
    ReportId, "rpt"
);

word_enum! {
    /// How a test of an encoder ended.
    pub enum TestEnding {
        /// Its time was up.
        Time = "time",
        /// The encoder stopped.
        Stopped = "stopped",
        /// Its key was made useless.
        Revoked = "revoked",
        /// The server stopped.
        Server = "server",
    }
}

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
    /// The way from there, as its protocol knows it.
    #[schema(required)]
    pub way: Option<Way>,
}

/// What a transport tells about the way from an encoder; null where it does not.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Way {
    /// Round trip in milliseconds.
    #[schema(required)]
    pub rtt_ms: Option<f64>,
    /// Packets that did not arrive at the first attempt, in per cent of the last seconds (WHIP).
    #[schema(required)]
    pub loss_percent: Option<f64>,
    /// Packets that had to wait for a lost one, in per cent of the last seconds (RTMP).
    #[schema(required)]
    pub held_up_percent: Option<f64>,
}

impl From<Transport> for Way {
    /// Coarse enough that a steady way is no news.
    fn from(transport: Transport) -> Self {
        Self {
            rtt_ms: transport.rtt_ms.map(|ms| (ms / 5.0).round() * 5.0),
            loss_percent: transport
                .loss_percent
                .map(|share| (share * 2.0).round() / 2.0),
            held_up_percent: transport.held_up_percent.map(f64::round),
        }
    }
}

/// The input that a form, query or command names; the primary where it names none.
pub(crate) fn parse_seat(word: Option<&str>) -> Result<Seat> {
    match word.filter(|word| !word.is_empty()) {
        None => Ok(Seat::Primary),
        Some(word) => Seat::parse(word).ok_or_else(|| Error::invalid("seat", "studio-bad-seat")),
    }
}

/// What somebody wants on air, as a form or command names it.
pub(crate) fn parse_order(word: &str) -> Result<Order> {
    Order::parse(word).ok_or_else(|| Error::invalid("order", "studio-bad-order"))
}

/// One of a track's two inputs.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct InputState {
    /// Which: `primary` or `backup`.
    #[schema(value_type = String)]
    pub seat: Seat,
    /// What arrives there, on air or not.
    pub signal: Signal,
    /// Whether an encoder can publish there: there is a key.
    pub has_key: bool,
}

/// What viewers of a track get, and who decides about it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Output {
    /// `nothing`, `primary`, `backup`, `slate` or `clips`.
    #[schema(value_type = String)]
    pub on: On,
    /// Since when (RFC 3339).
    #[schema(value_type = String)]
    pub since: Timestamp,
    /// Why: `began`, `silent`, `gone`, `partial`, `returned`, `ordered`, `over` or `break`.
    #[schema(value_type = String)]
    pub cause: Cause,
    /// Who decides: `auto` for the server, or what somebody wants: `primary`, `backup`, `slate` or `clips`.
    #[schema(value_type = String)]
    pub order: Order,
    /// Who wanted it so, when and why.
    #[schema(required)]
    pub ordered: Option<Changed>,
    /// Whether there is a slate.
    pub has_slate: bool,
    /// Whether the track has clips.
    pub has_clips: bool,
    /// The name of the clip or slate that plays, where it has one.
    #[schema(required)]
    pub playing: Option<String>,
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
    /// Which input viewers get.
    pub output: Output,
    /// Both inputs, the primary first.
    pub inputs: Vec<InputState>,
    /// How many watch.
    pub viewers: usize,
    /// Where the picture is.
    #[schema(required)]
    pub playback: Option<Playback>,
    /// Whether the primary encoder can publish: there is a key.
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
