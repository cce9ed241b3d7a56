//! The sheet of a form: what stands in its fields, what is wrong with them, and which state of the record it is about.
//!
//! Invariants: what somebody typed comes back as they typed it until it is saved; a form that was made from an older
//! state of its record never overwrites the newer one: fields that only one side changed are merged, for the others the
//! person chooses, and nothing of either side is lost.

use http::StatusCode;
use kernel::{Error, Field};

use super::rows::{self, Values, unit_of};
use super::submitted::Submitted;
use crate::cx::Cx;
use crate::page::Markup;
use crate::{Result, limits};

/// What a form shows. Templates ask it for everything; handlers read it with [`Sheet::read`].
///
/// A field is one name with any number of values. Names with a dot are columns of repeated rows: `link.url` and
/// `link.title` are the columns of the group `link`, and the n-th values of both are the n-th row.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    values: Values,
    version: Option<i64>,
    stage: Stage,
    /// Fingerprints of the record by unit: what a later form compares with.
    was: String,
    faults: Vec<(String, String)>,
    differences: Vec<(String, Values)>,
    overtaken: Vec<String>,
    choices: Vec<(String, Vec<Choice>)>,
    previews: Vec<(String, String)>,
    draft: String,
}

/// How far the form is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// The record as it is.
    #[default]
    Record,
    /// Typed, to be saved.
    Typed,
    /// Typed, to be looked at: a preview, one more row.
    Look,
    /// Typed over an older state of the record.
    Stale,
}

/// One of several values to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What people read.
    pub label: String,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }
}

impl Sheet {
    /// A sheet for a new record.
    pub fn blank() -> Self {
        Self::default()
    }

    /// A sheet for a record in a state.
    pub fn of(version: i64) -> Self {
        Self {
            version: Some(version),
            ..Self::default()
        }
    }

    /// With a field's value. Every field of the form has to be put once, also empty ones: what was never put is not read.
    #[must_use]
    pub fn put(self, name: &str, value: impl ToString) -> Self {
        self.put_all(name, [value])
    }

    /// With all values of a field: a set of checkboxes, a column of rows.
    #[must_use]
    pub fn put_all<V: ToString>(mut self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(|value| value.to_string()).collect();
        self.set(name, values);
        self
    }

    /// With what can be chosen in a field.
    #[must_use]
    pub fn offer(mut self, name: &str, choices: Vec<Choice>) -> Self {
        self.choices.retain(|(own, _)| own != name);
        self.choices.push((name.to_owned(), choices));
        self
    }

    /// With a text as it will read, for the preview below its field.
    #[must_use]
    pub fn preview(mut self, name: &str, html: String) -> Self {
        self.previews.push((name.to_owned(), html));
        self
    }

    /// What somebody typed over this record. Call it on the sheet of the record as it is *now*.
    #[must_use]
    pub fn typed(mut self, submitted: &Submitted) -> Self {
        let record = self.values.clone();
        let fingerprints = super::was::parse(submitted.text("was"));
        // A newer version in which nothing that this form shows is different is nothing to ask about.
        let differs = |unit: &String| {
            let print = super::was::print(&rows::of_unit(&record, unit));
            fingerprints.get(unit.as_str()) != Some(&print.as_str())
        };
        let stale = self.version.is_some()
            && self.version != submitted.version()
            && rows::units(&record).iter().any(differs);
        self.was = super::was::of(&record);
        self.stage = if stale { Stage::Stale } else { Stage::Typed };
        for unit in rows::units(&record) {
            let theirs = rows::of_unit(&record, &unit);
            let base = fingerprints.get(unit.as_str()).copied();
            let sent = base.is_some() || theirs.iter().any(|(name, _)| submitted.has(name));
            if !sent {
                continue;
            }
            let mine: Vec<_> = theirs
                .iter()
                .map(|(name, _)| (name.clone(), sent_values(submitted, name)))
                .collect();
            let (mine_print, their_print) = (super::was::print(&mine), super::was::print(&theirs));
            let picked = submitted.text(&format!("pick.{unit}")) == "theirs";
            if (!stale && picked) || mine_print == their_print {
                continue;
            }
            if stale && base == Some(mine_print.as_str()) {
                self.overtaken.push(unit);
                continue;
            }
            if stale && base != Some(their_print.as_str()) {
                self.differences.push((unit, theirs));
            }
            for (name, values) in mine {
                self.set(&name, values);
            }
        }
        self.draft = draft_of(submitted);
        let act = submitted.act();
        if !stale && (act == "look" || rows::rearrange(&mut self.values, act)) {
            self.stage = Stage::Look;
        }
        self
    }

