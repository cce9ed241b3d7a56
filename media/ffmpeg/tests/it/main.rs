//! Opus once more as AAC, from outside: by the real ffmpeg, and by stand-ins that misbehave.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends with its first surprise"
)]

mod coding;
mod misbehaviour;

use std::sync::Arc;
use std::time::Duration;

use kernel::Clock;
use media_core::testing::source;
use media_core::{ChannelName, Channels, Input, Seat, Settings, Snapshot};

pub(crate) fn channels() -> Channels {
    Channels::new(Settings::default(), Clock::system(), None)
}

pub(crate) fn name() -> ChannelName {
    ChannelName::parse("days/a").unwrap()
}

pub(crate) fn admit(channels: &Channels) -> Input {
    channels.admit(&name(), Seat::Primary, source()).unwrap()
}

pub(crate) fn recoded(channels: &Channels) -> Option<Arc<Snapshot>> {
    channels.feed("days/a/aac")?.snapshot()
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let looked = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(1), looked).await;
    assert!(waited.is_ok(), "in vain: {what}");
}
