//! Counts who comes in by which way.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use crate::model::Way;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Try {
    way: &'static str,
    provider: String,
    outcome: &'static str,
}

/// How a try to sign in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Somebody is in.
    Done,
    /// Not accepted.
    Refused,
    /// The provider could not be used.
    Away,
}

/// Signing in, in numbers; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    tries: Family<Try, Counter>,
}

impl Metrics {
    /// Shows them in a registry.
    pub fn register(&self, metrics: &platform::Metrics) {
        metrics.register(
            "matsuri_sign_ins",
            "Tries to sign in, by way, provider and outcome",
            self.tries.clone(),
        );
    }

    /// Counts a try; `provider` is one that is configured, or empty.
    pub(crate) fn tried(&self, way: Way, provider: &str, outcome: Outcome) {
        let label = Try {
            way: way.as_str(),
            provider: provider.to_owned(),
            outcome: match outcome {
                Outcome::Done => "done",
                Outcome::Refused => "refused",
                Outcome::Away => "away",
            },
        };
        self.tries.get_or_create(&label).inc();
    }
}
