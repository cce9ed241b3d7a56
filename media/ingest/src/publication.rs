//! From FLV tags to a channel's frames.

use media_core::frame::{Config, Frame, Kind};
use media_core::{Input, Rejected};

use crate::counters::Counters;
use crate::flv::{self, Audio, Video};
use crate::rtmp::farewell::Farewell;
use crate::rtmp::session::Media;

/// What one publisher sends to its channel.
pub(crate) struct Publication<'a> {
    input: &'a Input,
    counters: &'a Counters,
}

impl<'a> Publication<'a> {
    pub(crate) fn new(input: &'a Input, counters: &'a Counters) -> Self {
        Self { input, counters }
    }

    /// Hands a tag on. Damage is dropped and counted; an error is what the encoder must be told before it goes.
    pub(crate) fn take(&self, media: &Media) -> Result<(), Farewell> {
        let taken = match media.kind {
            Kind::Video => {
                flv::video(&media.payload).map(|video| self.video(media.timestamp_ms, video))
            }
            Kind::Audio => {
                flv::audio(&media.payload).map(|audio| self.audio(media.timestamp_ms, audio))
            }
        };
        match taken {
            Ok(taken) => taken,
            Err(flv::Error::Truncated) => {
                self.drop_one();
                Ok(())
            }
            Err(refused @ flv::Error::Codec(_)) => Err(Farewell::Unsupported(refused.to_string())),
        }
    }

    fn video(&self, dts_ms: i64, video: Video) -> Result<(), Farewell> {
        match video {
            Video::Config(record) if !record.is_empty() => {
                self.input.config(Config::Avc(record)).map_err(told)
            }
            Video::Frame { cts_ms, key, data } if !data.is_empty() => {
                let (dts_us, cts_us) = (dts_ms * 1000, i64::from(cts_ms) * 1000);
                self.hand_on(Frame {
                    kind: Kind::Video,
                    dts_us,
                    cts_us,
                    key,
                    data,
                })
            }
            Video::Config(_) | Video::Frame { .. } => {
                self.drop_one();
                Ok(())
            }
            Video::End | Video::Ignored => Ok(()),
        }
    }

    fn audio(&self, dts_ms: i64, audio: Audio) -> Result<(), Farewell> {
        match audio {
            Audio::Config(config) if !config.is_empty() => {
                self.input.config(Config::Aac(config)).map_err(told)
            }
            Audio::Frame(data) if !data.is_empty() => {
                let dts_us = dts_ms * 1000;
                self.hand_on(Frame {
                    kind: Kind::Audio,
                    dts_us,
                    cts_us: 0,
                    key: true,
                    data,
                })
            }
            Audio::Config(_) | Audio::Frame(_) => {
                self.drop_one();
                Ok(())
            }
            Audio::Ignored => Ok(()),
        }
    }

    fn hand_on(&self, frame: Frame) -> Result<(), Farewell> {
        self.counters.frames.add(1);
        self.input.frame(frame).map_err(told)
    }

    fn drop_one(&self) {
        self.counters.dropped.add(1);
    }
}

pub(crate) fn told(rejected: Rejected) -> Farewell {
    match rejected {
        Rejected::Evicted(reason) => Farewell::Evicted(reason),
        other => Farewell::Unsupported(other.to_string()),
    }
}
