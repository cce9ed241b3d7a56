//! Encoders told by what their health says.

use super::*;
use crate::State;
use kernel::{Clock, Timestamp};

fn at() -> Timestamp {
    Clock::system().now()
}

/// An encoder as one wishes for.
fn well() -> InputStatus {
    let mut input = InputStatus::idle(at());
    input.state = State::Receiving;
    (input.width, input.height) = (1_920, 1_080);
    input.video_codec = Some("avc1.640028".to_owned());
    input.audio_codec = Some("mp4a.40.2".to_owned());
    (input.sample_rate, input.channels) = (48_000, 2);
    input.health = Report {
        has_pictures: true,
        has_sound: true,
        bitrate_1s_bps: 4_500_000,
        bitrate_10s_bps: 4_500_000,
        sound_bitrate_bps: 160_000,
        fps: 30.0,
        expected_fps: 30.0,
        claimed_fps: Some(30.0),
        key_interval_s: 2.0,
        key_interval_max_s: 2.0,
        av_offset_ms: Some(40.0),
        av_drift_ms_per_min: Some(0.2),
        clock_drift_ms_per_min: Some(1.0),
        jitter_ms: 4.0,
        longest_wait_ms: 60.0,
        profile: Some(100),
        level: Some(40),
        transport: Some(Transport {
            rtt_ms: Some(12.0),
            held_up_percent: Some(0.0),
            ..Transport::default()
        }),
        ..Report::default()
    };
    input
}

const HEARD: Heard = Heard {
    integrated_lufs: Some(-18.0),
    peak_dbfs: Some(-3.0),
    clipped_percent: 0.0,
};

fn tried(seconds: u32, change: impl Fn(u32, &mut InputStatus)) -> Figures {
    let mut trial = Trial::default();
    for second in 0..seconds {
        let mut input = well();
        change(second, &mut input);
        trial.observe(&input, Some(HEARD));
    }
    trial.figures()
}

fn of(figures: &Figures, item: Item) -> (Verdict, Option<Advice>) {
    let found = findings(figures);
    let finding = found.iter().find(|finding| finding.item == item).unwrap();
    (finding.verdict, finding.advice)
}

#[test]
fn a_good_encoder_is_good_in_everything() {
    let figures = tried(60, |_, _| {});
    let found = findings(&figures);
    assert!(
        found.iter().all(|finding| finding.verdict == Verdict::Good),
        "{found:?}"
    );
    assert_eq!(overall(&found), Verdict::Good);
    assert_eq!(found.len(), Item::ALL.len());
    assert_eq!(figures.seconds, 60);
    let bitrate = figures.bitrate_bps.unwrap();
    assert!((bitrate.mean - 4_500_000.0).abs() < 1.0, "{bitrate:?}");
    assert_eq!(figures.unsteady_percent, Some(0.0));
    assert_eq!(figures.peak_dbfs, Some(-3.0));
}

#[test]
fn before_anything_came_everything_is_unknown() {
    let found = findings(&Trial::default().figures());
    assert!(found.iter().all(|one| one.verdict == Verdict::Unknown));
    assert_eq!(overall(&found), Verdict::Unknown);
    assert_eq!(overall(&[]), Verdict::Unknown);
}

type Break = fn(&mut InputStatus);

