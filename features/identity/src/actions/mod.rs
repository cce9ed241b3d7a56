//! Use cases of identity, by noun.

pub(crate) mod account;
mod conference;
mod sign_in;
pub(crate) mod team;

pub use conference::{forget_conference, lead};
pub use sign_in::{
    Begun, Offer, Persona, accept_link, begin, enrol, is_live, offer, owner_link, person,
    request_link, sign_in_path,
};
