//! From chunks to messages.

use bytes::{Buf, BytesMut};

use super::{CHUNK_SIZE_DEFAULT, EXTENDED, Error, Message, kind};
use crate::limits::{
    AMF_BYTES_MAX, CHUNK_SIZE_MAX, CHUNK_STREAMS_MAX, FRAME_BYTES_MAX, MESSAGE_BYTES_MAX_UNKNOWN,
    REASSEMBLY_BYTES_MAX, REASSEMBLY_BYTES_MAX_UNKNOWN,
};

/// The last value of the 31-bit Set Chunk Size field.
const CHUNK_SIZE_FIELD_MAX: u32 = 0x7fff_ffff;

/// Turns bytes into messages.
#[derive(Debug)]
pub struct Decoder {
    chunk_size: usize,
    publishing: bool,
    streams: Vec<Lane>,
    unfinished: usize,
    skipped: u64,
    /// The chunk whose payload is being read: index into `streams`, bytes left of the chunk.
    payload: Option<(usize, usize)>,
}

/// What reading on brought.
enum Step {
    /// The input is used up.
    Wait,
    /// There may be more to read.
    Go,
    /// A message is whole.
    Whole(Message),
}

/// What one chunk stream remembers.
#[derive(Debug)]
struct Lane {
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

    #[cfg(test)]
    pub(super) fn unfinished(&self) -> usize {
        self.unfinished
    }

    #[cfg(test)]
    pub(super) fn reserved(&self) -> usize {
        self.streams
            .iter()
            .map(|stream| stream.partial.capacity())
            .sum()
    }

    /// The next whole message, if the input holds its end. Chunk sizes and aborts are obeyed on the way.
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Message>, Error> {
        loop {
            let step = match self.payload {
                Some((index, left)) => self.read_payload(index, left, input)?,
                None => self.read_header(input)?,
            };
            match step {
                Step::Wait => return Ok(None),
                Step::Go => {}
                Step::Whole(message) => match message.kind {
                    kind::SET_CHUNK_SIZE => self.set_chunk_size(&message.payload)?,
                    kind::ABORT => self.abort(&message.payload)?,
                    _ => return Ok(Some(message)),
                },
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

    /// Reads a chunk header.
    fn read_header(&mut self, input: &mut BytesMut) -> Result<Step, Error> {
        let Some(header) = self.parse_header(input)? else {
            return Ok(Step::Wait);
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
            return Ok(self.finish(index));
        }
        self.payload = Some((index, left));
        Ok(Step::Go)
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
        self.streams.push(Lane::new(header.csid));
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
    ) -> Result<Step, Error> {
        let take = left.min(input.len());
        let stream = &mut self.streams[index];
        if !stream.skip {
            stream.append(&input[..take]);
            self.unfinished += take;
            let max = if self.publishing {
                REASSEMBLY_BYTES_MAX
            } else {
                REASSEMBLY_BYTES_MAX_UNKNOWN
            };
            if self.unfinished > max {
                return Err(Error::TooMuchUnfinished);
            }
        }
        input.advance(take);
        stream.received += take;
        if take < left {
            self.payload = Some((index, left - take));
            return Ok(Step::Wait);
        }
        self.payload = None;
        let is_whole = stream.received == stream.length;
        Ok(if is_whole {
            self.finish(index)
        } else {
            Step::Go
        })
    }

    fn finish(&mut self, index: usize) -> Step {
        let stream = &mut self.streams[index];
        let payload = std::mem::take(&mut stream.partial);
        self.unfinished -= payload.len();
        stream.received = 0;
        stream.open = false;
        if stream.skip {
            return Step::Go;
        }
        Step::Whole(Message {
            csid: stream.csid,
            kind: stream.kind,
            stream: stream.stream,
            timestamp: stream.timestamp,
            payload: payload.into(),
        })
    }
}

impl Lane {
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
