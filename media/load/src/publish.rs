//! Encoders by the dozen: each publishes the same clip, round after round, in real time.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use media_ingest::clip::Clip;
use media_ingest::rtmp::{News, Target, broadcast_and_tell};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::limits;

/// How it went.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Encoders that were wanted.
    pub encoders: usize,
    /// Those that publish at the end.
    pub publishing: usize,
    /// Connections that were lost or refused.
    pub failures: u64,
    /// Why the first was.
    pub first_failure: Option<String>,
    /// Seconds from the first encoder to the end.
    pub seconds: f64,
}

#[derive(Default)]
struct Seen {
    is_publishing: Vec<bool>,
    failures: u64,
    first_failure: Option<String>,
}

/// Publishes to every target, one after the other so that key frames do not coincide, until `stop` or for `time`.
/// `tell` hears what happens to which encoder, counted from 1; no news contains a key.
pub async fn run(
    targets: Vec<Target>,
    clip: Clip,
    time: Option<Duration>,
    stop: CancellationToken,
    tell: impl Fn(usize, &News<'_>) + Send + Sync + 'static,
) -> Result<Report> {
    ensure!(
        (1..=limits::ENCODERS_MAX).contains(&targets.len()),
        "between 1 and {} encoders can be tried",
        limits::ENCODERS_MAX
    );
    let encoders = targets.len();
    let seen = Arc::new(Mutex::new(Seen {
        is_publishing: vec![false; encoders],
        ..Seen::default()
    }));
    let tell = Arc::new(tell);
    let period = Duration::from_millis(u64::try_from(clip.period_ms()).unwrap_or(1_000));
    let apart = period.min(Duration::from_secs(2)) / u32::try_from(encoders).unwrap_or(u32::MAX);
    let (began, mut tasks) = (Instant::now(), JoinSet::new());
    let end = stop.child_token();
    for (number, target) in targets.into_iter().enumerate() {
        let (seen, tell) = (Arc::clone(&seen), Arc::clone(&tell));
        let note = move |news: News<'_>| {
            tell(number + 1, &news);
            locked(&seen).note(number, &news);
        };
        tasks.spawn(broadcast_and_tell(target, clip.clone(), end.clone(), note));
        sleep_until(began + apart * u32::try_from(number + 1).unwrap_or(u32::MAX)).await;
    }
    match time {
        Some(time) => {
            tokio::select! {
                () = sleep(time) => {}
                () = stop.cancelled() => {}
            }
        }
        None => stop.cancelled().await,
    }
    let report = {
        let seen = locked(&seen);
        Report {
            encoders,
            publishing: seen.is_publishing.iter().filter(|is| **is).count(),
            failures: seen.failures,
            first_failure: seen.first_failure.clone(),
            seconds: began.elapsed().as_secs_f64(),
        }
    };
    end.cancel();
    while tasks.join_next().await.is_some() {}
    Ok(report)
}

fn locked(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Seen {
    fn note(&mut self, number: usize, news: &News<'_>) {
        if let Some(is_publishing) = self.is_publishing.get_mut(number) {
            *is_publishing = matches!(news, News::Publishing);
        }
        if let News::Lost(error) = news {
            self.failures += 1;
            self.first_failure.get_or_insert_with(|| error.to_string());
        }
    }
}

impl Report {
    /// Whether everybody published all the time.
    pub fn is_good(&self) -> bool {
        self.publishing == self.encoders && self.failures == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "encoders  {} of {} published to the end, {:.0} s, {} connections failed",
            self.publishing, self.encoders, self.seconds, self.failures
        )?;
        match &self.first_failure {
            Some(why) => write!(f, "\n          the first: {why}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn more_encoders_than_anybody_needs_are_refused() {
        let clip = std::fs::read("../ingest/tests/fixtures/clip.flv").unwrap();
        let clip = Clip::parse(clip.into()).unwrap();
        let target = Target::parse("rtmp://127.0.0.1:1/live/key").unwrap();
        for count in [0, limits::ENCODERS_MAX + 1] {
            let targets = vec![target.clone(); count];
            let stop = CancellationToken::new();
            let report = run(targets, clip.clone(), None, stop, |_, _| {}).await;
            assert!(report.is_err(), "{count}");
        }
    }
}
