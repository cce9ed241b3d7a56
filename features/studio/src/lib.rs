//! The broadcast team's page: every track with its picture, signal, what is on and next; and the stream keys.
//!
//! Promises: nobody without the broadcast right sees or does anything here, by page, API or topic; a key is shown
//! once and stored as a digest; a key that is rotated or revoked ends its publisher at once.

pub mod actions;
mod api;
mod authority;
mod holder;
mod jobs;
pub mod limits;
mod model;
mod pages;
mod passes;
pub mod portable;
mod reports;
mod slates;
mod store;
mod topics;
mod wall;

use std::sync::{Arc, OnceLock};

use media_core::Channels;
use media_ffmpeg::Recoders;
use program::{Conference, Programmes};
use web::{App, Cx};

pub use actions::golive::Beginning;
pub use actions::keys::{By, Key, Publish};
pub use api::ApiDoc;
pub use authority::Authority;
pub use holder::people;
pub use model::{InputState, Output, Signal, SignalState, TrackState};
pub use pages::routes;
pub use wall::history::PastAlarm;
pub use wall::model::{Acknowledged, Standing};

/// Tables of this feature.
pub const MIGRATIONS: db::Migrations = db::migrations!(
    "studio",
    [
        "migrations/0001_stream_key.sql",
        "migrations/0002_seats.sql",
        "migrations/0003_encoder_test.sql",
        "migrations/0003_alarm.sql",
        "migrations/0004_slate.sql",
        "migrations/0005_slate_files.sqlite.sql",
        "migrations/0005_slate_files.postgres.sql",
        "migrations/0006_people.sql"
    ]
);

/// Messages of this feature.
pub const TEXTS: web::texts::Source = web::texts!();

/// Topic of the bus: a stream key was made or revoked.
pub const KEY_CHANGED: &str = "stream-key.changed";

/// Topic of the bus: somebody decided which input of a track is on air.
pub const INPUT_CHANGED: &str = "studio.input";

/// Topic of the bus: slates or clips of a conference changed.
pub const SLATES_CHANGED: &str = "studio.slates";

/// Who is connected.
pub type Who = Arc<Cx>;
/// The hub of the site.
pub type Hub = realtime::Hub<Who>;

/// Address of a track's picture for the team: conference, name of the track.
pub type Picture = Arc<dyn Fn(&Conference, &str) -> String + Send + Sync>;

/// Where encoders and browsers publish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doors {
    /// RTMP: `rtmp://HOST:PORT/live`.
    pub rtmp: String,
    /// The same over TLS: `rtmps://HOST:PORT/live`.
    pub rtmps: Option<String>,
    /// Whether the site answers `/whip/{conf}/{track}`.
    pub whip: bool,
}

impl From<&str> for Doors {
    fn from(rtmp: &str) -> Self {
        Self {
            rtmp: rtmp.trim_end_matches('/').to_owned(),
            rtmps: None,
            whip: true,
        }
    }
}

/// What the handlers of this feature share.
#[derive(Clone)]
pub struct Studio(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) app: App,
    pub(crate) programmes: Programmes,
    pub(crate) channels: Channels,
    pub(crate) hub: Hub,
    pub(crate) picture: Picture,
    pub(crate) publish: Doors,
    pub(crate) passes: passes::Passes,
    pub(crate) publishers: authority::Publishers,
    pub(crate) board: wall::Board,
    pub(crate) slates: slates::Slates,
    pub(crate) trials: reports::Trials,
    /// Who adds sound that every device plays.
    pub(crate) recoders: OnceLock<Recoders>,
}

impl Studio {
    /// Puts the feature together: registers topic and commands with the hub, and starts its tasks.
    pub fn start(
        app: &App,
        programmes: &Programmes,
        channels: &Channels,
        hub: &Hub,
        picture: Picture,
        publish: impl Into<Doors>,
    ) -> Self {
        let studio = Self(Arc::new(Shared {
            app: app.clone(),
            programmes: programmes.clone(),
            channels: channels.clone(),
            hub: hub.clone(),
            picture,
            publish: publish.into(),
            passes: passes::Passes::default(),
            publishers: authority::Publishers::default(),
            board: wall::Board::default(),
            slates: slates::Slates::default(),
            trials: reports::Trials::new(channels, &app.clock),
            recoders: OnceLock::new(),
        }));
        topics::register(&studio);
        wall::register(&studio);
        reports::topic::register(&studio);
        jobs::start(&studio);
        wall::start(&studio);
        reports::start(&studio);
        studio
    }

    /// Tells who adds AAC to tracks whose sound is Opus, for the page that sends it.
    pub fn recoded_by(&self, recoders: Recoders) {
        let _only_once = self.0.recoders.set(recoders);
    }

    /// Whether Opus is all that viewers get of a browser's sound.
    pub(crate) fn is_opus_alone(&self) -> bool {
        let recoders = self.0.recoders.get();
        recoders.is_some_and(|recoders| recoders.found() == Some(false))
    }

    /// Who decides about stream keys, for the ingest.
    pub fn authority(&self) -> Authority {
        Authority(self.clone())
    }
}
