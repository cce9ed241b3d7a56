//! Channels from outside: frames in, playlists and media out.

#![expect(clippy::unwrap_used, reason = "tests")]

mod channels;
mod golden;
mod packaging;
mod properties;
mod restart;
mod support;
