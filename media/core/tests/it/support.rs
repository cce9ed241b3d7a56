//! What the tests share.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Timestamp};
use media_core::testing::{hls, source};
use media_core::{ChannelName, Channels, Coding, Input, Playlist, Seat, Settings, Snapshot};

/// One channel on a clock that stands still.
pub(crate) struct Stage {
    pub(crate) channels: Channels,
    pub(crate) name: ChannelName,
    pub(crate) clock: Clock,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        Self::kept_in(settings, None)
    }

    pub(crate) fn kept_in(settings: Settings, dir: Option<&std::path::Path>) -> Self {
        let start: Timestamp = "2026-11-22T01:00:00Z".parse().unwrap();
        let clock = Clock::held_at(start);
        let channels = Channels::new(settings, clock.clone(), dir.map(Into::into));
        Self {
            channels,
            name: ChannelName::parse("days/a").unwrap(),
            clock,
        }
    }

    pub(crate) fn admit(&self) -> Input {
        self.admit_to(Seat::Primary)
    }

    pub(crate) fn admit_to(&self, seat: Seat) -> Input {
        self.channels.admit(&self.name, seat, source()).unwrap()
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.channels.snapshot(&self.name).unwrap()
    }

    pub(crate) fn text(&self, playlist: Playlist) -> String {
        text(&self.snapshot(), playlist)
    }

    pub(crate) fn media(&self) -> hls::Media {
        let media = hls::read(&self.text(Playlist::Full)).unwrap();
        assert_eq!(
            hls::except(hls::check(&media), hls::HELD),
            Vec::<String>::new(),
            "{}",
            self.text(Playlist::Full)
        );
        media
    }

    /// Sends frames as they would arrive: the clock goes with them.
    pub(crate) fn play(&self, input: &Input, frames: Vec<media_core::frame::Frame>) {
        let mut newest = None;
        for frame in frames {
            let newest = newest.get_or_insert(frame.dts_us);
            let step = u64::try_from(frame.dts_us - *newest).unwrap_or(0);
            *newest = frame.dts_us.max(*newest);
            self.clock.advance(Duration::from_micros(step));
            input.frame(frame).unwrap();
        }
    }
}

pub(crate) fn text(snapshot: &Snapshot, playlist: Playlist) -> String {
    String::from_utf8(snapshot.playlist(playlist, Coding::Identity).to_vec()).unwrap()
}

/// The text with the random epoch replaced, so that it can be compared.
pub(crate) fn without_epoch(snapshot: &Snapshot, playlist: Playlist) -> String {
    let epoch = snapshot.segments()[0].epoch.to_string();
    text(snapshot, playlist).replace(&epoch, "EPOCH")
}
