//! CSV for spreadsheets: UTF-8 with a byte order mark, without which they take Japanese for something else, and without
//! formulas, which they would run.

use http::header::HeaderName;
use kernel::{Error, Result};

use crate::download;

/// What a file begins with.
pub const MARK: &str = "\u{feff}";

/// The fields of an answer that is a file of this name.
pub fn head(name: &str) -> [(HeaderName, String); 3] {
    download::head(name, "csv", "text/csv; charset=utf-8")
}

/// Writes a file.
pub(super) fn write(head: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let mut file = MARK.as_bytes().to_vec();
    for row in std::iter::once(head).chain(rows) {
        file.extend(record(row)?);
    }
    Ok(file)
}

/// One line of a file, for those that are sent piece by piece.
///
/// # Errors
/// Never in practice: it is written into memory.
pub fn record(cells: impl IntoIterator<Item = String>) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let cells = cells.into_iter().map(defused);
    writer.write_record(cells).map_err(Error::internal)?;
    writer
        .into_inner()
        .map_err(|error| Error::internal(error.to_string()))
}

/// What a spreadsheet would take for a formula begins with an apostrophe, which it shows as text.
pub(super) fn defused(cell: String) -> String {
    if is_formula(&cell) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// A cell of a file that was written here as it was before: without the apostrophe that kept it from being a formula.
pub fn restored(cell: &str) -> &str {
    let meant = cell.strip_prefix('\'').filter(|rest| is_formula(rest));
    meant.unwrap_or(cell)
}

/// With apostrophes of its own before it, a formula is told from one that got its apostrophe here by one more.
fn is_formula(cell: &str) -> bool {
    let risky = cell
        .trim_start_matches('\'')
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r']);
    // A negative number is a number.
    risky && cell.parse::<f64>().is_err()
}
