//! SQL of identity, by noun.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod invitations;
pub(crate) mod links;
pub(crate) mod members;
pub(crate) mod sessions;
