//! From bytes to cells.

use csv::ReaderBuilder;
use kernel::{Message, word_enum};

use crate::limits;

word_enum! {
    /// How the characters of a file are written.
    pub enum Encoding {
        /// UTF-8, with or without a byte order mark.
        Utf8 = "utf-8",
        /// Shift_JIS as Windows writes it (CP932).
        ShiftJis = "shift_jis",
        /// UTF-16, which spreadsheets call Unicode text.
        Utf16 = "utf-16",
    }
}

word_enum! {
    /// What stands between cells.
    pub enum Separator {
        /// `,`
        Comma = "comma",
        /// A tabulator.
        Tab = "tab",
        /// `;`, where a comma stands in numbers.
        Semicolon = "semicolon",
    }
}

impl Separator {
    const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Tab => b'\t',
            Self::Semicolon => b';',
        }
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) encoding: Encoding,
    pub(crate) separator: Separator,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// A row in which something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The line in which it begins, counted from 1.
    pub(crate) line: u64,
    /// Its cells; not always as many as the header has.
    pub(crate) cells: Vec<String>,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) Message);

/// Reads a file; what nobody says about it is found out.
pub(crate) fn read(
    bytes: &[u8],
    encoding: Option<Encoding>,
    separator: Option<Separator>,
) -> Result<Table, Fault> {
    if bytes.len() > limits::SPREADSHEET_BYTES_MAX {
        let limit = limits::SPREADSHEET_BYTES_MAX / (1024 * 1024);
        return Err(Fault(
            Message::new("program-sheet-large").with("limit", limit),
        ));
    }
    let (encoding, text) = decode(bytes, encoding)?;
    let separator = separator.unwrap_or_else(|| found_separator(&text));
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator.byte())
        .from_reader(text.as_bytes());
    let mut header: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            Fault(Message::new("program-sheet-csv").with("line", line))
        })?;
        let line = record.position().map_or(0, |at| line_of(&text, at));
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        match &header {
            None => header = Some(named(cells)?),
            Some(_) if rows.len() >= limits::SPREADSHEET_ROWS_MAX => {
                let many = Message::new("program-sheet-rows");
                return Err(Fault(many.with("limit", limits::SPREADSHEET_ROWS_MAX)));
            }
            Some(head) => {
                let cells = trimmed(cells, head.len());
                rows.push(Row { line, cells });
            }
        }
    }
    let Some(header) = header else {
        return Err(Fault(Message::new("program-sheet-empty")));
    };
    if let Some(line) = open_quote(&text, &rows) {
        return Err(Fault(
            Message::new("program-sheet-quote").with("line", line),
        ));
    }
    Ok(Table {
        encoding,
        separator,
        header,
        rows,
    })
}

/// The line in which a record begins; its position is before the empty lines that lead to it.
fn line_of(text: &str, at: &csv::Position) -> u64 {
    let from = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let lead = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    at.line() + lead.filter(|byte| **byte == b'\n').map(|_| 1).sum::<u64>()
}

/// The header, without what a spreadsheet leaves behind it.
fn named(cells: Vec<String>) -> Result<Vec<String>, Fault> {
    let cells = trimmed(cells, 0);
    if cells.len() > limits::SPREADSHEET_COLUMNS_MAX {
        let many = Message::new("program-sheet-columns");
        return Err(Fault(many.with("limit", limits::SPREADSHEET_COLUMNS_MAX)));
    }
    Ok(cells)
}

/// Cells without empty ones behind the first `least`.
fn trimmed(mut cells: Vec<String>, least: usize) -> Vec<String> {
    while cells.len() > least && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    cells
}

/// The text of a file. Valid UTF-8 is nothing else by chance; `Shift_JIS` is taken where it fits and UTF-8 does not.
fn decode(bytes: &[u8], said: Option<Encoding>) -> Result<(Encoding, String), Fault> {
    let marked = encoding_rs::Encoding::for_bom(bytes);
    let wide = marked.filter(|(found, _)| *found != encoding_rs::UTF_8);
    let tries: &[Encoding] = match (said, wide) {
        (Some(Encoding::Utf8), _) => &[Encoding::Utf8],
        (Some(Encoding::ShiftJis), _) => &[Encoding::ShiftJis],
        (Some(Encoding::Utf16), _) | (None, Some(_)) => &[Encoding::Utf16],
        (None, None) => &[Encoding::Utf8, Encoding::ShiftJis],
    };
    for encoding in tries {
        let body = match marked {
            Some((_, mark)) if *encoding != Encoding::ShiftJis => bytes.get(mark..),
            _ => Some(bytes),
        };
        let body = body.unwrap_or_default();
        let by = match encoding {
            Encoding::Utf8 => encoding_rs::UTF_8,
            Encoding::ShiftJis => encoding_rs::SHIFT_JIS,
            Encoding::Utf16 => wide.map_or(encoding_rs::UTF_16LE, |(found, _)| found),
        };
        let text = by.decode_without_bom_handling_and_without_replacement(body);
        if let Some(text) = text {
            // A mark of the byte order says nothing anywhere else either.
            return Ok((*encoding, text.replace('\u{feff}', "")));
        }
    }
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let before = bytes.get(..valid).unwrap_or_default();
    #[expect(clippy::naive_bytecount, reason = "once per broken file")]
    let breaks = before.iter().filter(|byte| **byte == b'\n').count();
    let key = match said {
        None => "program-sheet-encoding",
        Some(_) => "program-sheet-encoding-said",
    };
    Err(Fault(Message::new(key).with("line", breaks + 1)))
}

