//! What a viewer's player reports, and what it means. Names are those of CMCD version 2 (CTA-5004-B) where it has
//! one; sums count from the beginning of the session, so that a report that comes twice or late spoils nothing.

use kernel::{Error, Message, Result, word_enum};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::limits;

word_enum! {
    /// What the player does.
    pub enum Doing {
        /// It has not shown anything yet.
        Starting = "s",
        /// The picture moves.
        Playing = "p",
        /// The picture stands though it should move.
        Rebuffering = "r",
        /// Somebody paused it.
        Paused = "a",
        /// The browser wants a gesture first.
        Waiting = "w",
        /// It has given up.
        Failed = "f",
        /// The page is gone.
        Gone = "q",
    }
}

/// What a viewer's player reports.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct Report {
    /// Code of the session: 8 characters of Crockford's base 32.
    pub sid: String,
    /// Number of the report within the session.
    pub sn: u32,
    /// `s` starting, `p` playing, `r` rebuffering, `a` paused, `w` waiting for a gesture, `f` failed, `q` gone.
    pub sta: String,
    /// From asking for the picture to the first one, ms.
    pub msd: Option<u32>,
    /// How often the picture stalled.
    #[serde(default)]
    pub bsa: u32,
    /// How long altogether, ms.
    #[serde(default)]
    pub bsda: u32,
    /// Behind live, ms; nothing from somebody who watches the past.
    pub ltc: Option<u32>,
    /// Buffered, ms.
    pub bl: Option<u32>,
    /// Rate of what is shown, kbit/s.
    pub br: Option<u32>,
    /// The best rate on offer, kbit/s.
    pub tb: Option<u32>,
    /// Measured throughput, kbit/s.
    pub mtp: Option<u32>,
    /// Frames dropped.
    pub dfa: Option<u32>,
    /// Errors since the report before.
    #[serde(default)]
    pub ec: Vec<String>,
    /// Changes of quality.
    #[serde(default)]
    pub switches: u32,
    /// How long pictures moved, ms.
    #[serde(default)]
    pub shown_ms: u32,
    /// Only the sound is played.
    #[serde(default)]
    pub audio_only: bool,
    /// What a check of the viewer's own link found.
    pub check: Option<Check>,
    /// The last report of this session on this track.
    #[serde(default)]
    pub done: bool,
}

/// What a check of the viewer's own link found.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct Check {
    /// One of [`VERDICTS`].
    pub verdict: String,
    /// Round trip, ms.
    pub rtt_ms: Option<u32>,
    /// Throughput, kbit/s.
    pub kbps: Option<u32>,
}

/// What a check can find; the page has a sentence for each.
pub const VERDICTS: &[&str] = &[
    "fine",
    "offline",
    "unreachable",
    "refused",
    "off",
    "stream",
    "many",
    "browser",
    "slow",
    "lossy",
    "reload",
];

/// Errors that a player tells apart.
pub const ERRORS: &[&str] = &[
    "M-NET-0", "M-NET-1", "M-NET-2", "M-NET-3", "M-BUF-1", "M-DEC-1", "M-DEC-2", "M-DEV-1",
    "M-ACC-1",
];

const HOUR_MS: u32 = 3_600_000;
const DAY_MS: u32 = 24 * HOUR_MS;

impl Report {
    /// A report as it was sent.
    ///
    /// # Errors
    /// `Invalid` for what is none, and for numbers that no player can have measured.
    pub fn parse(value: Value) -> Result<Self> {
        let report: Self = serde_json::from_value(value).map_err(|error| {
            Error::invalid(
                "report",
                Message::new("live-report-malformed").with("reason", error),
            )
        })?;
        report.check()?;
        Ok(report)
    }

