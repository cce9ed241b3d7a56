//! See harness/spreadsheet.rs. The reader knows neither databases nor pages, so it is compiled alone.
#![no_main]

#[path = "../harness/spreadsheet.rs"]
mod harness;
#[path = "../../features/program/src/limits.rs"]
#[allow(dead_code, reason = "the rest of the crate is not here")]
mod limits;
#[path = "../../features/program/src/spreadsheet/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the rest of the crate is not here")]
mod spreadsheet;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::spreadsheet(bytes));
