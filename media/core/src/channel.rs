//! Channels: who may send, what was published, who is told.
//!
//! Invariant: a channel has at most one input, the only writer. It works under the channel's lock on
//! the publisher's own task; readers take the newest immutable [`Snapshot`] without a lock.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, ArcSwapOption};
use kernel::{Clock, Timestamp};
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::frame::{Config, Frame};
use crate::limits;
use crate::metrics::Metrics;
use crate::name::ChannelName;
use crate::pipeline::Pipeline;
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::status::{Source, State, Status};

/// Why a source may not send now.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Busy {
    /// Another source sends.
    #[error("another encoder is sending to this channel since {since}")]
    Sending {
        /// Who sends.
        source_now: Source,
        /// Since when.
        since: Timestamp,
    },
    /// [`limits::CHANNELS_MAX`] is reached.
    #[error("this server carries no further channel")]
    Full,
}

/// Why an input's configuration or frame is not taken. The source should be disconnected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Another source took over, or the channel was closed: see [`Input::evicted`].
    #[error("this encoder was disconnected: {0}")]
    Evicted(String),
    /// A codec configuration that cannot be used.
    #[error("the codec configuration cannot be used: {0}")]
    Config(String),
    /// Frames without the configuration to decode them.
    #[error("no codec configuration came within {} seconds", limits::CONFIG_WAIT.as_secs())]
    Unconfigured,
    /// A clock that jumps all the time.
    #[error("the time stamps jump all the time")]
    Unsteady,
}

/// All channels of a process. Cloning shares them.
#[derive(Clone)]
pub struct Channels {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    clock: Clock,
    journal_dir: Option<PathBuf>,
    /// Replaced as a whole when a channel is added, so that looking one up takes no lock.
    by_name: ArcSwap<HashMap<ChannelName, Arc<Channel>>>,
    adding: Mutex<()>,
    changes: broadcast::Sender<ChannelName>,
    metrics: Arc<Metrics>,
}

/// One channel: the writer's desk and what readers see.
struct Channel {
    name: ChannelName,
    desk: Mutex<Desk>,
    published: Arc<Published>,
    status: watch::Sender<Status>,
    shared: std::sync::Weak<Shared>,
}

/// What readers share.
struct Published {
    snapshot: ArcSwapOption<Snapshot>,
    version: watch::Sender<u64>,
}

/// What only the holder of the lock touches.
struct Desk {
    inputs: u64,
    current: Option<Current>,
    pipeline: Option<Pipeline>,
}

struct Current {
    id: u64,
    source: Source,
    since: Timestamp,
    last_frame: Instant,
    gone: Eviction,
}

/// Tells an input that it is no longer wanted, and why.
#[derive(Clone)]
struct Eviction {
    token: CancellationToken,
    reason: Arc<Mutex<String>>,
}

