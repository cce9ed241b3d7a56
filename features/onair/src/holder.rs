//! What is kept here about people: who put which talk on air.

use db::{Db, Tx, params, record, sql};
use futures_util::future::BoxFuture;
use identity::{Fate, Holder, Kept, Person};
use kernel::{Result, Timestamp};
use serde_json::json;

/// Answers for this feature when somebody wants to know, or leaves.
#[derive(Clone, Copy, Debug)]
pub struct People;

/// Stands for a name that is gone: without any, it would seem that the timetable did it.
const NOBODY: &str = "–";

record! {
    struct Switch { at: Timestamp, conference: String, reason: String }
}

impl Holder for People {
    fn kept<'a>(&'a self, db: &'a Db, person: &'a Person) -> BoxFuture<'a, Result<Vec<Kept>>> {
        Box::pin(async move {
            let switches = sql!(Switch:
                "SELECT at, conference, reason FROM onair_change WHERE account = $1 ORDER BY at, id");
            let switches = db.all(switches, params![person.account]).await?;
            let switches = switches.into_iter().map(|switch| {
                json!({ "at": switch.at, "conference": switch.conference, "reason": switch.reason })
            });
            let all = switches.collect();
            Ok(vec![Kept::new(
                "on_air",
                "onair-kept-switches",
                Fate::Anonymised,
                all,
            )])
        })
    }

    fn forget<'a>(&'a self, tx: &'a mut Tx, person: &'a Person) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let switches =
                sql!("UPDATE onair_change SET account = NULL, name = $2 WHERE account = $1");
            tx.exec(switches, params![person.account, NOBODY]).await?;
            Ok(())
        })
    }
}
