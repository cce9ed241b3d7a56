//! Media after a power cut: no address that was served comes back with another meaning, whatever the disk has kept of how
//! far the sequences had come.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kernel::Clock;
use media_core::testing::{Encoder, hls, source};
use media_core::{ChannelName, Channels, Seat};

use super::disk::{Disk, Syncs, put};
use super::shim;
use crate::ledger::Dice;
use crate::process::{Server, folder, text, until};
use crate::tracks::{Encoders, hall, import};

const TRACKS: usize = 3;
/// Four segments and more.
const LIFE: Duration = Duration::from_secs(9);
const CUTS: usize = 40;

/// A part, as somebody was told of it.
struct Served {
    track: usize,
    msn: u64,
    address: String,
    /// How long the trace was when it was told.
    at: u64,
}

/// A server that transmits on a watched disk until its power goes.
struct Life {
    data: PathBuf,
    trace: PathBuf,
    served: Vec<Served>,
}

impl Life {
    fn lead(name: &str) -> Self {
        let (data, trace) = (folder(name), folder(&format!("{name}.trace")));
        let boot = folder(&format!("{name}.boot"));
        std::fs::create_dir(&data).expect("fresh");
        std::fs::write(&trace, "").expect("written");
        std::fs::write(&boot, "the run of the machine before the cut").expect("written");
        let watched = [
            ("LD_PRELOAD", shim()),
            ("POWERCUT_ROOT", data.clone()),
            ("POWERCUT_TRACE", trace.clone()),
            ("POWERCUT_BOOT", boot),
        ];
        let server = Server::start_in(&data, &["--probes", "off"], &watched);
        let imported = import(&server, &format!("{name}.json"), &hall(TRACKS));
        assert!(imported.status.success(), "{}", text(&imported.stderr));
        let encoders = Encoders::start(&server, TRACKS);
        let mut life = Self {
            data,
            trace,
            served: Vec::new(),
        };
        let mut known = HashSet::new();
        let mut look = || {
            for track in 0..TRACKS {
                life.look(&server, track, &mut known);
            }
            let has = |track| life.served.iter().any(|part| part.track == track);
            (0..TRACKS).all(has).then_some(())
        };
        until("every track was seen", &mut look);
        let began = Instant::now();
        until("enough was served", || {
            look();
            (began.elapsed() > LIFE).then_some(())
        });
        server.kill();
        encoders.end();
        life
    }

    /// Notes what a track's playlist tells of for the first time.
    fn look(&mut self, server: &Server, track: usize, known: &mut HashSet<(usize, String)>) {
        let (status, body) = server.get(&format!("/media/ours/room-{track}/live.m3u8"));
        if status != 200 {
            return;
        }
        let at = std::fs::metadata(&self.trace).expect("there").len();
        let media = hls::read(&body).expect("a playlist");
        for (msn, segment) in (media.sequence..).zip(&media.segments) {
            for part in &segment.parts {
                if known.insert((track, part.uri.clone())) {
                    let address = part.uri.clone();
                    self.served.push(Served {
                        track,
                        msn,
                        address,
                        at,
                    });
                }
            }
        }
    }

    /// Moments at which the power goes: just after somebody was told of a part, and anywhere since the first.
    fn moments(&self, dice: &mut Dice, end: u64) -> Vec<u64> {
        let first = self.served[0].at;
        let moment = |index| match dice.pick(self.served.len()) {
            Some(part) if index % 2 == 0 => self.served[part].at,
            _ => first + dice.below(end - first),
        };
        let mut moments: Vec<u64> = (0..CUTS).map(moment).collect();
        moments.sort_unstable();
        moments
    }

    /// In how many of the cuts a sequence went back; panics where an address came back.
    fn cut(&self, syncs: Syncs, seed: u64) -> usize {
        let trace = std::fs::read(&self.trace).expect("readable");
        let end = u64::try_from(trace.len()).expect("64 bits");
        let mut dice = Dice(seed);
        let home = self.data.with_extension("after");
        let mut disk = Disk::empty(&self.data, syncs);
        let (mut done, mut back) = (0, 0);
        for at in self.moments(&mut dice, end) {
            let to = usize::try_from(at).expect("64 bits");
            done += disk.advance(&trace[done..to]);
            put(&disk.cut(&mut dice), &home);
            let goes_back = |track: &usize| {
                let before = self.served.iter();
                let before = before.filter(|part| part.track == *track && part.at <= at);
                let (msn, addresses) = again(&home.join("journal"), *track);
                let mut last = None;
                for part in before {
                    assert!(!addresses.contains(&part.address), "{}", part.address);
                    last = last.max(Some(part.msn));
                }
                last.is_some_and(|last| msn <= last)
            };
            back += usize::from((0..TRACKS).filter(goes_back).count() > 0);
            std::fs::remove_dir_all(&home).expect("ours");
        }
        back
    }
}

/// A channel that begins on what the disk has kept: its first sequence number, and the addresses of its parts.
fn again(journal: &Path, track: usize) -> (u64, HashSet<String>) {
    let clock = Clock::held_at(kit::start());
    let channels = Channels::new(media_core::Settings::default(), clock, Some(journal.into()));
    let name = ChannelName::parse(&format!("ours/room-{track}")).expect("a name");
    let input = channels.admit(&name, Seat::Primary, source());
    let input = input.expect("nobody is there");
    Encoder::default().send(&input, 3).expect("taken");
    let snapshot = channels.snapshot(&name).expect("published");
    let segments = snapshot.segments();
    let addresses = segments.iter().flat_map(|segment| {
        let parts = 0..segment.parts.len();
        parts.map(|part| segment.part_address(part))
    });
    (segments[0].msn, addresses.collect())
}

#[test]
fn no_media_address_comes_back_with_another_meaning_after_a_power_cut() {
    let life = Life::lead("power-media");
    assert!(life.served.len() > 20 * TRACKS, "{}", life.served.len());
    assert_eq!(life.cut(Syncs::Kept, 11), 0, "a sequence went back");
    // A disk that lies leaves a journal that is older than what was served, or none: numbers come back then, addresses never.
    let back = life.cut(Syncs::Lied, 11);
    println!("a disk that lies lets a sequence go back in {back} of {CUTS} cuts");
    assert!(back > CUTS / 4, "{back}");
}
