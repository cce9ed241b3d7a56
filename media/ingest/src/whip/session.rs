//! One sender's session: owns the WebRTC state machine and drives it with datagrams and time.

use std::net::SocketAddr;
use std::sync::Arc;

use media_core::Input;
use str0m::change::SdpOffer;
use str0m::media::{KeyframeRequestKind, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Event, IceConnectionState, Output, Rtc, RtcError};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Duration, Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::registry::{Datagram, Entry};
use super::restart::Restart;
use super::sdp;
use super::server::Shared;
use super::take::{Take, Taken};
use super::way::Way;
use crate::counters::{Ending, Raised};
use crate::rtmp::Farewell;

/// Key frames are asked for again no sooner than this: a question and its answer take a while.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// A session that was answered and does not run yet.
pub(super) struct Session {
    pub(super) rtc: Rtc,
    pub(super) input: Input,
    pub(super) local: Vec<SocketAddr>,
    pub(super) peer: SocketAddr,
    pub(super) revoked: CancellationToken,
    pub(super) hung_up: CancellationToken,
    pub(super) datagrams: mpsc::Receiver<Datagram>,
    pub(super) restarts: mpsc::Receiver<Restart>,
    /// What the sender offered: a restart changes its transport and nothing else.
    pub(super) offer: String,
    pub(super) entry: Entry,
    pub(super) seat: OwnedSemaphorePermit,
    pub(super) has_video: bool,
    pub(super) trace_id: String,
}

/// How a session ends.
enum End {
    /// The sender said goodbye.
    Deleted,
    /// The connection was lost or closed.
    HungUp,
    /// There never was one.
    NeverConnected,
    /// What was sent cannot be followed.
    Broken(String),
    /// For a reason that other protocols have too.
    Told(Farewell),
}

impl From<Farewell> for End {
    fn from(farewell: Farewell) -> Self {
        Self::Told(farewell)
    }
}

impl End {
    fn ending(&self) -> Ending {
        match self {
            Self::Deleted => Ending::Unpublished,
            Self::HungUp => Ending::HungUp,
            Self::NeverConnected => Ending::TooSlow,
            Self::Broken(_) => Ending::Malformed,
            Self::Told(farewell) => farewell.ending(),
        }
    }
}

/// Runs a session to its end. The channel is free when this returns.
pub(super) async fn run(session: Session, shared: Arc<Shared>) {
    let Session {
        rtc,
        input,
        local,
        peer,
        revoked,
        hung_up,
        datagrams,
        restarts,
        offer,
        entry,
        seat,
        has_video,
        trace_id: _,
    } = session;
    let began = Instant::now();
    let counters = &shared.counters;
    let channel = input.channel().clone();
    tracing::info!(%peer, %channel, "a browser or encoder at {peer} begins to publish to {channel} over WebRTC");
    let mut drive = Drive {
        rtc,
        take: Take::new(&input, counters, began),
        input: &input,
        way: Way::default(),
        shared: &shared,
        local,
        entry,
        datagrams,
        restarts,
        offer,
        kinds: Vec::new(),
        connected: false,
        began,
        last_media: began,
        ask_at: has_video.then_some(began),
        asked: None,
    };
    let end = tokio::select! {
        biased;
        () = revoked.cancelled() => Farewell::Revoked.into(),
        () = input.evicted() => Farewell::Evicted(input.eviction_reason()).into(),
        () = hung_up.cancelled() => End::Deleted,
        () = shared.stop.cancelled() => Farewell::Shutdown.into(),
        end = drive.run() => end,
    };
    drop(drive);
    drop(seat);
    let ending = end.ending();
    counters.common.end(ending);
    if let End::Broken(error) = &end {
        tracing::debug!(%peer, error, "a WebRTC session was ended: {error}");
    }
    let why = ending.label();
    tracing::info!(%peer, %channel, why, "the sender at {peer} stopped publishing to {channel}");
}

