//! The hub from outside, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test ends with its first surprise"
)]

mod doors;
mod room;
mod sockets;
