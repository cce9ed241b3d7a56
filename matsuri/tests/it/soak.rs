//! Hours of two tracks and two hundred viewers, shortened: what grows, what drifts, what is missing, seen from outside.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use media_load::stats::{self, Slope};

use crate::process::{Server, folder, get, matsuri, text, until};
use crate::tracks::{Encoders, hall, import};

const TRACKS: usize = 2;
const VIEWERS: usize = 200;
/// Eight hours, for which the slope is told.
const DAY_H: f64 = 8.0;
/// Memory may not grow by more than this; beyond the uncertainty of the slope.
const GROWTH_MAX_MB_PER_H: f64 = 4.0;
/// One picture.
const DRIFT_MAX_MS: f64 = 1_000.0 / 30.0;
/// Samples are averaged over this long, so that one does not follow from the one before.
const BLOCK: Duration = Duration::from_secs(20);
/// How far back viewers may go, in seconds. What belongs to kept media beside its bytes grows until all of that is there: ten
/// minutes, as usual, would look like a leak in a run of twenty.
const WINDOW_S: &str = "60";
/// Two minutes.
const WARM_BLOCKS: usize = 6;

/// A process of ours that tells what it found as JSON.
struct Witness(Child);

impl Witness {
    fn call(arguments: &[&str]) -> Self {
        let mut command = matsuri(arguments);
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Self(child.expect("the binary is there"))
    }

    fn report(self) -> serde_json::Value {
        let output = self.0.wait_with_output().expect("it ends");
        let told = serde_json::from_slice(&output.stdout);
        assert!(told.is_ok(), "{}", text(&output.stderr));
        told.unwrap_or_default()
    }
}

/// What the server says of itself.
struct Meter {
    address: std::net::SocketAddr,
}

impl Meter {
    fn of(server: &Server) -> Self {
        let line = server.line("metrics");
        let address = line.trim_start_matches("http://");
        let address = address.trim_end_matches("/metrics");
        Self {
            address: address.parse().expect("an address"),
        }
    }

    fn read(&self, names: [&str; 2]) -> [f64; 2] {
        let (_, body) = get(self.address, "/metrics");
        names.map(|name| {
            let value = |line: &str| line.strip_prefix(name)?.trim().parse::<f64>().ok();
            let found = body.lines().find_map(value);
            assert!(found.is_some(), "{name} is not among the metrics");
            found.unwrap_or_default()
        })
    }

    /// Resident memory beside the media that is kept for going back, in megabytes.
    fn memory_mb(&self) -> f64 {
        let names = [
            "process_resident_memory_bytes ",
            "matsuri_media_window_bytes ",
        ];
        let [resident, window] = self.read(names);
        (resident - window) / 1e6
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a sample now and then, no condition to wait for"
)]
fn pause(length: Duration) {
    std::thread::sleep(length);
}

/// Memory over time in blocks: hours and megabytes.
fn watch_memory(meter: &Meter, length: Duration) -> Vec<(f64, f64)> {
    let (began, mut blocks) = (Instant::now(), Vec::new());
    while began.elapsed() < length {
        let (block, mut samples) = (Instant::now(), Vec::new());
        while block.elapsed() < BLOCK {
            samples.push(meter.memory_mb());
            pause(Duration::from_millis(500));
        }
        blocks.push((
            began.elapsed().as_secs_f64() / 3_600.0,
            stats::median(&samples),
        ));
    }
    blocks
}

