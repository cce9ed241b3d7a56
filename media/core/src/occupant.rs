//! Who sits at one of a channel's seats: an encoder, what it sends, and how well.

use std::time::Duration;

use kernel::Timestamp;
use tokio::time::Instant;

use crate::channel::{Rejected, Shared};
use crate::frame::{Config, Frame, Kind};
use crate::health::Health;
use crate::input::Eviction;
use crate::intake::Intake;
use crate::limits;
use crate::reel::Reel;
use crate::status::{InputStatus, Source, State};

/// How often an input's health is told.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// One encoder at one seat.
pub(crate) struct Occupant {
    pub(crate) id: u64,
    pub(crate) source: Source,
    pub(crate) since: Timestamp,
    pub(crate) last_frame: Instant,
    pub(crate) gone: Eviction,
    pub(crate) intake: Intake,
    version: u64,
    reel: Reel,
    pub(crate) health: Health,
    reported: Option<Instant>,
    has_sent: bool,
    /// When the first frame came that could be used.
    began: Option<Instant>,
    has_picture: bool,
    has_begun: bool,
}

impl Occupant {
    pub(crate) fn new(
        shared: &Shared,
        id: u64,
        source: Source,
        gone: Eviction,
        mono: Instant,
    ) -> Self {
        Self {
            id,
            source,
            since: shared.clock.now(),
            last_frame: mono,
            gone,
            intake: Intake::new(std::sync::Arc::clone(&shared.metrics)),
            version: 0,
            reel: Reel::default(),
            health: Health::new(),
            reported: None,
            has_sent: false,
            began: None,
            has_picture: false,
            has_begun: false,
        }
    }

    /// Takes a configuration.
    pub(crate) fn config(&mut self, config: &Config) -> Result<(), Rejected> {
        self.intake.config(config)?;
        self.follow();
        Ok(())
    }

    /// What waits was coded otherwise, once the configuration is another one.
    fn follow(&mut self) {
        if self.version == self.intake.version() {
            return;
        }
        self.version = self.intake.version();
        self.reel.clear();
        if let Some(pictures) = self.intake.pictures() {
            self.health.pictures(pictures);
        }
    }

    /// Takes a frame, and gives it back in the shape that is published, if it can be.
    pub(crate) fn frame(&mut self, frame: Frame, mono: Instant) -> Result<Option<Frame>, Rejected> {
        (self.last_frame, self.has_sent) = (mono, true);
        let Frame {
            kind, dts_us, key, ..
        } = frame;
        let bytes = frame.data.len();
        let cts_us = frame.cts_us.clamp(-limits::CTS_MAX_US, limits::CTS_MAX_US);
        self.health.frame(kind, dts_us, cts_us, key, bytes, mono);
        let taken = self.intake.frame(frame, mono)?;
        self.follow();
        if let Ok(frame) = &taken {
            let is_picture = frame.kind == Kind::Video;
            self.began.get_or_insert(mono);
            self.has_picture |= is_picture;
            self.has_begun |= (is_picture && frame.key) || self.is_alone(mono);
        }
        Ok(taken.ok())
    }

    /// Whether there is sound and no picture, so that anything is a beginning.
    fn is_alone(&self, mono: Instant) -> bool {
        let waited = self.began.is_some_and(|began| {
            let waited = mono.saturating_duration_since(began).as_micros();
            waited >= limits::SECOND_KIND_WAIT_US.unsigned_abs().into()
        });
        self.intake.streams().avc.is_none() || (waited && !self.has_picture)
    }

    /// Whether viewers can get what comes: a key frame was there, or there was only sound.
    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Keeps a frame that is not on air; false if nothing can be decoded before it.
    pub(crate) fn keep(&mut self, frame: Frame, at: Instant, wanted_from: Option<Instant>) -> bool {
        let alone = self.is_alone(at);
        self.reel.push(frame, at, alone, wanted_from)
    }

    /// Whether it can begin with something that arrived then or later.
    pub(crate) fn is_ready(&self, from: Option<Instant>) -> bool {
        self.reel.begins_from(from)
    }

    /// Everything that was kept, to be shown.
    pub(crate) fn unreel(&mut self) -> Vec<Frame> {
        self.reel.take()
    }

    pub(crate) fn is_silent(&self, after: Duration, mono: Instant) -> bool {
        !self.has_sent || mono.saturating_duration_since(self.last_frame) >= after
    }

    /// Writes down how it does, once a second; whether it did.
    pub(crate) fn report(&mut self, status: &mut InputStatus, mono: Instant) -> bool {
        let is_due = self
            .reported
            .is_none_or(|last| mono.saturating_duration_since(last) >= REPORT_EVERY);
        if !is_due || !self.has_sent {
            return false;
        }
        self.reported = Some(mono);
        status.health = self.health.report(mono);
        status.bitrate_bps = match status.state {
            State::Receiving => status.health.bitrate_10s_bps,
            State::Idle | State::Interrupted => 0,
        };
        self.intake.describe(status);
        true
    }
}
