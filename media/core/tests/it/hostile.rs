//! Encoders that behave badly: what viewers get stays a valid playlist. The numbers are rows of the
//! catalogue of bad input.

use bytes::Bytes;
use media_core::frame::{Config, Frame, Kind};
use media_core::metrics::Drop;
use media_core::testing::{self, Encoder, hls};
use media_core::{Input, Rejected};
use mp4_atom::{Decode as _, Moof};

use crate::support::Stage;

pub(crate) fn total_us(media: &hls::Media) -> i64 {
    let parts = |segment: &hls::Listed| segment.parts.iter().map(|part| part.duration_us).sum();
    let length = |segment: &hls::Listed| match segment.uri {
        Some(_) => segment.duration_us,
        None => parts(segment),
    };
    media.segments.iter().map(length).sum()
}

pub(crate) fn discontinuities(media: &hls::Media) -> usize {
    media
        .segments
        .iter()
        .filter(|segment| segment.discontinuity)
        .count()
}

/// Pictures in a part.
fn pictures(part: &[u8]) -> usize {
    let moof = Moof::decode(&mut &part[..]).unwrap();
    let video = moof.traf.iter().find(|traf| traf.tfhd.track_id == 1);
    video.map_or(0, |traf| traf.trun[0].samples.len())
}

pub(crate) fn announce(input: &Input, encoder: &Encoder) {
    encoder
        .configs()
        .into_iter()
        .for_each(|config| input.config(config).unwrap());
}

pub(crate) fn send(input: &Input, frames: impl IntoIterator<Item = Frame>) {
    frames
        .into_iter()
        .for_each(|frame| input.frame(frame).unwrap());
}

pub(crate) fn shifted(frames: Vec<Frame>, by_us: i64) -> impl Iterator<Item = Frame> {
    frames.into_iter().map(move |frame| Frame {
        dts_us: frame.dts_us + by_us,
        ..frame
    })
}

#[test]
fn row_13_times_may_begin_and_end_anywhere() {
    for start_us in [
        i64::MIN,
        i64::MAX - 10_000_000,
        -1,
        (i64::from(u32::MAX) - 16) * 1_000,
    ] {
        let stage = Stage::new();
        let input = stage.admit();
        let encoder = Encoder::default();
        announce(&input, &encoder);
        for frame in encoder.frames(3) {
            let dts_us = start_us.saturating_add(frame.dts_us);
            input.frame(Frame { dts_us, ..frame }).unwrap();
        }
        drop(input);
        stage.media();
    }
}

#[test]
fn row_14_small_steps_back_are_clamped_and_jumps_begin_anew() {
    for (step_us, expected) in [
        (-400_000, 0),
        (-10_000_000, 1),
        (60_000_000, 1),
        (i64::from(u32::MAX) * 1_000, 1),
    ] {
        let stage = Stage::new();
        let input = stage.admit();
        let encoder = Encoder::default();
        announce(&input, &encoder);
        send(&input, encoder.frames(4));
        let next = Encoder {
            start_us: 4_000_000,
            ..encoder
        };
        send(&input, shifted(next.frames(6), step_us));
        let media = stage.media();
        assert_eq!(discontinuities(&media), expected, "{step_us}");
        let total = total_us(&media);
        assert!(
            (9_000_000..=10_100_000).contains(&total),
            "{step_us}: {total}"
        );
        let metrics = stage.channels.metrics();
        assert_eq!(metrics.jumps.get(), expected as u64);
        assert_eq!(metrics.clamped.get() > 0, step_us == -400_000);
    }
}

#[test]
fn row_14_what_waits_on_a_clock_that_jumps_before_anything_is_shown_is_forgotten() {
    for by_us in [-3_600_000_000, 3_600_000_000] {
        let stage = Stage::new();
        let input = stage.admit();
        let encoder = Encoder::default();
        announce(&input, &encoder);
        send(&input, encoder.frames(2).into_iter().take(8));
        send(&input, shifted(encoder.frames(4), by_us));
        drop(input);
        assert_eq!(discontinuities(&stage.media()), 0);
        let pictures: usize = stage
            .snapshot()
            .segments()
            .iter()
            .flat_map(|segment| &segment.parts)
            .map(|part| pictures(&part.data))
            .sum();
        assert_eq!(pictures, 120, "four seconds of thirty, and nothing before");
    }
}

