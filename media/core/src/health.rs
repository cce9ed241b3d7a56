//! How well an input does, from its frames alone: nothing is decoded.
//!
//! Invariant: a frame costs a few additions and no allocation; everything that takes longer is done once a second, in
//! [`Health::report`].

mod clock;
mod slots;
mod stamps;
#[cfg(test)]
mod tests;

use serde::Serialize;
use tokio::time::Instant;

use crate::frame::Kind;
use clock::Transit;
use slots::{SLOT_US, Slots};
use stamps::{Stamps, Step};

/// How well an input does. Zero, `None` or `false` where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Pictures arrive, or did.
    pub has_pictures: bool,
    /// Sound arrives, or did.
    pub has_sound: bool,
    /// Received over the last second, both streams.
    pub bitrate_1s_bps: u64,
    /// Received over the last ten seconds, both streams.
    pub bitrate_10s_bps: u64,
    /// Sound alone, over the last ten seconds.
    pub sound_bitrate_bps: u64,
    /// Pictures per second as they arrive.
    pub fps: f64,
    /// Pictures per second as this encoder means to send them.
    pub expected_fps: f64,
    /// Pictures per second as its configuration claims, whether or not it keeps to it.
    pub claimed_fps: Option<f64>,
    /// Seconds between the last two key frames.
    pub key_interval_s: f64,
    /// The longest interval of key frames within half a minute, the present one included.
    pub key_interval_max_s: f64,
    /// Time stamps that left out more than a moment.
    pub gaps: u64,
    /// Seconds since the last of them.
    pub last_gap_s: Option<u64>,
    /// Time stamps that did not advance.
    pub regressions: u64,
    /// Seconds since the last of them.
    pub last_regression_s: Option<u64>,
    /// How much later pictures arrive than the sound of the same instant; negative: sooner.
    pub av_offset_ms: Option<f64>,
    /// How fast the stamps of the sound gain on those of the pictures, in milliseconds per minute.
    pub av_drift_ms_per_min: Option<f64>,
    /// How fast the encoder's clock gains on ours, in milliseconds per minute.
    pub clock_drift_ms_per_min: Option<f64>,
    /// Jitter of arrival, smoothed as in RFC 3550.
    pub jitter_ms: f64,
    /// The longest wait for a frame within ten seconds, the present one included.
    pub longest_wait_ms: f64,
    /// Time since the last picture.
    pub picture_age_ms: Option<f64>,
    /// Time since the last sound.
    pub sound_age_ms: Option<f64>,
    /// For how long pictures have been so small that nothing can be moving.
    pub still_s: f64,
    /// For how long key frames have been so small that they must be of one colour.
    pub flat_s: f64,
    /// For how long sound has been so small that it must be silence.
    pub quiet_s: f64,
    /// Pictures are reordered: no WHEP, and a little more delay.
    pub b_frames: bool,
    /// H.264 profile, as `profile_idc`.
    pub profile: Option<u8>,
    /// H.264 level times ten, as `level_idc`.
    pub level: Option<u8>,
    /// What the protocol beneath tells.
    pub transport: Option<Transport>,
}

/// What a transport knows about the way to the encoder; zero or `None` where it does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Transport {
    /// Round trip in milliseconds.
    pub rtt_ms: Option<f64>,
    /// Packets that did not arrive at the first attempt, in per cent of the last seconds.
    pub loss_percent: Option<f64>,
    /// Packets that had to wait for one that was lost before them, in per cent of the last seconds: what a loss
    /// becomes where packets are delivered in order.
    pub held_up_percent: Option<f64>,
    /// Jitter of packets, as their protocol measures it.
    pub jitter_ms: Option<f64>,
    /// Packets that came out of order after a loss, or were asked for again, ever.
    pub retransmitted: u64,
    /// Key frames that were asked for, ever.
    pub key_requests: u64,
    /// Bytes that have arrived and that this server has not read yet.
    pub unread_bytes: u64,
}

/// What a codec configuration says about pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pictures {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `profile_idc`.
    pub profile: u8,
    /// `level_idc`.
    pub level: u8,
    /// Pictures per second, where it says so.
    pub fps: Option<f64>,
}

