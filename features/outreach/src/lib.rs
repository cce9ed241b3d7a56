//! What leaves the house by mail: how letters are worded, and what became of every copy.
//!
//! Promises: a team words the letters of its own conference and sees nothing of another's; the owner words those of the
//! site and sees every mail; a wording is never overwritten by who did not see the last one; a mail that was given
//! up stays until somebody sends it again or it is forgotten, and one that left is never sent twice.
//!
//! Letters themselves are declared by the features that send them ([`web::Letter`]).

mod actions;
mod api;
mod keeper;
mod pages;

pub use api::openapi;
pub use pages::routes;

/// Messages of this feature.
pub const TEXTS: web::texts::Source = web::texts!();
