//! Accounts, sign-in, teams and roles, audit.
//!
//! Promises: a use case that needs a right takes a [`Grant`], which only this crate can make and which
//! names its conference; secrets are stored as digests; a revoked session is refused at the next request
//! and announced on the bus (`session.revoked`) so that open sockets end; every team action leaves an
//! audit entry in the same transaction; whoever loses a role is announced (`membership.removed`), so that what
//! they have open ends at once; a team always keeps a chair; an identity at a provider leads into an account only where
//! the holder of both said so.

pub mod actions;
mod api;
pub mod audit;
pub mod figures;
mod guard;
mod holders;
mod letters;
pub mod limits;
mod metrics;
pub mod model;
pub mod oidc;
mod pages;
mod passwords;
mod pictures;
mod rights;
mod sessions;
mod store;
mod webauthn;

pub use api::openapi;
pub use guard::{Access, ConferenceGuard, Conferences, Found, Shown};
pub use holders::{Deed, Deeds, Fate, Holder, Kept, Person};
pub use letters::LETTERS;
pub use metrics::Metrics;
pub use model::{AccountId, ConferenceId, Role, SessionId};
pub use pages::{Options, routes, routes_with};
pub use rights::{
    Broadcast, Chair, Contents, Desk, Grant, Operation, Platform, Promotion, Reviewer, Right,
    Scope, SiteGrant, SponsorManager, grant,
};
pub use sessions::CookieSessions;

/// Routes of a feature, declared with who may use them.
pub type Routes<S = ()> = web::Routes<Access, S>;

/// Tables of this feature.
pub const MIGRATIONS: db::Migrations = db::migrations!(
    "identity",
    [
        "migrations/0001_account.sql",
        "migrations/0002_profile.sql",
        "migrations/0003_team.sql",
        "migrations/0004_audit.sqlite.sql",
        "migrations/0004_audit.postgres.sql",
        "migrations/0005_account.sql",
        "migrations/0006_passkey.sql",
        "migrations/0007_provider.sql",
    ]
);

/// Messages of this feature.
pub const TEXTS: web::texts::Source = web::texts!();
