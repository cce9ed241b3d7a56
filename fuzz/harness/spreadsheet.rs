//! What the reader of spreadsheets promises for any file: a table within its limits or a sentence, values or none, and
//! what is written as CSV again says the same.

use crate::limits;
use crate::spreadsheet::{Encoding, Separator, Table, read, values};

/// A CSV file.
pub(crate) fn spreadsheet(file: &[u8]) {
    let said = [None]
        .into_iter()
        .chain(Encoding::ALL.iter().copied().map(Some));
    for encoding in said {
        if let Ok(table) = read(file, encoding, None) {
            looked_at(&table);
        }
    }
    for separator in Separator::ALL {
        if let Ok(table) = read(file, None, Some(*separator)) {
            looked_at(&table);
        }
    }
}

fn looked_at(table: &Table) {
    assert!(table.rows.len() <= limits::SPREADSHEET_ROWS_MAX);
    assert!((1..=limits::SPREADSHEET_COLUMNS_MAX).contains(&table.header.len()));
    let days = [
        jiff::civil::date(2026, 11, 22),
        jiff::civil::date(2026, 11, 23),
    ];
    for cell in table.rows.iter().flat_map(|row| &row.cells) {
        let _ = (
            values::date(cell, &days),
            values::clock(cell),
            values::minutes(cell),
        );
        let _ = values::when(cell, &days);
        assert!(values::names(cell).iter().all(|name| !name.is_empty()));
    }
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    let rows = table.rows.iter().map(|row| &row.cells);
    for cells in std::iter::once(&table.header).chain(rows) {
        writer.write_record(cells).expect("it is written to memory");
    }
    let written = writer.into_inner().expect("it is written to memory");
    if written.len() > limits::SPREADSHEET_BYTES_MAX {
        return;
    }
    let again = read(&written, Some(Encoding::Utf8), Some(Separator::Comma));
    let again = again.unwrap_or_else(|fault| panic!("{fault:?}"));
    assert_eq!(again.header, table.header);
    let cells = |table: &Table| -> Vec<Vec<String>> {
        table.rows.iter().map(|row| row.cells.clone()).collect()
    };
    assert_eq!(cells(&again), cells(table));
}
