//! Stable integers beside the typed ids, for interfaces that need integers.

use crate::{Result, Tx, params, record, sql};

record! {
    struct Numbered { value: i64 }
}

/// The next number of a kind of record, from 1; never given twice, rolled back with its transaction.
pub async fn next_number(tx: &mut Tx, kind: &str) -> Result<i64> {
    let next = sql!(Numbered:
        "INSERT INTO number_series (kind, value) VALUES ($1, 1)
         ON CONFLICT (kind) DO UPDATE SET value = number_series.value + 1 RETURNING value");
    Ok(tx.one(next, params![kind]).await?.value)
}
