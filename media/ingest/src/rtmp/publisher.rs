//! A small RTMP publisher: for the demo's programmes, for tests, for load.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use media_core::frame::{Config, Frame, Kind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::amf0::Value;
use super::chunk::{self, Decoder, Encoder, Message, kind};
use super::command::{self, Command};
use super::handshake;
use super::key::StreamKey;
use crate::clip::{Tag, TagKind};
use crate::flv::{self, Audio, Video};

/// From dialling to the server's "publishing".
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may refuse to take bytes.
const SEND: Duration = Duration::from_secs(10);
/// Transactions whose answers are awaited.
const CONNECT_CALL: f64 = 1.0;
const CREATE_CALL: f64 = 4.0;
/// Chunks this large hold most frames whole.
const CHUNK_SIZE: u32 = 64 * 1024;
/// Where to publish. Its `Debug` leaves the key out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    authority: String,
    app: String,
    key: StreamKey,
}

impl Target {
    /// Reads `rtmp://HOST[:PORT]/APP/KEY`.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let rest = url.strip_prefix("rtmp://").ok_or(Error::Url)?;
        let mut parts = rest.splitn(3, '/');
        let (Some(host), Some(app), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Error::Url);
        };
        let has_port = host
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let authority = if has_port {
            host.to_owned()
        } else {
            format!("{host}:1935")
        };
        let key = StreamKey::parse(key).ok_or(Error::Url)?;
        if host.is_empty() || app.is_empty() {
            return Err(Error::Url);
        }
        Ok(Self {
            authority,
            app: app.to_owned(),
            key,
        })
    }
}

