//! Everything that a client can make grow, and how far.

use std::time::Duration;

/// Characters of a chat line.
pub const CHAT_CHARS_MAX: usize = 500;
/// Lines of a talk that are shown at once.
pub const CHAT_LINES_SHOWN: i64 = 100;
/// Lines that the API gives at once.
pub const CHAT_LINES_MAX: i64 = 200;
/// Lines of one person per second, after a burst.
pub const CHAT_PER_SECOND: u32 = 1;
/// Lines that one person may send at once.
pub const CHAT_BURST: u32 = 3;
/// People whose rate is remembered.
pub const CHAT_PEOPLE_MAX: usize = 20_000;
/// Shortest and longest nonce.
pub const NONCE_CHARS: std::ops::RangeInclusive<usize> = 8..=64;
/// Lines that wait to be written.
pub const CHAT_WAITING_MAX: usize = 1024;
/// Lines that are written in one transaction.
pub const CHAT_BATCH_MAX: usize = 128;
/// A chat stays open this long after its talk has gone off air: some watch behind, some still ask.
pub const CHAT_GRACE: Duration = Duration::from_mins(15);
/// Changes of a track that a page is told.
pub const HISTORY_SHOWN: i64 = 20;
/// Descriptors that somebody reads are looked at again at least this often: a day ends without an event.
pub const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Days that a viewer's token is handed out; it is good for as many again.
pub const TOKEN_DAYS: i64 = 7;
