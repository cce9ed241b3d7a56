//! SQL of identity.

use db::{Db, Run, Tx, params, record, sql};
use kernel::{Result, Timestamp};

use crate::model::{AccountId, ConferenceId, Role, SessionId};

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
    /// A live session and whose it is.
    pub(crate) struct LiveSession {
        pub(crate) session: SessionId,
        pub(crate) seen_at: Timestamp,
        pub(crate) account: AccountId,
        pub(crate) name: String,
        pub(crate) email: String,
    }
}

record! {
    /// A session as its owner sees it.
    pub(crate) struct Session {
        pub(crate) id: SessionId,
        pub(crate) created_at: Timestamp,
        pub(crate) seen_at: Timestamp,
        pub(crate) user_agent: String,
    }
}

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

record! {
    struct Standing { owner: bool, role: Option<String> }
}

record! {
    struct Named { id: String }
}

/// The session of a token's digest, unless it has expired.
pub(crate) async fn session_of(
    db: &Db,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<LiveSession>> {
    Ok(db
        .opt(
            sql!(LiveSession:
                "SELECT s.id AS session, s.seen_at, a.id AS account, a.name, a.email
                 FROM session s JOIN account a ON a.id = s.account
                 WHERE s.token_hash = $1 AND s.expires_at > $2"),
            params![token_hash, &now],
        )
        .await?)
}

/// Whether a session of that id has neither ended nor expired.
pub(crate) async fn is_live(db: &Db, session: &str, now: Timestamp) -> Result<bool> {
    let found = db
        .opt(
            sql!(Named: "SELECT id FROM session WHERE id = $1 AND expires_at > $2"),
            params![session, &now],
        )
        .await?;
    Ok(found.is_some())
}

/// Notes that a session was used and pushes its end away.
pub(crate) async fn session_seen(db: &Db, id: &SessionId, now: Timestamp) -> Result<()> {
    let expires = now + crate::limits::SESSION_LIFE;
    db.exec(
        sql!("UPDATE session SET seen_at = $2, expires_at = $3 WHERE id = $1"),
        params![id, &now, &expires],
    )
    .await?;
    Ok(())
}

/// Begins a session.
pub(crate) async fn insert_session(
    tx: &mut Tx,
    id: &SessionId,
    account: &AccountId,
    token_hash: &str,
    user_agent: &str,
    now: Timestamp,
) -> Result<()> {
    let expires = now + crate::limits::SESSION_LIFE;
    tx.exec(
        sql!(
            "INSERT INTO session (id, account, token_hash, created_at, seen_at, expires_at, user_agent)
             VALUES ($1, $2, $3, $4, $4, $5, $6)"
        ),
        params![id, account, token_hash, &now, &expires, user_agent],
    )
    .await?;
    Ok(())
}

/// Drops what an account has beyond `keep` sessions, the longest unused first, and everything expired.
pub(crate) async fn trim_sessions(
    tx: &mut Tx,
    account: &AccountId,
    keep: i64,
    now: Timestamp,
) -> Result<()> {
    tx.exec(
        sql!(
            "DELETE FROM session WHERE account = $1 AND (expires_at <= $3 OR id NOT IN
             (SELECT id FROM session WHERE account = $1 ORDER BY seen_at DESC, id DESC LIMIT $2))"
        ),
        params![account, &keep, &now],
    )
    .await?;
    Ok(())
}

/// The sessions of an account, the latest used first.
pub(crate) async fn sessions(db: &Db, account: &AccountId, now: Timestamp) -> Result<Vec<Session>> {
    Ok(db
        .all(
            sql!(Session:
                "SELECT id, created_at, seen_at, user_agent FROM session
                 WHERE account = $1 AND expires_at > $2 ORDER BY seen_at DESC, id DESC"),
            params![account, &now],
        )
        .await?)
}

/// Ends a session of this account; `false` where it has none of that id.
pub(crate) async fn delete_session(
    tx: &mut Tx,
    account: &AccountId,
    id: &SessionId,
) -> Result<bool> {
    let rows = tx
        .exec(
            sql!("DELETE FROM session WHERE id = $1 AND account = $2"),
            params![id, account],
        )
        .await?;
    Ok(rows == 1)
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
            sql!(Named: "SELECT id FROM account WHERE owner LIMIT 1"),
            params![],
        )
        .await?
        .is_some())
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

/// Roles in a conference, and whether the account owns the site. One statement: it runs on every team request.
pub(crate) async fn standing(
    db: &Db,
    account: &AccountId,
    conference: &ConferenceId,
) -> Result<(Vec<Role>, bool)> {
    let rows = db
        .all(
            sql!(Standing:
                "SELECT a.owner, m.role FROM account a
                 LEFT JOIN membership m ON m.account = a.id AND m.conference = $2
                 WHERE a.id = $1"),
            params![account, conference],
        )
        .await?;
    let owner = rows.iter().any(|row| row.owner);
    let roles = rows
        .iter()
        .filter_map(|row| row.role.as_deref().and_then(Role::parse))
        .collect();
    Ok((roles, owner))
}

/// Gives a role; giving it twice changes nothing.
pub(crate) async fn insert_membership(
    tx: &mut Tx,
    account: &AccountId,
    conference: &ConferenceId,
    role: Role,
    now: Timestamp,
) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO membership (account, conference, role, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (account, conference, role) DO NOTHING"
        ),
        params![account, conference, &role, &now],
    )
    .await?;
    Ok(())
}
