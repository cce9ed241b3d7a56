//! The one error type of use cases.
//!
//! It names *what* is wrong and carries the key of a sentence; the sentence itself is looked up in the
//! reader's language where the response is made.

use std::borrow::Cow;
use std::time::Duration;

/// A sentence by its key in the message files, with arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Key in the message files.
    pub key: &'static str,
    /// Arguments by name.
    pub args: Vec<(&'static str, String)>,
}

impl Message {
    /// A sentence without arguments.
    pub const fn new(key: &'static str) -> Self {
        Self {
            key,
            args: Vec::new(),
        }
    }

    /// Adds an argument.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers hand over literals and numbers"
    )]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

/// For logs: the key, and what the sentence would say about this case.
impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.key)?;
        for (name, value) in &self.args {
            write!(f, " ({name}: {value})")?;
        }
        Ok(())
    }
}

impl From<&'static str> for Message {
    fn from(key: &'static str) -> Self {
        Self::new(key)
    }
}

/// A complaint about one field of a form or body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name of the field as it was sent.
    pub name: Cow<'static, str>,
    /// What is wrong with it.
    pub message: Message,
}

/// Why a use case refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing there, or nothing that the asker may know of.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The state of things does not allow it (any more).
    #[error("conflict: {0}")]
    Conflict(Message),
    /// It was made from an older state of the record; nothing was written.
    #[error("the record was changed meanwhile")]
    Stale,
    /// The request does not say which state of the record it was made from.
    #[error("the request does not name the state it was made from")]
    Unconditional,
    /// What was sent is not acceptable.
    #[error("invalid: {}", .0.iter().map(|f| format!("{}: {}", f.name, f.message)).collect::<Vec<_>>().join(", "))]
    Invalid(Vec<Field>),
    /// Signed in, but without the right.
    #[error("forbidden: {0}")]
    Forbidden(Message),
    /// Not signed in, and it needs to be.
    #[error("not signed in")]
    Unauthenticated,
    /// Too fast or too often.
    #[error("too many requests, retry after {retry_after:?}")]
    TooMany {
        /// When trying again makes sense.
        retry_after: Duration,
    },
    /// A part that this needs is not there right now; trying again may help.
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
    /// A fault of ours. The cause goes to the log, never to the asker.
    #[error("internal: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A single unacceptable field.
    pub fn invalid(name: impl Into<Cow<'static, str>>, message: impl Into<Message>) -> Self {
        Self::Invalid(vec![Field {
            name: name.into(),
            message: message.into(),
        }])
    }

    /// A conflict by message key.
    pub fn conflict(message: impl Into<Message>) -> Self {
        Self::Conflict(message.into())
    }

    /// A refusal by message key.
    pub fn forbidden(message: impl Into<Message>) -> Self {
        Self::Forbidden(message.into())
    }

    /// Wraps a fault.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}
