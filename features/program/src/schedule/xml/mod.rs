//! frab's schedule.xml (also Pentabarf's, pretalx's and FOSDEM's dialects of it).

mod read;
mod tree;
mod write;

pub use read::read;
pub(super) use tree::allowed;
pub use write::write;
