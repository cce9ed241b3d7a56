//! What a server, or who asks for load, can make grow stops here.

use std::time::Duration;

/// Longer than any server may take for an answer, also one under load, and longer than any may hold a request.
pub const ANSWER_TIME: Duration = Duration::from_secs(30);
/// Time to find a server, connect, and shake hands.
pub const CONNECT_TIME: Duration = Duration::from_secs(10);
/// An answer's head.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// A body that is kept: pages, playlists, headers, and the parts that a probe reads.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Viewers of one run.
pub const VIEWERS_MAX: usize = 200_000;
/// Encoders of one run.
pub const ENCODERS_MAX: usize = 1_000;
/// Redirects that are followed.
pub const REDIRECTS_MAX: usize = 5;
/// Pause of a viewer whose connection failed.
pub const RETRY: Duration = Duration::from_secs(1);

/// The largest recording of a browser that is read: hours of playlists.
pub const RECORDING_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Problems that are told word for word.
pub const PROBLEMS_MAX: usize = 20;
