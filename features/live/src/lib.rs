//! The live page, what its picture is, what is said on it, its chat, who may watch, and what viewers got.
//!
//! Promises: the picture's state is one [`Descriptor`], a pure function of what is on air, the signal and the
//! timetable; page, topic and API show the same one. A chat line is on the disk before anybody is told that it was
//! accepted, and is there once however often it was sent. Who may not watch is refused alike by page, topic, API
//! and the [`Gate`] of the media.

pub mod actions;
mod api;
mod door;
mod gate;
mod holder;
mod jobs;
pub mod limits;
mod metrics;
pub mod model;
mod pages;
pub mod portable;
mod store;
mod topics;

use std::sync::Arc;

use kernel::Result;
use media_core::Channels;
use program::Programmes;
use web::{App, Cx};

pub use api::ApiDoc;
pub use door::{follow_sessions, hub, routes as door};
pub use gate::Gate;
pub use holder::people;
pub use metrics::Metrics;
pub use model::{Descriptor, Picture};
pub use pages::routes;

/// Tables of this feature.
pub const MIGRATIONS: db::Migrations = db::migrations!(
    "live",
    [
        "migrations/0001_chat.sql",
        "migrations/0002_viewers.sql",
        "migrations/0003_captions.sql",
        "migrations/0004_people.sql"
    ]
);

/// Messages of this feature.
pub const TEXTS: web::texts::Source = web::texts!();

/// Messages of the connections at `/rt`.
pub const REALTIME_TEXTS: web::texts::Source = web::texts::Source {
    ja: realtime::TEXTS.0,
    en: realtime::TEXTS.1,
};

/// Topic of the bus: another number of people watches a track.
pub const CROWD: &str = "live.crowd";

/// Topic of the bus: others may watch a conference's tracks.
pub const AUDIENCE: &str = "live.audience";

/// Who is connected.
pub type Who = Arc<Cx>;
/// The hub of the site.
pub type Hub = realtime::Hub<Who>;

/// What the handlers of this feature share.
#[derive(Clone)]
pub struct Live(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) app: App,
    pub(crate) programmes: Programmes,
    pub(crate) channels: Channels,
    pub(crate) hub: Hub,
    pub(crate) gate: Gate,
    pub(crate) chat: actions::chat::Desk,
    pub(crate) captions: actions::captions::Pace,
    /// Held while languages of captions are read and kept.
    pub(crate) languages: tokio::sync::Mutex<()>,
    pub(crate) viewers: actions::viewers::Viewers,
    pub(crate) probe: api::probe::Probe,
}

impl Live {
    /// Puts the feature together: registers its topics and commands with the hub, and starts its tasks.
    pub async fn start(
        app: &App,
        programmes: &Programmes,
        channels: &Channels,
        hub: &Hub,
    ) -> Result<Self> {
        let secret = store::secret(&app.db).await?;
        let gate = Gate::new(&secret, app.clock.clone());
        gate.learn(&app.db, programmes).await?;
        let (desk, orders) = actions::chat::desk();
        let live = Self(Arc::new(Shared {
            app: app.clone(),
            programmes: programmes.clone(),
            channels: channels.clone(),
            hub: hub.clone(),
            gate,
            chat: desk,
            captions: actions::captions::Pace::default(),
            languages: tokio::sync::Mutex::default(),
            viewers: actions::viewers::Viewers::new(),
            probe: api::probe::Probe::new(),
        }));
        live.learn_languages().await?;
        topics::register(&live);
        jobs::start(&live, orders);
        Ok(live)
    }

    /// Who may watch, for the media.
    pub fn gate(&self) -> Gate {
        self.0.gate.clone()
    }

    /// What viewers got.
    pub fn metrics(&self) -> &Metrics {
        &self.0.viewers.metrics
    }
}
