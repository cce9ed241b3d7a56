//! Where one encoder ends and the next begins.
//!
//! Players step over a hole of a tenth of a second in one of the streams and stop at a larger one, and they never
//! get past the end of the shorter stream. So both end together, and what comes next begins there.
//!
//! Sound never begins before the picture beside it: hls.js then counts the times of that configuration by its sound, so
//! that every segment begins up to a frame of sound after the one before has ended.

use super::{Packager, Sound};
use crate::limits;
use crate::mp4;

/// Holes up to this are closed by what borders on them.
pub(super) const SEAM_US: i64 = 500_000;
/// A stream that ended longer ago is no measure for the other.
const APART_US: i64 = 1_000_000;
/// More than all rounding between microseconds and the ticks of two streams.
const HAIR_US: i64 = 25;

impl Packager {
    /// Ends what was begun: the last frames become a last part. Tells where all of it ends.
    pub(crate) fn end(&mut self) -> i64 {
        // The sound for which the last pictures waited does not come any more, and a part may end at each of them.
        if let Some((newest, _)) = self.waiting.back() {
            self.cover_until(newest.at_us + HAIR_US);
        }
        self.admit(-1);
        if self.segment.is_some() {
            self.even_out();
            let picture = self.pictures.back();
            let picture_end = picture.map(|last| last.at_us + self.picture_us);
            if let Some(end) = picture_end.or(self.heard_end()) {
                self.finish(self.tail_us.map_or(end, |tail| tail.max(end)));
            }
        }
        self.discard();
        let end_us = self.picture_end_us.max(self.sound_end_us);
        self.part_start_us.max(end_us.unwrap_or(0))
    }

    /// Makes the last part, which says how long it really lasts: where another configuration follows, players lay its
    /// beginning there, and sound that overlaps is heard late until somebody seeks.
    fn finish(&mut self, end_us: i64) {
        let target_us = self.rules.part_target_us;
        if end_us - self.part_start_us > target_us
            && let Some(last_us) = self.pictures.back().map(|last| last.at_us)
            && last_us - self.part_start_us >= self.part_min_us()
        {
            self.cut(last_us, false);
        }
        let start = self.part_start_us;
        self.cut(end_us.clamp(start + 1_000, start + target_us), true);
    }

    /// Makes both streams end together.
    fn even_out(&mut self) {
        if !self.tracks.video || self.tracks.audio.is_none() {
            return;
        }
        let shown_end = self.shown_end().or(self.picture_end_us);
        let heard_end = self.heard_end().or(self.sound_end_us);
        let (Some(shown_end), Some(heard_end)) = (shown_end, heard_end) else {
            return;
        };
        if (shown_end - heard_end).abs() >= APART_US {
            return;
        }
        if self.sounds.is_empty() {
            self.cover_until(shown_end + HAIR_US);
        }
        if self.sounds.is_empty() || self.pictures.is_empty() {
            // The other one is published already and cannot be made longer.
            self.pictures.clear();
            self.sounds.clear();
            return;
        }
        self.pictures
            .retain(|picture| picture.at_us < heard_end + SEAM_US);
        self.sounds
            .retain(|sound| sound.at_us < shown_end + SEAM_US);
        let heard_end = self.heard_end().map(|end| end - 2 * HAIR_US);
        self.tail_us = self.shown_end().max(heard_end);
        if let Some(tail_us) = self.tail_us {
            self.cover_until(tail_us + HAIR_US);
            // Frames of silence are whole ones: the last picture stays as long as they do.
            let heard_end = self.heard_end().map(|end| end - 2 * HAIR_US);
            self.tail_us = heard_end.max(self.tail_us);
        }
    }

    /// Where the queued pictures end on the screen.
    fn shown_end(&self) -> Option<i64> {
        let shown = self
            .pictures
            .iter()
            .map(|picture| picture.at_us + picture.cts_us.max(0));
        shown.max().map(|at_us| at_us + self.picture_us)
    }

    pub(super) fn heard_end(&self) -> Option<i64> {
        self.sounds.back().map(|last| self.end_of(last))
    }

    /// Ends what was begun before an instant that begins something else.
    pub(crate) fn end_at(&mut self, at_us: i64) {
        self.admit(-1);
        if self.segment.is_some() && at_us > self.part_start_us {
            if let Some(last) = self.pictures.back() {
                // The last picture stays until there is another one.
                self.picture_us = (at_us - last.at_us).clamp(1_000, limits::JUMP_US);
            }
            // Sound that was moved to its neighbour may have come close: no segment is shorter than a date can tell.
            let at_us = at_us.max(self.part_start_us + 1_000);
            self.close_before_too_long(at_us);
            // What sounds later belongs to what ends here, and would overlap what begins.
            self.sounds.retain(|sound| sound.at_us < at_us);
            if self.tracks.video {
                self.cover_until(at_us + HAIR_US);
            }
            self.cut(at_us, true);
        }
        self.discard();
    }

    /// A gap before the end would make the segment longer than announced: what follows its last part is a
    /// segment of its own.
    pub(super) fn close_before_too_long(&mut self, end_us: i64) {
        let start = self.part_start_us;
        let is_too_long = self.segment.as_ref().is_some_and(|open| {
            end_us - open.start_us > self.rules.segment_max_us && open.start_us < start
        });
        if is_too_long {
            let first = self.pictures.front();
            let key =
                !self.tracks.video || first.is_some_and(|first| first.key && first.at_us == start);
            self.begin(start, key);
        }
    }

    /// Where the first picture of a segment begins that follows nothing: not after the sound beside it.
    pub(super) fn beside_sound(&self, at_us: i64) -> i64 {
        let first = self.sounds.front().filter(|first| first.at_us < at_us);
        first.map_or(at_us, |first| first.at_us - HAIR_US)
    }

    /// Forgets what waits; what comes next borders on what is published.
    pub(super) fn discard(&mut self) {
        self.waiting.clear();
        self.sound_lags = false;
        self.pictures.clear();
        self.sounds.clear();
        self.queued_bytes = 0;
        self.segment = None;
        self.is_seam = true;
        self.tail_us = None;
    }

    /// The first sample at which sound may go on.
    pub(super) fn sound_floor(&self) -> i64 {
        let rate = self.tracks.audio.unwrap_or(1);
        self.sound_end_us
            .map_or(i64::MIN, |end| mp4::audio_ticks(end, rate))
    }

    /// Lets the first sound after an interruption begin where the last one ended.
    pub(super) fn close_seam(&self, sound: &mut Sound, rate: u32) {
        let hole = sound.ticks.saturating_sub(self.sound_floor());
        if (1..=mp4::audio_ticks(SEAM_US, rate)).contains(&hole) {
            sound.ticks -= hole;
            sound.duration += u32::try_from(hole).unwrap_or(0);
        }
    }
}
