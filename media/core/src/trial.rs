//! What a test of an encoder finds: what [`crate::health`] measures once a second, over a while.
//!
//! Invariant: nothing is measured here. Every figure is a mean or an extreme of what an input's health and its codec
//! configuration told, so that a report and the wall never disagree; [`findings`] judges by the figures alone.

mod findings;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::health::{Report, Transport};
use crate::limits::{TRIAL_POINTS_MAX, TRIAL_SECONDS_MAX};
use crate::status::InputStatus;

pub use findings::{Advice, Finding, Item, Verdict, findings, overall};

/// What an encoder sends in its first seconds says nothing about its rates.
const WARM_UP_S: u32 = 4;
/// A key frame comes every other second or so: over these many seconds a constant bitrate is constant.
const STEADY_S: usize = 5;
/// Pieces of [`STEADY_S`] from which steadiness is told.
const STEADY_MIN: usize = 3;

/// Between what something was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// The mean.
    pub mean: f64,
    /// The most.
    pub most: f64,
}

/// What a decoder heard, where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Heard {
    /// Loudness since the beginning (EBU R 128), in LUFS.
    pub integrated_lufs: Option<f64>,
    /// The highest level of the last second, in dB relative to full scale.
    pub peak_dbfs: Option<f64>,
    /// Share of the last seconds at full scale, in per cent.
    pub clipped_percent: f64,
}

/// The way from the encoder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Way {
    /// Round trip.
    pub rtt_ms: Option<Spread>,
    /// Packets that did not arrive at the first attempt.
    pub loss_percent: Option<Spread>,
    /// Packets that had to wait for a lost one.
    pub held_up_percent: Option<Spread>,
    /// Jitter of packets.
    pub jitter_ms: Option<Spread>,
    /// Packets that came out of order after a loss, or were asked for again.
    pub retransmitted: u64,
    /// Key frames that were asked for.
    pub key_requests: u64,
    /// The most that waited to be read by this server.
    pub unread_bytes: u64,
}

/// What was found out about an encoder; `None`, zero or empty where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Seconds that were looked at.
    pub seconds: u32,
    /// Pictures came.
    pub has_pictures: bool,
    /// Sound came.
    pub has_sound: bool,
    /// Both streams together, over five seconds each.
    pub bitrate_bps: Option<Spread>,
    /// How far these five seconds differ from one another: standard deviation in per cent of the mean.
    pub unsteady_percent: Option<f64>,
    /// Sound alone.
    pub sound_bitrate_bps: u64,
    /// Width of the picture.
    pub width: u32,
    /// Height of the picture.
    pub height: u32,
    /// RFC 6381 name of the picture's codec.
    pub video_codec: Option<String>,
    /// H.264 `profile_idc`.
    pub profile: Option<u8>,
    /// H.264 `level_idc`.
    pub level: Option<u8>,
    /// Pictures are reordered.
    pub b_frames: bool,
    /// Seconds between key frames.
    pub key_interval_s: Option<Spread>,
    /// Pictures per second as they came.
    pub fps: Option<Spread>,
    /// Pictures per second as the stamps and the configuration agree on.
    pub expected_fps: f64,
    /// Pictures per second as the configuration claims.
    pub claimed_fps: Option<f64>,
    /// RFC 6381 name of the sound's codec.
    pub audio_codec: Option<String>,
    /// Sound's samples per second.
    pub sample_rate: u32,
    /// Sound's channels.
    pub channels: u16,
    /// The longest silence that the sizes of its frames hint at, in seconds.
    pub quiet_s: f64,
    /// Loudness, where it was listened to.
    pub integrated_lufs: Option<f64>,
    /// The highest level, where it was listened to.
    pub peak_dbfs: Option<f64>,
    /// The largest share of ten seconds at full scale.
    pub clipped_percent: f64,
    /// How much later pictures arrive than the sound of the same instant.
    pub av_offset_ms: Option<Spread>,
    /// How fast the stamps of sound gain on those of pictures.
    pub av_drift_ms_per_min: Option<f64>,
    /// How fast the encoder's clock gains on this server's.
    pub clock_drift_ms_per_min: Option<f64>,
    /// Time stamps that left out more than a moment.
    pub gaps: u64,
    /// Time stamps that did not advance.
    pub regressions: u64,
    /// Jitter of arrival.
    pub jitter_ms: Option<Spread>,
    /// The longest wait for a frame.
    pub longest_wait_ms: f64,
    /// What the transport told.
    pub way: Option<Way>,
    /// Kilobits of each second, for a chart; of several seconds each where the test was long.
    pub kbits: Vec<u32>,
}

