//! Whose sound is coded once more.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use media_core::{ChannelName, Channels, State as Sending};
use tokio::time::Instant;

use crate::child::{Counters, Ended, Patience};
use crate::crowd::{Crowd, Pauses};
use crate::limits;
use crate::program::Program;
use crate::recoder;

/// A little below the usual: what viewers hear comes after everything that all of them get, and before what nobody sees.
const NICE: u8 = 5;

/// With processes that code.
pub const PATIENCE: Patience = Patience {
    silent: limits::SILENT_MAX,
    write: limits::WRITE_MAX,
    restart: limits::RESTART_DELAY,
};

/// Everybody who codes; cloning shares them.
#[derive(Clone)]
pub struct Recoders(Arc<Shared>);

struct Shared {
    channels: Channels,
    program: String,
    at_once: usize,
    patience: Patience,
    /// How long pictures wait for their sound; then there is silence.
    late: Duration,
    counters: Counters,
    /// Whether there is an ffmpeg, once that was asked.
    found: OnceLock<bool>,
}

impl Recoders {
    /// For these channels on a machine of so many processors. Nothing happens before [`Recoders::run`].
    pub fn new(channels: &Channels, cpus: usize) -> Self {
        let at_once = (cpus * limits::RECODERS_PER_CPU).clamp(1, limits::RECODERS_MAX);
        Self::with(channels, "ffmpeg", at_once, PATIENCE, limits::LATE_MAX)
    }

    /// The same with another program, number and patience, with processes and with late sound.
    pub fn with(
        channels: &Channels,
        program: &str,
        at_once: usize,
        patience: Patience,
        late: Duration,
    ) -> Self {
        Self(Arc::new(Shared {
            channels: channels.clone(),
            program: program.to_owned(),
            at_once,
            patience,
            late,
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
        let mut crowd = Crowd::new(at_once);
        loop {
            crowd.look().await;
            let names = self.0.channels.names().into_iter();
            let wanted: BTreeSet<_> = names.filter(|name| self.is_wanted(name)).collect();
            crowd.tend(&wanted, |name| {
                self.clone().keep(name.clone(), program.clone())
            });
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
        let mut pauses = Pauses::new(shared.patience.restart);
        loop {
            let began = Instant::now();
            let run = recoder::run(
                &program,
                &shared.patience,
                shared.late,
                &sound,
                &mut recoding,
                &shared.counters,
            );
            let ended = run.await;
            pauses.ran(began.elapsed());
            let Ended::Failed(why) = ended else {
                continue;
            };
            let pause = pauses.take();
            tracing::warn!(channel = %name, "AAC beside the Opus of {name} failed and starts again in {pause:?}: {why}");
            recoder::rest(&mut recoding, pause).await;
        }
    }
}

impl std::fmt::Debug for Recoders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recoders").finish_non_exhaustive()
    }
}
