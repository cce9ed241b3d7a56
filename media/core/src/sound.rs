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
