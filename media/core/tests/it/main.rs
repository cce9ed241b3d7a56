//! Channels from outside: frames in, playlists and media out.

#![expect(clippy::unwrap_used, reason = "tests")]

mod channels;
mod decoding;
mod golden;
mod hostile;
mod properties;
mod restart;
mod support;
