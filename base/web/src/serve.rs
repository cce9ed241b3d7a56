//! The accept loop: our own over hyper, because the settings that keep a server alive on the day are here.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cx::Peer;
use crate::limits;

/// Bounds of one listener.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections at the same time; further ones wait in the backlog.
    pub connections_max: usize,
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

/// Serves HTTP/1.1 until `stop`, then drains: connections that wait in the backlog or were accepted but
/// are still silent are answered before anything is told to close.
pub async fn serve<F, R, B>(
    listener: TcpListener,
    service: F,
    bounds: Bounds,
    stop: CancellationToken,
) where
    F: Fn(Request<Incoming>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Response<B>> + Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: std::error::Error + Send + Sync,
{
    let connections = Connections {
        tasks: TaskTracker::new(),
        close: CancellationToken::new(),
    };
    let slots = Arc::new(Semaphore::new(bounds.connections_max));
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
        B::Error: std::error::Error + Send + Sync,
    {
        // A part must leave at once, not when the next one fills the packet.
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            let answer = service(request);
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits::HEADER_READ_TIMEOUT)
            .max_buf_size(limits::HEADER_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let close = self.close.clone();
        self.tasks.spawn(async move {
            tokio::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = close.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, %peer, "a connection ended early");
            }
            drop(slot);
        });
    }
}
