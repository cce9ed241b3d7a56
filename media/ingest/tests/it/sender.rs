//! A browser, as far as the server can tell: offers over HTTP, sends over UDP, through a line that loses packets.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use kernel::Clock;
use media_core::{ChannelName, Channels, Settings, Status};
use media_ingest::Gate;
use media_ingest::clip::TagKind;
use media_ingest::flv::{self, Video};
use media_ingest::rtmp::Limits;
use media_ingest::whip::{Counters, Door, Options, Server, bind, crypto};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, MediaTime, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::house::{Keys, SOON, clip};

/// Where browsers publish.
pub(crate) struct Studio {
    pub(crate) door: Door,
    pub(crate) keys: Arc<Keys>,
    pub(crate) channels: Channels,
    pub(crate) counters: Arc<Counters>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: JoinSet<()>,
}

impl Studio {
    /// A server that knows the key `key` for `conf/a`.
    pub(crate) fn open(limits: Limits) -> Self {
        crate::house::listen();
        let keys = Arc::new(Keys::default());
        keys.add("key", "conf/a");
        let channels = Channels::new(Settings::default(), Clock::system(), None);
        let socket = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let options = Options {
            authority: Arc::clone(&keys) as _,
            channels: channels.clone(),
            gate: Gate::new(&limits),
            limits,
            public: Vec::new(),
        };
        let server = Server::on(socket, options).unwrap();
        let (door, counters) = (server.door(), server.counters());
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        tasks.spawn(server.run(stop.clone()));
        let watched = channels.clone();
        tasks.spawn(async move { watched.watch_over().await });
        Self {
            door,
            keys,
            channels,
            counters,
            stop,
            tasks,
        }
    }

    /// A request with a key; `body` with its kind.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        key: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Response<Bytes> {
        let mut request = Request::builder().method(method).uri(path);
        if !key.is_empty() {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap();
        let peer = "127.0.0.1:4000".parse().unwrap();
        let (head, body) = self.door.respond(request, peer).await.into_parts();
        Response::from_parts(head, body.collect().await.unwrap().to_bytes())
    }

    pub(crate) async fn offer(&self, key: &str, sdp: &str) -> Response<Bytes> {
        let kind = [("content-type", "application/sdp")];
        self.ask(Method::POST, "/whip/conf/a", key, &kind, sdp.to_owned())
            .await
    }

    pub(crate) fn status(&self) -> Status {
        let name = ChannelName::parse("conf/a").unwrap();
        self.channels.status(&name).borrow().clone()
    }

    /// A sender that was answered.
    pub(crate) async fn publish(&self, key: &str) -> Sender {
        let (sender, offer, pending) = Sender::new().await;
        let answer = self.offer(key, &offer).await;
        Self::answered(sender, pending, &answer)
    }

    /// The same, with an answer that it was given.
    pub(crate) fn answered(
        mut sender: Sender,
        pending: SdpPendingOffer,
        answer: &Response<Bytes>,
    ) -> Sender {
        let text = String::from_utf8(answer.body().to_vec()).unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED, "{text}");
        answer.headers()["location"]
            .to_str()
            .unwrap()
            .clone_into(&mut sender.location);
        sender.server = text
            .lines()
            .find(|line| line.starts_with("a=candidate:"))
            .and_then(|line| {
                let mut words = line.split(' ').skip(4);
                format!("{}:{}", words.next()?, words.next()?).parse().ok()
            });
        answer.headers()["etag"]
            .to_str()
            .unwrap()
            .clone_into(&mut sender.etag);
        let answer = SdpAnswer::from_sdp_string(&text).unwrap();
        sender.rtc.sdp_api().accept_answer(pending, answer).unwrap();
        sender.answer = text;
        sender
    }
}

/// A browser that sends.
pub(crate) struct Sender {
    pub(crate) rtc: Rtc,
    socket: UdpSocket,
    pub(crate) video: Mid,
    pub(crate) audio: Mid,
    pub(crate) location: String,
    pub(crate) etag: String,
    server: Option<SocketAddr>,
    pub(crate) connected: bool,
    /// How often it was asked for a key frame.
    pub(crate) asked: u32,
    /// Packets in a thousand that get lost on their way to the server.
    pub(crate) loss: u32,
    /// What was sent, by payload type: the line loses as much of each, and sound is not sent again.
    sent: HashMap<u8, u32>,
    pub(crate) lost: u32,
    pictures: Vec<Picture>,
    /// What it sends leaves from a network that is gone.
    moved: bool,
    answer: String,
    pending: Option<SdpPendingOffer>,
}

