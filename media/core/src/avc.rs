//! H.264: the decoder configuration that is checked once, and access units that are checked each.
//!
//! Invariant: what leaves here has 4-byte lengths, no delimiters, no filler, and fits its bytes.

use bytes::Bytes;
use h264_reader::avcc::AvcDecoderConfigurationRecord;
use h264_reader::nal::sps::SeqParameterSet;
use h264_reader::nal::{Nal, RefNal};
use mp4_atom::{Atom, Avcc};

use crate::limits;
use crate::rate::Rate;

/// A checked `AVCDecoderConfigurationRecord`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AvcConfig {
    pub(crate) record: Avcc,
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Pictures per second as the sequence parameter set claims.
    pub(crate) claimed_rate: Option<Rate>,
    /// Size of the lengths in frames as they come in; they leave with four bytes.
    length_bytes: usize,
}

impl AvcConfig {
    /// Checks a record from outside.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > limits::CONFIG_BYTES_MAX {
            return Err(format!("the AVC record has {} bytes", bytes.len()));
        }
        let shape = AvcDecoderConfigurationRecord::try_from(bytes)
            .map_err(|error| format!("the AVC record is damaged: {error:?}"))?;
        let length_bytes = usize::from(shape.length_size_minus_one()) + 1;
        if length_bytes == 3 {
            return Err("NAL lengths of 3 bytes do not exist".to_owned());
        }
        let mut record = Avcc::decode_body(&mut &*bytes)
            .map_err(|error| format!("the AVC record is damaged: {error}"))?;
        record.length_size = 4;
        Self::check(record, length_bytes)
    }

    /// The configuration that parameter sets inside an access unit amount to.
    pub(crate) fn with_sets(&self, sps: Option<&[u8]>, pps: Option<&[u8]>) -> Result<Self, String> {
        let mut record = self.record.clone();
        if let Some(sps) = sps {
            let &[_, profile, compatibility, level, ..] = sps else {
                return Err("a sequence parameter set of under 4 bytes".to_owned());
            };
            record.avc_profile_indication = profile;
            record.profile_compatibility = compatibility;
            record.avc_level_indication = level;
            record.sequence_parameter_sets = vec![sps.to_vec()];
            record.ext = None;
        }
        if let Some(pps) = pps {
            record.picture_parameter_sets = vec![pps.to_vec()];
        }
        Self::check(record, self.length_bytes)
    }

    fn check(record: Avcc, length_bytes: usize) -> Result<Self, String> {
        let sps = record.sequence_parameter_sets.first();
        let sps = sps.ok_or("the AVC record has no sequence parameter set")?;
        if record.picture_parameter_sets.is_empty() {
            return Err("the AVC record has no picture parameter set".to_owned());
        }
        let mut sets = record
            .sequence_parameter_sets
            .iter()
            .chain(&record.picture_parameter_sets);
        if sets.any(Vec::is_empty) {
            return Err("the AVC record has an empty parameter set".to_owned());
        }
        let sps = SeqParameterSet::from_bits(RefNal::new(sps, &[], true).rbsp_bits())
            .map_err(|error| format!("the sequence parameter set is damaged: {error:?}"))?;
        let (width, height) = sps
            .pixel_dimensions()
            .map_err(|error| format!("the picture has no possible size: {error:?}"))?;
        let fits = |side: u32| (1..=limits::PICTURE_SIDE_MAX).contains(&side);
        if !fits(width) || !fits(height) {
            return Err(format!("a picture of {width} × {height} is not supported"));
        }
        let claimed_rate = sps.vui_parameters.as_ref().and_then(|vui| {
            let timing = vui.timing_info.as_ref()?;
            Rate::new(
                i64::from(timing.time_scale),
                i64::from(timing.num_units_in_tick) * 2,
            )
        });
        let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
        Ok(Self {
            record,
            width: side(width),
            height: side(height),
            claimed_rate,
            length_bytes,
        })
    }

    /// The codec's name for playlists (RFC 6381).
    pub(crate) fn codec(&self) -> String {
        let record = &self.record;
        format!(
            "avc1.{:02x}{:02x}{:02x}",
            record.avc_profile_indication,
            record.profile_compatibility,
            record.avc_level_indication
        )
    }

    /// Checks one access unit and brings it into the shape that is published.
    pub(crate) fn access_unit(&self, data: &Bytes) -> Result<AccessUnit, Malformed> {
        let units = split_lengths(data, self.length_bytes).or_else(|error| {
            // Some encoders put start codes where lengths belong.
            if is_annex_b(data) {
                split_start_codes(data)
            } else {
                Err(error)
            }
        })?;
        self.assemble(data, &units)
    }

    fn assemble(&self, data: &Bytes, units: &[Bytes]) -> Result<AccessUnit, Malformed> {
        let mut unit = AccessUnit {
            data: Bytes::new(),
            key: false,
            sps: None,
            pps: None,
        };
        let mut kept = Vec::with_capacity(units.len());
        let mut has_slice = false;
        for nal in units {
            match nal.first().map_or(0, |header| header & 0x1f) {
                // Delimiters, ends of sequence, filler: nothing a decoder of samples needs.
                0 | 9..=12 => continue,
                5 => {
                    unit.key = true;
                    has_slice = true;
                }
                1..=4 => has_slice = true,
                6 => unit.key |= begins_recovery(nal),
                // Parameter sets live in the configuration; differing ones become a new one.
                7 => {
                    if self
                        .record
                        .sequence_parameter_sets
                        .iter()
                        .all(|known| known[..] != nal[..])
                    {
                        unit.sps = Some(nal.clone());
                    }
                    continue;
                }
                8 => {
                    if self
                        .record
                        .picture_parameter_sets
                        .iter()
                        .all(|known| known[..] != nal[..])
                    {
                        unit.pps = Some(nal.clone());
                    }
                    continue;
                }
                _ => {}
            }
            kept.push(nal);
        }
        if !has_slice {
            return Err(Malformed);
        }
        let size: usize = kept.iter().map(|nal| nal.len() + 4).sum();
        unit.data = if size == data.len() && kept.len() == units.len() && self.length_bytes == 4 {
            data.clone()
        } else {
            join_lengths(&kept, size)
        };
        Ok(unit)
    }
}

