//! What a film is, and why one is not taken.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::limits;

/// What is known about a film.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The container: `mp4`, or what ffmpeg calls it.
    pub container: String,
    /// Length of the file.
    pub bytes: u64,
    /// How long it plays.
    pub duration_ms: u64,
    /// Its pictures.
    pub picture: Option<Picture>,
    /// Its sound.
    pub sound: Option<Sound>,
    /// Loudness as a whole (EBU R 128), where it was measured.
    pub loudness_lufs: Option<f64>,
}

/// A film's pictures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// How they are coded: `h264`, `hevc`, …
    pub codec: String,
    /// H.264: `profile_idc`.
    pub profile: Option<u8>,
    /// H.264: `level_idc`.
    pub level: Option<u8>,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
    /// Thousandths of pictures per second.
    pub milli_fps: u64,
    /// The longest way from one key frame to the next, or to the end; where it is known.
    pub key_interval_ms: Option<u64>,
}

/// A film's sound.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sound {
    /// How it is coded: `aac`, `opus`, …
    pub codec: String,
    /// Samples per second.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
}

/// Why a film is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "why", content = "what", rename_all = "kebab-case")]
pub enum Refusal {
    /// It is no film of a kind that is known here.
    #[error("it is no MP4 file")]
    Unknown,
    /// Its end is missing.
    #[error("it is cut off")]
    Incomplete,
    /// It contradicts itself.
    #[error("its tables are damaged: {0}")]
    Damaged(String),
    /// It is written in pieces.
    #[error("it is a fragmented MP4")]
    Fragmented,
    /// There are no pictures in it.
    #[error("it has no pictures")]
    NoPicture,
    /// Its pictures are coded otherwise.
    #[error("its pictures are {0}, not H.264")]
    PictureCodec(String),
    /// There is no sound in it.
    #[error("it has no sound")]
    NoSound,
    /// Its sound is coded otherwise.
    #[error("its sound is {0}, not AAC")]
    SoundCodec(String),
    /// It is shorter than [`limits::DURATION_MIN`].
    #[error("it is too short")]
    TooShort,
    /// It is longer than [`limits::DURATION_MAX`].
    #[error("it is longer than ten minutes")]
    TooLong,
    /// What is to be played is larger than [`limits::PLAYED_BYTES_MAX`].
    #[error("it is too large to be kept in memory")]
    TooLarge,
    /// Its key frames are further apart than [`limits::KEY_INTERVAL_MAX`]; by so many ms.
    #[error("its key frames are {0} ms apart")]
    KeysRare(u64),
    /// A channel could not play it.
    #[error("it cannot be played: {0}")]
    Unplayable(String),
}

impl Refusal {
    /// The word for it, as programs read it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Incomplete => "incomplete",
            Self::Damaged(_) => "damaged",
            Self::Fragmented => "fragmented",
            Self::NoPicture => "no-picture",
            Self::PictureCodec(_) => "picture-codec",
            Self::NoSound => "no-sound",
            Self::SoundCodec(_) => "sound-codec",
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::TooLarge => "too-large",
            Self::KeysRare(_) => "keys-rare",
            Self::Unplayable(_) => "unplayable",
        }
    }

    /// What exactly, where there is more to say: a codec, seconds, a cause.
    pub fn detail(&self) -> String {
        match self {
            Self::Damaged(what)
            | Self::PictureCodec(what)
            | Self::SoundCodec(what)
            | Self::Unplayable(what) => what.clone(),
            Self::KeysRare(ms) => format!("{}.{}", ms / 1_000, ms % 1_000 / 100),
            _ => String::new(),
        }
    }
}

impl Facts {
    /// Whether a channel can play it as it is, as far as these facts tell.
    pub fn check(&self) -> Result<(), Refusal> {
        let picture = self.picture.as_ref().ok_or(Refusal::NoPicture)?;
        if picture.codec != "h264" {
            return Err(Refusal::PictureCodec(picture.codec.clone()));
        }
        let sound = self.sound.as_ref().ok_or(Refusal::NoSound)?;
        if !["aac", "opus"].contains(&sound.codec.as_str()) {
            return Err(Refusal::SoundCodec(sound.codec.clone()));
        }
        self.check_length()?;
        if self.bytes > limits::PLAYED_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let interval = picture.key_interval_ms.unwrap_or(0);
        if Duration::from_millis(interval) > limits::KEY_INTERVAL_MAX {
            return Err(Refusal::KeysRare(interval));
        }
        Ok(())
    }

    /// Whether it is neither too short nor too long, whatever it becomes.
    pub fn check_length(&self) -> Result<(), Refusal> {
        let duration = Duration::from_millis(self.duration_ms);
        if duration < limits::DURATION_MIN {
            return Err(Refusal::TooShort);
        }
        if duration > limits::DURATION_MAX {
            return Err(Refusal::TooLong);
        }
        Ok(())
    }
}
