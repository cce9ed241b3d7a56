//! The RTMP chunk layer (RTMP 1.0 §5.3): messages cut into chunks, interleaved over chunk streams, headers compressed.
//!
//! Invariants: memory follows the bytes received, never a length announced; every step consumes input or waits.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::limits::{
    AMF_BYTES_MAX, CHUNK_SIZE_MAX, CHUNK_STREAMS_MAX, FRAME_BYTES_MAX, MESSAGE_BYTES_MAX_UNKNOWN,
    REASSEMBLY_BYTES_MAX,
};

/// Chunk payload until a peer announces something else.
pub const CHUNK_SIZE_DEFAULT: u32 = 128;
/// A 24-bit time field of this value means: the time follows in 32 bits.
const EXTENDED: u32 = 0x00ff_ffff;
/// The last value of the 31-bit Set Chunk Size field.
const CHUNK_SIZE_FIELD_MAX: u32 = 0x7fff_ffff;

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
    /// Unfinished messages hold more than [`REASSEMBLY_BYTES_MAX`].
    #[error("unfinished messages hold more than {REASSEMBLY_BYTES_MAX} bytes")]
    TooMuchUnfinished,
}

/// Turns bytes into messages.
#[derive(Debug)]
pub struct Decoder {
    chunk_size: usize,
    publishing: bool,
    streams: Vec<Stream>,
    unfinished: usize,
    skipped: u64,
    /// The chunk whose payload is being read: index into `streams`, bytes left of the chunk.
    payload: Option<(usize, usize)>,
}

/// What one chunk stream remembers.
#[derive(Debug)]
struct Stream {
    csid: u32,
    timestamp: u32,
    delta: u32,
    length: usize,
    kind: u8,
    stream: u32,
    /// The extended time field of the last header that had one.
    extended: Option<u32>,
    /// Bytes seen of the message being read.
    received: usize,
    open: bool,
    skip: bool,
    partial: Vec<u8>,
}

struct Header {
    format: u8,
    csid: u32,
    /// Time field as sent, extended field applied; 0 for format 3.
    time: u32,
    extended: Option<u32>,
    length: usize,
    kind: u8,
    stream: u32,
    bytes: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            chunk_size: CHUNK_SIZE_DEFAULT as usize,
            publishing: false,
            streams: Vec::new(),
            unfinished: 0,
            skipped: 0,
            payload: None,
        }
    }
}

impl Decoder {
    /// The peer may publish now: pictures may be large, and one that is too large is skipped instead of fatal.
    pub fn publishing(&mut self) {
        self.publishing = true;
    }

    /// Messages that were skipped because they are too large.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The next whole message, if the input holds its end. Chunk sizes and aborts are obeyed on the way.
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Message>, Error> {
        loop {
            let finished = match self.payload {
                Some((index, left)) => self.read_payload(index, left, input)?,
                None => match self.read_header(input)? {
                    Some(finished) => finished,
                    None => return Ok(None),
                },
            };
            match finished {
                Some(message) if message.kind == kind::SET_CHUNK_SIZE => {
                    self.set_chunk_size(&message.payload)?
                }
                Some(message) if message.kind == kind::ABORT => self.abort(&message.payload)?,
                Some(message) => return Ok(Some(message)),
                None if input.is_empty() => return Ok(None),
                None => {}
            }
        }
    }

    fn set_chunk_size(&mut self, payload: &[u8]) -> Result<(), Error> {
        let size = control_u32(payload)?;
        if size == 0 || size > CHUNK_SIZE_FIELD_MAX {
            return Err(Error::ChunkSize(size));
        }
        // Larger than any message means the same as the largest message.
        self.chunk_size = size.min(CHUNK_SIZE_MAX) as usize;
        Ok(())
    }

    fn abort(&mut self, payload: &[u8]) -> Result<(), Error> {
        let csid = control_u32(payload)?;
        if let Some(index) = self.streams.iter().position(|stream| stream.csid == csid) {
            self.discard(index);
        }
        Ok(())
    }

    fn discard(&mut self, index: usize) {
        let stream = &mut self.streams[index];
        self.unfinished -= stream.partial.len();
        stream.partial = Vec::new();
        stream.received = 0;
        stream.open = false;
    }

