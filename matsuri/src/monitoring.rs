//! What operators watch: one registry of metrics and alerts, from which Prometheus' rules, their tests and a Grafana
//! dashboard are written.
//!
//! Invariant: what is in `deploy/` is what this module writes, every metric that a rule or panel names is in `/metrics`,
//! and every alert has a section in docs/runbook.md; `tests/it/monitoring.rs` holds all three.

pub mod alerts;
mod dashboard;
pub mod metrics;
mod rules;

use std::path::Path;

use anyhow::{Context as _, Result};

/// A file and what belongs into it.
pub struct File {
    /// Its path below the folder.
    pub path: &'static str,
    /// What belongs into it.
    pub text: String,
}

/// All files.
///
/// # Errors
/// If the messages that alerts are told in are malformed.
pub fn files() -> Result<Vec<File>> {
    let alerts = alerts::all(&crate::serve::texts()?);
    Ok(vec![
        File {
            path: "prometheus/alerts.yml",
            text: rules::rules(&alerts),
        },
        File {
            path: "prometheus/alerts_test.yml",
            text: rules::tests(&alerts),
        },
        File {
            path: "grafana/matsuri.json",
            text: dashboard::dashboard(),
        },
    ])
}

/// Writes all files below a folder.
///
/// # Errors
/// If one cannot be written.
pub fn write(folder: &Path) -> Result<()> {
    for file in files()? {
        let path = folder.join(file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("cannot make {}", parent.display()))?;
        }
        std::fs::write(&path, file.text)
            .with_context(|| format!("cannot write {}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(())
}
