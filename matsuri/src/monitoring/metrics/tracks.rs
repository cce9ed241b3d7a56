//! What is measured of tracks: alarms, what viewers get, inputs, probes (see `crate::inputs`).

use super::{Kind, Metric, Row, Unit, plain, shown};

const TRACK: &str = "{{conference}}/{{track}}";
const SEAT: &str = "{{conference}}/{{track}} {{seat}}";

pub(super) const METRICS: &[Metric] = &[
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
            "What viewers get, as 1: primary, backup, slate, clips or nothing",
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
    shown(
        (
            "matsuri_input_rtt_seconds",
            Kind::Gauge,
            "Round trip to the encoder, where the transport tells",
        ),
        Row::Inputs,
        (
            "Round trip to encoders",
            "matsuri_input_rtt_seconds",
            SEAT,
            Unit::Seconds,
        ),
    ),
    shown(
        (
            "matsuri_input_loss_ratio",
            Kind::Gauge,
            "Packets that did not arrive at the first attempt, where the transport tells (WHIP)",
        ),
        Row::Inputs,
        (
            "Packets lost or held up",
            "matsuri_input_loss_ratio or matsuri_input_held_up_ratio",
            SEAT,
            Unit::Ratio,
        ),
    ),
    plain(
        "matsuri_input_held_up_ratio",
        Kind::Gauge,
        "Packets that had to wait for one that was lost before them, where the transport tells (RTMP)",
    ),
    plain(
        "matsuri_input_unread_bytes",
        Kind::Gauge,
        "Bytes that have arrived and are not read yet",
    ),
    plain(
        "matsuri_input_retransmitted_packets",
        Kind::Counter,
        "Packets that came out of order after a loss, or were asked for again",
    ),
    plain(
        "matsuri_input_key_requests",
        Kind::Counter,
        "Key frames asked for from an encoder",
    ),
    plain(
        "matsuri_encoder_tests",
        Kind::Gauge,
        "Tests of encoders that run",
    ),
    plain(
        "matsuri_encoder_test_reports",
        Kind::Counter,
        "Reports of encoder tests kept since the start, by verdict",
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
    plain(
        "matsuri_recoder_starts",
        Kind::Counter,
        "Processes started that add AAC to tracks with Opus",
    ),
    shown(
        (
            "matsuri_recoder_failures",
            Kind::Counter,
            "Of these, those that failed or were given up on",
        ),
        Row::Probes,
        (
            "AAC beside Opus that failed",
            "increase(matsuri_recoder_failures_total[10m])",
            "failed",
            Unit::Count,
        ),
    ),
    plain(
        "matsuri_recoder_stuck",
        Kind::Counter,
        "Of these, those that gave nothing",
    ),
    plain(
        "matsuri_recoder_skipped_segments",
        Kind::Counter,
        "Segments that were left out because such a process was too slow",
    ),
    plain(
        "matsuri_recoded_parts",
        Kind::Counter,
        "Parts published with AAC in place of Opus",
    ),
    plain(
        "matsuri_recoded_silent_parts",
        Kind::Counter,
        "Of these, those with silence in place of sound that did not come in time",
    ),
    plain(
        "matsuri_recoded_late_frames",
        Kind::Counter,
        "Frames of AAC that came too late",
    ),
];
