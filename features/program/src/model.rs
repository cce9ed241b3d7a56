//! Words and rules of the programme.

pub mod hand;
mod lifecycle;
mod looks;
pub mod placement;
mod settings;
mod structure;
mod theme;

use kernel::text::{is_slug, to_slug};
use kernel::{Error, Result, define_id, word_enum};

use crate::limits;

pub use identity::ConferenceId;
pub(crate) use lifecycle::SwitchState;
pub use lifecycle::{Effects, Lifecycle};
pub use looks::{Format, Look, Looks, Size, Spot};
pub(crate) use settings::MenuEntry;
pub use settings::{ConferenceSettings, Feature, NamedLink, Words, word_in};
pub use structure::Part;
pub(crate) use structure::{
    CategoryDraft, DayDraft, Fields, LANGUAGES, RoomDraft, TermDraft, TrackDraft,
};
pub use theme::Theme;
pub(crate) use theme::{CONTRAST_MIN, Color};

define_id!(
    /// A day of a conference.
    DayId, "day"
);
define_id!(
    /// A room.
    RoomId, "rom"
);
define_id!(
    /// A track: a column of the timetable, and a picture to watch.
    TrackId, "trk"
);
define_id!(
    /// A category of talks.
    CategoryId, "cat"
);
define_id!(
    /// A talk.
    TalkId, "tlk"
);
define_id!(
    /// An import of a schedule file.
    ImportId, "imp"
);
define_id!(
    /// Somebody who speaks.
    SpeakerId, "spk"
);
define_id!(
    /// A page that a team wrote.
    PageId, "pge"
);
define_id!(
    /// A change of the lifecycle at a date.
    SwitchId, "swi"
);
define_id!(
    /// A spreadsheet that somebody brought.
    SpreadsheetId, "spr"
);
define_id!(
    /// A talk type, level, duration or language that a conference offers.
    TermId, "trm"
);

word_enum! {
    /// Who may watch.
    pub enum Watch {
        /// Everybody.
        Anyone = "anyone",
        /// Everybody who is signed in.
        SignedIn = "signed_in",
        /// Those who are on a list, and the team.
        Listed = "listed",
    }
}

/// Names that a conference cannot have, since addresses of the site begin with them.
pub const RESERVED: &[&str] = &[
    "api",
    "media",
    "rt",
    "ops",
    "demo",
    "whip",
    "whep",
    "sign-in",
    "sign-out",
    "account",
    "assets",
    "cable",
    "query",
    "livez",
    "readyz",
    "metrics",
    "authorize",
    "oauth",
    "v2",
    "t",
    "new",
    "theme",
];

/// A conference's name in addresses, as somebody wrote it.
///
/// # Errors
/// When it is no name, or one that the site needs itself.
pub fn parse_slug(text: &str) -> Result<String> {
    let slug = text.trim();
    if !is_slug(slug, limits::SLUG_CHARS_MIN) || slug.starts_with('-') || slug.ends_with('-') {
        return Err(Error::invalid("slug", "program-slug-malformed"));
    }
    if RESERVED.contains(&slug) {
        return Err(Error::invalid(
            "slug",
            kernel::Message::new("program-slug-reserved").with("slug", slug),
        ));
    }
    Ok(slug.to_owned())
}

/// The name in addresses for a conference from a file: its acronym, else its title, else its year.
pub(crate) fn slug_for(acronym: &str, title: &str, year: i16) -> String {
    let candidates = [to_slug(acronym), to_slug(title)];
    let slug = candidates
        .into_iter()
        .find(|slug| is_slug(slug, limits::SLUG_CHARS_MIN));
    match slug {
        Some(slug) if RESERVED.contains(&slug.as_str()) => format!("{slug}-{year}"),
        Some(slug) => slug,
        None => format!("conference-{year}"),
    }
}

/// The first of `base`, `base-2`, `base-3`, … that `taken` does not know.
pub(crate) fn free_slug(base: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(base) {
        return base.to_owned();
    }
    // Room for the number within what an address may have.
    let stem: String = base.chars().take(54).collect();
    (2_u32..=u32::MAX)
        .map(|n| format!("{}-{n}", stem.trim_end_matches('-')))
        .find(|slug| !taken(slug))
        .unwrap_or(stem)
}

/// A title's name in addresses, or `fallback` where nothing of it can stand in one.
pub(crate) fn slug_or(title: &str, fallback: &str) -> String {
    let slug = to_slug(title);
    if slug.is_empty() {
        fallback.to_owned()
    } else {
        slug
    }
}

/// "Track A" is `a`; other names stand in addresses as they are.
pub(crate) fn track_slug(name: &str, position: i64) -> String {
    let lower = name.trim().to_lowercase();
    let short = ["track ", "トラック "]
        .iter()
        .find_map(|prefix| lower.strip_prefix(prefix))
        .unwrap_or(&lower);
    slug_or(short, &format!("track-{position}"))
}

/// Whether talks of this kind are pauses: shown over all tracks, without a page of their own to speak of.
pub fn is_break(kind: &str) -> bool {
    let kind = kind.trim().to_lowercase();
    ["break", "lunch", "pause", "coffee", "休憩", "昼食"].contains(&kind.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conference_s_name_never_hides_a_part_of_the_site() {
        assert!(parse_slug("matsuri-days").is_ok());
        for bad in ["", "a", "Matsuri", "api", "new", "-a", "a-", "a/b", "祭り"] {
            assert!(parse_slug(bad).is_err(), "{bad}");
        }
        assert_eq!(slug_for("Camp2019", "", 2019), "camp2019");
        assert_eq!(slug_for("mori_2032", "", 2032), "mori-2032");
        assert_eq!(slug_for("demo", "", 2031), "demo-2031");
        assert_eq!(slug_for("祭", "Village Days", 2031), "village-days");
        assert_eq!(slug_for("祭", "村", 2031), "conference-2031");
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let taken = ["a", "a-2"];
        assert_eq!(free_slug("a", |slug| taken.contains(&slug)), "a-3");
        assert_eq!(free_slug("b", |slug| taken.contains(&slug)), "b");
        assert!(free_slug(&"x".repeat(63), |slug| slug.len() == 63).len() <= 63);
    }
}
