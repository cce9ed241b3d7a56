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

#[cfg(test)]
mod tests {
    use super::*;

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
