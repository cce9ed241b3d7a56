//! The writer's side of a channel: who sends, what becomes of it, who is told.
//!
//! Invariant: each seat has at most one input, one source is on air, and everything that changes is changed under
//! one lock. Readers never come here.

mod holding;
mod playing;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use kernel::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use self::holding::Held;
use crate::channel::{Busy, Rejected, Shared};
use crate::feed::Published;
use crate::frame::{Config, Frame};
use crate::health::{Report, Transport};
use crate::input::{Eviction, Input};
use crate::interlude::Interlude;
use crate::metrics::Drop;
use crate::name::ChannelName;
use crate::occupant::Occupant;
use crate::pipeline::Pipeline;
use crate::seat::{On, Seat};
use crate::selector::{Facts, Order, Patience, Selector};
use crate::snapshot::Snapshot;
use crate::status::{Source, State, Status};

/// What of a standing picture the slate makes up for when it begins, so that players have something to play at once.
const SLATE_LEAD: Duration = Duration::from_millis(1_500);

/// One channel: the writer's desk and what readers see.
pub(crate) struct Channel {
    pub(crate) name: ChannelName,
    pub(crate) desk: Mutex<Desk>,
    pub(crate) published: Arc<Published>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) shared: Weak<Shared>,
}

/// What only the holder of the lock touches.
pub(crate) struct Desk {
    inputs: u64,
    occupants: [Option<Occupant>; 2],
    /// When a frame last arrived, by seat; also of those who left.
    heard: [Option<Instant>; 2],
    selector: Selector,
    pipeline: Option<Pipeline>,
    interlude: Interlude,
    /// What arrived of the input on air and waits for a moment.
    held: VecDeque<Held>,
    /// When the newest frame of an input arrived that viewers got.
    shown: Option<Instant>,
}

/// Now, on both clocks.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    wall: Timestamp,
    mono: Instant,
}

impl Moment {
    pub(crate) fn now(shared: &Shared) -> Self {
        Self {
            wall: shared.clock.now(),
            mono: Instant::now(),
        }
    }
}

impl Desk {
    pub(crate) fn new(patience: Patience) -> Self {
        Self {
            inputs: 0,
            occupants: [None, None],
            heard: [None; 2],
            selector: Selector::new(patience),
            pipeline: None,
            interlude: Interlude::default(),
            held: VecDeque::new(),
            shown: None,
        }
    }

    fn occupant(&mut self, seat: Seat, id: u64) -> Option<&mut Occupant> {
        let occupant = self.occupants[seat.index()].as_mut();
        occupant.filter(|occupant| occupant.id == id)
    }

    fn facts(&self, shared: &Shared) -> Facts {
        let is_ready = |seat: Seat| {
            let occupant = self.occupants[seat.index()].as_ref();
            occupant.is_some_and(|occupant| occupant.is_ready(self.unseen_from()))
        };
        Facts {
            ready: [is_ready(Seat::Primary), is_ready(Seat::Backup)],
            has_slate: self.interlude.slate().is_some() || shared.slate.load().is_some(),
            has_clips: self.interlude.has_clips(),
            in_break: self.interlude.in_break,
        }
    }

    /// Since when what arrives of the other input is wanted, where viewers wait for it.
    fn wanted_from(&self, mono: Instant) -> Option<Instant> {
        let waits = self.selector.on().seat().is_some() && self.selector.stands(mono);
        self.unseen_from().filter(|_| waits)
    }
}

impl Channel {
    pub(crate) fn admit(
        self: &Arc<Self>,
        shared: &Shared,
        seat: Seat,
        source: Source,
    ) -> Result<Input, Busy> {
        let mut desk = locked(&self.desk);
        let desk = &mut *desk;
        let now = Moment::now(shared);
        if let Some(present) = &desk.occupants[seat.index()]
            && now.mono.saturating_duration_since(present.last_frame) < shared.settings.silent_after
        {
            return Err(Busy::Sending {
                source_now: present.source.clone(),
                since: present.since,
            });
        }
        let reason = "another encoder took over after a silence";
        self.end(desk, shared, seat, reason, now);
        desk.inputs += 1;
        let (id, gone) = (desk.inputs, Eviction::new());
        let source = source.bounded();
        let is_on = desk.selector.on() == seat.into();
        let pipeline = self.pipeline(desk, shared);
        if is_on {
            pipeline.begin(None);
        }
        let occupant = Occupant::new(shared, id, source.clone(), gone.clone(), now.mono);
        desk.occupants[seat.index()] = Some(occupant);
        desk.selector.joined(seat);
        shared.metrics.publishers.add(1);
        self.status.send_modify(|status| {
            if is_on || status.on == On::Nothing {
                status.source = Some(source.clone());
            }
            status.inputs[seat.index()].source = Some(source);
        });
        Ok(Input::new(Arc::clone(self), seat, id, gone))
    }

