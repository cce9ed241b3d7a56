//! From messages to chunks.

use bytes::{BufMut, BytesMut};

use super::{CHUNK_SIZE_DEFAULT, EXTENDED, Message};
use crate::limits::CHUNK_SIZE_MAX;

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
