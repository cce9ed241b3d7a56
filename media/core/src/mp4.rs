//! Fragmented MP4 (CMAF): the header of a configuration and the fragments of its samples.

use bytes::Bytes;
use mp4_atom::{
    Avc1, Codec, Dinf, Dref, DrefEntry, Encode, FourCC, Ftyp, Hdlr, Mdhd, Mdia, Mfhd, Minf, Moof,
    Moov, Mvex, Mvhd, Smhd, Stbl, Stco, Stsd, Tfdt, Tfhd, Tkhd, Traf, Trak, Trex, Trun, TrunEntry,
    TrunSamples, Url, Visual, Vmhd,
};

use crate::avc::AvcConfig;
use crate::sound::SoundConfig;

/// Ticks per second of the picture's track.
pub(crate) const VIDEO_TIMESCALE: u32 = 90_000;
const VIDEO_TRACK: u32 = 1;
pub(crate) const AUDIO_TRACK: u32 = 2;
/// Sample flags of ISO/IEC 14496-12 §8.8.3.1: depends on no other; depends on others, no sync sample.
const KEY: u32 = 0x0200_0000;
const NOT_KEY: u32 = 0x0101_0000;

/// Ticks of the picture's track at an instant of the channel's time line.
pub(crate) fn video_ticks(at_us: i64) -> i64 {
    at_us.saturating_mul(9).saturating_add(50).div_euclid(100)
}

/// Samples of sound at an instant of the channel's time line.
pub(crate) fn audio_ticks(at_us: i64, rate: u32) -> i64 {
    let scaled = i128::from(at_us) * i128::from(rate) + 500_000;
    i64::try_from(scaled.div_euclid(1_000_000)).unwrap_or(i64::MAX)
}

/// The instant of a number of samples of sound.
pub(crate) fn audio_us(ticks: i64, rate: u32) -> i64 {
    let rate = i128::from(rate.max(1));
    i64::try_from((i128::from(ticks) * 1_000_000 + rate / 2).div_euclid(rate)).unwrap_or(i64::MAX)
}

/// One sample as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) duration: u32,
    /// Presentation minus decoding time, in ticks.
    pub(crate) cts: i32,
    pub(crate) key: bool,
    pub(crate) data: Bytes,
}

/// Consecutive samples of one track.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    pub(crate) first_ticks: i64,
    pub(crate) samples: Vec<Sample>,
}

/// The header that the fragments of these configurations need.
pub(crate) fn init(video: Option<&AvcConfig>, audio: Option<&SoundConfig>) -> Option<Bytes> {
    let ftyp = Ftyp {
        major_brand: FourCC::new(b"iso6"),
        minor_version: 0,
        compatible_brands: vec![
            FourCC::new(b"iso6"),
            FourCC::new(b"cmfc"),
            FourCC::new(b"mp41"),
        ],
    };
    let trex = |track_id| Trex {
        track_id,
        default_sample_description_index: 1,
        ..Trex::default()
    };
    let mut moov = Moov {
        mvhd: Mvhd {
            timescale: 1_000,
            rate: 1.into(),
            volume: 1.into(),
            next_track_id: 3,
            ..Mvhd::default()
        },
        mvex: Some(Mvex::default()),
        ..Moov::default()
    };
    let mut add = |track, id| {
        moov.trak.push(track);
        if let Some(mvex) = &mut moov.mvex {
            mvex.trex.push(trex(id));
        }
    };
    if let Some(video) = video {
        add(video_track(video), VIDEO_TRACK);
    }
    if let Some(audio) = audio {
        add(audio_track(audio), AUDIO_TRACK);
    }
    let mut bytes = Vec::with_capacity(1_500);
    ftyp.encode(&mut bytes)
        .and_then(|()| moov.encode(&mut bytes))
        .ok()?;
    Some(bytes.into())
}

fn video_track(config: &AvcConfig) -> Trak {
    let codec = Avc1 {
        visual: Visual {
            data_reference_index: 1,
            width: config.width,
            height: config.height,
            ..Visual::default()
        },
        avcc: config.record.clone(),
        ..Avc1::default()
    };
    Trak {
        tkhd: Tkhd {
            track_id: VIDEO_TRACK,
            enabled: true,
            in_movie: true,
            width: config.width.into(),
            height: config.height.into(),
            ..Tkhd::default()
        },
        mdia: Mdia {
            mdhd: Mdhd {
                timescale: VIDEO_TIMESCALE,
                language: "und".to_owned(),
                ..Mdhd::default()
            },
            hdlr: Hdlr {
                handler: FourCC::new(b"vide"),
                name: "video".to_owned(),
            },
            minf: Minf {
                vmhd: Some(Vmhd::default()),
                ..media_information(codec.into())
            },
        },
        ..Trak::default()
    }
}

