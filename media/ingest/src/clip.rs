//! FLV files, and a clip that loops with a clock that goes on.

use std::sync::Arc;

use bytes::{Buf, Bytes};
use media_core::frame::{Config, Frame, Kind};
use media_core::{NoSlate, Slate};

use crate::flv::{self, Audio, Video};
use crate::limits::CLIP_BYTES_MAX;

/// What a tag carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
    /// Metadata.
    Script,
}

/// One FLV tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// What it carries.
    pub kind: TagKind,
    /// When, in milliseconds.
    pub timestamp_ms: i64,
    /// Its payload, see [`crate::flv`].
    pub payload: Bytes,
}

/// Why a file is no clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It does not begin like an FLV file.
    #[error("the file is not FLV")]
    NotFlv,
    /// More than fits into memory comfortably.
    #[error("the file is larger than {CLIP_BYTES_MAX} bytes")]
    TooLarge,
    /// There is nothing to send in it.
    #[error("the file has no H.264 pictures with a configuration")]
    NoPictures,
    /// Its tags cannot be sent.
    #[error(transparent)]
    Tag(#[from] flv::Error),
}

/// Reads the tags of an FLV file; a file cut off in the middle gives the whole tags before the cut.
pub fn tags(mut file: Bytes) -> Result<Vec<Tag>, Error> {
    const HEADER_BYTES: usize = 9;
    const TAG_HEADER_BYTES: usize = 11;
    const TRAILER_BYTES: usize = 4;
    if file.len() > CLIP_BYTES_MAX {
        return Err(Error::TooLarge);
    }
    if file.len() < HEADER_BYTES + TRAILER_BYTES || !file.starts_with(b"FLV\x01") {
        return Err(Error::NotFlv);
    }
    file.advance(HEADER_BYTES + TRAILER_BYTES);
    let mut tags = Vec::new();
    while file.len() >= TAG_HEADER_BYTES {
        let [kind, s0, s1, s2, t0, t1, t2, t3] = [0, 1, 2, 3, 4, 5, 6, 7].map(|at: usize| file[at]);
        let size = u32::from_be_bytes([0, s0, s1, s2]) as usize;
        if file.len() < TAG_HEADER_BYTES + size {
            break;
        }
        file.advance(TAG_HEADER_BYTES);
        let payload = file.split_to(size);
        file.advance(TRAILER_BYTES.min(file.len()));
        let kind = match kind {
            8 => TagKind::Audio,
            9 => TagKind::Video,
            18 => TagKind::Script,
            _ => continue,
        };
        // The fourth byte is the highest.
        tags.push(Tag {
            kind,
            timestamp_ms: i64::from(u32::from_be_bytes([t3, t0, t1, t2])),
            payload,
        });
    }
    Ok(tags)
}

/// A clip that can be sent over and over. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Clip {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Metadata and codec configurations, which come first and once.
    head: Vec<Tag>,
    /// Frames from time 0, sound after the last picture cut off.
    frames: Vec<Tag>,
    /// Which of `frames` decoding can begin with.
    is_key: Vec<bool>,
    period_ms: i64,
}

