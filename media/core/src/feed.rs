//! The reader's side of a channel: the newest snapshot, and news of a newer one.
//!
//! Invariant: looking takes no lock and copies nothing (listening does, once for all listeners: `listen.rs`).

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tokio::sync::{broadcast, watch};

use crate::captions::{Captions, Subtitles};
use crate::channel::Channels;
use crate::listen::Listening;
use crate::name::ChannelName;
use crate::recoded::Aside;
use crate::snapshot::Snapshot;

/// What readers share.
#[derive(Default)]
pub(crate) struct Published {
    snapshot: ArcSwapOption<Snapshot>,
    version: watch::Sender<u64>,
    listening: Listening,
    pub(crate) captions: Captions,
    /// The same with its sound coded once more.
    pub(crate) recoded: Aside,
}

impl Published {
    pub(crate) fn nudge(&self) {
        self.version.send_modify(|version| *version += 1);
        self.recoded.nudge();
    }

    pub(crate) fn get(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.load_full()
    }

    /// Replaces what readers see and wakes those who wait; whether there was nothing before.
    pub(crate) fn put(&self, snapshot: Option<Arc<Snapshot>>) -> bool {
        if let Some(snapshot) = &snapshot {
            let languages = self.captions.get().languages();
            snapshot.languages.get_or_init(|| languages);
            if let Some(beside) = self.recoded.beside() {
                snapshot.beside.get_or_init(|| beside);
            }
        }
        let before = self.snapshot.swap(snapshot);
        self.nudge();
        before.is_none()
    }
}

/// What of a channel a reader wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Pictures and sound.
    Whole,
    /// Sound alone.
    Sound,
    /// Pictures, and sound coded once more.
    Recoded,
    /// That sound alone.
    RecodedSound,
}

/// One reader's view of a channel.
#[derive(Clone)]
pub struct Feed {
    pub(crate) published: Arc<Published>,
    pub(crate) side: Side,
}

impl Feed {
    /// The newest snapshot, if there is one.
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        let published = &self.published;
        match self.side {
            Side::Whole => published.get(),
            Side::Sound => published.listening.to(&published.get()?),
            Side::Recoded => published.recoded.snapshot(),
            Side::RecodedSound => {
                let recoded = published.recoded.snapshot()?;
                published.recoded.listening.to(&recoded)
            }
        }
    }

    /// What is said on the channel, as of now.
    pub fn captions(&self) -> Arc<Subtitles> {
        self.published.captions.get()
    }

    /// Waits until `pick` finds what it looks for in a snapshot.
    pub async fn wait_for<T>(&self, mut pick: impl FnMut(Option<&Snapshot>) -> Option<T>) -> T {
        // Subscribed before the first look, so that nothing is missed between looking and waiting.
        let version = match self.side {
            Side::Whole | Side::Sound => &self.published.version,
            Side::Recoded | Side::RecodedSound => &self.published.recoded.version,
        };
        let mut version = version.subscribe();
        loop {
            let found = match self.side {
                Side::Whole => pick(self.published.snapshot.load().as_deref()),
                _ => pick(self.snapshot().as_deref()),
            };
            if let Some(found) = found {
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
    pub(crate) channels: Channels,
    pub(crate) news: broadcast::Receiver<ChannelName>,
    pub(crate) missed: Vec<ChannelName>,
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
