//! Talks and speakers as people keep them in spreadsheets: CSV in the encodings and with the separators of theirs, columns
//! called as they like, dates and times as they write them.
//!
//! Pure, and total: any bytes are a table or sentences about what is wrong with them, any cell is a value or none.

mod columns;
#[cfg(test)]
mod corpus;
mod read;
pub(crate) mod values;

pub(crate) use columns::{Columns, Field, Kind, guess};
pub(crate) use read::{Encoding, Fault, Row, Separator, Table, read};
