//! What readers of a channel see: one instant of it, immutable, with its playlists rendered at most once.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use kernel::Timestamp;

use crate::captions::Language;
use crate::playlist;
use crate::segment::{Init, Part, Segment};

/// One instant of a channel. The newest segment may be open, or closed with its successor announced.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) segments: Vec<Arc<Segment>>,
    /// Those before them that are listed no more and can still be had.
    pub(crate) retired: Vec<Arc<Segment>>,
    /// Discontinuities before the first listed segment.
    pub(crate) discontinuities: u64,
    pub(crate) target_duration_s: u32,
    pub(crate) part_target_us: i64,
    /// Address of the part that comes next.
    pub(crate) epoch: Arc<str>,
    /// When this was published.
    pub(crate) published_at: Timestamp,
    /// Languages that captions come in; set when it is published, before anybody reads it.
    pub(crate) languages: OnceLock<Arc<[Language]>>,
    /// The same with its sound coded otherwise; set when it is published, before anybody reads it.
    pub(crate) beside: OnceLock<Beside>,
    /// Which way of getting the channel it is.
    pub(crate) rendition: Rendition,
    pub(crate) rendered: Rendered,
}

/// Playlists in every form, each made when first asked for: a channel that nobody watches renders none.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    forms: [OnceLock<Bytes>; 10],
}

/// What of a channel is in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rendition {
    /// Everything.
    Whole,
    /// Its sound alone.
    Sound,
    /// Everything, its sound coded once more.
    Recoded,
    /// That sound alone.
    RecodedSound,
}

/// What is known about a channel with its sound coded once more; from there, about the channel as it came.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    /// The newest segment and part there.
    pub(crate) newest: (u64, usize),
    /// RFC 6381 name of the codec of the sound that was coded once more.
    pub(crate) codec: String,
    /// Bits per second of that sound: peak and average.
    pub(crate) peak: u64,
    pub(crate) average: u64,
}

/// Which playlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playlist {
    /// What there is to choose from.
    Multivariant,
    /// Every listed segment.
    Full,
    /// Without the segments that the client already knows.
    Delta,
    /// What is said, segment by segment; the same for every language.
    Captions,
    /// The same without the segments that the client already knows.
    CaptionsDelta,
}

/// How a playlist is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// Compressed.
    Gzip,
}

/// What is known about a part somebody asks for.
#[derive(Debug)]
pub enum PartState<'a> {
    /// It is there.
    Published(&'a Part),
    /// It is the announced one: wait for it.
    Announced,
    /// It is not, and waiting is no use.
    Absent,
}

impl Snapshot {
    /// A playlist, rendered.
    pub fn playlist(&self, playlist: Playlist, coding: Coding) -> Bytes {
        let form = &self.rendered.forms[playlist as usize * 2 + coding as usize];
        form.get_or_init(|| match coding {
            Coding::Identity => playlist::render(self, playlist).into(),
            Coding::Gzip => playlist::gzip(&self.playlist(playlist, Coding::Identity)),
        })
        .clone()
    }

    /// Languages that captions come in.
    pub fn languages(&self) -> &[Language] {
        self.languages.get().map_or(&[], |languages| languages)
    }

    /// RFC 6381 name of what its sound was coded in once more, for devices that do not play it as it came.
    pub fn other_sound(&self) -> Option<&str> {
        let is_opus = self.segments.last()?.init.is_opus();
        let beside = self.beside.get().filter(|_| is_opus)?;
        Some(&beside.codec)
    }

    /// The first instant of which no whole segment is listed yet.
    pub(crate) fn open_from(&self) -> Option<Timestamp> {
        self.segments.last().map(|newest| {
            if newest.closed {
                newest.ends()
            } else {
                newest.program_date_time
            }
        })
    }

    /// Listed segments in order.
    pub fn segments(&self) -> &[Arc<Segment>] {
        &self.segments
    }

    /// Number of the newest segment, and of its newest part.
    pub fn newest(&self) -> (u64, usize) {
        self.segments.last().map_or((0, 0), |segment| {
            (segment.msn, segment.parts.len().saturating_sub(1))
        })
    }

    /// Number of the segment and part that is announced: the one that comes next.
    pub fn announced(&self) -> (u64, usize) {
        match self.segments.last() {
            Some(open) if !open.closed => (open.msn, open.parts.len()),
            Some(closed) => (closed.msn + 1, 0),
            None => (0, 0),
        }
    }

    /// Whether the playlist already shows a segment or part; a part beyond the end of a closed segment is
    /// the first of the next one (RFC 8216bis §6.2.5.2).
    pub fn shows(&self, msn: u64, part: Option<usize>) -> bool {
        let (next_msn, next_part) = self.announced();
        match part {
            // The whole segment must be there.
            None => msn < next_msn,
            Some(part) => match self.segment(msn) {
                Some(segment) if segment.closed && part >= segment.parts.len() => {
                    (msn + 1, 0) < (next_msn, next_part)
                }
                _ => (msn, part) < (next_msn, next_part),
            },
        }
    }

    /// Whether a reload asks for more than a client can know to come: two segments, or three seconds of
    /// parts (RFC 8216bis §6.2.5.2).
    pub fn is_too_far_ahead(&self, msn: u64, part: Option<usize>) -> bool {
        let (newest, newest_part) = self.newest();
        let second = 1_000_000;
        let parts = if self.part_target_us >= second {
            3
        } else {
            3 * second / self.part_target_us.max(1) + 1
        };
        let parts = usize::try_from(parts).unwrap_or(usize::MAX);
        let is_open = self.segments.last().is_some_and(|newest| !newest.closed);
        let exceeds = is_open
            && msn == newest
            && part.is_some_and(|part| part > newest_part.saturating_add(parts));
        msn > newest.saturating_add(2) || exceeds
    }

    /// The segment of that number, if it is still held, listed or not.
    pub fn segment(&self, msn: u64) -> Option<&Arc<Segment>> {
        let first = self.segments.first()?.msn;
        match msn.checked_sub(first) {
            Some(index) => self.segments.get(usize::try_from(index).ok()?),
            None => self.retired.iter().find(|segment| segment.msn == msn),
        }
    }

    /// The closed segment at an address.
    pub fn whole(&self, epoch: &str, msn: u64) -> Option<&Arc<Segment>> {
        self.segment(msn)
            .filter(|segment| segment.closed && *segment.epoch == *epoch)
    }

    /// The part at an address.
    pub fn part(&self, epoch: &str, msn: u64, part: usize) -> PartState<'_> {
        if *self.epoch == *epoch && self.announced() == (msn, part) {
            return PartState::Announced;
        }
        self.segment(msn)
            .filter(|segment| *segment.epoch == *epoch)
            .and_then(|segment| segment.parts.get(part))
            .map_or(PartState::Absent, PartState::Published)
    }

    /// The header at an address.
    pub fn init(&self, epoch: &str, name: &str) -> Option<&Arc<Init>> {
        let held = self.retired.iter().chain(&self.segments);
        let inits = held.rev().filter(|segment| *segment.epoch == *epoch);
        inits
            .map(|segment| &segment.init)
            .find(|init| init.name == name)
    }

    /// When this was published.
    pub fn published_at(&self) -> Timestamp {
        self.published_at
    }

    /// The announced target duration.
    pub fn target_duration_s(&self) -> u32 {
        self.target_duration_s
    }
}
