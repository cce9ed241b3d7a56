//! The sound of a channel by itself: the same segments and parts under the same numbers, without the pictures.
//!
//! It is made from what was published for everybody, when somebody listens, and only as far back as listeners go:
//! a channel that nobody listens to pays nothing for it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use bytes::Bytes;
use mp4_atom::{Decode as _, Encode as _, FourCC, Ftyp, Moof, Moov};

use crate::limits::{LISTEN_RETIRED_MAX, LISTEN_SEGMENTS_MAX};
use crate::mp4::{self, AUDIO_TRACK, Run};
use crate::playlist::rate;
use crate::segment::{Init, Part, Segment};
use crate::snapshot::{Rendered, Rendition, Snapshot};

/// What comes behind a channel's name for its sound alone.
pub(crate) const SUFFIX: &str = "/sound";

/// How many segments its bandwidth is measured by.
const MEASURED_SEGMENTS: usize = 3;
/// About what a fragment says around its samples, and about each.
const FRAGMENT_BYTES: usize = 100;
const SAMPLE_BYTES: usize = 8;

/// The newest sound that was made, and of what.
#[derive(Default)]
pub(crate) struct Listening {
    last: Mutex<Made>,
}

#[derive(Default)]
struct Made {
    /// Identity only: what is heard must not keep alive what is seen.
    of: Weak<Snapshot>,
    sound: Option<Arc<Snapshot>>,
}

impl Listening {
    /// The sound of `snapshot`: made once, from the sound before as far as it still is in it.
    pub(crate) fn to(&self, snapshot: &Arc<Snapshot>) -> Option<Arc<Snapshot>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::ptr::eq(last.of.as_ptr(), Arc::as_ptr(snapshot)) {
            let sound = sound_of(snapshot, last.sound.as_deref());
            *last = Made {
                of: Arc::downgrade(snapshot),
                sound: sound.map(Arc::new),
            };
        }
        last.sound.clone()
    }

    /// Lets go what was made.
    pub(crate) fn forget(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Made::default();
    }
}

fn sound_of(snapshot: &Snapshot, before: Option<&Snapshot>) -> Option<Snapshot> {
    let all = &snapshot.segments;
    let audible = |segment: &&Arc<Segment>| segment.init.has_sound();
    let run = all.iter().rev().take_while(audible).count();
    let listed = run.min(LISTEN_SEGMENTS_MAX);
    let left_out = &all[..all.len() - listed];
    let mut segments: Vec<Arc<Segment>> = Vec::with_capacity(listed);
    for segment in &all[left_out.len()..] {
        let known = before.and_then(|before| before.segment(segment.msn));
        let known = known.filter(|known| known.epoch == segment.epoch);
        let init = segments.last().map(|segment| &segment.init);
        segments.push(segment_of(segment, known, init)?);
    }
    let first = segments.first()?.msn;
    let retired = before.map_or_else(Vec::new, |before| retired_of(before, first));
    let breaks = left_out.iter().filter(|segment| segment.discontinuity);
    Some(Snapshot {
        segments,
        retired,
        discontinuities: snapshot.discontinuities + u64::try_from(breaks.count()).unwrap_or(0),
        target_duration_s: snapshot.target_duration_s,
        part_target_us: snapshot.part_target_us,
        epoch: snapshot.epoch.clone(),
        published_at: snapshot.published_at,
        languages: snapshot.languages.clone(),
        beside: snapshot.beside.clone(),
        rendition: match snapshot.rendition {
            Rendition::Whole | Rendition::Sound => Rendition::Sound,
            Rendition::Recoded | Rendition::RecodedSound => Rendition::RecodedSound,
        },
        rendered: Rendered::default(),
    })
}

/// What was listed a while ago and is older than the `first` that is, for those who read it then.
pub(crate) fn retired_of(before: &Snapshot, first: u64) -> Vec<Arc<Segment>> {
    let held = before.retired.iter().chain(&before.segments);
    let is_recent = |msn: u64| (first.saturating_sub(LISTEN_RETIRED_MAX)..first).contains(&msn);
    held.filter(|segment| is_recent(segment.msn))
        .cloned()
        .collect()
}

