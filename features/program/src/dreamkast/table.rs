//! CSV as Dreamkast and spreadsheets write it: a header, then rows; every fault with the line it stands in.

use std::collections::HashMap;

use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};

use crate::limits;
use crate::schedule::Complaint;

/// A file that was read: its header and its rows.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) file: String,
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// A row and the line in which it begins.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u32,
    cells: StringRecord,
}

impl Table {
    /// Reads a file that must have these columns; complaints go to `faults`.
    pub(super) fn read(
        file: &str,
        bytes: &[u8],
        required: &[&str],
        faults: &mut Vec<Complaint>,
    ) -> Self {
        let before = faults.len();
        let table = read(file, bytes, faults);
        if faults.len() > before {
            return Self::default();
        }
        let missing: Vec<&str> = required
            .iter()
            .copied()
            .filter(|name| !table.has(name))
            .collect();
        if !missing.is_empty() {
            faults.push(
                about(file, 1, "program-dreamkast-columns").with("columns", missing.join(", ")),
            );
        }
        table
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.header.iter().any(|name| name == column)
    }

    /// A cell; empty where the file has no such column.
    pub(super) fn cell<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        let index = self.header.iter().position(|name| name == column);
        index
            .and_then(|index| row.cells.get(index))
            .unwrap_or_default()
    }

    /// A number, where there is one; something else is a fault.
    pub(super) fn number(
        &self,
        row: &Row,
        column: &str,
        faults: &mut Vec<Complaint>,
    ) -> Option<i64> {
        let text = self.cell(row, column);
        if text.is_empty() {
            return None;
        }
        let number = text.parse().ok().filter(|number| *number >= 0);
        if number.is_none() {
            faults.push(
                about(&self.file, row.line, "program-dreamkast-number")
                    .with("column", column)
                    .with("value", text),
            );
        }
        number
    }

    /// The number that every row must have, once in the file.
    pub(super) fn id(
        &self,
        row: &Row,
        column: &str,
        seen: &mut HashMap<i64, u32>,
        faults: &mut Vec<Complaint>,
    ) -> Option<i64> {
        let Some(id) = self.number(row, column, faults) else {
            if self.cell(row, column).is_empty() {
                faults.push(
                    about(&self.file, row.line, "program-dreamkast-empty").with("column", column),
                );
            }
            return None;
        };
        if let Some(first) = seen.insert(id, row.line) {
            faults.push(
                about(&self.file, row.line, "program-dreamkast-twice")
                    .with("column", column)
                    .with("value", id)
                    .with("first", first),
            );
            return None;
        }
        Some(id)
    }

    /// How many rows say something in a column; `0` and an empty list say nothing.
    pub(super) fn filled(&self, column: &str) -> usize {
        let says = |row: &&Row| !matches!(self.cell(row, column), "" | "0" | "[]" | "{}" | "false");
        self.rows.iter().filter(says).count()
    }
}

/// A complaint about a line of a file.
pub(super) fn about(file: &str, line: u32, key: &'static str) -> Complaint {
    Complaint::at(line, key).with("file", file)
}