/// A test that runs.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    figures: Figures,
    /// Kilobits of every second.
    kbits: Vec<u32>,
    key_interval_s: Series,
    fps: Series,
    av_offset_ms: Series,
    jitter_ms: Series,
    way: Option<WaySeries>,
}

#[derive(Clone, Debug, Default)]
struct WaySeries {
    rtt_ms: Series,
    loss_percent: Series,
    held_up_percent: Series,
    jitter_ms: Series,
}

/// Values of which only mean and extremes are wanted.
#[derive(Clone, Copy, Debug, Default)]
struct Series {
    count: u32,
    sum: f64,
    least: f64,
    most: f64,
}

impl Series {
    fn add(&mut self, value: f64) {
        (self.least, self.most) = match self.count {
            0 => (value, value),
            _ => (self.least.min(value), self.most.max(value)),
        };
        self.sum += value;
        self.count += 1;
    }

    fn spread(&self) -> Option<Spread> {
        (self.count > 0).then(|| Spread {
            least: tenths(self.least),
            mean: tenths(self.sum / f64::from(self.count)),
            most: tenths(self.most),
        })
    }
}

impl Trial {
    /// One more second of an input that sends, and what was heard of it.
    pub fn observe(&mut self, input: &InputStatus, heard: Option<Heard>) {
        if self.figures.seconds >= TRIAL_SECONDS_MAX {
            return;
        }
        self.figures.seconds += 1;
        let health = &input.health;
        self.described(input);
        self.stamped(health);
        if self.figures.seconds > WARM_UP_S {
            self.rated(health);
        }
        if let Some(transport) = &health.transport {
            self.carried(transport);
        }
        if let Some(heard) = heard {
            let figures = &mut self.figures;
            figures.integrated_lufs = heard.integrated_lufs.or(figures.integrated_lufs);
            figures.peak_dbfs = match (figures.peak_dbfs, heard.peak_dbfs) {
                (Some(before), Some(now)) => Some(before.max(now)),
                (before, now) => now.or(before),
            };
            figures.clipped_percent = figures.clipped_percent.max(heard.clipped_percent);
        }
    }

    /// Everything that was found so far.
    pub fn figures(&self) -> Figures {
        let mut figures = self.figures.clone();
        let pieces = pieces(&self.kbits);
        figures.bitrate_bps = spread_of(&pieces);
        figures.unsteady_percent = deviation_percent(&pieces);
        figures.key_interval_s = self.key_interval_s.spread();
        figures.fps = self.fps.spread();
        figures.av_offset_ms = self.av_offset_ms.spread();
        figures.jitter_ms = self.jitter_ms.spread();
        if let (Some(way), Some(series)) = (&mut figures.way, &self.way) {
            way.rtt_ms = series.rtt_ms.spread();
            way.loss_percent = series.loss_percent.spread();
            way.held_up_percent = series.held_up_percent.spread();
            way.jitter_ms = series.jitter_ms.spread();
        }
        figures.kbits = thinned(&self.kbits);
        figures
    }

