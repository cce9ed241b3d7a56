//! The metrics that operators see in panels and rules: what each is called, counted in, and good for.
//!
//! Metrics of inputs, probes and channels are measured by what stands here (see `crate::inputs`); the others are
//! registered by the crates that know, and a test compares what they say with this list.

/// What kind of number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It goes up and down.
    Gauge,
    /// It only grows; its name ends with `_total` where it is asked for.
    Counter,
    /// How often how much.
    Histogram,
}

/// What it is counted in, in Grafana's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Things per second.
    PerSecond,
    /// Seconds.
    Seconds,
    /// Bits per second.
    BitsPerSecond,
    /// Bytes.
    Bytes,
    /// Bytes per second.
    BytesPerSecond,
    /// Shares of one.
    Ratio,
    /// Decibels of any kind.
    Decibel,
    /// Yes or no.
    Truth,
}

impl Unit {
    pub(super) fn grafana(self) -> &'static str {
        match self {
            Self::Count => "short",
            Self::PerSecond => "cps",
            Self::Seconds => "s",
            Self::BitsPerSecond => "bps",
            Self::Bytes => "bytes",
            Self::BytesPerSecond => "Bps",
            Self::Ratio => "percentunit",
            Self::Decibel => "dB",
            Self::Truth => "bool_yes_no",
        }
    }
}

/// A picture of a metric.
#[derive(Clone, Copy, Debug)]
pub struct Panel {
    /// Below which heading.
    pub row: Row,
    /// What it says.
    pub title: &'static str,
    /// What is asked.
    pub expr: &'static str,
    /// How its lines are called.
    pub legend: &'static str,
    /// What the answer is counted in.
    pub unit: Unit,
}

/// The headings of the dashboard, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// What is wrong.
    Now,
    /// What encoders send.
    Inputs,
    /// What probes see and hear.
    Probes,
    /// What viewers ask for.
    Delivery,
    /// Pages and sockets.
    Site,
    /// The process.
    Process,
}

impl Row {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Now,
        Self::Inputs,
        Self::Probes,
        Self::Delivery,
        Self::Site,
        Self::Process,
    ];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Now => "Now",
            Self::Inputs => "Inputs",
            Self::Probes => "Picture and sound",
            Self::Delivery => "Delivery",
            Self::Site => "Pages and sockets",
            Self::Process => "Process",
        }
    }
}

/// A metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name; a counter's without `_total`.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    /// What it says.
    pub help: &'static str,
    /// How it is shown, where it is.
    pub panel: Option<Panel>,
}

/// The help of a metric that is measured by what stands here.
pub fn help(name: &str) -> &'static str {
    let known = METRICS.iter().find(|metric| metric.name == name);
    known.map_or("", |metric| metric.help)
}

