//! Encoders that mean well and have bad luck: what viewers get stays a valid playlist, and sound stays with the picture.

use bytes::Bytes;
use media_core::frame::{Config, Frame, Kind};
use media_core::testing::{self, Encoder};

use crate::hostile::{announce, discontinuities, send, total_us};
use crate::support::Stage;

/// `AudioSpecificConfig`: AAC-LC, 44.1 kHz, stereo.
const AAC_44100: &[u8] = &[0x12, 0x10];

/// Ten seconds of an encoder through `change`; the playlist is valid all the way.
fn play(encoder: &Encoder, change: impl Fn(usize, Frame) -> Option<Frame>) -> Stage {
    let stage = Stage::new();
    let input = stage.admit();
    announce(&input, encoder);
    for (n, frame) in encoder.frames(10).into_iter().enumerate() {
        let Some(frame) = change(n, frame) else {
            continue;
        };
        input.frame(frame).unwrap();
        if n % 50 == 49 && stage.channels.snapshot(&stage.name).is_some() {
            stage.media();
        }
    }
    drop(input);
    stage
}

#[test]
fn row_17_every_picture_a_key_frame_makes_segments_of_the_usual_length() {
    let encoder = Encoder {
        gop: 1,
        ..Encoder::default()
    };
    let media = play(&encoder, |_, frame| Some(frame)).media();
    assert!(media.segments.len() <= 6, "{}", media.segments.len());
}

#[test]
fn row_14_a_second_of_pictures_with_one_and_the_same_time_is_survived() {
    let first = Encoder::default().start_us;
    let stage = play(&Encoder::default(), |_, frame| {
        let at_us = frame.dts_us - first;
        let is_stuck = frame.kind == Kind::Video && (3_000_000..4_000_000).contains(&at_us);
        let dts_us = if is_stuck {
            first + 3_000_000
        } else {
            frame.dts_us
        };
        Some(Frame { dts_us, ..frame })
    });
    assert_eq!(discontinuities(&stage.media()), 0);
}

#[test]
fn row_14_pauses_just_shorter_than_a_jump_cost_no_discontinuity_and_no_time() {
    let stage = play(&Encoder::default(), |_, frame| {
        let pauses = (frame.dts_us / 2_500_000).min(2);
        Some(Frame {
            dts_us: frame.dts_us + pauses * 2_900_000,
            ..frame
        })
    });
    let media = stage.media();
    assert_eq!(discontinuities(&media), 0);
    let length_us = total_us(&media);
    assert!((length_us - 15_800_000).abs() < 200_000, "{length_us}");
}

#[test]
fn row_19_a_sound_configuration_that_flaps_begins_anew_at_key_frames_only() {
    let stage = Stage::new();
    let input = stage.admit();
    announce(&input, &Encoder::default());
    for (n, frame) in Encoder::default().frames(10).into_iter().enumerate() {
        if n % 37 == 0 {
            let config = match n / 37 % 2 {
                0 => testing::aac_config(),
                _ => Bytes::from_static(AAC_44100),
            };
            input.config(Config::Aac(config)).unwrap();
        }
        input.frame(frame).unwrap();
    }
    drop(input);
    assert!(discontinuities(&stage.media()) <= 5);
}

#[test]
fn row_15_sound_that_is_sampled_faster_than_it_says_stays_with_the_picture() {
    let stage = Stage::new();
    let input = stage.admit();
    for config in [
        Config::Avc(testing::avc_record()),
        Config::Aac(Bytes::from_static(AAC_44100)),
    ] {
        input.config(config).unwrap();
    }
    // 48,000 samples a second come, 44,100 are said to.
    send(&input, Encoder::default().frames(30));
    drop(input);
    let media = stage.media();
    let length_us = total_us(&media);
    assert!((length_us - 30_000_000).abs() < 500_000, "{length_us}");
}

#[test]
fn row_22_sound_that_stops_for_good_takes_no_picture_with_it() {
    let stage = play(&Encoder::default(), |_, frame| {
        let is_gone = frame.kind == Kind::Audio && frame.dts_us > 4_000_000;
        (!is_gone).then_some(frame)
    });
    let length_us = total_us(&stage.media());
    assert!((length_us - 10_000_000).abs() < 200_000, "{length_us}");
}