    /// Reads a chunk header. `None`: the input ends in it. `Some(Some(_))`: it was a message of no bytes.
    fn read_header(&mut self, input: &mut BytesMut) -> Result<Option<Option<Message>>, Error> {
        let Some(header) = self.parse_header(input)? else {
            return Ok(None);
        };
        input.advance(header.bytes);
        let index = self.stream_of(&header)?;
        if header.format != 3 && self.streams[index].open {
            // A new header in the middle of a message: the rest of that one will never come.
            self.discard(index);
        }
        let stream = &mut self.streams[index];
        if !stream.open {
            stream.begin(&header);
            stream.skip = fate(stream.kind, stream.length, self.publishing)?;
            if stream.skip {
                self.skipped += 1;
            }
        }
        let left = (stream.length - stream.received).min(self.chunk_size);
        if left == 0 {
            return Ok(Some(self.finish(index)));
        }
        self.payload = Some((index, left));
        Ok(Some(None))
    }

    fn stream_of(&mut self, header: &Header) -> Result<usize, Error> {
        if let Some(index) = self
            .streams
            .iter()
            .position(|stream| stream.csid == header.csid)
        {
            return Ok(index);
        }
        // Format 1 opens a chunk stream in some encoders (librtmp's pings); formats 2 and 3 carry no length.
        if header.format > 1 {
            return Err(Error::NoPredecessor);
        }
        if self.streams.len() >= CHUNK_STREAMS_MAX {
            return Err(Error::TooManyStreams);
        }
        self.streams.push(Stream::new(header.csid));
        Ok(self.streams.len() - 1)
    }

    fn parse_header(&self, bytes: &[u8]) -> Result<Option<Header>, Error> {
        let Some((format, csid, basic)) = parse_basic_header(bytes) else {
            return Ok(None);
        };
        let size = [11, 7, 3, 0][usize::from(format)];
        let Some(fields) = bytes.get(basic..basic + size) else {
            return Ok(None);
        };
        let mut header = Header {
            format,
            csid,
            time: if size >= 3 { u24(fields) } else { 0 },
            extended: None,
            length: if size >= 7 {
                u24(&fields[3..]) as usize
            } else {
                0
            },
            kind: if size >= 7 { fields[6] } else { 0 },
            stream: if size >= 11 {
                u32::from_le_bytes([fields[7], fields[8], fields[9], fields[10]])
            } else {
                0
            },
            bytes: basic + size,
        };
        let rest = &bytes[header.bytes..];
        if format == 3 {
            let Some(stream) = self.streams.iter().find(|stream| stream.csid == csid) else {
                return Err(Error::NoPredecessor);
            };
            match stream.repeats_extended(rest) {
                Some(true) => header.bytes += 4,
                Some(false) => {}
                None => return Ok(None),
            }
        } else if header.time == EXTENDED {
            let Some(field) = rest.first_chunk::<4>() else {
                return Ok(None);
            };
            header.time = u32::from_be_bytes(*field);
            header.extended = Some(header.time);
            header.bytes += 4;
        }
        Ok(Some(header))
    }

    fn read_payload(
        &mut self,
        index: usize,
        left: usize,
        input: &mut BytesMut,
    ) -> Result<Option<Message>, Error> {
        let take = left.min(input.len());
        let stream = &mut self.streams[index];
        if !stream.skip {
            stream.append(&input[..take]);
            self.unfinished += take;
            if self.unfinished > REASSEMBLY_BYTES_MAX {
                return Err(Error::TooMuchUnfinished);
            }
        }
        input.advance(take);
        stream.received += take;
        if take < left {
            self.payload = Some((index, left - take));
            return Ok(None);
        }
        self.payload = None;
        Ok(if stream.received == stream.length {
            self.finish(index)
        } else {
            None
        })
    }

    fn finish(&mut self, index: usize) -> Option<Message> {
        let stream = &mut self.streams[index];
        let payload = std::mem::take(&mut stream.partial);
        self.unfinished -= payload.len();
        stream.received = 0;
        stream.open = false;
        if stream.skip {
            return None;
        }
        Some(Message {
            csid: stream.csid,
            kind: stream.kind,
            stream: stream.stream,
            timestamp: stream.timestamp,
            payload: payload.into(),
        })
    }
}

