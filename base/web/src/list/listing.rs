//! One page of a list, ready to be shown or written as a file.

use axum::response::{IntoResponse, Response};

use super::{Column, Query, csv_file};
use crate::api::Cursor;
use crate::cx::Cx;
use crate::form::Choice;
use crate::limits;

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// Class of the chip that it is, such as `warn`; empty for plain text.
    pub chip: &'static str,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, chip: "" }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Cell {
    /// A word that stands out.
    pub fn chip(text: impl Into<String>, class: &'static str) -> Self {
        Self {
            text: text.into(),
            chip: class,
        }
    }
}

/// A row.
#[derive(Clone, Debug)]
pub struct Line {
    /// What bulk acts send.
    pub id: String,
    /// Where its first cell leads.
    pub href: String,
    /// Its value of what the list is sorted by, as text: what the next page goes on from.
    pub key: String,
    /// Its cells by column of the list's [`super::Spec`], also of those that are not shown.
    pub cells: Vec<Cell>,
}

/// A filter.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Its name in addresses.
    pub name: &'static str,
    /// Key of its label.
    pub label: &'static str,
    /// What it takes.
    pub takes: Takes,
}

/// What a filter takes.
#[derive(Clone, Debug)]
pub enum Takes {
    /// One of these, beside everything.
    Choice(Vec<Choice>),
    /// What somebody types.
    Text,
    /// A date.
    Date,
}

/// Something that can be done with all ticked rows.
#[derive(Clone, Debug)]
pub struct Act {
    /// What is sent as `do`.
    pub name: &'static str,
    /// Key of its label.
    pub label: &'static str,
    /// Whether it takes something away.
    pub danger: bool,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Listing {
    /// What is seen.
    pub query: Query,
    /// The rows of this page.
    pub lines: Vec<Line>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
    /// Filters with their choices.
    pub filters: Vec<Filter>,
    /// What can be done with ticked rows.
    pub acts: Vec<Act>,
    /// Path of the form of bulk acts.
    pub act_path: String,
}

impl Listing {
    /// A page of rows that were asked for by [`Query::rows_wanted`].
    pub fn of(query: Query, mut lines: Vec<Line>) -> Self {
        let shown = usize::try_from(limits::LIST_ROWS).unwrap_or(usize::MAX);
        let more = !query.csv && lines.len() > shown;
        if more {
            lines.truncate(shown);
        }
        let next = lines.last().filter(|_| more).map(|line| Cursor {
            key: line.key.clone(),
            id: line.id.clone(),
        });
        Self {
            query,
            lines,
            next,
            filters: Vec::new(),
            acts: Vec::new(),
            act_path: String::new(),
        }
    }

    /// With a filter and its choices.
    #[must_use]
    pub fn filter(self, name: &'static str, label: &'static str, choices: Vec<Choice>) -> Self {
        self.filter_by(name, label, Takes::Choice(choices))
    }

    /// With a filter of any kind.
    #[must_use]
    pub fn filter_by(mut self, name: &'static str, label: &'static str, takes: Takes) -> Self {
        self.filters.push(Filter { name, label, takes });
        self
    }

    /// With acts on ticked rows: a form to `path` with `id` for each of them and the act as `do`.
    #[must_use]
    pub fn acts(mut self, path: impl Into<String>, acts: Vec<Act>) -> Self {
        self.act_path = path.into();
        self.acts = acts;
        self
    }

    /// The columns that are shown, with their places.
    pub fn columns(&self) -> Vec<(usize, Column)> {
        let all = self.query.spec().columns.iter().copied().enumerate();
        all.filter(|(_, column)| self.query.shows(column.name))
            .collect()
    }

    /// A cell of a row.
    pub fn cell<'a>(&self, line: &'a Line, column: &usize) -> &'a Cell {
        static EMPTY: Cell = Cell {
            text: String::new(),
            chip: "",
        };
        line.cells.get(*column).unwrap_or(&EMPTY)
    }

    /// Where a click on a column's head leads.
    pub fn sort_href(&self, column: &Column) -> String {
        let again = self.query.sort == column.name && !self.query.descending;
        let text = format!("{}{}", if again { "-" } else { "" }, column.name);
        self.query.address(&[("sort", &text)])
    }

    /// `aria-sort` of a column.
    pub fn sorted(&self, column: &Column) -> &'static str {
        match (self.query.sort == column.name, self.query.descending) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    }

    /// The order, where it is not the list's own: a new search keeps it.
    pub fn own_sort(&self) -> Option<String> {
        Some(self.query.sort_text()).filter(|sort| sort != self.query.spec().sort)
    }

    /// Where only rows are that a filter leaves.
    pub fn filter_href(&self, name: &str, value: &str) -> String {
        self.query.address(&[(name, value)])
    }

    /// Where the next page is.
    pub fn next_href(&self) -> Option<String> {
        let next = self.next.as_ref()?;
        Some(self.query.address(&[("cursor", &next.text())]))
    }

    /// Where the first page is, from a later one.
    pub fn first_href(&self) -> Option<String> {
        self.query.cursor.as_ref().map(|_| self.query.address(&[]))
    }

    /// Where the whole view is as a file.
    pub fn csv_href(&self) -> String {
        self.query.address(&[("format", "csv")])
    }

    /// Where everything is.
    pub fn clear_href(&self) -> String {
        let mut changes = vec![("q", "")];
        changes.extend(self.query.spec().filters.iter().map(|name| (*name, "")));
        self.query.address(&changes)
    }

    /// The view as a CSV file: the shown columns with their labels.
    pub fn csv(&self, cx: &Cx, name: &str) -> crate::Result<Response> {
        let columns = self.columns();
        let head = columns.iter().map(|(_, column)| cx.text(column.label, &[]));
        let rows = self.lines.iter().map(|line| {
            let cell = |(place, _): &(usize, Column)| self.cell(line, place).text.clone();
            columns.iter().map(cell).collect()
        });
        let file = csv_file::write(head.collect(), rows)?;
        Ok((csv_file::head(name), file).into_response())
    }
}
