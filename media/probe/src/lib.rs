//! Looks and listens to what viewers get: one ffmpeg per channel that is sent to, beside the hot path.
//!
//! Invariant: a probe only reads snapshots. However slow, stuck or dead its process is, the channel does not notice: the
//! process is fed from a bounded pipe with a time limit, what it misses is skipped, and it is replaced.

mod child;
pub mod limits;
mod parser;
mod probes;
mod report;

pub use parser::Parser;
pub use probes::{Ability, Mode, PATIENCE, Probes};
pub use report::{Report, State, judgements};
