//! What the platform bounds.

use std::time::Duration;

/// Events that a slow subscriber of the bus may be behind before it is told that it missed some.
pub const BUS_EVENTS_MAX: usize = 4096;

/// Jobs that one worker runs at the same time.
pub const JOBS_AT_ONCE: usize = 8;
/// Of these, how many may be mails: a mail server that answers nobody must not hold up everything else.
pub const MAILS_AT_ONCE: usize = 6;
/// How often a worker looks for due jobs.
pub const JOB_POLL: Duration = Duration::from_millis(500);
/// How long a job may run; less than its lease, so that no two workers ever run the same one.
pub const JOB_TIMEOUT: Duration = Duration::from_secs(90);
/// How long a claimed job belongs to its worker; after that the worker counts as dead.
pub const JOB_LEASE: Duration = Duration::from_mins(2);
/// Attempts before a job becomes a dead letter; with the delays below that is about nine hours.
pub const JOB_ATTEMPTS_MAX: i64 = 12;
/// Delay after the first failed attempt; it doubles from there.
pub const JOB_DELAY: Duration = Duration::from_secs(5);
/// The longest delay between two attempts.
pub const JOB_DELAY_MAX: Duration = Duration::from_hours(2);
/// Length of an error as it is kept with a job.
pub const JOB_ERROR_CHARS: usize = 500;

/// What a paced kind of job may catch up with at once, in time.
pub const PACE_BURST: Duration = Duration::from_secs(5);

/// How long a mail server may take for one mail.
pub const SMTP_TIMEOUT: Duration = Duration::from_secs(30);
/// Mails that a mailbox page shows at most.
pub const MAILBOX_MAX: i64 = 200;

/// Mails that one page of the outbox shows.
pub const OUTBOX_PAGE: i64 = 50;
/// How long mails stay in the outbox after they left or were given up.
pub const MAIL_KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(90 * 24);
/// Length of a letter's subject, in characters.
pub const WORDING_SUBJECT_CHARS: usize = 200;
/// Length of a letter's text, in characters.
pub const WORDING_TEXT_CHARS: usize = 10_000;

/// First delay before a loop that ended is started again.
pub const RESTART_DELAY: Duration = Duration::from_millis(100);
/// Longest delay before a loop that ended is started again.
pub const RESTART_DELAY_MAX: Duration = Duration::from_secs(30);
/// A loop that ran as long as this begins with the first delay again.
pub const RESTART_FORGIVEN: Duration = Duration::from_mins(1);

/// How old a file that nothing refers to must be before it is removed: longer than any upload and its form.
pub const BLOB_LITTER_AGE: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);
/// How often litter is looked for.
pub const SWEEP: Duration = Duration::from_hours(1);
/// How long the answer to a request that may be repeated is kept.
pub const ONCE_KEPT: Duration = Duration::from_hours(24);

/// How often a backup begins anew when stored files vanish while it is made.
pub const BACKUP_TRIES: u32 = 3;
/// Length of one row in a backup, and of its manifest.
pub const BACKUP_LINE_BYTES: u64 = 64 * 1024 * 1024;
/// Rows that are put into a database at once end where they are as long as this together.
pub const BACKUP_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of a stored file that are copied at once.
pub const BACKUP_BUFFER_BYTES: usize = 256 * 1024;
/// After so many rows of a table it is told how far it is.
pub const BACKUP_PROGRESS_ROWS: u64 = 10_000;
