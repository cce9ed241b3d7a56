//! Whatever an encoder sends: what viewers see stays true to itself.

use std::collections::HashMap;

use bytes::Bytes;
use media_core::frame::{Config, Frame, Kind};
use media_core::testing::{self, Encoder, hls};
use media_core::{Input, Playlist, Snapshot};
use mp4_atom::{Atom, Decode, Header, Moof};
use proptest::prelude::*;

use crate::support::{Stage, text};

/// What an encoder may do next.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Picture {
        step_us: i64,
        cts_us: i64,
        key: bool,
        size: usize,
    },
    Sound {
        step_us: i64,
    },
    Jump {
        by_us: i64,
    },
    Video {
        other: bool,
    },
    Audio,
    Reconnect,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let step = prop_oneof![
        20 => Just(33_000_i64),
        5 => 0..200_000_i64,
        1 => -600_000..3_500_000_i64,
    ];
    let deed = prop_oneof![
        30 => (step.clone(), -100_000..200_000_i64, prop::bool::weighted(0.03), 6..2_000_usize)
            .prop_map(|(step_us, cts_us, key, size)| Deed::Picture { step_us, cts_us, key, size }),
        40 => prop_oneof![20 => Just(21_000_i64), 1 => -300_000..2_000_000_i64]
            .prop_map(|step_us| Deed::Sound { step_us }),
        1 => prop_oneof![any::<i64>(), -10_000_000..10_000_000_i64].prop_map(|by_us| Deed::Jump { by_us }),
        1 => any::<bool>().prop_map(|other| Deed::Video { other }),
        1 => Just(Deed::Audio),
        1 => Just(Deed::Reconnect),
    ];
    prop::collection::vec(deed, 1..1_500)
}

struct Player {
    input: Option<Input>,
    video_us: i64,
    audio_us: i64,
}

impl Player {
    fn act(&mut self, stage: &Stage, deed: Deed) {
        if matches!(deed, Deed::Reconnect) {
            drop(self.input.take());
        }
        let input = self.input.get_or_insert_with(|| stage.admit());
        let encoder = Encoder::default();
        let taken = match deed {
            Deed::Picture {
                step_us,
                cts_us,
                key,
                size,
            } => {
                self.video_us = self.video_us.saturating_add(step_us);
                let encoder = Encoder {
                    picture_bytes: size,
                    cts_us,
                    ..encoder
                };
                let picture = encoder.picture(i64::from(!key), 0);
                input.frame(Frame {
                    dts_us: self.video_us,
                    ..picture
                })
            }
            Deed::Sound { step_us } => {
                self.audio_us = self.audio_us.saturating_add(step_us);
                input.frame(Frame {
                    dts_us: self.audio_us,
                    ..encoder.sound(0)
                })
            }
            Deed::Jump { by_us } => {
                self.video_us = self.video_us.saturating_add(by_us);
                self.audio_us = self.video_us;
                Ok(())
            }
            Deed::Video { other: true } => input.config(Config::Avc(testing::other_avc_record())),
            Deed::Video { other: false } => input.config(Config::Avc(testing::avc_record())),
            Deed::Audio | Deed::Reconnect => input.config(Config::Aac(testing::aac_config())),
        };
        if taken.is_err() {
            self.input = None;
        }
    }
}

/// Where each track stands, and every address ever seen.
#[derive(Default)]
pub(crate) struct Seen {
    media: Option<hls::Media>,
    parts: HashMap<String, Bytes>,
    ends: HashMap<u32, u64>,
    newest: Option<(u64, usize)>,
    published_us: i64,
}

impl Seen {
    /// How long everything lasts that was ever seen.
    pub(crate) fn published_us(&self) -> i64 {
        self.published_us
    }

