//! What one connection has asked for and gets, whatever carries it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use kernel::{Error, Result};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::bucket::Bucket;
use crate::channel::Next;
use crate::frame::{self, ClientFrame, Cursor, ServerFrame};
use crate::hub::{Hold, Shared, Who};
use crate::limits::{COMMAND_ID_BYTES_MAX, HEARTBEAT, LOAD_MAX};
use crate::registry::{Farewell, Place};
use crate::topic::{BoxFuture, Topic};

/// One connection, whatever carries its frames: it is given the client's messages and says what to send.
pub struct Session<W: Who> {
    shared: Arc<Shared<W>>,
    place: Place<W>,
    subscriptions: Vec<Subscription<W>>,
    /// Which subscription is looked at first, so that a lively one does not starve the others.
    turn: usize,
    tickets: u64,
    opening: FuturesUnordered<BoxFuture<'static, Opened<W>>>,
    running: FuturesUnordered<BoxFuture<'static, Utf8Bytes>>,
    /// Answers that are not about topics; at most one per message or command, whose rates are limited.
    outbox: VecDeque<Utf8Bytes>,
    frames: Bucket,
    commands: Bucket,
    told_to_reconnect: bool,
}

struct Subscription<W> {
    topic: Arc<str>,
    /// Tells this subscription from an earlier one to the same topic.
    ticket: u64,
    at: At<W>,
}

enum At<W> {
    /// Being opened.
    Opening { after: Option<Cursor> },
    /// Open: everything up to `seq` of `epoch` has been sent.
    Open(Open<W>),
}

struct Open<W> {
    hold: Hold<W>,
    own: Box<str>,
    review: u64,
    epoch: Arc<str>,
    seq: u64,
    /// A future in `opening` will bring it further; until then it rests.
    waiting: bool,
}

/// What opening (or loading, or reviewing) a topic came to.
struct Opened<W> {
    ticket: u64,
    result: Result<Door<W>>,
}

enum Door<W> {
    /// It may be read: by this hold, with these members of one's own, as of this review.
    Open(Hold<W>, Box<str>, u64),
    /// It still may be read.
    Reviewed(Box<str>, u64),
    /// It is loaded again.
    Loaded,
}

/// What the carrier of a session has to do.
#[derive(Debug)]
pub enum Output {
    /// Send this.
    Frame(Utf8Bytes),
    /// Say goodbye.
    Close(Farewell),
}

impl<W: Who> Session<W> {
    pub(crate) fn new(shared: Arc<Shared<W>>, place: Place<W>) -> Self {
        let limits = &shared.settings.limits;
        let now = Instant::now();
        let frames = Bucket::full(limits.frames_per_second * 2, now);
        let commands = Bucket::full(limits.commands_per_second * 2, now);
        let hello = ServerFrame::Hello {
            now: shared.settings.clock.now().to_string(),
            heartbeat_ms: u64::try_from(HEARTBEAT.as_millis()).unwrap_or(u64::MAX),
        };
        shared.metrics.connections.inc();
        Self {
            shared,
            place,
            subscriptions: Vec::new(),
            turn: 0,
            tickets: 0,
            opening: FuturesUnordered::new(),
            running: FuturesUnordered::new(),
            outbox: VecDeque::from([hello.text()]),
            frames,
            commands,
            told_to_reconnect: false,
        }
    }

    fn who(&self) -> &W {
        &self.place.line.who
    }

    /// Takes a message of the client.
    pub fn receive(&mut self, text: &str) {
        let per_second = self.shared.settings.limits.frames_per_second;
        if self
            .frames
            .take(per_second, per_second * 2, Instant::now())
            .is_err()
        {
            self.place.line.end(Farewell::TooFast);
            return;
        }
        match serde_json::from_str(text) {
            Ok(ClientFrame::Subscribe { topic, after }) => self.subscribe(&topic, after),
            Ok(ClientFrame::Unsubscribe { topic }) => {
                self.subscriptions
                    .retain(|subscription| *subscription.topic != *topic);
            }
            Ok(ClientFrame::Command { id, name, args }) => self.command(&id, name, args),
            Ok(ClientFrame::Ping) => self.outbox.push_back(ServerFrame::Pong.text()),
            Err(_) => self.refuse(None, &Error::invalid("frame", "realtime-bad-frame")),
        }
    }

    /// Where this connection is in a topic.
    pub(crate) fn cursor(&self, topic: &str) -> Option<Cursor> {
        let subscription = self.subscriptions.iter().find(|s| *s.topic == *topic)?;
        match &subscription.at {
            At::Open(open) if !open.epoch.is_empty() => Some(Cursor {
                epoch: open.epoch.to_string(),
                seq: open.seq,
            }),
            At::Opening { after } => after.clone(),
            At::Open(_) => None,
        }
    }

    /// Counts this connection as one that had to be closed.
    pub(crate) fn count_dropped(&self) {
        self.shared.metrics.dropped.inc();
    }

