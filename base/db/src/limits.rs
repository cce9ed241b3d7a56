//! What the database layer bounds.

use std::time::Duration;

/// Readers of an `SQLite` file; each sees a snapshot of its own and never waits for the writer.
pub const SQLITE_READERS: u32 = 4;
/// How long the one writer of an `SQLite` file is waited for before the answer is "unavailable".
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(8);
/// How long another process may hold the file (a backup, a shell).
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait before a locked file is tried again.
pub const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// Connections to a `PostgreSQL` server per process.
pub const POSTGRES_CONNECTIONS: u32 = 16;
/// How long one statement may run on a `PostgreSQL` server.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);
/// From here on a statement is worth a warning.
pub const SLOW: Duration = Duration::from_millis(500);
/// Rows that a load adds by one statement.
pub const LOAD_ROWS: usize = 200;
/// Parameters of one such statement; `SQLite` takes 32766, `PostgreSQL` 65535.
pub const LOAD_PARAMETERS: usize = 20_000;
