//! A server with keys, and a raw client that says whatever it is told to.

use std::collections::HashMap;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kernel::Clock;
use media_core::{ChannelName, Channels, Seat, Settings, State};
use media_ingest::clip::{Clip, Tag, TagKind};
use media_ingest::rtmp::amf0::{self, Value};
use media_ingest::rtmp::chunk::{self, Decoder, Encoder, Message, kind};
use media_ingest::rtmp::{
    Admission, Authority, Counters, Decision, Denied, Ending, Limits, Publisher, Server, StreamKey,
    handshake,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes, unless it hangs.
pub(crate) const SOON: Duration = Duration::from_secs(10);

pub(crate) fn clip_file() -> Bytes {
    Bytes::from_static(include_bytes!("../fixtures/clip.flv"))
}

pub(crate) fn clip() -> Clip {
    Clip::parse(clip_file()).unwrap()
}

/// Small times, so that the tests are quick; not so small that a busy machine misses them.
pub(crate) fn quick() -> Limits {
    Limits {
        handshake: Duration::from_secs(1),
        publish: Duration::from_secs(2),
        idle: Duration::from_secs(3),
        refusal: Duration::from_millis(40),
        refusal_max: Duration::from_millis(300),
        linger: Duration::from_millis(200),
        ..Limits::default()
    }
}

/// Collects everything that all tests log: one subscriber for the whole process, because scoped ones miss
/// lines whose callsite another thread registered first.
struct Log(Mutex<Vec<u8>>);

static LOG: Log = Log(Mutex::new(Vec::new()));

impl Write for &Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(|| &LOG)
            .init();
    });
}

/// Everything that was logged so far, by whichever test.
pub(crate) fn logged() -> String {
    String::from_utf8_lossy(&LOG.0.lock().unwrap()).into_owned()
}

/// Keys in memory.
#[derive(Default)]
pub(crate) struct Keys {
    known: Mutex<HashMap<String, Admission>>,
}

impl Keys {
    pub(crate) fn add(&self, key: &str, channel: &str) -> CancellationToken {
        self.add_for(key, channel, Seat::Primary)
    }

    pub(crate) fn add_for(&self, key: &str, channel: &str, seat: Seat) -> CancellationToken {
        let revoked = CancellationToken::new();
        let admission = Admission {
            channel: ChannelName::parse(channel).unwrap(),
            seat,
            revoked: revoked.clone(),
            aside: None,
        };
        self.known.lock().unwrap().insert(key.to_owned(), admission);
        revoked
    }
}

impl Authority for Keys {
    fn admit<'a>(&'a self, key: &'a StreamKey, _peer: SocketAddr) -> Decision<'a> {
        Box::pin(async move {
            match key.reveal() {
                "panic" => panic!("an authority with a fault"),
                "slow" => std::future::pending().await,
                "down" => Err(Denied::Unavailable),
                known => self
                    .known
                    .lock()
                    .unwrap()
                    .get(known)
                    .cloned()
                    .ok_or(Denied::UnknownKey),
            }
        })
    }
}

/// A running server.
pub(crate) struct House {
    pub(crate) addr: SocketAddr,
    pub(crate) keys: Arc<Keys>,
    pub(crate) channels: Channels,
    pub(crate) counters: Arc<Counters>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: JoinSet<()>,
}

impl House {
    /// A server that knows the key `key` for `conf/a`.
    pub(crate) async fn open(limits: Limits) -> Self {
        Self::with(limits, |server| server).await
    }

    /// The same, changed before it begins.
    pub(crate) async fn with(limits: Limits, change: impl FnOnce(Server) -> Server) -> Self {
        listen();
        let keys = Arc::new(Keys::default());
        keys.add("key", "conf/a");
        let channels = Channels::new(Settings::default(), Clock::system(), None);
        let authority: Arc<dyn Authority> = Arc::clone(&keys) as _;
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::bind(any, authority, channels.clone(), limits)
            .await
            .unwrap();
        let server = change(server);
        let (addr, counters, stop) = (
            server.local_addr(),
            server.counters(),
            CancellationToken::new(),
        );
        let mut tasks = JoinSet::new();
        tasks.spawn(server.run(stop.clone()));
        let watched = channels.clone();
        tasks.spawn(async move { watched.watch_over().await });
        Self {
            addr,
            keys,
            channels,
            counters,
            stop,
            tasks,
        }
    }

    pub(crate) fn url(&self, key: &str) -> String {
        format!("rtmp://{}/live/{key}", self.addr)
    }

    pub(crate) fn state(&self) -> State {
        self.channels
            .status(&ChannelName::parse("conf/a").unwrap())
            .borrow()
            .state
    }

    /// Waits until the server counted `count` connections that ended so.
    pub(crate) async fn ended(&self, ending: Ending, count: u64) {
        until(
            &format!("{count} connections ended as {}", ending.label()),
            || self.counters.ended(ending) >= count,
        )
        .await;
    }

    /// A good encoder still gets in and its frames arrive.
    pub(crate) async fn still_serves(&self) {
        let key = format!("fresh-{}", self.counters.connections.get());
        self.keys.add(&key, &format!("conf/{key}"));
        let mut publisher = Publisher::connect(&self.url(&key)).await.unwrap();
        let before = self.counters.frames.get();
        send_some(&mut publisher).await;
        until("frames arrive", || self.counters.frames.get() > before + 10).await;
        publisher.close().await.unwrap();
    }
}

/// Waits for a condition.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let waited = tokio::time::timeout(SOON, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "waited in vain until {what}");
}

/// The clip's head and some twenty frames, at once.
pub(crate) async fn send_some(publisher: &mut Publisher) {
    let clip = clip();
    for tag in clip.head() {
        publisher.send(tag).await.unwrap();
    }
    let mut rounds = clip.rounds();
    rounds.skip_to_key();
    for _ in 0..20 {
        publisher.send(&rounds.advance()).await.unwrap();
    }
}

