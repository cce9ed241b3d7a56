//! Whether one part follows the other: each track's samples without a gap or an overlap.

use std::collections::HashMap;

use media_core::testing::hls::ListedPart;

use super::report::{Content, Report};
use crate::fragment::{self, Kind, Run, Track};
use crate::stats;

/// How far two parts may be apart and still be one: times are rounded to a track's ticks.
const TOLERANCE_S: f64 = 0.002;
/// The same for what the playlist says a part lasts: it is written with few digits and counts in whole pictures.
const LENGTH_TOLERANCE_S: f64 = 0.050;

/// What was seen so far.
#[derive(Default)]
pub(super) struct Continuity {
    /// Address of the header in force.
    map: Option<String>,
    tracks: Vec<Track>,
    /// Where each track's last samples end, in ticks.
    ends: HashMap<u32, u64>,
    picture: Tally,
    sound: Tally,
    /// How far pictures reach beyond sound at the end of each part, in milliseconds.
    apart_ms: Vec<f64>,
}

/// So many parts at either end are compared: a frame of sound is not as long as a picture.
const ENDS: usize = 12;

#[derive(Default)]
struct Tally {
    samples: u64,
    keys: u64,
    seconds: f64,
}

impl Continuity {
    pub(super) fn header_is_new(&self, map: &str) -> bool {
        self.map.as_deref() != Some(map)
    }

    pub(super) fn header(&mut self, map: &str, tracks: Vec<Track>) {
        self.map = Some(map.to_owned());
        self.tracks = tracks;
        self.ends.clear();
    }

    /// A part could not be had: what comes next follows nothing.
    pub(super) fn missed(&mut self) {
        self.ends.clear();
    }

    pub(super) fn part(
        &mut self,
        uri: &str,
        bytes: &[u8],
        listed: &ListedPart,
        begins_anew: bool,
        report: &mut Report,
    ) {
        report.parts += 1;
        if begins_anew {
            report.discontinuities += 1;
            self.ends.clear();
        }
        let runs = match fragment::runs(bytes, &self.tracks) {
            Ok(runs) => runs,
            Err(error) => {
                report.fault(format!("{uri}: {error:#}"));
                return self.missed();
            }
        };
        let mut has_key = false;
        let mut longest_s: f64 = 0.0;
        for run in &runs {
            let Some(track) = self.tracks.iter().find(|track| track.id == run.track) else {
                continue;
            };
            let seconds = seconds(run.ends.saturating_sub(run.begins), track.timescale);
            longest_s = longest_s.max(seconds);
            let tally = match track.kind {
                Kind::Picture => &mut self.picture,
                Kind::Sound => &mut self.sound,
                Kind::Other => continue,
            };
            has_key |= track.kind == Kind::Picture && run.keys > 0;
            tally.samples += run.samples;
            tally.keys += run.keys;
            tally.seconds += seconds;
            if let Some(gap) = gap(self.ends.insert(run.track, run.ends), run, track.timescale) {
                report.fault(format!("{uri}: track {} has {gap} before it", run.track));
            }
        }
        let has_pictures = self.tracks.iter().any(|track| track.kind == Kind::Picture);
        if let (Some(picture), Some(sound)) = (self.end(Kind::Picture), self.end(Kind::Sound)) {
            self.apart_ms.push((picture - sound) * 1_000.0);
        }
        if listed.independent && has_pictures && !has_key {
            report.fault(format!("{uri} is called independent and has no key frame"));
        }
        #[expect(clippy::cast_precision_loss, reason = "a part of a second")]
        let said_s = listed.duration_us as f64 / 1e6;
        if (longest_s - said_s).abs() > LENGTH_TOLERANCE_S {
            report.fault(format!(
                "{uri} lasts {longest_s:.3} s, the playlist says {said_s:.3} s"
            ));
        }
    }

    /// Where the samples of a kind end, in seconds.
    fn end(&self, kind: Kind) -> Option<f64> {
        let track = self.tracks.iter().find(|track| track.kind == kind)?;
        Some(seconds(*self.ends.get(&track.id)?, track.timescale))
    }

    /// How far picture and sound moved apart from the first parts to the last.
    fn drift_ms(&self) -> Option<f64> {
        let parts = self.apart_ms.len();
        let (first, last) = (
            self.apart_ms.get(..ENDS)?,
            self.apart_ms.get(parts - ENDS..)?,
        );
        (parts >= 2 * ENDS).then(|| stats::median(last) - stats::median(first))
    }

