//! The media path between ingest and delivery: one writer per channel builds parts, any number of
//! readers share immutable snapshots.
//!
//! Invariant: nothing here knows conferences, databases, pages or HTTP.

pub mod frame;
