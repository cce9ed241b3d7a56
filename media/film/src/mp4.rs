//! MP4 files that can be played as they are: H.264 with AAC or Opus.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use bytes::Bytes;
use media_core::Slate;
use media_core::frame::{Config, Frame, Kind};

use crate::facts::{Facts, Picture, Refusal, Sound};
use crate::limits;
use crate::tables::{self, Boxes, Handler, Sample, Track, find, number};

/// Where the bytes of a film are.
#[derive(Debug)]
enum Source {
    File(File),
    Memory(Bytes),
}

impl Source {
    fn read_exact_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        match self {
            Self::File(file) => file.read_exact_at(buffer, at),
            Self::Memory(bytes) => {
                let begin = usize::try_from(at).unwrap_or(usize::MAX);
                let piece = bytes.get(begin..begin.saturating_add(buffer.len()));
                buffer.copy_from_slice(piece.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
        }
    }
}

/// A film of which the tables were read.
#[derive(Debug)]
pub struct Film {
    source: Source,
    bytes: u64,
    pictures: Option<Track>,
    sound: Option<Track>,
}

impl Film {
    /// Reads the tables of a file. Blocking: not for threads that others wait for.
    pub fn open(path: &Path) -> Result<Self, Refusal> {
        let file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        Self::read_from(Source::File(file), bytes)
    }

    /// The same for a film that is in memory.
    pub fn of_bytes(bytes: Bytes) -> Result<Self, Refusal> {
        let length = bytes.len() as u64;
        Self::read_from(Source::Memory(bytes), length)
    }

    fn read_from(source: Source, bytes: u64) -> Result<Self, Refusal> {
        let moov = read_tables(&source, bytes)?;
        let film_scale = find(&moov, b"mvhd").and_then(tables::scale).unwrap_or(1);
        let mut film = Self {
            source,
            bytes,
            pictures: None,
            sound: None,
        };
        let is_fragmented = find(&moov, b"mvex").is_some();
        for (_, trak) in Boxes(&moov).filter(|(kind, _)| kind == b"trak") {
            let place = match tables::handler(trak) {
                Handler::Pictures => &mut film.pictures,
                Handler::Sound => &mut film.sound,
                Handler::Other => continue,
            };
            if place.is_none() {
                let track = tables::track(trak, film_scale)?;
                if track.samples.is_empty() && is_fragmented {
                    return Err(Refusal::Fragmented);
                }
                *place = Some(track).filter(|track| !track.samples.is_empty());
            }
        }
        Ok(film)
    }

    /// What it is.
    pub fn facts(&self) -> Facts {
        let length = |track: &Track| {
            let ticks: u64 = track.samples.iter().map(|s| u64::from(s.ticks)).sum();
            ticks * 1_000 / u64::from(track.timescale)
        };
        let duration_ms = self.pictures.as_ref().or(self.sound.as_ref()).map(length);
        Facts {
            container: "mp4".to_owned(),
            bytes: self.bytes,
            duration_ms: duration_ms.unwrap_or(0),
            picture: self.pictures.as_ref().map(picture_facts),
            sound: self.sound.as_ref().map(sound_facts),
            loudness_lufs: None,
        }
    }

    /// Reads all of it into what a channel plays. Blocking.
    pub fn slate(&self) -> Result<Slate, Refusal> {
        self.facts().check()?;
        let pictures = self.pictures.as_ref().ok_or(Refusal::NoPicture)?;
        let sound = self.sound.as_ref().ok_or(Refusal::NoSound)?;
        let begin = pictures.samples.iter().position(|sample| sample.key);
        let shown = &pictures.samples[begin.ok_or(Refusal::NoPicture)?..];
        let (Some(first), Some(last)) = (shown.first(), shown.last()) else {
            return Err(Refusal::NoPicture);
        };
        let round_us = us(
            last.dts - first.dts + i64::from(last.ticks),
            pictures.timescale,
        );
        let mut frames = Vec::with_capacity(shown.len() + sound.samples.len());
        for sample in shown {
            frames.push(Frame {
                kind: Kind::Video,
                dts_us: us(sample.dts - first.dts, pictures.timescale),
                cts_us: us(sample.cts, pictures.timescale),
                key: sample.key,
                data: self.frame(sample, media_core::limits::FRAME_BYTES_MAX)?,
            });
        }
        // The instant of the first picture on the film's own line, and on that of the loop, which decodes from 0 on.
        let seen_us = us(first.dts + first.cts - pictures.start, pictures.timescale);
        let line_us = us(first.cts, pictures.timescale) - seen_us;
        for sample in &sound.samples {
            let at_us = us(sample.dts - sound.start, sound.timescale) + line_us;
            // Sound beyond the last picture would overlap itself in the next round.
            let until_us = at_us + us(i64::from(sample.ticks), sound.timescale);
            if at_us >= 0 && until_us <= round_us {
                frames.push(Frame {
                    kind: Kind::Audio,
                    dts_us: at_us,
                    cts_us: 0,
                    key: true,
                    data: self.frame(sample, media_core::limits::SOUND_BYTES_MAX)?,
                });
            }
        }
        frames.sort_by_key(|frame| frame.dts_us);
        let configs = [picture_config(pictures)?, sound_config(sound)?];
        Slate::new(&configs, frames, round_us)
            .map_err(|refused| Refusal::Unplayable(refused.to_string()))
    }

