//! What an operator may choose about packaging.

use std::time::Duration;

use crate::selector::Patience;

/// How channels package and keep their media.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Longest part; fitted to whole pictures once the frame rate is known, then frozen.
    pub part_target: Duration,
    /// Shortest segment; it ends at the first key frame after that.
    pub segment_min: Duration,
    /// The announced target duration, in whole seconds: no segment is longer.
    pub target_duration_s: u32,
    /// How far back viewers may go.
    pub window: Duration,
    /// Most memory for that, per channel.
    pub window_bytes: usize,
    /// A source without frames for this long counts as silent and may be replaced.
    pub silent_after: Duration,
    /// A channel without frames for this long is idle, no longer interrupted.
    pub idle_after: Duration,
    /// How long is waited before another input or the slate comes on air.
    pub patience: Patience,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            part_target: Duration::from_micros(333_334),
            segment_min: Duration::from_secs(2),
            target_duration_s: 4,
            window: Duration::from_mins(10),
            window_bytes: 24 * 1024 * 1024,
            silent_after: Duration::from_secs(2),
            idle_after: Duration::from_mins(1),
            patience: Patience::default(),
        }
    }
}

impl Settings {
    /// How long a request may wait for media that is announced: three target durations.
    pub fn hold(&self) -> Duration {
        Duration::from_secs(u64::from(self.target_duration_s) * 3)
    }
}