impl Clip {
    /// Reads a clip from an FLV file's bytes: H.264, with or without AAC.
    pub fn parse(file: Bytes) -> Result<Self, Error> {
        let (mut head, mut frames, mut has_config) = (Vec::new(), Vec::new(), false);
        for tag in tags(file)? {
            let key = match tag.kind {
                TagKind::Script => None,
                TagKind::Video => match flv::video(&tag.payload)? {
                    Video::Config(_) => {
                        has_config = true;
                        None
                    }
                    Video::Frame { key, .. } => Some(key),
                    Video::End | Video::Ignored => continue,
                },
                TagKind::Audio => match flv::audio(&tag.payload)? {
                    Audio::Config(_) => None,
                    Audio::Frame(_) => Some(false),
                    Audio::Ignored => continue,
                },
            };
            match key {
                Some(key) => frames.push((tag, key)),
                None => head.push(Tag {
                    timestamp_ms: 0,
                    ..tag
                }),
            }
        }
        let times: Vec<i64> = frames
            .iter()
            .filter(|(tag, _)| tag.kind == TagKind::Video)
            .map(|(tag, _)| tag.timestamp_ms)
            .collect();
        let (Some(&first), Some(&last), true) = (times.first(), times.last(), has_config) else {
            return Err(Error::NoPictures);
        };
        // The last picture lasts as long as the others on average. Sound that begins before the first picture
        // or after the last one's end would overlap itself at the seam.
        let steps = i64::try_from(times.len()).unwrap_or(i64::MAX) - 1;
        let step_ms = if steps > 0 {
            ((last - first) + steps / 2) / steps
        } else {
            40
        };
        let exact = if steps > 0 {
            ((last - first) * (steps + 1) + steps / 2) / steps
        } else {
            step_ms
        };
        let period_ms = exact.max(1);
        frames.retain(|(tag, _)| (first..first + period_ms).contains(&tag.timestamp_ms));
        for (tag, _) in &mut frames {
            tag.timestamp_ms -= first;
        }
        let (frames, is_key) = frames.into_iter().unzip();
        Ok(Self {
            inner: Arc::new(Inner {
                head,
                frames,
                is_key,
                period_ms,
            }),
        })
    }

    /// How long one round lasts.
    pub fn period_ms(&self) -> i64 {
        self.inner.period_ms
    }

    /// Metadata and codec configurations: what every connection begins with.
    pub fn head(&self) -> &[Tag] {
        &self.inner.head
    }

    /// The clip as a slate, which a channel plays by itself.
    pub fn slate(&self) -> Result<Slate, NoSlate> {
        let (mut configs, mut frames) = (Vec::new(), Vec::new());
        for tag in self.inner.head.iter().chain(&self.inner.frames) {
            let dts_us = tag.timestamp_ms * 1_000;
            let frame = |kind, key, cts_us, data| Frame {
                kind,
                dts_us,
                cts_us,
                key,
                data,
            };
            // Every tag was read once before, when the clip was.
            match tag.kind {
                TagKind::Script => {}
                TagKind::Video => match flv::video(&tag.payload) {
                    Ok(Video::Config(record)) if !record.is_empty() => {
                        configs.push(Config::Avc(record));
                    }
                    Ok(Video::Frame { cts_ms, key, data }) => {
                        frames.push(frame(Kind::Video, key, i64::from(cts_ms) * 1_000, data));
                    }
                    Ok(Video::Config(_) | Video::End | Video::Ignored) | Err(_) => {}
                },
                TagKind::Audio => match flv::audio(&tag.payload) {
                    // ffmpeg writes an empty one where it learns the real one late.
                    Ok(Audio::Config(config)) if !config.is_empty() => {
                        configs.push(Config::Aac(config));
                    }
                    Ok(Audio::Frame(data)) => frames.push(frame(Kind::Audio, true, 0, data)),
                    Ok(Audio::Config(_) | Audio::Ignored) | Err(_) => {}
                },
            }
        }
        frames.sort_by_key(|frame| frame.dts_us);
        Slate::new(&configs, frames, self.inner.period_ms * 1_000)
    }

    /// The frames, round after round, on one clock.
    pub fn rounds(&self) -> Rounds {
        Rounds {
            clip: self.clone(),
            round: 0,
            next: 0,
        }
    }
}

/// A clip's frames without end.
#[derive(Clone, Debug)]
pub struct Rounds {
    clip: Clip,
    round: i64,
    next: usize,
}

impl Rounds {
    /// The next frame.
    pub fn advance(&mut self) -> Tag {
        let inner = &self.clip.inner;
        let tag = &inner.frames[self.next];
        let tag = Tag {
            timestamp_ms: tag.timestamp_ms + self.round * inner.period_ms,
            ..tag.clone()
        };
        self.next += 1;
        if self.next == inner.frames.len() {
            self.next = 0;
            self.round += 1;
        }
        tag
    }

