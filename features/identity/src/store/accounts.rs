//! Accounts.

use db::{Db, Run, Tx, params, record, sql};
use kernel::{Result, Timestamp};

use platform::blob::BlobId;

use crate::model::AccountId;
use crate::model::profile::Told;

record! {
    /// An account.
    pub(crate) struct Account {
        pub(crate) id: AccountId,
        pub(crate) email: String,
        pub(crate) name: String,
        pub(crate) owner: bool,
    }
}

record! {
    /// What somebody tells about themselves.
    pub(crate) struct Profile {
        pub(crate) name: String,
        pub(crate) kana: String,
        pub(crate) languages: String,
        pub(crate) zone: Option<String>,
        pub(crate) avatar: Option<BlobId>,
        pub(crate) version: i64,
    }
}

/// An account by id.
pub(crate) async fn account(db: &Db, id: &str) -> Result<Option<Account>> {
    Ok(db
        .opt(
            sql!(Account: "SELECT id, email, name, owner FROM account WHERE id = $1"),
            params![id],
        )
        .await?)
}

/// An account by mail address.
pub(crate) async fn account_by_email(run: &mut impl Run, email: &str) -> Result<Option<Account>> {
    Ok(run
        .opt(
            sql!(Account: "SELECT id, email, name, owner FROM account WHERE email = $1"),
            params![email],
        )
        .await?)
}

/// The languages that the holder of an address reads, where they have an account.
pub(crate) async fn languages(tx: &mut Tx, email: &str) -> Result<Option<String>> {
    let sql = sql!(String: "SELECT languages FROM account WHERE email = $1");
    Ok(tx.opt(sql, params![email]).await?)
}

/// Makes an account unless the address has one; two people who press at once get the same one.
pub(crate) async fn ensure_account(
    tx: &mut Tx,
    email: &str,
    name: &str,
    now: Timestamp,
) -> Result<Account> {
    if let Some(account) = account_by_email(tx, email).await? {
        return Ok(account);
    }
    create(tx, email, name, now).await?;
    account_by_email(tx, email)
        .await?
        .ok_or_else(|| kernel::Error::internal("an account vanished while it was made"))
}

/// Makes an account; `false` where the address has one, perhaps since a moment ago.
pub(crate) async fn create(tx: &mut Tx, email: &str, name: &str, now: Timestamp) -> Result<bool> {
    let number = db::next_number(tx, "account").await?;
    let rows = tx
        .exec(
            sql!(
                "INSERT INTO account (id, number, email, name, owner, created_at)
                 VALUES ($1, $2, $3, $4, FALSE, $5) ON CONFLICT (email) DO NOTHING"
            ),
            params![&AccountId::fresh(), &number, email, name, &now],
        )
        .await?;
    Ok(rows == 1)
}

/// What somebody tells about themselves.
pub(crate) async fn profile(run: &mut impl Run, id: &AccountId) -> Result<Option<Profile>> {
    Ok(run
        .opt(
            sql!(Profile:
                "SELECT name, kana, languages, zone, avatar, version FROM account WHERE id = $1"),
            params![id],
        )
        .await?)
}

/// Changes what somebody tells about themselves; `false` where it was changed since `version`.
pub(crate) async fn update_profile(
    tx: &mut Tx,
    id: &AccountId,
    told: &Told,
    version: i64,
) -> Result<bool> {
    let rows = tx
        .exec(
            sql!(
                "UPDATE account SET name = $2, kana = $3, languages = $4, zone = $5, version = version + 1
                 WHERE id = $1 AND version = $6"
            ),
            params![id, told.name, told.kana, told.languages, told.zone, version],
        )
        .await?;
    Ok(rows == 1)
}

/// Puts another picture in place.
pub(crate) async fn put_avatar(tx: &mut Tx, id: &AccountId, avatar: Option<&BlobId>) -> Result<()> {
    tx.exec(
        sql!("UPDATE account SET avatar = $2, version = version + 1 WHERE id = $1"),
        params![id, &avatar.cloned()],
    )
    .await?;
    Ok(())
}

/// Whether a file is somebody's picture.
pub(crate) async fn is_avatar(db: &Db, avatar: &BlobId) -> Result<bool> {
    let sql = sql!(String: "SELECT id FROM account WHERE avatar = $1 LIMIT 1");
    Ok(db.opt(sql, params![avatar]).await?.is_some())
}

/// Gives an account another mail address.
///
/// # Errors
/// A conflict where another account has it.
pub(crate) async fn put_email(
    tx: &mut Tx,
    id: &AccountId,
    from: &str,
    email: &str,
) -> Result<bool> {
    let done = tx
        .exec(
            sql!("UPDATE account SET email = $3 WHERE id = $1 AND email = $2"),
            params![id, from, email],
        )
        .await;
    match done {
        Ok(rows) => Ok(rows == 1),
        Err(error) if error.is_unique("account.email") => {
            Err(kernel::Error::conflict("identity-email-taken"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Deletes an account, with its sessions, roles and tokens.
pub(crate) async fn delete(tx: &mut Tx, id: &AccountId) -> Result<bool> {
    let rows = tx
        .exec(sql!("DELETE FROM account WHERE id = $1"), params![id])
        .await?;
    Ok(rows == 1)
}

/// Makes an account the site's owner.
pub(crate) async fn make_owner(tx: &mut Tx, id: &AccountId) -> Result<()> {
    tx.exec(
        sql!("UPDATE account SET owner = TRUE WHERE id = $1"),
        params![id],
    )
    .await?;
    Ok(())
}

/// Whether the site has an owner.
pub(crate) async fn has_owner(db: &Db) -> Result<bool> {
    Ok(db
        .opt(
            sql!(String: "SELECT id FROM account WHERE owner LIMIT 1"),
            params![],
        )
        .await?
        .is_some())
}

/// The owners of the site.
pub(crate) async fn owners(db: &Db) -> Result<Vec<Account>> {
    Ok(db
        .all(
            sql!(Account: "SELECT id, email, name, owner FROM account WHERE owner ORDER BY name, id"),
            params![],
        )
        .await?)
}
