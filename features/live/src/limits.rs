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
/// Minutes that a viewer's token is good for, and up to one more.
pub const TOKEN_MINUTES: i64 = 10;
/// Tokens that are known to be good without being checked again.
pub const TOKENS_KNOWN_MAX: usize = 1024;
/// People on the lists of one conference.
pub const LIST_MAX: i64 = 20_000;
/// Bytes of a pasted list or CSV file.
pub const LIST_BYTES_MAX: usize = 2 * 1024 * 1024;
/// People of a list that a page shows.
pub const LIST_SHOWN: i64 = 200;
/// Lines without a name that a page complains about.
pub const STRANGE_SHOWN: usize = 20;

/// Characters of a viewer session's code.
pub const CODE_CHARS: usize = 8;
/// Reports of one session per second, after a burst.
pub const REPORTS_PER_SECOND: u32 = 1;
/// Reports of one session at once.
pub const REPORTS_BURST: u32 = 4;
/// Reports by HTTP from one network address per second: a whole venue may stand behind it.
pub const REPORTS_PER_PEER: u32 = 100;
/// The same at once: a talk ends, and everybody closes the page.
pub const REPORTS_PER_PEER_BURST: u32 = 1_000;
/// Network addresses whose rate of reports is remembered.
pub const REPORT_PEERS_MAX: usize = 10_000;
/// Bytes of a report.
pub const REPORT_BYTES_MAX: usize = 4 * 1024;
/// Errors in one report.
pub const REPORT_ERRORS_MAX: usize = 8;
/// The highest rate that a report may name: 1 Gbit/s.
pub const KBPS_MAX: u32 = 1_000_000;
/// Sessions in memory. Fewer in unit tests, so that the limit can be reached.
pub const SESSIONS_MAX: usize = if cfg!(test) { 64 } else { 40_000 };
/// A session counts as there for this long after its last report, of which one is due every 30 s.
pub const SESSION_THERE: Duration = Duration::from_secs(75);
/// A session that fell silent stays in memory this long, since it may go on.
pub const SESSION_KEPT: Duration = Duration::from_mins(10);
/// Sessions that are written in one transaction.
pub const SESSIONS_BATCH_MAX: usize = 500;
/// Sessions are written at least this often.
pub const SESSIONS_EVERY: Duration = Duration::from_secs(5);
/// A session stays in the database this long.
pub const SESSIONS_KEPT: Duration = Duration::from_hours(30 * 24);
/// Old sessions are looked for this often.
pub const FORGET_EVERY: Duration = Duration::from_hours(1);
/// Tracks of one code that a page shows.
pub const SESSIONS_SHOWN: i64 = 50;
/// Sessions that the list of the worst shows.
pub const WORST_SHOWN: usize = 50;
/// Bytes of the object by which a viewer's page measures its own link.
pub const PROBE_BYTES_MAX: usize = 512 * 1024;
/// Such objects for one network address per second, after a burst.
pub const PROBES_PER_PEER: u32 = 2;
/// The same at once.
pub const PROBES_PER_PEER_BURST: u32 = 20;

/// Characters of a line of captions.
pub const CAPTION_CHARS_MAX: usize = 200;
/// Lines that it may be broken into.
pub const CAPTION_LINES_MAX: usize = 3;
/// Shortest and longest id that a captioner gives it.
pub const CAPTION_ID_CHARS: std::ops::RangeInclusive<usize> = 8..=64;
/// How short and how long it may be shown, ms.
pub const CAPTION_MS: std::ops::RangeInclusive<i64> = 500..=15_000;
/// How often it may be put into other words.
pub const CAPTION_REVISIONS_MAX: i64 = 1_000;
/// How far back it may begin: somebody still corrects what was said.
pub const CAPTION_PAST_MAX: Duration = Duration::from_hours(1);
/// How far ahead it may begin: a clock that is wrong, or a prepared text.
pub const CAPTION_AHEAD_MAX: Duration = Duration::from_mins(5);
/// Lines of captions of a track per second, after a burst; guesses that change count too.
pub const CAPTIONS_PER_SECOND: u32 = 10;
/// The same at once.
pub const CAPTIONS_BURST: u32 = 40;
/// Tracks whose rate is remembered.
pub const CAPTION_TRACKS_MAX: usize = 1_000;
/// Lines that the topic tells who begins to read.
pub const CAPTIONS_SHOWN: usize = 400;
/// Lines that the API gives at once.
pub const CAPTIONS_MAX: i64 = 500;
/// Bytes of a line as it is sent.
pub const CAPTION_BYTES_MAX: usize = 8 * 1024;
/// The time of a caption key's last use is written at most this often.
pub const CAPTION_KEY_USED_EVERY: Duration = Duration::from_mins(1);