pub(crate) fn audio_track(config: &SoundConfig) -> Trak {
    Trak {
        tkhd: Tkhd {
            track_id: AUDIO_TRACK,
            alternate_group: 1,
            enabled: true,
            in_movie: true,
            volume: 1.into(),
            ..Tkhd::default()
        },
        mdia: Mdia {
            mdhd: Mdhd {
                timescale: config.rate(),
                language: "und".to_owned(),
                ..Mdhd::default()
            },
            hdlr: Hdlr {
                handler: FourCC::new(b"soun"),
                name: "audio".to_owned(),
            },
            minf: Minf {
                smhd: Some(Smhd::default()),
                ..media_information(config.entry())
            },
        },
        ..Trak::default()
    }
}

fn media_information(codec: Codec) -> Minf {
    let here = DrefEntry::Url(Url::default());
    Minf {
        dinf: Dinf {
            dref: Dref {
                entries: vec![here],
            },
        },
        stbl: Stbl {
            stsd: Stsd {
                codecs: vec![codec],
            },
            stco: Some(Stco::default()),
            ..Stbl::default()
        },
        ..Minf::default()
    }
}

/// One fragment: `moof` and `mdat` with the samples of both tracks.
pub(crate) fn fragment(sequence: u32, video: &Run, audio: &Run) -> Option<Bytes> {
    let bytes_of = |run: &Run| {
        run.samples
            .iter()
            .map(|sample| sample.data.len())
            .sum::<usize>()
    };
    let (video_bytes, audio_bytes) = (bytes_of(video), bytes_of(audio));
    let mut moof = Moof {
        mfhd: Mfhd {
            sequence_number: sequence,
        },
        traf: Vec::with_capacity(2),
    };
    if !video.samples.is_empty() {
        moof.traf.push(track_fragment(VIDEO_TRACK, video, true));
    }
    if !audio.samples.is_empty() {
        moof.traf.push(track_fragment(AUDIO_TRACK, audio, false));
    }
    let samples = video.samples.len() + audio.samples.len();
    let mut bytes = Vec::with_capacity(256 + samples * 16 + video_bytes + audio_bytes);
    // The offsets in `moof` count from its own start, and so depend on its size, but not its size on them.
    moof.encode(&mut bytes).ok()?;
    let mut offset = bytes.len() + 8;
    for traf in &mut moof.traf {
        for trun in &mut traf.trun {
            trun.data_offset = Some(i32::try_from(offset).ok()?);
        }
        offset += video_bytes;
    }
    bytes.clear();
    moof.encode(&mut bytes).ok()?;
    bytes.extend_from_slice(
        &u32::try_from(video_bytes + audio_bytes + 8)
            .ok()?
            .to_be_bytes(),
    );
    bytes.extend_from_slice(b"mdat");
    for sample in video.samples.iter().chain(&audio.samples) {
        bytes.extend_from_slice(&sample.data);
    }
    Some(bytes.into())
}

/// The samples of a track in a fragment that was written here.
pub(crate) fn samples(fragment: &Bytes, traf: &Traf) -> Option<Bytes> {
    let Some(run) = traf.trun.first() else {
        return Some(Bytes::new());
    };
    let begin = usize::try_from(run.data_offset?).ok()?;
    let sizes = run.samples.iter().map(|sample| sample.size.unwrap_or(0));
    let length: usize = sizes.filter_map(|size| usize::try_from(size).ok()).sum();
    let end = begin.checked_add(length);
    let end = end.filter(|end| *end <= fragment.len())?;
    Some(fragment.slice(begin..end))
}

/// A fragment of what `moof` says, the samples of each of its tracks behind those of the one before.
pub(crate) fn bundle(mut moof: Moof, bodies: &[Bytes]) -> Option<Bytes> {
    let length: usize = bodies.iter().map(Bytes::len).sum();
    let mut bytes = Vec::with_capacity(256 + length);
    // The offsets count from the beginning of `moof`, whose size they do not change.
    moof.encode(&mut bytes).ok()?;
    let mut offset = bytes.len() + 8;
    for (traf, body) in moof.traf.iter_mut().zip(bodies) {
        for trun in &mut traf.trun {
            trun.data_offset = Some(i32::try_from(offset).ok()?);
        }
        offset += body.len();
    }
    bytes.clear();
    moof.encode(&mut bytes).ok()?;
    bytes.extend_from_slice(&u32::try_from(length + 8).ok()?.to_be_bytes());
    bytes.extend_from_slice(b"mdat");
    for body in bodies {
        bytes.extend_from_slice(body);
    }
    Some(bytes.into())
}

