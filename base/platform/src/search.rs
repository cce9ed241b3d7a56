//! An index of texts that is the same on both stores: folded texts in a table of their own, written in the transaction of
//! the row that they belong to. A search reads the texts of its conference; why there is nothing cleverer, see
//! docs/decisions/011.
//!
//! Statements that search are the features' own: they put [`search_sqlite!`](crate::search_sqlite) and
//! [`search_postgres!`](crate::search_postgres) into their `WHERE`, whose parameters `$1` to `$3` come from [`params`].

use db::{Tx, params as values, sql};
use kernel::Result;
use kernel::search::{Wanted, indexed};
use kernel::value::Value;

/// What is searched and for what: `scope` is the conference, or `site`.
pub fn params(scope: &str, q: &str) -> Vec<Value> {
    let wanted = Wanted::of(q);
    let count = i64::try_from(wanted.words.len()).unwrap_or(i64::MAX);
    let words = serde_json::to_string(&wanted.words).unwrap_or_else(|_| "[]".into());
    values![scope, words, count]
}

/// Makes a text findable in place of what was found by it before.
pub async fn put(tx: &mut Tx, scope: &str, kind: &str, subject: &str, text: &str) -> Result<()> {
    put_all(tx, scope, kind, &[(subject, text)]).await
}

/// The same for texts of many subjects, each of which is there once.
pub async fn put_all(tx: &mut Tx, scope: &str, kind: &str, texts: &[(&str, &str)]) -> Result<()> {
    let mut rows = Vec::with_capacity(texts.len());
    for (subject, text) in texts {
        rows.push(values![scope, kind, *subject, indexed(text)]);
    }
    tx.exec_many(
        sql!(
            "INSERT INTO search_text (scope, kind, subject, body) VALUES ($1, $2, $3, $4)
             ON CONFLICT (scope, kind, subject) DO UPDATE SET body = excluded.body"
        ),
        rows,
    )
    .await?;
    Ok(())
}

/// Makes something unfindable.
pub async fn forget(tx: &mut Tx, scope: &str, kind: &str, subject: &str) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM search_text WHERE scope = $1 AND kind = $2 AND subject = $3"),
        values![scope, kind, subject],
    )
    .await?;
    Ok(())
}

/// Makes everything of a scope unfindable, since it is gone.
pub async fn forget_scope(tx: &mut Tx, scope: &str) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM search_text WHERE scope = $1"),
        values![scope],
    )
    .await?;
    Ok(())
}

/// Part of a `WHERE` for `SQLite`: whether the text of the subject in `$id` has every word of the search.
#[macro_export]
macro_rules! search_sqlite {
    ($kind:literal, $id:literal) => {
        concat!(
            "(CAST($3 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM search_text s WHERE s.scope = $1 AND s.kind = '",
            $kind,
            "' AND s.subject = ",
            $id,
            " AND NOT EXISTS (SELECT 1 FROM json_each($2) w WHERE instr(s.body, w.value) = 0)))"
        )
    };
}

/// The same for `PostgreSQL`.
#[macro_export]
macro_rules! search_postgres {
    ($kind:literal, $id:literal) => {
        concat!(
            "(CAST($3 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM search_text s WHERE s.scope = $1 AND s.kind = '",
            $kind,
            "' AND s.subject = ",
            $id,
            " AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements_text(CAST(CAST($2 AS TEXT) AS JSONB)) AS w (word)",
            " WHERE strpos(s.body, w.word) = 0)))"
        )
    };
}
