//! What is published decodes: ffmpeg, which `make test` installs, encodes, reads back and counts.

use std::path::Path;
use std::process::{Command, Output};

use bytes::{Bytes, BytesMut};
use media_core::frame::{Config, Frame, Kind};
use media_core::testing::flv::{self, Item};
use media_core::{Input, On, Order, Seat, Slate};

use crate::support::Stage;

fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output();
    output.expect(program)
}

/// Four seconds of picture and sound, coded as told.
fn encode(dir: &Path, coding: &[&str]) -> Vec<Item> {
    let file = dir.join("in.flv");
    let source = [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x180:rate=30:duration=4",
    ];
    let tone = [
        "-f",
        "lavfi",
        "-i",
        "sine=frequency=440:sample_rate=48000:duration=4",
    ];
    let mut arguments = vec!["-v", "error", "-y"];
    arguments.extend(source.iter().chain(&tone));
    arguments.extend([
        "-pix_fmt",
        "yuv420p",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
    ]);
    arguments.extend(coding);
    let path = file.to_str().unwrap().to_owned();
    arguments.push(&path);
    let output = run("ffmpeg", &arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    flv::read(&Bytes::from(std::fs::read(file).unwrap()))
}

/// Publishes and writes down what a viewer gets: header and segments.
fn publish(items: Vec<Item>, into: &Path) -> Vec<Frame> {
    let stage = Stage::new();
    let input = stage.admit();
    let mut sent = Vec::new();
    for item in items {
        match item {
            Item::Config(config) => input.config(config).unwrap(),
            Item::Frame(frame) => {
                sent.push(frame.clone());
                input.frame(frame).unwrap();
            }
        }
    }
    drop(input);
    stage.media();
    let snapshot = stage.snapshot();
    let mut file = snapshot.segments()[0].init.data.to_vec();
    for segment in snapshot.segments() {
        assert!(segment.closed);
        segment
            .parts
            .iter()
            .for_each(|part| file.extend_from_slice(&part.data));
    }
    std::fs::write(into, file).unwrap();
    sent
}

fn assert_decodes(items: Vec<Item>, dir: &Path) {
    let path = dir.join("out.mp4");
    let sent = publish(items, &path);
    let path = path.to_str().unwrap();
    let output = run("ffmpeg", &["-v", "warning", "-i", path, "-f", "null", "-"]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "ffmpeg warns");
    for (stream, kind) in [("v", Kind::Video), ("a", Kind::Audio)] {
        let count = sent.iter().filter(|frame| frame.kind == kind).count();
        if count == 0 {
            continue;
        }
        let show = ["-v", "error", "-count_packets", "-select_streams", stream];
        let form = [
            "-show_entries",
            "stream=nb_read_packets",
            "-of",
            "csv=p=0",
            path,
        ];
        let output = run("ffprobe", &[&show[..], &form[..]].concat());
        assert_eq!(
            String::from_utf8_lossy(&output.stdout).trim(),
            count.to_string(),
            "{stream}"
        );
    }
}

#[test]
fn picture_and_sound_decode_without_a_warning_and_complete() {
    let dir = tempfile::tempdir().unwrap();
    let items = encode(
        dir.path(),
        &["-tune", "zerolatency", "-g", "60", "-c:a", "aac"],
    );
    assert_decodes(items, dir.path());
}

#[test]
fn reordered_pictures_decode_without_a_warning_and_complete() {
    let dir = tempfile::tempdir().unwrap();
    let coding = [
        "-bf",
        "3",
        "-b_strategy",
        "0",
        "-g",
        "45",
        "-profile:v",
        "high",
        "-c:a",
        "aac",
    ];
    assert_decodes(encode(dir.path(), &coding), dir.path());
}

#[test]
fn open_groups_of_pictures_decode_complete() {
    let dir = tempfile::tempdir().unwrap();
    let coding = [
        "-bf",
        "2",
        "-g",
        "60",
        "-x264-params",
        "open-gop=1",
        "-c:a",
        "aac",
    ];
    assert_decodes(encode(dir.path(), &coding), dir.path());
}

#[test]
fn pictures_alone_and_sound_alone_decode_without_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    assert_decodes(encode(dir.path(), &["-g", "60", "-an"]), dir.path());
    assert_decodes(
        encode(dir.path(), &["-vn", "-c:a", "aac", "-ar", "44100"]),
        dir.path(),
    );
}

