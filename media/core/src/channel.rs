//! All channels of a process, by name.
//!
//! Invariant: looking one up takes no lock.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use arc_swap::{ArcSwap, ArcSwapOption};
use kernel::{Clock, Timestamp};
use tokio::sync::{broadcast, watch};

use crate::captions::{Caption, Language};
use crate::desk::{Channel, Desk, locked};
use crate::feed::{Changes, Feed, Side};
use crate::input::Input;
use crate::limits;
use crate::listen;
use crate::metrics::Metrics;
use crate::name::ChannelName;
use crate::recoded;
use crate::recoding::Recoding;
use crate::seat::Seat;
use crate::selector::Order;
use crate::settings::Settings;
use crate::slate::Slate;
use crate::snapshot::Snapshot;
use crate::status::{Source, Status};

/// How often time is noticed. The slate comes in pieces of this length, a fraction of a part.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(100);

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

/// Why what somebody wants on air cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unable {
    /// There is no slate.
    #[error("there is no slate")]
    NoSlate,
    /// [`limits::CHANNELS_MAX`] is reached.
    #[error("this server carries no further channel")]
    Full,
}

/// All channels of a process. Cloning shares them.
#[derive(Clone)]
pub struct Channels {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) journal_dir: Option<PathBuf>,
    /// Replaced as a whole when a channel is added, so that looking one up takes no lock.
    by_name: ArcSwap<HashMap<ChannelName, Arc<Channel>>>,
    adding: Mutex<()>,
    changes: broadcast::Sender<ChannelName>,
    pub(crate) metrics: Arc<Metrics>,
    /// What viewers see while nobody sends.
    pub(crate) slate: ArcSwapOption<Slate>,
}

impl Shared {
    /// Tells those who watch all channels that this one's status changed.
    pub(crate) fn announce(&self, name: &ChannelName) {
        let _nobody_listens = self.changes.send(name.clone());
    }
}

