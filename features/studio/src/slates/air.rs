//! Brings films to the channels that are to play them, and tells channels when it is a break.

use std::collections::HashMap;

use identity::ConferenceId;
use kernel::{Error, Result};
use media_film::Film;
use platform::blob::BlobId;
use program::{Programme, Track};
use serde_json::Value;

use super::model::{Purpose, Stage, is_break};
use super::store::{self, Row};
use super::{Base, locked};
use crate::actions::channel;
use crate::{SLATES_CHANGED, Studio, limits};

/// Starts the task.
pub(super) fn start(studio: &Studio) {
    let own = studio.clone();
    let tasks = &studio.0.app.tasks;
    tasks.spawn_loop("slates", move || {
        let studio = own.clone();
        async move {
            let stop = studio.0.app.tasks.token();
            stop.run_until_cancelled(keep(&studio)).await;
        }
    });
}

async fn keep(studio: &Studio) {
    let mut news = studio.0.app.bus.subscribe("");
    let mut look = tokio::time::interval(limits::SLATES_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    if let Err(error) = studio.load_all_slates().await {
        tracing::warn!(%error, "slates and clips cannot be loaded just now");
    }
    loop {
        let done = tokio::select! {
            _ = look.tick() => studio.look_for_breaks().await,
            event = news.recv() => match event {
                Ok(event) if *event.topic == *SLATES_CHANGED => studio.heard_of_slates(&event.payload).await,
                // Tracks may have come and gone.
                Ok(event) if event.topic.starts_with("program.") => studio.load_all_slates().await,
                Ok(event) if *event.topic == *onair::CHANGED => studio.look_for_breaks().await,
                Ok(_) => Ok(()),
                Err(_) => studio.load_all_slates().await,
            },
        };
        if let Err(error) = done {
            tracing::warn!(%error, "slates and clips cannot be brought to their tracks just now");
        }
    }
}

impl Studio {
    async fn heard_of_slates(&self, payload: &Value) -> Result<()> {
        let conference = payload.as_str().unwrap_or_default();
        let conference = ConferenceId::stored(conference.to_owned());
        self.load_slates(&conference).await?;
        self.look_for_breaks().await
    }

    async fn load_all_slates(&self) -> Result<()> {
        for conference in store::conferences(&self.0.app.db).await? {
            self.load_slates(&conference).await?;
        }
        self.look_for_breaks().await
    }

    /// Brings the films of a conference to the channels of its tracks.
    async fn load_slates(&self, conference: &ConferenceId) -> Result<()> {
        let app = &self.0.app;
        let Some(programme) = self.0.programmes.of(&app.db, conference).await? else {
            return Ok(());
        };
        let rows = store::all(&app.db, conference).await?;
        let rows: Vec<Row> = rows
            .into_iter()
            .filter(|row| row.enabled && row.stage == Stage::Ready)
            .collect();
        let mut films = HashMap::new();
        for row in &rows {
            if let Some(blob) = &row.played
                && let Some(film) = self.film(row, blob).await?
            {
                films.insert(blob.clone(), film.named(&row.name));
            }
        }
        let keeps =
            |known: &(ConferenceId, BlobId)| known.0 != *conference || films.contains_key(&known.1);
        locked(&self.0.slates.films).retain(|known, _| keeps(known));
        for track in &programme.tracks {
            self.bring_to(&programme, track, &rows, &films);
        }
        Ok(())
    }

    fn bring_to(
        &self,
        programme: &Programme,
        track: &Track,
        rows: &[Row],
        films: &HashMap<BlobId, media_core::Slate>,
    ) {
        let Some(name) = channel(programme, track) else {
            return;
        };
        let of = |purpose| {
            let meant = move |row: &&Row| row.purpose == purpose && row.tracks.includes(&track.id);
            let own = rows.iter().filter(meant);
            own.filter_map(|row| {
                let blob = row.played.clone()?;
                let film = films.get(&blob)?.clone();
                Some(Base { blob, film })
            })
        };
        let clips = of(Purpose::Clip).map(|clip| clip.film).collect();
        self.0.channels.set_clips(&name, clips);
        let base = of(Purpose::Slate).next();
        let mut bases = locked(&self.0.slates.bases);
        let blob = |base: Option<&Base>| base.map(|base| base.blob.clone());
        let before = bases.get(&name).and_then(Option::as_ref);
        if blob(before) != blob(base.as_ref()) {
            // Words follow; until then it stands alone, and pages write theirs over it.
            let film = base.as_ref().map(|base| base.film.clone());
            self.0.channels.set_own_slate(&name, film);
            locked(&self.0.slates.written).remove(&name);
        }
        bases.insert(name, base);
    }

    /// The film of a row, in memory; none where its file is gone or broken.
    async fn film(&self, row: &Row, blob: &BlobId) -> Result<Option<media_core::Slate>> {
        let key = (row.conference.clone(), blob.clone());
        if let Some(known) = locked(&self.0.slates.films).get(&key) {
            return Ok(Some(known.clone()));
        }
        let path = self.0.app.blobs.path(blob);
        let read = move || Film::open(&path).and_then(|film| film.slate());
        let film = tokio::task::spawn_blocking(read)
            .await
            .map_err(Error::internal)?;
        match film {
            Ok(film) => {
                locked(&self.0.slates.films).insert(key, film.clone());
                Ok(Some(film))
            }
            Err(error) => {
                tracing::error!(%error, slate = %row.id, "the film “{}” cannot be read any more", row.name);
                Ok(None)
            }
        }
    }

    /// Tells the channels whether it is a break in which their clips are to play.
    async fn look_for_breaks(&self) -> Result<()> {
        let (app, now) = (&self.0.app, self.0.app.clock.now());
        let automatic = store::automatic(&app.db).await?;
        for conference in store::conferences(&app.db).await? {
            let Some(programme) = self.0.programmes.of(&app.db, &conference).await? else {
                continue;
            };
            let on_air = onair::now_of_all(&app.db, &conference).await?;
            for track in &programme.tracks {
                let Some(name) = channel(&programme, track) else {
                    continue;
                };
                let on = on_air.iter().find(|on| on.track == track.id);
                let talk = on.and_then(|on| programme.talk(on.talk.as_ref()?));
                let talk_is_on = talk.is_some_and(|talk| !talk.is_break());
                let in_break =
                    automatic.contains(&conference) && is_break(&programme, track, talk_is_on, now);
                self.0.channels.set_break(&name, in_break);
            }
        }
        Ok(())
    }
}