#[test]
fn presentation_times_survive_within_a_millisecond() {
    let dir = tempfile::tempdir().unwrap();
    let items = encode(dir.path(), &["-bf", "2", "-g", "60", "-c:a", "aac"]);
    let path = dir.path().join("out.mp4");
    let sent = publish(items, &path);
    let path = path.to_str().unwrap();
    let show = [
        "-v",
        "error",
        "-select_streams",
        "v",
        "-show_entries",
        "packet=pts_time",
    ];
    let output = run("ffprobe", &[&show[..], &["-of", "csv=p=0", path]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let shown: Vec<f64> = text
        .lines()
        .filter_map(|line| line.trim_end_matches(',').parse().ok())
        .collect();
    let pictures: Vec<i64> = sent
        .iter()
        .filter(|f| f.kind == Kind::Video)
        .map(|f| f.dts_us + f.cts_us)
        .collect();
    assert_eq!(shown.len(), pictures.len());
    let first = shown[0];
    for (shown, sent) in shown.iter().zip(&pictures) {
        #[expect(clippy::cast_precision_loss, reason = "a few seconds")]
        let expected = (sent - pictures[0]) as f64 / 1e6;
        assert!(
            (shown - first - expected).abs() < 0.0012,
            "{shown} {first} {expected}"
        );
    }
}

/// Four seconds of a tone in Opus, in packets of so many milliseconds.
fn opus(dir: &Path, packet_ms: &str) -> Vec<Item> {
    let path = dir.join("in.ogg");
    let path = path.to_str().unwrap();
    let tone = [
        "-f",
        "lavfi",
        "-i",
        "sine=frequency=440:sample_rate=48000:duration=4",
    ];
    let coding = [
        "-ac",
        "2",
        "-c:a",
        "libopus",
        "-frame_duration",
        packet_ms,
        path,
    ];
    let quiet = ["-v", "error", "-y"];
    let output = run("ffmpeg", &[&quiet[..], &tone, &coding].concat());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let packets = ogg(&std::fs::read(path).unwrap());
    let samples_us = match packet_ms {
        "2.5" => 2_500,
        whole => whole.parse::<i64>().unwrap() * 1_000,
    };
    let head = Item::Config(Config::Opus(packets[0].clone()));
    // The second packet is a comment.
    let frames = packets[2..].iter().zip(0..).map(|(packet, n)| {
        Item::Frame(Frame {
            kind: Kind::Audio,
            dts_us: n * samples_us,
            cts_us: 0,
            key: true,
            data: packet.clone(),
        })
    });
    std::iter::once(head).chain(frames).collect()
}

/// The packets of an Ogg file (RFC 3533).
fn ogg(mut file: &[u8]) -> Vec<Bytes> {
    let (mut packets, mut packet) = (Vec::new(), BytesMut::new());
    while let Some(page) = file.strip_prefix(b"OggS") {
        let count = usize::from(page[22]);
        let (lacing, mut body) = page[23..].split_at(count);
        for length in lacing {
            let (piece, rest) = body.split_at((*length).into());
            packet.extend_from_slice(piece);
            body = rest;
            if *length < 255 {
                packets.push(packet.split().freeze());
            }
        }
        file = body;
    }
    packets
}

#[test]
fn opus_of_every_length_decodes_without_a_warning_and_complete() {
    let dir = tempfile::tempdir().unwrap();
    for packet_ms in ["2.5", "10", "20", "60"] {
        assert_decodes(opus(dir.path(), packet_ms), dir.path());
    }
}

#[test]
fn opus_beside_pictures_decodes_without_a_warning_and_complete() {
    let dir = tempfile::tempdir().unwrap();
    let pictures = encode(dir.path(), &["-g", "60", "-bf", "0", "-an"]);
    let mut items: Vec<Item> = pictures.into_iter().chain(opus(dir.path(), "20")).collect();
    items.sort_by_key(|item| match item {
        Item::Config(_) => i64::MIN,
        Item::Frame(frame) => frame.dts_us,
    });
    assert_decodes(items, dir.path());
}

/// An encoder's stream by the clock: its configurations at once, its frames when they are due.
struct Reel {
    configs: Vec<Config>,
    frames: std::collections::VecDeque<Frame>,
}

impl Reel {
    fn of(items: Vec<Item>) -> Self {
        let (mut configs, mut frames) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                Item::Config(config) => configs.push(config),
                Item::Frame(frame) => frames.push(frame),
            }
        }
        frames.sort_by_key(|frame| frame.dts_us);
        Self {
            configs,
            frames: frames.into(),
        }
    }

    fn announce(&self, input: &Input) {
        for config in &self.configs {
            input.config(config.clone()).unwrap();
        }
    }

    fn send_until(&mut self, input: Option<&Input>, now_us: i64) {
        while self
            .frames
            .front()
            .is_some_and(|first| first.dts_us <= now_us)
        {
            let frame = self.frames.pop_front().unwrap();
            if let Some(input) = input {
                input.frame(frame).unwrap();
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_viewers_get_while_inputs_fail_decodes_without_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let coding = ["-bf", "0", "-g", "30", "-c:a", "aac"];
    let mut primary = Reel::of(encode(dir.path(), &coding));
    let mut backup = Reel::of(encode(dir.path(), &coding));
    let calm = [
        "-bf",
        "0",
        "-g",
        "50",
        "-r",
        "25",
        "-profile:v",
        "baseline",
        "-c:a",
        "aac",
    ];
    let slate = Reel::of(encode(dir.path(), &calm));
    let frames: Vec<Frame> = slate
        .frames
        .iter()
        .filter(|frame| (0..4_000_000).contains(&frame.dts_us))
        .cloned()
        .collect();
    let stage = Stage::new();
    let slate = Slate::new(&slate.configs, frames, 4_000_000).unwrap();
    stage.channels.set_slate(Some(slate));
    let mut caretaker = tokio::task::JoinSet::new();
    let channels = stage.channels.clone();
    caretaker.spawn(async move { channels.watch_over().await });
    let mut first = Some(stage.admit_to(Seat::Primary));
    let mut second = Some(stage.admit_to(Seat::Backup));
    primary.announce(first.as_ref().unwrap());
    backup.announce(second.as_ref().unwrap());
    for step in 0..700 {
        match step {
            170 => first = None,
            240 => {
                let input = stage.admit_to(Seat::Primary);
                primary.announce(&input);
                first = Some(input);
            }
            290 => stage.channels.direct(&stage.name, Order::Primary).unwrap(),
            350 => {
                first = None;
                second = None;
            }
            _ => {}
        }
        primary.send_until(first.as_ref(), step * 10_000);
        backup.send_until(second.as_ref(), step * 10_000);
        stage.clock.advance(std::time::Duration::from_millis(10));
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let metrics = stage.channels.metrics();
    let counts = On::ALL.iter().map(|on| metrics.switches(*on).get());
    assert_eq!(
        counts.collect::<Vec<_>>(),
        [0, 2, 1, 1, 0],
        "nothing, primary, backup, slate, clips"
    );
    stage.media();
    let snapshot = stage.snapshot();
    let runs: Vec<_> = snapshot
        .segments()
        .chunk_by(|a, b| a.init == b.init)
        .collect();
    assert_eq!(
        runs.len(),
        2,
        "both encoders are coded alike, the slate is not"
    );
    for run in runs {
        let mut file = run[0].init.data.to_vec();
        let parts = run.iter().flat_map(|segment| &segment.parts);
        parts.for_each(|part| file.extend_from_slice(&part.data));
        let path = dir.path().join("run.mp4");
        std::fs::write(&path, file).unwrap();
        let read = [
            "-v",
            "warning",
            "-i",
            path.to_str().unwrap(),
            "-f",
            "null",
            "-",
        ];
        let output = run_quietly(&read);
        assert_eq!(output, "", "ffmpeg warns");
    }
}

fn run_quietly(arguments: &[&str]) -> String {
    let output = run("ffmpeg", arguments);
    assert!(output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}
