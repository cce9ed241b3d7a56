//! Real encoders: ffmpeg, and our own publisher.

use std::process::Stdio;
use std::time::{Duration, Instant};

use media_core::frame::Kind;
use media_core::{ChannelName, State};
use media_ingest::flv::{self, Audio, Video};
use media_ingest::rtmp::session::{Event, Media, Session};
use media_ingest::rtmp::{Ending, Limits, Target, broadcast};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use crate::house::{House, Raw, SOON, clip, quick, until};

fn ffmpeg(arguments: &str, url: &str) -> Child {
    Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error"])
        .args(arguments.split_whitespace())
        .args(["-f", "flv", url])
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("ffmpeg is needed for this test")
}

const SILENT_TEST_PICTURE: &str = "-f lavfi -i testsrc=size=160x120:rate=25 -f lavfi -i anullsrc=r=44100:cl=stereo \
    -c:v libx264 -preset ultrafast -g 25 -bf 0 -pix_fmt yuv420p -c:a aac -b:a 64k";

/// Lets one encoder publish into a bare session and collects its tags.
async fn collect(listener: TcpListener) -> Vec<Media> {
    let (mut io, _) = listener.accept().await.unwrap();
    let (mut session, mut tags) = (Session::default(), Vec::new());
    loop {
        while let Some(event) = session.next_event().unwrap() {
            match event {
                Event::Publish(_) => session.accept(),
                Event::Media(media) => tags.push(media),
                Event::Metadata(about) => assert_eq!(about.width, Some(160.0)),
                Event::Unpublish => return tags,
            }
        }
        io.write_all_buf(session.output()).await.unwrap();
        match io.read_buf(session.input()).await.unwrap() {
            0 => return tags,
            count => session.received(count),
        }
    }
}

#[tokio::test]
async fn ffmpegs_silence_keeps_its_time() {
    // Silence is blocks of equal size at nearly equal distance: chunk headers shrink to type 3.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("rtmp://{}/live/key", listener.local_addr().unwrap());
    let mut child = ffmpeg(&format!("{SILENT_TEST_PICTURE} -t 6"), &url);
    let tags = tokio::time::timeout(SOON * 3, collect(listener))
        .await
        .unwrap();
    child.wait().await.unwrap();
    let sounds: Vec<i64> = tags
        .iter()
        .filter(|tag| {
            tag.kind == Kind::Audio && matches!(flv::audio(&tag.payload), Ok(Audio::Frame(_)))
        })
        .map(|tag| tag.timestamp_ms)
        .collect();
    assert!(sounds.len() >= 255, "{} blocks of sound", sounds.len());
    for (at, time) in sounds.iter().enumerate() {
        let ideal = sounds[0] + i64::try_from(at).unwrap() * 1_024_000 / 44_100;
        assert!(
            (time - ideal).abs() <= 2,
            "block {at} is at {time} ms instead of {ideal}"
        );
    }
    let pictures: Vec<i64> = tags
        .iter()
        .filter(|tag| {
            tag.kind == Kind::Video && matches!(flv::video(&tag.payload), Ok(Video::Frame { .. }))
        })
        .map(|tag| tag.timestamp_ms)
        .collect();
    assert_eq!(pictures.len(), 150);
    assert_eq!(pictures[149] - pictures[0], 149 * 40);
}

#[tokio::test]
async fn ffmpeg_publishes_and_is_ended_within_a_second_when_its_key_is_revoked() {
    let house = House::open(Limits::default()).await;
    let revoked = house.keys.add("doomed", "conf/a");
    let mut child = ffmpeg(
        &format!("-re {SILENT_TEST_PICTURE}"),
        &house.url("doomed?user=x"),
    );
    until("ffmpeg is received", || house.state() == State::Receiving).await;
    until("its frames arrive", || house.counters.frames.get() > 50).await;
    let told_at = Instant::now();
    revoked.cancel();
    let status = tokio::time::timeout(SOON, child.wait())
        .await
        .unwrap()
        .unwrap();
    assert!(
        told_at.elapsed() < Duration::from_secs(1),
        "{:?}",
        told_at.elapsed()
    );
    assert!(!status.success());
    assert_eq!(
        (
            house.counters.dropped.get(),
            house.counters.ended(Ending::Revoked)
        ),
        (0, 1)
    );
}

