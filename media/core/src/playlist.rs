//! Playlists: RFC 8216bis, low latency, written by hand because no crate does.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;

use crate::captions::Language;
use crate::listen;
use crate::recoded;
use crate::segment::{Init, Segment};
use crate::snapshot::{Playlist, Rendition, Snapshot};

/// Name of the media playlist beside the multivariant one.
pub const MEDIA_NAME: &str = "live.m3u8";
/// Name of the multivariant playlist.
pub const MULTIVARIANT_NAME: &str = "index.m3u8";

/// Name of the folder of captions beside the media playlist; in it is one per language.
pub const CAPTIONS_NAME: &str = "captions";

/// Segments older than this many target durations are left out of a delta.
const SKIP_UNTIL_TARGETS: i64 = 6;
/// Parts are listed for this many target durations; also the hold-back of players without parts.
const PARTS_TARGETS: i64 = 3;
/// A player stays this many parts behind the newest.
const PART_HOLD_BACK_PARTS: i64 = 3;

/// Writes a playlist.
pub(crate) fn render(snapshot: &Snapshot, playlist: Playlist) -> String {
    match playlist {
        Playlist::Multivariant => multivariant(snapshot),
        Playlist::Full => media(snapshot, 0),
        Playlist::Delta => media(snapshot, skippable(snapshot)),
        Playlist::Captions => captions(snapshot, 0),
        Playlist::CaptionsDelta => captions(snapshot, skippable_captions(snapshot)),
    }
}

/// Compresses a playlist; the fastest level already gains most, and this runs while viewers wait.
pub(crate) fn gzip(text: &[u8]) -> Bytes {
    let mut encoder = flate2::write::GzEncoder::new(
        Vec::with_capacity(text.len() / 3 + 64),
        flate2::Compression::fast(),
    );
    // Writing to memory does not fail.
    match encoder.write_all(text).and_then(|()| encoder.finish()) {
        Ok(bytes) => bytes.into(),
        Err(_) => Bytes::new(),
    }
}

fn multivariant(snapshot: &Snapshot) -> String {
    let mut out = String::from("#EXTM3U\n#EXT-X-VERSION:9\n");
    let Some(newest) = snapshot.segments.last() else {
        return out;
    };
    if all_independent(snapshot) {
        out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
    }
    for language in snapshot.languages() {
        subtitles(&mut out, language);
    }
    let (peak, average) = bandwidth(&snapshot.segments);
    let alone = can_be_heard_alone(snapshot)
        .then(|| listen::bandwidth(&snapshot.segments))
        .flatten();
    let init = &newest.init;
    let sound: Vec<&str> = init.sound_codecs().collect();
    let variant = |(peak, average), codecs: &str, has_picture: bool, uri: &str| Variant {
        peak,
        average,
        codecs: codecs.to_owned(),
        init: Some(&**init).filter(|_| has_picture),
        has_captions: !snapshot.languages().is_empty(),
        uri: uri.to_owned(),
    };
    // Players begin with the first, and come to sound alone when there is room for nothing else. What does not play the
    // sound as it came, finds it coded otherwise behind it.
    let mut variants = vec![variant((peak, average), &init.codecs, true, MEDIA_NAME)];
    let other = snapshot
        .beside
        .get()
        .filter(|_| snapshot.other_sound().is_some());
    let aac = recoded::SUFFIX.trim_start_matches('/');
    if let Some(other) = other.filter(|_| snapshot.rendition == Rendition::Whole) {
        let pictures = init
            .codecs
            .split(',')
            .filter(|codec| !sound.contains(codec));
        let codecs: Vec<&str> = pictures.chain([&*other.codec]).collect();
        let rates = (peak + other.peak, average + other.average);
        variants.push(variant(
            rates,
            &codecs.join(","),
            true,
            &format!("{aac}/{MEDIA_NAME}"),
        ));
    }
    let listen = listen::SUFFIX.trim_start_matches('/');
    if let Some(rates) = alone {
        variants.push(variant(
            rates,
            &sound.join(","),
            false,
            &format!("{listen}/{MEDIA_NAME}"),
        ));
    }
    if let Some(other) = other {
        let rates = (other.peak, other.average);
        let uri = match snapshot.rendition {
            Rendition::Whole => format!("{aac}/{listen}/{MEDIA_NAME}"),
            _ => format!("../{aac}/{listen}/{MEDIA_NAME}"),
        };
        if alone.is_some() || snapshot.rendition == Rendition::Sound {
            variants.push(variant(rates, &other.codec, false, &uri));
        }
    }
    for variant in variants {
        variant.write(&mut out);
    }
    out
}

