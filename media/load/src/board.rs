//! Who got which part when. Thousands get the same bytes, so a playlist is read once.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io::Read as _;
use std::sync::Arc;

use tokio::time::Instant;

use crate::{limits, stats};

/// The segment and part that a player asks for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    segment: u64,
    part: u64,
    can_skip: bool,
    /// Segments listed before it.
    listed: u64,
}

impl Position {
    /// The query of the blocking reload, with the delta that players ask for where it is offered.
    pub fn query(self) -> String {
        let skip = if self.can_skip { "&_HLS_skip=YES" } else { "" };
        format!("_HLS_msn={}&_HLS_part={}{skip}", self.segment, self.part)
    }

    /// Are there this many whole segments before it?
    pub fn is_past_segments(self, segments: u64) -> bool {
        self.listed >= segments
    }
}

/// What a player reads in a media playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// What comes next.
    pub next: Position,
    /// The parts that are listed.
    pub parts: Vec<Listed>,
    /// The newest header.
    pub map: Option<Arc<str>>,
}

/// A part of a playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its address, which no other part has.
    pub uri: Arc<str>,
    /// The date of its end, in microseconds.
    pub ends_us: Option<i64>,
}

/// A part on its way to everybody.
struct Told {
    first: Instant,
    /// Milliseconds after the first player.
    after_ms: Vec<f32>,
}

/// What all players saw.
#[derive(Default)]
pub struct Board {
    /// Playlists seen lately, with what was read from them.
    known: VecDeque<(Vec<u8>, Arc<Sight>)>,
    /// Parts that came up at any time.
    seen: HashSet<Arc<str>>,
    /// Those that came up while counting.
    parts: HashMap<Arc<str>, Told>,
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
    pub fn begin(&mut self) {
        self.is_counting = true;
    }

    /// Reads a playlist: what comes next.
    pub fn read(&mut self, body: &[u8]) -> Option<Arc<Sight>> {
        if let Some((_, sight)) = self.known.iter().find(|(known, _)| known == body) {
            return Some(Arc::clone(sight));
        }
        let sight = Arc::new(parse(&text(body)?)?);
        let now = Instant::now();
        for part in &sight.parts {
            // Parts that nobody was told of in time are seen in later playlists; they count as missed.
            if self.seen.insert(Arc::clone(&part.uri)) && self.is_counting {
                let told = Told {
                    first: now,
                    after_ms: Vec::new(),
                };
                self.parts.insert(Arc::clone(&part.uri), told);
            }
        }
        self.body_bytes = body.len();
        self.known.push_front((body.to_vec(), Arc::clone(&sight)));
        self.known.truncate(KNOWN_MAX);
        Some(sight)
    }

    /// A player got a part, or the news of it.
    pub fn arrived(&mut self, part: &str) {
        if !self.is_counting {
            return;
        }
        self.answers += 1;
        if let Some(told) = self.parts.get_mut(part) {
            told.after_ms
                .push(told.first.elapsed().as_secs_f32() * 1000.0);
        }
    }

    /// Parts that came up until then.
    pub fn parts(&self, until: Instant) -> usize {
        self.counted(until).count()
    }

    /// A reload failed.
    pub fn failed(&mut self, why: &str) {
        if self.failures == 0 {
            why.clone_into(&mut self.first_failure);
        }
        self.failures += 1;
    }

    /// Reloads that failed.
    pub fn failures(&self) -> u64 {
        self.failures
    }

    /// Why the first did.
    pub fn first_failure(&self) -> &str {
        &self.first_failure
    }

    /// Answers counted.
    pub fn answers(&self) -> u64 {
        self.answers
    }

    /// Bytes of the newest playlist, as it came.
    pub fn body_bytes(&self) -> usize {
        self.body_bytes
    }

    /// The parts that came up early enough to reach everybody.
    fn counted(&self, until: Instant) -> impl Iterator<Item = &Told> {
        self.parts.values().filter(move |told| told.first <= until)
    }