/// Pictures this small on average show nothing that moves: all of their blocks are skipped.
const STILL_BYTES: u64 = 220;
/// … or this many times smaller than usual, and still small.
const STILL_RATIO: u64 = 20;
const STILL_BYTES_MAX: u64 = 1_500;
/// Bits per macroblock below which a key frame has one colour.
const FLAT_BITS: u64 = 2;
/// Frames of sound up to this size are silence in AAC and Opus alike.
const QUIET_BYTES: usize = 24;
/// What hints look back over.
const HINT_SLOTS: i64 = 4;
/// The frame rate that was meant is that of the configuration, if stamps agree this well.
const RATE_TOLERANCE: f64 = 0.1;

/// Measures one input; made anew for every encoder that connects.
#[derive(Clone, Debug, Default)]
pub struct Health {
    began: Option<Instant>,
    slots: Slots,
    streams: [Stamps; 2],
    transits: [Transit; 2],
    last_arrival_us: i64,
    last_key: Option<(i64, i64)>,
    key_interval_us: i64,
    last_cts_us: Option<i64>,
    b_frames: bool,
    key_bytes: u64,
    /// What pictures between key frames usually weigh.
    usual_delta_bytes: u64,
    /// What sound usually weighs.
    usual_sound_bytes: u64,
    meant_fps: f64,
    pictures: Option<Pictures>,
    transport: Option<Transport>,
    still: Since,
    flat: Since,
    quiet: Since,
}

/// Since when something has been so.
#[derive(Clone, Copy, Debug, Default)]
struct Since(Option<i64>);

impl Since {
    /// Seconds that it has lasted.
    fn is(&mut self, so: bool, now_us: i64) -> f64 {
        self.0 = so.then(|| self.0.unwrap_or(now_us));
        self.0
            .map_or(0.0, |since| seconds(now_us - since + HINT_SLOTS * SLOT_US))
    }
}

impl Health {
    /// Nothing has arrived yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How the pictures to come are coded.
    pub fn pictures(&mut self, pictures: Pictures) {
        if self.pictures.replace(pictures) != Some(pictures) {
            self.meant_fps = 0.0;
        }
    }

    /// One more frame: its stamps as the encoder sent them, its size, and when it arrived.
    pub fn frame(
        &mut self,
        kind: Kind,
        dts_us: i64,
        cts_us: i64,
        key: bool,
        bytes: usize,
        mono: Instant,
    ) {
        let began = *self.began.get_or_insert(mono);
        let now_us = micros(mono, began).max(self.last_arrival_us);
        let slot = self.slots.at(now_us);
        slot.wait_us = slot.wait_us.max(now_us - self.last_arrival_us);
        self.last_arrival_us = now_us;
        match kind {
            Kind::Video => slot.picture(key, bytes),
            Kind::Audio => slot.sound(bytes),
        }
        let stream = kind as usize;
        let step = self.streams[stream].frame(dts_us, now_us);
        if step == Step::Jump {
            for transit in &mut self.transits {
                transit.reset();
            }
            self.last_key = self.last_key.filter(|_| kind == Kind::Audio);
        }
        self.transits[stream].frame(now_us, dts_us);
        if kind == Kind::Video {
            self.picture(dts_us, cts_us, key, bytes, now_us);
        }
    }

    fn picture(&mut self, dts_us: i64, cts_us: i64, key: bool, bytes: usize, now_us: i64) {
        // A constant offset is a habit of the multiplexer; one that changes is reordering. Stamps are rounded to
        // milliseconds, which moves an offset by up to two of them.
        let moved = |last: i64| cts_us.saturating_sub(last).saturating_abs() > 2_000;
        self.b_frames |= self.last_cts_us.replace(cts_us).is_some_and(moved);
        if !key {
            return;
        }
        self.key_bytes = bytes as u64;
        if let Some((last_us, _)) = self.last_key.replace((dts_us, now_us)) {
            self.key_interval_us = dts_us.saturating_sub(last_us).max(0);
            let slot = self.slots.at(now_us);
            slot.key_interval_us = slot.key_interval_us.max(self.key_interval_us);
        }
    }

