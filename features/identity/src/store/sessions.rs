//! Sessions.

use db::{Db, Tx, params, record, sql};
use kernel::{Result, Timestamp};

use crate::model::{AccountId, SessionId, Way};

record! {
    /// A live session and whose it is.
    pub(crate) struct LiveSession {
        pub(crate) session: SessionId,
        pub(crate) seen_at: Timestamp,
        pub(crate) account: AccountId,
        pub(crate) name: String,
        pub(crate) email: String,
        pub(crate) zone: Option<String>,
        pub(crate) by_passkey: bool,
    }
}

record! {
    /// A session as its owner sees it.
    pub(crate) struct Session {
        pub(crate) id: SessionId,
        pub(crate) created_at: Timestamp,
        pub(crate) seen_at: Timestamp,
        pub(crate) user_agent: String,
        pub(crate) by_passkey: bool,
    }
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
                "SELECT s.id AS session, s.seen_at, a.id AS account, a.name, a.email, a.zone, s.by_passkey
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
            sql!(String: "SELECT id FROM session WHERE id = $1 AND expires_at > $2"),
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
    way: Way,
    now: Timestamp,
) -> Result<()> {
    let expires = now + crate::limits::SESSION_LIFE;
    tx.exec(
        sql!(
            "INSERT INTO session (id, account, token_hash, created_at, seen_at, expires_at, user_agent, way)
             VALUES ($1, $2, $3, $4, $4, $5, $6, $7)"
        ),
        params![
            id,
            account,
            token_hash,
            &now,
            &expires,
            user_agent,
            way.as_str()
        ],
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
                "SELECT id, created_at, seen_at, user_agent, by_passkey FROM session
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

/// Ends a session, whoever's it is; which, unless it is over already.
pub(crate) async fn end(tx: &mut Tx, id: &str) -> Result<Option<SessionId>> {
    let sql = sql!(SessionId: "DELETE FROM session WHERE id = $1 RETURNING id");
    Ok(tx.opt(sql, params![id]).await?)
}

/// Ends all sessions of an account but one; those that ended.
pub(crate) async fn delete_others(
    tx: &mut Tx,
    account: &AccountId,
    kept: &str,
) -> Result<Vec<SessionId>> {
    let sql = sql!(SessionId: "DELETE FROM session WHERE account = $1 AND id <> $2 RETURNING id");
    Ok(tx.all(sql, params![account, kept]).await?)
}

record! {
    /// How and when a session began.
    pub(crate) struct Beginning {
        pub(crate) created_at: Timestamp,
        pub(crate) way: String,
    }
}

/// How and when a session began.
pub(crate) async fn beginning(db: &Db, id: &str) -> Result<Option<Beginning>> {
    let sql = sql!(Beginning: "SELECT created_at, way FROM session WHERE id = $1");
    Ok(db.opt(sql, params![id]).await?)
}

/// The session of a token's digest.
pub(crate) async fn id_of(tx: &mut Tx, token_hash: &str) -> Result<SessionId> {
    let sql = sql!(SessionId: "SELECT id FROM session WHERE token_hash = $1");
    Ok(tx.one(sql, params![token_hash]).await?)
}
