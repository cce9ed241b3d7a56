//! One encoder's stream, checked frame by frame, whether it is on air or not.
//!
//! Invariant: what leaves here can be decoded with the configuration that stands beside it.

use std::sync::Arc;

use tokio::time::Instant;

use crate::avc::{AccessUnit, AvcConfig};
use crate::channel::Rejected;
use crate::frame::{Config, Frame, Kind};
use crate::health::Pictures;
use crate::limits;
use crate::metrics::{Drop, Metrics};
use crate::rate::{RATE_PICTURES, Rate};
use crate::sound::SoundConfig;
use crate::status::InputStatus;

/// How an encoder's streams are coded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Streams {
    pub(crate) avc: Option<AvcConfig>,
    pub(crate) sound: Option<SoundConfig>,
}

/// Checks what one encoder sends.
pub(crate) struct Intake {
    metrics: Arc<Metrics>,
    streams: Streams,
    version: u64,
    /// Since when frames come whose configuration does not.
    unconfigured: [Option<Instant>; 2],
    began: Option<Instant>,
    seen: [bool; 2],
    /// Decoding times of the latest pictures.
    pictures: Vec<i64>,
    rate: Option<Rate>,
}

impl Intake {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self {
            metrics,
            streams: Streams::default(),
            version: 0,
            unconfigured: [None; 2],
            began: None,
            seen: [false; 2],
            pictures: Vec::new(),
            rate: None,
        }
    }

    pub(crate) fn streams(&self) -> &Streams {
        &self.streams
    }

    /// How often the configuration has changed.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Takes a configuration.
    pub(crate) fn config(&mut self, config: &Config) -> Result<(), Rejected> {
        match config {
            Config::Avc(record) => {
                self.coded(AvcConfig::parse(record).map_err(Rejected::Config)?);
            }
            Config::Aac(bytes) => self.sounds(SoundConfig::aac(bytes).map_err(Rejected::Config)?),
            Config::Opus(bytes) => self.sounds(SoundConfig::opus(bytes).map_err(Rejected::Config)?),
        }
        Ok(())
    }

    fn coded(&mut self, avc: AvcConfig) {
        let avc = Some(avc);
        self.version += u64::from(self.streams.avc != avc);
        self.streams.avc = avc;
    }

    fn sounds(&mut self, sound: SoundConfig) {
        let sound = Some(sound);
        self.version += u64::from(self.streams.sound != sound);
        self.streams.sound = sound;
    }

    /// The frame in the shape that is published, or why it is not.
    pub(crate) fn frame(
        &mut self,
        frame: Frame,
        mono: Instant,
    ) -> Result<Result<Frame, Drop>, Rejected> {
        self.metrics.frames_in.add(1);
        self.metrics.bytes_in.add(frame.data.len() as u64);
        let checked = self.checked(frame, mono)?;
        match &checked {
            Ok(frame) => self.note(frame, mono),
            Err(cause) => self.metrics.drops(*cause).add(1),
        }
        Ok(checked)
    }

    fn checked(&mut self, frame: Frame, mono: Instant) -> Result<Result<Frame, Drop>, Rejected> {
        let is_configured = match frame.kind {
            Kind::Video => self.streams.avc.is_some(),
            Kind::Audio => self.streams.sound.is_some(),
        };
        let waits_since = &mut self.unconfigured[frame.kind as usize];
        if !is_configured {
            let since = *waits_since.get_or_insert(mono);
            if mono.duration_since(since) > limits::CONFIG_WAIT {
                return Err(Rejected::Unconfigured);
            }
            return Ok(Err(Drop::Unconfigured));
        }
        *waits_since = None;
        let limit = match frame.kind {
            Kind::Video => limits::FRAME_BYTES_MAX,
            Kind::Audio => limits::SOUND_BYTES_MAX,
        };
        if frame.data.len() > limit {
            return Ok(Err(Drop::TooLarge));
        }
        Ok(self.shaped(frame)?.ok_or(Drop::Malformed))
    }

    /// The frame in the shape that is published; none if it is damaged.
    fn shaped(&mut self, mut frame: Frame) -> Result<Option<Frame>, Rejected> {
        let video = frame.kind == Kind::Video;
        let Some(avc) = self.streams.avc.as_ref().filter(|_| video) else {
            frame.cts_us = 0;
            let sound = self.streams.sound.as_ref();
            let samples = sound.and_then(|sound| sound.samples(&frame.data));
            return Ok(samples.map(|_| frame));
        };
        let Ok(unit) = avc.access_unit(&frame.data) else {
            return Ok(None);
        };
        let AccessUnit {
            data,
            key,
            sps,
            pps,
        } = unit;
        if sps.is_some() || pps.is_some() {
            let config = avc
                .with_sets(sps.as_deref(), pps.as_deref())
                .map_err(Rejected::Config)?;
            self.coded(config);
        }
        let cts_us = frame.cts_us.clamp(-limits::CTS_MAX_US, limits::CTS_MAX_US);
        Ok(Some(Frame {
            cts_us,
            key,
            data,
            ..frame
        }))
    }

    fn note(&mut self, frame: &Frame, mono: Instant) {
        self.began.get_or_insert(mono);
        self.seen[frame.kind as usize] = true;
        if frame.kind == Kind::Video {
            let goes_on =
                |last: &i64| (0..=limits::JUMP_US).contains(&frame.dts_us.saturating_sub(*last));
            if !self.pictures.last().is_none_or(goes_on) {
                self.pictures.clear();
            }
            self.pictures.push(frame.dts_us);
            if self.pictures.len() >= RATE_PICTURES {
                let claimed = self.streams.avc.as_ref().and_then(|avc| avc.claimed_rate);
                self.rate = Rate::measure(&self.pictures, claimed).or(self.rate);
                self.pictures.clear();
            }
        }
    }

    /// Which kinds of frames come, once that is known: both were seen, or one alone for long enough.
    pub(crate) fn known(&self, mono: Instant) -> Option<[bool; 2]> {
        let waited = self.began.is_some_and(|began| {
            mono.duration_since(began).as_micros()
                >= limits::SECOND_KIND_WAIT_US.unsigned_abs().into()
        });
        (self.seen == [true; 2] || waited).then_some(self.seen)
    }

    /// What the configuration says about pictures.
    pub(crate) fn pictures(&self) -> Option<Pictures> {
        let avc = self.streams.avc.as_ref()?;
        Some(Pictures {
            width: avc.width.into(),
            height: avc.height.into(),
            profile: avc.record.avc_profile_indication,
            level: avc.record.avc_level_indication,
            fps: avc.claimed_rate.map(Rate::per_second),
        })
    }

    pub(crate) fn describe(&self, status: &mut InputStatus) {
        let Streams { avc, sound } = &self.streams;
        status.video_codec = avc.as_ref().map(AvcConfig::codec);
        status.audio_codec = sound.as_ref().map(SoundConfig::codec);
        status.sample_rate = sound.as_ref().map_or(0, SoundConfig::rate);
        status.channels = sound.as_ref().map_or(0, SoundConfig::channels);
        status.width = avc.as_ref().map_or(0, |avc| avc.width.into());
        status.height = avc.as_ref().map_or(0, |avc| avc.height.into());
        status.fps = self.rate.map_or(status.health.fps, Rate::per_second);
    }
}
