//! Media for tests, here and in other crates: configurations that decode, frames that only look so, and
//! a reader of playlists that knows what they must and must not say.

use bytes::Bytes;

use crate::frame::{Config, Frame, Kind};
use crate::{Input, Rejected, Source};

pub mod flv;
pub mod hls;

/// An `AVCDecoderConfigurationRecord`: baseline, 320 × 180, 30 pictures per second.
pub fn avc_record() -> Bytes {
    Bytes::from_static(&[
        0x01, 0x42, 0xc0, 0x0d, 0xff, 0xe1, 0x00, 0x17, 0x67, 0x42, 0xc0, 0x0d, 0xda, 0x05, 0x06,
        0x7e, 0x7c, 0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00, 0x00, 0x0f, 0x23, 0xc5, 0x0a,
        0xa8, 0x01, 0x00, 0x04, 0x68, 0xce, 0x0f, 0xc8,
    ])
}

/// Another one, of the same picture: the level is higher.
pub fn other_avc_record() -> Bytes {
    let mut record = avc_record().to_vec();
    (record[3], record[11]) = (0x1e, 0x1e);
    record.into()
}

/// An `AudioSpecificConfig`: AAC-LC, 48 kHz, stereo.
pub fn aac_config() -> Bytes {
    Bytes::from_static(&[0x11, 0x90])
}

/// An `OpusHead`: stereo, 312 samples to skip, made from 48 kHz.
pub fn opus_head() -> Bytes {
    Bytes::from_static(b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0")
}

/// A source for tests.
pub fn source() -> Source {
    Source {
        protocol: "test",
        peer: "127.0.0.1:1".to_owned(),
        label: "test".to_owned(),
    }
}

/// How the sound of an [`Encoder`] is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// 48 kHz, 1,024 samples a frame.
    Aac,
    /// 960 samples, 20 ms, a packet.
    Opus,
}

/// An encoder as seen through RTMP: times in whole milliseconds, streams interleaved.
#[derive(Clone, Debug)]
pub struct Encoder {
    /// Pictures per second as a fraction; none for sound alone.
    pub pictures: Option<(i64, i64)>,
    /// Pictures from one key frame to the next.
    pub gop: i64,
    /// Whether there is sound.
    pub sound: bool,
    /// How it is coded.
    pub codec: Codec,
    /// What the encoder calls the beginning.
    pub start_us: i64,
    /// Presentation offset of every picture.
    pub cts_us: i64,
    /// Bytes per picture.
    pub picture_bytes: usize,
}

impl Default for Encoder {
    fn default() -> Self {
        Self {
            pictures: Some((30, 1)),
            gop: 60,
            sound: true,
            codec: Codec::Aac,
            start_us: 0,
            cts_us: 0,
            picture_bytes: 300,
        }
    }
}

impl Encoder {
    /// The configurations it announces.
    pub fn configs(&self) -> Vec<Config> {
        let video = self.pictures.map(|_| Config::Avc(avc_record()));
        let audio = self.sound.then(|| match self.codec {
            Codec::Aac => Config::Aac(aac_config()),
            Codec::Opus => Config::Opus(opus_head()),
        });
        video.into_iter().chain(audio).collect()
    }

    /// The frames of its first seconds, in the order they are sent.
    pub fn frames(&self, seconds: i64) -> Vec<Frame> {
        let mut frames = Vec::new();
        if let Some((pictures, per)) = self.pictures {
            for n in 0..seconds * pictures / per {
                frames.push(self.picture(n, n * per * 1_000_000 / pictures));
            }
        }
        if self.sound {
            let samples = match self.codec {
                Codec::Aac => 1_024,
                Codec::Opus => 960,
            };
            for n in 0..seconds * 48_000 / samples {
                frames.push(self.sound(n * samples * 1_000_000 / 48_000));
            }
        }
        frames.sort_by_key(|frame| frame.dts_us);
        frames
    }

    /// The `n`th picture, at `at_us` after the beginning.
    pub fn picture(&self, n: i64, at_us: i64) -> Frame {
        let key = n % self.gop == 0;
        let mut data = vec![u8::try_from(n & 0x7f).unwrap_or(1); self.picture_bytes.max(6)];
        let length = u32::try_from(data.len() - 4).unwrap_or(1);
        data[..4].copy_from_slice(&length.to_be_bytes());
        data[4] = if key { 0x65 } else { 0x41 };
        Frame {
            kind: Kind::Video,
            dts_us: self.start_us + at_us / 1_000 * 1_000,
            cts_us: self.cts_us,
            key,
            data: data.into(),
        }
    }

    /// A frame of sound, at `at_us` after the beginning.
    pub fn sound(&self, at_us: i64) -> Frame {
        Frame {
            kind: Kind::Audio,
            dts_us: self.start_us + at_us / 1_000 * 1_000,
            cts_us: 0,
            key: true,
            data: match self.codec {
                Codec::Aac => Bytes::from_static(&[0x21; 64]),
                // One frame of 20 ms, full band, stereo.
                Codec::Opus => Bytes::from_static(&[0xfc; 64]),
            },
        }
    }

    /// Announces and sends its first seconds at once.
    pub fn send(&self, input: &Input, seconds: i64) -> Result<(), Rejected> {
        self.configs()
            .into_iter()
            .try_for_each(|config| input.config(config))?;
        self.frames(seconds)
            .into_iter()
            .try_for_each(|frame| input.frame(frame))
    }
}
