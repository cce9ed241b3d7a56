//! Writes what comes into the slates of all tracks, ahead of time, where ffmpeg and a font are there. Without them the slate has
//! no words, and pages write theirs over it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::time::Duration;

use identity::Conferences as _;
use kernel::{Error, Result, Timestamp};
use media_core::{ChannelName, On, Shape, State};
use media_film::{Card, Film, Tool, Workshop};
use program::{Part, Programme, Talk, Track};
use web::Locale;

use super::model::countdown;
use super::{Setup, locked};
use crate::actions::channel;
use crate::{Studio, limits};

/// A slate that cannot be drawn is tried again after this.
const AGAIN: Duration = Duration::from_mins(1);

/// What is to be written into the slate of a channel.
struct Wanted {
    channel: ChannelName,
    card: Card,
    shape: Shape,
    behind: PathBuf,
    key: u64,
    is_on: bool,
}

/// Starts the task.
pub(super) fn start(studio: &Studio) {
    let own = studio.clone();
    let tasks = &studio.0.app.tasks;
    tasks.spawn_loop("slate-titles", move || {
        let studio = own.clone();
        async move {
            let stop = studio.0.app.tasks.token();
            stop.run_until_cancelled(keep(&studio)).await;
        }
    });
}

async fn keep(studio: &Studio) {
    let Some(setup) = studio.0.slates.setup.get() else {
        return;
    };
    let Some(tool) = setup.workshop.tool().await.filter(|tool| tool.draws()) else {
        tracing::info!("slates get no words: there is no ffmpeg, or no font for Japanese");
        return std::future::pending().await;
    };
    let mut look = tokio::time::interval(limits::SLATES_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        if let Err(error) = studio.write_titles(setup, tool).await {
            tracing::warn!(%error, "what comes cannot be written into slates just now");
            tokio::time::sleep(AGAIN).await;
        }
    }
}

impl Studio {
    /// Draws what has changed: one after the other, those that viewers see first.
    async fn write_titles(&self, setup: &Setup, tool: &Tool) -> Result<()> {
        let now = self.0.app.clock.now();
        let mut wanted = self.wanted_titles(setup, now).await?;
        wanted.sort_by_key(|wanted| !wanted.is_on);
        for one in wanted {
            let written = locked(&self.0.slates.written).get(&one.channel).copied();
            if written != Some(one.key) {
                self.write_title(&setup.workshop, tool, one).await?;
            }
        }
        Ok(())
    }

    async fn write_title(&self, workshop: &Workshop, tool: &Tool, wanted: Wanted) -> Result<()> {
        let bench = workshop.bench("card").await.map_err(Error::internal)?;
        let (card, shape) = (&wanted.card, &wanted.shape);
        let drawn = tool.draw(card, shape, &wanted.behind, &bench).await;
        let path = drawn.map_err(Error::internal)?;
        let read = move || Film::open(&path).and_then(|film| film.slate());
        let film = tokio::task::spawn_blocking(read)
            .await
            .map_err(Error::internal)?
            .map_err(Error::internal)?;
        workshop.clear(&bench).await;
        let name = &wanted.channel;
        // What is behind may have been taken out meanwhile: then this is drawn again.
        locked(&self.0.slates.written).insert(name.clone(), wanted.key);
        self.0.channels.set_own_slate(name, Some(film.titled()));
        tracing::debug!(channel = %name, title = %wanted.card.title, "the slate of {name} says what comes");
        Ok(())
    }

    /// What every slate is to say that may be needed: those of channels to which somebody has sent.
    async fn wanted_titles(&self, setup: &Setup, now: Timestamp) -> Result<Vec<Wanted>> {
        let app = &self.0.app;
        let mut wanted = Vec::new();
        for id in self.0.programmes.all(&app.db).await? {
            let Some(programme) = self.0.programmes.of(&app.db, &id).await? else {
                continue;
            };
            let tracks = programme.tracks.iter();
            if !tracks
                .clone()
                .any(|track| self.was_sent_to(&programme, track))
            {
                continue;
            }
            let on_air = onair::now_of_all(&app.db, &id).await?;
            for track in tracks {
                let on = on_air.iter().find(|on| on.track == track.id);
                let talk = on.and_then(|on| programme.talk(on.talk.as_ref()?));
                wanted.extend(self.wanted_title(setup, &programme, track, talk, now));
            }
        }
        Ok(wanted)
    }

