//! What is wrong with an input or a channel, by name, and when it is worth a person's attention.
//!
//! Judging has no memory and no clock of its own: [`judgements`] says what is wrong at this instant, [`settle`] turns that
//! and what stood before into what stands now. An alarm rises only after its trouble has lasted, and falls only after it
//! has been gone, each by its own [`Pace`]: a wall that flickers is not looked at.

use std::time::Duration;

use kernel::{Timestamp, word_enum};

use crate::health::Report;

word_enum! {
    /// Something that is wrong. The words are stable: runbooks, metrics and messages refer to them.
    pub enum Code {
        /// A talk is on air and nobody sends, or somebody stopped.
        SignalMissing = "signal-missing",
        /// Viewers get the slate.
        SlateOn = "slate-on",
        /// Viewers get clips while a talk is on air.
        ClipsOn = "clips-on",
        /// Viewers get the backup.
        BackupOn = "backup-on",
        /// Sound arrives, pictures do not.
        PictureMissing = "picture-missing",
        /// Pictures arrive, sound does not.
        SoundMissing = "sound-missing",
        /// The picture is black, or of one colour.
        PictureBlack = "picture-black",
        /// The picture stands still.
        PictureFrozen = "picture-frozen",
        /// Nothing can be heard.
        SoundSilent = "sound-silent",
        /// The sound is distorted because it is too loud for its coding.
        SoundClipping = "sound-clipping",
        /// The sound is much louder than it should be.
        SoundLoud = "sound-loud",
        /// The sound is much quieter than it should be.
        SoundLow = "sound-low",
        /// Fewer pictures arrive than the encoder means to send.
        PicturesSkipped = "pictures-skipped",
        /// Frames arrive in bursts: the way from the encoder is bad.
        ArrivalShaky = "arrival-shaky",
        /// Packets are lost on the way from the encoder.
        PacketsLost = "packets-lost",
        /// Answers to the encoder take so long that nothing lost can be sent again in time.
        RoundTripLong = "round-trip-long",
        /// Key frames are too far apart.
        KeyFramesRare = "key-frames-rare",
        /// Sound and pictures of the same instant arrive far apart.
        SoundOffset = "sound-offset",
        /// The clocks of sound and pictures run apart.
        SoundDrift = "sound-drift",
        /// Time stamps jump or step back.
        StampsBroken = "stamps-broken",
        /// The channel's pictures and sound cannot be checked just now.
        ProbeFailing = "probe-failing",
    }
}

word_enum! {
    /// How bad it is.
    pub enum Severity {
        /// Worth knowing.
        Notice = "notice",
        /// Viewers will suffer if it goes on.
        Warning = "warning",
        /// Viewers suffer.
        Critical = "critical",
    }
}

impl Severity {
    /// The same trouble where nothing is on air.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Self::Critical => Self::Warning,
            Self::Warning | Self::Notice => Self::Notice,
        }
    }
}

/// How long a trouble must last to become an alarm, and be gone to be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// It rises after this.
    pub rise: Duration,
    /// It falls after this.
    pub fall: Duration,
}

impl Code {
    /// How bad it is while something is on air.
    pub fn severity(self) -> Severity {
        match self {
            Self::SignalMissing
            | Self::SlateOn
            | Self::ClipsOn
            | Self::PictureMissing
            | Self::SoundMissing
            | Self::PictureBlack
            | Self::SoundSilent => Severity::Critical,
            Self::BackupOn
            | Self::PictureFrozen
            | Self::SoundClipping
            | Self::SoundLoud
            | Self::SoundLow
            | Self::PicturesSkipped
            | Self::ArrivalShaky
            | Self::PacketsLost
            | Self::RoundTripLong
            | Self::KeyFramesRare
            | Self::SoundOffset => Severity::Warning,
            Self::SoundDrift | Self::StampsBroken | Self::ProbeFailing => Severity::Notice,
        }
    }

