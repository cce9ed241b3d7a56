//! What the lean media listener promises for any bytes at all. The fuzzer searches for bytes that break a promise; an
//! ordinary test of media-deliver replays those it found so far (fuzz/corpus).

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use kernel::Clock;
use media_core::{ChannelName, Channels, Settings};
use media_deliver::lean::Server;
use media_deliver::lean::message::Reader;
use media_deliver::{Responder, Verdict, limits};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a stranger sends; the first byte says in how large pieces it arrives.
pub(crate) fn http_request(bytes: &[u8]) {
    let Some((&step, bytes)) = bytes.split_first() else {
        return;
    };
    let step = 1 + usize::from(step) * 8;
    assert_eq!(requests(bytes, step), requests(bytes, limits::READ_BYTES));
    converse(bytes, step);
}

/// The requests in the bytes, however they arrive.
fn requests(bytes: &[u8], step: usize) -> Vec<String> {
    let mut reader = Reader::default();
    let mut found = Vec::new();
    for piece in bytes.chunks(step) {
        let mut arrived = piece;
        loop {
            match reader.take(arrived, |head| format!("{head:?}")) {
                Ok(Some(request)) => found.push(request),
                Ok(None) => break,
                Err(_) => return found,
            }
            assert!(reader.kept() <= limits::HEAD_BYTES_MAX + limits::READ_BYTES);
            arrived = &[];
        }
    }
    found
}

/// A connection is over when the stranger is, unless a request is held; and says nothing but whole answers.
fn converse(bytes: &[u8], step: usize) {
    let channels = Channels::new(Settings::default(), Clock::system(), None);
    if let Ok(name) = ChannelName::parse("days/a") {
        drop(channels.status(&name));
    }
    let gate = |_: &str, token: Option<&str>| match token {
        None => Verdict::Allowed,
        Some(_) => Verdict::Denied,
    };
    let responder = Responder::new(channels, gate);
    let metrics = responder.metrics();
    let server = Server::new(responder, Clock::system());
    let mut said = Vec::new();
    let stranger = Stranger {
        bytes,
        step,
        said: &mut said,
    };
    {
        let mut served = pin!(server.serve(stranger));
        let ended = served
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(ended.is_ready() || metrics.held.get() == 1);
    }
    assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 "));
}

struct Stranger<'a> {
    bytes: &'a [u8],
    step: usize,
    said: &'a mut Vec<u8>,
}

impl AsyncRead for Stranger<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let count = self.bytes.len().min(self.step).min(into.remaining());
        let (piece, rest) = self.bytes.split_at(count);
        into.put_slice(piece);
        self.bytes = rest;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stranger<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.said.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
