//! Words that every other crate shares: ids, time, errors, limits and text.
//!
//! Invariant: nothing here does I/O, waits, or knows a conference. The only thing read from outside is
//! the clock, through [`Clock`], which tests replace.

pub mod clock;
pub mod error;
pub mod id;
pub mod search;
pub mod text;
pub mod value;

pub use clock::{Clock, Timestamp};
pub use error::{Error, Field, Message, Result};