/// Why publishing does not work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a publish address. (It is not repeated here, because it holds a key.)
    #[error("the publish address is not rtmp://HOST[:PORT]/APP/KEY")]
    Url,
    /// The network failed, or the server hung up.
    #[error("the connection failed: {0}")]
    Io(#[from] std::io::Error),
    /// The server said no.
    #[error("the server refused: {code}: {description}")]
    Refused {
        /// RTMP's status code.
        code: String,
        /// The server's words.
        description: String,
    },
    /// The server does not speak RTMP.
    #[error("the server does not speak RTMP: {0}")]
    Protocol(&'static str),
    /// RTMP in its plain form has no Opus.
    #[error("RTMP carries no Opus here")]
    NoOpus,
    /// The server took too long.
    #[error("the server took too long")]
    TimedOut,
}

/// A connection that publishes. Dropping it hangs up; [`Publisher::close`] says goodbye first.
pub struct Publisher {
    io: TcpStream,
    encoder: Encoder,
    decoder: Decoder,
    input: BytesMut,
    output: BytesMut,
    stream: u32,
}

impl Publisher {
    /// Connects to `rtmp://HOST[:PORT]/APP/KEY` and asks to publish.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::connect_to(&Target::parse(url)?).await
    }

    /// The same, for an address that was read before.
    pub async fn connect_to(target: &Target) -> Result<Self, Error> {
        timeout(CONNECT, Self::greet(target))
            .await
            .map_err(|_elapsed| Error::TimedOut)?
    }

    async fn greet(target: &Target) -> Result<Self, Error> {
        let mut io = TcpStream::connect(&target.authority).await?;
        io.set_nodelay(true)?;
        io.write_all(&handshake::hello()).await?;
        let mut publisher = Self {
            io,
            encoder: Encoder::default(),
            decoder: Decoder::default(),
            input: BytesMut::new(),
            output: BytesMut::new(),
            stream: 0,
        };
        let not_rtmp = |_| Error::Protocol("its handshake is not RTMP version 3");
        loop {
            if let Some(c2) = handshake::finish(&mut publisher.input).map_err(not_rtmp)? {
                publisher.io.write_all(&c2).await?;
                break;
            }
            publisher.read().await?;
        }
        publisher.open(target).await?;
        Ok(publisher)
    }

    async fn open(&mut self, target: &Target) -> Result<(), Error> {
        let member = |name: &str, text: &str| (name.to_owned(), Value::String(text.to_owned()));
        let about = vec![
            member("app", &target.app),
            member("type", "nonprivate"),
            member("flashVer", concat!("Matsuri/", env!("CARGO_PKG_VERSION"))),
            member(
                "tcUrl",
                &format!("rtmp://{}/{}", target.authority, target.app),
            ),
        ];
        let key = Value::String(target.key.reveal().to_owned());
        self.encoder
            .encode(&chunk::set_chunk_size(CHUNK_SIZE), &mut self.output);
        self.encoder.set_chunk_size(CHUNK_SIZE);
        self.put(&command::command(
            "connect",
            1.0,
            vec![Value::Object(about)],
        ));
        self.flush().await?;
        self.reply(|reply| reply.name == "_result" && reply.answers(CONNECT_CALL))
            .await?;
        self.put(&command::command(
            "releaseStream",
            2.0,
            vec![Value::Null, key.clone()],
        ));
        self.put(&command::command(
            "FCPublish",
            3.0,
            vec![Value::Null, key.clone()],
        ));
        self.put(&command::command(
            "createStream",
            CREATE_CALL,
            vec![Value::Null],
        ));
        self.flush().await?;
        let created = self
            .reply(|reply| reply.name == "_result" && reply.answers(CREATE_CALL))
            .await?;
        let stream = created
            .arguments
            .last()
            .and_then(Value::number)
            .unwrap_or_default();
        self.stream = message_stream(stream).ok_or(Error::Protocol("it gave no stream"))?;
        let publish = command::command(
            "publish",
            5.0,
            vec![Value::Null, key, Value::String("live".to_owned())],
        );
        self.put(&Message {
            stream: self.stream,
            ..publish
        });
        self.flush().await?;
        self.reply(|reply| {
            code(reply).is_some_and(|(code, _)| {
                code == "NetStream.Publish.Start" && reply.name == "onStatus"
            })
        })
        .await
        .map(|_started| ())
    }

    /// Sends one FLV tag.
    pub async fn send(&mut self, tag: &Tag) -> Result<(), Error> {
        let (csid, kind) = match tag.kind {
            TagKind::Audio => (4, kind::AUDIO),
            TagKind::Video => (6, kind::VIDEO),
            TagKind::Script => (5, kind::DATA),
        };
        let payload = if tag.kind == TagKind::Script {
            set_data_frame(&tag.payload)
        } else {
            tag.payload.clone()
        };
        self.put(&Message {
            csid,
            kind,
            stream: self.stream,
            timestamp: wire_clock(tag.timestamp_ms),
            payload,
        });
        self.deliver().await
    }

    /// Sends a codec configuration.
    pub async fn config(&mut self, config: &Config) -> Result<(), Error> {
        let (kind, payload) = match config {
            Config::Avc(record) => (
                TagKind::Video,
                flv::put_video(&Video::Config(record.clone())),
            ),
            Config::Aac(config) => (
                TagKind::Audio,
                flv::put_audio(&Audio::Config(config.clone())),
            ),
            Config::Opus(_) => return Err(Error::NoOpus),
        };
        self.send(&Tag {
            kind,
            timestamp_ms: 0,
            payload,
        })
        .await
    }

    /// Sends a frame.
    pub async fn frame(&mut self, frame: &Frame) -> Result<(), Error> {
        let data = frame.data.clone();
        let (kind, payload) = match frame.kind {
            Kind::Video => {
                let cts_ms = i32::try_from(frame.cts_us / 1000).unwrap_or_default();
                (
                    TagKind::Video,
                    flv::put_video(&Video::Frame {
                        cts_ms,
                        key: frame.key,
                        data,
                    }),
                )
            }
            Kind::Audio => (TagKind::Audio, flv::put_audio(&Audio::Frame(data))),
        };
        self.send(&Tag {
            kind,
            timestamp_ms: frame.dts_us / 1000,
            payload,
        })
        .await
    }

    /// Waits until the server says why it ends the connection, or hangs up.
    pub async fn ended(&mut self) -> Error {
        loop {
            if let Err(error) = self.hear().map(|_news| ()) {
                return error;
            }
            if let Err(error) = self.read().await {
                return error;
            }
        }
    }

    /// Says goodbye and hangs up.
    pub async fn close(mut self) -> Result<(), Error> {
        self.put(&command::command(
            "deleteStream",
            6.0,
            vec![Value::Null, Value::Number(f64::from(self.stream))],
        ));
        self.flush().await?;
        self.io.shutdown().await?;
        // The server hangs up in turn; its goodbye interests nobody.
        let _late = timeout(Duration::from_secs(1), async {
            while self.read().await.is_ok() {}
        })
        .await;
        Ok(())
    }

    fn put(&mut self, message: &Message) {
        self.encoder.encode(message, &mut self.output);
    }

    /// Sends what is queued while publishing; the server's objections come first.
    async fn deliver(&mut self) -> Result<(), Error> {
        self.listen()?;
        let sent = self.flush().await;
        if sent.is_err() {
            // Who hangs up says why first: that is worth more than "broken pipe".
            self.listen()?;
        }
        sent
    }

    async fn flush(&mut self) -> Result<(), Error> {
        let sent = timeout(SEND, self.io.write_all_buf(&mut self.output)).await;
        sent.map_err(|_elapsed| Error::TimedOut)?.map_err(Error::Io)
    }

    /// Reads what has come without waiting.
    fn listen(&mut self) -> Result<(), Error> {
        loop {
            match self.io.try_read_buf(&mut self.input) {
                Ok(0) => {
                    while self.hear()?.is_some() {}
                    return Err(hung_up());
                }
                Ok(_) => while self.hear()?.is_some() {},
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn read(&mut self) -> Result<(), Error> {
        match self.io.read_buf(&mut self.input).await? {
            0 => Err(hung_up()),
            _ => Ok(()),
        }
    }

    /// The next command from the server; its refusals become errors, its pings are answered.
    fn hear(&mut self) -> Result<Option<Command>, Error> {
        let garbled = Error::Protocol("its messages cannot be read");
        while let Some(message) = self
            .decoder
            .decode(&mut self.input)
            .map_err(|_| Error::Protocol("its chunks cannot be read"))?
        {
            if let (kind::USER_CONTROL, [0, 6, a, b, c, d]) = (message.kind, &message.payload[..]) {
                self.encoder
                    .encode(&command::pong([*a, *b, *c, *d]), &mut self.output);
            }
            if message.kind != kind::COMMAND {
                continue;
            }
            let Some(command) = Command::read(&message).map_err(|_| garbled)? else {
                return Ok(None);
            };
            let is_error = command.name == "_error" || level(&command) == Some("error");
            // Errors about releaseStream and FCPublish only mean that a server does not know them.
            let is_optional = command.name == "_error" && matches!(command.transaction, 2.0 | 3.0);
            if is_error && !is_optional {
                let (code, description) = code(&command).unwrap_or(("error", ""));
                return Err(Error::Refused {
                    code: code.to_owned(),
                    description: description.to_owned(),
                });
            }
            return Ok(Some(command));
        }
        Ok(None)
    }

    async fn reply(&mut self, is_wanted: impl Fn(&Command) -> bool) -> Result<Command, Error> {
        loop {
            while let Some(command) = self.hear()? {
                if is_wanted(&command) {
                    return Ok(command);
                }
            }
            self.read().await?;
        }
    }
}

/// Files hold `onMetaData`; servers are told to set it.
fn set_data_frame(script: &Bytes) -> Bytes {
    let mut payload = super::amf0::encode(&[Value::String("@setDataFrame".to_owned())]);
    payload.extend_from_slice(script);
    payload.freeze()
}

/// RTMP's clock: 32 bits, wrapping.
fn wire_clock(timestamp_ms: i64) -> u32 {
    let [_, _, _, _, low @ ..] = timestamp_ms.to_be_bytes();
    u32::from_be_bytes(low)
}

fn message_stream(number: f64) -> Option<u32> {
    (1..=64_u32).find(|stream| (f64::from(*stream) - number).abs() < 0.5)
}

fn information<'a>(command: &'a Command, name: &str) -> Option<&'a str> {
    command
        .arguments
        .iter()
        .find_map(|value| value.member(name).and_then(Value::text))
}

fn level(command: &Command) -> Option<&str> {
    information(command, "level")
}

fn code(command: &Command) -> Option<(&str, &str)> {
    Some((
        information(command, "code")?,
        information(command, "description").unwrap_or_default(),
    ))
}

fn hung_up() -> Error {
    Error::Io(std::io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_address_is_read_and_its_key_never_shown() {
        let target = Target::parse("rtmp://127.0.0.1/live/s3cret").unwrap();
        assert_eq!(
            (target.authority.as_str(), target.app.as_str()),
            ("127.0.0.1:1935", "live")
        );
        assert!(!format!("{target:?}").contains("s3cret"));
        assert_eq!(
            Target::parse("rtmp://[::1]:7/live/k").unwrap().authority,
            "[::1]:7"
        );
        for bad in [
            "http://h/live/s3cret",
            "rtmp://h/live",
            "rtmp:///live/s3cret",
            "rtmp://h//s3cret",
            "rtmp://h/live/",
        ] {
            let error = Target::parse(bad).unwrap_err().to_string();
            assert!(!error.contains("s3cret"));
        }
    }
}
