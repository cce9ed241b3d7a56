//! Encoders that were unlucky, through the real port: one table of what they send and of what viewers get all the same.
//! The numbers are rows of the catalogue of bad input; what each does to a channel is looked at closely in `media/core`.

use std::sync::Arc;

use bytes::Bytes;
use media_core::frame::{Config, Frame, Kind};
use media_core::metrics::Drop;
use media_core::testing::flv::Item;
use media_core::testing::{self, Encoder, hls};
use media_core::{ChannelName, Coding, Playlist, Snapshot};
use media_ingest::clip::TagKind;
use media_ingest::flv::{self, Audio, Video};
use media_ingest::rtmp::Ending;
use media_ingest::rtmp::chunk::kind;

use crate::house::{House, Raw, clip, quick, until};

const SECOND: i64 = 1_000_000;
/// Where the clocks of RTMP begin again.
const WRAP_US: i64 = (1 << 32) * 1_000;

/// What an encoder sends, and what comes of it.
struct Row {
    name: &'static str,
    sends: Vec<Item>,
    /// Seconds that viewers get.
    lasts_s: i64,
    discontinuities: usize,
    codecs: &'static str,
    /// Frames that nobody can use.
    drops: Option<(Drop, u64)>,
}

const BOTH: &str = "avc1.42c00d,mp4a.40.2";

impl Row {
    /// Eight seconds of a usual encoder, which viewers get whole.
    fn new(name: &'static str, sends: Vec<Item>) -> Self {
        Self {
            name,
            sends,
            lasts_s: 8,
            discontinuities: 0,
            codecs: BOTH,
            drops: None,
        }
    }

    fn lasts(self, lasts_s: i64) -> Self {
        Self { lasts_s, ..self }
    }

    fn breaks(self, discontinuities: usize) -> Self {
        Self {
            discontinuities,
            ..self
        }
    }

    fn codecs(self, codecs: &'static str) -> Self {
        Self { codecs, ..self }
    }

    fn drops(self, cause: Drop, count: u64) -> Self {
        Self {
            drops: Some((cause, count)),
            ..self
        }
    }
}

fn announced(encoder: &Encoder) -> impl Iterator<Item = Item> {
    encoder.configs().into_iter().map(Item::Config)
}

/// The first seconds of an encoder, each frame changed or left out.
fn sent(
    encoder: &Encoder,
    seconds: i64,
    mut change: impl FnMut(usize, Frame) -> Option<Frame>,
) -> Vec<Item> {
    let frames = encoder.frames(seconds).into_iter().enumerate();
    let frames = frames.filter_map(|(n, frame)| change(n, frame));
    announced(encoder).chain(frames.map(Item::Frame)).collect()
}

/// Its clock does something after four of eight seconds.
fn clock(start_us: i64, after: impl Fn(i64) -> i64) -> Vec<Item> {
    let encoder = Encoder::default();
    sent(&encoder, 8, |_, frame| {
        let at_us = frame.dts_us;
        let dts_us = start_us
            + if at_us < 4 * SECOND {
                at_us
            } else {
                after(at_us)
            };
        Some(Frame { dts_us, ..frame })
    })
}

/// The same frames with a configuration put in before some.
fn configured(encoder: &Encoder, before: impl Fn(&Frame) -> Option<Config>) -> Vec<Item> {
    let mut items: Vec<Item> = announced(encoder).collect();
    for frame in encoder.frames(8) {
        items.extend(before(&frame).map(Item::Config));
        items.push(Item::Frame(frame));
    }
    items
}

/// The configuration of another size of picture.
fn other_size() -> Config {
    let clip = clip();
    let mut head = clip.head().iter().filter(|tag| tag.kind == TagKind::Video);
    let record = head.find_map(|tag| match flv::video(&tag.payload) {
        Ok(Video::Config(record)) => Some(record),
        _ => None,
    });
    Config::Avc(record.unwrap())
}

