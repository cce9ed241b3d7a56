//! From an encoder's frames to published snapshots: checks, one time line, cutting, publishing.
//!
//! Invariant: whatever an encoder sends, what is published is a valid playlist of decodable media, or it
//! is not published.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use kernel::Timestamp;
use tokio::time::Instant;

use crate::avc::AvcConfig;
use crate::channel::Rejected;
use crate::frame::{Frame, Kind};
use crate::intake::Streams;
use crate::journal::Journal;
use crate::limits;
use crate::meter::Meter;
use crate::metrics::{Drop, Metrics};
use crate::name::ChannelName;
use crate::opening::{Opening, Waiting};
use crate::packager::{Picture, Sound};
use crate::publisher::Publisher;
use crate::rate::{Grid, RATE_PICTURES, Rate};
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::sound::SoundConfig;
use crate::status::{Shape, SoundShape, Status};
use crate::timeline::{Beat, Timeline, Tone};

/// The writer of one channel; lives as long as the channel, across inputs.
pub(crate) struct Pipeline {
    metrics: Arc<Metrics>,
    timeline: Timeline,
    /// How the present source is coded.
    avc: Option<AvcConfig>,
    sound: Option<SoundConfig>,
    stage: Stage,
    grid: Grid,
    beat: Option<Beat>,
    /// Decoding times of the latest pictures, before they were moved onto the grid.
    recent: Vec<i64>,
    publisher: Publisher,
    meter: Meter,
    jumps: Jumps,
    /// Which kinds of frames the present source has, where that was known before it began.
    known: Option<[bool; 2]>,
    last_frame: Option<Instant>,
    last_key_us: Option<i64>,
    key_interval_us: i64,
}

enum Stage {
    /// Frames wait until it is clear which streams there are and how fast pictures come.
    Opening(Opening),
    Running {
        /// What is being published.
        avc: Option<AvcConfig>,
        sound: Option<SoundConfig>,
        /// Sound of another configuration was seen; it begins at the next key frame.
        new_sound: bool,
        /// The encoder's clock jumped; the next segment says so.
        jumped: bool,
    },
}

/// How often the clock jumped lately.
#[derive(Default)]
struct Jumps {
    since: Option<Instant>,
    count: u32,
}

type Outcome = Result<Option<Arc<Snapshot>>, Rejected>;

impl Pipeline {
    pub(crate) fn open(
        name: &ChannelName,
        settings: Settings,
        journal_dir: Option<&Path>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let journal = Journal::open(name, journal_dir, Arc::clone(&metrics));
        Self {
            publisher: Publisher::new(settings, journal, Arc::clone(&metrics)),
            metrics,
            timeline: Timeline::new(),
            avc: None,
            sound: None,
            known: None,
            stage: Stage::Opening(Opening::default()),
            grid: Grid::default(),
            beat: None,
            recent: Vec::new(),
            meter: Meter::default(),
            jumps: Jumps::default(),
            last_frame: None,
            last_key_us: None,
            key_interval_us: 0,
        }
    }

    /// Another source begins; `known`: which kinds of frames come, by [`Kind`].
    pub(crate) fn begin(&mut self, known: Option<[bool; 2]>) {
        self.known = known;
        self.timeline.begin();
        (self.avc, self.sound) = (None, None);
        self.stage = Stage::Opening(Opening::default());
        self.last_key_us = None;
        self.jumps = Jumps::default();
        self.meter = Meter::default();
        self.recent.clear();
        self.publisher.source_changed();
    }

    /// The encoder is gone: what it sent is completed.
    pub(crate) fn end(&mut self, wall: Timestamp) -> Option<Arc<Snapshot>> {
        if matches!(&self.stage, Stage::Opening(opening) if opening.can_begin(self.avc.is_some())) {
            self.run(wall);
        }
        if let Some(end_us) = self.publisher.end() {
            self.timeline.ended(end_us);
        }
        self.stage = Stage::Opening(Opening::default());
        self.publish(wall)
    }

    /// Takes a frame that was checked against `streams`.
    pub(crate) fn frame(
        &mut self,
        streams: &Streams,
        frame: Frame,
        wall: Timestamp,
        mono: Instant,
    ) -> Outcome {
        if self.avc != streams.avc || self.sound != streams.sound {
            (self.avc, self.sound) = (streams.avc.clone(), streams.sound.clone());
        }
        self.last_frame = Some(mono);
        self.meter.add(frame.data.len(), frame.kind);
        if let Err(cause) = self.place(frame, wall, mono)? {
            self.metrics.drops(cause).add(1);
        }
        Ok(self.publish(wall))
    }