    /// Writes down what there was of picture and sound.
    pub(super) fn finish(self, report: &mut Report) {
        report.drift_ms = self.drift_ms();
        let has = |kind| self.tracks.iter().any(|track| track.kind == kind);
        report.picture = has(Kind::Picture).then(|| self.picture.content());
        report.sound = has(Kind::Sound).then(|| self.sound.content());
    }
}

impl Tally {
    fn content(&self) -> Content {
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let samples = self.samples as f64;
        Content {
            samples: self.samples,
            key_frames: self.keys,
            per_second: if self.seconds > 0.0 {
                samples / self.seconds
            } else {
                0.0
            },
        }
    }
}

fn seconds(ticks: u64, timescale: u32) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below what a float holds")]
    let ticks = ticks as f64;
    ticks / f64::from(timescale)
}

/// What lies between the end of a track's samples and the next ones, in words.
fn gap(ended: Option<u64>, run: &Run, timescale: u32) -> Option<String> {
    let ended = ended?;
    let missing_s = seconds(run.begins.saturating_sub(ended), timescale);
    let twice_s = seconds(ended.saturating_sub(run.begins), timescale);
    if missing_s > TOLERANCE_S {
        return Some(format!("a gap of {missing_s:.3} s"));
    }
    (twice_s > TOLERANCE_S).then(|| format!("an overlap of {twice_s:.3} s"))
}

#[cfg(test)]
mod tests {
    use kernel::Clock;
    use media_core::testing::{Encoder, source};
    use media_core::{ChannelName, Channels, Settings};

    use super::*;

    /// The parts of some seconds, with their header's tracks.
    fn parts() -> (Vec<Track>, Vec<(ListedPart, bytes::Bytes)>) {
        let channels = Channels::new(Settings::default(), Clock::system(), None);
        let name = ChannelName::parse("a").unwrap();
        let input = channels
            .admit(&name, media_core::Seat::Primary, source())
            .unwrap();
        Encoder::default().send(&input, 5).unwrap();
        let snapshot = channels.snapshot(&name).unwrap();
        let segments = snapshot.segments();
        let tracks = fragment::tracks(&segments[0].init.data).unwrap();
        let parts = segments.iter().flat_map(|segment| &segment.parts);
        let listed = |part: &media_core::Part| ListedPart {
            uri: String::new(),
            duration_us: part.duration_us,
            independent: part.independent,
        };
        let parts = parts.map(|part| (listed(part), part.data.clone()));
        (tracks, parts.collect())
    }

    fn problems(change: impl FnOnce(&mut Vec<(ListedPart, bytes::Bytes)>)) -> Vec<String> {
        let (tracks, mut parts) = parts();
        change(&mut parts);
        let mut report = Report::new(String::new(), None);
        let mut continuity = Continuity::default();
        continuity.header("init", tracks);
        for (number, (listed, bytes)) in parts.iter().enumerate() {
            continuity.part(&number.to_string(), bytes, listed, false, &mut report);
        }
        continuity.finish(&mut report);
        assert!(report.picture.is_some_and(|picture| picture.key_frames > 0));
        report.problems
    }

    #[test]
    fn a_whole_stream_has_no_problems() {
        assert_eq!(problems(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn sound_that_runs_away_from_the_picture_is_measured() {
        let mut continuity = Continuity::default();
        assert_eq!(continuity.drift_ms(), None);
        continuity.apart_ms = (0..24).map(|part| f64::from(part % 2) * 10.0).collect();
        assert!(continuity.drift_ms().unwrap().abs() < 1.0);
        continuity.apart_ms.extend([95.0; 12]);
        assert!((continuity.drift_ms().unwrap() - 90.0).abs() < 1.0);
    }

    #[test]
    fn what_is_missing_twice_or_wrongly_announced_is_told() {
        let missing = problems(|parts| drop(parts.remove(3)));
        assert_eq!(missing.len(), 2, "{missing:?}");
        assert!(
            missing[0].starts_with("3: track 1 has a gap of 0.33"),
            "{missing:?}"
        );
        let twice = problems(|parts| parts.insert(3, parts[2].clone()));
        assert!(
            twice[0].starts_with("3: track 1 has an overlap of 0.33"),
            "{twice:?}"
        );
        let dependent = problems(|parts| parts[2].0.independent = true);
        assert_eq!(dependent, ["2 is called independent and has no key frame"]);
        let long = problems(|parts| parts[2].0.duration_us = 500_000);
        assert!(long[0].contains("the playlist says 0.500 s"), "{long:?}");
        let cut = problems(|parts| parts[2].1.truncate(50));
        assert_eq!(cut, ["2: a box that is cut off"]);
    }
}