fn clocks() -> Vec<Row> {
    vec![
        Row::new(
            "13: times begin just before they wrap",
            clock(WRAP_US - 16_000, |at| at),
        ),
        Row::new(
            "13: they wrap in the middle",
            clock(WRAP_US - 4 * SECOND, |at| at),
        ),
        Row::new(
            "13: they pass 2^31",
            clock(WRAP_US / 2 - 4 * SECOND, |at| at),
        ),
        Row::new("14: an hour ahead", clock(0, |at| at + 3_600 * SECOND)).breaks(1),
        Row::new(
            "14: an hour back",
            clock(7_200 * SECOND, |at| at - 3_600 * SECOND),
        )
        .breaks(1),
        Row::new(
            "14: back to nothing",
            clock(7_200 * SECOND, |at| at - 7_204 * SECOND),
        )
        .breaks(1),
        Row::new("14: 400 ms back", clock(SECOND, |at| at - 400_000)),
        Row::new("14: two seconds ahead", clock(0, |at| at + 2 * SECOND)).lasts(10),
        Row::new("14: a clock that stands", clock(0, |_| 4 * SECOND)).lasts(4),
    ]
}

fn kinds() -> Vec<Row> {
    let silent = Encoder {
        sound: false,
        ..Encoder::default()
    };
    let blind = Encoder {
        pictures: None,
        ..Encoder::default()
    };
    let usual = Encoder::default();
    let only = |kind: Kind, from_us: i64, until_us: i64| {
        sent(&usual, 8, |_, frame| {
            let within = (from_us..until_us).contains(&frame.dts_us);
            (frame.kind != kind || within).then_some(frame)
        })
    };
    let end = i64::MAX;
    vec![
        Row::new(
            "22: pictures alone",
            sent(&silent, 8, |_, frame| Some(frame)),
        )
        .codecs("avc1.42c00d"),
        Row::new("22: sound alone", sent(&blind, 8, |_, frame| Some(frame))).codecs("mp4a.40.2"),
        Row::new(
            "22: sound announced, never sent",
            only(Kind::Audio, end, end),
        )
        .codecs("avc1.42c00d"),
        Row::new(
            "22: sound after five seconds",
            only(Kind::Audio, 5 * SECOND, end),
        )
        .breaks(1),
        Row::new(
            "22: sound for three seconds",
            only(Kind::Audio, 0, 3 * SECOND),
        ),
        // All of it comes at once here: nobody has waited for pictures before there are some.
        Row::new(
            "22: pictures after five seconds",
            only(Kind::Video, 5 * SECOND, end),
        )
        .lasts(2),
        Row::new(
            "22: pictures for three seconds",
            only(Kind::Video, 0, 3 * SECOND),
        ),
    ]
}

fn configurations() -> Vec<Row> {
    let usual = Encoder::default();
    let is_key = |frame: &Frame| frame.kind == Kind::Video && frame.key;
    let bare = |kind: Kind, until_us: i64| {
        let mut items = Vec::new();
        for config in usual.configs() {
            let is_late = matches!(config, Config::Avc(_)) == (kind == Kind::Video);
            if !is_late {
                items.push(Item::Config(config));
            }
        }
        let mut late: Vec<Config> = usual.configs();
        late.retain(|config| matches!(config, Config::Avc(_)) == (kind == Kind::Video));
        for frame in usual.frames(8) {
            if frame.dts_us >= until_us {
                items.extend(late.drain(..).map(Item::Config));
            }
            items.push(Item::Frame(frame));
        }
        items
    };
    let same = |frame: &Frame| is_key(frame).then(|| Config::Avc(testing::avc_record()));
    let sounds = |frame: &Frame| is_key(frame).then(|| Config::Aac(testing::aac_config()));
    let resized = |frame: &Frame| (is_key(frame) && frame.dts_us == 4 * SECOND).then(other_size);
    vec![
        Row::new(
            "18: headers before every key frame",
            configured(&usual, same),
        ),
        Row::new(
            "18: headers of sound before every key frame",
            configured(&usual, sounds),
        ),
        Row::new("18: no header of pictures", bare(Kind::Video, i64::MAX))
            .codecs("mp4a.40.2")
            .drops(Drop::Unconfigured, 240),
        Row::new("18: no header of sound", bare(Kind::Audio, i64::MAX))
            .codecs("avc1.42c00d")
            .drops(Drop::Unconfigured, 375),
        Row::new(
            "18: the header of sound after a second",
            bare(Kind::Audio, SECOND),
        ),
        Row::new("19: another size of picture", configured(&usual, resized))
            .breaks(1)
            .codecs("avc1.4d400a,mp4a.40.2"),
    ]
}

