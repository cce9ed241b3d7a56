//! How far a probe may go.

use std::time::Duration;

/// Probes at once for each processor: pictures are decoded at key frames alone, so that most of a probe is its sound.
pub const PROBES_PER_CPU: usize = 4;
/// Probes at once on any machine.
pub const PROBES_MAX: usize = 64;
/// A line of a probe's output; what is longer is not read.
pub const LINE_BYTES_MAX: usize = 512;
/// A process that is fed and says nothing for so long is stuck.
pub const OUTPUT_SILENT_MAX: Duration = Duration::from_secs(15);
/// A process that takes no bytes for so long is stuck; it runs at low priority and may have to wait for others.
pub const WRITE_MAX: Duration = Duration::from_secs(15);
/// The first pause before a probe that failed is started again.
pub const RESTART_DELAY: Duration = Duration::from_secs(1);
/// The largest single piece of memory that ffmpeg may ask for.
pub const ALLOCATION_BYTES_MAX: u64 = 256 * 1024 * 1024;
