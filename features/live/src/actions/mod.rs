//! Use cases of the live page.

pub mod chat;

use kernel::{Result, Timestamp};
use media_core::ChannelName;
use onair::Item;
use program::{Programme, Talk, Track};

use crate::model::{Coming, Descriptor, Plan, Playback, Signal, TrackName, picture};
use crate::{Live, limits};

impl Live {
    /// A track's picture and everything that is said about it.
    pub async fn descriptor(
        &self,
        programme: &Programme,
        track: &Track,
        now: Timestamp,
    ) -> Result<Descriptor> {
        let conference = &programme.conference;
        let history = onair::history(
            &self.0.app.db,
            &conference.id,
            &track.id,
            limits::HISTORY_SHOWN,
        )
        .await?;
        let onair = onair::items(programme, &history);
        let on = onair.last().and_then(|entry| entry.talk.as_deref());
        let next = onair::next(programme, track, now, on);
        let (signal, has_media) = self.signal(programme, track);
        let plan = plan(programme, track, now, on.is_some(), next);
        let address = self.0.gate.address(conference, &track.slug);
        Ok(Descriptor {
            state: picture(signal, has_media, plan),
            playback: has_media.then(|| Playback {
                url: address,
                sound: self.sound(programme, track),
            }),
            next: next.map(|talk| Item::of(programme, talk, talk.starts_at)),
            onair,
            viewers: self
                .0
                .hub
                .subscribers(&crate::topics::live_topic(&conference.slug, &track.slug)),
            track: TrackName {
                slug: track.slug.clone(),
                name: track.name.clone(),
            },
        })
    }

    /// How the sound of a track is coded.
    fn sound(&self, programme: &Programme, track: &Track) -> Option<String> {
        let name = format!("{}/{}", programme.conference.slug, track.slug);
        let name = ChannelName::parse(&name).ok()?;
        let status = self.0.channels.status(&name);
        let sound = status.borrow().audio_codec.clone();
        sound
    }

    /// Whether pictures of a track arrive, and whether there are any.
    fn signal(&self, programme: &Programme, track: &Track) -> (Signal, bool) {
        let Ok(name) = ChannelName::parse(&format!("{}/{}", programme.conference.slug, track.slug))
        else {
            return (Signal::None, false);
        };
        let has_media = self.0.channels.snapshot(&name).is_some();
        let (state, on) = {
            let status = self.0.channels.status(&name);
            let status = status.borrow();
            (status.state, status.on)
        };
        let signal = match state {
            media_core::State::Idle => Signal::None,
            // Frames arrive before the first part can be played.
            media_core::State::Receiving if !has_media => Signal::None,
            media_core::State::Receiving if on == media_core::On::Slate => Signal::Slate,
            media_core::State::Receiving => Signal::Receiving,
            media_core::State::Interrupted => Signal::Silent,
        };
        (signal, has_media)
    }
}

fn plan(
    programme: &Programme,
    track: &Track,
    now: Timestamp,
    talk_is_on: bool,
    next: Option<&Talk>,
) -> Plan {
    let today = programme.day_at(now);
    let coming = match next {
        Some(talk) if today.is_some_and(|day| talk.starts_at <= day.ends_at) => Coming::Today,
        Some(_) => Coming::Later,
        None => Coming::Nothing,
    };
    let had_any = programme
        .of_track(&track.id)
        .any(|talk| talk.ends_at <= now);
    Plan {
        talk_is_on,
        coming,
        had_any,
    }
}
