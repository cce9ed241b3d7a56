//! JSON with line numbers: every object is opened one level at a time, and its members remember where in
//! the file they stand.

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::limits::SCHEDULE_DEPTH_MAX;
use crate::schedule::complaint::{Broken, Complaint};
use crate::schedule::raw::Text;
use crate::schedule::xml::allowed;

/// The file, to look lines up in it.
pub(super) struct File<'a> {
    text: &'a str,
    /// Byte positions at which lines begin.
    lines: Vec<usize>,
}

/// A value not yet looked into.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    raw: &'a RawValue,
}

impl<'a> File<'a> {
    /// Checks the syntax of the whole file.
    pub(super) fn parse(text: &'a str) -> Result<(Self, Node<'a>), Broken> {
        let breaks = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        let file = Self {
            text,
            lines: std::iter::once(0).chain(breaks).collect(),
        };
        if let Some(at) = too_deep(text) {
            let line = file.line_of(at);
            return Err(Complaint::at(line, "program-schedule-deep")
                .with("limit", SCHEDULE_DEPTH_MAX)
                .into());
        }
        match serde_json::from_str::<&RawValue>(text) {
            Ok(raw) => Ok((file, Node { raw })),
            Err(error) => {
                let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
                let key = if error.is_eof() {
                    "program-schedule-json-end"
                } else {
                    "program-schedule-json-syntax"
                };
                Err(Complaint::at(line, key)
                    .with("column", error.column())
                    .into())
            }
        }
    }

    fn line_of(&self, at: usize) -> u32 {
        u32::try_from(self.lines.partition_point(|start| *start <= at)).unwrap_or(u32::MAX)
    }

    /// The line on which a value begins.
    pub(super) fn line(&self, node: Node<'_>) -> u32 {
        self.line_of((node.raw.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize))
    }

    /// A value as text: strings as they are, numbers and truth values as they are written, null as nothing.
    /// Of an object of translations the first one is taken.
    pub(super) fn text(&self, node: Node<'_>) -> Text {
        let value = match node.value() {
            Value::String(text) => allowed(&text),
            Value::Number(number) => number.to_string(),
            Value::Bool(yes) => yes.to_string(),
            Value::Object(map) => map
                .values()
                .find_map(Value::as_str)
                .map(allowed)
                .unwrap_or_default(),
            Value::Null | Value::Array(_) => String::new(),
        };
        Text {
            line: self.line(node),
            value,
        }
    }
}

/// Where the file nests deeper than allowed. Looked for before anything recurses.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > SCHEDULE_DEPTH_MAX {
                    return Some(at);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

impl<'a> Node<'a> {
    /// The members of an object in the order of the file; none when it is no object.
    pub(super) fn members(self) -> Option<Vec<(String, Node<'a>)>> {
        if !self.raw.get().starts_with('{') {
            return None;
        }
        serde_json::from_str::<Members<'a>>(self.raw.get())
            .ok()
            .map(|members| members.0)
    }

    /// The elements of an array; none when it is no array.
    pub(super) fn elements(self) -> Option<Vec<Node<'a>>> {
        if !self.raw.get().starts_with('[') {
            return None;
        }
        let raws: Vec<&'a RawValue> = serde_json::from_str(self.raw.get()).ok()?;
        Some(raws.into_iter().map(|raw| Node { raw }).collect())
    }

    /// The value as data.
    pub(super) fn value(self) -> Value {
        serde_json::from_str(self.raw.get()).unwrap_or(Value::Null)
    }
}

/// `serde_json`'s own map would sort the members, and the order of rooms is their order on the timetable.
struct Members<'a>(Vec<(String, Node<'a>)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, raw)) = map.next_entry::<String, &'de RawValue>()? {
                    members.push((allowed(&name), Node { raw }));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Each)
    }
}
