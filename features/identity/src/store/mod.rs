//! SQL of identity, by noun.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod emails;
pub(crate) mod invitations;
pub(crate) mod links;
pub(crate) mod members;
pub(crate) mod passkeys;
pub(crate) mod passwords;
pub(crate) mod providers;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod tokens;
