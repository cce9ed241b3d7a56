//! Everything a stranger can make grow, and how long anyone is waited for.

use std::time::Duration;

/// The largest chunk payload a peer may announce; RTMP's length field ends there anyway.
pub const CHUNK_SIZE_MAX: u32 = 16 * 1024 * 1024;
/// Chunk streams one connection may use. Encoders use three to six; each costs a header and a partial message.
pub const CHUNK_STREAMS_MAX: usize = 16;
/// Bytes of unfinished messages over all chunk streams of one connection.
pub const REASSEMBLY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The same before a stream key was accepted: strangers come in numbers.
pub const REASSEMBLY_BYTES_MAX_UNKNOWN: usize = 128 * 1024;
/// The largest message before a stream key was accepted.
pub const MESSAGE_BYTES_MAX_UNKNOWN: usize = 64 * 1024;
/// The largest picture or block of sound; what is larger is skipped unbuffered and counted.
pub const FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The largest AMF message (commands and metadata), also while publishing.
pub const AMF_BYTES_MAX: usize = 64 * 1024;
/// How deep AMF objects may nest.
pub const AMF_DEPTH_MAX: usize = 32;
/// How many values one AMF message may hold.
pub const AMF_VALUES_MAX: usize = 4096;
/// Commands before a publisher is accepted; encoders send about six.
pub const COMMANDS_MAX: u32 = 64;
/// Message streams one connection may create; encoders create one.
pub const MESSAGE_STREAMS_MAX: u32 = 8;
/// The longest stream key.
pub const KEY_BYTES_MAX: usize = 256;
/// The longest encoder name that is kept.
pub const ENCODER_CHARS_MAX: usize = 64;
/// `ModEx` prefixes and tracks in one enhanced tag.
pub const ENHANCED_PARTS_MAX: usize = 16;
/// The largest clip file that is read into memory.
pub const CLIP_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The largest session description or part of one.
pub const SDP_BYTES_MAX: usize = 64 * 1024;
/// The longest line in one.
pub const SDP_LINE_BYTES_MAX: usize = 4 * 1024;
/// Media in one; an encoder offers two.
pub const SDP_MEDIA_MAX: usize = 8;
/// The largest datagram that is read.
pub const DATAGRAM_BYTES_MAX: usize = 2 * 1024;
/// Datagrams that may wait for one session: a large key frame at once.
pub const DATAGRAMS_WAITING_MAX: usize = 1024;
/// Addresses that one session is reached from; a sender has one for each of its networks.
pub const ADDRESSES_PER_SESSION_MAX: usize = 16;
/// Sequence or picture parameter sets of one picture.
pub const PARAMETER_SETS_MAX: usize = 16;
/// Bytes of one.
pub const PARAMETER_SET_BYTES_MAX: usize = 1024;
/// NAL units in one access unit.
pub const NAL_UNITS_MAX: usize = 4_096;
/// Layers of one picture that are looked at.
pub const LAYERS_MAX: usize = 4;
/// Pictures that wait for a packet that is sent again: half a second.
pub const REORDERED_PICTURES_MAX: usize = 15;
/// Packets of sound that wait for one that was overtaken.
pub const REORDERED_SOUNDS_MAX: usize = 5;
/// Samples of lost sound that are concealed; what is longer is a pause.
pub const SOUND_HOLE_SAMPLES_MAX: i64 = 48_000 / 4;

/// Limits of an ingest server that an operator or a test may choose.
#[derive(Clone, Debug)]
pub struct Limits {
    /// From accepting a connection to the end of its handshake.
    pub handshake: Duration,
    /// From accepting a connection to its publish command.
    pub publish: Duration,
    /// How long the authority may think about a stream key.
    pub authority: Duration,
    /// A publisher without picture and sound for so long is hung up on. (The channel itself tells of the
    /// interruption, and lets another publisher in, much earlier.)
    pub idle: Duration,
    /// How long a peer may take to accept our (small) replies.
    pub send: Duration,
    /// How long a connection that was told why it ends may take to hang up by itself.
    pub linger: Duration,
    /// From the answer to a WebRTC offer to the connection that it describes.
    pub connect: Duration,
    /// A key frame is asked for so long after the last one.
    pub key_interval: Duration,
    /// How long publishers may take to end when the server stops.
    pub drain: Duration,
    /// When a first wrong stream key is answered, whatever was wrong with it; doubled by each further one
    /// from the same address.
    pub refusal: Duration,
    /// The longest such delay.
    pub refusal_max: Duration,
    /// After so long without a wrong key an address is forgiven.
    pub forgiveness: Duration,
    /// Addresses whose wrong keys are remembered.
    pub offenders_max: usize,
    /// Connections that publish nothing yet, over all addresses. One more ends the oldest.
    pub half_open_max: usize,
    /// The same per address (IPv6: per /64).
    pub half_open_max_per_address: usize,
    /// Connections that publish.
    pub publishers_max: usize,
    /// Sustained bytes per second from one publisher; faster ones are slowed down by not reading.
    pub bytes_per_second_max: u64,
    /// What a publisher may send at once beyond that.
    pub burst_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(5),
            publish: Duration::from_secs(10),
            authority: Duration::from_secs(5),
            idle: Duration::from_secs(30),
            send: Duration::from_secs(5),
            linger: Duration::from_millis(300),
            connect: Duration::from_secs(15),
            key_interval: Duration::from_secs(2),
            drain: Duration::from_secs(2),
            refusal: Duration::from_millis(300),
            refusal_max: Duration::from_secs(5),
            forgiveness: Duration::from_mins(10),
            offenders_max: 4096,
            half_open_max: 512,
            half_open_max_per_address: 64,
            publishers_max: 256,
            bytes_per_second_max: 16 * 1024 * 1024,
            burst_bytes: 32 * 1024 * 1024,
        }
    }
}
