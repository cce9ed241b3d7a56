//! The real binary, from the outside.

#![allow(clippy::panic, reason = "a test ends with its first surprise")]

mod backup;
mod check;
mod commands;
mod description;
mod farewell;
mod ledger;
mod lifecycle;
mod listeners;
mod live;
mod load;
mod monitoring;
mod outage;
mod planted;
mod power;
mod process;
mod routes;
mod soak;
mod stage;
mod strangers;
mod tracks;
