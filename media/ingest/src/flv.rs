//! FLV audio and video tags, as RTMP messages and FLV files carry them, with the enhanced (`FourCC`) headers.
//!
//! Invariant: what a tag says about lengths is checked against its bytes; unknown extensions are stepped over.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::limits::ENHANCED_PARTS_MAX;

/// A video tag, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Video {
    /// `AVCDecoderConfigurationRecord`.
    Config(Bytes),
    /// A coded picture in length-prefixed NAL units.
    Frame {
        /// Presentation minus decoding time, milliseconds.
        cts_ms: i32,
        /// Whether decoding can begin here.
        key: bool,
        /// The NAL units.
        data: Bytes,
    },
    /// The encoder ends the stream; more may follow.
    End,
    /// Nothing for us: seek commands, colour metadata, further tracks.
    Ignored,
}

/// An audio tag, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audio {
    /// `AudioSpecificConfig`.
    Config(Bytes),
    /// One raw AAC access unit.
    Frame(Bytes),
    /// Nothing for us.
    Ignored,
}

/// Why a tag is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The tag ends inside its header. The stream may go on.
    #[error("a tag ends inside its header")]
    Truncated,
    /// A codec that no browser plays or that we do not carry. The stream cannot go on.
    #[error("{0} is not supported: send H.264 video and AAC audio")]
    Codec(Codec),
}

/// A codec that was recognised only to be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// One from the table of classic FLV codecs.
    Known(&'static str),
    /// A `FourCC` that we do not know.
    FourCc([u8; 4]),
    /// A number that we do not know.
    Number(u8),
}

impl std::fmt::Display for Codec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Known(name) => f.write_str(name),
            Self::FourCc(name) => write!(f, "codec \"{}\"", name.escape_ascii()),
            Self::Number(number) => write!(f, "codec number {number}"),
        }
    }
}

const KEY_FRAME: u8 = 1;
const GENERATED_KEY_FRAME: u8 = 4;
const COMMAND_FRAME: u8 = 5;
const AVC: u8 = 7;
const AAC: u8 = 10;
const ENHANCED_AUDIO: u8 = 9;

/// Packet types that enhanced video and audio share.
const SEQUENCE_START: u8 = 0;
const CODED_FRAMES: u8 = 1;
const SEQUENCE_END: u8 = 2;
const CODED_FRAMES_X: u8 = 3;
const MULTITRACK_AUDIO: u8 = 5;
const MULTITRACK_VIDEO: u8 = 6;
const MOD_EX: u8 = 7;
/// How tracks are arranged in one tag.
const ONE_TRACK: u8 = 0;
const MANY_CODECS: u8 = 2;

/// Reads the payload of a video message.
pub fn video(payload: &Bytes) -> Result<Video, Error> {
    let mut rest = payload.clone();
    let first = take_u8(&mut rest)?;
    let frame_type = (first >> 4) & 0x07;
    if first & 0x80 != 0 {
        return enhanced_video(frame_type, first & 0x0f, rest);
    }
    if frame_type == COMMAND_FRAME {
        return Ok(Video::Ignored);
    }
    match first & 0x0f {
        AVC => {}
        2 => return Err(Error::Codec(Codec::Known("Sorenson H.263"))),
        3 | 6 => return Err(Error::Codec(Codec::Known("Screen video"))),
        4 | 5 => return Err(Error::Codec(Codec::Known("VP6"))),
        12 => return Err(Error::Codec(Codec::Known("H.265 (HEVC)"))),
        number => return Err(Error::Codec(Codec::Number(number))),
    }
    let packet = take_u8(&mut rest)?;
    let cts_ms = take_i24(&mut rest)?;
    Ok(match packet {
        0 => Video::Config(rest),
        1 => Video::Frame {
            cts_ms,
            key: is_key(frame_type),
            data: rest,
        },
        2 => Video::End,
        _ => Video::Ignored,
    })
}

