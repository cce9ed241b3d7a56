//! Counters of an ingest protocol. The composition root reads them; nothing here knows who counts.

use std::sync::atomic::{AtomicU64, Ordering};

use media_core::metrics::Count;

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The peer hung up.
    HungUp,
    /// The encoder said goodbye.
    Unpublished,
    /// What came was not the protocol.
    NotRtmp,
    /// What came broke the protocol or its limits.
    Malformed,
    /// The peer took too long to say what it wants.
    TooSlow,
    /// Too many connections that publish nothing; this was the oldest.
    Crowded,
    /// The stream key opens nothing.
    WrongKey,
    /// Another encoder sends to the channel.
    Busy,
    /// The server carries no further publisher.
    Full,
    /// Stream keys could not be checked.
    Unavailable,
    /// The stream key was revoked while it was used.
    Revoked,
    /// What the key was for is over.
    Over,
    /// The channel disconnected the encoder.
    Evicted,
    /// What was sent cannot be carried.
    Unsupported,
    /// Nothing was sent for too long.
    Idle,
    /// The peer does not take our replies.
    Stuck,
    /// The server stopped.
    Shutdown,
    /// A fault of ours.
    Panicked,
}

impl Ending {
    /// Every ending.
    pub const ALL: [Self; 18] = [
        Self::HungUp,
        Self::Unpublished,
        Self::NotRtmp,
        Self::Malformed,
        Self::TooSlow,
        Self::Crowded,
        Self::WrongKey,
        Self::Busy,
        Self::Full,
        Self::Unavailable,
        Self::Revoked,
        Self::Over,
        Self::Evicted,
        Self::Unsupported,
        Self::Idle,
        Self::Stuck,
        Self::Shutdown,
        Self::Panicked,
    ];

    /// The ending as a metric's label.
    pub fn label(self) -> &'static str {
        match self {
            Self::HungUp => "hung_up",
            Self::Unpublished => "unpublished",
            Self::NotRtmp => "not_rtmp",
            Self::Malformed => "malformed",
            Self::TooSlow => "too_slow",
            Self::Crowded => "crowded",
            Self::WrongKey => "wrong_key",
            Self::Busy => "busy",
            Self::Full => "full",
            Self::Unavailable => "unavailable",
            Self::Revoked => "revoked",
            Self::Over => "over",
            Self::Evicted => "evicted",
            Self::Unsupported => "unsupported",
            Self::Idle => "idle",
            Self::Stuck => "stuck",
            Self::Shutdown => "shutdown",
            Self::Panicked => "panicked",
        }
    }
}

/// The counters of one server.
#[derive(Debug, Default)]
pub struct Counters {
    /// Connections accepted.
    pub connections: Count,
    /// Connections that publish nothing yet (gauge).
    pub half_open: Count,
    /// Connections that publish (gauge).
    pub publishers: Count,
    /// Bytes received.
    pub bytes: Count,
    /// Tags handed to channels.
    pub frames: Count,
    /// Tags that were damaged or too large and were dropped.
    pub dropped: Count,
    ended: [AtomicU64; Ending::ALL.len()],
}

impl Counters {
    /// Connections that ended so.
    pub fn ended(&self, ending: Ending) -> u64 {
        self.ended[ending as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn end(&self, ending: Ending) {
        self.ended[ending as usize].fetch_add(1, Ordering::Relaxed);
    }
}

/// Holds a gauge up while it lives, also through a panic.
pub(crate) struct Raised<'a>(&'a Count);

impl<'a> Raised<'a> {
    pub(crate) fn new(gauge: &'a Count) -> Self {
        gauge.add(1);
        Self(gauge)
    }
}

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.0.sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_has_its_own_counter() {
        let counters = Counters::default();
        for (index, ending) in Ending::ALL.into_iter().enumerate() {
            assert_eq!(ending as usize, index, "{}", ending.label());
            counters.end(ending);
            assert_eq!(counters.ended(ending), 1);
        }
    }
}