/// What stands most often in the first line, outside of quotes.
fn found_separator(text: &str) -> Separator {
    let mut counts = [0_usize; Separator::ALL.len()];
    let mut quoted = false;
    for byte in text.trim_start().bytes() {
        quoted ^= byte == b'"';
        if !quoted && (byte == b'\n' || byte == b'\r') {
            break;
        }
        for (count, separator) in counts.iter_mut().zip(Separator::ALL) {
            *count += usize::from(!quoted && separator.byte() == byte);
        }
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    let found = counts
        .iter()
        .position(|count| *count == most)
        .filter(|_| most > 0);
    let found = found.and_then(|index| Separator::ALL.get(index));
    found.copied().unwrap_or(Separator::Comma)
}

/// Where a quote begins that never ends: readers of CSV take everything behind it for one text.
fn open_quote(text: &str, rows: &[Row]) -> Option<u64> {
    let quotes = text.matches('"').count();
    (quotes % 2 == 1).then(|| rows.last().map_or(1, |row| row.line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(table: &Table) -> Vec<(u64, Vec<&str>)> {
        let rows = table.rows.iter();
        rows.map(|row| (row.line, row.cells.iter().map(String::as_str).collect()))
            .collect()
    }

    fn fault(bytes: &[u8]) -> &'static str {
        read(bytes, None, None).map_or_else(|fault| fault.0.key, |_| "none")
    }

    #[test]
    fn encodings_and_separators_are_found_out_or_said() {
        let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode("題名;話す人\r\n祭り①;髙橋 ～\r\n");
        let utf_16: Vec<u8> = "\u{feff}題名\t話す人\r\n祭り①\t髙橋 ～\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let utf_8 = "\u{feff}題名,話す人\n祭り①,髙橋 ～\n".as_bytes();
        let of = |bytes: &[u8]| read(bytes, None, None).map(|own| (own.encoding, own.separator));
        assert_eq!(
            of(&shift_jis),
            Ok((Encoding::ShiftJis, Separator::Semicolon))
        );
        assert_eq!(of(&utf_16), Ok((Encoding::Utf16, Separator::Tab)));
        assert_eq!(of(utf_8), Ok((Encoding::Utf8, Separator::Comma)));
        for bytes in [&shift_jis[..], &utf_16, utf_8, &utf_8[3..]] {
            let table = read(bytes, None, None).unwrap_or_else(|fault| panic!("{fault:?}"));
            assert_eq!(table.header, ["題名", "話す人"]);
            assert_eq!(cells(&table), [(2, vec!["祭り①", "髙橋 ～"])]);
        }
        let said = read(utf_8, Some(Encoding::Utf8), Some(Separator::Tab));
        assert_eq!(
            said.map(|own| own.header),
            Ok(vec!["題名,話す人".to_owned()])
        );
        let wrong = read("題名\n".as_bytes(), Some(Encoding::ShiftJis), None);
        assert!(wrong.is_err() || wrong.is_ok_and(|own| own.header != ["題名"]));
    }

    #[test]
    fn quotes_line_breaks_and_empty_lines_are_what_they_are() {
        let file = "\n,,\ntitle,\"a \"\"b\"\"\",\n\"x\ny\",\"1,2\",,,\n,\t,\n\nz\n";
        let table = read(file.as_bytes(), None, None).unwrap_or_else(|fault| panic!("{fault:?}"));
        assert_eq!(table.header, ["title", "a \"b\""]);
        assert_eq!(cells(&table), [(4, vec!["x\ny", "1,2"]), (8, vec!["z"])]);
    }

    #[test]
    fn a_file_that_is_none_is_told_why() {
        assert_eq!(fault(b""), "program-sheet-empty");
        assert_eq!(fault(b" \n,,\n"), "program-sheet-empty");
        assert_eq!(fault(b"a,b\n1,\"2\n3,4\n"), "program-sheet-quote");
        assert_eq!(fault(b"a\n\xff\xff\xff\n"), "program-sheet-encoding");
        let utf_8 = read(b"a\n\x83\x7d\n", Some(Encoding::Utf8), None);
        let said = Message::new("program-sheet-encoding-said").with("line", 2);
        assert_eq!(utf_8, Err(Fault(said)));
    }

    #[test]
    fn a_file_with_too_many_bytes_rows_or_columns_is_refused() {
        let large = vec![b'a'; limits::SPREADSHEET_BYTES_MAX + 1];
        assert_eq!(fault(&large), "program-sheet-large");
        let mut long = b"title\n".to_vec();
        long.extend(b"a\n".repeat(limits::SPREADSHEET_ROWS_MAX + 1));
        assert_eq!(fault(&long), "program-sheet-rows");
        let wide = "a,".repeat(limits::SPREADSHEET_COLUMNS_MAX + 1);
        assert_eq!(fault(wide.as_bytes()), "program-sheet-columns");
    }
}