#[tokio::test]
async fn ffmpeg_with_a_wrong_key_gives_up_with_our_words() {
    let house = House::open(quick()).await;
    let child = ffmpeg(&format!("{SILENT_TEST_PICTURE} -t 5"), &house.url("wrong"));
    let output = tokio::time::timeout(SOON, child.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("the stream key is not accepted"), "{words}");
}

#[tokio::test]
async fn ffmpeg_says_goodbye_and_comes_back() {
    let house = House::open(quick()).await;
    for round in 1..=2 {
        let mut child = ffmpeg(&format!("{SILENT_TEST_PICTURE} -t 1"), &house.url("key"));
        assert!(
            tokio::time::timeout(SOON, child.wait())
                .await
                .unwrap()
                .unwrap()
                .success()
        );
        house.ended(Ending::Unpublished, round).await;
    }
    assert!(house.counters.frames.get() > 120);
    assert_eq!(house.counters.dropped.get(), 0);
}

#[tokio::test]
async fn a_programme_plays_in_real_time_and_survives_the_server() {
    let house = House::open(quick()).await;
    let (target, stop) = (
        Target::parse(&house.url("key")).unwrap(),
        CancellationToken::new(),
    );
    let programme = broadcast(target, clip(), stop.clone());
    let watched = async {
        until("it is received", || house.counters.frames.get() >= 30).await;
        house.channels.close(
            &media_core::ChannelName::parse("conf/a").unwrap(),
            None,
            "make way",
        );
        let before = house.counters.frames.get();
        until("it is back", || house.counters.frames.get() >= before + 30).await;
        stop.cancel();
    };
    let began = Instant::now();
    tokio::join!(programme, watched);
    house.ended(Ending::Unpublished, 1).await;
    // 60 frames of a clip with 15 pictures and 47 blocks of sound a second.
    assert!(
        began.elapsed() >= Duration::from_millis(700),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(
        (
            house.counters.connections.get(),
            house.counters.dropped.get()
        ),
        (2, 0)
    );
}

#[tokio::test]
async fn an_encoder_that_comes_back_continues_the_same_sequence() {
    let house = House::open(quick()).await;
    let channel = ChannelName::parse("conf/a").unwrap();
    let (mut newest, mut first) = ((0, 0), None);
    for round in 1..=3 {
        let mut raw = Raw::publishing(house.addr, "key").await;
        raw.clip(250).await;
        drop(raw);
        house.ended(Ending::HungUp, round).await;
        let snapshot = house.channels.snapshot(&channel).unwrap();
        assert!(
            snapshot.newest() > newest,
            "{:?} after {newest:?}",
            snapshot.newest()
        );
        newest = snapshot.newest();
        let oldest = snapshot.segments()[0].msn;
        assert_eq!(
            *first.get_or_insert(oldest),
            oldest,
            "what was published stays"
        );
    }
    let metrics = house.channels.metrics();
    assert_eq!(
        (metrics.discontinuities.get(), metrics.jumps.get()),
        (0, 0),
        "the codecs are the same"
    );
}

#[tokio::test]
async fn a_clock_that_wraps_in_the_middle_goes_on_without_a_jump() {
    let house = House::open(quick()).await;
    let mut raw = Raw::publishing(house.addr, "key").await;
    raw.clip_from(u32::MAX - 15, 100).await;
    until("the clip arrives", || house.counters.frames.get() >= 100).await;
    let metrics = house.channels.metrics();
    assert_eq!(
        (
            metrics.jumps.get(),
            metrics.clamped.get(),
            metrics.discontinuities.get()
        ),
        (0, 0, 0)
    );
    let status = house
        .channels
        .status(&ChannelName::parse("conf/a").unwrap())
        .borrow()
        .clone();
    assert_eq!(
        (status.state, status.width, status.height),
        (State::Receiving, 96, 64)
    );
}