/// The state machine and what surrounds it.
struct Drive<'a> {
    rtc: Rtc,
    take: Take<'a>,
    input: &'a Input,
    way: Way,
    shared: &'a Shared,
    local: Vec<SocketAddr>,
    entry: Entry,
    datagrams: mpsc::Receiver<Datagram>,
    restarts: mpsc::Receiver<Restart>,
    offer: String,
    kinds: Vec<(Mid, MediaKind)>,
    connected: bool,
    began: Instant,
    last_media: Instant,
    /// When to ask for the next key frame; never where there is no picture.
    ask_at: Option<Instant>,
    asked: Option<Instant>,
}

impl Drive<'_> {
    async fn run(&mut self) -> End {
        let counters = &self.shared.counters.common;
        let mut gauge = Raised::new(&counters.half_open);
        let mut was_connected = false;
        loop {
            let wake = match self.settle() {
                Ok(wake) => wake,
                Err(end) => return end,
            };
            if self.connected && !was_connected {
                was_connected = true;
                gauge = Raised::new(&counters.publishers);
            }
            let (deadline, end) = self.deadline();
            if Instant::now() >= deadline {
                drop(gauge);
                return end;
            }
            tokio::select! {
                biased;
                datagram = self.datagrams.recv() => {
                    let Some(datagram) = datagram else { return End::HungUp };
                    if let Err(end) = self.receive(&datagram) {
                        return end;
                    }
                }
                Some(wish) = self.restarts.recv() => self.restart(wish),
                () = sleep_until(wake.min(deadline)) => {
                    let now = Instant::now().into_std();
                    if let Err(error) = self.rtc.handle_input(str0m::Input::Timeout(now)) {
                        return End::Broken(error.to_string());
                    }
                }
            }
        }
    }

    /// When it is over, unless something happens.
    fn deadline(&self) -> (Instant, End) {
        let limits = &self.shared.limits;
        if self.connected {
            (self.last_media + limits.idle, Farewell::Idle.into())
        } else {
            (self.began + limits.connect, End::NeverConnected)
        }
    }

    /// Answers the same offer with another transport, as in any other negotiation. Whoever cannot be answered hears it
    /// by the answer's end.
    fn restart(&mut self, wish: Restart) {
        let Some(offer) = sdp::restarted(&self.offer, &wish.fragment) else {
            return;
        };
        let Ok(parsed) = SdpOffer::from_sdp_string(&offer) else {
            return;
        };
        let answer = match self.rtc.sdp_api().accept_offer(parsed) {
            Ok(answer) => answer.to_sdp_string(),
            Err(error) => {
                tracing::info!(%error, "the transport of a WebRTC session was not restarted: {error}");
                return;
            }
        };
        let Some(ours) = sdp::ice_fragment(&answer) else {
            return;
        };
        let theirs = sdp::ice_fragment(&wish.fragment);
        self.entry.restarted(ours, theirs, &wish.etag);
        self.offer = offer;
        self.shared.counters.restarts.add(1);
        tracing::info!(
            "a sender's network changed: its WebRTC session goes on by another transport"
        );
        // Who asked may be gone by now, and asks again.
        let _gone = wish.done.send(sdp::transport(&answer));
    }

    fn receive(&mut self, datagram: &Datagram) -> Result<(), End> {
        self.shared
            .counters
            .common
            .bytes
            .add(datagram.bytes.len() as u64);
        // The state machine only knows the addresses that it told; one socket serves them all.
        let same_family = |local: &&SocketAddr| local.is_ipv4() == datagram.from.is_ipv4();
        let Some(local) = self.local.iter().find(same_family).or(self.local.first()) else {
            return Ok(());
        };
        let Ok(received) = Receive::new(Protocol::Udp, datagram.from, *local, &datagram.bytes)
        else {
            self.shared.counters.stray.add(1);
            return Ok(());
        };
        let input = str0m::Input::Receive(datagram.at.into_std(), received);
        if !self.rtc.accepts(&input) {
            self.shared.counters.stray.add(1);
            return Ok(());
        }
        self.rtc
            .handle_input(input)
            .map_err(|error| End::Broken(error.to_string()))
    }

    /// Lets out everything that the state machine has to say; tells when it wants to be woken.
    fn settle(&mut self) -> Result<Instant, End> {
        loop {
            let output = match self.rtc.poll_output() {
                Ok(output) => output,
                // A packet that cannot be read is one that got lost.
                Err(RtcError::Packet(mid, ..)) => {
                    let of_video =
                        |(known, kind): &(Mid, MediaKind)| *known == mid && kind.is_video();
                    if self.kinds.iter().any(of_video) {
                        self.take.lost_picture();
                        self.ask_at = Some(Instant::now());
                    }
                    self.shared.counters.common.dropped.add(1);
                    continue;
                }
                Err(error) => return Err(End::Broken(error.to_string())),
            };
            match output {
                Output::Transmit(transmit) => {
                    self.entry.answers(transmit.destination);
                    // A datagram that does not fit is one that got lost; the protocols above know how to live with it.
                    let _lost = self
                        .shared
                        .socket
                        .try_send_to(&transmit.contents, transmit.destination);
                }
                Output::Event(event) => self.hear(event)?,
                Output::Timeout(at) => {
                    if !self.rtc.is_alive() {
                        return Err(End::HungUp);
                    }
                    let wake = Instant::from_std(at);
                    if self.ask() {
                        // The question is to go out now.
                        continue;
                    }
                    return Ok(self.ask_at.map_or(wake, |ask_at| ask_at.min(wake)));
                }
            }
        }
    }

    fn hear(&mut self, event: Event) -> Result<(), End> {
        match event {
            Event::Connected => {
                self.connected = true;
                self.last_media = Instant::now();
            }
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                return Err(End::HungUp);
            }
            Event::MediaIngressStats(stats) => {
                let kind = self.kinds.iter().find(|(mid, _)| *mid == stats.mid);
                if let Some((_, kind)) = kind {
                    self.way.hear(&stats, *kind);
                }
            }
            Event::PeerStats(stats) => self.way.tell(&stats, self.input),
            Event::MediaAdded(added) => self.kinds.push((added.mid, added.kind)),
            Event::MediaData(data) => {
                let kind = self.kinds.iter().find(|(mid, _)| *mid == data.mid);
                let Some((_, kind)) = kind.copied() else {
                    return Ok(());
                };
                let now = Instant::now();
                self.last_media = now;
                match self.take.take(kind, &data, now)? {
                    Taken::Key => {
                        self.ask_at = Some(now + self.shared.limits.key_interval);
                        self.asked = None;
                    }
                    Taken::Broken => self.ask_at = Some(now),
                    Taken::Frame | Taken::Nothing => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Asks for a key frame if one is due; whether it did.
    fn ask(&mut self) -> bool {
        let now = Instant::now();
        if !self.connected || self.ask_at.is_none_or(|ask_at| now < ask_at) {
            return false;
        }
        if let Some(asked) = self.asked
            && now < asked + ASK_AGAIN
        {
            self.ask_at = Some(asked + ASK_AGAIN);
            return false;
        }
        self.asked = Some(now);
        self.ask_at = Some(now + ASK_AGAIN);
        let layer = self.take.layer();
        let video = self.kinds.iter().find(|(_, kind)| kind.is_video());
        let Some((mid, _)) = video.copied() else {
            return false;
        };
        let Some(mut writer) = self.rtc.writer(mid) else {
            return false;
        };
        // Who cannot be asked, or has not sent anything yet, sends key frames as it likes.
        let asked = writer
            .request_keyframe(layer, KeyframeRequestKind::Pli)
            .is_ok();
        self.shared.counters.key_requests.add(u64::from(asked));
        asked
    }
}
