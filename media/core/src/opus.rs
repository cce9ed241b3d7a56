//! Opus: the configuration that is checked once, and how long a packet sounds.
//!
//! Opus counts in 48,000 samples per second whatever it was made from; a packet says by its first bytes how many of
//! them it holds (RFC 6716 §3.1), and that may change from one packet to the next.

use bytes::Bytes;
use mp4_atom::Dops;

use crate::limits;

/// Samples per second of every Opus time stamp.
pub(crate) const RATE: u32 = 48_000;
/// Samples of the longest packet there is: 120 ms.
const PACKET_SAMPLES_MAX: u32 = 5_760;
/// What nearly every encoder sends: 20 ms.
const USUAL_SAMPLES: u32 = 960;
const MAGIC: &[u8] = b"OpusHead";

/// A checked identification header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpusConfig {
    pub(crate) channels: u16,
    pre_skip: u16,
    input_rate: u32,
    gain: i16,
}

impl OpusConfig {
    /// A packet of 20 ms of silence (RFC 6716 §3.1: CELT over the full band, one frame, its first flag says so).
    pub(crate) fn silence(&self) -> Bytes {
        if self.channels == 1 {
            Bytes::from_static(&[0xf8, 0xff, 0xfe])
        } else {
            Bytes::from_static(&[0xfc, 0xff, 0xfe])
        }
    }

    /// Checks an identification header from outside (`OpusHead`, RFC 7845 §5.1).
    pub(crate) fn parse(bytes: &Bytes) -> Result<Self, String> {
        if bytes.len() > limits::CONFIG_BYTES_MAX {
            return Err(format!("the Opus header has {} bytes", bytes.len()));
        }
        Self::read(bytes).ok_or("the Opus header is damaged")?
    }

    fn read(bytes: &[u8]) -> Option<Result<Self, String>> {
        let body = bytes.strip_prefix(MAGIC)?;
        let &[
            version,
            channels,
            skip_low,
            skip_high,
            rate0,
            rate1,
            rate2,
            rate3,
            gain_low,
            gain_high,
            family,
            ..,
        ] = body
        else {
            return None;
        };
        // The upper half of the version is the incompatible one.
        if version & 0xf0 != 0 {
            return Some(Err(format!("Opus version {version} is not supported")));
        }
        if family != 0 || !(1..=2).contains(&channels) {
            return Some(Err(format!(
                "Opus with {channels} channels of family {family} is not supported, only mono and stereo"
            )));
        }
        Some(Ok(Self {
            channels: channels.into(),
            pre_skip: u16::from_le_bytes([skip_low, skip_high]),
            input_rate: u32::from_le_bytes([rate0, rate1, rate2, rate3]),
            gain: i16::from_le_bytes([gain_low, gain_high]),
        }))
    }

    /// The same for the header of an MP4 file.
    pub(crate) fn dops(&self) -> Dops {
        Dops {
            output_channel_count: u8::try_from(self.channels).unwrap_or(2),
            pre_skip: self.pre_skip,
            input_sample_rate: self.input_rate,
            output_gain: self.gain,
            channel_mapping: None,
        }
    }

    /// How long one packet usually sounds.
    pub(crate) fn usual_samples() -> u32 {
        USUAL_SAMPLES
    }
}

/// How many samples a packet holds; none where it is no packet.
pub fn samples(packet: &[u8]) -> Option<u32> {
    let (toc, rest) = packet.split_first()?;
    let config = toc >> 3;
    let step = u32::from(config & 3);
    let frame = match config {
        // SILK: 10, 20, 40, 60 ms. Hybrid: 10, 20 ms. CELT: 2.5, 5, 10, 20 ms.
        0..=11 => [480, 960, 1_920, 2_880][step as usize],
        12..=15 => 480 << (config & 1),
        _ => 120 << step,
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(rest.first()? & 0x3f),
    };
    let samples = frame * frames;
    (1..=PACKET_SAMPLES_MAX)
        .contains(&samples)
        .then_some(samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::opus_head;

    fn bent(at: usize, value: u8) -> Result<OpusConfig, String> {
        let mut head = opus_head().to_vec();
        head[at] = value;
        OpusConfig::parse(&head.into())
    }

    #[test]
    fn a_header_tells_channels_and_skip() {
        let config = OpusConfig::parse(&opus_head()).unwrap();
        assert_eq!((config.channels, config.pre_skip), (2, 312));
        assert_eq!(config.dops().input_sample_rate, 48_000);
    }

    #[test]
    fn what_no_browser_plays_is_refused_with_a_reason() {
        let head = opus_head();
        for length in 0..head.len() {
            assert!(
                OpusConfig::parse(&head.slice(..length)).is_err(),
                "{length}"
            );
        }
        assert!(bent(8, 0x10).unwrap_err().contains("version 16"));
        assert!(bent(9, 0).unwrap_err().contains("0 channels"));
        assert!(bent(9, 6).unwrap_err().contains("6 channels"));
        assert!(bent(18, 1).unwrap_err().contains("family 1"));
        let huge = Bytes::from(vec![b'O'; limits::CONFIG_BYTES_MAX + 1]);
        assert!(OpusConfig::parse(&huge).is_err());
    }

    #[test]
    fn packets_of_every_length_tell_it() {
        let one = |config: u8| samples(&[config << 3, 0]);
        assert_eq!([0, 1, 2, 3].map(one), [480, 960, 1_920, 2_880].map(Some));
        assert_eq!([12, 13, 14, 15].map(one), [480, 960, 480, 960].map(Some));
        assert_eq!([16, 17, 18, 19].map(one), [120, 240, 480, 960].map(Some));
        assert_eq!(one(31), Some(960));
        // Two frames of 20 ms; three of 20 ms; one alone.
        assert_eq!(samples(&[31 << 3 | 1, 0]), Some(1_920));
        assert_eq!(samples(&[31 << 3 | 3, 3, 0]), Some(2_880));
        assert_eq!(samples(&[31 << 3]), Some(960));
    }

    #[test]
    fn what_is_no_packet_has_no_length() {
        assert_eq!(samples(&[]), None);
        assert_eq!(samples(&[31 << 3 | 3]), None, "the count is missing");
        assert_eq!(samples(&[31 << 3 | 3, 0]), None, "no frame");
        assert_eq!(samples(&[31 << 3 | 3, 7]), None, "140 ms");
    }
}
