//! What the draft demands of a live low-latency origin, as far as playlists show it.
//!
//! Sections are those of draft-pantos-hls-rfc8216bis-22. What it only recommends is here where we promise it, and says
//! so; what is about answers and not about playlists (§6.2.5.2, §6.2.6, availability in §6.2.2) is held by the tests of
//! `media-deliver`; what we never use (encryption, byte ranges, date ranges, variables, I-frames) has no rule, because
//! reading refuses it. `docs/interop.md` has the whole list, and a test that it is complete.

use std::fmt;

macro_rules! musts {
    ($($name:ident $section:literal $text:literal,)*) => {
        /// One demand.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Must {
            $(#[doc = concat!("§", $section, ": ", $text, ".")] $name,)*
        }

        impl Must {
            /// Every demand that is checked.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Where the draft says it.
            pub fn section(self) -> &'static str {
                match self { $(Self::$name => $section,)* }
            }

            /// What it says, in our words.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

musts! {
    // One playlist, as text.
    PlainText "4.1" "no byte order mark and no control characters",
    NoSpace "4.1" "no white space outside quoted strings and titles",
    AttributeOnce "4.2" "an attribute stands once in its list",
    AttributeKind "4.2" "an attribute's value is of its kind",
    FirstLine "4.4.1.1" "#EXTM3U is the first line",
    VersionOnce "4.4.1.2" "EXT-X-VERSION stands once",
    VersionHigh "8" "the version is high enough for the tags that are used",
    TagOnce "4.4.3" "a tag about the whole playlist stands once",
    MediaTagsOnly "4.4.6" "no multivariant tag in a media playlist",
    KnownTags "6.3.1" "no tag but those that we mean to write (ours: clients would ignore it)",

    // One media playlist.
    MapPerSegment "3.1.2" "every fMP4 segment has a header in force (EXT-X-MAP)",
    PartsMakeSegment "3.2" "the parts of a segment last as long as the segment",
    TargetThere "4.4.3.1" "EXT-X-TARGETDURATION is there and at least one second",
    SegmentFits "4.4.3.1" "no segment, rounded to seconds, exceeds the target duration",
    SequenceFirst "4.4.3.2" "EXT-X-MEDIA-SEQUENCE comes before the first segment",
    BreaksFirst "4.4.3.3" "EXT-X-DISCONTINUITY-SEQUENCE comes before the first segment and any EXT-X-DISCONTINUITY",
    PartInfThere "4.4.3.7" "EXT-X-PART-INF with PART-TARGET is there where parts are",
    SkipBoundary "4.4.3.8" "CAN-SKIP-UNTIL is at least six target durations",
    SkipDates "4.4.3.8" "CAN-SKIP-DATERANGES needs CAN-SKIP-UNTIL",
    HoldBack "4.4.3.8" "HOLD-BACK is at least three target durations",
    PartHoldBack "4.4.3.8" "PART-HOLD-BACK is there where parts are, and at least two part targets",
    PartHoldBackWide "4.4.3.8" "PART-HOLD-BACK is at least three part targets (recommended)",
    DurationThere "4.4.4.1" "every segment has an EXTINF",
    PartComplete "4.4.4.9" "a part has URI and DURATION",
    PartAfterTags "4.4.4.9" "what applies to a segment stands before its first part",
    PartFits "4.4.4.9" "no part exceeds the part target",
    PartFills "4.4.4.9" "a part fills 85 % of the part target, if it is not independent and not the last of its segment",
    SkipOnce "4.4.5.2" "EXT-X-SKIP stands once",
    SkipCounts "4.4.5.2" "EXT-X-SKIP says how many segments it replaces",
    HintComplete "4.4.5.3" "a hint has TYPE and URI",
    HintOnce "6.2.6" "one hint of each type (recommended)",
    HintLive "4.4.5.3" "no hint in a playlist that has ended",
    ReportComplete "4.4.5.4" "a rendition report has a relative URI, LAST-MSN and LAST-PART",
    DatesClear "6.2.1" "dates grow from segment to segment; an overlap is shorter than a second and than the segment",
    NoPlaylistType "6.2.2" "a live playlist has no EXT-X-PLAYLIST-TYPE",
    BreaksCounted "6.2.2" "a live playlist with EXT-X-DISCONTINUITY has EXT-X-DISCONTINUITY-SEQUENCE",
    PartsNearEnd "6.2.2" "parts are listed within three target durations of the end only (recommended)",
    OpenAtEnd "6.2.1" "only the newest segment may lack its URI",
    CanBlock "B.1" "CAN-BLOCK-RELOAD=YES",
    CanSkip "B.1" "CAN-SKIP-UNTIL is there",
    HintThere "B.1" "the next part is announced",
    DatesThere "B.1" "every segment has a date",

    // One version of a playlist after another.
    TargetKept "6.2.1" "the target duration never changes",
    OnlyAppended "6.2.1" "what is listed stays as it is: lines are appended, and removed from the front",
    SequenceGrows "6.2.2" "EXT-X-MEDIA-SEQUENCE grows by one for each segment removed, and never falls",
    BreaksGrow "6.2.2" "EXT-X-DISCONTINUITY-SEQUENCE grows by one for each discontinuity removed, and never falls",
    LongEnough "6.2.2" "nothing is removed while less than three target durations would stay",
    PartsInOrder "6.2.2" "parts leave the list from the front only",
    HintKept "4.4.5.3" "the part that comes next has the address that was announced",

    // A delta beside the playlist that it stands for.
    DeltaBoundary "6.2.5.1" "a delta leaves out only what is older than the skip boundary",
    DeltaWhole "6.2.5.1" "a delta has everything that it does not skip",

    // The multivariant playlist.
    MultivariantOnly "4.4.3" "no media playlist tag and no segment tag in a multivariant playlist",
    MediaComplete "4.4.6.1" "EXT-X-MEDIA has TYPE, GROUP-ID and NAME, and a URI if it is of subtitles",
    MediaDefault "4.4.6.1" "what is DEFAULT=YES is AUTOSELECT=YES if that is said",
    MediaForced "4.4.6.1" "FORCED is said of subtitles only, CHANNELS of sound only",
    NamesDiffer "4.4.6.1.1" "the members of a group have different names",
    OneDefault "4.4.6.1.1" "a group has at most one default",
    VariantUri "4.4.6.2" "a URI follows every EXT-X-STREAM-INF",
    VariantBandwidth "4.4.6.2" "every variant has BANDWIDTH",
    VariantCodecs "4.4.6.2" "every variant has CODECS (recommended)",
    GroupThere "4.4.6.2" "a group that a variant names is there",

    // Media playlists of one multivariant playlist side by side.
    SameTarget "6.2.4" "every rendition has the same target duration",
    SameControl "6.2.4" "every rendition has the same EXT-X-SERVER-CONTROL",
    SameBreaks "6.2.4" "matching content has matching discontinuity sequence numbers and dates",
    ReportsThere "B.1" "a rendition reports on every other one",
}

impl fmt::Display for Must {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "§{}: {}", self.section(), self.text())
    }
}

impl Must {
    /// A breach of it, with what shows it.
    pub(super) fn broken(self, by: impl fmt::Display) -> String {
        format!("{self}: {by}")
    }
}

/// Collects breaches.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<String>);

impl Faults {
    /// Notes a breach unless it `holds`; one of each demand is enough.
    pub(super) fn must(&mut self, holds: bool, must: Must, by: impl fmt::Display) {
        let name = must.to_string();
        if !holds && !self.0.iter().any(|fault| fault.starts_with(&name)) {
            self.0.push(must.broken(by));
        }
    }
}
