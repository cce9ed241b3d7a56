//! Reads media playlists as a strict player would: what RFC 8216bis says MUST be so, and how one
//! playlist may follow another.

use std::collections::BTreeMap;

/// A media playlist, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Media {
    /// `EXT-X-TARGETDURATION`.
    pub target_duration: u32,
    /// `PART-TARGET`, in microseconds.
    pub part_target_us: i64,
    /// `EXT-X-SERVER-CONTROL`.
    pub control: BTreeMap<String, String>,
    /// `EXT-X-MEDIA-SEQUENCE`.
    pub sequence: u64,
    /// `EXT-X-DISCONTINUITY-SEQUENCE`.
    pub discontinuity_sequence: u64,
    /// `EXT-X-INDEPENDENT-SEGMENTS`.
    pub independent_segments: bool,
    /// `SKIPPED-SEGMENTS`.
    pub skipped: usize,
    /// Its segments; the last may be open.
    pub segments: Vec<Listed>,
    /// Address of the announced part.
    pub hint: Option<String>,
}

/// A segment of a playlist.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    /// Address of the whole; none while it is open.
    pub uri: Option<String>,
    /// `EXTINF` in microseconds.
    pub duration_us: i64,
    /// Parts, if they are listed.
    pub parts: Vec<ListedPart>,
    /// Address of the header in force.
    pub map: String,
    /// `EXT-X-DISCONTINUITY` before it.
    pub discontinuity: bool,
    /// `EXT-X-PROGRAM-DATE-TIME` in microseconds.
    pub date_us: Option<i64>,
}

/// A part of a playlist.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListedPart {
    /// Address.
    pub uri: String,
    /// `DURATION` in microseconds.
    pub duration_us: i64,
    /// `INDEPENDENT=YES`.
    pub independent: bool,
}

/// Reads a media playlist; the error says which line is none.
pub fn read(text: &str) -> Result<Media, String> {
    let mut lines = text.lines();
    if lines.next() != Some("#EXTM3U") {
        return Err("does not begin with #EXTM3U".to_owned());
    }
    let mut media = Media::default();
    let mut next = Listed::default();
    let mut map = String::new();
    for line in lines {
        read_line(line, &mut media, &mut next, &mut map)
            .ok_or_else(|| format!("bad line: {line}"))?;
    }
    if !next.parts.is_empty() {
        next.map = map;
        media.segments.push(next);
    }
    Ok(media)
}

fn read_line(line: &str, media: &mut Media, next: &mut Listed, map: &mut String) -> Option<()> {
    if !line.starts_with('#') {
        next.uri = Some(line.to_owned());
        next.map.clone_from(map);
        media.segments.push(std::mem::take(next));
        return Some(());
    }
    let (tag, value) = line.split_once(':').unwrap_or((line, ""));
    match tag {
        "#EXT-X-VERSION" => (value.parse::<u32>().ok()? >= 9).then_some(())?,
        "#EXT-X-TARGETDURATION" => media.target_duration = value.parse().ok()?,
        "#EXT-X-SERVER-CONTROL" => media.control = attributes(value),
        "#EXT-X-PART-INF" => media.part_target_us = micros(attributes(value).get("PART-TARGET")?)?,
        "#EXT-X-MEDIA-SEQUENCE" => media.sequence = value.parse().ok()?,
        "#EXT-X-DISCONTINUITY-SEQUENCE" => media.discontinuity_sequence = value.parse().ok()?,
        "#EXT-X-INDEPENDENT-SEGMENTS" => media.independent_segments = true,
        "#EXT-X-SKIP" => media.skipped = attributes(value).get("SKIPPED-SEGMENTS")?.parse().ok()?,
        "#EXT-X-DISCONTINUITY" => next.discontinuity = true,
        "#EXT-X-MAP" => map.clone_from(attributes(value).get("URI")?),
        "#EXT-X-PROGRAM-DATE-TIME" => {
            next.date_us = Some(value.parse::<kernel::Timestamp>().ok()?.as_microsecond());
        }
        "#EXT-X-PART" => {
            let attributes = attributes(value);
            next.parts.push(ListedPart {
                uri: attributes.get("URI")?.clone(),
                duration_us: micros(attributes.get("DURATION")?)?,
                independent: attributes
                    .get("INDEPENDENT")
                    .is_some_and(|value| value == "YES"),
            });
        }
        "#EXTINF" => next.duration_us = micros(value.strip_suffix(',')?)?,
        "#EXT-X-PRELOAD-HINT" => {
            let attributes = attributes(value);
            (attributes.get("TYPE")? == "PART").then_some(())?;
            media.hint = Some(attributes.get("URI")?.clone());
        }
        _ => return None,
    }
    Some(())
}

/// An attribute list; quoted values without their quotes.
pub fn attributes(list: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = list;
    while let Some((name, tail)) = rest.split_once('=') {
        let (value, tail) = match tail.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => tail.split_at(tail.find(',').unwrap_or(tail.len())),
        };
        found.insert(name.to_owned(), value.to_owned());
        rest = tail.strip_prefix(',').unwrap_or(tail);
    }
    found
}

