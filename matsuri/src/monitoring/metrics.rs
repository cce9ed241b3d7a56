//! The metrics that operators see in panels and rules: what each is called, counted in, and good for.
//!
//! Metrics of inputs, probes and channels are measured by what stands here (see `crate::inputs`); the others are
//! registered by the crates that know, and a test compares what they say with this list.

mod machine;
mod tracks;

/// What kind of number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It goes up and down.
    Gauge,
    /// It only grows; its name ends with `_total` where it is asked for.
    Counter,
    /// How often how much.
    Histogram,
}

/// What it is counted in, in Grafana's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Things per second.
    PerSecond,
    /// Seconds.
    Seconds,
    /// Bits per second.
    BitsPerSecond,
    /// Bytes.
    Bytes,
    /// Bytes per second.
    BytesPerSecond,
    /// Shares of one.
    Ratio,
    /// Decibels of any kind.
    Decibel,
    /// Yes or no.
    Truth,
}

impl Unit {
    pub(super) fn grafana(self) -> &'static str {
        match self {
            Self::Count => "short",
            Self::PerSecond => "cps",
            Self::Seconds => "s",
            Self::BitsPerSecond => "bps",
            Self::Bytes => "bytes",
            Self::BytesPerSecond => "Bps",
            Self::Ratio => "percentunit",
            Self::Decibel => "dB",
            Self::Truth => "bool_yes_no",
        }
    }
}

/// A picture of a metric.
#[derive(Clone, Copy, Debug)]
pub struct Panel {
    /// Below which heading.
    pub row: Row,
    /// What it says.
    pub title: &'static str,
    /// What is asked.
    pub expr: &'static str,
    /// How its lines are called.
    pub legend: &'static str,
    /// What the answer is counted in.
    pub unit: Unit,
}

/// The headings of the dashboard, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// What is wrong.
    Now,
    /// What encoders send.
    Inputs,
    /// What probes see and hear.
    Probes,
    /// What viewers ask for.
    Delivery,
    /// Pages and sockets.
    Site,
    /// The process.
    Process,
}

impl Row {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Now,
        Self::Inputs,
        Self::Probes,
        Self::Delivery,
        Self::Site,
        Self::Process,
    ];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Now => "Now",
            Self::Inputs => "Inputs",
            Self::Probes => "Picture and sound",
            Self::Delivery => "Delivery",
            Self::Site => "Pages and sockets",
            Self::Process => "Process",
        }
    }
}

/// A metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name; a counter's without `_total`.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    /// What it says.
    pub help: &'static str,
    /// How it is shown, where it is.
    pub panel: Option<Panel>,
}

/// Everything that operators see.
pub fn metrics() -> impl Iterator<Item = &'static Metric> {
    tracks::METRICS.iter().chain(machine::METRICS)
}

/// The help of a metric that is measured by what stands here.
pub fn help(name: &str) -> &'static str {
    let known = metrics().find(|metric| metric.name == name);
    known.map_or("", |metric| metric.help)
}

const fn shown(
    (name, kind, help): (&'static str, Kind, &'static str),
    row: Row,
    (title, expr, legend, unit): (&'static str, &'static str, &'static str, Unit),
) -> Metric {
    let panel = Panel {
        row,
        title,
        expr,
        legend,
        unit,
    };
    Metric {
        name,
        kind,
        help,
        panel: Some(panel),
    }
}

const fn plain(name: &'static str, kind: Kind, help: &'static str) -> Metric {
    Metric {
        name,
        kind,
        help,
        panel: None,
    }
}
