//! The load generator: HTTP/1.1 over keep-alive connections, one task each.
//!
//! It is ours, and small, because it shares the machine with what it measures: an answer costs it one read, and its body
//! is handed out as a slice of the connection's buffer. It reads lengths and chunks, nothing else of HTTP.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// Longer than any server may take, also one under load.
const ANSWER: Duration = Duration::from_secs(30);
const BUFFER_BYTES: usize = 4 * 1024;

/// One connection.
pub(crate) struct Connection {
    address: SocketAddr,
    io: TcpStream,
    buffer: BytesMut,
    /// A chunked body, put together.
    body: Vec<u8>,
    is_closing: bool,
}

/// An answer, until the next question.
pub(crate) struct Answer<'a> {
    /// The status code.
    pub(crate) status: u16,
    /// The head, as text.
    pub(crate) head: &'a str,
    /// The body, as it came (still compressed, if it was).
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }
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
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let io = TcpStream::connect(address)
            .await
            .with_context(|| format!("connect to {address}"))?;
        io.set_nodelay(true)?;
        Ok(Self {
            address,
            io,
            buffer: BytesMut::with_capacity(BUFFER_BYTES),
            body: Vec::new(),
            is_closing: false,
        })
    }

    /// Sends a request and reads its answer. A server that hung up after the last answer is dialled again.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        if self.is_closing {
            let fresh = Self::open(self.address).await?;
            *self = fresh;
        }
        self.io.write_all(request).await?;
        timeout(ANSWER, self.answer()).await.context("no answer")?
    }

    async fn answer(&mut self) -> Result<Answer<'_>> {
        self.buffer.clear();
        let head = loop {
            if let Some(head) = read_head(&self.buffer)? {
                break head;
            }
            self.read().await?;
        };
        self.is_closing = head.is_last;
        let body_end = match head.body {
            Body::Length(length) => {
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
                while self.io.read_buf(&mut self.buffer).await? > 0 {}
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
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// A GET request as a browser sends it, with further header lines (each ending in CRLF).
pub(crate) fn get(address: SocketAddr, path: &str, more: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) benches\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en\r\n{more}\r\n"
    )
    .into_bytes()
}

/// What hammering at one address gave.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hammered {
    /// Answers with status 200.
    pub(crate) answers: u32,
    /// Everything else.
    pub(crate) failures: u32,
    /// Bytes of the last body.
    pub(crate) body_bytes: usize,
}

/// Sends the same request over several connections, one after the other on each, for a while.
pub(crate) async fn hammer(
    address: SocketAddr,
    request: &[u8],
    connections: usize,
    during: Duration,
) -> Result<Hammered> {
    let end = Instant::now() + during;
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        tasks.spawn(one(address, request.to_vec(), end));
    }
    let mut all = Hammered::default();
    while let Some(one) = tasks.join_next().await {
        let one = one??;
        all.answers += one.answers;
        all.failures += one.failures;
        all.body_bytes = one.body_bytes.max(all.body_bytes);
    }
    Ok(all)
}

async fn one(address: SocketAddr, request: Vec<u8>, end: Instant) -> Result<Hammered> {
    let mut connection = Connection::open(address).await?;
    let mut seen = Hammered::default();
    while Instant::now() < end {
        let answer = connection.ask(&request).await?;
        if answer.status == 200 {
            seen.answers += 1;
            seen.body_bytes = answer.body.len();
        } else {
            seen.failures += 1;
        }
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
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
                    for piece in bytes.chunks(7) {
                        io.write_all(piece).await.unwrap();
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
    async fn hammering_counts_answers_and_failures() {
        let (address, _tasks) =
            server(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
        let seen = hammer(
            address,
            &get(address, "/", ""),
            2,
            Duration::from_millis(30),
        )
        .await
        .unwrap();
        assert_eq!(seen.answers, 0);
        assert!(seen.failures > 0);
    }
}
