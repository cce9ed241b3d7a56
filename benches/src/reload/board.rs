//! Who got which part when. All players get the same bytes, so a playlist is read once.

use std::collections::{BTreeMap, VecDeque};

use tokio::time::Instant;

use crate::stats;

/// The segment and part that a player asks for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    segment: u64,
    part: u64,
    can_skip: bool,
    /// Segments listed before it.
    listed: u64,
}

impl Position {
    /// The query of the blocking reload, with the delta that players ask for where it is offered.
    pub(super) fn query(self) -> String {
        let skip = if self.can_skip { "&_HLS_skip=YES" } else { "" };
        format!("_HLS_msn={}&_HLS_part={}{skip}", self.segment, self.part)
    }

    /// Are there this many whole segments before it?
    pub(super) fn is_past_segments(self, segments: u64) -> bool {
        self.listed >= segments
    }
}

/// A part on its way to everybody, named by what comes after it.
struct Told {
    first: Instant,
    /// Milliseconds after the first player.
    after_ms: Vec<f32>,
}

/// What all players saw.
#[derive(Default)]
pub(super) struct Board {
    /// Playlists seen lately, with what was read from them.
    known: VecDeque<(Vec<u8>, Position)>,
    newest: Option<(u64, u64)>,
    /// The parts that came up while counting.
    parts: BTreeMap<(u64, u64), Told>,
    is_counting: bool,
    answers: u64,
    failures: u64,
    first_failure: String,
    body_bytes: usize,
}

/// Playlists kept: answers for one part can differ for a moment (full and delta, before and after a segment).
const KNOWN_MAX: usize = 6;

impl Board {
    /// Starts to count.
    pub(super) fn begin(&mut self) {
        self.is_counting = true;
    }

    /// Reads a playlist: what comes next.
    pub(super) fn read(&mut self, body: &[u8]) -> Option<Position> {
        if let Some((_, at)) = self.known.iter().find(|(known, _)| known == body) {
            return Some(*at);
        }
        let (at, names) = parse(std::str::from_utf8(body).ok()?)?;
        if let Some(newest) = self.newest.filter(|_| self.is_counting) {
            // Parts that nobody was told of in time are seen in later playlists; they count as missed.
            let now = Instant::now();
            for name in names.into_iter().filter(|name| *name > newest) {
                self.parts.insert(
                    name,
                    Told {
                        first: now,
                        after_ms: Vec::new(),
                    },
                );
            }
        }
        self.newest = self.newest.max(Some((at.segment, at.part)));
        self.body_bytes = body.len();
        self.known.push_front((body.to_vec(), at));
        self.known.truncate(KNOWN_MAX);
        Some(at)
    }

    /// A player's held reload was answered with this playlist.
    pub(super) fn arrived(&mut self, at: Position) {
        if !self.is_counting {
            return;
        }
        self.answers += 1;
        if let Some(told) = self.parts.get_mut(&(at.segment, at.part)) {
            told.after_ms
                .push(told.first.elapsed().as_secs_f32() * 1000.0);
        }
    }

    /// A reload failed.
    pub(super) fn failed(&mut self, why: &str) {
        if self.failures == 0 {
            why.clone_into(&mut self.first_failure);
        }
        self.failures += 1;
    }

    pub(super) fn failures(&self) -> u64 {
        self.failures
    }

    pub(super) fn first_failure(&self) -> &str {
        &self.first_failure
    }

    pub(super) fn answers(&self) -> u64 {
        self.answers
    }

    pub(super) fn body_bytes(&self) -> usize {
        self.body_bytes
    }

    /// The parts that came up early enough to reach everybody.
    fn counted(&self, until: Instant) -> impl Iterator<Item = &Told> {
        self.parts.values().filter(move |told| told.first <= until)
    }

