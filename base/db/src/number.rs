//! Stable integers beside the typed ids, for interfaces that need integers.

use crate::{Result, Tx, params, record, sql};

record! {
    struct Numbered { value: i64 }
}

/// The next number of a kind of record, from 1; never given twice, rolled back with its transaction.
pub async fn next_number(tx: &mut Tx, kind: &str) -> Result<i64> {
    next_numbers(tx, kind, 1).await
}

/// So many numbers of a kind of record at once; the first of them.
pub async fn next_numbers(tx: &mut Tx, kind: &str, count: i64) -> Result<i64> {
    let next = sql!(Numbered:
        "INSERT INTO number_series (kind, value) VALUES ($1, $2)
         ON CONFLICT (kind) DO UPDATE SET value = number_series.value + $2 RETURNING value");
    let last = tx.one(next, params![kind, &count]).await?.value;
    Ok(last - count + 1)
}
