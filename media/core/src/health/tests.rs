//! An input told by numbers.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// An encoder as it arrives: 30 pictures a second, sound of 48 kHz, no network in between.
struct Arriving {
    health: Health,
    zero: Instant,
    /// How long the encoder has sent.
    at_us: i64,
    gop: i64,
    cts_us: fn(i64) -> i64,
    bytes: fn(i64, bool) -> usize,
    sound_bytes: fn(i64) -> usize,
    /// How much later pictures arrive than they are stamped.
    pictures_late_us: i64,
    /// How much faster the clock of the sound runs, in millionths.
    sound_fast: i64,
}

impl Default for Arriving {
    fn default() -> Self {
        Self {
            health: Health::new(),
            zero: Instant::now(),
            at_us: 0,
            gop: 60,
            cts_us: |_| 0,
            bytes: |_, key| if key { 60_000 } else { 12_000 },
            sound_bytes: |n| 330 + usize::try_from(n % 17).unwrap(),
            pictures_late_us: 0,
            sound_fast: 0,
        }
    }
}

impl Arriving {
    fn instant(&self, at_us: i64) -> Instant {
        self.zero + Duration::from_micros(u64::try_from(at_us).unwrap())
    }

    /// Sends for so many seconds more.
    fn send(&mut self, seconds: i64) -> Report {
        self.send_kinds(seconds, true, true)
    }

    fn send_kinds(&mut self, seconds: i64, pictures: bool, sound: bool) -> Report {
        let until = self.at_us + seconds * 1_000_000;
        let mut frames = Vec::new();
        let first = |step: i64, from: i64| (from + step - 1) / step;
        for n in first(33_333, self.at_us)..first(33_333, until) {
            let stamp = n * 33_333;
            frames.push((stamp + self.pictures_late_us, Kind::Video, stamp, n));
        }
        for n in first(21_333, self.at_us)..first(21_333, until) {
            let stamp = n * 21_333;
            let fast = stamp + stamp * self.sound_fast / 1_000_000;
            frames.push((stamp, Kind::Audio, fast, n));
        }
        frames.sort_unstable_by_key(|frame| frame.0);
        let mut reported = self.at_us;
        for (at, kind, stamp, n) in frames {
            let key = kind == Kind::Audio || n % self.gop == 0;
            let (bytes, cts) = match kind {
                Kind::Video if pictures => ((self.bytes)(n, key), (self.cts_us)(n)),
                Kind::Audio if sound => ((self.sound_bytes)(n), 0),
                _ => continue,
            };
            let mono = self.instant(at);
            self.health.frame(kind, stamp, cts, key, bytes, mono);
            if at - reported >= 1_000_000 {
                reported = at;
                self.health.report(mono);
            }
        }
        self.at_us = until;
        self.report()
    }

    fn report(&mut self) -> Report {
        let now = self.instant(self.at_us);
        self.health.report(now)
    }
}

fn near(is: f64, wanted: f64, tolerance: f64) -> bool {
    (is - wanted).abs() <= tolerance
}

#[test]
fn nothing_is_known_before_the_first_frame() {
    assert_eq!(Health::new().report(Instant::now()), Report::default());
}

#[test]
fn a_steady_input_is_told_by_its_numbers() {
    let report = Arriving::default().send(40);
    assert!(near(report.fps, 30.0, 0.3), "{report:?}");
    assert!(near(report.expected_fps, 30.0, 0.1), "{report:?}");
    assert!(near(report.key_interval_s, 2.0, 0.05), "{report:?}");
    assert!(near(report.key_interval_max_s, 2.0, 0.05), "{report:?}");
    let wanted = (29 * 12_000 + 30 * 800 + 47 * 338) * 8 + 60_000 * 4;
    let ratio = as_f64(report.bitrate_10s_bps) / f64::from(wanted);
    assert!(near(ratio, 1.0, 0.1), "{report:?}");
    assert_eq!((report.gaps, report.regressions), (0, 0));
    assert_eq!(
        (report.still_s, report.flat_s, report.quiet_s),
        (0.0, 0.0, 0.0)
    );
    assert!(
        report.longest_wait_ms < 40.0 && report.jitter_ms < 2.0,
        "{report:?}"
    );
    assert_eq!(report.clock_drift_ms_per_min, Some(0.0));
    assert!(report.has_pictures && report.has_sound && !report.b_frames);
}

