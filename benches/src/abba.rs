//! Two sides measured in turns, so that what else the machine does falls on both.

use anyhow::Result;

use crate::machine::Noise;
use crate::stats::{Spread, median};

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Side {
    /// Matsuri.
    Ours,
    /// The baseline.
    Theirs,
}

/// One measurement with what disturbed it.
pub(crate) struct Run<T> {
    /// What was measured.
    pub(crate) value: T,
    /// What else the machine did.
    pub(crate) noise: Noise,
}

/// Both sides, run by run; equal positions were measured next to each other.
pub(crate) struct Pairs<T> {
    /// Matsuri's runs.
    pub(crate) ours: Vec<T>,
    /// The baseline's runs.
    pub(crate) theirs: Vec<T>,
    /// What else the machine did over all of them.
    pub(crate) noise: Noise,
}

/// Measures ours, theirs, theirs, ours, `blocks` times. A block in which other programs took more than a quarter of
/// the machine is measured once more; a machine that stays busy is used as it is, and the report says so.
pub(crate) async fn measure<T>(
    blocks: usize,
    mut run: impl AsyncFnMut(Side) -> Result<Run<T>>,
) -> Result<Pairs<T>> {
    let mut pairs = Pairs {
        ours: Vec::new(),
        theirs: Vec::new(),
        noise: Noise::default(),
    };
    for block in 1..=blocks {
        let mut attempt = Box::pin(abba(&mut run)).await?;
        if attempt.noise.is_loud() {
            println!("  block {block} of {blocks}: {}; again", attempt.noise);
            let again = Box::pin(abba(&mut run)).await?;
            if again.noise.foreign < attempt.noise.foreign {
                attempt = again;
            }
        }
        println!("  block {block} of {blocks}: {}", attempt.noise);
        pairs.noise = pairs.noise.worst(attempt.noise);
        pairs.ours.extend(attempt.ours);
        pairs.theirs.extend(attempt.theirs);
    }
    Ok(pairs)
}

async fn abba<T>(run: &mut impl AsyncFnMut(Side) -> Result<Run<T>>) -> Result<Pairs<T>> {
    let first = run(Side::Ours).await?;
    let second = run(Side::Theirs).await?;
    let third = run(Side::Theirs).await?;
    let fourth = run(Side::Ours).await?;
    let noise = [&first, &second, &third, &fourth]
        .into_iter()
        .fold(Noise::default(), |worst, run| worst.worst(run.noise));
    Ok(Pairs {
        ours: vec![first.value, fourth.value],
        theirs: vec![second.value, third.value],
        noise,
    })
}

impl<T> Pairs<T> {
    /// One number of each of our runs.
    pub(crate) fn ours(&self, number: impl Fn(&T) -> f64) -> Spread {
        Spread::of(&self.ours.iter().map(number).collect::<Vec<_>>())
    }

    /// One number of each of the baseline's runs.
    pub(crate) fn theirs(&self, number: impl Fn(&T) -> f64) -> Spread {
        Spread::of(&self.theirs.iter().map(number).collect::<Vec<_>>())
    }

    /// Ours divided by theirs, pair by pair.
    pub(crate) fn ratio(&self, number: impl Fn(&T) -> f64) -> Spread {
        let ratios: Vec<f64> = self
            .ours
            .iter()
            .zip(&self.theirs)
            .map(|(ours, theirs)| number(ours) / number(theirs).max(f64::MIN_POSITIVE))
            .collect();
        Spread {
            median: median(&ratios),
            ..Spread::of(&ratios)
        }
    }
}