    fn check(&self) -> Result<()> {
        let impossible = |name: &'static str| Error::invalid(name, "live-report-impossible");
        parse_code(&self.sid).ok_or_else(|| impossible("sid"))?;
        self.doing().ok_or_else(|| impossible("sta"))?;
        let fits = |value: Option<u32>, max: u32| value.is_none_or(|value| value <= max);
        let numbers = [
            ("msd", self.msd, HOUR_MS),
            ("bsa", Some(self.bsa), 100_000),
            ("bsda", Some(self.bsda), 7 * DAY_MS),
            ("ltc", self.ltc, DAY_MS),
            ("bl", self.bl, HOUR_MS),
            ("br", self.br, limits::KBPS_MAX),
            ("tb", self.tb, limits::KBPS_MAX),
            ("mtp", self.mtp, limits::KBPS_MAX),
            ("dfa", self.dfa, 100_000_000),
            ("switches", Some(self.switches), 100_000),
            ("shown_ms", Some(self.shown_ms), 30 * DAY_MS),
        ];
        for (name, value, max) in numbers {
            if !fits(value, max) {
                return Err(impossible(name));
            }
        }
        if self.ec.len() > limits::REPORT_ERRORS_MAX
            || !self.ec.iter().all(|code| ERRORS.contains(&code.as_str()))
        {
            return Err(impossible("ec"));
        }
        if let Some(check) = &self.check {
            let known = VERDICTS.contains(&check.verdict.as_str());
            if !known || !fits(check.rtt_ms, HOUR_MS) || !fits(check.kbps, limits::KBPS_MAX) {
                return Err(impossible("check"));
            }
        }
        Ok(())
    }

    /// What the player does.
    pub fn doing(&self) -> Option<Doing> {
        Doing::parse(&self.sta)
    }
}

/// A session's code as somebody types or reads it out: case, spaces and hyphens do not matter, and letters that
/// look like digits are those digits.
pub fn parse_code(text: &str) -> Option<String> {
    let code: Option<String> = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => Some('0'),
            'I' | 'L' => Some('1'),
            c if c.is_ascii_digit() || (c.is_ascii_uppercase() && c != 'U') => Some(c),
            _ => None,
        })
        .take(limits::CODE_CHARS + 1)
        .collect();
    code.filter(|code| code.len() == limits::CODE_CHARS)
}

/// A code as it is shown: `K7Q2-9F3M`.
pub fn spelled(code: &str) -> String {
    match code.split_at_checked(4) {
        Some((begin, end)) => format!("{begin}-{end}"),
        None => code.to_owned(),
    }
}

/// A browser by name, main version and system: what a help desk asks first, and too little to know somebody by.
pub fn browser_of(user_agent: &str) -> String {
    let version = |mark: &str| {
        let rest = user_agent.split(mark).nth(1)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some(digits.chars().take(4).collect::<String>()).filter(|digits| !digits.is_empty())
    };
    // The more particular names come first: everybody claims to be Safari, and most to be Chrome.
    let names = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Version/", "Safari"),
    ];
    let systems = [
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let browser = names
        .iter()
        .find_map(|(mark, name)| Some(format!("{name} {}", version(mark)?)));
    let system = systems
        .iter()
        .find(|(mark, _)| user_agent.contains(mark))
        .map(|(_, name)| *name);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(browser), None) => browser,
        (None, system) => system.unwrap_or_default().to_owned(),
    }
}

/// How bad it is for a viewer, to put the worst first; 0 is fine. `recent_*` is what happened between the last two
/// reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plight {
    /// What the player does.
    pub doing: Option<Doing>,
    /// Stalls since the report before.
    pub recent_stalls: u32,
    /// Their length, ms.
    pub recent_stalled_ms: u32,
    /// Errors since the report before.
    pub recent_errors: u32,
    /// From asking to the first picture.
    pub startup_ms: Option<u32>,
}

impl Plight {
    /// A number to sort by: about the seconds that somebody has waited lately.
    pub fn score(&self) -> u32 {
        let doing = match self.doing {
            Some(Doing::Failed) => 60,
            Some(Doing::Rebuffering) => 10,
            _ => 0,
        };
        let waits = self.recent_stalled_ms / 1_000 + self.recent_stalls * 2;
        let errors = self.recent_errors * 3;
        // A slow beginning is soon forgotten, but says something about the way.
        let startup = self.startup_ms.unwrap_or(0).saturating_sub(4_000) / 4_000;
        doing + waits + errors + startup.min(5)
    }

