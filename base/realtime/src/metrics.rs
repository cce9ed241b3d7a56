//! What the hub counts.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;

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
    /// Shows them.
    pub fn register(&self, metrics: &platform::Metrics) {
        let gauges = [
            (
                "matsuri_realtime_connections",
                "Open realtime connections",
                &self.connections,
            ),
            (
                "matsuri_realtime_subscriptions",
                "Open subscriptions to topics",
                &self.subscriptions,
            ),
            (
                "matsuri_realtime_topics",
                "Topics held in memory",
                &self.topics,
            ),
        ];
        for (name, help, gauge) in gauges {
            metrics.register(name, help, gauge.clone());
        }
        let counters = [
            ("matsuri_realtime_frames", "Frames sent", &self.frames),
            (
                "matsuri_realtime_resyncs",
                "Snapshots for readers too slow",
                &self.resyncs,
            ),
            ("matsuri_realtime_commands", "Commands run", &self.commands),
            (
                "matsuri_realtime_turned_away",
                "Connections refused for their number",
                &self.turned_away,
            ),
            (
                "matsuri_realtime_dropped",
                "Connections closed for misbehaving",
                &self.dropped,
            ),
        ];
        for (name, help, counter) in counters {
            metrics.register(name, help, counter.clone());
        }
    }
}