    fn was_sent_to(&self, programme: &Programme, track: &Track) -> bool {
        let name = channel(programme, track);
        name.is_some_and(|name| self.0.channels.status(&name).borrow().shape.is_some())
    }

    fn wanted_title(
        &self,
        setup: &Setup,
        programme: &Programme,
        track: &Track,
        talk: Option<&Talk>,
        now: Timestamp,
    ) -> Option<Wanted> {
        let name = channel(programme, track)?;
        let (shape, on, state) = {
            let status = self.0.channels.status(&name);
            let status = status.borrow();
            (status.shape.clone(), status.on, status.state)
        };
        let shape = shape.filter(|_| state != State::Idle)?;
        let base = locked(&self.0.slates.bases).get(&name).cloned().flatten();
        let behind = base.map_or_else(
            || setup.neutral.clone(),
            |base| self.0.app.blobs.path(&base.blob),
        );
        let is_on = on == On::Slate;
        let card = self.card(programme, track, talk, now, is_on);
        let mut hasher = DefaultHasher::new();
        (&card, &shape, &behind).hash(&mut hasher);
        Some(Wanted {
            channel: name,
            card,
            shape,
            behind,
            key: hasher.finish(),
            is_on,
        })
    }

    /// The words of a slate. Minutes are only counted while somebody sees them.
    fn card(
        &self,
        programme: &Programme,
        track: &Track,
        talk: Option<&Talk>,
        now: Timestamp,
        counts: bool,
    ) -> Card {
        let (app, conference) = (&self.0.app, &programme.conference);
        let languages = programme.terms(Part::Languages);
        let locale = language(languages.map(|term| &*term.word), app.site.locale);
        let say = |key: &str, args: &[(&str, &str)]| app.texts.get(locale, key, args);
        let on = talk.filter(|talk| !talk.is_break());
        let on_id = on.map(|talk| talk.id.as_str());
        let next = onair::next(programme, track, now, on_id);
        let mut card = Card {
            brand: format!("{} · {}", conference.title_in(locale), track.name),
            state: say("studio-card-wait", &[]),
            ..Card::default()
        };
        let Some(shown) = on.or(next) else {
            return card;
        };
        let people = programme.speakers_of(&shown.id);
        card.title.clone_from(&shown.title);
        card.people = people
            .map(|one| one.name.as_str())
            .collect::<Vec<_>>()
            .join("、");
        if on.is_some() {
            return card;
        }
        card.state = say("studio-card-next", &[]);
        let zone = conference.time_zone();
        let (at, today) = (shown.starts_at.to_zoned(zone.clone()), now.to_zoned(zone));
        let form = if at.date() == today.date() {
            "%H:%M"
        } else {
            "%Y-%m-%d %H:%M"
        };
        card.time = say(
            "studio-card-at",
            &[("time", &at.strftime(form).to_string())],
        );
        if let Some(minutes) = countdown(now, shown.starts_at).filter(|_| counts) {
            let left = say("studio-card-in", &[("minutes", &minutes.to_string())]);
            card.time = format!("{} · {left}", card.time);
        }
        card
    }
}

/// The language that slates speak: the conference's first that we speak too, else the site's.
fn language<'a>(mut offered: impl Iterator<Item = &'a str>, site: Locale) -> Locale {
    offered.find_map(Locale::parse).unwrap_or(site)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slate_speaks_the_language_of_its_conference() {
        let spoken = |offered: &[&str]| language(offered.iter().copied(), Locale::En);
        assert_eq!(spoken(&["ja", "en"]), Locale::Ja);
        assert_eq!(
            spoken(&["ko", "ja-JP"]),
            Locale::Ja,
            "the first that we speak"
        );
        assert_eq!(spoken(&["ko"]), Locale::En);
        assert_eq!(spoken(&[]), Locale::En);
    }
}
