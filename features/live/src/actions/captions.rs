//! Captions: a line is checked, written, and only then acknowledged, told to everybody and put beside the picture.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use identity::{Broadcast, ConferenceId, Conferences as _, Grant, audit};
use kernel::{Error, Message, Result, Timestamp};
use media_core::{ChannelName, Language};
use program::{Programme, Track, TrackId};
use realtime::Bucket;
use serde_json::json;
use tokio::time::Instant;
use web::Cx;

use crate::metrics::CaptionFate;
use crate::model::captions::{Caption, KEY_PREFIX, NewCaption, language_name};
use crate::store::captions as store;
use crate::topics::captions_topic;
use crate::{Live, limits};

/// Who captions.
pub(crate) enum Captioner {
    /// Somebody of the team.
    Team(Grant<Broadcast>),
    /// Whoever has the track's key, by the key's id.
    Key(String),
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It is new, or says something else now.
    New,
    /// It was there.
    Known,
}

/// How fast lines may come.
#[derive(Default)]
pub(crate) struct Pace(Mutex<HashMap<TrackId, Bucket>>);

impl Pace {
    fn take(&self, track: &TrackId) -> Result<()> {
        let (rate, burst) = (limits::CAPTIONS_PER_SECOND, limits::CAPTIONS_BURST);
        let now = Instant::now();
        let mut tracks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tracks.len() >= limits::CAPTION_TRACKS_MAX {
            tracks.retain(|_, bucket| !bucket.is_full(rate, burst, now));
        }
        let bucket = tracks.entry(track.clone());
        bucket
            .or_insert_with(|| Bucket::full(burst, now))
            .take(rate, burst, now)
            .map_err(|retry_after| Error::TooMany { retry_after })
    }
}

fn channel(programme: &Programme, track: &Track) -> Option<ChannelName> {
    ChannelName::parse(&format!("{}/{}", programme.conference.slug, track.slug)).ok()
}

fn named(spoken: Vec<store::Spoken>) -> Vec<Language> {
    let name = |spoken: store::Spoken| Language {
        name: language_name(&spoken.language),
        tag: spoken.language,
    };
    spoken.into_iter().map(name).collect()
}

impl Live {
    /// The captioner who holds a key of the track.
    pub(crate) async fn captioner(
        &self,
        track: &Track,
        secret: &str,
        now: Timestamp,
    ) -> Result<Captioner> {
        let db = &self.0.app.db;
        let digest = kernel::id::digest(secret);
        let key = store::open_key(db, &digest).await?;
        let key = key.ok_or(Error::Unauthenticated)?;
        if key.track != track.id {
            return Err(Error::forbidden("live-caption-key-elsewhere"));
        }
        let used = key
            .used_at
            .map(|used| now.duration_since(used).unsigned_abs());
        if used.is_none_or(|ago| ago >= limits::CAPTION_KEY_USED_EVERY) {
            store::used(db, &key.id, now).await?;
        }
        Ok(Captioner::Key(key.id.to_string()))
    }

    /// Says something on a track, once, however often it is sent.
    pub(crate) async fn caption(
        &self,
        cx: &Cx,
        programme: &Programme,
        track: &Track,
        by: &Captioner,
        new: &NewCaption,
    ) -> Result<(Caption, Sent)> {
        let said = self.say(cx, programme, track, by, new).await;
        let fate = match &said {
            Ok((_, Sent::New)) => CaptionFate::Taken,
            Ok((_, Sent::Known)) => CaptionFate::Known,
            Err(Error::TooMany { .. }) => CaptionFate::TooFast,
            Err(_) => CaptionFate::Refused,
        };
        let place = (programme.conference.slug.as_str(), track.slug.as_str());
        self.0.viewers.metrics.caption(place, fate);
        said
    }

    async fn say(
        &self,
        cx: &Cx,
        programme: &Programme,
        track: &Track,
        by: &Captioner,
        new: &NewCaption,
    ) -> Result<(Caption, Sent)> {
        let conference = &programme.conference.id;
        check(conference, by)?;
        let caption = new.read(cx.now)?;
        let known = store::sent(&cx.db, &track.id, &caption.language, &caption.id).await?;
        if let Some(known) = known.as_ref().and_then(|known| same(known, &caption)) {
            return Ok((known?, Sent::Known));
        }
        self.0.captions.take(&track.id)?;
        let who = match by {
            Captioner::Team(grant) => grant.account().as_str(),
            Captioner::Key(key) => key,
        };
        let mut tx = cx.db.begin().await?;
        let before = store::sent(&mut tx, &track.id, &caption.language, &caption.id).await?;
        if !store::put(&mut tx, conference, &track.id, &caption, who, cx.now).await? {
            // Somebody sent the same at the same moment.
            let first = store::sent(&mut tx, &track.id, &caption.language, &caption.id).await?;
            let first = first.as_ref().and_then(|first| same(first, &caption));
            let first =
                first.ok_or_else(|| Error::internal("a caption is neither new nor known"))?;
            return Ok((first?, Sent::Known));
        }
        let is_new = self
            .speak(&mut tx, conference, track, &caption.language, cx.now)
            .await?;
        if let Captioner::Team(grant) = by {
            audit::record(
                &mut tx,
                grant,
                "caption.put",
                track.id.as_str(),
                &before,
                &caption,
            )
            .await?;
        }
        tx.commit().await?;
        self.tell_caption(programme, track, &caption, is_new).await;
        let late = cx.now.duration_since(caption.starts_at).as_secs_f64();
        let place = (programme.conference.slug.as_str(), track.slug.as_str());
        self.0.viewers.metrics.caption_late(place, late);
        Ok((caption, Sent::New))
    }

