//! What an input that is not on air keeps, so that it can begin the moment it is wanted.
//!
//! Invariant: what it keeps can be decoded from its first picture on, and is bounded in bytes and frames.

use std::time::Duration;

use tokio::time::Instant;

use crate::frame::{Frame, Kind};
use crate::limits;

/// Sound that begins so much earlier than a picture is still heard with it.
const SOUND_BEFORE_US: i64 = 25_000;
/// Sound that waits for a first picture.
const SOUND_WAITS_US: i64 = 1_000_000;
/// What begins earlier than this is no longer worth showing from its beginning.
const KEEP: Duration = Duration::from_secs(5);

/// The place of a frame among all frames that arrive for a channel, and when it arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) number: u64,
    pub(crate) at: Instant,
}

/// Frames from a key frame on.
#[derive(Default)]
pub(crate) struct Reel {
    frames: Vec<Frame>,
    bytes: usize,
    /// When the frame arrived with which decoding begins.
    start: Option<Arrival>,
}

impl Reel {
    /// Keeps a frame. `alone`: there is no picture, so anything is a beginning. `wanted_after` is the last
    /// frame that viewers got, if they wait for more: then what came since is kept from its first key
    /// frame on, else from the newest. False: nothing can be decoded before it, and it is not kept.
    pub(crate) fn push(
        &mut self,
        frame: Frame,
        arrival: Arrival,
        alone: bool,
        wanted_after: Option<u64>,
    ) -> bool {
        if alone || (frame.kind == Kind::Video && frame.key) {
            let keeps = self.start.is_some_and(|start| {
                wanted_after.is_some_and(|last| start.number > last)
                    && arrival.at.duration_since(start.at) < KEEP
            });
            if !keeps {
                self.begin(&frame, arrival);
            }
        } else if self.start.is_none() {
            if frame.kind == Kind::Video {
                return false;
            }
            let newest_us = frame.dts_us;
            let oldest_us = newest_us.saturating_sub(SOUND_WAITS_US);
            self.retain(|sound| (oldest_us..=newest_us).contains(&sound.dts_us));
        }
        self.bytes += frame.data.len();
        self.frames.push(frame);
        if self.bytes > limits::REEL_BYTES_MAX || self.frames.len() > limits::REEL_FRAMES_MAX {
            self.clear();
        }
        true
    }

    /// Begins anew with a frame; the sound that belongs to it stays.
    fn begin(&mut self, first: &Frame, arrival: Arrival) {
        let heard_from_us = first.dts_us.saturating_sub(SOUND_BEFORE_US);
        self.retain(|frame| {
            first.kind == Kind::Video && frame.kind == Kind::Audio && frame.dts_us >= heard_from_us
        });
        self.start = Some(arrival);
    }

    fn retain(&mut self, keep: impl Fn(&Frame) -> bool) {
        self.frames.retain(keep);
        self.bytes = self.frames.iter().map(|frame| frame.data.len()).sum();
    }

    /// Whether it begins with something that arrived after the frame of that number.
    pub(crate) fn begins_after(&self, number: u64) -> bool {
        self.start.is_some_and(|start| start.number > number)
    }

    /// Gives everything away.
    pub(crate) fn take(&mut self) -> Vec<Frame> {
        let frames = std::mem::take(&mut self.frames);
        self.clear();
        frames
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}
