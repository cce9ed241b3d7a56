//! Who may stand at the door: caps on connections that have not said what they want, and patience with wrong keys.
//!
//! Invariant: strangers can only displace strangers. A newcomer over the cap ends the oldest half-open connection
//! instead of being refused, so that a slow flood never locks out an encoder that gets to its key in a few round trips.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::limits::Limits;

/// Who comes, and who came with wrong keys. Servers that share it cannot be played off against each other.
pub struct Gate {
    half_open_max: usize,
    half_open_max_per_address: usize,
    refusal: Duration,
    refusal_max: Duration,
    forgiveness: Duration,
    offenders_max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    /// Oldest first.
    half_open: VecDeque<HalfOpen>,
    offenders: HashMap<IpAddr, Offence>,
}

struct HalfOpen {
    id: u64,
    address: IpAddr,
    displaced: CancellationToken,
}

struct Offence {
    count: u32,
    last: Instant,
}

/// A half-open connection's place; dropped when it publishes or ends.
pub(crate) struct Place {
    gate: Arc<Gate>,
    id: u64,
    displaced: CancellationToken,
}

impl Gate {
    /// A gate within limits.
    pub fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            half_open_max: limits.half_open_max.max(1),
            half_open_max_per_address: limits.half_open_max_per_address.max(1),
            refusal: limits.refusal,
            refusal_max: limits.refusal_max,
            forgiveness: limits.forgiveness,
            offenders_max: limits.offenders_max.max(1),
            state: Mutex::default(),
        })
    }

    /// Lets a connection in, at the cost of the oldest half-open one where there are too many.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Place {
        let address = network(address);
        let mut state = self.locked();
        let of_address = state
            .half_open
            .iter()
            .filter(|other| other.address == address)
            .count();
        let oldest = if of_address >= self.half_open_max_per_address {
            state
                .half_open
                .iter()
                .position(|other| other.address == address)
        } else if state.half_open.len() >= self.half_open_max {
            Some(0)
        } else {
            None
        };
        if let Some(oldest) = oldest.and_then(|index| state.half_open.remove(index)) {
            oldest.displaced.cancel();
        }
        state.next += 1;
        let (id, displaced) = (state.next, CancellationToken::new());
        state.half_open.push_back(HalfOpen {
            id,
            address,
            displaced: displaced.clone(),
        });
        Place {
            gate: Arc::clone(self),
            id,
            displaced,
        }
    }

    /// Notes a wrong key; gives how many there were and how long the answer must wait.
    pub(crate) fn offend(&self, address: IpAddr, now: Instant) -> (u32, Duration) {
        let address = network(address);
        let mut state = self.locked();
        if state.offenders.len() >= self.offenders_max && !state.offenders.contains_key(&address) {
            state.forget(now, self.forgiveness);
        }
        let offence = state.offenders.entry(address).or_insert(Offence {
            count: 0,
            last: now,
        });
        if now.duration_since(offence.last) >= self.forgiveness {
            offence.count = 0;
        }
        offence.count = offence.count.saturating_add(1);
        offence.last = now;
        let factor = 1_u32 << (offence.count - 1).min(16);
        (
            offence.count,
            self.refusal.saturating_mul(factor).min(self.refusal_max),
        )
    }

    /// A good key from there: whoever mistyped has found it.
    pub(crate) fn forgive(&self, address: IpAddr) {
        self.locked().offenders.remove(&network(address));
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Makes room for one offender: forgiven ones go, else the one longest silent.
    fn forget(&mut self, now: Instant, forgiveness: Duration) {
        let before = self.offenders.len();
        self.offenders
            .retain(|_, offence| now.duration_since(offence.last) < forgiveness);
        if self.offenders.len() == before {
            let oldest = self
                .offenders
                .iter()
                .min_by_key(|(_, offence)| offence.last)
                .map(|(address, _)| *address);
            oldest.and_then(|address| self.offenders.remove(&address));
        }
    }
}

impl Place {
    /// Resolves when a newcomer needs the place.
    pub(crate) async fn displaced(&self) {
        self.displaced.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate
            .locked()
            .half_open
            .retain(|other| other.id != self.id);
    }
}

/// What counts as one address: IPv6 hosts own a /64 each.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn gate() -> Arc<Gate> {
        Gate::new(&Limits {
            half_open_max: 4,
            half_open_max_per_address: 2,
            offenders_max: 3,
            refusal: Duration::from_millis(100),
            refusal_max: Duration::from_secs(1),
            ..Limits::default()
        })
    }

    #[test]
    fn a_newcomer_displaces_the_oldest_of_its_own_address_first() {
        let gate = gate();
        let other = gate.enter(address(9));
        let first = gate.enter(address(1));
        let second = gate.enter(address(1));
        let third = gate.enter(address(1));
        let displaced =
            [&other, &first, &second, &third].map(|place| place.displaced.is_cancelled());
        assert_eq!(displaced, [false, true, false, false]);
    }

    #[test]
    fn a_full_house_displaces_the_oldest_of_all_and_leaving_makes_room() {
        let gate = gate();
        let places: Vec<_> = (1..=4).map(|last| gate.enter(address(last))).collect();
        let fifth = gate.enter(address(5));
        assert!(places[0].displaced.is_cancelled());
        drop(fifth);
        let _sixth = gate.enter(address(6));
        assert!(!places[1].displaced.is_cancelled());
    }

    #[test]
    fn wrong_keys_are_answered_ever_later_until_a_right_one_or_time_forgives() {
        let (gate, now) = (gate(), Instant::now());
        let delays = |count| -> Vec<u128> {
            (0..count)
                .map(|_| gate.offend(address(1), now).1.as_millis())
                .collect()
        };
        assert_eq!(delays(6), [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(
            gate.offend(address(2), now).1.as_millis(),
            100,
            "others are not punished"
        );
        gate.forgive(address(1));
        assert_eq!(delays(2), [100, 200]);
        let later = now + gate.forgiveness;
        assert_eq!(
            gate.offend(address(1), later),
            (1, Duration::from_millis(100))
        );
    }

    #[test]
    fn the_memory_for_offenders_is_bounded() {
        let (gate, now) = (gate(), Instant::now());
        for last in 0..100 {
            gate.offend(address(last), now + Duration::from_millis(last.into()));
        }
        assert_eq!(gate.locked().offenders.len(), 3);
        assert_eq!(
            gate.offend(address(99), now + Duration::from_secs(1)).0,
            2,
            "the newest are remembered"
        );
    }

    #[test]
    fn hosts_of_one_ipv6_network_are_one_address_and_mapped_ones_are_ipv4() {
        let same =
            ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"].map(|text| network(text.parse().unwrap()));
        assert_eq!(same[0], same[1]);
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), address(1));
    }
}
