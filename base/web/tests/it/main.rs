//! The server loop from outside.

#![allow(
    clippy::disallowed_methods,
    reason = "a test ends what it starts by itself"
)]

mod drain;
mod tls;
