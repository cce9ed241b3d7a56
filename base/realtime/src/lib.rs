//! Topics with numbered events, over websockets and server-sent events, at `/rt`.
//!
//! A topic has a *state* (a JSON object) and *events*. Whoever subscribes gets a snapshot of the state
//! as of event N and then every event after N, each exactly once and in order. That holds because the
//! hub keeps the state itself: it is loaded once when the first subscriber comes, and from then on it is
//! the events folded into it; snapshot and number are read under one lock. What happens while a topic
//! loads waits, and [`Topic::fold`] says whether an event changed anything, so that what was already
//! loaded is not told a second time.
//!
//! Invariants:
//! - A connection owns no queue: it has a cursor per topic into that topic's ring of frames. Who falls out
//!   of the ring gets a snapshot. A slow reader therefore costs one frame, whatever the others do.
//! - A frame is serialised once, however many people read it.
//! - Nothing ticks for a topic that nothing was published to.
//! - The sender of a command learns its result at once; everybody else at the next tick.
//! - This crate knows neither accounts nor pages: who is connected is a `W` that only topics and commands
//!   look into.

mod bucket;
mod channel;
mod connect;
#[cfg(test)]
mod corpus;
mod events;
pub mod frame;
mod hub;
#[cfg(test)]
mod interleavings;
pub mod limits;
mod metrics;
mod registry;
mod session;
mod socket;
mod topic;

pub use bucket::Bucket;
pub use connect::{command, connect};
pub use frame::{ClientFrame, Problem, ProblemField, ServerFrame};
pub use hub::{Hub, Settings, Who};
pub use limits::Limits;
pub use metrics::Metrics;
pub use registry::Farewell;
pub use session::{Output, Session};
pub use topic::{BoxFuture, Command, Fold, Topic};

/// Messages of this crate in Japanese and English.
pub const TEXTS: (&str, &str) = (
    include_str!("../locales/ja.ftl"),
    include_str!("../locales/en.ftl"),
);
