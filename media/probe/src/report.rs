//! What a probe found.

use kernel::word_enum;
use media_core::alarm::Code;
use serde::Serialize;

word_enum! {
    /// Whether a channel is probed.
    pub enum State {
        /// It is not: nobody sends, or nothing can probe.
        Off = "off",
        /// All probes of this machine are in use.
        Waiting = "waiting",
        /// Its probe has said nothing yet.
        Starting = "starting",
        /// It is.
        Running = "running",
        /// Its probe failed and will be started again.
        Failing = "failing",
    }
}

/// What a probe found in the last moments; durations are those of the media.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Whether the channel is probed; without it the rest says nothing.
    pub state: State,
    /// For how long the picture has been black.
    pub black_s: f64,
    /// For how long it has stood still.
    pub frozen_s: f64,
    /// For how long nothing could be heard.
    pub silent_s: f64,
    /// The highest level of the last second, in dB relative to full scale; above zero it is cut off.
    pub peak_dbfs: Option<f64>,
    /// Which share of the last ten seconds is at full scale, in per cent.
    pub clipped_percent: f64,
    /// Loudness of the last 0.4 seconds (EBU R 128), in LUFS.
    pub momentary_lufs: Option<f64>,
    /// Loudness of the last 3 seconds.
    pub short_term_lufs: Option<f64>,
    /// Loudness since the probe began.
    pub integrated_lufs: Option<f64>,
}

impl Default for Report {
    fn default() -> Self {
        Self::in_state(State::Off)
    }
}

impl Report {
    /// Nothing found yet.
    pub fn in_state(state: State) -> Self {
        Self {
            state,
            black_s: 0.0,
            frozen_s: 0.0,
            silent_s: 0.0,
            peak_dbfs: None,
            clipped_percent: 0.0,
            momentary_lufs: None,
            short_term_lufs: None,
            integrated_lufs: None,
        }
    }
}

/// A share of the last ten seconds at full scale that can be heard.
const CLIPPED_MAX_PERCENT: f64 = 10.0;
/// EBU R 128 aims at −23 LUFS, the web at −16 to −14: outside of this people reach for the volume.
const LOUD_LUFS: f64 = -8.0;
const LOW_LUFS: f64 = -38.0;

/// What is wrong with what viewers get, at this instant.
pub fn judgements(report: &Report) -> Vec<Code> {
    if report.state != State::Running {
        let failing = report.state == State::Failing;
        return failing.then_some(Code::ProbeFailing).into_iter().collect();
    }
    let silent = report.silent_s > 0.0;
    let short_term = report.short_term_lufs;
    let found = [
        (Code::PictureBlack, report.black_s > 0.0),
        // A picture of one colour does not move either: said once.
        (
            Code::PictureFrozen,
            report.frozen_s > 0.0 && report.black_s == 0.0,
        ),
        (Code::SoundSilent, silent),
        (
            Code::SoundClipping,
            report.clipped_percent > CLIPPED_MAX_PERCENT,
        ),
        (
            Code::SoundLoud,
            short_term.is_some_and(|lufs| lufs > LOUD_LUFS),
        ),
        (
            Code::SoundLow,
            !silent && short_term.is_some_and(|lufs| lufs < LOW_LUFS),
        ),
    ];
    let wrong = found.into_iter().filter(|(_, wrong)| *wrong);
    wrong.map(|(code, _)| code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_judged_only_while_the_probe_runs() {
        let silent = Report {
            silent_s: 3.0,
            short_term_lufs: Some(-70.0),
            ..Report::in_state(State::Running)
        };
        assert_eq!(judgements(&silent), [Code::SoundSilent]);
        for (state, codes) in [
            (State::Off, &[][..]),
            (State::Waiting, &[]),
            (State::Starting, &[]),
            (State::Failing, &[Code::ProbeFailing]),
        ] {
            assert_eq!(judgements(&Report { state, ..silent }), codes);
        }
    }

    #[test]
    fn loudness_is_judged_at_both_ends() {
        let at = |lufs| Report {
            short_term_lufs: Some(lufs),
            ..Report::in_state(State::Running)
        };
        assert_eq!(judgements(&at(-5.0)), [Code::SoundLoud]);
        assert_eq!(judgements(&at(-45.0)), [Code::SoundLow]);
        assert_eq!(judgements(&at(-20.0)), []);
    }
}
