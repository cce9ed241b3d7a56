//! The counters of the media path, as metrics. The media path itself does not know who counts.

use std::fmt;
use std::sync::Arc;

use media_core::On;
use media_core::metrics::{Count, Drop};
use media_deliver::metrics::{Kind, STATUSES};
use media_ingest::counters::Ending;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Reads the counters when somebody asks.
#[derive(Debug)]
pub struct Counts {
    /// Packaging.
    pub core: Arc<media_core::metrics::Metrics>,
    /// Delivery.
    pub deliver: Arc<media_deliver::metrics::Metrics>,
    /// RTMP.
    pub rtmp: Arc<media_ingest::counters::Counters>,
    /// WHIP, where it is offered.
    pub whip: Option<Arc<media_ingest::whip::Counters>>,
}

impl Collector for Counts {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Out(&mut encoder);
        self.core(&mut out)?;
        self.deliver(&mut out)?;
        self.rtmp(&mut out)?;
        self.whip(&mut out)
    }
}

impl Counts {
    fn core(&self, out: &mut Out<'_, '_>) -> fmt::Result {
        let core = &self.core;
        let counters = [
            ("parts", "Parts published", &core.parts),
            ("segments", "Segments closed", &core.segments),
            (
                "received_bytes",
                "Bytes of coded frames received",
                &core.bytes_in,
            ),
            ("received_frames", "Frames received", &core.frames_in),
            (
                "discontinuities",
                "Breaks announced to viewers",
                &core.discontinuities,
            ),
            ("clock_jumps", "Jumps of encoders' clocks", &core.jumps),
            (
                "clamped_frames",
                "Time stamps that stepped back and were moved",
                &core.clamped,
            ),
            (
                "forced_cuts",
                "Segments cut without a key frame",
                &core.forced_cuts,
            ),
            (
                "long_parts",
                "Parts longer than announced",
                &core.long_parts,
            ),
            ("admitted_sources", "Sources admitted", &core.admitted),
            (
                "busy_sources",
                "Sources refused because another one sent",
                &core.busy,
            ),
            (
                "evicted_sources",
                "Sources replaced or closed by us",
                &core.evicted,
            ),
            (
                "rejected_sources",
                "Sources turned away for what they sent",
                &core.rejected,
            ),
            (
                "journal_failures",
                "Failed writes of a journal",
                &core.journal_failures,
            ),
        ];
        for (name, help, count) in counters {
            out.counter(&format!("matsuri_media_{name}"), help, count)?;
        }
        out.gauge(
            "matsuri_media_window_bytes",
            "Media held in memory",
            &core.window_bytes,
        )?;
        out.gauge(
            "matsuri_media_sources",
            "Sources that send now",
            &core.publishers,
        )?;
        let switches = On::ALL
            .iter()
            .map(|on| (on.as_str(), core.switches(*on).get()));
        out.labelled(
            "matsuri_media_switches",
            "Times that something came on air",
            "on",
            switches,
        )?;
        let dropped = Drop::ALL
            .into_iter()
            .map(|cause| (cause.label(), core.drops(cause).get()));
        out.labelled(
            "matsuri_media_dropped_frames",
            "Frames dropped",
            "cause",
            dropped,
        )
    }

    fn deliver(&self, out: &mut Out<'_, '_>) -> fmt::Result {
        let deliver = &self.deliver;
        out.counter(
            "matsuri_delivery_bytes",
            "Bytes of media sent",
            &deliver.bytes,
        )?;
        out.gauge(
            "matsuri_delivery_held_requests",
            "Requests that wait",
            &deliver.held,
        )?;
        out.counter(
            "matsuri_delivery_expired",
            "Requests that waited in vain",
            &deliver.expired,
        )?;
        out.counter(
            "matsuri_delivery_shed",
            "Requests turned away",
            &deliver.shed,
        )?;
        let help = "Requests for media answered";
        let mut family = out.0.encode_descriptor(
            "matsuri_delivery_requests",
            help,
            None,
            MetricType::Counter,
        )?;
        for kind in Kind::ALL {
            for status in STATUSES {
                let count = deliver.requests(kind, status).get();
                // Most combinations never happen.
                if count > 0 {
                    let labels = [
                        ("kind", kind.label().to_owned()),
                        ("status", status.to_string()),
                    ];
                    let metric = ConstCounter::new(count);
                    metric.encode(family.encode_family(&labels)?)?;
                }
            }
        }
        Ok(())
    }