/// A checked access unit.
#[derive(Debug)]
pub(crate) struct AccessUnit {
    pub(crate) data: Bytes,
    /// Decoding can begin here.
    pub(crate) key: bool,
    /// A sequence parameter set that the configuration does not have.
    pub(crate) sps: Option<Bytes>,
    /// A picture parameter set that the configuration does not have.
    pub(crate) pps: Option<Bytes>,
}

/// An access unit whose NAL units do not fit, or that holds no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

fn split_lengths(data: &Bytes, length_bytes: usize) -> Result<Vec<Bytes>, Malformed> {
    let mut units = Vec::with_capacity(4);
    let mut at = 0;
    while at < data.len() {
        let length = data.get(at..at + length_bytes).ok_or(Malformed)?;
        let length = length
            .iter()
            .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        at += length_bytes;
        let end = at
            .checked_add(length)
            .filter(|end| *end <= data.len())
            .ok_or(Malformed)?;
        if length > 0 {
            units.push(data.slice(at..end));
        }
        if units.len() > limits::NAL_UNITS_MAX {
            return Err(Malformed);
        }
        at = end;
    }
    Ok(units)
}

fn is_annex_b(data: &[u8]) -> bool {
    data.starts_with(&[0, 0, 1]) || data.starts_with(&[0, 0, 0, 1])
}

fn split_start_codes(data: &Bytes) -> Result<Vec<Bytes>, Malformed> {
    let mut units = Vec::with_capacity(4);
    let mut begin = None;
    let mut at = 0;
    while at + 3 <= data.len() {
        if data[at..at + 3] == [0, 0, 1] {
            push_trimmed(&mut units, data, begin, at);
            begin = Some(at + 3);
            at += 3;
        } else {
            at += 1;
        }
        if units.len() > limits::NAL_UNITS_MAX {
            return Err(Malformed);
        }
    }
    push_trimmed(&mut units, data, begin, data.len());
    Ok(units)
}

/// A NAL unit never ends in a zero byte, so zeros before a start code belong to the start code.
fn push_trimmed(units: &mut Vec<Bytes>, data: &Bytes, begin: Option<usize>, end: usize) {
    let Some(begin) = begin else { return };
    let trailing = data[begin..end]
        .iter()
        .rev()
        .take_while(|byte| **byte == 0)
        .count();
    if end - trailing > begin {
        units.push(data.slice(begin..end - trailing));
    }
}

fn join_lengths(units: &[&Bytes], size: usize) -> Bytes {
    let mut data = Vec::with_capacity(size);
    for nal in units {
        data.extend_from_slice(&u32::try_from(nal.len()).unwrap_or(u32::MAX).to_be_bytes());
        data.extend_from_slice(nal);
    }
    data.into()
}

/// Whether supplemental information says that decoding may begin with this very picture: a recovery
/// point with no frames to wait for (open GOPs use it instead of an IDR picture).
fn begins_recovery(nal: &[u8]) -> bool {
    let mut rest = nal.get(1..).unwrap_or_default();
    while rest.len() > 2 {
        let (Some(kind), Some(size)) = (sei_number(&mut rest), sei_number(&mut rest)) else {
            return false;
        };
        if kind == 6 {
            // `recovery_frame_cnt` is an Exp-Golomb number; a leading 1 bit is zero.
            return size > 0 && rest.first().is_some_and(|byte| byte & 0x80 != 0);
        }
        rest = rest.get(size..).unwrap_or_default();
    }
    false
}

