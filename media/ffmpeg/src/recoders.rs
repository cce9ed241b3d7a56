//! Whose sound is coded once more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use media_core::metrics::Count;
use media_core::{ChannelName, Channels, State as Sending};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

use crate::limits;
use crate::program::Program;
use crate::recoder::{self, Ended};

/// A little below the usual: what viewers hear comes after everything that all of them get, and before what nobody sees.
const NICE: u8 = 5;

/// How long a process may take for what.
#[derive(Clone, Debug)]
pub struct Patience {
    /// To give the sound of a part; then there is silence.
    pub late: Duration,
    /// To give anything for what it was fed.
    pub silent: Duration,
    /// To take one part.
    pub write: Duration,
    /// The first pause after a failure.
    pub restart: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            late: limits::LATE_MAX,
            silent: limits::SILENT_MAX,
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
    /// Of these, given up on because they gave nothing.
    pub stuck: Count,
    /// Segments left out because a process was too slow.
    pub skipped: Count,
}

/// Everybody who codes; cloning shares them.
#[derive(Clone)]
pub struct Recoders(Arc<Shared>);

struct Shared {
    channels: Channels,
    program: String,
    at_once: usize,
    patience: Patience,
    counters: Counters,
    /// Whether there is an ffmpeg, once that was asked.
    found: OnceLock<bool>,
}

impl Recoders {
    /// For these channels on a machine of so many processors. Nothing happens before [`Recoders::run`].
    pub fn new(channels: &Channels, cpus: usize) -> Self {
        let at_once = (cpus * limits::RECODERS_PER_CPU).clamp(1, limits::RECODERS_MAX);
        Self::with(channels, "ffmpeg", at_once, Patience::default())
    }

    /// The same with another program, number and patience.
    pub fn with(channels: &Channels, program: &str, at_once: usize, patience: Patience) -> Self {
        Self(Arc::new(Shared {
            channels: channels.clone(),
            program: program.to_owned(),
            at_once,
            patience,
            counters: Counters::default(),
            found: OnceLock::new(),
        }))
    }

    /// Whether there is an ffmpeg to do it; none while nobody knows.
    pub fn found(&self) -> Option<bool> {
        self.0.found.get().copied()
    }

    /// What happened to processes.
    pub fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// Codes the sound of every channel that is Opus. Never ends; dropping it ends all processes. The composition root
    /// gives it a task.
    pub async fn run(&self) {
        let found = Program::find(&self.0.program, NICE).await;
        self.0.found.get_or_init(|| found.is_some());
        let Some(program) = found else {
            tracing::info!(
                "Opus sound stays the only one of its track: there is no ffmpeg to add AAC"
            );
            return std::future::pending().await;
        };
        let (version, at_once) = (program.version(), self.0.at_once);
        tracing::info!("up to {at_once} tracks with Opus get AAC beside it by {version}");
        let (mut tasks, mut running) = (JoinSet::new(), BTreeMap::new());
        let mut every = tokio::time::interval(limits::LOOK_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = every.tick() => self.look(&program, &mut tasks, &mut running),
                Some(_) = tasks.join_next() => {
                    // Only a panic ends one by itself; the next look starts it anew.
                    running.retain(|_, task: &mut AbortHandle| !task.is_finished());
                }
            }
        }
    }

    /// Starts and ends them as channels come and go.
    fn look(
        &self,
        program: &Program,
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
            if running.len() < self.0.at_once && !running.contains_key(name) {
                let task = self.clone().keep(name.clone(), program.clone());
                running.insert(name.clone(), tasks.spawn(task));
            }
        }
    }

    /// As long as there is Opus to go back to, since who watches the other sound goes on with what comes instead.
    fn is_wanted(&self, name: &ChannelName) -> bool {
        let channels = &self.0.channels;
        let is_sent = channels.status(name).borrow().state != Sending::Idle;
        let snapshot = channels.snapshot(name).filter(|_| is_sent);
        let is_opus = |snapshot: &media_core::Snapshot| {
            let mut segments = snapshot.segments().iter();
            segments.any(|segment| segment.init.is_opus())
        };
        snapshot.as_deref().is_some_and(is_opus)
    }

    /// Keeps the sound of one channel coded, whatever becomes of its processes.
    async fn keep(self, name: ChannelName, program: Program) {
        let shared = &self.0;
        let sound = shared.channels.feed(&format!("{name}/sound"));
        let recoding = shared.channels.recode(&name);
        let (Some(sound), Some(mut recoding)) = (sound, recoding) else {
            // Whoever codes it is about to end.
            return tokio::time::sleep(limits::LOOK_EVERY).await;
        };
        tracing::info!(channel = %name, "the sound of {name} is Opus: AAC is added beside it");
        let mut delay = shared.patience.restart;
        loop {
            let began = Instant::now();
            let run = recoder::run(
                &program,
                &shared.patience,
                &sound,
                &mut recoding,
                &shared.counters,
            );
            let ended = run.await;
            if began.elapsed() > limits::RESTART_FORGIVEN {
                delay = shared.patience.restart;
            }
            let Ended::Failed(why) = ended else {
                continue;
            };
            shared.counters.failed.add(1);
            tracing::warn!(channel = %name, "AAC beside the Opus of {name} failed and starts again in {delay:?}: {why}");
            recoder::rest(&mut recoding, delay).await;
            delay = (delay * 2).min(limits::RESTART_DELAY_MAX);
        }
    }
}

impl std::fmt::Debug for Recoders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recoders").finish_non_exhaustive()
    }
}
