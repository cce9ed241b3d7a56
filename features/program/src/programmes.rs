//! Programmes held in memory, and what was rendered from them.
//!
//! Correctness never depends on time: what is held belongs to one version of one conference and is used only
//! while that is the version. `SQLite` has one process, whose every change passes [`Programmes::forget`] before
//! anybody is told about it; a server may have several, so there the version is asked for each time.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use bytes::Bytes;
use db::{Db, Engine};
use futures_util::future::BoxFuture;
use identity::{ConferenceId, Conferences, Found, Scope, Shown};
use kernel::Result;
use tokio::sync::Semaphore;
use web::Cx;

use crate::air::{Air, OnAir};
use crate::limits;
use crate::metrics::Metrics;
use crate::model::{Lifecycle, TrackId};
use crate::programme::Programme;
use crate::store;

/// The programmes of all conferences. Clones share what is held.
#[derive(Clone, Default)]
pub struct Programmes {
    held: Arc<RwLock<Held>>,
    media: Arc<OnceLock<Media>>,
    easel: Easel,
    metrics: Metrics,
    on_air: Arc<RwLock<HashMap<ConferenceId, Arc<OnAir>>>>,
}

/// Room to unpack pictures: few at a time, since each takes memory.
#[derive(Clone)]
struct Easel(Arc<Semaphore>);

impl Default for Easel {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(limits::LOOKS_AT_ONCE)))
    }
}

/// Says whether a track of a conference, by their names in addresses, has pictures just now.
type Media = Box<dyn Fn(&str, &str) -> bool + Send + Sync>;

#[derive(Default)]
struct Held {
    /// Counts changes, so that a programme that was read before a change is not kept after it.
    changes: u64,
    by_slug: HashMap<String, Arc<Programme>>,
    rendered: HashMap<Key, Rendered>,
    rendered_bytes: usize,
}

/// What a rendered thing depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) conference: ConferenceId,
    pub(crate) version: i64,
    /// Anything else, such as language, address, phase.
    pub(crate) rest: String,
}

/// A rendered page or file.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    pub(crate) body: Bytes,
    pub(crate) gzip: Bytes,
    pub(crate) etag: Arc<str>,
}

impl std::fmt::Debug for Programmes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Programmes")
    }
}

impl Programmes {
    /// Holds nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns how to find out whether a track has pictures. The first one to tell is asked.
    pub fn ask_for_media(&self, media: impl Fn(&str, &str) -> bool + Send + Sync + 'static) {
        let _ = self.media.set(Box::new(media));
    }

    /// Uploads and imports in numbers.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Room to unpack a picture.
    pub(crate) fn easel(&self) -> &Semaphore {
        &self.easel.0
    }

    /// Whether a track has pictures just now, so that its name in addresses must stay.
    pub(crate) fn has_media(&self, conference: &str, track: &str) -> bool {
        self.media
            .get()
            .is_some_and(|media| media(conference, track))
    }

    /// Is told what runs on a track, as of a version of it, by whoever knows. What was known before stays what is older.
    pub fn tell(&self, conference: &ConferenceId, track: &TrackId, version: i64, air: &Air) {
        let mut told = self.on_air.write().unwrap_or_else(PoisonError::into_inner);
        let own = told.entry(conference.clone()).or_default();
        if let Some(next) = own.told(track, version, air) {
            *own = Arc::new(next);
        }
    }

    /// What was told about the tracks of a conference.
    pub(crate) fn on_air(&self, conference: &ConferenceId) -> Arc<OnAir> {
        let told = self.on_air.read().unwrap_or_else(PoisonError::into_inner);
        told.get(conference).cloned().unwrap_or_default()
    }

    /// The programme of a conference by its name in addresses.
    pub async fn named(&self, db: &Db, slug: &str) -> Result<Option<Arc<Programme>>> {
        // What can be no name is in no database; PostgreSQL refuses even to look for some of it.
        if !kernel::text::is_slug(slug, limits::SLUG_CHARS_MIN) {
            return Ok(None);
        }
        let known = self.read(|held| held.by_slug.get(slug).cloned());
        let changes = self.read(|held| held.changes);
        if let (Some(programme), Engine::Sqlite) = (&known, db.engine()) {
            return Ok(Some(programme.clone()));
        }
        let Some(stamp) = store::stamp(db, slug).await? else {
            return Ok(None);
        };
        match known {
            Some(programme)
                if programme.conference.id == stamp.id
                    && programme.conference.version == stamp.version =>
            {
                Ok(Some(programme))
            }
            _ => self.load(db, &stamp.id, changes).await,
        }
    }

