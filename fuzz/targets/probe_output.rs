//! See harness/probe.rs.
#![no_main]

#[path = "../harness/probe.rs"]
mod probe;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| probe::probe_output(bytes));
