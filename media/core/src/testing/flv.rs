//! Reads FLV files that ffmpeg wrote, as far as tests and measurements need it: H.264 and AAC.

use bytes::Bytes;

use crate::frame::{Config, Frame, Kind};

/// A configuration or a frame, in the order of the file.
#[derive(Clone, Debug)]
pub enum Item {
    /// How a stream is coded.
    Config(Config),
    /// One frame.
    Frame(Frame),
}

/// Everything in a file; stops at the first tag that is cut off.
pub fn read(file: &Bytes) -> Vec<Item> {
    let mut items = Vec::new();
    let mut at = 9 + 4;
    while let Some(header) = file.get(at..at + 11) {
        let size = number(&header[1..4]);
        let millis = number(&[header[7], header[4], header[5], header[6]]);
        let (begin, end) = (at + 11, at + 11 + size);
        if end > file.len() {
            break;
        }
        let dts_us = i64::try_from(millis).unwrap_or(0) * 1_000;
        items.extend(tag(header[0], &file.slice(begin..end), dts_us));
        at = end + 4;
    }
    items
}

fn tag(kind: u8, body: &Bytes, dts_us: i64) -> Option<Item> {
    match (kind, body.first()?, body.get(1)?) {
        (9, _, 0) => Some(Item::Config(Config::Avc(body.slice(5..)))),
        (9, first, 1) => {
            let cts = i64::try_from(number(body.get(2..5)?)).ok()?;
            let cts = if cts >= 1 << 23 { cts - (1 << 24) } else { cts };
            Some(Item::Frame(Frame {
                kind: Kind::Video,
                dts_us,
                cts_us: cts * 1_000,
                key: first >> 4 == 1,
                data: body.slice(5..),
            }))
        }
        (8, _, 0) => Some(Item::Config(Config::Aac(body.slice(2..)))),
        (8, _, 1) => Some(Item::Frame(Frame {
            kind: Kind::Audio,
            dts_us,
            cts_us: 0,
            key: true,
            data: body.slice(2..),
        })),
        _ => None,
    }
}

fn number(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}
