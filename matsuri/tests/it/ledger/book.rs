//! The ledger itself: what was asked for, and what of it was acknowledged.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Numbers that look random and are the same in every run with the same seed.
#[derive(Clone)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }

    /// One of them; none of an empty list.
    pub(crate) fn pick(&mut self, length: usize) -> Option<usize> {
        let end = u64::try_from(length).expect("short");
        (length > 0).then(|| usize::try_from(self.below(end)).expect("short"))
    }
}

/// What is kept about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Talk,
    Speaker,
    Page,
    Room,
    Conference,
    Invitation,
    Member,
}

/// A record as people would read it; `None` once it is gone.
pub(crate) type State = Option<BTreeMap<&'static str, String>>;

/// What a record was to become.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) version: i64,
    pub(crate) state: State,
    /// How long the trace of the disk was when this was known to be done; none as long as nobody said so.
    pub(crate) acked: Option<u64>,
}

/// Records by their marker, the first word of their title or name, which nobody uses twice.
pub(crate) type Records = BTreeMap<(Kind, String), Vec<Step>>;

/// Everything that anybody asked for.
#[derive(Default)]
pub(crate) struct Book {
    records: Mutex<Records>,
    acks: Mutex<u64>,
    acked: Condvar,
    again: AtomicU64,
    /// Titles that the talk of all was given.
    counted: Mutex<Vec<String>>,
    /// The trace of the disk, where there is one.
    trace: Option<PathBuf>,
}

impl Book {
    /// An empty one; `trace` is how the disk is watched.
    pub(crate) fn new(trace: Option<PathBuf>) -> Self {
        Self {
            trace,
            ..Self::default()
        }
    }

    /// Writes down what is about to be asked for.
    pub(crate) fn intend(&self, kind: Kind, marker: &str, version: i64, state: State) {
        let step = Step {
            version,
            state,
            acked: None,
        };
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let steps = records.entry((kind, marker.to_owned())).or_default();
        if let Some(last) = steps.last() {
            assert!(last.acked.is_some(), "{marker}: one after the other");
        }
        steps.push(step);
    }

    /// Writes down that it is done. `again`: it took more than one attempt.
    pub(crate) fn ack(&self, kind: Kind, marker: &str, again: bool) {
        let at = self.trace.as_ref().map_or(0, |trace| {
            std::fs::metadata(trace).expect("it is there").len()
        });
        {
            let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
            let steps = records.get_mut(&(kind, marker.to_owned()));
            let step = steps.and_then(|steps| steps.last_mut()).expect("intended");
            assert!(step.acked.is_none(), "{marker} twice");
            step.acked = Some(at);
        }
        self.again.fetch_add(u64::from(again), Ordering::Relaxed);
        self.count();
    }

    /// Writes down a title of the talk that everybody changes.
    pub(crate) fn counted(&self, title: String) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.push(title);
        drop(counted);
        self.count();
    }

    /// Titles that the talk of all was given for certain.
    pub(crate) fn titles(&self) -> Vec<String> {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.clone()
    }

    fn count(&self) {
        *self.acks.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.acked.notify_all();
    }

    pub(crate) fn acks(&self) -> u64 {
        *self.acks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much was done although nobody could say so at first.
    pub(crate) fn again(&self) -> u64 {
        self.again.load(Ordering::Relaxed)
    }

    /// Waits until so much is acknowledged; false when that takes too long, as it does when somebody gave up.
    pub(crate) fn wait(&self, wanted: u64, patience: Duration) -> bool {
        let acks = self.acks.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .acked
            .wait_timeout_while(acks, patience, |acks| *acks < wanted);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    pub(crate) fn records(&self) -> Records {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.clone()
    }
}

/// The first word of a title or name.
pub(crate) fn marker(title: &str) -> String {
    title.split(' ').next().unwrap_or_default().to_owned()
}
