//! `matsuri load` and `matsuri probe`: the other side of a server, from this machine or another.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use clap::{Args, Subcommand};
use kernel::Clock;
use media_ingest::clip::Clip;
use media_ingest::rtmp::{News, Target};
use media_load::origin::Trust;
use media_load::{Stream, probe, process, publish, recorded, viewers};
use serde::Serialize;
use tokio::runtime::Builder;
use tokio_util::sync::CancellationToken;

use crate::demo::programmes::CLIPS;
use crate::limits;
use crate::process::{Signals, say};

#[derive(Subcommand)]
pub(super) enum Load {
    /// Let viewers watch a stream; tells what they get, how late, and what it costs the server.
    Viewers(Viewers),
    /// Let encoders publish a clip, round after round in real time.
    Publish(Publish),
}

#[derive(Args)]
pub(super) struct Viewers {
    /// A track's page or a playlist, as in <https://conf.example.org/days/live/a>.
    url: String,
    /// Viewers.
    #[arg(long = "viewers", value_name = "N", default_value_t = 100)]
    count: usize,
    /// Seconds that are counted, after all have come.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(4..))]
    seconds: u64,
    /// Seconds within which they come.
    #[arg(long, value_name = "N", default_value_t = 5)]
    ramp: u64,
    /// Playlists only: how many held requests a server carries, whatever the network does.
    #[arg(long)]
    reloads_only: bool,
    /// The server's process id, if it runs on this machine: tells what the viewers cost it.
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
    /// Percent of all parts that must arrive for a good end.
    #[arg(long, value_name = "PERCENT", default_value_t = 99.0)]
    reach: f64,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
pub(super) struct Publish {
    /// Where to publish, one address for each encoder: <rtmp://HOST/live/KEY>.
    #[arg(value_name = "ADDRESS")]
    addresses: Vec<String>,
    /// A file with such addresses, one in a line; it keeps keys off the command line.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// An FLV file with H.264 and AAC; the demo's programme otherwise.
    #[arg(long, value_name = "FILE")]
    clip: Option<PathBuf>,
    /// Seconds; until a signal otherwise.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// Tell it as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Probe {
    /// A track's page or a playlist, as in <https://conf.example.org/days/live/a>; or a recording of a browser's
    /// network (a file that ends in .har), whose playlists are judged.
    url: String,
    /// Seconds of watching.
    #[arg(long, value_name = "N", default_value_t = 10)]
    seconds: u64,
    /// How late half of the parts may be; the clocks of both machines have to agree.
    #[arg(long, value_name = "MS", default_value_t = 2_000)]
    latency_max_ms: u64,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Common {
    /// Believe any certificate: for a server of your own that has none of an authority yet.
    #[arg(long)]
    insecure: bool,
    /// Tell it as JSON.
    #[arg(long)]
    json: bool,
}

impl Common {
    fn trust(&self) -> Trust {
        if self.insecure {
            Trust::Everybody
        } else {
            Trust::Authorities
        }
    }
}

/// Tries it. Ends with 0 if all was well, 1 if something was wrong, 2 if it could not be tried.
pub(super) fn load(load: Load) -> ExitCode {
    concluded(match load {
        Load::Viewers(wish) => run(watch(wish)),
        Load::Publish(wish) => run(send(wish)),
    })
}

/// Looks closely, with the same ends.
pub(super) fn probe(wish: &Probe) -> ExitCode {
    if wish.url.strip_suffix(".har").is_some() {
        return concluded(judge(wish));
    }
    concluded(run(async {
        let options = probe::Options {
            seconds: wish.seconds,
            latency_max: Duration::from_millis(wish.latency_max_ms),
            trust: wish.common.trust(),
        };
        let clock = Clock::system();
        let report = tokio::select! {
            report = probe::run(&wish.url, &options, &clock) => report?,
            interrupted = interrupted() => return Err(interrupted),
        };
        tell(&report, wish.common.json)?;
        Ok(report.is_good())
    }))
}

/// Judges the playlists that a browser has recorded.
fn judge(wish: &Probe) -> Result<bool> {
    let har = std::fs::read(&wish.url).with_context(|| format!("cannot read {}", wish.url))?;
    let report = recorded::judge(&har)?;
    tell(&report, wish.common.json)?;
    Ok(report.is_good())
}

fn run(work: impl Future<Output = Result<bool>>) -> Result<bool> {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(work)
}

fn concluded(outcome: Result<bool>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("matsuri: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn watch(wish: Viewers) -> Result<bool> {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_default();
    let room = usize::try_from(files.saturating_sub(limits::FILES_OF_LOAD) / 2)?;
    ensure!(
        wish.count <= room,
        "the limit of open files of this end ({files}) allows {room} viewers, with two connections each"
    );
    if let Some(pid) = wish.pid {
        ensure!(process::exists(pid), "there is no process {pid}");
    }
    let options = viewers::Options {
        viewers: wish.count,
        seconds: wish.seconds,
        ramp: Duration::from_secs(wish.ramp),
        reloads_only: wish.reloads_only,
        process: wish.pid,
        processors: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let work = async {
        let stream = Stream::find(&wish.url, wish.common.trust()).await?;
        let never = CancellationToken::new();
        viewers::run(stream.media, &options, Clock::system(), &never).await
    };
    let report = tokio::select! {
        report = work => report?,
        interrupted = interrupted() => return Err(interrupted),
    };
    tell(&report, wish.common.json)?;
    Ok(report.is_good(wish.reach))
}

async fn send(wish: Publish) -> Result<bool> {
    let mut addresses = wish.addresses;
    if let Some(file) = &wish.keys {
        let lines = std::fs::read_to_string(file);
        let lines = lines.with_context(|| format!("cannot read {}", file.display()))?;
        let lines = lines.lines().map(str::trim);
        let filled = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        addresses.extend(filled.map(str::to_owned));
    }
    ensure!(
        !addresses.is_empty(),
        "no address to publish to: name some, or a file with --keys"
    );
    let mut targets = Vec::new();
    for (number, address) in addresses.iter().enumerate() {
        // The address holds a key, so it is named by its place.
        let target = Target::parse(address).with_context(|| format!("address {}", number + 1))?;
        targets.push(target);
    }
    let clip = match &wish.clip {
        Some(file) => {
            let bytes = std::fs::read(file);
            bytes
                .with_context(|| format!("cannot read {}", file.display()))?
                .into()
        }
        None => Bytes::from_static(CLIPS[0].1),
    };
    let clip = Clip::parse(clip).context("the clip cannot be published")?;
    let stop = CancellationToken::new();
    let is_quiet = wish.json;
    let hear = move |encoder: usize, news: &News<'_>| {
        let line = match news {
            News::Publishing => format!("encoder {encoder} publishes"),
            News::Lost(error) => format!("encoder {encoder}: {error}"),
        };
        if !is_quiet {
            say(&line);
        }
    };
    let time = wish.seconds.map(Duration::from_secs);
    let work = publish::run(targets, clip, time, stop.clone(), hear);
    tokio::pin!(work);
    let report = tokio::select! {
        report = &mut work => report?,
        // A signal is the ordinary end; what was sent is told all the same.
        _signal = interrupted() => {
            stop.cancel();
            work.await?
        }
    };
    tell(&report, wish.json)?;
    Ok(report.is_good())
}

async fn interrupted() -> anyhow::Error {
    match Signals::new() {
        Ok(mut signals) => {
            signals.end().await;
            anyhow::anyhow!("interrupted")
        }
        Err(error) => error,
    }
}

fn tell(report: &(impl std::fmt::Display + Serialize), as_json: bool) -> Result<()> {
    if !as_json {
        say(&report.to_string());
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, report)?;
    if writeln!(out).is_err() {
        bail!("nobody reads what was found");
    }
    Ok(())
}
