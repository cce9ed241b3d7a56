//! The programme from outside.

mod schedule;
