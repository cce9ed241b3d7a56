//! One topic while anybody reads it: its state, its numbers, its ring of frames.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel::{Error, Result};
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::frame;
use crate::limits::{
    FRAME_BYTES_SOFT, LOAD_MAX, PENDING_EVENTS_MAX, RING_BYTES_MAX, RING_FRAMES_MAX,
};
use crate::registry::Line;
use crate::topic::{Fold, Topic};

/// A topic that somebody reads, or read a moment ago.
pub(crate) struct Channel<W> {
    pub(crate) name: Arc<str>,
    pub(crate) topic: Arc<dyn Topic<W>>,
    inner: Mutex<Inner<W>>,
}

struct Inner<W> {
    /// Renewed whenever the numbers begin anew.
    epoch: Arc<str>,
    /// The last number given.
    seq: u64,
    /// `None` until loaded.
    state: Option<Value>,
    /// The state's members as text, until the next event.
    rendered: Option<Arc<str>>,
    /// Filled when the state of this epoch is loaded: whoever comes first loads, the others wait.
    loading: Arc<OnceCell<()>>,
    /// Published, not yet numbered.
    pending: Vec<Pending>,
    /// The last frames, without gaps.
    ring: VecDeque<Batch>,
    ring_bytes: usize,
    /// Who is woken by new frames.
    members: HashMap<u64, Arc<Line<W>>>,
    /// Who needs this channel to stay: members and those about to be.
    holds: usize,
    /// When the last hold went.
    left: Option<Instant>,
    /// How many members were told of last.
    crowd: usize,
    /// Rights to read given under an earlier number must be looked at again.
    review: u64,
    /// On the agenda for the next tick.
    queued: bool,
    /// On the agenda for telling the crowd.
    crowd_queued: bool,
}

struct Pending {
    /// Where a later one replaces an earlier one of the same tick.
    latest: Option<Box<str>>,
    event: Value,
}

struct Batch {
    from: u64,
    to: u64,
    text: Utf8Bytes,
}

/// What a reader gets next.
pub(crate) enum Next {
    /// Nothing new.
    UpToDate,
    /// A frame, and the number it ends with.
    Frame(u64, Utf8Bytes),
    /// What it saw is no longer there to go on from.
    Snapshot,
}

/// A snapshot for one reader.
pub(crate) struct Snapshot {
    pub(crate) epoch: Arc<str>,
    pub(crate) seq: u64,
    pub(crate) text: Utf8Bytes,
}

