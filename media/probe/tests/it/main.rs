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
use media_probe::{Probes, Report};
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
            "-g", "30", "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2",
        ])
        .arg(&file)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{complaint}");
    flv::read(&Bytes::from(std::fs::read(file).unwrap()))
}

/// Sends four times as fast as an encoder would.
pub(crate) async fn send(input: &Input, items: &[Item]) {
    let began = Instant::now();
    for item in items {
        match item {
            Item::Config(config) => input.config(config.clone()).unwrap(),
            Item::Frame(frame) => {
                let due = Duration::from_micros(u64::try_from(frame.dts_us / 4).unwrap());
                tokio::time::sleep_until(began + due).await;
                input.frame(frame.clone()).unwrap();
            }
        }
    }
}

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
    let patience = Duration::from_secs(20);
    let found = tokio::time::timeout(patience, looked).await;
    found.unwrap_or_else(|_| {
        let (report, ability) = (probes.report(&name()), probes.ability());
        panic!("in vain: {report:?}, {ability:?}")
    })
}
