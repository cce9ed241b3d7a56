//! H.264 as encoders really send it, made uniform: NAL units with 4-byte lengths, nothing that players ignore.

use bytes::{BufMut, Bytes, BytesMut};

/// NAL unit types that carry nothing for a player: access unit delimiter, end of sequence and stream, filler.
const SUPERFLUOUS: [u8; 4] = [9, 10, 11, 12];

/// A picture whose NAL units do not add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a NAL unit is longer than its picture")]
pub struct Damaged;

/// The width of NAL lengths that a decoder configuration record announces (1, 2 or 4), and the record
/// with it set to 4, as [`uniform`] makes the pictures. `None`: no record.
pub fn lengths(record: &Bytes) -> Option<(usize, Bytes)> {
    let (&version, &widths) = (record.first()?, record.get(4)?);
    let width = usize::from(widths & 3) + 1;
    if version != 1 || width == 3 {
        return None;
    }
    if width == 4 {
        return Some((width, record.clone()));
    }
    let mut record = BytesMut::from(&record[..]);
    record[4] = widths | 3;
    Some((width, record.freeze()))
}

/// The picture with 4-byte lengths and without superfluous units; the same bytes where that is so already.
/// Start codes (Annex B) where lengths belong are understood, too.
pub fn uniform(picture: &Bytes, width: usize) -> Result<Bytes, Damaged> {
    let prefixed = || Units {
        rest: picture,
        width,
    };
    if prefixed().all(|unit| unit.is_ok()) {
        let is_uniform = width == 4 && prefixed().flatten().all(is_wanted);
        return Ok(if is_uniform {
            picture.clone()
        } else {
            join(prefixed().flatten(), picture.len())
        });
    }
    if picture.starts_with(&[0, 0, 1]) || picture.starts_with(&[0, 0, 0, 1]) {
        return Ok(join(start_coded(picture), picture.len()));
    }
    Err(Damaged)
}

fn is_wanted(unit: &[u8]) -> bool {
    unit.first()
        .is_some_and(|header| !SUPERFLUOUS.contains(&(header & 0x1f)))
}

fn join<'a>(units: impl Iterator<Item = &'a [u8]>, hint: usize) -> Bytes {
    let mut out = BytesMut::with_capacity(hint + 16);
    for unit in units.filter(|unit| is_wanted(unit)) {
        out.put_u32(u32::try_from(unit.len()).unwrap_or(u32::MAX));
        out.put_slice(unit);
    }
    out.freeze()
}

/// Length-prefixed NAL units.
struct Units<'a> {
    rest: &'a [u8],
    width: usize,
}

impl<'a> Iterator for Units<'a> {
    type Item = Result<&'a [u8], Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let split = self
            .rest
            .split_at_checked(self.width)
            .and_then(|(prefix, tail)| {
                let length = prefix
                    .iter()
                    .fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
                tail.split_at_checked(length)
            });
        let Some((unit, tail)) = split else {
            self.rest = &[];
            return Some(Err(Damaged));
        };
        self.rest = tail;
        Some(Ok(unit))
    }
}

/// NAL units between start codes.
fn start_coded(picture: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = picture;
    std::iter::from_fn(move || {
        let start = rest.windows(3).position(|window| window == [0, 0, 1])? + 3;
        let after = &rest[start..];
        let end = after
            .windows(3)
            .position(|window| window == [0, 0, 1])
            .unwrap_or(after.len());
        rest = &after[end..];
        // Zeros before the next start code belong to it.
        let unit = &after[..end];
        let trailing = unit.iter().rev().take_while(|byte| **byte == 0).count();
        Some(&unit[..unit.len() - trailing])
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(bytes: &[u8]) -> Bytes {
        Bytes::copy_from_slice(bytes)
    }

    #[test]
    fn a_uniform_picture_is_not_copied() {
        let picture = bytes(&[0, 0, 0, 2, 0x65, 1, 0, 0, 0, 1, 0x41]);
        let same = uniform(&picture, 4).unwrap();
        assert_eq!(same.as_ptr(), picture.as_ptr());
    }

    #[test]
    fn delimiters_filler_and_empty_units_are_dropped() {
        let picture = bytes(&[
            0, 0, 0, 2, 9, 0xf0, 0, 0, 0, 0, 0, 0, 0, 2, 0x65, 1, 0, 0, 0, 3, 12, 0xff, 0x80,
        ]);
        assert_eq!(uniform(&picture, 4), Ok(bytes(&[0, 0, 0, 2, 0x65, 1])));
    }

    #[test]
    fn short_lengths_become_long_ones() {
        assert_eq!(
            uniform(&bytes(&[0, 2, 0x65, 1]), 2),
            Ok(bytes(&[0, 0, 0, 2, 0x65, 1]))
        );
        assert_eq!(
            uniform(&bytes(&[1, 0x65, 1, 0x41]), 1),
            Ok(bytes(&[0, 0, 0, 1, 0x65, 0, 0, 0, 1, 0x41]))
        );
        let (width, record) = lengths(&bytes(&[1, 0x64, 0, 0x1f, 0xfd, 0xe1])).unwrap();
        assert_eq!((width, record), (2, bytes(&[1, 0x64, 0, 0x1f, 0xff, 0xe1])));
        assert_eq!(lengths(&bytes(&[1, 0x64, 0])), None);
        assert_eq!(lengths(&bytes(&[1, 0x64, 0, 0x1f, 0xfe, 0xe1])), None);
    }

    #[test]
    fn start_codes_become_lengths() {
        let annex_b = bytes(&[
            0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x65, 1, 2, 0, 0, 1, 0x41, 7,
        ]);
        assert_eq!(
            uniform(&annex_b, 4),
            Ok(bytes(&[0, 0, 0, 3, 0x65, 1, 2, 0, 0, 0, 2, 0x41, 7]))
        );
    }

    #[test]
    fn a_unit_longer_than_its_picture_is_damage() {
        assert_eq!(uniform(&bytes(&[0, 0, 0, 9, 0x65]), 4), Err(Damaged));
        assert_eq!(
            uniform(&bytes(&[0xff, 0xff, 0xff, 0xff, 0x65]), 4),
            Err(Damaged)
        );
        assert_eq!(uniform(&bytes(&[0, 0]), 4), Err(Damaged));
        assert_eq!(uniform(&bytes(&[]), 4), Ok(bytes(&[])));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn what_comes_out_is_uniform(picture in prop::collection::vec(0..3_u8, 0..64), width in prop::sample::select(vec![1, 2, 4])) {
            if let Ok(first) = uniform(&picture.into(), width) {
                prop_assert_eq!(uniform(&first, 4), Ok(first.clone()));
            }
        }
    }
}
