//! A report in words: the same rows on its page and in what is told live.

use media_core::trial::{Figures, Item, Spread, Verdict, findings, overall};
use serde::Serialize;

/// Says something in a language.
pub(crate) type Say<'a> = &'a dyn Fn(&str, &[(&str, &str)]) -> String;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    pub(crate) item: Item,
    pub(crate) verdict: Verdict,
    /// What it is.
    pub(crate) title: String,
    /// What was measured.
    pub(crate) value: String,
    /// The verdict in a word.
    pub(crate) word: String,
    /// What to change.
    pub(crate) advice: Option<String>,
}

/// How it is altogether.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Summary {
    pub(crate) verdict: Verdict,
    /// The verdict in a word.
    pub(crate) word: String,
    pub(crate) text: String,
}

/// Everything that was looked at.
pub(crate) fn rows(say: Say<'_>, figures: &Figures) -> Vec<Row> {
    let found = findings(figures).into_iter();
    found
        .map(|finding| Row {
            item: finding.item,
            verdict: finding.verdict,
            title: say(&format!("studio-test-item-{}", finding.item), &[]),
            value: value(say, finding.item, figures)
                .filter(|_| finding.verdict != Verdict::Unknown)
                .unwrap_or_else(|| unknown(say, finding.item)),
            word: say(&format!("studio-test-verdict-{}", finding.verdict), &[]),
            advice: finding
                .advice
                .map(|advice| say(&format!("studio-test-advice-{advice}"), &[])),
        })
        .collect()
}

/// The sentence above the rows.
pub(crate) fn summary(say: Say<'_>, state: &str, figures: &Figures, duration_s: i64) -> Summary {
    let verdict = overall(&findings(figures));
    let (seconds, duration) = (figures.seconds.to_string(), duration_s.to_string());
    let args = [
        ("seconds", seconds.as_str()),
        ("duration", duration.as_str()),
    ];
    let key = match state {
        "over" => format!("studio-test-over-{verdict}"),
        state => format!("studio-test-state-{state}"),
    };
    Summary {
        verdict,
        word: say(&format!("studio-test-verdict-{verdict}"), &[]),
        text: say(&key, &args),
    }
}

fn unknown(say: Say<'_>, item: Item) -> String {
    match item {
        Item::SoundLevel => say("studio-test-unknown-level", &[]),
        _ => say("studio-test-unknown", &[]),
    }
}

/// What was measured; none where nothing was.
fn value(say: Say<'_>, item: Item, figures: &Figures) -> Option<String> {
    let told = |args: &[(&str, String)]| {
        let args: Vec<(&str, &str)> = args
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        say(&format!("studio-test-value-{item}"), &args)
    };
    let millis = |value: f64| round(value, 0);
    Some(match item {
        Item::Resolution => told(&[
            ("width", figures.width.to_string()),
            ("height", figures.height.to_string()),
        ]),
        Item::Bitrate => {
            let Spread { least, mean, most } = figures.bitrate_bps?;
            let kbits = |bits: f64| round(bits / 1_000.0, 0);
            told(&[
                ("mean", kbits(mean)),
                ("least", kbits(least)),
                ("most", kbits(most)),
                ("sound", (figures.sound_bitrate_bps / 1_000).to_string()),
            ])
        }
        Item::Steadiness => told(&[("percent", round(figures.unsteady_percent?, 0))]),
        Item::KeyInterval => {
            let Spread { mean, most, .. } = figures.key_interval_s?;
            told(&[("mean", round(mean, 1)), ("most", round(most, 1))])
        }
        Item::FrameRate => {
            let unsaid = || say("studio-test-undeclared", &[]);
            let claimed = figures.claimed_fps.map_or_else(unsaid, |fps| round(fps, 1));
            told(&[
                ("measured", round(figures.fps?.mean, 1)),
                ("claimed", claimed),
            ])
        }
        Item::BFrames => say(yes_or_no(figures.b_frames), &[]),
        Item::Profile => profile(figures.profile?),
        Item::Level => round(f64::from(figures.level?) / 10.0, 1),
        Item::SoundCodec => codec(figures.audio_codec.as_deref()?),
        Item::SoundRate => told(&[("khz", round(f64::from(figures.sample_rate) / 1_000.0, 1))]),
        Item::SoundChannels => figures.channels.to_string(),
        Item::SoundLevel => level(say, figures),
        Item::Offset => {
            let Spread { least, mean, most } = figures.av_offset_ms?;
            told(&[
                ("mean", millis(mean)),
                ("least", millis(least)),
                ("most", millis(most)),
            ])
        }
        Item::Drift => told(&[("ms", round(figures.av_drift_ms_per_min?, 1))]),
        Item::ClockDrift => told(&[("ms", round(figures.clock_drift_ms_per_min?, 1))]),
        Item::Gaps => figures.gaps.to_string(),
        Item::Regressions => figures.regressions.to_string(),
        Item::Arrival => told(&[
            ("jitter", millis(figures.jitter_ms?.most)),
            ("wait", millis(figures.longest_wait_ms)),
        ]),
        Item::RoundTrip => {
            let Spread { mean, most, .. } = figures.way.as_ref()?.rtt_ms?;
            told(&[("mean", millis(mean)), ("most", millis(most))])
        }
        Item::Loss => loss(say, figures)?,
    })
}