    /// Its hysteresis.
    pub fn pace(self) -> Pace {
        let (rise, fall) = match self {
            Self::SlateOn | Self::ClipsOn | Self::BackupOn | Self::KeyFramesRare => (2, 3),
            Self::SignalMissing
            | Self::PictureMissing
            | Self::SoundMissing
            | Self::PictureBlack
            | Self::SoundSilent => (3, 2),
            // Slides stand still; what they show is still worth a look after a while.
            Self::PictureFrozen => (10, 2),
            Self::SoundClipping | Self::ArrivalShaky => (3, 10),
            Self::SoundLoud | Self::ProbeFailing | Self::RoundTripLong => (10, 10),
            Self::SoundLow => (15, 10),
            Self::PicturesSkipped | Self::PacketsLost | Self::SoundOffset => (5, 5),
            Self::SoundDrift => (30, 30),
            // An event, no condition: said at once, and long enough to be seen.
            Self::StampsBroken => (0, 20),
        };
        Pace {
            rise: Duration::from_secs(rise),
            fall: Duration::from_secs(fall),
        }
    }
}

/// Pictures per second below this share of what is meant are missed.
const RATE_SHARE: f64 = 0.7;
/// A stream that is announced and does not come for this long is missing.
const AGE_MAX_MS: f64 = 2_000.0;
/// Seconds between key frames above which viewers join slowly.
pub(crate) const KEY_INTERVAL_MAX_S: f64 = 4.0;
/// A wait for frames that eats up what players keep.
pub(crate) const WAIT_MAX_MS: f64 = 1_000.0;
pub(crate) const JITTER_MAX_MS: f64 = 120.0;
pub(crate) const LOSS_MAX_PERCENT: f64 = 2.0;
/// One lost packet holds up all that follow it within a round trip.
pub(crate) const HELD_UP_MAX_PERCENT: f64 = 20.0;
/// Beyond this a packet that is sent again comes after its picture was due, and TCP slows down below what pictures need.
pub(crate) const RTT_MAX_MS: f64 = 500.0;
/// Above this people see that lips and words do not belong together.
pub(crate) const OFFSET_MAX_MS: f64 = 500.0;
/// Ten minutes at this drift are a tenth of a second.
pub(crate) const DRIFT_MAX_MS_PER_MIN: f64 = 10.0;
/// Broken stamps are news for so long.
const STAMPS_NEWS_S: u64 = 2;
/// Hints from sizes alone are only believed after a while: quiet music and slides are small too.
const HINT_MIN_S: f64 = 4.0;

/// What is wrong with an input that sends, at this instant.
pub fn judgements(report: &Report) -> Vec<Code> {
    let late = |age: Option<f64>| age.is_none_or(|age| age > AGE_MAX_MS);
    let over = |value: Option<f64>, most: f64| value.is_some_and(|value| value.abs() > most);
    let news = |ago: Option<u64>| ago.is_some_and(|ago| ago < STAMPS_NEWS_S);
    let way = report.transport.unwrap_or_default();
    let both = report.has_pictures && report.has_sound;
    let pictures_late = late(report.picture_age_ms);
    let sound_late = late(report.sound_age_ms);
    let found = [
        (Code::PictureMissing, pictures_late && !sound_late),
        (Code::SoundMissing, sound_late && !pictures_late),
        (Code::PictureBlack, report.flat_s >= HINT_MIN_S),
        (Code::PictureFrozen, report.still_s >= HINT_MIN_S),
        (Code::SoundSilent, report.quiet_s >= HINT_MIN_S),
        (
            Code::PicturesSkipped,
            !pictures_late && report.fps < report.expected_fps * RATE_SHARE,
        ),
        (
            Code::ArrivalShaky,
            report.longest_wait_ms > WAIT_MAX_MS || report.jitter_ms > JITTER_MAX_MS,
        ),
        (
            Code::PacketsLost,
            over(way.loss_percent, LOSS_MAX_PERCENT)
                || over(way.held_up_percent, HELD_UP_MAX_PERCENT),
        ),
        (Code::RoundTripLong, over(way.rtt_ms, RTT_MAX_MS)),
        (
            Code::KeyFramesRare,
            report.has_pictures && !pictures_late && report.key_interval_max_s > KEY_INTERVAL_MAX_S,
        ),
        (
            Code::SoundOffset,
            both && over(report.av_offset_ms, OFFSET_MAX_MS),
        ),
        (
            Code::SoundDrift,
            both && over(report.av_drift_ms_per_min, DRIFT_MAX_MS_PER_MIN),
        ),
        (
            Code::StampsBroken,
            news(report.last_gap_s) || news(report.last_regression_s),
        ),
    ];
    let wrong = found.into_iter().filter(|(_, wrong)| *wrong);
    wrong.map(|(code, _)| code).collect()
}

