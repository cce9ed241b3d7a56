//! Lays sound that somebody coded once more beside the pictures of a channel, part by part.
//!
//! Invariant: a part that was sealed stays as it is, and no part waits for its sound for longer than it is told to: what
//! is missing is silence. Nobody who publishes or plays the channel as it came waits for anything here.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::feed::Published;
use crate::limits;
use crate::metrics::Metrics;
use crate::mp4::{Run, Sample, audio_ticks};
use crate::recoded::{Recoded, Sealed};
use crate::segment::Segment;
use crate::snapshot::Snapshot;
use crate::sound::SoundConfig;

/// How the sound is coded once more: AAC-LC, 48 kHz, stereo, which everything plays (`AudioSpecificConfig`).
pub const RECODED_CONFIG: [u8; 2] = [0x11, 0x90];

/// Frames that may be missing at the end of a part; the next one begins with them. An encoder gives a frame away when it
/// knows the one after it, and counts in other steps than what it reads: waiting for the rest would take another part.
const LAG_FRAMES: i64 = 3;

/// Who codes the sound of a channel once more. Dropped, it is offered no longer.
pub struct Recoding {
    published: Arc<Published>,
    metrics: Arc<Metrics>,
    config: Arc<SoundConfig>,
    silence: Bytes,
    samples: u32,
    /// Which part comes next; none before the beginning.
    next: Option<(u64, usize)>,
    /// Since when each part that is there waits for its sound.
    waiting: VecDeque<Instant>,
    sealed: VecDeque<Arc<Sealed>>,
    frames: VecDeque<Tone>,
    /// Where the next frame is expected, in samples.
    end: i64,
    /// The next frame is the first behind something else: it sounds when it says.
    is_seam: bool,
}

struct Tone {
    ticks: i64,
    data: Bytes,
}

impl Recoding {
    /// Nobody else codes; none where somebody does.
    pub(crate) fn take(published: &Arc<Published>, metrics: &Arc<Metrics>) -> Option<Self> {
        let config = SoundConfig::aac(&Bytes::from_static(&RECODED_CONFIG)).ok()?;
        let (silence, samples) = config.silence()?;
        published.recoded.claim().then(|| Self {
            published: Arc::clone(published),
            metrics: Arc::clone(metrics),
            config: Arc::new(config),
            silence,
            samples,
            next: None,
            waiting: VecDeque::new(),
            sealed: VecDeque::new(),
            frames: VecDeque::new(),
            end: 0,
            is_seam: true,
        })
    }

    /// Frames come from the beginning of this segment on, unless they came before; whether they may: what was published
    /// here before stays as it is.
    pub fn begin(&mut self, msn: u64) -> bool {
        if self.next.is_none() && msn >= self.published.recoded.floor.load(Ordering::Acquire) {
            self.next = Some((msn, 0));
        }
        self.next.is_some()
    }

    /// Takes a frame for an instant of the channel's time line: one raw access unit.
    pub fn frame(&mut self, at_us: i64, data: Bytes) {
        self.enter();
        let frame = i64::from(self.samples);
        let ticks = audio_ticks(at_us, self.config.rate());
        let hole = ticks.saturating_sub(self.end);
        let is_odd = data.is_empty()
            || data.len() > limits::SOUND_BYTES_MAX
            || hole > frame * limits::RECODED_HOLE_FRAMES_MAX
            || self.frames.len() >= limits::RECODED_FRAMES_MAX;
        if self.next.is_none() || is_odd || hole < -frame / 2 {
            self.metrics.recoded_late.add(1);
            return;
        }
        if self.is_seam && hole < frame {
            self.end = ticks;
        } else {
            self.silence((hole + frame / 2).div_euclid(frame));
        }
        self.push(data);
    }

    /// Publishes what is complete, and what waited for its sound for so long.
    pub fn publish(&mut self, patience: Duration) {
        let Some(whole) = self.published.get() else {
            return;
        };
        self.note(&whole);
        let mut changed = false;
        while self.step(&whole, patience) {
            changed = true;
        }
        if !changed {
            return;
        }
        let held = limits::LISTEN_SEGMENTS_MAX + 1;
        let excess = self.sealed.len().saturating_sub(held);
        self.sealed.drain(..excess);
        let recoded = Recoded {
            whole,
            config: Arc::clone(&self.config),
            sealed: self.sealed.clone(),
        };
        self.published.recoded.put(Some(Arc::new(recoded)));
    }

    /// Remembers when parts came.
    fn note(&mut self, whole: &Snapshot) {
        let Some((msn, part)) = self.next else { return };
        let segments = whole.segments.iter().filter(|it| it.msn >= msn);
        let there: usize = segments.map(|it| it.parts.len()).sum();
        let there = there.saturating_sub(part);
        self.waiting
            .resize(there.max(self.waiting.len()), Instant::now());
    }

