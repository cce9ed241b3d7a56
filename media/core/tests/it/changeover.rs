//! One encoder after the other on the same time line.

use media_core::frame::{Config, Frame, Kind};
use media_core::testing::{self, Encoder, hls};
use mp4_atom::{Decode, Moof};

use crate::hostile::{announce, discontinuities, send, total_us};
use crate::support::Stage;

#[test]
fn row_12_an_encoder_that_comes_back_continues_without_a_discontinuity() {
    let stage = Stage::new();
    let mut last: Option<hls::Media> = None;
    for life in 0..4 {
        let input = stage.admit();
        let encoder = Encoder {
            start_us: life * 77_000_000,
            ..Encoder::default()
        };
        announce(&input, &encoder);
        stage.play(&input, encoder.frames(5));
        drop(input);
        stage.clock.advance(std::time::Duration::from_secs(7));
        let media = stage.media();
        assert_eq!(discontinuities(&media), 0);
        assert!(
            hls::odd_parts(&media).is_empty(),
            "{:?}",
            hls::odd_parts(&media)
        );
        if let Some(last) = &last {
            assert_eq!(hls::check_successor(last, &media), Vec::<String>::new());
        }
        last = Some(media);
    }
    let media = last.unwrap();
    assert!(
        (total_us(&media) - 20_000_000).abs() < 200_000,
        "{}",
        total_us(&media)
    );
    // The date follows the wall: five seconds of media, seven of silence.
    let dates: Vec<i64> = media
        .segments
        .iter()
        .map(|segment| segment.date_us.unwrap())
        .collect();
    assert!(
        dates.windows(2).any(|pair| pair[1] - pair[0] > 7_000_000),
        "{dates:?}"
    );
}

#[test]
fn row_12_an_encoder_that_comes_back_otherwise_is_announced() {
    let stage = Stage::new();
    let input = stage.admit();
    Encoder::default().send(&input, 3).unwrap();
    drop(input);
    let input = stage.admit();
    input
        .config(Config::Avc(testing::other_avc_record()))
        .unwrap();
    input.config(Config::Aac(testing::aac_config())).unwrap();
    send(&input, Encoder::default().frames(3));
    let media = stage.media();
    assert_eq!(discontinuities(&media), 1);
    let maps: std::collections::HashSet<_> = media.segments.iter().map(|s| &s.map).collect();
    assert_eq!(maps.len(), 2);
}

/// The largest hole in each track of what is published, in microseconds.
fn holes(stage: &Stage) -> Vec<(u32, i64)> {
    let mut ends = std::collections::BTreeMap::new();
    let mut holes = std::collections::BTreeMap::new();
    for segment in stage.snapshot().segments() {
        for part in &segment.parts {
            let moof = Moof::decode(&mut &part.data[..]).unwrap();
            for traf in &moof.traf {
                let track = traf.tfhd.track_id;
                let scale = if track == 1 { 90_000 } else { 48_000 };
                let micros = |ticks: u64| i64::try_from(ticks * 1_000_000 / scale).unwrap();
                let begin = traf.tfdt.as_ref().unwrap().base_media_decode_time;
                let length: u64 = traf.trun[0]
                    .samples
                    .iter()
                    .map(|s| u64::from(s.duration.unwrap()))
                    .sum();
                let end = ends.insert(track, micros(begin + length));
                let hole = end.map_or(0, |end| micros(begin) - end);
                let most: &mut i64 = holes.entry(track).or_default();
                *most = hole.max(*most);
            }
        }
    }
    holes.into_iter().collect()
}

#[test]
fn row_12_no_track_has_a_hole_where_one_encoder_ends_and_the_next_begins() {
    for (outlasts, late_us) in [
        (Kind::Video, 300_000),
        (Kind::Audio, 300_000),
        (Kind::Video, 70_000),
        (Kind::Audio, 70_000),
    ] {
        let stage = Stage::new();
        for life in 0..3 {
            let input = stage.admit();
            let encoder = Encoder {
                start_us: life * 50_000_000,
                ..Encoder::default()
            };
            announce(&input, &encoder);
            let ends = |frame: &Frame| {
                let at_us = frame.dts_us - encoder.start_us;
                at_us < 4_100_000 - if frame.kind == outlasts { 0 } else { late_us }
            };
            send(&input, encoder.frames(5).into_iter().filter(ends));
            drop(input);
        }
        stage.media();
        assert_eq!(discontinuities(&stage.media()), 0);
        for (track, hole) in holes(&stage) {
            assert!(
                hole < 50_000,
                "{outlasts:?} {late_us}: {hole} in track {track}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_channel_begins_again() {
    let stage = Stage::new();
    let mut caretaker = tokio::task::JoinSet::new();
    let channels = stage.channels.clone();
    caretaker.spawn(async move { channels.watch_over().await });
    for (life, last_us) in (0..).zip([3_000_000, 3_020_000, 3_060_000, 3_400_000]) {
        let input = stage.admit();
        let encoder = Encoder {
            start_us: life * 50_000_000,
            ..Encoder::default()
        };
        encoder.send(&input, 3).unwrap();
        // A picture that outlasts the sound, more and more.
        input
            .frame(Encoder { gop: 1, ..encoder }.picture(1, last_us))
            .unwrap();
        drop(input);
        stage.media();
        tokio::time::sleep(std::time::Duration::from_mins(11)).await;
        assert!(stage.channels.snapshot(&stage.name).is_none());
    }
}
