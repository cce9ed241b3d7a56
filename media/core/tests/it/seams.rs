//! Picture and sound at every boundary of parts, while inputs come and go: what players need to get from one to the next.

use std::collections::BTreeMap;

use media_core::testing::Encoder;
use media_core::{Seat, Segment, Settings};
use mp4_atom::{Decode, Moof};
use proptest::prelude::*;

use crate::redundancy::{Camera, Show, slate};

const PICTURES: i128 = 90_000;
const SOUND: i128 = 48_000;
/// A frame of sound, in its own ticks.
const FRAME: i128 = 1_024;

/// Where one stream begins and ends in a part, in a unit of both streams: nothing is rounded.
#[derive(Clone, Copy, Debug)]
struct Span {
    begin: i128,
    end: i128,
}

#[derive(Clone, Debug)]
struct Boundary {
    address: String,
    /// The first part of another configuration.
    is_other: bool,
    /// How long it says that it lasts.
    declared_us: i64,
    seen: Option<Span>,
    heard: Option<Span>,
}

impl Boundary {
    fn complain(&self, what: &str) -> String {
        format!("{}: {what}: {:?} {:?}", self.address, self.seen, self.heard)
    }
}

/// Everything that was published, by number and part.
#[derive(Default)]
struct Published(BTreeMap<(u64, usize), Boundary>);

impl Published {
    fn look(&mut self, show: &Show) {
        let Some(snapshot) = show.stage.channels.snapshot(&show.stage.name) else {
            return;
        };
        let mut before = None;
        for segment in snapshot.segments() {
            let is_other = before.is_none_or(|name| name != segment.init.name);
            before = Some(segment.init.name.clone());
            for index in 0..segment.parts.len() {
                let is_other = is_other && index == 0;
                self.0
                    .entry((segment.msn, index))
                    .or_insert_with(|| boundary(segment, index, is_other));
            }
        }
    }
}

fn boundary(segment: &Segment, index: usize, is_other: bool) -> Boundary {
    let moof = Moof::decode(&mut &segment.parts[index].data[..]).unwrap();
    let (mut seen, mut heard) = (None, None);
    for traf in &moof.traf {
        let (span, unit) = match traf.tfhd.track_id {
            1 => (&mut seen, SOUND),
            _ => (&mut heard, PICTURES),
        };
        let begin = i128::from(traf.tfdt.as_ref().unwrap().base_media_decode_time);
        let samples = &traf.trun[0].samples;
        let length: i128 = samples
            .iter()
            .map(|sample| i128::from(sample.duration.unwrap()))
            .sum();
        *span = (!samples.is_empty()).then_some(Span {
            begin: begin * unit,
            end: (begin + length) * unit,
        });
    }
    Boundary {
        address: segment.part_address(index),
        is_other,
        declared_us: segment.parts[index].duration_us,
        seen,
        heard,
    }
}

/// Where another configuration follows, players lay it where the playlist says that the one before ends.
fn overlaps(published: &Published) -> Vec<String> {
    let unit = PICTURES * SOUND;
    let hair = unit / 500;
    let mut complaints = Vec::new();
    for pair in published.0.values().collect::<Vec<_>>().windows(2) {
        let [last, next] = pair else { continue };
        let (Some(seen), Some(heard), true) = (last.seen, last.heard, next.is_other) else {
            continue;
        };
        let declared_end = seen.begin + i128::from(last.declared_us) * unit / 1_000_000;
        for (what, end) in [("picture", seen.end), ("sound", heard.end)] {
            if (end - declared_end).abs() > hair {
                complaints.push(last.complain(what));
            }
        }
    }
    complaints
}

/// What is wrong at the boundaries, in words.
fn complaints(published: &Published) -> Vec<String> {
    let frame = FRAME * PICTURES;
    let mut complaints = Vec::new();
    let mut heard_end = None;
    // The newest may still wait for what belongs to it.
    let count = published.0.len().saturating_sub(1);
    for one in published.0.values().take(count) {
        if let Some(heard) = one.heard {
            heard_end = Some(heard.end);
        }
        let Some(seen) = one.seen else { continue };
        if heard_end.is_none_or(|end| end < seen.end) {
            complaints.push(one.complain("sound ends before the picture"));
        }
        match one.heard {
            Some(heard) if one.is_other && heard.begin < seen.begin => {
                complaints.push(one.complain("sound begins before the picture"));
            }
            Some(heard) if one.is_other && heard.begin > seen.begin + 2 * frame => {
                complaints.push(one.complain("sound begins long after the picture"));
            }
            _ => {}
        }
    }
    complaints
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Dies,
    Swaps,
    BothDie,
}

fn changes() -> impl Strategy<Value = Vec<(Change, u64, u64)>> {
    let change = prop_oneof![
        Just(Change::Dies),
        Just(Change::Swaps),
        Just(Change::BothDie)
    ];
    // For how long it stays away, and then stays: every distance from a key frame and from a frame of sound.
    prop::collection::vec((change, 150..450_u64, 300..700_u64), 3..6)
}

fn rehearse(changes: &[(Change, u64, u64)], sound_first_ms: i64) -> Published {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut show = Show::with(Settings::default(), Some(slate()));
        let camera = |seat, start_us| {
            let encoder = Encoder {
                start_us,
                ..Encoder::default()
            };
            Camera::new(seat, encoder, 90)
        };
        let mut primary = camera(Seat::Primary, 77_003_000);
        let mut backup = camera(Seat::Backup, 5_000_011_000 + sound_first_ms * 1_000);
        backup.other_codec = true;
        primary.connect(&show);
        backup.connect(&show);
        let mut published = Published::default();
        show.pass(4_000, &mut [&mut primary, &mut backup], &[])
            .await;
        for (change, away, after) in changes {
            primary.input = None;
            match change {
                Change::Dies => {}
                Change::Swaps => primary.other_codec ^= true,
                Change::BothDie => backup.input = None,
            }
            for pause in [*away, *after] {
                show.pass(pause * 10, &mut [&mut primary, &mut backup], &[])
                    .await;
                published.look(&show);
                for camera in [&mut primary, &mut backup] {
                    if camera.input.is_none() {
                        camera.connect(&show);
                    }
                }
            }
        }
        published
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn picture_and_sound_meet_at_every_boundary_through_changes_of_input(
        changes in changes(), offset_ms in 0..40_i64,
    ) {
        let published = rehearse(&changes, offset_ms);
        let others = published.0.values().filter(|one| one.is_other).count();
        prop_assert!(others >= 2, "another configuration came {others} times");
        let mut complaints = complaints(&published);
        complaints.extend(overlaps(&published));
        prop_assert!(complaints.is_empty(), "{complaints:#?}");
    }
}
