//! The right to send to a channel, as a value.

use std::sync::{Arc, Mutex};

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::channel::Rejected;
use crate::desk::{Channel, locked};
use crate::frame::{Config, Frame};
use crate::health::Transport;
use crate::name::ChannelName;
use crate::seat::Seat;

/// The right to send to a channel; dropping it ends the sending.
pub struct Input {
    channel: Arc<Channel>,
    seat: Seat,
    id: u64,
    gone: Eviction,
}

impl Input {
    pub(crate) fn new(channel: Arc<Channel>, seat: Seat, id: u64, gone: Eviction) -> Self {
        Self {
            channel,
            seat,
            id,
            gone,
        }
    }

    /// Announces how one stream is coded. Repeating the present configuration changes nothing.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "it is handed over, as frames are"
    )]
    pub fn config(&self, config: Config) -> Result<(), Rejected> {
        self.channel
            .config(self.seat, self.id, &config)
            .unwrap_or_else(|| self.refused())
    }

    /// Hands over one frame. What cannot be used is dropped and counted; an error means that nothing
    /// further will be taken.
    pub fn frame(&self, frame: Frame) -> Result<(), Rejected> {
        self.channel
            .frame(self.seat, self.id, frame)
            .unwrap_or_else(|| self.refused())
    }

    /// Tells what the protocol beneath knows about the way to the encoder.
    pub fn transport(&self, transport: Transport) {
        self.channel.transport(self.seat, self.id, transport);
    }

    fn refused(&self) -> Result<(), Rejected> {
        Err(Rejected::Evicted(self.gone.reason()))
    }

    /// Resolves when another source took over or the channel was closed.
    pub fn evicted(&self) -> WaitForCancellationFutureOwned {
        self.gone.token.clone().cancelled_owned()
    }

    /// Why, once [`Input::evicted`] resolved.
    pub fn eviction_reason(&self) -> String {
        self.gone.reason()
    }

    /// The seat.
    pub fn seat(&self) -> Seat {
        self.seat
    }

    /// The channel.
    pub fn channel(&self) -> &ChannelName {
        &self.channel.name
    }
}

impl std::ops::Drop for Input {
    fn drop(&mut self) {
        if let Some(shared) = self.channel.shared.upgrade() {
            self.channel.leave(&shared, self.seat, self.id);
        }
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input")
            .field("channel", &self.channel.name)
            .field("seat", &self.seat)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Tells an input that it is no longer wanted, and why.
#[derive(Clone)]
pub(crate) struct Eviction {
    token: CancellationToken,
    reason: Arc<Mutex<String>>,
}

impl Eviction {
    pub(crate) fn new() -> Self {
        Self {
            token: CancellationToken::new(),
            reason: Arc::default(),
        }
    }

    pub(crate) fn tell(&self, reason: &str) {
        locked(&self.reason).push_str(reason);
        self.token.cancel();
    }

    pub(crate) fn reason(&self) -> String {
        locked(&self.reason).clone()
    }
}
