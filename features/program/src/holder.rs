//! What is kept here about people: who imported a schedule, planned a change of state, brought a spreadsheet.

use db::{Db, Tx, params, record, sql};
use futures_util::future::BoxFuture;
use identity::{Fate, Holder, Kept, Person};
use kernel::{Result, Timestamp};
use serde_json::json;

/// Answers for this feature when somebody wants to know, or leaves.
#[derive(Clone, Copy, Debug)]
pub struct People;

/// Stands for a name that is gone: that somebody did it stays.
const NOBODY: &str = "–";

record! {
    struct Deed { at: Timestamp, conference: String, what: String }
}

impl Holder for People {
    fn kept<'a>(&'a self, db: &'a Db, person: &'a Person) -> BoxFuture<'a, Result<Vec<Kept>>> {
        Box::pin(async move {
            let deeds = sql!(Deed:
                "SELECT at, conference, 'schedule imported' AS what FROM schedule_import WHERE account = $1
                 UNION ALL SELECT created_at AS at, conference, 'change of state planned' AS what FROM conference_switch
                 WHERE created_account = $1
                 UNION ALL SELECT created_at AS at, conference, 'spreadsheet brought' AS what FROM spreadsheet
                 WHERE created_account = $1
                 ORDER BY at, what, conference");
            let deeds = db.all(deeds, params![person.account]).await?;
            let deeds = deeds.into_iter().map(
                |deed| json!({ "at": deed.at, "conference": deed.conference, "what": deed.what }),
            );
            let all = deeds.collect();
            Ok(vec![Kept::new(
                "programme",
                "program-kept-deeds",
                Fate::Anonymised,
                all,
            )])
        })
    }

    fn forget<'a>(&'a self, tx: &'a mut Tx, person: &'a Person) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            for statement in [
                sql!("UPDATE schedule_import SET who = $2, account = NULL WHERE account = $1"),
                sql!(
                    "UPDATE conference_switch SET created_by = $2, created_account = NULL WHERE created_account = $1"
                ),
                sql!(
                    "UPDATE spreadsheet SET created_by = $2, created_account = NULL WHERE created_account = $1"
                ),
            ] {
                tx.exec(statement, params![person.account, NOBODY]).await?;
            }
            Ok(())
        })
    }
}
