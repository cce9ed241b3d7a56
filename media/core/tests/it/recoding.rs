//! The sound of a channel coded once more, laid beside its pictures.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use media_core::testing::hls::{self, HELD, multivariant};
use media_core::testing::{Codec, Encoder};
use media_core::{Input, Language, Playlist, RECODED_CONFIG, Recoding, Snapshot, limits};
use mp4_atom::{Decode as _, Moof};

use crate::support::{Stage, text};

const PATIENT: Duration = Duration::from_hours(1);
const SAMPLES: i64 = 1_024;

fn opus() -> Encoder {
    Encoder {
        codec: Codec::Opus,
        ..Encoder::default()
    }
}

fn coded(n: i64) -> Bytes {
    let mut data = vec![0x21; 100];
    data[..8].copy_from_slice(&n.to_be_bytes());
    data.into()
}

/// Somebody who codes what was published, a little behind it as encoders are.
struct Coder {
    recoding: Recoding,
    /// Samples of its next frame.
    at: i64,
}

impl Coder {
    fn begin(stage: &Stage) -> Self {
        let mut recoding = stage.channels.recode(&stage.name).unwrap();
        let newest = stage.snapshot().segments().last().unwrap().clone();
        assert!(recoding.begin(newest.msn));
        let at = newest.begins_us * 48 / 1_000 - SAMPLES;
        Self { recoding, at }
    }

    /// Codes everything there is.
    fn follow(&mut self, stage: &Stage) {
        let snapshot = stage.snapshot();
        let newest = snapshot.segments().last().unwrap();
        let until = (newest.begins_us + newest.duration_us) * 48 / 1_000 - 2 * SAMPLES;
        while self.at + SAMPLES <= until {
            self.recoding.frame(self.at * 1_000 / 48, coded(self.at));
            self.at += SAMPLES;
        }
        self.recoding.publish(PATIENT);
    }
}

fn samples(data: &Bytes, track: u32) -> Vec<u8> {
    let moof = Moof::decode(&mut &data[..]).unwrap();
    let mut found = moof.traf.iter().filter(|traf| traf.tfhd.track_id == track);
    let Some(run) = found.next().map(|traf| &traf.trun[0]) else {
        return Vec::new();
    };
    let begin = usize::try_from(run.data_offset.unwrap()).unwrap();
    let length: u32 = run.samples.iter().map(|sample| sample.size.unwrap()).sum();
    data[begin..begin + usize::try_from(length).unwrap()].to_vec()
}

/// When each frame of sound of a snapshot begins, in samples, and what it is.
fn heard(snapshot: &Snapshot) -> Vec<(i64, i64, usize)> {
    let mut heard = Vec::new();
    for part in snapshot.segments().iter().flat_map(|it| &it.parts) {
        let moof = Moof::decode(&mut &part.data[..]).unwrap();
        let bytes = samples(&part.data, 2);
        let mut rest = &bytes[..];
        for traf in moof.traf.iter().filter(|traf| traf.tfhd.track_id == 2) {
            let mut at = traf.tfdt.as_ref().unwrap().base_media_decode_time;
            for sample in &traf.trun[0].samples {
                let (data, behind) = rest.split_at(sample.size.unwrap() as usize);
                let number = data
                    .get(..8)
                    .map_or(0, |it| i64::from_be_bytes(it.try_into().unwrap()));
                heard.push((i64::try_from(at).unwrap(), number, data.len()));
                at += u64::from(sample.duration.unwrap());
                rest = behind;
            }
        }
    }
    heard
}

fn send(stage: &Stage, input: &Input, seconds: i64, mut each: impl FnMut(&Stage)) {
    let encoder = opus();
    for config in encoder.configs() {
        input.config(config).unwrap();
    }
    for frame in encoder.frames(seconds) {
        input.frame(frame).unwrap();
        if stage.channels.snapshot(&stage.name).is_some() {
            each(stage);
        }
    }
}