    pub(crate) fn look(&mut self, snapshot: &Snapshot) {
        let full = text(snapshot, Playlist::Full);
        let media = hls::read(&full).unwrap();
        assert_eq!(
            long_forgiven(hls::check(&media), &media),
            Vec::<String>::new(),
            "{full}"
        );
        let delta = hls::read(&text(snapshot, Playlist::Delta)).unwrap();
        assert_eq!(hls::check_delta(&delta, &media), Vec::<String>::new());
        if let Some(old) = &self.media {
            assert_eq!(
                hls::check_successor(old, &media),
                Vec::<String>::new(),
                "{full}"
            );
        }
        self.media = Some(media);
        for segment in snapshot.segments() {
            for (index, part) in segment.parts.iter().enumerate() {
                if self
                    .newest
                    .is_some_and(|newest| newest >= (segment.msn, index))
                {
                    let address = segment.part_address(index);
                    assert_eq!(
                        self.parts.get(&address),
                        Some(&part.data),
                        "{address} changed"
                    );
                    continue;
                }
                self.newest = Some((segment.msn, index));
                self.published_us += part.duration_us;
                self.parts
                    .insert(segment.part_address(index), part.data.clone());
                self.decode(&part.data);
            }
        }
    }

    /// Decoding times only grow, and every sample has its bytes.
    fn decode(&mut self, part: &Bytes) {
        let mut rest = &part[..];
        let moof = Moof::decode(&mut rest).unwrap();
        let mdat = Header::decode(&mut rest).unwrap();
        assert_eq!(mdat.size, Some(rest.len()));
        let mut bytes = 0;
        for traf in &moof.traf {
            let end = self.ends.entry(traf.tfhd.track_id).or_default();
            let mut at = traf.tfdt.as_ref().unwrap().base_media_decode_time;
            assert!(
                at >= *end,
                "track {} steps back: {at} < {end}",
                traf.tfhd.track_id
            );
            for entry in &traf.trun[0].samples {
                at += u64::from(entry.duration.unwrap());
                bytes += entry.size.unwrap() as usize;
                assert!(entry.duration.unwrap() > 0);
            }
            *end = at;
        }
        assert_eq!(bytes, rest.len());
        assert_eq!(Moof::KIND, mp4_atom::FourCC::new(b"moof"));
    }
}

/// A picture that lasts longer than a segment or a part may makes one that is too long; that is the encoder's doing.
fn long_forgiven(faults: Vec<String>, media: &hls::Media) -> Vec<String> {
    let is_long = |segment: &hls::Listed| segment.duration_us > 4_000_000;
    let faults = hls::except(faults, hls::HELD);
    if media.segments.iter().any(is_long) {
        hls::except(faults, &[hls::Must::SegmentFits])
    } else {
        faults
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_encoder_makes_valid_playlists_of_media_that_only_grows(deeds in deeds()) {
        let stage = Stage::new();
        let mut player = Player { input: None, video_us: 0, audio_us: 0 };
        player.act(&stage, Deed::Video { other: false });
        player.act(&stage, Deed::Audio);
        let mut seen = Seen::default();
        let mut before = None;
        for deed in deeds {
            player.act(&stage, deed);
            let snapshot = stage.channels.snapshot(&stage.name);
            let announced = snapshot.as_ref().map(|snapshot| snapshot.announced());
            if announced != before {
                before = announced;
                seen.look(snapshot.as_ref().unwrap());
            }
        }
    }

    #[test]
    fn a_steady_encoder_keeps_the_rule_of_parts(
        pictures in 4..61_i64,
        gop in 1..200_i64,
        sound in any::<bool>(),
        start_us in any::<i32>(),
    ) {
        let stage = Stage::new();
        let input = stage.admit();
        let encoder = Encoder {
            pictures: Some((pictures, 1)),
            gop,
            sound,
            start_us: i64::from(start_us),
            ..Encoder::default()
        };
        encoder.send(&input, 9).unwrap();
        let media = stage.media();
        prop_assert_eq!(hls::odd_parts(&media), vec![], "{}", media.part_target_us);
        let count = |kind| encoder.frames(9).iter().filter(|f: &&Frame| f.kind == kind).count();
        prop_assert!(count(Kind::Video) > 0);
    }
}