impl Channels {
    /// Channels that package as `settings` say and keep their journals in `journal_dir`; without one a
    /// restart begins new addresses, and sequence numbers start again.
    pub fn new(settings: Settings, clock: Clock, journal_dir: Option<PathBuf>) -> Self {
        let (changes, _) = broadcast::channel(limits::CHANGES_MAX);
        let shared = Shared {
            settings,
            clock,
            journal_dir,
            by_name: ArcSwap::default(),
            adding: Mutex::new(()),
            changes,
            metrics: Arc::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Lets a source send, unless another one does. A source silent for
    /// [`Settings::silent_after`] makes room.
    pub fn admit(&self, name: &ChannelName, source: Source) -> Result<Input, Busy> {
        let channel = self.channel(name).ok_or(Busy::Full)?;
        let admitted = channel.admit(&self.shared, source);
        match &admitted {
            Ok(_) => self.shared.metrics.admitted.add(1),
            Err(_) => self.shared.metrics.busy.add(1),
        }
        admitted
    }

    /// Disconnects whoever sends to the channel; `reason` is what the encoder is told.
    pub fn close(&self, name: &ChannelName, reason: &str) {
        if let Some(channel) = self.find(name.as_str()) {
            channel.evict(&self.shared, reason);
        }
    }

    /// The channel's state, now and as it changes.
    pub fn status(&self, name: &ChannelName) -> watch::Receiver<Status> {
        match self.channel(name) {
            Some(channel) => channel.status.subscribe(),
            None => watch::channel(Status::idle(self.shared.clock.now())).1,
        }
    }

    /// Names of channels as their status changes.
    pub fn watch_all(&self) -> Changes {
        Changes {
            channels: self.clone(),
            news: self.shared.changes.subscribe(),
            missed: Vec::new(),
        }
    }

    /// Every channel that anybody sent to or asked for.
    pub fn names(&self) -> Vec<ChannelName> {
        let mut names: Vec<_> = self.shared.by_name.load().keys().cloned().collect();
        names.sort();
        names
    }

    /// What the channel has published, if anything.
    pub fn snapshot(&self, name: &ChannelName) -> Option<Arc<Snapshot>> {
        self.find(name.as_str())?.published.snapshot.load_full()
    }

    /// A reader of the channel; none where nobody ever sent or asked.
    pub fn feed(&self, name: &str) -> Option<Feed> {
        let channel = self.find(name)?;
        Some(Feed {
            published: Arc::clone(&channel.published),
        })
    }

    /// The counters.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.shared.metrics)
    }

    /// How channels package.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Notices what only the passing of time tells: silent sources, idle channels. Runs until dropped;
    /// the composition root gives it a task.
    pub async fn watch_over(&self) {
        let mut every = tokio::time::interval(std::time::Duration::from_millis(250));
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            for channel in self.shared.by_name.load_full().values() {
                channel.look(&self.shared);
                channel.sync(&self.shared).await;
            }
        }
    }

    fn find(&self, name: &str) -> Option<Arc<Channel>> {
        self.shared.by_name.load().get(name).cloned()
    }

    fn channel(&self, name: &ChannelName) -> Option<Arc<Channel>> {
        if let Some(channel) = self.find(name.as_str()) {
            return Some(channel);
        }
        let _adding = locked(&self.shared.adding);
        let mut by_name = HashMap::clone(&self.shared.by_name.load());
        if !by_name.contains_key(name) && by_name.len() >= limits::CHANNELS_MAX {
            return None;
        }
        let channel = by_name.entry(name.clone()).or_insert_with(|| {
            Arc::new(Channel {
                name: name.clone(),
                desk: Mutex::new(Desk {
                    inputs: 0,
                    current: None,
                    pipeline: None,
                }),
                published: Arc::new(Published {
                    snapshot: ArcSwapOption::empty(),
                    version: watch::Sender::new(0),
                }),
                status: watch::Sender::new(Status::idle(self.shared.clock.now())),
                shared: Arc::downgrade(&self.shared),
            })
        });
        let channel = Arc::clone(channel);
        self.shared.by_name.store(Arc::new(by_name));
        Some(channel)
    }
}

impl Channel {
    fn admit(self: &Arc<Self>, shared: &Shared, source: Source) -> Result<Input, Busy> {
        let mut desk = locked(&self.desk);
        if let Some(current) = &desk.current
            && current.last_frame.elapsed() < shared.settings.silent_after
        {
            return Err(Busy::Sending {
                source_now: current.source.clone(),
                since: current.since,
            });
        }
        self.end(
            &mut desk,
            shared,
            "another encoder took over after a silence",
        );
        let now = shared.clock.now();
        desk.inputs += 1;
        let (id, gone) = (desk.inputs, Eviction::new());
        let source = source.bounded();
        if desk.pipeline.is_none() {
            desk.pipeline = Some(Pipeline::open(
                &self.name,
                shared.settings.clone(),
                shared.journal_dir.as_deref(),
                Arc::clone(&shared.metrics),
            ));
        }
        if let Some(pipeline) = &mut desk.pipeline {
            pipeline.begin();
        }
        desk.current = Some(Current {
            id,
            source: source.clone(),
            since: now,
            last_frame: Instant::now(),
            gone: gone.clone(),
        });
        shared.metrics.publishers.add(1);
        self.status
            .send_modify(|status| status.source = Some(source));
        Ok(Input {
            channel: Arc::clone(self),
            id,
            gone,
        })
    }

    fn evict(&self, shared: &Shared, reason: &str) {
        self.end(&mut locked(&self.desk), shared, reason);
    }

