//! Pages per CPU-second: the timetable and schedule.xml of the same 72 talks, ours and pretalx's, for people who
//! are not signed in and for somebody of the team.
//!
//! pretalx draws its timetable by script from a second answer; a page that shows talks is its page for browsers without
//! script, which does what ours does. Both are measured. Neither side compresses here, because pretalx leaves that to a
//! proxy whose time would not be counted; ours with compression, as a browser asks, is a figure of its own.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;

use crate::abba::{self, Run, Side};
use crate::baselines::Pretalx;
use crate::child::Child;
use crate::fixture::CONFERENCE;
use crate::load::{self, get};
use crate::machine::Window;
use crate::report::{self, Figure, Target};
use crate::site::Matsuri;

const BASELINE: &str = "pretalx 2025.2.2";
const TARGET: Target = Target::RatioAtLeast(300.0);
/// What stands for each side's own cookie.
const SIGNED_IN: &str = "signed in";
/// Before the clock runs: imports, caches, statements.
const WARM: Duration = Duration::from_secs(2);

/// How long and how often.
#[derive(Args)]
pub(crate) struct Options {
    /// Blocks of ours, theirs, theirs, ours.
    #[arg(long, default_value_t = 3)]
    blocks: usize,
    /// Seconds of each run.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// Keep-alive connections.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// One run of one side only.
    #[arg(long)]
    alone: Option<Side>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            blocks: 3,
            seconds: 6,
            connections: 8,
            alone: None,
        }
    }
}

/// Runs the suite.
pub(crate) async fn run(options: &Options) -> Result<Vec<Figure>> {
    let timetable = format!("/{CONFERENCE}/timetable");
    let xml = format!("/{CONFERENCE}/schedule.xml");
    let pages = [
        (
            "timetable page, as a page with talks",
            &timetable,
            Pretalx::TIMETABLE_WITHOUT_SCRIPT,
            "",
        ),
        (
            "timetable page, without its data",
            &timetable,
            Pretalx::TIMETABLE,
            "",
        ),
        ("timetable's data", &timetable, Pretalx::DATA, ""),
        ("schedule.xml", &xml, Pretalx::XML, ""),
        (
            "timetable page, ours compressed",
            &timetable,
            Pretalx::TIMETABLE_WITHOUT_SCRIPT,
            "Accept-Encoding: gzip\r\n",
        ),
        (
            "timetable page, signed in",
            &timetable,
            Pretalx::TIMETABLE_WITHOUT_SCRIPT,
            SIGNED_IN,
        ),
        ("schedule.xml, signed in", &xml, Pretalx::XML, SIGNED_IN),
    ];
    let ours = if options.alone == Some(Side::Theirs) {
        None
    } else {
        Some(Matsuri::filled().await?)
    };
    let theirs = if options.alone == Some(Side::Ours) {
        None
    } else {
        Some(Pretalx::start().await?)
    };
    let cookie = match &ours {
        Some(ours) => {
            ours.command(&["user", "add", "crew@example.org", "--owner"])?;
            ours.sign_in("crew@example.org").await?
        }
        None => String::new(),
    };
    let mut figures = Vec::new();
    for (name, our_path, their_path, more) in pages {
        println!("pages: {name}");
        let signed_in = |cookie: &str| format!("Cookie: {cookie}\r\n");
        let our_side = ours.as_ref().map(|ours| {
            let own = signed_in(&cookie);
            let more = if more == SIGNED_IN { &own } else { more };
            Asked::new(&ours.server, ours.address, our_path, more)
        });
        let their_side = theirs.as_ref().map(|theirs| {
            let own = signed_in(&theirs.cookie);
            let more = if more == SIGNED_IN { &own } else { "" };
            Asked::new(&theirs.server, theirs.address, their_path, more)
        });
        match (our_side, their_side) {
            (Some(ours), Some(theirs)) => {
                figures.push(compare(name, options, &ours, &theirs).await?);
            }
            (Some(side), None) | (None, Some(side)) => {
                let run = once(&side, options).await?;
                println!("  {:.0} requests per CPU-second ({})", run.value, run.noise);
            }
            (None, None) => {}
        }
    }
    if let Some(theirs) = theirs {
        theirs.server.stop().await?;
    }
    if let Some(ours) = ours {
        ours.server.stop().await?;
    }
    Ok(figures)
}

/// What is asked of whom.
struct Asked {
    process: u32,
    address: SocketAddr,
    request: Vec<u8>,
}

impl Asked {
    fn new(server: &Child, address: SocketAddr, path: &str, more: &str) -> Self {
        Self {
            process: server.id(),
            address,
            request: get(address, path, more),
        }
    }
}

async fn compare(name: &str, options: &Options, ours: &Asked, theirs: &Asked) -> Result<Figure> {
    for side in [ours, theirs] {
        load::hammer(side.address, &side.request, options.connections, WARM).await?;
    }
    let pairs = abba::measure(options.blocks, async |side| {
        let side = if side == Side::Ours { ours } else { theirs };
        once(side, options).await
    })
    .await?;
    let figure = Figure::paired(name, "requests per CPU-second", BASELINE, &pairs, |rate| {
        *rate
    })
    .target(TARGET);
    report::print("pages", pairs.noise, std::slice::from_ref(&figure));
    Ok(figure)
}

async fn once(side: &Asked, options: &Options) -> Result<Run<f64>> {
    let window = Window::open(&[side.process]);
    let during = Duration::from_secs(options.seconds);
    let seen = load::hammer(side.address, &side.request, options.connections, during).await?;
    let after = window.close();
    ensure!(seen.failures == 0, "{} answers were not 200", seen.failures);
    println!(
        "    {} answers of {} bytes, {:.2} CPU-seconds",
        seen.answers, seen.body_bytes, after.cpu
    );
    Ok(Run {
        value: f64::from(seen.answers) / after.cpu.max(0.01),
        noise: after.noise,
    })
}