/// A trouble that was seen, whether or not it has become an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm<K> {
    /// What, and of what.
    pub key: K,
    /// Since when it has been so.
    pub since: Timestamp,
    /// When it was seen last.
    pub seen: Timestamp,
    /// It has lasted long enough for people to hear of it.
    pub raised: bool,
}

/// What stands after `found` was seen at `now`, given what stood `before`: in the order of the keys.
pub fn settle<K: Copy + Ord>(
    found: &[K],
    before: &[Alarm<K>],
    now: Timestamp,
    pace: impl Fn(K) -> Pace,
) -> Vec<Alarm<K>> {
    let lasted = |since: Timestamp| now.duration_since(since).unsigned_abs();
    let mut standing: Vec<Alarm<K>> = before
        .iter()
        .filter(|alarm| {
            let falls = if alarm.raised {
                pace(alarm.key).fall
            } else {
                Duration::ZERO
            };
            found.contains(&alarm.key) || lasted(alarm.seen) < falls
        })
        .copied()
        .collect();
    for key in found {
        match standing.iter_mut().find(|alarm| alarm.key == *key) {
            Some(alarm) => alarm.seen = now,
            None => standing.push(Alarm {
                key: *key,
                since: now,
                seen: now,
                raised: false,
            }),
        }
    }
    for alarm in &mut standing {
        alarm.raised |= alarm.seen == now && lasted(alarm.since) >= pace(alarm.key).rise;
    }
    standing.sort_by_key(|alarm| alarm.key);
    standing
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::health::Transport;

    fn well() -> Report {
        Report {
            has_pictures: true,
            has_sound: true,
            fps: 30.0,
            expected_fps: 30.0,
            key_interval_s: 2.0,
            key_interval_max_s: 2.0,
            picture_age_ms: Some(20.0),
            sound_age_ms: Some(20.0),
            av_offset_ms: Some(30.0),
            av_drift_ms_per_min: Some(-0.5),
            jitter_ms: 3.0,
            longest_wait_ms: 60.0,
            ..Report::default()
        }
    }

    #[test]
    fn a_good_input_has_nothing_wrong_with_it_and_neither_has_one_that_never_sent() {
        assert_eq!(judgements(&well()), []);
        assert_eq!(judgements(&Report::default()), []);
    }

    #[test]
    fn every_trouble_of_an_input_is_found_alone() {
        type Break = fn(&mut Report);
        let cases: [(Code, Break); 14] = [
            (Code::PictureMissing, |r| r.picture_age_ms = Some(2_100.0)),
            (Code::SoundMissing, |r| {
                (r.has_sound, r.sound_age_ms) = (false, None);
            }),
            (Code::PictureBlack, |r| r.flat_s = 5.0),
            (Code::PictureFrozen, |r| r.still_s = 5.0),
            (Code::SoundSilent, |r| r.quiet_s = 5.0),
            (Code::PicturesSkipped, |r| r.fps = 14.0),
            (Code::ArrivalShaky, |r| r.longest_wait_ms = 1_200.0),
            (Code::PacketsLost, |r| {
                r.transport = Some(Transport {
                    loss_percent: Some(3.0),
                    ..Transport::default()
                });
            }),
            (Code::PacketsLost, |r| {
                r.transport = Some(Transport {
                    held_up_percent: Some(30.0),
                    ..Transport::default()
                });
            }),
            (Code::RoundTripLong, |r| {
                r.transport = Some(Transport {
                    rtt_ms: Some(640.0),
                    ..Transport::default()
                });
            }),
            (Code::KeyFramesRare, |r| r.key_interval_max_s = 4.2),
            (Code::SoundOffset, |r| r.av_offset_ms = Some(-640.0)),
            (Code::SoundDrift, |r| r.av_drift_ms_per_min = Some(12.0)),
            (Code::StampsBroken, |r| r.last_regression_s = Some(0)),
        ];
        for (code, break_it) in cases {
            let mut report = well();
            break_it(&mut report);
            assert_eq!(judgements(&report), [code]);
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn run(seen: impl IntoIterator<Item = bool>, code: Code) -> Vec<bool> {
        let mut standing = Vec::new();
        let raised = (0..).zip(seen).map(|(second, seen)| {
            let found: &[Code] = if seen { &[code] } else { &[] };
            standing = settle(found, &standing, at(second), Code::pace);
            standing.iter().any(|alarm| alarm.raised)
        });
        raised.collect()
    }

    #[test]
    fn an_alarm_rises_after_its_time_and_falls_after_another() {
        // Silence: rises after three seconds, falls after two; gone before it rose, it begins anew.
        let seen = [
            true, true, true, true, true, false, false, true, false, true,
        ];
        let raised = [
            false, false, false, true, true, true, false, false, false, false,
        ];
        assert_eq!(run(seen, Code::SoundSilent), raised);
    }

    #[test]
    fn an_alarm_tells_since_when_the_trouble_began() {
        let mut standing = Vec::new();
        for second in 0..8 {
            standing = settle(&[Code::SoundSilent], &standing, at(second), |code| {
                code.pace()
            });
        }
        assert_eq!((standing[0].since, standing[0].raised), (at(0), true));
    }

    #[test]
    fn what_flickers_faster_than_it_rises_is_no_alarm() {
        let flicker = (0..200).map(|n| n % 3 != 0);
        assert!(run(flicker, Code::SoundSilent).iter().all(|raised| !raised));
    }

    #[test]
    fn what_flickers_faster_than_it_falls_is_one_alarm() {
        let flicker = (0..5).map(|_| true).chain((0..100).map(|n| n % 2 == 0));
        let raised = run(flicker, Code::ArrivalShaky);
        assert!(raised[5..].iter().all(|raised| *raised));
    }

    proptest! {
        #[test]
        fn nothing_stands_that_was_not_seen_within_its_fall(
            seen in proptest::collection::vec(proptest::collection::vec(0..Code::ALL.len(), 0..6), 1..60),
        ) {
            let mut standing: Vec<Alarm<Code>> = Vec::new();
            for (second, found) in (0..).zip(&seen) {
                let found: Vec<Code> = found.iter().map(|place| Code::ALL[*place]).collect();
                standing = settle(&found, &standing, at(second), Code::pace);
                for alarm in &standing {
                    let gone = at(second).duration_since(alarm.seen).unsigned_abs();
                    prop_assert!(gone <= alarm.key.pace().fall);
                    let lasted = alarm.seen.duration_since(alarm.since).unsigned_abs();
                    prop_assert!(!alarm.raised || lasted >= alarm.key.pace().rise);
                }
                let mut keys: Vec<Code> = standing.iter().map(|alarm| alarm.key).collect();
                keys.dedup();
                prop_assert_eq!(keys.len(), standing.len());
            }
        }
    }
}