    /// Ends the present input, if any: what it sent is completed, its owner is told.
    fn end(&self, desk: &mut Desk, shared: &Shared, reason: &str) {
        let Some(current) = desk.current.take() else {
            return;
        };
        current.gone.tell(reason);
        shared.metrics.publishers.sub(1);
        shared.metrics.evicted.add(1);
        self.finish(desk, shared);
    }

    /// Completes what the departed input sent, so that viewers get its last frames.
    fn finish(&self, desk: &mut Desk, shared: &Shared) {
        if let Some(pipeline) = &mut desk.pipeline {
            let published = pipeline.end(shared.clock.now());
            self.publish(published);
        }
        self.interrupted(shared);
    }

    fn leave(&self, shared: &Shared, id: u64) {
        let mut desk = locked(&self.desk);
        if desk
            .current
            .as_ref()
            .is_some_and(|current| current.id == id)
        {
            desk.current = None;
            shared.metrics.publishers.sub(1);
            self.finish(&mut desk, shared);
        }
    }

    fn publish(&self, snapshot: Option<Arc<Snapshot>>) {
        if let Some(snapshot) = snapshot {
            self.published.snapshot.store(Some(snapshot));
            self.published.version.send_modify(|version| *version += 1);
        }
    }

    /// Runs `step` on the pipeline for the input `id`, then tells readers and watchers.
    fn take(
        &self,
        id: u64,
        gone: &Eviction,
        is_frame: bool,
        step: impl FnOnce(&mut Pipeline, Timestamp, Instant) -> Result<Option<Arc<Snapshot>>, Rejected>,
    ) -> Result<(), Rejected> {
        let evicted = || Rejected::Evicted(gone.reason());
        let shared = self.shared.upgrade().ok_or_else(evicted)?;
        let mut desk = locked(&self.desk);
        let desk = &mut *desk;
        let current = desk.current.as_mut().filter(|current| current.id == id);
        let (Some(current), Some(pipeline)) = (current, desk.pipeline.as_mut()) else {
            return Err(evicted());
        };
        let (wall, mono) = (shared.clock.now(), Instant::now());
        if is_frame {
            current.last_frame = mono;
        }
        let published =
            step(pipeline, wall, mono).inspect_err(|_| shared.metrics.rejected.add(1))?;
        self.publish(published);
        self.received(&shared, pipeline, wall, mono);
        Ok(())
    }

    /// Keeps the status true while frames arrive: at once when the state changes, else once a second.
    fn received(&self, shared: &Shared, pipeline: &mut Pipeline, wall: Timestamp, mono: Instant) {
        let was = self.status.borrow().state;
        let measured = pipeline.measured(mono);
        let begins = was != State::Receiving && pipeline.last_frame() == Some(mono);
        if measured.is_none() && !begins {
            return;
        }
        self.status.send_modify(|status| {
            if begins {
                status.state = State::Receiving;
                status.since = wall;
            }
            pipeline.describe(status);
            if let Some(bitrate) = measured {
                status.bitrate_bps = bitrate;
            }
        });
        let _nobody_listens = shared.changes.send(self.name.clone());
    }

    fn interrupted(&self, shared: &Shared) {
        let changed = self.status.send_if_modified(|status| {
            let changed = status.state == State::Receiving;
            if changed {
                status.state = State::Interrupted;
                status.since = shared.clock.now();
                status.bitrate_bps = 0;
            }
            changed
        });
        if changed {
            let _nobody_listens = shared.changes.send(self.name.clone());
        }
    }

