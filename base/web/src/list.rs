//! Lists: search, filters, order, columns and place all stand in the address, so that every view of a list can be sent
//! to somebody; the same view can be had as CSV.
//!
//! A feature says which columns and filters its list has ([`Spec`]), reads the address ([`Query`]), asks its store for
//! one page ([`Query::cursor`], one row more than it shows), and hands the rows over ([`Listing`]); `list.html` shows them.

pub mod csv_file;
mod listing;
#[cfg(test)]
mod tests;

pub use csv_file::restored;
pub use listing::{Act, Cell, Filter, Line, Listing, Takes};

use crate::api::Cursor;
use crate::cx::Cx;
use crate::limits;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in addresses.
    pub name: &'static str,
    /// Key of its label.
    pub label: &'static str,
    /// Whether the list can be sorted by it.
    pub sorts: bool,
    /// Whether it is shown when nobody has chosen columns.
    pub shown: bool,
}

/// What a list can do. The first column names the row and is always shown.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its columns.
    pub columns: &'static [Column],
    /// Names of its filters.
    pub filters: &'static [&'static str],
    /// What it is sorted by when nobody says: a column, with `-` before it the other way round.
    pub sort: &'static str,
}

/// What somebody wants to see of a list.
#[derive(Clone, Debug)]
pub struct Query {
    spec: Spec,
    path: String,
    /// What is searched.
    pub q: String,
    /// Column it is sorted by.
    pub sort: &'static str,
    /// Whether the order is the other way round.
    pub descending: bool,
    /// Where the page begins.
    pub cursor: Option<Cursor>,
    /// Whether it is wanted as a file.
    pub csv: bool,
    filters: Vec<(&'static str, String)>,
    columns: Vec<&'static str>,
}

impl Query {
    /// Reads the address of the request; what it says that the list does not know is left out.
    pub fn of(cx: &Cx, spec: Spec) -> Self {
        Self::parse(&cx.client.path, spec)
    }

    pub(crate) fn parse(address: &str, spec: Spec) -> Self {
        let (path, _) = address.split_once('?').unwrap_or((address, ""));
        let pairs = address
            .parse()
            .ok()
            .and_then(|uri| axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).ok())
            .map(|axum::extract::Query(pairs)| pairs)
            .unwrap_or_default();
        let first = |name: &str| {
            let found = pairs.iter().find(|(own, _)| own == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let by = |text: &str| {
            let (name, descending) = text
                .strip_prefix('-')
                .map_or((text, false), |name| (name, true));
            let column = spec
                .columns
                .iter()
                .find(|column| column.sorts && column.name == name);
            column.map(|column| (column.name, descending))
        };
        let (sort, descending) = by(first("sort"))
            .or_else(|| by(spec.sort))
            .unwrap_or(("", false));
        let chosen = |column: &&Column| {
            pairs
                .iter()
                .any(|(name, value)| name == "column" && value == column.name)
        };
        let columns: Vec<&'static str> = spec
            .columns
            .iter()
            .filter(chosen)
            .map(|column| column.name)
            .collect();
        let filter = |name: &'static str| {
            let value: String = first(name).chars().take(limits::FILTER_CHARS_MAX).collect();
            (name, value.replace('\0', ""))
        };
        let q: String = first("q").chars().take(limits::SEARCH_CHARS_MAX).collect();
        Self {
            path: path.to_owned(),
            q: q.replace('\0', ""),
            sort,
            descending,
            cursor: Cursor::parse(first("cursor")),
            csv: first("format") == "csv",
            filters: spec.filters.iter().map(|name| filter(name)).collect(),
            columns,
            spec,
        }
    }

    /// With a column that a file always has, since its rows are told apart by it when it comes back.
    #[must_use]
    pub fn keyed(mut self, column: &'static str) -> Self {
        if self.csv && !self.shows(column) {
            if self.columns.is_empty() {
                let shown = self.spec.columns.iter().filter(|own| own.shown);
                self.columns = shown.map(|own| own.name).collect();
            }
            self.columns.push(column);
        }
        self
    }

    /// Value of a filter; empty where nothing is filtered.
    pub fn filter(&self, name: &str) -> &str {
        let found = self.filters.iter().find(|(own, _)| *own == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// How many rows to ask the store for: one more than a page shows tells whether there is another one.
    pub fn rows_wanted(&self) -> i64 {
        if self.csv {
            limits::CSV_ROWS_MAX
        } else {
            limits::LIST_ROWS + 1
        }
    }

    /// Whether anything is left out by search or filter.
    pub fn narrows(&self) -> bool {
        !self.q.trim().is_empty() || self.filters.iter().any(|(_, value)| !value.is_empty())
    }

    /// Whether a column is shown.
    pub fn shows(&self, column: &str) -> bool {
        let is_first = self
            .spec
            .columns
            .first()
            .is_some_and(|own| own.name == column);
        let chosen = if self.columns.is_empty() {
            self.spec
                .columns
                .iter()
                .any(|own| own.shown && own.name == column)
        } else {
            self.columns.contains(&column)
        };
        is_first || chosen
    }

    /// What the list can do.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The address of this view with some parts changed; an empty value leaves the part out. The place in the list is
    /// lost unless it is named.
    pub fn address(&self, changes: &[(&str, &str)]) -> String {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        let default_sort = self.sort_text() == self.spec.sort;
        let own = [
            ("q", self.q.clone()),
            (
                "sort",
                if default_sort {
                    String::new()
                } else {
                    self.sort_text()
                },
            ),
        ];
        let filters = self
            .filters
            .iter()
            .map(|(name, value)| (*name, value.clone()));
        for (name, value) in own.into_iter().chain(filters) {
            let value = changes
                .iter()
                .find(|(changed, _)| *changed == name)
                .map_or(value, |(_, value)| (*value).to_owned());
            pairs.push((name, value));
        }
        pairs.extend(
            self.columns
                .iter()
                .map(|column| ("column", (*column).to_owned())),
        );
        for (name, value) in changes {
            if !pairs.iter().any(|(own, _)| own == name) {
                pairs.push((name, (*value).to_owned()));
            }
        }
        let query: Vec<String> = pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", crate::failure::encode(value)))
            .collect();
        if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, query.join("&"))
        }
    }

    /// `-title`
    fn sort_text(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.sort)
    }
}
