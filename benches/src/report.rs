//! How a figure is told: ours, the baseline, the ratio, the spread, and whether the target is reached.

use std::fmt::Write as _;

use crate::abba::Pairs;
use crate::machine::Noise;
use crate::stats::Spread;

/// One line of docs/benchmarks.md.
pub(crate) struct Figure {
    name: String,
    unit: &'static str,
    ours: Spread,
    baseline: Option<(&'static str, Spread)>,
    ratio: Option<Spread>,
    target: Option<Target>,
}

/// What a figure must reach.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// Ours at most this.
    AtMost(f64),
    /// Ours at least this.
    AtLeast(f64),
    /// Ours at most this many times the baseline.
    RatioAtMost(f64),
    /// Ours at least this many times the baseline.
    RatioAtLeast(f64),
}

impl Figure {
    /// A figure of ours alone.
    pub(crate) fn alone(name: impl Into<String>, unit: &'static str, ours: Spread) -> Self {
        Self {
            name: name.into(),
            unit,
            ours,
            baseline: None,
            ratio: None,
            target: None,
        }
    }

    /// A figure of both sides.
    pub(crate) fn paired<T>(
        name: impl Into<String>,
        unit: &'static str,
        baseline: &'static str,
        pairs: &Pairs<T>,
        number: impl Fn(&T) -> f64,
    ) -> Self {
        Self {
            baseline: Some((baseline, pairs.theirs(&number))),
            ratio: Some(pairs.ratio(&number)),
            ..Self::alone(name, unit, pairs.ours(&number))
        }
    }

    /// With what it must reach.
    pub(crate) fn target(self, target: Target) -> Self {
        Self {
            target: Some(target),
            ..self
        }
    }

    fn is_reached(&self) -> Option<bool> {
        let ratio = self.ratio.map(|ratio| ratio.median);
        match self.target? {
            Target::AtMost(most) => Some(self.ours.median <= most),
            Target::AtLeast(least) => Some(self.ours.median >= least),
            Target::RatioAtMost(most) => Some(ratio? <= most),
            Target::RatioAtLeast(least) => Some(ratio? >= least),
        }
    }

    fn target_in_words(&self) -> String {
        match self.target {
            None => "–".to_owned(),
            Some(Target::AtMost(most)) => format!("≤ {} {}", number(most), self.unit),
            Some(Target::AtLeast(least)) => format!("≥ {} {}", number(least), self.unit),
            Some(Target::RatioAtMost(most)) => format!("≤ {} ×", number(most)),
            Some(Target::RatioAtLeast(least)) => format!("≥ {} ×", number(least)),
        }
    }

    fn verdict(&self) -> &'static str {
        match self.is_reached() {
            Some(true) => "reached",
            Some(false) => "MISSED",
            None => "–",
        }
    }

    /// Prints it as soon as it is known.
    pub(crate) fn print(&self) {
        let mut line = format!("  {}: {} {}", self.name, with_range(self.ours), self.unit);
        if let Some((name, theirs)) = self.baseline {
            let _infallible = write!(line, " | {name} {}", with_range(theirs));
        }
        if let Some(ratio) = self.ratio {
            let _infallible = write!(line, " | ratio {} ×", with_range(ratio));
        }
        if self.target.is_some() {
            let _infallible = write!(
                line,
                " | target {}: {}",
                self.target_in_words(),
                self.verdict()
            );
        }
        println!("{line}");
    }

    fn row(&self) -> String {
        let baseline = self.baseline.map_or("–".to_owned(), |(name, theirs)| {
            format!("{name}: {}", with_range(theirs))
        });
        let ratio = self
            .ratio
            .map_or("–".to_owned(), |ratio| format!("{} ×", with_range(ratio)));
        format!(
            "| {} | {} {} | {baseline} | {ratio} | {} | {} |",
            self.name,
            with_range(self.ours),
            self.unit,
            self.target_in_words(),
            self.verdict()
        )
    }
}

/// A suite's figures, printed.
pub(crate) fn print(suite: &str, noise: Noise, figures: &[Figure]) {
    println!("{suite} ({noise})");
    for figure in figures {
        figure.print();
    }
}

/// All figures as the table of docs/benchmarks.md.
pub(crate) fn summary(figures: &[Figure]) {
    println!("\n| figure | ours | baseline | ratio | target | |\n|---|---|---|---|---|---|");
    for figure in figures {
        println!("{}", figure.row());
    }
}

fn with_range(spread: Spread) -> String {
    let (low, high) = (number(spread.low), number(spread.high));
    let median = number(spread.median);
    if low == high {
        median
    } else {
        format!("{median} ({low}–{high})")
    }
}

/// Three digits that matter.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ if value == 0.0 => "0".to_owned(),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(median: f64) -> Spread {
        Spread {
            median,
            low: median,
            high: median,
        }
    }

    #[test]
    fn a_target_is_reached_or_missed() {
        let figure = Figure::alone("weight", "kB", spread(61.0)).target(Target::AtMost(60.0));
        assert_eq!(figure.verdict(), "MISSED");
        let figure = Figure::alone("weight", "kB", spread(60.0)).target(Target::AtMost(60.0));
        assert_eq!(figure.verdict(), "reached");
    }

    #[test]
    fn a_ratio_needs_a_baseline() {
        let figure = Figure::alone("rate", "/s", spread(3.0)).target(Target::RatioAtLeast(2.0));
        assert_eq!(figure.verdict(), "–");
        let ratio = Figure {
            ratio: Some(spread(2.5)),
            ..figure
        };
        assert_eq!(ratio.verdict(), "reached");
    }
}
