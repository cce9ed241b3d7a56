//! The one validator of our playlists: reads them as a strict player would, and says which demand of the draft
//! (see [`Must`]) they break, each by itself ([`check`]), one after the other ([`check_successor`]), a delta beside what
//! it stands for ([`check_delta`]), and those of a presentation side by side ([`multivariant`]).
//!
//! A fault is a sentence that begins with the demand's section.

use std::collections::{BTreeMap, BTreeSet};

mod follow;
pub mod multivariant;
mod must;
mod rules;

pub use follow::{apply_delta, check_delta, check_successor};
pub use must::Must;
pub use rules::{check, odd_parts};

/// A media playlist, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Media {
    /// `EXT-X-VERSION`.
    pub version: u32,
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
    /// What it says of other renditions.
    pub reports: Vec<Report>,
    /// Tags that stand once, as they were found.
    pub(crate) tags: BTreeSet<String>,
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

/// Where another rendition stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Its playlist.
    pub uri: String,
    /// Its newest segment.
    pub last_msn: u64,
    /// Its newest part.
    pub last_part: Option<u64>,
}

impl Listed {
    /// How long it lasts; an open one as long as its parts.
    pub fn length_us(&self) -> i64 {
        match self.uri {
            Some(_) => self.duration_us,
            None => self.parts.iter().map(|part| part.duration_us).sum(),
        }
    }
}

impl Media {
    /// The number after its newest segment, open or not.
    fn end(&self) -> u64 {
        let count = self.skipped + self.segments.len();
        self.sequence + u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// How far it reaches: segments, then parts of the newest.
    pub fn position(&self) -> (u64, usize) {
        let open = self.segments.last().filter(|listed| listed.uri.is_none());
        (
            self.end() - u64::from(open.is_some()),
            open.map_or(0, |open| open.parts.len()),
        )
    }

    fn seconds(&self, name: &str) -> Option<i64> {
        micros(self.control.get(name)?)
    }

    /// Whether it has ended.
    fn is_over(&self) -> bool {
        self.tags.contains("#EXT-X-ENDLIST")
    }
}

/// What a picture breaks that an encoder lets stand longer than a part may last, where it goes on without a
/// discontinuity: one frame cannot be cut, and a discontinuity would cost viewers more.
pub const HELD: &[Must] = &[Must::PartFits, Must::PartFills];

/// The faults without those that break one of `forgiven`: what no server can keep, whatever an encoder sends.
pub fn except(faults: Vec<String>, forgiven: &[Must]) -> Vec<String> {
    let is_forgiven = |fault: &String| {
        let mut names = forgiven.iter().map(ToString::to_string);
        names.any(|name| fault.starts_with(&name))
    };
    let left = faults.into_iter().filter(|fault| !is_forgiven(fault));
    left.collect()
}

/// Tags that a media playlist has at most once (§4.4.2, §4.4.3).
const ONCE: &[&str] = &[
    "#EXT-X-TARGETDURATION",
    "#EXT-X-SERVER-CONTROL",
    "#EXT-X-PART-INF",
    "#EXT-X-MEDIA-SEQUENCE",
    "#EXT-X-DISCONTINUITY-SEQUENCE",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    "#EXT-X-PLAYLIST-TYPE",
    "#EXT-X-ENDLIST",
    "#EXT-X-START",
];

/// Reads a media playlist; the error says which demand makes it none, and where.
///
/// # Errors
/// What only a lenient player would accept.
pub fn read(text: &str) -> Result<Media, String> {
    plain(text)?;
    let mut reader = Reader::default();
    for line in text.lines().skip(1).filter(|line| !line.is_empty()) {
        let read = reader.line(line);
        read.map_err(|must| must.broken(line))?;
    }
    Ok(reader.finish())
}

/// What holds of every playlist's text.
fn plain(text: &str) -> Result<(), String> {
    let is_control = |c: &char| c.is_control() && *c != '\n' && *c != '\r' || *c == '\u{feff}';
    if let Some(odd) = text.chars().find(is_control) {
        return Err(Must::PlainText.broken(odd.escape_unicode()));
    }
    if text.lines().next() != Some("#EXTM3U") {
        return Err(Must::FirstLine.broken(text.lines().next().unwrap_or("nothing")));
    }
    for line in text.lines() {
        let said = line.strip_prefix("#EXTINF:");
        let formal = said.map_or(line, |said| said.split(',').next().unwrap_or(said));
        if formal
            .split('"')
            .step_by(2)
            .any(|bare| bare.contains([' ', '\t']))
        {
            return Err(Must::NoSpace.broken(line));
        }
    }
    Ok(())
}

#[derive(Default)]
struct Reader {
    media: Media,
    next: Listed,
    /// `EXTINF` of the next segment was there.
    is_timed: bool,
    map: String,
    has_version: bool,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), Must> {
        if !line.starts_with('#') {
            return self.segment(line);
        }
        let (tag, value) = line.split_once(':').unwrap_or((line, ""));
        if ONCE.contains(&tag) && !self.media.tags.insert(tag.to_owned()) {
            return Err(Must::TagOnce);
        }
        match tag {
            "#EXT-X-PART"
            | "#EXT-X-PRELOAD-HINT"
            | "#EXT-X-RENDITION-REPORT"
            | "#EXT-X-SKIP"
            | "#EXT-X-SERVER-CONTROL"
            | "#EXT-X-PART-INF"
            | "#EXT-X-MAP" => self.listed(tag, &attribute_list(value)?),
            "#EXT-X-DISCONTINUITY" | "#EXT-X-PROGRAM-DATE-TIME" | "#EXTINF" => {
                self.of_segment(tag, value)
            }
            _ => self.of_playlist(tag, value),
        }
    }