    /// What the protocol beneath tells now.
    pub fn transport(&mut self, transport: Transport) {
        self.transport = Some(transport);
    }

    /// How the input does at this instant; asked for about once a second.
    pub fn report(&mut self, mono: Instant) -> Report {
        let Some(began) = self.began else {
            return self.described();
        };
        let now_us = micros(mono, began).max(self.last_arrival_us);
        self.slots.at(now_us);
        let mut report = self.described();
        self.rates(&mut report);
        self.times(&mut report, now_us);
        self.clocks(&mut report);
        self.hints(&mut report, now_us);
        report
    }

    fn described(&self) -> Report {
        Report {
            profile: self.pictures.map(|pictures| pictures.profile),
            level: self.pictures.map(|pictures| pictures.level),
            claimed_fps: self
                .pictures
                .and_then(|pictures| pictures.fps)
                .filter(|fps| fps.is_finite())
                .map(tenths),
            transport: self.transport,
            b_frames: self.b_frames,
            ..Report::default()
        }
    }

    fn rates(&mut self, report: &mut Report) {
        let per_second = |slots: i64, amount: &dyn Fn(&slots::Slot) -> u64| {
            let (mut sum, mut count) = (0, 0);
            for slot in self.slots.last(slots) {
                sum = u64::saturating_add(sum, amount(slot));
                count += 1;
            }
            // Slots are half seconds.
            sum.saturating_mul(2).checked_div(count).unwrap_or(0)
        };
        report.bitrate_1s_bps = per_second(2, &slots::Slot::bytes).saturating_mul(8);
        report.bitrate_10s_bps = per_second(20, &slots::Slot::bytes).saturating_mul(8);
        report.sound_bitrate_bps = per_second(20, &|slot| slot.sound_bytes).saturating_mul(8);
        let thousandths = per_second(10, &|slot| u64::from(slot.pictures) * 1_000);
        report.fps = tenths(as_f64(thousandths) / 1_000.0);
        self.expect_rate();
        report.expected_fps = tenths(self.meant_fps);
    }

    /// The frame rate that the encoder means: what its configuration claims where the stamps agree, else the highest
    /// that the stamps kept up.
    fn expect_rate(&mut self) {
        let Some(step_us) = self.streams[Kind::Video as usize].usual_us() else {
            return;
        };
        let shown = 1_000_000.0 / as_f64(step_us.unsigned_abs().max(1));
        let claimed = self.pictures.and_then(|pictures| pictures.fps);
        let agrees = |claimed: &f64| (claimed - shown).abs() <= shown * RATE_TOLERANCE;
        let rate = claimed.filter(agrees).unwrap_or(shown);
        // A few per cent more are rounding, not another rate.
        if rate > self.meant_fps * 1.03 {
            self.meant_fps = rate;
        }
    }

    fn times(&mut self, report: &mut Report, now_us: i64) {
        let [video, audio] = &self.streams;
        let age = |stamps: &Stamps| stamps.last_at().map(|at| milliseconds(now_us - at));
        (report.picture_age_ms, report.sound_age_ms) = (age(video), age(audio));
        report.has_pictures = report.picture_age_ms.is_some();
        report.has_sound = report.sound_age_ms.is_some();
        let ago = |last: Option<i64>| {
            last.map(|at| u64::try_from((now_us - at) / 1_000_000).unwrap_or(0))
        };
        report.gaps = video.gaps.count + audio.gaps.count;
        report.last_gap_s = ago(video.gaps.last_us.max(audio.gaps.last_us));
        report.regressions = video.regressions.count + audio.regressions.count;
        report.last_regression_s = ago(video.regressions.last_us.max(audio.regressions.last_us));
        report.jitter_ms = milliseconds(video.jitter_us().max(audio.jitter_us()));
        let waited = self.slots.last(20).map(|slot| slot.wait_us).max();
        let waits = now_us - self.last_arrival_us;
        report.longest_wait_ms = milliseconds(waited.unwrap_or(0).max(waits));
        let intervals = self.slots.last(60).map(|slot| slot.key_interval_us).max();
        let since_key = self.last_key.map_or(0, |(_, arrived)| now_us - arrived);
        report.key_interval_s = tenths(seconds(self.key_interval_us));
        let longest = intervals
            .unwrap_or(0)
            .max(since_key)
            .max(self.key_interval_us);
        report.key_interval_max_s = tenths(seconds(longest));
    }

