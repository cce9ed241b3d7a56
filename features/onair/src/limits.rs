//! Everything that somebody else decides the size of, and how far.

use std::time::Duration;

/// Characters of a reason.
pub const REASON_CHARS_MAX: usize = 200;
/// Changes of a track that are told at once.
pub const HISTORY_MAX: i64 = 200;
/// The timetable is looked at again at least this often, whatever the clock was set to meanwhile.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often a change is tried again when somebody else was first.
pub const TRIES_MAX: usize = 8;