fn codings() -> Vec<Row> {
    let mut rows = vec![];
    for (name, cts_us) in [
        ("16: shown before decoded", -40_000),
        ("16: shown much later", 1_500_000),
    ] {
        let encoder = Encoder {
            cts_us,
            ..Encoder::default()
        };
        rows.push(Row::new(name, sent(&encoder, 8, |_, frame| Some(frame))));
    }
    let mixed = sent(&Encoder::default(), 8, |n, frame| {
        let cts_us = [66_000, 0, 33_000, -33_000][n % 4];
        Some(Frame { cts_us, ..frame })
    });
    rows.push(Row::new("16: pictures out of order", mixed));
    for (name, pictures, gop) in [
        ("17: a key frame in ten seconds", (30, 1), 300),
        ("26: one picture in a second", (1, 1), 2),
        ("26: one picture in five seconds", (1, 5), 1),
        ("26: 240 pictures in a second", (240, 1), 480),
    ] {
        let encoder = Encoder {
            pictures: Some(pictures),
            gop,
            ..Encoder::default()
        };
        rows.push(Row::new(name, sent(&encoder, 25, |_, frame| Some(frame))).lasts(25));
    }
    let empty = sent(&Encoder::default(), 8, |n, frame| {
        let data = if n % 50 == 7 {
            Bytes::new()
        } else {
            frame.data
        };
        Some(Frame { data, ..frame })
    });
    rows.push(Row::new("26: frames of nothing", empty));
    let headless = sent(&Encoder::default(), 8, |_, frame| {
        (frame.kind == Kind::Audio || frame.dts_us > 0).then_some(frame)
    });
    rows.push(Row::new("17: the first key frame missing", headless).lasts(6));
    for (name, config, rate, codecs) in [
        ("24: AAC of 44.1 kHz, mono", &[0x12, 0x08][..], 44_100, BOTH),
        (
            "24: HE-AAC",
            &[0x2b, 0x8a, 0x08, 0x00],
            22_050,
            "avc1.42c00d,mp4a.40.5",
        ),
        ("24: AAC of 8 kHz, mono", &[0x15, 0x88], 8_000, BOTH),
    ] {
        rows.push(Row::new(name, sampled(config, rate)).codecs(codecs));
    }
    rows
}

/// Sound of another rate beside the usual pictures.
fn sampled(config: &'static [u8], rate: i64) -> Vec<Item> {
    let silent = Encoder {
        sound: false,
        ..Encoder::default()
    };
    let mut frames = silent.frames(8);
    let sounds = (0..8 * rate / 1_024).map(|n| Frame {
        data: Bytes::from_static(&[0x01; 40]),
        ..Encoder::default().sound(n * 1_024 * SECOND / rate)
    });
    frames.extend(sounds);
    frames.sort_by_key(|frame| frame.dts_us);
    let config = Item::Config(Config::Aac(Bytes::from_static(config)));
    let configs = announced(&silent).chain([config]);
    configs.chain(frames.into_iter().map(Item::Frame)).collect()
}

/// Sends everything at once; the snapshot that is left when the encoder is gone.
async fn publish(house: &House, channel: &str, sends: &[Item]) -> Option<Arc<Snapshot>> {
    house.keys.add(channel, channel);
    let ended = house.counters.ended(Ending::HungUp);
    let mut raw = Raw::publishing(house.addr, channel).await;
    for item in sends {
        let (kind, at_us, payload) = match item {
            Item::Config(Config::Avc(record)) => (
                kind::VIDEO,
                0,
                flv::put_video(&Video::Config(record.clone())),
            ),
            Item::Config(Config::Aac(config) | Config::Opus(config)) => (
                kind::AUDIO,
                0,
                flv::put_audio(&Audio::Config(config.clone())),
            ),
            Item::Frame(frame) if frame.kind == Kind::Video => {
                let (key, data) = (frame.key, frame.data.clone());
                let cts_ms = i32::try_from(frame.cts_us / 1_000).unwrap();
                let video = Video::Frame { cts_ms, key, data };
                (kind::VIDEO, frame.dts_us, flv::put_video(&video))
            }
            Item::Frame(frame) => {
                let sound = Audio::Frame(frame.data.clone());
                (kind::AUDIO, frame.dts_us, flv::put_audio(&sound))
            }
        };
        let timestamp = u32::try_from((at_us / 1_000).rem_euclid(1 << 32)).unwrap();
        raw.tag(kind, timestamp, &payload).await;
    }
    drop(raw);
    house.ended(Ending::HungUp, ended + 1).await;
    house
        .channels
        .snapshot(&ChannelName::parse(channel).unwrap())
}

