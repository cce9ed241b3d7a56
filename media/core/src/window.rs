//! The published past of a channel, as much of it as time and memory allow.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use kernel::Timestamp;

use crate::metrics::Metrics;
use crate::segment::{Init, Part, Segment};
use crate::settings::Settings;
use crate::snapshot::{Rendered, Snapshot};

/// Segments that stay whatever the limits say; a playlist of fewer cannot be played.
const SEGMENTS_MIN: usize = 3;

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
    open: Option<Segment>,
    discontinuities: u64,
    bytes: usize,
    duration_us: i64,
    metrics: Arc<Metrics>,
}

impl Window {
    pub(crate) fn new(discontinuities: u64, metrics: Arc<Metrics>) -> Self {
        let segments = VecDeque::new();
        Self {
            segments,
            open: None,
            discontinuities,
            bytes: 0,
            duration_us: 0,
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
        let window_us = i64::try_from(settings.window.as_micros()).unwrap_or(i64::MAX);
        while self.segments.len() > SEGMENTS_MIN
            && (self.bytes > settings.window_bytes || self.duration_us > window_us)
        {
            self.drop_oldest();
        }
    }

    /// Lets go everything.
    pub(crate) fn clear(&mut self) {
        self.close();
        while !self.segments.is_empty() {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some(oldest) = self.segments.pop_front() else {
            return;
        };
        self.bytes -= oldest.bytes;
        self.duration_us -= oldest.duration_us;
        self.metrics.window_bytes.sub(oldest.bytes as u64);
        self.discontinuities += u64::from(oldest.discontinuity);
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
        Arc::new(Snapshot {
            segments,
            discontinuities: self.discontinuities,
            target_duration_s,
            part_target_us,
            epoch,
            published_at,
            languages: OnceLock::new(),
            rendered: Rendered::default(),
        })
    }
}

impl std::ops::Drop for Window {
    fn drop(&mut self) {
        self.metrics.window_bytes.sub(self.bytes as u64);
    }
}
