//! Requests that a client may repeat without knowing whether the first one arrived: the answer is kept in the
//! transaction of the act, and given again for a day.

use db::{Run, Tx, params, record, sql};
use kernel::{Error, Result, Timestamp};
use serde::Serialize;

use crate::limits;

record! {
    struct Kept { digest: String, status: i64, answer: String }
}

/// A request that says under which key it may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Whose key it is: keys of others never meet it.
    pub account: String,
    /// The client's key.
    pub key: String,
    /// What the request asks for: method, path, body.
    pub digest: String,
}

/// What was answered before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: i64,
    /// JSON.
    pub body: String,
}

impl Once {
    /// The answer that was given before, if any.
    ///
    /// # Errors
    /// `Invalid` when the key was used for another request.
    pub async fn answered(&self, mut run: impl Run, now: Timestamp) -> Result<Option<Answer>> {
        let kept = sql!(Kept: "SELECT digest, status, answer FROM once WHERE account = $1 AND key = $2 AND at > $3");
        let found = run
            .opt(kept, params![self.account, self.key, oldest(now)])
            .await?;
        match found {
            None => Ok(None),
            Some(kept) if kept.digest != self.digest => {
                Err(Error::invalid("Idempotency-Key", "web-once-other"))
            }
            Some(kept) => Ok(Some(Answer {
                status: kept.status,
                body: kept.answer,
            })),
        }
    }

    /// Keeps the answer; part of the act's transaction, so that there is none without the other.
    ///
    /// # Errors
    /// `Conflict` when the same request is being answered at the same time.
    pub async fn keep(
        &self,
        tx: &mut Tx,
        status: i64,
        answer: &(impl Serialize + Sync),
        now: Timestamp,
    ) -> Result<()> {
        let body = serde_json::to_string(answer).map_err(Error::internal)?;
        tx.exec(
            sql!("DELETE FROM once WHERE at <= $1"),
            params![oldest(now)],
        )
        .await?;
        let inserted = tx
            .exec(
                sql!(
                    "INSERT INTO once (account, key, digest, status, answer, at) VALUES ($1, $2, $3, $4, $5, $6)
                     ON CONFLICT (account, key) DO NOTHING"
                ),
                params![self.account, self.key, self.digest, status, body, now],
            )
            .await?;
        if inserted == 1 {
            Ok(())
        } else {
            Err(Error::conflict("web-once-busy"))
        }
    }
}

/// Forgets everything that was kept for an account.
pub async fn forget(tx: &mut Tx, account: &str) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM once WHERE account = $1"),
        params![account],
    )
    .await?;
    Ok(())
}

fn oldest(now: Timestamp) -> Timestamp {
    now - limits::ONCE_KEPT
}
