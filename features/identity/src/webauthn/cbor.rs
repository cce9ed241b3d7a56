//! The part of CBOR (RFC 8949) that authenticators speak: definite lengths, integers, strings, arrays, maps (CTAP2
//! canonical form). Nothing is copied and nothing nests deeply, so that no input costs more than its length.

use super::Broken;

/// How deep things may lie in each other; an attestation object needs three.
const DEPTH_MAX: usize = 6;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// An integer of either sign.
    Int(i64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A text.
    Text(&'a str),
    /// A list; nobody here looks into one.
    List,
    /// Keys with values.
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// `true`, `false`, `null`.
    Simple(u8),
}

impl<'a> Value<'a> {
    /// Reads one value from the beginning of `bytes`; what is behind it.
    pub(super) fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Broken> {
        read(bytes, 0)
    }

    /// The value of a key that is a text.
    pub(super) fn named(&self, key: &str) -> Option<&Self> {
        self.find(|own| matches!(own, Self::Text(text) if *text == key))
    }

    /// The value of a key that is an integer.
    pub(super) fn numbered(&self, key: i64) -> Option<&Self> {
        self.find(|own| *own == Self::Int(key))
    }

    fn find(&self, is_it: impl Fn(&Self) -> bool) -> Option<&Self> {
        match self {
            Self::Map(pairs) => pairs
                .iter()
                .find(|(key, _)| is_it(key))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    pub(super) fn int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            _ => None,
        }
    }

    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn read(bytes: &[u8], depth: usize) -> Result<(Value<'_>, &[u8]), Broken> {
    if depth > DEPTH_MAX {
        return Err(Broken("CBOR nests too deeply"));
    }
    let (kind, argument, rest) = head(bytes)?;
    let int = || i64::try_from(argument).map_err(|_| Broken("a CBOR integer is too large"));
    match kind {
        0 => Ok((Value::Int(int()?), rest)),
        1 => Ok((Value::Int(-1 - int()?), rest)),
        2 => {
            let (bytes, rest) = split(rest, argument)?;
            Ok((Value::Bytes(bytes), rest))
        }
        3 => {
            let (bytes, rest) = split(rest, argument)?;
            let text = std::str::from_utf8(bytes).map_err(|_| Broken("a CBOR text is no UTF-8"))?;
            Ok((Value::Text(text), rest))
        }
        4 => {
            let mut rest = rest;
            for _ in 0..argument {
                (_, rest) = read(rest, depth + 1)?;
            }
            Ok((Value::List, rest))
        }
        5 => {
            let (mut pairs, mut rest) = (Vec::new(), rest);
            for _ in 0..argument {
                let (key, behind) = read(rest, depth + 1)?;
                let (value, behind) = read(behind, depth + 1)?;
                pairs.push((key, value));
                rest = behind;
            }
            Ok((Value::Map(pairs), rest))
        }
        7 if (20..=23).contains(&argument) => Ok((
            Value::Simple(u8::try_from(argument).unwrap_or_default()),
            rest,
        )),
        _ => Err(Broken("CBOR of a kind that authenticators do not use")),
    }
}

/// The head of a value (RFC 8949 §3): its kind and argument.
fn head(bytes: &[u8]) -> Result<(u8, u64, &[u8]), Broken> {
    let (first, rest) = bytes.split_first().ok_or(Broken("CBOR ends too early"))?;
    let (kind, short) = (first >> 5, first & 0x1f);
    let length = match short {
        0..=23 => return Ok((kind, u64::from(short), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return Err(Broken("CBOR of indefinite length")),
    };
    let (argument, rest) = split(rest, length)?;
    let argument = argument
        .iter()
        .fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
    Ok((kind, argument, rest))
}

fn split(bytes: &[u8], at: u64) -> Result<(&[u8], &[u8]), Broken> {
    let at = usize::try_from(at).map_err(|_| Broken("CBOR ends too early"))?;
    bytes
        .split_at_checked(at)
        .ok_or(Broken("CBOR ends too early"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_authenticators_send_is_read() {
        // {1: 2, "a": h'0102', -1: [true, null]}
        let bytes = [
            0xa3, 1, 2, 0x61, b'a', 0x42, 1, 2, 0x20, 0x82, 0xf5, 0xf6, 0xff,
        ];
        let (map, rest) = Value::read(&bytes).expect("good");
        assert_eq!(rest, [0xff]);
        assert_eq!(map.numbered(1).and_then(Value::int), Some(2));
        assert_eq!(
            map.named("a").and_then(Value::bytes),
            Some([1, 2].as_slice())
        );
        assert_eq!(map.numbered(-1), Some(&Value::List));
    }

    #[test]
    fn what_is_cut_endless_or_deep_is_refused_without_effort() {
        for bad in [
            [].as_slice(),
            &[0x41],
            &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0xbf, 0xff],
            &[0x61, 0xff],
            &[0x81; 100],
            &[0xf9, 0, 0],
        ] {
            assert!(Value::read(bad).is_err(), "{bad:x?}");
        }
    }
}
