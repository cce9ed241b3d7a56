//! Viewers by the thousand: each holds a reload of the playlist and fetches every part, as a player does.

use std::convert::Infallible;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use kernel::Clock;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::board::{Board, Listed, Position, Sight};
use crate::origin::Address;
use crate::wire::Connection;
use crate::{limits, process, stats};

/// A part that came up this long before the end had its time to reach everybody.
const LATE: Duration = Duration::from_secs(2);
/// From the last viewer to the clock.
const SETTLE: Duration = Duration::from_secs(2);
/// Beyond this share of a processor, this end is part of what it measures.
const BUSY: f64 = 0.9;

/// How many, how long, how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Viewers.
    pub viewers: usize,
    /// Seconds that are counted.
    pub seconds: u64,
    /// Within this time they come.
    pub ramp: Duration,
    /// Only playlists, no media.
    pub reloads_only: bool,
    /// The server's process, if it runs on this machine.
    pub process: Option<u32>,
    /// Processors that this end may use.
    pub processors: usize,
}

/// What it was like.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The playlist.
    pub stream: String,
    /// Viewers that were wanted.
    pub viewers: usize,
    /// Those that got a playlist.
    pub came: usize,
    /// Seconds that were counted.
    pub seconds: f64,
    /// Parts that came up meanwhile, without the last moments.
    pub parts: usize,
    /// Percent of parts × viewers that arrived.
    pub reached_percent: f64,
    /// Percent of parts that reached 99 of 100 viewers.
    pub complete_percent: f64,
    /// From the end of a part, by its date, to a viewer who has it.
    pub delay_ms: Delay,
    /// From the first viewer who knew of a part to the 99th of 100, of the middle part and of the slowest.
    pub spread_ms: Spread,
    /// Bytes of bodies, in megabits per second.
    pub megabits_per_second: f64,
    /// Requests per second.
    pub requests_per_second: f64,
    /// Requests that failed.
    pub failures: u64,
    /// Why the first did.
    pub first_failure: Option<String>,
    /// What it cost the server, if its process was named.
    pub server: Option<Server>,
    /// Processors that this end was busy with.
    pub own_processors: f64,
    /// This end was too busy for its delays to say something about the server.
    pub is_own_end_busy: bool,
}

/// How late parts were.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "percentiles")]
pub struct Delay {
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub most: f64,
}

/// How far viewers were apart.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "percentiles")]
pub struct Spread {
    pub p50: f64,
    pub most: f64,
}

/// What a server needed.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Server {
    /// Processors it was busy with.
    pub processors: f64,
    /// Resident memory in bytes at the end.
    pub memory_bytes: f64,
    /// Milliseconds of a processor for each second of each viewer.
    pub ms_per_viewer_second: f64,
    /// Viewers whom one processor carries at this rate, ingest and everything else included.
    pub viewers_per_processor: f64,
}

/// What all viewers share.
struct Crowd {
    playlist: Address,
    clock: Clock,
    reloads_only: bool,
    seen: Mutex<Seen>,
    came: AtomicUsize,
    requests: AtomicU64,
    bytes: AtomicU64,
}

#[derive(Default)]
struct Seen {
    board: Board,
    is_counting: bool,
    delays_ms: Vec<f32>,
}

/// Lets viewers come and watches them.
pub async fn run(
    playlist: Address,
    options: &Options,
    clock: Clock,
    stop: &CancellationToken,
) -> Result<Report> {
    ensure!(
        (1..=limits::VIEWERS_MAX).contains(&options.viewers),
        "between 1 and {} viewers can be tried",
        limits::VIEWERS_MAX
    );
    let crowd = Arc::new(Crowd {
        playlist,
        clock,
        reloads_only: options.reloads_only,
        seen: Mutex::default(),
        came: AtomicUsize::new(0),
        requests: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
    });
    let mut viewers = JoinSet::new();
    let work = async {
        let began = Instant::now();
        for number in 0..options.viewers {
            viewers.spawn(Arc::clone(&crowd).view());
            let share = u32::try_from(number + 1).unwrap_or(u32::MAX);
            let all = u32::try_from(options.viewers).unwrap_or(u32::MAX);
            sleep_until(began + options.ramp * share / all).await;
        }
        sleep(SETTLE).await;
        measure(&crowd, options).await
    };
    let outcome = tokio::select! {
        report = work => report,
        () = stop.cancelled() => bail!("interrupted"),
    };
    viewers.shutdown().await;
    outcome
}