    /// The programme of a conference by its id.
    pub async fn of(&self, db: &Db, id: &ConferenceId) -> Result<Option<Arc<Programme>>> {
        let known = self.read(|held| {
            held.by_slug
                .values()
                .find(|own| own.conference.id == *id)
                .cloned()
        });
        let changes = self.read(|held| held.changes);
        if let (Some(programme), Engine::Sqlite) = (&known, db.engine()) {
            return Ok(Some(programme.clone()));
        }
        let Some(stamp) = store::stamp_of(db, id).await? else {
            return Ok(None);
        };
        match known {
            Some(programme) if programme.conference.version == stamp.version => Ok(Some(programme)),
            _ => self.load(db, id, changes).await,
        }
    }

    async fn load(
        &self,
        db: &Db,
        id: &ConferenceId,
        changes: u64,
    ) -> Result<Option<Arc<Programme>>> {
        let Some(loaded) = store::load(db, id).await? else {
            return Ok(None);
        };
        let programme = Arc::new(Programme::of(loaded));
        self.write(|held| {
            if held.changes != changes {
                return;
            }
            if held.by_slug.len() >= limits::PROGRAMMES_HELD_MAX {
                held.by_slug.clear();
            }
            held.by_slug
                .insert(programme.conference.slug.clone(), programme.clone());
        });
        Ok(Some(programme))
    }

    /// Lets go of a conference, since it was changed. Every action that commits a change calls it.
    pub(crate) fn forget(&self, id: &ConferenceId) {
        self.write(|held| {
            held.changes += 1;
            held.by_slug
                .retain(|_, programme| programme.conference.id != *id);
            held.rendered.retain(|key, _| key.conference != *id);
            held.rendered_bytes = held.rendered.values().map(Rendered::bytes).sum();
        });
    }

    /// What was rendered for `key`, or what `render` makes of it now.
    pub(crate) fn rendered(
        &self,
        key: &Key,
        render: impl FnOnce() -> Result<String>,
    ) -> Result<Rendered> {
        if let Some(rendered) = self.read(|held| held.rendered.get(key).cloned()) {
            return Ok(rendered);
        }
        let rendered = Rendered::of(render()?);
        if key.rest.len() <= limits::RENDERED_PATH_MAX {
            self.write(|held| {
                let full = held.rendered.len() >= limits::RENDERED_MAX
                    || held.rendered_bytes + rendered.bytes() > limits::RENDERED_BYTES_MAX;
                if full {
                    // Everything can be rendered again, and this is rare: simpler than remembering who was used when.
                    held.rendered.clear();
                    held.rendered_bytes = 0;
                }
                held.rendered_bytes += rendered.bytes();
                if let Some(before) = held.rendered.insert(key.clone(), rendered.clone()) {
                    held.rendered_bytes = held.rendered_bytes.saturating_sub(before.bytes());
                }
            });
        }
        Ok(rendered)
    }

    fn read<T>(&self, look: impl FnOnce(&Held) -> T) -> T {
        look(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Held) -> T) -> T {
        change(&mut self.held.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Rendered {
    fn of(text: String) -> Self {
        use std::io::Write as _;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        let gzip = gzip
            .write_all(text.as_bytes())
            .and_then(|()| gzip.finish())
            .unwrap_or_default();
        let etag: String = kernel::id::digest(&text).chars().take(32).collect();
        Self {
            body: text.into(),
            gzip: gzip.into(),
            etag: etag.into(),
        }
    }

    fn bytes(&self) -> usize {
        self.body.len() + self.gzip.len()
    }
}

impl Conferences for Programmes {
    fn find<'a>(&'a self, db: &'a Db, slug: &'a str) -> BoxFuture<'a, Result<Option<Found>>> {
        Box::pin(async move {
            Ok(self.named(db, slug).await?.map(|programme| {
                let effects = programme.conference.effects();
                Found {
                    id: programme.conference.id.clone(),
                    open: effects.open,
                    sealed: effects.sealed,
                }
            }))
        })
    }

    fn is_open_in(&self, state: &str) -> Option<bool> {
        Lifecycle::parse(state).map(|state| state.effects().open)
    }

    fn all<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, Result<Vec<ConferenceId>>> {
        Box::pin(async move {
            let conferences = store::all_conferences(db).await?;
            Ok(conferences
                .into_iter()
                .map(|conference| conference.id)
                .collect())
        })
    }
    fn shown<'a>(
        &'a self,
        cx: &'a Cx,
        conference: &'a ConferenceId,
        scope: Option<&'a Scope>,
        current: &'a str,
    ) -> BoxFuture<'a, Result<Option<Shown>>> {
        Box::pin(async move {
            let programme = self.of(&cx.db, conference).await?;
            Ok(programme.map(|programme| {
                let conference = &programme.conference;
                let current = format!("/{}/{current}", conference.slug);
                let brand = crate::pages::brand(cx, conference, scope, &current);
                let settings = conference.settings();
                let said = |text: String| Some(text).filter(|text| !text.is_empty());
                Shown {
                    sender: said(settings.sender).unwrap_or_else(|| brand.title.clone()),
                    reply_to: said(settings.reply_to),
                    slug: conference.slug.clone(),
                    title: brand.title.clone(),
                    brand,
                }
            }))
        })
    }
}