impl<W> Channel<W> {
    pub(crate) fn new(name: Arc<str>, topic: Arc<dyn Topic<W>>, review: u64) -> Self {
        let inner = Inner {
            epoch: fresh_epoch(),
            seq: 0,
            state: None,
            rendered: None,
            loading: Arc::default(),
            pending: Vec::new(),
            ring: VecDeque::new(),
            ring_bytes: 0,
            members: HashMap::new(),
            holds: 0,
            left: None,
            crowd: 0,
            review,
            queued: false,
            crowd_queued: false,
        };
        Self {
            name,
            topic,
            inner: Mutex::new(inner),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<W>> {
        // A panic in a topic's fold leaves a state that is at worst one event behind; a poisoned lock
        // would take the topic away from everybody.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an event for the next tick. Returns whether the agenda must be told.
    pub(crate) fn publish(&self, latest: Option<&str>, event: Value) -> bool {
        let mut inner = self.lock();
        if let Some(key) = latest {
            inner
                .pending
                .retain(|earlier| earlier.latest.as_deref() != Some(key));
        }
        if inner.pending.len() >= PENDING_EVENTS_MAX {
            // Loading sees everything that was committed, so nothing is lost by forgetting the events.
            inner.begin_anew();
            inner.pending.clear();
        }
        inner.pending.push(Pending {
            latest: latest.map(Into::into),
            event,
        });
        !std::mem::replace(&mut inner.queued, true)
    }

    /// Numbers what is pending, folds it into the state and makes frames of it.
    /// Returns whom to wake.
    pub(crate) fn flush(&self) -> Vec<Arc<Line<W>>> {
        let mut inner = self.lock();
        inner.queued = false;
        let inner = &mut *inner;
        let Some(state) = &mut inner.state else {
            // Begun anew: its readers must come for a snapshot, and the first of them loads.
            return inner.members.values().cloned().collect();
        };
        let mut events = Vec::new();
        let mut bytes = 0;
        let mut changed = false;
        for pending in std::mem::take(&mut inner.pending) {
            if self.topic.fold(state, &pending.event) == Fold::Unchanged {
                continue;
            }
            changed = true;
            let text = pending.event.to_string();
            bytes += text.len();
            events.push(text);
            if bytes >= FRAME_BYTES_SOFT {
                append(
                    &mut inner.ring,
                    &mut inner.ring_bytes,
                    &self.name,
                    &inner.epoch,
                    &mut inner.seq,
                    &events,
                );
                events.clear();
                bytes = 0;
            }
        }
        if !events.is_empty() {
            append(
                &mut inner.ring,
                &mut inner.ring_bytes,
                &self.name,
                &inner.epoch,
                &mut inner.seq,
                &events,
            );
        }
        if !changed {
            return Vec::new();
        }
        inner.rendered = None;
        inner.members.values().cloned().collect()
    }

    /// Forgets state, numbers and frames; readers get a snapshot of what a new load gives.
    /// Returns whom to wake.
    pub(crate) fn refresh(&self) -> Vec<Arc<Line<W>>> {
        let mut inner = self.lock();
        inner.begin_anew();
        inner.members.values().cloned().collect()
    }

    /// Has everybody's right to read looked at again. Returns whom to wake.
    pub(crate) fn review(&self, review: u64) -> Vec<Arc<Line<W>>> {
        let mut inner = self.lock();
        inner.review = inner.review.max(review);
        inner.members.values().cloned().collect()
    }

    /// Loads the state unless it is there. Returns whether events waited for it.
    pub(crate) async fn ready(&self) -> Result<bool> {
        loop {
            let loading = {
                let inner = self.lock();
                if inner.state.is_some() {
                    return Ok(!inner.pending.is_empty());
                }
                inner.loading.clone()
            };
            // A reader that goes away while it loads leaves the loading to the next one.
            loading.get_or_try_init(|| self.load(&loading)).await?;
        }
    }

    async fn load(&self, loading: &Arc<OnceCell<()>>) -> Result<()> {
        let state = tokio::time::timeout(LOAD_MAX, self.topic.load(&self.name))
            .await
            .map_err(|_| Error::Unavailable("topic"))??;
        if !state.is_object() {
            return Err(Error::internal(format!(
                "topic {} loaded something else than an object",
                self.name
            )));
        }
        let mut inner = self.lock();
        // A refresh in the meantime means that this state may be from before it.
        if Arc::ptr_eq(&inner.loading, loading) {
            inner.state = Some(state);
        }
        Ok(())
    }

    /// What a reader that saw everything up to `seq` of `epoch` gets next; `None` while loading.
    pub(crate) fn after(&self, epoch: &str, seq: u64) -> Option<Next> {
        let inner = self.lock();
        inner.state.as_ref()?;
        if *inner.epoch != *epoch || seq > inner.seq {
            return Some(Next::Snapshot);
        }
        if seq == inner.seq {
            return Some(Next::UpToDate);
        }
        let at = inner.ring.partition_point(|batch| batch.from <= seq);
        Some(match inner.ring.get(at) {
            Some(batch) if batch.from == seq + 1 => Next::Frame(batch.to, batch.text.clone()),
            // Fallen out of the ring, or in the middle of a frame, where no reader of ours ever is.
            _ => Next::Snapshot,
        })
    }

    /// The state as of the last number, with the reader's `own` members; `None` while loading.
    pub(crate) fn snapshot(&self, own: &str) -> Option<Snapshot> {
        let (epoch, seq, shared) = {
            let mut inner = self.lock();
            let inner = &mut *inner;
            let state = inner.state.as_ref()?;
            let shared = inner
                .rendered
                .get_or_insert_with(|| frame::members(state).into());
            (inner.epoch.clone(), inner.seq, shared.clone())
        };
        let text = frame::snapshot(&self.name, &epoch, seq, &shared, own);
        Some(Snapshot { epoch, seq, text })
    }

    /// The review that a right to read must have been given under.
    pub(crate) fn reviewed(&self) -> u64 {
        self.lock().review
    }

    pub(crate) fn hold(&self) {
        let mut inner = self.lock();
        inner.holds += 1;
        inner.left = None;
    }

    /// Lets go. Returns whether that was the last hold.
    pub(crate) fn release(&self, now: Instant) -> bool {
        let mut inner = self.lock();
        inner.holds = inner.holds.saturating_sub(1);
        if inner.holds == 0 {
            inner.left = Some(now);
        }
        inner.holds == 0
    }

    /// Whether nobody held it since `before`.
    pub(crate) fn is_abandoned(&self, before: Instant) -> bool {
        let inner = self.lock();
        inner.holds == 0 && inner.left.is_some_and(|left| left <= before)
    }

    /// Adds a member. Returns whether the agenda must be told of the crowd.
    pub(crate) fn enter(&self, line: &Arc<Line<W>>) -> bool {
        let mut inner = self.lock();
        inner.members.insert(line.id, line.clone());
        !std::mem::replace(&mut inner.crowd_queued, true)
    }

    /// Removes a member. Returns whether the agenda must be told of the crowd.
    pub(crate) fn leave(&self, line: u64) -> bool {
        let mut inner = self.lock();
        inner.members.remove(&line).is_some() && !std::mem::replace(&mut inner.crowd_queued, true)
    }

    /// How many members there are.
    pub(crate) fn members(&self) -> usize {
        self.lock().members.len()
    }

    /// Tells the topic how many are there, if that is new.
    pub(crate) fn tell_crowd(&self) {
        let count = {
            let mut inner = self.lock();
            inner.crowd_queued = false;
            let count = inner.members.len();
            if std::mem::replace(&mut inner.crowd, count) == count {
                return;
            }
            count
        };
        self.topic.crowd(&self.name, count);
    }
}

impl<W> Inner<W> {
    fn begin_anew(&mut self) {
        self.epoch = fresh_epoch();
        self.seq = 0;
        self.state = None;
        self.rendered = None;
        self.loading = Arc::default();
        self.ring.clear();
        self.ring_bytes = 0;
    }
}

/// Puts events as one frame at the end of the ring and drops what is too much at its beginning.
fn append(
    ring: &mut VecDeque<Batch>,
    ring_bytes: &mut usize,
    name: &str,
    epoch: &str,
    seq: &mut u64,
    events: &[String],
) {
    let from = *seq + 1;
    let text = frame::delta(name, epoch, from, events);
    *seq += events.len() as u64;
    *ring_bytes += text.len();
    ring.push_back(Batch {
        from,
        to: *seq,
        text,
    });
    while ring.len() > RING_FRAMES_MAX || (*ring_bytes > RING_BYTES_MAX && ring.len() > 1) {
        if let Some(oldest) = ring.pop_front() {
            *ring_bytes -= oldest.text.len();
        }
    }
}

/// Forty random bits as text: a browser's numbers could not hold more, and nobody computes with it.
fn fresh_epoch() -> Arc<str> {
    kernel::id::secret()[..8].into()
}
