//! Filling an empty database.

use std::collections::BTreeMap;

use kernel::Timestamp;
use kernel::value::{Kind, Value};
use sqlx::AssertSqlSafe;

use super::snapshot::read;
use super::{AppliedMigration, JOURNAL, Table, quoted, quoted_all, tables};
use crate::{
    Db, Engine, Error, Migrations, Result, Tx, for_postgres, for_sqlite, limits, params, record,
    sql,
};

/// A database on its way from empty to full: all of it, or nothing.
#[derive(Debug)]
pub struct Load {
    db: Db,
    tx: Tx,
    references: Vec<Reference>,
}

record! {
    /// A reference from one table to another, which is not watched while rows come in any order.
    struct Reference { owner: String, name: String, definition: String }
    struct Broken { owner: String, target: String }
}

impl Load {
    /// Opens the database at an address, refuses one that is not empty, and makes the tables that these migrations
    /// made, in the order in which `features` has them.
    pub async fn begin(
        address: &str,
        features: &[Migrations],
        applied: &[AppliedMigration],
        now: Timestamp,
    ) -> Result<Self> {
        let db = Db::open_to_load(address).await?;
        let mut tx = db.begin().await?;
        if let Tx::Postgres(tx) = &mut tx {
            let patient = "SET LOCAL statement_timeout = 0";
            sqlx::raw_sql(patient).execute(&mut **tx).await?;
        }
        let there = tables(&mut tx).await?;
        if let Some(table) = there.first() {
            let name = &table.name;
            return Err(Error::Migration(format!(
                "the database is not empty (it has a table {name}); use an empty one"
            )));
        }
        tx.migrate_as(features, applied, now).await?;
        let references = tx.references().await?;
        for Reference { owner, name, .. } in &references {
            let (owner, name) = (quoted(owner), quoted(name));
            tx.raw(format!("ALTER TABLE {owner} DROP CONSTRAINT {name}"))
                .await?;
        }
        let mut load = Self { db, tx, references };
        // Some migrations bring rows; they are among those that come. A table without any is left alone: it may refuse
        // to be emptied.
        for table in load.tables().await? {
            if load.tx.has_rows(&table).await? {
                let name = quoted(&table.name);
                load.tx.raw(format!("DELETE FROM {name}")).await?;
            }
        }
        Ok(load)
    }

    /// The tables to be filled, by name.
    pub async fn tables(&mut self) -> Result<Vec<Table>> {
        let mut tables = tables(&mut self.tx).await?;
        tables.retain(|table| table.name != JOURNAL);
        Ok(tables)
    }

    /// How many rows of a table go into one statement.
    pub fn rows_at_once(table: &Table) -> usize {
        let columns = table.columns.len().max(1);
        (limits::LOAD_PARAMETERS / columns).clamp(1, limits::LOAD_ROWS)
    }

    /// Adds rows, at most [`Self::rows_at_once`], with values in the order of the columns.
    pub async fn insert(&mut self, table: &Table, rows: Vec<Vec<Value>>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let columns = quoted_all(table.columns.iter().map(|column| column.name.as_str()));
        let width = table.columns.len();
        let tuples: Vec<String> = (0..rows.len())
            .map(|row| {
                let places = (1..=width).map(|column| format!("${}", row * width + column));
                format!("({})", places.collect::<Vec<_>>().join(", "))
            })
            .collect();
        let (name, tuples) = (quoted(&table.name), tuples.join(", "));
        let text = AssertSqlSafe(format!("INSERT INTO {name} ({columns}) VALUES {tuples}"));
        let engine = self.tx.engine();
        let mut values = Vec::with_capacity(rows.len() * width);
        for row in rows {
            if row.len() != width {
                return Err(Error::Shape(format!(
                    "{}: a row has {} values",
                    table.name,
                    row.len()
                )));
            }
            for (value, column) in row.into_iter().zip(&table.columns) {
                values.push(stored(value, column.kind, engine));
            }
        }
        match &mut self.tx {
            Tx::Sqlite(tx) => {
                sqlx::query_with(text, for_sqlite(values)?)
                    .execute(&mut **tx)
                    .await?;
            }
            Tx::Postgres(tx) => {
                sqlx::query_with(text, for_postgres(values)?)
                    .execute(&mut **tx)
                    .await?;
            }
        }
        Ok(())
    }

    /// Hands over every row that was added, as [`super::Snapshot::read`] would.
    pub async fn read<E: From<Error>>(
        &mut self,
        table: &Table,
        each: impl FnMut(Vec<Value>) -> Result<(), E> + Send,
    ) -> Result<(), E> {
        read(&mut self.tx, table, each).await
    }

