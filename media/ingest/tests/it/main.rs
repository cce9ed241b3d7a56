//! An RTMP server on a real port, real and hostile encoders at it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, not only tests"
)]

mod corpus;
mod encoders;
mod hostile;
mod house;
mod keys;
mod obs;
mod patience;
mod secured;
mod sender;
mod unlucky;
mod whip;
