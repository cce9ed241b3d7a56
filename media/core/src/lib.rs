//! The media path between ingest and delivery: one writer per channel builds parts, any number of
//! readers share immutable snapshots.
//!
//! Invariant: nothing here knows conferences, databases, pages or HTTP.

mod aac;
pub mod alarm;
mod avc;
mod captions;
mod channel;
mod desk;
mod feed;
pub mod frame;
pub mod health;
mod input;
mod intake;
mod interlude;
mod journal;
pub mod limits;
mod listen;
mod meter;
pub mod metrics;
mod mp4;
mod name;
mod occupant;
mod opening;
pub mod opus;
mod packager;
mod pipeline;
mod playlist;
mod publisher;
mod rate;
mod recoded;
mod recoding;
mod reel;
mod seat;
mod segment;
mod selector;
mod settings;
mod slate;
mod snapshot;
mod sound;
mod status;
pub mod testing;
mod timeline;
pub mod trial;
mod window;

pub use captions::{Caption, Language, Subtitles};
pub use channel::{Busy, Channels, Rejected, Unable};
pub use feed::{Changes, Feed};
pub use input::Input;
pub use name::{BadName, ChannelName};
pub use playlist::{CAPTIONS_NAME, MEDIA_NAME, MULTIVARIANT_NAME};
pub use recoding::{RECODED_CONFIG, Recoding};
pub use seat::{On, Seat};
pub use segment::{Init, Part, Segment};
pub use selector::{Cause, Order, Patience};
pub use settings::Settings;
pub use slate::{NoSlate, Slate};
pub use snapshot::{Coding, PartState, Playlist, Snapshot};
pub use status::{InputStatus, Shape, SoundShape, Source, State, Status};
