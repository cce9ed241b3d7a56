//! Probes from outside: a channel is sent to, and what is wrong with it is found, by the real ffmpeg and by stand-ins that
//! misbehave.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends with its first surprise"
)]

mod corpus;
mod findings;
mod misbehaviour;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use kernel::Clock;
use media_core::testing::flv::{self, Item};
use media_core::testing::source;
use media_core::{ChannelName, Channels, Input, Seat, Settings};
use media_probe::{Probes, Report, State};
use tokio::time::Instant;

pub(crate) fn channels() -> Channels {
    Channels::new(Settings::default(), Clock::system(), None)
}

pub(crate) fn name() -> ChannelName {
    ChannelName::parse("days/a").unwrap()
}

/// Seconds of a programme, as an encoder would send them.
pub(crate) fn encode(dir: &Path, picture: &str, sound: &str) -> Vec<Item> {
    let file = dir.join("in.flv");
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", picture])
        .args(["-f", "lavfi", "-i", sound])
        .args([
            "-pix_fmt",
            "yuv420p",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
        ])
        .args([
            "-g", "15", "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2",
        ])
        .arg(&file)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{complaint}");
    flv::read(&Bytes::from(std::fs::read(file).unwrap()))
}

/// Sends the beginning at once, the rest twice as fast as an encoder would, once the probe runs: on a busy machine a
/// process takes seconds to begin, and must not miss it all.
pub(crate) async fn send(input: &Input, items: &[Item], probes: &Probes) {
    let mut began = None;
    for item in items {
        match item {
            Item::Config(config) => input.config(config.clone()).unwrap(),
            Item::Frame(frame) => {
                let after_us = u64::try_from(frame.dts_us)
                    .unwrap()
                    .saturating_sub(BEGINNING_US);
                if after_us > 0 {
                    if began.is_none() {
                        until(probes, |report| report.state == State::Running).await;
                    }
                    let began = *began.get_or_insert_with(Instant::now);
                    tokio::time::sleep_until(began + Duration::from_micros(after_us / 2)).await;
                }
                input.frame(frame.clone()).unwrap();
            }
        }
    }
}

/// What is sent at once.
const BEGINNING_US: u64 = 6_000_000;

pub(crate) fn admit(channels: &Channels) -> Input {
    channels.admit(&name(), Seat::Primary, source()).unwrap()
}

/// Waits until the channel's report is as wanted.
pub(crate) async fn until(probes: &Probes, wanted: impl Fn(&Report) -> bool) -> Report {
    let looked = async {
        loop {
            let report = probes.report(&name());
            if wanted(&report) {
                return report;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let patience = Duration::from_mins(1);
    let found = tokio::time::timeout(patience, looked).await;
    found.unwrap_or_else(|_| {
        let (report, ability) = (probes.report(&name()), probes.ability());
        panic!("in vain: {report:?}, {ability:?}")
    })
}
