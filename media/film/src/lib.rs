//! Films that organisers bring, for channels to play by themselves: read, checked, and where ffmpeg is, converted and drawn.
//!
//! Invariant: no file is believed. What it is follows from its bytes; whatever reads them is bounded in memory and time; and
//! ffmpeg works in a process of its own, at low priority, that may read this one file and nothing else.

mod card;
mod facts;
pub mod limits;
mod mp4;
mod tables;
mod tool;
mod workshop;

pub use card::{Card, wrap};
pub use facts::{Facts, Picture, Refusal, Sound};
pub use mp4::Film;
pub use tool::{Failure, Programs, Tool};
pub use workshop::{Ability, Workshop};
