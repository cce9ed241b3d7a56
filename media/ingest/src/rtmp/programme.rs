//! A clip on air: published round after round, whatever happens to the server.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::publisher::{Error, Publisher, Target};
use crate::clip::{Clip, Rounds};

/// Pauses between attempts to connect: the first, and the longest.
const RETRY: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(5);
/// Further behind than this, a programme does not try to catch up.
const LAG_MAX: Duration = Duration::from_secs(1);

/// What happens to a programme.
#[derive(Debug)]
pub enum News<'a> {
    /// The server takes it.
    Publishing,
    /// The connection was lost or refused; another one follows.
    Lost(&'a Error),
}

/// Publishes a clip round after round in real time until `stop`, connecting again whenever the server goes away.
/// The clock goes on through all of it.
pub async fn broadcast(target: Target, clip: Clip, stop: CancellationToken) {
    let tell = |news: News<'_>| {
        if let News::Lost(error) = news {
            tracing::info!(%error, "a programme lost its connection and tries again");
        }
    };
    broadcast_and_tell(target, clip, stop, tell).await;
}

/// The same, and `tell` hears what happens.
pub async fn broadcast_and_tell(
    target: Target,
    clip: Clip,
    stop: CancellationToken,
    tell: impl Fn(News<'_>) + Send + Sync,
) {
    let (mut rounds, mut pause) = (clip.rounds(), RETRY);
    loop {
        let began = Instant::now();
        let once = broadcast_once(&target, &clip, &mut rounds, &stop, &tell);
        let Err(error) = once.await else {
            return;
        };
        pause = if began.elapsed() > RETRY_MAX {
            RETRY
        } else {
            pause.saturating_mul(2).min(RETRY_MAX)
        };
        tell(News::Lost(&error));
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = sleep_until(Instant::now() + pause) => {}
        }
    }
}

/// One connection of a programme; `Ok` once `stop` was obeyed.
async fn broadcast_once(
    target: &Target,
    clip: &Clip,
    rounds: &mut Rounds,
    stop: &CancellationToken,
    tell: &(impl Fn(News<'_>) + Send + Sync),
) -> Result<(), Error> {
    let mut publisher = tokio::select! {
        biased;
        () = stop.cancelled() => return Ok(()),
        connected = Publisher::connect_to(target) => connected?,
    };
    tell(News::Publishing);
    for tag in clip.head() {
        publisher.send(tag).await?;
    }
    rounds.skip_to_key();
    let mut origin: Option<Instant> = None;
    let mut first_ms = 0;
    loop {
        let tag = rounds.advance();
        let begun = *origin.get_or_insert_with(|| {
            first_ms = tag.timestamp_ms;
            Instant::now()
        });
        let due = begun
            + Duration::from_millis(u64::try_from(tag.timestamp_ms - first_ms).unwrap_or_default());
        if let Some(lag) = Instant::now()
            .checked_duration_since(due)
            .filter(|lag| *lag > LAG_MAX)
        {
            // The machine slept, or is overloaded: going on late is better than a burst.
            origin = Some(begun + lag);
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return publisher.close().await,
            () = sleep_until(due) => publisher.send(&tag).await?,
        }
    }
}
