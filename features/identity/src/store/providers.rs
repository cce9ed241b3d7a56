//! Whom providers know our people as, open ways to providers, and identities that wait for the proof of an account.

use db::{Db, Tx, params, record, sql};
use kernel::{Result, Timestamp};

use crate::model::{AccountId, IdentityId};

record! {
    /// An identity as its owner sees it.
    pub(crate) struct Identity {
        pub(crate) id: IdentityId,
        pub(crate) provider: String,
        pub(crate) email: String,
        pub(crate) created_at: Timestamp,
        pub(crate) used_at: Option<Timestamp>,
    }
}

record! {
    /// A way to a provider, which somebody came back from.
    pub(crate) struct Visit {
        pub(crate) account: Option<AccountId>,
        pub(crate) next: String,
    }
}

record! {
    /// An identity that waits for the proof of the account.
    pub(crate) struct Offer {
        pub(crate) account: AccountId,
        pub(crate) provider: String,
        pub(crate) issuer: String,
        pub(crate) subject: String,
        pub(crate) email: String,
        pub(crate) next: String,
        pub(crate) expires_at: Timestamp,
    }
}

/// Who somebody is at a provider.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) subject: &'a str,
}

/// Remembers that somebody is on their way to a provider; what is too old goes.
pub(crate) async fn leave(
    tx: &mut Tx,
    digest: &str,
    provider: &str,
    visit: &Visit,
    peer: &str,
    (now, expires): (Timestamp, Timestamp),
) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM provider_visit WHERE expires_at <= $1"),
        params![&now],
    )
    .await?;
    tx.exec(
        sql!(
            "INSERT INTO provider_visit (digest, provider, account, next, peer, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        params![
            digest,
            provider,
            &visit.account,
            &visit.next,
            peer,
            &now,
            &expires
        ],
    )
    .await?;
    Ok(())
}

/// How many are on their way from a network address.
pub(crate) async fn away(tx: &mut Tx, peer: &str, now: Timestamp) -> Result<i64> {
    let sql = sql!(i64: "SELECT COUNT(*) FROM provider_visit WHERE peer = $1 AND expires_at > $2");
    Ok(tx.one(sql, params![peer, &now]).await?)
}

/// The way that somebody came back from, which ends with it; `None` where there was none.
pub(crate) async fn come_back(
    tx: &mut Tx,
    digest: &str,
    provider: &str,
    now: Timestamp,
) -> Result<Option<Visit>> {
    let sql = sql!(Visit:
        "DELETE FROM provider_visit WHERE digest = $1 AND provider = $2 AND expires_at > $3
         RETURNING account, next");
    Ok(tx.opt(sql, params![digest, provider, &now]).await?)
}

/// Whose an identity is.
pub(crate) async fn account_of(tx: &mut Tx, who: Subject<'_>) -> Result<Option<AccountId>> {
    let sql = sql!(AccountId:
        "SELECT account FROM provider_identity WHERE issuer = $1 AND subject = $2");
    Ok(tx.opt(sql, params![who.issuer, who.subject]).await?)
}

/// Notes that an identity was used, and its address as the provider told it.
pub(crate) async fn used(tx: &mut Tx, who: Subject<'_>, email: &str, now: Timestamp) -> Result<()> {
    tx.exec(
        sql!(
            "UPDATE provider_identity SET used_at = $4, email = $3 WHERE issuer = $1 AND subject = $2"
        ),
        params![who.issuer, who.subject, email, &now],
    )
    .await?;
    Ok(())
}

/// Links an identity; `None` where it is linked already, to whomever.
pub(crate) async fn link(
    tx: &mut Tx,
    account: &AccountId,
    provider: &str,
    who: Subject<'_>,
    email: &str,
    now: Timestamp,
) -> Result<Option<IdentityId>> {
    let id = IdentityId::fresh();
    let rows = tx
        .exec(
            sql!(
                "INSERT INTO provider_identity (id, account, provider, issuer, subject, email, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (issuer, subject) DO NOTHING"
            ),
            params![
                &id,
                account,
                provider,
                who.issuer,
                who.subject,
                email,
                &now
            ],
        )
        .await?;
    Ok((rows == 1).then_some(id))
}

/// The identities of an account, the oldest first.
pub(crate) async fn of(db: &Db, account: &AccountId) -> Result<Vec<Identity>> {
    Ok(db
        .all(
            sql!(Identity:
                "SELECT id, provider, email, created_at, used_at FROM provider_identity
                 WHERE account = $1 ORDER BY created_at, id"),
            params![account],
        )
        .await?)
}

/// How many identities an account has.
pub(crate) async fn count(tx: &mut Tx, account: &AccountId) -> Result<i64> {
    let sql = sql!(i64: "SELECT COUNT(*) FROM provider_identity WHERE account = $1");
    Ok(tx.one(sql, params![account]).await?)
}

/// Takes an identity away; the name of its provider.
pub(crate) async fn unlink(
    tx: &mut Tx,
    account: &AccountId,
    id: &IdentityId,
) -> Result<Option<String>> {
    let sql = sql!(String:
        "DELETE FROM provider_identity WHERE id = $1 AND account = $2 RETURNING provider");
    Ok(tx.opt(sql, params![id, account]).await?)
}

/// Takes away what was linked since.
pub(crate) async fn unlink_since(tx: &mut Tx, account: &AccountId, since: Timestamp) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM provider_identity WHERE account = $1 AND created_at >= $2"),
        params![account, &since],
    )
    .await?;
    Ok(())
}

/// Keeps an identity until the account is proved; what is too old goes.
pub(crate) async fn offer(tx: &mut Tx, digest: &str, offer: &Offer, now: Timestamp) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM provider_offer WHERE expires_at <= $1"),
        params![&now],
    )
    .await?;
    tx.exec(
        sql!(
            "INSERT INTO provider_offer (digest, account, provider, issuer, subject, email, next, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        params![
            digest,
            &offer.account,
            &offer.provider,
            &offer.issuer,
            &offer.subject,
            &offer.email,
            &offer.next,
            &offer.expires_at
        ],
    )
    .await?;
    Ok(())
}

/// The identity that waits.
pub(crate) async fn offered(db: &Db, digest: &str, now: Timestamp) -> Result<Option<Offer>> {
    let sql = sql!(Offer:
        "SELECT account, provider, issuer, subject, email, next, expires_at FROM provider_offer
         WHERE digest = $1 AND expires_at > $2");
    Ok(db.opt(sql, params![digest, &now]).await?)
}

/// Ends an offer; `false` where it was ended before.
pub(crate) async fn take_offer(tx: &mut Tx, digest: &str) -> Result<bool> {
    let rows = tx
        .exec(
            sql!("DELETE FROM provider_offer WHERE digest = $1"),
            params![digest],
        )
        .await?;
    Ok(rows == 1)
}
