//! Whether the tests ran every SQL statement on both engines.
//!
//! Each test program that opened a database wrote a ledger into `target/statements` (see `db::keep_ledger`); what was
//! linked into any of them must have run in one of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::report::Finding;

const ENGINES: [&str; 2] = ["sqlite", "postgres"];

/// The folder of the ledgers.
pub(crate) fn folder(target: &Path) -> PathBuf {
    target.join("statements")
}

/// Statements that no test ran.
pub(crate) fn check(target: &Path) -> Result<Vec<Finding>> {
    let folder = folder(target);
    let missing = || format!("{}: run the tests first", folder.display());
    let mut lines = BTreeSet::new();
    for ledger in std::fs::read_dir(&folder).with_context(missing)? {
        let text = std::fs::read_to_string(ledger?.path())?;
        lines.extend(text.lines().map(str::to_owned));
    }
    ensure!(!lines.is_empty(), missing());
    Ok(findings(&lines))
}

fn findings(lines: &BTreeSet<String>) -> Vec<Finding> {
    let linked = lines.iter().filter_map(|line| line.strip_prefix("linked "));
    // What tests themselves ask is theirs.
    let ours = linked.filter(|at| !at.contains("/tests/") && !at.starts_with("kit/"));
    ours.filter_map(|at| {
        let idle: Vec<_> = ENGINES
            .into_iter()
            .filter(|engine| !lines.contains(&format!("{engine} {at}")))
            .collect();
        let never = || format!("no test ran this statement on {}", idle.join(" and "));
        (!idle.is_empty()).then(|| Finding::new(at, never()))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_counts_as_tried_when_both_engines_ran_it() {
        let lines = [
            "linked features/a/src/store.rs:1",
            "linked features/a/src/store.rs:2",
            "linked features/a/tests/it/main.rs:3",
            "sqlite features/a/src/store.rs:1",
            "postgres features/a/src/store.rs:1",
            "sqlite features/a/src/store.rs:2",
        ];
        let found = findings(&lines.map(str::to_owned).into());
        let wanted = Finding::new(
            "features/a/src/store.rs:2",
            "no test ran this statement on postgres",
        );
        assert_eq!(found, [wanted]);
    }
}
