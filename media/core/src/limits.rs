//! Every bound of the media path, by name. What a publisher or viewer can grow, stops here.

use std::time::Duration;

/// Channels alive in one process.
pub const CHANNELS_MAX: usize = 1_000;
/// Length of a channel's name and of each of its parts.
pub const CHANNEL_NAME_BYTES_MAX: usize = 192;
/// Parts of a channel's name, separated by `/`.
pub const CHANNEL_NAME_PARTS_MAX: usize = 4;
/// Length of what is kept of a peer's address or an encoder's label.
pub const SOURCE_TEXT_CHARS_MAX: usize = 128;

/// One coded frame.
pub const FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;
/// One frame of sound.
pub const SOUND_BYTES_MAX: usize = 16 * 1024;
/// One codec configuration.
pub const CONFIG_BYTES_MAX: usize = 4 * 1024;
/// Width and height of a picture.
pub const PICTURE_SIDE_MAX: u32 = 16_384;
/// NAL units in one access unit.
pub const NAL_UNITS_MAX: usize = 4_096;

/// How far a clock may step back and be taken for jitter.
pub const STEP_BACK_MAX_US: i64 = 500_000;
/// How far a clock may step forward, or from the other stream, and still be the same time line.
pub const JUMP_US: i64 = 3_000_000;
/// Time-line jumps within [`JUMPS_WITHIN`] after which the encoder is turned away.
pub const JUMPS_MAX: u32 = 20;
/// See [`JUMPS_MAX`].
pub const JUMPS_WITHIN: Duration = Duration::from_secs(20);
/// How far from the expected instant a picture may be and still be moved onto the frame grid.
pub const SNAP_US: i64 = 1_100;
/// Presentation minus decoding time.
pub const CTS_MAX_US: i64 = 2_000_000;

/// How long the first part waits for the second kind of stream.
pub const SECOND_KIND_WAIT_US: i64 = 2_000_000;
/// How long frames may come before their codec configuration does.
pub const CONFIG_WAIT: Duration = Duration::from_secs(5);
/// What may wait in the packager before a first key frame or for the slower stream.
pub const QUEUE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Frames that may wait in the packager.
pub const QUEUE_FRAMES_MAX: usize = 4_096;

/// What an input that is not on air keeps, to begin with at once.
pub const REEL_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Frames of it.
pub const REEL_FRAMES_MAX: usize = 4_096;
/// A slate in memory.
pub const SLATE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The longest round of a slate.
pub const SLATE_ROUND_MAX_US: i64 = 600_000_000;

/// Sequence numbers skipped after the machine itself went down: what a journal may not have kept.
pub const JOURNAL_MARGIN: u64 = 64;
/// Announcements of changes that may wait for a slow listener.
pub const CHANGES_MAX: usize = 256;
/// Languages that captions of a channel come in.
pub const LANGUAGES_MAX: usize = 8;
/// Captions that a channel keeps for those who go back.
pub const CAPTIONS_KEPT_MAX: usize = 2_000;
/// Segments that can be listened to without their pictures: how far back listeners go.
pub const LISTEN_SEGMENTS_MAX: usize = 90;
/// Segments of sound alone that can still be had after they left the list.
pub const LISTEN_RETIRED_MAX: u64 = 12;

/// Frames of sound coded once more that may wait for the pictures beside them: some twenty seconds.
pub const RECODED_FRAMES_MAX: usize = 1_024;
/// The longest hole in it that is filled, in frames; what comes from beyond belongs nowhere.
pub const RECODED_HOLE_FRAMES_MAX: i64 = 512;

/// Seconds of an encoder's test that are looked at.
pub const TRIAL_SECONDS_MAX: u32 = 3_600;
/// Points of its chart.
pub const TRIAL_POINTS_MAX: usize = 240;
