//! From depacketised frames to the channel's: order, gaps, layers, one clock.

use std::time::Duration;

use media_core::Input;
use media_core::frame::{Config, Frame, Kind};
use str0m::media::{MediaData, MediaKind, MediaTime, Rid};
use tokio::time::Instant;

use super::clock::{Clock, Report};
use super::counters::Counters;
use super::pictures::Pictures;
use super::sounds::{self, Sounds};
use crate::limits::LAYERS_MAX;
use crate::publication::told;
use crate::rtmp::Farewell;

/// How long the layers of one picture are compared before the best is chosen.
const LAYERS_COMPARED: Duration = Duration::from_secs(1);

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// A key frame.
    Key,
    /// Another picture, or sound.
    Frame,
    /// A picture that cannot be decoded: a key frame is needed.
    Broken,
    /// Of another layer, or nothing of use.
    Nothing,
}

/// Takes the frames of one session.
pub(super) struct Take<'a> {
    input: &'a Input,
    counters: &'a Counters,
    clock: Clock,
    pictures: Pictures,
    sounds: Sounds,
    has_head: bool,
    /// What was sent so far cannot be continued without a key frame.
    broken: bool,
    layers: Layers,
}

impl<'a> Take<'a> {
    pub(super) fn new(input: &'a Input, counters: &'a Counters, began: Instant) -> Self {
        Self {
            input,
            counters,
            clock: Clock::new(began.into_std()),
            pictures: Pictures::default(),
            sounds: Sounds::default(),
            has_head: false,
            broken: true,
            layers: Layers::default(),
        }
    }

    /// The layer that is taken, where there are several.
    pub(super) fn layer(&self) -> Option<Rid> {
        self.layers.chosen()
    }

    pub(super) fn take(
        &mut self,
        kind: MediaKind,
        data: &MediaData,
        now: Instant,
    ) -> Result<Taken, Farewell> {
        if kind.is_audio() {
            self.sound(data)
        } else if self.layers.takes(data.rid, data.data.len(), now) {
            self.picture(data)
        } else {
            Ok(Taken::Nothing)
        }
    }

    /// A picture is missing; what follows needs a key frame.
    pub(super) fn lost_picture(&mut self) {
        if !std::mem::replace(&mut self.broken, true) {
            self.counters.broken.add(1);
        }
    }

    fn picture(&mut self, data: &MediaData) -> Result<Taken, Farewell> {
        if !data.contiguous {
            self.lost_picture();
        }
        let Some(unit) = self.pictures.unit(&data.data) else {
            self.counters.common.dropped.add(1);
            return Ok(Taken::Nothing);
        };
        if let Some(record) = unit.record {
            self.input.config(Config::Avc(record)).map_err(told)?;
        }
        // After a gap the beginning of a key picture may be missing, unless its parameter sets are there.
        let mends =
            unit.key && (unit.with_sets || data.contiguous) && self.pictures.is_configured();
        if self.broken && !mends {
            self.counters.common.dropped.add(1);
            return Ok(Taken::Broken);
        }
        self.broken = false;
        let rtp_us = micros(&data.time);
        let dts_us = self
            .clock
            .place(Kind::Video, rtp_us, data.network_time, report(data));
        self.hand_on(Frame {
            kind: Kind::Video,
            dts_us,
            cts_us: 0,
            key: unit.key,
            data: unit.data,
        })?;
        Ok(if unit.key { Taken::Key } else { Taken::Frame })
    }

    fn sound(&mut self, data: &MediaData) -> Result<Taken, Farewell> {
        if !self.has_head {
            let head = bytes::Bytes::from_static(sounds::HEAD);
            self.input.config(Config::Opus(head)).map_err(told)?;
            self.has_head = true;
        }
        let packets = self.sounds.packet(samples(&data.time), &data.data);
        let Some(lost) = packets.len().checked_sub(1) else {
            self.counters.common.dropped.add(1);
            return Ok(Taken::Nothing);
        };
        self.counters.concealed.add(lost as u64);
        let mut report = report(data);
        for (at, packet) in packets {
            let rtp_us = at.saturating_mul(1_000_000) / sounds::RATE;
            let dts_us = self
                .clock
                .place(Kind::Audio, rtp_us, data.network_time, report.take());
            self.hand_on(Frame {
                kind: Kind::Audio,
                dts_us,
                cts_us: 0,
                key: true,
                data: packet,
            })?;
        }
        Ok(Taken::Frame)
    }

    fn hand_on(&self, frame: Frame) -> Result<(), Farewell> {
        self.counters.common.frames.add(1);
        self.input.frame(frame).map_err(told)
    }
}

/// An instant of a stream's clock.
fn micros(time: &MediaTime) -> i64 {
    scaled(time, 1_000_000)
}

fn samples(time: &MediaTime) -> i64 {
    scaled(time, sounds::RATE)
}

fn scaled(time: &MediaTime, rate: i64) -> i64 {
    let denominator = i128::from(time.denom()).max(1);
    let value = i128::from(time.numer()) * i128::from(rate) / denominator;
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn report(data: &MediaData) -> Option<Report> {
    // Reports from before the first packet connect nothing, and are not known to be on the stream's clock.
    let info = data.last_sender_info.filter(|info| {
        info.sender_packet_count > 0 && info.rtp_time.denom() == data.time.denom()
    })?;
    let ntp = info.ntp_time.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Report {
        ntp_us: i64::try_from(ntp.as_micros()).ok()?,
        rtp_us: micros(&info.rtp_time),
    })
}

/// The layers of a picture that is sent in several sizes (RFC 8853). The one with the most bytes is the best one.
#[derive(Debug, Default)]
struct Layers {
    began: Option<Instant>,
    bytes: Vec<(Rid, usize)>,
    chosen: Option<Rid>,
}

impl Layers {
    fn chosen(&self) -> Option<Rid> {
        self.chosen
    }

    /// Whether a frame is of the layer that is taken.
    fn takes(&mut self, layer: Option<Rid>, bytes: usize, now: Instant) -> bool {
        let Some(layer) = layer else { return true };
        if let Some(chosen) = self.chosen {
            return layer == chosen;
        }
        let began = *self.began.get_or_insert(now);
        if let Some((_, sum)) = self.bytes.iter_mut().find(|(known, _)| *known == layer) {
            *sum += bytes;
        } else if self.bytes.len() < LAYERS_MAX {
            self.bytes.push((layer, bytes));
        }
        if now.duration_since(began) >= LAYERS_COMPARED {
            let best = self.bytes.iter().max_by_key(|(_, sum)| *sum);
            self.chosen = best.map(|(layer, _)| *layer);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_several_layers_the_largest_is_taken_after_a_look_at_all() {
        let (mut layers, began) = (Layers::default(), Instant::now());
        let [low, high] = [Rid::from("l"), Rid::from("h")];
        for ms in [0, 300, 600, 900] {
            let now = began + Duration::from_millis(ms);
            assert!(!layers.takes(Some(low), 100, now));
            assert!(!layers.takes(Some(high), 900, now));
        }
        let now = began + LAYERS_COMPARED;
        layers.takes(Some(low), 100, now);
        assert_eq!(layers.chosen(), Some(high));
        assert!(layers.takes(Some(high), 900, now));
        assert!(!layers.takes(Some(low), 100, now));
    }

    #[tokio::test]
    async fn a_picture_without_layers_is_taken_at_once() {
        assert!(Layers::default().takes(None, 1, Instant::now()));
    }
}
