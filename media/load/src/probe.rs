//! One viewer who looks closely: how soon there is a picture, how late it is, and whether anything is missing.

mod continuity;
mod report;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kernel::Clock;
use media_core::testing::hls::{self, Media};
use tokio::time::Instant;

use crate::discover::Stream;
use crate::fragment;
use crate::limits;
use crate::origin::{Address, Trust};
use crate::wire::Connection;
use continuity::Continuity;
pub use report::{Content, Latency, Report, Start};

/// What is looked at and what is good enough.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Seconds of watching.
    pub seconds: u64,
    /// The most that the middle of latencies may be.
    pub latency_max: Duration,
    /// Whose certificates are believed.
    pub trust: Trust,
}

/// Watches what is at `url`: a track's page or a playlist.
///
/// # Errors
/// Nothing can be watched there at all.
pub async fn run(url: &str, options: &Options, clock: &Clock) -> Result<Report> {
    let began = Instant::now();
    let stream = Stream::find(url, options.trust).await?;
    let mut viewer = Viewer {
        playlists: Connection::open(stream.media.origin.clone()).await?,
        media: Connection::open(stream.media.origin.clone()).await?,
        playlist: stream.media.clone(),
        clock: clock.clone(),
    };
    let mut now = viewer.first().await?;
    let playlist_ms = began.elapsed().as_secs_f64() * 1_000.0;
    let mut report = Report::new(stream.media.to_string(), stream.codecs);
    let mut continuity = Continuity::default();
    let first = newest_start(&now).context("the playlist has no part to begin with")?;
    report.faults(hls::check(&now));
    viewer
        .watch(&now, first, &mut continuity, &mut report)
        .await?;
    report.start = Start {
        playlist_ms,
        picture_ms: began.elapsed().as_secs_f64() * 1_000.0,
    };
    let mut seen = first;
    let end = began + Duration::from_secs(options.seconds);
    while Instant::now() < end {
        seen = viewer
            .watch_after(&now, seen, &mut continuity, &mut report)
            .await?;
        let next = match viewer.reload(&now).await {
            Ok(next) => next,
            Err(error) => {
                report.fault(format!("{error:#}"));
                break;
            }
        };
        report.faults(hls::check(&next));
        report.faults(hls::check_successor(&now, &next));
        if place(&next) == place(&now) {
            report.fault("a held reload brought nothing new".to_owned());
        }
        now = next;
    }
    continuity.finish(&mut report);
    report.judge(options);
    Ok(report)
}

/// The number of a segment and of a part in it.
type Place = (u64, usize);

struct Viewer {
    playlist: Address,
    playlists: Connection,
    media: Connection,
    clock: Clock,
}

impl Viewer {
    async fn first(&mut self) -> Result<Media> {
        let request = self.playlist.get("");
        let media = read(&mut self.playlists, &request).await?;
        ensure!(
            media.part_target_us > 0,
            "the playlist has no parts: this is not low-latency HLS"
        );
        Ok(media)
    }

    /// The playlist once it shows what comes after this one.
    async fn reload(&mut self, now: &Media) -> Result<Media> {
        let (msn, part) = next_place(now);
        let next = format!("_HLS_msn={msn}&_HLS_part={part}");
        let address = self.playlist.with_query(&next);
        read(&mut self.playlists, &address.get("")).await
    }

    /// Fetches every part after a place; the last place then.
    async fn watch_after(
        &mut self,
        now: &Media,
        seen: Place,
        continuity: &mut Continuity,
        report: &mut Report,
    ) -> Result<Place> {
        let mut last = seen;
        for at in places(now).filter(|at| *at > seen) {
            self.watch(now, at, continuity, report).await?;
            last = at;
        }
        Ok(last)
    }

    /// Fetches a part and looks into it.
    async fn watch(
        &mut self,
        now: &Media,
        (msn, index): Place,
        continuity: &mut Continuity,
        report: &mut Report,
    ) -> Result<()> {
        let segment = usize::try_from(msn - now.sequence)
            .ok()
            .and_then(|at| now.segments.get(at))
            .context("a segment that is not listed")?;
        let part = segment
            .parts
            .get(index)
            .context("a part that is not listed")?;
        if continuity.header_is_new(&segment.map) {
            let header = self.fetch(&segment.map).await?;
            continuity.header(&segment.map, fragment::tracks(&header)?);
        }
        let bytes = match self.fetch(&part.uri).await {
            Ok(bytes) => bytes,
            Err(error) => {
                report.fault(format!("{error:#}"));
                continuity.missed();
                return Ok(());
            }
        };
        let before: i64 = segment.parts[..=index]
            .iter()
            .map(|part| part.duration_us)
            .sum();
        if let Some(date_us) = segment.date_us {
            let late_us = self.clock.now().as_microsecond() - (date_us + before);
            report.late(late_us);
        }
        let begins_anew = segment.discontinuity && index == 0;
        continuity.part(&part.uri, &bytes, part, begins_anew, report);
        Ok(())
    }

    async fn fetch(&mut self, uri: &str) -> Result<Vec<u8>> {
        let address = self.playlist.join(uri).await?;
        let answer = self.media.ask(&address.get("")).await?;
        ensure!(answer.status == 200, "{uri} answers {}", answer.status);
        Ok(answer.body.to_vec())
    }
}

async fn read(on: &mut Connection, request: &[u8]) -> Result<Media> {
    let answer = on.ask(request).await?;
    ensure!(
        answer.status == 200,
        "the playlist answers {}",
        answer.status
    );
    ensure!(
        answer.body.len() <= limits::BODY_BYTES_MAX,
        "an endless playlist"
    );
    let text = std::str::from_utf8(answer.body).context("the playlist is no text")?;
    hls::read(text).map_err(|error| anyhow::anyhow!("the playlist cannot be read: {error}"))
}

/// Every part that is listed.
fn places(media: &Media) -> impl Iterator<Item = Place> {
    let numbered = (media.sequence..).zip(&media.segments);
    numbered.flat_map(|(msn, segment)| (0..segment.parts.len()).map(move |part| (msn, part)))
}

/// The newest part.
fn place(media: &Media) -> Option<Place> {
    places(media).last()
}

/// The newest part that decoding can begin with.
fn newest_start(media: &Media) -> Option<Place> {
    let is_start = |(msn, part): &Place| {
        let at = usize::try_from(msn - media.sequence).unwrap_or(usize::MAX);
        let segment = media.segments.get(at);
        segment.is_some_and(|segment| segment.parts[*part].independent)
    };
    places(media).filter(is_start).last()
}

/// What comes after all that is listed.
fn next_place(media: &Media) -> Place {
    let last = media.segments.last();
    let closed = u64::try_from(media.segments.len()).unwrap_or(u64::MAX);
    match last {
        Some(open) if open.uri.is_none() => (media.sequence + closed - 1, open.parts.len()),
        _ => (media.sequence + closed, 0),
    }
}
