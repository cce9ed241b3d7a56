//! Inputs, channels, probes and alarms as metrics, read when somebody asks. Labels are bounded: a conference, one of its
//! tracks, one of two seats.

use std::fmt;

use live::Hub;
use media_core::{Channels, InputStatus, On, Seat, State, Status};
use media_ffmpeg::Recoders;
use media_probe::{Probes, Report, State as Probing};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use studio::Studio;

use crate::monitoring::metrics::help;

/// Reads everything when somebody asks.
pub struct Inputs {
    /// What arrives.
    pub channels: Channels,
    /// What is found in it.
    pub probes: Probes,
    /// Who codes sound once more.
    pub recoders: Recoders,
    /// What is wrong.
    pub studio: Studio,
    /// Who watches.
    pub hub: Hub,
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inputs")
    }
}

/// A channel at the instant of asking.
struct Channel {
    conference: String,
    track: String,
    status: Status,
    probe: Report,
}

impl Channel {
    fn labels(&self) -> [(&'static str, &str); 2] {
        [("conference", &self.conference), ("track", &self.track)]
    }

    fn inputs(&self) -> impl Iterator<Item = (Seat, &InputStatus)> {
        let inputs = Seat::ALL
            .iter()
            .map(|seat| (*seat, &self.status.inputs[seat.index()]));
        inputs.filter(|(_, input)| input.source.is_some())
    }
}

impl Collector for Inputs {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let channels = self.channels();
        let mut out = Out(&mut encoder);
        self.alarms(&mut out)?;
        self.tests(&mut out)?;
        self.outputs(&mut out, &channels)?;
        inputs(&mut out, &channels)?;
        input_counters(&mut out, &channels)?;
        probes(&mut out, &channels)?;
        self.processes(&mut out)
    }
}

impl Inputs {
    fn channels(&self) -> Vec<Channel> {
        let names = self.channels.names().into_iter();
        let channel = |name: media_core::ChannelName| {
            let (conference, track) = name.as_str().split_once('/')?;
            Some(Channel {
                conference: conference.to_owned(),
                track: track.to_owned(),
                status: self.channels.status(&name).borrow().clone(),
                probe: self.probes.report(&name),
            })
        };
        names.filter_map(channel).collect()
    }

    fn alarms(&self, out: &mut Out<'_, '_>) -> fmt::Result {
        let standing = self.studio.alarms();
        let samples = standing.iter().map(|(conference, alarm)| {
            let labels = [
                ("conference", conference.as_str()),
                ("track", &alarm.track),
                ("seat", alarm.seat.map_or("", Seat::as_str)),
                ("code", alarm.code.as_str()),
                ("severity", alarm.severity.as_str()),
            ];
            (labels, 1.0)
        });
        out.gauges("matsuri_alarm_active", samples)
    }

