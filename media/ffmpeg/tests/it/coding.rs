//! The real ffmpeg: what comes out is AAC, and it is heard when it should be.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use media_core::frame::{Config, Frame, Kind};
use media_core::testing::flv::{self, Item};
use media_core::testing::hls;
use media_core::{Coding, Playlist, Snapshot};
use media_ffmpeg::{PATIENCE, Recoders};
use tokio::time::Instant;

use crate::{admit, channels, name, recoded, until};

/// When the tone begins, in seconds of the programme.
const TONE: f64 = 6.0;

fn ffmpeg(words: &[&str], to: &Path) {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i"])
        .args(words)
        .arg(to)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{complaint}");
}

/// The packets of an Ogg file that has one on each page: the header, a comment, then sound.
fn packets(file: &[u8]) -> Vec<Bytes> {
    let (mut packets, mut rest) = (Vec::new(), file);
    while let Some(page) = rest.strip_prefix(b"OggS") {
        let count = usize::from(page[22]);
        let length: usize = page[23..23 + count]
            .iter()
            .map(|size| usize::from(*size))
            .sum();
        let begin = 23 + count;
        packets.push(Bytes::copy_from_slice(&page[begin..begin + length]));
        rest = &page[begin + length..];
    }
    packets
}

/// A programme of real pictures and Opus, as a browser sends it: silence, then a tone.
fn programme(dir: &Path) -> Vec<Item> {
    let (pictures, sound) = (dir.join("in.flv"), dir.join("in.ogg"));
    let coded = [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-g",
        "30",
        "-pix_fmt",
        "yuv420p",
    ];
    ffmpeg(
        &[&["testsrc=s=160x90:r=15:d=16"][..], &coded].concat(),
        &pictures,
    );
    let tone = format!("aevalsrc='if(gte(t,{TONE}),0.5*sin(2*PI*1000*t),0)':s=48000:d=16");
    let coded = [
        "-c:a",
        "libopus",
        "-b:a",
        "64k",
        "-ac",
        "2",
        "-page_duration",
        "20000",
    ];
    ffmpeg(&[&[&*tone][..], &coded].concat(), &sound);
    let mut items = flv::read(&Bytes::from(std::fs::read(pictures).unwrap()));
    let packets = packets(&std::fs::read(sound).unwrap());
    items.insert(0, Item::Config(Config::Opus(packets[0].clone())));
    items.extend((0..).zip(&packets[2..]).map(|(n, packet)| {
        Item::Frame(Frame {
            kind: Kind::Audio,
            dts_us: n * 20_000,
            cts_us: 0,
            key: true,
            data: packet.clone(),
        })
    }));
    items.sort_by_key(|item| match item {
        Item::Config(_) => i64::MIN,
        Item::Frame(frame) => frame.dts_us,
    });
    items
}

fn stored(snapshot: &Snapshot, to: &Path) {
    let mut bytes = snapshot.segments()[0].init.data.to_vec();
    for part in snapshot
        .segments()
        .iter()
        .flat_map(|segment| &segment.parts)
    {
        bytes.extend_from_slice(&part.data);
    }
    std::fs::write(to, bytes).unwrap();
}

/// What others read of a file.
fn read(program: &str, words: &[&str]) -> Vec<u8> {
    let output = Command::new(program)
        .args(["-v", "error"])
        .args(words)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && complaint.is_empty(),
        "{complaint}"
    );
    output.stdout
}

/// When the first frame of a file is to be heard, in seconds of the channel.
fn first_heard(file: &str) -> f64 {
    let words = [
        "-select_streams",
        "a:0",
        "-show_entries",
        "packet=pts_time",
        "-of",
        "csv=p=0",
        file,
    ];
    let said = String::from_utf8(read("ffprobe", &words)).unwrap();
    let first = said.split([',', '\n']).next();
    first.unwrap().parse().unwrap()
}

/// When something is heard in it, in seconds from its first frame.
fn tone(file: &str) -> f64 {
    let pcm = read(
        "ffmpeg",
        &["-i", file, "-map", "0:a", "-f", "s16le", "-ac", "1", "-"],
    );
    let mut samples = pcm
        .chunks_exact(2)
        .map(|two| i16::from_le_bytes([two[0], two[1]]));
    let loud = samples.position(|sample| sample.unsigned_abs() > 3_000);
    f64::from(u32::try_from(loud.unwrap()).unwrap()) / 48_000.0
}

#[tokio::test]
async fn opus_comes_as_aac_too_and_is_heard_at_the_same_moment() {
    let dir = tempfile::tempdir().unwrap();
    let (channels, items) = (channels(), programme(dir.path()));
    let late = Duration::from_secs(30);
    let recoders = Recoders::with(&channels, "ffmpeg", 1, PATIENCE, late);
    let input = admit(&channels);
    let sent = async {
        let mut began = None;
        for item in &items {
            match item {
                Item::Config(config) => input.config(config.clone()).unwrap(),
                Item::Frame(frame) => {
                    // The beginning at once; the rest thrice as fast as it is.
                    let after_us = u64::try_from(frame.dts_us.max(0))
                        .unwrap()
                        .saturating_sub(4_500_000);
                    if after_us > 0 {
                        if began.is_none() {
                            until("AAC", || channels.metrics().recoded_parts.get() > 0).await;
                        }
                        let began = *began.get_or_insert_with(Instant::now);
                        tokio::time::sleep_until(began + Duration::from_micros(after_us / 3)).await;
                    }
                    input.frame(frame.clone()).unwrap();
                }
            }
        }
        let newest = || channels.snapshot(&name()).unwrap().announced();
        until("all of it", || {
            recoded(&channels).unwrap().announced() == newest()
        })
        .await;
    };
    tokio::select! {
        () = recoders.run() => panic!("it ended"),
        () = sent => {}
    }
    assert_eq!(recoders.found(), Some(true));
    let (whole, both) = (
        channels.snapshot(&name()).unwrap(),
        recoded(&channels).unwrap(),
    );
    let sound = channels
        .feed("days/a/aac/sound")
        .unwrap()
        .snapshot()
        .unwrap();
    for snapshot in [&both, &sound] {
        let text = snapshot.playlist(Playlist::Full, Coding::Identity);
        let media = hls::read(std::str::from_utf8(&text).unwrap()).unwrap();
        assert_eq!(
            hls::except(hls::check(&media), hls::HELD),
            Vec::<String>::new()
        );
    }
    let file = dir.path().join("both.mp4");
    stored(&both, &file);
    let file = file.to_str().unwrap();
    let words = [
        "-show_entries",
        "stream=codec_name,sample_rate,channels",
        "-of",
        "csv=p=0",
        file,
    ];
    let said = String::from_utf8(read("ffprobe", &words)).unwrap();
    assert!(
        said.contains("h264") && said.contains("aac,48000,2"),
        "{said}"
    );
    // Where the programme's first picture lies, the programme begins.
    #[expect(clippy::cast_precision_loss, reason = "seconds")]
    let begins = whole.segments()[0].begins_us as f64 / 1_000_000.0;
    let heard = first_heard(file) + tone(file) - begins;
    assert!((heard - TONE).abs() <= 0.02, "the tone is heard at {heard}");
    let alone = dir.path().join("sound.mp4");
    stored(&sound, &alone);
    let alone = alone.to_str().unwrap();
    assert!((first_heard(alone) + tone(alone) - begins - heard).abs() < 0.001);
    let metrics = channels.metrics();
    assert!(metrics.recoded_parts.get() > 20);
    assert_eq!(
        (
            metrics.recoded_silent.get(),
            recoders.counters().failed.get()
        ),
        (0, 0)
    );
}
