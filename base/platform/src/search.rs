//! An index of texts that is the same on both stores: characters and pairs of characters in a table of its own, written
//! in the transaction of the row that they belong to.
//!
//! Statements that search are the features' own: they put [`search_sqlite!`](crate::search_sqlite) and
//! [`search_postgres!`](crate::search_postgres) into their `WHERE`, whose parameters `$1` to `$4` come from [`params`].

use std::collections::BTreeSet;

use db::{Tx, params as values, record, sql};
use kernel::Result;
use kernel::search::{Wanted, grams, indexed};
use kernel::value::Value;

record! {
    struct Body { body: String }
}

/// What is searched and for what: `scope` is the conference, or `site`.
pub fn params(scope: &str, q: &str) -> Vec<Value> {
    let wanted = Wanted::of(q);
    let count = i64::try_from(wanted.grams.len()).unwrap_or(i64::MAX);
    values![scope, list(&wanted.grams), count, list(&wanted.words)]
}

/// Makes a text findable in place of what it was found by before.
pub async fn put(tx: &mut Tx, scope: &str, kind: &str, subject: &str, text: &str) -> Result<()> {
    let body = indexed(text);
    let was = body_of(tx, scope, kind, subject).await?;
    if was.as_deref() == Some(body.as_str()) {
        return Ok(());
    }
    let (old, new) = (grams(was.as_deref().unwrap_or_default()), grams(&body));
    drop_grams(tx, scope, kind, subject, old.difference(&new)).await?;
    let fresh: BTreeSet<&String> = new.difference(&old).collect();
    if !fresh.is_empty() {
        tx.exec(
            sql!(
                sqlite "INSERT INTO search_gram (scope, kind, gram, subject)
                    SELECT $1, $2, value, $3 FROM json_each($4) WHERE TRUE ON CONFLICT DO NOTHING",
                postgres "INSERT INTO search_gram (scope, kind, gram, subject)
                    SELECT $1, $2, jsonb_array_elements_text(CAST(CAST($4 AS TEXT) AS JSONB)), $3 ON CONFLICT DO NOTHING",
            ),
            values![scope, kind, subject, list(fresh)],
        )
        .await?;
    }
    tx.exec(
        sql!(
            "INSERT INTO search_text (scope, kind, subject, body) VALUES ($1, $2, $3, $4)
             ON CONFLICT (scope, kind, subject) DO UPDATE SET body = $4"
        ),
        values![scope, kind, subject, body],
    )
    .await?;
    Ok(())
}

/// Makes something unfindable.
pub async fn forget(tx: &mut Tx, scope: &str, kind: &str, subject: &str) -> Result<()> {
    let Some(body) = body_of(tx, scope, kind, subject).await? else {
        return Ok(());
    };
    drop_grams(tx, scope, kind, subject, &grams(&body)).await?;
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
        sql!("DELETE FROM search_gram WHERE scope = $1"),
        values![scope],
    )
    .await?;
    tx.exec(
        sql!("DELETE FROM search_text WHERE scope = $1"),
        values![scope],
    )
    .await?;
    Ok(())
}

async fn body_of(tx: &mut Tx, scope: &str, kind: &str, subject: &str) -> Result<Option<String>> {
    let body =
        sql!(Body: "SELECT body FROM search_text WHERE scope = $1 AND kind = $2 AND subject = $3");
    let found = tx.opt(body, values![scope, kind, subject]).await?;
    Ok(found.map(|row| row.body))
}

async fn drop_grams<'a>(
    tx: &mut Tx,
    scope: &str,
    kind: &str,
    subject: &str,
    grams: impl IntoIterator<Item = &'a String>,
) -> Result<()> {
    let grams: Vec<&String> = grams.into_iter().collect();
    if grams.is_empty() {
        return Ok(());
    }
    tx.exec(
        sql!(
            sqlite "DELETE FROM search_gram WHERE scope = $1 AND kind = $2 AND subject = $3
                AND gram IN (SELECT value FROM json_each($4))",
            postgres "DELETE FROM search_gram WHERE scope = $1 AND kind = $2 AND subject = $3
                AND gram IN (SELECT jsonb_array_elements_text(CAST(CAST($4 AS TEXT) AS JSONB)))",
        ),
        values![scope, kind, subject, list(grams)],
    )
    .await?;
    Ok(())
}

/// A list as one parameter.
fn list<'a>(words: impl IntoIterator<Item = &'a String>) -> String {
    let words: Vec<&String> = words.into_iter().collect();
    serde_json::to_string(&words).unwrap_or_else(|_| "[]".into())
}

/// Part of a `WHERE` for `SQLite`: whether the search finds the subject in `$id`.
#[macro_export]
macro_rules! search_sqlite {
    ($kind:literal, $id:literal) => {
        concat!(
            "(CAST($3 AS BIGINT) = 0 OR (",
            $id,
            " IN (SELECT g.subject FROM search_gram g WHERE g.scope = $1 AND g.kind = '",
            $kind,
            "' AND g.gram IN (SELECT value FROM json_each($2)) GROUP BY g.subject HAVING COUNT(*) >= CAST($3 AS BIGINT))",
            " AND NOT EXISTS (SELECT 1 FROM search_text s, json_each($4) w WHERE s.scope = $1 AND s.kind = '",
            $kind,
            "' AND s.subject = ",
            $id,
            " AND instr(s.body, w.value) = 0)))"
        )
    };
}

/// The same for `PostgreSQL`.
#[macro_export]
macro_rules! search_postgres {
    ($kind:literal, $id:literal) => {
        concat!(
            "(CAST($3 AS BIGINT) = 0 OR (",
            $id,
            " IN (SELECT g.subject FROM search_gram g WHERE g.scope = $1 AND g.kind = '",
            $kind,
            "' AND g.gram IN (SELECT jsonb_array_elements_text(CAST(CAST($2 AS TEXT) AS JSONB)))",
            " GROUP BY g.subject HAVING COUNT(*) >= CAST($3 AS BIGINT))",
            " AND NOT EXISTS (SELECT 1 FROM search_text s, jsonb_array_elements_text(CAST(CAST($4 AS TEXT) AS JSONB)) AS w (word)",
            " WHERE s.scope = $1 AND s.kind = '",
            $kind,
            "' AND s.subject = ",
            $id,
            " AND strpos(s.body, w.word) = 0)))"
        )
    };
}
