//! See harness/delivery.rs.
#![no_main]

#[path = "../harness/delivery.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::http_request(bytes));
