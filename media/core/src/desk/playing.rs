//! What a channel plays by itself, at the writer's desk: put in, played, told of.

use super::{Channel, Desk, Moment, locked};
use crate::channel::Shared;
use crate::seat::On;
use crate::slate::Slate;

impl Channel {
    /// Gives viewers what is due of what the channel plays by itself.
    pub(super) fn play(&self, desk: &mut Desk, shared: &Shared, now: Moment) {
        let Some(pipeline) = &mut desk.pipeline else {
            return;
        };
        if desk.interlude.playing().is_none() {
            return;
        }
        let newest = desk.interlude.play(pipeline, now.wall, now.mono);
        let is_first = self.publish(newest);
        self.received(shared, pipeline, is_first, now);
        self.tell_playing(desk, shared);
    }

    /// Keeps true what is told of what the channel plays by itself.
    pub(super) fn tell_playing(&self, desk: &Desk, shared: &Shared) {
        let playing = desk.interlude.playing();
        let label = playing.and_then(Slate::label);
        let is_titled = playing.is_some_and(Slate::is_titled);
        let changed = self.status.send_if_modified(|status| {
            let changed = status.playing.as_deref() != label || status.titled != is_titled;
            if changed {
                status.playing = label.map(str::to_owned);
                status.titled = is_titled;
            }
            changed
        });
        if changed {
            shared.announce(&self.name);
        }
    }

    /// Replaces the channel's slate, also while it is on air.
    pub(crate) fn put_slate(&self, shared: &Shared, slate: Option<Slate>) {
        let mut desk = locked(&self.desk);
        let desk = &mut *desk;
        let now = Moment::now(shared);
        desk.interlude.put_slate(slate);
        if desk.selector.on() == On::Slate
            && let Some(pipeline) = &mut desk.pipeline
        {
            let newest = pipeline.end(now.wall);
            let everybodys = shared.slate.load_full();
            desk.interlude
                .begin(On::Slate, everybodys.as_deref(), pipeline, now.mono);
            self.publish(newest);
            self.play(desk, shared, now);
        }
    }

    /// Replaces the channel's clips.
    pub(crate) fn put_clips(&self, shared: &Shared, clips: Vec<Slate>) {
        let mut desk = locked(&self.desk);
        desk.interlude.put_clips(clips);
        self.decide(&mut desk, shared, Moment::now(shared));
    }

    /// Says whether it is a break in which clips are to play by themselves.
    pub(crate) fn set_break(&self, shared: &Shared, in_break: bool) {
        let mut desk = locked(&self.desk);
        if desk.interlude.in_break != in_break {
            desk.interlude.in_break = in_break;
            self.decide(&mut desk, shared, Moment::now(shared));
        }
    }

    pub(crate) fn has_slate(&self) -> bool {
        locked(&self.desk).interlude.slate().is_some()
    }

    pub(crate) fn has_clips(&self) -> bool {
        locked(&self.desk).interlude.has_clips()
    }
}
