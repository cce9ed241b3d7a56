//! Which licences, sources and crates may enter the binary. Works offline, from `cargo metadata`.

use serde::Deserialize;

use crate::report::Finding;

/// Licences that go together with MIT OR Apache-2.0 in a distributed binary.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that must not come in, with the reason.
const BANNED: &[(&str, &str)] = &[
    ("openssl-sys", "rustls with ring is the only TLS"),
    (
        "aws-lc-sys",
        "rustls with ring is the only TLS; aws-lc needs cmake and minutes",
    ),
    ("cmake", "no native build systems"),
    ("tikv-jemalloc-sys", "its build script takes minutes"),
];

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// A package of `cargo metadata`, as far as it matters here.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) manifest_path: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line under `[dependencies]` and its sisters.
#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for ordinary ones, else `dev` or `build`.
    pub(crate) kind: Option<String>,
    /// Set when it lies in this repository.
    pub(crate) path: Option<String>,
}

pub(crate) fn check(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        let place = format!("{} {}", package.name, package.version);
        if let Some((_, reason)) = BANNED.iter().find(|(name, _)| *name == package.name) {
            let hint = format!("see: cargo tree --invert {}", package.name);
            findings.push(Finding::new(
                place.as_str(),
                format!("banned: {reason}; {hint}"),
            ));
        }
        if let Some(source) = package
            .source
            .as_deref()
            .filter(|source| *source != CRATES_IO)
        {
            findings.push(Finding::new(
                &place,
                format!("comes from {source}, not from crates.io"),
            ));
        }
        match package.license.as_deref() {
            None => findings.push(Finding::new(place.as_str(), "names no licence")),
            Some(expression) if !permitted(expression) => {
                findings.push(Finding::new(
                    &place,
                    format!("licence {expression} is not allowed"),
                ));
            }
            Some(_) => {}
        }
    }
    findings
}

/// Evaluates an SPDX expression (and the old `MIT/Apache-2.0`): may we use it by choosing well?
fn permitted(expression: &str) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    any_of(&mut words) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words<'_>) -> bool {
    let mut permitted = all_of(words);
    while words.next_if_eq(&"OR").is_some() {
        // Not `||`: the right side has to be consumed too.
        permitted |= all_of(words);
    }
    permitted
}

fn all_of(words: &mut Words<'_>) -> bool {
    let mut permitted = one(words);
    while words.next_if_eq(&"AND").is_some() {
        permitted &= one(words);
    }
    permitted
}

fn one(words: &mut Words<'_>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let permitted = any_of(words);
        return words.next_if_eq(&")").is_some() && permitted;
    }
    let Some(name) = words.next() else {
        return false;
    };
    if words.next_if_eq(&"WITH").is_some() {
        let Some(exception) = words.next() else {
            return false;
        };
        return ALLOWED.contains(&format!("{name} WITH {exception}").as_str());
    }
    ALLOWED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_fine_when_one_side_is() {
        assert!(permitted("MIT OR Apache-2.0"));
        assert!(permitted("MIT/Apache-2.0"));
        assert!(permitted("GPL-3.0 OR MIT"));
        assert!(permitted("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(permitted("Apache-2.0 WITH LLVM-exception OR GPL-2.0"));
    }

    #[test]
    fn a_conjunction_needs_both_sides() {
        assert!(!permitted("MIT AND GPL-3.0"));
        assert!(!permitted("GPL-3.0"));
        assert!(!permitted("(MIT"));
        assert!(!permitted(""));
    }
}
