//! Passwords, and how often wrong ones were tried.

use db::{Db, Tx, params, sql};
use kernel::{Result, Timestamp};

use super::settings;
use crate::model::AccountId;

/// The hash of an account's password, where it has one.
pub(crate) async fn hash(db: &Db, account: &AccountId) -> Result<Option<String>> {
    let sql = sql!(String: "SELECT hash FROM password WHERE account = $1");
    Ok(db.opt(sql, params![account]).await?)
}

/// When a password was chosen, where there is one.
pub(crate) async fn changed_at(db: &Db, account: &AccountId) -> Result<Option<Timestamp>> {
    let sql = sql!(Timestamp: "SELECT changed_at FROM password WHERE account = $1");
    Ok(db.opt(sql, params![account]).await?)
}

/// Whether somebody can sign in with a password.
pub(crate) async fn usable(tx: &mut Tx, account: &AccountId) -> Result<bool> {
    let on = settings::is_on(&mut *tx, settings::PASSWORD).await?;
    let sql = sql!(i64: "SELECT COUNT(*) FROM password WHERE account = $1");
    Ok(on && tx.one(sql, params![account]).await? > 0)
}

/// Puts a password in place.
pub(crate) async fn put(
    tx: &mut Tx,
    account: &AccountId,
    hash: &str,
    now: Timestamp,
) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO password (account, hash, changed_at) VALUES ($1, $2, $3)
             ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at"
        ),
        params![account, hash, &now],
    )
    .await?;
    Ok(())
}

/// Puts a stronger hash of the same password in place, unless it was changed meanwhile.
pub(crate) async fn strengthen(
    tx: &mut Tx,
    account: &AccountId,
    old: &str,
    new: &str,
) -> Result<()> {
    tx.exec(
        sql!("UPDATE password SET hash = $3 WHERE account = $1 AND hash = $2"),
        params![account, old, new],
    )
    .await?;
    Ok(())
}

/// Takes away a password that was chosen since.
pub(crate) async fn forget_since(tx: &mut Tx, account: &AccountId, since: Timestamp) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM password WHERE account = $1 AND changed_at >= $2"),
        params![account, &since],
    )
    .await?;
    Ok(())
}

/// Notes a try before it is judged, so that many at once are counted too; what is too old goes.
pub(crate) async fn tried(
    tx: &mut Tx,
    id: &str,
    (who, peer): (&str, &str),
    (now, since): (Timestamp, Timestamp),
) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM password_miss WHERE at <= $1"),
        params![&since],
    )
    .await?;
    tx.exec(
        sql!("INSERT INTO password_miss (id, who, peer, at) VALUES ($1, $2, $3, $4)"),
        params![id, who, peer, &now],
    )
    .await?;
    Ok(())
}

/// How often a password was tried for somebody, and from a network address.
pub(crate) async fn tries(
    tx: &mut Tx,
    (who, peer): (&str, &str),
    since: Timestamp,
) -> Result<(i64, i64)> {
    let of = sql!(i64: "SELECT COUNT(*) FROM password_miss WHERE who = $1 AND at > $2");
    let from = sql!(i64: "SELECT COUNT(*) FROM password_miss WHERE peer = $1 AND at > $2");
    Ok((
        tx.one(of, params![who, &since]).await?,
        tx.one(from, params![peer, &since]).await?,
    ))
}

/// Forgets the tries of somebody who is in.
pub(crate) async fn forget_tries(tx: &mut Tx, who: &str) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM password_miss WHERE who = $1"),
        params![who],
    )
    .await?;
    Ok(())
}