/// Everybody for so many minutes; what they found.
fn soak(name: &str, minutes: f64) -> String {
    let length = Duration::from_secs_f64(minutes * 60.0);
    let window = [("MATSURI_MEDIA_WINDOW_S", PathBuf::from(WINDOW_S))];
    let server = Server::start_in(&folder(name), &["--media", "127.0.0.1:0"], &window);
    let imported = import(&server, &format!("{name}.json"), &hall(TRACKS));
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    let encoders = Encoders::start(&server, TRACKS);
    let lean = server
        .line("media")
        .split(' ')
        .next()
        .expect("told")
        .to_owned();
    let playlists: Vec<String> = (0..TRACKS)
        .map(|track| format!("http://{lean}/media/ours/room-{track}/index.m3u8"))
        .collect();
    until("both tracks can be played", || {
        let is_there =
            |track| get(server.http, &format!("/media/ours/room-{track}/live.m3u8")).0 == 200;
        (0..TRACKS).all(is_there).then_some(())
    });
    let seconds = length.as_secs().to_string();
    let viewers = (VIEWERS / TRACKS).to_string();
    let load = |playlist: &String| {
        Witness::call(&[
            "load",
            "viewers",
            playlist,
            "--json",
            "--viewers",
            &viewers,
            "--ramp",
            "10",
            "--seconds",
            &seconds,
        ])
    };
    let probe = |playlist: &String| {
        Witness::call(&[
            "probe",
            playlist,
            "--json",
            "--seconds",
            &seconds,
            "--latency-max-ms",
            "10000",
        ])
    };
    let crowds: Vec<_> = playlists.iter().map(load).collect();
    let probes: Vec<_> = playlists.iter().map(probe).collect();
    let memory = watch_memory(&Meter::of(&server), length);
    let mut row = told_of_memory(&memory, length);
    for crowd in crowds {
        let report = crowd.report();
        let number = |name: &str| report[name].as_f64().expect("a number");
        assert_eq!(report["came"], VIEWERS / TRACKS, "{report}");
        assert!(
            number("reached_percent") > 99.0 && number("failures") < 1.0,
            "{report}"
        );
        let _ = write!(
            row,
            "; {:.2} % of {} parts",
            number("reached_percent"),
            report["parts"]
        );
    }
    for probe in probes {
        let report = probe.report();
        assert_eq!(
            report["problems"],
            serde_json::json!([]),
            "gaps, drift or playlists: {report}"
        );
        assert_eq!(report["discontinuities"], 0, "{report}");
        let drift = report["drift_ms"].as_f64().expect("picture and sound");
        assert!(drift.abs() <= DRIFT_MAX_MS, "{report}");
        let _ = write!(
            row,
            "; {} parts without a gap, drift {drift:.1} ms",
            report["parts"]
        );
    }
    encoders.end();
    row
}

/// What of a run is judged: buffers of viewers, caches and the allocator's pools fill in its first quarter, or its
/// first minutes if it is short.
fn warm(memory: &[(f64, f64)]) -> &[(f64, f64)] {
    let blocks = memory.len();
    &memory[(blocks / 4).max(WARM_BLOCKS.min(blocks / 2))..]
}

/// Whether it grows for certain: twice its uncertainty would not explain it.
fn leaks(slope: Slope) -> bool {
    slope.per_unit - 2.0 * slope.error > GROWTH_MAX_MB_PER_H
}

/// Judges memory over a run.
fn told_of_memory(memory: &[(f64, f64)], length: Duration) -> String {
    let warm = warm(memory);
    let (first, last) = (warm[0].1, warm[warm.len() - 1].1);
    let Some(slope) = Slope::through(warm) else {
        return format!("memory {first:.1}, then {last:.1} MB: too short for a slope");
    };
    assert!(!leaks(slope), "{slope:?}: {memory:?}");
    format!(
        "{:.0} min: memory beside the kept media {first:.1}, then {last:.1} MB, slope {:.2} ± {:.2} MB/h ({:.1} MB in {DAY_H:.0} h)",
        length.as_secs_f64() / 60.0,
        slope.per_unit,
        2.0 * slope.error,
        slope.per_unit * DAY_H,
    )
}

#[test]
#[ignore = "long: twenty minutes, or MATSURI_SOAK_MINUTES"]
#[expect(clippy::disallowed_methods, reason = "a test has no configuration")]
fn soak_two_tracks_and_two_hundred_viewers() {
    let minutes = std::env::var("MATSURI_SOAK_MINUTES");
    let minutes = minutes.map_or(20.0, |minutes| minutes.parse().expect("minutes"));
    let row = soak("soak", minutes);
    // Told also when it passes.
    let _ = writeln!(std::io::stderr(), "soak: {row}");
}

/// Memory of so many minutes: it warms up by three megabytes, moves by half a megabyte for no reason, and leaks.
fn imagined(minutes: u32, leak_mb_per_h: f64) -> Vec<(f64, f64)> {
    let blocks = minutes * 60 / u32::try_from(BLOCK.as_secs()).expect("seconds");
    let block = |n: u32| {
        let hours = f64::from(n) * BLOCK.as_secs_f64() / 3_600.0;
        let warms = 3.0 * (1.0 - (-f64::from(n) / 3.0).exp());
        let moves = 0.5 * (f64::from(n * 37 % 11) / 5.0 - 1.0);
        (hours, 90.0 + warms + moves + leak_mb_per_h * hours)
    };
    (1..=blocks).map(block).collect()
}

#[test]
fn a_leak_would_fail_the_soak_and_a_warm_up_does_not() {
    let judged = |minutes, leak| Slope::through(warm(&imagined(minutes, leak))).map(leaks);
    assert_eq!(judged(20, 0.0), Some(false));
    // A kilobyte for every fifty requests of two hundred viewers.
    assert_eq!(judged(20, 12.0), Some(true));
    assert_eq!(judged(480, 6.0), Some(true));
    // Minutes show only what is large.
    assert_eq!(judged(5, 0.0), Some(false));
    assert_eq!(judged(5, 60.0), Some(true));
}