    fn segment(&mut self, uri: &str) -> Result<(), Must> {
        if !std::mem::take(&mut self.is_timed) {
            return Err(Must::DurationThere);
        }
        self.next.uri = Some(uri.to_owned());
        self.next.map.clone_from(&self.map);
        self.media.segments.push(std::mem::take(&mut self.next));
        Ok(())
    }

    /// Something of a segment has been seen.
    fn has_begun(&self) -> bool {
        self.is_timed || !self.media.segments.is_empty() || !self.next.parts.is_empty()
    }

    fn of_playlist(&mut self, tag: &str, value: &str) -> Result<(), Must> {
        let number = || value.parse::<u64>().map_err(|_| Must::AttributeKind);
        match tag {
            "#EXT-X-VERSION" if self.has_version => return Err(Must::VersionOnce),
            "#EXT-X-VERSION" => {
                self.has_version = true;
                self.media.version = value.parse().map_err(|_| Must::AttributeKind)?;
            }
            "#EXT-X-TARGETDURATION" => {
                self.media.target_duration = value.parse().map_err(|_| Must::AttributeKind)?;
            }
            "#EXT-X-MEDIA-SEQUENCE" if self.has_begun() => return Err(Must::SequenceFirst),
            "#EXT-X-MEDIA-SEQUENCE" => self.media.sequence = number()?,
            "#EXT-X-DISCONTINUITY-SEQUENCE" if self.has_begun() || self.next.discontinuity => {
                return Err(Must::BreaksFirst);
            }
            "#EXT-X-DISCONTINUITY-SEQUENCE" => self.media.discontinuity_sequence = number()?,
            "#EXT-X-INDEPENDENT-SEGMENTS" => self.media.independent_segments = true,
            "#EXT-X-PLAYLIST-TYPE" | "#EXT-X-ENDLIST" | "#EXT-X-START" => {}
            _ if multivariant::TAGS.contains(&tag) => return Err(Must::MediaTagsOnly),
            _ => return Err(Must::KnownTags),
        }
        Ok(())
    }

    fn of_segment(&mut self, tag: &str, value: &str) -> Result<(), Must> {
        if tag == "#EXTINF" {
            let (seconds, _title) = value.split_once(',').ok_or(Must::AttributeKind)?;
            self.next.duration_us = micros(seconds).ok_or(Must::AttributeKind)?;
            self.is_timed = true;
            return Ok(());
        }
        if !self.next.parts.is_empty() {
            return Err(Must::PartAfterTags);
        }
        if tag == "#EXT-X-DISCONTINUITY" {
            self.next.discontinuity = true;
            return Ok(());
        }
        let date = value.parse::<kernel::Timestamp>();
        let date = date.map_err(|_| Must::AttributeKind)?;
        self.next.date_us = Some(date.as_microsecond());
        Ok(())
    }

