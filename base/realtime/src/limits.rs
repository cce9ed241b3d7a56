//! Everything a client can make grow, and how far.

use std::time::Duration;

/// Between two deliveries of one topic; what happens in between travels together.
pub const TICK: Duration = Duration::from_millis(100);
/// Between two tellings of how many are there; people come in by thousands in one minute.
pub const CROWD_TICK: Duration = Duration::from_secs(1);
/// The server pings at this interval; a connection that said nothing for [`IDLE_MAX`] is closed.
pub const HEARTBEAT: Duration = Duration::from_secs(20);
/// Silence after which a connection counts as gone: two lost heartbeats and some patience.
pub const IDLE_MAX: Duration = Duration::from_secs(50);
/// How long one frame may take into the socket before its reader counts as gone.
pub const SEND_MAX: Duration = Duration::from_secs(15);
/// How long a goodbye may take.
pub const CLOSE_MAX: Duration = Duration::from_secs(2);
/// How long a topic may take to open or load.
pub const LOAD_MAX: Duration = Duration::from_secs(10);
/// How long a command may take.
pub const COMMAND_MAX: Duration = Duration::from_secs(15);
/// A topic without subscribers is kept this long, so that who lost the connection can resume.
pub const LINGER: Duration = Duration::from_mins(1);

/// Largest message from a client.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024;
/// Longest name of a topic.
pub const TOPIC_BYTES_MAX: usize = 200;
/// Longest id of a command.
pub const COMMAND_ID_BYTES_MAX: usize = 64;
/// Bytes of the socket's reading buffer; the library's default of 128 KiB would cost 6 GiB at 50,000 viewers.
pub const READ_BUFFER_BYTES: usize = 2 * 1024;
/// A frame longer than this goes out in pieces, because the socket library keeps a buffer as large as the
/// longest piece for the rest of the connection's life.
pub const PIECE_BYTES: usize = 2 * 1024;
/// What the socket's writing buffer may hold: one piece and control frames.
pub const WRITE_BUFFER_BYTES_MAX: usize = 32 * 1024;

/// Frames kept per topic for resuming and for slow readers. Few in unit tests, so that they fall out of it.
pub const RING_FRAMES_MAX: usize = if cfg!(test) { 6 } else { 256 };
/// Bytes kept per topic for the same.
pub const RING_BYTES_MAX: usize = 512 * 1024;
/// Events of one topic that may wait for one tick; beyond, the topic starts anew with a snapshot.
pub const PENDING_EVENTS_MAX: usize = 4096;
/// Events of one tick are split into frames of about this many bytes.
pub const FRAME_BYTES_SOFT: usize = 32 * 1024;

/// Limits that an installation may set.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Open connections in all.
    pub connections_max: usize,
    /// Open connections from one address (an IPv6 /64). Generous: a whole venue comes from one.
    pub connections_per_peer_max: usize,
    /// Topics of one connection.
    pub topics_per_connection_max: usize,
    /// Topics that may exist at a time.
    pub topics_max: usize,
    /// Frames per second from one connection, after a burst of as many again.
    pub frames_per_second: u32,
    /// Commands per second from one connection, after a burst of twice as many.
    pub commands_per_second: u32,
    /// Commands of one connection that may be under way.
    pub commands_under_way_max: usize,
    /// Commands by POST per second from one address, after a burst of twice as many.
    pub posts_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 20_000,
            connections_per_peer_max: 10_000,
            topics_per_connection_max: 16,
            topics_max: 4096,
            frames_per_second: 20,
            commands_per_second: 5,
            commands_under_way_max: 8,
            posts_per_second: 50,
        }
    }
}
