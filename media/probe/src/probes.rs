//! Which channels are probed, and what was found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel::word_enum;
use media_core::{ChannelName, Channels, State as Sending};
use media_ffmpeg::{Counters, Crowd, Ended, Patience, Pauses, Program};
use tokio::time::Instant;

use crate::child;
use crate::limits;
use crate::report::{Report, State};

/// Nobody waits for a probe while something else wants the processor.
const NICE: u8 = 15;

word_enum! {
    /// Whether channels are to be probed.
    pub enum Mode {
        /// Where ffmpeg is.
        Auto = "auto",
        /// Never.
        Off = "off",
    }
}

/// Whether this machine probes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ability {
    /// It was told not to.
    Off,
    /// It has not been found out yet.
    Asking,
    /// There is no ffmpeg.
    Missing,
    /// It does, by this version.
    Ready(String),
}

impl Ability {
    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Asking => "asking",
            Self::Missing => "missing",
            Self::Ready(_) => "ready",
        }
    }
}

/// With processes that probe.
pub const PATIENCE: Patience = Patience {
    silent: limits::OUTPUT_SILENT_MAX,
    write: limits::WRITE_MAX,
    restart: limits::RESTART_DELAY,
};

/// The probes of a process; cloning shares them.
#[derive(Clone)]
pub struct Probes(Arc<Shared>);

struct Shared {
    channels: Channels,
    mode: Mode,
    program: String,
    at_once: usize,
    patience: Patience,
    counters: Counters,
    ability: Mutex<Ability>,
    reports: Mutex<BTreeMap<ChannelName, Report>>,
}

impl Probes {
    /// Probes for these channels on a machine of so many processors. Nothing happens before [`Probes::run`].
    pub fn new(channels: &Channels, mode: Mode, cpus: usize) -> Self {
        let at_once = (cpus * limits::PROBES_PER_CPU).clamp(1, limits::PROBES_MAX);
        Self::with(channels, mode, "ffmpeg", at_once, PATIENCE)
    }

    /// The same with another program, number and patience.
    pub fn with(
        channels: &Channels,
        mode: Mode,
        program: &str,
        at_once: usize,
        patience: Patience,
    ) -> Self {
        let ability = match mode {
            Mode::Auto => Ability::Asking,
            Mode::Off => Ability::Off,
        };
        Self(Arc::new(Shared {
            channels: channels.clone(),
            mode,
            program: program.to_owned(),
            at_once,
            patience,
            counters: Counters::default(),
            ability: Mutex::new(ability),
            reports: Mutex::default(),
        }))
    }

    /// What was found on a channel.
    pub fn report(&self, name: &ChannelName) -> Report {
        locked(&self.0.reports)
            .get(name)
            .copied()
            .unwrap_or_default()
    }

    /// Every channel that has a probe or waits for one, with what was found.
    pub fn reports(&self) -> Vec<(ChannelName, Report)> {
        let reports = locked(&self.0.reports);
        let both = |(name, report): (&ChannelName, &Report)| (name.clone(), *report);
        reports.iter().map(both).collect()
    }

    /// Whether this machine probes.
    pub fn ability(&self) -> Ability {
        locked(&self.0.ability).clone()
    }

    /// What happened to processes.
    pub fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// Probes every channel that is sent to. Never ends; dropping it ends all processes. The composition root gives it
    /// a task, away from encoders and viewers.
    pub async fn run(&self) {
        let Some(tool) = self.tool().await else {
            return std::future::pending().await;
        };
        let mut crowd = Crowd::new(self.0.at_once);
        loop {
            crowd.look().await;
            self.look(&tool, &mut crowd);
        }
    }

    async fn tool(&self) -> Option<Program> {
        if self.0.mode == Mode::Off {
            tracing::info!("pictures and sound are not checked: probes are switched off");
            return None;
        }
        let found = Program::find(&self.0.program, NICE).await;
        *locked(&self.0.ability) = if let Some(tool) = &found {
            let (version, at_once) = (tool.version(), self.0.at_once);
            tracing::info!(
                "pictures and sound of up to {at_once} channels are checked by {version}"
            );
            Ability::Ready(version.to_owned())
        } else {
            tracing::info!(
                "pictures and sound are not checked for black, frozen, silent or distorted moments: there is no ffmpeg"
            );
            Ability::Missing
        };
        found
    }

    /// Starts and ends probes as channels come and go.
    fn look(&self, tool: &Program, crowd: &mut Crowd) {
        let names = self.0.channels.names().into_iter();
        let wanted: BTreeSet<ChannelName> = names.filter(|name| self.is_wanted(name)).collect();
        crowd.tend(&wanted, |name| {
            self.tell(name, Report::in_state(State::Starting));
            self.clone().keep(name.clone(), tool.clone())
        });
        for name in wanted.iter().filter(|name| !crowd.has(name)) {
            self.tell(name, Report::in_state(State::Waiting));
        }
        locked(&self.0.reports).retain(|name, _| wanted.contains(name));
    }

    fn is_wanted(&self, name: &ChannelName) -> bool {
        let state = self.0.channels.status(name).borrow().state;
        state != Sending::Idle && self.0.channels.snapshot(name).is_some()
    }

    /// Keeps one channel probed, whatever becomes of its processes.
    async fn keep(self, name: ChannelName, tool: Program) {
        let Some(feed) = self.0.channels.feed(name.as_str()) else {
            return;
        };
        let (shared, tell) = (&self.0, |report| self.tell(&name, report));
        let mut pauses = Pauses::new(shared.patience.restart);
        loop {
            let began = Instant::now();
            let ended = child::run(&tool, &shared.patience, &feed, &tell, &shared.counters).await;
            pauses.ran(began.elapsed());
            match ended {
                // A source that changes with every key frame must not start a process each time.
                Ended::Reconfigured => tokio::time::sleep(shared.patience.restart / 2).await,
                Ended::Failed(why) => {
                    let pause = pauses.take();
                    tracing::warn!(channel = %name, "the probe of {name} failed and starts again in {pause:?}: {why}");
                    tell(Report::in_state(State::Failing));
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    fn tell(&self, name: &ChannelName, report: Report) {
        locked(&self.0.reports).insert(name.clone(), report);
    }
}

impl std::fmt::Debug for Probes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probes")
            .field("mode", &self.0.mode)
            .finish_non_exhaustive()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