async fn measure(crowd: &Crowd, options: &Options) -> Result<Report> {
    crowd.seen().begin();
    let cpu = || options.process.map(process::cpu_seconds);
    let (server_before, own_before) = (cpu(), process::own_cpu_seconds());
    let counted = || {
        let bytes = crowd.bytes.load(Ordering::Relaxed);
        (crowd.requests.load(Ordering::Relaxed), bytes)
    };
    let (began, before) = (Instant::now(), counted());
    sleep(Duration::from_secs(options.seconds)).await;
    let seconds = began.elapsed().as_secs_f64();
    let (requests, bytes) = counted();
    let own_processors = (process::own_cpu_seconds() - own_before) / seconds;
    let server = options.process.zip(server_before).map(|(id, before)| {
        let processors = (process::cpu_seconds(id) - before) / seconds;
        let viewers = count(options.viewers);
        Server {
            processors,
            memory_bytes: process::memory(id).resident,
            ms_per_viewer_second: processors * 1_000.0 / viewers,
            viewers_per_processor: viewers / processors.max(1e-3),
        }
    });
    let until = Instant::now()
        .checked_sub(LATE)
        .context("too few seconds")?;
    let seen = crowd.seen();
    let spreads = seen.board.spreads_ms(until);
    let delays: Vec<f64> = seen.delays_ms.iter().copied().map(f64::from).collect();
    let delay = |at| stats::percentile(&delays, at);
    let failures = seen.board.failures();
    Ok(Report {
        stream: crowd.playlist.to_string(),
        viewers: options.viewers,
        came: crowd.came.load(Ordering::Relaxed),
        seconds,
        parts: seen.board.parts(until),
        reached_percent: seen.board.told(until, options.viewers) * 100.0,
        complete_percent: seen.board.complete(until, options.viewers) * 100.0,
        delay_ms: Delay {
            p50: delay(0.5),
            p95: delay(0.95),
            p99: delay(0.99),
            most: delay(1.0),
        },
        spread_ms: Spread {
            p50: stats::percentile(&spreads, 0.5),
            most: stats::percentile(&spreads, 1.0),
        },
        megabits_per_second: float(bytes - before.1) * 8.0 / 1e6 / seconds,
        requests_per_second: float(requests - before.0) / seconds,
        failures,
        first_failure: (failures > 0).then(|| seen.board.first_failure().to_owned()),
        server,
        own_processors,
        is_own_end_busy: own_processors > BUSY * count(options.processors),
    })
}

#[expect(clippy::cast_precision_loss, reason = "far below what a float holds")]
fn count(number: usize) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "far below what a float holds")]
fn float(number: u64) -> f64 {
    number as f64
}

impl Seen {
    fn begin(&mut self) {
        self.board.begin();
        self.is_counting = true;
    }
}

impl Crowd {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One viewer, who comes back whatever happens.
    async fn view(self: Arc<Self>) {
        let mut is_here = false;
        loop {
            let Err(error) = self.follow(&mut is_here).await;
            self.seen().board.failed(&format!("{error:#}"));
            sleep(limits::RETRY).await;
        }
    }

