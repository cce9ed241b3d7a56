//! Use cases of the live page.

pub(crate) mod audience;
pub(crate) mod captions;
pub mod chat;
pub(crate) mod viewers;

use kernel::{Result, Timestamp};
use media_core::ChannelName;
use onair::Item;
use program::{Programme, Talk, Track};

use crate::model::{
    Coming, Descriptor, Health, Plan, Playback, Signal, TrackName, media_path, picture, sound_path,
};
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
        // Everybody reads the same: what is for the team alone is in it only while nobody else can read it.
        let shown = if programme.is_live_at(now) {
            programme.outside()
        } else {
            programme
        };
        let onair = onair::items(shown, &history);
        let on = onair.last().and_then(|entry| entry.talk.as_deref());
        let next = onair::next(shown, track, now, on);
        let (signal, has_media) = self.signal(programme, track);
        let plan = plan(programme, track, now, on.is_some(), next);
        Ok(Descriptor {
            state: picture(signal, has_media, plan),
            titled: self.is_titled(programme, track),
            playback: has_media.then(|| self.playback(programme, track)),
            next: next.map(|talk| Item::of(shown, talk, talk.starts_at)),
            onair,
            captions: self.languages(programme, track),
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

    /// Where the picture is, and its sound alone if it has both.
    fn playback(&self, programme: &Programme, track: &Track) -> Playback {
        let (conference, track) = (&programme.conference.slug, &track.slug);
        let name = ChannelName::parse(&format!("{conference}/{track}")).ok();
        let snapshot = name
            .as_ref()
            .and_then(|name| self.0.channels.snapshot(name));
        let came = name.and_then(|name| self.0.channels.status(&name).borrow().audio_codec.clone());
        // Where it comes in two ways, everybody gets the one that everything plays.
        let other = snapshot
            .as_ref()
            .and_then(|snapshot| snapshot.other_sound());
        let sound = other.map(str::to_owned).or(came);
        let newest = snapshot.as_ref().and_then(|it| it.segments().last());
        let has_both = newest.is_some_and(|it| it.init.picture.is_some() && it.init.has_sound());
        let site = &self.0.app.site;
        Playback {
            url: site.media(&media_path(conference, track)),
            audio: has_both.then(|| site.media(&sound_path(conference, track))),
            sound,
        }
    }

    /// How a track is, for a viewer's page that looks for the cause of a trouble.
    pub(crate) async fn health(
        &self,
        programme: &Programme,
        track: &Track,
        now: Timestamp,
    ) -> Result<Health> {
        let descriptor = self.descriptor(programme, track, now).await?;
        let conference = &programme.conference;
        let fare = self.0.viewers.fare(&conference.id, &track.id, now);
        let (mut age, mut bitrate_bps) = (None, 0);
        if let Ok(name) = ChannelName::parse(&format!("{}/{}", conference.slug, track.slug)) {
            let snapshot = self.0.channels.snapshot(&name);
            age = snapshot.map(|snapshot| now.duration_since(snapshot.published_at()));
            bitrate_bps = self.0.channels.status(&name).borrow().bitrate_bps;
        }
        Ok(Health {
            state: descriptor.state,
            media_age_ms: age.map(|age| u64::try_from(age.as_millis()).unwrap_or(0)),
            bitrate_bps,
            reporting: fare.reporting,
            troubled: fare.troubled,
        })
    }

    /// Whether what is in the place of a track's picture says by itself what comes.
    fn is_titled(&self, programme: &Programme, track: &Track) -> bool {
        let name = ChannelName::parse(&format!("{}/{}", programme.conference.slug, track.slug));
        name.is_ok_and(|name| self.0.channels.status(&name).borrow().titled)
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
            media_core::State::Receiving if on == media_core::On::Clips => Signal::Clips,
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
