//! The live page, its chat and its gate, from outside, on both stores.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends with its first surprise"
)]

mod audience;
mod captions;
mod chat;
mod lifecycle;
mod people;
mod stage;
mod viewers;
mod watch;