fn micros(seconds: &str) -> Option<i64> {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let fraction = format!("{fraction:0<6}");
    Some(whole.parse::<i64>().ok()? * 1_000_000 + fraction.get(..6)?.parse::<i64>().ok()?)
}

/// What a playlist gets wrong. Empty is good.
pub fn check(media: &Media) -> Vec<String> {
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    let target_us = i64::from(media.target_duration) * 1_000_000;
    must(media.target_duration > 0, "a target duration is there");
    must(media.part_target_us > 0, "a part target is there");
    must(media.hint.is_some(), "the next part is announced");
    let control = |name: &str| media.control.get(name).and_then(|value| micros(value));
    must(
        media
            .control
            .get("CAN-BLOCK-RELOAD")
            .is_some_and(|value| value == "YES"),
        "reloads can block",
    );
    must(
        control("CAN-SKIP-UNTIL").is_some_and(|us| us >= 6 * target_us),
        "skip 6 targets",
    );
    must(
        control("HOLD-BACK").is_some_and(|us| us >= 3 * target_us),
        "hold back 3 targets",
    );
    // Written with five digits, so compared with half a digit's mercy.
    let hold_back = control("PART-HOLD-BACK").unwrap_or(0);
    must(
        hold_back + 15 >= 3 * media.part_target_us,
        "hold back 3 parts",
    );
    let ends_us: i64 = media.segments.iter().map(length_us).sum();
    let mut from_end_us = ends_us;
    for (index, segment) in media.segments.iter().enumerate() {
        let is_last = index + 1 == media.segments.len();
        must(
            segment.uri.is_some() || is_last,
            "only the last segment is open",
        );
        must(
            !segment.map.is_empty() || media.skipped > 0,
            "every segment has a header",
        );
        must(segment.date_us.is_some(), "every segment has a date");
        must(
            (segment.duration_us + 500_000) / 1_000_000 <= target_us / 1_000_000,
            "no segment exceeds the target",
        );
        from_end_us -= length_us(segment);
        must(
            segment.parts.is_empty() || from_end_us <= 3 * target_us,
            "parts are listed near the end only",
        );
        if segment.uri.is_some() && !segment.parts.is_empty() {
            let sum: i64 = segment.parts.iter().map(|part| part.duration_us).sum();
            must(
                (sum - segment.duration_us).abs() < 1_000,
                "parts add up to their segment",
            );
        }
    }
    faults
}

/// Which parts break the rule of 85 to 100 % of the target; the last of a closed segment may be shorter.
pub fn odd_parts(media: &Media) -> Vec<ListedPart> {
    let least = media.part_target_us * 85 / 100;
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

fn length_us(segment: &Listed) -> i64 {
    match segment.uri {
        Some(_) => segment.duration_us,
        None => segment.parts.iter().map(|part| part.duration_us).sum(),
    }
}

/// What is wrong with `new` as a later version of `old`. Empty is good.
pub fn check_successor(old: &Media, new: &Media) -> Vec<String> {
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: String| {
        if !holds {
            faults.push(what);
        }
    };
    must(
        new.target_duration == old.target_duration,
        "the target changed".to_owned(),
    );
    must(
        new.part_target_us == old.part_target_us,
        "the part target changed".to_owned(),
    );
    must(
        new.sequence >= old.sequence,
        "the sequence went back".to_owned(),
    );
    let mut discontinuities = old.discontinuity_sequence;
    for (sequence, was) in (old.sequence..).zip(&old.segments) {
        let Some(index) = sequence.checked_sub(new.sequence) else {
            discontinuities += u64::from(was.discontinuity);
            continue;
        };
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let Some(is) = new.segments.get(index) else {
            must(false, format!("segment {sequence} is gone from the end"));
            continue;
        };
        must(
            is.discontinuity == was.discontinuity,
            format!("discontinuity at {sequence} changed"),
        );
        must(
            is.map == was.map,
            format!("the header of {sequence} changed"),
        );
        must(
            is.date_us == was.date_us,
            format!("the date of {sequence} changed"),
        );
        if was.uri.is_some() {
            must(
                (&is.uri, is.duration_us) == (&was.uri, was.duration_us),
                format!("segment {sequence} changed"),
            );
        }
        let common = was.parts.len().min(is.parts.len());
        let kept = is.parts.is_empty() || was.parts[..common] == is.parts[..common];
        must(
            kept && (is.parts.is_empty() || common == was.parts.len()),
            format!("parts of {sequence} changed"),
        );
    }
    if new.sequence <= old.sequence + old.segments.len() as u64 {
        must(
            new.discontinuity_sequence == discontinuities,
            format!(
                "{} discontinuities, not {discontinuities}",
                new.discontinuity_sequence
            ),
        );
    }
    faults
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
