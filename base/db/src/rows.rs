//! One statement for many rows: what takes ten thousand turns of the driver one by one takes fifty.

use std::pin::Pin;

use kernel::value::Value;
use sqlx::AssertSqlSafe;

use crate::{Engine, Error, Result, Sql, Statement, Tx, for_postgres, for_sqlite, limits};

impl Tx {
    /// Runs `INSERT … VALUES ($1, …, $n) …` for many rows, so many of them in one statement as engines take; the number of
    /// rows it changed.
    ///
    /// What follows the values speaks of `excluded`, not of parameters. No two rows may have the same key. The future is
    /// boxed: every use case that writes would carry its size otherwise.
    pub fn exec_many(
        &mut self,
        statement: Statement<()>,
        rows: Vec<Vec<Value>>,
    ) -> Pin<Box<dyn Future<Output = Result<u64>> + Send + '_>> {
        Box::pin(async move {
            let sql = statement.sql;
            let Some(width) = rows.first().map(Vec::len) else {
                return Ok(0);
            };
            let at_once = (limits::LOAD_PARAMETERS / width.max(1)).clamp(1, limits::LOAD_ROWS);
            let mut changed = 0;
            let mut rows = rows.into_iter().peekable();
            while rows.peek().is_some() {
                let some: Vec<Vec<Value>> = rows.by_ref().take(at_once).collect();
                changed += self.exec_rows(sql, width, some, at_once).await?;
            }
            Ok(changed)
        })
    }

    async fn exec_rows(
        &mut self,
        sql: &'static Sql,
        width: usize,
        rows: Vec<Vec<Value>>,
        at_once: usize,
    ) -> Result<u64> {
        for row in &rows {
            sql.begin_run(self.engine(), row)?;
        }
        let text = widened(sql.text(self.engine()), self.engine(), width, rows.len());
        let text = text
            .ok_or_else(|| Error::Shape(format!("{}: not one row of plain parameters", sql.at)))?;
        // A last statement with fewer rows is hardly seen again.
        let again = rows.len() == at_once || rows.len() == 1;
        let values: Vec<Value> = rows.into_iter().flatten().collect();
        Ok(match self {
            Self::Sqlite(tx) => {
                let query = sqlx::query_with(AssertSqlSafe(text), for_sqlite(values)?);
                let done = query.persistent(again).execute(&mut **tx).await?;
                done.rows_affected()
            }
            Self::Postgres(tx) => {
                let query = sqlx::query_with(AssertSqlSafe(text), for_postgres(values)?);
                let done = query.persistent(again).execute(&mut **tx).await?;
                done.rows_affected()
            }
        })
    }
}

/// The same statement for so many rows; none unless its values are `($1, …, $n)` and nothing else is a parameter.
fn widened(text: &str, engine: Engine, width: usize, rows: usize) -> Option<String> {
    let (head, rest) = text.split_once("VALUES")?;
    let (tuple, tail) = rest.trim_start().strip_prefix('(')?.split_once(')')?;
    let plain = tuple.split(',').map(str::trim).enumerate();
    let plain = plain.map(|(at, place)| place == format!("${}", at + 1));
    let fits = tuple.split(',').count() == width && plain.into_iter().all(|own| own);
    if !fits || head.contains('$') || tail.contains('$') {
        return None;
    }
    if rows == 1 {
        return Some(text.to_owned());
    }
    let tuples: Vec<String> = (0..rows)
        .map(|row| {
            let place = |column: usize| match engine {
                // It looks for every place that has a name among all names before it: half of the time of wide rows.
                Engine::Sqlite => "?".to_owned(),
                Engine::Postgres => format!("${}", row * width + column),
            };
            let places = (1..=width).map(place);
            format!("({})", places.collect::<Vec<_>>().join(", "))
        })
        .collect();
    Some(format!("{head}VALUES {}{tail}", tuples.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::widened;
    use crate::Engine;

    #[test]
    fn a_statement_of_one_row_becomes_one_of_many() {
        let one =
            "INSERT INTO a (b, c) VALUES ($1, $2) ON CONFLICT (b) DO UPDATE SET c = excluded.c";
        assert_eq!(widened(one, Engine::Postgres, 2, 1).as_deref(), Some(one));
        let two = "INSERT INTO a (b, c) VALUES ($1, $2), ($3, $4) ON CONFLICT (b) DO UPDATE SET c = excluded.c";
        assert_eq!(widened(one, Engine::Postgres, 2, 2).as_deref(), Some(two));
        let two = "INSERT INTO a (b, c) VALUES (?, ?), (?, ?) ON CONFLICT (b) DO UPDATE SET c = excluded.c";
        assert_eq!(widened(one, Engine::Sqlite, 2, 2).as_deref(), Some(two));
        for (text, width) in [
            (one, 3),
            ("INSERT INTO a (b, c) VALUES ($2, $1)", 2),
            ("INSERT INTO a (b) VALUES (lower($1))", 1),
            (
                "INSERT INTO a (b) VALUES ($1) ON CONFLICT (b) DO UPDATE SET b = $1",
                1,
            ),
            ("UPDATE a SET b = $1", 1),
        ] {
            assert_eq!(widened(text, Engine::Sqlite, width, 2), None, "{text}");
        }
    }
}