    fn described(&mut self, input: &InputStatus) {
        let (figures, health) = (&mut self.figures, &input.health);
        figures.has_pictures |= health.has_pictures;
        figures.has_sound |= health.has_sound;
        if input.video_codec.is_some() {
            (figures.width, figures.height) = (input.width, input.height);
            figures.video_codec.clone_from(&input.video_codec);
        }
        if input.audio_codec.is_some() {
            (figures.sample_rate, figures.channels) = (input.sample_rate, input.channels);
            figures.audio_codec.clone_from(&input.audio_codec);
        }
        figures.profile = health.profile.or(figures.profile);
        figures.level = health.level.or(figures.level);
        figures.claimed_fps = health.claimed_fps.or(figures.claimed_fps);
        figures.b_frames |= health.b_frames;
        figures.expected_fps = health.expected_fps;
        figures.sound_bitrate_bps = health.sound_bitrate_bps;
    }

    fn stamped(&mut self, health: &Report) {
        let figures = &mut self.figures;
        // An encoder that connects again within a test counts from nothing.
        figures.gaps = figures.gaps.max(health.gaps);
        figures.regressions = figures.regressions.max(health.regressions);
        figures.quiet_s = figures.quiet_s.max(health.quiet_s);
        figures.longest_wait_ms = figures.longest_wait_ms.max(health.longest_wait_ms);
        figures.av_drift_ms_per_min = health.av_drift_ms_per_min.or(figures.av_drift_ms_per_min);
        figures.clock_drift_ms_per_min = health
            .clock_drift_ms_per_min
            .or(figures.clock_drift_ms_per_min);
        if health.key_interval_s > 0.0 {
            self.key_interval_s.add(health.key_interval_s);
            self.key_interval_s.most = self.key_interval_s.most.max(health.key_interval_max_s);
        }
    }

    fn rated(&mut self, health: &Report) {
        let kbits = u32::try_from(health.bitrate_1s_bps / 1_000).unwrap_or(u32::MAX);
        self.kbits.push(kbits);
        if health.has_pictures {
            self.fps.add(health.fps);
        }
        self.jitter_ms.add(health.jitter_ms);
        if let Some(offset) = health.av_offset_ms {
            self.av_offset_ms.add(offset);
        }
    }

    fn carried(&mut self, transport: &Transport) {
        let series = self.way.get_or_insert_default();
        for (series, value) in [
            (&mut series.rtt_ms, transport.rtt_ms),
            (&mut series.loss_percent, transport.loss_percent),
            (&mut series.held_up_percent, transport.held_up_percent),
            (&mut series.jitter_ms, transport.jitter_ms),
        ] {
            if let Some(value) = value {
                series.add(value);
            }
        }
        let way = self.figures.way.get_or_insert_default();
        way.retransmitted = way.retransmitted.max(transport.retransmitted);
        way.key_requests = way.key_requests.max(transport.key_requests);
        way.unread_bytes = way.unread_bytes.max(transport.unread_bytes);
    }
}

/// Means of five seconds each, in bits per second.
fn pieces(kbits: &[u32]) -> Vec<f64> {
    let mean = |piece: &[u32]| {
        let sum: f64 = piece.iter().map(|kbits| f64::from(*kbits)).sum();
        sum * 1_000.0 / f64::from(u32::try_from(piece.len()).unwrap_or(1))
    };
    kbits.chunks_exact(STEADY_S).map(mean).collect()
}

fn spread_of(values: &[f64]) -> Option<Spread> {
    let mut series = Series::default();
    for value in values {
        series.add(*value);
    }
    series.spread()
}

fn deviation_percent(values: &[f64]) -> Option<f64> {
    let mean = spread_of(values)
        .filter(|_| values.len() >= STEADY_MIN)?
        .mean;
    let squares: f64 = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum();
    let count = f64::from(u32::try_from(values.len()).unwrap_or(1));
    (mean > 0.0).then(|| tenths((squares / count).sqrt() / mean * 100.0))
}

/// As many points as a chart has room for.
fn thinned(kbits: &[u32]) -> Vec<u32> {
    let each = kbits.len().div_ceil(TRIAL_POINTS_MAX).max(1);
    let mean = |piece: &[u32]| {
        let sum: u64 = piece.iter().map(|kbits| u64::from(*kbits)).sum();
        u32::try_from(sum / piece.len() as u64).unwrap_or(u32::MAX)
    };
    kbits.chunks(each).map(mean).collect()
}

/// Rounded to what a person reads.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