/// What is wrong with what viewers get, in words.
fn complaints(row: &Row, snapshot: &Snapshot) -> Vec<String> {
    let text = snapshot.playlist(Playlist::Full, Coding::Identity).to_vec();
    let media = hls::read(&String::from_utf8(text).unwrap()).unwrap();
    let mut complaints = hls::except(hls::check(&media), hls::HELD);
    let lasts_us: i64 = media.segments.iter().map(hls::Listed::length_us).sum();
    if (lasts_us - row.lasts_s * SECOND).abs() > 500_000 {
        complaints.push(format!("it lasts {lasts_us} µs"));
    }
    let breaks = media.segments.iter().filter(|one| one.discontinuity);
    let breaks = breaks.count();
    if breaks != row.discontinuities {
        complaints.push(format!("{breaks} discontinuities"));
    }
    let codecs = snapshot
        .segments()
        .last()
        .map(|last| last.init.codecs.clone());
    if codecs.as_deref() != Some(row.codecs) {
        complaints.push(format!("it is coded as {codecs:?}"));
    }
    complaints
}

#[tokio::test]
async fn unlucky_encoders_reach_viewers_through_the_port() {
    let house = House::open(quick()).await;
    let metrics = house.channels.metrics();
    let mut complaints_of = Vec::new();
    let rows = [clocks(), kinds(), configurations(), codings()];
    for (n, row) in rows.into_iter().flatten().enumerate() {
        let before = row.drops.map(|(cause, _)| metrics.drops(cause).get());
        let snapshot = publish(&house, &format!("row/{n}"), &row.sends).await;
        let mut wrong = match &snapshot {
            Some(snapshot) => complaints(&row, snapshot),
            None => vec!["viewers get nothing".to_owned()],
        };
        if let (Some((cause, count)), Some(before)) = (row.drops, before) {
            let dropped = metrics.drops(cause).get() - before;
            if dropped != count {
                wrong.push(format!("{dropped} frames were dropped"));
            }
        }
        complaints_of.extend(
            wrong
                .into_iter()
                .map(|what| format!("{}: {what}", row.name)),
        );
    }
    assert!(complaints_of.is_empty(), "{complaints_of:#?}");
    house.still_serves().await;
}

#[tokio::test]
async fn what_cannot_be_shown_shows_nothing_and_ends_nothing() {
    let house = House::open(quick()).await;
    let keyless = sent(&Encoder::default(), 4, |_, frame| {
        let is_key = frame.kind == Kind::Video && frame.key;
        (!is_key).then_some(frame)
    });
    let before = house.channels.metrics().drops(Drop::BeforeKey).get();
    let snapshot = publish(&house, "row/keyless", &keyless).await;
    assert!(snapshot.is_none_or(|it| {
        it.segments()
            .iter()
            .all(|one| !one.init.codecs.contains("avc1"))
    }));
    assert!(house.channels.metrics().drops(Drop::BeforeKey).get() > before);
    assert!(publish(&house, "row/nothing", &[]).await.is_none());
    house.still_serves().await;
}

#[tokio::test]
async fn sound_that_is_nowhere_near_its_pictures_is_survived() {
    let house = House::open(quick()).await;
    for (channel, by_us) in [("row/ahead", 10 * SECOND), ("row/behind", -10 * SECOND)] {
        let encoder = Encoder {
            start_us: 20 * SECOND,
            ..Encoder::default()
        };
        let apart = sent(&encoder, 8, |_, frame| {
            let by_us = if frame.kind == Kind::Audio { by_us } else { 0 };
            let dts_us = frame.dts_us + by_us;
            Some(Frame { dts_us, ..frame })
        });
        let snapshot = publish(&house, channel, &apart).await.unwrap();
        let row = Row::new(channel, Vec::new());
        assert_eq!(
            complaints(&row, &snapshot),
            Vec::<String>::new(),
            "{channel}"
        );
    }
    until("nobody is left", || house.counters.publishers.get() == 0).await;
}
