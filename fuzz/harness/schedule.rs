//! What the schedule readers promise for any file: sentences or a schedule, and what is written
//! says the same when it is read and written again.

use crate::schedule::{Assume, Format, json, read, xml};

/// A schedule.xml or schedule.json.
pub(crate) fn schedule(file: &[u8]) {
    let assume = Assume::default();
    match read(file, &assume) {
        Ok(reading) => {
            let write = match reading.format {
                Format::Xml => xml::write,
                Format::Json => json::write,
            };
            // The formats demand some things that a file may lack (a first day), so it is the second
            // writing that must equal the first.
            let written = write(&reading.schedule);
            let again = read(written.as_bytes(), &assume)
                .unwrap_or_else(|broken| panic!("{broken}\n{written}"));
            assert_eq!(write(&again.schedule), written);
        }
        Err(broken) => assert!(!broken.complaints.is_empty(), "a refusal says why"),
    }
}
