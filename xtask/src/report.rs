//! Findings and how they are shown.

/// One thing that is wrong, with the place to repair it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// `path` or `path:line`.
    pub(crate) place: String,
    /// What is wrong, as a sentence.
    pub(crate) what: String,
}

impl Finding {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
        }
    }

    pub(crate) fn at(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self::new(format!("{path}:{line}"), what)
    }
}

/// Prints the findings of one check; `true` when there are none.
pub(crate) fn show(check: &str, findings: &[Finding]) -> bool {
    for finding in findings {
        println!("{}: {}", finding.place, finding.what);
    }
    match findings.len() {
        0 => println!("{check}: fine"),
        found => println!("{check}: {found} to repair"),
    }
    findings.is_empty()
}
