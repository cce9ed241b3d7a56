//! What has been published: headers, parts, segments.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use kernel::Timestamp;

/// The header of a configuration, named by its content.
#[derive(Debug, PartialEq, Eq)]
pub struct Init {
    /// `init-{digest}.mp4`.
    pub name: String,
    /// `ftyp` and `moov`.
    pub data: Bytes,
    /// RFC 6381 names of what is inside.
    pub codecs: String,
    /// Width and height, if there are pictures.
    pub picture: Option<(u16, u16)>,
    /// Thousandths of pictures per second, if they are known.
    pub milli_fps: Option<u64>,
}

impl Init {
    /// RFC 6381 names of the sound inside.
    pub(crate) fn sound_codecs(&self) -> impl Iterator<Item = &str> {
        let codecs = self.codecs.split(',');
        codecs.filter(|codec| codec.starts_with("mp4a.") || codec.eq_ignore_ascii_case("opus"))
    }

    /// Whether the sound inside is Opus.
    pub fn is_opus(&self) -> bool {
        self.sound_codecs()
            .any(|codec| codec.eq_ignore_ascii_case("opus"))
    }

    /// Whether there is sound inside.
    pub fn has_sound(&self) -> bool {
        self.sound_codecs().next().is_some()
    }
}

/// A partial segment: one `moof` and `mdat`.
#[derive(Clone, Debug)]
pub struct Part {
    /// The bytes, shared by all readers.
    pub data: Bytes,
    /// How long it lasts.
    pub duration_us: i64,
    /// Decoding can begin in it.
    pub independent: bool,
}

/// A segment; without [`Segment::closed`] its last parts are still to come.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Media sequence number.
    pub msn: u64,
    /// First component of its addresses.
    pub epoch: Arc<str>,
    /// The header that its parts need.
    pub init: Arc<Init>,
    /// Something changed between the segment before and this one.
    pub discontinuity: bool,
    /// When its first frame arrived.
    pub program_date_time: Timestamp,
    /// The same instant on the time line of its frames.
    pub begins_us: i64,
    /// Whether it begins with a key frame (or is sound alone).
    pub starts_with_key: bool,
    /// How long it lasts, so far or for good.
    pub duration_us: i64,
    /// Bytes of all its parts.
    pub bytes: usize,
    /// Its parts in order.
    pub parts: Vec<Part>,
    /// No part will follow.
    pub closed: bool,
    /// Its lines in a playlist without parts, rendered once.
    pub(crate) lines: OnceLock<String>,
}

impl Segment {
    /// The date at which it ends, so far or for good.
    pub(crate) fn ends(&self) -> Timestamp {
        let length = Duration::from_micros(u64::try_from(self.duration_us).unwrap_or(0));
        let ends = self.program_date_time.checked_add(length);
        ends.unwrap_or(Timestamp::MAX)
    }

    /// The address of the whole segment, relative to its playlist.
    pub fn address(&self) -> String {
        format!("{}/{}.m4s", self.epoch, self.msn)
    }

    /// The address of one of its parts, relative to its playlist.
    pub fn part_address(&self, part: usize) -> String {
        format!("{}/{}.{}.m4s", self.epoch, self.msn, part)
    }
}
