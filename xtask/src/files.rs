//! Files small enough to read at once, nothing forgotten in them, nothing of one machine.

use std::path::Path;

use anyhow::Result;

use crate::report::Finding;
use crate::tree::{self, Source};

/// House style says about 500; beyond this a file is two files.
const LINES_MAX: usize = 600;

/// Written by people, so their length matters. Not messages (`ftl`): a feature has one file per language, a line for
/// each sentence, and nobody reads it from the top.
const WRITTEN: &[&str] = &[
    "rs", "ts", "mts", "mjs", "js", "svelte", "css", "html", "sql", "sh", "md",
];

/// Written by programs from something else in the repository.
const GENERATED: &[&str] = &["ui/src/schema.d.ts", "ui/src/api/schema.d.ts"];

/// Put together at compile time so that this file does not find itself.
const NOTES: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
];
const MACHINE_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
];

pub(crate) fn check(root: &Path) -> Result<Vec<Finding>> {
    let sources = tree::sources(root)?;
    Ok(sources
        .iter()
        .filter(|source| is_ours(source))
        .flat_map(findings)
        .collect())
}

fn is_ours(source: &Source) -> bool {
    let locked = source.path.ends_with("package-lock.json") || source.path.ends_with("Cargo.lock");
    !locked && !GENERATED.contains(&source.path.as_str())
}

fn findings(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let length = source.text.lines().count();
    if source.has_extension(WRITTEN) && length > LINES_MAX {
        let what = format!("{length} lines; split it by noun, {LINES_MAX} is the most");
        findings.push(Finding::new(source.path.as_str(), what));
    }
    for (number, line) in source.lines() {
        for note in NOTES.iter().filter(|note| contains_word(line, note)) {
            findings.push(Finding::at(
                &source.path,
                number,
                format!("a forgotten {note}"),
            ));
        }
        for path in MACHINE_PATHS.iter().filter(|path| line.contains(**path)) {
            let what = format!("a path of one machine ({path}…)");
            findings.push(Finding::at(&source.path, number, what));
        }
    }
    findings
}

/// Does the line contain the word, not as a part of another one?
fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !joins(before) && !joins(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.into(),
            text: text.into(),
        }
    }

    #[test]
    fn a_long_file_is_found_once() {
        let long = "line\n".repeat(LINES_MAX + 1);
        assert_eq!(findings(&source("a/b.rs", &long)).len(), 1);
        assert!(findings(&source("a/b.json", &long)).is_empty());
    }

    #[test]
    fn notes_and_machine_paths_are_found_with_their_line() {
        let text = format!(
            "fine\n// {}: later\nlet p = \"{}x\";\n",
            NOTES[0], MACHINE_PATHS[0]
        );
        let found = findings(&source("a.rs", &text));
        let places: Vec<_> = found.iter().map(|finding| finding.place.as_str()).collect();
        assert_eq!(places, ["a.rs:2", "a.rs:3"]);
    }

    #[test]
    fn a_word_within_a_word_is_no_note() {
        assert!(findings(&source("a.rs", concat!("const MAS", "TO", "DON: u8 = 1;"))).is_empty());
    }
}
