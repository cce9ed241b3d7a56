//! The figures of docs/benchmarks.md, each a command that prints it.
//!
//! Ours runs as the released binary, the baseline runs on the same machine in the same run, in the order ours, theirs,
//! theirs, ours; what is compared is CPU time per unit of work, because it holds on a machine that others use too.
//! Everything listens on loopback, is started and stopped here, and keeps its files below the target folder.

mod abba;
mod baselines;
mod beside;
mod child;
mod fixture;
mod load;
mod machine;
mod report;
mod site;

mod chat;
mod edit;
mod egress;
mod ingest;
mod pages;
mod reload;
mod start;
mod weight;

use anyhow::Result;
use clap::{Parser, Subcommand};
use media_load::stats;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Parser)]
#[command(name = "benches", about = "Measures what docs/benchmarks.md lists.")]
struct Arguments {
    #[command(subcommand)]
    suite: Option<Suite>,
}

#[derive(Subcommand)]
enum Suite {
    /// Timetable page and schedule.xml of 72 talks, anonymous and signed in: requests per CPU-second, against pretalx.
    Pages(pages::Options),
    /// A conference of 500 talks: how soon an edit is seen, how soon the team's pages answer; lists of 10,000 rows.
    Edit(edit::Options),
    /// Held playlist reloads: CPU per response, completeness, spread, memory, against gohlslib.
    Reload(reload::Options),
    /// Egress of segments and parts, in the clear and over TLS: CPU per Gbit, against nginx with files.
    Egress(egress::Options),
    /// Ingest and packaging: CPU per stream of 4 Mbit/s, against nginx-rtmp.
    Ingest(ingest::Options),
    /// Chat fan-out: CPU per message and subscriber, delay, losses, against centrifuge.
    Chat(chat::Options),
    /// Start to /readyz with an existing database; memory of the running demo.
    Start(start::Options),
    /// Compressed bytes of a first visit, page by page, and of the live page's script.
    Weight(weight::Options),
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    machine::prepare()?;
    // One thread: the generator has one core and the server the other.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let figures = runtime.block_on(async {
        // Dropping the suite ends what it started.
        tokio::select! {
            figures = run(arguments.suite) => figures,
            interrupted = interrupted() => Err(interrupted?),
        }
    })?;
    report::summary(&figures);
    Ok(())
}

/// Waits for a signal that means to end.
async fn interrupted() -> Result<anyhow::Error> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome?,
        _ = terminate.recv() => {}
    }
    Ok(anyhow::anyhow!("interrupted"))
}

async fn run(suite: Option<Suite>) -> Result<Vec<report::Figure>> {
    match suite {
        Some(Suite::Pages(options)) => pages::run(&options).await,
        Some(Suite::Edit(options)) => edit::run(&options).await,
        Some(Suite::Reload(options)) => reload::run(&options).await,
        Some(Suite::Egress(options)) => egress::run(&options).await,
        Some(Suite::Ingest(options)) => ingest::run(&options).await,
        Some(Suite::Chat(options)) => chat::run(&options).await,
        Some(Suite::Start(options)) => start::run(&options).await,
        Some(Suite::Weight(options)) => weight::run(&options).await,
        None => every_suite().await,
    }
}

/// The whole set. A suite that fails says so and the others go on.
async fn every_suite() -> Result<Vec<report::Figure>> {
    let mut figures = Vec::new();
    let mut failed = Vec::new();
    let mut keep = |name: &'static str, outcome: Result<Vec<report::Figure>>| match outcome {
        Ok(some) => figures.extend(some),
        Err(error) => {
            println!("{name}: {error:#}");
            failed.push(name);
        }
    };
    keep("weight", weight::run(&weight::Options::default()).await);
    keep("start", start::run(&start::Options::default()).await);
    keep("pages", pages::run(&pages::Options::default()).await);
    keep("edit", edit::run(&edit::Options::default()).await);
    keep("ingest", ingest::run(&ingest::Options::default()).await);
    keep("egress", egress::run(&egress::Options::default()).await);
    keep("reload", reload::run(&reload::Options::default()).await);
    keep("chat", chat::run(&chat::Options::default()).await);
    println!(
        "glass to glass and first frame: `make test-long` prints them, from real Chromium (tests/e2e)"
    );
    if failed.is_empty() {
        return Ok(figures);
    }
    report::summary(&figures);
    anyhow::bail!("not measured: {}", failed.join(", "))
}