    /// Begins to read a topic, anew if it is read already.
    pub(crate) fn subscribe(&mut self, topic: &str, after: Option<Cursor>) {
        self.subscriptions
            .retain(|subscription| *subscription.topic != *topic);
        if self.subscriptions.len() >= self.shared.settings.limits.topics_per_connection_max {
            return self.refuse(Some(topic), &Error::forbidden("realtime-too-many-topics"));
        }
        // Opened on behalf of a connection that has unsubscribed meanwhile: they still run.
        if self.opening.len() >= self.shared.settings.limits.topics_per_connection_max * 2 {
            return self.refuse(Some(topic), &Error::forbidden("realtime-too-many-topics"));
        }
        self.tickets += 1;
        let ticket = self.tickets;
        let (shared, who, name) = (self.shared.clone(), self.who().clone(), topic.to_owned());
        self.opening.push(Box::pin(async move {
            Opened {
                ticket,
                result: open(shared, who, &name).await,
            }
        }));
        self.subscriptions.push(Subscription {
            topic: topic.into(),
            ticket,
            at: At::Opening { after },
        });
    }

    fn command(&mut self, id: &str, name: String, args: serde_json::Value) {
        let limits = &self.shared.settings.limits;
        let per_second = limits.commands_per_second;
        let id: String = id.chars().take(COMMAND_ID_BYTES_MAX).collect();
        let refused = if self.running.len() >= limits.commands_under_way_max {
            Some(std::time::Duration::from_secs(1))
        } else {
            self.commands
                .take(per_second, per_second * 2, Instant::now())
                .err()
        };
        if let Some(retry_after) = refused {
            let result = Err(Error::TooMany { retry_after });
            let frame = result_frame(&self.shared, self.who(), id, result);
            return self.outbox.push_back(frame.text());
        }
        let (shared, who) = (self.shared.clone(), self.who().clone());
        self.running.push(Box::pin(async move {
            let result = shared.clone().run_command(who.clone(), &name, args).await;
            result_frame(&shared, &who, id, result).text()
        }));
    }

    fn refuse(&mut self, topic: Option<&str>, error: &Error) {
        let problem = (self.shared.settings.explain)(self.who(), error);
        let topic = topic.map(ToOwned::to_owned);
        self.outbox
            .push_back(ServerFrame::Refused { topic, problem }.text());
    }

    /// What to do next. May be dropped and called again at any time.
    pub async fn next(&mut self) -> Output {
        loop {
            if let Some(frame) = self.outbox.pop_front() {
                return self.send(frame);
            }
            match self.place.line.farewell() {
                Some(Farewell::Reconnect { after }) if !self.told_to_reconnect => {
                    self.told_to_reconnect = true;
                    let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
                    return self.send(ServerFrame::Reconnect { after_ms }.text());
                }
                // What was asked before the goodbye is still answered.
                Some(Farewell::Reconnect { .. }) if !self.running.is_empty() => {}
                Some(farewell) => return Output::Close(farewell),
                None => {
                    if let Some(frame) = self.advance() {
                        return self.send(frame);
                    }
                }
            }
            // A refusal found on the way waits in the outbox.
            if !self.outbox.is_empty() {
                continue;
            }
            tokio::select! {
                () = self.place.line.wake.notified() => {}
                Some(opened) = self.opening.next(), if !self.opening.is_empty() => self.opened(opened),
                Some(frame) = self.running.next(), if !self.running.is_empty() => {
                    self.outbox.push_back(frame);
                }
            }
        }
    }

    fn send(&self, frame: Utf8Bytes) -> Output {
        self.shared.metrics.frames.inc();
        Output::Frame(frame)
    }

    /// The next frame of any topic.
    fn advance(&mut self) -> Option<Utf8Bytes> {
        let count = self.subscriptions.len();
        for i in 0..count {
            let at = (self.turn + i) % count;
            let subscription = &mut self.subscriptions[at];
            let At::Open(open) = &mut subscription.at else {
                continue;
            };
            if open.waiting {
                continue;
            }
            let channel = open.hold.channel.clone();
            if channel.reviewed() > open.review {
                open.waiting = true;
                let (ticket, who) = (subscription.ticket, self.place.line.who.clone());
                self.opening.push(Box::pin(async move {
                    let review = channel.reviewed();
                    let asked = ask(&who, &channel.name, &channel.topic).await;
                    Opened {
                        ticket,
                        result: asked.map(|own| Door::Reviewed(own, review)),
                    }
                }));
                continue;
            }
            match channel.after(&open.epoch, open.seq) {
                Some(Next::UpToDate) => {}
                Some(Next::Frame(to, frame)) => {
                    open.seq = to;
                    self.turn = at + 1;
                    return Some(frame);
                }
                Some(Next::Snapshot) => {
                    if let Some(snapshot) = channel.snapshot(&open.own) {
                        self.shared.metrics.resyncs.inc();
                        (open.epoch, open.seq) = (snapshot.epoch, snapshot.seq);
                        self.turn = at + 1;
                        return Some(snapshot.text);
                    }
                }
                None => {
                    open.waiting = true;
                    let (ticket, shared) = (subscription.ticket, self.shared.clone());
                    self.opening.push(Box::pin(async move {
                        let loaded = shared.ready(&channel).await;
                        Opened {
                            ticket,
                            result: loaded.map(|()| Door::Loaded),
                        }
                    }));
                }
            }
        }
        None
    }

