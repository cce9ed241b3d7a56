//! AMF0, the notation of RTMP commands and metadata.
//!
//! Invariant: neither depth, number of values nor memory follows what a peer merely announces.

use bytes::{BufMut, BytesMut};

use crate::limits::{AMF_BYTES_MAX, AMF_DEPTH_MAX, AMF_VALUES_MAX};

/// One AMF0 value. What encoders never send (references, typed objects' classes) is read and forgotten.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A double; anything, also NaN.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// Text; what is not UTF-8 is replaced.
    String(String),
    /// Named values in the order of the wire.
    Object(Vec<(String, Value)>),
    /// Named values too; announced with a count that nobody keeps.
    Map(Vec<(String, Value)>),
    /// Values without names.
    List(Vec<Value>),
    /// Milliseconds since 1970.
    Date(f64),
    /// Nothing.
    Null,
    /// Nothing, too.
    Undefined,
}

/// Why bytes are not AMF0 that we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The message ends inside a value.
    #[error("the AMF message ends inside a value")]
    Truncated,
    /// Objects inside objects inside objects.
    #[error("AMF values nest deeper than {AMF_DEPTH_MAX}")]
    TooDeep,
    /// More values than any encoder sends.
    #[error("the AMF message holds more than {AMF_VALUES_MAX} values")]
    TooMany,
    /// More bytes than any encoder sends.
    #[error("the AMF message is longer than {AMF_BYTES_MAX} bytes")]
    TooLong,
    /// A marker that is not AMF0 (0x11 would switch to AMF3).
    #[error("AMF marker {0:#04x} is not supported")]
    Marker(u8),
}

impl Value {
    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The member of that name.
    pub fn member(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(members) | Self::Map(members) => members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }
}

/// Reads all values of a message.
pub fn decode(bytes: &[u8]) -> Result<Vec<Value>, Error> {
    if bytes.len() > AMF_BYTES_MAX {
        return Err(Error::TooLong);
    }
    let mut decoder = Decoder {
        rest: bytes,
        values: 0,
    };
    let mut values = Vec::new();
    while !decoder.rest.is_empty() {
        values.push(decoder.value(0)?);
    }
    Ok(values)
}

struct Decoder<'a> {
    rest: &'a [u8],
    values: usize,
}

impl Decoder<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], Error> {
        let (head, tail) = self.rest.split_at_checked(count).ok_or(Error::Truncated)?;
        self.rest = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, tail) = self.rest.split_first_chunk::<N>().ok_or(Error::Truncated)?;
        self.rest = tail;
        Ok(*head)
    }

    fn f64(&mut self) -> Result<f64, Error> {
        Ok(f64::from_be_bytes(self.array()?))
    }

    fn text(&mut self) -> Result<String, Error> {
        let length = u16::from_be_bytes(self.array()?);
        Ok(String::from_utf8_lossy(self.take(usize::from(length))?).into_owned())
    }

    fn long_text(&mut self) -> Result<String, Error> {
        let length = u32::from_be_bytes(self.array()?) as usize;
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    fn value(&mut self, depth: usize) -> Result<Value, Error> {
        if depth > AMF_DEPTH_MAX {
            return Err(Error::TooDeep);
        }
        self.values += 1;
        if self.values > AMF_VALUES_MAX {
            return Err(Error::TooMany);
        }
        let [marker] = self.array()?;
        match marker {
            0x00 => Ok(Value::Number(self.f64()?)),
            0x01 => Ok(Value::Boolean(self.array()? != [0])),
            0x02 => Ok(Value::String(self.text()?)),
            0x03 => Ok(Value::Object(self.members(depth)?)),
            0x05 => Ok(Value::Null),
            0x06 | 0x0d => Ok(Value::Undefined),
            0x07 => self.array::<2>().map(|_reference| Value::Undefined),
            0x08 => {
                // The count is a hint that encoders get wrong; the end marker decides.
                self.array::<4>()?;
                Ok(Value::Map(self.members(depth)?))
            }
            0x0a => self.list(depth),
            0x0b => {
                let milliseconds = self.f64()?;
                self.array::<2>()?;
                Ok(Value::Date(milliseconds))
            }
            0x0c | 0x0f => Ok(Value::String(self.long_text()?)),
            0x10 => {
                self.text()?;
                Ok(Value::Object(self.members(depth)?))
            }
            other => Err(Error::Marker(other)),
        }
    }

    fn members(&mut self, depth: usize) -> Result<Vec<(String, Value)>, Error> {
        let mut members = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix(&[0, 0, 9]) {
                self.rest = rest;
                return Ok(members);
            }
            let name = self.text()?;
            members.push((name, self.value(depth + 1)?));
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Error> {
        let count = u32::from_be_bytes(self.array()?) as usize;
        // Every value takes a byte at least, so a count beyond what is left cannot be true.
        if count > self.rest.len() {
            return Err(Error::Truncated);
        }
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(self.value(depth + 1)?);
        }
        Ok(Value::List(values))
    }
}

