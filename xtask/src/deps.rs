//! The arrows of ARCHITECTURE.md: `matsuri → top → slices → vocabulary → base → kernel`, media beside it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::licences::{self, Package};
use crate::report::Finding;
use crate::tree;

/// Where a crate stands. What it may use follows from this and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    /// The binary: may use everything.
    Root,
    /// May read every slice; nobody may use it.
    Top,
    /// A slice: knows nothing of its sisters.
    Slice,
    /// Words of the trade, used by all slices.
    Vocabulary,
    /// Would serve any other product.
    Base,
    /// Bytes on a wire; knows neither conferences nor databases.
    Media,
    /// Ids, clock, errors.
    Kernel,
    /// The harness of tests.
    Kit,
    /// `xtask` and `benches`: outside of the house.
    Tool,
}

const VOCABULARY: &[&str] = &["identity", "program", "onair", "forms"];
const TOP: &[&str] = &["insight", "compat"];
/// The features that carry pictures and sound.
const MEDIA_USERS: &[&str] = &["onair", "live", "studio", "archive"];

/// What `model.rs` must not know: it is true without computers.
const NOT_IN_MODELS: &[&str] = &[
    "db", "platform", "web", "realtime", "axum", "sqlx", "tokio", "http", "askama",
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

pub(crate) fn check(root: &Path) -> Result<Vec<Finding>> {
    let packages = metadata(root)?.packages;
    let mut findings = arrows(root, &packages);
    findings.extend(licences::check(&packages));
    findings.extend(models(root)?);
    Ok(findings)
}

fn metadata(root: &Path) -> Result<Metadata> {
    // Only what this platform builds is downloaded, and this check needs no network.
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", &host()?])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("the answer of cargo metadata")
}

/// The platform that the compiler builds for.
fn host() -> Result<String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("rustc -vV")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .context("rustc does not name its host")
}

fn arrows(root: &Path, packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages.iter().filter(|package| package.source.is_none()) {
        let place = relative(root, &package.manifest_path);
        let Some(from) = layer(&place) else {
            findings.push(Finding::new(
                &place,
                "a crate outside of the folders of the house",
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let Some(path) = &dependency.path else {
                continue;
            };
            let Some(to) = layer(&format!("{}/Cargo.toml", relative(root, path))) else {
                continue;
            };
            let in_tests = dependency.kind.as_deref() == Some("dev");
            if !may_use(&package.name, from, to, in_tests) {
                let what = format!(
                    "{} ({from:?}) must not use {} ({to:?})",
                    package.name, dependency.name
                );
                findings.push(Finding::new(place.as_str(), what));
            }
        }
    }
    findings
}

fn relative(root: &Path, path: &str) -> String {
    Path::new(path)
        .strip_prefix(root)
        .unwrap_or(Path::new(path))
        .to_string_lossy()
        .into_owned()
}

/// The layer of a crate by the place of its manifest.
fn layer(manifest: &str) -> Option<Layer> {
    let mut parts = manifest.split('/');
    let (folder, name) = (parts.next()?, parts.next()?);
    Some(match folder {
        "matsuri" => Layer::Root,
        "kit" => Layer::Kit,
        "xtask" | "benches" => Layer::Tool,
        "base" if name == "kernel" => Layer::Kernel,
        "base" => Layer::Base,
        "media" => Layer::Media,
        "features" if VOCABULARY.contains(&name) => Layer::Vocabulary,
        "features" if TOP.contains(&name) => Layer::Top,
        "features" => Layer::Slice,
        _ => return None,
    })
}

fn may_use(name: &str, from: Layer, to: Layer, in_tests: bool) -> bool {
    use Layer::{Base, Kernel, Kit, Media, Root, Slice, Tool, Top, Vocabulary};
    if to == Kit {
        return in_tests || matches!(from, Tool | Kit);
    }
    match from {
        Tool => true,
        Root => !matches!(to, Tool | Root),
        Top => matches!(to, Slice | Vocabulary | Base | Kernel),
        Slice | Vocabulary if to == Media => MEDIA_USERS.contains(&name),
        Slice | Vocabulary => matches!(to, Vocabulary | Base | Kernel),
        Base => matches!(to, Base | Kernel),
        Media => matches!(to, Media | Kernel),
        Kernel => false,
        Kit => matches!(to, Base | Media | Kernel | Vocabulary),
    }
}

fn models(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for source in tree::sources(root)? {
        let path = &source.path;
        let is_model = path.ends_with("/src/model.rs") || path.contains("/src/model/");
        if !path.starts_with("features/") || !is_model {
            continue;
        }
        for (number, line) in source.lines() {
            let used = line.trim_start().strip_prefix("use ").and_then(|rest| {
                let first = rest
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()?;
                NOT_IN_MODELS.contains(&first).then_some(first)
            });
            if let Some(used) = used {
                let what = format!("a model is true without computers: it must not use {used}");
                findings.push(Finding::at(path, number, what));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_know_nothing_of_each_other() {
        assert!(!may_use("live", Layer::Slice, Layer::Slice, false));
        assert!(may_use("live", Layer::Slice, Layer::Vocabulary, false));
    }

    #[test]
    fn only_features_with_pictures_use_media() {
        assert!(may_use("live", Layer::Slice, Layer::Media, false));
        assert!(may_use("onair", Layer::Vocabulary, Layer::Media, false));
        assert!(!may_use("cfp", Layer::Slice, Layer::Media, false));
        assert!(!may_use("web", Layer::Base, Layer::Media, false));
    }

    #[test]
    fn media_and_kernel_know_nothing_above_them() {
        assert!(!may_use("media-core", Layer::Media, Layer::Base, false));
        assert!(!may_use("kernel", Layer::Kernel, Layer::Base, false));
        assert!(may_use("media-ingest", Layer::Media, Layer::Media, false));
    }

    #[test]
    fn the_kit_is_for_tests() {
        assert!(may_use("program", Layer::Vocabulary, Layer::Kit, true));
        assert!(!may_use("program", Layer::Vocabulary, Layer::Kit, false));
        assert!(!may_use("matsuri", Layer::Root, Layer::Kit, false));
    }

    #[test]
    fn a_crate_is_known_by_its_folder() {
        assert_eq!(layer("base/kernel/Cargo.toml"), Some(Layer::Kernel));
        assert_eq!(layer("base/web/Cargo.toml"), Some(Layer::Base));
        assert_eq!(layer("features/live/Cargo.toml"), Some(Layer::Slice));
        assert_eq!(
            layer("features/program/Cargo.toml"),
            Some(Layer::Vocabulary)
        );
        assert_eq!(layer("features/compat/Cargo.toml"), Some(Layer::Top));
        assert_eq!(layer("elsewhere/x/Cargo.toml"), None);
    }
}
