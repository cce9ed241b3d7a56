//! Links that sign somebody in.

use db::{Db, Tx, params, record, sql};
use kernel::{Result, Timestamp};

record! {
    /// A link that signs somebody in.
    pub(crate) struct Link {
        pub(crate) email: Option<String>,
        pub(crate) next: String,
        pub(crate) expires_at: Timestamp,
        pub(crate) used_at: Option<Timestamp>,
    }
}

record! {
    struct Count { count: i64 }
}

/// Keeps a link's digest.
pub(crate) async fn insert_link(
    tx: &mut Tx,
    token_hash: &str,
    email: Option<&str>,
    next: &str,
    peer: &str,
    now: Timestamp,
    expires: Timestamp,
) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO sign_in_link (token_hash, email, next, peer, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)"
        ),
        params![
            token_hash,
            &email.map(str::to_owned),
            next,
            peer,
            &now,
            &expires
        ],
    )
    .await?;
    Ok(())
}

/// Links made since `since` for a mail address.
pub(crate) async fn links_for_email(tx: &mut Tx, email: &str, since: Timestamp) -> Result<i64> {
    let sql = sql!(Count: "SELECT COUNT(*) AS count FROM sign_in_link WHERE email = $1 AND created_at > $2");
    Ok(tx.one(sql, params![email, &since]).await?.count)
}

/// The same, those that were asked for from a network address.
pub(crate) async fn links_for_email_from(
    tx: &mut Tx,
    email: &str,
    peer: &str,
    since: Timestamp,
) -> Result<i64> {
    let sql = sql!(Count:
        "SELECT COUNT(*) AS count FROM sign_in_link WHERE email = $1 AND peer = $2 AND created_at > $3");
    Ok(tx.one(sql, params![email, peer, &since]).await?.count)
}

/// Links made since `since` from a network address.
pub(crate) async fn links_from_peer(tx: &mut Tx, peer: &str, since: Timestamp) -> Result<i64> {
    let sql = sql!(Count: "SELECT COUNT(*) AS count FROM sign_in_link WHERE peer = $1 AND created_at > $2");
    Ok(tx.one(sql, params![peer, &since]).await?.count)
}

/// A link by its digest.
pub(crate) async fn link(db: &Db, token_hash: &str) -> Result<Option<Link>> {
    let sql = sql!(Link: "SELECT email, next, expires_at, used_at FROM sign_in_link WHERE token_hash = $1");
    Ok(db.opt(sql, params![token_hash]).await?)
}

/// Uses a link up; `false` where it is unknown, expired or was used before.
pub(crate) async fn use_link(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<bool> {
    let rows = tx
        .exec(
            sql!("UPDATE sign_in_link SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2"),
            params![token_hash, &now],
        )
        .await?;
    Ok(rows == 1)
}

/// Forgets links that ended before `before`.
pub(crate) async fn forget_links(tx: &mut Tx, before: Timestamp) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM sign_in_link WHERE expires_at < $1"),
        params![&before],
    )
    .await?;
    Ok(())
}

/// Revokes every unused link of the site's first start.
pub(crate) async fn forget_owner_links(tx: &mut Tx) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM sign_in_link WHERE email IS NULL"),
        params![],
    )
    .await?;
    Ok(())
}

/// Revokes every link for a mail address.
pub(crate) async fn forget_links_for(tx: &mut Tx, email: &str) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM sign_in_link WHERE email = $1"),
        params![email],
    )
    .await?;
    Ok(())
}