fn enhanced_video(frame_type: u8, packet: u8, mut rest: Bytes) -> Result<Video, Error> {
    let packet = skip_modifiers(packet, &mut rest)?;
    if frame_type == COMMAND_FRAME && packet != SEQUENCE_START {
        return Ok(Video::Ignored);
    }
    let Some(track) = first_track(packet, MULTITRACK_VIDEO, &mut rest)? else {
        return Ok(Video::Ignored);
    };
    match &track.four_cc {
        b"avc1" => {}
        b"hvc1" => return Err(Error::Codec(Codec::Known("H.265 (HEVC)"))),
        b"av01" => return Err(Error::Codec(Codec::Known("AV1"))),
        b"vp09" => return Err(Error::Codec(Codec::Known("VP9"))),
        b"vp08" => return Err(Error::Codec(Codec::Known("VP8"))),
        other => return Err(Error::Codec(Codec::FourCc(*other))),
    }
    let mut data = track.data;
    let key = is_key(frame_type);
    Ok(match track.packet {
        SEQUENCE_START => Video::Config(data),
        CODED_FRAMES => {
            let cts_ms = take_i24(&mut data)?;
            Video::Frame { cts_ms, key, data }
        }
        CODED_FRAMES_X => Video::Frame {
            cts_ms: 0,
            key,
            data,
        },
        SEQUENCE_END => Video::End,
        _ => Video::Ignored,
    })
}

/// Reads the payload of an audio message.
pub fn audio(payload: &Bytes) -> Result<Audio, Error> {
    let mut rest = payload.clone();
    let first = take_u8(&mut rest)?;
    match first >> 4 {
        AAC => {}
        ENHANCED_AUDIO => return enhanced_audio(first & 0x0f, rest),
        0 | 3 => return Err(Error::Codec(Codec::Known("PCM audio"))),
        1 => return Err(Error::Codec(Codec::Known("ADPCM audio"))),
        2 | 14 => return Err(Error::Codec(Codec::Known("MP3"))),
        4..=6 => return Err(Error::Codec(Codec::Known("Nellymoser"))),
        7 | 8 => return Err(Error::Codec(Codec::Known("G.711"))),
        11 => return Err(Error::Codec(Codec::Known("Speex"))),
        number => return Err(Error::Codec(Codec::Number(number))),
    }
    Ok(match take_u8(&mut rest)? {
        0 => Audio::Config(rest),
        1 => Audio::Frame(rest),
        _ => Audio::Ignored,
    })
}

fn enhanced_audio(packet: u8, mut rest: Bytes) -> Result<Audio, Error> {
    let packet = skip_modifiers(packet, &mut rest)?;
    let Some(track) = first_track(packet, MULTITRACK_AUDIO, &mut rest)? else {
        return Ok(Audio::Ignored);
    };
    match &track.four_cc {
        b"mp4a" => {}
        b"Opus" => return Err(Error::Codec(Codec::Known("Opus"))),
        b"fLaC" => return Err(Error::Codec(Codec::Known("FLAC"))),
        b"ac-3" | b"ec-3" => return Err(Error::Codec(Codec::Known("Dolby Digital (AC-3)"))),
        b".mp3" => return Err(Error::Codec(Codec::Known("MP3"))),
        other => return Err(Error::Codec(Codec::FourCc(*other))),
    }
    Ok(match track.packet {
        SEQUENCE_START => Audio::Config(track.data),
        CODED_FRAMES => Audio::Frame(track.data),
        _ => Audio::Ignored,
    })
}

/// Steps over `ModEx` prefixes (nanosecond offsets and whatever comes later); gives the real packet type.
fn skip_modifiers(mut packet: u8, rest: &mut Bytes) -> Result<u8, Error> {
    for _ in 0..ENHANCED_PARTS_MAX {
        if packet != MOD_EX {
            return Ok(packet);
        }
        let mut size = usize::from(take_u8(rest)?) + 1;
        if size == 256 {
            size = usize::from(take_u16(rest)?) + 1;
        }
        take(rest, size)?;
        packet = take_u8(rest)? & 0x0f;
    }
    Err(Error::Truncated)
}