    fn pipeline<'a>(&self, desk: &'a mut Desk, shared: &Shared) -> &'a mut Pipeline {
        desk.pipeline.get_or_insert_with(|| {
            Pipeline::open(
                &self.name,
                shared.settings.clone(),
                shared.journal_dir.as_deref(),
                Arc::clone(&shared.metrics),
            )
        })
    }

    pub(crate) fn evict(&self, shared: &Shared, seat: Option<Seat>, reason: &str) {
        let mut desk = locked(&self.desk);
        let now = Moment::now(shared);
        for each in Seat::ALL {
            if seat.is_none_or(|seat| seat == *each) {
                self.end(&mut desk, shared, *each, reason, now);
            }
        }
    }

    /// Ends the present input of a seat, if any: what it sent is completed, its owner is told.
    fn end(&self, desk: &mut Desk, shared: &Shared, seat: Seat, reason: &str, now: Moment) {
        let Some(occupant) = desk.occupants[seat.index()].take() else {
            return;
        };
        occupant.gone.tell(reason);
        shared.metrics.evicted.add(1);
        self.departed(desk, shared, seat, now);
    }

    pub(crate) fn leave(&self, shared: &Shared, seat: Seat, id: u64) {
        let mut desk = locked(&self.desk);
        if desk.occupant(seat, id).is_some() {
            desk.occupants[seat.index()] = None;
            self.departed(&mut desk, shared, seat, Moment::now(shared));
        }
    }

    /// Completes what a departed input sent, so that viewers get its last frames.
    fn departed(&self, desk: &mut Desk, shared: &Shared, seat: Seat, now: Moment) {
        shared.metrics.publishers.sub(1);
        desk.selector.left(seat, now.mono);
        let mut changed = self.tell_input(desk, shared, seat, now);
        if desk.selector.on() == seat.into() {
            self.release_all(desk, shared, now);
            if let Some(pipeline) = &mut desk.pipeline {
                self.publish(pipeline.end(now.wall));
            }
            let facts = desk.facts(shared);
            if !desk.selector.has_other(facts, now.mono) {
                changed |= self.interrupted(shared);
            }
        }
        if changed {
            shared.announce(&self.name);
        }
    }

    /// Shows readers a snapshot; whether it is the first.
    fn publish(&self, snapshot: Option<Arc<Snapshot>>) -> bool {
        snapshot.is_some_and(|snapshot| self.published.put(Some(snapshot)))
    }

    /// Takes a configuration from the input `id`; none if that input has no seat any more.
    pub(crate) fn config(
        &self,
        seat: Seat,
        id: u64,
        config: &Config,
    ) -> Option<Result<(), Rejected>> {
        let shared = self.shared.upgrade()?;
        let mut desk = locked(&self.desk);
        let taken = desk.occupant(seat, id)?.config(config);
        Some(taken.inspect_err(|_| shared.metrics.rejected.add(1)))
    }

    pub(crate) fn transport(&self, seat: Seat, id: u64, transport: Transport) {
        if let Some(occupant) = locked(&self.desk).occupant(seat, id) {
            occupant.health.transport(transport);
        }
    }

    /// Takes a frame from the input `id`; none if that input has no seat any more.
    pub(crate) fn frame(&self, seat: Seat, id: u64, frame: Frame) -> Option<Result<(), Rejected>> {
        let shared = self.shared.upgrade()?;
        let mut desk = locked(&self.desk);
        let desk = &mut *desk;
        let now = Moment::now(&shared);
        let taken = desk.occupant(seat, id)?.frame(frame, now.mono);
        desk.heard[seat.index()] = Some(now.mono);
        let routed = match taken {
            Ok(Some(frame)) => self.route(desk, &shared, seat, frame, now),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if self.tell_input(desk, &shared, seat, now) {
            shared.announce(&self.name);
        }
        Some(routed.inspect_err(|_| shared.metrics.rejected.add(1)))
    }

    /// A checked frame goes to viewers, or is kept in case that it is wanted.
    fn route(
        &self,
        desk: &mut Desk,
        shared: &Shared,
        seat: Seat,
        frame: Frame,
        now: Moment,
    ) -> Result<(), Rejected> {
        let occupant = desk.occupants[seat.index()].as_ref();
        // Before its first key frame an encoder shows nothing, so its input does not count as being on air.
        let on = desk.selector.on();
        let is_behind = on != On::Nothing && on != seat.into();
        if is_behind || occupant.is_some_and(Occupant::has_begun) {
            desk.selector.frame(seat, frame.kind, now.mono);
        }
        let wanted_from = desk.wanted_from(now.mono);
        if desk.selector.on() == seat.into() {
            self.show(desk, shared, seat, frame, now)?;
        } else if let Some(occupant) = &mut desk.occupants[seat.index()]
            && !occupant.keep(frame, now.mono, wanted_from)
        {
            shared.metrics.drops(Drop::BeforeKey).add(1);
        }
        self.decide(desk, shared, now);
        Ok(())
    }

    /// Lets the selector decide, and does what it says.
    fn decide(&self, desk: &mut Desk, shared: &Shared, now: Moment) {
        // What the channel plays by itself leaves nothing to make up for.
        let was_input = desk.selector.on().seat().is_some();
        let standstill = desk.selector.standstill(now.mono);
        let standstill = if was_input {
            standstill
        } else {
            Duration::ZERO
        };
        let facts = desk.facts(shared);
        if let Some(on) = desk.selector.decide(facts, now.mono) {
            self.switch(desk, shared, on, standstill, now);
        }
    }

    /// Somebody decides what is on air.
    pub(crate) fn direct(&self, shared: &Shared, order: Order) {
        let mut desk = locked(&self.desk);
        let now = Moment::now(shared);
        desk.selector.direct(order, now.mono);
        self.status.send_modify(|status| status.order = order);
        self.decide(&mut desk, shared, now);
        shared.announce(&self.name);
    }

    /// Ends what was on air and begins what is: on one time line, with what waited since then.
    fn switch(&self, desk: &mut Desk, shared: &Shared, on: On, standstill: Duration, now: Moment) {
        self.pipeline(desk, shared);
        let Some(pipeline) = &mut desk.pipeline else {
            return;
        };
        let mut newest = pipeline.end(now.wall);
        // What waits shows what the other input shows once more.
        desk.held.clear();
        desk.interlude.end();
        let mut source = None;
        if let Some(seat) = on.seat()
            && let Some(occupant) = &mut desk.occupants[seat.index()]
        {
            pipeline.begin(occupant.intake.known(now.mono));
            desk.shown = Some(now.mono);
            source = Some(occupant.source.clone());
            for frame in occupant.unreel() {
                let streams = occupant.intake.streams();
                // What cannot be shown will not be with the next frame either, and then its encoder is told.
                let Ok(published) = pipeline.frame(streams, frame, now.wall, now.mono) else {
                    break;
                };
                newest = published.or(newest);
            }
        } else {
            let everybodys = shared.slate.load_full();
            let began = now.mono - standstill.min(SLATE_LEAD);
            desk.interlude
                .begin(on, everybodys.as_deref(), pipeline, began);
        }
        self.publish(newest);
        let (cause, order) = (desk.selector.cause(), desk.selector.order());
        self.status.send_modify(|status| {
            (status.on, status.on_since, status.cause) = (on, now.wall, cause);
            status.order = order;
            status.source = source.or(status.source.take());
        });
        shared.metrics.switches(on).add(1);
        shared.announce(&self.name);
        self.tell_playing(desk, shared);
        let channel = &self.name;
        tracing::info!(%channel, %on, %cause, "what viewers of {channel} get is now {on}: {cause}");
    }

    /// Keeps the status true while viewers get something: at once when the state changes or there is something
    /// to watch for the first time, else once a second.
    fn received(&self, shared: &Shared, pipeline: &mut Pipeline, is_first: bool, now: Moment) {
        let was = self.status.borrow().state;
        let measured = pipeline.measured(now.mono);
        let begins = was != State::Receiving && pipeline.last_frame() == Some(now.mono);
        if measured.is_none() && !begins && !is_first {
            return;
        }
        self.status.send_modify(|status| {
            if begins {
                (status.state, status.since) = (State::Receiving, now.wall);
            }
            pipeline.describe(status);
            if status.on.seat().is_some() {
                status.shape = pipeline.shape().or(status.shape.take());
            }
            if let Some(bitrate) = measured {
                status.bitrate_bps = bitrate;
            }
        });
        shared.announce(&self.name);
    }

    /// Keeps true what is told of one seat: at once when its state changes, else once a second. Whether it changed.
    fn tell_input(&self, desk: &mut Desk, shared: &Shared, seat: Seat, now: Moment) -> bool {
        let settings = &shared.settings;
        let was = self.status.borrow().inputs[seat.index()].state;
        let heard = desk.heard[seat.index()];
        let occupant = desk.occupants[seat.index()].as_mut();
        let is_silent = occupant
            .as_ref()
            .is_none_or(|occupant| occupant.is_silent(settings.silent_after, now.mono));
        let is_idle = heard
            .is_none_or(|heard| now.mono.saturating_duration_since(heard) >= settings.idle_after);
        let state = match was {
            _ if !is_silent => State::Receiving,
            State::Receiving => State::Interrupted,
            State::Interrupted if is_idle => State::Idle,
            unchanged => unchanged,
        };
        self.status.send_if_modified(|status| {
            let input = &mut status.inputs[seat.index()];
            let changed = state != was;
            if changed {
                (input.state, input.since) = (state, now.wall);
                input.bitrate_bps = 0;
            }
            let Some(occupant) = occupant else {
                input.health = Report::default();
                return changed;
            };
            occupant.report(input, now.mono) || changed
        })
    }

    fn interrupted(&self, shared: &Shared) -> bool {
        self.status.send_if_modified(|status| {
            let changed = status.state == State::Receiving;
            if changed {
                status.state = State::Interrupted;
                status.since = shared.clock.now();
                status.bitrate_bps = 0;
            }
            changed
        })
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
        let desk = &mut *desk;
        let now = Moment::now(shared);
        let mut changed = false;
        for seat in Seat::ALL {
            changed |= self.tell_input(desk, shared, *seat, now);
        }
        // Its encoder is told with its next frame.
        let _unsteady = self.release(desk, shared, now);
        self.decide(desk, shared, now);
        self.play(desk, shared, now);
        changed |= self.rest(desk, shared, now);
        if changed {
            shared.announce(&self.name);
        }
    }

    /// What becomes of a channel from which viewers get nothing; whether its state changed.
    fn rest(&self, desk: &mut Desk, shared: &Shared, now: Moment) -> bool {
        let settings = &shared.settings;
        let last_frame = desk.pipeline.as_ref().and_then(Pipeline::last_frame);
        let since_frame = last_frame.map(|last| now.mono.saturating_duration_since(last));
        if since_frame.is_some_and(|since| since < settings.silent_after) {
            return false;
        }
        let mut changed = self.interrupted(shared);
        let is_idle = since_frame.is_none_or(|since| since >= settings.idle_after);
        if is_idle && self.status.borrow().state == State::Interrupted {
            desk.selector.rest(now.mono);
            self.status.send_modify(|status| {
                (status.state, status.since) = (State::Idle, now.wall);
                (status.on, status.on_since) = (On::Nothing, now.wall);
                status.cause = desk.selector.cause();
            });
            changed = true;
        }
        // Nobody can go back further than the window; what is older than that need not stay in memory.
        let stale =
            since_frame.is_some_and(|since| since >= settings.window.max(settings.idle_after));
        let is_empty = desk.occupants.iter().all(Option::is_none);
        if stale && is_empty && self.published.get().is_some() {
            if let Some(pipeline) = &mut desk.pipeline {
                pipeline.forget();
            }
            self.published.put(None);
        }
        changed
    }
}

/// Locks, also after a panic elsewhere: a channel's data is replaced, never half-changed, by what can
/// panic, and one bad stream must not take the channel with it.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