fn recoded(stage: &Stage) -> Arc<Snapshot> {
    stage
        .channels
        .feed("days/a/aac")
        .unwrap()
        .snapshot()
        .unwrap()
}

#[test]
fn it_has_the_same_numbers_and_pictures_and_its_sound_lies_where_it_says() {
    let stage = Stage::new();
    let input = stage.admit();
    let (mut coder, mut before) = (None::<Coder>, None::<hls::Media>);
    let mut served: HashMap<String, Bytes> = HashMap::new();
    send(&stage, &input, 14, |stage| {
        coder
            .get_or_insert_with(|| Coder::begin(stage))
            .follow(stage);
        let Some(now) = stage.channels.feed("days/a/aac").unwrap().snapshot() else {
            return;
        };
        assert!(
            stage.snapshot().announced() == now.announced(),
            "no part behind"
        );
        let media = hls::read(&text(&now, Playlist::Full)).unwrap();
        if let Some(before) = &before {
            assert_eq!(hls::check_successor(before, &media), Vec::<String>::new());
        }
        before = Some(media);
        for segment in now.segments() {
            for (n, part) in segment.parts.iter().enumerate() {
                let known = served
                    .entry(segment.part_address(n))
                    .or_insert(part.data.clone());
                assert_eq!(*known, part.data, "what was served stays");
            }
        }
    });
    let (whole, now) = (stage.snapshot(), recoded(&stage));
    assert!(now.segments().len() >= 4);
    for segment in now.segments() {
        let came = whole.segment(segment.msn).unwrap();
        assert_eq!(segment.duration_us, came.duration_us);
        assert!(
            segment.init.codecs.ends_with(",mp4a.40.2") && segment.init.codecs.starts_with("avc1.")
        );
        assert!(segment.init.data.windows(2).any(|it| it == RECODED_CONFIG));
        for (own, part) in segment.parts.iter().zip(&came.parts) {
            assert_eq!(samples(&own.data, 1), samples(&part.data, 1));
        }
    }
    let heard = heard(&now);
    assert!(
        heard.iter().all(|(at, said, _)| (at - said).abs() <= 48),
        "{heard:?}"
    );
    assert!(
        heard.windows(2).all(|two| two[1].0 - two[0].0 == SAMPLES),
        "without a hole"
    );
    assert_eq!(stage.channels.metrics().recoded_silent.get(), 0);
}

#[test]
fn everything_that_can_be_chosen_agrees_and_says_what_plays_it() {
    let stage = Stage::new();
    let language = Language {
        tag: "ja".to_owned(),
        name: "日本語".to_owned(),
    };
    stage.channels.set_languages(&stage.name, vec![language]);
    let input = stage.admit();
    let mut coder = None::<Coder>;
    send(&stage, &input, 30, |stage| {
        coder
            .get_or_insert_with(|| Coder::begin(stage))
            .follow(stage);
    });
    assert_eq!(stage.snapshot().other_sound(), Some("mp4a.40.2"));
    let chosen = multivariant::read(&stage.text(Playlist::Multivariant)).unwrap();
    assert_eq!(multivariant::check(&chosen), Vec::<String>::new());
    let variants = chosen.variants.iter();
    let codecs: Vec<_> = variants.map(|(of, uri)| (&*of["CODECS"], &**uri)).collect();
    assert_eq!(
        codecs,
        [
            ("avc1.42c00d,opus", "live.m3u8"),
            ("avc1.42c00d,mp4a.40.2", "aac/live.m3u8"),
            ("opus", "sound/live.m3u8"),
            ("mp4a.40.2", "aac/sound/live.m3u8"),
        ]
    );
    let media = chosen.uris().into_iter().map(|uri| {
        let folder = uri.strip_suffix("live.m3u8").unwrap().trim_end_matches('/');
        let (name, form) = match folder {
            "" => ("days/a".to_owned(), Playlist::Full),
            "captions/ja" => ("days/a".to_owned(), Playlist::Captions),
            folder => (format!("days/a/{folder}"), Playlist::Full),
        };
        let snapshot = stage.channels.feed(&name).unwrap().snapshot().unwrap();
        let media = hls::read(&text(&snapshot, form)).unwrap();
        let faults = hls::except(hls::check(&media), HELD);
        assert_eq!(faults, Vec::<String>::new(), "{uri}");
        (uri, media)
    });
    let media: Vec<_> = media.collect();
    assert_eq!(media.len(), 5);
    assert_eq!(multivariant::check_together(&media), Vec::<String>::new());
    // Who listens only finds both too.
    let sound = stage
        .channels
        .feed("days/a/sound")
        .unwrap()
        .snapshot()
        .unwrap();
    let text = text(&sound, Playlist::Multivariant);
    assert!(
        text.contains("\"opus\"") && text.contains("../aac/sound/live.m3u8"),
        "{text}"
    );
}

