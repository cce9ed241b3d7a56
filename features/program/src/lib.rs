//! The programme of a conference.

#![forbid(unsafe_code)]

pub mod limits;
pub mod schedule;
