//! What /proc knows: CPU time and memory of processes, and what else the machine was doing.

use std::fmt;
use std::fs;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};
use media_load::process::{TICKS_PER_SECOND, own_cpu_seconds};
pub(crate) use media_load::process::{cpu_seconds, memory};

/// Other programs' share of the machine from which a block is repeated.
const FOREIGN_MAX: f64 = 0.25;
/// The core of servers and the core of the generator, where there are two.
const SERVER_CORE: &str = "0";
const GENERATOR_CORE: &str = "1";
/// Files this process and each server may hold: thousands of sockets.
const FILES: u64 = 20_000;

/// Before what others run at the ordinary priority. Both sides and the generator get it, where it is allowed.
const PRIORITY: &str = "-5";

/// Raises the number of open files, moves this process to its core and, if it may, before others.
pub(crate) fn prepare() -> Result<()> {
    rlimit::increase_nofile_limit(FILES).context("raise the limit of open files")?;
    let own = std::process::id().to_string();
    let _may_be_refused = Command::new("renice")
        .args(["-n", PRIORITY, "-p", &own])
        .output();
    if cores() > 1 {
        let moved = Command::new("taskset")
            .args(["-acp", GENERATOR_CORE, &own])
            .output();
        moved.context("taskset, of util-linux")?;
    }
    Ok(())
}

/// A command that will run on the servers' core, alone with what it starts.
pub(crate) fn on_server_core(program: &std::path::Path) -> Command {
    if cores() < 2 {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", SERVER_CORE]).arg(program);
    command
}

/// A command that runs wherever there is room.
pub(crate) fn on_any_core(program: &str) -> Command {
    if cores() < 2 {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", &format!("0-{}", cores() - 1), program]);
    command
}

/// How many cores there are, whatever this process may use of them.
fn cores() -> usize {
    fs::read_to_string("/proc/stat").map_or(1, |stat| {
        let is_core = |line: &&str| line.starts_with("cpu") && !line.starts_with("cpu ");
        stat.lines().filter(is_core).count().max(1)
    })
}

/// What else the machine did while something was measured.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noise {
    /// Other programs' share of all cores.
    pub(crate) foreign: f64,
    /// The share that the host gave to other machines.
    stolen: f64,
    /// Load average at the end.
    load: f64,
}

impl Noise {
    /// Too much to trust times and spreads.
    pub(crate) fn is_loud(self) -> bool {
        self.foreign > FOREIGN_MAX
    }

    /// The worse of each.
    pub(crate) fn worst(self, other: Self) -> Self {
        Self {
            foreign: self.foreign.max(other.foreign),
            stolen: self.stolen.max(other.stolen),
            load: self.load.max(other.load),
        }
    }
}

impl fmt::Display for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "others took up to {:.0} % of the machine, the host {:.1} %, load {:.1}",
            self.foreign * 100.0,
            self.stolen * 100.0,
            self.load
        )
    }
}

/// A span of time in which something is measured.
pub(crate) struct Window {
    began: Instant,
    busy: f64,
    stolen: f64,
    known: Vec<(u32, f64)>,
}

/// What a window saw.
pub(crate) struct Seen {
    /// Its length in seconds.
    pub(crate) seconds: f64,
    /// CPU seconds of the first process that was named.
    pub(crate) cpu: f64,
    /// What else the machine did.
    pub(crate) noise: Noise,
}

impl Window {
    /// Opens one; `processes` are the measured one and its helpers, all others are noise.
    pub(crate) fn open(processes: &[u32]) -> Self {
        let (busy, stolen) = machine_ticks();
        let known = processes.iter().copied().chain([std::process::id()]);
        Self {
            began: Instant::now(),
            busy,
            stolen,
            known: known
                .map(|process| (process, own_or_family(process)))
                .collect(),
        }
    }

    /// Closes it.
    pub(crate) fn close(self) -> Seen {
        let seconds = self.began.elapsed().as_secs_f64();
        let used: Vec<f64> = self
            .known
            .iter()
            .map(|(process, before)| own_or_family(*process) - before)
            .collect();
        let (busy, stolen) = machine_ticks();
        #[expect(clippy::cast_precision_loss, reason = "a number of cores")]
        let capacity = seconds * cores() as f64;
        let all = (busy - self.busy) / TICKS_PER_SECOND;
        let noise = Noise {
            foreign: ((all - used.iter().sum::<f64>()) / capacity).max(0.0),
            stolen: (stolen - self.stolen) / TICKS_PER_SECOND / capacity,
            load: load_average(),
        };
        Seen {
            seconds,
            cpu: used.first().copied().unwrap_or_default(),
            noise,
        }
    }
}

/// This process counts alone: what it started is named on its own or is noise.
fn own_or_family(process: u32) -> f64 {
    if process == std::process::id() {
        own_cpu_seconds()
    } else {
        cpu_seconds(process)
    }
}

/// Ticks that all cores were busy, and that the host took.
fn machine_ticks() -> (f64, f64) {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks: Vec<f64> = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|field| field.parse().ok())
        .collect();
    // user nice system idle iowait irq softirq steal
    let busy = [0, 1, 2, 5, 6].iter().filter_map(|at| ticks.get(*at)).sum();
    (busy, ticks.get(7).copied().unwrap_or_default())
}

fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace()
        .next()
        .and_then(|load| load.parse().ok())
        .unwrap_or_default()
}
