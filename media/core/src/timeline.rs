//! One time line for a channel's whole life, out of the clocks of encoders that come, jump and go.
//!
//! Invariant: what an encoder calls time is only ever used as a difference. A jump of its clock, or a
//! new encoder, continues where the last one ended.

use crate::frame::Kind;
use crate::limits::{JUMP_US, STEP_BACK_MAX_US};

/// Where the channel's time line begins; not zero, so that sound may begin before the first picture.
pub(crate) const ORIGIN_US: i64 = 10_000_000;
/// Encoder times beyond this are brought back, so that no sum here can overflow.
const EXTREME_US: i64 = 1 << 60;

/// How one stream of the present encoder maps onto the channel's time line.
#[derive(Clone, Copy, Debug)]
struct Line {
    last_in_us: i64,
    offset_us: i64,
}

/// The channel's time line.
#[derive(Debug)]
pub(crate) struct Timeline {
    video: Option<Line>,
    audio: Option<Line>,
    /// Where everything mapped so far ends.
    end_us: i64,
}

/// Where a frame lies on the channel's time line, before its stream's own rhythm is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mapped {
    pub(crate) at_us: i64,
    /// The encoder's clock jumped here.
    pub(crate) jumped: bool,
}

impl Timeline {
    pub(crate) fn new() -> Self {
        Self {
            video: None,
            audio: None,
            end_us: ORIGIN_US,
        }
    }

    /// A new encoder, with a clock of its own.
    pub(crate) fn begin(&mut self) {
        (self.video, self.audio) = (None, None);
    }

    /// Everything up to here is taken; a jump continues no earlier.
    pub(crate) fn reached(&mut self, end_us: i64) {
        self.end_us = self.end_us.max(end_us);
    }

    /// What was published ends here: the next encoder continues there.
    pub(crate) fn ended(&mut self, end_us: i64) {
        self.end_us = end_us.max(ORIGIN_US);
    }

    /// Takes out what lies empty before an instant, if that is longer than a pause of one clock may be; tells how
    /// much. Both streams move, so that they stay together.
    pub(crate) fn close_hole(&mut self, at_us: i64) -> i64 {
        let hole_us = at_us - self.end_us;
        if hole_us <= JUMP_US {
            return 0;
        }
        for line in [&mut self.video, &mut self.audio].into_iter().flatten() {
            line.offset_us -= hole_us;
        }
        hole_us
    }

    /// Maps the decoding time of a frame.
    pub(crate) fn map(&mut self, kind: Kind, dts_us: i64) -> Mapped {
        let dts_us = dts_us.clamp(-EXTREME_US, EXTREME_US);
        let step = |line: &Line| dts_us - line.last_in_us;
        let goes_on = |line: &Line| (-STEP_BACK_MAX_US..=JUMP_US).contains(&step(line));
        let (own, other) = match kind {
            Kind::Video => (self.video, self.audio),
            Kind::Audio => (self.audio, self.video),
        };
        // A stream that is near the other one only has a gap; both have one clock.
        let known = match own {
            Some(_) => own.filter(goes_on).or(other.filter(goes_on)),
            None => other.filter(|line| step(line).abs() <= JUMP_US),
        };
        let offset_us = known.map_or_else(
            || {
                // A stream that comes later, on a clock of its own, begins beside what is there of the other.
                let beside = other.filter(|_| own.is_none());
                let beside = beside.map(|line| line.last_in_us + line.offset_us);
                beside.map_or(self.end_us, |at_us| at_us.max(self.end_us)) - dts_us
            },
            |line| line.offset_us,
        );
        let line = Some(Line {
            last_in_us: dts_us,
            offset_us,
        });
        match kind {
            Kind::Video => self.video = line,
            Kind::Audio => self.audio = line,
        }
        Mapped {
            at_us: dts_us + offset_us,
            jumped: known.is_none() && own.is_some(),
        }
    }
}

/// The rhythm of sound: frames follow each other by their number of samples, whatever milliseconds say.
#[derive(Debug)]
pub(crate) struct Beat {
    rate: u32,
    next_ticks: Option<i64>,
    /// Smoothed distance of the encoder's time stamps from ours.
    drift_us: i64,
}

/// Where a frame of sound came to lie, in samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tone {
    pub(crate) ticks: i64,
    pub(crate) duration: u32,
}

/// A distance beyond this is a gap or an overlap, no drift.
const GAP_US: i64 = 150_000;
/// A smoothed distance below this is left alone: time stamps are rounded to milliseconds.
const DRIFT_US: i64 = 4_000;

impl Beat {
    pub(crate) fn new(rate: u32) -> Self {
        Self {
            rate,
            next_ticks: None,
            drift_us: 0,
        }
    }

    /// Where a frame of `samples` at `at_us` is published; nowhere if it overlaps what is there already.
    pub(crate) fn place(&mut self, at_us: i64, samples: u32) -> Option<Tone> {
        let mut duration = i64::from(samples);
        let ticks = match self.next_ticks {
            None => crate::mp4::audio_ticks(at_us, self.rate),
            Some(next) => {
                let error_us = at_us - crate::mp4::audio_us(next, self.rate);
                if error_us > GAP_US {
                    self.drift_us = 0;
                    crate::mp4::audio_ticks(at_us, self.rate)
                } else if error_us < -GAP_US {
                    return None;
                } else {
                    duration += self.correction(error_us, samples);
                    next
                }
            }
        };
        self.next_ticks = Some(ticks + duration);
        Some(Tone {
            ticks,
            duration: u32::try_from(duration).unwrap_or(samples),
        })
    }

