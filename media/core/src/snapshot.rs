//! What readers of a channel see: one instant of it, immutable.

/// One instant of a channel.
#[derive(Debug)]
pub struct Snapshot {}
