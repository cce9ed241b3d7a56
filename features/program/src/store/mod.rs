//! SQL of the programme. Every function on a conference's data takes the conference's id, so that another
//! one's ids are simply not found.

mod read;
pub(crate) mod removal;
mod rows;
pub(crate) mod sheets;
pub(crate) mod slides;
pub(crate) mod speakers;
pub(crate) mod spreadsheets;
pub(crate) mod switches;
pub(crate) mod talks;
pub(crate) mod terms;
pub(crate) mod write;

pub(crate) use read::{
    Loaded, all_conferences, by_id, by_slug, frame, imports, load, rooms, stamp, stamp_of,
};
pub use rows::{Category, Conference, Day, Room, Speaker, Talk, Track};
pub use terms::Term;
