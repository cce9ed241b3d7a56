//! AAC: the configuration that is checked once.

use bytes::Bytes;

use crate::limits;

const RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// A checked `AudioSpecificConfig`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AacConfig {
    /// The configuration as it came, for the decoder.
    pub(crate) raw: Bytes,
    /// Samples per second of the coded sound: what time stamps count in.
    pub(crate) rate: u32,
    pub(crate) channels: u16,
    pub(crate) samples_per_frame: u32,
    object_type: u8,
}

impl AacConfig {
    /// Checks a configuration from outside.
    pub(crate) fn parse(bytes: &Bytes) -> Result<Self, String> {
        if bytes.len() > limits::CONFIG_BYTES_MAX {
            return Err(format!("the AAC configuration has {} bytes", bytes.len()));
        }
        Self::read(bytes).ok_or("the AAC configuration is too short")?
    }

    fn read(raw: &Bytes) -> Option<Result<Self, String>> {
        let mut bits = Bits { bytes: raw, at: 0 };
        let object_type = bits.object_type()?;
        let rate = bits.rate()?;
        if !(7_350..=96_000).contains(&rate) {
            return Some(Err("the AAC configuration names no sample rate".to_owned()));
        }
        let channels = bits.take(4)?;
        let mut coded_type = object_type;
        if object_type == 5 || object_type == 29 {
            // The rate after spectral band replication; time stamps keep counting the coded samples.
            bits.rate()?;
            coded_type = bits.object_type()?;
        }
        if coded_type != 2 {
            return Some(Err(format!(
                "AAC object type {coded_type} is not supported, only LC and HE"
            )));
        }
        let is_short = bits.take(1)? == 1;
        let channels = match channels {
            1..=6 => u16::try_from(channels).unwrap_or(2),
            7 => 8,
            other => {
                return Some(Err(format!(
                    "AAC channel configuration {other} is not supported"
                )));
            }
        };
        let samples_per_frame = if is_short { 960 } else { 1_024 };
        Some(Ok(Self {
            raw: raw.clone(),
            rate,
            channels,
            samples_per_frame,
            object_type,
        }))
    }

    /// A frame of silence (ISO/IEC 14496-3 §4.4.2.1): one element of channels in which no band is coded, and the
    /// mark of the end. Beyond two channels it would take several elements, which no encoder of ours sends.
    pub(crate) fn silence(&self) -> Option<Bytes> {
        match self.channels {
            1 => Some(Bytes::from_static(&[0x00, 0x00, 0x00, 0x07])),
            2 => Some(Bytes::from_static(&[
                0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0e,
            ])),
            _ => None,
        }
    }

    /// The codec's name for playlists (RFC 6381).
    pub(crate) fn codec(&self) -> String {
        format!("mp4a.40.{}", self.object_type)
    }
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    fn object_type(&mut self) -> Option<u8> {
        let object_type = match self.take(5)? {
            31 => 32 + self.take(6)?,
            short => short,
        };
        u8::try_from(object_type).ok()
    }

    /// The sample rate; 0 where the index is reserved.
    fn rate(&mut self) -> Option<u32> {
        match self.take(4)? {
            15 => self.take(24),
            index => Some(RATES.get(index as usize).copied().unwrap_or(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Result<AacConfig, String> {
        AacConfig::parse(&Bytes::copy_from_slice(bytes))
    }

    #[test]
    fn low_complexity_stereo_is_read() {
        let config = parse(&[0x11, 0x90]).unwrap();
        assert_eq!(
            (config.rate, config.channels, config.samples_per_frame),
            (48_000, 2, 1_024)
        );
        assert_eq!(config.codec(), "mp4a.40.2");
        let config = parse(&[0x12, 0x08, 0x56, 0xe5, 0x00]).unwrap();
        assert_eq!((config.rate, config.channels), (44_100, 1));
    }

    #[test]
    fn high_efficiency_counts_in_coded_samples() {
        // Type 5, 24 kHz coded, stereo, 48 kHz heard, type 2.
        let config = parse(&[0b0010_1011, 0b0001_0001, 0b1000_1000, 0]).unwrap();
        assert_eq!((config.rate, config.channels), (24_000, 2));
        assert_eq!(config.codec(), "mp4a.40.5");
    }

    #[test]
    fn an_explicit_rate_is_read() {
        // Type 2, index 15, 44,100 in 24 bits, stereo.
        let config = parse(&[0x17, 0x80, 0x56, 0x22, 0x10]).unwrap();
        assert_eq!((config.rate, config.channels), (44_100, 2));
    }

    #[test]
    fn what_no_browser_plays_is_refused_with_a_reason() {
        assert!(parse(&[]).is_err());
        assert!(parse(&[0x11]).is_err());
        assert!(parse(&[0x16, 0x90]).unwrap_err().contains("sample rate"));
        assert!(parse(&[0x09, 0x90]).unwrap_err().contains("object type 1"));
        assert!(
            parse(&[0x11, 0x80])
                .unwrap_err()
                .contains("channel configuration 0")
        );
        assert!(parse(&[0x17, 0x80, 0, 0, 0x10]).is_err());
    }
}
