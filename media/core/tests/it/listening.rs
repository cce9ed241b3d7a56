//! The sound of a channel by itself.

use media_core::testing::{Encoder, hls};
use media_core::{Coding, Playlist, Snapshot};
use mp4_atom::{Decode as _, Ftyp, Moof, Moov};

use crate::support::Stage;

fn text(snapshot: &Snapshot, playlist: Playlist) -> String {
    String::from_utf8(snapshot.playlist(playlist, Coding::Identity).to_vec()).unwrap()
}

/// The bytes of a track's samples in a fragment.
fn samples(data: &[u8], track: u32) -> Vec<u8> {
    let moof = Moof::decode(&mut &data[..]).unwrap();
    let found = moof.traf.iter().find(|traf| traf.tfhd.track_id == track);
    let Some(run) = found.map(|traf| &traf.trun[0]) else {
        return Vec::new();
    };
    let begin = usize::try_from(run.data_offset.unwrap()).unwrap();
    let sizes = run.samples.iter().map(|sample| sample.size.unwrap());
    let length: u32 = sizes.sum();
    data[begin..begin + usize::try_from(length).unwrap()].to_vec()
}

#[test]
fn sound_has_the_same_numbers_and_the_same_bytes_without_the_pictures() {
    let stage = Stage::new();
    let input = stage.admit();
    Encoder::default().send(&input, 9).unwrap();
    let both = stage.snapshot();
    let feed = stage.channels.feed("days/a/sound").unwrap();
    let sound = feed.snapshot().unwrap();
    assert_eq!(sound.announced(), both.announced());
    for (own, whole) in sound.segments().iter().zip(both.segments()) {
        assert_eq!((own.msn, own.parts.len()), (whole.msn, whole.parts.len()));
        for (part, full) in own.parts.iter().zip(&whole.parts) {
            assert!(part.independent);
            assert!(!samples(&full.data, 1).is_empty() && samples(&part.data, 1).is_empty());
            assert_eq!(samples(&part.data, 2), samples(&full.data, 2));
            assert!(part.data.len() < full.data.len());
        }
        let mut rest = &own.init.data[..];
        Ftyp::decode(&mut rest).unwrap();
        let moov = Moov::decode(&mut rest).unwrap();
        assert_eq!(moov.trak.len(), 1);
        assert_eq!(moov.mvex.unwrap().trex.len(), 1);
        assert!(own.init.codecs.starts_with("mp4a.") && !own.init.codecs.contains("avc1"));
    }
    let media = hls::read(&text(&sound, Playlist::Full)).unwrap();
    assert_eq!(hls::check(&media), Vec::<String>::new());
    let master = text(&sound, Playlist::Multivariant);
    assert!(!master.contains("RESOLUTION") && master.contains("CODECS=\"mp4a."));
}

#[test]
fn sound_goes_on_from_what_was_made_before() {
    let stage = Stage::new();
    let input = stage.admit();
    let encoder = Encoder::default();
    for config in encoder.configs() {
        input.config(config).unwrap();
    }
    let feed = stage.channels.feed("days/a/sound").unwrap();
    let mut before: Option<hls::Media> = None;
    for frame in encoder.frames(12) {
        input.frame(frame).unwrap();
        let Some(sound) = feed.snapshot() else {
            continue;
        };
        let media = hls::read(&text(&sound, Playlist::Full)).unwrap();
        if let Some(before) = &before {
            let odd = hls::check_successor(before, &media);
            assert_eq!(odd, Vec::<String>::new());
        }
        before = Some(media);
    }
    let first = feed.snapshot().unwrap();
    let again = feed.snapshot().unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &again), "made once");
}

#[test]
fn a_channel_without_sound_has_none_to_listen_to() {
    let stage = Stage::new();
    assert!(stage.channels.feed("days/a/sound").is_none());
    let input = stage.admit();
    let encoder = Encoder {
        sound: false,
        ..Encoder::default()
    };
    encoder.send(&input, 6).unwrap();
    assert!(stage.channels.feed("days/a").unwrap().snapshot().is_some());
    let feed = stage.channels.feed("days/a/sound").unwrap();
    assert!(feed.snapshot().is_none());
}
