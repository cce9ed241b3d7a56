//! How far a film may go.

use std::time::Duration;

/// The largest file that is taken; what is played from it is much smaller.
pub const FILE_BYTES_MAX: u64 = 1_000_000_000;
/// The tables of an MP4 file.
pub const TABLES_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Boxes on the outside of an MP4 file that are looked at.
pub const BOXES_MAX: usize = 4_096;
/// Frames of one stream.
pub const SAMPLES_MAX: usize = 200_000;
/// The shortest film: less cannot be played in a loop without flicker.
pub const DURATION_MIN: Duration = Duration::from_secs(1);
/// The longest film.
pub const DURATION_MAX: Duration = Duration::from_mins(10);
/// What is played of a film stays in memory; see `media_core::limits::SLATE_BYTES_MAX`.
pub const PLAYED_BYTES_MAX: u64 = media_core::limits::SLATE_BYTES_MAX as u64;
/// The longest way from one key frame to the next: a viewer who comes waits for one.
pub const KEY_INTERVAL_MAX: Duration = Duration::from_secs(4);

/// How long the first question to a program may take.
pub const ASK_MAX: Duration = Duration::from_secs(10);
/// How long looking at a file may take.
pub const LOOK_MAX: Duration = Duration::from_mins(1);
/// How long a conversion may take.
pub const CONVERT_MAX: Duration = Duration::from_hours(1);
/// How long drawing may take.
pub const DRAW_MAX: Duration = Duration::from_mins(3);
/// A process that tells of no progress for so long is stuck; it runs at low priority and may have to wait for others.
pub const SILENT_MAX: Duration = Duration::from_mins(1);
/// What is kept of a process's complaints.
pub const COMPLAINT_BYTES_MAX: usize = 4 * 1024;
/// What a process that answers may say.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// The largest single piece of memory that ffmpeg may ask for.
pub const ALLOCATION_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Pixels of the largest picture that is decoded: 8K.
pub const PIXELS_MAX: u64 = 7_680 * 4_320;
/// A loop that is drawn is at most so long.
pub const DRAWN_MAX: Duration = Duration::from_secs(20);
