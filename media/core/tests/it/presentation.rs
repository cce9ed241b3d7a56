//! Everything that can be chosen from, beside each other.

use media_core::testing::hls::{self, Media, multivariant};
use media_core::testing::{Encoder, hls::HELD};
use media_core::{Language, Playlist, Snapshot};

use crate::support::{Stage, text};

fn languages() -> Vec<Language> {
    let language = |tag: &str, name: &str| Language {
        tag: tag.to_owned(),
        name: name.to_owned(),
    };
    vec![language("ja", "日本語"), language("en", "English")]
}

fn read(snapshot: &Snapshot, playlist: Playlist) -> Media {
    hls::read(&text(snapshot, playlist)).unwrap()
}

/// Every media playlist that the multivariant one names, by its address.
fn presented(stage: &Stage) -> Vec<(String, Media)> {
    let chosen = multivariant::read(&stage.text(Playlist::Multivariant)).unwrap();
    assert_eq!(multivariant::check(&chosen), Vec::<String>::new());
    let sound = stage.channels.feed("days/a/sound").unwrap();
    let media = chosen.uris().into_iter().map(|uri| {
        let media = match uri.as_str() {
            "live.m3u8" => read(&stage.snapshot(), Playlist::Full),
            "sound/live.m3u8" => read(&sound.snapshot().unwrap(), Playlist::Full),
            _ => read(&stage.snapshot(), Playlist::Captions),
        };
        (uri, media)
    });
    media.collect()
}

#[test]
fn renditions_agree_with_each_other_and_report_on_each_other() {
    let stage = Stage::new();
    stage.channels.set_languages(&stage.name, languages());
    for life in 0..2 {
        let input = stage.admit();
        let encoder = Encoder {
            // Another rate makes a discontinuity.
            pictures: Some((30 - 5 * life, 1)),
            start_us: life * 90_000_000,
            ..Encoder::default()
        };
        encoder.send(&input, 40).unwrap();
        let all = presented(&stage);
        assert_eq!(all.len(), 4, "{all:?}");
        for (uri, media) in &all {
            let faults = hls::except(hls::check(media), HELD);
            assert_eq!(faults, Vec::<String>::new(), "{uri}");
        }
        assert_eq!(multivariant::check_together(&all), Vec::<String>::new());
        let own = &all[0].1;
        let sound = own.reports.iter().find(|it| it.uri == "sound/live.m3u8");
        let (msn, part) = stage.snapshot().newest();
        let told = sound.map(|it| (it.last_msn, it.last_part));
        assert_eq!(told, Some((msn, u64::try_from(part).ok())));
    }
}

#[test]
fn captions_come_as_deltas_too() {
    let stage = Stage::new();
    stage.channels.set_languages(&stage.name, languages());
    let input = stage.admit();
    Encoder::default().send(&input, 60).unwrap();
    let snapshot = stage.snapshot();
    let full = read(&snapshot, Playlist::Captions);
    let delta = read(&snapshot, Playlist::CaptionsDelta);
    assert!(delta.skipped > 10, "{}", delta.skipped);
    assert_eq!(hls::check_delta(&delta, &full), Vec::<String>::new());
}
