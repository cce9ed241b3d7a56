//! Embeds what Vite built: `ui/dist` becomes a sorted table in the binary.

#![expect(
    clippy::unnecessary_debug_formatting,
    reason = "a path in generated code must be quoted"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let manifest_dir = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let dist = manifest_dir.join("../../ui/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    println!(
        "cargo::rerun-if-changed={}",
        dist.join(".vite/manifest.json").display()
    );
    let mut files = Vec::new();
    walk(&dist, &dist, &mut files);
    if files.is_empty() {
        println!(
            "cargo::warning=ui/dist is empty: pages will have no style and no islands. Build them with `make ui`."
        );
    }
    files.sort();
    let mut table = String::from("&[\n");
    for name in files.iter().filter(|name| is_served(name)) {
        let path = dist.join(name);
        let encoded = |extension: &str| {
            let packed = format!("{name}.{extension}");
            if files.contains(&packed) {
                format!("Some(include_bytes!({:?}))", dist.join(&packed))
            } else {
                "None".into()
            }
        };
        let _ = writeln!(
            table,
            "    Asset {{ name: {name:?}, body: include_bytes!({path:?}), brotli: {}, gzip: {} }},",
            encoded("br"),
            encoded("gz")
        );
    }
    table.push(']');
    let manifest = dist.join(".vite/manifest.json");
    let manifest = if manifest.exists() {
        format!("include_str!({manifest:?})")
    } else {
        "\"{}\"".into()
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let written = fs::write(out.join("assets.rs"), table)
        .and_then(|()| fs::write(out.join("manifest.rs"), manifest));
    assert!(
        written.is_ok(),
        "the table of assets cannot be written: {written:?}"
    );
}

/// Packed copies go beside their original; Vite's own folder stays out.
fn is_served(name: &str) -> bool {
    let packed = Path::new(name)
        .extension()
        .is_some_and(|e| e == "br" || e == "gz");
    !packed && !name.starts_with(".vite/")
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            walk(root, &path, files);
        } else if let Ok(name) = path.strip_prefix(root) {
            files.push(name.to_string_lossy().into_owned());
        }
    }
}