    fn opened(&mut self, opened: Opened<W>) {
        let found = self
            .subscriptions
            .iter()
            .position(|s| s.ticket == opened.ticket);
        // Unsubscribed meanwhile: the hold goes with it.
        let Some(at) = found else { return };
        match opened.result {
            Ok(door) => self.pass(at, door),
            Err(error) => {
                let topic = self.subscriptions.remove(at).topic;
                self.refuse(Some(&topic), &error);
            }
        }
    }

    fn pass(&mut self, at: usize, door: Door<W>) {
        let subscription = &mut self.subscriptions[at];
        match (door, &mut subscription.at) {
            (Door::Open(mut hold, own, review), At::Opening { after }) => {
                let after = after.take();
                hold.enter(&self.place.line);
                let mut open = Open {
                    hold,
                    own,
                    review,
                    epoch: "".into(),
                    seq: 0,
                    waiting: false,
                };
                if let Some(frame) = open.begin(after.as_ref()) {
                    self.outbox.push_back(frame);
                }
                subscription.at = At::Open(open);
            }
            (Door::Reviewed(own, review), At::Open(open)) => {
                if open.own != own {
                    // What is theirs alone is only in snapshots: no epoch is called "", so one comes next.
                    open.epoch = "".into();
                }
                (open.own, open.review, open.waiting) = (own, review, false);
            }
            (Door::Loaded, At::Open(open)) => open.waiting = false,
            // A ticket is opened once, and reviewed or loaded only when open.
            (_, At::Opening { .. } | At::Open(_)) => {}
        }
    }
}

impl<W> Open<W> {
    /// The first frame: that nothing was missed, or a snapshot. None where deltas or a load come first.
    fn begin(&mut self, after: Option<&Cursor>) -> Option<Utf8Bytes> {
        let channel = &self.hold.channel;
        if let Some(cursor) = after {
            let next = channel.after(&cursor.epoch, cursor.seq);
            if let Some(Next::UpToDate | Next::Frame(..)) = next {
                (self.epoch, self.seq) = (cursor.epoch.as_str().into(), cursor.seq);
            }
            match next {
                Some(Next::UpToDate) => {
                    return Some(frame::resumed(&channel.name, &cursor.epoch, cursor.seq));
                }
                Some(Next::Frame(..)) => return None,
                Some(Next::Snapshot) | None => {}
            }
        }
        // Begun anew since it was loaded: the epoch "" is nobody's, so the next look finds it loading.
        let snapshot = channel.snapshot(&self.own)?;
        (self.epoch, self.seq) = (snapshot.epoch, snapshot.seq);
        Some(snapshot.text)
    }
}

impl<W: Who> Drop for Session<W> {
    fn drop(&mut self) {
        self.shared.metrics.connections.dec();
    }
}

async fn open<W: Who>(shared: Arc<Shared<W>>, who: W, topic: &str) -> Result<Door<W>> {
    let family = shared.family(topic)?;
    // Only who may read a topic can make one come to life, so asked first.
    let review = shared.reviews.load(Ordering::SeqCst);
    let own = ask(&who, topic, &family).await?;
    let hold = shared.hold(topic, &family)?;
    shared.ready(&hold.channel).await?;
    Ok(Door::Open(hold, own, review))
}

/// Whether `who` may read `topic`, and what is theirs alone in it.
async fn ask<W: Who>(who: &W, topic: &str, family: &Arc<dyn Topic<W>>) -> Result<Box<str>> {
    let asked = tokio::time::timeout(LOAD_MAX, family.open(who, topic)).await;
    let own = asked.map_err(|_| Error::Unavailable("topic"))??;
    Ok(frame::members(&own).into())
}

/// The result of a command as a frame.
pub(crate) fn result_frame<W: Who>(
    shared: &Arc<Shared<W>>,
    who: &W,
    id: String,
    result: Result<serde_json::Value>,
) -> ServerFrame {
    match result {
        Ok(data) => ServerFrame::Result {
            id,
            ok: true,
            data: Some(data),
            problem: None,
        },
        Err(error) => {
            let problem = (shared.settings.explain)(who, &error);
            ServerFrame::Result {
                id,
                ok: false,
                data: None,
                problem: Some(problem),
            }
        }
    }
}