/// One way to get the channel.
struct Variant<'a> {
    peak: u64,
    average: u64,
    codecs: String,
    /// What its pictures are like, if it has some.
    init: Option<&'a Init>,
    has_captions: bool,
    uri: String,
}

impl Variant<'_> {
    fn write(&self, out: &mut String) {
        let Self {
            peak,
            average,
            codecs,
            uri,
            ..
        } = self;
        let _ = write!(
            out,
            "#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS=\"{codecs}\""
        );
        if let Some((width, height)) = self.init.and_then(|init| init.picture) {
            let _ = write!(out, ",RESOLUTION={width}x{height}");
        }
        if let Some(fps) = self.init.and_then(|init| init.milli_fps) {
            let _ = write!(out, ",FRAME-RATE={}.{:03}", fps / 1_000, fps % 1_000);
        }
        if self.has_captions {
            out.push_str(",SUBTITLES=\"captions\"");
        }
        let _ = write!(out, "\n{uri}\n");
    }
}

/// A language to choose, for those who cannot hear or do not understand what is said.
fn subtitles(out: &mut String, language: &Language) {
    let Language { tag, name } = language;
    let _ = writeln!(
        out,
        "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"captions\",NAME=\"{name}\",LANGUAGE=\"{tag}\",AUTOSELECT=YES,DEFAULT=NO,\
         CHARACTERISTICS=\"public.accessibility.transcribes-spoken-dialog\",URI=\"{CAPTIONS_NAME}/{tag}/{MEDIA_NAME}\""
    );
}

/// The whole segments, each with what is said in it. Parts are not listed: a third of a second of text is no
/// use, and six requests more per segment and viewer are a burden.
fn captions(snapshot: &Snapshot, skipped: usize) -> String {
    let mut out = String::with_capacity(256 + snapshot.segments.len() * 96);
    general(&mut out, snapshot);
    sequence(&mut out, snapshot);
    if skipped > 0 {
        let _ = writeln!(out, "#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}");
    }
    let closed = snapshot.segments.iter().filter(|segment| segment.closed);
    for segment in closed.skip(skipped) {
        if segment.discontinuity {
            out.push_str("#EXT-X-DISCONTINUITY\n");
        }
        date_time(&mut out, segment);
        let length = Seconds(segment.duration_us);
        let _ = write!(
            out,
            "#EXTINF:{length},\n{}/{}.vtt\n",
            segment.epoch, segment.msn
        );
    }
    report_on_media(&mut out, snapshot, "../../");
    report_on_captions(&mut out, snapshot, "../");
    out
}

/// The open segment is not listed, so the boundary lies that much earlier.
fn skippable_captions(snapshot: &Snapshot) -> usize {
    let open = snapshot.segments.last().filter(|newest| !newest.closed);
    let skippable = skippable(snapshot);
    skippable.saturating_sub(usize::from(open.is_some()))
}

/// Whether there is a playlist of the sound alone.
fn can_be_heard_alone(snapshot: &Snapshot) -> bool {
    let newest = snapshot.segments.last().map(|newest| &newest.init);
    newest.is_some_and(|init| init.picture.is_some() && init.has_sound())
}

/// Where the other media playlists stand, so that a player changes over without asking for them first (B.1).
fn reports(out: &mut String, snapshot: &Snapshot) {
    let up = match snapshot.rendition {
        Rendition::Whole => "",
        Rendition::Sound | Rendition::Recoded => "../",
        Rendition::RecodedSound => "../../",
    };
    for (rendition, uri, (msn, part)) in media_playlists(snapshot) {
        if rendition != snapshot.rendition {
            report(out, &format!("{up}{uri}"), msn, Some(part));
        }
    }
    report_on_captions(out, snapshot, &format!("{up}{CAPTIONS_NAME}/"));
}

