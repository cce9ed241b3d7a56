//! Passkeys and their challenges.

use db::{Db, Tx, params, record, sql};
use kernel::{Result, Timestamp};

use crate::model::{AccountId, PasskeyId, SessionId};

record! {
    /// A passkey as its owner sees it.
    pub(crate) struct Passkey {
        pub(crate) id: PasskeyId,
        pub(crate) credential: String,
        pub(crate) name: String,
        pub(crate) created_at: Timestamp,
        pub(crate) used_at: Option<Timestamp>,
    }
}

record! {
    /// What a use of a passkey is checked with.
    pub(crate) struct Lock {
        pub(crate) id: PasskeyId,
        pub(crate) account: AccountId,
        pub(crate) public_key: Vec<u8>,
        pub(crate) uses: i64,
    }
}

/// The passkeys of an account, the oldest first.
pub(crate) async fn of(db: &Db, account: &AccountId) -> Result<Vec<Passkey>> {
    Ok(db
        .all(
            sql!(Passkey:
                "SELECT id, credential, name, created_at, used_at FROM passkey
                 WHERE account = $1 ORDER BY created_at, id"),
            params![account],
        )
        .await?)
}

/// How many passkeys an account has.
pub(crate) async fn count(tx: &mut Tx, account: &AccountId) -> Result<i64> {
    let sql = sql!(i64: "SELECT COUNT(*) FROM passkey WHERE account = $1");
    Ok(tx.one(sql, params![account]).await?)
}

/// The passkey of a credential's id.
pub(crate) async fn lock(db: &Db, credential: &str) -> Result<Option<Lock>> {
    Ok(db
        .opt(
            sql!(Lock: "SELECT id, account, public_key, uses FROM passkey WHERE credential = $1"),
            params![credential],
        )
        .await?)
}

/// A passkey to be kept.
pub(crate) struct Fresh<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) credential: &'a str,
    pub(crate) public_key: &'a [u8],
    pub(crate) uses: i64,
    pub(crate) name: &'a str,
    pub(crate) now: Timestamp,
}

/// Keeps a passkey.
///
/// # Errors
/// A conflict where it is kept already, for whomever.
pub(crate) async fn insert(tx: &mut Tx, fresh: &Fresh<'_>) -> Result<PasskeyId> {
    let id = PasskeyId::fresh();
    let done = tx
        .exec(
            sql!(
                "INSERT INTO passkey (id, account, credential, public_key, uses, name, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)"
            ),
            params![
                id,
                fresh.account,
                fresh.credential,
                fresh.public_key,
                fresh.uses,
                fresh.name,
                fresh.now
            ],
        )
        .await;
    match done {
        Ok(_) => Ok(id),
        Err(error) if error.is_unique("passkey.credential") => {
            Err(kernel::Error::conflict("identity-passkey-known"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Notes that a passkey was used.
pub(crate) async fn used(tx: &mut Tx, id: &PasskeyId, uses: i64, now: Timestamp) -> Result<()> {
    tx.exec(
        sql!("UPDATE passkey SET uses = $2, used_at = $3 WHERE id = $1"),
        params![id, &uses, &now],
    )
    .await?;
    Ok(())
}

/// Takes a passkey away.
pub(crate) async fn delete(tx: &mut Tx, account: &AccountId, id: &PasskeyId) -> Result<bool> {
    let rows = tx
        .exec(
            sql!("DELETE FROM passkey WHERE id = $1 AND account = $2"),
            params![id, account],
        )
        .await?;
    Ok(rows == 1)
}

/// Takes away the passkeys that an account got since an instant.
pub(crate) async fn delete_since(tx: &mut Tx, account: &AccountId, since: Timestamp) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM passkey WHERE account = $1 AND created_at >= $2"),
        params![account, &since],
    )
    .await?;
    Ok(())
}

/// Keeps a challenge; forgets those that are too old to be answered.
pub(crate) async fn ask(
    tx: &mut Tx,
    digest: &str,
    account: Option<&AccountId>,
    peer: &str,
    now: Timestamp,
    expires: Timestamp,
) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM passkey_challenge WHERE expires_at < $1"),
        params![&now],
    )
    .await?;
    tx.exec(
        sql!(
            "INSERT INTO passkey_challenge (digest, account, peer, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5)"
        ),
        params![digest, &account.cloned(), peer, &now, &expires],
    )
    .await?;
    Ok(())
}

/// How many challenges wait for a network address.
pub(crate) async fn asked(tx: &mut Tx, peer: &str, now: Timestamp) -> Result<i64> {
    let sql = sql!(i64:
        "SELECT COUNT(*) FROM passkey_challenge WHERE peer = $1 AND expires_at > $2");
    Ok(tx.one(sql, params![peer, &now]).await?)
}

/// Uses a challenge up; `false` where it was not asked of this account (or, without one, of whoever signs in), was
/// answered before, or is too old.
pub(crate) async fn answer(
    tx: &mut Tx,
    digest: &str,
    account: Option<&AccountId>,
    now: Timestamp,
) -> Result<bool> {
    let account = account.map_or("", AccountId::as_str);
    let rows = tx
        .exec(
            sql!(
                "DELETE FROM passkey_challenge
                 WHERE digest = $1 AND COALESCE(account, '') = $2 AND expires_at > $3"
            ),
            params![digest, account, &now],
        )
        .await?;
    Ok(rows == 1)
}

/// Notes that whoever has a session has proved a passkey in it.
pub(crate) async fn strengthen(tx: &mut Tx, session: &SessionId) -> Result<()> {
    tx.exec(
        sql!("UPDATE session SET by_passkey = TRUE WHERE id = $1"),
        params![session],
    )
    .await?;
    Ok(())
}
