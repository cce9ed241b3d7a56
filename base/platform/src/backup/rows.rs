//! A row as a line: a JSON array of its values. Integers are whole, floats are written as short as they read back,
//! bytes are base64, a truth value is 0 or 1.

use std::io::{self, BufRead, Read as _};

use data_encoding::BASE64;
use kernel::value::{Kind, Value};
use serde_json::Value as Json;

use crate::limits;

/// Appends a row and the end of its line.
pub(super) fn write(line: &mut Vec<u8>, row: &[Value]) -> io::Result<()> {
    line.push(b'[');
    for (index, value) in row.iter().enumerate() {
        if index > 0 {
            line.push(b',');
        }
        match value {
            Value::Text(Some(text)) => serde_json::to_writer(&mut *line, text)?,
            Value::Int(Some(int)) => serde_json::to_writer(&mut *line, int)?,
            Value::Bool(Some(flag)) => serde_json::to_writer(&mut *line, &i64::from(*flag))?,
            Value::Float(Some(float)) if float.is_finite() => {
                serde_json::to_writer(&mut *line, float)?;
            }
            // JSON has no words for these.
            Value::Float(Some(float)) => serde_json::to_writer(&mut *line, &float.to_string())?,
            Value::Bytes(Some(bytes)) => {
                serde_json::to_writer(&mut *line, &BASE64.encode(bytes))?;
            }
            _ => line.extend(b"null"),
        }
    }
    line.extend(b"]\n");
    if line.len() as u64 > limits::BACKUP_LINE_BYTES {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    Ok(())
}

/// The next line, with its end; nothing at the end of the member.
pub(super) fn line<'l>(
    input: &mut impl BufRead,
    line: &'l mut Vec<u8>,
) -> io::Result<Option<&'l [u8]>> {
    line.clear();
    let mut bounded = input.take(limits::BACKUP_LINE_BYTES + 1);
    bounded.read_until(b'\n', line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(Some(line))
}

/// A row from its line, with values of these kinds.
pub(super) fn read(line: &[u8], kinds: &[Kind]) -> Option<Vec<Value>> {
    let cells: Vec<Json> = serde_json::from_slice(line).ok()?;
    if cells.len() != kinds.len() {
        return None;
    }
    cells
        .into_iter()
        .zip(kinds)
        .map(|(cell, kind)| value(cell, *kind))
        .collect()
}

fn value(cell: Json, kind: Kind) -> Option<Value> {
    Some(match (kind, cell) {
        (kind, Json::Null) => Value::null(kind),
        (Kind::Text, Json::String(text)) => Value::Text(Some(text)),
        (Kind::Int | Kind::Bool, Json::Number(number)) => Value::Int(Some(number.as_i64()?)),
        (Kind::Float, Json::Number(number)) => Value::Float(Some(number.as_f64()?)),
        (Kind::Float, Json::String(text)) => Value::Float(Some(text.parse().ok()?)),
        (Kind::Bytes, Json::String(text)) => {
            Value::Bytes(Some(BASE64.decode(text.as_bytes()).ok()?))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back_as_it_went() {
        let kinds = [Kind::Text, Kind::Int, Kind::Float, Kind::Bytes, Kind::Int];
        let rows = [
            vec![
                Value::Text(Some("祭 \"\\\n\u{0}\u{10ffff}".to_owned())),
                Value::Int(Some(i64::MIN)),
                Value::Float(Some(0.1 + 0.2)),
                Value::Bytes(Some(vec![0, 255, 10])),
                Value::Int(Some(1)),
            ],
            vec![
                Value::Text(Some(String::new())),
                Value::Int(Some(i64::MAX)),
                Value::Float(Some(-0.0)),
                Value::Bytes(Some(Vec::new())),
                Value::Int(None),
            ],
            kinds.iter().map(|kind| Value::null(*kind)).collect(),
        ];
        let mut text = Vec::new();
        for row in &rows {
            let mut line = Vec::new();
            write(&mut line, row).expect("written");
            text.extend(line);
        }
        let (mut input, mut buffer) = (text.as_slice(), Vec::new());
        for row in &rows {
            let line = line(&mut input, &mut buffer).expect("read").expect("there");
            let read = read(line, &kinds).expect("understood");
            assert_eq!(
                format!("{read:?}"),
                format!("{row:?}"),
                "also the sign of zero"
            );
        }
        assert_eq!(line(&mut input, &mut buffer).expect("read"), None);
    }

    #[test]
    fn what_is_no_row_is_refused() {
        let kinds = [Kind::Int, Kind::Bytes];
        for text in [
            "",
            "[]",
            "[1]",
            "[1,2]",
            "[1.5,null]",
            "[\"1\",null]",
            "[1,\"?\"]",
            "[1,null,1]",
            "{}",
            "[9223372036854775808,null]",
        ] {
            assert_eq!(read(text.as_bytes(), &kinds), None, "{text}");
        }
        let mut buffer = Vec::new();
        let unended = line(&mut &b"[1]"[..], &mut buffer);
        assert!(unended.is_err(), "a line without an end was cut off");
    }

    #[test]
    fn a_line_beyond_the_limit_is_refused_on_both_ways() {
        let most = usize::try_from(limits::BACKUP_LINE_BYTES).expect("it fits");
        let long = Value::Text(Some("x".repeat(most)));
        assert!(write(&mut Vec::new(), &[long]).is_err());
        let endless = io::repeat(b'x').take(limits::BACKUP_LINE_BYTES + 2);
        assert!(line(&mut io::BufReader::new(endless), &mut Vec::new()).is_err());
    }
}
