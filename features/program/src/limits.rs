//! Every size that somebody else decides has a maximum here, and a test that exceeds it.

/// A schedule file. The largest known real one (a congress of six days with all self-organised sessions) has 4 MB.
pub const SCHEDULE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Elements inside elements of a schedule.xml, or values inside values of a schedule.json.
pub const SCHEDULE_DEPTH_MAX: usize = 32;
/// Elements of a schedule.xml, so that sixteen megabytes of `<a/>` do not become gigabytes of tree. The largest known
/// real file has a hundred thousand.
pub const SCHEDULE_NODES_MAX: usize = 400_000;
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
/// Rows of one file of an export of Dreamkast.
pub const DREAMKAST_ROWS_MAX: usize = 100_000;
/// Longest talk, in hours. Longer ones are exhibitions, which are not on a timetable.
pub const TALK_HOURS_MAX: i64 = 24 * 30;
/// Characters of a conference's name in addresses, at least.
pub const SLUG_CHARS_MIN: usize = 2;
/// Characters of a title that somebody types.
pub const TITLE_CHARS_MAX: usize = 200;
/// Days and tracks of a conference that is started empty.
pub const START_DAYS_MAX: i64 = 14;
/// Tracks of a conference that is started empty.
pub const START_TRACKS_MAX: usize = 12;
/// Body of an upload: the file and a little form around it.
pub const UPLOAD_BYTES_MAX: usize = SCHEDULE_BYTES_MAX + 64 * 1024;
/// Conferences whose programme is held in memory.
pub const PROGRAMMES_HELD_MAX: usize = 32;
/// Bytes of rendered pages and files held in memory.
pub const RENDERED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Rendered pages and files held in memory.
pub const RENDERED_MAX: usize = 2_000;
/// Characters of an address whose page is held in memory.
pub const RENDERED_PATH_MAX: usize = 300;
/// Characters of a search on the timetable.
pub const SEARCH_CHARS_MAX: usize = 100;
/// Columns that the timetable's grid has; with more tracks it is a list.
pub const GRID_TRACKS_MAX: usize = 12;
/// Five-minute rows that the timetable's grid has: a day of twenty-five hours.
pub const GRID_SLOTS_MAX: i64 = 300;
/// Conferences in the list of the front page and the API.
pub const CONFERENCES_SHOWN_MAX: i64 = 200;
/// Changes of the lifecycle that wait for their dates.
pub const SWITCHES_MAX: i64 = 50;
/// How far ahead one can be planned: five years.
pub const SWITCH_HOURS_MAX: i64 = 5 * 366 * 24;
/// Changes of the lifecycle that its page remembers.
pub const SWITCHES_SHOWN: i64 = 60;
/// Characters of a short name, such as that of a level.
pub const LABEL_CHARS_MAX: usize = 80;
/// People that a room holds.
pub const CAPACITY_MAX: i64 = 1_000_000;
/// Minutes of a length that is offered for talks: a day.
pub const DURATION_MINUTES_MAX: i64 = 1_440;
/// Tracks of one conference.
pub const TRACKS_MAX: usize = 200;
/// Categories of one conference.
pub const CATEGORIES_MAX: usize = 200;
/// Talk types, levels, durations or languages that one conference offers, of each.
pub const TERMS_MAX: usize = 100;
/// Characters of an address that somebody types.
pub const LINK_CHARS_MAX: usize = 2_000;
/// Links of a conference's front page.
pub const LINKS_MAX: usize = 20;
/// Characters of a conference's description.
pub const DESCRIPTION_CHARS_MAX: usize = 20_000;
/// Languages in which a name or text is there.
pub const LANGUAGES_MAX: usize = 20;
/// Pages of one conference that its team writes.
pub const PAGES_MAX: usize = 50;
/// Characters of such a page in one language.
pub const PAGE_CHARS_MAX: usize = 50_000;
/// How long a deleted conference can be restored.
pub const REMOVAL_GRACE: std::time::Duration = std::time::Duration::from_hours(30 * 24);
/// How long something lies in the bin before it is gone.
pub const BIN_KEPT: std::time::Duration = std::time::Duration::from_hours(30 * 24);
/// Characters of an abstract or a biography that somebody types.
pub const PROSE_CHARS_MAX: usize = 20_000;
/// Characters of a short word that somebody types: a kind, a language.
pub const WORD_CHARS_MAX: usize = 50;
/// Speakers of one talk.
pub const SPEAKERS_MAX: usize = 30;
/// Links or files of one talk.
pub const TALK_LINKS_MAX: usize = 30;
/// Names that a field for speakers suggests.
pub const NAMES_SUGGESTED_MAX: i64 = 2_000;
/// Talks or speakers that one act takes.
pub const ACT_MAX: usize = 500;
/// Talks whose act can be undone with one button: their ids have to travel in an address.
pub const UNDO_MAX: usize = 40;
/// Bytes of a picture of a conference as it is sent.
pub const LOOK_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Width and height of such a picture as it is sent: what unpacks to more is not unpacked.
pub const LOOK_SIDE_MAX: u32 = 10_000;
/// Memory that unpacking it may take: forty megapixels, thirty with transparency.
pub const LOOK_MEMORY_MAX: u64 = 128 * 1024 * 1024;
/// Pictures that are unpacked at the same time.
pub const LOOKS_AT_ONCE: usize = 1;
/// Characters of what is said instead of a picture.
pub const ALT_CHARS_MAX: usize = 300;
/// Width and height of a logo as it is kept: four times what the head of a page shows.
pub const LOGO_BOX: (u32, u32) = (960, 144);
/// Widths of a hero picture as it is kept.
pub const HERO_WIDTHS: &[u32] = &[480, 960, 1_600];
/// Width and height of a hero picture where other sites show it.
pub const CARD_SIZE: (u32, u32) = (1_200, 630);
/// Sides of an icon as it is kept: in a tab, on a telephone, where a site is installed.
pub const ICON_SIDES: &[u32] = &[32, 180, 512];
/// Bytes of a drawing (SVG) as it is sent.
pub const SVG_BYTES_MAX: usize = 256 * 1024;
/// Elements of a drawing.
pub const SVG_ELEMENTS_MAX: usize = 5_000;
/// Elements inside elements of a drawing.
pub const SVG_DEPTH_MAX: usize = 40;
/// Parts of a drawing that are drawn once more.
pub const SVG_USES_MAX: usize = 100;
/// Bytes of a file of slides.
pub const SLIDES_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Files of slides of one talk, without those in the bin.
pub const SLIDES_MAX: usize = 5;
/// A spreadsheet of talks or speakers as CSV.
pub const SPREADSHEET_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Its columns.
pub const SPREADSHEET_COLUMNS_MAX: usize = 100;
/// Its rows below the header.
pub const SPREADSHEET_ROWS_MAX: usize = TALKS_MAX;
/// How long one that was brought is kept, whatever became of it: until then what it made can be taken back in one step.
pub const SPREADSHEET_KEPT: std::time::Duration = std::time::Duration::from_hours(7 * 24);
/// Spreadsheets of one conference that wait for a decision; an older one gives way.
pub const SPREADSHEETS_MAX: usize = 10;
/// Rows of a comparison on one page.
pub const SPREADSHEET_ROWS_SHOWN: usize = 100;
/// Characters of a cell that a comparison shows, around what is different.
pub const SPREADSHEET_CELL_SHOWN: usize = 160;
/// How often rows that are refused may free or take the places of others before the rest is refused too.
pub const SPREADSHEET_ROUNDS_MAX: usize = 50;