#[test]
fn row_15_pictures_that_come_late_on_a_clock_of_their_own_begin_beside_the_sound() {
    let stage = Stage::new();
    let encoder = Encoder::default();
    let input = stage.admit();
    announce(&input, &encoder);
    send(&input, encoder.frames(2));
    drop(input);
    // It comes back with twelve seconds of sound, and then with pictures that count from elsewhere.
    let input = stage.admit();
    announce(&input, &encoder);
    let (pictures, sounds): (Vec<_>, Vec<_>) = encoder
        .frames(14)
        .into_iter()
        .partition(|frame| frame.kind == Kind::Video);
    let later = |frame: &Frame| frame.dts_us >= 12_000_000;
    send(&input, sounds.iter().filter(|frame| !later(frame)).cloned());
    let mut rest: Vec<Frame> = pictures.into_iter().filter(later).collect();
    for picture in &mut rest {
        picture.dts_us -= 3_600_000_000;
    }
    rest.extend(sounds.into_iter().filter(later));
    rest.sort_by_key(|frame| frame.dts_us.rem_euclid(1_800_000_000));
    send(&input, rest);
    drop(input);
    let parts = stage.media().segments.into_iter().flat_map(|one| one.parts);
    let longest = parts.map(|part| part.duration_us).max();
    assert!(longest.is_some_and(|us| us < 400_000), "{longest:?}");
}

#[test]
fn row_14_a_clock_that_jumps_all_the_time_is_turned_away() {
    let stage = Stage::new();
    let input = stage.admit();
    let encoder = Encoder {
        sound: false,
        gop: 1,
        ..Encoder::default()
    };
    announce(&input, &encoder);
    send(&input, encoder.frames(3));
    let refused = (0..100).find_map(|n| {
        let frame = encoder.picture(n, n % 2 * 3_600_000_000);
        input.frame(frame).err()
    });
    assert_eq!(refused, Some(Rejected::Unsteady));
    stage.media();
}

#[test]
fn row_15_a_constant_offset_between_picture_and_sound_stays() {
    let stage = Stage::new();
    let input = stage.admit();
    let encoder = Encoder::default();
    announce(&input, &encoder);
    let late = |frame: Frame| match frame.kind {
        Kind::Audio => Frame {
            dts_us: frame.dts_us + 800_000,
            ..frame
        },
        Kind::Video => frame,
    };
    send(&input, encoder.frames(6).into_iter().map(late));
    let media = stage.media();
    assert_eq!(discontinuities(&media), 0);
    assert!(hls::odd_parts(&media).is_empty());
}

#[test]
fn row_16_negative_presentation_offsets_are_kept_and_absurd_ones_bounded() {
    for cts_us in [-33_000, 67_000, i64::MAX, i64::MIN] {
        let stage = Stage::new();
        let input = stage.admit();
        Encoder {
            cts_us,
            ..Encoder::default()
        }
        .send(&input, 3)
        .unwrap();
        stage.media();
    }
}

#[test]
fn row_17_nothing_is_published_before_a_key_frame() {
    let stage = Stage::new();
    let input = stage.admit();
    let encoder = Encoder::default();
    announce(&input, &encoder);
    send(
        &input,
        encoder
            .frames(6)
            .into_iter()
            .filter(|frame| frame.kind == Kind::Audio || frame.dts_us > 500_000),
    );
    let media = stage.media();
    assert!(media.segments[0].parts[0].independent);
    assert!(stage.channels.metrics().drops(Drop::BeforeKey).get() >= 30);
    assert!(media.independent_segments);
}

#[test]
fn row_17_a_long_group_of_pictures_is_cut_without_keys_and_says_so() {
    let stage = Stage::new();
    let input = stage.admit();
    Encoder {
        gop: 100_000,
        ..Encoder::default()
    }
    .send(&input, 15)
    .unwrap();
    let media = stage.media();
    assert!(media.segments.len() >= 3);
    assert!(!media.independent_segments);
    assert!(media.segments[1].parts.iter().all(|part| !part.independent));
    assert!(stage.channels.metrics().forced_cuts.get() >= 3);
}

#[tokio::test(start_paused = true)]
async fn row_18_frames_without_configuration_are_refused_after_five_seconds() {
    let stage = Stage::new();
    let input = stage.admit();
    let encoder = Encoder::default();
    for n in 0..10 {
        input.frame(encoder.picture(n, n * 33_333)).unwrap();
    }
    tokio::time::sleep(std::time::Duration::from_millis(5_100)).await;
    assert_eq!(
        input.frame(encoder.picture(10, 333_000)),
        Err(Rejected::Unconfigured)
    );
    assert_eq!(stage.channels.metrics().drops(Drop::Unconfigured).get(), 10);
}