    /// Lets the engine check every reference.
    pub async fn check(&mut self) -> Result<()> {
        for Reference {
            owner,
            name,
            definition,
        } in &self.references
        {
            let (owner, name) = (quoted(owner), quoted(name));
            let text = format!("ALTER TABLE {owner} ADD CONSTRAINT {name} {definition}");
            self.tx.raw(text).await?;
        }
        let broken = self.tx.broken_reference().await?;
        match broken {
            None => Ok(()),
            Some(Broken { owner, target }) => Err(Error::Reference(format!(
                "a row of {owner} points to one of {target} that is not there"
            ))),
        }
    }

    /// Makes it last, and closes the database.
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await?;
        self.db.close().await;
        Ok(())
    }
}

/// A value as a column of this kind takes it.
fn stored(value: Value, kind: Kind, engine: Engine) -> Value {
    if value.is_null() {
        return Value::null(kind);
    }
    match (value, kind, engine) {
        // Anything but 0 and 1 is refused by the column, as it should be.
        (Value::Int(Some(int @ (0 | 1))), Kind::Bool, Engine::Postgres) => {
            Value::Bool(Some(int == 1))
        }
        (value, ..) => value,
    }
}

impl Tx {
    /// The references that `PostgreSQL` watches row by row. `SQLite` was opened not to.
    async fn references(&mut self) -> Result<Vec<Reference>> {
        let references = sql!(Reference:
            sqlite "SELECT name AS owner, name, sql AS definition FROM sqlite_schema WHERE type = 'reference'",
            postgres "SELECT CAST(c.relname AS TEXT) AS owner, CAST(k.conname AS TEXT) AS name,
                pg_get_constraintdef(k.oid) AS definition
                FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
                WHERE k.contype = 'f' AND k.connamespace = CAST(current_schema() AS regnamespace)
                ORDER BY c.relname, k.conname");
        self.all(references, params![]).await
    }

    async fn has_rows(&mut self, table: &Table) -> Result<bool> {
        let text = AssertSqlSafe(format!("SELECT 1 FROM {} LIMIT 1", quoted(&table.name)));
        Ok(match self {
            Self::Sqlite(tx) => sqlx::query(text).fetch_optional(&mut **tx).await?.is_some(),
            Self::Postgres(tx) => sqlx::query(text).fetch_optional(&mut **tx).await?.is_some(),
        })
    }

    /// One reference to a row that is not there. `PostgreSQL` has refused it already.
    async fn broken_reference(&mut self) -> Result<Option<Broken>> {
        let broken = sql!(Broken:
            sqlite "SELECT \"table\" AS owner, \"parent\" AS target FROM pragma_foreign_key_check LIMIT 1",
            postgres "SELECT CAST(conname AS TEXT) AS owner, CAST(conname AS TEXT) AS target FROM pg_constraint
                WHERE connamespace = CAST(current_schema() AS regnamespace) AND NOT convalidated LIMIT 1");
        self.opt(broken, params![]).await
    }

    /// Makes the tables that another database had, whichever engine it was.
    async fn migrate_as(
        &mut self,
        features: &[Migrations],
        applied: &[AppliedMigration],
        now: Timestamp,
    ) -> Result<()> {
        let engine = self.engine();
        self.raw(crate::migrate::journal(engine)).await?;
        let mut wanted: BTreeMap<(&str, &str), &str> = applied
            .iter()
            .map(|own| {
                (
                    (own.feature.as_str(), stem(&own.name)),
                    own.checksum.as_str(),
                )
            })
            .collect();
        for feature in features {
            for (path, text) in feature.files {
                let name = crate::migrate::file_name(path);
                if !crate::migrate::is_for(engine, name) {
                    continue;
                }
                let Some(checksum) = wanted.remove(&(feature.feature, stem(name))) else {
                    continue;
                };
                let digest = kernel::id::digest(text);
                // Where the engines have texts of their own, only the names can be compared.
                if name == format!("{}.sql", stem(name)) && digest != checksum {
                    return Err(Error::Migration(format!(
                        "{}/{name} is not the one that the backup was made with",
                        feature.feature
                    )));
                }
                crate::migrate::apply(self, feature.feature, name, text, now).await?;
            }
        }
        match wanted.keys().next() {
            None => Ok(()),
            Some((feature, name)) => Err(Error::Migration(format!(
                "the backup was made by a newer version of this program (it has {feature}/{name}); restore it with that version"
            ))),
        }
    }
}

/// The name of a migration without what says which engine it is for.
fn stem(name: &str) -> &str {
    [".sqlite.sql", ".postgres.sql", ".sql"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name)
}
