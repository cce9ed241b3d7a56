//! What is on which track since when.
//!
//! Promises: by itself a track follows the timetable, at its very instants; a person with the broadcast right
//! overrides it, until somebody gives the track back to the timetable. A track has one talk, because it has one
//! row. Every change is kept with who, when, why, from and to, and announced on the bus after its commit as
//! [`CHANGED`]; versions of a track are without gaps, so that a history is a chain.

pub mod actions;
mod api;
mod holder;
mod item;
pub mod jobs;
pub mod limits;
pub mod model;
pub mod portable;
mod store;

use serde::{Deserialize, Serialize};

pub use actions::{Wish, direct, slots};
pub use api::{ApiDoc, routes, wish};
pub use holder::people;
pub use item::{Item, Person, items, next};
pub use model::{Change, Mode, Slot, State};
pub use store::{Entry, Now, ended_since, history, now_of, now_of_all};

use identity::ConferenceId;
use program::{TalkId, TrackId};

/// Tables of this feature.
pub const MIGRATIONS: db::Migrations = db::migrations!("onair", ["migrations/0001_onair.sql"]);

/// Messages of this feature.
pub const TEXTS: web::texts::Source = web::texts!();

/// Topic of the bus: a track has another talk or mode.
pub const CHANGED: &str = "onair.changed";

/// What the bus tells about a change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Changed {
    /// The conference.
    pub conference: ConferenceId,
    /// The track.
    pub track: TrackId,
    /// What was on it.
    pub from: Option<TalkId>,
    /// What is on it.
    pub to: Option<TalkId>,
}