/// Every media playlist of pictures or sound, by its address from the channel's, and its newest segment and part.
fn media_playlists(snapshot: &Snapshot) -> Vec<(Rendition, String, (u64, usize))> {
    let own = Some(snapshot.newest());
    let other = snapshot.beside.get().map(|beside| beside.newest);
    let (came, recoded) = match snapshot.rendition {
        Rendition::Whole | Rendition::Sound => (own, other),
        Rendition::Recoded | Rendition::RecodedSound => (other, own),
    };
    let is_alone = matches!(
        snapshot.rendition,
        Rendition::Sound | Rendition::RecodedSound
    );
    let has_alone = is_alone || can_be_heard_alone(snapshot);
    let (listen, aac) = (listen::SUFFIX, recoded::SUFFIX);
    let all = [
        (Rendition::Whole, String::new(), came),
        (
            Rendition::Sound,
            listen.to_owned(),
            came.filter(|_| has_alone),
        ),
        (Rendition::Recoded, aac.to_owned(), recoded),
        (
            Rendition::RecodedSound,
            format!("{aac}{listen}"),
            recoded.filter(|_| has_alone),
        ),
    ];
    let there = all.into_iter().filter_map(|(rendition, folder, newest)| {
        let uri = format!("{folder}/{MEDIA_NAME}");
        Some((rendition, uri.trim_start_matches('/').to_owned(), newest?))
    });
    there.collect()
}

/// From the captions' side; theirs is the folder of what they were asked for beside.
fn report_on_media(out: &mut String, snapshot: &Snapshot, up: &str) {
    let is_below = snapshot.rendition != Rendition::Whole;
    for (rendition, uri, (msn, part)) in media_playlists(snapshot) {
        if !is_below {
            report(out, &format!("{up}{uri}"), msn, Some(part));
        } else if rendition == snapshot.rendition {
            report(out, &format!("{up}{MEDIA_NAME}"), msn, Some(part));
        }
    }
}

/// Every language stands where the newest whole segment does.
fn report_on_captions(out: &mut String, snapshot: &Snapshot, folder: &str) {
    let whole = snapshot
        .segments
        .iter()
        .rev()
        .find(|segment| segment.closed);
    let Some(whole) = whole else { return };
    for Language { tag, .. } in snapshot.languages() {
        report(out, &format!("{folder}{tag}/{MEDIA_NAME}"), whole.msn, None);
    }
}

fn report(out: &mut String, uri: &str, msn: u64, part: Option<usize>) {
    let _ = write!(out, "#EXT-X-RENDITION-REPORT:URI=\"{uri}\",LAST-MSN={msn}");
    let _ = match part {
        Some(part) => writeln!(out, ",LAST-PART={part}"),
        None => writeln!(out),
    };
}

/// Bits per second.
pub(crate) fn rate(bytes: usize, duration_us: i64) -> u64 {
    let bits = u128::try_from(bytes).unwrap_or(0) * 8 * 1_000_000;
    u64::try_from(bits / u128::try_from(duration_us.max(1)).unwrap_or(1)).unwrap_or(u64::MAX)
}

/// Peak and average bits per second over what is listed.
fn bandwidth(segments: &[Arc<Segment>]) -> (u64, u64) {
    // An open segment begins with its key frame; its rate says nothing before it is complete.
    let closed = || segments.iter().filter(|segment| segment.closed);
    let peak = closed()
        .map(|segment| rate(segment.bytes, segment.duration_us))
        .max();
    let all = (
        segments.iter().map(|segment| segment.bytes).sum(),
        segments.iter().map(|segment| segment.duration_us).sum(),
    );
    let average = rate(all.0, all.1).max(1);
    (peak.unwrap_or(average).max(average), average)
}

fn all_independent(snapshot: &Snapshot) -> bool {
    snapshot
        .segments
        .iter()
        .all(|segment| segment.starts_with_key)
}

/// How many of the oldest segments a delta leaves out.
fn skippable(snapshot: &Snapshot) -> usize {
    let limit_us = i64::from(snapshot.target_duration_s) * SKIP_UNTIL_TARGETS * 1_000_000;
    let mut from_end_us = 0;
    let mut kept = 0;
    for segment in snapshot.segments.iter().rev() {
        // The boundary is measured to a segment's first instant.
        if from_end_us >= limit_us {
            break;
        }
        from_end_us += segment.duration_us;
        kept += 1;
    }
    snapshot.segments.len() - kept
}

