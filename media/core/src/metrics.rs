//! Counters of the media path. The composition root reads them; nothing here knows who counts.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::seat::On;

/// A number that only grows, except where it is a gauge.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Adds to it.
    pub fn add(&self, by: u64) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    /// Takes from a gauge.
    pub fn sub(&self, by: u64) {
        self.0.fetch_sub(by, Ordering::Relaxed);
    }

    /// Its present value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a frame was not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drop {
    /// No configuration of its codec has come yet.
    Unconfigured,
    /// Nothing can be decoded before the first key frame.
    BeforeKey,
    /// Its NAL units do not fit its bytes, or it is empty.
    Malformed,
    /// It exceeds a limit of [`crate::limits`].
    TooLarge,
}

impl Drop {
    /// Every cause, in the order of [`Metrics::drops`].
    pub const ALL: [Self; 4] = [
        Self::Unconfigured,
        Self::BeforeKey,
        Self::Malformed,
        Self::TooLarge,
    ];

    /// The cause as a metric's label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Unconfigured => "unconfigured",
            Self::BeforeKey => "before_key",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
        }
    }
}

/// The counters of all channels of a process.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Parts published.
    pub parts: Count,
    /// Segments closed.
    pub segments: Count,
    /// Bytes of coded frames received.
    pub bytes_in: Count,
    /// Frames received.
    pub frames_in: Count,
    /// Discontinuities announced to viewers.
    pub discontinuities: Count,
    /// Jumps of an encoder's clock.
    pub jumps: Count,
    /// Time stamps that stepped back and were moved.
    pub clamped: Count,
    /// Segments cut without a key frame because none came in time.
    pub forced_cuts: Count,
    /// Parts longer than announced because one picture lasted longer.
    pub long_parts: Count,
    /// Bytes of media held in memory (gauge).
    pub window_bytes: Count,
    /// Sources that send now (gauge).
    pub publishers: Count,
    /// Sources ever admitted.
    pub admitted: Count,
    /// Sources refused because another one sent.
    pub busy: Count,
    /// Sources replaced or closed by us.
    pub evicted: Count,
    /// Sources turned away because of what they sent.
    pub rejected: Count,
    /// Failed writes of a journal.
    pub journal_failures: Count,
    /// Parts whose sound was coded once more.
    pub recoded_parts: Count,
    /// Of these, those with silence in place of sound that did not come in time.
    pub recoded_silent: Count,
    /// Frames of sound coded once more that came too late, or for no time at all.
    pub recoded_late: Count,
    drops: [Count; 4],
    switches: [Count; 5],
}

impl Metrics {
    /// Times that something came on air.
    pub fn switches(&self, on: On) -> &Count {
        &self.switches[on as usize]
    }

    /// Frames dropped because of `cause`.
    pub fn drops(&self, cause: Drop) -> &Count {
        match cause {
            Drop::Unconfigured => &self.drops[0],
            Drop::BeforeKey => &self.drops[1],
            Drop::Malformed => &self.drops[2],
            Drop::TooLarge => &self.drops[3],
        }
    }
}