    fn frame(&self, sample: &Sample, bytes_max: usize) -> Result<Bytes, Refusal> {
        let length = usize::try_from(sample.bytes).unwrap_or(usize::MAX);
        if length > bytes_max {
            return Err(Refusal::Damaged("a frame is too large".to_owned()));
        }
        let mut data = vec![0; length];
        let read = self.source.read_exact_at(&mut data, sample.offset);
        read.map_err(|_| Refusal::Incomplete)?;
        Ok(data.into())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
fn unreadable(error: io::Error) -> Refusal {
    Refusal::Damaged(error.to_string())
}

/// The `moov` box of a file, wherever it is.
fn read_tables(file: &Source, bytes: u64) -> Result<Vec<u8>, Refusal> {
    let (mut at, mut is_mp4) = (0_u64, false);
    for _ in 0..limits::BOXES_MAX {
        let mut head = [0; 16];
        let length = usize::try_from(bytes.saturating_sub(at).min(16)).unwrap_or(0);
        if length < 8 {
            break;
        }
        file.read_exact_at(&mut head[..length], at)
            .map_err(unreadable)?;
        let kind = [head[4], head[5], head[6], head[7]];
        let (begin, size) = match number(&head[..4]) {
            0 => (8, bytes - at),
            1 => (16, number(&head[8..16])),
            size => (8, size),
        };
        is_mp4 |= [b"ftyp", b"moov", b"mdat"].contains(&&kind);
        if !is_mp4 || size < begin {
            return Err(Refusal::Unknown);
        }
        if &kind == b"moov" {
            if size > limits::TABLES_BYTES_MAX {
                return Err(Refusal::Damaged("its tables are too large".to_owned()));
            }
            let mut moov = vec![0; usize::try_from(size - begin).unwrap_or(0)];
            let read = file.read_exact_at(&mut moov, at + begin);
            read.map_err(|_| Refusal::Incomplete)?;
            return Ok(moov);
        }
        at = at.saturating_add(size);
    }
    if !is_mp4 {
        return Err(Refusal::Unknown);
    }
    // A box that is longer than what is left of the file.
    if at > bytes {
        return Err(Refusal::Incomplete);
    }
    Err(Refusal::Damaged("it has no tables (moov)".to_owned()))
}

/// Microseconds of so many ticks.
fn us(ticks: i64, timescale: u32) -> i64 {
    let scaled = i128::from(ticks) * 1_000_000;
    i64::try_from(scaled.div_euclid(i128::from(timescale.max(1)))).unwrap_or(i64::MAX)
}

/// What stands behind the fixed fields of a description of pictures, or of sound.
const PICTURE_FIELDS: usize = 78;
const SOUND_FIELDS: usize = 28;

fn picture_facts(track: &Track) -> Picture {
    let field = |at: usize| u32::try_from(track.entry.get(at..at + 2).map_or(0, number));
    let avcc = find(
        track.entry.get(PICTURE_FIELDS..).unwrap_or_default(),
        b"avcC",
    );
    let ticks: u64 = track.samples.iter().map(|s| u64::from(s.ticks)).sum();
    let count = track.samples.len() as u64;
    let milli_fps = (count * 1_000 * u64::from(track.timescale) + ticks / 2).checked_div(ticks);
    let codec = match &track.coding {
        b"avc1" | b"avc3" => "h264".to_owned(),
        b"hvc1" | b"hev1" => "hevc".to_owned(),
        b"av01" => "av1".to_owned(),
        other => letters(*other),
    };
    Picture {
        codec,
        profile: avcc.and_then(|avcc| avcc.get(1).copied()),
        level: avcc.and_then(|avcc| avcc.get(3).copied()),
        width: field(24).unwrap_or(0),
        height: field(26).unwrap_or(0),
        milli_fps: milli_fps.unwrap_or(0),
        key_interval_ms: Some(key_interval_ms(track)),
    }
}

/// The longest way from one key frame to the next, or to the end.
fn key_interval_ms(track: &Track) -> u64 {
    let keys = track.samples.iter().filter(|sample| sample.key);
    let end = track.samples.last().map(|s| s.dts + i64::from(s.ticks));
    let mut times: Vec<i64> = keys.map(|sample| sample.dts).collect();
    times.extend(end);
    let longest = times.windows(2).map(|pair| pair[1] - pair[0]).max();
    u64::try_from(us(longest.unwrap_or(0), track.timescale) / 1_000).unwrap_or(0)
}

fn sound_facts(track: &Track) -> Sound {
    let field = |at: usize| u32::try_from(track.entry.get(at..at + 2).map_or(0, number));
    let codec = match &track.coding {
        b"mp4a" if aac_config(track).is_some() => "aac".to_owned(),
        b"mp4a" => "mp3".to_owned(),
        b"Opus" => "opus".to_owned(),
        other => letters(*other),
    };
    Sound {
        codec,
        rate: field(24).unwrap_or(0),
        channels: channels(track).map_or(field(16).unwrap_or(0), u32::from),
    }
}

/// How many channels the decoder is told of; the field before that always says two.
fn channels(track: &Track) -> Option<u8> {
    if &track.coding == b"Opus" {
        return find(track.entry.get(SOUND_FIELDS..)?, b"dOps")?
            .get(1)
            .copied();
    }
    let &[first, second, ..] = aac_config(track)? else {
        return None;
    };
    // Five bits of object type, four of rate, four of channels; the long forms of either are rare.
    let is_long = first >> 3 == 31 || (first & 7) << 1 | second >> 7 == 15;
    let count = second >> 3 & 15;
    (!is_long && (1..=7).contains(&count)).then_some(if count == 7 { 8 } else { count })
}

fn letters(coding: [u8; 4]) -> String {
    let printable = |byte: u8| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte)
        } else {
            '.'
        }
    };
    coding.map(printable).iter().collect()
}

