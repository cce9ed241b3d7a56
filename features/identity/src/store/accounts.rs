//! Accounts.

use db::{Db, Run, Tx, params, record, sql};
use kernel::{Result, Timestamp};

use crate::model::AccountId;

record! {
    /// An account.
    pub(crate) struct Account {
        pub(crate) id: AccountId,
        pub(crate) email: String,
        pub(crate) name: String,
        pub(crate) owner: bool,
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
    let number = db::next_number(tx, "account").await?;
    tx.exec(
        sql!(
            "INSERT INTO account (id, number, email, name, owner, created_at)
             VALUES ($1, $2, $3, $4, FALSE, $5) ON CONFLICT (email) DO NOTHING"
        ),
        params![&AccountId::fresh(), &number, email, name, &now],
    )
    .await?;
    account_by_email(tx, email)
        .await?
        .ok_or_else(|| kernel::Error::internal("an account vanished while it was made"))
}

/// Changes an account's name.
pub(crate) async fn rename(tx: &mut Tx, id: &AccountId, name: &str) -> Result<()> {
    tx.exec(
        sql!("UPDATE account SET name = $2 WHERE id = $1"),
        params![id, name],
    )
    .await?;
    Ok(())
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