    /// Whether this is trouble, as far as the others are concerned.
    pub fn is_trouble(&self) -> bool {
        let now = matches!(self.doing, Some(Doing::Failed | Doing::Rebuffering));
        now || self.recent_stalled_ms >= 2_000 || self.recent_stalls >= 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(change: &Value) -> Result<Report> {
        let mut report = json!({"sid": "K7Q29F3M", "sn": 1, "sta": "p", "conf": "ours", "v": 2});
        for (name, value) in change.as_object().into_iter().flatten() {
            report[name] = value.clone();
        }
        Report::parse(report)
    }

    #[test]
    fn a_report_is_read_and_strangers_in_it_are_ignored() {
        let read = report(
            &json!({"msd": 420, "bsa": 1, "bsda": 900, "ltc": 1300, "ec": ["M-NET-3"],
            "check": {"verdict": "slow", "kbps": 900}, "later": [1]}),
        )
        .unwrap();
        assert_eq!((read.msd, read.bsa, read.bsda), (Some(420), 1, 900));
        assert_eq!(read.doing(), Some(Doing::Playing));
        assert_eq!(read.check.unwrap().verdict, "slow");
    }

    #[test]
    fn what_no_player_can_have_measured_is_refused() {
        for bad in [
            json!({"sid": "K7Q29F3"}),
            json!({"sid": "K7Q29F3M0"}),
            json!({"sid": "<script>"}),
            json!({"sta": "x"}),
            json!({"sn": -1}),
            json!({"sn": 1.5}),
            json!({"msd": 3_600_001}),
            json!({"bsa": 100_001}),
            json!({"bsda": "many"}),
            json!({"ltc": 86_400_001}),
            json!({"br": 1_000_001}),
            json!({"ec": ["M-XXX-1"]}),
            json!({"ec": vec!["M-NET-1"; limits::REPORT_ERRORS_MAX + 1]}),
            json!({"check": {"verdict": "aliens"}}),
            json!({"check": {"verdict": "slow", "rtt_ms": 3_600_001}}),
        ] {
            assert!(report(&bad).is_err(), "{bad}");
        }
        assert!(Report::parse(json!(null)).is_err() && Report::parse(json!([])).is_err());
    }

    #[test]
    fn a_code_is_understood_however_it_is_written() {
        for text in ["k7q2-9f3m", " K7Q2 9F3M ", "K7Q29F3M"] {
            assert_eq!(parse_code(text).as_deref(), Some("K7Q29F3M"));
        }
        assert_eq!(parse_code("olio-0000").as_deref(), Some("01100000"));
        for bad in ["", "K7Q2", "K7Q2-9F3U", "K7Q2-9F3M-1", "祭祭祭祭祭祭祭祭"] {
            assert_eq!(parse_code(bad), None, "{bad}");
        }
        assert_eq!(spelled("K7Q29F3M"), "K7Q2-9F3M");
    }

    #[test]
    fn a_browser_is_named_and_no_more() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
        assert_eq!(browser_of(chrome), "Chrome 143, Windows");
        let edge = format!("{chrome} Edg/143.0.1");
        assert_eq!(browser_of(&edge), "Edge 143, Windows");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
        assert_eq!(browser_of(phone), "Safari 18, iOS");
        assert_eq!(browser_of("Firefox/99999999999"), "Firefox 9999");
        assert_eq!(browser_of(""), "");
    }

    #[test]
    fn the_worst_come_first_and_a_hiccup_is_no_trouble() {
        let fine = Plight {
            doing: Some(Doing::Playing),
            startup_ms: Some(400),
            ..Plight::default()
        };
        let hiccup = Plight {
            recent_stalls: 1,
            recent_stalled_ms: 900,
            ..fine
        };
        let standing = Plight {
            doing: Some(Doing::Rebuffering),
            ..hiccup
        };
        let failed = Plight {
            doing: Some(Doing::Failed),
            ..fine
        };
        let scores = [fine, hiccup, standing, failed].map(|plight| plight.score());
        assert_eq!(scores[0], 0);
        assert!(scores.is_sorted(), "{scores:?}");
        assert!(!hiccup.is_trouble() && standing.is_trouble() && failed.is_trouble());
    }
}