#[test]
fn every_fault_is_found_with_what_to_do_about_it() {
    let cases: [(Item, Verdict, Advice, Break); 24] = [
        (Item::Resolution, Verdict::Must, Advice::NoPicture, |i| {
            i.health.has_pictures = false;
        }),
        (Item::Resolution, Verdict::Look, Advice::PictureSmall, |i| {
            (i.width, i.height) = (640, 360);
        }),
        (Item::Resolution, Verdict::Look, Advice::PictureLarge, |i| {
            (i.width, i.height) = (3_840, 2_160);
        }),
        (Item::Bitrate, Verdict::Look, Advice::BitrateLow, |i| {
            i.health.bitrate_1s_bps = 900_000;
        }),
        (Item::Bitrate, Verdict::Look, Advice::BitrateHigh, |i| {
            i.health.bitrate_1s_bps = 12_000_000;
        }),
        (Item::Bitrate, Verdict::Must, Advice::BitrateHigh, |i| {
            i.health.bitrate_1s_bps = 40_000_000;
        }),
        (Item::KeyInterval, Verdict::Must, Advice::KeysRare, |i| {
            i.health.key_interval_max_s = 8.3;
        }),
        (Item::KeyInterval, Verdict::Look, Advice::KeysRare, |i| {
            i.health.key_interval_max_s = 3.0;
        }),
        (Item::KeyInterval, Verdict::Look, Advice::KeysDense, |i| {
            i.health.key_interval_s = 0.5;
        }),
        (
            Item::FrameRate,
            Verdict::Must,
            Advice::PicturesSkipped,
            |i| i.health.fps = 20.0,
        ),
        (Item::FrameRate, Verdict::Look, Advice::RateClaimed, |i| {
            i.health.claimed_fps = Some(60.0);
        }),
        (Item::BFrames, Verdict::Look, Advice::BFrames, |i| {
            i.health.b_frames = true;
        }),
        (Item::Profile, Verdict::Must, Advice::Profile, |i| {
            i.health.profile = Some(122);
        }),
        (Item::Level, Verdict::Look, Advice::Level, |i| {
            i.health.level = Some(51);
        }),
        (Item::SoundCodec, Verdict::Must, Advice::NoSound, |i| {
            i.health.has_sound = false;
        }),
        (Item::SoundCodec, Verdict::Look, Advice::SoundCodec, |i| {
            i.audio_codec = Some("mp4a.40.5".to_owned());
        }),
        (Item::SoundRate, Verdict::Look, Advice::SoundRate, |i| {
            i.sample_rate = 44_100;
        }),
        (
            Item::SoundChannels,
            Verdict::Must,
            Advice::SoundChannels,
            |i| i.channels = 6,
        ),
        (Item::Offset, Verdict::Must, Advice::Offset, |i| {
            i.health.av_offset_ms = Some(-640.0);
        }),
        (Item::Drift, Verdict::Must, Advice::Drift, |i| {
            i.health.av_drift_ms_per_min = Some(-14.0);
        }),
        (Item::Gaps, Verdict::Look, Advice::Stamps, |i| {
            i.health.gaps = 2;
        }),
        (Item::Regressions, Verdict::Must, Advice::Stamps, |i| {
            i.health.regressions = 40;
        }),
        (Item::Arrival, Verdict::Must, Advice::Arrival, |i| {
            i.health.longest_wait_ms = 1_800.0;
        }),
        (Item::Loss, Verdict::Look, Advice::Loss, |i| {
            i.health.transport = Some(Transport {
                loss_percent: Some(1.2),
                ..Transport::default()
            });
        }),
    ];
    for (item, verdict, advice, break_it) in cases {
        let figures = tried(30, |_, input| break_it(input));
        assert_eq!(of(&figures, item), (verdict, Some(advice)), "{item}");
        assert_eq!(overall(&findings(&figures)), verdict, "{item}");
    }
}

#[test]
fn a_bitrate_that_goes_up_and_down_is_unsteady_and_key_frames_alone_do_not_make_it_so() {
    let figures = tried(64, |second, input| {
        input.health.bitrate_1s_bps = if second % 2 == 0 {
            6_000_000
        } else {
            3_000_000
        };
    });
    assert_eq!(
        of(&figures, Item::Steadiness).0,
        Verdict::Good,
        "{figures:?}"
    );
    let figures = tried(64, |second, input| {
        input.health.bitrate_1s_bps = if second % 20 < 10 { 500_000 } else { 6_000_000 };
    });
    let wanted = (Verdict::Must, Some(Advice::BitrateUnsteady));
    assert_eq!(of(&figures, Item::Steadiness), wanted, "{figures:?}");
}

#[test]
fn loudness_is_judged_only_where_somebody_listened() {
    let level = |heard: Option<Heard>, quiet_s: f64| {
        let (mut trial, mut input) = (Trial::default(), well());
        input.health.quiet_s = quiet_s;
        trial.observe(&input, heard);
        of(&trial.figures(), Item::SoundLevel)
    };
    let at = |lufs| {
        Some(Heard {
            integrated_lufs: Some(lufs),
            ..Heard::default()
        })
    };
    assert_eq!(level(None, 0.0), (Verdict::Unknown, None));
    assert_eq!(level(None, 9.0), (Verdict::Look, Some(Advice::SoundSilent)));
    assert_eq!(
        level(at(-70.0), 0.0),
        (Verdict::Must, Some(Advice::SoundSilent))
    );
    assert_eq!(
        level(at(-30.0), 0.0),
        (Verdict::Look, Some(Advice::SoundLow))
    );
    assert_eq!(
        level(at(-6.0), 0.0),
        (Verdict::Must, Some(Advice::SoundLoud))
    );
    let clipped = Heard {
        clipped_percent: 5.0,
        ..HEARD
    };
    assert_eq!(
        level(Some(clipped), 0.0),
        (Verdict::Must, Some(Advice::SoundLoud))
    );
}

#[test]
fn a_test_is_bounded_and_its_chart_fits() {
    let figures = tried(TRIAL_SECONDS_MAX + 100, |_, _| {});
    assert_eq!(figures.seconds, TRIAL_SECONDS_MAX);
    assert!(
        figures.kbits.len() <= TRIAL_POINTS_MAX,
        "{}",
        figures.kbits.len()
    );
    assert!(figures.kbits.iter().all(|kbits| *kbits == 4_500));
}

#[test]
fn figures_are_read_back_as_they_were_written_and_from_an_older_writing() {
    let figures = tried(30, |_, _| {});
    let text = serde_json::to_string(&figures).unwrap();
    assert_eq!(serde_json::from_str::<Figures>(&text).unwrap(), figures);
    assert_eq!(
        serde_json::from_str::<Figures>("{}").unwrap(),
        Figures::default()
    );
}
