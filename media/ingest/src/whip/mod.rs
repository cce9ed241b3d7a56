//! WHIP (RFC 9725): browsers, and OBS from version 30 on, publish over WebRTC.
//!
//! HTTP carries the offer and the answer ([`Door`]), one UDP socket everything else ([`Server`]). Each session is a
//! task that owns its WebRTC state machine; what a session does wrong ends that session alone.
//!
//! Invariant: nobody without a good key costs more than an answer, and no datagram of a stranger reaches a session.

mod clock;
mod counters;
pub mod crypto;
mod door;
mod negotiate;
mod pictures;
mod registry;
mod restart;
pub mod sdp;
mod server;
mod session;
mod sounds;
pub mod stun;
mod take;
mod way;

pub use counters::Counters;
pub use door::Door;
pub use server::{Options, Server, bind};
