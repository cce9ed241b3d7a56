//! Where encoders connect: hostile-proof ingest protocols, and a small client to publish with.
//!
//! Invariants: no bytes from outside can end the process, grow memory beyond [`limits`], or put a stream key
//! into a log. Every protocol hands the same [`media_core::frame`] stream to a channel; none knows of conferences.

pub mod clip;
pub mod counters;
pub mod flv;
mod gate;
pub mod limits;
mod publication;
pub mod rtmp;
pub mod whip;

pub use gate::Gate;
