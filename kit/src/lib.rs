//! The test harness: both databases, private to a test, without anything to set up by hand; and the site
//! in a box.

#![allow(clippy::panic, reason = "a harness fails by panicking")]

mod engines;
pub mod postgres;
mod reader;
mod schedule;
mod site;

pub use engines::{addresses, engines, folder};
pub use reader::Reader;
pub use schedule::{Slot, schedule};
pub use site::{Answer, Browser, NamedConferences, Parts, Site, start};
