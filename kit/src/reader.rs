//! Somebody who is connected to the realtime hub, without a socket.

use std::collections::VecDeque;
use std::time::Duration;

use realtime::{Farewell, Output, Session, Who};
use serde_json::{Value, json};

/// Longer than anything should take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection that forgets nothing: frames that arrive while another one is waited for are kept, because
/// the order of a command's result and of the events that it causes is nobody's promise.
pub struct Reader<W: Who> {
    session: Session<W>,
    kept: VecDeque<Value>,
}

impl<W: Who> Reader<W> {
    /// Begins to read, past the greeting.
    pub async fn begin(session: Session<W>) -> Self {
        let mut reader = Self {
            session,
            kept: VecDeque::new(),
        };
        assert_eq!(reader.arrival().await["type"], "hello");
        reader
    }

    /// Says something to the hub.
    pub fn send(&mut self, frame: &Value) {
        self.session.receive(&frame.to_string());
    }

    async fn output(&mut self) -> Output {
        let next = tokio::time::timeout(PATIENCE, self.session.next());
        next.await.expect("something is said in time")
    }

    async fn arrival(&mut self) -> Value {
        match self.output().await {
            Output::Frame(text) => serde_json::from_str(&text).expect("frames are JSON"),
            Output::Close(farewell) => panic!("closed: {farewell:?}"),
        }
    }

    /// The oldest frame that was not taken yet.
    pub async fn next(&mut self) -> Value {
        match self.kept.pop_front() {
            Some(frame) => frame,
            None => self.arrival().await,
        }
    }

    /// The oldest frame that is wanted; those before it stay.
    pub async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.kept.iter().position(&wanted) {
            return self.kept.remove(index).expect("it was found there");
        }
        loop {
            let frame = self.arrival().await;
            if wanted(&frame) {
                return frame;
            }
            self.kept.push_back(frame);
        }
    }

    /// Reads a topic; its snapshot or refusal.
    pub async fn subscribe(&mut self, topic: &str) -> Value {
        self.send(&json!({"type": "subscribe", "topic": topic}));
        self.until(|frame| frame["topic"] == topic).await
    }

    /// The next event of a kind.
    pub async fn event(&mut self, kind: &str) -> Value {
        self.event_with(kind, |_| true).await
    }

    /// The next event of a kind that is wanted.
    pub async fn event_with(&mut self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let carried = |frame: &Value| {
            let mut events = frame["events"].as_array().into_iter().flatten();
            events
                .find(|event| event["kind"] == kind && wanted(event))
                .cloned()
        };
        let frame = self.until(|frame| carried(frame).is_some()).await;
        carried(&frame).expect("it was looked for")
    }

    /// The result of a command.
    pub async fn command(&mut self, name: &str, args: &Value) -> Value {
        self.send(&json!({"type": "command", "id": "c", "name": name, "args": args}));
        self.until(|frame| frame["type"] == "result").await
    }

    /// How the hub ends the connection.
    pub async fn farewell(&mut self) -> Farewell {
        loop {
            if let Output::Close(farewell) = self.output().await {
                return farewell;
            }
        }
    }
}
