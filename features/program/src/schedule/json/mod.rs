//! The C3VOC's schedule.json (also pretalx's and frab's dialects of it).

mod read;
mod tree;
mod write;

pub use read::read;
pub use write::{to_value, write};
