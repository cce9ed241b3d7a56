//! Counts what people bring: files, and programmes in files.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Ended {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

/// What came of a file whose content was to become part of a programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It changed something.
    Applied,
    /// It says what is there already.
    Unchanged,
    /// Nothing was taken over.
    Refused,
}

/// Uploads and imports in numbers; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    uploads: Family<Ended, Counter>,
    bytes: Family<OfKind, Counter>,
    imports: Family<Ended, Counter>,
}

impl Metrics {
    /// Shows them in a registry.
    pub fn register(&self, metrics: &platform::Metrics) {
        metrics.register(
            "matsuri_uploads",
            "Files that people brought, by kind and outcome",
            self.uploads.clone(),
        );
        metrics.register(
            "matsuri_upload_bytes",
            "Bytes of files that people brought and that were kept, by kind",
            self.bytes.clone(),
        );
        metrics.register(
            "matsuri_imports",
            "Schedule files and spreadsheets taken over, by kind and outcome",
            self.imports.clone(),
        );
    }

    /// Counts a file.
    pub(crate) fn uploaded(&self, kind: &'static str, bytes: usize, kept: bool) {
        let outcome = if kept { "kept" } else { "refused" };
        self.uploads.get_or_create(&Ended { kind, outcome }).inc();
        if kept {
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            self.bytes.get_or_create(&OfKind { kind }).inc_by(bytes);
        }
    }

    /// Counts a file whose content was to be taken over.
    pub(crate) fn imported(&self, kind: &'static str, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Applied => "applied",
            Outcome::Unchanged => "unchanged",
            Outcome::Refused => "refused",
        };
        self.imports.get_or_create(&Ended { kind, outcome }).inc();
    }
}
