//! Tokens with which programs use the API.

use db::{Db, Tx, params, record, sql};
use kernel::{Result, Timestamp};

use crate::model::{AccountId, ConferenceId, TokenId};

record! {
    /// A token as its owner sees it.
    pub(crate) struct Token {
        pub(crate) id: TokenId,
        pub(crate) conference: ConferenceId,
        pub(crate) name: String,
        pub(crate) writes: bool,
        pub(crate) created_at: Timestamp,
        pub(crate) expires_at: Timestamp,
        pub(crate) used_at: Option<Timestamp>,
    }
}

record! {
    /// A live token and whose it is.
    pub(crate) struct Live {
        pub(crate) id: TokenId,
        pub(crate) conference: ConferenceId,
        pub(crate) writes: bool,
        pub(crate) used_at: Option<Timestamp>,
        pub(crate) account: AccountId,
        pub(crate) name: String,
        pub(crate) email: String,
        pub(crate) zone: Option<String>,
    }
}

/// The token of a digest, unless it has expired or was revoked.
pub(crate) async fn live(db: &Db, token_hash: &str, now: Timestamp) -> Result<Option<Live>> {
    Ok(db
        .opt(
            sql!(Live:
                "SELECT t.id, t.conference, t.writes, t.used_at, a.id AS account, a.name, a.email, a.zone
                 FROM api_token t JOIN account a ON a.id = t.account
                 WHERE t.token_hash = $1 AND t.expires_at > $2"),
            params![token_hash, &now],
        )
        .await?)
}

/// Notes that a token was used.
pub(crate) async fn used(db: &Db, id: &TokenId, now: Timestamp) -> Result<()> {
    db.exec(
        sql!("UPDATE api_token SET used_at = $2 WHERE id = $1"),
        params![id, &now],
    )
    .await?;
    Ok(())
}

/// The tokens of an account, the newest first.
pub(crate) async fn of(db: &Db, account: &AccountId) -> Result<Vec<Token>> {
    Ok(db
        .all(
            sql!(Token:
                "SELECT id, conference, name, writes, created_at, expires_at, used_at
                 FROM api_token WHERE account = $1 ORDER BY created_at DESC, id DESC"),
            params![account],
        )
        .await?)
}

/// How many tokens were used since an instant.
pub(crate) async fn used_since(db: &Db, since: Timestamp) -> Result<i64> {
    let sql = sql!(i64: "SELECT COUNT(*) FROM api_token WHERE used_at >= $1");
    Ok(db.one(sql, params![&since]).await?)
}

/// How many tokens an account has.
pub(crate) async fn count(tx: &mut Tx, account: &AccountId) -> Result<i64> {
    let sql = sql!(i64: "SELECT COUNT(*) FROM api_token WHERE account = $1");
    Ok(tx.one(sql, params![account]).await?)
}

/// Keeps a token's digest.
pub(crate) async fn insert(
    tx: &mut Tx,
    account: &AccountId,
    token: &Token,
    token_hash: &str,
) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO api_token (id, account, conference, name, writes, token_hash, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        params![
            token.id,
            account,
            token.conference,
            token.name,
            token.writes,
            token_hash,
            token.created_at,
            token.expires_at
        ],
    )
    .await?;
    Ok(())
}

/// Ends a token; the conference that it was for.
pub(crate) async fn delete(
    tx: &mut Tx,
    account: &AccountId,
    id: &TokenId,
) -> Result<Option<ConferenceId>> {
    let sql = sql!(ConferenceId:
        "DELETE FROM api_token WHERE id = $1 AND account = $2 RETURNING conference");
    Ok(tx.opt(sql, params![id, account]).await?)
}

/// Ends all tokens of an account, or those for one conference.
pub(crate) async fn delete_all(
    tx: &mut Tx,
    account: &AccountId,
    conference: Option<&ConferenceId>,
) -> Result<()> {
    let conference = conference.map_or("", ConferenceId::as_str);
    tx.exec(
        sql!("DELETE FROM api_token WHERE account = $1 AND ($2 = '' OR conference = $2)"),
        params![account, conference],
    )
    .await?;
    Ok(())
}
