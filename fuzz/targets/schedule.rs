//! See harness/schedule.rs. The readers know neither databases nor pages, so they are compiled alone.
#![no_main]

#[path = "../harness/schedule.rs"]
mod harness;
#[path = "../../features/program/src/limits.rs"]
#[allow(dead_code, reason = "the rest of the crate is not here")]
mod limits;
#[path = "../../features/program/src/schedule/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the rest of the crate is not here")]
mod schedule;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::schedule(bytes));