    /// Brings the journal to the disk, where nobody waits for it.
    async fn sync(&self, shared: &Shared) {
        let unsynced = locked(&self.desk)
            .pipeline
            .as_mut()
            .and_then(Pipeline::unsynced);
        let Some(file) = unsynced else { return };
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || file.sync_data()).await {
            shared.metrics.journal_failures.add(1);
            tracing::error!(
                channel = %self.name,
                error = %error,
                "the journal of a channel does not reach the disk"
            );
        }
    }

    /// What the passing of time means for this channel.
    fn look(&self, shared: &Shared) {
        let mut desk = locked(&self.desk);
        let silent_after = shared.settings.silent_after;
        let silent = desk
            .current
            .as_ref()
            .is_none_or(|c| c.last_frame.elapsed() >= silent_after);
        if !silent {
            return;
        }
        self.interrupted(shared);
        let since_frame = desk
            .pipeline
            .as_ref()
            .and_then(Pipeline::last_frame)
            .map(|at| at.elapsed());
        let idle_after = shared.settings.idle_after;
        let is_idle = since_frame.is_none_or(|since| since >= idle_after);
        if is_idle && self.status.borrow().state == State::Interrupted {
            self.status.send_modify(|status| {
                status.state = State::Idle;
                status.since = shared.clock.now();
            });
            let _nobody_listens = shared.changes.send(self.name.clone());
        }
        // Nobody can go back further than the window; what is older than that need not stay in memory.
        let stale =
            since_frame.is_some_and(|since| since >= shared.settings.window.max(idle_after));
        if stale && desk.current.is_none() && self.published.snapshot.load().is_some() {
            if let Some(pipeline) = &mut desk.pipeline {
                pipeline.forget();
            }
            self.published.snapshot.store(None);
            self.published.version.send_modify(|version| *version += 1);
        }
    }
}

/// The right to send to a channel; dropping it ends the sending.
pub struct Input {
    channel: Arc<Channel>,
    id: u64,
    gone: Eviction,
}

impl Input {
    /// Announces how one stream is coded. Repeating the present configuration changes nothing.
    pub fn config(&self, config: Config) -> Result<(), Rejected> {
        self.channel
            .take(self.id, &self.gone, false, |pipeline, _, _| {
                pipeline.config(config)
            })
    }

    /// Hands over one frame. What cannot be used is dropped and counted; an error means that nothing
    /// further will be taken.
    pub fn frame(&self, frame: Frame) -> Result<(), Rejected> {
        self.channel
            .take(self.id, &self.gone, true, |pipeline, wall, mono| {
                pipeline.frame(frame, wall, mono)
            })
    }

    /// Resolves when another source took over or the channel was closed.
    pub fn evicted(&self) -> WaitForCancellationFutureOwned {
        self.gone.token.clone().cancelled_owned()
    }

    /// Why, once [`Input::evicted`] resolved.
    pub fn eviction_reason(&self) -> String {
        self.gone.reason()
    }

    /// The channel.
    pub fn channel(&self) -> &ChannelName {
        &self.channel.name
    }
}

impl std::ops::Drop for Input {
    fn drop(&mut self) {
        if let Some(shared) = self.channel.shared.upgrade() {
            self.channel.leave(&shared, self.id);
        }
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input")
            .field("channel", &self.channel.name)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Eviction {
    fn new() -> Self {
        Self {
            token: CancellationToken::new(),
            reason: Arc::default(),
        }
    }

    fn tell(&self, reason: &str) {
        locked(&self.reason).push_str(reason);
        self.token.cancel();
    }

    fn reason(&self) -> String {
        locked(&self.reason).clone()
    }
}

/// One reader's view of a channel.
#[derive(Clone)]
pub struct Feed {
    published: Arc<Published>,
}

impl Feed {
    /// The newest snapshot, if there is one.
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.published.snapshot.load_full()
    }

    /// Waits until `pick` finds what it looks for in a snapshot.
    pub async fn wait_for<T>(&self, mut pick: impl FnMut(Option<&Snapshot>) -> Option<T>) -> T {
        // Subscribed before the first look, so that nothing is missed between looking and waiting.
        let mut version = self.published.version.subscribe();
        loop {
            if let Some(found) = pick(self.published.snapshot.load().as_deref()) {
                return found;
            }
            if version.changed().await.is_err() {
                // The sender lives in `published`, which we hold.
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Names of channels as their status changes: see [`Channels::watch_all`].
pub struct Changes {
    channels: Channels,
    news: broadcast::Receiver<ChannelName>,
    missed: Vec<ChannelName>,
}

impl Changes {
    /// The next channel whose status changed. After a lag every channel is named once.
    pub async fn next(&mut self) -> ChannelName {
        loop {
            if let Some(name) = self.missed.pop() {
                return name;
            }
            match self.news.recv().await {
                Ok(name) => return name,
                Err(broadcast::error::RecvError::Lagged(_)) => self.missed = self.channels.names(),
                // We hold the sender through `channels`.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

/// Locks, also after a panic elsewhere: a channel's data is replaced, never half-changed, by what can
/// panic, and one bad stream must not take the channel with it.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
