//! The multivariant playlist, and the media playlists that it names side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::must::Faults;
use super::{Listed, Media, Must, attribute_list, plain};

/// Tags of multivariant playlists (§4.4.6).
pub(super) const TAGS: &[&str] = &[
    "#EXT-X-MEDIA",
    "#EXT-X-STREAM-INF",
    "#EXT-X-I-FRAME-STREAM-INF",
    "#EXT-X-SESSION-DATA",
    "#EXT-X-SESSION-KEY",
    "#EXT-X-CONTENT-STEERING",
];

/// Dates of matching content may differ by the rounding of what they are written with.
const DATE_TOLERANCE_US: i64 = 1_500;

/// A multivariant playlist, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Multivariant {
    /// `EXT-X-STREAM-INF`, with the URI that follows.
    pub variants: Vec<(BTreeMap<String, String>, String)>,
    /// `EXT-X-MEDIA`.
    pub renditions: Vec<BTreeMap<String, String>>,
}

impl Multivariant {
    /// Addresses of all media playlists, each once.
    pub fn uris(&self) -> Vec<String> {
        let variants = self.variants.iter().map(|(_, uri)| uri);
        let renditions = self.renditions.iter().filter_map(|of| of.get("URI"));
        let mut seen = BTreeSet::new();
        let all = variants.chain(renditions);
        all.filter(|uri| seen.insert((*uri).clone()))
            .cloned()
            .collect()
    }
}

/// Reads it; the error says which demand makes it none, and where.
///
/// # Errors
/// What only a lenient player would accept.
pub fn read(text: &str) -> Result<Multivariant, String> {
    plain(text)?;
    let mut read = Multivariant::default();
    let (mut stream, mut versions) = (None, 0);
    for line in text.lines().skip(1).filter(|line| !line.is_empty()) {
        let (tag, value) = line.split_once(':').unwrap_or((line, ""));
        let list = || attribute_list(value).map_err(|must| must.broken(line));
        if let Some(attributes) = stream.take() {
            if line.starts_with('#') {
                return Err(Must::VariantUri.broken(line));
            }
            read.variants.push((attributes, line.to_owned()));
            continue;
        }
        match tag {
            "#EXT-X-VERSION" => versions += 1,
            "#EXT-X-INDEPENDENT-SEGMENTS" | "#EXT-X-START" => {}
            "#EXT-X-STREAM-INF" => stream = Some(list()?),
            "#EXT-X-MEDIA" => read.renditions.push(list()?),
            _ if TAGS.contains(&tag) => return Err(Must::KnownTags.broken(line)),
            _ if !tag.starts_with('#') => return Err(Must::VariantUri.broken(line)),
            _ => return Err(Must::MultivariantOnly.broken(line)),
        }
    }
    if versions > 1 {
        return Err(Must::VersionOnce.broken(versions));
    }
    match stream {
        Some(_) => Err(Must::VariantUri.broken("the end")),
        None => Ok(read),
    }
}

