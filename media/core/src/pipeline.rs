//! From an encoder's frames to published snapshots.

use std::path::Path;
use std::sync::Arc;

use kernel::Timestamp;
use tokio::time::Instant;

use crate::channel::Rejected;
use crate::frame::{Config, Frame};
use crate::metrics::Metrics;
use crate::name::ChannelName;
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::status::Status;

/// The writer of one channel; lives as long as the channel, across inputs.
pub(crate) struct Pipeline {
    metrics: Arc<Metrics>,
    last_frame: Option<Instant>,
}

impl Pipeline {
    pub(crate) fn open(
        _name: &ChannelName,
        _settings: Settings,
        _journal_dir: Option<&Path>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            metrics,
            last_frame: None,
        }
    }

    pub(crate) fn begin(&mut self, _mono: Instant) {}

    pub(crate) fn config(
        &mut self,
        _config: Config,
        _wall: Timestamp,
        _mono: Instant,
    ) -> Result<Option<Arc<Snapshot>>, Rejected> {
        Ok(None)
    }

    pub(crate) fn frame(
        &mut self,
        frame: Frame,
        _wall: Timestamp,
        mono: Instant,
    ) -> Result<Option<Arc<Snapshot>>, Rejected> {
        self.last_frame = Some(mono);
        self.metrics.bytes_in.add(frame.data.len() as u64);
        Ok(None)
    }

    pub(crate) fn end(&mut self, _wall: Timestamp, _mono: Instant) -> Option<Arc<Snapshot>> {
        None
    }

    pub(crate) fn measured(&mut self, _mono: Instant) -> Option<u64> {
        None
    }

    pub(crate) fn is_receiving(&self) -> bool {
        self.last_frame.is_some()
    }

    pub(crate) fn describe(&self, _status: &mut Status) {}

    pub(crate) fn last_frame(&self) -> Option<Instant> {
        self.last_frame
    }

    pub(crate) fn forget(&mut self) {}
}
