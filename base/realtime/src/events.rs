//! Server-sent events that carry a session: the same frames for proxies that break upgrades, for `curl` and
//! for programs. The id of each event holds the cursors of all topics, so that `Last-Event-ID` resumes.

use std::convert::Infallible;
use std::pin::Pin;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use tokio::time::{Instant, Sleep};

use crate::connect::{header, plain, respond};
use crate::frame::Cursor;
use crate::hub::Who;
use crate::limits::HEARTBEAT;
use crate::registry::Farewell;
use crate::session::{Output, Session};

/// Answers with a stream of the topics named in the address.
pub(crate) fn stream<W: Who>(mut session: Session<W>, parts: &Parts) -> Response {
    let topics: Vec<String> = topics(parts.uri.query().unwrap_or_default());
    if topics.is_empty() {
        return plain(StatusCode::BAD_REQUEST, "realtime-no-topic");
    }
    let last =
        header(&parts.headers, &HeaderName::from_static("last-event-id")).unwrap_or_default();
    for (i, topic) in topics.iter().enumerate() {
        session.subscribe(topic, cursor(last, i));
    }
    let carrier = Carrier {
        session,
        topics,
        beat: Box::pin(tokio::time::sleep(HEARTBEAT)),
        over: false,
    };
    let chunks = stream::unfold(carrier, |mut carrier| async move {
        let chunk = carrier.next().await?;
        Some((Ok::<_, Infallible>(chunk), carrier))
    });
    let mut response = respond(
        StatusCode::OK,
        "text/event-stream",
        Body::from_stream(chunks),
    );
    // nginx would otherwise collect events until a buffer is full.
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

struct Carrier<W: Who> {
    session: Session<W>,
    topics: Vec<String>,
    beat: Pin<Box<Sleep>>,
    over: bool,
}

impl<W: Who> Carrier<W> {
    async fn next(&mut self) -> Option<Bytes> {
        if self.over {
            return None;
        }
        let output = tokio::select! {
            output = self.session.next() => output,
            () = &mut self.beat => {
                self.beat.as_mut().reset(Instant::now() + HEARTBEAT);
                return Some(Bytes::from_static(b":\n\n"));
            }
        };
        let frame = match output {
            Output::Frame(frame) => frame,
            Output::Close(Farewell::Reconnect { .. }) => return None,
            Output::Close(Farewell::Ended | Farewell::TooFast) => {
                self.over = true;
                return Some(Bytes::from_static(
                    b"event: end\ndata: {\"type\":\"end\"}\n\n",
                ));
            }
        };
        let cursors = self.topics.iter().map(|topic| self.session.cursor(topic));
        let id = cursors.map(|cursor| match cursor {
            Some(Cursor { epoch, seq }) => format!("{epoch}:{seq}"),
            None => "-".to_owned(),
        });
        let id = id.collect::<Vec<_>>().join(",");
        // JSON on one line: no line break can be in a frame.
        Some(Bytes::from(format!("id: {id}\ndata: {frame}\n\n")))
    }
}

/// The `topic` parameters of a query, each once, in order.
fn topics(query: &str) -> Vec<String> {
    let mut topics = Vec::new();
    for pair in query.split('&') {
        let Some(raw) = pair.strip_prefix("topic=") else {
            continue;
        };
        // Names of topics consist of what needs no escape, except for clients that escape the slash.
        let topic = raw.replace("%2F", "/").replace("%2f", "/");
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }
    topics
}

/// The cursor of the topic at place `i` in a `Last-Event-ID`.
fn cursor(last: &str, i: usize) -> Option<Cursor> {
    let (epoch, seq) = last.split(',').nth(i)?.split_once(':')?;
    Some(Cursor {
        epoch: epoch.to_owned(),
        seq: seq.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_and_cursors_are_read_from_address_and_last_event_id() {
        assert_eq!(
            topics("topic=live/x/a&x=1&topic=chat%2Fx&topic=chat/x"),
            ["live/x/a", "chat/x"]
        );
        assert!(topics("").is_empty());
        assert_eq!(
            cursor("ab:7,-,cd:9", 2),
            Some(Cursor {
                epoch: "cd".into(),
                seq: 9
            })
        );
        assert_eq!(cursor("ab:7,-,cd:9", 1), None);
        assert_eq!(cursor("nonsense", 0), None);
    }
}