    fn place(
        &mut self,
        frame: Frame,
        wall: Timestamp,
        mono: Instant,
    ) -> Result<Result<(), Drop>, Rejected> {
        let mapped = self.timeline.map(frame.kind, frame.dts_us);
        if mapped.jumped {
            self.metrics.jumps.add(1);
            if self.jumps.one_more(mono) > limits::JUMPS_MAX {
                return Err(Rejected::Unsteady);
            }
            self.recent.clear();
            match &mut self.stage {
                Stage::Running { jumped, .. } => {
                    *jumped = true;
                    self.publisher.clock_jumped();
                }
                // What waits is of the clock before, and would lie anywhere beside what comes.
                Stage::Opening(opening) => *opening = Opening::default(),
            }
        }
        self.publisher.arrived(mapped.at_us, wall);
        let frame = Waiting {
            kind: frame.kind,
            at_us: mapped.at_us,
            cts_us: frame.cts_us,
            key: frame.key,
            data: frame.data,
        };
        let Stage::Opening(opening) = &mut self.stage else {
            return Ok(self.advance(frame));
        };
        let as_before = self
            .publisher
            .publishes(self.avc.as_ref(), self.sound.as_ref());
        if let Err(cause) = opening.push(frame) {
            return Ok(Err(cause));
        }
        if opening.is_clear(as_before, self.known, self.avc.is_some()) {
            self.run(wall);
        }
        Ok(Ok(()))
    }

    /// Begins to publish what waits.
    fn run(&mut self, wall: Timestamp) {
        let opening = std::mem::replace(
            &mut self.stage,
            Stage::Running {
                avc: None,
                sound: None,
                new_sound: false,
                jumped: false,
            },
        );
        let Stage::Opening(opening) = opening else {
            return;
        };
        let avc = self.avc.clone().filter(|_| opening.has(Kind::Video));
        let as_before = self
            .publisher
            .publishes(self.avc.as_ref(), self.sound.as_ref());
        let sound = self
            .sound
            .clone()
            .filter(|_| opening.has(Kind::Audio) || as_before);
        let times = opening.picture_times();
        let claimed = avc.as_ref().and_then(|avc| avc.claimed_rate);
        if let Some(rate) = Rate::measure(&times, claimed) {
            self.grid.reset(Some(rate));
        } else if !as_before {
            self.grid.reset(None);
        }
        self.configure(avc, sound);
        for frame in opening.into_frames() {
            if let Err(cause) = self.advance(frame) {
                self.metrics.drops(cause).add(1);
            }
        }
        tracing::debug!(at = %wall, "a channel begins to publish");
    }

    /// Publishes these streams from now on.
    fn configure(&mut self, avc: Option<AvcConfig>, sound: Option<SoundConfig>) {
        let rate = self
            .grid
            .rate()
            .or(avc.as_ref().and_then(|avc| avc.claimed_rate));
        self.publisher
            .configure(avc.as_ref(), sound.as_ref(), self.grid.rate(), rate);
        self.beat = sound.as_ref().map(|sound| Beat::new(sound.rate()));
        self.stage = Stage::Running {
            avc,
            sound,
            new_sound: false,
            jumped: false,
        };
    }

    fn advance(&mut self, mut frame: Waiting) -> Result<(), Drop> {
        // A stream that cannot be shown kept the clock going while the other one paused: nothing fills what lies
        // between, and a part that spans it would be longer than announced.
        let closed_us = self.timeline.close_hole(frame.at_us);
        if closed_us > 0 {
            frame.at_us -= closed_us;
            self.recent.clear();
            self.publisher.clock_jumped();
            if let Stage::Running { jumped, .. } = &mut self.stage {
                *jumped = true;
            }
        }
        match frame.kind {
            Kind::Video => self.picture(frame),
            Kind::Audio => self.sound(frame),
        }
    }

    fn picture(&mut self, frame: Waiting) -> Result<(), Drop> {
        let Stage::Running {
            avc,
            new_sound,
            jumped,
            ..
        } = &self.stage
        else {
            return Ok(());
        };
        let (is_new, new_sound, jumped) = (*avc != self.avc, *new_sound, *jumped);
        if is_new && !frame.key {
            return Err(Drop::BeforeKey);
        }
        self.measure(frame.at_us);
        let placed = self.grid.place(frame.at_us);
        let at_us = placed.at_us;
        self.metrics.clamped.add(u64::from(placed.clamped));
        if frame.key {
            self.key_at(at_us);
            if is_new || new_sound {
                self.publisher.end_at(at_us);
                let sound = if new_sound {
                    self.sound.clone()
                } else {
                    self.running_sound()
                };
                self.configure(self.avc.clone(), sound);
            }
            if let Stage::Running { jumped, .. } = &mut self.stage {
                *jumped = false;
            }
        }
        self.timeline
            .reached(at_us + self.grid.rate().map_or(1_000, Rate::frame_us));
        let cts_us = self.snap_cts(frame.cts_us);
        let picture = Picture {
            at_us,
            cts_us,
            key: frame.key,
            data: frame.data,
        };
        let must_begin = jumped || is_new || new_sound;
        if self.publisher.picture(picture, must_begin) {
            Ok(())
        } else {
            Err(Drop::BeforeKey)
        }
    }