impl Stream {
    fn new(csid: u32) -> Self {
        Self {
            csid,
            timestamp: 0,
            delta: 0,
            length: 0,
            kind: 0,
            stream: 0,
            extended: None,
            received: 0,
            open: false,
            skip: false,
            partial: Vec::new(),
        }
    }

    /// A chunk that begins a message. Format 3 re-applies the last delta: that is how encoders send silence,
    /// blocks of equal size at equal distance.
    fn begin(&mut self, header: &Header) {
        self.open = true;
        if header.format != 3 {
            // §5.3.1.2.4: after an absolute time, format 3 means that time once more.
            self.delta = header.time;
            self.extended = header.extended;
        }
        self.timestamp = if header.format == 0 {
            header.time
        } else {
            self.timestamp.wrapping_add(self.delta)
        };
        if header.format < 2 {
            self.length = header.length;
            self.kind = header.kind;
        }
        if header.format == 0 {
            self.stream = header.stream;
        }
    }

    /// Whether a format 3 chunk carries the extended time again. The standard says yes, many encoders say no,
    /// so the bytes decide; `None`: too few of them yet.
    fn repeats_extended(&self, rest: &[u8]) -> Option<bool> {
        let Some(field) = self.extended else {
            return Some(false);
        };
        let time = if self.open {
            self.timestamp
        } else {
            self.timestamp.wrapping_add(self.delta)
        };
        let seen = &rest[..rest.len().min(4)];
        let possible = [field, time]
            .into_iter()
            .any(|value| value.to_be_bytes().starts_with(seen));
        match (possible, seen.len()) {
            (false, _) => Some(false),
            (true, 4) => Some(true),
            (true, _) => None,
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        let needed = self.partial.len() + bytes.len();
        if needed > self.partial.capacity() {
            // Doubling, but never beyond the announced end.
            let target = needed.max(self.partial.capacity() * 2).min(self.length);
            self.partial.reserve_exact(target - self.partial.len());
        }
        self.partial.extend_from_slice(bytes);
    }
}

/// Whether a message of this length is skipped (`true`), read (`false`) or the end of the connection.
fn fate(message: u8, length: usize, publishing: bool) -> Result<bool, Error> {
    let is_amf = matches!(
        message,
        kind::DATA | kind::DATA_AMF3 | kind::COMMAND | kind::COMMAND_AMF3
    );
    let max = match (publishing, is_amf) {
        (false, _) => MESSAGE_BYTES_MAX_UNKNOWN,
        (true, true) => AMF_BYTES_MAX,
        (true, false) => FRAME_BYTES_MAX,
    };
    let is_command = matches!(message, kind::COMMAND | kind::COMMAND_AMF3);
    match (length > max, publishing && !is_command) {
        (false, _) => Ok(false),
        (true, true) => Ok(true),
        (true, false) => Err(Error::TooLong {
            kind: message,
            length,
        }),
    }
}

/// Format, chunk stream and bytes of a basic header.
fn parse_basic_header(bytes: &[u8]) -> Option<(u8, u32, usize)> {
    let first = *bytes.first()?;
    let format = first >> 6;
    match first & 0x3f {
        0 => Some((format, 64 + u32::from(*bytes.get(1)?), 2)),
        1 => {
            let (low, high) = (*bytes.get(1)?, *bytes.get(2)?);
            Some((format, 64 + u32::from(low) + (u32::from(high) << 8), 3))
        }
        csid => Some((format, u32::from(csid), 1)),
    }
}

fn control_u32(payload: &[u8]) -> Result<u32, Error> {
    payload
        .first_chunk::<4>()
        .map(|field| u32::from_be_bytes(*field))
        .ok_or(Error::ControlTooShort)
}

fn u24(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]])
}

/// Turns messages into chunks, with headers as short as the standard allows.
#[derive(Debug)]
pub struct Encoder {
    chunk_size: usize,
    repeat_extended: bool,
    streams: Vec<Sent>,
}

/// The last header of a chunk stream.
#[derive(Clone, Copy, Debug)]
struct Sent {
    csid: u32,
    timestamp: u32,
    /// Unset after an absolute time, because receivers disagree about what format 3 means there.
    delta: Option<u32>,
    length: usize,
    kind: u8,
    stream: u32,
}

