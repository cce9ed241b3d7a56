//! What the schedule readers promise for any file: sentences or a schedule, and a schedule that survives
//! being written.

use crate::schedule::{Assume, Format, json, read, xml};

/// A schedule.xml or schedule.json.
pub(crate) fn schedule(file: &[u8]) {
    let assume = Assume::default();
    match read(file, &assume) {
        Ok(reading) => {
            let written = match reading.format {
                Format::Xml => xml::write(&reading.schedule),
                Format::Json => json::write(&reading.schedule),
            };
            let again = read(written.as_bytes(), &assume).unwrap_or_else(|broken| panic!("{broken}\n{written}"));
            assert_eq!(again.schedule, reading.schedule, "\n{written}");
        }
        Err(broken) => assert!(!broken.complaints.is_empty(), "a refusal says why"),
    }
}
