//! What an encoder is told at the end.

use crate::counters::Ending;

/// Why a connection ends, and what the encoder is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// The key opens nothing.
    BadKey,
    /// Another encoder sends to the channel.
    Busy,
    /// Keys cannot be checked now.
    Unavailable,
    /// The server carries no further publisher.
    Full,
    /// The key was revoked while it was used.
    Revoked,
    /// What the key was for is over.
    Over,
    /// The channel disconnected this encoder.
    Evicted(String),
    /// What was sent cannot be carried.
    Unsupported(String),
    /// Nothing was sent for too long.
    Idle,
    /// The encoder said goodbye.
    Unpublished,
    /// The server stops.
    Shutdown,
}

/// What a sender is told whose test is over.
pub(crate) const OVER: &str = "the encoder test is over and its report is ready; to test again, stop the encoder for 20 seconds";

impl Farewell {
    /// How it is counted.
    pub(crate) fn ending(&self) -> Ending {
        match self {
            Self::BadKey => Ending::WrongKey,
            Self::Busy => Ending::Busy,
            Self::Unavailable => Ending::Unavailable,
            Self::Full => Ending::Full,
            Self::Revoked => Ending::Revoked,
            Self::Over => Ending::Over,
            Self::Evicted(_) => Ending::Evicted,
            Self::Unsupported(_) => Ending::Unsupported,
            Self::Idle => Ending::Idle,
            Self::Unpublished => Ending::Unpublished,
            Self::Shutdown => Ending::Shutdown,
        }
    }

    /// The parts of an `onStatus` reply.
    pub(super) fn level_code_description(&self) -> (&'static str, &'static str, &str) {
        match self {
            Self::BadKey => (
                "error",
                "NetStream.Publish.BadName",
                "the stream key is not accepted",
            ),
            Self::Busy => (
                "error",
                "NetStream.Publish.BadName",
                "another encoder is sending with this key",
            ),
            Self::Unavailable => (
                "error",
                "NetStream.Publish.Failed",
                "the server cannot check keys now; try again",
            ),
            Self::Full => (
                "error",
                "NetStream.Publish.Failed",
                "the server carries no further encoder; try again",
            ),
            Self::Revoked => (
                "error",
                "NetStream.Publish.Denied",
                "the stream key was revoked",
            ),
            // A bad name is what encoders do not try again by themselves.
            Self::Over => ("error", "NetStream.Publish.BadName", OVER),
            Self::Evicted(reason) => ("error", "NetStream.Publish.Denied", reason),
            Self::Unsupported(reason) => ("error", "NetStream.Publish.Rejected", reason),
            Self::Idle => (
                "error",
                "NetStream.Publish.Idle",
                "nothing was sent for too long",
            ),
            Self::Unpublished => ("status", "NetStream.Unpublish.Success", "goodbye"),
            Self::Shutdown => (
                "error",
                "NetConnection.Connect.AppShutdown",
                "the server restarts; connect again",
            ),
        }
    }
}
