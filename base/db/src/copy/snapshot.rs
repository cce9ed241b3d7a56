//! Everything as of one moment.

use futures_util::TryStreamExt as _;
use kernel::value::Value;
use sqlx::AssertSqlSafe;

use super::{AppliedMigration, JOURNAL, Table, crossing, select, tables};
use crate::{Db, Result, Tx, params, postgres_cell, record, sql, sqlite_cell};

/// The database as it is at one moment, while others go on writing. It holds a connection, and on `SQLite` keeps
/// the log of what is written from shrinking, so it should not last longer than a copy takes.
#[derive(Debug)]
pub struct Snapshot {
    tx: Tx,
}

record! {
    struct Applied { feature: String, name: String, checksum: String }
}

impl Db {
    /// Looks at everything as it is now.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let mut tx = match self {
            Self::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Self::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Tx::Postgres(pool.begin_with(begin).await?)
            }
        };
        if let Tx::Postgres(tx) = &mut tx {
            // A large table takes longer than any page may.
            sqlx::raw_sql("SET LOCAL statement_timeout = 0")
                .execute(&mut **tx)
                .await?;
        }
        // The moment is that of the first look.
        let mut snapshot = Snapshot { tx };
        snapshot.tables().await?;
        Ok(snapshot)
    }
}

impl Snapshot {
    /// Every table but the journal of migrations, by name.
    pub async fn tables(&mut self) -> Result<Vec<Table>> {
        let mut tables = tables(&mut self.tx).await?;
        tables.retain(|table| table.name != JOURNAL);
        Ok(tables)
    }

    /// The migrations that made them, in no order.
    pub async fn migrations(&mut self) -> Result<Vec<AppliedMigration>> {
        let rows =
            sql!(Applied: "SELECT feature, name, checksum FROM migration ORDER BY feature, name");
        let rows = self.tx.all(rows, params![]).await?;
        let applied = rows.into_iter().map(|row| AppliedMigration {
            feature: row.feature,
            name: row.name,
            checksum: row.checksum,
        });
        Ok(applied.collect())
    }

    /// Hands over every row of a table in the order of its key, one at a time; ends early when `each` fails.
    pub async fn read<E: From<crate::Error>>(
        &mut self,
        table: &Table,
        each: impl FnMut(Vec<Value>) -> Result<(), E> + Send,
    ) -> Result<(), E> {
        read(&mut self.tx, table, each).await
    }

    /// Statements on the same moment.
    pub fn run(&mut self) -> &mut Tx {
        &mut self.tx
    }
}

/// Rows come one by one from either engine, whatever the size of the table.
pub(super) async fn read<E: From<crate::Error>>(
    tx: &mut Tx,
    table: &Table,
    mut each: impl FnMut(Vec<Value>) -> Result<(), E> + Send,
) -> Result<(), E> {
    let text = AssertSqlSafe(select(table, tx.engine()));
    let lost = |error: sqlx::Error| E::from(crate::Error::from(error));
    match tx {
        Tx::Sqlite(tx) => {
            let mut rows = sqlx::query(text).fetch(&mut **tx);
            while let Some(row) = rows.try_next().await.map_err(lost)? {
                let cells = (0..table.columns.len()).map(|index| sqlite_cell(&row, index));
                let cells: Result<Vec<Value>, _> = cells.collect();
                each(cells.map_err(lost)?)?;
            }
        }
        Tx::Postgres(tx) => {
            let mut rows = sqlx::query(text).fetch(&mut **tx);
            while let Some(row) = rows.try_next().await.map_err(lost)? {
                let cells = (0..table.columns.len()).map(|index| postgres_cell(&row, index));
                let cells: Result<Vec<Value>, _> = cells.map(|cell| cell.map(crossing)).collect();
                each(cells.map_err(lost)?)?;
            }
        }
    }
    Ok(())
}
