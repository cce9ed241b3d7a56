//! RTMP commands and our replies to them.

use super::amf0::{self, Value};
use super::chunk::{Message, control, kind};

/// The chunk stream of commands about the connection.
const CONNECTION: u32 = 3;
/// The chunk stream of status messages.
const STATUS: u32 = 5;
/// How many bytes the peers may be apart before they acknowledge.
pub(super) const WINDOW_BYTES: u32 = 2_500_000;
/// Limit type of Set Peer Bandwidth.
const DYNAMIC: u8 = 2;
/// What enhanced clients are told we do with a codec.
const CAN_FORWARD: f64 = 4.0;

/// A command as it arrived.
pub(super) struct Command {
    pub(super) name: String,
    pub(super) transaction: f64,
    pub(super) arguments: Vec<Value>,
}

impl Command {
    /// Reads a command message; AMF3 ones begin with a zero byte and go on as AMF0.
    pub(super) fn read(message: &Message) -> Result<Option<Self>, amf0::Error> {
        let payload = match message.kind {
            kind::COMMAND_AMF3 => message
                .payload
                .strip_prefix(&[0])
                .unwrap_or(&message.payload),
            _ => &message.payload[..],
        };
        let mut values = amf0::decode(payload)?.into_iter();
        let (Some(Value::String(name)), transaction) = (values.next(), values.next()) else {
            return Ok(None);
        };
        let transaction = transaction.and_then(|value| value.number()).unwrap_or(0.0);
        Ok(Some(Self {
            name,
            transaction,
            arguments: values.collect(),
        }))
    }

    /// Whether this answers the call with that transaction number.
    pub(super) fn answers(&self, transaction: f64) -> bool {
        (self.transaction - transaction).abs() < 0.5
    }

    /// The text at `index`, counted after the command object.
    pub(super) fn text(&self, index: usize) -> Option<&str> {
        self.arguments.get(index + 1).and_then(Value::text)
    }
}

/// A command message, of ours or a client's.
pub(super) fn command(name: &str, transaction: f64, arguments: Vec<Value>) -> Message {
    let mut values = vec![text(name), Value::Number(transaction)];
    values.extend(arguments);
    Message {
        csid: CONNECTION,
        kind: kind::COMMAND,
        stream: 0,
        timestamp: 0,
        payload: amf0::encode(&values).freeze(),
    }
}

/// What the server says of itself before it answers `connect`.
pub(super) fn preamble(chunk_size: u32) -> [Message; 3] {
    let window = WINDOW_BYTES.to_be_bytes();
    let [a, b, c, d] = window;
    [
        control(kind::WINDOW_ACK_SIZE, &window),
        control(kind::SET_PEER_BANDWIDTH, &[a, b, c, d, DYNAMIC]),
        super::chunk::set_chunk_size(chunk_size),
    ]
}

/// The answer to a good `connect`. Enhanced clients are told what we pass on.
pub(super) fn connected(transaction: f64, is_enhanced: bool) -> Message {
    let mut information = status_members("status", "NetConnection.Connect.Success", "connected");
    information.push(("objectEncoding".into(), Value::Number(0.0)));
    if is_enhanced {
        let map = |name: &str| Value::Object(vec![(name.to_owned(), Value::Number(CAN_FORWARD))]);
        information.push(("videoFourCcInfoMap".into(), map("avc1")));
        information.push(("audioFourCcInfoMap".into(), map("mp4a")));
    }
    let properties = Value::Object(vec![
        // Encoders look for the form, not for the product.
        ("fmsVer".into(), text("FMS/3,5,7,7009")),
        ("capabilities".into(), Value::Number(31.0)),
    ]);
    command(
        "_result",
        transaction,
        vec![properties, Value::Object(information)],
    )
}

/// The answer to a `connect` that is not wanted.
pub(super) fn connect_rejected(transaction: f64, description: &str) -> Message {
    let information = status_members("error", "NetConnection.Connect.Rejected", description);
    command(
        "_error",
        transaction,
        vec![Value::Null, Value::Object(information)],
    )
}

/// A bare `_result`.
pub(super) fn result(transaction: f64, value: Value) -> Message {
    command("_result", transaction, vec![Value::Null, value])
}

/// `onFCPublish`, which some encoders wait for.
pub(super) fn on_fc_publish() -> Message {
    let information = status_members("status", "NetStream.Publish.Start", "go on");
    command(
        "onFCPublish",
        0.0,
        vec![Value::Null, Value::Object(information)],
    )
}

/// `onStatus` about a message stream.
pub(super) fn on_status(stream: u32, level: &str, code: &str, description: &str) -> Message {
    let information = Value::Object(status_members(level, code, description));
    let message = command("onStatus", 0.0, vec![Value::Null, information]);
    Message {
        csid: STATUS,
        stream,
        ..message
    }
}

/// User control: the stream begins.
pub(super) fn stream_begin(stream: u32) -> Message {
    let [a, b, c, d] = stream.to_be_bytes();
    control(kind::USER_CONTROL, &[0, 0, a, b, c, d])
}

/// User control: the answer to a ping.
pub(super) fn pong(stamp: [u8; 4]) -> Message {
    let [a, b, c, d] = stamp;
    control(kind::USER_CONTROL, &[0, 7, a, b, c, d])
}

/// Acknowledges bytes received.
pub(super) fn acknowledgement(bytes: u64) -> Message {
    // The field wraps, as everyone's does.
    let [_, _, _, _, low @ ..] = bytes.to_be_bytes();
    control(kind::ACKNOWLEDGEMENT, &low)
}

pub(super) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn status_members(level: &str, code: &str, description: &str) -> Vec<(String, Value)> {
    [
        ("level", level),
        ("code", code),
        ("description", description),
    ]
    .map(|(name, value)| (name.to_owned(), text(value)))
    .into()
}