    /// The status with which the page has to be shown again before anything is saved: 409 over a newer state of the
    /// record, 200 for a look. `None`: go on and save.
    pub fn pause(&self) -> Option<StatusCode> {
        match self.stage {
            Stage::Stale => Some(StatusCode::CONFLICT),
            Stage::Look => Some(StatusCode::OK),
            Stage::Record | Stage::Typed => None,
        }
    }

    /// The same sheet with what a use case complained about, and the status of the page that shows it; any other error
    /// goes on as it is. A conflict is shown above the form.
    pub fn refused(mut self, cx: &Cx, error: Error) -> Result<(StatusCode, Self)> {
        match error {
            Error::Invalid(fields) => {
                self = self.with_faults(cx, &fields);
                Ok((StatusCode::UNPROCESSABLE_ENTITY, self))
            }
            Error::Conflict(message) => {
                let sentence = cx.texts.message(cx.locale, &message);
                self.faults.push((String::new(), sentence));
                Ok((StatusCode::CONFLICT, self))
            }
            error => Err(error.into()),
        }
    }

    /// With complaints about fields.
    #[must_use]
    pub fn with_faults(mut self, cx: &Cx, fields: &[Field]) -> Self {
        let words = |field: &Field| {
            (
                field.name.to_string(),
                cx.texts.message(cx.locale, &field.message),
            )
        };
        self.faults.extend(fields.iter().map(words));
        self
    }

    /// The state of the record that this sheet is about.
    pub fn version(&self) -> Option<i64> {
        self.version
    }

