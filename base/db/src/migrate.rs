//! Bringing the schema to what this program needs, once, in order, remembered with a checksum.
//!
//! A migration is one file in portable SQL. Where the engines must differ, two files end in `.sqlite.sql`
//! and `.postgres.sql` and each engine takes its own.

use std::collections::BTreeMap;

use kernel::Timestamp;
use sqlx::AssertSqlSafe;

use crate::{Db, Engine, Error, Result, Tx, params, record, sql};

/// The migrations of one feature, in order.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    /// Name of the feature.
    pub feature: &'static str,
    /// Names and texts.
    pub files: &'static [(&'static str, &'static str)],
}

/// `db::migrations!("identity", ["migrations/0001_account.sql"])`: the files of a feature, within its crate.
#[macro_export]
macro_rules! migrations {
    ($feature:literal, [$($file:literal),* $(,)?]) => {
        $crate::Migrations {
            feature: $feature,
            files: &[$(($file, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $file)))),*],
        }
    };
}

record! {
    struct Applied { feature: String, name: String, checksum: String }
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (
    feature TEXT NOT NULL,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at BIGINT NOT NULL,
    PRIMARY KEY (feature, name)
);
CREATE TABLE IF NOT EXISTS number_series (
    kind TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
";

impl Db {
    /// Applies what is missing; the number of files that were applied.
    ///
    /// All of it happens in one transaction: a schema is either the old or the new one.
    pub async fn migrate(&self, features: &[Migrations], now: Timestamp) -> Result<usize> {
        // Two processes may both find no table; PostgreSQL lets one of them fail on its catalogue.
        if self.create_table().await.is_err() {
            self.create_table().await?;
        }
        let mut tx = self.begin().await?;
        if self.engine() == Engine::Postgres {
            tx.raw("LOCK TABLE migration IN EXCLUSIVE MODE".to_owned())
                .await?;
        }
        let applied = applied(&mut tx).await?;
        let mut count = 0;
        for feature in features {
            refuse_newer(feature, &applied)?;
            for (name, text) in feature.files {
                if !is_for(self.engine(), name) {
                    continue;
                }
                let checksum = kernel::id::digest(text);
                match applied.get(&(feature.feature.to_owned(), file_name(name).to_owned())) {
                    Some(known) if *known == checksum => {}
                    Some(_) => return Err(changed(feature.feature, name)),
                    None => {
                        apply(&mut tx, feature.feature, name, text, now).await?;
                        count += 1;
                    }
                }
            }
        }
        tx.commit().await?;
        Ok(count)
    }

    async fn create_table(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.raw(journal(self.engine())).await?;
        tx.commit().await
    }
}

async fn applied(tx: &mut Tx) -> Result<BTreeMap<(String, String), String>> {
    let rows = tx.all(
        sql!(Applied: "SELECT feature, name, checksum FROM migration"),
        params![],
    );
    Ok(rows
        .await?
        .into_iter()
        .map(|row| ((row.feature, row.name), row.checksum))
        .collect())
}

/// A database that a newer program has touched may mean something else by its columns.
fn refuse_newer(feature: &Migrations, applied: &BTreeMap<(String, String), String>) -> Result<()> {
    let unknown = applied.keys().find(|(own, name)| {
        own == feature.feature
            && !feature
                .files
                .iter()
                .any(|(file, _)| file_name(file) == name)
    });
    match unknown {
        None => Ok(()),
        Some((feature, name)) => Err(Error::Migration(format!(
            "the database was used by a newer version of this program (it has {feature}/{name}); start that version, or restore a backup"
        ))),
    }
}

fn changed(feature: &str, name: &str) -> Error {
    Error::Migration(format!(
        "{feature}/{name} differs from what was applied to this database; a migration never changes, add another one"
    ))
}

/// Runs a migration and writes it down.
pub(crate) async fn apply(
    tx: &mut Tx,
    feature: &str,
    name: &str,
    text: &str,
    now: Timestamp,
) -> Result<()> {
    let sentence = |error| Error::Migration(format!("cannot apply {feature}/{name}: {error}"));
    let engine = tx.engine();
    tx.raw(portable(text, engine)).await.map_err(sentence)?;
    let checksum = kernel::id::digest(text);
    tx.exec(
        sql!("INSERT INTO migration (feature, name, checksum, applied_at) VALUES ($1, $2, $3, $4)"),
        params![feature, file_name(name), checksum, now],
    )
    .await?;
    Ok(())
}

/// What makes the tables of this crate.
pub(crate) fn journal(engine: Engine) -> String {
    portable(TABLE, engine)
}

pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

pub(crate) fn is_for(engine: Engine, name: &str) -> bool {
    match engine {
        Engine::Sqlite => !name.ends_with(".postgres.sql"),
        Engine::Postgres => !name.ends_with(".sqlite.sql"),
    }
}

/// Portable types in `SQLite`'s words, and its tables STRICT so that they keep them.
fn portable(text: &str, engine: Engine) -> String {
    if engine == Engine::Postgres {
        return text.to_owned();
    }
    let types = [
        ("BIGINT", "INTEGER"),
        ("BOOLEAN", "INTEGER"),
        ("DOUBLE PRECISION", "REAL"),
        ("BYTEA", "BLOB"),
    ];
    let text = types
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("\n);", "\n) STRICT;")
}

impl Tx {
    /// Runs text that is no statement of a feature: schema changes.
    pub(crate) async fn raw(&mut self, text: String) -> Result<()> {
        let text = sqlx::raw_sql(AssertSqlSafe(text));
        match self {
            Self::Sqlite(tx) => text.execute(&mut **tx).await.map(|_| ())?,
            Self::Postgres(tx) => text.execute(&mut **tx).await.map(|_| ())?,
        }
        Ok(())
    }
}
