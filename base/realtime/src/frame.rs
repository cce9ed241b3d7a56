//! The frames: JSON texts, the same over websockets and server-sent events. docs/realtime.md explains them.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use utoipa::ToSchema;

/// Where a reader is in a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cursor {
    /// The topic's life; opaque. Numbers of different epochs have nothing to do with each other.
    pub epoch: String,
    /// The last event that was seen.
    pub seq: u64,
}

/// What a client may send.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// Read a topic, from the beginning (a snapshot) or after the event that was seen last.
    Subscribe {
        /// Its name.
        topic: String,
        /// The last event that was seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Cursor>,
    },
    /// Read a topic no longer.
    Unsubscribe {
        /// Its name.
        topic: String,
    },
    /// Do something.
    Command {
        /// Comes back in the result.
        id: String,
        /// What to do.
        name: String,
        /// With what.
        #[serde(default)]
        #[schema(value_type = Object)]
        args: Value,
    },
    /// Are you there?
    Ping,
}

/// What the server sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The first frame.
    Hello {
        /// The server's clock, RFC 3339.
        now: String,
        /// Something is heard from the server at least this often.
        heartbeat_ms: u64,
    },
    /// A topic's whole state.
    Snapshot {
        /// The topic.
        topic: String,
        /// Its life.
        epoch: String,
        /// The last event that is in it.
        seq: u64,
        /// The state.
        #[schema(value_type = Object)]
        data: Value,
    },
    /// Events of a topic, one per number from `from` to `to`. Empty (`to` = `from` − 1) when a resumed
    /// subscription missed nothing.
    Delta {
        /// The topic.
        topic: String,
        /// Its life.
        epoch: String,
        /// Number of the first event.
        from: u64,
        /// Number of the last event.
        to: u64,
        /// The events.
        #[schema(value_type = Vec<Object>)]
        events: Vec<Value>,
    },
    /// A topic may not, or no longer, be read; or a frame could not be read (`topic` is null).
    Refused {
        /// The topic.
        topic: Option<String>,
        /// Why.
        problem: Problem,
    },
    /// What became of a command.
    Result {
        /// The command's id.
        id: String,
        /// Whether it was done.
        ok: bool,
        /// What it gave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<Object>)]
        data: Option<Value>,
        /// Why it was not done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<Problem>,
    },
    /// I am.
    Pong,
    /// The server goes away; come back after so many milliseconds and resume.
    Reconnect {
        /// When.
        after_ms: u64,
    },
}

/// Why something was refused (RFC 9457, with a `code` for programs).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Kind of problem as a URI reference.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status that it corresponds to.
    pub status: u16,
    /// This case in a sentence, in the reader's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The case for programs, such as `not-found` or the key of the sentence.
    pub code: String,
    /// When trying again makes sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Finds the log lines of this connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// Complaints about single fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
}

/// A complaint about one field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemField {
    /// Name of the field.
    pub field: String,
    /// What is wrong with it, in the reader's language.
    pub detail: String,
    /// Stable word for programs.
    pub code: String,
}

impl Problem {
    /// A problem in the words of programs; who composes the product gives better ones ([`crate::Settings`]).
    pub fn plain(error: &kernel::Error) -> Self {
        use kernel::Error as E;
        let (status, code, retry) = match error {
            E::NotFound(_) => (404, "not-found", None),
            E::Conflict(message) => (409, message.key, None),
            E::Stale => (412, "stale", None),
            E::Unconditional => (428, "if-match-missing", None),
            E::Invalid(fields) => (
                422,
                fields.first().map_or("invalid", |f| f.message.key),
                None,
            ),
            E::Forbidden(message) => (403, message.key, None),
            E::Unauthenticated => (401, "unauthenticated", None),
            E::TooMany { retry_after } => (429, "too-many", Some(*retry_after)),
            E::Unavailable(_) => (503, "unavailable", None),
            E::Internal(_) => (500, "internal", None),
        };
        Self {
            kind: "about:blank".to_owned(),
            title: code.to_owned(),
            status,
            code: code.to_owned(),
            retry_after_ms: retry.and_then(|after| u64::try_from(after.as_millis()).ok()),
            ..Self::default()
        }
    }
}

