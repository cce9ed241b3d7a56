//! Fingerprints of a record's fields, carried by its form: enough to tell who changed what, and nothing to read.

use std::collections::HashMap;

use super::rows::{Values, of_unit, units};

/// Of all units: `title:0123456789ab link:…`.
pub(super) fn of(values: &Values) -> String {
    let one = |unit: String| format!("{unit}:{}", print(&of_unit(values, &unit)));
    units(values)
        .into_iter()
        .map(one)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The fingerprints by unit.
pub(super) fn parse(text: &str) -> HashMap<&str, &str> {
    text.split(' ')
        .filter_map(|pair| pair.split_once(':'))
        .collect()
}

/// Of one unit. Rows in which nothing stands do not count: a form shows one more than there are.
pub(super) fn print(columns: &Values) -> String {
    let count = columns.iter().map(|(_, values)| values.len()).max();
    let row = |index: usize| -> Vec<&str> {
        columns
            .iter()
            .map(|(_, values)| values.get(index).map_or("", |value| value.trim_end()))
            .collect()
    };
    let rows: Vec<String> = (0..count.unwrap_or(0))
        .map(row)
        .filter(|cells| cells.iter().any(|cell| !cell.is_empty()))
        .map(|cells| cells.join("\u{1f}"))
        .collect();
    kernel::id::digest(&rows.join("\u{1e}"))
        .chars()
        .take(12)
        .collect()
}