    /// Reads the fields as what they mean.
    pub fn read(&self) -> super::Reader<'_> {
        super::Reader::new(self)
    }

    /// A field's first value.
    pub fn value(&self, name: &str) -> &str {
        self.values(name).first().map_or("", String::as_str)
    }

    /// All values of a field.
    pub fn values(&self, name: &str) -> &[String] {
        self.values
            .iter()
            .find(|(own, _)| own == name)
            .map_or(&[], |(_, values)| values)
    }

    /// Whether a field has a value: a checkbox, a selected option.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.values(name).iter().any(|own| own == value)
    }

    /// What can be chosen in a field.
    pub fn choices(&self, name: &str) -> &[Choice] {
        self.choices
            .iter()
            .find(|(own, _)| own == name)
            .map_or(&[], |(_, choices)| choices)
    }

    /// The rows of a group; there is always an empty one to begin with.
    pub fn rows(&self, group: &str) -> Vec<Row> {
        let columns = rows::of_unit(&self.values, group);
        let count = columns.iter().map(|(_, values)| values.len()).max();
        let count = count.unwrap_or(0).clamp(1, limits::FORM_ROWS_MAX);
        let row = |index| Row {
            group: group.to_owned(),
            index,
            count,
        };
        (0..count).map(row).collect()
    }

    /// A cell of a row.
    pub fn cell(&self, row: &Row, column: &str) -> &str {
        let values = self.values(&row.name(column));
        values.get(row.index).map_or("", String::as_str)
    }

    /// What is wrong with a field.
    pub fn fault(&self, name: &str) -> Option<&str> {
        self.faults
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, sentence)| sentence.as_str())
    }

    /// Everything that is wrong: field (empty: the whole form) and sentence.
    pub fn faults(&self) -> &[(String, String)] {
        &self.faults
    }

    /// Whether the record was changed meanwhile.
    pub fn is_stale(&self) -> bool {
        self.stage == Stage::Stale
    }

    /// Whether something was typed that is not saved.
    pub fn is_unsaved(&self) -> bool {
        self.stage != Stage::Record
    }

    /// Fields that only others changed: their values stand in the form now.
    pub fn overtaken(&self) -> &[String] {
        &self.overtaken
    }

    /// Fields that both sides changed.
    pub fn differing(&self) -> impl Iterator<Item = &str> {
        self.differences.iter().map(|(unit, _)| unit.as_str())
    }

    /// Key of a field's label, for the list of conflicts: `program-talk-` and `starts_at` are `program-talk-starts-at`.
    pub fn label_key(&self, prefix: &str, unit: &str) -> String {
        format!("{prefix}{}", unit.replace('_', "-"))
    }

    /// The others' value of a field that both sides changed, as people read it.
    pub fn theirs(&self, unit: &str) -> Option<String> {
        let (_, columns) = self.differences.iter().find(|(own, _)| own == unit)?;
        Some(self.words(columns))
    }

    /// What stands in a field now, in the same words.
    pub(super) fn mine(&self, unit: &str) -> String {
        self.words(&rows::of_unit(&self.values, unit))
    }

    /// Values as people read them, a line for each row.
    fn words(&self, columns: &Values) -> String {
        let count = columns.iter().map(|(_, values)| values.len()).max();
        let line = |index: usize| {
            let cells = columns.iter().filter_map(|(name, values)| {
                let value = values.get(index).filter(|value| !value.is_empty())?;
                Some(self.label_of(name, value))
            });
            cells.collect::<Vec<_>>().join(" · ")
        };
        let lines = (0..count.unwrap_or(0)).map(line);
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The preview below a field.
    pub fn previewed(&self, name: &str) -> Markup {
        let html = self.previews.iter().find(|(own, _)| own == name);
        askama::filters::Safe(html.map(|(_, html)| html.clone()).unwrap_or_default())
    }

    /// Fingerprints of the record, for the hidden field `was`.
    pub fn fingerprints(&self) -> String {
        if self.was.is_empty() {
            super::was::of(&self.values)
        } else {
            self.was.clone()
        }
    }

    /// The name under which the browser keeps a draft, for the hidden field `draft`.
    pub fn draft(&self) -> &str {
        &self.draft
    }

    pub(super) fn label_of(&self, name: &str, value: &str) -> String {
        let known = self.choices(name).iter().find(|own| own.value == value);
        known.map_or_else(|| value.to_owned(), |choice| choice.label.clone())
    }

    fn set(&mut self, name: &str, values: Vec<String>) {
        match self.values.iter_mut().find(|(own, _)| own == name) {
            Some((_, slot)) => *slot = values,
            None => self.values.push((name.to_owned(), values)),
        }
    }
}

/// What was sent for a name; a checkbox that nobody ticked sends nothing.
fn sent_values(submitted: &Submitted, name: &str) -> Vec<String> {
    let most = if unit_of(name) == name {
        limits::FORM_FIELDS_MAX
    } else {
        limits::FORM_ROWS_MAX
    };
    submitted.all(name).take(most).map(str::to_owned).collect()
}

/// The browser's name for a draft, where it is one.
pub(crate) fn draft_of(submitted: &Submitted) -> String {
    let name = submitted.text("draft");
    let plain = name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if plain {
        name.to_owned()
    } else {
        String::new()
    }
}

/// A row of a group.
#[derive(Clone, Debug)]
pub struct Row {
    /// The group.
    pub group: String,
    /// Counted from 0.
    pub index: usize,
    /// How many there are.
    pub count: usize,
}

impl Row {
    /// Name of a column's inputs.
    pub fn name(&self, column: &str) -> String {
        format!("{}.{column}", self.group)
    }

    /// Id of a cell's input, and the name under which complaints about it are made.
    pub fn id(&self, column: &str) -> String {
        format!("{}.{}.{column}", self.group, self.index)
    }

    /// Its number for people.
    pub fn number(&self) -> usize {
        self.index + 1
    }
}