impl Default for Encoder {
    fn default() -> Self {
        Self {
            chunk_size: CHUNK_SIZE_DEFAULT as usize,
            repeat_extended: true,
            streams: Vec::new(),
        }
    }
}

impl Encoder {
    /// Chunks are this large from now on; the caller has told the peer ([`set_chunk_size`]). 0 counts as 1.
    pub fn set_chunk_size(&mut self, size: u32) {
        self.chunk_size = size.clamp(1, CHUNK_SIZE_MAX) as usize;
    }

    /// The dialect without extended time in format 3 chunks.
    pub fn omit_repeated_extended_time(&mut self) {
        self.repeat_extended = false;
    }

    /// Writes a message as consecutive chunks.
    pub fn encode(&mut self, message: &Message, out: &mut BytesMut) {
        self.chunks(message, |header, payload| {
            out.put_slice(header);
            out.put_slice(payload);
        });
    }

    /// Hands out a message's chunks one by one, for those who interleave them.
    pub fn chunks(&mut self, message: &Message, mut sink: impl FnMut(&[u8], &[u8])) {
        let mut header = BytesMut::with_capacity(18);
        let extended = self.put_header(message, &mut header);
        let mut rest = &message.payload[..];
        loop {
            let (chunk, tail) = rest.split_at(rest.len().min(self.chunk_size));
            sink(&header, chunk);
            if tail.is_empty() {
                return;
            }
            rest = tail;
            header.clear();
            put_basic_header(3, message.csid, &mut header);
            if let (Some(time), true) = (extended, self.repeat_extended) {
                header.put_u32(time);
            }
        }
    }

    /// Writes the first header; gives the extended time field if there is one.
    fn put_header(&mut self, message: &Message, out: &mut BytesMut) -> Option<u32> {
        let length = message.payload.len();
        let index = self
            .streams
            .iter()
            .position(|sent| sent.csid == message.csid);
        let last = index.map(|index| self.streams[index]);
        // Half the clock's range apart counts as backwards.
        let delta = last.map_or(u32::MAX, |last| {
            message.timestamp.wrapping_sub(last.timestamp)
        });
        let (format, time) = match last {
            Some(last) if last.stream == message.stream && delta < 1 << 31 => {
                let format = match (
                    last.length == length && last.kind == message.kind,
                    last.delta == Some(delta),
                ) {
                    (true, true) => 3,
                    (true, false) => 2,
                    (false, _) => 1,
                };
                (format, delta)
            }
            _ => (0, message.timestamp),
        };
        put_basic_header(format, message.csid, out);
        if format < 3 {
            put_u24(time.min(EXTENDED), out);
        }
        if format < 2 {
            put_u24(u32::try_from(length).unwrap_or(EXTENDED), out);
            out.put_u8(message.kind);
        }
        if format == 0 {
            out.put_u32_le(message.stream);
        }
        let extended = (time >= EXTENDED).then_some(time);
        if let Some(time) = extended
            && (format < 3 || self.repeat_extended)
        {
            out.put_u32(time);
        }
        let sent = Sent {
            csid: message.csid,
            timestamp: message.timestamp,
            delta: (format > 0).then_some(delta),
            length,
            kind: message.kind,
            stream: message.stream,
        };
        match index {
            Some(index) => self.streams[index] = sent,
            None => self.streams.push(sent),
        }
        extended
    }
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

fn put_basic_header(format: u8, csid: u32, out: &mut BytesMut) {
    let format = format << 6;
    match csid {
        2..=63 => out.put_u8(format | u8::try_from(csid).unwrap_or(2)),
        64..=319 => out.put_slice(&[format, u8::try_from(csid - 64).unwrap_or(0)]),
        _ => {
            let [low, high, ..] = csid.saturating_sub(64).to_le_bytes();
            out.put_slice(&[format | 1, low, high]);
        }
    }
}

fn put_u24(value: u32, out: &mut BytesMut) {
    out.put_slice(&value.to_be_bytes()[1..]);
}

#[cfg(test)]
#[path = "chunk_tests.rs"]
mod tests;
