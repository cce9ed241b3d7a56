//! Held playlist reloads: thousands of players that each ask for the next part and get it when it exists.
//!
//! Measured are both listeners of the released binary with one published stream, against gohlslib, the LL-HLS engine of
//! MediaMTX, fed with the same clip and cutting segments and parts of the same length. Every run starts its server anew,
//! so that memory per held request means a fresh process. Other tracks may be on air beside; and TLS can be measured
//! against the same without it.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use media_ingest::clip::Clip;
use media_ingest::rtmp::{self, Target as PublishTarget};
use media_load::board::{Board, Sight};
use media_load::origin::Origin;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::abba::{self, Run, Side};
use crate::beside::{self, Beside};
use crate::child::Child;
use crate::load::{Connection, get};
use crate::machine::{self, Window};
use crate::report::{self, Figure, Target};
use crate::site::{Certificate, Listener, Matsuri};
use crate::{baselines, fixture, stats};

const BASELINE: &str = "gohlslib 2.4.3";
/// What TLS is measured against.
const CLEAR: &str = "ours in the clear";
/// Connecting all of them at once would be a storm, which is another figure.
const CONNECTING_AT_ONCE: usize = 64;
/// From the last connection to the clock.
const SETTLE: Duration = Duration::from_secs(3);
/// A part that was published this long before the end had its time to reach everybody.
const LATE: Duration = Duration::from_secs(2);

/// How many, how long and how often.
#[derive(Args)]
pub(crate) struct Options {
    /// Blocks of ours, theirs, theirs, ours.
    #[arg(long, default_value_t = 3)]
    blocks: usize,
    /// Seconds of each run.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Players.
    #[arg(long, default_value_t = 5000)]
    held: usize,
    /// Only this one of our listeners.
    #[arg(long)]
    listener: Option<Listener>,
    /// Tracks on air, of which one is watched; what the others cost is taken off.
    #[arg(long, default_value_t = 1)]
    tracks: usize,
    /// Milliseconds from an answer to the next question: players have a network between them and the server, and one
    /// that asks again at once competes with the answers to the others for this machine's two cores.
    #[arg(long, default_value_t = 0)]
    round_trip_ms: u64,
    /// Ours over TLS 1.3, against ours in the clear.
    #[arg(long)]
    tls: bool,
    /// One run of one side only.
    #[arg(long)]
    alone: Option<Side>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            blocks: 3,
            seconds: 15,
            held: 5000,
            listener: None,
            tracks: 1,
            round_trip_ms: 0,
            tls: false,
            alone: None,
        }
    }
}

/// What one run gave.
#[derive(Debug)]
struct Seen {
    cpu_us: f64,
    bytes_per_held: f64,
    /// Share of parts × players that were told in time.
    told: f64,
    /// Share of parts that reached 99 of 100 players.
    complete: f64,
    spread_p50_ms: f64,
    spread_p99_ms: f64,
}

/// Runs the suite.
pub(crate) async fn run(options: &Options) -> Result<Vec<Figure>> {
    println!("reload: {} held, {} s a run", options.held, options.seconds);
    let listeners = match options.listener {
        Some(listener) => vec![listener],
        None => vec![Listener::Main, Listener::Lean],
    };
    let mut figures = Vec::new();
    for listener in listeners {
        if let Some(side) = options.alone {
            let run = once(side, listener, options).await?;
            println!("  {}", run.noise);
        } else {
            figures.extend(compare(listener, options).await?);
        }
    }
    Ok(figures)
}

/// What a listener has to reach: CPU per response in microseconds, memory per held request in KiB.
fn targets(listener: Listener) -> (&'static str, f64, f64) {
    match listener {
        Listener::Main => ("main listener", 23.0, 18.0),
        Listener::Lean => ("lean listener", 15.0, 3.0),
    }
}

