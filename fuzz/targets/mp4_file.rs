//! See harness/film.rs.
#![no_main]

#[path = "../harness/film.rs"]
mod film;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| film::film(bytes));