#[test]
fn what_does_not_come_in_time_is_silence_and_stays_so() {
    let stage = Stage::new();
    let input = stage.admit();
    opus().send(&input, 6).unwrap();
    let mut coder = Coder::begin(&stage);
    coder.recoding.publish(PATIENT);
    assert!(
        stage
            .channels
            .feed("days/a/aac")
            .unwrap()
            .snapshot()
            .is_none(),
        "it waits"
    );
    coder.recoding.publish(Duration::ZERO);
    let mut frames = opus().frames(20);
    frames.retain(|frame| frame.dts_us >= 6_000_000);
    for frame in frames {
        input.frame(frame).unwrap();
        coder.recoding.publish(Duration::ZERO);
    }
    let silent = recoded(&stage);
    assert_eq!(silent.announced(), stage.snapshot().announced());
    assert!(heard(&silent).iter().all(|(_, _, bytes)| *bytes == 7));
    // It comes after all, from the past to the present.
    coder.follow(&stage);
    assert_eq!(heard(&recoded(&stage)), heard(&silent));
    let metrics = stage.channels.metrics();
    assert!(metrics.recoded_silent.get() > 30 && metrics.recoded_late.get() > 500);
    // What follows is heard, and where it belongs.
    let mut frames = opus().frames(26);
    frames.retain(|frame| frame.dts_us >= 20_000_000);
    for frame in frames {
        input.frame(frame).unwrap();
        coder.follow(&stage);
    }
    let sounding = heard(&recoded(&stage));
    let sounding: Vec<_> = sounding
        .iter()
        .filter(|(_, _, bytes)| *bytes == 100)
        .collect();
    assert!(sounding.len() > 150);
    // Within half a frame, a hundredth of a second: it joins what was silent before.
    assert!(
        sounding
            .iter()
            .all(|(at, said, _)| (at - said).abs() <= SAMPLES / 2 + 48)
    );
}

