//! ffmpeg beside the hot path: how it is found, started, fed with what a channel publishes, and given up on; and what it
//! does for viewers, who get sound that their device does not play coded once more.
//!
//! Invariant: a process only gets what was published, from a bounded pipe with a time limit. However slow, stuck or dead it
//! is, the channel does not notice: what it misses is skipped, and it is replaced.

mod child;
mod crowd;
mod cursor;
mod flv;
pub mod limits;
mod program;
mod pulse;
mod recoder;
mod recoders;
pub mod testing;

pub use child::{Counters, Ended, Listener, Patience, attend};
pub use crowd::{Crowd, Pauses};
pub use cursor::Cursor;
pub use flv::{Reader, Unreadable};
pub use program::Program;
pub use recoders::{PATIENCE, Recoders};
