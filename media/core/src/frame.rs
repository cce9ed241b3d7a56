//! What every ingest protocol hands over: codec configurations and coded frames.

use bytes::Bytes;

/// Which of a channel's elementary streams something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
}

/// A codec configuration as its container carries it, unparsed: the channel checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Config {
    /// H.264: `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15 §5.3.3.1).
    Avc(Bytes),
    /// AAC: `AudioSpecificConfig` (ISO/IEC 14496-3 §1.6.2.1).
    Aac(Bytes),
    /// Opus: the identification header `OpusHead` (RFC 7845 §5.1).
    Opus(Bytes),
}

impl Config {
    /// The stream that this configures.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Avc(_) => Kind::Video,
            Self::Aac(_) | Self::Opus(_) => Kind::Audio,
        }
    }
}

/// One coded picture or block of sound, on the encoder's own time line.
///
/// The ingest has already undone what is particular to its protocol (wrapping clocks, deltas); jumps and
/// regressions of the encoder are still in it, the channel's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Pictures or sound.
    pub kind: Kind,
    /// Decoding time in microseconds from any origin common to both kinds.
    pub dts_us: i64,
    /// Presentation minus decoding time in microseconds; may be negative.
    pub cts_us: i64,
    /// Whether decoding can begin here (always true for sound).
    pub key: bool,
    /// AVC: NAL units with 4-byte lengths; AAC: one raw access unit;
    /// Opus: one packet.
    pub data: Bytes,
}
