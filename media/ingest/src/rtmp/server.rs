//! The RTMP listener: accepts, supervises, stops.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use media_core::{ChannelName, Channels, Seat};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::connection::{self, Caller};
use super::key::StreamKey;
use crate::counters::{Counters, Ending, Raised};
use crate::gate::{Gate, Place};
use crate::limits::Limits;

/// How long accepting pauses after the system refused (no file descriptors left, usually).
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// What a good key opens.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The channel to publish to.
    pub channel: ChannelName,
    /// The input of that channel which the key is for.
    pub seat: Seat,
    /// Cancelled when the key is revoked: the publisher is told and disconnected at once.
    pub revoked: CancellationToken,
    /// Channels of its own instead of the server's, which no viewer reaches: an encoder is tried. Such a key opens
    /// its channel at every address.
    pub aside: Option<Channels>,
}

/// Why a key opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No such key. Counted against the peer's address.
    #[error("the stream key is not known")]
    UnknownKey,
    /// The key could not be checked; nobody is to blame.
    #[error("stream keys cannot be checked now")]
    Unavailable,
    /// What the key was for is over; who keeps trying is turned away without blame.
    #[error("the encoder test is over")]
    Over,
}

/// The answer of an [`Authority`], some time.
pub type Decision<'a> = Pin<Box<dyn Future<Output = Result<Admission, Denied>> + Send + 'a>>;

/// Decides who may publish where.
pub trait Authority: Send + Sync + 'static {
    /// Decides about a key. It must be compared by its digest, and must not be logged.
    fn admit<'a>(&'a self, key: &'a StreamKey, peer: SocketAddr) -> Decision<'a>;
}

/// What all connections of a server share.
pub(super) struct Shared {
    pub(super) authority: Arc<dyn Authority>,
    pub(super) channels: Channels,
    pub(super) limits: Limits,
    pub(super) counters: Arc<Counters>,
    pub(super) gate: Arc<Gate>,
    pub(super) publishers: Semaphore,
    pub(super) stop: CancellationToken,
}

/// An RTMP server that is bound and does not run yet.
pub struct Server {
    listener: TcpListener,
    secured: Option<(TcpListener, TlsAcceptor)>,
    local_addr: SocketAddr,
    authority: Arc<dyn Authority>,
    channels: Channels,
    limits: Limits,
    counters: Arc<Counters>,
    gate: Arc<Gate>,
}

impl Server {
    /// Takes the port. Port 0 takes any; see [`Server::local_addr`].
    pub async fn bind(
        addr: SocketAddr,
        authority: Arc<dyn Authority>,
        channels: Channels,
        limits: Limits,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        Self::on(listener, authority, channels, limits)
    }

    /// The same on a port that was taken before: its address may have to be known first.
    pub fn on(
        listener: TcpListener,
        authority: Arc<dyn Authority>,
        channels: Channels,
        limits: Limits,
    ) -> std::io::Result<Self> {
        let local_addr = listener.local_addr()?;
        Ok(Self {
            listener,
            secured: None,
            local_addr,
            authority,
            channels,
            gate: Gate::new(&limits),
            limits,
            counters: Arc::default(),
        })
    }

    /// The same server behind TLS too (RTMPS), on a port of its own.
    #[must_use]
    pub fn secured(mut self, listener: TcpListener, tls: TlsAcceptor) -> Self {
        self.secured = Some((listener, tls));
        self
    }

    /// The address that encoders reach.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The server's counters.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Where wrong keys are remembered, for other servers to share.
    pub fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.gate)
    }

    /// Serves until `stop`, then says goodbye to everybody and returns.
    pub async fn run(self, stop: CancellationToken) {
        let shared = Arc::new(Shared {
            authority: self.authority,
            channels: self.channels,
            gate: self.gate,
            publishers: Semaphore::new(self.limits.publishers_max),
            limits: self.limits,
            counters: self.counters,
            stop: stop.clone(),
        });
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = connections.join_next() => note(&shared.counters, ended),
                accepted = accept(&self.listener, self.secured.as_ref()) => match accepted {
                    Ok(arrived) => begin(&mut connections, arrived, &shared),
                    Err(error) => pause(&error, &stop).await,
                },
            }
        }
        drop((self.listener, self.secured));
        let goodbyes = async {
            while let Some(ended) = connections.join_next().await {
                note(&shared.counters, ended);
            }
        };
        if tokio::time::timeout(shared.limits.drain, goodbyes)
            .await
            .is_err()
        {
            tracing::warn!(
                left = connections.len(),
                "some encoders did not hang up in time and were cut off"
            );
        }
    }
}

/// A connection that was accepted.
struct Arrived {
    io: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
}

async fn accept(
    plain: &TcpListener,
    secured: Option<&(TcpListener, TlsAcceptor)>,
) -> std::io::Result<Arrived> {
    let over_tls = async {
        match secured {
            Some((listener, tls)) => (listener.accept().await, tls),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        accepted = plain.accept() => accepted.map(|(io, peer)| Arrived { io, peer, tls: None }),
        (accepted, tls) = over_tls => {
            accepted.map(|(io, peer)| Arrived { io, peer, tls: Some(tls.clone()) })
        }
    }
}

fn begin(connections: &mut JoinSet<()>, arrived: Arrived, shared: &Arc<Shared>) {
    let Arrived { io, peer, tls } = arrived;
    shared.counters.connections.add(1);
    // Replies are small and awaited: they must not wait to be filled up. Failing that, they are only later.
    let _slower = io.set_nodelay(true);
    // The place is taken here, in the order of arrival, not when the task first runs.
    let place = shared.gate.enter(peer.ip());
    // Every line about one connection can be found by this, in the log and across it.
    let trace_id = kernel::id::fresh("rtmp");
    let span = tracing::info_span!("rtmp", trace_id, %peer);
    let shared = Arc::clone(shared);
    let local = io.local_addr().ok();
    let by = move |protocol| Caller {
        local,
        peer,
        protocol,
    };
    let served = async move {
        let Some(tls) = tls else {
            return connection::serve(io, by("rtmp"), place, shared).await;
        };
        match handshake(&tls, io, &place, &shared).await {
            Ok(io) => connection::serve(io, by("rtmps"), place, shared).await,
            Err(ending) => shared.counters.end(ending),
        }
    };
    connections.spawn(served.instrument(span));
}

/// TLS before RTMP, within the same time.
async fn handshake(
    tls: &TlsAcceptor,
    io: TcpStream,
    place: &Place,
    shared: &Shared,
) -> Result<TlsStream<TcpStream>, Ending> {
    let _half_open = Raised::new(&shared.counters.half_open);
    tokio::select! {
        biased;
        () = shared.stop.cancelled() => Err(Ending::Shutdown),
        () = place.displaced() => Err(Ending::Crowded),
        shaken = tokio::time::timeout(shared.limits.handshake, tls.accept(io)) => match shaken {
            Ok(Ok(io)) => Ok(io),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a connection did not get through TLS: {error}");
                Err(Ending::NotRtmp)
            }
            Err(_elapsed) => Err(Ending::TooSlow),
        },
    }
}

/// A connection's task ended. A panic in it is a fault of ours that costs one encoder, not the server.
fn note(counters: &Counters, ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        counters.end(Ending::Panicked);
        tracing::error!(%error, "an RTMP connection ended by a fault of the server");
    }
}

async fn pause(error: &std::io::Error, stop: &CancellationToken) {
    tracing::warn!(%error, "no RTMP connection can be accepted for the moment");
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(ACCEPT_PAUSE) => {}
    }
}
