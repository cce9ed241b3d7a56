//! Pictures per second, and the grid they lie on.

use crate::limits::SNAP_US;

/// Pictures from which a rate is measured.
pub(crate) const RATE_PICTURES: usize = 10;

/// A frame rate as a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pictures: i64,
    seconds: i64,
}

impl Rate {
    /// A rate, unless it is none: under one picture in ten seconds or over 1,000 in one.
    pub(crate) fn new(pictures: i64, seconds: i64) -> Option<Self> {
        let possible = pictures > 0
            && seconds > 0
            && pictures <= u32::MAX.into()
            && pictures.saturating_mul(10) >= seconds
            && pictures <= seconds.saturating_mul(1_000);
        let common = gcd(pictures, seconds);
        possible.then(|| Self {
            pictures: pictures / common,
            seconds: seconds / common,
        })
    }

    /// When the `n`th picture after the grid's first is due.
    fn nth_us(self, n: i64) -> i64 {
        let scaled = i128::from(n) * i128::from(self.seconds) * 1_000_000;
        let pictures = i128::from(self.pictures);
        i64::try_from((scaled + pictures / 2).div_euclid(pictures)).unwrap_or(i64::MAX)
    }

    /// How long one picture stays.
    pub(crate) fn frame_us(self) -> i64 {
        self.nth_us(1)
    }

    /// The longest run of whole pictures within `limit_us`.
    pub(crate) fn pictures_within(self, limit_us: i64) -> i64 {
        (limit_us.saturating_add(1)).saturating_mul(self.pictures) / (self.seconds * 1_000_000)
    }

    /// How long `n` pictures take.
    pub(crate) fn span_us(self, n: i64) -> i64 {
        self.nth_us(n)
    }

    /// Pictures per second.
    #[expect(clippy::cast_precision_loss, reason = "both are below 2^32")]
    pub(crate) fn per_second(self) -> f64 {
        self.pictures as f64 / self.seconds as f64
    }

    /// Thousandths of pictures per second.
    pub(crate) fn thousandths(self) -> u64 {
        let thousandths = (self.pictures * 1_000 + self.seconds / 2) / self.seconds;
        u64::try_from(thousandths).unwrap_or(0)
    }

    /// The rate that decoding times show, if they are steady; a claim that fits is more exact.
    pub(crate) fn measure(dts_us: &[i64], claimed: Option<Self>) -> Option<Self> {
        let (first, last) = (dts_us.first()?, dts_us.last()?);
        let steps = i64::try_from(dts_us.len()).ok()? - 1;
        if steps < 2 {
            return None;
        }
        let mean = (last - first) / steps;
        let jitter_us = 2 * SNAP_US;
        let steady = dts_us
            .windows(2)
            .all(|pair| (pair[1] - pair[0] - mean).abs() <= jitter_us);
        if !steady || mean <= 0 {
            return None;
        }
        if let Some(claimed) = claimed.filter(|rate| (rate.frame_us() - mean).abs() * 100 <= mean) {
            return Some(claimed);
        }
        // Milliseconds cannot tell 30 from 29.97; the grid follows either (see `Grid`).
        let whole = Self::new((1_000_000 + mean / 2) / mean, 1)?;
        let fits = (whole.frame_us() - mean).abs() * steps <= jitter_us;
        if fits {
            Some(whole)
        } else {
            Self::new(1_000_000, mean)
        }
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i64::try_from(a).unwrap_or(1).max(1)
}

/// Moves decoding times that were rounded to milliseconds back onto the grid they came from.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    rate: Option<Rate>,
    /// Origin of the grid, and the index of the last picture on it.
    origin: Option<(i64, i64)>,
    last_us: Option<i64>,
}

/// Two pictures are never closer than this, whatever the encoder says.
pub(crate) const STEP_MIN_US: i64 = 1_000;

impl Grid {
    /// Starts a new grid for pictures at this rate; none for pictures that come as they like.
    pub(crate) fn reset(&mut self, rate: Option<Rate>) {
        (self.rate, self.origin) = (rate, None);
    }

    pub(crate) fn rate(&self) -> Option<Rate> {
        self.rate
    }

    /// The instant at which the picture of `at_us` is published: strictly after the one before.
    pub(crate) fn place(&mut self, at_us: i64) -> Placed {
        let snapped = self.snap(at_us);
        let floor = self.last_us.map_or(i64::MIN, |last| last + STEP_MIN_US);
        let placed = Placed {
            at_us: snapped.max(floor),
            clamped: snapped < floor,
        };
        self.last_us = Some(placed.at_us);
        placed
    }

    fn snap(&mut self, at_us: i64) -> i64 {
        let Some(rate) = self.rate else { return at_us };
        if let Some((origin, index)) = self.origin {
            let due = |n: i64| origin + rate.nth_us(n);
            let behind = at_us - due(index);
            let steps = ((behind + rate.frame_us() / 2) / rate.frame_us()).max(1);
            let due = due(index + steps);
            if (at_us - due).abs() <= SNAP_US {
                self.origin = Some((origin, index + steps));
                return due;
            }
        }
        self.origin = Some((at_us, 0));
        at_us
    }
}

/// Where a frame came to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) at_us: i64,
    /// It had to be moved to stay after its predecessor.
    pub(crate) clamped: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(rate: Rate, count: i64) -> Vec<i64> {
        (0..count).map(|n| rate.nth_us(n) / 1_000 * 1_000).collect()
    }

    #[test]
    fn rounded_times_show_their_rate() {
        for (pictures, seconds) in [(24, 1), (25, 1), (30, 1), (50, 1), (60, 1), (10, 1), (1, 1)] {
            let rate = Rate::new(pictures, seconds).unwrap();
            assert_eq!(
                Rate::measure(&milliseconds(rate, 10), None),
                Some(rate),
                "{pictures}"
            );
        }
        let ntsc = Rate::new(30_000, 1_001);
        assert_eq!(Rate::measure(&milliseconds(ntsc.unwrap(), 10), ntsc), ntsc);
    }

    #[test]
    fn unsteady_times_have_no_rate() {
        assert_eq!(
            Rate::measure(&[0, 33_000, 99_000, 133_000, 200_000], Rate::new(30, 1)),
            None
        );
        assert_eq!(Rate::measure(&[0, 33_000], Rate::new(30, 1)), None);
        assert_eq!(Rate::measure(&[0, 0, 0, 0, 0], None), None);
    }

    #[test]
    fn the_grid_undoes_the_rounding() {
        let rate = Rate::new(30, 1).unwrap();
        let mut grid = Grid::default();
        grid.reset(Some(rate));
        for (n, at) in (0..).zip(milliseconds(rate, 1_000)) {
            assert_eq!(grid.place(at).at_us, rate.nth_us(n));
        }
    }

    #[test]
    fn the_grid_follows_a_slightly_wrong_rate_within_a_millisecond() {
        let (real, assumed) = (Rate::new(30_000, 1_001).unwrap(), Rate::new(30, 1).unwrap());
        let mut grid = Grid::default();
        grid.reset(Some(assumed));
        for at in milliseconds(real, 10_000) {
            assert!((grid.place(at).at_us - at).abs() <= SNAP_US);
        }
    }

    #[test]
    fn the_grid_never_steps_back() {
        let mut grid = Grid::default();
        grid.reset(Rate::new(30, 1));
        assert_eq!(grid.place(100_000).at_us, 100_000);
        assert_eq!(
            grid.place(50_000),
            Placed {
                at_us: 101_000,
                clamped: true
            }
        );
    }
}
