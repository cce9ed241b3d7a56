//! The test harness: both databases, private to a test, without anything to set up by hand.

mod engines;
pub mod postgres;

pub use engines::{addresses, engines, folder};
