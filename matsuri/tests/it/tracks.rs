//! Ten tracks at once, and a process that is killed again and again.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use media_core::testing::hls::{self, Media};
use media_ingest::clip::Clip;
use media_ingest::rtmp::{Target, broadcast};
use tokio_util::sync::CancellationToken;

use crate::process::{Server, folder, get, text, until};
use crate::stage::schedule;

const TRACKS: usize = 10;
/// What ten tracks may hold for going back, and the process beside it.
const MEMORY_MAX: u64 = (TRACKS as u64 * 24 + 120) * 1024 * 1024;

/// A schedule file with as many rooms.
pub(crate) fn hall(rooms: usize) -> String {
    let mut file: serde_json::Value =
        serde_json::from_str(&schedule("ours", "Opening")).expect("JSON");
    let conference = &mut file["schedule"]["conference"];
    let event = conference["days"][0]["rooms"]["Hall A"][0].clone();
    conference["rooms"] = (0..rooms)
        .map(|n| serde_json::json!({"name": format!("Room {n}")}))
        .collect();
    let by_room = (0..rooms).map(|n| {
        let mut event = event.clone();
        event["guid"] = format!("{n:0>8}-0000-4000-8000-000000000001").into();
        event["id"] = (n + 1).into();
        event["slug"] = format!("talk-{n}").into();
        event["room"] = format!("Room {n}").into();
        (format!("Room {n}"), serde_json::json!([event]))
    });
    conference["days"][0]["rooms"] = by_room.collect();
    file.to_string()
}

pub(crate) fn import(server: &Server, name: &str, file: &str) -> std::process::Output {
    let path = folder(name);
    std::fs::write(&path, file).expect("written");
    server.command(&["import", "schedule", path.to_str().expect("text")])
}

/// One encoder per track, each sending the demo's clip; they stop when this is dropped.
pub(crate) struct Encoders {
    runtime: tokio::runtime::Runtime,
    stop: CancellationToken,
}

impl Encoders {
    pub(crate) fn start(server: &Server, tracks: usize) -> Self {
        let names: Vec<String> = (0..tracks).map(|track| format!("room-{track}")).collect();
        Self::start_on(server, "ours", &names)
    }

    /// The same on tracks by name.
    pub(crate) fn start_on(server: &Server, conference: &str, tracks: &[impl AsRef<str>]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("starts");
        let stop = CancellationToken::new();
        let clip = Bytes::from_static(include_bytes!("../../clips/a.flv"));
        for name in tracks {
            let rotated = server.command(&["stream-key", "rotate", conference, name.as_ref()]);
            let address = text(&rotated.stdout)
                .trim()
                .replace("localhost", "127.0.0.1");
            let target = Target::parse(&address).expect("an address");
            let clip = Clip::parse(clip.clone()).expect("a good clip");
            runtime.spawn(broadcast(target, clip, stop.clone()));
        }
        Self { runtime, stop }
    }

    pub(crate) fn end(self) {
        self.stop.cancel();
        self.runtime.shutdown_timeout(Duration::from_secs(5));
    }
}

fn playlist(addr: SocketAddr, track: usize, query: &str) -> Option<Media> {
    let (status, body) = get(addr, &format!("/media/ours/room-{track}/live.m3u8{query}"));
    (status == 200).then(|| hls::read(&body).expect("a playlist"))
}

/// Follows a track like a player, by held reloads, until `end`; what it saw last.
fn follow(addr: SocketAddr, track: usize, end: Instant) -> (Media, Media) {
    let first = until("a track can be played", || playlist(addr, track, ""));
    let mut newest = first.clone();
    while Instant::now() < end {
        let next = newest.sequence + newest.segments.len() as u64;
        let media =
            playlist(addr, track, &format!("?_HLS_msn={next}")).expect("what was announced comes");
        assert_eq!(hls::check(&media), Vec::<String>::new());
        assert_eq!(hls::check_successor(&newest, &media), Vec::<String>::new());
        newest = media;
    }
    (first, newest)
}

fn end_of(media: &Media) -> i64 {
    let last = media
        .segments
        .iter()
        .rfind(|segment| segment.uri.is_some())
        .expect("a segment");
    last.date_us.expect("a date") + last.duration_us
}

/// Ten encoders, ten followers, one server.
fn ten_tracks_for(name: &str, length: Duration) {
    let server = Server::start(&folder(name), &[]);
    let imported = import(&server, &format!("{name}.json"), &hall(TRACKS));
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    let encoders = Encoders::start(&server, TRACKS);
    let (addr, end) = (server.http, Instant::now() + length);
    let followers: Vec<_> = (0..TRACKS)
        .map(|track| std::thread::spawn(move || follow(addr, track, end)))
        .collect();
    for (track, follower) in followers.into_iter().enumerate() {
        let (first, newest) = follower.join().expect("what it followed was good");
        let followed = end_of(&newest) - end_of(&first);
        let wanted = i64::try_from(length.as_micros()).expect("short") - 8_000_000;
        assert!(
            followed >= wanted,
            "track {track}: {followed} µs of {length:?}"
        );
        let breaks = newest
            .segments
            .iter()
            .filter(|segment| segment.discontinuity)
            .count();
        assert_eq!(
            (newest.discontinuity_sequence, breaks),
            (0, 0),
            "track {track}"
        );
    }
    let memory = server.resident_bytes();
    assert!(memory < MEMORY_MAX, "{memory} bytes");
    encoders.end();
}

#[test]
fn ten_tracks_at_once_lose_nothing() {
    ten_tracks_for("ten-tracks", Duration::from_secs(14));
}

#[test]
#[ignore = "long: ten minutes"]
fn long_ten_tracks_for_ten_minutes_lose_nothing() {
    ten_tracks_for("ten-tracks-long", Duration::from_mins(10));
}

#[test]
#[ignore = "long: forty restarts"]
fn long_forty_kills_lose_no_acknowledged_change() {
    let data = folder("kills");
    let mut acknowledged = "Opening".to_owned();
    // Committed perhaps, but nobody was told.
    let mut pending = acknowledged.clone();
    for round in 0..40_u64 {
        let server = Server::start(&data, &[]);
        if round == 0 {
            import(&server, "kills.json", &schedule("ours", &acknowledged));
        }
        let (_, page) = server.get("/ours/timetable");
        let is_there = page.contains(&acknowledged) || page.contains(&pending);
        assert!(
            is_there,
            "round {round}: {acknowledged} was acknowledged and is gone"
        );
        // The kill falls anywhere into the imports of this round.
        let patience = Duration::from_millis(20 + round * 7919 % 400);
        let pid = server.pid();
        let killer = std::thread::spawn(move || {
            let began = Instant::now();
            while began.elapsed() < patience {
                std::thread::yield_now();
            }
            let killed = std::process::Command::new("kill")
                .args(["-KILL", &pid.to_string()])
                .status();
            assert!(killed.expect("kill is there").success());
        });
        let mut change = 0;
        while !killer.is_finished() {
            pending = format!("Round {round} change {change}!");
            let output = import(&server, "kills.json", &schedule("ours", &pending));
            if text(&output.stdout).starts_with("Updated ours") {
                acknowledged.clone_from(&pending);
            }
            change += 1;
        }
        killer.join().expect("killed");
    }
}
