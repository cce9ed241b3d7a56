//! Use cases of identity, by noun.

pub(crate) mod account;
mod conference;
pub(crate) mod email;
pub(crate) mod farewell;
pub(crate) mod passkeys;
pub(crate) mod passwords;
pub(crate) mod proof;
pub(crate) mod providers;
mod sign_in;
pub(crate) mod site;
pub(crate) mod team;
pub(crate) mod tokens;
mod told;

pub use conference::{forget_conference, lead};
pub(crate) use sign_in::shortcut;
pub use sign_in::{
    Begun, Offer, Persona, accept_link, begin, enrol, is_live, offer, owner_link, person,
    request_link, sign_in_path,
};