fn picture_config(track: &Track) -> Result<Config, Refusal> {
    let boxes = track.entry.get(PICTURE_FIELDS..).unwrap_or_default();
    let avcc = find(boxes, b"avcC").ok_or_else(|| Refusal::Damaged("avcC".to_owned()))?;
    Ok(Config::Avc(Bytes::copy_from_slice(avcc)))
}

fn sound_config(track: &Track) -> Result<Config, Refusal> {
    if &track.coding == b"Opus" {
        let boxes = track.entry.get(SOUND_FIELDS..).unwrap_or_default();
        let head = find(boxes, b"dOps").and_then(opus_head);
        let head = head.ok_or_else(|| Refusal::Damaged("dOps".to_owned()))?;
        return Ok(Config::Opus(head.into()));
    }
    let config = aac_config(track).ok_or_else(|| Refusal::SoundCodec(letters(track.coding)))?;
    Ok(Config::Aac(Bytes::copy_from_slice(config)))
}

/// The same as an identification header: little-endian there, big-endian here (Opus in ISOBMFF §4.3.2).
fn opus_head(dops: &[u8]) -> Option<Vec<u8>> {
    let &[_, channels, s0, s1, r0, r1, r2, r3, g0, g1, family, ..] = dops else {
        return None;
    };
    let mut head = b"OpusHead\x01".to_vec();
    head.extend([channels, s1, s0, r3, r2, r1, r0, g1, g0, family]);
    Some(head)
}

/// The `AudioSpecificConfig` in a description, if it is AAC.
fn aac_config(track: &Track) -> Option<&[u8]> {
    // QuickTime's later versions have more fields.
    let fields = match track.entry.get(8..10)? {
        [0, 1] => SOUND_FIELDS + 16,
        [0, 2] => SOUND_FIELDS + 36,
        _ => SOUND_FIELDS,
    };
    let boxes = track.entry.get(fields..)?;
    let esds = find(boxes, b"esds").or_else(|| find(find(boxes, b"wave")?, b"esds"))?;
    let stream = descriptor(esds.get(4..)?, 3)?;
    let flags = *stream.get(2)?;
    let skipped = 3 + usize::from(flags >> 7) * 2 + usize::from(flags >> 5 & 1) * 2;
    let decoder = descriptor(stream.get(skipped..)?, 4)?;
    let is_aac = matches!(decoder.first()?, 0x40 | 0x67);
    descriptor(decoder.get(13..)?, 5).filter(|_| is_aac)
}

/// The body of a descriptor (ISO/IEC 14496-1 §8.3), if it has this tag.
fn descriptor(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (first, mut rest) = bytes.split_first()?;
    let mut length = 0_usize;
    for _ in 0..4 {
        let (byte, after) = rest.split_first()?;
        rest = after;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    rest.get(..length).filter(|_| *first == tag)
}
