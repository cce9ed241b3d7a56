//! What the tests share.

use http::{Request, Response};
use http_body_util::BodyExt;
use kernel::Clock;
use media_core::frame::Frame;
use media_core::testing::{Encoder, hls, source};
use media_core::{ChannelName, Channels, Input, Settings};
use media_deliver::{Body, Responder, Verdict};

/// One channel `days/a`, its encoder, and a responder.
pub(crate) struct Stage {
    pub(crate) channels: Channels,
    pub(crate) name: ChannelName,
    pub(crate) responder: Responder,
    encoder: Encoder,
    sent: i64,
}

pub(crate) fn open(_: &str, _: Option<&str>) -> Verdict {
    Verdict::Allowed
}

impl Stage {
    pub(crate) fn new() -> Self {
        let channels = Channels::new(Settings::default(), Clock::system(), None);
        let responder = Responder::new(channels.clone(), open);
        let name = ChannelName::parse("days/a").unwrap();
        let encoder = Encoder::default();
        Self {
            channels,
            name,
            responder,
            encoder,
            sent: 0,
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

    pub(crate) async fn get(&self, path: &str) -> Response<Body> {
        self.ask(Request::get(path).body(()).unwrap()).await
    }

    pub(crate) async fn ask(&self, request: Request<()>) -> Response<Body> {
        self.responder.respond(request).await
    }

    pub(crate) async fn media(&self) -> hls::Media {
        let response = self.get("/media/days/a/live.m3u8").await;
        let media = hls::read(&text(response).await).unwrap();
        assert_eq!(hls::check(&media), Vec::<String>::new());
        media
    }
}

pub(crate) async fn bytes(response: Response<Body>) -> Vec<u8> {
    response
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .to_vec()
}

pub(crate) async fn text(response: Response<Body>) -> String {
    String::from_utf8(bytes(response).await).unwrap()
}

pub(crate) fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}