    /// Follows the stream until something fails. Browsers use two connections too: one is held.
    async fn follow(&self, is_here: &mut bool) -> Result<Infallible> {
        let origin = &self.playlist.origin;
        let mut playlists = Connection::open(origin.clone()).await?;
        let mut media = Connection::open(origin.clone()).await?;
        let mut sight = self.reload(&mut playlists, None).await?;
        if !std::mem::replace(is_here, true) {
            self.came.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(map) = sight.map.clone().filter(|_| !self.reloads_only) {
            self.fetch(&mut media, &map).await?;
        }
        let mut before: Option<Arc<Sight>> = None;
        loop {
            let parts = match &before {
                Some(before) => new_parts(before, &sight),
                None => &[],
            };
            // A player asks for the next playlist while it loads what this one brought.
            let loading = async {
                for part in parts {
                    self.take(&mut media, part).await?;
                }
                anyhow::Ok(())
            };
            let reloading = self.reload(&mut playlists, Some(sight.next));
            let ((), next) = tokio::try_join!(loading, reloading)?;
            before = Some(std::mem::replace(&mut sight, next));
        }
    }

    async fn reload(&self, on: &mut Connection, next: Option<Position>) -> Result<Arc<Sight>> {
        let address = match next {
            Some(next) => &self.playlist.with_query(&next.query()),
            None => &self.playlist,
        };
        let answer = on.ask(&address.get("Accept-Encoding: gzip\r\n")).await?;
        ensure!(answer.status == 200, "a playlist answers {}", answer.status);
        self.tally(answer.body.len());
        let sight = self.seen().board.read(answer.body);
        sight.context("a playlist that cannot be read")
    }

    async fn take(&self, on: &mut Connection, part: &Listed) -> Result<()> {
        if !self.reloads_only {
            self.fetch(on, &part.uri).await?;
        }
        let now_us = self.clock.now().as_microsecond();
        let mut seen = self.seen();
        seen.board.arrived(&part.uri);
        if let Some(ends_us) = part.ends_us.filter(|_| seen.is_counting) {
            #[expect(clippy::cast_precision_loss, reason = "seconds")]
            let delay_ms = (now_us - ends_us) as f32 / 1_000.0;
            seen.delays_ms.push(delay_ms);
        }
        Ok(())
    }

    async fn fetch(&self, on: &mut Connection, uri: &str) -> Result<()> {
        let address = self.playlist.join(uri).await?;
        let answer = on.count(&address.get("")).await?;
        ensure!(answer.status == 200, "a part answers {}", answer.status);
        self.tally(answer.bytes);
        Ok(())
    }

    fn tally(&self, bytes: usize) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// The parts that one playlist has and the one before has not.
fn new_parts<'a>(before: &Sight, after: &'a Sight) -> &'a [Listed] {
    let last = before.parts.last();
    let known = last.and_then(|last| after.parts.iter().position(|part| part.uri == last.uri));
    match known {
        Some(at) => &after.parts[at + 1..],
        // Far behind: a player would jump to the newest.
        None => &after.parts[after.parts.len().saturating_sub(1)..],
    }
}

impl Report {
    /// Whether everybody came, and got (nearly) everything.
    pub fn is_good(&self, reach_percent: f64) -> bool {
        self.came == self.viewers && self.parts > 0 && self.reached_percent >= reach_percent
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Delay {
            p50,
            p95,
            p99,
            most,
        } = self.delay_ms;
        writeln!(f, "stream    {}", self.stream)?;
        writeln!(
            f,
            "viewers   {} of {} came, {} requests failed",
            self.came, self.viewers, self.failures
        )?;
        if let Some(why) = &self.first_failure {
            writeln!(f, "          the first: {why}")?;
        }
        writeln!(
            f,
            "parts     {} in {:.0} s; {:.2} % of all that viewers should get arrived; {:.0} % of the parts reached 99 of 100 viewers",
            self.parts, self.seconds, self.reached_percent, self.complete_percent
        )?;
        writeln!(
            f,
            "delay     {p50:.0} ms for half of them, {p95:.0} ms for 95 of 100, {p99:.0} ms for 99 of 100, {most:.0} ms at most, from the end of a part"
        )?;
        writeln!(
            f,
            "spread    {:.0} ms between the first viewer and the 99th of 100, {:.0} ms with the slowest part",
            self.spread_ms.p50, self.spread_ms.most
        )?;
        writeln!(
            f,
            "traffic   {:.1} Mbit/s, {:.0} requests/s",
            self.megabits_per_second, self.requests_per_second
        )?;
        if let Some(server) = self.server {
            writeln!(
                f,
                "server    {:.2} processors, {:.0} MB; {:.3} ms of a processor per viewer and second: about {:.0} viewers per processor",
                server.processors,
                server.memory_bytes / 1e6,
                server.ms_per_viewer_second,
                server.viewers_per_processor
            )?;
        }
        write!(f, "this end  {:.2} processors", self.own_processors)?;
        if self.is_own_end_busy {
            write!(
                f,
                ": it was busy, so delays tell more of it than of the server; use another machine, or several"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Trust;

    #[tokio::test]
    async fn more_viewers_than_anybody_can_make_are_refused() {
        let playlist = Address::find("http://127.0.0.1:1/live.m3u8", Trust::Authorities);
        let playlist = playlist.await.unwrap();
        for viewers in [0, limits::VIEWERS_MAX + 1] {
            let options = Options {
                viewers,
                seconds: 4,
                ramp: Duration::ZERO,
                reloads_only: true,
                process: None,
                processors: 1,
            };
            let stop = CancellationToken::new();
            let report = run(playlist.clone(), &options, Clock::system(), &stop).await;
            assert!(report.is_err(), "{viewers}");
        }
    }
}
