//! Schedule files in and out.

mod broken;
mod calendar;
mod quirks;
mod roundtrip;

use program::schedule::{Assume, Reading, Schedule, json, read, xml};

pub(crate) fn fixture(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/fixtures")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

pub(crate) fn reading(text: &str) -> Reading {
    match read(text.as_bytes(), &Assume::default()) {
        Ok(reading) => reading,
        Err(broken) => panic!("{broken}: {:#?}", broken.complaints),
    }
}

pub(crate) fn parsed(text: &str) -> Schedule {
    reading(text).schedule
}

/// Writes in the format it came in, and reads again.
pub(crate) fn again(reading: &Reading) -> Schedule {
    match reading.format {
        program::schedule::Format::Xml => parsed(&xml::write(&reading.schedule)),
        program::schedule::Format::Json => parsed(&json::write(&reading.schedule)),
    }
}