/// Writes values one after the other.
pub fn encode(values: &[Value]) -> BytesMut {
    let mut out = BytesMut::with_capacity(256);
    for value in values {
        put(value, &mut out);
    }
    out
}

fn put(value: &Value, out: &mut BytesMut) {
    match value {
        Value::Number(number) => {
            out.put_u8(0x00);
            out.put_f64(*number);
        }
        Value::Boolean(truth) => out.put_slice(&[0x01, u8::from(*truth)]),
        Value::String(text) => put_string(text, out),
        Value::Object(members) => {
            out.put_u8(0x03);
            put_members(members, out);
        }
        Value::Map(members) => {
            out.put_u8(0x08);
            out.put_u32(u32::try_from(members.len()).unwrap_or(u32::MAX));
            put_members(members, out);
        }
        Value::List(values) => {
            out.put_u8(0x0a);
            out.put_u32(u32::try_from(values.len()).unwrap_or(u32::MAX));
            for value in values {
                put(value, out);
            }
        }
        Value::Date(milliseconds) => {
            out.put_u8(0x0b);
            out.put_f64(*milliseconds);
            out.put_u16(0);
        }
        Value::Null => out.put_u8(0x05),
        Value::Undefined => out.put_u8(0x06),
    }
}

fn put_string(text: &str, out: &mut BytesMut) {
    if let Ok(length) = u16::try_from(text.len()) {
        out.put_u8(0x02);
        out.put_u16(length);
    } else {
        out.put_u8(0x0c);
        out.put_u32(u32::try_from(text.len()).unwrap_or(u32::MAX));
    }
    out.put_slice(text.as_bytes());
}

fn put_members(members: &[(String, Value)], out: &mut BytesMut) {
    for (name, value) in members {
        // No name of ours is long; a longer one is cut rather than written with a wrong length.
        let name = &name.as_bytes()[..name.len().min(usize::from(u16::MAX))];
        out.put_u16(u16::try_from(name.len()).unwrap_or(u16::MAX));
        out.put_slice(name);
        put(value, out);
    }
    out.put_slice(&[0, 0, 9]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<f64>()
                .prop_filter("NaN is not equal to itself", |n| !n.is_nan())
                .prop_map(Value::Number),
            any::<bool>().prop_map(Value::Boolean),
            ".{0,40}".prop_map(Value::String),
            Just(Value::Null),
            Just(Value::Undefined),
            (-1e15..1e15).prop_map(Value::Date),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            // An empty name followed by 0x09 would be an end marker, so names have a letter at least.
            let members = prop::collection::vec(("[a-zA-Z]{1,12}", inner.clone()), 0..6);
            prop_oneof![
                members.clone().prop_map(Value::Object),
                members.prop_map(Value::Map),
                prop::collection::vec(inner, 0..6).prop_map(Value::List),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn what_is_encoded_decodes_to_the_same(values in prop::collection::vec(any_value(), 0..6)) {
            prop_assert_eq!(decode(&encode(&values)), Ok(values));
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn no_damage_makes_the_decoder_panic(
            values in prop::collection::vec(any_value(), 1..4), at in any::<prop::sample::Index>(), byte in any::<u8>(),
        ) {
            let mut bytes = encode(&values);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = decode(&bytes);
            let _ = decode(&bytes[..at]);
        }
    }

    #[test]
    fn objects_nested_without_end_are_refused_at_the_depth_limit() {
        let bomb: Vec<u8> = [3, 0, 1, b'a'].repeat(15_000);
        assert_eq!(decode(&bomb), Err(Error::TooDeep));
        let lists: Vec<u8> = [10, 0, 0, 0, 1].repeat(10_000);
        assert_eq!(decode(&lists), Err(Error::TooDeep));
    }

    #[test]
    fn counts_that_promise_more_than_is_there_are_refused() {
        assert_eq!(
            decode(&[10, 0xff, 0xff, 0xff, 0xff, 5]),
            Err(Error::Truncated)
        );
        assert_eq!(decode(&[2, 0xff, 0xff, b'a']), Err(Error::Truncated));
        assert_eq!(
            decode(&[12, 0xff, 0xff, 0xff, 0xff, b'a']),
            Err(Error::Truncated)
        );
        assert_eq!(decode(&vec![5; AMF_VALUES_MAX + 1]), Err(Error::TooMany));
        assert_eq!(decode(&vec![5; AMF_BYTES_MAX + 1]), Err(Error::TooLong));
        assert_eq!(decode(&[0x11, 1]), Err(Error::Marker(0x11)));
    }

    #[test]
    fn an_array_of_metadata_with_a_wrong_count_is_read_to_its_end_marker() {
        let bytes = [
            8, 0, 0, 0, 99, 0, 1, b'w', 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
        ];
        assert_eq!(
            decode(&bytes),
            Ok(vec![Value::Map(vec![("w".into(), Value::Number(2.0))])])
        );
    }
}
