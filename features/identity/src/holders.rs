//! What features keep about people: for their export, and for the day on which they leave.

use db::{Db, Tx};
use futures_util::future::BoxFuture;
use kernel::Result;
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
}

/// A feature that keeps something about people.
pub trait Holder: Send + Sync + 'static {
    /// Everything that it keeps about a person.
    fn kept<'a>(&'a self, db: &'a Db, person: &'a Person) -> BoxFuture<'a, Result<Vec<Kept>>>;
    /// Lets go of the person as [`Kept::fate`] says, in the transaction that deletes the account.
    fn forget<'a>(&'a self, tx: &'a mut Tx, person: &'a Person) -> BoxFuture<'a, Result<()>>;
}