async fn compare(listener: Listener, options: &Options) -> Result<Vec<Figure>> {
    let run = async |side| once(side, listener, options).await;
    let pairs = abba::measure(options.blocks, run).await?;
    let (who, cpu_us, kib) = targets(listener);
    let over = if options.tls { " over TLS 1.3" } else { "" };
    let apart = match options.round_trip_ms {
        0 => String::new(),
        ms => format!(", {ms} ms away"),
    };
    let who = format!("{who}{over}{apart}{}", beside::said(options.tracks));
    let baseline = if options.tls { CLEAR } else { BASELINE };
    let paired = |name: &str, unit, number: fn(&Seen) -> f64, target: Target| {
        let figure = Figure::paired(format!("{who}: {name}"), unit, baseline, &pairs, number);
        // What is to be reached was said of answers in the clear.
        if options.tls && !matches!(target, Target::AtLeast(_)) {
            figure
        } else {
            figure.target(target)
        }
    };
    let mut figures = vec![
        paired(
            "held playlist reload, CPU per response",
            "µs",
            |seen| seen.cpu_us,
            Target::AtMost(cpu_us),
        ),
        paired(
            "parts × players told in time",
            "%",
            |seen| seen.told * 100.0,
            Target::AtLeast(100.0),
        ),
        paired(
            "parts that reached 99 % of the players",
            "%",
            |seen| seen.complete * 100.0,
            Target::AtLeast(100.0),
        ),
        paired(
            "first to last (p99) player, p50 of parts",
            "ms",
            |seen| seen.spread_p50_ms,
            Target::RatioAtMost(0.25),
        ),
        Figure::paired(
            format!("{who}: first to last (p99) player, p99 of parts"),
            "ms",
            baseline,
            &pairs,
            |seen| seen.spread_p99_ms,
        ),
    ];
    // What other tracks keep for going back grows meanwhile.
    if options.tracks == 1 {
        let kib_per_held = |seen: &Seen| seen.bytes_per_held / 1024.0;
        let name = "memory per held reload";
        figures.push(paired(name, "KiB", kib_per_held, Target::AtMost(kib)));
    }
    report::print(&who, pairs.noise, &figures);
    Ok(figures)
}

/// The clip of the demo, which both sides get.
fn clip() -> PathBuf {
    baselines::source("../matsuri/clips/a.flv")
}

/// A server with a stream; the stream ends when this is dropped.
struct Live {
    server: Child,
    origin: Origin,
    playlist: String,
    publishing: Option<Publishing>,
    beside: Beside,
}

impl Live {
    async fn start(side: Side, listener: Listener, options: &Options) -> Result<Self> {
        if side == Side::Theirs && !options.tls {
            return Self::theirs().await;
        }
        let certificate = match side {
            Side::Ours if options.tls => Some(Certificate::fresh()?),
            _ => None,
        };
        let schedule = fixture::halls(options.tracks);
        let site = Matsuri::with_certificate(&schedule, certificate.as_ref()).await?;
        let tracks = site.tracks().await?;
        let (track, others) = beside::split(&tracks, options.tracks)?;
        let publishing = Publishing::start(&site.publish_address(track)?)?;
        Ok(Self {
            playlist: site.media_playlist(track).await?,
            origin: site.origin(listener)?,
            beside: Beside::start(&site, others).await?,
            server: site.server,
            publishing: Some(publishing),
        })
    }

    async fn theirs() -> Result<Self> {
        let (server, url) = baselines::gohlslib(&clip()).await?;
        let (address, path) = url
            .strip_prefix("http://")
            .and_then(|rest| rest.split_once('/'))
            .context("not an address")?;
        let address: std::net::SocketAddr = address.parse()?;
        Ok(Self {
            server,
            origin: address.into(),
            playlist: format!("/{path}"),
            publishing: None,
            beside: Beside::NOTHING,
        })
    }

    /// The request for its playlist as it is.
    fn request(&self) -> Vec<u8> {
        get(self.origin.authority(), &self.playlist, "")
    }
}

