//! Channels from outside: frames in, playlists and media out.

#![expect(clippy::unwrap_used, reason = "tests")]

mod captions;
mod changeover;
mod channels;
mod clips;
mod corpus;
mod decoding;
mod faults;
mod golden;
mod hostile;
mod listening;
mod presentation;
mod properties;
mod recoding;
mod redundancy;
mod restart;
mod seams;
mod sounding;
mod support;
