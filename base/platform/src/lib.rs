//! What runs beneath every feature: tasks, a bus, jobs, mail, files and telemetry.
//!
//! Invariants: a task that panics is counted and logged and takes nothing else with it; what was queued in a
//! transaction happens after its commit and not before, at least once, or ends where an operator sees it;
//! no log line is written by anybody but the formatter here.

pub mod archive;
pub mod backup;
pub mod blob;
pub mod bus;
pub mod jobs;
pub mod limits;
pub mod mail;
pub mod once;
pub mod outbox;
pub mod picture;
pub mod search;
pub mod sweep;
pub mod tasks;
pub mod telemetry;
pub mod wording;

pub use blob::Blobs;
pub use bus::Bus;
pub use tasks::Tasks;
pub use telemetry::Metrics;

/// The tables of this crate.
pub const MIGRATIONS: db::Migrations = db::migrations!(
    "platform",
    [
        "migrations/0001_job.sql",
        "migrations/0002_mail.sql",
        "migrations/0003_blob.sql",
        "migrations/0004_outbox.sql",
        "migrations/0005_search.sql",
        "migrations/0006_once.sql",
        "migrations/0007_mail_waiting.sql"
    ]
);
