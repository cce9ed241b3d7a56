//! What a channel plays by itself where no input does: its slate, or its clips one after the other.
//!
//! Invariant: whatever is put in or taken out while it plays, what goes on air is one stream on the channel's one time line.

use std::sync::Arc;

use kernel::Timestamp;
use tokio::time::Instant;

use crate::pipeline::Pipeline;
use crate::seat::On;
use crate::slate::{Slate, Turn};
use crate::snapshot::Snapshot;

/// What there is to play, and what plays.
#[derive(Default)]
pub(crate) struct Interlude {
    /// The channel's own slate, in place of everybody's.
    slate: Option<Slate>,
    clips: Vec<Slate>,
    /// It is a break in which clips are to play by themselves.
    pub(crate) in_break: bool,
    turn: Option<Turn>,
    /// Whose turn is next, also when clips go on in the next break.
    next_clip: usize,
}

impl Interlude {
    /// The channel's slate, if it has one of its own.
    pub(crate) fn slate(&self) -> Option<&Slate> {
        self.slate.as_ref()
    }

    pub(crate) fn has_clips(&self) -> bool {
        !self.clips.is_empty()
    }

    /// What plays.
    pub(crate) fn playing(&self) -> Option<&Slate> {
        self.turn.as_ref().map(Turn::slate)
    }

    pub(crate) fn put_slate(&mut self, slate: Option<Slate>) {
        self.slate = slate;
    }

    /// Clips as they are to follow each other; the one that plays is played to its end.
    pub(crate) fn put_clips(&mut self, clips: Vec<Slate>) {
        self.clips = clips;
    }

    /// Begins what is to be on air, `since`; `everybodys` is the slate of channels without one of their own.
    pub(crate) fn begin(
        &mut self,
        on: On,
        everybodys: Option<&Slate>,
        pipeline: &mut Pipeline,
        since: Instant,
    ) {
        self.turn = match on {
            On::Slate => {
                let slate = self.slate.as_ref().or(everybodys);
                slate.map(|slate| Turn::new(slate.clone(), since))
            }
            On::Clips => self.clip(since),
            On::Nothing | On::Primary | On::Backup => None,
        };
        if let Some(turn) = &self.turn {
            pipeline.begin(Some(turn.slate().kinds()));
        }
    }

    /// The turn of the next clip.
    fn clip(&mut self, since: Instant) -> Option<Turn> {
        let place = self.next_clip.checked_rem(self.clips.len())?;
        self.next_clip = place + 1;
        Some(Turn::once(self.clips[place].clone(), since))
    }

    pub(crate) fn end(&mut self) {
        self.turn = None;
    }

    /// Plays what is due. When a clip is over the next one begins, at the instant at which it ended.
    pub(crate) fn play(
        &mut self,
        pipeline: &mut Pipeline,
        wall: Timestamp,
        mono: Instant,
    ) -> Option<Arc<Snapshot>> {
        let mut newest = None;
        while let Some(turn) = &mut self.turn {
            for frame in turn.due(mono) {
                let streams = turn.slate().streams();
                if let Ok(published) = pipeline.frame(streams, frame, wall, mono) {
                    newest = published.or(newest);
                }
            }
            let Some(ended) = turn.over(mono) else { break };
            newest = pipeline.end(wall).or(newest);
            self.begin(On::Clips, None, pipeline, ended);
        }
        newest
    }
}
