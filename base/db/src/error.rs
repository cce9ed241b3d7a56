//! What can go wrong, in words that are the same for both engines.

use std::borrow::Cow;

use sqlx::postgres::PgDatabaseError;

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached, is busy, full or shutting down; trying again may help.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// A row with the same key is there already.
    #[error("not unique: {table}({})", .columns.join(", "))]
    Unique {
        /// Table of the violated constraint.
        table: String,
        /// Its columns, where the engine names them.
        columns: Vec<String>,
        /// Its name, where the engine has one.
        constraint: Option<String>,
    },
    /// A row points to one that is not there, or one that is pointed to was to be deleted.
    #[error("a reference to another row is broken: {0}")]
    Reference(String),
    /// Rows, parameters and statement do not fit each other.
    #[error("{0}")]
    Shape(String),
    /// The schema cannot be brought to what this program needs.
    #[error("{0}")]
    Migration(String),
    /// The address of a database that nobody can open.
    #[error("{0}")]
    Address(String),
    /// Anything else; a fault of ours.
    #[error(transparent)]
    Other(sqlx::Error),
}

/// Result of a statement.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether a unique constraint was violated that has this name, or that this `table.column` is part of.
    ///
    /// Only `table.column` means the same on both engines: `SQLite` knows no constraint names.
    pub fn is_unique(&self, name: &str) -> bool {
        let Self::Unique {
            table,
            columns,
            constraint,
        } = self
        else {
            return false;
        };
        constraint.as_deref() == Some(name)
            || name.split_once('.').is_some_and(|(wanted, column)| {
                wanted == table && columns.iter().any(|own| own == column)
            })
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) => {
                let named = match cause.try_downcast_ref::<PgDatabaseError>() {
                    Some(cause) => postgres(cause),
                    None => sqlite(&cause.code().unwrap_or(Cow::Borrowed("")), cause.message()),
                };
                match named {
                    Named::Own(named) => named,
                    Named::Unavailable => Self::Unavailable(error),
                    Named::Nothing => Self::Other(error),
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            _ => Self::Other(error),
        }
    }
}

/// What an engine's code says.
enum Named {
    Own(Error),
    Unavailable,
    Nothing,
}

fn postgres(cause: &PgDatabaseError) -> Named {
    match cause.code() {
        "23505" => Named::Own(Error::Unique {
            table: cause.table().unwrap_or_default().to_owned(),
            // "Key (conference, slug)=(…) already exists." in whichever language the server speaks.
            columns: cause
                .detail()
                .and_then(|detail| detail.split_once('(')?.1.split_once(")=("))
                .map(|(columns, _)| columns.split(", ").map(str::to_owned).collect())
                .unwrap_or_default(),
            constraint: cause.constraint().map(str::to_owned),
        }),
        "23503" => Named::Own(Error::Reference(cause.message().to_owned())),
        // Serialization, deadlock, lock and statement time-outs, shutdown; the classes of lost
        // connections (08) and of missing resources (53).
        "40001" | "40P01" | "55P03" | "57014" | "57P01" | "57P02" | "57P03" => Named::Unavailable,
        code if code.starts_with("08") || code.starts_with("53") => Named::Unavailable,
        _ => Named::Nothing,
    }
}

fn sqlite(code: &str, message: &str) -> Named {
    let code: i32 = code.parse().unwrap_or(0);
    match code {
        // UNIQUE and PRIMARY KEY: "UNIQUE constraint failed: talk.conference, talk.slug".
        2067 | 1555 => {
            let names = message.rsplit_once(": ").map_or("", |(_, names)| names);
            let pairs = names.split(", ").filter_map(|name| name.split_once('.'));
            let (tables, columns): (Vec<String>, Vec<String>) = pairs
                .map(|(table, column)| (table.to_owned(), column.to_owned()))
                .unzip();
            Named::Own(Error::Unique {
                table: tables.into_iter().next().unwrap_or_default(),
                columns,
                // An index over expressions is told by its name: "index 'name'".
                constraint: names
                    .strip_prefix("index '")
                    .and_then(|name| name.strip_suffix('\''))
                    .map(str::to_owned),
            })
        }
        787 => Named::Own(Error::Reference(message.to_owned())),
        // Busy, locked, read-only, input/output, full, cannot open: the low byte is the class.
        _ if matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14) => Named::Unavailable,
        _ => Named::Nothing,
    }
}

impl From<Error> for kernel::Error {
    fn from(error: Error) -> Self {
        if let Error::Unavailable(cause) = &error {
            tracing::warn!(error = %cause, "the database did not answer: {cause}");
            return Self::Unavailable("database");
        }
        Self::internal(error)
    }
}
