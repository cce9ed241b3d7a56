//! Delivery from outside: requests in, responses out; where it matters through real sockets.

#![expect(clippy::unwrap_used, reason = "tests")]

mod addresses;
mod corpus;
mod lean;
mod reload;
mod sockets;
mod support;
