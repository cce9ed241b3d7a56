//! Chat fan-out: lines from some people to thousands in one room.
//!
//! Ours takes each line over a socket from somebody signed in, keeps it durably, and hands it out per tick of 100 ms. The
//! baseline is centrifuge, the engine inside Centrifugo, gathering for the same 100 ms; it gets the same text by HTTP,
//! keeps it in memory and asks nobody who they are.

mod crowd;

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::{Value, json};
use tokio::task::LocalSet;
use tokio::time::{Instant, interval_at, sleep};

use crate::abba::{self, Run, Side};
use crate::child::Child;
use crate::fixture::CONFERENCE;
use crate::load::Connection;
use crate::machine::{self, Window};
use crate::report::{self, Figure, Target};
use crate::site::Matsuri;
use crate::{baselines, fixture, stats};
use crowd::Crowd;
pub(crate) use crowd::Socket;

const BASELINE: &str = "centrifuge 0.38.0";
/// One person may send a line a second; these many send in turns.
const SENDERS: usize = 40;
const SETTLE: Duration = Duration::from_secs(3);
/// After the last line, until everybody has it.
const ARRIVE: Duration = Duration::from_secs(3);

/// How many, how long and how often.
#[derive(Args)]
pub(crate) struct Options {
    /// Blocks of ours, theirs, theirs, ours.
    #[arg(long, default_value_t = 2)]
    blocks: usize,
    /// Seconds of each run.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Subscribers.
    #[arg(long, default_value_t = 5000)]
    subscribers: usize,
    /// Lines per second.
    #[arg(long, default_value_t = 20)]
    rate: u32,
    /// One run of one side only.
    #[arg(long)]
    alone: Option<Side>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            blocks: 2,
            seconds: 15,
            subscribers: 5000,
            rate: 20,
            alone: None,
        }
    }
}

/// What one run gave.
struct Seen {
    cpu_us: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Share of lines × subscribers that did not arrive, or came in another order than at the first subscriber.
    lost: f64,
    bytes_per_socket: f64,
}

/// Runs the suite.
pub(crate) async fn run(options: &Options) -> Result<Vec<Figure>> {
    println!(
        "chat: {} subscribers, {} lines/s, {} s a run",
        options.subscribers, options.rate, options.seconds
    );
    if let Some(side) = options.alone {
        let run = once(side, options).await?;
        println!("  {}", run.noise);
        return Ok(Vec::new());
    }
    let pairs = abba::measure(options.blocks, async |side| once(side, options).await).await?;
    let paired =
        |name, unit, number: fn(&Seen) -> f64| Figure::paired(name, unit, BASELINE, &pairs, number);
    let figures = vec![
        paired("chat, CPU per line and subscriber", "µs", |seen| {
            seen.cpu_us
        })
        .target(Target::RatioAtMost(1.0)),
        paired("chat, from sender to subscriber, p50", "ms", |seen| {
            seen.p50_ms
        }),
        paired("chat, from sender to subscriber, p99", "ms", |seen| {
            seen.p99_ms
        })
        .target(Target::AtMost(250.0)),
        paired("chat, lost or out of order", "%", |seen| seen.lost * 100.0)
            .target(Target::AtMost(0.0)),
        paired(
            "memory per idle socket with a subscription",
            "KiB",
            |seen| seen.bytes_per_socket / 1024.0,
        )
        .target(Target::AtMost(12.0)),
    ];
    report::print("chat", pairs.noise, &figures);
    Ok(figures)
}

/// A room and a way to speak in it.
struct Room {
    server: Child,
    address: SocketAddr,
    path: &'static str,
    /// What a subscriber says first.
    greetings: Vec<String>,
    voice: Voice,
}

enum Voice {
    /// People with sockets; each speaks in turn.
    People { people: Vec<Socket>, talk: String },
    /// A door for publishing.
    Door(Box<Connection>),
}

