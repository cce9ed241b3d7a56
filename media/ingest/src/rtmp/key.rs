//! The stream key, which must never reach a log.

use crate::limits::KEY_BYTES_MAX;

/// A stream key as an encoder sent it. Its `Debug` and every error message leave it out.
#[derive(Clone, PartialEq, Eq)]
pub struct StreamKey(String);

impl StreamKey {
    /// Reads the stream name of a publish command; what follows `?` belongs to other servers' schemes.
    /// `None`: empty, or longer than any key.
    pub fn parse(name: &str) -> Option<Self> {
        let key = name.split('?').next().unwrap_or_default();
        (!key.is_empty() && key.len() <= KEY_BYTES_MAX).then(|| Self(key.to_owned()))
    }

    /// The secret itself, to be hashed and compared.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StreamKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_ends_at_its_query_and_never_shows() {
        let key = StreamKey::parse("s3cret?user=x").unwrap();
        assert_eq!(key.reveal(), "s3cret");
        assert_eq!(format!("{key:?}"), "StreamKey(…)");
        assert_eq!(StreamKey::parse("?s3cret"), None);
        assert_eq!(StreamKey::parse(&"k".repeat(KEY_BYTES_MAX + 1)), None);
    }
}
