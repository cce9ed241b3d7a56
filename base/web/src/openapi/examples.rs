//! Examples for every body and parameter: composed from the schemas and from what the product says its words look like, so
//! that they fit what is declared, and a new field without a word is noticed.

use serde_json::{Map, Value, json};

/// What a field looks like, by its name, or by `Schema.field` where a name means several things.
pub type Words = &'static [(&'static str, &'static str)];

/// How deep schemas may lie in each other before an example stops.
const DEPTH_MAX: usize = 16;
/// The instant of every example.
const INSTANT: &str = "2026-11-22T01:00:00Z";

/// Composes examples of the schemas of one document.
pub(super) struct Composer<'a> {
    pub(super) schemas: &'a Map<String, Value>,
    pub(super) words: Words,
    /// Texts that nobody says an example for.
    pub(super) wordless: Vec<String>,
}

impl Composer<'_> {
    fn word(&self, owner: &str, name: &str) -> Option<&'static str> {
        let whole = format!("{owner}.{name}");
        let find = |wanted: &str| self.words.iter().find(|(name, _)| *name == wanted);
        find(&whole).or_else(|| find(name)).map(|(_, word)| *word)
    }

    /// An example of a schema, as the field `name` of the schema `owner`.
    pub(super) fn of(&mut self, schema: &Value, owner: &str, name: &str, depth: usize) -> Value {
        if let Some(own) = given(schema) {
            return own;
        }
        if depth > DEPTH_MAX {
            return Value::Null;
        }
        if let Some(target) = reference(schema) {
            let Some(found) = self.schemas.get(target).cloned() else {
                return Value::Null;
            };
            let is_word = found.get("properties").is_none();
            // A schema that is a word takes the name of its field.
            let (owner, name) = if is_word { (owner, name) } else { (target, "") };
            return self.of(&found, owner, name, depth + 1);
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            let mut whole = Map::new();
            for part in parts {
                if let Value::Object(own) = self.of(part, owner, name, depth + 1) {
                    whole.extend(own);
                }
            }
            return Value::Object(whole);
        }
        let either = ["oneOf", "anyOf"].iter().find_map(|key| schema.get(*key));
        if let Some(kinds) = either.and_then(Value::as_array) {
            let first = kinds.iter().find(|kind| kind_of(kind) != "null");
            return first.map_or(Value::Null, |kind| self.of(kind, owner, name, depth + 1));
        }
        match kind_of(schema) {
            "object" => self.object(schema, owner, name, depth),
            "array" => {
                let items = schema.get("items").cloned().unwrap_or(Value::Null);
                json!([self.of(&items, owner, name, depth + 1)])
            }
            "string" => self.text(schema, owner, name),
            "integer" | "number" => {
                let word = self.word(owner, name).and_then(|word| word.parse().ok());
                let least = schema.get("minimum").and_then(Value::as_i64);
                json!(word.or(least).unwrap_or(1_i64))
            }
            "boolean" => json!(self.word(owner, name) == Some("true")),
            _ => Value::Null,
        }
    }

    fn object(&mut self, schema: &Value, owner: &str, name: &str, depth: usize) -> Value {
        let mut whole = Map::new();
        let fields = schema.get("properties").and_then(Value::as_object);
        for (field, own) in fields.into_iter().flatten() {
            whole.insert(field.clone(), self.of(own, owner, field, depth + 1));
        }
        if let Some(values) = schema
            .get("additionalProperties")
            .filter(|own| own.is_object())
        {
            // Texts by language are the only ones so far.
            whole.insert("en".to_owned(), self.of(values, owner, name, depth + 1));
        }
        Value::Object(whole)
    }

    fn text(&mut self, schema: &Value, owner: &str, name: &str) -> Value {
        if let Some(word) = self.word(owner, name) {
            return json!(word);
        }
        if schema.get("format").and_then(Value::as_str) == Some("date-time") {
            return json!(INSTANT);
        }
        self.wordless.push(format!("{owner}.{name}"));
        json!("…")
    }
}

/// What a schema says of itself.
fn given(schema: &Value) -> Option<Value> {
    let first = |key: &str| schema.get(key)?.as_array()?.first().cloned();
    let own = schema.get("example").cloned();
    own.or_else(|| first("examples")).or_else(|| first("enum"))
}

fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.rsplit('/').next()
}

/// The kind of a schema; of several the first that is something.
fn kind_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            let mut words = kinds.iter().filter_map(Value::as_str);
            words.find(|kind| *kind != "null").unwrap_or("null")
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}
