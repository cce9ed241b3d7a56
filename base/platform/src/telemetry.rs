//! What the program tells about itself: log lines and metrics.

mod log;
mod metrics;
mod process;

pub use log::{BadFilter, Format, init};
pub use metrics::{Metrics, OPENMETRICS, PROMETHEUS};
