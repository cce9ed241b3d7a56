//! Bodies that share the channel's bytes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

/// A response's body: nothing, one piece, or the parts of a segment one after another.
#[derive(Debug, Default)]
pub struct Body {
    first: Bytes,
    rest: VecDeque<Bytes>,
}

impl Body {
    /// No body.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Pieces one after another, none copied.
    pub fn pieces(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        let mut rest: VecDeque<Bytes> = pieces
            .into_iter()
            .filter(|piece| !piece.is_empty())
            .collect();
        Self {
            first: rest.pop_front().unwrap_or_default(),
            rest,
        }
    }

    /// How many bytes are left.
    pub fn remaining(&self) -> u64 {
        let bytes = self.first.len() + self.rest.iter().map(Bytes::len).sum::<usize>();
        bytes as u64
    }
}

impl From<Bytes> for Body {
    fn from(first: Bytes) -> Self {
        Self {
            first,
            rest: VecDeque::new(),
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.rest.pop_front().unwrap_or_default();
        let piece = std::mem::replace(&mut self.first, next);
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining())
    }
}
