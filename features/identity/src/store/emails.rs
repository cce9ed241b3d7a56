//! Changes of mail addresses.

use db::{Db, Tx, params, record, sql};
use kernel::{Result, Timestamp};

use crate::model::{AccountId, EmailChangeId};

record! {
    /// A change, asked for, done or undone.
    pub(crate) struct Change {
        pub(crate) id: EmailChangeId,
        pub(crate) account: AccountId,
        pub(crate) old_email: String,
        pub(crate) new_email: String,
        pub(crate) expires_at: Timestamp,
        pub(crate) confirmed_at: Option<Timestamp>,
        pub(crate) undo_until: Option<Timestamp>,
        pub(crate) undone_at: Option<Timestamp>,
    }
}

/// A change to be kept.
pub(crate) struct Fresh<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) old_email: &'a str,
    pub(crate) new_email: &'a str,
    pub(crate) token_hash: &'a str,
    pub(crate) now: Timestamp,
    pub(crate) expires: Timestamp,
}

/// Keeps what somebody asked for.
pub(crate) async fn insert(tx: &mut Tx, fresh: &Fresh<'_>) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO email_change (id, account, old_email, new_email, token_hash, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        params![
            &EmailChangeId::fresh(),
            fresh.account,
            fresh.old_email,
            fresh.new_email,
            fresh.token_hash,
            fresh.now,
            fresh.expires
        ],
    )
    .await?;
    Ok(())
}

/// How many changes an account asked for since `since`.
pub(crate) async fn count(tx: &mut Tx, account: &AccountId, since: Timestamp) -> Result<i64> {
    let sql = sql!(i64: "SELECT COUNT(*) FROM email_change WHERE account = $1 AND created_at > $2");
    Ok(tx.one(sql, params![account, &since]).await?)
}

/// Every change that an account asked for.
pub(crate) async fn of(db: &Db, account: &AccountId) -> Result<Vec<Change>> {
    Ok(db
        .all(
            sql!(Change:
                "SELECT id, account, old_email, new_email, expires_at, confirmed_at, undo_until, undone_at
                 FROM email_change WHERE account = $1 ORDER BY created_at, id"),
            params![account],
        )
        .await?)
}

/// The change behind the link in the new mailbox.
pub(crate) async fn asked(db: &Db, token_hash: &str) -> Result<Option<Change>> {
    Ok(db
        .opt(
            sql!(Change:
                "SELECT id, account, old_email, new_email, expires_at, confirmed_at, undo_until, undone_at
                 FROM email_change WHERE token_hash = $1"),
            params![token_hash],
        )
        .await?)
}

/// The change behind the link in the old mailbox.
pub(crate) async fn done(db: &Db, undo_hash: &str) -> Result<Option<Change>> {
    Ok(db
        .opt(
            sql!(Change:
                "SELECT id, account, old_email, new_email, expires_at, confirmed_at, undo_until, undone_at
                 FROM email_change WHERE undo_hash = $1"),
            params![undo_hash],
        )
        .await?)
}

/// The addresses that an account had before, or for a while.
pub(crate) async fn held(tx: &mut Tx, account: &AccountId) -> Result<Vec<String>> {
    let sql = sql!(String:
        "SELECT old_email FROM email_change WHERE account = $1 AND confirmed_at IS NOT NULL
         UNION SELECT new_email FROM email_change WHERE account = $1 AND confirmed_at IS NOT NULL");
    Ok(tx.all(sql, params![account]).await?)
}

/// Uses the link of the new mailbox up.
pub(crate) async fn confirm(
    tx: &mut Tx,
    id: &EmailChangeId,
    undo_hash: &str,
    now: Timestamp,
    undo_until: Timestamp,
) -> Result<bool> {
    let rows = tx
        .exec(
            sql!(
                "UPDATE email_change SET confirmed_at = $3, undo_hash = $2, undo_until = $4
                 WHERE id = $1 AND confirmed_at IS NULL AND expires_at > $3"
            ),
            params![id, undo_hash, &now, &undo_until],
        )
        .await?;
    Ok(rows == 1)
}

/// Uses the link of the old mailbox up.
pub(crate) async fn undo(tx: &mut Tx, id: &EmailChangeId, now: Timestamp) -> Result<bool> {
    let rows = tx
        .exec(
            sql!(
                "UPDATE email_change SET undone_at = $2
                 WHERE id = $1 AND confirmed_at IS NOT NULL AND undone_at IS NULL AND undo_until > $2"
            ),
            params![id, &now],
        )
        .await?;
    Ok(rows == 1)
}
