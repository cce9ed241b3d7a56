//! Which channels are probed, and what was found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::word_enum;
use media_core::metrics::Count;
use media_core::{ChannelName, Channels, State as Sending};
use media_ffmpeg::Program;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

use crate::child::{self, Ended};
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

/// How long a process may take for what.
#[derive(Clone, Debug)]
pub struct Patience {
    /// To say anything about what it was fed.
    pub silent: Duration,
    /// To take one part.
    pub write: Duration,
    /// The first pause after a failure.
    pub restart: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            silent: limits::OUTPUT_SILENT_MAX,
            write: limits::WRITE_MAX,
            restart: limits::RESTART_DELAY,
        }
    }
}

/// What happened to processes.
#[derive(Debug, Default)]
pub struct Counters {
    /// Started.
    pub started: Count,
    /// Failed or given up on.
    pub failed: Count,
    /// Of these, given up on because they said nothing.
    pub stuck: Count,
    /// Segments left out because a process was too slow.
    pub skipped: Count,
}

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
        Self::with(channels, mode, "ffmpeg", at_once, Patience::default())
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
        let (mut tasks, mut running) = (JoinSet::new(), BTreeMap::new());
        let mut every = tokio::time::interval(limits::LOOK_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = every.tick() => self.look(&tool, &mut tasks, &mut running),
                Some(_) = tasks.join_next() => {
                    // Only a panic ends a probe by itself; the next look starts it anew.
                    running.retain(|_, task: &mut AbortHandle| !task.is_finished());
                }
            }
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
    fn look(
        &self,
        tool: &Program,
        tasks: &mut JoinSet<()>,
        running: &mut BTreeMap<ChannelName, AbortHandle>,
    ) {
        let names = self.0.channels.names().into_iter();
        let wanted: BTreeSet<ChannelName> = names.filter(|name| self.is_wanted(name)).collect();
        running.retain(|name, task| {
            let stays = wanted.contains(name);
            if !stays {
                task.abort();
            }
            stays
        });
        for name in &wanted {
            if running.contains_key(name) {
                continue;
            }
            let state = if running.len() < self.0.at_once {
                let task = self.clone().keep(name.clone(), tool.clone());
                running.insert(name.clone(), tasks.spawn(task));
                State::Starting
            } else {
                State::Waiting
            };
            self.tell(name, Report::in_state(state));
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
        let mut delay = shared.patience.restart;
        loop {
            let began = Instant::now();
            let ended = child::run(&tool, &shared.patience, &feed, &tell, &shared.counters).await;
            if began.elapsed() > limits::RESTART_FORGIVEN {
                delay = shared.patience.restart;
            }
            match ended {
                // A source that changes with every key frame must not start a process each time.
                Ended::Reconfigured => tokio::time::sleep(shared.patience.restart / 2).await,
                Ended::Failed(why) => {
                    shared.counters.failed.add(1);
                    tracing::warn!(channel = %name, "the probe of {name} failed and starts again in {delay:?}: {why}");
                    tell(Report::in_state(State::Failing));
                    tokio::time::sleep(delay).await;
                    delay = (delay * 2).min(limits::RESTART_DELAY_MAX);
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