#[test]
fn sound_that_everything_plays_stays_as_it_came() {
    let stage = Stage::new();
    let input = stage.admit();
    let mut coder = None::<Coder>;
    send(&stage, &input, 8, |stage| {
        coder
            .get_or_insert_with(|| Coder::begin(stage))
            .follow(stage);
    });
    let mut coder = coder.unwrap();
    drop(input);
    let input = stage.admit();
    Encoder {
        start_us: 90_000_000,
        ..Encoder::default()
    }
    .send(&input, 6)
    .unwrap();
    coder.recoding.publish(PATIENT);
    drop(input);
    let input = stage.admit();
    coder.at = 0;
    send(&stage, &input, 8, |stage| {
        let newest = stage.snapshot().segments().last().unwrap().clone();
        if coder.at == 0 && newest.init.is_opus() {
            coder.at = newest.begins_us * 48 / 1_000 + 200;
        }
        if coder.at > 0 {
            coder.follow(stage);
        }
    });
    let (whole, now) = (stage.snapshot(), recoded(&stage));
    // The newest part may still wait for its last frame of sound.
    let (next, own) = (whole.announced(), now.announced());
    assert!(
        next.0 == own.0 && next.1 - own.1 <= 1,
        "{own:?} of {next:?}"
    );
    let mut kept = 0;
    for segment in now.segments() {
        let came = whole.segment(segment.msn).unwrap();
        assert_eq!(
            (segment.discontinuity, segment.closed),
            (came.discontinuity, came.closed)
        );
        if !came.init.is_opus() {
            kept += 1;
            assert!(Arc::ptr_eq(&segment.init, &came.init));
            assert!(
                segment
                    .parts
                    .iter()
                    .zip(&came.parts)
                    .all(|(own, it)| own.data == it.data)
            );
        }
    }
    assert!(kept >= 3);
    let media = hls::read(&text(&now, Playlist::Full)).unwrap();
    assert_eq!(hls::except(hls::check(&media), HELD), Vec::<String>::new());
    assert_eq!(stage.channels.metrics().recoded_silent.get(), 0);
}

#[test]
fn one_codes_at_a_time_and_nobody_publishes_an_address_twice() {
    let stage = Stage::new();
    assert!(
        stage.channels.recode(&stage.name).is_none(),
        "there is no channel"
    );
    let input = stage.admit();
    opus().send(&input, 6).unwrap();
    let mut coder = Coder::begin(&stage);
    assert!(stage.channels.recode(&stage.name).is_none());
    coder.follow(&stage);
    let newest = stage.snapshot().newest().0;
    drop(coder);
    assert!(
        stage
            .channels
            .feed("days/a/aac")
            .unwrap()
            .snapshot()
            .is_none()
    );
    let mut again = stage.channels.recode(&stage.name).unwrap();
    assert!(!again.begin(newest), "that one was published");
    assert!(again.begin(newest + 1));
    again.publish(Duration::ZERO);
}

#[test]
fn frames_that_belong_nowhere_are_counted_and_take_no_room() {
    let stage = Stage::new();
    let input = stage.admit();
    opus().send(&input, 6).unwrap();
    let mut coder = Coder::begin(&stage);
    let late = || stage.channels.metrics().recoded_late.get();
    let now_us = coder.at * 1_000 / 48 + 100_000;
    coder.recoding.frame(i64::MIN, coded(0));
    coder.recoding.frame(i64::MAX, coded(0));
    coder.recoding.frame(now_us, Bytes::new());
    coder
        .recoding
        .frame(now_us, vec![0; limits::SOUND_BYTES_MAX + 1].into());
    assert_eq!(late(), 4);
    for n in 0..2 * i64::try_from(limits::RECODED_FRAMES_MAX).unwrap() {
        coder
            .recoding
            .frame(now_us + n * SAMPLES * 1_000 / 48, coded(n));
    }
    assert!(late() >= 4 + limits::RECODED_FRAMES_MAX as u64);
    assert!(format!("{:?}", coder.recoding).contains("next"));
}

#[tokio::test]
async fn who_waits_for_it_is_woken_by_it() {
    let stage = Stage::new();
    let input = stage.admit();
    opus().send(&input, 9).unwrap();
    let mut coder = Coder::begin(&stage);
    let feed = stage.channels.feed("days/a/aac").unwrap();
    let mut waits = pin!(feed.wait_for(|snapshot| snapshot.map(|it| it.newest().0)));
    let early = tokio::time::timeout(Duration::ZERO, &mut waits).await;
    assert!(early.is_err(), "there is nothing yet");
    let mut frames = opus().frames(14);
    frames.retain(|frame| frame.dts_us >= 9_000_000);
    for frame in frames {
        input.frame(frame).unwrap();
        coder.follow(&stage);
    }
    let newest = tokio::time::timeout(Duration::from_secs(5), waits).await;
    assert!(newest.unwrap() > 0);
}
