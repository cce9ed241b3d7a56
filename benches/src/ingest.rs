//! Ingest and packaging: what it costs to take streams of 4 Mbit/s and have them ready for viewers.
//!
//! ffmpeg sends the same encoded file in real time, as often as there are streams, to ours and to nginx with its RTMP
//! module. Ours cuts parts and segments in memory, nginx segments on disk.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use tokio::time::sleep;

use crate::abba::{self, Run, Side};
use crate::child::{self, Child};
use crate::load::{Connection, get};
use crate::machine::{self, Window};
use crate::report::{self, Figure, Target};
use crate::site::Matsuri;
use crate::{baselines, fixture};

const BASELINE: &str = "nginx-rtmp 1.2.2";
/// Encoders start one after the other, so that their key frames do not coincide.
const APART: Duration = Duration::from_millis(270);
const SETTLE: Duration = Duration::from_secs(5);

/// How many, how long and how often.
#[derive(Args)]
pub(crate) struct Options {
    /// Blocks of ours, theirs, theirs, ours.
    #[arg(long, default_value_t = 3)]
    blocks: usize,
    /// Seconds of each run.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Streams.
    #[arg(long, default_value_t = 10)]
    streams: usize,
    /// One run of one side only.
    #[arg(long)]
    alone: Option<Side>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            blocks: 3,
            seconds: 20,
            streams: 10,
            alone: None,
        }
    }
}

/// Runs the suite.
pub(crate) async fn run(options: &Options) -> Result<Vec<Figure>> {
    let file = stream_file()?;
    println!(
        "ingest: {} streams, {} s a run",
        options.streams, options.seconds
    );
    if let Some(side) = options.alone {
        let sides = Sides::start(options, Some(side)).await?;
        let run = once(sides.of(side)?, &file, options).await?;
        println!(
            "  {side:?}: {:.3} % of a core per stream ({})",
            run.value, run.noise
        );
        return sides.stop().await.map(|()| Vec::new());
    }
    let sides = Sides::start(options, None).await?;
    let pairs = abba::measure(options.blocks, async |side| {
        let run = once(sides.of(side)?, &file, options).await?;
        println!("    {side:?}: {:.3} % of a core per stream", run.value);
        Ok(run)
    })
    .await?;
    let name = format!(
        "ingest and packaging, per 4 Mbit/s stream, {} at once",
        options.streams
    );
    let figure = Figure::paired(name, "% of a core", BASELINE, &pairs, |share| *share)
        .target(Target::AtMost(0.4));
    report::print("ingest", pairs.noise, std::slice::from_ref(&figure));
    sides.stop().await?;
    Ok(vec![figure])
}

/// A server and where its streams go.
struct Intake {
    server: Child,
    addresses: Vec<String>,
    /// Where they come out.
    outputs: Outputs,
}

enum Outputs {
    /// Playlists at these paths.
    Paths(SocketAddr, Vec<String>),
    /// Playlists in these files.
    Files(Vec<PathBuf>),
}

impl Outputs {
    /// Whether every stream can be watched.
    async fn are_there(&self) -> Result<()> {
        match self {
            Self::Paths(address, paths) => {
                let mut connection = Connection::open(*address).await?;
                for path in paths {
                    let status = connection.ask(&get(*address, path, "")).await?.status;
                    ensure!(status == 200, "{path} answers {status}");
                }
            }
            Self::Files(files) => {
                for file in files {
                    ensure!(file.exists(), "{} is missing", file.display());
                }
            }
        }
        Ok(())
    }
}

/// Both run all the time; who has no streams does next to nothing.
struct Sides {
    ours: Option<Intake>,
    theirs: Option<Intake>,
}

impl Sides {
    async fn start(options: &Options, only: Option<Side>) -> Result<Self> {
        let mut sides = Self {
            ours: None,
            theirs: None,
        };
        if only != Some(Side::Theirs) {
            sides.ours = Some(ours(options.streams).await?);
        }
        if only != Some(Side::Ours) {
            let (server, application) = baselines::nginx_rtmp().await?;
            let addresses = (0..options.streams)
                .map(|stream| format!("{application}/s{stream}"))
                .collect();
            let hls = baselines::folder()?.join("nginx-data/hls");
            let outputs = (0..options.streams)
                .map(|stream| hls.join(format!("s{stream}.m3u8")))
                .collect();
            sides.theirs = Some(Intake {
                server,
                addresses,
                outputs: Outputs::Files(outputs),
            });
        }
        Ok(sides)
    }