    fn listed(&mut self, tag: &str, attributes: &BTreeMap<String, String>) -> Result<(), Must> {
        let get = |name: &str, must: Must| attributes.get(name).ok_or(must);
        match tag {
            "#EXT-X-SERVER-CONTROL" => self.media.control = attributes.clone(),
            "#EXT-X-PART-INF" => {
                let target = get("PART-TARGET", Must::PartInfThere)?;
                self.media.part_target_us = micros(target).ok_or(Must::AttributeKind)?;
            }
            "#EXT-X-MAP" if !self.next.parts.is_empty() => return Err(Must::PartAfterTags),
            "#EXT-X-MAP" => self.map.clone_from(get("URI", Must::MapPerSegment)?),
            "#EXT-X-SKIP" if self.media.skipped > 0 => return Err(Must::SkipOnce),
            "#EXT-X-SKIP" => {
                let count = get("SKIPPED-SEGMENTS", Must::SkipCounts)?;
                let count = count.parse().ok().filter(|count| *count > 0);
                self.media.skipped = count.ok_or(Must::SkipCounts)?;
            }
            "#EXT-X-PART" => {
                let duration = get("DURATION", Must::PartComplete)?;
                self.next.parts.push(ListedPart {
                    uri: get("URI", Must::PartComplete)?.clone(),
                    duration_us: micros(duration).ok_or(Must::AttributeKind)?,
                    independent: attributes.get("INDEPENDENT").is_some_and(|is| is == "YES"),
                });
            }
            "#EXT-X-PRELOAD-HINT" => {
                let uri = get("URI", Must::HintComplete)?;
                match get("TYPE", Must::HintComplete)?.as_str() {
                    "PART" if self.media.hint.is_some() => return Err(Must::HintOnce),
                    "PART" => self.media.hint = Some(uri.clone()),
                    "MAP" => {}
                    _ => return Err(Must::HintComplete),
                }
            }
            _ => self.media.reports.push(report(attributes)?),
        }
        Ok(())
    }

    fn finish(mut self) -> Media {
        if !self.next.parts.is_empty() {
            self.next.map = self.map;
            self.media.segments.push(self.next);
        }
        self.media
    }
}

fn report(attributes: &BTreeMap<String, String>) -> Result<Report, Must> {
    let number = |name: &str| {
        let value = attributes.get(name).map(|value| value.parse::<u64>());
        value.transpose().map_err(|_| Must::AttributeKind)
    };
    let uri = attributes.get("URI").filter(|uri| !uri.contains("://"));
    Ok(Report {
        uri: uri.ok_or(Must::ReportComplete)?.clone(),
        last_msn: number("LAST-MSN")?.ok_or(Must::ReportComplete)?,
        last_part: number("LAST-PART")?,
    })
}

/// An attribute list; quoted values without their quotes. Empty if it is none.
pub fn attributes(list: &str) -> BTreeMap<String, String> {
    attribute_list(list).unwrap_or_default()
}

fn attribute_list(list: &str) -> Result<BTreeMap<String, String>, Must> {
    let mut found = BTreeMap::new();
    let mut rest = list;
    while !rest.is_empty() {
        let (name, tail) = rest.split_once('=').ok_or(Must::AttributeKind)?;
        let is_letter = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(is_letter) {
            return Err(Must::AttributeKind);
        }
        let (value, tail) = match tail.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or(Must::AttributeKind)?,
            None => tail.split_at(tail.find(',').unwrap_or(tail.len())),
        };
        if found.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(Must::AttributeOnce);
        }
        rest = match tail.strip_prefix(',') {
            Some(rest) if !rest.is_empty() => rest,
            None if tail.is_empty() => tail,
            _ => return Err(Must::AttributeKind),
        };
    }
    Ok(found)
}

fn micros(seconds: &str) -> Option<i64> {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let fraction = format!("{fraction:0<6}");
    Some(whole.parse::<i64>().ok()? * 1_000_000 + fraction.get(..6)?.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests;