    /// Goes on by one part, or to the next segment; whether it did.
    fn step(&mut self, whole: &Snapshot, patience: Duration) -> bool {
        let Some((msn, part)) = self.next else {
            return false;
        };
        let Some(segment) = whole.segment(msn) else {
            if whole.newest().0 > msn {
                // What it was to be laid beside is long gone.
                self.sealed.clear();
                self.waiting.clear();
                self.next = Some((whole.newest().0, 0));
                self.frames.clear();
            }
            return false;
        };
        if part == segment.parts.len() {
            if segment.closed {
                self.next = Some((msn + 1, 0));
            }
            return segment.closed;
        }
        let run = if segment.init.is_opus() {
            self.enter();
            let until = self.until(segment, part);
            if self.end < until && !self.has_waited(patience) {
                return false;
            }
            Some(Arc::new(self.run(until)))
        } else {
            self.frames.clear();
            None
        };
        self.waiting.pop_front();
        self.seal(msn, run);
        self.next = Some((msn, part + 1));
        true
    }

    /// Where a segment begins that does not go on from the one before, sound from before it would play to another picture.
    fn enter(&mut self) {
        let Some((msn, 0)) = self.next else { return };
        let whole = self.published.get();
        let Some(segment) = whole.as_ref().and_then(|whole| whole.segment(msn)) else {
            return;
        };
        let before = self.sealed.back().and_then(|sealed| sealed.parts.last());
        let goes_on = before.is_some_and(Option::is_some) && !segment.discontinuity;
        let begins = audio_ticks(segment.begins_us, self.config.rate());
        let half = i64::from(self.samples / 2);
        let is_early = |tone: &Tone| tone.ticks < begins - half;
        if goes_on {
            return;
        }
        while self.frames.front().is_some_and(is_early) {
            self.frames.pop_front();
        }
        if self.frames.is_empty() && self.end < begins {
            (self.end, self.is_seam) = (begins, true);
        }
    }

    /// The sample up to which the sound of a part must be there.
    fn until(&self, segment: &Segment, part: usize) -> i64 {
        let lasts = segment.parts[..=part].iter().map(|part| part.duration_us);
        let ends_us = segment.begins_us + lasts.sum::<i64>();
        audio_ticks(ends_us, self.config.rate()) - LAG_FRAMES * i64::from(self.samples)
    }

    fn has_waited(&self, patience: Duration) -> bool {
        let since = self.waiting.front();
        since.is_none_or(|since| since.elapsed() >= patience)
    }

    /// The frames that begin before an instant, filled up with silence.
    fn run(&mut self, until: i64) -> Run {
        let frame = i64::from(self.samples);
        let missing = (until - self.end + frame - 1).div_euclid(frame);
        if missing > 0 {
            self.metrics.recoded_silent.add(1);
            self.silence(missing);
        }
        let mut run = Run::default();
        while self.frames.front().is_some_and(|tone| tone.ticks < until)
            && let Some(tone) = self.frames.pop_front()
        {
            if run.samples.is_empty() {
                run.first_ticks = tone.ticks;
            }
            let end = self.frames.front().map_or(self.end, |next| next.ticks);
            run.samples.push(Sample {
                duration: u32::try_from(end - tone.ticks).unwrap_or(self.samples),
                cts: 0,
                key: true,
                data: tone.data,
            });
        }
        run
    }

    fn seal(&mut self, msn: u64, run: Option<Arc<Run>>) {
        self.metrics.recoded_parts.add(u64::from(run.is_some()));
        match self.sealed.back_mut().filter(|newest| newest.msn == msn) {
            Some(newest) => Arc::make_mut(newest).parts.push(run),
            None => self.sealed.push_back(Arc::new(Sealed {
                msn,
                parts: vec![run],
            })),
        }
    }

    fn silence(&mut self, frames: i64) {
        for _ in 0..frames {
            self.push(self.silence.clone());
        }
    }

    fn push(&mut self, data: Bytes) {
        self.frames.push_back(Tone {
            ticks: self.end,
            data,
        });
        self.end += i64::from(self.samples);
        self.is_seam = false;
    }
}

impl Drop for Recoding {
    fn drop(&mut self) {
        let recoded = &self.published.recoded;
        if let Some((msn, _)) = self.next {
            recoded.floor.store(msn + 1, Ordering::Release);
        }
        recoded.put(None);
        recoded.taken.store(false, Ordering::Release);
    }
}

impl std::fmt::Debug for Recoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recoding")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
