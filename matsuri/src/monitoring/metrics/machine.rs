//! What is measured of delivery, pages, sockets and the process, by the crates that know.

use super::{Kind, Metric, Row, Unit, plain, shown};

pub(super) const METRICS: &[Metric] = &[
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
        ("matsuri_http_requests", Kind::Counter, "Requests answered"),
        Row::Site,
        (
            "Forms and calls refused",
            "sum by (route, status) (rate(matsuri_http_requests_total{method!=\"GET\",status=~\"409|412|422\"}[5m])) > 0",
            "{{route}} {{status}}",
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
    shown(
        (
            "matsuri_acts",
            Kind::Counter,
            "What was done, as the audit log has it",
        ),
        Row::Site,
        (
            "What teams do, in an hour",
            "sum by (action) (increase(matsuri_acts_total[1h])) > 0",
            "{{action}}",
            Unit::Count,
        ),
    ),
    shown(
        (
            "matsuri_outbox_mails",
            Kind::Gauge,
            "Mails that have not left",
        ),
        Row::Site,
        (
            "Mails that have not left",
            "matsuri_outbox_mails",
            "{{state}}",
            Unit::Count,
        ),
    ),
    shown(
        (
            "matsuri_jobs",
            Kind::Counter,
            "Attempts at jobs by what became of them",
        ),
        Row::Site,
        (
            "Jobs that failed",
            "sum by (kind, outcome) (rate(matsuri_jobs_total{outcome!=\"done\"}[5m]))",
            "{{kind}} {{outcome}}",
            Unit::PerSecond,
        ),
    ),
    shown(
        (
            "matsuri_uploads",
            Kind::Counter,
            "Files that people brought, by kind and outcome",
        ),
        Row::Site,
        (
            "Files brought, in an hour",
            "sum by (kind, outcome) (increase(matsuri_uploads_total[1h])) > 0",
            "{{kind}} {{outcome}}",
            Unit::Count,
        ),
    ),
    shown(
        (
            "matsuri_upload_bytes",
            Kind::Counter,
            "Bytes of files that people brought and that were kept, by kind",
        ),
        Row::Site,
        (
            "Bytes brought, in an hour",
            "sum by (kind) (increase(matsuri_upload_bytes_total[1h])) > 0",
            "{{kind}}",
            Unit::Bytes,
        ),
    ),
    shown(
        (
            "matsuri_imports",
            Kind::Counter,
            "Schedule files and spreadsheets taken over, by kind and outcome",
        ),
        Row::Site,
        (
            "Imports, in an hour",
            "sum by (kind, outcome) (increase(matsuri_imports_total[1h])) > 0",
            "{{kind}} {{outcome}}",
            Unit::Count,
        ),
    ),
    shown(
        (
            "matsuri_tokens_in_use",
            Kind::Gauge,
            "API tokens that were used within an hour",
        ),
        Row::Site,
        (
            "Programs at the API",
            "matsuri_tokens_in_use",
            "tokens",
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
