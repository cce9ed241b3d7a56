//! What the tests share.

use std::fmt::Write as _;
use std::future::Future;

use http::{Request, Response};
use http_body_util::BodyExt;
use kernel::Clock;
use media_core::frame::Frame;
use media_core::testing::{Encoder, hls, source};
use media_core::{ChannelName, Channels, Input, Settings};
use media_deliver::{Responder, Verdict, lean};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

/// Who answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Listener {
    /// The responder, as hyper asks it.
    Main,
    /// The lean listener, as a client sees it.
    Lean,
}

/// Makes two tests of one: the same must hold for both listeners.
macro_rules! both {
    ($name:ident) => {
        mod $name {
            use crate::support::Listener;

            #[tokio::test]
            async fn main() {
                super::$name(Listener::Main).await;
            }

            #[tokio::test]
            async fn lean() {
                super::$name(Listener::Lean).await;
            }
        }
    };
    (paused $name:ident) => {
        mod $name {
            use crate::support::Listener;

            #[tokio::test(start_paused = true)]
            async fn main() {
                super::$name(Listener::Main).await;
            }

            #[tokio::test(start_paused = true)]
            async fn lean() {
                super::$name(Listener::Lean).await;
            }
        }
    };
}
pub(crate) use both;

/// One channel `days/a`, its encoder, and who answers.
pub(crate) struct Stage {
    pub(crate) channels: Channels,
    pub(crate) name: ChannelName,
    pub(crate) responder: Responder,
    pub(crate) lean: lean::Server,
    on: Listener,
    encoder: Encoder,
    sent: i64,
    _sweeping: JoinSet<()>,
}

pub(crate) fn open(_: &str, _: Option<&str>) -> Verdict {
    Verdict::Allowed
}

impl Stage {
    pub(crate) fn new(on: Listener) -> Self {
        Self::with(on, |channels| Responder::new(channels, open))
    }

    pub(crate) fn with(on: Listener, responder: impl FnOnce(Channels) -> Responder) -> Self {
        let channels = Channels::new(Settings::default(), Clock::system(), None);
        let responder = responder(channels.clone());
        let lean = lean::Server::new(responder.clone(), Clock::system());
        let mut sweeping = JoinSet::new();
        let sweeper = lean.clone();
        sweeping.spawn(async move { sweeper.watch_over().await });
        Self {
            channels,
            name: ChannelName::parse("days/a").unwrap(),
            responder,
            lean,
            on,
            encoder: Encoder::default(),
            sent: 0,
            _sweeping: sweeping,
        }
    }

    pub(crate) fn admit(&self) -> Input {
        let input = self
            .channels
            .admit(&self.name, media_core::Seat::Primary, source())
            .unwrap();
        self.encoder
            .configs()
            .into_iter()
            .for_each(|config| input.config(config).unwrap());
        input
    }

    /// Sends the next seconds at once.
    pub(crate) fn send(&mut self, input: &Input, seconds: i64) {
        let until_us = (self.sent + seconds) * 1_000_000;
        let from_us = self.sent * 1_000_000;
        self.sent += seconds;
        let is_new = |frame: &Frame| (from_us..until_us).contains(&frame.dts_us);
        let frames = self.encoder.frames(self.sent + 1);
        frames
            .into_iter()
            .filter(is_new)
            .for_each(|frame| input.frame(frame).unwrap());
    }

    pub(crate) async fn get(&self, path: &str) -> Response<Vec<u8>> {
        self.ask(Request::get(path).body(()).unwrap()).await
    }

    /// The answer to a request on a connection of its own.
    pub(crate) fn ask(
        &self,
        request: Request<()>,
    ) -> impl Future<Output = Response<Vec<u8>>> + Send + use<> {
        self.ask_on(self.on, request)
    }

    /// The same, whoever else answers.
    pub(crate) fn ask_on(
        &self,
        on: Listener,
        request: Request<()>,
    ) -> impl Future<Output = Response<Vec<u8>>> + Send + use<> {
        let (responder, lean) = (self.responder.clone(), self.lean.clone());
        async move {
            match on {
                Listener::Main => {
                    let (head, body) = responder.respond(request).await.into_parts();
                    let body = body.collect().await.unwrap().to_bytes();
                    Response::from_parts(head, body.to_vec())
                }
                Listener::Lean => over_a_wire(&lean, &request).await,
            }
        }
    }

    pub(crate) async fn media(&self) -> hls::Media {
        let response = self.get("/media/days/a/live.m3u8").await;
        let media = hls::read(&text(response)).unwrap();
        assert_eq!(hls::check(&media), Vec::<String>::new());
        media
    }
}

/// Writes the request to a connection of its own and reads the answer to its end.
async fn over_a_wire(lean: &lean::Server, request: &Request<()>) -> Response<Vec<u8>> {
    let mut head = format!(
        "{} {} HTTP/1.1\r\nhost: x\r\n",
        request.method(),
        request.uri()
    );
    for (name, value) in request.headers() {
        let value = value.to_str().unwrap();
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    head += "connection: close\r\n\r\n";
    let (mut client, server) = tokio::io::duplex(64 * 1024);
    let exchange = async move {
        client.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        answer
    };
    let (served, answer) = tokio::join!(lean.serve(server), exchange);
    served.unwrap();
    let (answer, rest) = parse(&answer);
    assert!(rest.is_empty());
    answer
}

/// The first of the answers in these bytes, and what follows it. Answers to HEAD come last.
pub(crate) fn parse(bytes: &[u8]) -> (Response<Vec<u8>>, &[u8]) {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.expect("a whole head");
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().strip_prefix("HTTP/1.1 ").unwrap();
    let mut response = Response::builder().status(&status[..3]);
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        response = response.header(name, value);
    }
    let mut response = response.body(Vec::new()).unwrap();
    let body = &bytes[end + 4..];
    let length = header(&response, "content-length").parse().unwrap_or(0);
    let (body, rest) = body.split_at(length.min(body.len()));
    *response.body_mut() = body.to_vec();
    (response, rest)
}

pub(crate) fn text(response: Response<Vec<u8>>) -> String {
    String::from_utf8(response.into_body()).unwrap()
}

pub(crate) fn header<'a>(response: &'a Response<Vec<u8>>, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}
