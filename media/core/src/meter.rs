//! What arrives, per second.

use std::time::Duration;

use tokio::time::Instant;

use crate::frame::Kind;

/// Counts bytes and pictures, read once a second.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    since: Option<Instant>,
    bytes: u64,
    pictures: u32,
    bitrate_bps: u64,
    pictures_per_second: f64,
}

const EVERY: Duration = Duration::from_secs(1);

impl Meter {
    pub(crate) fn add(&mut self, bytes: usize, kind: Kind) {
        self.bytes += bytes as u64;
        self.pictures += u32::from(kind == Kind::Video);
    }

    /// Bits per second, smoothed over a few seconds, when a second has passed.
    pub(crate) fn read(&mut self, now: Instant) -> Option<u64> {
        let since = *self.since.get_or_insert(now);
        let passed = now.duration_since(since);
        if passed < EVERY {
            return None;
        }
        let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX).max(1);
        let bitrate_bps = self.bytes.saturating_mul(8_000) / millis;
        self.bitrate_bps = match self.bitrate_bps {
            0 => bitrate_bps,
            before => (before.saturating_mul(2) + bitrate_bps) / 3,
        };
        self.pictures_per_second = f64::from(self.pictures) / passed.as_secs_f64();
        (self.bytes, self.pictures, self.since) = (0, 0, Some(now));
        Some(self.bitrate_bps)
    }

    pub(crate) fn pictures_per_second(&self) -> f64 {
        self.pictures_per_second
    }
}