/// A picture as a browser's encoder gives it.
#[derive(Clone)]
struct Picture {
    key: bool,
    annex_b: Vec<u8>,
}

/// One frame of 20 ms, full band, stereo: it need not sound.
const OPUS: &[u8] = &[0xfc, 1, 2, 3, 4, 5, 6, 7];

impl Sender {
    pub(crate) async fn new() -> (Self, String, SdpPendingOffer) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let config = RtcConfig::new()
            .clear_codecs()
            .enable_h264(true)
            .enable_opus(true, false);
        Self::with(config, socket)
    }

    pub(crate) fn with(config: RtcConfig, socket: UdpSocket) -> (Self, String, SdpPendingOffer) {
        Self::of(config, socket, [MediaKind::Video, MediaKind::Audio])
    }

    /// With its media in this order.
    pub(crate) fn of(
        config: RtcConfig,
        socket: UdpSocket,
        order: [MediaKind; 2],
    ) -> (Self, String, SdpPendingOffer) {
        let config = config.set_crypto_provider(Arc::new(crypto::provider()));
        let mut rtc = config.build(Instant::now().into_std());
        let own = Candidate::host(socket.local_addr().unwrap(), "udp").unwrap();
        rtc.add_local_candidate(own).unwrap();
        let mut api = rtc.sdp_api();
        let add = |kind| api.add_media(kind, Direction::SendOnly, None, None, None);
        let mut mids = order.map(add);
        if order[0].is_audio() {
            mids.reverse();
        }
        let [video, audio] = mids;
        let (offer, pending) = api.apply().unwrap();
        let sender = Self {
            rtc,
            socket,
            video,
            audio,
            location: String::new(),
            etag: String::new(),
            server: None,
            connected: false,
            asked: 0,
            loss: 0,
            sent: HashMap::new(),
            lost: 0,
            pictures: pictures(),
            moved: false,
            answer: String::new(),
            pending: None,
        };
        (sender, offer.to_sdp_string(), pending)
    }

    /// Runs until `until`, or `done`.
    pub(crate) async fn run(&mut self, until: Instant, done: impl Fn(&Self) -> bool) {
        let mut buffer = vec![0; 2_000];
        loop {
            let wake = loop {
                match self.rtc.poll_output().unwrap() {
                    Output::Timeout(at) => break Instant::from_std(at),
                    Output::Transmit(out) => {
                        if self.moved {
                            continue;
                        }
                        // Spread evenly enough, and the same every time.
                        let is_media = out.contents.first().is_some_and(|first| *first >= 128);
                        let sent = self.sent.entry(out.contents[1] & 0x7f).or_default();
                        *sent += 1;
                        if is_media && sent.wrapping_mul(2_654_435_761) % 1_000 < self.loss {
                            self.lost += 1;
                        } else {
                            let _gone = self.socket.try_send_to(&out.contents, out.destination);
                        }
                    }
                    Output::Event(Event::Connected) => self.connected = true,
                    Output::Event(Event::KeyframeRequest(_)) => self.asked += 1,
                    Output::Event(_) => {}
                }
            };
            if done(self) || Instant::now() >= until {
                return;
            }
            tokio::select! {
                received = self.socket.recv_from(&mut buffer) => {
                    let Ok((length, from)) = received else { continue };
                    let own = self.socket.local_addr().unwrap();
                    let received = Receive::new(Protocol::Udp, from, own, &buffer[..length]).unwrap();
                    let now = Instant::now().into_std();
                    self.rtc.handle_input(Input::Receive(now, received)).unwrap();
                }
                () = sleep_until(wake.min(until)) => {
                    self.rtc.handle_input(Input::Timeout(Instant::now().into_std())).unwrap();
                }
            }
        }
    }

    /// Another network: the old socket is gone.
    pub(crate) async fn move_away(&mut self) {
        self.socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        self.moved = true;
    }

    /// Wants its transport anew: the fragment to send.
    pub(crate) fn restart(&mut self) -> String {
        self.moved = false;
        let mut api = self.rtc.sdp_api();
        api.ice_restart(false);
        let (offer, pending) = api.apply().unwrap();
        self.pending = Some(pending);
        let offer = offer.to_sdp_string();
        let lines = offer.lines().filter(|line| line.starts_with("a=ice-"));
        lines.flat_map(|line| [line, "\r\n"]).collect()
    }

    /// The server's part of the new transport, put into its old answer.
    pub(crate) fn restarted(&mut self, fragment: &str) {
        let value = |name: &str| {
            let mut lines = fragment.lines().filter(|line| line.starts_with(name));
            lines.next().unwrap().to_owned()
        };
        let ours = self.answer.lines().map(|line| {
            let changed = ["a=ice-ufrag:", "a=ice-pwd:", "a=candidate:"]
                .into_iter()
                .find(|name| line.starts_with(name));
            changed.map_or_else(|| line.to_owned(), value)
        });
        let answer: String = ours.map(|line| line + "\r\n").collect();
        let answer = SdpAnswer::from_sdp_string(&answer).unwrap();
        let pending = self.pending.take().unwrap();
        self.rtc.sdp_api().accept_answer(pending, answer).unwrap();
        let own = Candidate::host(self.socket.local_addr().unwrap(), "udp").unwrap();
        self.rtc.add_local_candidate(own).unwrap();
    }

    /// Where it sends to.
    pub(crate) fn server(&self) -> Option<SocketAddr> {
        self.server
    }

    pub(crate) async fn connect(&mut self) {
        self.run(Instant::now() + SOON, |sender| sender.connected)
            .await;
        assert!(self.connected, "ICE and DTLS did not complete");
    }

    /// Sends for a while as a browser would: 30 pictures and 50 packets of sound a second, a key frame at first and
    /// whenever one is asked for.
    pub(crate) async fn send(&mut self, time: Duration) {
        let began = Instant::now();
        let (mut picture, mut packet, mut next) = (0_u64, 0_u64, 0);
        let mut answered = self.asked;
        while began.elapsed() < time {
            let at = began + Duration::from_micros((picture * 33_333).min(packet * 20_000));
            self.run(at, |_| false).await;
            if picture * 33_333 <= packet * 20_000 {
                if self.asked > answered {
                    (answered, next) = (self.asked, 0);
                }
                let data = self.pictures[next].annex_b.clone();
                // After the last one the second: none of these is looked at by a decoder.
                next = if next + 1 < self.pictures.len() {
                    next + 1
                } else {
                    1
                };
                let time = MediaTime::from_90khz(1_000_000 + picture * 3_000);
                self.write(self.video, Codec::H264, time, data);
                picture += 1;
            } else {
                let time = MediaTime::new(
                    77_000 + packet * 960,
                    str0m::media::Frequency::FORTY_EIGHT_KHZ,
                );
                self.write(self.audio, Codec::Opus, time, OPUS.to_vec());
                packet += 1;
            }
        }
    }

    fn write(&mut self, mid: Mid, codec: Codec, time: MediaTime, data: Vec<u8>) {
        let writer = self.rtc.writer(mid).unwrap();
        let pt = writer
            .payload_params()
            .find(|params| params.spec().codec == codec)
            .unwrap()
            .pt();
        writer
            .write(pt, Instant::now().into_std(), time, data)
            .unwrap();
    }
}

