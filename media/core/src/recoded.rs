//! A channel once more, with its sound coded so that every device plays it: the same segments and parts under the same
//! numbers, with the same pictures.
//!
//! Like the sound by itself (`listen.rs`) it is put together when somebody asks, out of what was published for everybody
//! and the sound that was coded for it (`recoding.rs`), and let go when nobody has asked for a while.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use mp4_atom::{Decode as _, Encode as _, FourCC, Ftyp, Moof, Moov};
use tokio::sync::watch;

use crate::limits::LISTEN_SEGMENTS_MAX;
use crate::listen::{Listening, retired_of};
use crate::mp4::{self, AUDIO_TRACK, Run};
use crate::publisher::init_name;
use crate::segment::{Init, Part, Segment};
use crate::snapshot::{Beside, Rendered, Rendition, Snapshot};
use crate::sound::SoundConfig;

/// What comes behind a channel's name for it with its sound coded once more.
pub(crate) const SUFFIX: &str = "/aac";

/// Publications without anybody who asks, after which what was put together is let go.
const UNASKED_MAX: u32 = 30;

/// A channel with its sound coded once more, at one instant; never changed, but replaced.
#[derive(Debug)]
pub(crate) struct Recoded {
    /// What was published by then.
    pub(crate) whole: Arc<Snapshot>,
    pub(crate) config: Arc<SoundConfig>,
    /// The sound of its segments, one after the other.
    pub(crate) sealed: VecDeque<Arc<Sealed>>,
}

/// The sound of a segment, as far as it is there.
#[derive(Clone, Debug)]
pub(crate) struct Sealed {
    pub(crate) msn: u64,
    /// By part; none for those that stay as they are.
    pub(crate) parts: Vec<Option<Arc<Run>>>,
}

/// What the readers of it share with who codes.
#[derive(Default)]
pub(crate) struct Aside {
    now: ArcSwapOption<Recoded>,
    /// Counts what was published, for those who wait.
    pub(crate) version: watch::Sender<u64>,
    made: Mutex<Made>,
    /// The same without pictures.
    pub(crate) listening: Listening,
    /// Somebody codes.
    pub(crate) taken: AtomicBool,
    /// The first segment that was never published here: addresses never mean anything else.
    pub(crate) floor: AtomicU64,
}

#[derive(Default)]
struct Made {
    of: Weak<Recoded>,
    snapshot: Option<Arc<Snapshot>>,
    unasked: u32,
}

impl Aside {
    /// What readers see, if anything: put together once for each instant.
    pub(crate) fn snapshot(&self) -> Option<Arc<Snapshot>> {
        let now = self.now.load_full()?;
        let mut made = self.made();
        made.unasked = 0;
        if !std::ptr::eq(made.of.as_ptr(), Arc::as_ptr(&now)) {
            let snapshot = snapshot_of(&now, made.snapshot.as_deref());
            made.snapshot = snapshot.map(Arc::new);
            made.of = Arc::downgrade(&now);
        }
        made.snapshot.clone()
    }

    /// What the channel says of it.
    pub(crate) fn beside(&self) -> Option<Beside> {
        self.now.load().as_ref()?.beside()
    }

    /// Shows readers something new, or that there is nothing any more.
    pub(crate) fn put(&self, recoded: Option<Arc<Recoded>>) {
        let mut made = self.made();
        made.unasked += 1;
        if recoded.is_none() || made.unasked > UNASKED_MAX {
            *made = Made::default();
            self.listening.forget();
        }
        drop(made);
        self.now.store(recoded);
        self.nudge();
    }

