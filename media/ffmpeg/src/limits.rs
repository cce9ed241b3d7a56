//! How far a process may go.

use std::time::Duration;

/// How long the first question to a program may take.
pub const ASK_MAX: Duration = Duration::from_secs(10);
/// What is kept of a process's complaints, for the log.
pub const COMPLAINT_BYTES_MAX: usize = 1_024;
/// Segments that a process may be behind before some are left out.
pub const BEHIND_SEGMENTS_MAX: u64 = 3;
/// The largest single piece of memory that ffmpeg may ask for.
pub const ALLOCATION_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Channels for each processor whose sound is coded once more: one takes a fiftieth of it.
pub const RECODERS_PER_CPU: usize = 16;
/// Such channels on any machine.
pub const RECODERS_MAX: usize = 64;
/// How often it is looked which channels want it.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether sound is late.
pub const LATE_EVERY: Duration = Duration::from_millis(100);
/// Pictures wait for so long for sound that a process owes: about what players hold.
pub const LATE_MAX: Duration = Duration::from_secs(2);
/// A process that is fed and gives no frame for so long is stuck.
pub const SILENT_MAX: Duration = Duration::from_secs(5);
/// A process that takes no bytes for so long is stuck.
pub const WRITE_MAX: Duration = Duration::from_secs(5);
/// The first pause before a process that failed is started again …
pub const RESTART_DELAY: Duration = Duration::from_millis(500);
/// … and the longest.
pub const RESTART_DELAY_MAX: Duration = Duration::from_mins(1);
/// A process that ran this long is forgiven its failures before.
pub const RESTART_FORGIVEN: Duration = Duration::from_mins(1);
/// A piece of what a process gives: a frame with what is said about it.
pub const TAG_BYTES_MAX: usize = 64 * 1024;
