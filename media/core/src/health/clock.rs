//! An encoder's clock against ours, from when frames arrive.
//!
//! A frame's transit is its arrival minus its time stamp. Networks only ever add to it, so the least transit of some
//! seconds is the frame that waited for nothing, and how these minima move is how the clocks run apart.

use std::collections::VecDeque;

/// How long one minimum is taken over.
const WINDOW_US: i64 = 5_000_000;
/// Minima that are remembered: two minutes.
const WINDOWS_MAX: usize = 24;
/// Minima from which a drift is told: half a minute.
const WINDOWS_MIN: usize = 6;

/// The transit of one stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Transit {
    /// Beginning and least transit of complete windows.
    windows: VecDeque<(i64, i64)>,
    current: Option<(i64, i64)>,
}

impl Transit {
    pub(super) fn frame(&mut self, arrived_us: i64, dts_us: i64) {
        let transit_us = arrived_us.saturating_sub(dts_us);
        match &mut self.current {
            Some((began_us, least_us)) if arrived_us - *began_us < WINDOW_US => {
                *least_us = (*least_us).min(transit_us);
            }
            current => {
                if let Some(complete) = current.replace((arrived_us, transit_us)) {
                    self.windows.push_back(complete);
                }
                if self.windows.len() > WINDOWS_MAX {
                    self.windows.pop_front();
                }
            }
        }
    }

    /// Forgets everything: the encoder's clock jumped.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// The least transit of the last seconds.
    pub(super) fn least_us(&self) -> Option<i64> {
        let (_, now_us) = self.current?;
        let before = self.windows.back().map_or(now_us, |(_, least)| *least);
        Some(now_us.min(before))
    }

    /// How many milliseconds per minute the time stamps gain on our clock.
    #[expect(
        clippy::cast_precision_loss,
        reason = "differences of microseconds within minutes"
    )]
    pub(super) fn drift_ms_per_min(&self) -> Option<f64> {
        if self.windows.len() < WINDOWS_MIN {
            return None;
        }
        let (origin, level) = *self.windows.front()?;
        let points = self.windows.iter().map(|(at, least)| {
            (
                (at - origin) as f64 / 60_000_000.0,
                least.saturating_sub(level) as f64 / 1_000.0,
            )
        });
        let count = self.windows.len() as f64;
        let (x, y) = points
            .clone()
            .fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        let (x, y) = (x / count, y / count);
        let (mut both, mut square) = (0.0, 0.0);
        for (minutes, ms) in points {
            both += (minutes - x) * (ms - y);
            square += (minutes - x) * (minutes - x);
        }
        (square > 0.0).then(|| -both / square)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_runs_fast_gains_and_late_frames_do_not_matter() {
        let mut transit = Transit::default();
        for n in 0..4_000_i64 {
            let at = n * 20_000;
            // 100 ppm fast, which is 6 ms a minute; every third frame is late by up to 50 ms.
            let dts = at + at / 10_000;
            let late = if n % 3 == 0 { n * 7_919 % 50_000 } else { 0 };
            transit.frame(at + late, dts);
        }
        let drift = transit.drift_ms_per_min().unwrap();
        assert!((drift - 6.0).abs() < 0.5, "{drift}");
    }

    #[test]
    fn a_drift_is_not_told_from_a_few_seconds() {
        let mut transit = Transit::default();
        for n in 0..500_i64 {
            transit.frame(n * 20_000, n * 21_000);
        }
        assert_eq!(transit.drift_ms_per_min(), None);
        assert!(transit.least_us().is_some());
    }
}
