//! Rules of teams and invitations.

use kernel::{Error, Result, Timestamp};

use super::Role;
use crate::limits;

/// Reads the roles of a form: at least one, each once, in the order of [`Role::ALL`].
pub(crate) fn parse_roles<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Vec<Role>> {
    let mut roles = Vec::new();
    for word in words {
        let role =
            Role::parse(word).ok_or_else(|| Error::invalid("roles", "identity-role-unknown"))?;
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    roles.sort_unstable();
    if roles.is_empty() {
        return Err(Error::invalid("roles", "identity-roles-empty"));
    }
    Ok(roles)
}

/// Roles as one column.
pub(crate) fn join_roles(roles: &[Role]) -> String {
    roles
        .iter()
        .map(|role| role.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Roles out of one column.
pub(crate) fn split_roles(text: &str) -> Vec<Role> {
    text.split(' ').filter_map(Role::parse).collect()
}

/// A member's roles as one number, which differs where they do: the state that a form was made from.
pub(crate) fn state_of(roles: &[Role]) -> i64 {
    let bits = (0_u32..).zip(Role::ALL);
    bits.filter(|(_, role)| roles.contains(role))
        .map(|(bit, _)| 1_i64 << bit)
        .sum()
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It can be accepted.
    Open,
    /// Somebody did.
    Accepted,
    /// The team took it back.
    Revoked,
    /// Nobody did in time.
    Expired,
}

impl Standing {
    /// What the instants of an invitation say.
    pub(crate) fn of(
        accepted: Option<Timestamp>,
        revoked: Option<Timestamp>,
        expires: Timestamp,
        now: Timestamp,
    ) -> Self {
        match (accepted, revoked) {
            (Some(_), _) => Self::Accepted,
            (None, Some(_)) => Self::Revoked,
            (None, None) if expires <= now => Self::Expired,
            (None, None) => Self::Open,
        }
    }

    /// The refusal that says what to do, or nothing where it is open.
    pub(crate) fn check(self) -> Result<()> {
        match self {
            Self::Open => Ok(()),
            Self::Accepted => Err(Error::conflict("identity-invitation-used")),
            Self::Revoked => Err(Error::conflict("identity-invitation-revoked")),
            Self::Expired => Err(Error::conflict("identity-invitation-expired")),
        }
    }
}

/// Whether the mail of an invitation may be sent again.
pub(crate) fn may_resend(sent: Timestamp, now: Timestamp) -> Result<()> {
    let passed = now.duration_since(sent).unsigned_abs();
    match limits::INVITATION_PAUSE.checked_sub(passed) {
        Some(left) if !left.is_zero() => Err(Error::TooMany { retry_after: left }),
        _ => Ok(()),
    }
}

/// Refuses to leave a team without a chair.
pub(crate) fn keeps_a_chair(before: &[Role], after: &[Role], chairs: i64) -> Result<()> {
    let loses = before.contains(&Role::Chair) && !after.contains(&Role::Chair);
    if loses && chairs <= 1 {
        return Err(Error::conflict("identity-last-chair"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_come_sorted_once_and_at_least_one() {
        let roles = parse_roles(["desk", "chair", "desk"]).expect("good");
        assert_eq!(roles, [Role::Chair, Role::Desk]);
        assert_eq!(split_roles(&join_roles(&roles)), roles);
        assert_eq!(state_of(&roles), 0b1_0001);
        assert!(parse_roles([]).is_err());
        assert!(parse_roles(["emperor"]).is_err());
    }

    #[test]
    fn the_last_chair_stays_and_the_last_but_one_may_go() {
        let chair = [Role::Chair];
        assert!(keeps_a_chair(&chair, &[], 1).is_err());
        assert!(keeps_a_chair(&chair, &[Role::Desk], 1).is_err());
        assert!(keeps_a_chair(&chair, &[], 2).is_ok());
        assert!(keeps_a_chair(&[Role::Desk], &[], 1).is_ok());
    }
}