#[test]
fn row_18_a_repeated_configuration_changes_nothing() {
    let stage = Stage::new();
    let input = stage.admit();
    let encoder = Encoder::default();
    for frame in encoder.frames(6) {
        if frame.key {
            announce(&input, &encoder);
        }
        input.frame(frame).unwrap();
    }
    assert_eq!(discontinuities(&stage.media()), 0);
}

#[test]
fn row_18_an_invalid_configuration_is_refused_with_a_reason() {
    let stage = Stage::new();
    let input = stage.admit();
    let record = testing::avc_record();
    let no_sets = Bytes::from_static(&[1, 0x42, 0xc0, 0x0d, 0xff, 0xe0, 0]);
    for bad in [
        Bytes::new(),
        record.slice(..20),
        no_sets,
        Bytes::from(vec![1; 100_000]),
    ] {
        assert!(matches!(
            input.config(Config::Avc(bad)),
            Err(Rejected::Config(_))
        ));
    }
    for bad in [Bytes::new(), Bytes::from_static(&[0xff, 0xff])] {
        assert!(matches!(
            input.config(Config::Aac(bad)),
            Err(Rejected::Config(_))
        ));
    }
}

#[test]
fn row_19_a_changed_configuration_begins_at_its_key_frame_with_another_header() {
    let stage = Stage::new();
    let input = stage.admit();
    let encoder = Encoder::default();
    announce(&input, &encoder);
    send(&input, encoder.frames(5));
    input
        .config(Config::Avc(testing::other_avc_record()))
        .unwrap();
    send(
        &input,
        Encoder {
            start_us: 5_000_000,
            ..encoder
        }
        .frames(5),
    );
    let media = stage.media();
    assert_eq!(discontinuities(&media), 1);
    let changed = media
        .segments
        .windows(2)
        .find(|pair| pair[0].map != pair[1].map)
        .unwrap();
    assert!(changed[1].discontinuity);
    assert!((total_us(&media) - 10_000_000).abs() < 400_000);
}

#[test]
fn row_21_damaged_frames_are_dropped_and_counted() {
    let stage = Stage::new();
    let input = stage.admit();
    let encoder = Encoder::default();
    announce(&input, &encoder);
    for (n, frame) in (0..).zip(encoder.frames(6)) {
        if n % 7 == 3 && frame.kind == Kind::Video && !frame.key {
            let damaged = Bytes::from_static(&[0, 0, 1, 0, 0x41]);
            input
                .frame(Frame {
                    data: damaged,
                    ..frame
                })
                .unwrap();
        } else {
            input.frame(frame).unwrap();
        }
    }
    stage.media();
    assert!(stage.channels.metrics().drops(Drop::Malformed).get() > 10);
}

#[test]
fn row_22_one_kind_alone_begins_after_two_seconds() {
    for encoder in [
        Encoder {
            sound: false,
            ..Encoder::default()
        },
        Encoder {
            pictures: None,
            ..Encoder::default()
        },
    ] {
        let stage = Stage::new();
        let input = stage.admit();
        announce(&input, &encoder);
        for frame in encoder.frames(6) {
            let at = frame.dts_us;
            input.frame(frame).unwrap();
            let begun = stage.channels.snapshot(&stage.name).is_some();
            let may_begin = (2_000_000..2_300_000).contains(&at);
            assert!(may_begin || begun == (at >= 2_000_000), "{at}");
        }
        let media = stage.media();
        assert!(hls::odd_parts(&media).is_empty());
        assert!(total_us(&media) > 5_500_000);
    }
}

#[test]
fn row_22_a_second_kind_that_comes_late_is_announced() {
    for (first, second) in [(true, false), (false, true)] {
        let stage = Stage::new();
        let input = stage.admit();
        let one = Encoder {
            sound: !first,
            pictures: first.then_some((30, 1)),
            ..Encoder::default()
        };
        announce(&input, &one);
        send(&input, one.frames(5));
        let both = Encoder {
            start_us: 5_000_000,
            ..Encoder::default()
        };
        announce(&input, &both);
        send(&input, both.frames(6));
        let media = stage.media();
        assert_eq!(discontinuities(&media), 1, "{first} {second}");
        let codecs = &stage
            .snapshot()
            .segments()
            .last()
            .unwrap()
            .init
            .codecs
            .clone();
        assert_eq!(codecs, "avc1.42c00d,mp4a.40.2");
    }
}

