//! Counters of delivery; the composition root reads them.

use media_core::metrics::Count;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The multivariant playlist.
    Multivariant,
    /// The media playlist, as it is.
    Playlist,
    /// The media playlist once it shows something.
    Reload,
    /// A part.
    Part,
    /// A whole segment.
    Segment,
    /// A header.
    Init,
    /// What is said in a segment.
    Cues,
    /// Nothing that exists by the grammar.
    Other,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Multivariant,
        Self::Playlist,
        Self::Reload,
        Self::Part,
        Self::Segment,
        Self::Init,
        Self::Cues,
        Self::Other,
    ];

    /// The kind as a metric's label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Multivariant => "multivariant",
            Self::Playlist => "playlist",
            Self::Reload => "reload",
            Self::Part => "part",
            Self::Segment => "segment",
            Self::Init => "init",
            Self::Cues => "cues",
            Self::Other => "other",
        }
    }
}

/// Status codes that are sent, in the order in which they are counted; others count as the last.
pub const STATUSES: [u16; 9] = [200, 204, 400, 403, 404, 405, 431, 503, 500];

/// The counters.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: [[Count; STATUSES.len()]; Kind::ALL.len()],
    /// Bytes of bodies.
    pub bytes: Count,
    /// Requests that wait for media now (gauge).
    pub held: Count,
    /// Requests that waited in vain until their time was up.
    pub expired: Count,
    /// Requests turned away because too many wait.
    pub shed: Count,
}

impl Metrics {
    /// Requests of a kind answered with a status.
    pub fn requests(&self, kind: Kind, status: u16) -> &Count {
        let index = STATUSES.iter().position(|known| *known == status);
        &self.requests[kind as usize][index.unwrap_or(STATUSES.len() - 1)]
    }
}
