//! The letters of identity.

use web::letter::{Letter, Variable};

/// The link that signs somebody in.
pub(crate) const SIGN_IN: Letter = Letter {
    name: "identity-mail",
    variables: &[
        Variable {
            name: "url",
            needed: true,
        },
        Variable {
            name: "minutes",
            needed: false,
        },
    ],
};

/// Every letter of this feature.
pub const LETTERS: &[Letter] = &[SIGN_IN];
