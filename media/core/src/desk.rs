//! The writer's side of a channel: who sends, what becomes of it, who is told.
//!
//! Invariant: a channel has at most one input, and everything it changes is changed under one lock, on the
//! publisher's own task. Readers never come here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use kernel::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::channel::{Busy, Rejected, Shared};
use crate::feed::Published;
use crate::input::{Eviction, Input};
use crate::name::ChannelName;
use crate::pipeline::Pipeline;
use crate::seat::Seat;
use crate::snapshot::Snapshot;
use crate::status::{Source, State, Status};

/// One channel: the writer's desk and what readers see.
pub(crate) struct Channel {
    pub(crate) name: ChannelName,
    pub(crate) desk: Mutex<Desk>,
    pub(crate) published: Arc<Published>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) shared: Weak<Shared>,
}

/// What only the holder of the lock touches.
#[derive(Default)]
pub(crate) struct Desk {
    inputs: u64,
    current: Option<Current>,
    pipeline: Option<Pipeline>,
}

struct Current {
    id: u64,
    seat: Seat,
    source: Source,
    since: Timestamp,
    last_frame: Instant,
    gone: Eviction,
}

impl Channel {
    pub(crate) fn admit(
        self: &Arc<Self>,
        shared: &Shared,
        seat: Seat,
        source: Source,
    ) -> Result<Input, Busy> {
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
            seat,
            source: source.clone(),
            since: now,
            last_frame: Instant::now(),
            gone: gone.clone(),
        });
        shared.metrics.publishers.add(1);
        self.status
            .send_modify(|status| {
                status.inputs[seat.index()].source = Some(source.clone());
                status.source = Some(source);
            });
        Ok(Input::new(Arc::clone(self), id, gone))
    }

    pub(crate) fn evict(&self, shared: &Shared, seat: Option<Seat>, reason: &str) {
        let mut desk = locked(&self.desk);
        let is_meant = |current: &Current| seat.is_none_or(|seat| seat == current.seat);
        if desk.current.as_ref().is_some_and(is_meant) {
            self.end(&mut desk, shared, reason);
        }
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

    pub(crate) fn leave(&self, shared: &Shared, id: u64) {
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

    /// Shows readers a snapshot; whether it is the first.
    fn publish(&self, snapshot: Option<Arc<Snapshot>>) -> bool {
        snapshot.is_some_and(|snapshot| self.published.put(Some(snapshot)))
    }

    /// Runs `step` on the pipeline for the input `id`, then tells readers and watchers.
    pub(crate) fn take(
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
        let is_first = self.publish(published);
        self.received(&shared, current.seat, pipeline, is_first, (wall, mono));
        Ok(())
    }

    /// Keeps the status true while frames arrive: at once when the state changes or there is something to
    /// watch for the first time, else once a second.
    fn received(
        &self,
        shared: &Shared,
        seat: Seat,
        pipeline: &mut Pipeline,
        is_first: bool,
        (wall, mono): (Timestamp, Instant),
    ) {
        let was = self.status.borrow().state;
        let measured = pipeline.measured(mono);
        let begins = was != State::Receiving && pipeline.last_frame() == Some(mono);
        if measured.is_none() && !begins && !is_first {
            return;
        }
        self.status.send_modify(|status| {
            if begins {
                status.state = State::Receiving;
                status.since = wall;
                status.on = seat.into();
                let input = &mut status.inputs[seat.index()];
                (input.state, input.since) = (State::Receiving, wall);
            }
            pipeline.describe(status);
            if let Some(bitrate) = measured {
                status.bitrate_bps = bitrate;
            }
        });
        shared.announce(&self.name);
    }

    fn interrupted(&self, shared: &Shared) {
        let changed = self.status.send_if_modified(|status| {
            let changed = status.state == State::Receiving;
            if changed {
                status.state = State::Interrupted;
                status.since = shared.clock.now();
                status.bitrate_bps = 0;
                if let Some(seat) = status.on.seat() {
                    let input = &mut status.inputs[seat.index()];
                    (input.state, input.since) = (status.state, status.since);
                }
            }
            changed
        });
        if changed {
            shared.announce(&self.name);
        }
    }

    /// Brings the journal to the disk, where nobody waits for it.
    pub(crate) async fn sync(&self, shared: &Shared) {
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
    pub(crate) fn look(&self, shared: &Shared) {
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
            shared.announce(&self.name);
        }
        // Nobody can go back further than the window; what is older than that need not stay in memory.
        let stale =
            since_frame.is_some_and(|since| since >= shared.settings.window.max(idle_after));
        if stale && desk.current.is_none() && self.published.get().is_some() {
            if let Some(pipeline) = &mut desk.pipeline {
                pipeline.forget();
            }
            self.published.put(None);
        }
    }
}

/// Locks, also after a panic elsewhere: a channel's data is replaced, never half-changed, by what can
/// panic, and one bad stream must not take the channel with it.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