#[test]
fn frames_that_stop_are_seen_from_the_report_alone() {
    let mut input = Arriving::default();
    input.send(12);
    input.at_us += 11_000_000;
    let report = input.report();
    assert_eq!((report.bitrate_10s_bps, report.fps), (0, 0.0));
    assert!(near(report.longest_wait_ms, 11_000.0, 60.0), "{report:?}");
    assert!(report.key_interval_max_s >= 11.0, "{report:?}");
}

#[test]
fn sound_that_stops_beside_pictures_ages_alone() {
    let mut input = Arriving::default();
    input.send(5);
    let report = input.send_kinds(4, true, false);
    assert!(report.sound_age_ms.unwrap() >= 3_900.0, "{report:?}");
    assert!(report.picture_age_ms.unwrap() <= 40.0, "{report:?}");
    assert_eq!(input.send(2).gaps, 1);
}

#[test]
fn an_encoder_that_leaves_pictures_out_falls_below_what_it_meant() {
    let mut input = Arriving::default();
    input.send(10);
    for n in 300..600 {
        let at = n * 33_333;
        if n % 3 == 0 {
            let mono = input.instant(at);
            input.health.frame(Kind::Video, at, 0, false, 12_000, mono);
        }
    }
    input.at_us += 10_000_000;
    let report = input.report();
    assert!(near(report.fps, 10.0, 0.5), "{report:?}");
    assert!(near(report.expected_fps, 30.0, 0.1), "{report:?}");
}

#[test]
fn a_claim_is_believed_only_where_the_stamps_agree() {
    for (claimed, wanted) in [(29.97, 29.97), (60.0, 30.0)] {
        let mut input = Arriving::default();
        input.health.pictures(Pictures {
            fps: Some(claimed),
            profile: 100,
            level: 40,
            ..Pictures::default()
        });
        let report = input.send(5);
        assert!(near(report.expected_fps, wanted, 0.1), "{report:?}");
        assert_eq!((report.profile, report.level), (Some(100), Some(40)));
    }
}

#[test]
fn pictures_that_arrive_after_their_sound_have_an_offset() {
    let mut input = Arriving {
        pictures_late_us: 700_000,
        ..Arriving::default()
    };
    let report = input.send(20);
    assert!(
        near(report.av_offset_ms.unwrap(), 700.0, 25.0),
        "{report:?}"
    );
}

#[test]
fn clocks_that_run_apart_are_told_in_milliseconds_per_minute() {
    let mut input = Arriving {
        sound_fast: 1_000,
        ..Arriving::default()
    };
    let report = input.send(90);
    assert!(
        near(report.av_drift_ms_per_min.unwrap(), 60.0, 3.0),
        "{report:?}"
    );
    assert!(
        near(report.clock_drift_ms_per_min.unwrap(), 0.0, 1.0),
        "{report:?}"
    );
}

#[test]
fn a_jump_of_the_clock_begins_the_comparison_anew() {
    let mut input = Arriving::default();
    input.send(40);
    let (mono, far) = (input.instant(input.at_us), 7_200_000_000);
    for stamp in [far, far + 20_000] {
        for kind in [Kind::Video, Kind::Audio] {
            input.health.frame(kind, stamp, 0, true, 9_000, mono);
        }
    }
    let report = input.report();
    assert_eq!(report.clock_drift_ms_per_min, None);
    assert!(report.av_offset_ms.unwrap().abs() < 40.0, "{report:?}");
    assert_eq!(report.gaps, 2);
}

