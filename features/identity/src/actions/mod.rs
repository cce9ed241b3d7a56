//! Use cases of identity, by noun.

pub(crate) mod account;
mod sign_in;
pub(crate) mod team;

pub use sign_in::{
    Begun, Offer, Persona, accept_link, begin, enrol, is_live, offer, owner_link, person,
    request_link, sign_in_path,
};