impl ServerFrame {
    /// The frame as text.
    pub(crate) fn text(&self) -> Utf8Bytes {
        // Strings, numbers and maps with string keys: nothing in a frame can fail to serialise.
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

/// A delta frame around events that are already serialised.
pub(crate) fn delta(topic: &str, epoch: &str, from: u64, events: &[String]) -> Utf8Bytes {
    let size: usize = events.iter().map(|event| event.len() + 1).sum();
    let mut text = String::with_capacity(size + topic.len() + epoch.len() + 96);
    let to = from + events.len() as u64 - 1;
    head(&mut text, "delta", topic, epoch);
    let _ = write!(text, ",\"from\":{from},\"to\":{to},\"events\":[");
    for (i, event) in events.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        text.push_str(event);
    }
    text.push_str("]}");
    text.into()
}

/// The delta frame that says: nothing was missed.
pub(crate) fn resumed(topic: &str, epoch: &str, seq: u64) -> Utf8Bytes {
    let mut text = String::with_capacity(topic.len() + epoch.len() + 96);
    head(&mut text, "delta", topic, epoch);
    let _ = write!(text, ",\"from\":{},\"to\":{seq},\"events\":[]}}", seq + 1);
    text.into()
}

/// A snapshot frame: `shared` and `own` are the members of the state without their braces.
pub(crate) fn snapshot(topic: &str, epoch: &str, seq: u64, shared: &str, own: &str) -> Utf8Bytes {
    let mut text = String::with_capacity(shared.len() + own.len() + topic.len() + epoch.len() + 96);
    head(&mut text, "snapshot", topic, epoch);
    let _ = write!(text, ",\"seq\":{seq},\"data\":{{{shared}");
    if !shared.is_empty() && !own.is_empty() {
        text.push(',');
    }
    text.push_str(own);
    text.push_str("}}");
    text.into()
}

/// What all frames of a topic begin with. Names of topics need no escaping ([`crate::topic::is_name`]).
fn head(text: &mut String, kind: &str, topic: &str, epoch: &str) {
    let _ = write!(
        text,
        "{{\"type\":\"{kind}\",\"topic\":\"{topic}\",\"epoch\":\"{epoch}\""
    );
}

/// The members of an object without its braces; nothing for anything else.
pub(crate) fn members(value: &Value) -> String {
    let Value::Object(_) = value else {
        return String::new();
    };
    let text = value.to_string();
    text[1..text.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn frames_written_by_hand_read_as_what_they_mean() {
        let frame: ServerFrame = serde_json::from_str(&delta(
            "chat/x/y",
            "e1",
            13,
            &["{\"a\":1}".into(), "{}".into()],
        ))
        .unwrap();
        let events = vec![json!({"a": 1}), json!({})];
        let (topic, epoch) = ("chat/x/y".to_owned(), "e1".to_owned());
        assert_eq!(
            frame,
            ServerFrame::Delta {
                topic: topic.clone(),
                epoch: epoch.clone(),
                from: 13,
                to: 14,
                events
            }
        );
        for (shared, own, data) in [
            (json!({"a": 1}), json!({"b": 2}), json!({"a": 1, "b": 2})),
            (json!({}), json!({"b": 2}), json!({"b": 2})),
            (json!({"a": "}{"}), Value::Null, json!({"a": "}{"})),
        ] {
            let text = snapshot("chat/x/y", "e1", 7, &members(&shared), &members(&own));
            let (topic, epoch) = (topic.clone(), epoch.clone());
            assert_eq!(
                serde_json::from_str::<ServerFrame>(&text).unwrap(),
                ServerFrame::Snapshot {
                    topic,
                    epoch,
                    seq: 7,
                    data
                }
            );
        }
        let frame: ServerFrame = serde_json::from_str(&resumed("chat/x/y", "e1", 9)).unwrap();
        assert_eq!(
            frame,
            ServerFrame::Delta {
                topic,
                epoch,
                from: 10,
                to: 9,
                events: vec![]
            }
        );
    }
}