    /// Makes sure that viewers can choose the language. Whether they could not before.
    async fn speak(
        &self,
        tx: &mut db::Tx,
        conference: &ConferenceId,
        track: &Track,
        language: &str,
        now: Timestamp,
    ) -> Result<bool> {
        if !store::add_language(tx, conference, &track.id, language, now).await? {
            return Ok(false);
        }
        if store::languages_of(tx, &track.id).await?.len() > media_core::limits::LANGUAGES_MAX {
            let message = Message::new("live-caption-languages");
            let message = message.with("max", media_core::limits::LANGUAGES_MAX);
            return Err(Error::invalid("language", message));
        }
        Ok(true)
    }

    /// After the commit: tells everybody, and puts it beside the picture.
    async fn tell_caption(
        &self,
        programme: &Programme,
        track: &Track,
        caption: &Caption,
        language_is_new: bool,
    ) {
        let conference = programme.conference.slug.as_str();
        if language_is_new && let Err(error) = self.languages_changed(programme, track).await {
            tracing::warn!(%error, conference, track = %track.slug, "a language of captions will be told later");
        }
        let mut event = json!(caption);
        event["kind"] = "caption".into();
        let topic = captions_topic(conference, &track.slug);
        self.0.hub.publish(&topic, &event);
        if let (Some(name), false) = (channel(programme, track), caption.interim) {
            let lasts = caption.ends_at.duration_since(caption.starts_at);
            let cue = media_core::Caption {
                id: caption.id.clone(),
                language: caption.language.clone(),
                from: caption.starts_at,
                lasts: lasts.unsigned_abs(),
                text: caption.text.clone(),
                revision: caption.revision,
            };
            self.0.channels.caption(&name, &cue);
        }
    }

    async fn languages_changed(&self, programme: &Programme, track: &Track) -> Result<()> {
        let Some(name) = channel(programme, track) else {
            return Ok(());
        };
        let turn = self.0.languages.lock().await;
        let spoken = store::languages_of(&self.0.app.db, &track.id).await?;
        self.0.channels.set_languages(&name, named(spoken));
        drop(turn);
        self.tell_track(&name).await
    }

    /// Learns which languages the captions of all tracks come in; another process may have changed them.
    pub(crate) async fn learn_languages(&self) -> Result<()> {
        // What was read earlier must not be kept later: a language that was taken away would come back.
        let _turn = self.0.languages.lock().await;
        let db = &self.0.app.db;
        let mut spoken: HashMap<TrackId, Vec<store::Spoken>> = HashMap::new();
        for language in store::languages(db).await? {
            spoken
                .entry(language.track.clone())
                .or_default()
                .push(language);
        }
        for id in self.0.programmes.all(db).await? {
            let Some(programme) = self.0.programmes.of(db, &id).await? else {
                continue;
            };
            for track in &programme.tracks {
                let own = spoken.remove(&track.id).unwrap_or_default();
                if let Some(name) = channel(&programme, track) {
                    self.0.channels.set_languages(&name, named(own));
                }
            }
        }
        Ok(())
    }

    /// Languages that the captions of a track come in.
    pub(crate) fn languages(&self, programme: &Programme, track: &Track) -> Vec<String> {
        let name = channel(programme, track);
        let languages = name.map(|name| self.0.channels.languages(&name));
        let languages = languages.iter().flat_map(|languages| languages.iter());
        languages.map(|language| language.tag.clone()).collect()
    }

    /// Lets viewers choose a language before anything is said in it.
    pub(crate) async fn add_caption_language(
        &self,
        cx: &Cx,
        grant: &Grant<Broadcast>,
        programme: &Programme,
        track: &Track,
        language: &str,
    ) -> Result<()> {
        let conference = grant.conference();
        let mut tx = cx.db.begin().await?;
        if self
            .speak(&mut tx, conference, track, language, cx.now)
            .await?
        {
            let (action, subject) = ("caption-language.add", track.id.as_str());
            audit::record(&mut tx, grant, action, subject, &(), &language).await?;
            tx.commit().await?;
            self.languages_changed(programme, track).await?;
        }
        Ok(())
    }

