//! Pages and API over HTTP: the server loop, what a handler gets ([`Cx`]), what it may answer
//! ([`Page`], [`Failure`]), who may call it ([`Routes`]).
//!
//! Invariants: a route cannot be added without saying who may use it; an error becomes a response in one
//! place ([`failure`]); nothing here knows a conference.

pub mod api;
pub mod assets;
pub mod cx;
pub mod download;
pub mod enter;
pub mod failure;
pub mod form;
pub mod letter;
pub mod limits;
pub mod list;
pub mod openapi;
pub mod page;
pub mod patience;
pub mod preview;
pub mod routes;
pub mod serve;
#[cfg(test)]
mod testing;
pub mod texts;
pub mod tls;
pub mod trace;

pub use cx::{Actor, App, Cx, Limit, Peer, Sessions, Site};
pub use failure::{Failure, Result};
pub use form::Form;
pub use letter::Letter;
pub use page::{Brand, Logo, NavItem, Page, Picture, Pictures, redirect};
pub use patience::Patience;
pub use routes::{Guard, Route, Routes};
pub use texts::{Locale, Texts};
pub use tls::Tls;
pub use trace::TraceId;
