//! Access units as RTP carries them (start codes, parameter sets inside) become what channels take: lengths, and a
//! configuration whenever the parameter sets change, which they do when a browser changes the size of its picture.

use bytes::{BufMut, Bytes, BytesMut};

use crate::limits::{NAL_UNITS_MAX, PARAMETER_SET_BYTES_MAX, PARAMETER_SETS_MAX};

/// The parameter sets of a stream so far.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    sps: Vec<Bytes>,
    pps: Vec<Bytes>,
}

/// One access unit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// A new `AVCDecoderConfigurationRecord`, which holds from this unit on.
    pub(super) record: Option<Bytes>,
    /// NAL units with 4-byte lengths.
    pub(super) data: Bytes,
    /// An IDR picture.
    pub(super) key: bool,
    /// It brings its own parameter sets: nothing before it is needed, and its beginning is not missing.
    pub(super) with_sets: bool,
}

impl Pictures {
    /// Whether a unit could be decoded.
    pub(super) fn is_configured(&self) -> bool {
        !self.sps.is_empty() && !self.pps.is_empty()
    }

    /// Reads an access unit; none if there is no picture in it, or more than there may be.
    pub(super) fn unit(&mut self, annex_b: &[u8]) -> Option<Unit> {
        let (mut sps, mut pps): (Vec<&[u8]>, Vec<&[u8]>) = (Vec::new(), Vec::new());
        let mut data = BytesMut::with_capacity(annex_b.len() + 16);
        let (mut has_slice, mut key) = (false, false);
        for (count, nal) in Nals(annex_b).enumerate() {
            if count >= NAL_UNITS_MAX {
                return None;
            }
            match nal[0] & 0x1f {
                7 => sps.push(nal),
                8 => pps.push(nal),
                // Delimiters, ends, filler: nothing that a decoder of samples needs.
                0 | 9..=12 => {}
                kind => {
                    has_slice |= (1..=5).contains(&kind);
                    key |= kind == 5;
                    data.put_u32(u32::try_from(nal.len()).ok()?);
                    data.put_slice(nal);
                }
            }
        }
        let with_sets = !sps.is_empty() && !pps.is_empty();
        let record = self.learn(&sps, &pps)?;
        has_slice.then(|| Unit {
            record,
            data: data.freeze(),
            key,
            with_sets,
        })
    }

    /// Takes parameter sets; a new record if they differ from the known ones, none at all if they cannot be.
    #[expect(
        clippy::option_option,
        reason = "the question is for the caller's question mark"
    )]
    fn learn(&mut self, sps: &[&[u8]], pps: &[&[u8]]) -> Option<Option<Bytes>> {
        let fits = |sets: &[&[u8]]| {
            sets.len() <= PARAMETER_SETS_MAX
                && sets
                    .iter()
                    .all(|set| (4..=PARAMETER_SET_BYTES_MAX).contains(&set.len()))
        };
        let pps_fits = pps.len() <= PARAMETER_SETS_MAX
            && pps.iter().all(|set| set.len() <= PARAMETER_SET_BYTES_MAX);
        if !fits(sps) || !pps_fits {
            return None;
        }
        let mut changed = false;
        for (known, told) in [(&mut self.sps, sps), (&mut self.pps, pps)] {
            let same = known.len() == told.len() && known.iter().zip(told).all(|(a, b)| a == b);
            if !told.is_empty() && !same {
                *known = told.iter().map(|set| Bytes::copy_from_slice(set)).collect();
                changed = true;
            }
        }
        Some((changed && self.is_configured()).then(|| record(&self.sps, &self.pps)))
    }
}

/// ISO/IEC 14496-15 §5.3.3.1. The fields that High profiles may add are told by the parameter set itself.
fn record(sps: &[Bytes], pps: &[Bytes]) -> Bytes {
    let mut out = BytesMut::with_capacity(256);
    out.put_u8(1);
    out.put_slice(&sps[0][1..4]);
    out.put_u8(0xff);
    for (sets, reserved) in [(sps, 0xe0), (pps, 0)] {
        out.put_u8(reserved | u8::try_from(sets.len()).unwrap_or(1));
        for set in sets {
            out.put_u16(u16::try_from(set.len()).unwrap_or(0));
            out.put_slice(set);
        }
    }
    out.freeze()
}

