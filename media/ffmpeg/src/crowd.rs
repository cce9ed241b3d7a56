//! One task for each channel that wants one, and the pauses between what fails in it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use media_core::ChannelName;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::limits;

/// The tasks of channels; dropping it ends them all.
#[derive(Debug)]
pub struct Crowd {
    tasks: JoinSet<()>,
    running: BTreeMap<ChannelName, AbortHandle>,
    at_once: usize,
    every: Interval,
}

impl Crowd {
    /// For so many at once.
    pub fn new(at_once: usize) -> Self {
        let mut every = interval(limits::LOOK_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            tasks: JoinSet::new(),
            running: BTreeMap::new(),
            at_once,
            every,
        }
    }

    /// Returns when it is time to look who wants one.
    pub async fn look(&mut self) {
        loop {
            tokio::select! {
                _ = self.every.tick() => return,
                Some(_) = self.tasks.join_next() => {
                    // Only a panic ends one by itself; the next look starts it anew.
                    self.running.retain(|_, task| !task.is_finished());
                }
            }
        }
    }

    /// Ends those that nobody wants any more, and begins others while there is room.
    pub fn tend<T>(&mut self, wanted: &BTreeSet<ChannelName>, begin: impl Fn(&ChannelName) -> T)
    where
        T: Future<Output = ()> + Send + 'static,
    {
        self.running.retain(|name, task| {
            let stays = wanted.contains(name);
            if !stays {
                task.abort();
            }
            stays
        });
        for name in wanted {
            if self.running.len() < self.at_once && !self.has(name) {
                let task = self.tasks.spawn(begin(name));
                self.running.insert(name.clone(), task);
            }
        }
    }

    /// Whether a channel has one.
    pub fn has(&self, name: &ChannelName) -> bool {
        self.running.contains_key(name)
    }
}

/// Pauses before what failed begins again: each twice the one before, up to [`limits::RESTART_DELAY_MAX`].
#[derive(Debug)]
pub struct Pauses {
    first: Duration,
    next: Duration,
}

impl Pauses {
    /// Begins with this one.
    pub fn new(first: Duration) -> Self {
        Self { first, next: first }
    }

    /// It ran for so long.
    pub fn ran(&mut self, lasted: Duration) {
        if lasted > limits::RESTART_FORGIVEN {
            self.next = self.first;
        }
    }

    /// How long to wait after one more failure.
    pub fn take(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(limits::RESTART_DELAY_MAX);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> BTreeSet<ChannelName> {
        let names = words.iter().map(|word| ChannelName::parse(word).unwrap());
        names.collect()
    }

    #[tokio::test]
    async fn a_place_that_becomes_free_is_taken_and_what_ended_begins_anew() {
        let mut crowd = Crowd::new(1);
        let both = names(&["days/a", "days/b"]);
        let has = |crowd: &Crowd| both.iter().map(|name| crowd.has(name)).collect::<Vec<_>>();
        crowd.tend(&both, |_| std::future::pending());
        assert_eq!(has(&crowd), [true, false]);
        crowd.tend(&names(&["days/b"]), |_| std::future::ready(()));
        assert_eq!(has(&crowd), [false, true]);
        // The first look is at once, and may come before the task has ended.
        while crowd.has(&ChannelName::parse("days/b").unwrap()) {
            crowd.look().await;
        }
    }

    #[test]
    fn pauses_grow_up_to_the_longest_and_are_forgiven() {
        let mut pauses = Pauses::new(Duration::from_secs(1));
        let taken: Vec<_> = (0..8).map(|_| pauses.take().as_secs()).collect();
        assert_eq!(taken, [1, 2, 4, 8, 16, 32, 60, 60]);
        pauses.ran(limits::RESTART_FORGIVEN);
        assert_eq!(pauses.take(), limits::RESTART_DELAY_MAX);
        pauses.ran(limits::RESTART_FORGIVEN + Duration::from_millis(1));
        assert_eq!(pauses.take(), Duration::from_secs(1));
    }
}
