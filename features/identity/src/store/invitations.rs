//! Invitations into teams.

use db::{Db, Run, Tx, params, record, sql};
use kernel::{Result, Timestamp};

use crate::model::{AccountId, ConferenceId, InvitationId};

record! {
    /// An invitation.
    pub(crate) struct Invitation {
        pub(crate) id: InvitationId,
        pub(crate) conference: ConferenceId,
        pub(crate) email: String,
        pub(crate) roles: String,
        pub(crate) created_by: AccountId,
        pub(crate) sent_at: Timestamp,
        pub(crate) expires_at: Timestamp,
        pub(crate) accepted_at: Option<Timestamp>,
        pub(crate) revoked_at: Option<Timestamp>,
    }
}

/// An invitation to be kept.
pub(crate) struct Fresh<'a> {
    pub(crate) id: &'a InvitationId,
    pub(crate) conference: &'a ConferenceId,
    pub(crate) token_hash: &'a str,
    pub(crate) email: &'a str,
    pub(crate) roles: &'a str,
    pub(crate) created_by: &'a AccountId,
    pub(crate) now: Timestamp,
    pub(crate) expires: Timestamp,
}

/// Keeps an invitation.
pub(crate) async fn insert(tx: &mut Tx, fresh: &Fresh<'_>) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO invitation (id, conference, token_hash, email, roles, created_by, created_at, sent_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)"
        ),
        params![
            fresh.id,
            fresh.conference,
            fresh.token_hash,
            fresh.email,
            fresh.roles,
            fresh.created_by,
            fresh.now,
            fresh.expires
        ],
    )
    .await?;
    Ok(())
}

/// The latest invitations of a conference, the newest first.
pub(crate) async fn of(db: &Db, conference: &ConferenceId, limit: i64) -> Result<Vec<Invitation>> {
    Ok(db
        .all(
            sql!(Invitation:
                "SELECT id, conference, email, roles, created_by, sent_at, expires_at, accepted_at, revoked_at
                 FROM invitation WHERE conference = $1 ORDER BY created_at DESC, id DESC LIMIT $2"),
            params![conference, &limit],
        )
        .await?)
}

/// At most `limit` invitations of a conference, the newest first, those before the one of an id; empty for all. Ids are
/// drawn when invitations are made, and sort as they were.
pub(crate) async fn page(
    db: &Db,
    conference: &ConferenceId,
    before: &str,
    limit: i64,
) -> Result<Vec<Invitation>> {
    Ok(db
        .all(
            sql!(Invitation:
                "SELECT id, conference, email, roles, created_by, sent_at, expires_at, accepted_at, revoked_at
                 FROM invitation WHERE conference = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3"),
            params![conference, before, &limit],
        )
        .await?)
}

/// An invitation of a conference.
pub(crate) async fn one(
    run: &mut impl Run,
    conference: &ConferenceId,
    id: &InvitationId,
) -> Result<Option<Invitation>> {
    Ok(run
        .opt(
            sql!(Invitation:
                "SELECT id, conference, email, roles, created_by, sent_at, expires_at, accepted_at, revoked_at
                 FROM invitation WHERE id = $1 AND conference = $2"),
            params![id, conference],
        )
        .await?)
}

/// The invitation behind a link.
pub(crate) async fn behind(db: &Db, token_hash: &str) -> Result<Option<Invitation>> {
    Ok(db
        .opt(
            sql!(Invitation:
                "SELECT id, conference, email, roles, created_by, sent_at, expires_at, accepted_at, revoked_at
                 FROM invitation WHERE token_hash = $1"),
            params![token_hash],
        )
        .await?)
}

/// How many invitations of a conference are open, and whether one of them is for this address.
pub(crate) async fn open(
    tx: &mut Tx,
    conference: &ConferenceId,
    email: &str,
    now: Timestamp,
) -> Result<(i64, bool)> {
    let all = sql!(i64:
        "SELECT COUNT(*) FROM invitation
         WHERE conference = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2");
    let own = sql!(i64:
        "SELECT COUNT(*) FROM invitation WHERE conference = $1 AND email = $3
         AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2");
    let all = tx.one(all, params![conference, &now]).await?;
    let own = tx.one(own, params![conference, &now, email]).await?;
    Ok((all, own > 0))
}

/// Gives an open or expired invitation another link; the one before stops working.
pub(crate) async fn renew(
    tx: &mut Tx,
    id: &InvitationId,
    token_hash: &str,
    now: Timestamp,
    expires: Timestamp,
) -> Result<bool> {
    let rows = tx
        .exec(
            sql!(
                "UPDATE invitation SET token_hash = $2, sent_at = $3, expires_at = $4
                 WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL"
            ),
            params![id, token_hash, &now, &expires],
        )
        .await?;
    Ok(rows == 1)
}

/// Takes an open invitation back; `false` where it is not open.
pub(crate) async fn revoke(tx: &mut Tx, id: &InvitationId, now: Timestamp) -> Result<bool> {
    let rows = tx
        .exec(
            sql!(
                "UPDATE invitation SET revoked_at = $2
                 WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL"
            ),
            params![id, &now],
        )
        .await?;
    Ok(rows == 1)
}

/// Uses an invitation up; `false` where somebody was faster or it is not open any more.
pub(crate) async fn accept(
    tx: &mut Tx,
    id: &InvitationId,
    token_hash: &str,
    now: Timestamp,
) -> Result<bool> {
    let rows = tx
        .exec(
            sql!(
                "UPDATE invitation SET accepted_at = $3
                 WHERE id = $1 AND token_hash = $2 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3"
            ),
            params![id, token_hash, &now],
        )
        .await?;
    Ok(rows == 1)
}

/// Forgets the invitations for a mail address.
pub(crate) async fn forget(tx: &mut Tx, email: &str) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM invitation WHERE email = $1"),
        params![email],
    )
    .await?;
    Ok(())
}

/// The invitations for a mail address.
pub(crate) async fn for_email(db: &Db, email: &str) -> Result<Vec<Invitation>> {
    Ok(db
        .all(
            sql!(Invitation:
                "SELECT id, conference, email, roles, created_by, sent_at, expires_at, accepted_at, revoked_at
                 FROM invitation WHERE email = $1 ORDER BY created_at, id"),
            params![email],
        )
        .await?)
}
