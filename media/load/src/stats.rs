//! Medians and percentiles of small samples.

/// The value below which a share `at` (0 to 1) of the sample lies; nearest rank. Zero for an empty sample.
pub fn percentile(sample: &[f64], at: f64) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rank within the sample"
    )]
    let rank = (at * last as f64).round() as usize;
    sorted.get(rank).copied().unwrap_or_default()
}

/// A sample in three numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spread {
    /// The middle one.
    pub median: f64,
    /// The smallest.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

impl Spread {
    /// Of a sample.
    pub fn of(sample: &[f64]) -> Self {
        Self {
            median: median(sample),
            low: percentile(sample, 0.0),
            high: percentile(sample, 1.0),
        }
    }
}

/// The middle of a sample, between the two middle ones when it is even.
pub fn median(sample: &[f64]) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[odd / 2],
        even => f64::midpoint(sorted[even / 2 - 1], sorted[even / 2]),
    }
}

/// A straight line through points, by least squares.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slope {
    /// How much it rises per unit.
    pub per_unit: f64,
    /// Its standard error.
    pub error: f64,
}

impl Slope {
    /// Through points; none through fewer than three, or if they stand above each other.
    pub fn through(points: &[(f64, f64)]) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        let count = points.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
        let (mid_x, mid_y) = (mean(|point| point.0), mean(|point| point.1));
        let spread: f64 = points.iter().map(|(x, _)| (x - mid_x).powi(2)).sum();
        if points.len() < 3 || spread <= 0.0 {
            return None;
        }
        let both: f64 = points.iter().map(|(x, y)| (x - mid_x) * (y - mid_y)).sum();
        let per_unit = both / spread;
        let off = |(x, y): &(f64, f64)| (y - mid_y - per_unit * (x - mid_x)).powi(2);
        let left: f64 = points.iter().map(off).sum();
        Some(Self {
            per_unit,
            error: (left / (count - 2.0) / spread).sqrt(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_found_and_its_uncertainty_grows_with_the_noise() {
        let line = |noise: f64| -> Vec<(f64, f64)> {
            let point = |n: i32| {
                let x = f64::from(n);
                (x, 3.0 + 0.5 * x + noise * f64::from(n % 3 - 1))
            };
            (0..90).map(point).collect()
        };
        let exact = Slope::through(&line(0.0)).unwrap();
        assert!(
            (exact.per_unit - 0.5).abs() < 1e-9 && exact.error < 1e-9,
            "{exact:?}"
        );
        let noisy = Slope::through(&line(5.0)).unwrap();
        assert!(
            (noisy.per_unit - 0.5).abs() < 3.0 * noisy.error,
            "{noisy:?}"
        );
        assert!(noisy.error > 1e-3);
        assert!(Slope::through(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)]).is_none());
    }

    #[test]
    fn a_median_lies_in_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median(&[]).abs() < f64::EPSILON);
    }

    #[test]
    fn percentiles_are_members_of_the_sample() {
        let sample: Vec<f64> = (0..=100).map(f64::from).collect();
        assert!((percentile(&sample, 0.99) - 99.0).abs() < f64::EPSILON);
        assert!((percentile(&sample, 1.0) - 100.0).abs() < f64::EPSILON);
    }
}
