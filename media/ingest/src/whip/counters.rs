//! What the composition root can read about WHIP.

use media_core::metrics::Count;

use crate::counters::Counters as Common;

/// The counters of one server.
#[derive(Debug, Default)]
pub struct Counters {
    /// What every ingest protocol counts; a connection is a session.
    pub common: Common,
    /// Transports that were restarted.
    pub restarts: Count,
    /// Key frames asked for.
    pub key_requests: Count,
    /// Times that a picture was lost on its way and what came after it had to wait for a key frame.
    pub broken: Count,
    /// Packets that stand for sound lost on its way.
    pub concealed: Count,
    /// Datagrams that were for nobody, or came faster than they were read.
    pub stray: Count,
}
