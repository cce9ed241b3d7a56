//! The clock as a value. Instants are UTC; a database holds them as microseconds in a BIGINT.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub use jiff::Timestamp;

/// Where "now" comes from. Handed down from the composition root; no other code asks the system.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds since the Unix epoch when a test holds the clock, else the system's.
    held: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self { held: None }
    }

    /// A clock that stands still at `start` until [`Clock::advance`] moves it.
    pub fn held_at(start: Timestamp) -> Self {
        Self {
            held: Some(Arc::new(AtomicI64::new(start.as_microsecond()))),
        }
    }

    /// The present instant, whole microseconds, so that what is stored equals what was used.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that may ask the system"
    )]
    pub fn now(&self) -> Timestamp {
        let micros = match &self.held {
            Some(held) => held.load(Ordering::SeqCst),
            None => Timestamp::now().as_microsecond(),
        };
        from_micros(micros)
    }

    /// Moves a held clock forward; a system clock does not care.
    pub fn advance(&self, by: std::time::Duration) {
        if let Some(held) = &self.held {
            held.fetch_add(
                i64::try_from(by.as_micros()).unwrap_or(i64::MAX),
                Ordering::SeqCst,
            );
        }
    }
}

/// The instant of a stored BIGINT; values outside the calendar's range are clamped to its ends.
pub fn from_micros(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}
