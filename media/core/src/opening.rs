//! The first moments of an encoder: frames wait until it is clear which streams there are and how fast
//! pictures come.

use bytes::Bytes;

use crate::frame::Kind;
use crate::limits;
use crate::metrics::Drop;
use crate::rate::RATE_PICTURES;

/// A checked frame on the channel's time line.
pub(crate) struct Waiting {
    pub(crate) kind: Kind,
    pub(crate) at_us: i64,
    pub(crate) cts_us: i64,
    pub(crate) key: bool,
    pub(crate) data: Bytes,
}

/// The frames that wait, in the order they came.
#[derive(Default)]
pub(crate) struct Opening {
    frames: Vec<Waiting>,
    bytes: usize,
}

impl Opening {
    /// Takes a frame, unless nothing can be decoded before it.
    pub(crate) fn push(&mut self, frame: Waiting) -> Result<(), Drop> {
        if frame.kind == Kind::Video && !frame.key && !self.has(Kind::Video) {
            return Err(Drop::BeforeKey);
        }
        self.bytes += frame.data.len();
        self.frames.push(frame);
        Ok(())
    }

    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.frames.iter().any(|frame| frame.kind == kind)
    }

    /// Whether anything is worth being published. The sound before a first picture is not: it would be a configuration of
    /// its own for a moment, between two discontinuities.
    pub(crate) fn can_begin(&self, expects_video: bool) -> bool {
        !self.frames.is_empty() && (!expects_video || self.has(Kind::Video))
    }

    /// Whether enough is known to begin. An encoder that comes back `as_before` needs no second look; where it
    /// is `known` which kinds come, no other is waited for.
    pub(crate) fn is_clear(
        &self,
        as_before: bool,
        known: Option<[bool; 2]>,
        expects_video: bool,
    ) -> bool {
        let (Some(first), Some(last)) = (self.frames.first(), self.frames.last()) else {
            return false;
        };
        let is_full =
            self.bytes > limits::QUEUE_BYTES_MAX || self.frames.len() > limits::QUEUE_FRAMES_MAX;
        if as_before {
            return is_full || !expects_video || self.has(Kind::Video);
        }
        let pictures = self
            .frames
            .iter()
            .filter(|frame| frame.kind == Kind::Video)
            .count();
        let waits_for = |kind: Kind| known.is_none_or(|kinds| kinds[kind as usize]);
        last.at_us - first.at_us >= limits::SECOND_KIND_WAIT_US
            || is_full
            || ((!waits_for(Kind::Audio) || self.has(Kind::Audio))
                && (!waits_for(Kind::Video) || pictures >= RATE_PICTURES))
    }

    /// Decoding times of the pictures.
    pub(crate) fn picture_times(&self) -> Vec<i64> {
        let pictures = self.frames.iter().filter(|frame| frame.kind == Kind::Video);
        pictures.map(|frame| frame.at_us).collect()
    }

    pub(crate) fn into_frames(self) -> Vec<Waiting> {
        self.frames
    }
}