fn segment_of(
    segment: &Segment,
    known: Option<&Arc<Segment>>,
    init: Option<&Arc<Init>>,
) -> Option<Arc<Segment>> {
    if let Some(known) = known
        && known.parts.len() == segment.parts.len()
        && known.closed == segment.closed
    {
        return Some(known.clone());
    }
    let name = sound_name(&segment.init.name);
    let had = [known.map(|known| &known.init), init];
    let had = had.into_iter().flatten().find(|init| init.name == name);
    let init = match had {
        Some(init) => init.clone(),
        None => Arc::new(init_of(&segment.init)?),
    };
    let mut parts = known.map_or_else(Vec::new, |known| known.parts.clone());
    parts.truncate(segment.parts.len());
    for part in &segment.parts[parts.len()..] {
        parts.push(Part {
            data: part_of(&part.data)?,
            independent: true,
            ..part.clone()
        });
    }
    Some(Arc::new(Segment {
        init,
        bytes: parts.iter().map(|part| part.data.len()).sum(),
        parts,
        starts_with_key: true,
        lines: OnceLock::new(),
        ..segment.clone()
    }))
}

fn sound_name(name: &str) -> String {
    name.replacen("init-", "init-s", 1)
}

/// Peak and average bits per second of the sound alone, by the newest whole segments; nothing where there is none.
pub(crate) fn bandwidth(segments: &[Arc<Segment>]) -> Option<(u64, u64)> {
    let whole = segments.iter().rev().filter(|segment| segment.closed);
    let audible = whole.take_while(|segment| segment.init.has_sound());
    let (mut peak, mut bytes, mut duration_us) = (0, 0, 0);
    for segment in audible.take(MEASURED_SEGMENTS) {
        let own = segment.parts.iter().map(|part| weight_of(&part.data));
        let own = own.sum::<Option<usize>>()?;
        peak = peak.max(rate(own, segment.duration_us));
        bytes += own;
        duration_us += segment.duration_us;
    }
    let average = rate(bytes, duration_us).max(1);
    (bytes > 0).then_some((peak.max(average), average))
}

/// What a fragment weighs without its pictures.
fn weight_of(data: &Bytes) -> Option<usize> {
    let moof = Moof::decode(&mut &data[..]).ok()?;
    let sound = moof
        .traf
        .iter()
        .filter(|traf| traf.tfhd.track_id == AUDIO_TRACK);
    let runs = sound.flat_map(|traf| &traf.trun);
    let samples = runs.flat_map(|run| &run.samples);
    let sizes = samples.filter_map(|sample| usize::try_from(sample.size?).ok());
    // Boxes around the samples, and some bytes about each of them.
    Some(sizes.map(|size| size + SAMPLE_BYTES).sum::<usize>() + FRAGMENT_BYTES)
}

/// What a fragment of these samples weighs.
pub(crate) fn weight(run: &Run) -> usize {
    let sizes = run.samples.iter().map(|sample| sample.data.len());
    sizes.map(|size| size + SAMPLE_BYTES).sum::<usize>() + FRAGMENT_BYTES
}

/// The header without the pictures' track.
fn init_of(init: &Init) -> Option<Init> {
    let mut rest = &init.data[..];
    let ftyp = Ftyp::decode(&mut rest).ok()?;
    let mut moov = Moov::decode(&mut rest).ok()?;
    let sound = FourCC::new(b"soun");
    moov.trak.retain(|track| track.mdia.hdlr.handler == sound);
    let tracks: Vec<u32> = moov.trak.iter().map(|track| track.tkhd.track_id).collect();
    if let Some(mvex) = &mut moov.mvex {
        mvex.trex.retain(|trex| tracks.contains(&trex.track_id));
    }
    let mut data = Vec::with_capacity(init.data.len());
    ftyp.encode(&mut data)
        .and_then(|()| moov.encode(&mut data))
        .ok()?;
    Some(Init {
        name: sound_name(&init.name),
        data: data.into(),
        codecs: init.sound_codecs().collect::<Vec<_>>().join(","),
        picture: None,
        milli_fps: None,
    })
}

/// A fragment with the sound of another one. Where that has none, it is empty and keeps its place.
fn part_of(data: &Bytes) -> Option<Bytes> {
    let mut moof = Moof::decode(&mut &data[..]).ok()?;
    moof.traf.retain(|traf| traf.tfhd.track_id == AUDIO_TRACK);
    let bodies = moof.traf.iter().map(|traf| mp4::samples(data, traf));
    let bodies = bodies.collect::<Option<Vec<_>>>()?;
    mp4::bundle(moof, &bodies)
}