fn media(snapshot: &Snapshot, skipped: usize) -> String {
    let mut out = String::with_capacity(1_024 + snapshot.segments.len() * 96);
    header(&mut out, snapshot);
    let mut init: Option<&Arc<Init>> = None;
    if skipped > 0 {
        let _ = writeln!(out, "#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}");
        init = snapshot
            .segments
            .get(skipped - 1)
            .map(|segment| &segment.init);
    }
    let listed = &snapshot.segments[skipped..];
    let with_parts = listed.len() - parts_from_end(snapshot, listed);
    for (index, segment) in listed.iter().enumerate() {
        if segment.discontinuity {
            out.push_str("#EXT-X-DISCONTINUITY\n");
        }
        if init.is_none_or(|init| init.name != segment.init.name) {
            let _ = writeln!(
                out,
                "#EXT-X-MAP:URI=\"{}/{}\"",
                segment.epoch, segment.init.name
            );
            init = Some(&segment.init);
        }
        if index >= with_parts || !segment.closed {
            segment_with_parts(&mut out, segment);
        } else {
            out.push_str(segment.lines.get_or_init(|| {
                let mut lines = String::with_capacity(96);
                date_time(&mut lines, segment);
                closing(&mut lines, segment);
                lines
            }));
        }
    }
    let (msn, part) = snapshot.announced();
    let epoch = &snapshot.epoch;
    let _ = writeln!(
        out,
        "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{epoch}/{msn}.{part}.m4s\""
    );
    reports(&mut out, snapshot);
    out
}

/// What is the same in every media playlist of a channel (§6.2.4).
fn general(out: &mut String, snapshot: &Snapshot) {
    let target = i64::from(snapshot.target_duration_s);
    let _ = write!(
        out,
        "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:{target}\n\
         #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL={}.0,HOLD-BACK={}.0,PART-HOLD-BACK={}\n",
        target * SKIP_UNTIL_TARGETS,
        target * PARTS_TARGETS,
        Seconds(snapshot.part_target_us * PART_HOLD_BACK_PARTS),
    );
}

fn header(out: &mut String, snapshot: &Snapshot) {
    general(out, snapshot);
    let part_target = Seconds(snapshot.part_target_us);
    let _ = writeln!(out, "#EXT-X-PART-INF:PART-TARGET={part_target}");
    sequence(out, snapshot);
    if all_independent(snapshot) {
        out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
    }
}

/// Where the listed segments stand among all that ever were.
fn sequence(out: &mut String, snapshot: &Snapshot) {
    let first = snapshot.segments.first().map_or(0, |segment| segment.msn);
    let _ = writeln!(out, "#EXT-X-MEDIA-SEQUENCE:{first}");
    // Where there is a discontinuity, it will be removed one day, and needs its number before that (§6.2.2).
    let has_breaks = snapshot.segments.iter().any(|listed| listed.discontinuity);
    if has_breaks || snapshot.discontinuities > 0 {
        let _ = writeln!(
            out,
            "#EXT-X-DISCONTINUITY-SEQUENCE:{}",
            snapshot.discontinuities
        );
    }
}

/// How many of the newest segments list their parts.
fn parts_from_end(snapshot: &Snapshot, listed: &[Arc<Segment>]) -> usize {
    let limit_us = i64::from(snapshot.target_duration_s) * PARTS_TARGETS * 1_000_000;
    let mut from_end_us = 0;
    let fits = |segment: &&Arc<Segment>| {
        from_end_us += segment.duration_us;
        from_end_us <= limit_us
    };
    listed.iter().rev().take_while(fits).count()
}

fn segment_with_parts(out: &mut String, segment: &Segment) {
    date_time(out, segment);
    for (index, part) in segment.parts.iter().enumerate() {
        let independent = if part.independent {
            ",INDEPENDENT=YES"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "#EXT-X-PART:DURATION={},URI=\"{}/{}.{index}.m4s\"{independent}",
            Seconds(part.duration_us),
            segment.epoch,
            segment.msn
        );
    }
    if segment.closed {
        closing(out, segment);
    }
}

fn date_time(out: &mut String, segment: &Segment) {
    let _ = writeln!(
        out,
        "#EXT-X-PROGRAM-DATE-TIME:{:.3}",
        segment.program_date_time
    );
}

fn closing(out: &mut String, segment: &Segment) {
    let _ = write!(
        out,
        "#EXTINF:{},\n{}/{}.m4s\n",
        Seconds(segment.duration_us),
        segment.epoch,
        segment.msn
    );
}

/// Microseconds written as decimal seconds with five digits.
struct Seconds(i64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hundred_thousandths = (self.0.max(0) + 5) / 10;
        write!(
            f,
            "{}.{:05}",
            hundred_thousandths / 100_000,
            hundred_thousandths % 100_000
        )
    }
}
