//! One connection: a request, its answer, the next one.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Buf;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::message::{self, Head, Reader};
use super::patience::{Wait, Waits};
use crate::answer::Answer;
use crate::body::Body;
use crate::limits;
use crate::metrics::Kind;
use crate::respond::{Asked, Next, Responder, Verb, Waiting};

thread_local! {
    /// Where bytes arrive before they become a request: one buffer for all connections of a thread.
    static ARRIVALS: RefCell<Box<[u8]>> = RefCell::new(vec![0; limits::READ_BYTES].into());
}

/// What all connections of a listener share.
pub(crate) struct Hall {
    pub(crate) responder: Responder,
    pub(crate) waits: Waits,
    /// The `Date` of answers, written once for many of them.
    pub(crate) date: ArcSwap<Vec<u8>>,
}

/// One connection.
pub(crate) struct Connection<I> {
    io: I,
    reader: Reader,
    wait: Arc<Wait>,
    hall: Arc<Hall>,
    /// Its place among the most connections.
    _slot: Option<OwnedSemaphorePermit>,
}

/// An answer, ready to be sent.
struct Out {
    head: Vec<u8>,
    body: Body,
    is_last: bool,
}

/// A request that is held, and what its answer depends on.
struct Holding {
    waiting: Waiting,
    kind: Kind,
    verb: Verb,
    is_last: bool,
}

/// What a connection brought.
enum Heard {
    /// A request that is answered at once, or something that is none.
    Answer(Out),
    Hold(Holding),
    /// Not enough for a request.
    Little,
    /// Nothing will come any more.
    Over,
}

impl<I: AsyncRead + AsyncWrite + Unpin> Connection<I> {
    pub(crate) fn new(io: I, hall: Arc<Hall>, slot: Option<OwnedSemaphorePermit>) -> Self {
        Self {
            io,
            reader: Reader::default(),
            wait: hall.waits.open(),
            hall,
            _slot: slot,
        }
    }

    /// Answers request after request until one of both sides ends it.
    pub(crate) async fn converse(mut self) -> io::Result<()> {
        let mut patience = limits::HEAD_TIME;
        loop {
            let out = match self.request(patience).await? {
                Heard::Answer(out) => out,
                Heard::Hold(holding) => match self.held(holding).await {
                    Some(out) => out,
                    None => return Ok(()),
                },
                Heard::Little | Heard::Over => return Ok(()),
            };
            let is_last = out.is_last;
            self.send(out).await?;
            if is_last {
                return self.hang_up().await;
            }
            patience = limits::IDLE_TIME;
        }
    }

    /// The next request. The first of its bytes must come within `patience`.
    async fn request(&mut self, patience: Duration) -> io::Result<Heard> {
        let Self {
            io,
            reader,
            wait,
            hall,
            ..
        } = self;
        let mut has_begun = reader.has_begun();
        let patience = if has_begun {
            // Perhaps it came together with the one before.
            match take(reader, hall, wait, &[]) {
                Heard::Little => limits::HEAD_TIME,
                heard => return Ok(heard),
            }
        } else {
            patience
        };
        let mut due = Instant::now() + patience;
        loop {
            let mut hears = poll_fn(|cx| {
                if wait.is_closing() && !reader.has_begun() {
                    return Poll::Ready(Ok(Heard::Over));
                }
                poll_arrivals(io, cx, |arrived| match arrived {
                    [] => Heard::Over,
                    arrived => take(reader, hall, wait, arrived),
                })
            });
            match wait.until(due, Pin::new(&mut hears)).await {
                None => return Ok(Heard::Over),
                Some(Ok(Heard::Little)) => {}
                Some(heard) => return heard,
            }
            if !has_begun {
                // However it trickles in: this much time for all of it.
                (has_begun, due) = (true, Instant::now() + limits::HEAD_TIME);
            }
        }
    }

