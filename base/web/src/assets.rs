//! Scripts and styles that Vite built, embedded in the binary, under `/assets/`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use axum::extract;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

/// One embedded file, with copies that were packed when the interface was built.
struct Asset {
    name: &'static str,
    body: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// Sorted by name.
static FILES: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the manifest's own names")]
struct Entry {
    file: String,
    name: Option<String>,
    #[serde(default, rename = "isEntry")]
    is_entry: bool,
    #[serde(default)]
    imports: Vec<String>,
    #[serde(default)]
    css: Vec<String>,
}

/// Vite's manifest: constant for the life of the binary, so parsed once.
static MANIFEST: LazyLock<HashMap<String, Entry>> = LazyLock::new(|| {
    serde_json::from_str(include!(concat!(env!("OUT_DIR"), "/manifest.rs"))).unwrap_or_default()
});

fn entry(name: &str) -> Option<&'static Entry> {
    MANIFEST
        .values()
        .find(|entry| entry.is_entry && entry.name.as_deref() == Some(name))
}

fn href(file: &str) -> String {
    format!("/assets/{file}")
}

/// Address of an entry's script.
pub fn script(name: &str) -> Option<String> {
    entry(name).map(|entry| href(&entry.file))
}

/// Address of a style sheet that is an entry of its own.
pub fn style(name: &str) -> Option<String> {
    let entry = entry(name)?;
    let file = if Path::new(&entry.file)
        .extension()
        .is_some_and(|e| e == "css")
    {
        Some(&entry.file)
    } else {
        entry.css.first()
    };
    file.map(|file| href(file))
}

/// Style sheets that an entry and its imports bring along.
pub fn styles_of(name: &str) -> Vec<String> {
    let mut found: Vec<String> = reach(name)
        .iter()
        .flat_map(|e| e.css.iter().map(|file| href(file)))
        .collect();
    found.dedup();
    found
}

/// Scripts that an entry imports at once.
pub fn imports_of(name: &str) -> Vec<String> {
    reach(name)
        .iter()
        .skip(1)
        .map(|entry| href(&entry.file))
        .collect()
}

fn reach(name: &str) -> Vec<&'static Entry> {
    let mut open: Vec<&'static Entry> = entry(name).into_iter().collect();
    let mut seen: Vec<&'static Entry> = Vec::new();
    while let Some(entry) = open.pop() {
        if !seen.iter().any(|known| known.file == entry.file) {
            seen.push(entry);
            open.extend(entry.imports.iter().filter_map(|key| MANIFEST.get(key)));
        }
    }
    seen
}

/// Serves `/assets/{name}`: names carry a hash of the content, so they may be kept for ever.
pub(crate) async fn serve(
    extract::Path(name): extract::Path<String>,
    headers: HeaderMap,
) -> Response {
    let Ok(index) = FILES.binary_search_by(|asset| asset.name.cmp(name.as_str())) else {
        return (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")]).into_response();
    };
    let asset = &FILES[index];
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let accepts = |coding: &str| {
        accepted
            .split(',')
            .any(|part| part.trim().split(';').next() == Some(coding))
    };
    let (coding, body) = match (asset.brotli, asset.gzip) {
        (Some(body), _) if accepts("br") => (Some("br"), body),
        (_, Some(body)) if accepts("gzip") => (Some("gzip"), body),
        _ => (None, asset.body),
    };
    let mut response = body.into_response();
    let kept = HeaderValue::from_static("public, max-age=31536000, immutable");
    let fields = response.headers_mut();
    fields.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(asset.name)),
    );
    fields.insert(header::CACHE_CONTROL, kept);
    fields.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
