//! Everything that somebody else decides the size of, and how far.

use std::time::Duration;

/// Passes of browsers that go live, over all conferences.
pub const PASSES_MAX: usize = 1024;
/// A pass is good for a beginning within this time.
pub const PASS_GOOD: Duration = Duration::from_mins(1);
/// Bytes that a browser sends to see how fast they go.
pub const NETWORK_TEST_BYTES_MAX: usize = 1024 * 1024;

/// Keys that are listed per track: the live one and the last that were.
pub const KEYS_SHOWN_MAX: i64 = 20;
/// The time of a key's last use is written at most this often.
pub const KEY_USED_EVERY: Duration = Duration::from_mins(1);
/// Tracks that somebody looks at are looked at again at least this often.
pub const LOOK_EVERY: Duration = Duration::from_secs(10);
/// How often every channel is judged.
pub const JUDGE_EVERY: Duration = Duration::from_secs(1);
/// What is on air is looked up again at least this often, beside when it changes.
pub const ON_AIR_EVERY: Duration = Duration::from_mins(1);
/// Length of the reason somebody gives.
pub const REASON_CHARS_MAX: usize = 200;
/// A slate, or clips, that somebody wanted longer ago than this does not come back when the server starts again.
pub const SLATE_REMEMBERED: Duration = Duration::from_hours(4);

/// Slates and clips of one conference.
pub const SLATES_MAX: usize = 40;
/// Length of the name of one.
pub const SLATE_NAME_CHARS_MAX: usize = 100;
/// What the slates and clips of one conference that are switched on take of the memory.
pub const SLATES_BYTES_MAX: i64 = 256 * 1024 * 1024;
/// Attempts at one whose work was interrupted: what takes the server down with it is not tried for ever.
pub const SLATE_ATTEMPTS_MAX: i64 = 3;
/// How often it is looked whether it is a break, and what slates are to say.
pub const SLATES_EVERY: Duration = Duration::from_secs(2);
/// Bytes of a film that a look at it gets at once.
pub const FILM_PIECE_BYTES_MAX: u64 = 4 * 1024 * 1024;