    fn of(&self, side: Side) -> Result<&Intake> {
        let server = if side == Side::Ours {
            &self.ours
        } else {
            &self.theirs
        };
        server.as_ref().context("not started")
    }

    async fn stop(self) -> Result<()> {
        for side in self.ours.into_iter().chain(self.theirs) {
            side.server.stop().await?;
        }
        Ok(())
    }
}

async fn ours(streams: usize) -> Result<Intake> {
    let site = Matsuri::with(&fixture::halls(streams)).await?;
    let tracks = site.tracks().await?;
    ensure!(
        tracks.len() >= streams,
        "the conference has {} tracks for {streams} streams",
        tracks.len()
    );
    let addresses = tracks
        .iter()
        .take(streams)
        .map(|track| site.publish_address(track));
    let playlist = |track: &String| format!("/media/{}/{track}/index.m3u8", fixture::CONFERENCE);
    Ok(Intake {
        addresses: addresses.collect::<Result<_>>()?,
        outputs: Outputs::Paths(
            site.address,
            tracks.iter().take(streams).map(playlist).collect(),
        ),
        server: site.server,
    })
}

async fn once(side: &Intake, file: &Path, options: &Options) -> Result<Run<f64>> {
    let mut encoders = Vec::new();
    for address in &side.addresses {
        encoders.push(encoder(file, address)?);
        sleep(APART).await;
    }
    sleep(SETTLE).await;
    let helpers: Vec<u32> = std::iter::once(side.server.id())
        .chain(encoders.iter().map(Child::id))
        .collect();
    let window = Window::open(&helpers);
    sleep(Duration::from_secs(options.seconds)).await;
    let after = window.close();
    side.outputs.are_there().await?;
    for encoder in &mut encoders {
        ensure!(
            encoder.is_running()?,
            "an encoder ended: {}",
            encoder.printed()
        );
    }
    #[expect(clippy::cast_precision_loss, reason = "a dozen")]
    let streams = side.addresses.len() as f64;
    Ok(Run {
        value: after.cpu / after.seconds / streams * 100.0,
        noise: after.noise,
    })
}

/// ffmpeg, which sends a file in real time, over and over.
pub(crate) fn encoder(file: &Path, address: &str) -> Result<Child> {
    let mut command = Command::new("ffmpeg");
    command
        .args([
            "-nostdin",
            "-loglevel",
            "error",
            "-re",
            "-stream_loop",
            "-1",
            "-i",
        ])
        .arg(file);
    command.args(["-c", "copy", "-f", "flv", address]);
    Child::start("encoder", command, &baselines::folder()?.join("logs"))
}

/// A minute of noise over a moving picture, 4 Mbit/s of H.264 with a key frame every two seconds, and sound. Made once.
pub(crate) fn stream_file() -> Result<PathBuf> {
    let file = baselines::folder()?.join("stream.flv");
    if file.exists() {
        return Ok(file);
    }
    println!("ingest: encoding the stream, once");
    let unfinished = file.with_extension("unfinished.flv");
    let mut command = machine::on_any_core("ffmpeg");
    command
        .args(["-nostdin", "-loglevel", "error", "-y"])
        .args([
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=1280x720:rate=30,noise=alls=12:allf=t",
        ])
        .args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"])
        .args([
            "-t",
            "60",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-tune",
            "zerolatency",
            "-pix_fmt",
            "yuv420p",
        ])
        .args([
            "-b:v", "3900k", "-minrate", "3900k", "-maxrate", "3900k", "-bufsize", "3900k",
        ])
        .args([
            "-x264-params",
            "nal-hrd=cbr:keyint=60:min-keyint=60:scenecut=0",
        ])
        .args(["-c:a", "aac", "-b:a", "96k", "-ac", "2", "-f", "flv"])
        .arg(&unfinished);
    child::finish(command)?;
    fs::rename(&unfinished, &file)?;
    Ok(file)
}
