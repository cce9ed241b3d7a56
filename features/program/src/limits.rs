//! Every size that somebody else decides has a maximum here, and a test that exceeds it.

/// A schedule file. The largest known real one (a congress of six days with all self-organised sessions) has 4 MB.
pub const SCHEDULE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Elements inside elements of a schedule.xml, or values inside values of a schedule.json.
pub const SCHEDULE_DEPTH_MAX: usize = 32;
/// Elements and texts of a schedule.xml, so that sixteen megabytes of `<a/>` do not become gigabytes of tree.
pub const SCHEDULE_NODES_MAX: usize = 1_000_000;
/// Days of one schedule.
pub const DAYS_MAX: usize = 100;
/// Rooms of one schedule.
pub const ROOMS_MAX: usize = 500;
/// Talks of one schedule.
pub const TALKS_MAX: usize = 10_000;
/// Persons, links or attachments of one talk.
pub const LIST_MAX: usize = 500;
/// Characters of one text in a schedule.
pub const TEXT_CHARS_MAX: usize = 200_000;
/// Characters of a title or a name.
pub const NAME_CHARS_MAX: usize = 1_000;
/// Complaints about one file; who has fixed these will find the others.
pub const COMPLAINTS_MAX: usize = 50;
/// Longest talk, in hours. Longer ones are exhibitions, which are not on a timetable.
pub const TALK_HOURS_MAX: i64 = 24 * 30;