    /// Takes a language away from viewers' choice. What was said in it stays.
    pub(crate) async fn remove_caption_language(
        &self,
        cx: &Cx,
        grant: &Grant<Broadcast>,
        programme: &Programme,
        track: &Track,
        language: &str,
    ) -> Result<()> {
        let conference = grant.conference();
        let mut tx = cx.db.begin().await?;
        if store::remove_language(&mut tx, conference, &track.id, language).await? {
            let (action, subject) = ("caption-language.remove", track.id.as_str());
            audit::record(&mut tx, grant, action, subject, &language, &()).await?;
            tx.commit().await?;
            self.languages_changed(programme, track).await?;
        }
        Ok(())
    }

    /// Makes a key with which captioners send to a track; the one before is worth nothing from then on.
    pub(crate) async fn rotate_caption_key(
        &self,
        cx: &Cx,
        grant: &Grant<Broadcast>,
        track: &Track,
    ) -> Result<String> {
        let conference = grant.conference();
        let secret = format!("{KEY_PREFIX}{}", kernel::id::secret());
        let digest = kernel::id::digest(&secret);
        let mut tx = cx.db.begin().await?;
        let by = (grant.account(), grant.name());
        let replaced = store::revoke_key(&mut tx, conference, &track.id, by, cx.now).await?;
        let made = store::add_key(&mut tx, conference, &track.id, &digest, by, cx.now).await;
        let id = match made {
            Ok(id) => id,
            Err(error) if store::has_key(&error) => {
                return Err(Error::conflict("live-caption-key-raced"));
            }
            Err(error) => return Err(error.into()),
        };
        let (before, after) = (json!({ "had": replaced }), json!({ "key": id }));
        let (action, subject) = ("caption-key.rotate", track.id.as_str());
        audit::record(&mut tx, grant, action, subject, &before, &after).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Revokes the key of a track.
    pub(crate) async fn revoke_caption_key(
        &self,
        cx: &Cx,
        grant: &Grant<Broadcast>,
        track: &Track,
    ) -> Result<()> {
        let conference = grant.conference();
        let mut tx = cx.db.begin().await?;
        let by = (grant.account(), grant.name());
        if store::revoke_key(&mut tx, conference, &track.id, by, cx.now).await? {
            let (action, subject) = ("caption-key.revoke", track.id.as_str());
            audit::record(&mut tx, grant, action, subject, &(), &()).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// The captions that somebody who begins to read needs: those of the time that can be gone back to.
    pub(crate) async fn captions(
        &self,
        programme: &Programme,
        track: &Track,
    ) -> Result<Vec<Caption>> {
        let now = self.0.app.clock.now();
        let since = now
            .checked_sub(self.0.channels.settings().window)
            .unwrap_or(now);
        let count = i64::try_from(limits::CAPTIONS_SHOWN).unwrap_or(i64::MAX);
        let conference = &programme.conference.id;
        store::since(&self.0.app.db, conference, &track.id, since, count).await
    }
}

/// A grant is good for its own conference alone.
fn check(conference: &ConferenceId, by: &Captioner) -> Result<()> {
    match by {
        Captioner::Team(grant) if grant.conference() != conference => Err(Error::NotFound("track")),
        Captioner::Team(_) | Captioner::Key(_) => Ok(()),
    }
}

/// What is known of a line that is sent: nothing newer than what is there is new, and one id is one line.
fn same(known: &Caption, sent: &Caption) -> Option<Result<Caption>> {
    if known.revision < sent.revision {
        return None;
    }
    let other = known.revision == sent.revision && known.text != sent.text;
    Some(if other {
        Err(Error::conflict("live-caption-id-taken"))
    } else {
        Ok(known.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_sends_without_end_is_slowed_down_on_that_track_alone() {
        let pace = Pace::default();
        let (busy, other) = (TrackId::fresh(), TrackId::fresh());
        let most = limits::CAPTIONS_BURST + limits::CAPTIONS_PER_SECOND * 10;
        let refused = (0..most).find_map(|_| pace.take(&busy).err());
        assert!(matches!(refused, Some(Error::TooMany { .. })));
        assert!(pace.take(&other).is_ok());
        for _ in 0..limits::CAPTION_TRACKS_MAX {
            pace.take(&TrackId::fresh()).ok();
        }
        let known = pace.0.lock().unwrap().len();
        assert!(
            known >= limits::CAPTION_TRACKS_MAX,
            "none of them is full yet"
        );
    }
}