    /// Share of parts × players that were told of the part by itself.
    pub fn told(&self, until: Instant, players: usize) -> f64 {
        let shares: Vec<f64> = self
            .counted(until)
            .map(|told| share(told, players))
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "some dozens")]
        let parts = shares.len().max(1) as f64;
        shares.iter().sum::<f64>() / parts
    }

    /// Share of parts that reached 99 of 100 players.
    pub fn complete(&self, until: Instant, players: usize) -> f64 {
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
    pub fn spreads_ms(&self, until: Instant) -> Vec<f64> {
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

/// A playlist as text, whether it came compressed or not.
fn text(body: &[u8]) -> Option<String> {
    let mut text = String::new();
    if body.starts_with(&[0x1f, 0x8b]) {
        let most = u64::try_from(limits::BODY_BYTES_MAX).ok()?;
        let mut unpacked = flate2::read::GzDecoder::new(body).take(most);
        unpacked.read_to_string(&mut text).ok()?;
    } else {
        text.push_str(std::str::from_utf8(body).ok()?);
    }
    Some(text)
}

/// Reads what a player needs: what comes next, and the parts before it.
fn parse(text: &str) -> Option<Sight> {
    let (mut segment, mut part) = (0, 0);
    let (mut can_skip, mut listed) = (false, 0);
    let (mut parts, mut map): (Vec<Listed>, _) = (Vec::new(), None);
    let mut at_us: Option<i64> = None;
    for line in text.lines() {
        let (tag, value) = line.split_once(':').unwrap_or((line, ""));
        match tag {
            "#EXT-X-MEDIA-SEQUENCE" => segment = value.trim().parse().ok()?,
            "#EXT-X-SERVER-CONTROL" => can_skip = value.contains("CAN-SKIP-UNTIL="),
            "#EXT-X-SKIP" => {
                let (_, count) = value.split_once("SKIPPED-SEGMENTS=")?;
                let skipped: u64 = count.split(',').next()?.trim().parse().ok()?;
                segment += skipped;
                listed += skipped;
            }
            "#EXT-X-MAP" => map = attribute(value, "URI=\"", '"').map(Arc::from),
            "#EXT-X-PROGRAM-DATE-TIME" => {
                at_us = value
                    .trim()
                    .parse::<kernel::Timestamp>()
                    .ok()
                    .map(kernel::Timestamp::as_microsecond);
            }
            "#EXT-X-PART" => {
                part += 1;
                at_us = at_us.zip(micros(value)).map(|(at, length)| at + length);
                parts.push(Listed {
                    uri: attribute(value, "URI=\"", '"').unwrap_or_default().into(),
                    ends_us: at_us,
                });
            }
            "#EXTINF" => {
                segment += 1;
                listed += 1;
                (part, at_us) = (0, None);
            }
            _ => {}
        }
    }
    let next = Position {
        segment,
        part,
        can_skip,
        listed,
    };
    text.starts_with("#EXTM3U")
        .then_some(Sight { next, parts, map })
}

/// What stands between `from` and `to`.
fn attribute<'a>(list: &'a str, from: &str, to: char) -> Option<&'a str> {
    let (_, rest) = list.split_once(from)?;
    Some(rest.split(to).next().unwrap_or(rest))
}

/// The duration of a part in microseconds.
fn micros(part: &str) -> Option<i64> {
    let seconds: f64 = attribute(part, "DURATION=", ',')?.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "seconds of a part")]
    let micros = (seconds * 1e6).round() as i64;
    Some(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = "#EXTM3U\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12.0\n\
        #EXT-X-MEDIA-SEQUENCE:3\n#EXTINF:2.0,\na\n#EXT-X-PART:URI=\"4.0\"\n#EXT-X-PART:URI=\"4.1\"\n#EXTINF:2.0,\nb\n\
        #EXT-X-PART:URI=\"5.0\"\n";
    const DELTA: &str = "#EXTM3U\n#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=12.0\n#EXT-X-MEDIA-SEQUENCE:3\n\
        #EXT-X-SKIP:SKIPPED-SEGMENTS=1\n#EXT-X-PART:URI=\"4.0\"\n#EXT-X-PART:URI=\"4.1\"\n#EXTINF:2.0,\nb\n\
        #EXT-X-PART:URI=\"5.0\"\n#EXT-X-PART:URI=\"5.1\"\n";

    #[test]
    fn the_next_part_follows_from_the_playlist_full_or_delta() {
        let full = parse(FULL).unwrap();
        assert_eq!(full.next.query(), "_HLS_msn=5&_HLS_part=1&_HLS_skip=YES");
        assert!(full.next.is_past_segments(2) && !full.next.is_past_segments(3));
        let delta = parse(DELTA).unwrap();
        assert_eq!(delta.next.query(), "_HLS_msn=5&_HLS_part=2&_HLS_skip=YES");
        assert_eq!(&*delta.parts[3].uri, "5.1");
    }

    #[test]
    fn a_part_has_an_address_and_the_date_of_its_end() {
        let text = "#EXTM3U\n#EXT-X-MAP:URI=\"e/init-1.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:2026-11-22T00:00:01.500Z\n\
            #EXT-X-PART:DURATION=0.33400,URI=\"e/0.0.m4s\",INDEPENDENT=YES\n#EXT-X-PART:URI=\"e/0.1.m4s\",DURATION=0.3\n";
        let sight = parse(text).unwrap();
        assert_eq!(sight.map.as_deref(), Some("e/init-1.mp4"));
        let start = "2026-11-22T00:00:01.500Z"
            .parse::<kernel::Timestamp>()
            .unwrap();
        let ends: Vec<_> = sight
            .parts
            .iter()
            .map(|part| part.ends_us.unwrap())
            .collect();
        assert_eq!(
            ends,
            [334_000, 634_000].map(|us| start.as_microsecond() + us)
        );
        assert_eq!(&*sight.parts[1].uri, "e/0.1.m4s");
    }

    #[test]
    fn a_part_that_nobody_was_told_of_counts_as_missed() {
        let mut board = Board::default();
        board.read(FULL.as_bytes()).unwrap();
        board.begin();
        board.read(DELTA.as_bytes()).unwrap();
        board.arrived("5.1");
        // 5.2 came and went between two playlists.
        let later = format!("{DELTA}#EXT-X-PART:URI=\"5.2\"\n#EXT-X-PART:URI=\"5.3\"\n");
        board.read(later.as_bytes()).unwrap();
        board.arrived("5.3");
        // The same part in another playlist is no other part.
        board
            .read(format!("{later}#EXTINF:2.0,\nc\n").as_bytes())
            .unwrap();
        let now = Instant::now();
        assert_eq!((board.answers(), board.parts(now)), (2, 3));
        let (told, complete) = (board.told(now, 1), board.complete(now, 1));
        assert!((told - 2.0 / 3.0).abs() < 1e-9, "{told}");
        assert!((complete - 2.0 / 3.0).abs() < 1e-9, "{complete}");
    }
}
