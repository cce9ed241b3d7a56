//! Low-latency HLS over HTTP: playlists, parts, segments and headers of channels, straight from memory.
//!
//! Invariant: a request names a channel and an address by a fixed grammar; no file system, no session, no
//! database is ever asked. Readers share immutable snapshots: nothing here locks, copies media or slows a
//! publisher. What waits, waits for one part, bounded in number and time.

mod answer;
mod body;
mod gate;
pub mod lean;
pub mod limits;
pub mod metrics;
mod respond;
mod route;

pub use body::Body;
pub use gate::{Gate, Verdict};
pub use respond::{Responder, Verb};
