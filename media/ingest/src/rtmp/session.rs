//! One publisher's connection as a state machine: bytes in, events and bytes out, no I/O.
//!
//! Invariant: whatever arrives, a step ends in bounded time with bounded output, an event, or an error after
//! which nothing more is read.

use bytes::{Bytes, BytesMut};
use media_core::frame::Kind;

use super::amf0::{self, Value};
use super::chunk::{self, Decoder, Encoder, Message, kind};
use super::command::{self, Command};
use super::farewell::Farewell;
use super::handshake;
use super::key::StreamKey;
use crate::limits::{COMMANDS_MAX, ENCODER_CHARS_MAX, MESSAGE_STREAMS_MAX};

/// The only application that encoders may connect to.
const APP: &str = "live";
/// Our own chunks; replies are small.
const CHUNK_SIZE: u32 = 4096;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The peer wants to publish. Nothing more is read before [`Session::accept`] or [`Session::refuse`].
    Publish(Request),
    /// A tag.
    Media(Media),
    /// What the encoder says about its stream.
    Metadata(Metadata),
    /// The peer stops publishing.
    Unpublish,
}

/// Who wants to publish.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The key, unless what was sent cannot be one.
    pub key: Option<StreamKey>,
    /// What the encoder calls itself.
    pub encoder: String,
}

/// An audio or video tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    /// Picture or sound.
    pub kind: Kind,
    /// Milliseconds on the encoder's clock, unwrapped.
    pub timestamp_ms: i64,
    /// The FLV tag's payload, see [`crate::flv`].
    pub payload: Bytes,
}

/// The few things of `onMetaData` that help a person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// The encoder's name and version.
    pub encoder: String,
    /// Picture width.
    pub width: Option<f64>,
    /// Picture height.
    pub height: Option<f64>,
    /// Pictures per second.
    pub fps: Option<f64>,
}

