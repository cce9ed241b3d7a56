//! What a channel can play by itself: the slate, a loop that viewers see while nobody sends, and clips.
//!
//! Invariant: it is checked like an encoder's stream, before it is ever needed.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::channel::Rejected;
use crate::frame::{Config, Frame, Kind};
use crate::intake::{Intake, Streams};
use crate::limits;

/// Why something cannot be a slate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSlate {
    /// Its codec configuration is missing or cannot be used.
    #[error("its codec configuration cannot be used: {0}")]
    Config(String),
    /// A frame is damaged or too large.
    #[error("its frame {0} is damaged")]
    Frame(usize),
    /// Decoding cannot begin with its first picture.
    #[error("it does not begin with a key frame")]
    NoKey,
    /// Its frames do not lie in order within its length.
    #[error("its frames do not lie in order within its length")]
    Disorder,
    /// It exceeds [`limits::SLATE_BYTES_MAX`] or [`limits::SLATE_ROUND_MAX_US`].
    #[error("it is too large or too long")]
    TooLarge,
}

/// A loop of pictures and sound. Cloning shares it.
#[derive(Clone)]
pub struct Slate {
    inner: Arc<Inner>,
    label: Option<Arc<str>>,
    is_titled: bool,
}

struct Inner {
    streams: Streams,
    /// From time 0, in decoding order, all within the round.
    frames: Vec<Frame>,
    round_us: i64,
}

impl Slate {
    /// Checks a loop: frames with decoding times from 0 up to `round_us`, where it begins again.
    pub fn new(configs: &[Config], frames: Vec<Frame>, round_us: i64) -> Result<Self, NoSlate> {
        let bytes: usize = frames.iter().map(|frame| frame.data.len()).sum();
        if bytes > limits::SLATE_BYTES_MAX || round_us > limits::SLATE_ROUND_MAX_US {
            return Err(NoSlate::TooLarge);
        }
        let mut intake = Intake::new(Arc::default());
        for config in configs {
            let taken = intake.config(config);
            taken.map_err(unusable)?;
        }
        let now = Instant::now();
        let mut checked = Vec::with_capacity(frames.len());
        for (index, frame) in frames.into_iter().enumerate() {
            match intake.frame(frame, now) {
                Ok(Ok(frame)) => checked.push(frame),
                Ok(Err(_)) => return Err(NoSlate::Frame(index)),
                Err(error) => return Err(unusable(error)),
            }
        }
        let first_picture = checked.iter().find(|frame| frame.kind == Kind::Video);
        if !first_picture.is_some_and(|picture| picture.key) {
            return Err(NoSlate::NoKey);
        }
        let in_order = checked
            .windows(2)
            .all(|pair| pair[0].dts_us <= pair[1].dts_us);
        let within = |frame: &Frame| (0..round_us).contains(&frame.dts_us);
        if !in_order || !checked.iter().all(within) {
            return Err(NoSlate::Disorder);
        }
        let inner = Inner {
            streams: intake.streams().clone(),
            frames: checked,
            round_us,
        };
        Ok(Self {
            inner: Arc::new(inner),
            label: None,
            is_titled: false,
        })
    }

    /// The same by a name that people know.
    #[must_use]
    pub fn named(self, label: &str) -> Self {
        Self {
            label: Some(label.into()),
            ..self
        }
    }

    /// The same, known to say by itself what comes: pages need not.
    #[must_use]
    pub fn titled(self) -> Self {
        Self {
            is_titled: true,
            ..self
        }
    }

    /// Its name.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Whether it says by itself what comes.
    pub fn is_titled(&self) -> bool {
        self.is_titled
    }

    /// How long one round is.
    pub fn round(&self) -> Duration {
        micros(self.inner.round_us)
    }

    /// What it takes of the memory.
    pub fn bytes(&self) -> usize {
        self.inner.frames.iter().map(|frame| frame.data.len()).sum()
    }

    pub(crate) fn streams(&self) -> &Streams {
        &self.inner.streams
    }

    /// Which kinds of frames it has.
    pub(crate) fn kinds(&self) -> [bool; 2] {
        [Kind::Video, Kind::Audio].map(|kind| self.inner.frames.iter().any(|f| f.kind == kind))
    }
}

fn unusable(rejected: Rejected) -> NoSlate {
    match rejected {
        Rejected::Config(why) => NoSlate::Config(why),
        other => NoSlate::Config(other.to_string()),
    }
}

impl std::fmt::Debug for Slate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slate")
            .field("frames", &self.inner.frames.len())
            .field("round_us", &self.inner.round_us)
            .finish_non_exhaustive()
    }
}

/// Further behind than this, a slate does not catch up: the machine slept.
const LAG_MAX: Duration = Duration::from_secs(2);

/// A slate on air: in real time, round after round, or once.
pub(crate) struct Turn {
    slate: Slate,
    began: Instant,
    rounds_max: i64,
    round: i64,
    next: usize,
}

impl Turn {
    /// A slate that has been playing since `began`.
    pub(crate) fn new(slate: Slate, began: Instant) -> Self {
        Self {
            slate,
            began,
            rounds_max: i64::MAX,
            round: 0,
            next: 0,
        }
    }

