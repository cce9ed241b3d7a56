//! What viewers got, as metrics per track, with the code of a session to look at as exemplar.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use std::sync::atomic::AtomicU64;

/// Where somebody watches. Both names are known ones, so that nobody can make labels up.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Place {
    pub(crate) conference: String,
    pub(crate) track: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Fault {
    conference: String,
    track: String,
    code: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    result: &'static str,
}

/// Names a session, for whoever wants to see one.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Session {
    session: String,
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Taken,
    /// It came twice, or after a later one.
    Stale,
    TooFast,
    Invalid,
}

impl Fate {
    fn label(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Stale => "stale",
            Self::TooFast => "too_fast",
            Self::Invalid => "invalid",
        }
    }
}

/// What became of a line of captions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CaptionFate {
    Taken,
    /// It was there.
    Known,
    TooFast,
    Refused,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CaptionOutcome {
    conference: String,
    track: String,
    result: &'static str,
}

type Histograms = Family<Place, HistogramWithExemplars<Session>>;

/// What viewers got; clones are the same.
#[derive(Clone, Debug)]
pub struct Metrics {
    startup: Histograms,
    latency: Histograms,
    stalls: Family<Place, Counter>,
    stalled: Family<Place, Counter<f64, AtomicU64>>,
    shown: Family<Place, Counter<f64, AtomicU64>>,
    switches: Family<Place, Counter>,
    errors: Family<Fault, Counter>,
    reports: Family<Outcome, Counter>,
    sessions: Family<Place, Gauge>,
    troubled: Family<Place, Gauge>,
    captions: Family<CaptionOutcome, Counter>,
    captions_late: Family<Place, Histogram>,
}

fn startup_buckets() -> HistogramWithExemplars<Session> {
    HistogramWithExemplars::new([0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0].into_iter())
}

fn latency_buckets() -> HistogramWithExemplars<Session> {
    let buckets = [
        0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0, 20.0, 60.0,
    ];
    HistogramWithExemplars::new(buckets.into_iter())
}

fn late_buckets() -> Histogram {
    Histogram::new([0.1, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 15.0, 60.0])
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            startup: Family::new_with_constructor(startup_buckets),
            latency: Family::new_with_constructor(latency_buckets),
            stalls: Family::default(),
            stalled: Family::default(),
            shown: Family::default(),
            switches: Family::default(),
            errors: Family::default(),
            reports: Family::default(),
            sessions: Family::default(),
            troubled: Family::default(),
            captions: Family::default(),
            captions_late: Family::new_with_constructor(late_buckets),
        }
    }
}

/// What a report adds to the sums.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gain {
    pub(crate) startup_ms: Option<u32>,
    pub(crate) latency_ms: Option<u32>,
    pub(crate) stalls: u32,
    pub(crate) stalled_ms: u32,
    pub(crate) shown_ms: u32,
    pub(crate) switches: u32,
    pub(crate) errors: Vec<String>,
}

impl Metrics {
    /// Shows them in a registry.
    pub fn register(&self, metrics: &platform::Metrics) {
        let name = |name: &str| format!("matsuri_viewer_{name}");
        metrics.register(
            &name("startup_seconds"),
            "From asking for a picture to the first one",
            self.startup.clone(),
        );
        metrics.register(
            &name("latency_seconds"),
            "Behind live, of viewers who follow it, at each report",
            self.latency.clone(),
        );
        metrics.register(
            &name("stalls"),
            "Pictures that stood though they should have moved",
            self.stalls.clone(),
        );
        metrics.register(
            &name("stalled_seconds"),
            "How long they stood",
            self.stalled.clone(),
        );
        metrics.register(
            &name("shown_seconds"),
            "How long pictures moved",
            self.shown.clone(),
        );
        metrics.register(
            &name("switches"),
            "Changes of quality",
            self.switches.clone(),
        );
        metrics.register(
            &name("errors"),
            "Errors that players told",
            self.errors.clone(),
        );
        metrics.register(&name("reports"), "Reports of players", self.reports.clone());
        metrics.register(
            &name("sessions"),
            "Players that reported lately",
            self.sessions.clone(),
        );
        metrics.register(
            &name("troubled_sessions"),
            "Of these, those whose picture stands or stood lately",
            self.troubled.clone(),
        );
        metrics.register(
            "matsuri_caption_lines",
            "Lines of captions that were sent",
            self.captions.clone(),
        );
        metrics.register(
            "matsuri_caption_late_seconds",
            "From the moment that a line of captions belongs to until it was sent",
            self.captions_late.clone(),
        );
    }

    /// A line of captions came for a conference's track.
    pub(crate) fn caption(&self, (conference, track): (&str, &str), fate: CaptionFate) {
        let outcome = CaptionOutcome {
            conference: conference.to_owned(),
            track: track.to_owned(),
            result: match fate {
                CaptionFate::Taken => "taken",
                CaptionFate::Known => "known",
                CaptionFate::TooFast => "too_fast",
                CaptionFate::Refused => "refused",
            },
        };
        self.captions.get_or_create(&outcome).inc();
    }

    /// How late it came.
    pub(crate) fn caption_late(&self, (conference, track): (&str, &str), seconds: f64) {
        let place = Place {
            conference: conference.to_owned(),
            track: track.to_owned(),
        };
        self.captions_late
            .get_or_create(&place)
            .observe(seconds.max(0.0));
    }

    pub(crate) fn report(&self, fate: Fate) {
        let outcome = Outcome {
            result: fate.label(),
        };
        self.reports.get_or_create(&outcome).inc();
    }

    pub(crate) fn gain(&self, place: &Place, code: &str, gain: &Gain) {
        let seconds = |ms: u32| f64::from(ms) / 1_000.0;
        let exemplar = || {
            Some(Session {
                session: code.to_owned(),
            })
        };
        if let Some(ms) = gain.startup_ms {
            let histogram = self.startup.get_or_create(place);
            histogram.observe(seconds(ms), exemplar(), None);
        }
        if let Some(ms) = gain.latency_ms {
            let histogram = self.latency.get_or_create(place);
            histogram.observe(seconds(ms), exemplar(), None);
        }
        self.stalls.get_or_create(place).inc_by(gain.stalls.into());
        self.stalled
            .get_or_create(place)
            .inc_by(seconds(gain.stalled_ms));
        self.shown
            .get_or_create(place)
            .inc_by(seconds(gain.shown_ms));
        self.switches
            .get_or_create(place)
            .inc_by(gain.switches.into());
        for code in &gain.errors {
            let fault = Fault {
                conference: place.conference.clone(),
                track: place.track.clone(),
                code: code.clone(),
            };
            self.errors.get_or_create(&fault).inc();
        }
    }

    /// How many report from where, and how many of them are in trouble. Places of before that are not named
    /// any more have none.
    pub(crate) fn crowd(&self, before: &[Place], now: &[(Place, usize, usize)]) {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        for place in before {
            self.sessions.get_or_create(place).set(0);
            self.troubled.get_or_create(place).set(0);
        }
        for (place, sessions, troubled) in now {
            self.sessions.get_or_create(place).set(number(*sessions));
            self.troubled.get_or_create(place).set(number(*troubled));
        }
    }
}
