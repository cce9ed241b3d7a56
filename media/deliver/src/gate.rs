//! Who may watch.

/// What a gate says to a viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The channel may be watched.
    Allowed,
    /// It exists, but not for this viewer.
    Denied,
    /// There is no such channel, or this viewer may not know of it.
    NotFound,
}

/// Decides, for every single request: answers at once, from memory.
pub trait Gate: Send + Sync + 'static {
    /// Whether whoever holds `token` (`/t/{token}/media/…`) may watch `channel`.
    fn admit(&self, channel: &str, token: Option<&str>) -> Verdict;
}

impl<F: Fn(&str, Option<&str>) -> Verdict + Send + Sync + 'static> Gate for F {
    fn admit(&self, channel: &str, token: Option<&str>) -> Verdict {
        self(channel, token)
    }
}
