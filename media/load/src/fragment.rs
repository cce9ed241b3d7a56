//! What is in a part: samples, key frames and times of each track, without decoding any.

use anyhow::{Context as _, Result, ensure};
use mp4_atom::{Decode as _, FourCC, Moof, Moov};

/// What a track carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Picture,
    Sound,
    Other,
}

/// A track of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Track {
    pub(crate) id: u32,
    pub(crate) kind: Kind,
    pub(crate) timescale: u32,
    duration: u32,
    flags: u32,
}

/// The samples of one track in one fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) track: u32,
    pub(crate) samples: u64,
    pub(crate) keys: u64,
    /// Decoding time of the first sample, and of what follows the last one, in the track's ticks.
    pub(crate) begins: u64,
    pub(crate) ends: u64,
}

/// Samples of one run: a part of a second has some dozens.
const SAMPLES_MAX: usize = 100_000;
/// The bit of a sample's flags that says that decoding cannot begin with it (ISO/IEC 14496-12 §8.8.3.1).
const NOT_KEY: u32 = 0x0001_0000;

/// The tracks of a header.
pub(crate) fn tracks(header: &[u8]) -> Result<Vec<Track>> {
    let moov = boxes(header)?.into_iter().find(|(kind, _)| kind == b"moov");
    let (_, bytes) = moov.context("the header has no moov")?;
    let moov = Moov::decode(&mut &*bytes).context("the header's moov cannot be read")?;
    let track = |trak: &mp4_atom::Trak| {
        let id = trak.tkhd.track_id;
        let mut defaults = moov.mvex.iter().flat_map(|mvex| &mvex.trex);
        let defaults = defaults.find(|trex| trex.track_id == id);
        let handler = trak.mdia.hdlr.handler;
        Track {
            id,
            kind: if handler == FourCC::new(b"vide") {
                Kind::Picture
            } else if handler == FourCC::new(b"soun") {
                Kind::Sound
            } else {
                Kind::Other
            },
            timescale: trak.mdia.mdhd.timescale.max(1),
            duration: defaults.map_or(0, |trex| trex.default_sample_duration),
            flags: defaults.map_or(0, |trex| trex.default_sample_flags),
        }
    };
    Ok(moov.trak.iter().map(track).collect())
}

/// The runs of a part.
pub(crate) fn runs(part: &[u8], tracks: &[Track]) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    for (_, bytes) in boxes(part)?.iter().filter(|(kind, _)| kind == b"moof") {
        let moof = Moof::decode(&mut &**bytes).context("a moof cannot be read")?;
        for traf in &moof.traf {
            let id = traf.tfhd.track_id;
            let track = tracks.iter().find(|track| track.id == id);
            let track = track.with_context(|| format!("track {id} is not in the header"))?;
            let begins = traf.tfdt.as_ref().context("a fragment without its time")?;
            let mut run = Run {
                track: id,
                samples: 0,
                keys: 0,
                begins: begins.base_media_decode_time,
                ends: begins.base_media_decode_time,
            };
            for trun in &traf.trun {
                ensure!(
                    trun.samples.len() <= SAMPLES_MAX,
                    "a fragment of endless samples"
                );
                for sample in &trun.samples {
                    let duration = sample.duration.or(traf.tfhd.default_sample_duration);
                    let flags = sample.flags.or(traf.tfhd.default_sample_flags);
                    run.samples += 1;
                    run.keys += u64::from(flags.unwrap_or(track.flags) & NOT_KEY == 0);
                    let duration = duration.unwrap_or(track.duration);
                    run.ends = run.ends.saturating_add(duration.into());
                }
            }
            runs.push(run);
        }
    }
    ensure!(!runs.is_empty(), "there are no fragments in it");
    Ok(runs)
}

/// The outermost boxes.
fn boxes(bytes: &[u8]) -> Result<Vec<([u8; 4], &[u8])>> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let [a, b, c, d, kind @ ..] = rest {
        let size = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d]))?;
        let kind: [u8; 4] = kind
            .first_chunk()
            .copied()
            .context("a box without a name")?;
        ensure!((8..=rest.len()).contains(&size), "a box that is cut off");
        let (whole, after) = rest.split_at(size);
        found.push((kind, whole));
        rest = after;
    }
    ensure!(rest.is_empty(), "a box that is cut off");
    Ok(found)
}

#[cfg(test)]
mod tests {
    use kernel::Clock;
    use media_core::testing::{Encoder, source};
    use media_core::{ChannelName, Channels, Settings};

    use super::*;

    #[test]
    fn parts_are_read_as_they_are_written() {
        let channels = Channels::new(Settings::default(), Clock::system(), None);
        let name = ChannelName::parse("a").unwrap();
        let input = channels
            .admit(&name, media_core::Seat::Primary, source())
            .unwrap();
        Encoder::default().send(&input, 5).unwrap();
        let snapshot = channels.snapshot(&name).unwrap();
        let segment = &snapshot.segments()[0];
        let tracks = tracks(&segment.init.data).unwrap();
        let kinds: Vec<_> = tracks.iter().map(|track| track.kind).collect();
        assert_eq!(kinds, [Kind::Picture, Kind::Sound]);
        let (mut pictures, mut keys, mut ends) = (0, 0, [None, None]);
        for part in &segment.parts {
            for run in runs(&part.data, &tracks).unwrap() {
                let track = usize::from(run.track == tracks[1].id);
                assert!(ends[track].is_none_or(|end| end == run.begins), "no gap");
                ends[track] = Some(run.ends);
                if track == 0 {
                    (pictures, keys) = (pictures + run.samples, keys + run.keys);
                }
            }
        }
        assert_eq!((pictures, keys), (60, 1));
        for cut in 0..segment.parts[0].data.len() {
            let _no_panic = runs(&segment.parts[0].data[..cut], &tracks);
        }
        assert!(runs(&segment.init.data, &tracks).is_err());
        assert!(super::tracks(&segment.parts[0].data).is_err());
    }
}
