//! What a probe tells.

use std::fmt;

use serde::Serialize;

use super::Options;
use crate::limits::PROBLEMS_MAX;
use crate::stats;

/// What one viewer saw.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The playlist.
    pub stream: String,
    /// What the multivariant playlist promises.
    pub codecs: Option<String>,
    /// How soon it began.
    pub start: Start,
    /// From the end of a part, by its date, to having it.
    pub latency_ms: Latency,
    /// Parts that were watched.
    pub parts: u64,
    /// Breaks that were announced.
    pub discontinuities: u64,
    /// Pictures, if the header has a track for them.
    pub picture: Option<Content>,
    /// Sound, if the header has a track for it.
    pub sound: Option<Content>,
    /// How far picture and sound moved apart, from the first parts to the last.
    pub drift_ms: Option<f64>,
    /// What is wrong, each once. Empty is good.
    pub problems: Vec<String>,
    /// Problems beyond those.
    pub further_problems: u64,
    #[serde(skip)]
    late_ms: Vec<f64>,
}

/// A stream without a key frame for this long cannot be joined.
const KEY_WITHIN_S: u64 = 10;

/// How soon it began, from the first request.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Start {
    /// Until the media playlist was there.
    pub playlist_ms: f64,
    /// Until the header and the first part that can be decoded were.
    pub picture_ms: f64,
}

/// How late parts were.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "percentiles")]
pub struct Latency {
    pub p50: f64,
    pub p95: f64,
    pub most: f64,
}

/// What there was of a track.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Content {
    /// Pictures, or frames of sound.
    pub samples: u64,
    /// Those that decoding can begin with.
    pub key_frames: u64,
    /// How many there are in a second of the stream.
    pub per_second: f64,
}

impl Report {
    pub(super) fn new(stream: String, codecs: Option<String>) -> Self {
        Self {
            stream,
            codecs,
            start: Start::default(),
            latency_ms: Latency::default(),
            parts: 0,
            discontinuities: 0,
            picture: None,
            sound: None,
            drift_ms: None,
            problems: Vec::new(),
            further_problems: 0,
            late_ms: Vec::new(),
        }
    }

    pub(super) fn fault(&mut self, what: String) {
        if self.problems.contains(&what) {
            return;
        }
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(what);
        } else {
            self.further_problems += 1;
        }
    }

    pub(super) fn faults(&mut self, faults: Vec<String>) {
        for fault in faults {
            self.fault(format!("playlist: {fault}"));
        }
    }

    /// A part was had this long after its end.
    pub(super) fn late(&mut self, late_us: i64) {
        #[expect(clippy::cast_precision_loss, reason = "seconds")]
        self.late_ms.push(late_us as f64 / 1_000.0);
    }

    /// Adds what can only be said at the end.
    pub(super) fn judge(&mut self, options: &Options) {
        // The first part had been there before.
        let late = self.late_ms.get(1..).unwrap_or_default();
        let latency = |at| stats::percentile(late, at);
        self.latency_ms = Latency {
            p50: latency(0.5),
            p95: latency(0.95),
            most: latency(1.0),
        };
        if self.picture.is_none() && self.sound.is_none() {
            self.fault("there is neither picture nor sound".to_owned());
        }
        for (name, content) in [("picture", self.picture), ("sound", self.sound)] {
            if content.is_some_and(|content| content.samples == 0) {
                self.fault(format!("the header promises {name}, and there is none"));
            }
        }
        let is_long = options.seconds >= KEY_WITHIN_S;
        if is_long && self.picture.is_some_and(|picture| picture.key_frames < 2) {
            self.fault(format!(
                "no second key frame came within {} s",
                options.seconds
            ));
        }
        let most_ms = options.latency_max.as_secs_f64() * 1_000.0;
        if self.latency_ms.p50 > most_ms {
            let p50 = self.latency_ms.p50;
            self.fault(format!(
                "parts come {p50:.0} ms late, {most_ms:.0} ms are allowed"
            ));
        }
        // Half a second earlier than possible: the clocks differ.
        if self.latency_ms.p50 < -500.0 {
            self.fault(
                "the server's clock is ahead of this one: latencies mean nothing".to_owned(),
            );
        }
    }

    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "stream    {}", self.stream)?;
        if let Some(codecs) = &self.codecs {
            writeln!(f, "codecs    {codecs}")?;
        }
        writeln!(
            f,
            "start     playlist after {:.0} ms, first picture's bytes after {:.0} ms",
            self.start.playlist_ms, self.start.picture_ms
        )?;
        let Latency { p50, p95, most } = self.latency_ms;
        writeln!(
            f,
            "latency   {p50:.0} ms for half of the parts, {p95:.0} ms for 95 of 100, {most:.0} ms at most"
        )?;
        writeln!(
            f,
            "parts     {}, {} announced breaks",
            self.parts, self.discontinuities
        )?;
        for (name, content) in [("picture", self.picture), ("sound", self.sound)] {
            match content {
                Some(content) => writeln!(
                    f,
                    "{name:10}{} samples, {:.2} per second, {} key frames",
                    content.samples, content.per_second, content.key_frames
                )?,
                None => writeln!(f, "{name:10}none")?,
            }
        }
        if let Some(drift_ms) = self.drift_ms {
            writeln!(f, "drift     {drift_ms:.0} ms between picture and sound")?;
        }
        for problem in &self.problems {
            writeln!(f, "problem   {problem}")?;
        }
        if self.further_problems > 0 {
            writeln!(f, "problem   and {} more", self.further_problems)?;
        }
        f.write_str(if self.is_good() {
            "nothing is wrong with it"
        } else {
            "something is wrong with it"
        })
    }
}
