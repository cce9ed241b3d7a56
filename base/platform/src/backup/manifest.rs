//! What a backup says about itself.

use std::path::Path;

use kernel::Timestamp;
use kernel::value::Kind;
use serde::{Deserialize, Serialize};

use super::{Error, Result};

/// The format that is written; older ones are read, newer ones are not.
pub const FORMAT: u32 = 1;

/// First member of a backup.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) format: u32,
    pub(super) program: String,
    pub(super) created_at: Timestamp,
}

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its format.
    pub format: u32,
    /// Version of the program that wrote it.
    pub program: String,
    /// The moment that it shows.
    pub created_at: Timestamp,
    /// The engine that it came from; it can go to another one.
    pub engine: String,
    /// The migrations that made its tables.
    pub migrations: Vec<Migration>,
    /// Its tables, by name.
    pub tables: Vec<Table>,
    /// The files beside the database.
    pub files: Vec<File>,
}

/// A migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// Whose it is.
    pub feature: String,
    /// Name of the file.
    pub name: String,
    /// Digest of its text.
    pub sha256: String,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in the order of the values of a line.
    pub columns: Vec<Column>,
    /// How many rows it has: lines of its member.
    pub rows: u64,
    /// Length of its member.
    pub bytes: u64,
    /// Digest of its member.
    pub sha256: String,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds: `text`, `int`, `float`, `bytes`.
    pub kind: String,
}

/// A stored file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its id.
    pub id: String,
    /// Its length.
    pub bytes: u64,
    /// Digest of its bytes.
    pub sha256: String,
}

impl Manifest {
    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

/// The word for a kind.
pub(super) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Int | Kind::Bool => "int",
        Kind::Float => "float",
        Kind::Bytes => "bytes",
    }
}

/// Reads what a backup says first, and refuses what this program cannot understand.
pub(super) fn head(file: &Path, bytes: &[u8]) -> Result<Head> {
    /// All that every format to come has in common.
    #[derive(Deserialize)]
    struct Any {
        format: u32,
    }
    let foreign = || Error::Foreign(file.to_owned());
    let Any { format } = serde_json::from_slice(bytes).map_err(|_| foreign())?;
    if format > FORMAT {
        return Err(Error::Newer {
            file: file.to_owned(),
            found: format,
        });
    }
    serde_json::from_slice(bytes).map_err(|_| foreign())
}
