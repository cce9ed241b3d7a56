//! The UDP socket of all sessions, and the tasks that they are.

use std::net::SocketAddr;
use std::sync::Arc;

use media_core::Channels;
use socket2::{Domain, Protocol, Socket, Type};
use str0m::crypto::dtls::DtlsCert;
use tokio::net::UdpSocket;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::counters::Counters;
use super::crypto;
use super::door::Door;
use super::negotiate::Addresses;
use super::registry::Registry;
use super::session::{self, Session};
use crate::counters::Ending;
use crate::gate::Gate;
use crate::limits::{DATAGRAM_BYTES_MAX, Limits};
use crate::rtmp::Authority;

/// Sessions that were answered and wait to be started: more than anybody begins at once.
const BEGINNING_MAX: usize = 16;
/// What the system may hold back for us.
const RECEIVE_BUFFER_BYTES: usize = 4 * 1024 * 1024;
/// Datagrams that are read before others get a turn.
const READ_AT_ONCE: usize = 64;

/// Binds with room for the bursts that key frames of several senders are.
///
/// # Errors
/// The address cannot be had.
pub fn bind(addr: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(addr), Type::DGRAM, Some(Protocol::UDP))?;
    // The system may give less; then bursts are lost and sent again.
    let _less = socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES);
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    UdpSocket::from_std(socket.into())
}

/// What a server works with.
pub struct Options {
    /// Who may publish.
    pub authority: Arc<dyn Authority>,
    /// Where to.
    pub channels: Channels,
    /// How much of everything.
    pub limits: Limits,
    /// Where wrong keys are remembered; shared with the other protocols.
    pub gate: Arc<Gate>,
    /// Addresses at which senders reach the socket, where the system does not know them; port 0 is the socket's.
    pub public: Vec<SocketAddr>,
}

/// What the door and all sessions of a server share.
pub(super) struct Shared {
    pub(super) authority: Arc<dyn Authority>,
    pub(super) channels: Channels,
    pub(super) limits: Limits,
    pub(super) gate: Arc<Gate>,
    pub(super) counters: Arc<Counters>,
    pub(super) publishers: Arc<Semaphore>,
    pub(super) registry: Arc<Registry>,
    pub(super) addresses: Addresses,
    pub(super) certificate: DtlsCert,
    pub(super) socket: UdpSocket,
    pub(super) begin: mpsc::Sender<Session>,
    pub(super) stop: CancellationToken,
}

/// A server that is bound and does not run yet.
pub struct Server {
    shared: Arc<Shared>,
    beginning: mpsc::Receiver<Session>,
    local_addr: SocketAddr,
}

impl Server {
    /// A server on a socket that was taken before.
    ///
    /// # Errors
    /// The socket has no address, or no certificate can be made.
    pub fn on(socket: UdpSocket, options: Options) -> std::io::Result<Self> {
        let local_addr = socket.local_addr()?;
        let certificate = crypto::certificate()
            .ok_or_else(|| std::io::Error::other("no certificate for WebRTC can be made"))?;
        let (begin, beginning) = mpsc::channel(BEGINNING_MAX);
        let shared = Shared {
            authority: options.authority,
            channels: options.channels,
            publishers: Arc::new(Semaphore::new(options.limits.publishers_max)),
            limits: options.limits,
            gate: options.gate,
            counters: Arc::default(),
            registry: Arc::default(),
            addresses: Addresses::new(&options.public, local_addr),
            certificate,
            socket,
            begin,
            stop: CancellationToken::new(),
        };
        Ok(Self {
            shared: Arc::new(shared),
            beginning,
            local_addr,
        })
    }

    /// The address that the socket is bound to.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The server's counters.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.shared.counters)
    }

    /// What answers the requests.
    pub fn door(&self) -> Door {
        Door::new(Arc::clone(&self.shared))
    }

    /// Serves until `stop`, then ends every session and returns.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut sessions = JoinSet::new();
        let shared = Arc::clone(&self.shared);
        let mut buffer = [0; DATAGRAM_BYTES_MAX];
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = sessions.join_next() => note(&shared.counters, ended),
                Some(session) = self.beginning.recv() => {
                    shared.counters.common.connections.add(1);
                    let span = tracing::info_span!("whip", trace_id = %session.trace_id, peer = %session.peer);
                    sessions.spawn(session::run(session, Arc::clone(&shared)).instrument(span));
                }
                readable = shared.socket.readable() => match readable {
                    Ok(()) => read(&shared, &mut buffer),
                    Err(error) => {
                        tracing::error!(%error, "the WebRTC socket cannot be read");
                        break;
                    }
                },
            }
        }
        shared.stop.cancel();
        let goodbyes = async {
            while let Some(ended) = sessions.join_next().await {
                note(&shared.counters, ended);
            }
        };
        if tokio::time::timeout(shared.limits.drain, goodbyes)
            .await
            .is_err()
        {
            tracing::warn!("some WebRTC sessions did not end in time and were cut off");
        }
    }
}

/// Hands out what has arrived.
fn read(shared: &Shared, buffer: &mut [u8]) {
    for _ in 0..READ_AT_ONCE {
        // An error is what an earlier datagram met on its way (ICMP), or that nothing is left.
        let Ok((length, from)) = shared.socket.try_recv_from(buffer) else {
            return;
        };
        if !shared
            .registry
            .deliver(from, Instant::now(), &buffer[..length])
        {
            shared.counters.stray.add(1);
        }
    }
}

/// A session's task ended. A panic in it is a fault of ours that costs one sender, not the server.
fn note(counters: &Counters, ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        counters.common.end(Ending::Panicked);
        tracing::error!(%error, "a WebRTC session ended by a fault of the server");
    }
}
