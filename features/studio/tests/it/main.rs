//! The studio from outside, on both stores.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends with its first surprise"
)]

mod desk;
mod golive;
mod history;
mod keys;
mod reports;
mod seats;
mod slates;
mod stage;
mod wall;
