//! The lean listener: HTTP/1.1 for media and nothing else, over plain TCP or TLS.
//!
//! It gives the answers that [`crate::Responder`] gives under hyper, for less: bytes become requests in a state
//! machine without I/O ([`message`]); an answer's head and body leave in one vectored write; a held request keeps
//! neither a buffer nor a timer, only what it waits for; one sweep over all connections ends those whose time is up.
//!
//! Invariant: bodies of requests are never read, so a connection on which one is announced ends with its answer, and
//! nothing that a client sends can be taken for another request than the one it sent.

mod connection;
pub mod message;
mod patience;
mod server;

pub use server::{Bounds, Server};
