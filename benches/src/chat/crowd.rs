//! People with sockets: thousands who only read, and some who speak.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// The library's default of 128 KiB would cost more than a gigabyte.
const BUFFER_BYTES: usize = 2 * 1024;
const ARRIVING_AT_ONCE: usize = 64;
const HEAR: Duration = Duration::from_secs(30);
/// How a line of ours begins, so that it is found in any protocol's frames.
const MARK: &str = "bench-line ";
/// What centrifuge sends as a heartbeat, and wants back.
const HEARTBEAT: &str = "{}";

/// A websocket.
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    /// Connects, as whoever the cookie says.
    pub(crate) async fn open(
        address: SocketAddr,
        path: &str,
        cookie: Option<&str>,
    ) -> Result<Self> {
        let mut request = format!("ws://{address}{path}").into_client_request()?;
        let headers = request.headers_mut();
        headers.insert(
            "origin",
            HeaderValue::from_str(&format!("http://{address}"))?,
        );
        if let Some(cookie) = cookie {
            headers.insert("cookie", HeaderValue::from_str(cookie)?);
        }
        let io = TcpStream::connect(address).await?;
        io.set_nodelay(true)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(0);
        let (stream, _response) = client_async_with_config(request, io, Some(config))
            .await
            .context("no websocket")?;
        Ok(Self { stream })
    }

    /// Connects as nobody in particular, subscribes, and waits for the snapshot or the answer.
    async fn arrive(address: SocketAddr, path: &str, greetings: &[String]) -> Result<Self> {
        let mut socket = Self::open(address, path, None).await?;
        for greeting in greetings {
            socket.say(greeting).await?;
        }
        loop {
            let frame = socket.hear().await?;
            ensure!(
                !frame.contains("\"refused\"") && !frame.contains("\"error\""),
                "refused: {frame}"
            );
            if frame.contains("\"snapshot\"") || frame.contains("\"subscribe\"") {
                return Ok(socket);
            }
        }
    }

    /// Sends a text.
    pub(crate) async fn say(&mut self, text: &str) -> Result<()> {
        Ok(self.stream.send(Message::text(text)).await?)
    }

    /// The next text.
    pub(crate) async fn hear(&mut self) -> Result<Utf8Bytes> {
        timeout(HEAR, self.next()).await.context("silence")?
    }

    async fn next(&mut self) -> Result<Utf8Bytes> {
        loop {
            match self.stream.next().await.context("the server hung up")?? {
                Message::Text(text) if text.as_str() == HEARTBEAT => self.say(HEARTBEAT).await?,
                Message::Text(text) => return Ok(text),
                Message::Close(why) => bail!("the server closed: {why:?}"),
                _ => {}
            }
        }
    }

    /// Waits for the result of a command.
    pub(super) async fn is_answered(&mut self) -> Result<()> {
        loop {
            let frame = self.hear().await?;
            if frame.contains("\"type\":\"result\"") {
                ensure!(frame.contains("\"ok\":true"), "a line was refused: {frame}");
                return Ok(());
            }
        }
    }
}

/// Everybody who reads.
pub(super) struct Crowd {
    began: Instant,
    /// Milliseconds from sender to reader, of all lines and readers.
    delays_ms: RefCell<Vec<f32>>,
    /// What each reader saw: how many lines, and their order.
    readers: RefCell<Vec<Reader>>,
}

#[derive(Clone, Copy, Default)]
struct Reader {
    lines: usize,
    order: u64,
    has_failed: bool,
}

impl Default for Crowd {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            delays_ms: RefCell::default(),
            readers: RefCell::default(),
        }
    }
}

impl Crowd {
    /// Connects so many readers, who read until the local set ends.
    pub(super) async fn gather(
        self: &Rc<Self>,
        readers: usize,
        address: SocketAddr,
        path: &str,
        greetings: &[String],
    ) -> Result<()> {
        // Some at a time: the baseline also takes its time to gather what it answers to one who comes in.
        let mut coming = futures_util::stream::iter(0..readers)
            .map(|_| Socket::arrive(address, path, greetings))
            .buffer_unordered(ARRIVING_AT_ONCE);
        while let Some(socket) = coming.next().await {
            let reader = self.readers.borrow().len();
            self.readers.borrow_mut().push(Reader::default());
            tokio::task::spawn_local(Rc::clone(self).read(reader, socket?));
        }
        Ok(())
    }

    async fn read(self: Rc<Self>, reader: usize, mut socket: Socket) {
        while let Ok(frame) = socket.next().await {
            self.note(reader, &frame);
        }
        self.readers.borrow_mut()[reader].has_failed = true;
    }

    /// A line's text: its number and when it was sent.
    pub(super) fn line(&self, number: usize) -> String {
        format!(
            "{MARK}{number} {} and what people say at a conference",
            self.began.elapsed().as_micros()
        )
    }

    fn note(&self, reader: usize, frame: &str) {
        let mut readers = self.readers.borrow_mut();
        let mut delays = self.delays_ms.borrow_mut();
        let seen = &mut readers[reader];
        for line in frame.split(MARK).skip(1) {
            let mut words = line.split(' ');
            let number: Option<u64> = words.next().and_then(|word| word.parse().ok());
            let sent: Option<u64> = words.next().and_then(|word| word.parse().ok());
            let (Some(number), Some(sent)) = (number, sent) else {
                continue;
            };
            let delay = self
                .began
                .elapsed()
                .saturating_sub(Duration::from_micros(sent));
            delays.push(delay.as_secs_f32() * 1000.0);
            let mut order = DefaultHasher::new();
            (seen.order, number).hash(&mut order);
            seen.order = order.finish();
            seen.lines += 1;
        }
    }

    /// All delays.
    pub(super) fn delays_ms(&self) -> Vec<f64> {
        self.delays_ms
            .borrow()
            .iter()
            .map(|delay| f64::from(*delay))
            .collect()
    }

    /// Lines × readers who saw all `sent` lines in the order of the first reader; others count what they saw at most.
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    pub(super) fn in_order(&self, sent: usize) -> f64 {
        let readers = self.readers.borrow();
        let order = readers.first().map(|first| first.order);
        let good = |reader: &Reader| match reader {
            Reader {
                has_failed: true, ..
            } => 0,
            reader if reader.lines == sent && Some(reader.order) == order => sent,
            reader if reader.lines < sent => reader.lines,
            _ => 0,
        };
        readers.iter().map(|reader| good(reader) as f64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd(readers: usize) -> Crowd {
        let crowd = Crowd::default();
        crowd
            .readers
            .borrow_mut()
            .resize(readers, Reader::default());
        crowd
    }

    #[test]
    fn who_saw_less_or_another_order_is_told_apart() {
        let crowd = crowd(3);
        let (one, two) = (crowd.line(1), crowd.line(2));
        crowd.note(0, &format!("[{one}|{two}]"));
        crowd.note(1, &one);
        crowd.note(2, &format!("{two}{one}"));
        assert!(
            (crowd.in_order(2) - 3.0).abs() < 1e-9,
            "{}",
            crowd.in_order(2)
        );
        assert_eq!(crowd.delays_ms().len(), 5);
    }
}
