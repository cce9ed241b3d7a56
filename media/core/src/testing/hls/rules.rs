//! One media playlist by itself.

use super::must::Faults;
use super::{Listed, ListedPart, Media, Must};

/// Less than this share of the part target is too little, in percent.
const PART_LEAST_PERCENT: i64 = 85;
/// Dates may overlap by less than this (§6.2.1).
const OVERLAP_MAX_US: i64 = 1_000_000;

/// What a playlist gets wrong. Empty is good.
pub fn check(media: &Media) -> Vec<String> {
    let mut faults = Faults::default();
    of_playlist(media, &mut faults);
    of_control(media, &mut faults);
    of_segments(media, &mut faults);
    of_parts(media, &mut faults);
    of_dates(media, &mut faults);
    faults.0
}

fn of_playlist(media: &Media, faults: &mut Faults) {
    let has_map = media.segments.iter().any(|segment| !segment.map.is_empty());
    let least = match (media.skipped > 0, has_map) {
        (true, _) => 9,
        (false, true) => 6,
        (false, false) => 3,
    };
    let enough = media.version >= least;
    faults.must(
        enough,
        Must::VersionHigh,
        format_args!("{}, not {least}", media.version),
    );
    let target = media.target_duration;
    faults.must(target > 0, Must::TargetThere, target);
    let has_type = media.tags.contains("#EXT-X-PLAYLIST-TYPE");
    faults.must(
        !has_type || media.is_over(),
        Must::NoPlaylistType,
        "it is there",
    );
    let hint = media.hint.as_deref().unwrap_or("none");
    faults.must(
        media.hint.is_some() || media.is_over() || media.part_target_us == 0,
        Must::HintThere,
        hint,
    );
    faults.must(
        media.hint.is_none() || !media.is_over(),
        Must::HintLive,
        hint,
    );
    let has_breaks = media.segments.iter().any(|segment| segment.discontinuity);
    let counts = media.tags.contains("#EXT-X-DISCONTINUITY-SEQUENCE");
    faults.must(
        !has_breaks || counts || media.is_over(),
        Must::BreaksCounted,
        "it is not",
    );
}

fn of_control(media: &Media, faults: &mut Faults) {
    let target_us = i64::from(media.target_duration) * 1_000_000;
    let said = |name: &str| media.control.get(name).cloned().unwrap_or_default();
    let can_block = said("CAN-BLOCK-RELOAD") == "YES";
    faults.must(can_block, Must::CanBlock, said("CAN-BLOCK-RELOAD"));
    let skip = media.seconds("CAN-SKIP-UNTIL");
    faults.must(skip.is_some(), Must::CanSkip, said("CAN-SKIP-UNTIL"));
    let is_far = skip.is_none_or(|us| us >= 6 * target_us);
    faults.must(is_far, Must::SkipBoundary, said("CAN-SKIP-UNTIL"));
    let skips_dates = media.control.contains_key("CAN-SKIP-DATERANGES");
    faults.must(
        !skips_dates || skip.is_some(),
        Must::SkipDates,
        "CAN-SKIP-UNTIL is not",
    );
    let hold_back = media.seconds("HOLD-BACK").unwrap_or(3 * target_us);
    faults.must(
        hold_back >= 3 * target_us,
        Must::HoldBack,
        said("HOLD-BACK"),
    );
    if media.part_target_us > 0 {
        let part_hold_back = media.seconds("PART-HOLD-BACK").unwrap_or(0);
        let said = said("PART-HOLD-BACK");
        faults.must(
            part_hold_back >= 2 * media.part_target_us,
            Must::PartHoldBack,
            &said,
        );
        // Written with five digits, so compared with half a digit's mercy.
        let is_wide = part_hold_back + 15 >= 3 * media.part_target_us;
        faults.must(is_wide, Must::PartHoldBackWide, said);
    }
}

