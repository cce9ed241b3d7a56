//! An entry of the audit log as people read it.

use std::collections::HashMap;

use kernel::Timestamp;
use serde_json::Value;
use web::Cx;
use web::list::Cell;

use super::super::House;
use crate::audit::CONSOLE;
use crate::limits;
use crate::model::AccountId;
use crate::model::audit::{Change, did, difference};
use crate::store::audit::{Entry, Order};

/// An act in the reader's words; an act of which nobody wrote them is told as it is.
pub(super) fn in_words(cx: &Cx, action: &str) -> String {
    let key = did(action);
    if cx.texts.has(cx.locale, &key) {
        cx.text(&key, &[])
    } else {
        action.to_owned()
    }
}

/// Who acted: by their name, as long as there is an account that has it.
pub(super) fn who(cx: &Cx, account: &AccountId, name: Option<&str>) -> String {
    match name {
        Some(name) => name.to_owned(),
        None if account.as_str() == CONSOLE => cx.text("identity-audit-console", &[]),
        None => cx.text("identity-account-gone", &[]),
    }
}

/// What was before or after, as it was written.
pub(super) fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Titles of conferences by their ids.
#[derive(Default)]
pub(super) struct Names(HashMap<String, String>);

impl Names {
    /// Finds out what the conferences of some entries are called.
    pub(super) async fn learn(
        &mut self,
        cx: &Cx,
        house: &House,
        entries: &[Entry],
    ) -> web::Result<()> {
        for id in entries.iter().filter_map(|entry| entry.conference.as_ref()) {
            if !self.0.contains_key(id.as_str()) {
                let shown = house.conference(cx, id).await?;
                let title = shown.map(|shown| shown.title).unwrap_or_default();
                self.0.insert(id.to_string(), title);
            }
        }
        Ok(())
    }
}

/// An entry, as the page shows it.
pub(super) struct EntryView {
    pub(super) id: String,
    pub(super) at: Timestamp,
    pub(super) account: String,
    /// Whose account that is, or what is said instead.
    who: String,
    /// Its value of what the list is sorted by.
    pub(super) key: String,
    pub(super) action: String,
    /// The act in words.
    did: String,
    pub(super) subject: String,
    conference: String,
    pub(super) changes: Vec<ChangeView>,
    pub(super) trace: String,
}

/// One thing that differs between before and after.
pub(super) struct ChangeView {
    pub(super) path: String,
    /// `added`, `removed` or `changed`.
    pub(super) kind: &'static str,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

impl ChangeView {
    fn of(change: Change) -> Self {
        let kind = match (&change.before, &change.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        Self {
            path: change.path,
            kind,
            before: change.before.map(short),
            after: change.after.map(short),
        }
    }

    fn text(&self) -> String {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "–".to_owned());
        let told = format!("{} → {}", side(&self.before), side(&self.after));
        if self.path.is_empty() {
            told
        } else {
            format!("{}: {told}", self.path)
        }
    }
}

/// A value that can be read in a row: whole texts of talks are in the file for programs.
fn short(text: String) -> String {
    match text.char_indices().nth(limits::AUDIT_VALUE_CHARS) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

impl EntryView {
    pub(super) fn of(cx: &Cx, names: &Names, order: Order, entry: Entry) -> Self {
        let key = entry.key(order);
        let changes = difference(&json_of(&entry.before), &json_of(&entry.after));
        let who = who(cx, &entry.account, entry.name.as_deref());
        let conference = entry.conference.as_ref();
        Self {
            key,
            id: entry.id.to_string(),
            at: entry.at,
            account: entry.account.to_string(),
            who,
            did: in_words(cx, &entry.action),
            conference: conference
                .and_then(|id| names.0.get(id.as_str()).cloned())
                .unwrap_or_default(),
            changes: changes.into_iter().map(ChangeView::of).collect(),
            action: entry.action,
            subject: entry.subject,
            trace: entry.trace,
        }
    }

    /// Its cells, in the order of the columns.
    pub(super) fn cells(&self) -> Vec<Cell> {
        let changes: Vec<String> = self.changes.iter().map(ChangeView::text).collect();
        vec![
            self.at.to_string().into(),
            self.who.as_str().into(),
            self.did.as_str().into(),
            self.subject.as_str().into(),
            changes.join("; ").into(),
            self.trace.as_str().into(),
            self.conference.as_str().into(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let long = "祭".repeat(limits::AUDIT_VALUE_CHARS + 1);
        assert_eq!(short(long).chars().count(), limits::AUDIT_VALUE_CHARS + 1);
        assert_eq!(short("祭り".into()), "祭り");
    }
}
