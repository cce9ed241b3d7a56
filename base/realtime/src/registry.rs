//! Who is connected.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::limits::Limits;

/// One connection, as others see it.
pub(crate) struct Line<W> {
    pub(crate) id: u64,
    pub(crate) who: W,
    /// Something may be there for this connection.
    pub(crate) wake: Notify,
    /// Why it must end.
    farewell: OnceLock<Farewell>,
}

/// Why the server ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// The server goes away.
    Reconnect {
        /// When to come back.
        after: Duration,
    },
    /// Whoever connected is no longer who they were (signed out, revoked).
    Ended,
    /// Too many frames.
    TooFast,
}

impl<W> Line<W> {
    pub(crate) fn farewell(&self) -> Option<Farewell> {
        self.farewell.get().copied()
    }

    /// Ends the connection; the first reason counts.
    pub(crate) fn end(&self, farewell: Farewell) {
        let _ = self.farewell.set(farewell);
        self.wake.notify_one();
    }
}

/// All connections, and how many from where.
pub(crate) struct Registry<W> {
    next: AtomicU64,
    draining: AtomicBool,
    inner: Mutex<Inner<W>>,
}

struct Inner<W> {
    lines: HashMap<u64, Arc<Line<W>>>,
    peers: HashMap<IpAddr, usize>,
}

/// Why nobody else may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// Too many in all.
    House,
    /// Too many from there.
    Peer,
    /// The server goes away.
    Draining,
}

impl Full {
    /// The same as an error.
    pub(crate) fn error(self) -> kernel::Error {
        match self {
            Self::House | Self::Draining => kernel::Error::Unavailable("realtime"),
            Self::Peer => kernel::Error::TooMany {
                retry_after: RETRY_AFTER,
            },
        }
    }
}

/// When somebody who was turned away should try again.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(10);

/// A connection's place; dropping it gives the place back.
pub(crate) struct Place<W> {
    registry: Arc<Registry<W>>,
    peer: IpAddr,
    pub(crate) line: Arc<Line<W>>,
}

impl<W> Registry<W> {
    pub(crate) fn new() -> Self {
        let inner = Inner {
            lines: HashMap::new(),
            peers: HashMap::new(),
        };
        Self {
            next: AtomicU64::new(1),
            draining: AtomicBool::new(false),
            inner: Mutex::new(inner),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<W>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets somebody in.
    pub(crate) fn enter(
        self: &Arc<Self>,
        who: W,
        peer: IpAddr,
        limits: &Limits,
    ) -> Result<Place<W>, Full> {
        let peer = neighbourhood(peer);
        let mut inner = self.lock();
        // Under the lock, so that nobody slips in behind a drain.
        if self.draining.load(Ordering::Relaxed) {
            return Err(Full::Draining);
        }
        if inner.lines.len() >= limits.connections_max {
            return Err(Full::House);
        }
        let from_there = inner.peers.entry(peer).or_default();
        if *from_there >= limits.connections_per_peer_max {
            return Err(Full::Peer);
        }
        *from_there += 1;
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let line = Arc::new(Line {
            id,
            who,
            wake: Notify::new(),
            farewell: OnceLock::new(),
        });
        inner.lines.insert(id, line.clone());
        Ok(Place {
            registry: self.clone(),
            peer,
            line,
        })
    }

    /// How many are there.
    pub(crate) fn len(&self) -> usize {
        self.lock().lines.len()
    }

    /// Everybody.
    pub(crate) fn lines(&self) -> Vec<Arc<Line<W>>> {
        self.lock().lines.values().cloned().collect()
    }

    /// Lets nobody in any more, and returns everybody who is there.
    pub(crate) fn shut(&self) -> Vec<Arc<Line<W>>> {
        let inner = self.lock();
        self.draining.store(true, Ordering::Relaxed);
        inner.lines.values().cloned().collect()
    }
}

impl<W> Drop for Place<W> {
    fn drop(&mut self) {
        let mut inner = self.registry.lock();
        inner.lines.remove(&self.line.id);
        if let Some(count) = inner.peers.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                inner.peers.remove(&self.peer);
            }
        }
    }
}

/// The address as far as it tells households apart: IPv6 hands out whole /64s.
pub(crate) fn neighbourhood(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(v6) => {
            let s = v6.segments();
            IpAddr::from([s[0], s[1], s[2], s[3], 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_in_all_and_per_neighbourhood_and_come_back() {
        let registry = Arc::new(Registry::new());
        let limits = Limits {
            connections_max: 3,
            connections_per_peer_max: 2,
            ..Limits::default()
        };
        let enter = |peer: &str| registry.enter((), peer.parse().unwrap(), &limits);
        let first = enter("2001:db8::1").ok().unwrap();
        let _second = enter("2001:db8::2").ok().unwrap();
        assert_eq!(enter("2001:db8::3").err(), Some(Full::Peer));
        let _third = enter("192.0.2.1").ok().unwrap();
        assert_eq!(enter("192.0.2.2").err(), Some(Full::House));
        drop(first);
        let _again = enter("2001:db8::3").ok().unwrap();
        assert_eq!(registry.shut().len(), 3);
        assert_eq!(enter("192.0.2.3").err(), Some(Full::Draining));
    }
}
