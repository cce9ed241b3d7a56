//! One id that joins a request's response, log lines and errors (W3C Trace Context, `traceparent`).

use std::fmt;

use http::HeaderMap;

/// A trace id: 16 bytes, lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceId(String);

impl TraceId {
    /// A fresh random id.
    pub fn fresh() -> Self {
        let secret = kernel::id::digest(&kernel::id::secret());
        Self(secret.chars().take(32).collect())
    }

    /// Continues the caller's trace where it sent a well-formed `traceparent`, else begins one.
    pub fn of(headers: &HeaderMap) -> Self {
        let sent = headers
            .get("traceparent")
            .and_then(|value| value.to_str().ok());
        sent.and_then(Self::parse).unwrap_or_else(Self::fresh)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(traceparent: &str) -> Option<Self> {
        let id = traceparent.split('-').nth(1)?;
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (id.len() == 32 && id.bytes().all(hex) && id.bytes().any(|b| b != b'0'))
            .then(|| Self(id.to_owned()))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_traceparent_is_continued() {
        let ours = TraceId::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assert_eq!(
            ours.as_ref().map(TraceId::as_str),
            Some("4bf92f3577b34da6a3ce929d0e0e4736")
        );
        assert_eq!(
            TraceId::parse("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
            None
        );
        assert_eq!(TraceId::parse("00-<script>-x-01"), None);
    }
}