    /// The answer to a held request; none if the client hangs up before.
    async fn held(&mut self, holding: Holding) -> Option<Out> {
        let Self {
            io,
            reader,
            wait,
            hall,
            ..
        } = self;
        let mut comes = pin!(hall.responder.comes(&holding.waiting));
        let mut listens = true;
        let mut outcome = poll_fn(|cx| {
            if let Poll::Ready(answer) = comes.as_mut().poll(cx) {
                return Poll::Ready(Some(answer));
            }
            while listens {
                match poll_arrivals(io, cx, |arrived| {
                    reader.keep(arrived);
                    arrived.len()
                }) {
                    Poll::Pending => break,
                    // The next request came early. What follows it waits in the system's buffer.
                    Poll::Ready(Ok(1..)) => listens = false,
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(None),
                }
            }
            Poll::Pending
        });
        let in_time = wait.within(hall.responder.hold(), Pin::new(&mut outcome));
        let answer = match in_time.await {
            Some(answer) => answer?,
            None => hall.responder.expired(),
        };
        let is_last = holding.is_last || wait.is_closing();
        Some(out(hall, holding.kind, answer, holding.verb, is_last))
    }

    async fn send(&mut self, out: Out) -> io::Result<()> {
        let Self { io, wait, .. } = self;
        let time = limits::send_time(out.body.remaining_bytes());
        let mut bytes = out.head.as_slice().chain(out.body);
        let mut sent = pin!(async {
            io.write_all_buf(&mut bytes).await?;
            // Does something under TLS only, where the last record may still be on its way.
            io.flush().await
        });
        let sent = wait.within(time, sent.as_mut()).await;
        sent.unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Ends the connection so that the last answer arrives: closing while bytes of the client are unread would
    /// make its system throw the answer away (RFC 9112 §9.6).
    async fn hang_up(&mut self) -> io::Result<()> {
        let Self { io, wait, .. } = self;
        let mut left = limits::LEFTOVER_BYTES_MAX;
        let mut farewell = pin!(async {
            io.shutdown().await?;
            while left > 0 {
                let count = poll_fn(|cx| poll_arrivals(io, cx, <[u8]>::len)).await?;
                if count == 0 {
                    break;
                }
                left = left.saturating_sub(count);
            }
            Ok(())
        });
        let over = wait.within(limits::FAREWELL_TIME, farewell.as_mut());
        over.await.unwrap_or(Ok(()))
    }
}

/// Makes a request of what arrived, if it is one, and sees what is to be done with it.
fn take(reader: &mut Reader, hall: &Hall, wait: &Wait, arrived: &[u8]) -> Heard {
    let read = |head: Head<'_>| {
        let verb = head.verb;
        let is_last = head.is_last || wait.is_closing();
        let (kind, next) = hall.responder.read(Asked {
            verb,
            path: head.path,
            query: head.query,
            coding: head.coding,
        });
        match next {
            Next::Answer(answer) => Heard::Answer(out(hall, kind, answer, verb, is_last)),
            Next::Wait(waiting) => Heard::Hold(Holding {
                waiting,
                kind,
                verb,
                is_last,
            }),
        }
    };
    match reader.take(arrived, read) {
        Ok(Some(heard)) => heard,
        Ok(None) => Heard::Little,
        Err(refusal) => Heard::Answer(out(hall, Kind::Other, refusal.answer(), Verb::Get, true)),
    }
}

/// Counts an answer and writes its head.
fn out(hall: &Hall, kind: Kind, answer: Answer, verb: Verb, is_last: bool) -> Out {
    hall.responder.count(kind, &answer, verb);
    Out {
        head: message::head(&answer, &hall.date.load(), is_last),
        body: if verb == Verb::Head {
            Body::empty()
        } else {
            answer.body
        },
        is_last,
    }
}

/// Hands what arrives to `see`; nothing when the client hung up.
fn poll_arrivals<I: AsyncRead + Unpin, T>(
    io: &mut I,
    cx: &mut Context<'_>,
    see: impl FnOnce(&[u8]) -> T,
) -> Poll<io::Result<T>> {
    ARRIVALS.with_borrow_mut(|space| {
        let mut buffer = ReadBuf::new(space);
        ready!(Pin::new(io).poll_read(cx, &mut buffer))?;
        Poll::Ready(Ok(see(buffer.filled())))
    })
}
