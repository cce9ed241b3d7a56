//! What is kept here about people: who imported a schedule, planned a change of state, brought a spreadsheet.

use db::sql;
use identity::{Deed, Deeds, Holder};

/// Answers for this feature when somebody wants to know, or leaves.
pub fn people() -> impl Holder {
    Deeds {
        name: "programme",
        label: "program-kept-deeds",
        done: sql!(Deed:
            "SELECT at, conference, 'schedule imported' AS what FROM schedule_import WHERE account = $1
             UNION ALL SELECT created_at AS at, conference, 'change of state planned' AS what FROM conference_switch
             WHERE created_account = $1
             UNION ALL SELECT created_at AS at, conference, 'spreadsheet brought' AS what FROM spreadsheet
             WHERE created_account = $1
             ORDER BY at, what, conference"),
        unnamed: vec![
            sql!("UPDATE schedule_import SET who = $2, account = NULL WHERE account = $1"),
            sql!(
                "UPDATE conference_switch SET created_by = $2, created_account = NULL WHERE created_account = $1"
            ),
            sql!(
                "UPDATE spreadsheet SET created_by = $2, created_account = NULL WHERE created_account = $1"
            ),
        ],
    }
}
