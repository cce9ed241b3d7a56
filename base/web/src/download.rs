//! Answers that are files for whoever asks, and for nobody else: kept by people, never by what is between.

use http::header::{self, HeaderName};

/// The fields of an answer that is a file of this name.
pub(crate) fn head(name: &str, ending: &str, content_type: &str) -> [(HeaderName, String); 3] {
    let name: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    let disposition = format!("attachment; filename=\"{name}.{ending}\"");
    [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ]
}

/// The fields of an answer that is a JSON file of this name.
pub fn json(name: &str) -> [(HeaderName, String); 3] {
    head(name, "json", "application/json")
}