/// Why nothing more is read from a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not RTMP.
    #[error(transparent)]
    Handshake(#[from] handshake::NotRtmp),
    /// Chunks that cannot be followed.
    #[error(transparent)]
    Chunk(#[from] chunk::Error),
    /// A command that is not AMF0.
    #[error(transparent)]
    Amf(#[from] amf0::Error),
    /// Sound or pictures before anyone was asked.
    #[error("media before the publish command")]
    MediaBeforePublish,
    /// A command that needs a connection, or a second `connect`.
    #[error("commands in an impossible order")]
    Order,
    /// Commands without end.
    #[error("more than {COMMANDS_MAX} commands before publishing")]
    TooManyCommands,
    /// Message streams without end.
    #[error("more than {MESSAGE_STREAMS_MAX} message streams")]
    TooManyStreams,
    /// An application other than `live`.
    #[error("the application is not \"{APP}\"")]
    App,
    /// Somebody wants to watch here.
    #[error("this port is for publishing only")]
    Play,
}

/// The state machine.
#[derive(Debug)]
pub struct Session {
    phase: Phase,
    input: BytesMut,
    output: BytesMut,
    decoder: Decoder,
    encoder: Encoder,
    encoder_name: String,
    streams: u32,
    commands: u32,
    received: u64,
    acknowledged: u64,
    window: u64,
    clock_ms: Option<i64>,
}

#[derive(Debug)]
enum Phase {
    Handshake(handshake::Server),
    Greeting,
    Connected,
    Asked { stream: u32 },
    Publishing { stream: u32 },
}

impl Default for Session {
    fn default() -> Self {
        Self {
            phase: Phase::Handshake(handshake::Server::default()),
            input: BytesMut::new(),
            output: BytesMut::new(),
            decoder: Decoder::default(),
            encoder: Encoder::default(),
            encoder_name: String::new(),
            streams: 0,
            commands: 0,
            received: 0,
            acknowledged: 0,
            window: u64::from(command::WINDOW_BYTES),
            clock_ms: None,
        }
    }
}

impl Session {
    /// Where received bytes go; tell [`Session::received`] how many were added.
    pub fn input(&mut self) -> &mut BytesMut {
        &mut self.input
    }

    /// Counts received bytes and acknowledges them when it is time.
    pub fn received(&mut self, count: usize) {
        self.received += count as u64;
        let is_connected = !matches!(self.phase, Phase::Handshake(_) | Phase::Greeting);
        if is_connected && self.window > 0 && self.received - self.acknowledged >= self.window {
            self.acknowledged = self.received;
            self.send(&command::acknowledgement(self.received));
        }
    }

    /// What must be sent to the peer.
    pub fn output(&mut self) -> &mut BytesMut {
        &mut self.output
    }

    /// Whether the handshake is over.
    pub fn is_greeted(&self) -> bool {
        !matches!(self.phase, Phase::Handshake(_))
    }

    /// Pictures and other messages that were skipped because they are too large.
    pub fn skipped(&self) -> u64 {
        self.decoder.skipped()
    }

    /// The next event in the bytes received so far.
    pub fn next_event(&mut self) -> Result<Option<Event>, Error> {
        if let Phase::Handshake(server) = &mut self.phase {
            if !server.advance(&mut self.input, &mut self.output)? {
                return Ok(None);
            }
            self.phase = Phase::Greeting;
        }
        if matches!(self.phase, Phase::Asked { .. }) {
            return Ok(None);
        }
        while let Some(message) = self.decoder.decode(&mut self.input)? {
            if let Some(event) = self.take(message)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Answers [`Event::Publish`]: go on.
    pub fn accept(&mut self) {
        let Phase::Asked { stream } = self.phase else {
            return;
        };
        self.phase = Phase::Publishing { stream };
        self.decoder.publishing();
        self.send(&command::stream_begin(stream));
        self.send(&command::on_status(
            stream,
            "status",
            "NetStream.Publish.Start",
            "publishing",
        ));
    }

    /// Tells the peer why the connection ends. The caller sends the output and closes.
    pub fn farewell(&mut self, farewell: &Farewell) {
        let stream = match self.phase {
            Phase::Asked { stream } | Phase::Publishing { stream } => stream,
            Phase::Connected => 0,
            // Who has not said his name is owed no explanation.
            Phase::Handshake(_) | Phase::Greeting => return,
        };
        let (level, code, description) = farewell.level_code_description();
        self.send(&command::on_status(stream, level, code, description));
    }

    fn send(&mut self, message: &Message) {
        self.encoder.encode(message, &mut self.output);
    }

    fn take(&mut self, message: Message) -> Result<Option<Event>, Error> {
        match message.kind {
            kind::AUDIO => self.media(Kind::Audio, message).map(Some),
            kind::VIDEO => self.media(Kind::Video, message).map(Some),
            kind::COMMAND | kind::COMMAND_AMF3 => self.command(&message),
            kind::DATA | kind::DATA_AMF3 => Ok(self.metadata(&message)),
            kind::USER_CONTROL => {
                self.user_control(&message.payload);
                Ok(None)
            }
            kind::WINDOW_ACK_SIZE => {
                if let Some(field) = message.payload.first_chunk::<4>() {
                    // 0 would mean an acknowledgement for nothing, without end: it is ignored.
                    let window = u32::from_be_bytes(*field);
                    self.window = if window == 0 {
                        self.window
                    } else {
                        u64::from(window)
                    };
                }
                Ok(None)
            }
            // Acknowledgements, bandwidth, aggregates, shared objects: nothing for us.
            _ => Ok(None),
        }
    }

    fn media(&mut self, kind: Kind, message: Message) -> Result<Event, Error> {
        if !matches!(self.phase, Phase::Publishing { .. }) {
            return Err(Error::MediaBeforePublish);
        }
        let timestamp_ms = self.unwrap_clock(message.timestamp);
        Ok(Event::Media(Media {
            kind,
            timestamp_ms,
            payload: message.payload,
        }))
    }

    /// RTMP's clock wraps after 49.7 days; ours, common to sound and picture, does not.
    fn unwrap_clock(&mut self, timestamp: u32) -> i64 {
        let unwrapped = match self.clock_ms {
            None => i64::from(timestamp),
            Some(last) => {
                // The low half of the last value is what the wire showed then; the nearer way round is meant.
                let [_, _, _, _, low @ ..] = last.to_be_bytes();
                let step = timestamp
                    .wrapping_sub(u32::from_be_bytes(low))
                    .cast_signed();
                last + i64::from(step)
            }
        };
        self.clock_ms = Some(unwrapped);
        unwrapped
    }

    fn user_control(&mut self, payload: &[u8]) {
        if let [0, 6, a, b, c, d, ..] = *payload {
            self.send(&command::pong([a, b, c, d]));
        }
    }

    /// Metadata is for people only: what cannot be read is ignored.
    fn metadata(&self, message: &Message) -> Option<Event> {
        if !matches!(self.phase, Phase::Publishing { .. }) {
            return None;
        }
        let payload = match message.kind {
            kind::DATA_AMF3 => message
                .payload
                .strip_prefix(&[0])
                .unwrap_or(&message.payload),
            _ => &message.payload[..],
        };
        let values = amf0::decode(payload).ok()?;
        let mut names = values.iter().filter_map(Value::text);
        if !names.any(|name| name == "onMetaData") {
            return None;
        }
        let about = values.last()?;
        let number = |name| {
            about
                .member(name)
                .and_then(Value::number)
                .filter(|number| number.is_finite())
        };
        Some(Event::Metadata(Metadata {
            encoder: about
                .member("encoder")
                .and_then(Value::text)
                .map(presentable)
                .unwrap_or_default(),
            width: number("width"),
            height: number("height"),
            fps: number("framerate"),
        }))
    }

    fn command(&mut self, message: &Message) -> Result<Option<Event>, Error> {
        let is_publishing = matches!(self.phase, Phase::Publishing { .. });
        if !is_publishing {
            self.commands += 1;
            if self.commands > COMMANDS_MAX {
                return Err(Error::TooManyCommands);
            }
        }
        let Some(command) = Command::read(message)? else {
            return Ok(None);
        };
        if command.name == "connect" {
            return self.connect(&command).map(|()| None);
        }
        if matches!(self.phase, Phase::Greeting) {
            return Err(Error::Order);
        }
        match command.name.as_str() {
            "createStream" => self.create_stream(&command).map(|()| None),
            "publish" => Ok(self.publish(&command, message.stream)),
            "FCPublish" => {
                self.send(&command::result(command.transaction, Value::Undefined));
                self.send(&command::on_fc_publish());
                Ok(None)
            }
            "releaseStream" | "getStreamLength" | "_checkbw" => {
                self.send(&command::result(command.transaction, Value::Undefined));
                Ok(None)
            }
            "FCUnpublish" | "deleteStream" | "closeStream" => {
                Ok(is_publishing.then_some(Event::Unpublish))
            }
            "play" | "play2" | "FCSubscribe" | "pause" | "seek" | "receiveVideo"
            | "receiveAudio" => {
                let refusal = "this port is for publishing only";
                self.send(&command::on_status(
                    message.stream,
                    "error",
                    "NetStream.Play.Failed",
                    refusal,
                ));
                Err(Error::Play)
            }
            // Replies to nothing we asked, and what other servers invented.
            _ => Ok(None),
        }
    }

    fn connect(&mut self, command: &Command) -> Result<(), Error> {
        if !matches!(self.phase, Phase::Greeting) {
            return Err(Error::Order);
        }
        let about = command.arguments.first();
        let member = |name| about.and_then(|about| about.member(name));
        let app = member("app").and_then(Value::text).unwrap_or_default();
        let app = app.split('?').next().unwrap_or_default().trim_matches('/');
        if app != APP {
            let refusal = "publish to rtmp://…/live with the stream key as the stream's name";
            self.send(&command::connect_rejected(command.transaction, refusal));
            return Err(Error::App);
        }
        self.encoder_name = member("flashVer")
            .and_then(Value::text)
            .map(presentable)
            .unwrap_or_default();
        let is_enhanced = ["fourCcList", "videoFourCcInfoMap", "capsEx"]
            .iter()
            .any(|name| member(name).is_some());
        for message in command::preamble(CHUNK_SIZE) {
            self.send(&message);
        }
        self.encoder.set_chunk_size(CHUNK_SIZE);
        self.send(&command::connected(command.transaction, is_enhanced));
        self.phase = Phase::Connected;
        Ok(())
    }

    fn create_stream(&mut self, command: &Command) -> Result<(), Error> {
        self.streams += 1;
        if self.streams > MESSAGE_STREAMS_MAX {
            return Err(Error::TooManyStreams);
        }
        self.send(&command::result(
            command.transaction,
            Value::Number(f64::from(self.streams)),
        ));
        Ok(())
    }

    fn publish(&mut self, command: &Command, stream: u32) -> Option<Event> {
        if matches!(self.phase, Phase::Publishing { .. }) {
            // The first goes on; an encoder that asks twice has forgotten, or is not one.
            let refusal = "this connection publishes already";
            self.send(&command::on_status(
                stream,
                "error",
                "NetStream.Publish.BadName",
                refusal,
            ));
            return None;
        }
        self.phase = Phase::Asked { stream };
        let key = command.text(0).and_then(StreamKey::parse);
        Some(Event::Publish(Request {
            key,
            encoder: self.encoder_name.clone(),
        }))
    }
}

/// What an encoder says of itself, fit for a page and a log line.
fn presentable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(ENCODER_CHARS_MAX)
        .collect()
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