fn of_segments(media: &Media, faults: &mut Faults) {
    let target_us = i64::from(media.target_duration) * 1_000_000;
    let mut from_end_us: i64 = media.segments.iter().map(Listed::length_us).sum();
    for (index, segment) in media.segments.iter().enumerate() {
        let name = media.name_of(index);
        let is_last = index + 1 == media.segments.len();
        faults.must(segment.uri.is_some() || is_last, Must::OpenAtEnd, &name);
        // A delta may continue with the header of what it left out.
        let has_map = !segment.map.is_empty() || media.skipped > 0 || !segment.is_mp4();
        faults.must(has_map, Must::MapPerSegment, &name);
        faults.must(segment.date_us.is_some(), Must::DatesThere, &name);
        let rounded = (segment.duration_us + 500_000) / 1_000_000;
        let fits = rounded * 1_000_000 <= target_us;
        faults.must(
            fits,
            Must::SegmentFits,
            format_args!("{name} lasts {} µs", segment.duration_us),
        );
        from_end_us -= segment.length_us();
        let is_near = segment.parts.is_empty() || from_end_us <= 3 * target_us;
        faults.must(is_near, Must::PartsNearEnd, &name);
        if segment.uri.is_some() && !segment.parts.is_empty() {
            let sum: i64 = segment.parts.iter().map(|part| part.duration_us).sum();
            let agrees = (sum - segment.duration_us).abs() < 1_000;
            let by = format_args!("{name} lasts {}, its parts {sum} µs", segment.duration_us);
            faults.must(agrees, Must::PartsMakeSegment, by);
        }
    }
}

fn of_parts(media: &Media, faults: &mut Faults) {
    let has_parts = media
        .segments
        .iter()
        .any(|segment| !segment.parts.is_empty());
    let has_target = media.part_target_us > 0;
    faults.must(
        !has_parts || has_target,
        Must::PartInfThere,
        "PART-TARGET is not",
    );
    let least = media.part_target_us * PART_LEAST_PERCENT / 100;
    for segment in &media.segments {
        for (index, part) in segment.parts.iter().enumerate() {
            let by = format_args!(
                "{} lasts {} µs of {}",
                part.uri, part.duration_us, media.part_target_us
            );
            faults.must(part.duration_us <= media.part_target_us, Must::PartFits, by);
            let is_last = segment.uri.is_some() && index + 1 == segment.parts.len();
            let is_free = part.independent || is_last;
            faults.must(is_free || part.duration_us >= least, Must::PartFills, by);
        }
    }
}

fn of_dates(media: &Media, faults: &mut Faults) {
    let segments = media.segments.windows(2);
    for (index, pair) in segments.enumerate() {
        let (Some(one), Some(two)) = (pair[0].date_us, pair[1].date_us) else {
            continue;
        };
        let overlap_us = one + pair[0].length_us() - two;
        let is_clear = two > one && overlap_us < OVERLAP_MAX_US.min(pair[0].length_us().max(1));
        let by = format_args!("{} overlaps by {overlap_us} µs", media.name_of(index + 1));
        faults.must(is_clear, Must::DatesClear, by);
    }
}

impl Media {
    /// The number and address of a segment, for people.
    fn name_of(&self, index: usize) -> String {
        let number = self.sequence + u64::try_from(self.skipped + index).unwrap_or(u64::MAX);
        let uri = self
            .segments
            .get(index)
            .and_then(|segment| segment.uri.as_deref());
        format!("segment {number} ({})", uri.unwrap_or("open"))
    }
}

impl Listed {
    fn is_mp4(&self) -> bool {
        let part = self.parts.first().map(|part| part.uri.as_str());
        let uri = self.uri.as_deref().or(part).unwrap_or_default();
        !matches!(uri.rsplit('.').next(), Some("vtt" | "webvtt"))
    }
}

/// Which parts break our own, stricter rule of 85 to 100 % of the target, which also holds for parts that begin with a
/// key frame; the last of a closed segment may be shorter.
pub fn odd_parts(media: &Media) -> Vec<ListedPart> {
    let least = media.part_target_us * PART_LEAST_PERCENT / 100;
    let mut odd = Vec::new();
    for segment in &media.segments {
        let closed = segment.uri.is_some();
        for (index, part) in segment.parts.iter().enumerate() {
            let is_last = closed && index + 1 == segment.parts.len();
            let too_short = part.duration_us < least && !is_last;
            if too_short || part.duration_us > media.part_target_us {
                odd.push(part.clone());
            }
        }
    }
    odd
}