fn sei_number(rest: &mut &[u8]) -> Option<usize> {
    let mut sum = 0_usize;
    loop {
        let (first, tail) = rest.split_first()?;
        *rest = tail;
        sum += usize::from(*first);
        if *first != 0xff {
            return Some(sum);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::testing::avc_record;

    pub(crate) fn config() -> AvcConfig {
        AvcConfig::parse(&avc_record()).unwrap()
    }

    fn lengths(units: &[&[u8]]) -> Bytes {
        let units: Vec<Bytes> = units
            .iter()
            .map(|unit| Bytes::copy_from_slice(unit))
            .collect();
        join_lengths(&units.iter().collect::<Vec<_>>(), 0)
    }

    #[test]
    fn a_record_tells_size_codec_and_rate() {
        let config = config();
        assert_eq!((config.width, config.height), (320, 180));
        assert_eq!(config.codec(), "avc1.42c00d");
        assert_eq!(config.claimed_rate, Rate::new(30, 1));
    }

    #[test]
    fn a_record_cut_anywhere_is_refused() {
        let record = avc_record();
        for length in 0..record.len() {
            assert!(AvcConfig::parse(&record[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_record_without_parameter_sets_is_refused() {
        assert!(AvcConfig::parse(&[1, 0x42, 0xc0, 0x0d, 0xff, 0xe0, 0]).is_err());
    }

    #[test]
    fn a_record_with_a_flipped_bit_never_panics() {
        let record = avc_record();
        for bit in 0..record.len() * 8 {
            let mut bent = record.to_vec();
            bent[bit / 8] ^= 1 << (bit % 8);
            if let Ok(config) = AvcConfig::parse(&bent) {
                assert!(u32::from(config.width) <= limits::PICTURE_SIDE_MAX);
            }
        }
    }

    #[test]
    fn a_plain_access_unit_is_not_copied() {
        let data = lengths(&[&[0x65, 1, 2, 3]]);
        let unit = config().access_unit(&data).unwrap();
        assert!(unit.key);
        assert_eq!(unit.data.as_ptr(), data.as_ptr());
    }

    #[test]
    fn delimiters_filler_and_empty_units_are_stripped() {
        let data = lengths(&[&[0x09, 0x10], &[], &[0x41, 7], &[0x0c, 0xff, 0xff]]);
        let unit = config().access_unit(&data).unwrap();
        assert!(!unit.key);
        assert_eq!(unit.data, lengths(&[&[0x41, 7]]));
    }

    #[test]
    fn lengths_beyond_the_frame_are_malformed() {
        let config = config();
        for bad in [
            &[0, 0, 0, 9, 0x65][..],
            &[0, 0, 0],
            &[0xff, 0xff, 0xff, 0xff, 1],
            &[],
        ] {
            assert!(
                config.access_unit(&Bytes::copy_from_slice(bad)).is_err(),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn start_codes_become_lengths() {
        let data = Bytes::from_static(&[
            0, 0, 0, 1, 0x09, 0x10, 0, 0, 1, 0x65, 5, 6, 0, 0, 0, 1, 0x65, 7,
        ]);
        let unit = config().access_unit(&data).unwrap();
        assert!(unit.key);
        assert_eq!(unit.data, lengths(&[&[0x65, 5, 6], &[0x65, 7]]));
    }

    #[test]
    fn parameter_sets_inside_leave_unless_they_are_new() {
        let config = config();
        let known = config.record.sequence_parameter_sets[0].clone();
        let data = lengths(&[&known, &[0x68, 1, 2], &[0x65, 1]]);
        let unit = config.access_unit(&data).unwrap();
        assert_eq!(unit.sps, None);
        assert_eq!(unit.pps.as_deref(), Some(&[0x68, 1, 2][..]));
        assert_eq!(unit.data, lengths(&[&[0x65, 1]]));
    }

    #[test]
    fn an_empty_parameter_set_is_refused() {
        for record in [
            &[
                1, 0x42, 0xc0, 0x0d, 0xff, 0xe1, 0, 0, 1, 0, 4, 0x68, 0xce, 0x0f, 0xc8,
            ][..],
            &[&avc_record()[..31], &[1, 0, 0]].concat(),
        ] {
            let refused = AvcConfig::parse(record).unwrap_err();
            assert_eq!(refused, "the AVC record has an empty parameter set");
        }
    }

    #[test]
    fn a_recovery_point_is_a_key_only_without_frames_to_wait_for() {
        let config = config();
        let open_gop = lengths(&[&[0x06, 6, 1, 0xc4, 0x80], &[0x41, 1]]);
        let refresh = lengths(&[&[0x06, 6, 1, 0x24, 0x80], &[0x41, 1]]);
        assert!(config.access_unit(&open_gop).unwrap().key);
        assert!(!config.access_unit(&refresh).unwrap().key);
    }
}
