//! The registry of metrics and its two text forms.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::registry::{Metric, Registry};

use super::process::Process;

/// Content type of [`Metrics::openmetrics`].
pub const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Content type of [`Metrics::prometheus`].
pub const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics of the process; clones are the same.
///
/// Names are `matsuri_<noun>_<unit>`; counters get their `_total` when they are written.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// A registry that knows the process itself.
    pub fn new() -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Process));
        Self {
            registry: Arc::new(Mutex::new(registry)),
        }
    }

    /// Adds a metric.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        self.lock().register(name, help, metric);
    }

    /// Adds something that is measured when it is asked for.
    pub fn collect(&self, collector: impl Collector) {
        self.lock().register_collector(Box::new(collector));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All metrics as `OpenMetrics` text.
    pub fn openmetrics(&self) -> String {
        let mut text = String::new();
        if let Err(error) = prometheus_client::encoding::text::encode(&mut text, &self.lock()) {
            tracing::error!("metrics cannot be written: {error}");
        }
        text
    }

    /// The same in the older Prometheus text form: no units, no exemplars, counters described by their full name.
    pub fn prometheus(&self) -> String {
        let mut text = String::new();
        let modern = self.openmetrics();
        let counters: Vec<&str> = modern
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
            .collect();
        for line in modern.lines() {
            if line == "# EOF" || line.starts_with("# UNIT ") {
                continue;
            }
            let described = line
                .strip_prefix("# HELP ")
                .or_else(|| line.strip_prefix("# TYPE "));
            match described.and_then(|rest| rest.split_once(' ')) {
                Some((name, rest)) if counters.contains(&name) => {
                    let _ = writeln!(text, "{} {name}_total {rest}", &line[..6]);
                }
                Some(_) => {
                    let _ = writeln!(text, "{line}");
                }
                None => {
                    let sample = line.split_once(" # ").map_or(line, |(sample, _)| sample);
                    let _ = writeln!(text, "{sample}");
                }
            }
        }
        text
    }
}
