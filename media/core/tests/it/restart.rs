//! Killed and started again: addresses never mean two things.

use std::collections::HashMap;

use media_core::Settings;
use media_core::testing::{Encoder, hls};

use crate::support::Stage;

#[test]
fn addresses_stay_unique_over_kills_and_the_sequence_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut served: HashMap<String, Vec<u8>> = HashMap::new();
    let mut last: Option<hls::Media> = None;
    for life in 0..4_i64 {
        let stage = Stage::kept_in(Settings::default(), Some(dir.path()));
        let input = stage.admit();
        let encoder = Encoder {
            picture_bytes: 100 + usize::try_from(life).unwrap(),
            ..Encoder::default()
        };
        encoder.send(&input, 3 + 40 * life).unwrap();
        let media = stage.media();
        for segment in stage.snapshot().segments() {
            for (index, part) in segment.parts.iter().enumerate() {
                let before = served.insert(segment.part_address(index), part.data.to_vec());
                assert!(before.is_none(), "{}", segment.part_address(index));
            }
        }
        if let Some(last) = &last {
            // Exactly the next one: hls.js looks for it.
            assert_eq!(media.sequence, last.sequence + last.segments.len() as u64);
            assert!(media.discontinuity_sequence >= last.discontinuity_sequence);
            assert!(media.segments[0].discontinuity, "a restart is announced");
        }
        last = Some(media);
        // As by a kill: nothing gets to say goodbye.
        std::mem::forget(input);
    }
}

#[test]
fn a_new_channel_begins_with_a_number_that_no_player_takes_for_none() {
    let dir = tempfile::tempdir().unwrap();
    for kept_in in [None, Some(dir.path())] {
        let stage = Stage::kept_in(Settings::default(), kept_in);
        let input = stage.admit();
        Encoder::default().send(&input, 3).unwrap();
        let media = stage.media();
        assert_eq!(media.sequence, 1);
        let snapshot = stage.snapshot();
        let oldest = &snapshot.segments()[0];
        assert!(snapshot.whole(&oldest.epoch, 1).is_some());
        assert!(snapshot.segment(0).is_none(), "there never was one");
        assert!(
            snapshot.shows(0, None),
            "who asks for it is answered at once"
        );
    }
}

#[test]
fn a_lost_journal_means_other_addresses() {
    let mut epochs = std::collections::HashSet::new();
    for _ in 0..3 {
        let dir = tempfile::tempdir().unwrap();
        let stage = Stage::kept_in(Settings::default(), Some(dir.path()));
        let input = stage.admit();
        Encoder::default().send(&input, 3).unwrap();
        epochs.insert(stage.snapshot().segments()[0].epoch.to_string());
    }
    assert_eq!(epochs.len(), 3);
}
