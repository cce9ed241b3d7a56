//! One version of a media playlist after another, and deltas.

use super::must::Faults;
use super::{Listed, Media, Must};

/// What is wrong with `new` as a later version of `old`. Empty is good.
///
/// When nothing of `old` is left, `new` may be short: a process that was killed has lost what it held, and begins at the
/// next number. That is the one place where we cannot keep §6.2.2.
pub fn check_successor(old: &Media, new: &Media) -> Vec<String> {
    let mut faults = Faults::default();
    let targets = (old.target_duration, old.part_target_us);
    let is = (new.target_duration, new.part_target_us);
    faults.must(
        targets == is,
        Must::TargetKept,
        format_args!("{targets:?}, then {is:?}"),
    );
    let sequences = (old.sequence, new.sequence);
    let by = format_args!("{} after {}", new.sequence, old.sequence);
    faults.must(new.sequence >= old.sequence, Must::SequenceGrows, by);
    let discontinuities = removed_breaks(old, new);
    if new.sequence <= old.end() {
        let agrees = new.discontinuity_sequence == discontinuities;
        let by = format_args!("{}, not {discontinuities}", new.discontinuity_sequence);
        faults.must(agrees, Must::BreaksGrow, by);
    } else {
        let by = format_args!(
            "{} after {}",
            new.discontinuity_sequence, old.discontinuity_sequence
        );
        let grows = new.discontinuity_sequence >= old.discontinuity_sequence;
        faults.must(grows, Must::BreaksGrow, by);
    }
    let length_us: i64 = new.segments.iter().map(Listed::length_us).sum();
    let is_long = length_us >= i64::from(new.target_duration) * 3_000_000;
    let removes = sequences.1 > sequences.0 && new.sequence < old.end() && new.skipped == 0;
    faults.must(
        !removes || is_long,
        Must::LongEnough,
        format_args!("{length_us} µs stay"),
    );
    kept(old, new, &mut faults);
    announced(old, new, &mut faults);
    faults.0
}

/// The discontinuity sequence that `new` should have.
fn removed_breaks(old: &Media, new: &Media) -> u64 {
    let removed = (old.sequence..).zip(&old.segments);
    let removed = removed.filter(|(sequence, was)| *sequence < new.sequence && was.discontinuity);
    old.discontinuity_sequence + u64::try_from(removed.count()).unwrap_or(u64::MAX)
}

/// What both list is the same in both.
fn kept(old: &Media, new: &Media, faults: &mut Faults) {
    for (sequence, was) in (old.sequence..).zip(&old.segments) {
        let Some(index) = sequence.checked_sub(new.sequence) else {
            continue;
        };
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let Some(is) = new.segments.get(index) else {
            faults.must(
                false,
                Must::OnlyAppended,
                format_args!("segment {sequence} is gone from the end"),
            );
            continue;
        };
        let head = |listed: &Listed| (listed.discontinuity, listed.map.clone(), listed.date_us);
        let by = format_args!("the tags of segment {sequence} changed");
        faults.must(head(is) == head(was), Must::OnlyAppended, by);
        if was.uri.is_some() {
            let same = (&is.uri, is.duration_us) == (&was.uri, was.duration_us);
            faults.must(
                same,
                Must::OnlyAppended,
                format_args!("segment {sequence} changed"),
            );
        }
        let common = was.parts.len().min(is.parts.len());
        let same = was.parts[..common] == is.parts[..common];
        let by = format_args!("parts of segment {sequence} changed");
        faults.must(same, Must::OnlyAppended, by);
        let all_or_none = is.parts.is_empty() || common == was.parts.len();
        let by = format_args!("segment {sequence} lost some of its parts");
        faults.must(all_or_none, Must::PartsInOrder, by);
    }
    let without = |listed: &&Listed| listed.parts.is_empty();
    let with_parts = new.segments.iter().skip_while(without);
    let mut with_parts = with_parts.skip_while(|listed| !listed.parts.is_empty());
    let gap = with_parts.next().is_none();
    faults.must(
        gap,
        Must::PartsInOrder,
        "a segment without parts follows one with parts",
    );
}

/// The part after the newest has the address that was announced, if it came at all: a discontinuity may change the plan.
fn announced(old: &Media, new: &Media, faults: &mut Faults) {
    let open = old.segments.last().filter(|listed| listed.uri.is_none());
    let (sequence, part) = match open {
        Some(open) => (old.end() - 1, open.parts.len()),
        None => (old.end(), 0),
    };
    let index = sequence.checked_sub(new.sequence);
    let index = index.and_then(|index| usize::try_from(index).ok());
    let listed = index.and_then(|index| new.segments.get(index));
    let next = listed.and_then(|listed| Some((listed, listed.parts.get(part)?)));
    if let (Some(hint), Some((listed, next))) = (&old.hint, next) {
        let begins_anew = listed.discontinuity && part == 0;
        let by = format_args!("{hint}, then {}", next.uri);
        faults.must(next.uri == *hint || begins_anew, Must::HintKept, by);
    }
}

/// What is wrong with a delta as a short form of `full`, taken at the same moment. Empty is good.
pub fn check_delta(delta: &Media, full: &Media) -> Vec<String> {
    let mut faults = Faults::default();
    let boundary_us = delta.seconds("CAN-SKIP-UNTIL").unwrap_or(i64::MAX);
    let mut from_end_us: i64 = full.segments.iter().map(Listed::length_us).sum();
    for listed in full.segments.iter().take(delta.skipped) {
        let by = format_args!("a segment that begins {from_end_us} µs before the end is left out");
        faults.must(from_end_us > boundary_us, Must::DeltaBoundary, by);
        from_end_us -= listed.length_us();
    }
    let merged = apply_delta(full, delta);
    let mut expected = full.clone();
    for listed in expected.segments.iter_mut().take(delta.skipped) {
        listed.parts.clear();
    }
    let is_whole = merged.is_some_and(|merged| merged.segments == expected.segments)
        && (&delta.hint, &delta.reports, &delta.control)
            == (&full.hint, &full.reports, &full.control)
        && delta.discontinuity_sequence == full.discontinuity_sequence;
    faults.must(
        is_whole,
        Must::DeltaWhole,
        "merged with what it skips it is another playlist",
    );
    faults.0
}

/// The full playlist that a client holding `old` makes out of a delta.
pub fn apply_delta(old: &Media, delta: &Media) -> Option<Media> {
    let mut full = delta.clone();
    let from = usize::try_from(delta.sequence.checked_sub(old.sequence)?).ok()?;
    let known = old.segments.get(from..from + delta.skipped)?;
    let map = known
        .last()
        .map(|segment| segment.map.clone())
        .unwrap_or_default();
    for segment in full
        .segments
        .iter_mut()
        .take_while(|segment| segment.map.is_empty())
    {
        segment.map.clone_from(&map);
    }
    // The client drops parts that are not listed any more, as the server does.
    let known = known.iter().map(|segment| Listed {
        parts: Vec::new(),
        ..segment.clone()
    });
    full.segments = known.chain(full.segments).collect();
    full.skipped = 0;
    Some(full)
}