    /// The same for one round only.
    pub(crate) fn once(slate: Slate, began: Instant) -> Self {
        Self {
            rounds_max: 1,
            ..Self::new(slate, began)
        }
    }

    /// When it was over, if it is.
    pub(crate) fn over(&self, now: Instant) -> Option<Instant> {
        let end = self.began + self.slate.round();
        (self.round >= self.rounds_max && end <= now).then_some(end)
    }

    pub(crate) fn slate(&self) -> &Slate {
        &self.slate
    }

    /// The frames that are due and were not given yet.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<Frame> {
        let inner = Arc::clone(&self.slate.inner);
        let mut due = Vec::new();
        if self.round >= self.rounds_max {
            return due;
        }
        let next_at = self.began + micros(self.next_us(&inner));
        let lag = now.saturating_duration_since(next_at);
        if lag > LAG_MAX {
            self.began += lag;
        }
        let passed_us = now.saturating_duration_since(self.began).as_micros();
        let passed_us = i64::try_from(passed_us).unwrap_or(i64::MAX);
        while self.round < self.rounds_max && self.next_us(&inner) <= passed_us {
            due.push(Frame {
                dts_us: self.next_us(&inner),
                ..inner.frames[self.next].clone()
            });
            self.next += 1;
            if self.next == inner.frames.len() {
                (self.next, self.round) = (0, self.round + 1);
            }
        }
        due
    }

    fn next_us(&self, inner: &Inner) -> i64 {
        inner.frames[self.next].dts_us + self.round * inner.round_us
    }
}

fn micros(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Encoder;

    fn slate() -> Slate {
        let encoder = Encoder::default();
        Slate::new(&encoder.configs(), encoder.frames(2), 2_000_000).unwrap()
    }

    #[test]
    fn a_slate_plays_in_real_time_round_after_round() {
        let began = Instant::now();
        let mut turn = Turn::new(slate(), began);
        let mut times = Vec::new();
        for step in 0..50 {
            let now = began + Duration::from_millis(step * 100);
            let due = turn.due(now);
            let latest = due.last().map_or(0, |frame| frame.dts_us);
            assert!(latest <= i64::try_from(step).unwrap() * 100_000);
            times.extend(
                due.iter()
                    .filter(|f| f.kind == Kind::Video)
                    .map(|f| f.dts_us),
            );
        }
        assert_eq!(times.len(), 148, "4.9 s at 30 pictures per second");
        assert!(
            times
                .windows(2)
                .all(|pair| (33_000..=34_000).contains(&(pair[1] - pair[0])))
        );
    }

    #[test]
    fn a_clip_plays_once_and_tells_when_it_was_over() {
        let began = Instant::now();
        let mut turn = Turn::once(slate().named("A sponsor"), began);
        let at = |ms| began + Duration::from_millis(ms);
        let frames = turn.due(at(1_990)).len();
        assert_eq!(turn.slate().label(), Some("A sponsor"));
        assert!(frames > 100 && turn.over(at(1_990)).is_none());
        assert!(turn.due(at(2_300)).len() <= 1);
        assert_eq!(turn.over(at(2_300)), Some(at(2_000)));
    }

    #[test]
    fn a_machine_that_slept_does_not_get_everything_at_once() {
        let began = Instant::now();
        let mut turn = Turn::new(slate(), began);
        turn.due(began);
        assert!(turn.due(began + Duration::from_hours(1)).len() < 10);
        let next = turn.due(began + Duration::from_hours(1) + Duration::from_millis(100));
        assert!((5..12).contains(&next.len()), "{}", next.len());
    }

    #[test]
    fn what_is_no_slate_is_refused() {
        let encoder = Encoder::default();
        let (configs, frames) = (encoder.configs(), encoder.frames(2));
        let refused = |configs: &[Config], frames: Vec<Frame>, round_us| {
            Slate::new(configs, frames, round_us).unwrap_err()
        };
        assert!(matches!(
            refused(&[], frames.clone(), 2_000_000),
            NoSlate::Frame(0)
        ));
        assert_eq!(
            refused(&configs, frames.clone(), 1_000_000),
            NoSlate::Disorder
        );
        assert_eq!(refused(&configs, vec![], 1_000_000), NoSlate::NoKey);
        let late = frames
            .iter()
            .filter(|frame| !(frame.key && frame.dts_us == 0))
            .cloned();
        assert_eq!(refused(&configs, late.collect(), 2_000_000), NoSlate::NoKey);
        let long = limits::SLATE_ROUND_MAX_US + 1;
        assert_eq!(refused(&configs, frames, long), NoSlate::TooLarge);
        let large = Frame {
            data: vec![0; 8 * 1024 * 1024].into(),
            ..encoder.picture(0, 0)
        };
        let frames = vec![large; limits::SLATE_BYTES_MAX / (8 * 1024 * 1024) + 1];
        assert_eq!(refused(&configs, frames, 2_000_000), NoSlate::TooLarge);
    }
}