    fn clocks(&self, report: &mut Report) {
        let [video, audio] = &self.transits;
        let offset = video.least_us().zip(audio.least_us());
        report.av_offset_ms =
            offset.map(|(video, audio)| milliseconds(video.saturating_sub(audio)));
        let (pictures, sound) = (video.drift_ms_per_min(), audio.drift_ms_per_min());
        report.clock_drift_ms_per_min = pictures.or(sound).map(tenths);
        report.av_drift_ms_per_min = pictures
            .zip(sound)
            .map(|(pictures, sound)| tenths(sound - pictures));
    }

    fn hints(&mut self, report: &mut Report, now_us: i64) {
        let mut seen = slots::Slot {
            sound_min: usize::MAX,
            ..slots::Slot::default()
        };
        for slot in self.slots.last(HINT_SLOTS) {
            seen.deltas += slot.deltas;
            seen.delta_bytes = seen.delta_bytes.saturating_add(slot.delta_bytes);
            seen.pictures += slot.pictures;
            seen.sounds += slot.sounds;
            seen.sound_bytes = seen.sound_bytes.saturating_add(slot.sound_bytes);
            seen.sound_max = seen.sound_max.max(slot.sound_max);
            if slot.sounds > 0 {
                seen.sound_min = seen.sound_min.min(slot.sound_min);
            }
        }
        let still = seen.deltas >= 10 && self.is_still(seen.delta_bytes / u64::from(seen.deltas));
        report.still_s = tenths(self.still.is(still, now_us));
        let flat = seen.pictures > 0 && self.is_flat();
        report.flat_s = tenths(self.flat.is(flat, now_us));
        let quiet = seen.sounds >= 10 && self.is_quiet(&seen);
        report.quiet_s = tenths(self.quiet.is(quiet, now_us));
    }

    fn is_still(&mut self, mean_bytes: u64) -> bool {
        let collapsed =
            mean_bytes < STILL_BYTES_MAX && mean_bytes * STILL_RATIO < self.usual_delta_bytes;
        let still = mean_bytes < STILL_BYTES || collapsed;
        if !still {
            self.usual_delta_bytes = smoothed(self.usual_delta_bytes, mean_bytes);
        }
        still
    }

    fn is_flat(&self) -> bool {
        let blocks = self.pictures.map_or(0, |pictures| {
            u64::from(pictures.width.div_ceil(16)) * u64::from(pictures.height.div_ceil(16))
        });
        self.key_bytes > 0 && self.key_bytes / FLAT_BITS < blocks / 8
    }

    fn is_quiet(&mut self, seen: &slots::Slot) -> bool {
        let mean_bytes = seen.sound_bytes / u64::from(seen.sounds.max(1));
        // Coded sound varies in size; frames that are all alike and much smaller than before hold nothing.
        let alike = seen.sound_max - seen.sound_min.min(seen.sound_max) <= 1;
        let quiet =
            seen.sound_max <= QUIET_BYTES || (alike && mean_bytes < self.usual_sound_bytes / 3);
        if !quiet {
            self.usual_sound_bytes = smoothed(self.usual_sound_bytes, mean_bytes);
        }
        quiet
    }
}

/// Follows within about half a minute of reports.
fn smoothed(usual: u64, now: u64) -> u64 {
    match usual {
        0 => now,
        usual => usual - usual / 16 + now / 16,
    }
}

fn micros(at: Instant, since: Instant) -> i64 {
    i64::try_from(at.saturating_duration_since(since).as_micros()).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn as_f64(value: u64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1_000_000.0
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn milliseconds(micros: i64) -> f64 {
    tenths(micros as f64 / 1_000.0)
}

/// Rounded to what a person reads, so that a steady input is no news.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
