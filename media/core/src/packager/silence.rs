//! Holes in the sound are closed with silence.
//!
//! Browsers play sound by its samples and not by its times. A frame that is said to last longer than its samples do
//! lets everything after it come too early: with every change of input sound would run further ahead of the picture.
//! So a hole gets whole frames of silence. What is left over, less than half a frame, is owed to the next hole, so that
//! it never adds up. `tests/it/seams.rs` counts the samples.

use bytes::Bytes;

use super::Packager;
use crate::mp4::Sample;

/// A frame of silence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Silence {
    pub(crate) data: &'static [u8],
    /// What it lasts.
    pub(crate) samples: u32,
}

impl Packager {
    /// Silence for a hole of so many ticks, as samples that last exactly as long together; none for one that is shorter
    /// than half a frame, which what borders on it has to close. A negative hole is an overlap.
    pub(super) fn silence_for(&mut self, hole: i64) -> Vec<Sample> {
        let Some(silence) = self.tracks.silence else {
            return Vec::new();
        };
        let frame = i64::from(silence.samples);
        let due = hole + self.owed_ticks;
        let wanted = (due + frame / 2).div_euclid(frame).max(0);
        // Each of them has to last at least a tick.
        let count = if hole > 0 { wanted.min(hole) } else { 0 };
        self.owed_ticks = due - count * frame;
        let lasts = |number: i64| hole * (number + 1) / count - hole * number / count;
        let sample = |number| Sample {
            duration: u32::try_from(lasts(number)).unwrap_or(silence.samples),
            cts: 0,
            key: true,
            data: Bytes::from_static(silence.data),
        };
        (0..count).map(sample).collect()
    }
}
