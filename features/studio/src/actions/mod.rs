//! Use cases of the studio.

pub mod keys;

use kernel::{Error, Result, Timestamp};
use media_core::ChannelName;
use onair::{Item, Mode};
use program::{Programme, Track};

use crate::model::{Changed, Playback, Signal, SignalState, TrackState};
use crate::{Studio, store};

impl Studio {
    /// Everything about all tracks of a conference.
    pub async fn tracks(&self, programme: &Programme, now: Timestamp) -> Result<Vec<TrackState>> {
        let mut tracks = Vec::with_capacity(programme.tracks.len());
        for track in &programme.tracks {
            tracks.push(self.track(programme, track, now).await?);
        }
        Ok(tracks)
    }

    /// Everything about one track.
    pub async fn track(
        &self,
        programme: &Programme,
        track: &Track,
        now: Timestamp,
    ) -> Result<TrackState> {
        let (db, conference) = (&self.0.app.db, &programme.conference);
        let present = onair::now_of(db, &conference.id, &track.id).await?;
        let last = onair::history(db, &conference.id, &track.id, 1)
            .await?
            .pop();
        let on = present.as_ref().and_then(|now| {
            let talk = programme.talk(now.talk.as_ref()?)?;
            Some(Item::of(programme, talk, now.since))
        });
        let on_talk = present.as_ref().and_then(|now| now.talk.as_ref());
        let next = onair::next(programme, track, now, on_talk.map(program::TalkId::as_str));
        let live = store::live_keys(db, &conference.id).await?;
        let has_picture =
            channel(programme, track).is_some_and(|name| self.0.channels.snapshot(&name).is_some());
        let url = || (self.0.picture)(conference, &track.slug);
        let topic = format!("live/{}/{}", conference.slug, track.slug);
        Ok(TrackState {
            slug: track.slug.clone(),
            name: track.name.clone(),
            mode: present.map_or(Mode::Auto, |now| now.mode),
            changed: last.map(|last| Changed {
                name: last.name,
                at: last.at,
                reason: last.reason,
            }),
            onair: on,
            next: next.map(|talk| Item::of(programme, talk, talk.starts_at)),
            signal: self.signal(programme, track, now),
            viewers: self.0.hub.subscribers(&topic),
            playback: has_picture.then(|| Playback { url: url() }),
            has_key: live.iter().any(|key| key.track == track.id),
        })
    }

    fn signal(&self, programme: &Programme, track: &Track, now: Timestamp) -> Signal {
        let status =
            channel(programme, track).map(|name| self.0.channels.status(&name).borrow().clone());
        let Some(status) = status else {
            return Signal {
                state: SignalState::None,
                since: now,
                bitrate_bps: 0,
                fps: 0.0,
                width: 0,
                height: 0,
                video: None,
                audio: None,
                key_interval_s: 0.0,
                peer: None,
            };
        };
        let state = match status.state {
            media_core::State::Idle => SignalState::None,
            media_core::State::Receiving => SignalState::Receiving,
            media_core::State::Interrupted => SignalState::Silent,
        };
        Signal {
            state,
            since: status.since,
            // Rounded to what a person reads, so that a steady signal is no news.
            bitrate_bps: status.bitrate_bps / 10_000 * 10_000,
            fps: (status.fps * 10.0).round() / 10.0,
            width: status.width,
            height: status.height,
            video: status.video_codec,
            audio: status.audio_codec,
            key_interval_s: (status.key_interval_s * 10.0).round() / 10.0,
            peer: status.source.map(|source| source.peer),
        }
    }

    pub(crate) async fn named(&self, conference: &str) -> Result<std::sync::Arc<Programme>> {
        let found = self.0.programmes.named(&self.0.app.db, conference).await?;
        found.ok_or(Error::NotFound("conference"))
    }
}

/// The channel of a track; none where its name cannot be one.
pub(crate) fn channel(programme: &Programme, track: &Track) -> Option<ChannelName> {
    ChannelName::parse(&format!("{}/{}", programme.conference.slug, track.slug)).ok()
}
