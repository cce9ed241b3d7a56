//! See harness/ingest.rs.
#![no_main]

#[path = "../harness/ingest.rs"]
#[allow(dead_code, reason = "each target uses one function of it")]
mod ingest;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ingest::offer(bytes));
