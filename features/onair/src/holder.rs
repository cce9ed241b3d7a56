//! What is kept here about people: who put which talk on air.

use db::{record, sql};
use identity::{Deeds, Holder};
use kernel::Timestamp;
use serde::Serialize;

record! {
    #[derive(Serialize)]
    struct Switch { at: Timestamp, conference: String, reason: String }
}

/// Answers for this feature when somebody wants to know, or leaves.
pub fn people() -> impl Holder {
    Deeds {
        name: "on_air",
        label: "onair-kept-switches",
        done: sql!(Switch:
            "SELECT at, conference, reason FROM onair_change WHERE account = $1 ORDER BY at, id"),
        // Without any name, it would seem that the timetable did it.
        unnamed: vec![sql!(
            "UPDATE onair_change SET account = NULL, name = $2 WHERE account = $1"
        )],
    }
}
