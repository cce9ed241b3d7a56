//! Who a datagram or a request is for.
//!
//! Invariant: an address leads to a session only after the session itself answered it, and it answers only whoever
//! proved to know its password (RFC 8445 §7.3).

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::restart::Restart;
use super::stun;
use crate::limits::ADDRESSES_PER_SESSION_MAX;

/// What arrived for a session.
#[derive(Debug)]
pub(super) struct Datagram {
    pub(super) from: SocketAddr,
    pub(super) at: Instant,
    pub(super) bytes: Bytes,
}

/// The sessions of one server.
#[derive(Debug, Default)]
pub(super) struct Registry(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    known: HashMap<Arc<str>, Known>,
    fragments: HashMap<Arc<str>, mpsc::Sender<Datagram>>,
    addressees: HashMap<SocketAddr, (Arc<str>, mpsc::Sender<Datagram>)>,
}

/// What requests about a session need to know of it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The digest of the key that began it.
    pub(super) key: String,
    /// The version of its transport (RFC 9725 §4.3.1).
    pub(super) etag: String,
    /// The sender's part of the transport; another one would be a restart.
    pub(super) their_fragment: Option<String>,
    /// Restarts its transport.
    pub(super) restarts: mpsc::Sender<Restart>,
    /// Ends it.
    pub(super) hung_up: CancellationToken,
}

/// A session's place in the registry; dropped with it.
#[derive(Debug)]
pub(super) struct Entry {
    registry: Arc<Registry>,
    id: Arc<str>,
    fragment: Arc<str>,
    datagrams: mpsc::Sender<Datagram>,
    addresses: Vec<SocketAddr>,
}

impl Registry {
    /// Makes a session known.
    pub(super) fn enter(
        self: &Arc<Self>,
        id: &str,
        fragment: &str,
        known: Known,
        datagrams: mpsc::Sender<Datagram>,
    ) -> Entry {
        let (id, fragment): (Arc<str>, Arc<str>) = (id.into(), fragment.into());
        let mut tables = self.locked();
        tables.known.insert(Arc::clone(&id), known);
        tables
            .fragments
            .insert(Arc::clone(&fragment), datagrams.clone());
        drop(tables);
        Entry {
            registry: Arc::clone(self),
            id,
            fragment,
            datagrams,
            addresses: Vec::new(),
        }
    }

    pub(super) fn find(&self, id: &str) -> Option<Known> {
        self.locked().known.get(id).cloned()
    }

    /// Hands a datagram to whom it is for; false if that is nobody, or somebody who does not keep up.
    pub(super) fn deliver(&self, from: SocketAddr, at: Instant, bytes: &[u8]) -> bool {
        let tables = self.locked();
        let addressee = if stun::is_stun(bytes) {
            stun::addressee(bytes).and_then(|fragment| tables.fragments.get(fragment))
        } else {
            tables.addressees.get(&from).map(|(_, datagrams)| datagrams)
        };
        let Some(datagrams) = addressee else {
            return false;
        };
        let Ok(place) = datagrams.try_reserve() else {
            return false;
        };
        place.send(Datagram {
            from,
            at,
            bytes: Bytes::copy_from_slice(bytes),
        });
        true
    }

    #[cfg(test)]
    pub(super) fn sizes(&self) -> [usize; 3] {
        let tables = self.locked();
        [
            tables.known.len(),
            tables.fragments.len(),
            tables.addressees.len(),
        ]
    }

