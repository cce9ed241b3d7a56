//! Who is in which team.

use db::{Db, Run, Tx, params, record, sql};
use kernel::{Result, Timestamp};

use crate::model::{AccountId, ConferenceId, Role};

record! {
    struct Standing { owner: bool, role: Option<String> }
}

record! {
    /// One role of one member.
    pub(crate) struct Held {
        pub(crate) account: AccountId,
        pub(crate) name: String,
        pub(crate) email: String,
        pub(crate) avatar: Option<String>,
        pub(crate) role: Role,
        pub(crate) since: Timestamp,
        pub(crate) shown: bool,
    }
}

record! {
    /// A role of somebody in a conference.
    pub(crate) struct Place {
        pub(crate) conference: ConferenceId,
        pub(crate) role: Role,
        pub(crate) shown: bool,
    }
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

/// Takes a role away.
pub(crate) async fn delete_membership(
    tx: &mut Tx,
    account: &AccountId,
    conference: &ConferenceId,
    role: Role,
) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM membership WHERE account = $1 AND conference = $2 AND role = $3"),
        params![account, conference, &role],
    )
    .await?;
    Ok(())
}

/// Makes whoever else changes this team wait until the transaction ends: two chairs who remove each other at the
/// same moment must not both succeed.
pub(crate) async fn lock(tx: &mut Tx, conference: &ConferenceId) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO team (conference, version) VALUES ($1, 1)
             ON CONFLICT (conference) DO UPDATE SET version = team.version + 1"
        ),
        params![conference],
    )
    .await?;
    Ok(())
}

/// The roles of a member, in the order of [`Role::ALL`].
pub(crate) async fn roles(
    tx: &mut Tx,
    account: &AccountId,
    conference: &ConferenceId,
) -> Result<Vec<Role>> {
    let sql = sql!(Role: "SELECT role FROM membership WHERE account = $1 AND conference = $2");
    let mut roles = tx.all(sql, params![account, conference]).await?;
    roles.sort_unstable();
    Ok(roles)
}

/// How many chairs a conference has.
pub(crate) async fn chairs(tx: &mut Tx, conference: &ConferenceId) -> Result<i64> {
    let sql = sql!(i64: "SELECT COUNT(*) FROM membership WHERE conference = $1 AND role = 'chair'");
    Ok(tx.one(sql, params![conference]).await?)
}

/// Everybody in a team, one row for each role, people together.
pub(crate) async fn held(db: &Db, conference: &ConferenceId) -> Result<Vec<Held>> {
    Ok(db
        .all(
            sql!(Held:
                "SELECT m.account, a.name, a.email, a.avatar, m.role, m.created_at AS since,
                    COALESCE(p.shown, FALSE) AS shown
                 FROM membership m JOIN account a ON a.id = m.account
                 LEFT JOIN team_profile p ON p.account = m.account AND p.conference = m.conference
                 WHERE m.conference = $1 ORDER BY a.name, a.id, m.created_at"),
            params![conference],
        )
        .await?)
}

/// The teams that somebody is in, one row for each role, teams together.
pub(crate) async fn places(run: &mut impl Run, account: &AccountId) -> Result<Vec<Place>> {
    Ok(run
        .all(
            sql!(Place:
                "SELECT m.conference, m.role, COALESCE(p.shown, FALSE) AS shown
                 FROM membership m
                 LEFT JOIN team_profile p ON p.account = m.account AND p.conference = m.conference
                 WHERE m.account = $1 ORDER BY m.conference, m.role"),
            params![account],
        )
        .await?)
}

/// Whether a member wants to be on the public page.
pub(crate) async fn show(
    tx: &mut Tx,
    account: &AccountId,
    conference: &ConferenceId,
    shown: bool,
) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO team_profile (account, conference, shown) VALUES ($1, $2, $3)
             ON CONFLICT (account, conference) DO UPDATE SET shown = excluded.shown"
        ),
        params![account, conference, &shown],
    )
    .await?;
    Ok(())
}

/// Forgets what a former member wanted.
pub(crate) async fn forget(
    tx: &mut Tx,
    account: &AccountId,
    conference: &ConferenceId,
) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM team_profile WHERE account = $1 AND conference = $2"),
        params![account, conference],
    )
    .await?;
    Ok(())
}

/// Removes everything that is known about the team of a conference.
pub(crate) async fn forget_conference(tx: &mut Tx, conference: &ConferenceId) -> Result<()> {
    for statement in [
        sql!("DELETE FROM membership WHERE conference = $1"),
        sql!("DELETE FROM invitation WHERE conference = $1"),
        sql!("DELETE FROM team_profile WHERE conference = $1"),
        sql!("DELETE FROM team WHERE conference = $1"),
    ] {
        tx.exec(statement, params![conference]).await?;
    }
    Ok(())
}
