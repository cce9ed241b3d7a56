//! The websocket (RFC 6455) that carries a session.
//!
//! Our own few lines of handshake over axum's, because axum's socket cannot send a message in pieces, and
//! the library below keeps a writing buffer as large as the largest piece for as long as a connection lives:
//! one 60 KB snapshot per viewer would cost 3 GiB at 50,000.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};

use crate::connect::{header, plain};
use crate::hub::{Shared, Who};
use crate::limits::{
    CLOSE_MAX, HEARTBEAT, IDLE_MAX, MESSAGE_BYTES_MAX, PIECE_BYTES, READ_BUFFER_BYTES, SEND_MAX,
    WRITE_BUFFER_BYTES_MAX,
};
use crate::registry::Farewell;
use crate::session::{Output, Session};

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// A request that asks for a websocket.
pub(crate) struct Upgrade {
    accept: String,
    on_upgrade: OnUpgrade,
}

impl Upgrade {
    /// Whether `parts` ask for a websocket, and properly so.
    pub(crate) fn asked(parts: &mut Parts) -> Result<Option<Self>, BadHandshake> {
        let has = |name, token: &str| {
            header(&parts.headers, &name).is_some_and(|value| {
                value
                    .split(',')
                    .any(|t| t.trim().eq_ignore_ascii_case(token))
            })
        };
        if !(has(CONNECTION, "upgrade") && has(UPGRADE, "websocket")) {
            return Ok(None);
        }
        if parts.method != Method::GET || !has(SEC_WEBSOCKET_VERSION, "13") {
            return Err(BadHandshake);
        }
        let key = parts
            .headers
            .get(SEC_WEBSOCKET_KEY)
            .filter(|key| key.len() == 24);
        let accept = key.map(|key| derive_accept_key(key.as_bytes()));
        match (accept, parts.extensions.remove::<OnUpgrade>()) {
            (Some(accept), Some(on_upgrade)) => Ok(Some(Self { accept, on_upgrade })),
            _ => Err(BadHandshake),
        }
    }
}

/// A request for a websocket that is none.
pub(crate) struct BadHandshake;

impl BadHandshake {
    /// What to answer.
    pub(crate) fn response() -> Response {
        let mut response = plain(StatusCode::BAD_REQUEST, "realtime-bad-handshake");
        response
            .headers_mut()
            .insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        response
    }
}

/// Says yes, and runs the session as soon as the connection is handed over.
pub(crate) fn accept<W: Who>(
    upgrade: Upgrade,
    shared: &Shared<W>,
    session: Session<W>,
) -> Response {
    let Ok(accept) = HeaderValue::from_str(&upgrade.accept) else {
        return BadHandshake::response();
    };
    shared.spawn("realtime-connection", async move {
        // The client may be gone before the answer is.
        let Ok(upgraded) = upgrade.on_upgrade.await else {
            return;
        };
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let io = TokioIo::new(upgraded);
        let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        Carrier {
            socket,
            session,
            heard: Instant::now(),
        }
        .run()
        .await;
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// A session and the socket that carries it.
struct Carrier<W: Who> {
    socket: Socket,
    session: Session<W>,
    /// When the client last said anything.
    heard: Instant,
}

/// Why a connection ended, as far as anybody can still be told.
enum End {
    /// It is gone.
    Gone,
    /// It is told why.
    Told(u16, &'static str),
}

impl<W: Who> Carrier<W> {
    async fn run(mut self) {
        let end = self.carry().await;
        if let End::Told(code, reason) = end {
            if code == CODE_MISBEHAVED {
                self.session.count_dropped();
            }
            let _ = tokio::time::timeout(CLOSE_MAX, self.close(code, reason)).await;
        }
    }

    async fn carry(&mut self) -> End {
        let beat = tokio::time::sleep(HEARTBEAT);
        tokio::pin!(beat);
        loop {
            tokio::select! {
                message = self.socket.next() => {
                    self.heard = Instant::now();
                    match message {
                        Some(Ok(Message::Text(text))) => self.session.receive(&text),
                        Some(Ok(Message::Binary(_))) => return End::Told(1003, "text only"),
                        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                        Some(Ok(Message::Close(_))) | None => return End::Gone,
                        Some(Err(error)) => return unreadable(&error),
                    }
                }
                output = self.session.next() => match output {
                    Output::Frame(frame) => {
                        if let Err(end) = self.send(frame).await {
                            return end;
                        }
                    }
                    Output::Close(farewell) => return goodbye(farewell),
                },
                () = &mut beat => {
                    if self.heard.elapsed() >= IDLE_MAX {
                        return End::Told(CODE_MISBEHAVED, "idle");
                    }
                    // Browsers answer by themselves, which is what keeps `heard` fresh.
                    let ping = Message::Ping(Bytes::new());
                    match tokio::time::timeout(SEND_MAX, self.socket.send(ping)).await {
                        Ok(Ok(())) => beat.as_mut().reset(Instant::now() + HEARTBEAT),
                        _ => return End::Gone,
                    }
                }
            }
        }
    }

    /// Sends a text, in pieces if it is long.
    async fn send(&mut self, text: Utf8Bytes) -> Result<(), End> {
        let sending = async {
            if text.len() <= PIECE_BYTES {
                return self.socket.send(Message::Text(text)).await;
            }
            let bytes = Bytes::from(text);
            for start in (0..bytes.len()).step_by(PIECE_BYTES) {
                let end = bytes.len().min(start + PIECE_BYTES);
                let kind = if start == 0 {
                    Data::Text
                } else {
                    Data::Continue
                };
                let last = end == bytes.len();
                let piece = Frame::message(bytes.slice(start..end), OpCode::Data(kind), last);
                self.socket.send(Message::Frame(piece)).await?;
            }
            Ok(())
        };
        match tokio::time::timeout(SEND_MAX, sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => {
                self.session.count_dropped();
                Err(End::Gone)
            }
        }
    }

    /// Says goodbye and waits for the answer: a connection closed with something unread in it is reset, and
    /// the reason would be lost on the way.
    async fn close(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: Utf8Bytes::from_static(reason),
        };
        if self.socket.close(Some(frame)).await.is_ok() {
            while let Some(Ok(_)) = self.socket.next().await {}
        }
    }
}

/// Close code for who broke a rule (RFC 6455 §7.4.1: policy violation).
const CODE_MISBEHAVED: u16 = 1008;
/// Close code for who is no longer signed in; from the range for applications.
const CODE_ENDED: u16 = 4401;

fn goodbye(farewell: Farewell) -> End {
    match farewell {
        Farewell::Reconnect { .. } => End::Told(1012, "restarting"),
        Farewell::Ended => End::Told(CODE_ENDED, "signed out"),
        Farewell::TooFast => End::Told(CODE_MISBEHAVED, "too fast"),
    }
}

fn unreadable(error: &tokio_tungstenite::tungstenite::Error) -> End {
    use tokio_tungstenite::tungstenite::Error as E;
    match error {
        E::Capacity(_) => End::Told(1009, "too large"),
        E::Utf8(_) => End::Told(1007, "not utf-8"),
        E::Protocol(_) => End::Told(1002, "protocol error"),
        _ => End::Gone,
    }
}

// A heartbeat must come often enough for two to be lost before somebody counts as gone.
const _: () =
    assert!(IDLE_MAX.as_secs() > 2 * HEARTBEAT.as_secs() && !Duration::is_zero(&SEND_MAX));
