//! What the kernel knows about the way to an encoder (`tcp(7)`, `struct tcp_info`), asked once a second.
//!
//! It is asked by `sock_diag(7)` and not by `getsockopt`: that is a socket like any other, which needs no unsafe code,
//! and the answer says how much waits to be read too. Where there is no such socket, nothing is known; nobody waits.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use media_core::health::Transport;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::time::Instant;

/// How often the kernel is asked.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// Shares are those of so many seconds.
const SECONDS: usize = 10;
/// An answer has about 400 bytes.
const ANSWER_BYTES: usize = 4 * 1024;

const AF_NETLINK: i32 = 16;
const NETLINK_SOCK_DIAG: i32 = 4;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const INET_DIAG_INFO: u16 = 2;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
/// Bytes of `nlmsghdr`, of `inet_diag_req_v2` with it, and of `inet_diag_msg` with it.
const HEADER: usize = 16;
const REQUEST: usize = HEADER + 56;
const ANSWER: usize = HEADER + 72;
/// Where `idiag_rqueue` is in the answer.
const UNREAD_AT: usize = HEADER + 56;
/// Where things are in `struct tcp_info`.
const RTT_AT: usize = 68;
const DATA_SEGMENTS_AT: usize = 152;
/// Since Linux 5.4.
const OUT_OF_ORDER_AT: usize = 224;

/// One connection's way.
pub(super) struct Way {
    socket: Option<Socket>,
    request: [u8; REQUEST],
    next: Instant,
    /// Segments with data, and those of them that came before an earlier one, of the last seconds.
    before: VecDeque<(u32, u32)>,
}

/// What one answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    rtt_us: u32,
    data_segments: u32,
    /// Unknown to an old kernel.
    out_of_order: Option<u32>,
    unread: u32,
}

impl Way {
    /// The way between these addresses.
    pub(super) fn between(local: Option<SocketAddr>, peer: SocketAddr, now: Instant) -> Self {
        let local = local.filter(|_| cfg!(target_os = "linux"));
        Self {
            socket: local.and_then(|_| open().ok()),
            request: local.map_or([0; REQUEST], |local| request(local, peer)),
            next: now,
            before: VecDeque::with_capacity(SECONDS + 1),
        }
    }

    /// When it wants to be looked at again.
    pub(super) fn due(&self) -> Instant {
        self.next
    }

    /// Asks, if it is time; what the kernel told.
    pub(super) fn look(&mut self, now: Instant) -> Option<Transport> {
        if now < self.next {
            return None;
        }
        self.next = now + ASK_EVERY;
        let told = self.ask()?;
        Some(self.note(told))
    }

    fn ask(&mut self) -> Option<Told> {
        let mut socket = self.socket.as_ref()?;
        // The kernel answers before it takes the next question, so that there is nothing to wait for.
        let mut answer = [0; ANSWER_BYTES];
        let asked = socket
            .write_all(&self.request)
            .and_then(|()| socket.read(&mut answer));
        let told = asked.ok().and_then(|length| read(answer.get(..length)?));
        if told.is_none() {
            // A kernel that does not know will not know in a second either.
            self.socket = None;
        }
        told
    }

