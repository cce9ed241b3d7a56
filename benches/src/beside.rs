//! Other tracks that are on air while something is measured, and what they cost the server.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::sleep;

use crate::child::Child;
use crate::machine::Window;
use crate::site::{Matsuri, binary};
use crate::{baselines, ingest};

/// All of them publish after this.
const START: Duration = Duration::from_mins(1);
/// For which the server is looked at while nobody watches.
const CALM: Duration = Duration::from_secs(2);
/// Looks until ffmpeg is done, which writes words into the slates of all tracks after a start: seconds for each.
const LOOKS_MAX: usize = 60;
/// More than this of a core is never the tracks alone.
const CALM_MAX: f64 = 0.25;

/// Encoders of 4 Mbit/s each (`matsuri load publish`); gone when this is dropped.
pub(crate) struct Beside {
    encoders: Option<Child>,
    /// The server's share of a processor without a viewer, with all tracks on air.
    idle: f64,
}

impl Beside {
    /// Nothing else is on air, and what the server takes is what is measured.
    pub(crate) const NOTHING: Self = Self {
        encoders: None,
        idle: 0.0,
    };

    /// Publishes to all of these tracks, waits until each can be watched, and then looks at what the server takes.
    pub(crate) async fn start(site: &Matsuri, tracks: &[String]) -> Result<Self> {
        if tracks.is_empty() {
            return Ok(Self::NOTHING);
        }
        let addresses = tracks.iter().map(|track| site.publish_address(track));
        let keys = baselines::folder()?.join("beside.keys");
        fs::write(&keys, addresses.collect::<Result<Vec<_>>>()?.join("\n"))?;
        let mut command = Command::new(binary()?);
        command.args(["load", "publish", "--keys"]).arg(&keys);
        command.arg("--clip").arg(ingest::stream_file()?);
        let mut encoders = Child::start("beside", command, &baselines::folder()?.join("logs"))?;
        let publish = |printed: &str| {
            let count = printed.matches(" publishes").count();
            (count >= tracks.len()).then_some(())
        };
        encoders.until(START, publish).await?;
        for track in tracks {
            site.media_playlist(track).await?;
        }
        let mut idle = f64::INFINITY;
        for _ in 0..LOOKS_MAX {
            let window = Window::open(&[site.server.id()]);
            sleep(CALM).await;
            let calm = window.close();
            idle = calm.cpu / calm.seconds;
            if idle < CALM_MAX {
                break;
            }
        }
        anyhow::ensure!(
            idle < CALM_MAX,
            "without a viewer the server takes {idle:.2} of a core"
        );
        Ok(Self {
            encoders: Some(encoders),
            idle,
        })
    }

    /// Processes that are no noise.
    pub(crate) fn process(&self) -> Option<u32> {
        self.encoders.as_ref().map(Child::id)
    }

    /// Seconds of a processor that viewers cost, of all that the server took in so many seconds.
    pub(crate) fn beyond(&self, cpu: f64, seconds: f64) -> f64 {
        (cpu - self.idle * seconds).max(0.0)
    }

    /// Ends them; an encoder that was cut off meanwhile is a failure.
    pub(crate) async fn stop(self) -> Result<()> {
        let Some(mut encoders) = self.encoders else {
            return Ok(());
        };
        let lost = encoders.printed();
        anyhow::ensure!(
            encoders.is_running()? && !lost.contains(": "),
            "an encoder beside was cut off: {lost}"
        );
        encoders.stop().await
    }
}

/// The first track, which is measured, and those beside it.
pub(crate) fn split(tracks: &[String], count: usize) -> Result<(&String, &[String])> {
    let some = tracks.get(..count);
    some.and_then(<[String]>::split_first)
        .with_context(|| format!("the conference has {} tracks for {count}", tracks.len()))
}

/// How a figure's name says it.
pub(crate) fn said(tracks: usize) -> String {
    if tracks > 1 {
        format!(", {tracks} tracks on air")
    } else {
        String::new()
    }
}