    pub(crate) fn nudge(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    /// Nobody else codes from now on; false where somebody does.
    pub(crate) fn claim(&self) -> bool {
        !self.taken.swap(true, Ordering::AcqRel)
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recoded {
    /// How many parts of a segment are there.
    fn parts(&self, msn: u64) -> Option<&Sealed> {
        let first = self.sealed.front()?.msn;
        let index = usize::try_from(msn.checked_sub(first)?).ok()?;
        self.sealed.get(index).map(|sealed| &**sealed)
    }

    /// Where it stands, once there is a whole segment: players take a playlist without one for an empty one.
    fn beside(&self) -> Option<Beside> {
        let first = self.sealed.front()?;
        let newest = self.sealed.back()?;
        let is_whole = self.whole.segment(first.msn).is_some_and(|segment| {
            newest.msn > first.msn || segment.closed && segment.parts.len() == newest.parts.len()
        });
        let (peak, average) = self.bandwidth();
        is_whole.then(|| Beside {
            newest: (newest.msn, newest.parts.len().saturating_sub(1)),
            codec: self.config.codec(),
            peak,
            average,
        })
    }

    /// Peak and average bits per second of the sound, by the newest segments.
    fn bandwidth(&self) -> (u64, u64) {
        let (mut peak, mut bytes, mut duration_us) = (1, 0, 0);
        for sealed in self.sealed.iter().rev().skip(1).take(3) {
            let Some(segment) = self.whole.segment(sealed.msn) else {
                continue;
            };
            let runs = sealed.parts.iter().flatten();
            let own: usize = runs.map(|run| crate::listen::weight(run)).sum();
            peak = peak.max(crate::playlist::rate(own, segment.duration_us));
            bytes += own;
            duration_us += segment.duration_us;
        }
        let average = crate::playlist::rate(bytes, duration_us).max(1);
        (peak.max(average), average)
    }
}

fn snapshot_of(recoded: &Recoded, before: Option<&Snapshot>) -> Option<Snapshot> {
    let whole = &recoded.whole;
    let newest = recoded.sealed.back()?.msn;
    let there = |segment: &&Arc<Segment>| {
        segment.msn <= newest
            && recoded
                .parts(segment.msn)
                .is_some_and(|it| !it.parts.is_empty())
    };
    let all: Vec<&Arc<Segment>> = whole.segments.iter().filter(there).collect();
    let listed = &all[all.len().saturating_sub(LISTEN_SEGMENTS_MAX)..];
    let first = listed.first()?.msn;
    let mut segments: Vec<Arc<Segment>> = Vec::with_capacity(listed.len());
    for segment in listed {
        let known = before.and_then(|before| before.segment(segment.msn));
        let known = known.filter(|known| known.epoch == segment.epoch);
        let init = segments.last().map(|segment| &segment.init);
        let sealed = recoded.parts(segment.msn)?;
        segments.push(segment_of(segment, sealed, known, init, &recoded.config)?);
    }
    let left_out = whole
        .segments
        .iter()
        .filter(|it| it.msn < first && it.discontinuity);
    // The part that comes next is of the open segment, or of the one behind it.
    let next = segments.last().filter(|open| !open.closed);
    let next = next.or_else(|| whole.segment(newest + 1));
    Some(Snapshot {
        discontinuities: whole.discontinuities + u64::try_from(left_out.count()).unwrap_or(0),
        epoch: next.map_or(&whole.epoch, |next| &next.epoch).clone(),
        retired: before.map_or_else(Vec::new, |before| retired_of(before, first)),
        segments,
        target_duration_s: whole.target_duration_s,
        part_target_us: whole.part_target_us,
        published_at: whole.published_at,
        languages: whole.languages.clone(),
        beside: OnceLock::from(Beside {
            newest: whole.newest(),
            ..recoded.beside()?
        }),
        rendition: Rendition::Recoded,
        rendered: Rendered::default(),
    })
}

fn segment_of(
    segment: &Arc<Segment>,
    sealed: &Sealed,
    known: Option<&Arc<Segment>>,
    init: Option<&Arc<Init>>,
    config: &SoundConfig,
) -> Option<Arc<Segment>> {
    let closed = segment.closed && sealed.parts.len() == segment.parts.len();
    if let Some(known) = known
        && (known.parts.len(), known.closed) == (sealed.parts.len(), closed)
    {
        return Some(known.clone());
    }
    let init = if sealed.parts.iter().all(Option::is_none) {
        segment.init.clone()
    } else {
        let made = || init_of(&segment.init, config);
        let made = match known {
            Some(known) => known.init.clone(),
            None => Arc::new(made()?),
        };
        // The same header is the same for its readers too.
        init.filter(|init| init.name == made.name)
            .cloned()
            .unwrap_or(made)
    };
    let mut parts = known.map_or_else(Vec::new, |known| known.parts.clone());
    let missing = sealed.parts.iter().zip(&segment.parts).skip(parts.len());
    for (run, part) in missing {
        let data = match run {
            Some(run) => part_of(&part.data, run)?,
            None => part.data.clone(),
        };
        parts.push(Part {
            data,
            ..part.clone()
        });
    }
    Some(Arc::new(Segment {
        init,
        bytes: parts.iter().map(|part| part.data.len()).sum(),
        duration_us: parts.iter().map(|part| part.duration_us).sum(),
        parts,
        closed,
        lines: OnceLock::new(),
        ..Segment::clone(segment)
    }))
}

/// The header with the other sound.
fn init_of(init: &Init, config: &SoundConfig) -> Option<Init> {
    let mut rest = &init.data[..];
    let ftyp = Ftyp::decode(&mut rest).ok()?;
    let mut moov = Moov::decode(&mut rest).ok()?;
    let sound = FourCC::new(b"soun");
    for track in &mut moov.trak {
        if track.mdia.hdlr.handler == sound {
            *track = mp4::audio_track(config);
        }
    }
    let mut data = Vec::with_capacity(init.data.len());
    ftyp.encode(&mut data)
        .and_then(|()| moov.encode(&mut data))
        .ok()?;
    let own = init.codecs.split(',');
    let pictures = own.filter(|codec| !init.sound_codecs().any(|sound| sound == *codec));
    let codecs: Vec<String> = pictures
        .map(str::to_owned)
        .chain([config.codec()])
        .collect();
    Some(Init {
        name: init_name(&data),
        data: data.into(),
        codecs: codecs.join(","),
        picture: init.picture,
        milli_fps: init.milli_fps,
    })
}

/// A fragment with the pictures of another one and this sound.
fn part_of(data: &Bytes, run: &Run) -> Option<Bytes> {
    let mut moof = Moof::decode(&mut &data[..]).ok()?;
    moof.traf.retain(|traf| traf.tfhd.track_id != AUDIO_TRACK);
    let mut bodies = Vec::with_capacity(2);
    for traf in &moof.traf {
        bodies.push(mp4::samples(data, traf)?);
    }
    if !run.samples.is_empty() {
        moof.traf.push(mp4::track_fragment(AUDIO_TRACK, run, false));
        let sound = run.samples.iter().flat_map(|sample| &sample.data[..]);
        bodies.push(sound.copied().collect());
    }
    mp4::bundle(moof, &bodies)
}
