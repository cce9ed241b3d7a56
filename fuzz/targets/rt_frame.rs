//! See harness/rt_frame.rs. The frames know neither sockets nor the hub, so they are compiled alone.
#![no_main]

#[path = "../../base/realtime/src/frame.rs"]
#[allow(dead_code, reason = "the rest of the crate is not here")]
mod frame;
#[path = "../harness/rt_frame.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::rt_frame(bytes));
