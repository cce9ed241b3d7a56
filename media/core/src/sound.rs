//! How sound is coded: AAC or Opus.

use bytes::Bytes;
use mp4_atom::esds::{DecoderConfig, DecoderSpecific, EsDescriptor, SLConfig};
use mp4_atom::{Audio, Codec, Esds, Mp4a, Opus};

use crate::aac::AacConfig;
use crate::opus::{self, OpusConfig};

/// A checked configuration of sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SoundConfig {
    /// AAC.
    Aac(AacConfig),
    /// Opus.
    Opus(OpusConfig),
}

impl SoundConfig {
    /// Checks an `AudioSpecificConfig` from outside.
    pub(crate) fn aac(bytes: &Bytes) -> Result<Self, String> {
        AacConfig::parse(bytes).map(Self::Aac)
    }

    /// Checks an `OpusHead` from outside.
    pub(crate) fn opus(bytes: &Bytes) -> Result<Self, String> {
        OpusConfig::parse(bytes).map(Self::Opus)
    }

    /// What time stamps count in, per second.
    pub(crate) fn rate(&self) -> u32 {
        match self {
            Self::Aac(aac) => aac.rate,
            Self::Opus(_) => opus::RATE,
        }
    }

    /// How many channels it has.
    pub(crate) fn channels(&self) -> u16 {
        match self {
            Self::Aac(aac) => aac.channels,
            Self::Opus(opus) => opus.channels,
        }
    }

    /// The samples of one frame; none where it is damaged.
    pub(crate) fn samples(&self, frame: &[u8]) -> Option<u32> {
        match self {
            Self::Aac(aac) => (!frame.is_empty()).then_some(aac.samples_per_frame),
            Self::Opus(_) => opus::samples(frame),
        }
    }

    /// A frame in which nothing is heard, and its samples; none where there is no telling how one is coded.
    pub(crate) fn silence(&self) -> Option<(Bytes, u32)> {
        match self {
            Self::Aac(aac) => Some((aac.silence()?, aac.samples_per_frame)),
            Self::Opus(opus) => Some((opus.silence(), OpusConfig::usual_samples())),
        }
    }

    /// How long a frame usually sounds.
    pub(crate) fn frame_us(&self) -> i64 {
        let samples = match self {
            Self::Aac(aac) => aac.samples_per_frame,
            Self::Opus(_) => OpusConfig::usual_samples(),
        };
        i64::from(samples) * 1_000_000 / i64::from(self.rate())
    }

    /// The codec's name for playlists (RFC 6381).
    pub(crate) fn codec(&self) -> String {
        match self {
            Self::Aac(aac) => aac.codec(),
            Self::Opus(_) => "opus".to_owned(),
        }
    }

    /// How samples are described in the header of an MP4 file.
    pub(crate) fn entry(&self) -> Codec {
        let audio = |channel_count| Audio {
            data_reference_index: 1,
            channel_count,
            sample_size: 16,
            // The field has 16 bits; higher rates are told by the decoder's own configuration.
            sample_rate: u16::try_from(self.rate()).unwrap_or(0).into(),
        };
        match self {
            Self::Aac(aac) => Mp4a {
                audio: audio(aac.channels),
                esds: esds(aac),
                btrt: None,
                taic: None,
            }
            .into(),
            Self::Opus(opus) => Opus {
                audio: audio(opus.channels),
                dops: opus.dops(),
                btrt: None,
            }
            .into(),
        }
    }
}

fn esds(aac: &AacConfig) -> Esds {
    Esds {
        es_desc: EsDescriptor {
            es_id: 0,
            dec_config: DecoderConfig {
                object_type_indication: 0x40,
                stream_type: 5,
                dec_specific: Some(DecoderSpecific {
                    raw: aac.raw.to_vec(),
                    ..DecoderSpecific::default()
                }),
                ..DecoderConfig::default()
            },
            sl_config: SLConfig::default(),
            ..EsDescriptor::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::mp4::{self, Run, Sample};

    /// What a decoder of others makes of a file, in samples.
    fn decoded(file: &[u8]) -> (Vec<i16>, String) {
        let mut child = Command::new("ffmpeg")
            .args(["-v", "warning", "-i", "pipe:0", "-f", "s16le", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(file).unwrap();
        let output = child.wait_with_output().unwrap();
        let samples = output.stdout.chunks_exact(2);
        (
            samples
                .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
                .collect(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }

    #[test]
    fn silence_is_decoded_as_nothing_heard_without_a_warning() {
        let opus = |channels: u8| {
            let mut head = b"OpusHead\x01\x02\0\0\x80\xbb\0\0\0\0\0".to_vec();
            head[9] = channels;
            SoundConfig::opus(&head.into()).unwrap()
        };
        let aac = |bytes: [u8; 2]| SoundConfig::aac(&Bytes::copy_from_slice(&bytes)).unwrap();
        // LC at 48 kHz in stereo, LC at 44.1 kHz in mono.
        for config in [aac([0x11, 0x90]), aac([0x12, 0x08]), opus(1), opus(2)] {
            let (data, duration) = config.silence().unwrap();
            let mut run = Run::default();
            let sample = |_| Sample {
                duration,
                cts: 0,
                key: true,
                data: data.clone(),
            };
            run.samples.extend((0..50).map(sample));
            let mut file = mp4::init(None, Some(&config)).unwrap().to_vec();
            file.extend_from_slice(&mp4::fragment(1, &Run::default(), &run).unwrap());
            let (samples, complaints) = decoded(&file);
            assert_eq!(complaints, "", "{config:?}");
            let expected = 50 * duration as usize * usize::from(config.channels());
            assert_eq!(samples.len(), expected, "{config:?}");
            assert!(samples.iter().all(|sample| sample.abs() <= 1), "{config:?}");
        }
    }

    #[test]
    fn more_than_two_channels_have_no_silence_of_ours() {
        let surround = SoundConfig::aac(&Bytes::from_static(&[0x11, 0xb0])).unwrap();
        assert_eq!((surround.channels(), surround.silence()), (6, None));
    }
}
