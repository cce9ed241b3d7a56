//! HTTP/1.1 over keep-alive connections, as little of it as load needs.
//!
//! An answer costs one read, and its body is handed out as a slice of the connection's buffer. It reads lengths and
//! chunks, nothing else of HTTP.

use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Poll, ready};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::limits;
use crate::origin::Origin;

const BUFFER_BYTES: usize = 4 * 1024;
/// Read at once of a body that is only counted.
const SKIM_BYTES: usize = 256 * 1024;

thread_local! {
    /// Where counted bodies go: one room for all connections of a thread.
    static SKIMMED: RefCell<Box<[u8]>> = RefCell::new(vec![0; SKIM_BYTES].into());
}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<I: AsyncRead + AsyncWrite + Send + Unpin> Wire for I {}

/// One connection.
pub struct Connection {
    origin: Origin,
    io: Box<dyn Wire>,
    buffer: BytesMut,
    /// A chunked body, put together.
    body: Vec<u8>,
    is_closing: bool,
}

/// An answer, until the next question.
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The head, as text.
    pub head: &'a str,
    /// The body, as it came (still compressed, if it was).
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }
}

/// An answer whose body was only counted.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// The status code.
    pub status: u16,
    /// The length of the body.
    pub bytes: usize,
}

/// What an answer's head says about its body.
struct Head {
    end: usize,
    status: u16,
    body: Body,
    is_last: bool,
}

enum Body {
    Length(usize),
    Chunks,
    UntilClose,
}

impl Connection {
    /// Connects.
    pub async fn open(origin: impl Into<Origin>) -> Result<Self> {
        let origin = origin.into();
        let dialled = timeout(limits::CONNECT_TIME, Self::dial(&origin)).await;
        let io = dialled
            .context("no answer")
            .and_then(|io| io)
            .with_context(|| format!("cannot connect to {origin:?}"))?;
        Ok(Self {
            origin,
            io,
            buffer: BytesMut::new(),
            body: Vec::new(),
            is_closing: false,
        })
    }

    async fn dial(origin: &Origin) -> Result<Box<dyn Wire>> {
        let io = TcpStream::connect(origin.address).await?;
        io.set_nodelay(true)?;
        Ok(match &origin.tls {
            None => Box::new(io),
            Some((tls, name)) => Box::new(tls.connect(name.clone(), io).await?),
        })
    }

    /// Sends a request and reads its answer. A server that hung up after the last answer is dialled again.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.send(request).await?;
        timeout(limits::ANSWER_TIME, self.answer())
            .await
            .context("no answer")?
    }

    /// The same for an answer whose body need only be counted.
    pub async fn count(&mut self, request: &[u8]) -> Result<Counted> {
        self.send(request).await?;
        timeout(limits::ANSWER_TIME, self.counted())
            .await
            .context("no answer")?
    }

    async fn send(&mut self, request: &[u8]) -> Result<()> {
        if self.is_closing {
            *self = Self::open(self.origin.clone()).await?;
        }
        self.io.write_all(request).await?;
        self.io.flush().await?;
        Ok(())
    }

    async fn counted(&mut self) -> Result<Counted> {
        let head = self.head().await?;
        let Body::Length(length) = head.body else {
            let answer = self.rest(head).await?;
            return Ok(Counted {
                status: answer.status,
                bytes: answer.body.len(),
            });
        };
        let mut left = length.saturating_sub(self.buffer.len() - head.end);
        while left > 0 {
            let count = poll_fn(|cx| {
                SKIMMED.with_borrow_mut(|space| {
                    let most = space.len().min(left);
                    let mut room = ReadBuf::new(&mut space[..most]);
                    ready!(Pin::new(&mut self.io).poll_read(cx, &mut room))?;
                    Poll::Ready(std::io::Result::Ok(room.filled().len()))
                })
            });
            let count = count.await?;
            ensure!(count > 0, "the server hung up");
            left -= count;
        }
        Ok(Counted {
            status: head.status,
            bytes: length,
        })
    }

    async fn head(&mut self) -> Result<Head> {
        self.buffer.clear();
        self.buffer.reserve(BUFFER_BYTES);
        loop {
            if let Some(head) = read_head(&self.buffer)? {
                self.is_closing = head.is_last;
                return Ok(head);
            }
            ensure!(
                self.buffer.len() < limits::HEAD_BYTES_MAX,
                "a head without an end"
            );
            self.read().await?;
        }
    }

    async fn answer(&mut self) -> Result<Answer<'_>> {
        let head = self.head().await?;
        self.rest(head).await
    }

    async fn rest(&mut self, head: Head) -> Result<Answer<'_>> {
        let body_end = match head.body {
            Body::Length(length) => {
                ensure!(length <= limits::BODY_BYTES_MAX, "a body of {length} bytes");
                while self.buffer.len() < head.end + length {
                    self.read().await?;
                }
                head.end + length
            }
            Body::Chunks => {
                self.chunks(head.end).await?;
                head.end
            }
            Body::UntilClose => {
                self.is_closing = true;
                while self.io.read_buf(&mut self.buffer).await? > 0 {
                    ensure!(
                        self.buffer.len() <= limits::BODY_BYTES_MAX,
                        "a body without an end"
                    );
                }
                self.buffer.len()
            }
        };
        let body = match head.body {
            Body::Chunks => self.body.as_slice(),
            _ => &self.buffer[head.end..body_end],
        };
        let head_text = std::str::from_utf8(&self.buffer[..head.end])?;
        Ok(Answer {
            status: head.status,
            head: head_text,
            body,
        })
    }

    /// Puts a chunked body together, which begins at `at`.
    async fn chunks(&mut self, mut at: usize) -> Result<()> {
        self.body.clear();
        loop {
            let line_end = loop {
                if let Some(length) = find(&self.buffer[at..], b"\r\n") {
                    break at + length;
                }
                self.read().await?;
            };
            let size = std::str::from_utf8(&self.buffer[at..line_end])?;
            let size =
                usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)?;
            let so_far = self.body.len().saturating_add(size);
            ensure!(so_far <= limits::BODY_BYTES_MAX, "a body without an end");
            let end = line_end + 2 + size;
            while self.buffer.len() < end + 2 {
                self.read().await?;
            }
            if size == 0 {
                return Ok(());
            }
            self.body.extend_from_slice(&self.buffer[line_end + 2..end]);
            at = end + 2;
        }
    }

    async fn read(&mut self) -> Result<()> {
        if self.io.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server hung up");
        }
        Ok(())
    }
}

