//! The media path between ingest and delivery: one writer per channel builds parts, any number of
//! readers share immutable snapshots.
//!
//! Invariant: nothing here knows conferences, databases, pages or HTTP.

mod channel;
pub mod frame;
pub mod limits;
pub mod metrics;
mod name;
mod pipeline;
mod settings;
mod snapshot;
mod status;

pub use channel::{Busy, Changes, Channels, Feed, Input, Rejected};
pub use name::{BadName, ChannelName};
pub use settings::Settings;
pub use snapshot::Snapshot;
pub use status::{Source, State, Status};
