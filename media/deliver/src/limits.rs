//! What viewers can make grow stops here.

/// Requests that may wait for media at the same time; more are told to come back.
pub const HELD_MAX: usize = 20_000;
/// Length of a path and of its query.
pub const PATH_BYTES_MAX: usize = 1_024;
/// See [`PATH_BYTES_MAX`].
pub const QUERY_BYTES_MAX: usize = 1_024;
/// Length of a viewer's token in the path.
pub const TOKEN_BYTES_MAX: usize = 512;
