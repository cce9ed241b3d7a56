//! What the hub counts.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Counters and gauges of a hub; cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Connections that are open.
    pub connections: Gauge,
    /// Subscriptions that are open.
    pub subscriptions: Gauge,
    /// Topics that are held.
    pub topics: Gauge,
    /// Frames sent.
    pub frames: Counter,
    /// Snapshots sent to readers that were too slow for the deltas.
    pub resyncs: Counter,
    /// Commands run.
    pub commands: Counter,
    /// Connections turned away at the door, for their number.
    pub turned_away: Counter,
    /// Connections closed for going too fast, saying nothing or not reading.
    pub dropped: Counter,
}

impl Metrics {
    /// Puts them into a registry.
    pub fn register(&self, registry: &mut Registry) {
        let mut gauge = |name: &str, help: &str, gauge: &Gauge| {
            registry.register(name, help, gauge.clone());
        };
        gauge(
            "matsuri_realtime_connections",
            "Open realtime connections",
            &self.connections,
        );
        gauge(
            "matsuri_realtime_subscriptions",
            "Open subscriptions to topics",
            &self.subscriptions,
        );
        gauge(
            "matsuri_realtime_topics",
            "Topics held in memory",
            &self.topics,
        );
        let mut counter = |name: &str, help: &str, counter: &Counter| {
            registry.register(name, help, counter.clone());
        };
        counter("matsuri_realtime_frames", "Frames sent", &self.frames);
        counter(
            "matsuri_realtime_resyncs",
            "Snapshots for readers too slow",
            &self.resyncs,
        );
        counter("matsuri_realtime_commands", "Commands run", &self.commands);
        counter(
            "matsuri_realtime_turned_away",
            "Connections refused for their number",
            &self.turned_away,
        );
        counter(
            "matsuri_realtime_dropped",
            "Connections closed for misbehaving",
            &self.dropped,
        );
    }
}