    /// Share of parts × players that were told of the part by itself.
    pub(super) fn told(&self, until: Instant, players: usize) -> f64 {
        let shares: Vec<f64> = self
            .counted(until)
            .map(|told| share(told, players))
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "some dozens")]
        let parts = shares.len().max(1) as f64;
        shares.iter().sum::<f64>() / parts
    }

    /// Share of parts that reached 99 of 100 players.
    pub(super) fn complete(&self, until: Instant, players: usize) -> f64 {
        let shares: Vec<f64> = self
            .counted(until)
            .map(|told| share(told, players))
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "some dozens")]
        let (complete, parts) = (
            shares.iter().filter(|share| **share >= 0.99).count() as f64,
            shares.len().max(1) as f64,
        );
        complete / parts
    }

    /// For each part: from the first player to the 99th of 100.
    pub(super) fn spreads_ms(&self, until: Instant) -> Vec<f64> {
        let spread = |told: &Told| {
            let sample: Vec<f64> = told
                .after_ms
                .iter()
                .map(|after| f64::from(*after))
                .collect();
            stats::percentile(&sample, 0.99)
        };
        self.counted(until)
            .filter(|told| !told.after_ms.is_empty())
            .map(spread)
            .collect()
    }
}

fn share(told: &Told, players: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let (reached, players) = (told.after_ms.len() as f64, players.max(1) as f64);
    (reached / players).min(1.0)
}

/// What comes next, and the name of each listed part: what comes after it.
fn parse(text: &str) -> Option<(Position, Vec<(u64, u64)>)> {
    let (mut segment, mut part) = (0, 0);
    let (mut can_skip, mut listed) = (false, 0);
    let mut names = Vec::new();
    for line in text.lines() {
        if let Some(first) = line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:") {
            segment = first.trim().parse().ok()?;
        } else if line.starts_with("#EXT-X-SERVER-CONTROL:") {
            can_skip = line.contains("CAN-SKIP-UNTIL=");
        } else if let Some(skip) = line.strip_prefix("#EXT-X-SKIP:") {
            let (_, count) = skip.split_once("SKIPPED-SEGMENTS=")?;
            let skipped: u64 = count.split(',').next()?.trim().parse().ok()?;
            segment += skipped;
            listed += skipped;
        } else if line.starts_with("#EXT-X-PART:") {
            part += 1;
            names.push((segment, part));
        } else if line.starts_with("#EXTINF:") {
            if part > 0 {
                // The last part of a segment is followed by the next segment's first.
                names.pop();
                names.push((segment + 1, 0));
            }
            segment += 1;
            listed += 1;
            part = 0;
        }
    }
    let at = Position {
        segment,
        part,
        can_skip,
        listed,
    };
    text.starts_with("#EXTM3U").then_some((at, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = "#EXTM3U\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12.0\n\
        #EXT-X-MEDIA-SEQUENCE:3\n#EXTINF:2.0,\na\n#EXT-X-PART:D\n#EXT-X-PART:D\n#EXTINF:2.0,\nb\n#EXT-X-PART:D\n";
    const DELTA: &str = "#EXTM3U\n#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=12.0\n#EXT-X-MEDIA-SEQUENCE:3\n\
        #EXT-X-SKIP:SKIPPED-SEGMENTS=1\n#EXT-X-PART:D\n#EXT-X-PART:D\n#EXTINF:2.0,\nb\n#EXT-X-PART:D\n#EXT-X-PART:D\n";

    #[test]
    fn the_next_part_follows_from_the_playlist_full_or_delta() {
        let (full, names) = parse(FULL).unwrap();
        assert_eq!(full.query(), "_HLS_msn=5&_HLS_part=1&_HLS_skip=YES");
        assert_eq!(names, [(4, 1), (5, 0), (5, 1)]);
        let (delta, _) = parse(DELTA).unwrap();
        assert_eq!(delta.query(), "_HLS_msn=5&_HLS_part=2&_HLS_skip=YES");
    }

    #[test]
    fn a_part_that_nobody_was_told_of_counts_as_missed() {
        let mut board = Board::default();
        let first = board.read(FULL.as_bytes()).unwrap();
        board.begin();
        board.arrived(first);
        let next = board.read(DELTA.as_bytes()).unwrap();
        board.arrived(next);
        // (5,3) came and went between two playlists.
        let later = format!("{DELTA}#EXT-X-PART:D\n#EXT-X-PART:D\n");
        let last = board.read(later.as_bytes()).unwrap();
        board.arrived(last);
        let now = Instant::now();
        assert_eq!(board.answers(), 3);
        assert!(
            (board.told(now, 1) - 2.0 / 3.0).abs() < 1e-9,
            "{}",
            board.told(now, 1)
        );
        assert!((board.complete(now, 1) - 2.0 / 3.0).abs() < 1e-9);
    }
}