/// The clip, published from a thread of its own, so that thousands of answers do not make it late.
struct Publishing {
    stop: CancellationToken,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Publishing {
    fn start(address: &str) -> Result<Self> {
        let target = PublishTarget::parse(address)?;
        let clip = Clip::parse(std::fs::read(clip())?.into())?;
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread =
            std::thread::spawn(move || runtime.block_on(rtmp::broadcast(target, clip, stopped)));
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Publishing {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ended = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

async fn once(side: Side, listener: Listener, options: &Options) -> Result<Run<Seen>> {
    let live = Live::start(side, listener, options).await?;
    let players = LocalSet::new();
    let run = players.run_until(watch(&live, options)).await;
    drop(players);
    drop(live.publishing);
    live.beside.stop().await?;
    live.server.stop().await?;
    let run = run?;
    let Seen {
        cpu_us,
        bytes_per_held,
        told,
        complete,
        spread_p50_ms,
        spread_p99_ms,
    } = &run.value;
    println!(
        "    {side:?}: {cpu_us:.1} µs, {:.1} KiB, told {:.2} %, complete {:.0} %, spread {spread_p50_ms:.0}/{spread_p99_ms:.0} ms",
        bytes_per_held / 1024.0,
        told * 100.0,
        complete * 100.0,
    );
    Ok(run)
}

async fn watch(live: &Live, options: &Options) -> Result<Run<Seen>> {
    let process = live.server.id();
    let board = Rc::new(RefCell::new(Board::default()));
    let before = until_content(live, &board).await?;
    let mut waiting = 0;
    for _ in 0..options.held {
        let connection = Connection::open(live.origin.clone()).await?;
        let player = Player {
            origin: live.origin.clone(),
            path: live.playlist.clone(),
            round_trip: Duration::from_millis(options.round_trip_ms),
            board: Rc::clone(&board),
        };
        tokio::task::spawn_local(player.play(connection));
        waiting += 1;
        if waiting % CONNECTING_AT_ONCE == 0 {
            tokio::task::yield_now().await;
        }
    }
    sleep(SETTLE).await;
    board.borrow_mut().begin();
    let window = Window::open(
        &std::iter::once(process)
            .chain(live.beside.process())
            .collect::<Vec<_>>(),
    );
    sleep(Duration::from_secs(options.seconds)).await;
    let after = window.close();
    let held = machine::memory(process).anonymous - before;
    // What was published last gets its time to arrive, outside of the counted window.
    let counted_until = Instant::now()
        .checked_sub(LATE)
        .context("the window is too short")?;
    let board = board.borrow();
    ensure!(
        board.failures() == 0,
        "{} reloads failed, at first: {}",
        board.failures(),
        board.first_failure()
    );
    let spreads = board.spreads_ms(counted_until);
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let (answers, players) = (board.answers() as f64, options.held as f64);
    println!(
        "    {} answers of {} bytes",
        board.answers(),
        board.body_bytes()
    );
    Ok(Run {
        value: Seen {
            cpu_us: live.beside.beyond(after.cpu, after.seconds) * 1e6 / answers.max(1.0),
            bytes_per_held: held / players,
            told: board.told(counted_until, options.held),
            complete: board.complete(counted_until, options.held),
            spread_p50_ms: stats::percentile(&spreads, 0.5),
            spread_p99_ms: stats::percentile(&spreads, 0.99),
        },
        noise: after.noise,
    })
}

/// Waits until the stream is under way; the memory then.
async fn until_content(live: &Live, board: &Rc<RefCell<Board>>) -> Result<f64> {
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut connection = Connection::open(live.origin.clone()).await?;
    loop {
        let answer = connection.ask(&live.request()).await?;
        // Some segments, so that both playlists are as long as they are in an ordinary minute.
        if answer.status == 200
            && board
                .borrow_mut()
                .read(answer.body)
                .is_some_and(|sight| sight.next.is_past_segments(3))
        {
            return Ok(machine::memory(live.server.id()).anonymous);
        }
        ensure!(
            Instant::now() < deadline,
            "the stream does not get under way"
        );
        sleep_until(Instant::now() + Duration::from_millis(200)).await;
    }
}

/// One player.
struct Player {
    origin: Origin,
    path: String,
    round_trip: Duration,
    board: Rc<RefCell<Board>>,
}

impl Player {
    /// Asks for what comes next, for ever.
    async fn play(self, mut connection: Connection) {
        let mut at: Option<Arc<Sight>> = None;
        loop {
            let query = at.as_ref().map(|sight| sight.next.query());
            match connection.ask(&self.request(query)).await {
                Ok(answer) if answer.status == 200 => {
                    let Some(now) = self.read(answer.body, at.as_deref()) else {
                        self.board
                            .borrow_mut()
                            .failed("a playlist that cannot be read");
                        return;
                    };
                    at = Some(now);
                }
                Ok(answer) => {
                    let why = format!("status {}", answer.status);
                    self.board.borrow_mut().failed(&why);
                    return;
                }
                Err(error) => {
                    self.board.borrow_mut().failed(&format!("{error:#}"));
                    return;
                }
            }
            if !self.round_trip.is_zero() {
                sleep(self.round_trip).await;
            }
        }
    }

    fn request(&self, query: Option<String>) -> Vec<u8> {
        let path = match query {
            None => self.path.clone(),
            Some(query) => format!("{}?{query}", self.path),
        };
        get(self.origin.authority(), &path, "")
    }

    fn read(&self, body: &[u8], before: Option<&Sight>) -> Option<Arc<Sight>> {
        let mut board = self.board.borrow_mut();
        let now = board.read(body)?;
        // Told of a part by itself: parts that came with another one count as missed.
        let newest = |sight: &Sight| sight.parts.last().map(|part| Arc::clone(&part.uri));
        if let (Some(before), Some(part)) = (before, newest(&now))
            && newest(before).is_none_or(|known| known != part)
        {
            board.arrived(&part);
        }
        Some(now)
    }
}
