//! The listener: taking connections, bounded in number, and letting them go when the server ends.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use kernel::Clock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{Connection, Hall};
use super::patience::Waits;
use crate::limits;
use crate::respond::Responder;

/// Bounds of the listener.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Connections at the same time, shared with whoever shares the process's files; further ones wait in the
    /// backlog.
    pub connections: Arc<Semaphore>,
    /// How long connections may finish after the end was announced, before what is left is cut off.
    pub drain: Duration,
}

/// Serves media to any number of connections. Cloning shares it.
#[derive(Clone)]
pub struct Server {
    hall: Arc<Hall>,
    clock: Clock,
}

impl Server {
    /// Gives the answers of `responder`; answers are dated by `clock`.
    pub fn new(responder: Responder, clock: Clock) -> Self {
        let hall = Hall {
            responder,
            waits: Waits::new(),
            date: arc_swap::ArcSwap::from_pointee(date(&clock)),
        };
        Self {
            hall: Arc::new(hall),
            clock,
        }
    }

    /// Serves one connection to its end. Its deadlines are kept by [`Server::watch_over`].
    pub fn serve<I>(&self, io: I) -> impl Future<Output = io::Result<()>> + Send + use<I>
    where
        I: AsyncRead + AsyncWrite + Unpin + Send,
    {
        self.connection(io, None).converse()
    }

    /// Ends what waits too long, and keeps the date. Runs until dropped.
    pub async fn watch_over(&self) {
        let mut every = tokio::time::interval(limits::SWEEP_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            self.hall.date.store(Arc::new(date(&self.clock)));
            self.hall.waits.sweep();
        }
    }

    /// Serves `listener` until `stop`, then drains: connections that wait in the backlog are still answered for a
    /// moment, those that wait for a request end, and those that are being answered finish.
    pub async fn run(
        self,
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        bounds: Bounds,
        stop: CancellationToken,
    ) {
        let tasks = TaskTracker::new();
        let serving = async {
            self.take(&listener, &bounds.connections, &stop, |stream, slot| {
                // A part must leave at once, not when the next one fills the packet.
                let _ = stream.set_nodelay(true);
                // Apart, so that the common case does not carry the room that a handshake needs.
                match tls.clone() {
                    None => {
                        let connection = self.connection(stream, slot);
                        drop(tasks.spawn(connection.converse().map(ended)));
                    }
                    Some(tls) => {
                        drop(tasks.spawn(Self::encrypted(self.clone(), tls, stream, slot)));
                    }
                }
            })
            .await;
            self.hall.waits.close();
            tasks.close();
            if timeout(bounds.drain, tasks.wait()).await.is_err() {
                tracing::warn!(
                    "media connections were still busy at the end of the drain and are cut off"
                );
            }
        };
        tokio::select! {
            () = serving => {}
            () = self.watch_over() => {}
        }
    }

    fn connection<I>(&self, io: I, slot: Option<OwnedSemaphorePermit>) -> Connection<I>
    where
        I: AsyncRead + AsyncWrite + Unpin + Send,
    {
        Connection::new(io, Arc::clone(&self.hall), slot)
    }

    async fn encrypted(
        self,
        tls: TlsAcceptor,
        stream: TcpStream,
        slot: Option<OwnedSemaphorePermit>,
    ) {
        match timeout(limits::HANDSHAKE_TIME, tls.accept(stream)).await {
            Ok(Ok(stream)) => ended(self.connection(stream, slot).converse().await),
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    /// Takes connections until `stop` and for a moment longer.
    async fn take<L: Listener>(
        &self,
        listener: &L,
        slots: &Arc<Semaphore>,
        stop: &CancellationToken,
        mut begin: impl FnMut(L::Stream, Option<OwnedSemaphorePermit>),
    ) {
        let mut last_call = None;
        loop {
            let over = async {
                match last_call {
                    Some(at) => sleep_until(at).await,
                    None => stop.cancelled().await,
                }
            };
            let accepted = async {
                let slot = Arc::clone(slots).acquire_owned().await;
                (listener.accept().await, slot)
            };
            tokio::select! {
                () = over => match last_call {
                    Some(_) => return,
                    None => last_call = Some(Instant::now() + limits::DRAIN_GRACE),
                },
                (accepted, slot) = accepted => match accepted {
                    Ok(stream) => begin(stream, slot.ok()),
                    Err(error) => {
                        // Too many open files: trying again at once would only keep a processor busy.
                        tracing::warn!(%error, "a media connection could not be accepted");
                        sleep(limits::ACCEPT_BACKOFF).await;
                    }
                },
            }
        }
    }
}

fn ended(outcome: io::Result<()>) {
    if let Err(error) = outcome {
        tracing::debug!(%error, "a media connection ended early");
    }
}

/// Where connections come from.
trait Listener {
    type Stream;

    fn accept(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<TcpStream> {
        TcpListener::accept(self).await.map(|(stream, _)| stream)
    }
}

/// Now, as `Date` has it (RFC 9110 §5.6.7).
fn date(clock: &Clock) -> Vec<u8> {
    let now = clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT");
    now.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use media_core::{Channels, Settings};

    use super::*;
    use crate::gate::Verdict;

    fn server() -> Server {
        let channels = Channels::new(Settings::default(), Clock::system(), None);
        let open = |_: &str, _: Option<&str>| Verdict::Allowed;
        Server::new(Responder::new(channels, open), Clock::system())
    }

    /// A system without a free file for the first three connections.
    #[derive(Default)]
    struct Full(AtomicU32);

    impl Listener for Full {
        type Stream = u32;

        async fn accept(&self) -> io::Result<u32> {
            match self.0.fetch_add(1, Ordering::Relaxed) {
                0..3 => Err(io::Error::other("Too many open files")),
                3 => Ok(3),
                _ => std::future::pending().await,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_system_without_free_files_is_asked_again_after_a_pause() {
        let (server, stop) = (server(), CancellationToken::new());
        let slots = Arc::new(Semaphore::new(1));
        let began = Instant::now();
        let mut first = None;
        let listener = Full::default();
        server
            .take(&listener, &slots, &stop, |stream, _slot| {
                first = Some((stream, began.elapsed()));
                stop.cancel();
            })
            .await;
        assert_eq!(first, Some((3, limits::ACCEPT_BACKOFF * 3)));
        assert_eq!(
            began.elapsed(),
            limits::ACCEPT_BACKOFF * 3 + limits::DRAIN_GRACE
        );
    }

    #[test]
    fn the_date_is_written_as_http_wants_it() {
        let clock = Clock::held_at(kernel::clock::from_micros(784_111_777_000_000));
        assert_eq!(date(&clock), b"Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
