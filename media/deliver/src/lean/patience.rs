//! Deadlines of all connections, kept by one sweep instead of a timer each.
//!
//! A connection nearly never runs into its deadline: it sets another one several times a second. Setting one is a
//! store, and looking at all of them a few times a second costs less than keeping thousands of timers in order.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::time::Instant;

/// All connections of a listener.
pub(crate) struct Waits {
    clock: Arc<Clock>,
    all: Mutex<Vec<Weak<Wait>>>,
}

struct Clock {
    origin: Instant,
    /// Connections that wait for their next request shall end.
    is_closing: AtomicBool,
}

/// One connection's deadline.
pub(crate) struct Wait {
    clock: Arc<Clock>,
    /// Milliseconds from the origin; none is [`NEVER`].
    due_ms: AtomicU64,
    waker: AtomicWaker,
}

const NEVER: u64 = u64::MAX;

impl Clock {
    fn ms(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.origin);
        u64::try_from(since.as_millis()).unwrap_or(NEVER)
    }
}

impl Waits {
    pub(crate) fn new() -> Self {
        let clock = Clock {
            origin: Instant::now(),
            is_closing: AtomicBool::new(false),
        };
        Self {
            clock: Arc::new(clock),
            all: Mutex::default(),
        }
    }

    /// For one more connection.
    pub(crate) fn open(&self) -> Arc<Wait> {
        let wait = Arc::new(Wait {
            clock: Arc::clone(&self.clock),
            due_ms: AtomicU64::new(NEVER),
            waker: AtomicWaker::new(),
        });
        self.all().push(Arc::downgrade(&wait));
        wait
    }

    /// Wakes everybody whose time is up, and forgets the connections that have ended.
    pub(crate) fn sweep(&self) {
        let now_ms = self.clock.ms(Instant::now());
        let is_closing = self.clock.is_closing.load(Ordering::Relaxed);
        self.all().retain(|wait| {
            let Some(wait) = wait.upgrade() else {
                return false;
            };
            if is_closing || wait.due_ms.load(Ordering::Relaxed) <= now_ms {
                wait.waker.wake();
            }
            true
        });
    }

    /// Ends connections that wait for a request, now and from now on.
    pub(crate) fn close(&self) {
        self.clock.is_closing.store(true, Ordering::Relaxed);
        self.sweep();
    }

    fn all(&self) -> MutexGuard<'_, Vec<Weak<Wait>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wait {
    /// Whether connections that wait for a request shall end.
    pub(crate) fn is_closing(&self) -> bool {
        self.clock.is_closing.load(Ordering::Relaxed)
    }

    /// What `work` gives, unless its time is up before. Late by one sweep at most, never early. (Borrowed and not
    /// taken, because a future that is moved into another one takes its room twice.)
    pub(crate) async fn within<F: Future>(
        &self,
        time: Duration,
        work: Pin<&mut F>,
    ) -> Option<F::Output> {
        self.until(Instant::now() + time, work).await
    }

    /// The same with an instant.
    pub(crate) async fn until<F: Future>(
        &self,
        due: Instant,
        mut work: Pin<&mut F>,
    ) -> Option<F::Output> {
        let mut is_waiting = false;
        let outcome = poll_fn(|cx| {
            if let Poll::Ready(outcome) = work.as_mut().poll(cx) {
                return Poll::Ready(Some(outcome));
            }
            self.waker.register(cx.waker());
            if !std::mem::replace(&mut is_waiting, true) {
                // Only what has to wait needs a deadline.
                self.due_ms.store(self.clock.ms(due), Ordering::Relaxed);
                return Poll::Pending;
            }
            if Instant::now() >= due {
                return Poll::Ready(None);
            }
            Poll::Pending
        });
        let outcome = outcome.await;
        if is_waiting {
            self.due_ms.store(NEVER, Ordering::Relaxed);
        }
        outcome
    }
}
