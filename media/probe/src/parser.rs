//! Reads what ffmpeg's filters print: lines of `key=value` beside every frame.
//!
//! Invariant: whatever arrives, memory is bounded by [`limits::LINE_BYTES_MAX`] and every number in the report is finite.

use crate::limits;
use crate::report::{Report, State};

/// Blocks of a tenth of a second over which clipping is counted: ten seconds.
const BLOCKS: u32 = 100;
/// Of these, what a peak is shown of: one second.
const PEAK_BLOCKS: usize = 10;
/// From here on a block counts as clipped: coding moves peaks by some tenths of a decibel either way.
const CLIP_DBFS: f64 = -0.5;
/// What stands for silence where ffmpeg says minus infinity.
const FLOOR_DB: f64 = -120.0;
/// Time stamps beyond this are nonsense: thirty years.
const TIME_MAX_S: f64 = 1.0e9;

/// Reads the output of one process, in pieces of any size.
#[derive(Clone, Debug)]
pub struct Parser {
    line: Vec<u8>,
    /// The present line is too long and is left out.
    overlong: bool,
    now_s: f64,
    black_since: Option<f64>,
    frozen_since: Option<f64>,
    silent_since: Option<f64>,
    /// One bit for each block, the newest lowest.
    clipped: u128,
    blocks: u32,
    peaks: [f64; PEAK_BLOCKS],
    momentary: Option<f64>,
    short_term: Option<f64>,
    integrated: Option<f64>,
}

impl Default for Parser {
    fn default() -> Self {
        Self {
            line: Vec::new(),
            overlong: false,
            now_s: 0.0,
            black_since: None,
            frozen_since: None,
            silent_since: None,
            clipped: 0,
            blocks: 0,
            peaks: [FLOOR_DB; PEAK_BLOCKS],
            momentary: None,
            short_term: None,
            integrated: None,
        }
    }
}

impl Parser {
    /// Reads on; how many lines meant something.
    pub fn feed(&mut self, bytes: &[u8]) -> usize {
        let mut understood = 0;
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let ends = piece.ends_with(b"\n");
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            if self.line.len() + text.len() > limits::LINE_BYTES_MAX {
                self.overlong = true;
                self.line.clear();
            }
            if !self.overlong {
                self.line.extend_from_slice(text);
            }
            if ends {
                let line = std::mem::take(&mut self.line);
                if !std::mem::take(&mut self.overlong) {
                    understood += usize::from(self.read(&line));
                }
                self.line = line;
                self.line.clear();
            }
        }
        understood
    }

    /// What is known now.
    pub fn report(&self) -> Report {
        let lasted = |since: Option<f64>| {
            // At the instant that something begins it has lasted no time, but it is so.
            since.map_or(0.0, |since| tenths((self.now_s - since).max(0.1)))
        };
        let loudest = self.peaks.iter().copied().fold(FLOOR_DB, f64::max);
        let clipped = f64::from((self.clipped & WINDOW).count_ones());
        Report {
            black_s: lasted(self.black_since),
            frozen_s: lasted(self.frozen_since),
            silent_s: lasted(self.silent_since),
            peak_dbfs: (self.blocks > 0).then(|| tenths(loudest)),
            clipped_percent: tenths(clipped * 100.0 / f64::from(BLOCKS)),
            momentary_lufs: self.momentary,
            short_term_lufs: self.short_term,
            integrated_lufs: self.integrated,
            ..Report::in_state(State::Running)
        }
    }

    fn read(&mut self, line: &[u8]) -> bool {
        let Ok(line) = std::str::from_utf8(line) else {
            return false;
        };
        let line = line.trim();
        if line.starts_with("frame:") {
            return self.frame(line);
        }
        let Some((key, value)) = line
            .strip_prefix("lavfi.")
            .and_then(|rest| rest.split_once('='))
        else {
            return false;
        };
        match key {
            "black_start" => begins(&mut self.black_since, value),
            "black_end" => self.black_since = None,
            "freezedetect.freeze_start" => begins(&mut self.frozen_since, value),
            "freezedetect.freeze_end" => self.frozen_since = None,
            "silence_start" => begins(&mut self.silent_since, value),
            "silence_end" => self.silent_since = None,
            "r128.M" => self.momentary = level(value),
            "r128.S" => self.short_term = level(value),
            "r128.I" => self.integrated = level(value),
            "astats.Overall.Peak_level" => self.peak(value),
            _ => return false,
        }
        true
    }

    /// `frame:12   pts:24000   pts_time:0.5`
    fn frame(&mut self, line: &str) -> bool {
        let time = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix("pts_time:"))
            .and_then(seconds);
        // Pictures and sound are printed side by side, each a little ahead of the other at times.
        let Some(time) = time else { return false };
        self.now_s = self.now_s.max(time);
        true
    }

    fn peak(&mut self, value: &str) {
        let Some(peak) = level(value) else { return };
        self.clipped = self.clipped << 1 | u128::from(peak >= CLIP_DBFS);
        let place = self.blocks as usize % PEAK_BLOCKS;
        self.peaks[place] = peak;
        self.blocks = self.blocks.wrapping_add(1);
    }
}

/// The newest [`BLOCKS`] bits.
const WINDOW: u128 = (1 << BLOCKS) - 1;

fn begins(since: &mut Option<f64>, value: &str) {
    if since.is_none() {
        *since = seconds(value);
    }
}