impl std::fmt::Debug for Channels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Channels")
    }
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
            slate: ArcSwapOption::empty(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Lets a source send from a seat, unless another one does. A source silent for
    /// [`Settings::silent_after`] makes room.
    pub fn admit(&self, name: &ChannelName, seat: Seat, source: Source) -> Result<Input, Busy> {
        let channel = self.channel(name).ok_or(Busy::Full)?;
        let admitted = channel.admit(&self.shared, seat, source);
        match &admitted {
            Ok(_) => self.shared.metrics.admitted.add(1),
            Err(_) => self.shared.metrics.busy.add(1),
        }
        admitted
    }

    /// Disconnects whoever sends from a seat, or from both; `reason` is what the encoder is told.
    pub fn close(&self, name: &ChannelName, seat: Option<Seat>, reason: &str) {
        if let Some(channel) = self.find(name.as_str()) {
            channel.evict(&self.shared, seat, reason);
        }
    }

    /// Forgets a channel to which nobody sends any more; the same name begins anew. Who still reads it keeps what there is.
    pub fn forget(&self, name: &ChannelName) {
        self.close(name, None, "the channel was closed");
        let _adding = locked(&self.shared.adding);
        let mut by_name = HashMap::clone(&self.shared.by_name.load());
        by_name.remove(name);
        self.shared.by_name.store(Arc::new(by_name));
    }

    /// Somebody decides what is on air, until further notice. Clips that are wanted play as soon as there are any.
    pub fn direct(&self, name: &ChannelName, order: Order) -> Result<(), Unable> {
        let channel = self.channel(name).ok_or(Unable::Full)?;
        if order == Order::Slate && self.shared.slate.load().is_none() && !channel.has_slate() {
            return Err(Unable::NoSlate);
        }
        channel.direct(&self.shared, order);
        Ok(())
    }

    /// What viewers of every channel see while its inputs have failed.
    pub fn set_slate(&self, slate: Option<Slate>) {
        self.shared.slate.store(slate.map(Arc::new));
    }

    /// Whether there is something to see while inputs have failed.
    pub fn has_slate(&self) -> bool {
        self.shared.slate.load().is_some()
    }

    /// What viewers of one channel see instead of that; takes effect at once, also on air.
    pub fn set_own_slate(&self, name: &ChannelName, slate: Option<Slate>) {
        if let Some(channel) = self.channel(name) {
            channel.put_slate(&self.shared, slate);
        }
    }

    /// The clips of a channel in their order. They play when somebody wants them, and in breaks.
    pub fn set_clips(&self, name: &ChannelName, clips: Vec<Slate>) {
        if let Some(channel) = self.channel(name) {
            channel.put_clips(&self.shared, clips);
        }
    }

    /// Whether a channel has clips.
    pub fn has_clips(&self, name: &ChannelName) -> bool {
        let channel = self.find(name.as_str());
        channel.is_some_and(|channel| channel.has_clips())
    }

    /// Says whether a channel is in a break in which clips play by themselves while nobody sends.
    pub fn set_break(&self, name: &ChannelName, in_break: bool) {
        if let Some(channel) = self.channel(name) {
            channel.set_break(&self.shared, in_break);
        }
    }

    /// The languages that captions of a channel come in: what viewers can choose from.
    pub fn set_languages(&self, name: &ChannelName, languages: Vec<Language>) {
        let known = self.find(name.as_str());
        // A channel without captions need not be made for that.
        if known.is_some() || !languages.is_empty() {
            let channel = known.or_else(|| self.channel(name));
            if let Some(channel) = channel {
                channel.published.captions.set_languages(languages);
            }
        }
    }

    /// The languages that captions of a channel come in.
    pub fn languages(&self, name: &ChannelName) -> Arc<[Language]> {
        let channel = self.find(name.as_str());
        channel.map_or_else(Arc::default, |it| it.published.captions.get().languages())
    }

    /// Somebody said something on a channel. What comes too late for segments that are listed already is put
    /// where the next one begins.
    pub fn caption(&self, name: &ChannelName, caption: &Caption) {
        if let Some(channel) = self.channel(name) {
            let open_from = channel.published.get().and_then(|it| it.open_from());
            channel.published.captions.say(caption, open_from);
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
        self.find(name.as_str())?.published.get()
    }

    /// A reader of the channel; none where nobody ever sent or asked. The sound of `name` alone is at `{name}/sound`;
    /// where it is coded once more ([`Channels::recode`]), that is at `{name}/aac`, alone at `{name}/aac/sound`.
    pub fn feed(&self, name: &str) -> Option<Feed> {
        let stripped = |suffix| name.strip_suffix(suffix).and_then(|name| self.find(name));
        let recoded = || {
            name.strip_suffix(listen::SUFFIX)?
                .strip_suffix(recoded::SUFFIX)
        };
        let found = self.find(name).map(|channel| (channel, Side::Whole));
        let found = found.or_else(|| Some((self.find(recoded()?)?, Side::RecodedSound)));
        let found = found.or_else(|| Some((stripped(listen::SUFFIX)?, Side::Sound)));
        let (channel, side) =
            found.or_else(|| Some((stripped(recoded::SUFFIX)?, Side::Recoded)))?;
        Some(Feed {
            published: Arc::clone(&channel.published),
            side,
        })
    }

    /// Lets somebody code the sound of a channel once more, beside what it plays; none where somebody does.
    pub fn recode(&self, name: &ChannelName) -> Option<Recoding> {
        let channel = self.find(name.as_str())?;
        Recoding::take(&channel.published, &self.shared.metrics)
    }

    /// The counters.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.shared.metrics)
    }

    /// How channels package.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Does what only the passing of time asks for: notices silent sources, plays the slate. Runs until dropped;
    /// the composition root gives it a task.
    pub async fn watch_over(&self) {
        let mut every = tokio::time::interval(LOOK_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            for channel in self.shared.by_name.load_full().values() {
                channel.look(&self.shared);
                channel.sync(&self.shared).await;
            }
        }
    }

    /// Wakes every reader that waits, so that it looks again; for those who decide by something else too.
    pub fn nudge(&self) {
        for channel in self.shared.by_name.load().values() {
            channel.published.nudge();
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
                desk: Mutex::new(Desk::new(self.shared.settings.patience.clone())),
                published: Arc::default(),
                status: watch::Sender::new(Status::idle(self.shared.clock.now())),
                shared: Arc::downgrade(&self.shared),
            })
        });
        let channel = Arc::clone(channel);
        self.shared.by_name.store(Arc::new(by_name));
        Some(channel)
    }
}
