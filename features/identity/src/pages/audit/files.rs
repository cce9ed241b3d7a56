//! The audit log as a file: read and sent piece by piece, so that it is complete however long it is.

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use kernel::Error;
use serde_json::json;
use web::api::Cursor;
use web::list::{Column, Query, csv_file};
use web::{Cx, download};

use super::super::House;
use super::shown::{EntryView, Names, json_of};
use crate::limits;
use crate::model::ConferenceId;
use crate::store::audit::{self, Entry, Wanted};

/// The form of a file.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// The columns that are shown, in the reader's words.
    Csv,
    /// Everything as it was written.
    Json,
}

/// Everything that the filters leave.
pub(super) fn export(
    cx: &Cx,
    house: &House,
    conference: Option<&ConferenceId>,
    (wanted, query): (Wanted, Query),
    form: Form,
) -> Response {
    let columns = query.spec().columns.iter().copied().enumerate();
    let reading = Reading {
        columns: columns
            .filter(|(_, column)| query.shows(column.name))
            .collect(),
        cx: cx.clone(),
        house: house.clone(),
        conference: conference.cloned(),
        names: Names::default(),
        wanted: Wanted {
            after: None,
            ..wanted
        },
        form,
        state: Progress::Begin,
    };
    let body = Body::from_stream(stream::try_unfold(reading, Reading::step));
    match form {
        Form::Csv => (csv_file::head("audit"), body).into_response(),
        Form::Json => (download::json("audit"), body).into_response(),
    }
}

/// How far an export has come.
enum Progress {
    Begin,
    Middle { first: bool },
    End,
}

struct Reading {
    cx: Cx,
    house: House,
    conference: Option<ConferenceId>,
    names: Names,
    wanted: Wanted,
    columns: Vec<(usize, Column)>,
    form: Form,
    state: Progress,
}

impl Reading {
    async fn step(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        let (mut text, first) = match self.state {
            Progress::Begin => (self.begin()?, true),
            Progress::Middle { first } => (String::new(), first),
            Progress::End => return Ok(None),
        };
        let limit = limits::AUDIT_EXPORT_STEP;
        let conference = self.conference.as_ref();
        let entries = audit::page(&self.cx.db, conference, &self.wanted, limit).await?;
        if matches!(self.form, Form::Csv) {
            let learned = self.names.learn(&self.cx, &self.house, &entries).await;
            learned.map_err(|failure| Error::internal(format!("{failure:?}")))?;
        }
        let done = i64::try_from(entries.len()).unwrap_or(i64::MAX) < limit;
        if let Some(last) = entries.last() {
            self.wanted.after = Some(Cursor {
                key: last.key(self.wanted.order),
                id: last.id.to_string(),
            });
        }
        for (index, entry) in entries.into_iter().enumerate() {
            text.push_str(&self.entry(entry, first && index == 0)?);
        }
        self.state = if done {
            if matches!(self.form, Form::Json) {
                text.push_str("]\n");
            }
            Progress::End
        } else {
            Progress::Middle { first: false }
        };
        Ok(Some((Bytes::from(text), self)))
    }

    fn begin(&self) -> Result<String, Error> {
        match self.form {
            Form::Json => Ok("[".to_owned()),
            Form::Csv => {
                let label = |(_, column): &(usize, Column)| self.cx.text(column.label, &[]);
                let head = csv_line(self.columns.iter().map(label))?;
                Ok(format!("{}{head}", csv_file::MARK))
            }
        }
    }

    fn entry(&self, entry: Entry, first: bool) -> Result<String, Error> {
        match self.form {
            Form::Csv => {
                let cells = EntryView::of(&self.cx, &self.names, self.wanted.order, entry).cells();
                let cell = |(place, _): &(usize, Column)| {
                    let cell = cells.get(*place);
                    cell.map(|cell| cell.text.clone()).unwrap_or_default()
                };
                csv_line(self.columns.iter().map(cell))
            }
            Form::Json => {
                let whole = json!({
                    "id": entry.id, "at": entry.at, "conference": entry.conference, "account": entry.account,
                    "name": entry.name, "action": entry.action, "subject": entry.subject,
                    "before": json_of(&entry.before), "after": json_of(&entry.after), "trace": entry.trace,
                });
                let between = if first { "" } else { ",\n" };
                Ok(format!("{between}{whole}"))
            }
        }
    }
}

fn csv_line(cells: impl Iterator<Item = String>) -> Result<String, Error> {
    String::from_utf8(csv_file::record(cells)?).map_err(Error::internal)
}
