//! What a channel plays by itself: the organisers' own slates, with what comes written into them where that can be done, and
//! clips for breaks.
//!
//! Invariant: a film is played only after it was read as a whole; what is worked on is known to the database, so that a restart
//! goes on with it; and nothing here is waited for by encoders or viewers.

pub(crate) mod actions;
mod air;
pub(crate) mod api;
mod form;
pub(crate) mod model;
pub(crate) mod pages;
mod receive;
pub(crate) mod store;
mod titles;
mod work;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use identity::ConferenceId;
use media_core::ChannelName;
use media_film::Workshop;
use platform::blob::BlobId;
use tokio::sync::Notify;

use crate::Studio;
use model::SlateId;

/// What the parts of this share.
#[derive(Default)]
pub(crate) struct Slates {
    setup: OnceLock<Setup>,
    /// How much of the work on a film is done, in percent.
    done: Mutex<HashMap<SlateId, u8>>,
    /// Somebody brought a film.
    brought: Notify,
    /// Films in memory, by conference and file.
    films: Mutex<HashMap<(ConferenceId, BlobId), media_core::Slate>>,
    /// The slate of each track without words, where it has one of its own.
    bases: Mutex<BTreeMap<ChannelName, Option<Base>>>,
    /// What was written into the slate of each track.
    written: Mutex<BTreeMap<ChannelName, u64>>,
}

/// Where films are worked on, and what words are written over where a conference has no slate of its own.
struct Setup {
    workshop: Workshop,
    neutral: PathBuf,
}

/// A slate of a conference's own, before anything is written into it.
#[derive(Clone)]
struct Base {
    blob: BlobId,
    film: media_core::Slate,
}

impl Studio {
    /// Takes, converts and plays what organisers bring, from now on. `neutral` is a file with the slate of those who have none
    /// of their own.
    pub fn work_in(&self, workshop: Workshop, neutral: PathBuf) {
        let setup = Setup { workshop, neutral };
        if self.0.slates.setup.set(setup).is_ok() {
            work::start(self);
            air::start(self);
            titles::start(self);
        }
    }

    /// How much of the work on a film is done, in percent.
    pub(crate) fn done(&self, id: &SlateId) -> u8 {
        let done = locked(&self.0.slates.done);
        done.get(id).copied().unwrap_or(0)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