    /// Steps to the next frame that decoding can begin with, as a new connection must.
    pub fn skip_to_key(&mut self) {
        for _ in 0..self.clip.inner.frames.len() {
            if self.clip.inner.is_key[self.next] {
                return;
            }
            self.advance();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn put_tag(file: &mut Vec<u8>, kind: u8, timestamp: u32, payload: &[u8]) {
        let [high, t0, t1, t2] = timestamp.to_be_bytes();
        file.push(kind);
        file.extend(&u32::try_from(payload.len()).unwrap().to_be_bytes()[1..]);
        file.extend([t0, t1, t2, high, 0, 0, 0]);
        file.extend(payload);
        file.extend(u32::try_from(payload.len() + 11).unwrap().to_be_bytes());
    }

    fn file() -> Vec<u8> {
        let mut file = b"FLV\x01\x05\0\0\0\x09\0\0\0\0".to_vec();
        put_tag(&mut file, 18, 0, b"\x02\0\x0aonMetaData");
        put_tag(&mut file, 9, 0, b"\x17\0\0\0\0\x01");
        put_tag(&mut file, 8, 0, b"\xaf\0\x11\x90");
        for at in 0..4_u32 {
            put_tag(
                &mut file,
                9,
                21 + at * 100,
                if at == 0 {
                    b"\x17\x01\0\0\0k"
                } else {
                    b"\x27\x01\0\0\0p"
                },
            );
            put_tag(&mut file, 8, at * 128, b"\xaf\x01s");
        }
        file
    }

    #[test]
    fn a_clip_loops_on_one_clock_without_overlap() {
        let clip = Clip::parse(file().into()).unwrap();
        assert_eq!((clip.period_ms(), clip.head().len()), (400, 3));
        let mut rounds = clip.rounds();
        let tags: Vec<_> = (0..14).map(|_| rounds.advance()).collect();
        let times = |kind| -> Vec<_> {
            tags.iter()
                .filter(|tag| tag.kind == kind)
                .map(|tag| tag.timestamp_ms)
                .collect()
        };
        assert_eq!(
            times(TagKind::Video),
            [0, 100, 200, 300, 400, 500, 600, 700]
        );
        assert_eq!(times(TagKind::Audio), [107, 235, 363, 507, 635, 763]);
    }

    #[test]
    fn a_new_connection_begins_with_a_key_frame() {
        let mut rounds = Clip::parse(file().into()).unwrap().rounds();
        rounds.advance();
        rounds.skip_to_key();
        assert_eq!(rounds.advance().timestamp_ms, 400);
    }

    #[test]
    fn a_time_beyond_24_bits_is_read() {
        let mut file = b"FLV\x01\x05\0\0\0\x09\0\0\0\0".to_vec();
        put_tag(&mut file, 8, 0x0123_4567, b"\xaf\x01s");
        assert_eq!(tags(file.into()).unwrap()[0].timestamp_ms, 0x0123_4567);
    }

    #[test]
    fn what_is_no_clip_is_refused() {
        assert_eq!(
            Clip::parse(Bytes::from_static(b"RIFF")).unwrap_err(),
            Error::NotFlv
        );
        assert_eq!(
            Clip::parse(Bytes::from_static(b"FLV\x01\x05\0\0\0\x09\0\0\0\0")).unwrap_err(),
            Error::NoPictures
        );
    }

    proptest! {
        #[test]
        fn no_damage_makes_the_reader_panic(at in 0..200_usize, byte in any::<u8>(), cut in 0..300_usize) {
            let mut file = file();
            let at = at % file.len();
            file[at] = byte;
            file.truncate(cut.max(1));
            if let Ok(clip) = Clip::parse(file.into()) {
                let mut rounds = clip.rounds();
                rounds.skip_to_key();
                rounds.advance();
            }
        }
    }
}
