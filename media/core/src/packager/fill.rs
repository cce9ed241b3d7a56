//! Holes in the sound are filled with frames of silence.
//!
//! Browsers play sound by its samples, whatever its time stamps say: a frame that is said to last longer, or a hole that
//! is left, is skipped, and everything behind it is heard too early by that much, until somebody seeks. So frames
//! follow each other without a hole; what remains of less than half a frame moves the sound, and is not added up,
//! since the next hole is measured against the time stamps again.

use super::{Packager, Sound, seam};
use crate::mp4;

/// The longest hole that is filled; beyond it players are better told of a break.
const FILL_US: i64 = 10_000_000;
/// Sound that ends this much before the picture is given up: what players hold of it runs out.
const BEHIND_US: i64 = 1_000_000;

impl Packager {
    /// Moves a frame of sound to where the one before it ended, with silence in between as needed; false where it
    /// sounds at a time that is taken.
    pub(super) fn join(&mut self, sound: &mut Sound) -> bool {
        let (Some((_, samples)), Some(rate), Some(end)) =
            (&self.silence, self.tracks.audio, self.sound_end_ticks())
        else {
            return sound.ticks >= self.sound_floor();
        };
        if sound.ticks + self.shift != end {
            let frame = i64::from(*samples);
            let hole = sound.ticks - end;
            let most_us = if self.is_at_seam() {
                seam::SEAM_US
            } else {
                FILL_US
            };
            self.shift = 0;
            if hole < -frame / 2 {
                return false;
            }
            // Beyond that, players are told of another beginning.
            if hole <= mp4::audio_ticks(most_us, rate) {
                let frames = (hole + frame / 2).div_euclid(frame);
                self.shift = frames * frame - hole;
                self.push_silence(frames);
            }
        }
        sound.ticks += self.shift;
        sound.at_us = mp4::audio_us(sound.ticks, rate);
        true
    }

    /// Fills up with silence until nothing is left of the time before an instant.
    pub(super) fn cover_until(&mut self, until_us: i64) {
        let (Some((_, samples)), Some(rate), Some(end)) =
            (&self.silence, self.tracks.audio, self.sound_end_ticks())
        else {
            return;
        };
        let frame = i64::from(*samples);
        let hole = mp4::audio_ticks(until_us, rate) - end;
        if hole <= mp4::audio_ticks(FILL_US, rate) {
            self.push_silence((hole + frame - 1).div_euclid(frame));
        }
    }

    /// Where sound stays away, its place is taken before players run out of it.
    pub(super) fn fill_behind(&mut self, at_us: i64) {
        let is_behind = self.reach().is_some_and(|end| at_us - end > BEHIND_US);
        if self.tracks.video && is_behind {
            self.cover_until(at_us - BEHIND_US / 2);
        }
    }

    /// Whether the next frame of sound is the first after an interruption.
    fn is_at_seam(&self) -> bool {
        self.is_seam && self.sounds.is_empty()
    }

    /// The first sample behind all sound that is known.
    fn sound_end_ticks(&self) -> Option<i64> {
        let queued = self.sounds.back();
        let queued = queued.map(|last| last.ticks + i64::from(last.duration));
        queued.or_else(|| self.sound_end_us.map(|_| self.sound_floor()))
    }

    fn push_silence(&mut self, frames: i64) {
        let (Some((data, samples)), Some(rate)) = (self.silence.clone(), self.tracks.audio) else {
            return;
        };
        for _ in 0..frames {
            let Some(ticks) = self.sound_end_ticks() else {
                return;
            };
            self.queue_sound(Sound {
                at_us: mp4::audio_us(ticks, rate),
                ticks,
                duration: samples,
                data: data.clone(),
            });
        }
    }
}