fn level(say: Say<'_>, figures: &Figures) -> String {
    let Some(lufs) = figures.integrated_lufs else {
        return unknown(say, Item::SoundLevel);
    };
    let peak = figures.peak_dbfs;
    let peak = peak.map_or_else(|| "–".to_owned(), |peak| round(peak, 1));
    let lufs = round(lufs, 1);
    let args = [("lufs", lufs.as_str()), ("peak", peak.as_str())];
    say("studio-test-value-sound-level", &args)
}

fn loss(say: Say<'_>, figures: &Figures) -> Option<String> {
    let way = figures.way.as_ref()?;
    let again = way.retransmitted.to_string();
    if let Some(loss) = way.loss_percent {
        let (percent, keys) = (round(loss.mean, 1), way.key_requests.to_string());
        let args = [
            ("percent", percent.as_str()),
            ("again", again.as_str()),
            ("keys", keys.as_str()),
        ];
        return Some(say("studio-test-value-loss-packets", &args));
    }
    let percent = round(way.held_up_percent?.mean, 1);
    let unread = (way.unread_bytes / 1_024).to_string();
    let args = [
        ("percent", percent.as_str()),
        ("again", again.as_str()),
        ("unread", unread.as_str()),
    ];
    Some(say("studio-test-value-loss-stream", &args))
}

fn yes_or_no(so: bool) -> &'static str {
    if so {
        "studio-test-yes"
    } else {
        "studio-test-no"
    }
}

/// Names of the trade, the same in every language.
fn profile(profile: u8) -> String {
    match profile {
        66 => "Baseline".to_owned(),
        77 => "Main".to_owned(),
        88 => "Extended".to_owned(),
        100 => "High".to_owned(),
        110 => "High 10".to_owned(),
        122 => "High 4:2:2".to_owned(),
        244 => "High 4:4:4".to_owned(),
        other => format!("profile_idc {other}"),
    }
}

fn codec(codec: &str) -> String {
    match codec {
        "mp4a.40.2" => "AAC-LC".to_owned(),
        "mp4a.40.5" => "HE-AAC".to_owned(),
        "mp4a.40.29" => "HE-AAC v2".to_owned(),
        "opus" => "Opus".to_owned(),
        other => other.to_owned(),
    }
}

/// A number with at most so many decimals, and never a negative zero.
fn round(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|byte| byte == b'0' || byte == b'.') => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(key: &str, args: &[(&str, &str)]) -> String {
        let args: Vec<String> = args
            .iter()
            .map(|(name, text)| format!("{name}={text}"))
            .collect();
        format!("{key} {}", args.join(" ")).trim_end().to_owned()
    }

    #[test]
    fn every_item_has_a_row_and_what_was_not_measured_says_so() {
        let rows = rows(&say, &Figures::default());
        assert_eq!(rows.len(), Item::ALL.len());
        assert!(
            rows.iter()
                .all(|row| row.value.starts_with("studio-test-unknown"))
        );
        assert!(rows.iter().all(|row| row.advice.is_none()));
    }

    #[test]
    fn a_value_that_was_measured_is_told_with_its_advice() {
        let figures = Figures {
            seconds: 30,
            has_pictures: true,
            key_interval_s: Some(Spread {
                least: 8.0,
                mean: 8.24,
                most: 8.4,
            }),
            av_drift_ms_per_min: Some(-0.04),
            ..Figures::default()
        };
        let rows = rows(&say, &figures);
        let of = |item| rows.iter().find(|row| row.item == item).unwrap();
        let keys = of(Item::KeyInterval);
        assert_eq!(
            keys.value,
            "studio-test-value-key-interval mean=8.2 most=8.4"
        );
        assert_eq!(keys.advice.as_deref(), Some("studio-test-advice-keys-rare"));
        assert_eq!(of(Item::Drift).value, "studio-test-value-drift ms=0.0");
        assert_eq!(of(Item::BFrames).value, "studio-test-no");
        let summary = summary(&say, "over", &figures, 60);
        assert_eq!(summary.text, "studio-test-over-must seconds=30 duration=60");
    }
}
