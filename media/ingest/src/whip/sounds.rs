//! Opus packets as RTP carries them. Sound is not sent again when it is lost, so holes are filled with packets that say
//! "lost": decoders conceal them. Left open, players would close the holes by playing early, and lips would run away.

use bytes::Bytes;
use media_core::opus;

use crate::limits::SOUND_HOLE_SAMPLES_MAX;

/// The header that RTP never sends (RFC 7845 §5.1): stereo, 48 kHz. The samples to skip are what nearly every encoder
/// looks ahead.
pub(super) const HEAD: &[u8] = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";
/// Samples per second of every Opus clock.
pub(super) const RATE: i64 = 48_000;

/// What came last.
#[derive(Debug, Default)]
pub(super) struct Sounds {
    last: Option<Last>,
}

#[derive(Debug)]
struct Last {
    /// Where it ended, in samples.
    end: i64,
    /// Its first byte without the number of frames: one frame.
    one_frame: u8,
}

impl Sounds {
    /// Takes the packet of an instant in samples; gives it and what fills the hole before it. Nothing if it is no packet
    /// or overlaps what came before.
    pub(super) fn packet(&mut self, at: i64, data: &[u8]) -> Vec<(i64, Bytes)> {
        let Some(samples) = opus::samples(data) else {
            return Vec::new();
        };
        let mut packets = Vec::with_capacity(1);
        if let Some(last) = &self.last {
            if at < last.end {
                return Vec::new();
            }
            fill(last, at, &mut packets);
        }
        packets.push((at, Bytes::copy_from_slice(data)));
        self.last = Some(Last {
            end: at.saturating_add(samples.into()),
            one_frame: data[0] & 0xfc,
        });
        packets
    }
}

fn fill(last: &Last, until: i64, packets: &mut Vec<(i64, Bytes)>) {
    if until - last.end > SOUND_HOLE_SAMPLES_MAX {
        return;
    }
    let lost = Bytes::copy_from_slice(&[last.one_frame]);
    let samples = i64::from(opus::samples(&lost).unwrap_or(960));
    let mut at = last.end;
    while at + samples <= until {
        packets.push((at, lost.clone()));
        at += samples;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One frame of 20 ms, full band, stereo.
    const TOC: u8 = 0xfc;

    fn times(packets: &[(i64, Bytes)]) -> Vec<(i64, usize)> {
        packets.iter().map(|(at, data)| (*at, data.len())).collect()
    }

    #[test]
    fn packets_without_a_hole_pass_as_they_are() {
        let mut sounds = Sounds::default();
        for n in 0..5 {
            let packets = sounds.packet(n * 960, &[TOC, 1, 2]);
            assert_eq!(times(&packets), [(n * 960, 3)]);
        }
    }

    #[test]
    fn lost_packets_are_replaced_by_ones_that_say_so() {
        let mut sounds = Sounds::default();
        sounds.packet(0, &[TOC, 1]);
        let packets = sounds.packet(3 * 960, &[TOC | 1, 1]);
        assert_eq!(times(&packets), [(960, 1), (1_920, 1), (2_880, 2)]);
        assert_eq!(packets[0].1[0], TOC);
        // That one held two frames.
        assert_eq!(times(&sounds.packet(5 * 960, &[TOC, 1])), [(4_800, 2)]);
    }

    #[test]
    fn a_long_silence_stays_and_an_overlap_is_dropped() {
        let mut sounds = Sounds::default();
        sounds.packet(0, &[TOC, 1]);
        let at = 960 + SOUND_HOLE_SAMPLES_MAX + 1;
        assert_eq!(times(&sounds.packet(at, &[TOC, 1])), [(at, 2)]);
        assert_eq!(sounds.packet(at + 1, &[TOC, 1]), []);
        assert_eq!(sounds.packet(at + 960, &[]), []);
    }
}
