//! What the process as a whole bounds.

use std::time::Duration;

/// File descriptors that are not for connections: databases, logs, listeners, media inputs.
pub const FILES_RESERVED: u64 = 256;
/// File descriptors of `matsuri load` that are not for viewers.
pub const FILES_OF_LOAD: u64 = 64;
/// Connections that one viewer's browser holds: the socket, and those that fetch media.
pub const CONNECTIONS_PER_VIEWER: u64 = 3;
/// Ports that are tried when a default one is taken.
pub const PORTS_TRIED: u16 = 32;
/// How long connections may finish after a signal.
pub const DRAIN: Duration = Duration::from_secs(8);
/// How long tasks may finish after that.
pub const TASKS_END: Duration = Duration::from_secs(5);
/// Sockets are told to come back within this time, each at a moment of its own.
pub const RECONNECT_SPREAD: Duration = Duration::from_secs(3);
/// How long the parts of `/readyz` may take to answer.
pub const READY_TIMEOUT: Duration = Duration::from_secs(1);
/// Connections of the metrics listener.
pub const METRICS_CONNECTIONS_MAX: usize = 16;
/// Bytes of a command or its answer on the control socket; a schedule file is the largest.
pub const COMMAND_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How long a command may take in the server.
pub const COMMAND_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a command waits for a server that has just begun and has no control socket yet.
pub const CONTROL_PATIENCE: Duration = Duration::from_secs(5);

/// Mails to crowds in a minute where nobody says otherwise: what common mail providers allow a small sender.
pub const MAILS_PER_MINUTE: u32 = 300;
/// The most that can be configured.
pub const MAILS_PER_MINUTE_MAX: u32 = 60_000;

/// How often certificate files are looked at.
pub const CERTIFICATE_POLL: Duration = Duration::from_secs(10);
/// How long a schedule may take to arrive from another server.
pub const FETCH_TIMEOUT: Duration = Duration::from_mins(1);
/// How often the numbers of the database are read for `/metrics`.
pub const FIGURES_PAUSE: Duration = Duration::from_secs(15);