    fn rtmp(&self, out: &mut Out<'_, '_>) -> fmt::Result {
        let rtmp = &self.rtmp;
        out.counter(
            "matsuri_rtmp_connections",
            "Connections accepted",
            &rtmp.connections,
        )?;
        out.counter("matsuri_rtmp_received_bytes", "Bytes received", &rtmp.bytes)?;
        out.counter("matsuri_rtmp_tags", "Tags handed to channels", &rtmp.frames)?;
        out.counter(
            "matsuri_rtmp_dropped_tags",
            "Tags that could not be used",
            &rtmp.dropped,
        )?;
        out.gauge(
            "matsuri_rtmp_half_open",
            "Connections without a stream",
            &rtmp.half_open,
        )?;
        out.gauge(
            "matsuri_rtmp_publishers",
            "Connections that publish",
            &rtmp.publishers,
        )?;
        let ended = Ending::ALL
            .into_iter()
            .map(|ending| (ending.label(), rtmp.ended(ending)));
        out.labelled(
            "matsuri_rtmp_ended",
            "How connections ended",
            "reason",
            ended,
        )
    }
}

impl Counts {
    fn whip(&self, out: &mut Out<'_, '_>) -> fmt::Result {
        let Some(whip) = &self.whip else {
            return Ok(());
        };
        let common = &whip.common;
        let counters = [
            ("sessions", "Sessions begun", &common.connections),
            ("received_bytes", "Bytes received", &common.bytes),
            ("frames", "Frames handed to channels", &common.frames),
            (
                "dropped_frames",
                "Frames that could not be used",
                &common.dropped,
            ),
            ("restarts", "Transports restarted", &whip.restarts),
            ("key_requests", "Key frames asked for", &whip.key_requests),
            (
                "broken_pictures",
                "Times that pictures were lost on their way",
                &whip.broken,
            ),
            (
                "concealed_packets",
                "Packets of sound that were lost and concealed",
                &whip.concealed,
            ),
            (
                "stray_datagrams",
                "Datagrams that were for nobody or came too fast",
                &whip.stray,
            ),
        ];
        for (name, help, count) in counters {
            out.counter(&format!("matsuri_whip_{name}"), help, count)?;
        }
        let half_open = "Sessions that are not connected yet";
        out.gauge("matsuri_whip_half_open", half_open, &common.half_open)?;
        let publishers = "Sessions that publish";
        out.gauge("matsuri_whip_publishers", publishers, &common.publishers)?;
        let ended = Ending::ALL
            .into_iter()
            .map(|ending| (ending.label(), common.ended(ending)));
        out.labelled(
            "matsuri_whip_ended",
            "How sessions and offers ended",
            "reason",
            ended,
        )
    }
}

/// Writes single metrics.
struct Out<'a, 'e>(&'a mut DescriptorEncoder<'e>);

impl Out<'_, '_> {
    fn counter(&mut self, name: &str, help: &str, count: &Count) -> fmt::Result {
        let metric = ConstCounter::new(count.get());
        metric.encode(
            self.0
                .encode_descriptor(name, help, None, metric.metric_type())?,
        )
    }

    fn gauge(&mut self, name: &str, help: &str, count: &Count) -> fmt::Result {
        let metric = ConstGauge::new(i64::try_from(count.get()).unwrap_or(i64::MAX));
        metric.encode(
            self.0
                .encode_descriptor(name, help, None, metric.metric_type())?,
        )
    }

    fn labelled(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        counts: impl Iterator<Item = (&'static str, u64)>,
    ) -> fmt::Result {
        let mut family = self
            .0
            .encode_descriptor(name, help, None, MetricType::Counter)?;
        for (value, count) in counts {
            let labels = [(label, value)];
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