/// A client without manners.
pub(crate) struct Raw {
    pub(crate) io: TcpStream,
    pub(crate) encoder: Encoder,
    decoder: Decoder,
    input: BytesMut,
}

impl Raw {
    pub(crate) async fn dial(addr: SocketAddr) -> Self {
        let io = TcpStream::connect(addr).await.unwrap();
        Self {
            io,
            encoder: Encoder::default(),
            decoder: Decoder::default(),
            input: BytesMut::new(),
        }
    }

    /// A connection after the handshake.
    pub(crate) async fn greeted(addr: SocketAddr) -> Self {
        let mut raw = Self::dial(addr).await;
        raw.bytes(&handshake::hello()).await;
        loop {
            if let Some(c2) = handshake::finish(&mut raw.input).unwrap() {
                raw.bytes(&c2).await;
                return raw;
            }
            assert_ne!(
                raw.io.read_buf(&mut raw.input).await.unwrap(),
                0,
                "hung up during the handshake"
            );
        }
    }

    /// A connection after `connect`.
    pub(crate) async fn connected(addr: SocketAddr) -> Self {
        let mut raw = Self::greeted(addr).await;
        raw.command("connect", vec![object(&[("app", "live")])])
            .await;
        assert_eq!(
            raw.next_code().await.as_deref(),
            Some("NetConnection.Connect.Success")
        );
        raw
    }

    /// A connection that publishes with `key`.
    pub(crate) async fn publishing(addr: SocketAddr, key: &str) -> Self {
        let mut raw = Self::connected(addr).await;
        raw.publish(key).await;
        assert_eq!(
            raw.next_code().await.as_deref(),
            Some("NetStream.Publish.Start")
        );
        raw
    }

    /// Sends bytes; that the server has hung up meanwhile is for later to notice.
    pub(crate) async fn bytes(&mut self, bytes: &[u8]) {
        let _hung_up = self.io.write_all(bytes).await;
    }

    pub(crate) async fn message(&mut self, message: &Message) {
        let mut out = BytesMut::new();
        self.encoder.encode(message, &mut out);
        self.bytes(&out).await;
    }

    pub(crate) async fn chunk_size(&mut self, size: u32) {
        self.message(&chunk::set_chunk_size(size)).await;
        self.encoder.set_chunk_size(size);
    }

    pub(crate) async fn command(&mut self, name: &str, arguments: Vec<Value>) {
        let mut values = vec![Value::String(name.to_owned()), Value::Number(1.0)];
        values.extend(arguments);
        self.message(&command(amf0::encode(&values).freeze())).await;
    }

    pub(crate) async fn publish(&mut self, key: &str) {
        let arguments = [
            Value::Null,
            Value::String(key.to_owned()),
            Value::String("live".to_owned()),
        ];
        self.command("publish", arguments.into()).await;
    }

    pub(crate) async fn tag(&mut self, kind: u8, timestamp: u32, payload: &[u8]) {
        self.message(&media(kind, timestamp, payload)).await;
    }

    /// The clip's metadata and configurations, then its first `frames` frames.
    pub(crate) async fn clip(&mut self, frames: usize) {
        self.clip_from(0, frames).await;
    }

    /// The same on a clock that begins at `start`.
    pub(crate) async fn clip_from(&mut self, start: u32, frames: usize) {
        let clip = clip();
        let mut rounds = clip.rounds();
        rounds.skip_to_key();
        let tags: Vec<Tag> = (0..frames).map(|_| rounds.advance()).collect();
        for tag in clip.head().iter().chain(&tags) {
            let kind = match tag.kind {
                TagKind::Audio => kind::AUDIO,
                TagKind::Video => kind::VIDEO,
                TagKind::Script => kind::DATA,
            };
            let timestamp = start.wrapping_add(u32::try_from(tag.timestamp_ms).unwrap());
            self.tag(kind, timestamp, &tag.payload).await;
        }
    }

    /// The next status code from the server; `None` once it hung up.
    pub(crate) async fn next_code(&mut self) -> Option<String> {
        tokio::time::timeout(SOON, async {
            loop {
                while let Some(message) = self.decoder.decode(&mut self.input).unwrap() {
                    if message.kind != kind::COMMAND {
                        continue;
                    }
                    let values = amf0::decode(&message.payload).unwrap();
                    if let Some(code) = values
                        .iter()
                        .find_map(|value| value.member("code").and_then(Value::text))
                    {
                        return Some(code.to_owned());
                    }
                }
                match self.io.read_buf(&mut self.input).await {
                    Ok(0) | Err(_) => return None,
                    Ok(_) => {}
                }
            }
        })
        .await
        .expect("the server neither answered nor hung up")
    }

    /// Every status code until the server hangs up.
    pub(crate) async fn codes_to_the_end(&mut self) -> Vec<String> {
        let mut codes = Vec::new();
        while let Some(code) = self.next_code().await {
            codes.push(code);
        }
        codes
    }
}

pub(crate) fn command(payload: Bytes) -> Message {
    Message {
        csid: 3,
        kind: kind::COMMAND,
        stream: 0,
        timestamp: 0,
        payload,
    }
}

pub(crate) fn media(kind: u8, timestamp: u32, payload: &[u8]) -> Message {
    let csid = if kind == kind::VIDEO { 6 } else { 4 };
    Message {
        csid,
        kind,
        stream: 1,
        timestamp,
        payload: Bytes::copy_from_slice(payload),
    }
}

pub(crate) fn object(members: &[(&str, &str)]) -> Value {
    Value::Object(
        members
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Value::String((*text).to_owned())))
            .collect(),
    )
}