fn read(file: &str, bytes: &[u8], faults: &mut Vec<Complaint>) -> Table {
    let mut table = Table {
        file: file.to_owned(),
        ..Table::default()
    };
    if bytes.len() > limits::SCHEDULE_BYTES_MAX {
        let limit = limits::SCHEDULE_BYTES_MAX / (1024 * 1024);
        faults.push(
            Complaint::whole("program-dreamkast-large")
                .with("file", file)
                .with("limit", limit),
        );
        return table;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
    match reader.headers() {
        Ok(header) => table.header = header.iter().map(str::to_owned).collect(),
        Err(error) => faults.push(fault(file, &error)),
    }
    for record in reader.records() {
        match record {
            Ok(cells) => {
                let line = cells.position().map_or(0, csv::Position::line);
                table.rows.push(Row {
                    line: u32::try_from(line).unwrap_or(u32::MAX),
                    cells,
                });
            }
            Err(error) => faults.push(fault(file, &error)),
        }
        if table.rows.len() > limits::DREAMKAST_ROWS_MAX {
            faults.push(
                Complaint::whole("program-dreamkast-rows")
                    .with("file", file)
                    .with("limit", limits::DREAMKAST_ROWS_MAX),
            );
            return table;
        }
        if faults.len() >= limits::COMPLAINTS_MAX {
            return table;
        }
    }
    if let Some(line) = open_quote(bytes, &table.rows) {
        faults.push(about(file, line, "program-dreamkast-quote"));
    }
    table
}

fn fault(file: &str, error: &csv::Error) -> Complaint {
    let line = error.position().map_or(1, csv::Position::line);
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    match error.kind() {
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => about(file, line, "program-dreamkast-cells")
            .with("expected", expected_len)
            .with("found", len),
        ErrorKind::Utf8 { .. } => about(file, line, "program-dreamkast-encoding"),
        _ => about(file, line, "program-dreamkast-csv"),
    }
}

/// Where a quote begins that never ends: readers of CSV take everything behind it for one text.
fn open_quote(bytes: &[u8], rows: &[Row]) -> Option<u32> {
    #[expect(clippy::naive_bytecount, reason = "once per file")]
    let quotes = bytes.iter().filter(|byte| **byte == b'"').count();
    (quotes % 2 == 1).then(|| rows.last().map_or(1, |row| row.line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &[u8]) -> Vec<(Option<u32>, &'static str)> {
        let mut faults = Vec::new();
        Table::read("a.csv", text, &["id", "title"], &mut faults);
        let pairs = faults.iter().map(|fault| (fault.line, fault.message.key));
        pairs.collect()
    }

    #[test]
    fn a_fault_is_told_with_its_line() {
        assert_eq!(faults(b"id,title\r\n1,\"a\r\nb\"\r\n2,c\r\n"), []);
        assert_eq!(faults("\u{feff}id,title\n1,祭\n".as_bytes()), []);
        let cells = [(Some(4), "program-dreamkast-cells")];
        assert_eq!(faults(b"id,title\n1,\"a\nb\"\n2\n3,d\n"), cells);
        let quote = [(Some(3), "program-dreamkast-quote")];
        assert_eq!(faults(b"id,title\n1,a\n2,\"b\n3,c\n"), quote);
        let encoding = [(Some(3), "program-dreamkast-encoding")];
        assert_eq!(faults(b"id,title\n1,a\n2,\x83\x7d\n"), encoding);
        let columns = [(Some(1), "program-dreamkast-columns")];
        assert_eq!(faults(b"id,name\n1,a\n"), columns);
        assert_eq!(faults(b""), columns);
    }

    #[test]
    fn a_file_with_too_many_rows_or_bytes_is_refused() {
        let mut long = b"id,title\n".to_vec();
        long.extend(b"1,a\n".repeat(limits::DREAMKAST_ROWS_MAX + 1));
        assert_eq!(faults(&long), [(None, "program-dreamkast-rows")]);
        let large = vec![b'a'; limits::SCHEDULE_BYTES_MAX + 1];
        assert_eq!(faults(&large), [(None, "program-dreamkast-large")]);
    }

    #[test]
    fn a_number_stands_once_and_is_one() {
        let mut faults = Vec::new();
        let table = Table::read("a.csv", b"id\n1\n1\nx\n-1\n\"\"\n", &["id"], &mut faults);
        let mut seen = HashMap::new();
        let ids: Vec<_> = table
            .rows
            .iter()
            .map(|row| table.id(row, "id", &mut seen, &mut faults))
            .collect();
        assert_eq!(ids, [Some(1), None, None, None, None]);
        let told: Vec<_> = faults.iter().map(|f| (f.line, f.message.key)).collect();
        assert_eq!(
            told,
            [
                (Some(3), "program-dreamkast-twice"),
                (Some(4), "program-dreamkast-number"),
                (Some(5), "program-dreamkast-number"),
                (Some(6), "program-dreamkast-empty"),
            ]
        );
    }
}