/// What it gets wrong. Empty is good.
pub fn check(read: &Multivariant) -> Vec<String> {
    let mut faults = Faults::default();
    let mut groups: BTreeMap<(String, String), Vec<&BTreeMap<String, String>>> = BTreeMap::new();
    for rendition in &read.renditions {
        let get = |name: &str| rendition.get(name).cloned().unwrap_or_default();
        let (kind, group) = (get("TYPE"), get("GROUP-ID"));
        let needs_uri = kind == "SUBTITLES";
        let is_whole = [&kind, &group, &get("NAME")]
            .iter()
            .all(|value| !value.is_empty())
            && (!needs_uri || rendition.contains_key("URI"));
        faults.must(is_whole, Must::MediaComplete, format_args!("{rendition:?}"));
        let is_default = get("DEFAULT") == "YES";
        let agrees = !is_default || ["", "YES"].contains(&get("AUTOSELECT").as_str());
        faults.must(agrees, Must::MediaDefault, get("NAME"));
        let forced = !rendition.contains_key("FORCED") || kind == "SUBTITLES";
        let channels = !rendition.contains_key("CHANNELS") || kind == "AUDIO";
        faults.must(forced && channels, Must::MediaForced, get("NAME"));
        groups.entry((kind, group)).or_default().push(rendition);
    }
    for ((kind, group), members) in &groups {
        let names: BTreeSet<_> = members.iter().map(|member| member.get("NAME")).collect();
        faults.must(
            names.len() == members.len(),
            Must::NamesDiffer,
            format_args!("{kind} {group}"),
        );
        let is_default = |member: &&&BTreeMap<String, String>| {
            member.get("DEFAULT").is_some_and(|is| is == "YES")
        };
        let defaults = members.iter().filter(is_default).count();
        faults.must(
            defaults <= 1,
            Must::OneDefault,
            format_args!("{kind} {group}"),
        );
    }
    for (variant, uri) in &read.variants {
        let bandwidth = variant
            .get("BANDWIDTH")
            .and_then(|rate| rate.parse::<u64>().ok());
        faults.must(bandwidth.is_some(), Must::VariantBandwidth, uri);
        faults.must(variant.contains_key("CODECS"), Must::VariantCodecs, uri);
        for kind in ["AUDIO", "VIDEO", "SUBTITLES"] {
            let named = variant
                .get(kind)
                .map(|group| (kind.to_owned(), group.clone()));
            let is_there = named
                .as_ref()
                .is_none_or(|named| groups.contains_key(named));
            faults.must(is_there, Must::GroupThere, format_args!("{kind} {named:?}"));
        }
    }
    faults.0
}

/// What is wrong with the media playlists of one presentation side by side, by their addresses relative to the
/// multivariant playlist. They need not be of the
/// same moment; what they report of each other is not compared with where they stand.
pub fn check_together(media: &[(String, Media)]) -> Vec<String> {
    let mut faults = Faults::default();
    let Some((first_uri, first)) = media.first() else {
        return faults.0;
    };
    for (uri, other) in &media[1..] {
        let same = first.target_duration == other.target_duration;
        faults.must(
            same,
            Must::SameTarget,
            format_args!("{first_uri} and {uri}"),
        );
        let same = first.control == other.control;
        faults.must(
            same,
            Must::SameControl,
            format_args!("{first_uri} and {uri}"),
        );
        let (one, two) = (marks(first), marks(other));
        for (sequence, (breaks, date)) in &one {
            let Some((other_breaks, other_date)) = two.get(sequence) else {
                continue;
            };
            let near = date
                .zip(*other_date)
                .is_none_or(|(one, two)| (one - two).abs() <= DATE_TOLERANCE_US);
            let by = format_args!("segment {sequence} of {first_uri} and {uri}");
            faults.must(breaks == other_breaks && near, Must::SameBreaks, by);
        }
    }
    for (uri, own) in media {
        let reports = own.reports.iter();
        let reported: BTreeSet<_> = reports.map(|report| joined(uri, &report.uri)).collect();
        let missing = media
            .iter()
            .find(|(other, _)| other != uri && !reported.contains(other));
        let by = missing.map_or("", |(other, _)| other.as_str());
        faults.must(
            missing.is_none(),
            Must::ReportsThere,
            format_args!("{uri} says nothing of {by}"),
        );
    }
    faults.0
}

/// A reference as a player resolves it, both relative to the multivariant playlist.
fn joined(base: &str, reference: &str) -> String {
    let mut path: Vec<&str> = base.split('/').collect();
    path.pop();
    for step in reference.split('/') {
        match step {
            ".." => drop(path.pop()),
            step => path.push(step),
        }
    }
    path.join("/")
}

/// Discontinuity sequence number and date of each segment. Ours have the same numbers in every rendition.
fn marks(media: &Media) -> BTreeMap<u64, (u64, Option<i64>)> {
    let mut breaks = media.discontinuity_sequence;
    let mark = |(sequence, listed): (u64, &Listed)| {
        breaks += u64::from(listed.discontinuity);
        (sequence, (breaks, listed.date_us))
    };
    (media.sequence..).zip(&media.segments).map(mark).collect()
}
