//! The programme of a conference: conferences, days, rooms, tracks, talks, speakers, the timetable.
//!
//! Promises: instants are stored, clock times are computed in the conference's zone; a schedule file goes in and
//! comes out again without loss; everybody reads the same whole [`Programme`] of one version, and whoever
//! changes one announces it (`program.changed` on the bus).

pub mod actions;
mod air;
mod api;
pub mod dreamkast;
mod exchange;
mod extract;
mod holder;
pub mod jobs;
pub mod limits;
mod markup;
mod metrics;
mod model;
mod pages;
mod pictures;
pub mod portable;
mod programme;
mod programmes;
mod readiness;
#[cfg(test)]
#[path = "../../../fuzz/harness/corpus.rs"]
mod replay;
pub mod schedule;
mod spreadsheet;
mod store;
mod svg;

pub use air::Air;
pub use api::openapi;
pub use holder::people;
pub use metrics::Metrics;
pub use model::{
    CategoryId, ConferenceId, ConferenceSettings, DayId, Effects, Feature, Format, Lifecycle, Look,
    Looks, NamedLink, Part, RESERVED, RoomId, Size, SpeakerId, Spot, TalkId, Theme, TrackId, Watch,
    Words, is_break, parse_slug, word_in,
};
pub use model::{hand, placement};
pub use pages::{brand, routes};
pub use programme::Programme;
pub use programmes::Programmes;
pub use store::slides::Slides;
pub use store::{Category, Conference, Day, Room, Speaker, Talk, Term, Track};

/// Tables of this feature.
pub const MIGRATIONS: db::Migrations = db::migrations!(
    "program",
    [
        "migrations/0001_programme.sql",
        "migrations/0002_hand.sql",
        "migrations/0010_lifecycle.sql",
        "migrations/0011_page.sql",
        "migrations/0013_spreadsheet.sql",
        "migrations/0020_slides.sql",
        "migrations/0021_people.sql"
    ]
);

/// Messages of this feature.
pub const TEXTS: web::texts::Source = web::texts!();
