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

/// Frames from a key frame on.
#[derive(Default)]
pub(crate) struct Reel {
    frames: Vec<Frame>,
    bytes: usize,
    /// When the frame arrived with which decoding begins.
    start: Option<Instant>,
}

impl Reel {
    /// Keeps a frame that arrived `at` a moment. `alone`: there is no picture, so anything is a beginning. `wanted_from` is
    /// since when it shows nothing that viewers saw, if they wait for more: then it is kept from its first key
    /// frame since then, else from the newest. False: nothing can be decoded before it, and it is not kept.
    pub(crate) fn push(
        &mut self,
        frame: Frame,
        at: Instant,
        alone: bool,
        wanted_from: Option<Instant>,
    ) -> bool {
        if alone || (frame.kind == Kind::Video && frame.key) {
            let keeps = self.start.is_some_and(|start| {
                wanted_from.is_some_and(|from| start >= from) && at.duration_since(start) < KEEP
            });
            if !keeps {
                self.begin(&frame, at);
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
    fn begin(&mut self, first: &Frame, at: Instant) {
        let heard_from_us = first.dts_us.saturating_sub(SOUND_BEFORE_US);
        self.retain(|frame| {
            first.kind == Kind::Video && frame.kind == Kind::Audio && frame.dts_us >= heard_from_us
        });
        self.start = Some(at);
    }

    fn retain(&mut self, keep: impl Fn(&Frame) -> bool) {
        self.frames.retain(keep);
        self.bytes = self.frames.iter().map(|frame| frame.data.len()).sum();
    }

    /// Whether it begins with something that arrived then or later.
    pub(crate) fn begins_from(&self, from: Option<Instant>) -> bool {
        self.start.is_some_and(|start| Some(start) >= from)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Encoder;

    struct Hand {
        reel: Reel,
        at: Instant,
    }

    impl Hand {
        fn new() -> Self {
            Self {
                reel: Reel::default(),
                at: Instant::now(),
            }
        }

        fn push(&mut self, frame: Frame, wanted_from: Option<Instant>) -> bool {
            self.at += Duration::from_millis(10);
            self.reel.push(frame, self.at, false, wanted_from)
        }

        fn seconds(&mut self, seconds: i64, wanted_from: Option<Instant>) {
            for frame in Encoder::default().frames(seconds) {
                self.push(frame, wanted_from);
            }
        }
    }

    #[test]
    fn it_begins_with_the_newest_key_frame_and_the_sound_around_it() {
        let mut hand = Hand::new();
        assert!(
            !hand.push(Encoder::default().picture(1, 0), None),
            "not before a key frame"
        );
        hand.seconds(5, None);
        let frames = hand.reel.take();
        let first_picture = frames
            .iter()
            .find(|frame| frame.kind == Kind::Video)
            .unwrap();
        assert!(first_picture.key);
        assert_eq!(first_picture.dts_us, 4_000_000);
        let earliest = frames.iter().map(|frame| frame.dts_us).min().unwrap();
        assert!((3_975_000..=4_000_000).contains(&earliest), "{earliest}");
        assert!(hand.reel.take().is_empty() && !hand.reel.begins_from(None));
    }

    #[test]
    fn while_viewers_wait_it_keeps_everything_since_they_did_for_a_while() {
        let mut hand = Hand::new();
        hand.seconds(1, None);
        let from = Some(hand.at + Duration::from_millis(1));
        assert!(hand.reel.begins_from(None) && !hand.reel.begins_from(from));
        hand.seconds(1, from);
        let began = Some(hand.at + Duration::from_millis(1));
        hand.seconds(1, from);
        assert!(hand.reel.begins_from(from) && !hand.reel.begins_from(began));
        hand.at += KEEP;
        hand.seconds(1, from);
        assert!(
            hand.reel.begins_from(began),
            "what is too old is not worth its wait"
        );
    }

    #[test]
    fn it_is_bounded_in_bytes_and_frames() {
        for picture_bytes in [6, limits::REEL_BYTES_MAX / 100] {
            let mut hand = Hand::new();
            let encoder = Encoder {
                picture_bytes,
                gop: i64::MAX,
                ..Encoder::default()
            };
            let mut most = (0, 0);
            for n in 0..10_000 {
                hand.push(encoder.picture(n % 5_000, n * 33_333), None);
                most = (
                    most.0.max(hand.reel.bytes),
                    most.1.max(hand.reel.frames.len()),
                );
            }
            assert!(most.0 <= limits::REEL_BYTES_MAX && most.1 <= limits::REEL_FRAMES_MAX);
            assert!(most.0 > limits::REEL_BYTES_MAX / 2 || most.1 > limits::REEL_FRAMES_MAX / 2);
        }
    }
}
