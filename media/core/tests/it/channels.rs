//! Who may send, who is told what.

use std::time::Duration;

use media_core::testing::{Encoder, hls, source};
use media_core::{Busy, ChannelName, Playlist, Rejected, Seat, Settings, State};
use tokio::task::JoinSet;

use crate::support::{Stage, text};

async fn pass(time: Duration) {
    // Paused time moves only as far as the next timer, so that the caretaker sees every moment.
    tokio::time::sleep(time).await;
}

#[tokio::test(start_paused = true)]
async fn a_second_encoder_is_refused_while_the_first_sends() {
    let stage = Stage::new();
    let input = stage.admit();
    Encoder::default().send(&input, 1).unwrap();
    let refused = stage.channels.admit(&stage.name, Seat::Primary, source());
    assert!(matches!(refused, Err(Busy::Sending { .. })));
    drop(input);
    assert!(
        stage
            .channels
            .admit(&stage.name, Seat::Primary, source())
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn an_encoder_silent_for_two_seconds_is_replaced_and_told() {
    let stage = Stage::new();
    let silent = stage.admit();
    Encoder::default().send(&silent, 3).unwrap();
    pass(Duration::from_millis(1_900)).await;
    assert!(
        stage
            .channels
            .admit(&stage.name, Seat::Primary, source())
            .is_err()
    );
    pass(Duration::from_millis(100)).await;
    let input = stage.admit();
    silent.evicted().await;
    assert!(silent.eviction_reason().contains("another encoder"));
    let frame = Encoder::default().picture(0, 0);
    assert!(matches!(silent.frame(frame), Err(Rejected::Evicted(_))));
    Encoder::default().send(&input, 3).unwrap();
    // The departed one's last word must not end the new one.
    drop(silent);
    Encoder {
        start_us: 3_000_000,
        ..Encoder::default()
    }
    .send(&input, 1)
    .unwrap();
}

#[tokio::test(start_paused = true)]
async fn closing_a_channel_evicts_at_once_and_completes_what_was_sent() {
    let stage = Stage::new();
    let input = stage.admit();
    Encoder::default().send(&input, 3).unwrap();
    stage
        .channels
        .close(&stage.name, Some(Seat::Primary), "the key was revoked");
    input.evicted().await;
    assert_eq!(input.eviction_reason(), "the key was revoked");
    assert!(input.frame(Encoder::default().picture(0, 0)).is_err());
    let media = stage.media();
    let total: i64 = media
        .segments
        .iter()
        .map(|segment| segment.duration_us)
        .sum();
    assert!((2_990_000..=3_040_000).contains(&total), "{total}");
    assert_eq!(stage.channels.metrics().publishers.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_status_follows_the_signal() {
    let stage = Stage::new();
    let mut caretaker = JoinSet::new();
    let channels = stage.channels.clone();
    caretaker.spawn(async move { channels.watch_over().await });
    let status = stage.channels.status(&stage.name);
    let mut changes = stage.channels.watch_all();
    assert_eq!(status.borrow().state, State::Idle);
    let input = stage.admit();
    let encoder = Encoder {
        picture_bytes: 10_000,
        ..Encoder::default()
    };
    encoder
        .configs()
        .into_iter()
        .for_each(|config| input.config(config).unwrap());
    let mut at = 0;
    for frame in encoder.frames(5) {
        pass(Duration::from_micros(
            u64::try_from(frame.dts_us - at).unwrap(),
        ))
        .await;
        at = frame.dts_us;
        input.frame(frame).unwrap();
    }
    assert_eq!(changes.next().await, stage.name);
    {
        let status = status.borrow();
        assert_eq!(status.state, State::Receiving);
        assert_eq!(
            (status.width, status.height, status.sample_rate),
            (320, 180, 48_000)
        );
        assert_eq!(status.video_codec.as_deref(), Some("avc1.42c00d"));
        assert!((status.fps - 30.0).abs() < 0.01, "{}", status.fps);
        assert!(
            (2_300_000..2_600_000).contains(&status.bitrate_bps),
            "{}",
            status.bitrate_bps
        );
        assert!((status.key_interval_s - 2.0).abs() < 0.001);
        assert_eq!(status.source.as_ref(), Some(&source()));
        assert!(status.last_part_at.is_some());
    }
    pass(Duration::from_millis(2_500)).await;
    assert_eq!(status.borrow().state, State::Interrupted);
    assert_eq!(status.borrow().bitrate_bps, 0);
    input.frame(encoder.picture(150, 5_000_000)).unwrap();
    assert_eq!(status.borrow().state, State::Receiving);
    drop(input);
    assert_eq!(status.borrow().state, State::Interrupted);
    pass(Duration::from_secs(61)).await;
    assert_eq!(status.borrow().state, State::Idle);
    assert!(stage.channels.snapshot(&stage.name).is_some());
    pass(Duration::from_mins(10)).await;
    assert!(stage.channels.snapshot(&stage.name).is_none());
    assert_eq!(stage.channels.metrics().window_bytes.get(), 0);
    let input = stage.admit();
    Encoder::default().send(&input, 3).unwrap();
    assert!(text(&stage.snapshot(), Playlist::Full).contains("#EXT-X-DISCONTINUITY\n"));
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_lags_hears_of_every_channel_once_more() {
    let stage = Stage::new();
    let mut changes = stage.channels.watch_all();
    let inputs: Vec<_> = (0..media_core::limits::CHANGES_MAX + 10)
        .map(|n| {
            let name = ChannelName::parse(&format!("days/{n}")).unwrap();
            let input = stage
                .channels
                .admit(&name, Seat::Primary, source())
                .unwrap();
            Encoder::default().send(&input, 1).unwrap();
            input
        })
        .collect();
    let mut heard = std::collections::HashSet::new();
    for _ in 0..inputs.len() {
        heard.insert(changes.next().await);
    }
    assert_eq!(heard.len(), inputs.len());
}

#[test]
fn channels_are_limited_in_number() {
    let stage = Stage::new();
    for n in 0..media_core::limits::CHANNELS_MAX {
        stage
            .channels
            .status(&ChannelName::parse(&format!("days/{n}")).unwrap());
    }
    assert!(matches!(
        stage.channels.admit(&stage.name, Seat::Primary, source()),
        Err(Busy::Full)
    ));
}

#[test]
fn memory_is_bounded_whatever_the_bitrate() {
    let settings = Settings {
        window_bytes: 4 * 1024 * 1024,
        ..Settings::default()
    };
    // Three target durations stay listed while that takes no more than three times of it.
    let bound = 4 * settings.window_bytes as u64;
    let stage = Stage::with(settings);
    let input = stage.admit();
    // 60 Mbit/s, and never a second key frame.
    let encoder = Encoder {
        picture_bytes: 250_000,
        gop: 100_000,
        ..Encoder::default()
    };
    encoder
        .configs()
        .into_iter()
        .for_each(|config| input.config(config).unwrap());
    for frame in encoder.frames(10) {
        input.frame(frame).unwrap();
        assert!(stage.channels.metrics().window_bytes.get() < bound);
    }
    stage.media();
}

#[test]
fn three_target_durations_stay_listed_and_what_leaves_the_list_can_be_had_for_a_while() {
    let settings = Settings {
        window_bytes: 800_000,
        ..Settings::default()
    };
    let stage = Stage::with(settings);
    let input = stage.admit();
    // 12 s of it are more than the window may hold, and 24 s are less than three times that.
    let encoder = Encoder {
        picture_bytes: 2_000,
        ..Encoder::default()
    };
    let mut before: Option<hls::Media> = None;
    let mut left: Vec<(u64, i64)> = Vec::new();
    let mut published_us = 0;
    for config in encoder.configs() {
        input.config(config).unwrap();
    }
    for frame in encoder.frames(60) {
        published_us = published_us.max(frame.dts_us);
        input.frame(frame).unwrap();
        let Some(snapshot) = stage.channels.snapshot(&stage.name) else {
            continue;
        };
        let media = stage.media();
        if let Some(before) = &before {
            assert_eq!(hls::check_successor(before, &media), Vec::<String>::new());
            left.extend((before.sequence..media.sequence).map(|msn| (msn, published_us)));
        }
        for (msn, left_us) in &left {
            let is_held = snapshot.segment(*msn).is_some();
            assert!(is_held || published_us - left_us > 8_000_000, "{msn}");
        }
        before = Some(media);
    }
    assert!(left.len() > 10, "{left:?}");
    assert!(stage.snapshot().segment(0).is_none(), "not for ever");
}

#[test]
fn the_window_is_bounded_in_time() {
    let settings = Settings {
        window: Duration::from_secs(30),
        ..Settings::default()
    };
    let stage = Stage::with(settings);
    let input = stage.admit();
    Encoder::default().send(&input, 60).unwrap();
    let media = stage.media();
    let total: i64 = media
        .segments
        .iter()
        .map(|segment| segment.duration_us)
        .sum();
    assert!((26_000_000..=32_000_000).contains(&total), "{total}");
    assert!(media.sequence > 10);
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_channel_ends_its_encoder_and_its_name_begins_anew() {
    let stage = Stage::new();
    let input = stage.admit();
    Encoder::default().send(&input, 3).unwrap();
    assert!(stage.channels.snapshot(&stage.name).is_some());
    stage.channels.forget(&stage.name);
    input.evicted().await;
    assert!(!stage.channels.names().contains(&stage.name));
    assert!(stage.channels.snapshot(&stage.name).is_none());
    assert_eq!(stage.channels.metrics().publishers.get(), 0);
    let again = stage.admit();
    drop(input);
    Encoder::default().send(&again, 3).unwrap();
    let status = stage.channels.status(&stage.name).borrow().clone();
    assert_eq!(status.state, State::Receiving);
    stage
        .channels
        .forget(&ChannelName::parse("no/body").unwrap());
}
