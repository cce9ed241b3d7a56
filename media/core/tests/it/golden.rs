//! Playlists as they are written, to be read by people.

use media_core::Playlist;
use media_core::testing::{Codec, Encoder};

use crate::support::{Stage, without_epoch};

fn playlists(encoder: &Encoder, seconds: i64) -> String {
    let stage = Stage::new();
    let input = stage.admit();
    encoder
        .configs()
        .into_iter()
        .for_each(|config| input.config(config).unwrap());
    stage.play(&input, encoder.frames(seconds));
    stage.media();
    let snapshot = stage.snapshot();
    [Playlist::Multivariant, Playlist::Full, Playlist::Delta]
        .map(|playlist| without_epoch(&snapshot, playlist))
        .join("\n")
}

#[test]
fn picture_and_sound_in_the_middle_of_the_second_segment() {
    insta::assert_snapshot!(playlists(&Encoder::default(), 3));
}

#[test]
fn a_delta_leaves_out_what_is_older_than_six_target_durations() {
    insta::assert_snapshot!(playlists(&Encoder::default(), 31));
}

#[test]
fn twenty_five_pictures_per_second_without_sound() {
    let encoder = Encoder {
        pictures: Some((25, 1)),
        gop: 50,
        sound: false,
        ..Encoder::default()
    };
    insta::assert_snapshot!(playlists(&encoder, 5));
}

#[test]
fn sound_alone() {
    insta::assert_snapshot!(playlists(
        &Encoder {
            pictures: None,
            ..Encoder::default()
        },
        5
    ));
}

#[test]
fn a_ten_second_key_interval_is_cut_without_keys() {
    insta::assert_snapshot!(playlists(
        &Encoder {
            gop: 300,
            ..Encoder::default()
        },
        11
    ));
}

#[test]
fn picture_and_opus() {
    let encoder = Encoder {
        codec: Codec::Opus,
        ..Encoder::default()
    };
    insta::assert_snapshot!(playlists(&encoder, 3));
}

#[test]
fn opus_alone() {
    let encoder = Encoder {
        pictures: None,
        codec: Codec::Opus,
        ..Encoder::default()
    };
    insta::assert_snapshot!(playlists(&encoder, 5));
}
