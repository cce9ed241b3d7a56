//! See harness/channel.rs.
#![no_main]

#[path = "../harness/channel.rs"]
mod channel;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| channel::channel(bytes));