struct Track {
    packet: u8,
    four_cc: [u8; 4],
    data: Bytes,
}

/// The only track, or of several the one with number 0.
fn first_track(packet: u8, multitrack: u8, rest: &mut Bytes) -> Result<Option<Track>, Error> {
    if packet != multitrack {
        return Ok(Some(Track {
            packet,
            four_cc: take_four_cc(rest)?,
            data: rest.clone(),
        }));
    }
    let modes = take_u8(rest)?;
    let (arrangement, packet) = (modes >> 4, modes & 0x0f);
    let mut four_cc = if arrangement == MANY_CODECS {
        [0; 4]
    } else {
        take_four_cc(rest)?
    };
    for _ in 0..ENHANCED_PARTS_MAX {
        if rest.is_empty() {
            return Ok(None);
        }
        if arrangement == MANY_CODECS {
            four_cc = take_four_cc(rest)?;
        }
        let number = take_u8(rest)?;
        let data = if arrangement == ONE_TRACK {
            rest.split_to(rest.len())
        } else {
            let size = take_u24(rest)?;
            take(rest, size)?
        };
        if number == 0 {
            return Ok(Some(Track {
                packet,
                four_cc,
                data,
            }));
        }
    }
    Ok(None)
}

fn is_key(frame_type: u8) -> bool {
    matches!(frame_type, KEY_FRAME | GENERATED_KEY_FRAME)
}

fn take(rest: &mut Bytes, count: usize) -> Result<Bytes, Error> {
    if rest.len() < count {
        Err(Error::Truncated)
    } else {
        Ok(rest.split_to(count))
    }
}

fn take_u8(rest: &mut Bytes) -> Result<u8, Error> {
    rest.try_get_u8().map_err(|_| Error::Truncated)
}

fn take_u16(rest: &mut Bytes) -> Result<u16, Error> {
    rest.try_get_u16().map_err(|_| Error::Truncated)
}

fn take_u24(rest: &mut Bytes) -> Result<usize, Error> {
    let bytes = take(rest, 3)?;
    Ok((usize::from(bytes[0]) << 16) | (usize::from(bytes[1]) << 8) | usize::from(bytes[2]))
}

fn take_i24(rest: &mut Bytes) -> Result<i32, Error> {
    let bytes = take(rest, 3)?;
    Ok(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], 0]) >> 8)
}

fn take_four_cc(rest: &mut Bytes) -> Result<[u8; 4], Error> {
    let bytes = take(rest, 4)?;
    Ok([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Writes a classic video tag's payload (H.264).
pub fn put_video(video: &Video) -> Bytes {
    let (first, packet, cts_ms, data) = match video {
        Video::Config(record) => (0x17, 0, 0, record.clone()),
        Video::Frame { cts_ms, key, data } => {
            (if *key { 0x17 } else { 0x27 }, 1, *cts_ms, data.clone())
        }
        Video::End | Video::Ignored => (0x17, 2, 0, Bytes::new()),
    };
    let mut out = BytesMut::with_capacity(5 + data.len());
    out.put_slice(&[first, packet]);
    out.put_slice(&cts_ms.to_be_bytes()[1..]);
    out.put_slice(&data);
    out.freeze()
}

/// Writes a classic audio tag's payload (AAC).
pub fn put_audio(audio: &Audio) -> Bytes {
    let (packet, data) = match audio {
        Audio::Config(config) => (0, config.clone()),
        Audio::Frame(unit) => (1, unit.clone()),
        Audio::Ignored => (2, Bytes::new()),
    };
    let mut out = BytesMut::with_capacity(2 + data.len());
    // 0xaf: AAC; rate, size and channels are in its own configuration.
    out.put_slice(&[0xaf, packet]);
    out.put_slice(&data);
    out.freeze()
}

#[cfg(test)]
mod tests;
