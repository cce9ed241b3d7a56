//! The letters of identity.

use web::letter::{Letter, Reach, Variable};

const fn needed(name: &'static str) -> Variable {
    Variable { name, needed: true }
}

const fn possible(name: &'static str) -> Variable {
    Variable {
        name,
        needed: false,
    }
}

/// The link that signs somebody in.
pub(crate) const SIGN_IN: Letter = Letter {
    name: "identity-mail",
    reach: Reach::Site,
    variables: &[needed("url"), possible("minutes")],
};

/// The link that makes somebody a member of a team.
pub(crate) const INVITATION: Letter = Letter {
    name: "identity-invitation-mail",
    reach: Reach::Conference,
    variables: &[
        needed("url"),
        possible("conference"),
        possible("inviter"),
        possible("roles"),
        possible("email"),
        possible("days"),
    ],
};

/// Every letter of this feature.
pub const LETTERS: &[Letter] = &[SIGN_IN, INVITATION];