#[test]
fn only_offsets_that_change_are_reordering() {
    let mut constant = Arriving {
        cts_us: |_| 66_000,
        ..Arriving::default()
    };
    assert!(!constant.send(3).b_frames);
    let mut reordered = Arriving {
        cts_us: |n| if n % 3 == 0 { 100_000 } else { 33_000 },
        ..Arriving::default()
    };
    assert!(reordered.send(3).b_frames);
}

#[test]
fn pictures_that_collapse_stand_still_and_small_key_frames_have_one_colour() {
    let mut input = Arriving::default();
    input.health.pictures(Pictures {
        width: 1280,
        height: 720,
        ..Pictures::default()
    });
    input.send(10);
    input.bytes = |_, key| if key { 40_000 } else { 300 };
    let report = input.send(8);
    assert!(
        near(report.still_s, 8.0, 2.0) && report.flat_s == 0.0,
        "{report:?}"
    );
    input.bytes = |_, key| if key { 700 } else { 60 };
    let report = input.send(8);
    assert!(report.still_s >= 14.0 && report.flat_s >= 5.0, "{report:?}");
    input.bytes = |_, key| if key { 60_000 } else { 9_000 };
    let report = input.send(5);
    assert_eq!((report.still_s, report.flat_s), (0.0, 0.0), "{report:?}");
}

#[test]
fn frames_of_sound_that_are_small_and_alike_are_silence() {
    for silence in [(|_| 6) as fn(i64) -> usize, |n| {
        90 + usize::try_from(n % 2).unwrap()
    }] {
        let mut input = Arriving::default();
        assert!(input.send(20).quiet_s <= 0.0);
        input.sound_bytes = silence;
        let report = input.send(6);
        assert!(near(report.quiet_s, 6.0, 2.0), "{report:?}");
        input.sound_bytes = |n| 330 + usize::try_from(n % 17).unwrap();
        assert!(input.send(5).quiet_s <= 0.0);
    }
}

proptest! {
    #[test]
    fn whatever_arrives_every_number_can_be_shown(
        frames in proptest::collection::vec(
            (any::<bool>(), any::<i64>(), any::<i64>(), any::<bool>(), 0..usize::MAX, 0..10_000_000_u64), 0..400),
    ) {
        let (mut health, mut mono) = (Health::new(), Instant::now());
        health.pictures(Pictures { width: u32::MAX, height: u32::MAX, fps: Some(f64::NAN), ..Pictures::default() });
        for (video, dts, cts, key, bytes, after) in frames {
            mono += Duration::from_micros(after);
            let kind = if video { Kind::Video } else { Kind::Audio };
            health.frame(kind, dts, cts, key, bytes, mono);
        }
        let report = health.report(mono);
        let shown = serde_json::to_value(&report).unwrap();
        for (name, value) in shown.as_object().unwrap() {
            let nothing_known = ["last_gap_s", "last_regression_s", "av_offset_ms", "av_drift_ms_per_min",
                "clock_drift_ms_per_min", "picture_age_ms", "sound_age_ms", "profile", "level", "transport", "claimed_fps"];
            prop_assert!(!value.is_null() || nothing_known.contains(&name.as_str()), "{name} is no number: {report:?}");
        }
        prop_assert!(report.fps >= 0.0 && report.jitter_ms >= 0.0 && report.longest_wait_ms >= 0.0);
    }

    #[test]
    fn a_report_does_not_depend_on_how_often_it_was_asked_for(every in 1..40_usize) {
        let (mut often, mut once) = (Arriving::default(), Arriving::default());
        once.zero = often.zero;
        for n in 0..20 * 30_i64 {
            let at = n * 33_333;
            let mono = once.instant(at);
            once.health.frame(Kind::Video, at, 0, n % 60 == 0, 9_000, mono);
            often.health.frame(Kind::Video, at, 0, n % 60 == 0, 9_000, mono);
            if usize::try_from(n).unwrap().is_multiple_of(every) {
                often.health.report(mono);
            }
        }
        (once.at_us, often.at_us) = (20_000_000, 20_000_000);
        prop_assert_eq!(often.report(), once.report());
    }
}
