//! What waits for a moment at the writer's desk, so that no picture is shown twice.
//!
//! Two encoders of one programme send the same pictures, one a little later than the other. What of the second arrives
//! right after the newest picture of the first is that picture, or one before it.

use std::time::Duration;

use tokio::time::Instant;

use super::{Channel, Desk, Moment};
use crate::channel::{Rejected, Shared};
use crate::frame::Frame;
use crate::intake::Streams;
use crate::seat::Seat;

/// As much as encoders of one programme usually differ: two pictures, for which one thinks longer than the other, and the frame
/// of sound for which it waits before it sends either.
const APART: Duration = Duration::from_millis(100);

/// A frame that waits, and how it is coded.
pub(super) struct Held {
    pub(super) frame: Frame,
    pub(super) streams: Streams,
    pub(super) at: Instant,
}

impl Desk {
    /// Since when what arrives of the other input shows nothing that viewers saw.
    pub(super) fn unseen_from(&self) -> Option<Instant> {
        self.shown.map(|shown| shown + APART)
    }

    fn awaits_other(&self, shared: &Shared, now: Moment) -> bool {
        self.selector.awaits_other(self.facts(shared), now.mono)
    }
}

impl Channel {
    /// A frame of the input on air goes to viewers: at once, or a moment later while they are about to be taken to the
    /// other one.
    pub(super) fn show(
        &self,
        desk: &mut Desk,
        shared: &Shared,
        seat: Seat,
        frame: Frame,
        now: Moment,
    ) -> Result<(), Rejected> {
        let waits = desk.awaits_other(shared, now);
        let (Some(occupant), Some(pipeline)) = (&desk.occupants[seat.index()], &mut desk.pipeline)
        else {
            return Ok(());
        };
        let streams = occupant.intake.streams();
        if waits || !desk.held.is_empty() {
            let streams = streams.clone();
            let at = now.mono;
            desk.held.push_back(Held { frame, streams, at });
            return self.release(desk, shared, now);
        }
        desk.shown = Some(now.mono);
        let published = pipeline.frame(streams, frame, now.wall, now.mono)?;
        let is_first = self.publish(published);
        self.received(shared, pipeline, is_first, now);
        Ok(())
    }

    /// Gives viewers what has waited for long enough.
    pub(super) fn release(
        &self,
        desk: &mut Desk,
        shared: &Shared,
        now: Moment,
    ) -> Result<(), Rejected> {
        if desk.held.is_empty() {
            return Ok(());
        }
        let waits = desk.awaits_other(shared, now);
        let patience = if waits { APART } else { Duration::ZERO };
        self.release_after(desk, shared, patience, now)
    }

    /// Gives viewers all of it: nothing more comes.
    pub(super) fn release_all(&self, desk: &mut Desk, shared: &Shared, now: Moment) {
        // What cannot be shown belongs to an encoder that is gone.
        let _unsteady = self.release_after(desk, shared, Duration::ZERO, now);
    }

    fn release_after(
        &self,
        desk: &mut Desk,
        shared: &Shared,
        patience: Duration,
        now: Moment,
    ) -> Result<(), Rejected> {
        let is_due = |held: &mut Held| now.mono - held.at >= patience;
        while let Some(held) = desk.held.pop_front_if(is_due)
            && let Some(pipeline) = &mut desk.pipeline
        {
            desk.shown = Some(held.at);
            let published = pipeline.frame(&held.streams, held.frame, now.wall, now.mono)?;
            let is_first = self.publish(published);
            self.received(shared, pipeline, is_first, now);
        }
        Ok(())
    }
}
