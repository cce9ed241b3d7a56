//! The other side: viewers and encoders by the thousand, and one viewer who looks closely.
//!
//! `matsuri load` and `matsuri probe` are made of this, and so are the benches. It shares a machine with what it
//! measures more often than not, so it does little: an answer costs one read, a playlist that thousands get is read
//! once, media is counted and thrown away.
//!
//! Invariant: nothing here is part of a server; what it learns it learns from outside.

pub mod board;
mod discover;
mod fragment;
pub mod limits;
pub mod origin;
pub mod probe;
pub mod process;
pub mod publish;
pub mod recorded;
pub mod stats;
pub mod viewers;
pub mod wire;

pub use discover::Stream;