async fn once(side: Side, options: &Options) -> Result<Run<Seen>> {
    let room = match side {
        Side::Ours => ours().await?,
        Side::Theirs => theirs().await?,
    };
    let Room {
        server,
        address,
        path,
        greetings,
        mut voice,
    } = room;
    let crowd = Rc::new(Crowd::default());
    let tasks = LocalSet::new();
    let process = server.id();
    let run = tasks
        .run_until(async {
            let empty = machine::memory(process).anonymous;
            crowd
                .gather(options.subscribers, address, path, &greetings)
                .await?;
            sleep(SETTLE).await;
            let full = machine::memory(process).anonymous;
            let window = Window::open(&[process]);
            let sent = voice.speak(options, &crowd, address).await?;
            sleep(ARRIVE).await;
            let after = window.close();
            let delays = crowd.delays_ms();
            #[expect(clippy::cast_precision_loss, reason = "thousands")]
            let (subscribers, lines) = (options.subscribers as f64, sent as f64);
            anyhow::Ok(Run {
                value: Seen {
                    cpu_us: after.cpu * 1e6 / (subscribers * lines),
                    p50_ms: stats::percentile(&delays, 0.5),
                    p99_ms: stats::percentile(&delays, 0.99),
                    lost: 1.0 - crowd.in_order(sent) / (subscribers * lines),
                    bytes_per_socket: (full - empty) / subscribers,
                },
                noise: after.noise,
            })
        })
        .await;
    drop(tasks);
    server.stop().await?;
    let run = run?;
    let seen = &run.value;
    println!(
        "    {side:?}: {:.2} µs, p50 {:.0} ms, p99 {:.0} ms, lost {:.4} %, {:.1} KiB",
        seen.cpu_us,
        seen.p50_ms,
        seen.p99_ms,
        seen.lost * 100.0,
        seen.bytes_per_socket / 1024.0
    );
    Ok(run)
}

impl Voice {
    /// Says lines at the given rate; how many.
    async fn speak(
        &mut self,
        options: &Options,
        crowd: &Crowd,
        address: SocketAddr,
    ) -> Result<usize> {
        let pause = Duration::from_secs(1) / options.rate;
        let lines = usize::try_from(options.seconds * u64::from(options.rate))?;
        let mut clock = interval_at(Instant::now() + pause, pause);
        for line in 0..lines {
            clock.tick().await;
            let text = crowd.line(line);
            match self {
                Self::People { people, talk } => {
                    let turn = line % people.len();
                    let command = json!({"type": "command", "id": format!("c{line}"), "name": "chat.post", "args":
                        {"conf": CONFERENCE, "talk": talk, "text": text, "nonce": format!("bench-{line:08}")}});
                    people[turn].say(&command.to_string()).await?;
                    people[turn].is_answered().await?;
                }
                Self::Door(connection) => {
                    let body = json!({"kind": "line", "text": text, "author": {"name": "Somebody", "badge": null}}).to_string();
                    let request = format!(
                        "POST /publish HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    let answer = connection.ask(request.as_bytes()).await?;
                    ensure!(answer.status == 200, "publishing answers {}", answer.status);
                }
            }
        }
        Ok(lines)
    }
}

async fn ours() -> Result<Room> {
    let site = Matsuri::with(&fixture::on_now()).await?;
    let track = site.tracks().await?.swap_remove(0);
    let mut people = Vec::new();
    for person in 0..SENDERS {
        let cookie = site.sign_in(&format!("person{person}@example.org")).await?;
        let socket = Socket::open(site.address, "/rt", Some(&cookie)).await?;
        people.push(socket);
    }
    let talk = on_air(&mut people[0], &format!("live/{CONFERENCE}/{track}")).await?;
    let subscribe = json!({"type": "subscribe", "topic": format!("chat/{CONFERENCE}/{talk}")});
    Ok(Room {
        address: site.address,
        server: site.server,
        path: "/rt",
        greetings: vec![subscribe.to_string()],
        voice: Voice::People { people, talk },
    })
}

/// The talk that a track's descriptor says is on now.
async fn on_air(socket: &mut Socket, topic: &str) -> Result<String> {
    socket
        .say(&json!({"type": "subscribe", "topic": topic}).to_string())
        .await?;
    let deadline = Instant::now() + Duration::from_secs(40);
    while Instant::now() < deadline {
        let frame: Value = serde_json::from_str(&socket.hear().await?)?;
        let events = frame["events"].as_array().cloned().unwrap_or_default();
        let states = std::iter::once(&frame["data"]).chain(&events);
        let newest = states
            .filter_map(|state| state["onair"].as_array()?.last()?["talk"].as_str())
            .next_back();
        if let Some(talk) = newest {
            socket
                .say(&json!({"type": "unsubscribe", "topic": topic}).to_string())
                .await?;
            return Ok(talk.to_owned());
        }
    }
    anyhow::bail!("no talk is on air at {topic}")
}

async fn theirs() -> Result<Room> {
    let (server, url) = baselines::centrifuge().await?;
    let address = url
        .strip_prefix("ws://")
        .and_then(|rest| rest.split_once('/'))
        .context("not an address")?
        .0;
    let address: SocketAddr = address.parse()?;
    Ok(Room {
        server,
        address,
        path: "/connection/websocket",
        greetings: vec![
            json!({"id": 1, "connect": {}}).to_string(),
            json!({"id": 2, "subscribe": {"channel": "room"}}).to_string(),
        ],
        voice: Voice::Door(Box::new(Connection::open(address).await?)),
    })
}
