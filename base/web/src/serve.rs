//! The accept loop: our own over hyper, because the settings that keep a server alive on the day are here.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cx::Peer;
use crate::limits;
use crate::tls::Tls;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Bounds of one listener.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Connections at the same time, shared with whoever shares the process's files; further ones wait in the
    /// backlog.
    pub connections: Arc<Semaphore>,
    /// How long a drain may take before what is left is cut off.
    pub drain: Duration,
}

/// Binds with a backlog that takes an opening storm.
pub fn bind(addr: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if addr.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // A restarted server gets its port although old connections linger in TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(limits::BACKLOG)
}

/// Serves until `stop`, then drains: connections that wait in the backlog or were accepted but are still
/// silent are answered before anything is told to close.
///
/// HTTP/1.1 in the clear; with `tls` HTTP/2 or HTTP/1.1, whichever the client prefers.
pub async fn serve<F, R, B>(
    listener: TcpListener,
    tls: Option<Tls>,
    service: F,
    bounds: Bounds,
    stop: CancellationToken,
) where
    F: Fn(Request<Incoming>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Response<B>> + Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let connections = Connections {
        tasks: TaskTracker::new(),
        close: CancellationToken::new(),
        tls: tls.map(|tls| tls.acceptor()),
    };
    let slots = bounds.connections;
    let mut last_call = None;
    loop {
        let deadline = async {
            match last_call {
                Some(at) => tokio::time::sleep_until(at).await,
                None => {
                    stop.cancelled().await;
                }
            }
        };
        let slot = slots.clone();
        let accepted = async {
            let slot = slot.acquire_owned().await;
            (listener.accept().await, slot)
        };
        tokio::select! {
            () = deadline => match last_call {
                Some(_) => break,
                // The first moment of the drain: go on accepting for the grace period.
                None => last_call = Some(tokio::time::Instant::now() + limits::DRAIN_GRACE),
            },
            (accepted, slot) = accepted => match accepted {
                Ok((stream, peer)) => connections.serve(stream, peer, service.clone(), slot.ok()),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(limits::ACCEPT_BACKOFF).await;
                }
            },
        }
    }
    drop(listener);
    connections.close.cancel();
    connections.tasks.close();
    if tokio::time::timeout(bounds.drain, connections.tasks.wait())
        .await
        .is_err()
    {
        tracing::warn!("connections were still busy at the end of the drain and are cut off");
    }
}

/// The open connections of one listener.
struct Connections {
    tasks: TaskTracker,
    /// Tells every connection to finish what it answers and then end.
    close: CancellationToken,
    tls: Option<TlsAcceptor>,
}

impl Connections {
    fn serve<F, R, B>(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        service: F,
        slot: Option<OwnedSemaphorePermit>,
    ) where
        F: Fn(Request<Incoming>) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Response<B>> + Send + 'static,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // A part must leave at once, not when the next one fills the packet.
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            let answer = service(request);
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let close = self.close.clone();
        let tls = self.tls.clone();
        self.tasks.spawn(async move {
            let ended = match tls {
                None => plain(stream, service, close).await,
                Some(tls) => encrypted(tls, stream, service, close).await,
            };
            if let Err(error) = ended {
                tracing::debug!(error, %peer, "a connection ended early");
            }
            drop(slot);
        });
    }
}

/// HTTP/1.1 without the automatic choice of a version, which would cost every connection a buffer.
async fn plain<S, B>(
    stream: TcpStream,
    service: S,
    close: CancellationToken,
) -> Result<(), BoxError>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEADER_READ_TIMEOUT)
        .max_buf_size(limits::HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => ended?,
        () = close.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await?;
        }
    }
    Ok(())
}

async fn encrypted<S, B>(
    tls: TlsAcceptor,
    stream: TcpStream,
    service: S,
    close: CancellationToken,
) -> Result<(), BoxError>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let handshake = tokio::time::timeout(limits::HANDSHAKE_TIMEOUT, tls.accept(stream));
    let stream = handshake.await??;
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEADER_READ_TIMEOUT)
        .max_buf_size(limits::HEADER_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::H2_STREAMS_MAX)
        .max_send_buf_size(limits::H2_SEND_BYTES_MAX)
        // No extended CONNECT: browsers open an HTTP/1.1 connection for a websocket then.
        .keep_alive_interval(limits::H2_KEEP_ALIVE);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => ended,
        () = close.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    }
}
