//! RTMP: our own session layer, because every crate on offer dies of one unauthenticated packet.
//!
//! Bytes become chunks ([`chunk`]), chunks messages, messages events ([`session`]); none of that does I/O, so it
//! runs the same under TCP, TLS, tests and the fuzzer.

pub mod amf0;
pub mod chunk;
mod command;
mod connection;
pub(crate) mod farewell;
pub mod handshake;
mod key;
mod programme;
pub mod publisher;
mod server;
pub mod session;
mod way;

pub use farewell::Farewell;
pub use key::StreamKey;
pub use programme::{News, broadcast, broadcast_and_tell};
pub use publisher::{Publisher, Target};
pub use server::{Admission, Authority, Decision, Denied, Server};

pub use crate::counters::{Counters, Ending};
pub use crate::limits::Limits;
