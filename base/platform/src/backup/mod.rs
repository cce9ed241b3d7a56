//! A whole installation in one file, and back: the database, whichever engine it is, and the files beside it.
//!
//! The file is a tar with one JSON-lines file per table, every stored file, and a manifest with counts and
//! checksums. Invariants: it shows one moment, while others go on writing; a file under its own name is complete
//! and durable, whatever was killed; a restore is verified against the manifest twice, before anything is touched
//! and from the new database before anything is kept; memory does not grow with the size of anything.
//!
//! What media servers remember of their addresses is not part of it, and must not be: a restored server draws new
//! ones, so that no address ever means two things.

mod manifest;
mod restore;
mod rows;
mod write;

use std::io;
use std::path::{Path, PathBuf};

pub use manifest::{FORMAT, Manifest};
pub use restore::{Proven, Target, restore, verify};
pub use write::write;

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is a file of that name.
    #[error("{} is there already; a backup never replaces anything: choose another name", .0.display())]
    Exists(PathBuf),
    /// Another process writes to the same file.
    #[error("another backup is writing to {}", .0.display())]
    Busy(PathBuf),
    /// It was never one.
    #[error("{} is no backup of Matsuri", .0.display())]
    Foreign(PathBuf),
    /// A later program made it.
    #[error("{} has format {found}, of a newer version of this program (this one knows {FORMAT}); restore it with that version", .file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its format.
        found: u32,
    },
    /// It is not what was written.
    #[error("{} is damaged: {what}; nothing was restored", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// How one can tell.
        what: String,
    },
    /// There is something where it is to go.
    #[error("{} is not empty; choose another folder with --data", .0.display())]
    NotEmpty(PathBuf),
    /// A stored file is not what its row says.
    #[error("the stored file {0} is missing or damaged; the backup was not made")]
    Lost(String),
    /// The new database does not hold what the backup does.
    #[error("the restored table {0} differs from the backup; nothing was kept")]
    Differs(String),
    /// A disk, or what is on it.
    #[error("cannot {what} {}: {cause}", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Result of what is done here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The backup is read for the first time, to see whether it is whole.
    Verify {
        /// What of it.
        member: &'a str,
    },
    /// A table was read or written, so many rows of it.
    Table {
        /// Its name.
        name: &'a str,
        /// How many rows so far.
        rows: u64,
        /// Whether these are all.
        done: bool,
    },
    /// So many of the stored files are done.
    Files {
        /// These.
        done: usize,
        /// Of these.
        total: usize,
    },
}

/// What is told how far it is.
pub type Progress<'a> = &'a mut (dyn FnMut(Step<'_>) + Send);

/// Names of members.
const HEAD: &str = "matsuri-backup.json";
const MANIFEST: &str = "manifest.json";
const SEAL: &str = "manifest.sha256";

fn table_member(table: &str) -> String {
    format!("tables/{table}.jsonl")
}

fn file_member(id: &str) -> String {
    format!("files/{id}")
}

/// What went wrong with a file, in words.
fn io_error(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |cause| Error::Io { what, path, cause }
}
