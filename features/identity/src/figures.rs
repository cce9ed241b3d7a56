//! What people and programs do, in numbers, for whoever watches a server. Read from what was committed, so that nothing is
//! counted that was taken back.

use db::Db;
use kernel::{Result, Timestamp};

use crate::store::{audit, tokens};

/// How often each act of the audit log was done between two instants, the second one excluded.
pub async fn acts(db: &Db, from: Timestamp, until: Timestamp) -> Result<Vec<(String, i64)>> {
    let done = audit::done(db, from, until).await?;
    Ok(done
        .into_iter()
        .map(|one| (one.action, one.count))
        .collect())
}

/// How many tokens programs used since an instant.
pub async fn tokens_in_use(db: &Db, since: Timestamp) -> Result<i64> {
    tokens::used_since(db, since).await
}