const fn shown(
    (name, kind, help): (&'static str, Kind, &'static str),
    row: Row,
    (title, expr, legend, unit): (&'static str, &'static str, &'static str, Unit),
) -> Metric {
    let panel = Panel {
        row,
        title,
        expr,
        legend,
        unit,
    };
    Metric {
        name,
        kind,
        help,
        panel: Some(panel),
    }
}

const fn plain(name: &'static str, kind: Kind, help: &'static str) -> Metric {
    Metric {
        name,
        kind,
        help,
        panel: None,
    }
}

const TRACK: &str = "{{conference}}/{{track}}";
const SEAT: &str = "{{conference}}/{{track}} {{seat}}";

/// Everything that operators see.
pub const METRICS: &[Metric] = &[
    shown(
        (
            "matsuri_alarm_active",
            Kind::Gauge,
            "Alarms that stand on the wall",
        ),
        Row::Now,
        (
            "Alarms",
            "sum by (conference, track, code, severity) (matsuri_alarm_active)",
            "{{conference}}/{{track}} {{code}} ({{severity}})",
            Unit::Count,
        ),
    ),
    shown(
        (
            "matsuri_channel_output",
            Kind::Gauge,
            "What viewers get, as 1: primary, backup, slate or nothing",
        ),
        Row::Now,
        (
            "What viewers get",
            "matsuri_channel_output == 1",
            "{{conference}}/{{track}} {{on}}",
            Unit::Count,
        ),
    ),
    shown(
        (
            "matsuri_channel_viewers",
            Kind::Gauge,
            "Connections that follow a track's live page",
        ),
        Row::Now,
        ("Viewers", "matsuri_channel_viewers", TRACK, Unit::Count),
    ),
    plain(
        "matsuri_input_receiving",
        Kind::Gauge,
        "Whether frames arrive at an input",
    ),
    shown(
        (
            "matsuri_input_bitrate_bps",
            Kind::Gauge,
            "Bits received per second, over ten seconds",
        ),
        Row::Inputs,
        (
            "Bit rate",
            "matsuri_input_bitrate_bps",
            SEAT,
            Unit::BitsPerSecond,
        ),
    ),
    shown(
        (
            "matsuri_input_frame_rate",
            Kind::Gauge,
            "Pictures received per second",
        ),
        Row::Inputs,
        (
            "Pictures per second, as a share of what is meant",
            "matsuri_input_frame_rate / (matsuri_input_expected_frame_rate > 0)",
            SEAT,
            Unit::Ratio,
        ),
    ),
    plain(
        "matsuri_input_expected_frame_rate",
        Kind::Gauge,
        "Pictures per second that the encoder means to send",
    ),
    shown(
        (
            "matsuri_input_key_interval_seconds",
            Kind::Gauge,
            "Longest interval of key frames within half a minute",
        ),
        Row::Inputs,
        (
            "Key-frame interval",
            "matsuri_input_key_interval_seconds",
            SEAT,
            Unit::Seconds,
        ),
    ),
    shown(
        (
            "matsuri_input_jitter_seconds",
            Kind::Gauge,
            "Jitter of arrival, as in RFC 3550",
        ),
        Row::Inputs,
        (
            "Jitter of arrival",
            "matsuri_input_jitter_seconds",
            SEAT,
            Unit::Seconds,
        ),
    ),
    shown(
        (
            "matsuri_input_longest_wait_seconds",
            Kind::Gauge,
            "Longest wait for a frame within ten seconds",
        ),
        Row::Inputs,
        (
            "Longest wait for a frame",
            "matsuri_input_longest_wait_seconds",
            SEAT,
            Unit::Seconds,
        ),
    ),
    plain(
        "matsuri_input_gaps",
        Kind::Counter,
        "Time stamps that left out more than a moment",
    ),
    shown(
        (
            "matsuri_input_regressions",
            Kind::Counter,
            "Time stamps that did not advance",
        ),
        Row::Inputs,
        (
            "Broken time stamps",
            "rate(matsuri_input_regressions_total[5m]) + rate(matsuri_input_gaps_total[5m])",
            SEAT,
            Unit::PerSecond,
        ),
    ),
    shown(
        (
            "matsuri_input_av_offset_seconds",
            Kind::Gauge,
            "How much later pictures arrive than the sound of the same instant",
        ),
        Row::Inputs,
        (
            "Pictures after sound",
            "matsuri_input_av_offset_seconds",
            SEAT,
            Unit::Seconds,
        ),
    ),
    shown(
        (
            "matsuri_input_av_drift_ratio",
            Kind::Gauge,
            "How fast the clock of the sound gains on that of the pictures",
        ),
        Row::Inputs,
        (
            "Drift of sound",
            "matsuri_input_av_drift_ratio",
            SEAT,
            Unit::Ratio,
        ),
    ),
    plain(
        "matsuri_input_clock_drift_ratio",
        Kind::Gauge,
        "How fast the encoder's clock gains on the server's",
    ),
    plain(
        "matsuri_input_rtt_seconds",
        Kind::Gauge,
        "Round trip to the encoder, where the transport tells",
    ),
    plain(
        "matsuri_input_loss_ratio",
        Kind::Gauge,
        "Packets lost for good, where the transport tells",
    ),
    plain(
        "matsuri_probe_running",
        Kind::Gauge,
        "Whether a channel's pictures and sound are checked",
    ),
    shown(
        (
            "matsuri_probe_black_seconds",
            Kind::Gauge,
            "For how long the picture has been black",
        ),
        Row::Probes,
        ("Black", "matsuri_probe_black_seconds", TRACK, Unit::Seconds),
    ),
    shown(
        (
            "matsuri_probe_frozen_seconds",
            Kind::Gauge,
            "For how long the picture has stood still",
        ),
        Row::Probes,
        (
            "Frozen",
            "matsuri_probe_frozen_seconds",
            TRACK,
            Unit::Seconds,
        ),
    ),
    shown(
        (
            "matsuri_probe_silent_seconds",
            Kind::Gauge,
            "For how long nothing could be heard",
        ),
        Row::Probes,
        (
            "Silent",
            "matsuri_probe_silent_seconds",
            TRACK,
            Unit::Seconds,
        ),
    ),
    plain(
        "matsuri_probe_momentary_lufs",
        Kind::Gauge,
        "Loudness of the last 0.4 seconds (EBU R 128)",
    ),
    shown(
        (
            "matsuri_probe_short_term_lufs",
            Kind::Gauge,
            "Loudness of the last 3 seconds (EBU R 128)",
        ),
        Row::Probes,
        (
            "Loudness, short term (LUFS)",
            "matsuri_probe_short_term_lufs",
            TRACK,
            Unit::Decibel,
        ),
    ),
    plain(
        "matsuri_probe_integrated_lufs",
        Kind::Gauge,
        "Loudness since the probe began (EBU R 128)",
    ),
    shown(
        (
            "matsuri_probe_peak_dbfs",
            Kind::Gauge,
            "Highest level of the last second",
        ),
        Row::Probes,
        (
            "Peak (dBFS)",
            "matsuri_probe_peak_dbfs",
            TRACK,
            Unit::Decibel,
        ),
    ),
    shown(
        (
            "matsuri_probe_clipped_ratio",
            Kind::Gauge,
            "Share of the last ten seconds at full scale",
        ),
        Row::Probes,
        ("Clipped", "matsuri_probe_clipped_ratio", TRACK, Unit::Ratio),
    ),
    plain(
        "matsuri_probe_starts",
        Kind::Counter,
        "Probe processes started",
    ),
    shown(
        (
            "matsuri_probe_failures",
            Kind::Counter,
            "Probe processes that failed or were given up on",
        ),
        Row::Probes,
        (
            "Failed probes",
            "increase(matsuri_probe_failures_total[10m])",
            "failed",
            Unit::Count,
        ),
    ),
    plain(
        "matsuri_probe_stuck",
        Kind::Counter,
        "Probe processes given up on because they said nothing",
    ),
    plain(
        "matsuri_probe_skipped_segments",
        Kind::Counter,
        "Segments that probes left out because they were too slow",
    ),
    shown(
        (
            "matsuri_delivery_bytes",
            Kind::Counter,
            "Bytes of media sent",
        ),
        Row::Delivery,
        (
            "Sent",
            "rate(matsuri_delivery_bytes_total[1m])",
            "sent",
            Unit::BytesPerSecond,
        ),
    ),
    shown(
        (
            "matsuri_delivery_requests",
            Kind::Counter,
            "Requests for media answered",
        ),
        Row::Delivery,
        (
            "Requests for media",
            "sum by (kind, status) (rate(matsuri_delivery_requests_total[1m]))",
            "{{kind}} {{status}}",
            Unit::PerSecond,
        ),
    ),
    shown(
        (
            "matsuri_delivery_held_requests",
            Kind::Gauge,
            "Requests that wait",
        ),
        Row::Delivery,
        (
            "Held requests",
            "matsuri_delivery_held_requests",
            "held",
            Unit::Count,
        ),
    ),
    plain(
        "matsuri_delivery_expired",
        Kind::Counter,
        "Requests that waited in vain",
    ),
    shown(
        (
            "matsuri_delivery_shed",
            Kind::Counter,
            "Requests turned away",
        ),
        Row::Delivery,
        (
            "Turned away, and waited in vain",
            "rate(matsuri_delivery_shed_total[1m]) + rate(matsuri_delivery_expired_total[1m])",
            "per second",
            Unit::PerSecond,
        ),
    ),
    shown(
        (
            "matsuri_media_dropped_frames",
            Kind::Counter,
            "Frames dropped",
        ),
        Row::Inputs,
        (
            "Dropped frames",
            "sum by (cause) (rate(matsuri_media_dropped_frames_total[1m]))",
            "{{cause}}",
            Unit::PerSecond,
        ),
    ),
    plain(
        "matsuri_media_journal_failures",
        Kind::Counter,
        "Failed writes of a journal",
    ),
    shown(
        (
            "matsuri_media_window_bytes",
            Kind::Gauge,
            "Media held in memory",
        ),
        Row::Process,
        (
            "Media in memory",
            "matsuri_media_window_bytes",
            "media",
            Unit::Bytes,
        ),
    ),
    shown(
        ("matsuri_http_requests", Kind::Counter, "Requests answered"),
        Row::Site,
        (
            "Pages by status",
            "sum by (status) (rate(matsuri_http_requests_total[1m]))",
            "{{status}}",
            Unit::PerSecond,
        ),
    ),
    shown(
        (
            "matsuri_http_duration_seconds",
            Kind::Histogram,
            "From the head of a request to the head of its answer",
        ),
        Row::Site,
        (
            "Time of an answer, 99 in 100",
            "histogram_quantile(0.99, sum by (le) (rate(matsuri_http_duration_seconds_bucket[5m])))",
            "p99",
            Unit::Seconds,
        ),
    ),
    shown(
        (
            "matsuri_realtime_connections",
            Kind::Gauge,
            "Open realtime connections",
        ),
        Row::Site,
        (
            "Sockets",
            "matsuri_realtime_connections",
            "connected",
            Unit::Count,
        ),
    ),
    plain(
        "matsuri_task_panics",
        Kind::Counter,
        "Tasks that ended by a panic",
    ),
    shown(
        (
            "matsuri_wakeup_delay_seconds",
            Kind::Histogram,
            "How much later than asked for a task was woken",
        ),
        Row::Process,
        (
            "Late wake-ups, 99 in 100",
            "histogram_quantile(0.99, sum by (le, runtime) (rate(matsuri_wakeup_delay_seconds_bucket[5m])))",
            "{{runtime}}",
            Unit::Seconds,
        ),
    ),
    shown(
        (
            "process_cpu_seconds",
            Kind::Counter,
            "Processor time, user and system",
        ),
        Row::Process,
        (
            "Processors in use",
            "rate(process_cpu_seconds_total[1m])",
            "processors",
            Unit::Count,
        ),
    ),
    shown(
        (
            "process_resident_memory_bytes",
            Kind::Gauge,
            "Resident memory",
        ),
        Row::Process,
        (
            "Memory",
            "process_resident_memory_bytes",
            "resident",
            Unit::Bytes,
        ),
    ),
    shown(
        ("process_open_fds", Kind::Gauge, "Open file descriptors"),
        Row::Process,
        (
            "Open files",
            "process_open_fds / process_max_fds",
            "share of the limit",
            Unit::Ratio,
        ),
    ),
    plain(
        "process_max_fds",
        Kind::Gauge,
        "File descriptors that may be open",
    ),
];
