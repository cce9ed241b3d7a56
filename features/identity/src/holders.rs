//! What features keep about people: for their export, and for the day on which they leave.

use db::{Db, Record, Statement, Tx, params, record};
use futures_util::future::BoxFuture;
use kernel::{Error, Result, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::model::AccountId;

/// Somebody about whom something may be kept.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their account.
    pub account: AccountId,
    /// Their mail address.
    pub email: String,
}

/// What becomes of something when the person deletes their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It is deleted.
    Deleted,
    /// It stays, and nothing says any more whose it was.
    Anonymised,
}

/// One kind of thing that is kept about a person.
#[derive(Clone, Debug, Serialize)]
pub struct Kept {
    /// Its name in the export.
    pub name: &'static str,
    /// Key of the sentence that says what it is; its `-why` says why it has this fate.
    #[serde(skip)]
    pub label: &'static str,
    /// What becomes of it.
    pub fate: Fate,
    /// How many there are.
    pub count: usize,
    /// All of it, for the export.
    pub items: Vec<Value>,
}

impl Kept {
    /// Things of one kind.
    pub fn new(name: &'static str, label: &'static str, fate: Fate, items: Vec<Value>) -> Self {
        Self {
            name,
            label,
            fate,
            count: items.len(),
            items,
        }
    }

    /// Things of one kind as they were read.
    ///
    /// # Errors
    /// Never in practice: rows are values that JSON has too.
    pub fn of<R: Serialize>(
        name: &'static str,
        label: &'static str,
        fate: Fate,
        rows: &[R],
    ) -> Result<Self> {
        let items = rows.iter().map(serde_json::to_value);
        let items = items.collect::<serde_json::Result<_>>();
        Ok(Self::new(
            name,
            label,
            fate,
            items.map_err(Error::internal)?,
        ))
    }
}

/// A feature that keeps something about people.
pub trait Holder: Send + Sync + 'static {
    /// Everything that it keeps about a person.
    fn kept<'a>(&'a self, db: &'a Db, person: &'a Person) -> BoxFuture<'a, Result<Vec<Kept>>>;
    /// Lets go of the person as [`Kept::fate`] says, in the transaction that deletes the account.
    fn forget<'a>(&'a self, tx: &'a mut Tx, person: &'a Person) -> BoxFuture<'a, Result<()>>;
}

/// Stands for a name that is gone: that somebody did it stays.
const NOBODY: &str = "–";

record! {
    /// Something that somebody did.
    #[derive(Serialize)]
    pub struct Deed {
        /// When.
        pub at: Timestamp,
        /// In which conference.
        pub conference: String,
        /// What it was.
        pub what: String,
    }
}

/// What people did and what stays, as nobody's, when they leave. Most features keep nothing else.
#[derive(Debug)]
pub struct Deeds<R = Deed> {
    /// Their name in the export.
    pub name: &'static str,
    /// As [`Kept::label`].
    pub label: &'static str,
    /// Everything that an account (`$1`) did.
    pub done: Statement<R>,
    /// What takes an account (`$1`) away from what it did, and puts something else (`$2`) in the place of the name.
    pub unnamed: Vec<Statement<()>>,
}

impl<R: Record + Serialize + Send + Sync + 'static> Holder for Deeds<R> {
    fn kept<'a>(&'a self, db: &'a Db, person: &'a Person) -> BoxFuture<'a, Result<Vec<Kept>>> {
        Box::pin(async move {
            let done = db.all(self.done, params![person.account]).await?;
            let kept = Kept::of(self.name, self.label, Fate::Anonymised, &done)?;
            Ok(vec![kept])
        })
    }

    fn forget<'a>(&'a self, tx: &'a mut Tx, person: &'a Person) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            for statement in &self.unnamed {
                tx.exec(*statement, params![person.account, NOBODY]).await?;
            }
            Ok(())
        })
    }
}