    fn locked(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// The session answers this address: what comes from there is for it.
    pub(super) fn answers(&mut self, address: SocketAddr) {
        if self.addresses.contains(&address) || self.addresses.len() >= ADDRESSES_PER_SESSION_MAX {
            return;
        }
        let mut tables = self.registry.locked();
        let owner = (Arc::clone(&self.id), self.datagrams.clone());
        tables.addressees.insert(address, owner);
        self.addresses.push(address);
    }
}

impl Entry {
    /// The session has another transport now; checks for the old one are for nobody.
    pub(super) fn restarted(&mut self, fragment: &str, their_fragment: Option<&str>, etag: &str) {
        let mut tables = self.registry.locked();
        tables.fragments.remove(&self.fragment);
        self.fragment = fragment.into();
        let datagrams = self.datagrams.clone();
        tables
            .fragments
            .insert(Arc::clone(&self.fragment), datagrams);
        if let Some(known) = tables.known.get_mut(&self.id) {
            etag.clone_into(&mut known.etag);
            known.their_fragment = their_fragment.map(ToOwned::to_owned);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut tables = self.registry.locked();
        tables.known.remove(&self.id);
        tables.fragments.remove(&self.fragment);
        for address in &self.addresses {
            // A page that begins again comes from the same address, and may have been answered meanwhile.
            if tables
                .addressees
                .get(address)
                .is_some_and(|(id, _)| *id == self.id)
            {
                tables.addressees.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        Known {
            key: String::new(),
            etag: String::new(),
            their_fragment: None,
            restarts: mpsc::channel(1).0,
            hung_up: CancellationToken::new(),
        }
    }

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    const RTP: &[u8] = &[0x80, 96, 0, 1];

    #[tokio::test]
    async fn strangers_reach_nobody_and_who_was_answered_reaches_its_session() {
        let registry = Arc::new(Registry::default());
        let (send, mut receive) = mpsc::channel(2);
        let mut entry = registry.enter("id", "frag", known(), send);
        assert!(!registry.deliver(address(1), Instant::now(), RTP));
        entry.answers(address(1));
        assert!(registry.deliver(address(1), Instant::now(), RTP));
        assert_eq!(receive.recv().await.unwrap().from, address(1));
        assert!(!registry.deliver(address(2), Instant::now(), RTP));
    }

    #[tokio::test]
    async fn a_session_that_does_not_keep_up_loses_datagrams_and_no_more() {
        let registry = Arc::new(Registry::default());
        let (send, _receive) = mpsc::channel(2);
        let mut entry = registry.enter("id", "frag", known(), send);
        entry.answers(address(1));
        let taken = (0..5).filter(|_| registry.deliver(address(1), Instant::now(), RTP));
        assert_eq!(taken.count(), 2);
    }

    #[tokio::test]
    async fn a_session_that_ends_leaves_nothing_and_takes_nothing_from_its_successor() {
        let registry = Arc::new(Registry::default());
        let (send, _receive) = mpsc::channel(2);
        let mut old = registry.enter("old", "a", known(), send);
        old.answers(address(1));
        let (send, mut receive) = mpsc::channel(2);
        let mut new = registry.enter("new", "b", known(), send);
        new.answers(address(1));
        drop(old);
        assert!(registry.find("old").is_none());
        assert!(registry.deliver(address(1), Instant::now(), RTP));
        receive.recv().await.unwrap();
        drop(new);
        assert_eq!(registry.sizes(), [0, 0, 0]);
    }

    #[tokio::test]
    async fn a_session_with_another_transport_is_reached_by_that_alone() {
        let registry = Arc::new(Registry::default());
        let (send, _receive) = mpsc::channel(2);
        let mut entry = registry.enter("id", "old", known(), send);
        entry.restarted("new", Some("theirs"), "\"2\"");
        let tables = registry.locked();
        assert!(tables.fragments.contains_key("new") && !tables.fragments.contains_key("old"));
        drop(tables);
        let known = registry.find("id").unwrap();
        assert_eq!(
            (known.etag.as_str(), known.their_fragment.as_deref()),
            ("\"2\"", Some("theirs"))
        );
        drop(entry);
        assert_eq!(registry.sizes(), [0, 0, 0]);
    }

    #[tokio::test]
    async fn the_addresses_of_one_session_are_bounded() {
        let registry = Arc::new(Registry::default());
        let (send, _receive) = mpsc::channel(2);
        let mut entry = registry.enter("id", "frag", known(), send);
        for port in 1..200 {
            entry.answers(address(port));
        }
        assert_eq!(registry.sizes()[2], ADDRESSES_PER_SESSION_MAX);
    }
}