/// The clip's pictures from its first key frame to the next, with start codes.
fn pictures() -> Vec<Picture> {
    let clip = clip();
    let video = |payload: &Bytes| flv::video(payload).unwrap();
    let record = clip
        .head()
        .iter()
        .filter(|tag| tag.kind == TagKind::Video)
        .find_map(|tag| match video(&tag.payload) {
            Video::Config(record) => Some(record),
            _ => None,
        })
        .unwrap();
    let sets = sets(&record);
    let mut rounds = clip.rounds();
    rounds.skip_to_key();
    let mut pictures: Vec<Picture> = Vec::new();
    loop {
        let tag = rounds.advance();
        if tag.kind != TagKind::Video {
            continue;
        }
        let Video::Frame { key, data, .. } = video(&tag.payload) else {
            continue;
        };
        if key && !pictures.is_empty() {
            return pictures;
        }
        let mut annex_b = if key { sets.clone() } else { Vec::new() };
        let mut rest = &data[..];
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (unit, after) = after.split_at(u32::from_be_bytes(*length) as usize);
            annex_b.extend_from_slice(&[0, 0, 0, 1]);
            annex_b.extend_from_slice(unit);
            rest = after;
        }
        pictures.push(Picture { key, annex_b });
        assert!(pictures[0].key);
    }
}

/// The parameter sets of a record, with start codes.
fn sets(record: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = &record[5..];
    for mask in [0x1f, 0xff] {
        let (count, after) = rest.split_first().unwrap();
        rest = after;
        for _ in 0..count & mask {
            let (length, after) = rest.split_first_chunk::<2>().unwrap();
            let (set, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
            out.extend_from_slice(&[0, 0, 0, 1]);
            out.extend_from_slice(set);
            rest = after;
        }
    }
    out
}