fn seconds(value: &str) -> Option<f64> {
    let value: f64 = value.parse().ok()?;
    (value.is_finite() && value.abs() < TIME_MAX_S).then_some(value)
}

/// A level in decibels; silence is the floor.
fn level(value: &str) -> Option<f64> {
    let value: f64 = value.parse().ok()?;
    if value.is_nan() {
        return None;
    }
    Some(tenths(value.clamp(FLOOR_DB, -FLOOR_DB)))
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What ffmpeg prints beside frames.
    const SAMPLE: &str = "frame:0    pts:0       pts_time:0\n\
        lavfi.r128.M=-120.691\nlavfi.r128.S=-120.691\nlavfi.r128.I=-70.000\n\
        lavfi.astats.Overall.Peak_level=-inf\n\
        frame:40   pts:192000  pts_time:4\n\
        lavfi.silence_start=1.5\nlavfi.black_start=2\nlavfi.freezedetect.freeze_start=0\n\
        lavfi.r128.M=-23.08\nlavfi.astats.Overall.Peak_level=-17.99\n";

    fn fed(text: &str) -> Parser {
        let mut parser = Parser::default();
        parser.feed(text.as_bytes());
        parser
    }

    #[test]
    fn what_filters_print_becomes_a_report() {
        let report = fed(SAMPLE).report();
        assert_eq!(
            (report.silent_s, report.black_s, report.frozen_s),
            (2.5, 2.0, 4.0)
        );
        assert_eq!(
            (
                report.momentary_lufs,
                report.short_term_lufs,
                report.integrated_lufs
            ),
            (Some(-23.1), Some(-120.0), Some(-70.0))
        );
        assert_eq!(
            (report.peak_dbfs, report.clipped_percent),
            (Some(-18.0), 0.0)
        );
    }

    #[test]
    fn what_ends_is_over() {
        let ends =
            "lavfi.silence_end=4.1\nlavfi.black_end=4.0\nlavfi.freezedetect.freeze_end=4.0\n";
        let report = fed(&format!("{SAMPLE}{ends}")).report();
        assert_eq!(
            (report.silent_s, report.black_s, report.frozen_s),
            (0.0, 0.0, 0.0)
        );
    }

    #[test]
    fn what_has_just_begun_is_so() {
        let report = fed("frame:0 pts:0 pts_time:7.5\nlavfi.black_start=7.5\n").report();
        assert!(report.black_s > 0.0);
    }

    #[test]
    fn clipping_is_a_share_of_the_last_ten_seconds() {
        let loud = "lavfi.astats.Overall.Peak_level=0.4\n";
        let fine = "lavfi.astats.Overall.Peak_level=-6.0\n";
        let mut parser = fed(&loud.repeat(20));
        assert!((parser.report().clipped_percent - 20.0).abs() < 0.01);
        assert_eq!(parser.report().peak_dbfs, Some(0.4));
        parser.feed(fine.repeat(90).as_bytes());
        assert!((parser.report().clipped_percent - 10.0).abs() < 0.01);
        parser.feed(fine.repeat(10).as_bytes());
        assert!((parser.report().clipped_percent - 0.0).abs() < 0.01);
        assert_eq!(parser.report().peak_dbfs, Some(-6.0));
    }

    #[test]
    fn a_line_that_is_too_long_is_left_out_and_the_next_is_read() {
        let long = "x".repeat(limits::LINE_BYTES_MAX + 1);
        let mut parser = Parser::default();
        let text = format!("lavfi.r128.M=-1{long}\nlavfi.r128.M=-20\n");
        for piece in text.as_bytes().chunks(100) {
            parser.feed(piece);
        }
        assert_eq!(parser.report().momentary_lufs, Some(-20.0));
        assert!(parser.line.capacity() <= 4 * limits::LINE_BYTES_MAX);
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_read_the_same(size in 1..70_usize) {
            let mut parser = Parser::default();
            for piece in SAMPLE.as_bytes().chunks(size) {
                parser.feed(piece);
            }
            prop_assert_eq!(parser.report(), fed(SAMPLE).report());
        }

        #[test]
        fn whatever_is_printed_every_number_is_finite(
            lines in proptest::collection::vec((0..12_usize, "[-0-9.einfa]{0,12}"), 0..200),
            noise in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            const KEYS: [&str; 12] = ["lavfi.black_start=", "lavfi.black_end=", "lavfi.freezedetect.freeze_start=",
                "lavfi.freezedetect.freeze_end=", "lavfi.silence_start=", "lavfi.silence_end=", "lavfi.r128.M=",
                "lavfi.r128.S=", "lavfi.r128.I=", "lavfi.astats.Overall.Peak_level=", "frame:1 pts:1 pts_time:", ""];
            let mut parser = Parser::default();
            parser.feed(&noise);
            for (key, value) in lines {
                parser.feed(format!("{}{value}\n", KEYS[key]).as_bytes());
            }
            let report = parser.report();
            for value in [report.black_s, report.frozen_s, report.silent_s, report.clipped_percent] {
                prop_assert!(value.is_finite() && value >= 0.0);
            }
            for value in [report.peak_dbfs, report.momentary_lufs, report.short_term_lufs, report.integrated_lufs] {
                prop_assert!(value.is_none_or(f64::is_finite));
            }
        }
    }
}
