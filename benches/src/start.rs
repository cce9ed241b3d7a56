//! From nothing to ready, and what the running demo holds.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use tokio::time::{Instant, sleep};

use crate::machine::{self, Window};
use crate::report::{self, Figure, Target};
use crate::site::{self, Matsuri};
use crate::stats::Spread;

const MIB: f64 = 1024.0 * 1024.0;

/// How often and how long.
#[derive(Args)]
pub(crate) struct Options {
    /// Starts.
    #[arg(long, default_value_t = 9)]
    starts: usize,
    /// Seconds that the demo runs before its memory is read.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            starts: 9,
            seconds: 60,
        }
    }
}

/// Runs the suite.
pub(crate) async fn run(options: &Options) -> Result<Vec<Figure>> {
    println!("start: {} starts with an existing database", options.starts);
    let window = Window::open(&[]);
    let first = Matsuri::filled().await?;
    first.server.stop().await?;
    let data = crate::baselines::folder()?.join("matsuri");
    let mut seconds = Vec::new();
    for _ in 0..options.starts {
        let began = Instant::now();
        let site = Matsuri::serve(&data).await?;
        seconds.push(began.elapsed().as_secs_f64());
        site.server.stop().await?;
    }
    println!("start: the demo for {} s", options.seconds);
    let demo = Matsuri::demo(&site::fresh_folder("demo")?).await?;
    sleep(Duration::from_secs(options.seconds)).await;
    let memory = machine::memory(demo.server.id());
    demo.server.stop().await?;
    let figures = vec![
        Figure::alone(
            "start to /readyz, existing database",
            "s",
            Spread::of(&seconds),
        )
        .target(Target::AtMost(1.0)),
        Figure::alone(
            "resident memory of the demo, two live tracks",
            "MB",
            Spread::of(&[memory.resident / MIB]),
        )
        .target(Target::AtMost(150.0)),
        Figure::alone(
            "of that, its own (no files, no libraries)",
            "MB",
            Spread::of(&[memory.anonymous / MIB]),
        ),
    ];
    report::print("start", window.close().noise, &figures);
    Ok(figures)
}
