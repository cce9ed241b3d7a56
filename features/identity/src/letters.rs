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

/// The link that proves a new mail address.
pub(crate) const EMAIL: Letter = Letter {
    name: "identity-email-mail",
    reach: Reach::Site,
    variables: &[
        needed("url", "identity-email-mail-url"),
        possible("minutes", "identity-email-mail-minutes"),
        possible("old", "identity-email-mail-old"),
    ],
};

/// To a mailbox whose address somebody wanted for their account, and which has an account already.
pub(crate) const EMAIL_TAKEN: Letter = Letter {
    name: "identity-email-taken-mail",
    reach: Reach::Site,
    variables: &[],
};

/// To the old mailbox: the address was changed, and how that is undone.
pub(crate) const EMAIL_TOLD: Letter = Letter {
    name: "identity-email-told-mail",
    reach: Reach::Site,
    variables: &[
        needed("url", "identity-email-told-mail-url"),
        possible("days", "identity-email-told-mail-days"),
        possible("new", "identity-email-told-mail-new"),
    ],
};

/// To the holder of an account: a way into it was added or taken away.
pub(crate) const WAYS: Letter = Letter {
    name: "identity-ways-mail",
    reach: Reach::Site,
    variables: &[
        needed("what", "identity-ways-mail-what"),
        needed("url", "identity-ways-mail-url"),
    ],
};

/// The receipt of a deleted account.
pub(crate) const DELETED: Letter = Letter {
    name: "identity-deleted-mail",
    reach: Reach::Site,
    variables: &[
        needed("lines", "identity-deleted-mail-lines"),
        possible("number", "identity-deleted-mail-number"),
    ],
};

/// Every letter of this feature.
pub const LETTERS: &[Letter] = &[
    SIGN_IN,
    INVITATION,
    EMAIL,
    EMAIL_TAKEN,
    EMAIL_TOLD,
    WAYS,
    DELETED,
];
