//! What viewers can make grow stops here.

use std::time::Duration;

/// Requests that may wait for media at the same time; more are told to come back.
pub const HELD_MAX: usize = 20_000;
/// Length of a path and of its query.
pub const PATH_BYTES_MAX: usize = 1_024;
/// See [`PATH_BYTES_MAX`].
pub const QUERY_BYTES_MAX: usize = 1_024;
/// Length of a viewer's token in the path.
pub const TOKEN_BYTES_MAX: usize = 512;

// The lean listener's own.

/// Length of a request's head. Browsers send less than one, with cookies for the site somewhat more.
pub const HEAD_BYTES_MAX: usize = 8 * 1_024;
/// Fields of a request's head.
pub const HEAD_FIELDS_MAX: usize = 64;
/// Bytes read from a connection at once; beyond its head this is the most that is kept of requests that come
/// before the answer to the one before.
pub const READ_BYTES: usize = 8 * 1_024;
/// Room for the head of an answer, which it hardly ever exceeds.
pub(crate) const ANSWER_HEAD_BYTES: usize = 512;
/// From the first byte of a request to its last, and from the connection to its first request.
pub const HEAD_TIME: Duration = Duration::from_secs(10);
/// Time for a TLS handshake.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Between an answer and the next request.
pub const IDLE_TIME: Duration = Duration::from_mins(1);
/// Time to take an answer's first bytes; see [`SEND_RATE_MIN`].
pub const SEND_TIME: Duration = Duration::from_secs(20);
/// Bytes per second that a viewer has to take of an answer: below that no stream can be watched.
pub const SEND_RATE_MIN: u64 = 8 * 1_024;
/// How long the end of a connection waits for the client's.
pub const FAREWELL_TIME: Duration = Duration::from_secs(1);
/// What is read and thrown away meanwhile.
pub const LEFTOVER_BYTES_MAX: usize = 64 * 1_024;
/// How often deadlines are looked at.
pub const SWEEP_EVERY: Duration = Duration::from_millis(250);
/// Pause after an error such as "too many open files".
pub const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);
/// How long a draining listener still takes connections.
pub const DRAIN_GRACE: Duration = Duration::from_secs(1);

/// How long an answer of this size may take to be sent.
pub(crate) fn send_time(bytes: u64) -> Duration {
    SEND_TIME + Duration::from_secs(bytes / SEND_RATE_MIN)
}
