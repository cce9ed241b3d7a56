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

/// Alarms that are remembered per conference, those that stand aside.
pub const ALARMS_KEPT_MAX: i64 = 5_000;
/// Alarms that may have stood when the server went down.
pub const ALARMS_OPEN_MAX: i64 = 10_000;
/// Changes of alarms that wait for a database that is away.
pub const ALARM_NEWS_MAX: usize = 10_000;
/// An alarm that stood when the server went down and does not rise again within this time is over.
pub const ALARM_REMEMBERED: Duration = Duration::from_mins(2);
/// Alarms of the past that the wall shows, and that a page of the API has at most.
pub const HISTORY_SHOWN: i64 = 20;
/// See [`HISTORY_SHOWN`].
pub const PAGE_ITEMS_MAX: i64 = 200;

/// Encoder tests of a conference that can begin.
pub const TESTS_GOOD_MAX: i64 = 200;
/// Encoder tests that run at once, over all conferences; each keeps some seconds of media.
pub const TESTS_RUNNING_MAX: usize = 32;
/// How long the key of a test is good for.
pub const TEST_GOOD: Duration = Duration::from_hours(14 * 24);
/// How long a test may be, in seconds.
pub const TEST_SECONDS: std::ops::RangeInclusive<i64> = 20..=1_800;
/// What a test's media may weigh, and how far back a probe can look.
pub const TEST_WINDOW_BYTES: usize = 8 * 1024 * 1024;
/// See [`TEST_WINDOW_BYTES`].
pub const TEST_WINDOW: Duration = Duration::from_secs(20);
/// An encoder that is away for so long has stopped.
pub const TEST_STOPPED: Duration = Duration::from_secs(3);
/// Who was let in and sends nothing for so long is forgotten.
pub const TEST_IDLE: Duration = Duration::from_secs(40);
/// After a test's time is up its encoder has to stay away for so long before another begins: encoders connect again by
/// themselves.
pub const TEST_REST: Duration = Duration::from_secs(20);
/// Seconds below which a test that was broken off leaves no report.
pub const TEST_SECONDS_MIN: u32 = 3;
/// Length of an encoder's name.
pub const TEST_NAME_CHARS_MAX: usize = 80;
/// Reports that are kept per conference.
pub const REPORTS_KEPT_MAX: i64 = 500;
/// Reports on one page.
pub const REPORTS_SHOWN: i64 = 30;
