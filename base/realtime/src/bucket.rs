//! A token bucket.

use std::time::Duration;
use tokio::time::Instant;

/// Allows so many per second after a burst. Holds one number and one instant.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// What is left, in millionths of a token, so that slow refills do not round away.
    micros: u64,
    /// Up to when it was filled.
    filled: Instant,
}

/// One token.
const TOKEN: u64 = 1_000_000;

impl Bucket {
    /// A full bucket.
    pub fn full(burst: u32, now: Instant) -> Self {
        Self {
            micros: u64::from(burst) * TOKEN,
            filled: now,
        }
    }

    /// Takes one token, or says how long until there is one.
    pub fn take(&mut self, per_second: u32, burst: u32, now: Instant) -> Result<(), Duration> {
        let since = now.saturating_duration_since(self.filled);
        // A token per second is a millionth of a token per microsecond.
        let gained = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
        let gained = gained.saturating_mul(u64::from(per_second));
        self.micros = self
            .micros
            .saturating_add(gained)
            .min(u64::from(burst) * TOKEN);
        self.filled = now;
        if self.micros >= TOKEN {
            self.micros -= TOKEN;
            return Ok(());
        }
        Err(Duration::from_micros(
            (TOKEN - self.micros).div_ceil(u64::from(per_second.max(1))),
        ))
    }

    /// Whether it would be full by now, so that it need not be remembered.
    pub fn is_full(&self, per_second: u32, burst: u32, now: Instant) -> bool {
        let mut copy = self.clone();
        copy.take(per_second, burst, now).is_ok() && copy.micros + TOKEN >= u64::from(burst) * TOKEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::full(3, start);
        assert!((0..3).all(|_| bucket.take(1, 3, start).is_ok()));
        assert_eq!(bucket.take(1, 3, start), Err(Duration::from_secs(1)));
        let later = start + Duration::from_millis(1001);
        assert!(bucket.take(1, 3, later).is_ok());
        assert!(bucket.take(1, 3, later).is_err());
        assert!(
            !bucket.is_full(1, 3, later) && bucket.is_full(1, 3, later + Duration::from_secs(4))
        );
    }
}