#[test]
fn row_26_absurd_frames_are_dropped() {
    let stage = Stage::new();
    let input = stage.admit();
    let encoder = Encoder::default();
    announce(&input, &encoder);
    send(&input, encoder.frames(3));
    let huge = Encoder {
        picture_bytes: 8 * 1024 * 1024 + 1,
        ..encoder.clone()
    };
    input.frame(huge.picture(1, 3_000_000)).unwrap();
    let noise = Frame {
        data: Bytes::from(vec![0; 20_000]),
        ..encoder.sound(3_000_000)
    };
    input.frame(noise).unwrap();
    input
        .frame(Frame {
            data: Bytes::new(),
            ..encoder.sound(3_000_000)
        })
        .unwrap();
    input
        .frame(Frame {
            data: Bytes::new(),
            ..encoder.picture(1, 3_000_000)
        })
        .unwrap();
    let metrics = stage.channels.metrics();
    assert_eq!(metrics.drops(Drop::TooLarge).get(), 2);
    assert_eq!(metrics.drops(Drop::Malformed).get(), 2);
    stage.media();
}

#[test]
fn row_26_every_frame_rate_keeps_the_rule_of_parts() {
    for pictures in [
        (240, 1),
        (120, 1),
        (60, 1),
        (50, 1),
        (30_000, 1_001),
        (24, 1),
        (15, 1),
        (10, 1),
        (5, 1),
        (2, 1),
        (1, 1),
    ] {
        for sound in [true, false] {
            let stage = Stage::new();
            let input = stage.admit();
            let gop = (2 * pictures.0 / pictures.1).max(1);
            let encoder = Encoder {
                pictures: Some(pictures),
                gop,
                sound,
                ..Encoder::default()
            };
            encoder.send(&input, 12).unwrap();
            let media = stage.media();
            assert_eq!(
                hls::odd_parts(&media),
                [],
                "{pictures:?} {sound} {}",
                media.part_target_us
            );
            assert!(
                total_us(&media) > 9_000_000,
                "{pictures:?} {sound} {}",
                total_us(&media)
            );
        }
    }
}

#[test]
fn row_26_pictures_that_come_as_they_like_are_cut_by_sound() {
    let stage = Stage::new();
    let input = stage.admit();
    let encoder = Encoder::default();
    announce(&input, &encoder);
    // Three pictures of a hundred, at no rhythm at all, as a shared screen.
    let keep = |frame: &Frame| frame.kind == Kind::Audio || frame.key || frame.dts_us % 37 == 0;
    send(&input, encoder.frames(20).into_iter().filter(keep));
    let media = stage.media();
    assert_eq!(hls::odd_parts(&media), []);
}

#[test]
fn row_37_a_stepping_wall_clock_does_not_bend_the_dates() {
    let stage = Stage::new();
    let input = stage.admit();
    let encoder = Encoder::default();
    announce(&input, &encoder);
    stage.play(&input, encoder.frames(5));
    stage.clock.advance(std::time::Duration::from_hours(1));
    stage.play(
        &input,
        Encoder {
            start_us: 5_000_000,
            ..encoder
        }
        .frames(5),
    );
    let media = stage.media();
    let dates: Vec<i64> = media
        .segments
        .iter()
        .map(|segment| segment.date_us.unwrap())
        .collect();
    for (pair, segment) in dates.windows(2).zip(&media.segments) {
        assert!(
            (pair[1] - pair[0] - segment.duration_us).abs() < 2_000,
            "{dates:?}"
        );
    }
}

#[test]
fn row_22_a_gap_in_sound_alone_before_another_configuration_makes_no_segment_longer_than_announced()
{
    let stage = Stage::new();
    let input = stage.admit();
    let encoder = Encoder {
        pictures: None,
        ..Encoder::default()
    };
    announce(&input, &encoder);
    send(&input, encoder.frames(4).into_iter().take(186));
    // 44,100 Hz from here on, 2.9 s after the last frame.
    input
        .config(Config::Aac(Bytes::from_static(&[0x12, 0x10])))
        .unwrap();
    send(&input, shifted(encoder.frames(6), 6_900_000));
    let media = stage.media();
    assert_eq!(discontinuities(&media), 1);
}