    fn sound(&mut self, frame: Waiting) -> Result<(), Drop> {
        let Stage::Running {
            avc,
            sound,
            new_sound,
            jumped,
        } = &mut self.stage
        else {
            return Ok(());
        };
        let is_jump = *jumped && avc.is_none();
        if *sound != self.sound {
            if avc.is_some() {
                // Sound appears, or changes, together with the next key frame.
                *new_sound = true;
                return Err(Drop::BeforeKey);
            }
            self.publisher.end_at(frame.at_us);
            self.configure(None, self.sound.clone());
        } else if is_jump {
            *jumped = false;
            self.publisher.end_at(frame.at_us);
        }
        let (Some(beat), Some(sound)) = (&mut self.beat, &self.sound) else {
            return Ok(());
        };
        let samples = sound.samples(&frame.data).ok_or(Drop::Malformed)?;
        let Some(Tone { ticks, duration }) = beat.place(frame.at_us, samples) else {
            self.metrics.clamped.add(1);
            return Ok(());
        };
        let at_us = crate::mp4::audio_us(ticks, sound.rate());
        self.timeline.reached(crate::mp4::audio_us(
            ticks + i64::from(duration),
            sound.rate(),
        ));
        self.publisher.sound(Sound {
            at_us,
            ticks,
            duration,
            data: frame.data,
        });
        Ok(())
    }

    fn running_sound(&self) -> Option<SoundConfig> {
        match &self.stage {
            Stage::Running { sound, .. } => sound.clone(),
            Stage::Opening(_) => None,
        }
    }

    /// Follows a frame rate that changes without saying so.
    fn measure(&mut self, at_us: i64) {
        self.recent.push(at_us);
        if self.recent.len() < RATE_PICTURES {
            return;
        }
        let claimed = self.avc.as_ref().and_then(|avc| avc.claimed_rate);
        let measured = Rate::measure(&self.recent, claimed);
        self.recent.drain(..self.recent.len() - 1);
        let frame_us = |rate: Option<Rate>| rate.map_or(0, Rate::frame_us);
        let (was, is) = (frame_us(self.grid.rate()), frame_us(measured));
        // Within a hundredth it is the same rate, measured less exactly.
        if (was - is).abs() * 100 > was {
            self.grid.reset(measured);
            if let Some(rate) = measured {
                self.publisher.expect_picture(rate.frame_us());
            }
        }
    }

    /// Presentation offsets are whole pictures too.
    fn snap_cts(&self, cts_us: i64) -> i64 {
        let Some(rate) = self.grid.rate() else {
            return cts_us;
        };
        let frame_us = rate.frame_us();
        let pictures = (cts_us + frame_us / 2).div_euclid(frame_us);
        let snapped = rate.span_us(pictures);
        if (snapped - cts_us).abs() <= limits::SNAP_US {
            snapped
        } else {
            cts_us
        }
    }

    fn key_at(&mut self, at_us: i64) {
        if let Some(last) = self.last_key_us.replace(at_us) {
            self.key_interval_us = at_us - last;
        }
    }

    fn publish(&mut self, wall: Timestamp) -> Option<Arc<Snapshot>> {
        self.publisher.publish(wall)
    }

    /// Bits per second, once a second.
    pub(crate) fn measured(&mut self, mono: Instant) -> Option<u64> {
        self.meter.read(mono)
    }

    pub(crate) fn last_frame(&self) -> Option<Instant> {
        self.last_frame
    }

    /// Lets go everything published; the line of sequence numbers goes on.
    pub(crate) fn forget(&mut self) {
        self.publisher.forget();
    }

    /// A journal to bring to the disk, away from the publisher's task.
    pub(crate) fn unsynced(&mut self) -> Option<Arc<File>> {
        self.publisher.journal().unsynced()
    }

    /// How the present source is coded, once that is known.
    pub(crate) fn shape(&self) -> Option<Shape> {
        let (avc, rate) = (self.avc.as_ref()?, self.grid.rate()?);
        let sound = self.sound.as_ref().map(|sound| SoundShape {
            is_opus: matches!(sound, SoundConfig::Opus(_)),
            rate: sound.rate(),
            channels: sound.channels(),
        });
        Some(Shape {
            width: avc.width.into(),
            height: avc.height.into(),
            milli_fps: rate.thousandths(),
            profile: avc.record.avc_profile_indication,
            level: avc.record.avc_level_indication,
            sound,
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "an interval of seconds")]
    pub(crate) fn describe(&self, status: &mut Status) {
        status.video_codec = self.avc.as_ref().map(AvcConfig::codec);
        status.audio_codec = self.sound.as_ref().map(SoundConfig::codec);
        status.width = self.avc.as_ref().map_or(0, |avc| avc.width.into());
        status.height = self.avc.as_ref().map_or(0, |avc| avc.height.into());
        status.sample_rate = self.sound.as_ref().map_or(0, SoundConfig::rate);
        status.fps = self
            .grid
            .rate()
            .map_or(self.meter.pictures_per_second(), Rate::per_second);
        status.key_interval_s = self.key_interval_us as f64 / 1_000_000.0;
        status.last_part_at = self.publisher.last_part_at();
    }
}

impl Jumps {
    fn one_more(&mut self, mono: Instant) -> u32 {
        if self
            .since
            .is_none_or(|since| mono.duration_since(since) > limits::JUMPS_WITHIN)
        {
            *self = Self {
                since: Some(mono),
                count: 0,
            };
        }
        self.count += 1;
        self.count
    }
}
