//! Sound follows itself sample by sample, whatever becomes of its source: browsers play by samples.

use media_core::Seat;
use media_core::frame::{Frame, Kind};
use media_core::testing::Encoder;

use crate::redundancy::{Camera, Show, slate};
use crate::support::Stage;

/// A frame of sound as viewers get it, in samples.
#[derive(Clone, Copy, Debug)]
struct Heard {
    at: i64,
    duration: i64,
    bytes: u32,
}

const RATE: i64 = 48_000;
const FRAME: i64 = 1_024;

/// Every frame of sound that was published, and per part where its pictures and its sound end, in seconds.
fn heard(stage: &Stage) -> (Vec<Heard>, Vec<(f64, f64)>) {
    use mp4_atom::{Decode, Moof};
    let (mut frames, mut ends) = (Vec::new(), Vec::new());
    for part in stage
        .snapshot()
        .segments()
        .iter()
        .flat_map(|segment| &segment.parts)
    {
        let moof = Moof::decode(&mut &part.data[..]).unwrap();
        let mut end = (0.0, 0.0);
        for traf in &moof.traf {
            let mut at = i64::try_from(traf.tfdt.as_ref().unwrap().base_media_decode_time).unwrap();
            for sample in &traf.trun[0].samples {
                let duration = i64::from(sample.duration.unwrap());
                if traf.tfhd.track_id == 2 {
                    frames.push(Heard {
                        at,
                        duration,
                        bytes: sample.size.unwrap(),
                    });
                }
                at += duration;
            }
            #[expect(clippy::cast_precision_loss, reason = "minutes")]
            if traf.tfhd.track_id == 2 {
                end.1 = at as f64 / RATE as f64;
            } else {
                end.0 = at as f64 / 90_000.0;
            }
        }
        ends.push(end);
    }
    (frames, ends)
}

/// No hole, no overlap, and no frame that is said to last longer than its samples do.
fn assert_unbroken(frames: &[Heard]) {
    for pair in frames.windows(2) {
        assert_eq!(pair[0].at + pair[0].duration, pair[1].at, "{pair:?}");
    }
    // Clocks that drift are followed by a hundredth of a frame.
    let odd = frames
        .iter()
        .find(|frame| (frame.duration - FRAME).abs() > FRAME / 100);
    assert!(odd.is_none(), "{odd:?}");
}

fn cameras() -> (Camera, Camera) {
    let camera = |seat, start_us| {
        let encoder = Encoder {
            start_us,
            ..Encoder::default()
        };
        Camera::new(seat, encoder, 120)
    };
    (
        camera(Seat::Primary, 77_003_000),
        camera(Seat::Backup, -5_000_011_000),
    )
}

#[tokio::test(start_paused = true)]
async fn sound_is_unbroken_through_every_change_of_input() {
    let mut show = Show::new(None);
    let (mut primary, mut backup) = cameras();
    primary.connect(&show);
    backup.connect(&show);
    show.pass(6_000, &mut [&mut primary, &mut backup], &[])
        .await;
    for round in 0..6 {
        primary.input = None;
        show.pass(4_010 + 130 * round, &mut [&mut primary, &mut backup], &[])
            .await;
        primary.connect(&show);
        show.pass(7_000, &mut [&mut primary, &mut backup], &[])
            .await;
    }
    let (frames, ends) = heard(&show.stage);
    assert!(frames.len() > 1_000, "{}", frames.len());
    assert_unbroken(&frames);
    let apart = ends.last().map(|(seen, heard)| (seen - heard).abs());
    assert!(apart.unwrap() < 0.1, "nothing adds up: {apart:?}");
}

#[tokio::test(start_paused = true)]
async fn sound_is_unbroken_from_slate_to_encoder_and_back() {
    let mut show = Show::new(Some(slate()));
    let (mut primary, _) = cameras();
    primary.connect(&show);
    show.pass(6_000, &mut [&mut primary], &[]).await;
    primary.input = None;
    show.pass(5_000, &mut [&mut primary], &[]).await;
    primary.connect(&show);
    show.pass(6_000, &mut [&mut primary], &[]).await;
    let (frames, _) = heard(&show.stage);
    // The slate has pictures of another configuration: a discontinuity, at which times may jump.
    let breaks: Vec<_> = frames
        .windows(2)
        .filter(|pair| pair[0].at + pair[0].duration != pair[1].at)
        .collect();
    assert!(breaks.len() <= 2, "{breaks:?}");
}

/// Frames of ten seconds in the order in which they arrive.
fn arriving(sound_lags_us: i64, is_heard: impl Fn(i64) -> bool) -> Vec<Frame> {
    let mut frames = Encoder::default().frames(10);
    frames.retain(|frame| frame.kind == Kind::Video || is_heard(frame.dts_us));
    frames.sort_by_key(|frame| match frame.kind {
        Kind::Audio => frame.dts_us + sound_lags_us,
        Kind::Video => frame.dts_us,
    });
    frames
}

fn play(frames: Vec<Frame>) -> Stage {
    let stage = Stage::new();
    let input = stage.admit();
    for config in Encoder::default().configs() {
        input.config(config).unwrap();
    }
    stage.play(&input, frames);
    stage
}

#[tokio::test(start_paused = true)]
async fn where_sound_stays_away_silence_takes_its_place() {
    let first = Encoder::default().start_us;
    let stage = play(arriving(0, |at_us| {
        !(3_000_000..7_000_000).contains(&(at_us - first))
    }));
    let (frames, ends) = heard(&stage);
    assert_unbroken(&frames);
    let silent: i64 = frames
        .iter()
        .filter(|frame| frame.bytes == 7)
        .map(|frame| frame.duration)
        .sum();
    assert!((silent - 4 * RATE).abs() <= 2 * FRAME, "{silent}");
    let mut reached = 0.0_f64;
    for (seen, heard) in ends {
        reached = reached.max(heard);
        assert!(
            seen - reached < 1.4,
            "players run out of sound: {seen} {reached}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_holds_the_sound_of_its_pictures_to_the_end() {
    for lag_us in [0, 25_000, 60_000, 90_000] {
        let stage = play(arriving(lag_us, |_| true));
        let (frames, ends) = heard(&stage);
        assert_unbroken(&frames);
        let short: Vec<_> = ends.iter().filter(|(seen, heard)| seen > heard).collect();
        assert!(short.is_empty(), "{lag_us}: {short:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pictures_do_not_wait_for_sound_that_is_always_late() {
    let stage = play(arriving(400_000, |_| true));
    let (frames, ends) = heard(&stage);
    assert_unbroken(&frames);
    assert!(ends.len() > 20, "{}", ends.len());
    // The last moment, where sound ends before the picture.
    let silent = frames.iter().filter(|frame| frame.bytes == 7).count();
    assert!(silent <= 1, "nothing was replaced: {silent}");
}
