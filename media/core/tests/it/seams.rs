//! Sound stays with the picture over any number of changes: players count its samples.

use media_core::testing::{Codec, Encoder};
use mp4_atom::{Decode, Moof};

use crate::hostile::announce;
use crate::support::Stage;

/// How many ticks the samples of the sound fall short of what its times say, at the end of each part.
fn owed(stage: &Stage, samples_per_frame: i64) -> Vec<i64> {
    let (mut owed, mut all, mut end) = (0, Vec::new(), None);
    let snapshot = stage.snapshot();
    for part in snapshot.segments().iter().flat_map(|it| &it.parts) {
        let moof = Moof::decode(&mut &part.data[..]).unwrap();
        for traf in moof.traf.iter().filter(|traf| traf.tfhd.track_id == 2) {
            let begins = traf.tfdt.as_ref().unwrap().base_media_decode_time;
            let begins = i64::try_from(begins).unwrap();
            owed += begins - end.unwrap_or(begins);
            let samples = &traf.trun[0].samples;
            let lasts: i64 = samples
                .iter()
                .map(|it| i64::from(it.duration.unwrap()))
                .sum();
            owed += lasts - samples_per_frame * i64::try_from(samples.len()).unwrap();
            end = Some(begins + lasts);
            all.push(owed);
        }
    }
    all
}

#[test]
fn sound_does_not_run_ahead_however_often_the_encoder_changes() {
    for (sound_codec, frame) in [(Codec::Aac, 1_024), (Codec::Opus, 960)] {
        let stage = Stage::new();
        for life in 0..12 {
            let input = stage.admit();
            let encoder = Encoder {
                start_us: life * 77_000_000,
                codec: sound_codec,
                ..Encoder::default()
            };
            announce(&input, &encoder);
            // It leaves in the middle of everything, each time somewhere else.
            let mut frames = encoder.frames(4);
            frames.truncate(frames.len() - usize::try_from(life * 7 % 11).unwrap());
            stage.play(&input, frames);
            drop(input);
            stage.clock.advance(std::time::Duration::from_secs(1));
        }
        let owed = owed(&stage, frame);
        assert!(owed.len() > 100, "{}", owed.len());
        // Half a frame, and what rounding to ticks costs.
        let most = owed.iter().map(|ticks| ticks.abs()).max().unwrap();
        assert!(
            most <= frame / 2 + 64,
            "{sound_codec:?}: {most} of {owed:?}"
        );
    }
}
