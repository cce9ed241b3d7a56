//! The RTMP chunk layer (RTMP 1.0 §5.3): messages cut into chunks, interleaved over chunk streams, headers compressed.
//!
//! Invariants: memory follows the bytes received, never a length announced; every step consumes input or waits.

mod decoder;
mod encoder;

use bytes::Bytes;

use crate::limits::CHUNK_STREAMS_MAX;

pub use decoder::Decoder;
pub use encoder::Encoder;

/// Chunk payload until a peer announces something else.
pub const CHUNK_SIZE_DEFAULT: u32 = 128;
/// A 24-bit time field of this value means: the time follows in 32 bits.
const EXTENDED: u32 = 0x00ff_ffff;

/// Message types (RTMP 1.0 §5.4, §7.1).
pub mod kind {
    #![allow(missing_docs)]
    pub const SET_CHUNK_SIZE: u8 = 1;
    pub const ABORT: u8 = 2;
    pub const ACKNOWLEDGEMENT: u8 = 3;
    pub const USER_CONTROL: u8 = 4;
    pub const WINDOW_ACK_SIZE: u8 = 5;
    pub const SET_PEER_BANDWIDTH: u8 = 6;
    pub const AUDIO: u8 = 8;
    pub const VIDEO: u8 = 9;
    pub const DATA_AMF3: u8 = 15;
    pub const COMMAND_AMF3: u8 = 17;
    pub const DATA: u8 = 18;
    pub const COMMAND: u8 = 20;
    pub const AGGREGATE: u8 = 22;
}

/// One message, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The chunk stream that carried it.
    pub csid: u32,
    /// Its type, see [`kind`].
    pub kind: u8,
    /// The message stream that it belongs to.
    pub stream: u32,
    /// Milliseconds, wrapping every 49.7 days.
    pub timestamp: u32,
    /// Its content.
    pub payload: Bytes,
}

/// Why a connection's chunks cannot be followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Chunk size 0, or with the reserved bit set.
    #[error("chunk size {0} is impossible")]
    ChunkSize(u32),
    /// A control message that is too short to say anything.
    #[error("a control message is too short")]
    ControlTooShort,
    /// More chunk streams than [`CHUNK_STREAMS_MAX`].
    #[error("more than {CHUNK_STREAMS_MAX} chunk streams")]
    TooManyStreams,
    /// A compressed header on a chunk stream without an earlier one.
    #[error("a compressed chunk header refers to nothing")]
    NoPredecessor,
    /// A message larger than this connection may send at this time.
    #[error("a message of type {kind} announces {length} bytes, over the limit")]
    TooLong {
        /// Its type.
        kind: u8,
        /// Its announced length.
        length: usize,
    },
    /// Unfinished messages hold more than this connection may at this time.
    #[error("unfinished messages hold too much together")]
    TooMuchUnfinished,
}

/// A Set Chunk Size message.
pub fn set_chunk_size(size: u32) -> Message {
    control(kind::SET_CHUNK_SIZE, &size.to_be_bytes())
}

/// A protocol control message: on chunk stream 2, message stream 0, time 0.
pub fn control(kind: u8, payload: &[u8]) -> Message {
    Message {
        csid: 2,
        kind,
        stream: 0,
        timestamp: 0,
        payload: Bytes::copy_from_slice(payload),
    }
}

#[cfg(test)]
mod tests;