/// The NAL units between start codes, none of them empty.
struct Nals<'a>(&'a [u8]);

impl<'a> Iterator for Nals<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let begin = start_code(self.0)? + 3;
            let rest = &self.0[begin..];
            let end = start_code(rest).unwrap_or(rest.len());
            self.0 = &rest[end..];
            // A NAL unit never ends in a zero: those belong to the next start code.
            let zeros = rest[..end]
                .iter()
                .rev()
                .take_while(|byte| **byte == 0)
                .count();
            if end > zeros {
                return Some(&rest[..end - zeros]);
            }
        }
    }
}

fn start_code(bytes: &[u8]) -> Option<usize> {
    bytes.windows(3).position(|window| window == [0, 0, 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPS: &[u8] = &[0x67, 0x42, 0xc0, 0x1f, 1, 2];
    const PPS: &[u8] = &[0x68, 1, 2];

    fn annex_b(units: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        for unit in units {
            out.extend_from_slice(&[0, 0, 0, 1]);
            out.extend_from_slice(unit);
        }
        out
    }

    #[test]
    fn a_key_picture_with_its_sets_becomes_a_record_and_lengths() {
        let mut pictures = Pictures::default();
        let unit = pictures.unit(&annex_b(&[SPS, PPS, &[0x65, 9, 9]])).unwrap();
        assert!(unit.key && unit.with_sets);
        assert_eq!(&unit.data[..], [0, 0, 0, 3, 0x65, 9, 9]);
        let expected = [
            &[1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0, 6][..],
            SPS,
            &[1, 0, 3],
            PPS,
        ]
        .concat();
        assert_eq!(unit.record.unwrap(), expected);
    }

    #[test]
    fn repeated_sets_are_no_news_and_changed_ones_are() {
        let mut pictures = Pictures::default();
        let first = annex_b(&[SPS, PPS, &[0x65, 9]]);
        assert!(pictures.unit(&first).unwrap().record.is_some());
        assert_eq!(pictures.unit(&first).unwrap().record, None);
        let wider = annex_b(&[&[0x67, 0x42, 0xc0, 0x1f, 1, 3], PPS, &[0x65, 9]]);
        assert!(pictures.unit(&wider).unwrap().record.is_some());
        assert_eq!(pictures.unit(&annex_b(&[&[0x41, 9]])).unwrap().record, None);
    }

    #[test]
    fn delimiters_and_filler_are_left_out_and_sets_alone_are_no_picture() {
        let mut pictures = Pictures::default();
        assert_eq!(pictures.unit(&annex_b(&[SPS, PPS])), None);
        assert!(pictures.is_configured(), "but they are known from then on");
        let unit = pictures
            .unit(&annex_b(&[&[0x09, 0x10], &[0x41, 1, 0, 0], &[0x0c, 0xff]]))
            .unwrap();
        assert_eq!(&unit.data[..], [0, 0, 0, 2, 0x41, 1]);
        assert!(!unit.key && !unit.with_sets);
    }

    #[test]
    fn more_sets_or_units_than_there_may_be_are_refused() {
        let mut pictures = Pictures::default();
        let many: Vec<&[u8]> = std::iter::repeat_n(SPS, PARAMETER_SETS_MAX + 1).collect();
        assert_eq!(pictures.unit(&annex_b(&many)), None);
        let long = [&[0x67][..], &vec![1; PARAMETER_SET_BYTES_MAX]].concat();
        assert_eq!(pictures.unit(&annex_b(&[&long, PPS, &[0x65, 1]])), None);
        assert_eq!(
            pictures.unit(&annex_b(&[&[0x67, 1], PPS, &[0x65, 1]])),
            None
        );
        let slices: Vec<&[u8]> = std::iter::repeat_n(&[0x41, 1][..], NAL_UNITS_MAX + 1).collect();
        assert_eq!(pictures.unit(&annex_b(&slices)), None);
        assert_eq!(pictures.unit(&[]), None);
        assert_eq!(pictures.unit(&[0, 0, 1]), None);
    }
}
