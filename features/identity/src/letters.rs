//! The letters of identity.

use web::letter::{Letter, Reach, Variable};

const fn needed(name: &'static str, key: &'static str) -> Variable {
    Variable {
        name,
        needed: true,
        key,
    }
}

const fn possible(name: &'static str, key: &'static str) -> Variable {
    Variable {
        name,
        needed: false,
        key,
    }
}

/// The link that signs somebody in.
pub(crate) const SIGN_IN: Letter = Letter {
    name: "identity-mail",
    reach: Reach::Site,
    variables: &[
        needed("url", "identity-mail-url"),
        possible("minutes", "identity-mail-minutes"),
    ],
};

/// The link that makes somebody a member of a team.
pub(crate) const INVITATION: Letter = Letter {
    name: "identity-invitation-mail",
    reach: Reach::Conference,
    variables: &[
        needed("url", "identity-invitation-mail-url"),
        possible("conference", "identity-invitation-mail-conference"),
        possible("inviter", "identity-invitation-mail-inviter"),
        possible("roles", "identity-invitation-mail-roles"),
        possible("email", "identity-invitation-mail-email"),
        possible("days", "identity-invitation-mail-days"),
    ],
};

/// Every letter of this feature.
pub const LETTERS: &[Letter] = &[SIGN_IN, INVITATION];
