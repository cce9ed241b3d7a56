//! The published past of a channel, as much of it as time and memory allow.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use kernel::Timestamp;

use crate::metrics::Metrics;
use crate::segment::{Init, Part, Segment};
use crate::settings::Settings;
use crate::snapshot::{Rendered, Rendition, Snapshot};

/// Segments that stay whatever the limits say; a playlist of fewer cannot be played.
const SEGMENTS_MIN: usize = 3;
/// Target durations that stay listed (RFC 8216bis §6.2.2), unless they take absurdly much memory.
const LISTED_TARGETS_MIN: i64 = 3;
/// Absurd is this many times what a window may hold.
const ABSURD: usize = 3;
/// Parts can be had for this many target durations after their end: three while they are listed, three more (§6.2.2).
const KEPT_TARGETS_MIN: i64 = 6;

/// What the writer knows when a segment begins.
pub(crate) struct Beginning {
    pub(crate) msn: u64,
    pub(crate) epoch: Arc<str>,
    pub(crate) init: Arc<Init>,
    pub(crate) discontinuity: bool,
    pub(crate) program_date_time: Timestamp,
    pub(crate) begins_us: i64,
    pub(crate) starts_with_key: bool,
}

/// The listed segments of a channel.
pub(crate) struct Window {
    segments: VecDeque<Arc<Segment>>,
    /// No longer listed, but somebody who read an older playlist may still come for them.
    retired: VecDeque<Retired>,
    open: Option<Segment>,
    discontinuities: u64,
    bytes: usize,
    duration_us: i64,
    retired_bytes: usize,
    /// Everything that was ever published.
    published_us: i64,
    metrics: Arc<Metrics>,
}

struct Retired {
    segment: Arc<Segment>,
    /// Until that much has been published.
    until_us: i64,
}

impl Window {
    pub(crate) fn new(discontinuities: u64, metrics: Arc<Metrics>) -> Self {
        let segments = VecDeque::new();
        Self {
            segments,
            retired: VecDeque::new(),
            open: None,
            discontinuities,
            bytes: 0,
            duration_us: 0,
            retired_bytes: 0,
            published_us: 0,
            metrics,
        }
    }

    /// Begins a segment; the one before is closed.
    pub(crate) fn begin(&mut self, beginning: Beginning) {
        self.close();
        self.open = Some(Segment {
            msn: beginning.msn,
            epoch: beginning.epoch,
            init: beginning.init,
            discontinuity: beginning.discontinuity,
            program_date_time: beginning.program_date_time,
            begins_us: beginning.begins_us,
            starts_with_key: beginning.starts_with_key,
            duration_us: 0,
            bytes: 0,
            parts: Vec::with_capacity(8),
            closed: false,
            lines: OnceLock::new(),
        });
    }

    /// Adds a part to the open segment.
    pub(crate) fn push(&mut self, part: Part) {
        let Some(open) = &mut self.open else { return };
        open.duration_us += part.duration_us;
        open.bytes += part.data.len();
        self.bytes += part.data.len();
        self.duration_us += part.duration_us;
        self.published_us += part.duration_us;
        self.metrics.parts.add(1);
        self.metrics.window_bytes.add(part.data.len() as u64);
        open.parts.push(part);
    }

    /// Closes the open segment; one without parts never was.
    pub(crate) fn close(&mut self) {
        let Some(mut open) = self.open.take() else {
            return;
        };
        if open.parts.is_empty() {
            return;
        }
        open.closed = true;
        self.metrics.segments.add(1);
        self.segments.push_back(Arc::new(open));
    }

    /// Whether there is a whole segment.
    pub(crate) fn is_playable(&self) -> bool {
        !self.segments.is_empty()
    }

    /// Lets go what is beyond the limits.
    pub(crate) fn trim(&mut self, settings: &Settings) {
        let target_us = i64::from(settings.target_duration_s) * 1_000_000;
        while self.holds_too_much(settings, target_us) {
            self.retire_oldest(target_us);
        }
        while self.retires_too_much(settings) {
            self.drop_oldest();
        }
    }

    /// Lets go everything.
    pub(crate) fn clear(&mut self) {
        self.close();
        while !self.segments.is_empty() {
            self.retire_oldest(0);
        }
        while !self.retired.is_empty() {
            self.drop_oldest();
        }
    }

    fn retires_too_much(&self, settings: &Settings) -> bool {
        let oldest = self.retired.front();
        let is_old = oldest.is_some_and(|oldest| oldest.until_us <= self.published_us);
        let most = settings.window_bytes.saturating_mul(ABSURD);
        is_old || oldest.is_some() && self.bytes + self.retired_bytes > most
    }

    fn holds_too_much(&self, settings: &Settings, target_us: i64) -> bool {
        let window_us = i64::try_from(settings.window.as_micros()).unwrap_or(i64::MAX);
        let oldest_us = self.segments.front().map_or(0, |oldest| oldest.duration_us);
        let may_shrink = self.duration_us - oldest_us >= LISTED_TARGETS_MIN * target_us;
        let is_beyond = self.bytes > settings.window_bytes || self.duration_us > window_us;
        let is_absurd = self.bytes > settings.window_bytes.saturating_mul(ABSURD);
        self.segments.len() > SEGMENTS_MIN && (is_absurd || is_beyond && may_shrink)
    }

    /// Takes the oldest off the list. It can be had for as long as it lasts itself and the longest playlist that named
    /// it, counted from when it was complete (§6.2.2).
    fn retire_oldest(&mut self, target_us: i64) {
        let longest_us = self.duration_us;
        let Some(segment) = self.segments.pop_front() else {
            return;
        };
        self.bytes -= segment.bytes;
        self.retired_bytes += segment.bytes;
        self.duration_us -= segment.duration_us;
        self.discontinuities += u64::from(segment.discontinuity);
        let ended_us = self.published_us - self.duration_us;
        let kept_us = (longest_us + segment.duration_us).max(KEPT_TARGETS_MIN * target_us);
        self.retired.push_back(Retired {
            segment,
            until_us: ended_us + kept_us,
        });
    }

    fn drop_oldest(&mut self) {
        let Some(Retired { segment, .. }) = self.retired.pop_front() else {
            return;
        };
        self.retired_bytes -= segment.bytes;
        self.metrics.window_bytes.sub(segment.bytes as u64);
    }

    /// What readers see from now on. `next` is the epoch of the segment after the newest.
    pub(crate) fn snapshot(
        &self,
        next: Arc<str>,
        target_duration_s: u32,
        part_target_us: i64,
        published_at: Timestamp,
    ) -> Arc<Snapshot> {
        let open = self.open.as_ref().filter(|open| !open.parts.is_empty());
        let mut segments = Vec::with_capacity(self.segments.len() + 1);
        segments.extend(self.segments.iter().cloned());
        let epoch = open.map_or(next, |open| Arc::clone(&open.epoch));
        segments.extend(open.cloned().map(Arc::new));
        let retired = self.retired.iter();
        Arc::new(Snapshot {
            segments,
            retired: retired
                .map(|retired| Arc::clone(&retired.segment))
                .collect(),
            discontinuities: self.discontinuities,
            target_duration_s,
            part_target_us,
            epoch,
            published_at,
            languages: OnceLock::new(),
            beside: OnceLock::new(),
            rendition: Rendition::Whole,
            rendered: Rendered::default(),
        })
    }
}

impl std::ops::Drop for Window {
    fn drop(&mut self) {
        let bytes = self.bytes + self.retired_bytes;
        self.metrics.window_bytes.sub(bytes as u64);
    }
}