fn read_head(buffer: &[u8]) -> Result<Option<Head>> {
    let Some(end) = find(buffer, b"\r\n\r\n") else {
        return Ok(None);
    };
    let end = end + 4;
    let text = std::str::from_utf8(&buffer[..end])?;
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .context("no status line")?;
    let is_chunked =
        header(text, "transfer-encoding").is_some_and(|how| how.eq_ignore_ascii_case("chunked"));
    let length = header(text, "content-length").and_then(|length| length.parse().ok());
    let body = match length {
        _ if status == 204 || status == 304 => Body::Length(0),
        _ if is_chunked => Body::Chunks,
        Some(length) => Body::Length(length),
        None => Body::UntilClose,
    };
    let is_last = header(text, "connection").is_some_and(|how| how.eq_ignore_ascii_case("close"));
    Ok(Some(Head {
        end,
        status,
        body,
        is_last,
    }))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Where `needle` begins.
pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// A GET request as a browser sends it, with further header lines (each ending in CRLF).
pub fn get(host: impl fmt::Display, path: &str, more: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) matsuri-load\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en\r\n{more}\r\n"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::task::JoinSet;

    use super::*;

    /// Answers every connection with the same bytes, then hangs up.
    async fn server(bytes: &'static [u8]) -> (SocketAddr, JoinSet<()>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((mut io, _)) = listener.accept().await {
                let mut request = [0; 1024];
                while io.read(&mut request).await.unwrap_or(0) > 0 {
                    for piece in bytes.chunks(bytes.len().div_ceil(16).max(7)) {
                        if io.write_all(piece).await.is_err() {
                            break;
                        }
                    }
                }
            }
        });
        (address, tasks)
    }

    #[tokio::test]
    async fn bodies_with_a_length_and_in_chunks_are_read() {
        let wires: [&'static [u8]; 2] = [
            b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6;x=y\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n",
        ];
        for wire in wires {
            let (address, _tasks) = server(wire).await;
            let mut connection = Connection::open(address).await.unwrap();
            for _ in 0..2 {
                let answer = connection.ask(&get(address, "/", "")).await.unwrap();
                assert_eq!(
                    (answer.status, answer.body),
                    (200, b"hello world".as_slice())
                );
            }
        }
    }

    #[tokio::test]
    async fn a_counted_body_leaves_the_connection_in_step() {
        let wire = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world";
        let (address, _tasks) = server(wire).await;
        let mut connection = Connection::open(address).await.unwrap();
        for _ in 0..3 {
            let counted = connection.count(&get(address, "/", "")).await.unwrap();
            assert_eq!((counted.status, counted.bytes), (200, 11));
            let answer = connection.ask(&get(address, "/", "")).await.unwrap();
            assert_eq!(answer.body, b"hello world");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_come_is_not_waited_for() {
        let (address, _tasks) = server(b"").await;
        let mut connection = Connection::open(address).await.unwrap();
        let began = tokio::time::Instant::now();
        let answer = connection.ask(&get(address, "/", "")).await;
        assert!(answer.is_err_and(|error| error.to_string() == "no answer"));
        assert_eq!(began.elapsed(), limits::ANSWER_TIME);
    }

    #[tokio::test]
    async fn a_head_without_an_end_is_refused() {
        static ENDLESS: [u8; limits::HEAD_BYTES_MAX + 1] = [b'x'; limits::HEAD_BYTES_MAX + 1];
        let (address, _tasks) = server(&ENDLESS).await;
        let mut connection = Connection::open(address).await.unwrap();
        let answer = connection.ask(&get(address, "/", "")).await;
        assert!(answer.is_err_and(|error| error.to_string().contains("without an end")));
    }

    #[tokio::test]
    async fn what_would_fill_the_memory_is_refused() {
        let long: &'static [u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";
        let chunk: &'static [u8] =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n";
        for wire in [long, chunk] {
            let (address, _tasks) = server(wire).await;
            let mut connection = Connection::open(address).await.unwrap();
            assert!(connection.ask(&get(address, "/", "")).await.is_err());
        }
    }
}
