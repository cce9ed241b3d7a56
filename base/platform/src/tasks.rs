//! The supervisor: the only place where tasks begin, and where all of them are waited for.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::limits;
use crate::telemetry::Metrics;

/// Starts, names, counts and joins tasks; clones share them.
#[derive(Clone, Debug)]
pub struct Tasks {
    runtime: Handle,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    token: CancellationToken,
    tracker: TaskTracker,
    running: Mutex<BTreeMap<&'static str, usize>>,
    alive: Family<Task, Gauge>,
    panics: Family<Task, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Task {
    task: &'static str,
}

impl Tasks {
    /// A supervisor whose tasks run on this runtime.
    pub fn new(runtime: Handle) -> Self {
        Self {
            runtime,
            shared: Arc::default(),
        }
    }

    /// The same supervisor, starting tasks on another runtime.
    #[must_use]
    pub fn on(&self, runtime: Handle) -> Self {
        Self {
            runtime,
            shared: Arc::clone(&self.shared),
        }
    }

    /// The runtime that tasks are started on.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Cancelled when the program is to end; every loop listens to it.
    pub fn token(&self) -> CancellationToken {
        self.shared.token.clone()
    }

    /// Shows running tasks and panics.
    pub fn register(&self, metrics: &Metrics) {
        let (alive, panics) = (self.shared.alive.clone(), self.shared.panics.clone());
        metrics.register("matsuri_tasks", "Tasks that are running", alive);
        metrics.register("matsuri_task_panics", "Tasks that ended by a panic", panics);
    }

    /// Starts a task. A panic in it is logged and counted, and ends nothing else.
    pub fn spawn(
        &self,
        name: &'static str,
        future: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        let entry = Entry::new(Arc::clone(&self.shared), name);
        let caught = async move {
            let entry = entry;
            if let Err(panic) = AssertUnwindSafe(future).catch_unwind().await {
                entry.panicked(&*panic);
            }
        };
        self.shared.tracker.spawn_on(caught, &self.runtime)
    }

    /// Starts a task that begins anew whenever it ends, after a growing delay, until the program is to end.
    pub fn spawn_loop<F>(&self, name: &'static str, mut start: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (token, shared) = (self.token(), Arc::clone(&self.shared));
        self.spawn(name, async move {
            let mut delay = limits::RESTART_DELAY;
            loop {
                let began = Instant::now();
                let ended = AssertUnwindSafe(async { start().await })
                    .catch_unwind()
                    .await;
                if token.is_cancelled() {
                    return;
                }
                if let Err(panic) = ended {
                    count_panic(&shared, name, &*panic);
                }
                if began.elapsed() > limits::RESTART_FORGIVEN {
                    delay = limits::RESTART_DELAY;
                }
                tracing::warn!(
                    task = name,
                    "task {name} ended and starts again in {delay:?}"
                );
                tokio::select! {
                    () = token.cancelled() => return,
                    () = tokio::time::sleep(delay) => {}
                }
                delay = (delay * 2).min(limits::RESTART_DELAY_MAX);
            }
        });
    }

    /// Asks all tasks to end and waits for them; the names of those that did not make it in time.
    pub async fn shutdown(&self, timeout: Duration) -> Vec<&'static str> {
        self.shared.token.cancel();
        self.shared.tracker.close();
        if tokio::time::timeout(timeout, self.shared.tracker.wait())
            .await
            .is_ok()
        {
            return Vec::new();
        }
        let running = self
            .shared
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        running.keys().copied().collect()
    }
}

/// A running task in the books; leaves them when dropped, also when the task was aborted.
struct Entry {
    shared: Arc<Shared>,
    name: &'static str,
}

impl Entry {
    fn new(shared: Arc<Shared>, name: &'static str) -> Self {
        *shared
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(name)
            .or_default() += 1;
        shared.alive.get_or_create(&Task { task: name }).inc();
        // Counted from zero on, so that an alert sees the first one too.
        drop(shared.panics.get_or_create(&Task { task: name }));
        Self { shared, name }
    }

    fn panicked(&self, panic: &(dyn Any + Send)) {
        count_panic(&self.shared, self.name, panic);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut running = self
            .shared
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = running.get_mut(self.name) {
            *count -= 1;
            if *count == 0 {
                running.remove(self.name);
            }
        }
        self.shared
            .alive
            .get_or_create(&Task { task: self.name })
            .dec();
    }
}

fn count_panic(shared: &Shared, name: &'static str, panic: &(dyn Any + Send)) {
    shared.panics.get_or_create(&Task { task: name }).inc();
    let reason = panic_reason(panic);
    tracing::error!(task = name, "task {name} panicked: {reason}");
}

/// What a panic said.
pub(crate) fn panic_reason(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&'static str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no reason given")
}