    /// Clocks that drift apart are followed by at most a hundredth of a frame at a time, which nobody hears.
    fn correction(&mut self, error_us: i64, samples: u32) -> i64 {
        self.drift_us += (error_us - self.drift_us) / 16;
        if self.drift_us.abs() < DRIFT_US {
            return 0;
        }
        let most = i64::from(samples) / 100;
        let wanted = self.drift_us * i64::from(self.rate) / 1_000_000;
        wanted.clamp(-most, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn the_first_frame_of_an_encoder_continues_the_line() {
        let mut line = Timeline::new();
        assert_eq!(line.map(Kind::Video, 77 * SECOND).at_us, ORIGIN_US);
        line.reached(ORIGIN_US + SECOND);
        line.begin();
        let mapped = line.map(Kind::Audio, 5);
        assert_eq!(
            mapped,
            Mapped {
                at_us: ORIGIN_US + SECOND,
                jumped: false
            }
        );
    }

    #[test]
    fn both_streams_share_one_clock() {
        let mut line = Timeline::new();
        line.map(Kind::Video, 0);
        assert_eq!(line.map(Kind::Audio, -20_000).at_us, ORIGIN_US - 20_000);
        assert_eq!(line.map(Kind::Video, 33_000).at_us, ORIGIN_US + 33_000);
    }

    #[test]
    fn a_stream_that_comes_later_on_a_clock_of_its_own_begins_beside_the_other() {
        for clock in [-SECOND * 1_000_000, 40 * SECOND] {
            let mut line = Timeline::new();
            for at in 0..10 {
                line.map(Kind::Audio, at * SECOND);
            }
            let mapped = line.map(Kind::Video, clock);
            let expected = Mapped {
                at_us: ORIGIN_US + 9 * SECOND,
                jumped: false,
            };
            assert_eq!(mapped, expected);
            line.reached(ORIGIN_US + 20 * SECOND);
            line.begin();
            line.map(Kind::Video, 0);
            line.ended(ORIGIN_US + 30 * SECOND);
            let late = line.map(Kind::Audio, clock).at_us;
            assert_eq!(late, ORIGIN_US + 30 * SECOND, "nothing begins in the past");
        }
    }

    #[test]
    fn a_jump_of_the_clock_continues_the_line_once_for_both() {
        for jump in [SECOND * 1_000, -SECOND * 1_000, i64::MAX, i64::MIN] {
            let mut line = Timeline::new();
            line.map(Kind::Video, 0);
            line.map(Kind::Audio, 0);
            line.reached(ORIGIN_US + 40_000);
            let mapped = line.map(Kind::Video, jump);
            assert_eq!(
                mapped,
                Mapped {
                    at_us: ORIGIN_US + 40_000,
                    jumped: true
                }
            );
            // The other stream may still deliver from before the jump, then follows.
            assert!(!line.map(Kind::Audio, 21_000).jumped);
            let followed = line.map(Kind::Audio, jump.saturating_add(1_000));
            assert!(!followed.jumped, "{jump}");
        }
    }

    #[test]
    fn a_gap_in_one_stream_is_no_jump_while_the_other_goes_on() {
        let mut line = Timeline::new();
        line.map(Kind::Video, 0);
        for at in 0..10 {
            line.map(Kind::Audio, at * SECOND);
        }
        let mapped = line.map(Kind::Video, 9 * SECOND);
        assert_eq!(
            mapped,
            Mapped {
                at_us: ORIGIN_US + 9 * SECOND,
                jumped: false
            }
        );
    }

    #[test]
    fn sound_keeps_its_beat_whatever_milliseconds_say() {
        let mut beat = Beat::new(44_100);
        for n in 0..10_000_i64 {
            let rounded = n * 1_024 * 1_000 / 44_100 * 1_000;
            assert_eq!(
                beat.place(rounded, 1_024),
                Some(Tone {
                    ticks: n * 1_024,
                    duration: 1_024
                })
            );
        }
    }

    #[test]
    fn drifting_sound_is_followed_closely() {
        let mut beat = Beat::new(48_000);
        let mut end = 0;
        for n in 0..60_000_i64 {
            // 1 in 1,000: 0.6 s in ten minutes.
            let at = n * 1_024 * 1_000_000 / 48_000;
            let at = at + at / 1_000;
            let tone = beat.place(at, 1_024).unwrap();
            assert_eq!(tone.ticks, end);
            end += i64::from(tone.duration);
            assert!((crate::mp4::audio_us(tone.ticks, 48_000) - at).abs() < 25_000);
        }
    }

    #[test]
    fn frames_of_differing_length_follow_each_other() {
        let mut beat = Beat::new(48_000);
        let mut ticks = 0;
        for samples in [960, 2_880, 120, 960, 1_920] {
            let at_us = crate::mp4::audio_us(ticks, 48_000);
            let tone = beat.place(at_us, samples);
            assert_eq!(
                tone.map(|tone| (tone.ticks, tone.duration)),
                Some((ticks, samples))
            );
            ticks += i64::from(samples);
        }
    }

    #[test]
    fn a_gap_in_sound_stays_and_an_overlap_is_dropped() {
        let mut beat = Beat::new(48_000);
        let mut ticks = |at_us| beat.place(at_us, 1_024).map(|tone| tone.ticks);
        assert_eq!(ticks(0), Some(0));
        assert_eq!(ticks(SECOND), Some(48_000));
        assert_eq!(ticks(SECOND / 2), None);
        assert_eq!(ticks(SECOND + 21_000), Some(48_000 + 1_024));
    }
}