pub(crate) fn track_fragment(track_id: u32, run: &Run, is_video: bool) -> Traf {
    let entries = run.samples.iter().map(|sample| TrunEntry {
        duration: Some(sample.duration),
        size: u32::try_from(sample.data.len()).ok(),
        flags: is_video.then_some(if sample.key { KEY } else { NOT_KEY }),
        cts: is_video.then_some(sample.cts.into()),
    });
    Traf {
        tfhd: Tfhd {
            track_id,
            default_sample_flags: Some(if is_video { NOT_KEY } else { KEY }),
            default_base_is_moof: true,
            ..Tfhd::default()
        },
        tfdt: Some(Tfdt {
            base_media_decode_time: u64::try_from(run.first_ticks).unwrap_or(0),
        }),
        trun: vec![Trun {
            data_offset: Some(0),
            samples: TrunSamples::Explicit(entries.collect()),
        }],
        ..Traf::default()
    }
}

#[cfg(test)]
mod tests {
    use mp4_atom::Decode;

    use super::*;
    use crate::testing;

    fn run(first_ticks: i64, bytes: &[u8]) -> Run {
        let sample = |byte: &u8| Sample {
            duration: 3_000,
            cts: -3_000,
            key: *byte == 1,
            data: Bytes::copy_from_slice(&[*byte; 3]),
        };
        Run {
            first_ticks,
            samples: bytes.iter().map(sample).collect(),
        }
    }

    fn offset(moof: &Moof, track: usize) -> usize {
        usize::try_from(moof.traf[track].trun[0].data_offset.unwrap()).unwrap()
    }

    #[test]
    fn a_fragment_points_at_its_own_bytes() {
        let (video, audio) = (run(900_000, &[1, 2]), run(480_000, &[3]));
        let bytes = fragment(7, &video, &audio).unwrap();
        let mut rest = &bytes[..];
        let moof = Moof::decode(&mut rest).unwrap();
        assert_eq!(moof.mfhd.sequence_number, 7);
        let offset = |n: usize| offset(&moof, n);
        assert_eq!(&bytes[offset(0)..offset(0) + 6], &[1, 1, 1, 2, 2, 2]);
        assert_eq!(&bytes[offset(1)..offset(1) + 3], &[3, 3, 3]);
        let decode_times: Vec<u64> = moof
            .traf
            .iter()
            .map(|t| t.tfdt.as_ref().unwrap().base_media_decode_time)
            .collect();
        assert_eq!(decode_times, [900_000, 480_000]);
        assert_eq!(
            moof.traf[0].trun[0].samples.get(0).unwrap().cts,
            Some(-3_000)
        );
    }

    #[test]
    fn a_fragment_of_sound_alone_points_at_its_bytes() {
        let bytes = fragment(1, &Run::default(), &run(0, &[9, 8])).unwrap();
        let moof = Moof::decode(&mut &bytes[..]).unwrap();
        assert_eq!(moof.traf.len(), 1);
        let offset = offset(&moof, 0);
        assert_eq!(&bytes[offset..], &[9, 9, 9, 8, 8, 8]);
    }

    #[test]
    fn a_header_carries_both_configurations_unchanged() {
        let video = AvcConfig::parse(&testing::avc_record()).unwrap();
        let audio = SoundConfig::aac(&testing::aac_config()).unwrap();
        let bytes = init(Some(&video), Some(&audio)).unwrap();
        let mut rest = &bytes[..];
        Ftyp::decode(&mut rest).unwrap();
        let moov = Moov::decode(&mut rest).unwrap();
        assert!(rest.is_empty());
        assert_eq!(moov.trak.len(), 2);
        let find = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(find(&testing::avc_record()));
        assert!(find(&testing::aac_config()));
    }

    #[test]
    fn a_header_for_opus_says_how_much_to_skip() {
        let audio = SoundConfig::opus(&testing::opus_head()).unwrap();
        let bytes = init(None, Some(&audio)).unwrap();
        let mut rest = &bytes[..];
        Ftyp::decode(&mut rest).unwrap();
        let moov = Moov::decode(&mut rest).unwrap();
        let [Codec::Opus(opus)] = &moov.trak[0].mdia.minf.stbl.stsd.codecs[..] else {
            panic!("no Opus in it");
        };
        assert_eq!(
            (opus.dops.output_channel_count, opus.dops.pre_skip),
            (2, 312)
        );
        assert_eq!(moov.trak[0].mdia.mdhd.timescale, 48_000);
    }

    #[test]
    fn instants_and_ticks_agree() {
        assert_eq!(video_ticks(333_333), 30_000);
        assert_eq!(video_ticks(66_667), 6_000);
        for n in 0..10_000 {
            assert_eq!(audio_ticks(audio_us(n * 1_024, 44_100), 44_100), n * 1_024);
        }
    }
}
