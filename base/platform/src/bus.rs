//! News within the process: what happened, by topic, to everybody who asked for it.
//!
//! Payloads are small, mostly ids: who wants to know more reads the store. A subscriber that falls behind is
//! told so and reads the store again; nobody waits for it.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::limits;

/// The bus; clones are the same one.
#[derive(Clone, Debug)]
pub struct Bus {
    events: broadcast::Sender<Event>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// What it is about: `onair.changed`, `schedule.imported`.
    pub topic: Arc<str>,
    /// Mostly ids.
    pub payload: Arc<Value>,
}

/// The subscriber was too slow; an unknown number of events is lost to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} events were missed")]
pub struct Lagged(pub u64);

impl Default for Bus {
    fn default() -> Self {
        Self::new()
    }
}

impl Bus {
    /// A bus without subscribers.
    pub fn new() -> Self {
        Self {
            events: broadcast::Sender::new(limits::BUS_EVENTS_MAX),
        }
    }

    /// Tells everybody; call it after the commit.
    pub fn publish(&self, topic: &str, payload: &impl Serialize) {
        match serde_json::to_value(payload) {
            Ok(payload) => {
                // An error only says that nobody listens.
                let _ = self.events.send(Event {
                    topic: topic.into(),
                    payload: payload.into(),
                });
            }
            Err(error) => tracing::error!(topic, "event {topic} cannot be written: {error}"),
        }
    }

    /// Events from now on whose topic begins with `prefix`.
    pub fn subscribe(&self, prefix: &str) -> Subscription {
        Subscription {
            events: self.events.subscribe(),
            prefix: prefix.to_owned(),
        }
    }
}

/// What one subscriber sees of the bus.
#[derive(Debug)]
pub struct Subscription {
    events: broadcast::Receiver<Event>,
    prefix: String,
}

impl Subscription {
    /// The next event; waits for ever when the bus is gone.
    ///
    /// # Errors
    /// When events were missed; the next call goes on after the gap.
    pub async fn recv(&mut self) -> Result<Event, Lagged> {
        loop {
            match self.events.recv().await {
                Ok(event) if event.topic.starts_with(&self.prefix) => return Ok(event),
                Ok(_) => {}
                Err(RecvError::Lagged(count)) => return Err(Lagged(count)),
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
