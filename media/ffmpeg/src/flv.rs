//! Reads frames of AAC out of FLV, which says of each when it sounds.

use bytes::{Buf as _, Bytes, BytesMut};
use media_core::RECODED_CONFIG;

use crate::limits;

/// Header of the file, and the length of the tag before the first.
const BEGINNING: usize = 13;
/// What is said of a tag before its body, and the length behind it.
const HEAD: usize = 11;
const TAIL: usize = 4;
/// Tags of sound.
const SOUND: u8 = 8;
/// AAC, as FLV has it.
const AAC: u8 = 0xa;
/// Times in FLV come round after that many milliseconds.
const ROUND_MS: i64 = 1 << 31;

/// Why it cannot be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no FLV, or a tag exceeds [`limits::TAG_BYTES_MAX`].
    Malformed,
    /// The sound in it is not coded as it was asked for.
    CodedOtherwise,
}

/// What was read so far.
#[derive(Debug)]
pub struct Reader {
    bytes: BytesMut,
    has_begun: bool,
    /// The newest time, so that later ones go on from it.
    at_ms: i64,
}

impl Reader {
    /// Its first time is near this one.
    pub fn near(at_us: i64) -> Self {
        Self {
            bytes: BytesMut::new(),
            has_begun: false,
            at_ms: at_us / 1_000,
        }
    }

    /// Takes bytes, and gives every frame that is whole to `tell`, with the microsecond at which it sounds.
    ///
    /// # Errors
    /// When nothing sensible can follow.
    pub fn feed(
        &mut self,
        bytes: &[u8],
        mut tell: impl FnMut(i64, Bytes),
    ) -> Result<(), Unreadable> {
        self.bytes.extend_from_slice(bytes);
        if !self.has_begun {
            if self.bytes.len() < BEGINNING {
                return Ok(());
            }
            if !self.bytes.starts_with(b"FLV") {
                return Err(Unreadable::Malformed);
            }
            self.bytes.advance(BEGINNING);
            self.has_begun = true;
        }
        while let Some(&[kind, s0, s1, s2, t0, t1, t2, t3, ..]) = self.bytes.get(..HEAD) {
            let size = u32::from_be_bytes([0, s0, s1, s2]) as usize;
            if size > limits::TAG_BYTES_MAX {
                return Err(Unreadable::Malformed);
            }
            if self.bytes.len() < HEAD + size + TAIL {
                return Ok(());
            }
            let at = u32::from_be_bytes([t3, t0, t1, t2]);
            self.bytes.advance(HEAD);
            let body = self.bytes.split_to(size).freeze();
            self.bytes.advance(TAIL);
            if kind == SOUND
                && let Some((at_us, frame)) = self.frame(at, body)?
            {
                tell(at_us, frame);
            }
        }
        Ok(())
    }

    fn frame(&mut self, at: u32, mut body: Bytes) -> Result<Option<(i64, Bytes)>, Unreadable> {
        match body.get(..2) {
            Some(&[format, 0]) if format >> 4 == AAC => {
                let fits = body[2..].starts_with(&RECODED_CONFIG);
                fits.then_some(None).ok_or(Unreadable::CodedOtherwise)
            }
            Some(&[format, 1]) if format >> 4 == AAC => {
                body.advance(2);
                let step = (i64::from(at) - self.at_ms).rem_euclid(ROUND_MS);
                let is_back = step > ROUND_MS / 2;
                self.at_ms += if is_back { step - ROUND_MS } else { step };
                Ok(Some((self.at_ms * 1_000, body)))
            }
            _ => Err(Unreadable::CodedOtherwise),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tag(kind: u8, at_ms: u32, body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len()).unwrap().to_be_bytes();
        let at = at_ms.to_be_bytes();
        let mut tag = vec![
            kind, size[1], size[2], size[3], at[1], at[2], at[3], at[0], 0, 0, 0,
        ];
        tag.extend_from_slice(body);
        tag.extend_from_slice(&[0; 4]);
        tag
    }

    fn file(tags: &[Vec<u8>]) -> Vec<u8> {
        let beginning = b"FLV\x01\x04\0\0\0\x09\0\0\0\0";
        [beginning.to_vec(), tags.concat()].concat()
    }

    fn config() -> Vec<u8> {
        tag(8, 0, &[0xaf, 0, 0x11, 0x90, 0x56, 0xe5, 0])
    }

    type Read = (Vec<(i64, Bytes)>, Result<(), Unreadable>);

    fn read(bytes: &[u8], step: usize, near_us: i64) -> Read {
        let (mut reader, mut frames) = (Reader::near(near_us), Vec::new());
        for bytes in bytes.chunks(step) {
            if let Err(error) = reader.feed(bytes, |at, frame| frames.push((at, frame))) {
                return (frames, Err(error));
            }
        }
        (frames, Ok(()))
    }

    #[test]
    fn frames_come_out_whole_however_they_arrive() {
        let words = tag(18, 0, b"about");
        let file = file(&[
            words,
            config(),
            tag(8, 21, &[0xaf, 1, 7, 8]),
            tag(8, 43, &[0xaf, 1, 9]),
        ]);
        let expected = [(21_000, vec![7, 8].into()), (43_000, vec![9].into())];
        for step in [1, 2, 5, 1_000] {
            assert_eq!(read(&file, step, 0), (expected.to_vec(), Ok(())));
        }
    }

    #[test]
    fn times_go_on_where_they_come_round() {
        let frame = |at| tag(8, at, &[0xaf, 1, 1]);
        let last = (1 << 31) - 10;
        let file = file(&[config(), frame(last), frame(11), frame(5)]);
        let (frames, _) = read(&file, 64, (3 * ROUND_MS - 400) * 1_000);
        let at: Vec<_> = frames
            .iter()
            .map(|(at, _)| at / 1_000 - 3 * ROUND_MS)
            .collect();
        assert_eq!(at, [-10, 11, 5]);
    }

    #[test]
    fn what_is_coded_otherwise_or_no_flv_is_refused() {
        let refused = |bytes: &[u8]| read(bytes, 64, 0).1.unwrap_err();
        let mono = tag(8, 0, &[0xaf, 0, 0x11, 0x88]);
        assert_eq!(refused(&file(&[mono])), Unreadable::CodedOtherwise);
        let mp3 = tag(8, 0, &[0x2f, 1, 2, 3]);
        assert_eq!(refused(&file(&[mp3])), Unreadable::CodedOtherwise);
        assert_eq!(refused(b"no such thing as a file"), Unreadable::Malformed);
        let mut long = tag(8, 0, &vec![0xaf; limits::TAG_BYTES_MAX + 1]);
        assert_eq!(
            refused(&file(&[std::mem::take(&mut long)])),
            Unreadable::Malformed
        );
    }

    proptest! {
        #[test]
        fn nothing_makes_it_stumble(bytes in proptest::collection::vec(any::<u8>(), 0..400), near in any::<i32>()) {
            let all = file(&[config(), bytes.clone()]);
            let _ = read(&all, 7, i64::from(near));
            let _ = read(&bytes, 7, i64::from(near));
        }
    }
}