    fn note(&mut self, told: Told) -> Transport {
        let counts = (told.data_segments, told.out_of_order.unwrap_or(0));
        let held_up = self.before.front().and_then(|before| {
            let arrived = counts.0.wrapping_sub(before.0);
            let late = counts.1.wrapping_sub(before.1);
            (arrived > 0).then(|| f64::from(late.min(arrived)) / f64::from(arrived) * 100.0)
        });
        self.before.push_back(counts);
        if self.before.len() > SECONDS {
            self.before.pop_front();
        }
        Transport {
            rtt_ms: Some(tenths(f64::from(told.rtt_us) / 1_000.0)),
            held_up_percent: held_up.filter(|_| told.out_of_order.is_some()).map(tenths),
            retransmitted: counts.1.into(),
            unread_bytes: told.unread.into(),
            ..Transport::default()
        }
    }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn open() -> std::io::Result<Socket> {
    let (domain, protocol) = (Domain::from(AF_NETLINK), Protocol::from(NETLINK_SOCK_DIAG));
    let socket = Socket::new(domain, Type::DGRAM, Some(protocol))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// `nlmsghdr`, then `inet_diag_req_v2`: exactly the socket of these addresses.
fn request(local: SocketAddr, peer: SocketAddr) -> [u8; REQUEST] {
    let family = if local.is_ipv4() { AF_INET } else { AF_INET6 };
    let mut bytes = Vec::with_capacity(REQUEST);
    bytes.extend_from_slice(&u32::try_from(REQUEST).unwrap_or(0).to_ne_bytes());
    bytes.extend_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes.extend_from_slice(&NLM_F_REQUEST.to_ne_bytes());
    // Sequence number and port of the asker: there is one question at a time.
    bytes.extend_from_slice(&[0; 8]);
    let wanted = 1_u8 << (INET_DIAG_INFO - 1);
    bytes.extend_from_slice(&[family, IPPROTO_TCP, wanted, 0]);
    // In whatever state it is.
    bytes.extend_from_slice(&u32::MAX.to_ne_bytes());
    bytes.extend_from_slice(&local.port().to_be_bytes());
    bytes.extend_from_slice(&peer.port().to_be_bytes());
    for address in [local.ip(), peer.ip()] {
        let mut field = [0; 16];
        match address {
            IpAddr::V4(address) => field[..4].copy_from_slice(&address.octets()),
            IpAddr::V6(address) => field.copy_from_slice(&address.octets()),
        }
        bytes.extend_from_slice(&field);
    }
    // No interface, no cookie.
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&[0xff; 8]);
    bytes.try_into().unwrap_or([0; REQUEST])
}

/// Reads `nlmsghdr`, `inet_diag_msg` and the attribute with `tcp_info`.
fn read(answer: &[u8]) -> Option<Told> {
    if half(answer, 4)? != SOCK_DIAG_BY_FAMILY {
        return None;
    }
    let mut rest = answer.get(ANSWER..)?;
    loop {
        let (length, kind) = (usize::from(half(rest, 0)?), half(rest, 2)?);
        if kind == INET_DIAG_INFO {
            let info = rest.get(4..length)?;
            return Some(Told {
                rtt_us: word(info, RTT_AT)?,
                data_segments: word(info, DATA_SEGMENTS_AT)?,
                out_of_order: word(info, OUT_OF_ORDER_AT),
                unread: word(answer, UNREAD_AT)?,
            });
        }
        // No attribute is shorter than its head: it ends.
        rest = rest.get(length.max(4).next_multiple_of(4)..)?;
    }
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    let field = bytes.get(at..at + 2)?;
    field.try_into().ok().map(u16::from_ne_bytes)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..at + 4)?;
    field.try_into().ok().map(u32::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[tokio::test]
    async fn the_kernel_tells_round_trip_and_what_waits() {
        for any in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(any) else {
                continue;
            };
            let address = listener.local_addr().unwrap();
            let mut encoder = TcpStream::connect(address).unwrap();
            let (server, peer) = listener.accept().unwrap();
            encoder.write_all(&[7; 1_000]).unwrap();
            let now = Instant::now();
            let mut way = Way::between(server.local_addr().ok(), peer, now);
            if way.socket.is_none() {
                return;
            }
            let deadline = now + Duration::from_secs(5);
            let told = loop {
                way.next = now;
                let told = way.look(now).expect("Linux tells");
                if told.unread_bytes == 1_000 || Instant::now() > deadline {
                    break told;
                }
            };
            assert_eq!(told.unread_bytes, 1_000);
            assert!(told.rtt_ms.is_some_and(|rtt| rtt < 1_000.0), "{told:?}");
            assert!(
                told.held_up_percent.is_none_or(|share| share < 0.001),
                "{told:?}"
            );
            assert_eq!(way.look(now), None, "once a second");
        }
    }

    #[tokio::test]
    async fn a_way_that_is_gone_tells_nothing() {
        let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
        let mut way = Way::between(Some(nobody), nobody, Instant::now());
        assert_eq!(way.look(Instant::now()), None);
        assert!(way.socket.is_none(), "and is not asked again");
        assert!(Way::between(None, nobody, Instant::now()).socket.is_none());
    }

    #[tokio::test]
    async fn packets_held_up_are_a_share_of_those_that_arrived_lately() {
        let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
        let mut way = Way::between(None, nobody, Instant::now());
        let told = |data_segments, late| Told {
            rtt_us: 12_340,
            data_segments,
            out_of_order: Some(late),
            unread: 0,
        };
        // Counters wrap.
        assert_eq!(way.note(told(u32::MAX - 99, 0)).held_up_percent, None);
        assert_eq!(way.note(told(100, 50)).held_up_percent, Some(25.0));
        for n in 1..=10 {
            way.note(told(100 + n * 100, 50));
        }
        let later = way.note(told(1_200, 50));
        assert_eq!(later.held_up_percent, Some(0.0));
        assert_eq!((later.retransmitted, later.rtt_ms), (50, Some(12.3)));
    }

    #[test]
    fn an_answer_cut_anywhere_tells_nothing() {
        let mut answer = vec![0; ANSWER];
        answer[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        for (kind, length) in [(8_u16, 5_u16), (INET_DIAG_INFO, 4 + 160)] {
            answer.extend_from_slice(&length.to_ne_bytes());
            answer.extend_from_slice(&kind.to_ne_bytes());
            answer.resize(
                answer.len() + usize::from(length - 4).next_multiple_of(4),
                1,
            );
        }
        let whole = read(&answer).expect("an older kernel's answer");
        assert_eq!(whole.out_of_order, None);
        for length in 0..answer.len() {
            assert_eq!(read(&answer[..length]), None, "{length}");
        }
        answer[4] = 2;
        assert_eq!(read(&answer), None, "an error");
    }
}
