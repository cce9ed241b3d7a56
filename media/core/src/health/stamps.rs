//! The time stamps of one stream: their usual step, gaps, regressions, and the jitter of their arrival.

use crate::limits::{JUMP_US, STEP_BACK_MAX_US};

/// Steps that the usual one is taken from.
const STEPS: usize = 32;
/// A step this many times the usual one is a gap …
const GAP_STEPS: i64 = 5;
/// … unless it is shorter than this: sound comes in steps of a few milliseconds.
const GAP_MIN_US: i64 = 200_000;

/// What a frame's time stamp means after the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It goes on.
    On,
    /// It belongs to another time line: what was measured before says nothing about it.
    Jump,
}

/// How often something happened, and when last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Events {
    pub(super) count: u64,
    pub(super) last_us: Option<i64>,
}

impl Events {
    fn one_more(&mut self, at_us: i64) {
        self.count += 1;
        self.last_us = Some(at_us);
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Stamps {
    last: Option<(i64, i64)>,
    steps: [i64; STEPS],
    seen: usize,
    usual_us: Option<i64>,
    /// Sixteenths of microseconds, as in RFC 3550 §A.8.
    jitter_16: i64,
    pub(super) gaps: Events,
    pub(super) regressions: Events,
}

impl Stamps {
    /// One more frame of `dts_us`, arrived at `at_us`.
    pub(super) fn frame(&mut self, dts_us: i64, at_us: i64) -> Step {
        let Some((last_dts, last_at)) = self.last.replace((dts_us, at_us)) else {
            return Step::On;
        };
        let step_us = dts_us.saturating_sub(last_dts);
        if step_us <= 0 {
            self.regressions.one_more(at_us);
            if step_us < -STEP_BACK_MAX_US {
                return Step::Jump;
            }
            // A repeated or slightly older stamp says nothing about the steps; the next is measured from the newest.
            self.last = Some((last_dts, at_us));
            return Step::On;
        }
        let gap_us = self
            .usual_us
            .map(|usual| (usual * GAP_STEPS).max(GAP_MIN_US));
        if gap_us.is_some_and(|gap| step_us > gap) || step_us > JUMP_US {
            self.gaps.one_more(at_us);
            return if step_us > JUMP_US {
                Step::Jump
            } else {
                Step::On
            };
        }
        self.steps[self.seen % STEPS] = step_us;
        self.seen += 1;
        if self.seen.is_multiple_of(STEPS) {
            self.usual_us = Some(usual(self.steps));
        }
        let difference = (at_us - last_at).saturating_sub(step_us).saturating_abs();
        self.jitter_16 += difference.min(JUMP_US) - self.jitter_16 / 16;
        Step::On
    }

    /// The usual step.
    pub(super) fn usual_us(&self) -> Option<i64> {
        self.usual_us
    }

    pub(super) fn jitter_us(&self) -> i64 {
        self.jitter_16 / 16
    }

    /// When the newest frame arrived.
    pub(super) fn last_at(&self) -> Option<i64> {
        self.last.map(|(_, at)| at)
    }
}

/// The step of a source that sometimes leaves frames out: the mean of those near the lower quartile, which also undoes
/// the rounding of time stamps to milliseconds.
fn usual(mut steps: [i64; STEPS]) -> i64 {
    steps.sort_unstable();
    let quartile = steps[STEPS / 4];
    let near = |step: &&i64| (**step - quartile).abs() * 4 <= quartile;
    let (sum, count) = steps
        .iter()
        .filter(near)
        .fold((0, 0), |(sum, count), step| (sum + step, count + 1));
    sum / i64::max(count, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_step_survives_rounding_and_left_out_frames() {
        let mut stamps = Stamps::default();
        for n in (0..200_i64).filter(|n| n % 7 != 3) {
            stamps.frame(n * 1_000_000 / 30 / 1_000 * 1_000, n * 33_333);
        }
        let usual = stamps.usual_us().unwrap();
        assert!((usual - 33_333).abs() < 400, "{usual}");
        assert_eq!(stamps.gaps.count, 0);
    }

    #[test]
    fn gaps_and_steps_back_are_counted_and_dated() {
        let mut stamps = Stamps::default();
        for n in 0..64 {
            stamps.frame(n * 20_000, n * 20_000);
        }
        assert_eq!(stamps.frame(63 * 20_000 + 500_000, 2_000_000), Step::On);
        assert_eq!(
            (stamps.gaps.count, stamps.gaps.last_us),
            (1, Some(2_000_000))
        );
        assert_eq!(stamps.frame(1_500_000, 2_100_000), Step::On);
        assert_eq!(stamps.frame(1_500_000, 2_200_000), Step::On);
        assert_eq!(stamps.regressions.count, 2);
        assert_eq!(stamps.frame(0, 2_300_000), Step::Jump);
        assert_eq!(stamps.frame(60_000_000, 2_400_000), Step::Jump);
    }

    #[test]
    fn jitter_is_nothing_for_a_steady_source_and_grows_with_the_network() {
        let (mut steady, mut shaky) = (Stamps::default(), Stamps::default());
        for n in 0..500_i64 {
            steady.frame(n * 20_000, n * 20_000 + 70_000);
            shaky.frame(n * 20_000, n * 20_000 + n * 7_919 % 30_000);
        }
        assert_eq!(steady.jitter_us(), 0);
        assert!(shaky.jitter_us() > 5_000, "{}", shaky.jitter_us());
    }
}
