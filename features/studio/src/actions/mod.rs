//! Use cases of the studio.

pub mod golive;
pub mod inputs;
pub mod keys;

use kernel::{Error, Result, Timestamp};
use media_core::{ChannelName, InputStatus, Seat, State, Status};
use onair::{Item, Mode};
use program::{Programme, Track};

use crate::model::{Changed, InputState, Output, Playback, Signal, SignalState, TrackState, Way};
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
        let has_key = |seat| {
            live.iter()
                .any(|key| key.track == track.id && key.seat == seat)
        };
        let wanted = store::wanted(db, &conference.id, &track.id).await?;
        let status = self.status(programme, track, now);
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
            output: self.output(programme, track, &status, wanted),
            inputs: Seat::ALL
                .iter()
                .map(|seat| InputState {
                    seat: *seat,
                    signal: of_input(&status.inputs[seat.index()]),
                    has_key: has_key(*seat),
                })
                .collect(),
            signal: of_channel(&status),
            viewers: self.0.hub.subscribers(&topic),
            playback: has_picture.then(|| Playback { url: url() }),
            has_key: has_key(Seat::Primary),
        })
    }

    fn status(&self, programme: &Programme, track: &Track, now: Timestamp) -> Status {
        channel(programme, track).map_or_else(
            || Status::idle(now),
            |name| self.0.channels.status(&name).borrow().clone(),
        )
    }

    fn output(
        &self,
        programme: &Programme,
        track: &Track,
        status: &Status,
        wanted: Option<store::Choice>,
    ) -> Output {
        let channels = &self.0.channels;
        let ordered = wanted.filter(|wanted| wanted.wanted == status.order);
        Output {
            on: status.on,
            since: status.on_since,
            cause: status.cause,
            order: status.order,
            ordered: ordered.map(|wanted| Changed {
                name: Some(wanted.changed_by),
                at: wanted.changed_at,
                reason: wanted.reason,
            }),
            has_slate: channels.has_slate(),
            has_clips: channel(programme, track).is_some_and(|name| channels.has_clips(&name)),
            playing: status.playing.clone(),
        }
    }

    pub(crate) async fn named(&self, conference: &str) -> Result<std::sync::Arc<Programme>> {
        let found = self.0.programmes.named(&self.0.app.db, conference).await?;
        found.ok_or(Error::NotFound("conference"))
    }
}

/// The track of that name in addresses.
pub(crate) fn named<'a>(programme: &'a Programme, track: &str) -> Result<&'a Track> {
    programme.track_named(track).ok_or(Error::NotFound("track"))
}

/// The channel of a track; none where its name cannot be one.
pub(crate) fn channel(programme: &Programme, track: &Track) -> Option<ChannelName> {
    ChannelName::parse(&format!("{}/{}", programme.conference.slug, track.slug)).ok()
}

fn of_channel(status: &Status) -> Signal {
    Signal {
        state: state_of(status.state),
        since: status.since,
        bitrate_bps: rounded(status.bitrate_bps),
        fps: tenths(status.fps),
        width: status.width,
        height: status.height,
        video: status.video_codec.clone(),
        audio: status.audio_codec.clone(),
        key_interval_s: tenths(status.key_interval_s),
        peer: status.source.as_ref().map(|source| source.peer.clone()),
        way: status
            .on
            .seat()
            .and_then(|seat| way(&status.inputs[seat.index()])),
    }
}

fn of_input(status: &InputStatus) -> Signal {
    Signal {
        state: state_of(status.state),
        since: status.since,
        bitrate_bps: rounded(status.bitrate_bps),
        fps: tenths(status.fps),
        width: status.width,
        height: status.height,
        video: status.video_codec.clone(),
        audio: status.audio_codec.clone(),
        key_interval_s: tenths(status.health.key_interval_s),
        peer: status.source.as_ref().map(|source| source.peer.clone()),
        way: way(status),
    }
}

fn way(input: &InputStatus) -> Option<Way> {
    let receiving = input.state == State::Receiving;
    let transport = input.health.transport.filter(|_| receiving);
    transport.map(Way::from)
}

fn state_of(state: State) -> SignalState {
    match state {
        State::Idle => SignalState::None,
        State::Receiving => SignalState::Receiving,
        State::Interrupted => SignalState::Silent,
    }
}

/// Rounded to what a person reads, so that a steady signal is no news.
fn rounded(bitrate_bps: u64) -> u64 {
    bitrate_bps / 10_000 * 10_000
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