    fn tests(&self, out: &mut Out<'_, '_>) -> fmt::Result {
        let (running, kept) = self.studio.tests_counted();
        let running = f64::from(u32::try_from(running).unwrap_or(u32::MAX));
        out.gauges(
            "matsuri_encoder_tests",
            std::iter::once((NO_LABELS, running)),
        )?;
        let name = "matsuri_encoder_test_reports";
        let mut family = out
            .0
            .encode_descriptor(name, help(name), None, MetricType::Counter)?;
        for (verdict, count) in kept {
            let labels = [("verdict", verdict)];
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn outputs(&self, out: &mut Out<'_, '_>, channels: &[Channel]) -> fmt::Result {
        let samples = channels.iter().flat_map(|channel| {
            let [conference, track] = channel.labels();
            let is = move |on: &'static On| {
                let labels = [conference, track, ("on", on.as_str())];
                (labels, truth(channel.status.on == *on))
            };
            On::ALL.iter().map(is)
        });
        out.gauges("matsuri_channel_output", samples)?;
        let viewers = channels.iter().map(|channel| {
            let topic = format!("live/{}/{}", channel.conference, channel.track);
            let count = u32::try_from(self.hub.subscribers(&topic)).unwrap_or(u32::MAX);
            (channel.labels(), f64::from(count))
        });
        out.gauges("matsuri_channel_viewers", viewers)
    }

    fn processes(&self, out: &mut Out<'_, '_>) -> fmt::Result {
        let (counters, recoders) = (self.probes.counters(), self.recoders.counters());
        let media = self.channels.metrics();
        for (name, count) in [
            ("matsuri_probe_starts", &counters.started),
            ("matsuri_probe_failures", &counters.failed),
            ("matsuri_probe_stuck", &counters.stuck),
            ("matsuri_probe_skipped_segments", &counters.skipped),
            ("matsuri_recoder_starts", &recoders.started),
            ("matsuri_recoder_failures", &recoders.failed),
            ("matsuri_recoder_stuck", &recoders.stuck),
            ("matsuri_recoder_skipped_segments", &recoders.skipped),
            ("matsuri_recoded_parts", &media.recoded_parts),
            ("matsuri_recoded_silent_parts", &media.recoded_silent),
            ("matsuri_recoded_late_frames", &media.recoded_late),
        ] {
            let metric = ConstCounter::new(count.get());
            metric.encode(out.0.encode_descriptor(
                name,
                help(name),
                None,
                MetricType::Counter,
            )?)?;
        }
        Ok(())
    }
}

/// What a gauge reads from an input; none where nothing is known.
type OfInput = fn(&InputStatus) -> Option<f64>;

/// Of what there is one for the whole site.
const NO_LABELS: [(&str, &str); 0] = [];

const INPUT_GAUGES: [(&str, OfInput); 13] = [
    ("matsuri_input_bitrate_bps", |input| {
        Some(float(input.health.bitrate_10s_bps))
    }),
    ("matsuri_input_frame_rate", |input| Some(input.health.fps)),
    ("matsuri_input_expected_frame_rate", |input| {
        Some(input.health.expected_fps)
    }),
    ("matsuri_input_key_interval_seconds", |input| {
        Some(input.health.key_interval_max_s)
    }),
    ("matsuri_input_jitter_seconds", |input| {
        Some(input.health.jitter_ms / 1_000.0)
    }),
    ("matsuri_input_longest_wait_seconds", |input| {
        Some(input.health.longest_wait_ms / 1_000.0)
    }),
    ("matsuri_input_av_offset_seconds", |input| {
        input.health.av_offset_ms.map(|ms| ms / 1_000.0)
    }),
    ("matsuri_input_av_drift_ratio", |input| {
        input.health.av_drift_ms_per_min.map(per_minute)
    }),
    ("matsuri_input_clock_drift_ratio", |input| {
        input.health.clock_drift_ms_per_min.map(per_minute)
    }),
    ("matsuri_input_rtt_seconds", |input| {
        input.health.transport?.rtt_ms.map(|ms| ms / 1_000.0)
    }),
    ("matsuri_input_loss_ratio", |input| {
        let lost = input.health.transport?.loss_percent;
        lost.map(|percent| percent / 100.0)
    }),
    ("matsuri_input_held_up_ratio", |input| {
        let held_up = input.health.transport?.held_up_percent;
        held_up.map(|percent| percent / 100.0)
    }),
    ("matsuri_input_unread_bytes", |input| {
        Some(float(input.health.transport?.unread_bytes))
    }),
];

fn inputs(out: &mut Out<'_, '_>, channels: &[Channel]) -> fmt::Result {
    let every = || {
        channels.iter().flat_map(|channel| {
            let [conference, track] = channel.labels();
            let labelled = move |(seat, input): (Seat, _)| {
                ([conference, track, ("seat", seat.as_str())], input)
            };
            channel.inputs().map(labelled)
        })
    };
    let receives = |input: &InputStatus| input.state == State::Receiving;
    let receiving = every().map(|(labels, input)| (labels, truth(receives(input))));
    out.gauges("matsuri_input_receiving", receiving)?;
    for (name, read) in INPUT_GAUGES {
        // What was measured of an encoder that is gone says nothing about now.
        let sending = every().filter(|(_, input)| receives(input));
        let samples = sending.filter_map(|(labels, input)| Some((labels, read(input)?)));
        out.gauges(name, samples)?;
    }
    Ok(())
}

fn input_counters(out: &mut Out<'_, '_>, channels: &[Channel]) -> fmt::Result {
    type Read = fn(&InputStatus) -> u64;
    let counters: [(&str, Read); 4] = [
        ("matsuri_input_gaps", |input| input.health.gaps),
        ("matsuri_input_retransmitted_packets", |input| {
            let transport = input.health.transport;
            transport.map_or(0, |transport| transport.retransmitted)
        }),
        ("matsuri_input_key_requests", |input| {
            let transport = input.health.transport;
            transport.map_or(0, |transport| transport.key_requests)
        }),
        ("matsuri_input_regressions", |input| {
            input.health.regressions
        }),
    ];
    for (name, read) in counters {
        let mut family = out
            .0
            .encode_descriptor(name, help(name), None, MetricType::Counter)?;
        for channel in channels {
            for (seat, input) in channel.inputs() {
                let [conference, track] = channel.labels();
                let labels = [conference, track, ("seat", seat.as_str())];
                ConstCounter::new(read(input)).encode(family.encode_family(&labels)?)?;
            }
        }
    }
    Ok(())
}

/// What a gauge reads from a probe that runs.
type OfProbe = fn(&Report) -> Option<f64>;

const PROBE_GAUGES: [(&str, OfProbe); 8] = [
    ("matsuri_probe_black_seconds", |probe| Some(probe.black_s)),
    ("matsuri_probe_frozen_seconds", |probe| Some(probe.frozen_s)),
    ("matsuri_probe_silent_seconds", |probe| Some(probe.silent_s)),
    ("matsuri_probe_momentary_lufs", |probe| probe.momentary_lufs),
    ("matsuri_probe_short_term_lufs", |probe| {
        probe.short_term_lufs
    }),
    ("matsuri_probe_integrated_lufs", |probe| {
        probe.integrated_lufs
    }),
    ("matsuri_probe_peak_dbfs", |probe| probe.peak_dbfs),
    ("matsuri_probe_clipped_ratio", |probe| {
        Some(probe.clipped_percent / 100.0)
    }),
];

fn probes(out: &mut Out<'_, '_>, channels: &[Channel]) -> fmt::Result {
    let runs = |channel: &&Channel| channel.probe.state == Probing::Running;
    let running = channels
        .iter()
        .map(|channel| (channel.labels(), truth(runs(&channel))));
    out.gauges("matsuri_probe_running", running)?;
    for (name, read) in PROBE_GAUGES {
        let probed = channels.iter().filter(runs);
        let samples = probed.filter_map(|channel| Some((channel.labels(), read(&channel.probe)?)));
        out.gauges(name, samples)?;
    }
    Ok(())
}

/// Writes families of gauges.
struct Out<'a, 'e>(&'a mut DescriptorEncoder<'e>);

impl Out<'_, '_> {
    fn gauges<'l, const N: usize>(
        &mut self,
        name: &str,
        samples: impl Iterator<Item = ([(&'static str, &'l str); N], f64)>,
    ) -> fmt::Result {
        let mut family = self
            .0
            .encode_descriptor(name, help(name), None, MetricType::Gauge)?;
        for (labels, value) in samples {
            ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

fn truth(so: bool) -> f64 {
    f64::from(u8::from(so))
}

/// Milliseconds per minute as a share of one.
fn per_minute(ms: f64) -> f64 {
    ms / 60_000.0
}

#[expect(clippy::cast_precision_loss, reason = "bits per second, for a chart")]
fn float(value: u64) -> f64 {
    value as f64
}
