//! What an entry of the audit log says, and how it is read.

use serde_json::Value;

/// One thing that differs between before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Where it is: `roles`, `talk.title`; empty for the whole.
    pub(crate) path: String,
    /// What it was.
    pub(crate) before: Option<String>,
    /// What it is.
    pub(crate) after: Option<String>,
}

/// What differs, field by field; what stayed the same is not told.
pub(crate) fn difference(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(String::new(), before, after, &mut changes);
    changes
}

fn compare(path: String, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    let empty = serde_json::Map::new();
    let fields = match (before, after) {
        (Value::Object(was), Value::Object(is)) => Some((was, is)),
        (Value::Object(was), Value::Null) => Some((was, &empty)),
        (Value::Null, Value::Object(is)) => Some((&empty, is)),
        _ => None,
    };
    let Some((was, is)) = fields else {
        changes.push(Change {
            path,
            before: words(before),
            after: words(after),
        });
        return;
    };
    let added = is.keys().filter(|name| !was.contains_key(*name));
    for name in was.keys().chain(added) {
        let below = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let of = |fields: &serde_json::Map<String, Value>| fields.get(name).cloned();
        let (was, is) = (
            of(was).unwrap_or(Value::Null),
            of(is).unwrap_or(Value::Null),
        );
        compare(below, &was, &is, changes);
    }
}

/// A value as a person reads it: texts without quotes, lists with commas, nothing for null.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items)
            if items
                .iter()
                .all(|item| !item.is_object() && !item.is_array()) =>
        {
            let items: Vec<String> = items.iter().filter_map(words).collect();
            Some(items.join(", "))
        }
        other => Some(other.to_string()),
    }
}

/// Key of an act in words: `talk.edit` is `identity-did-talk-edit`.
pub(crate) fn did(action: &str) -> String {
    format!("identity-did-{}", action.replace(['.', '_'], "-"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_told_with_its_place() {
        let before = json!({ "title": "A", "room": { "name": "x", "seats": 3 }, "same": 1 });
        let after = json!({ "title": "B", "room": { "name": "x", "seats": 4 }, "same": 1, "tags": ["a", "b"] });
        let told: Vec<(String, Option<String>, Option<String>)> = difference(&before, &after)
            .into_iter()
            .map(|change| (change.path, change.before, change.after))
            .collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told.contains(&("title".into(), some("A"), some("B"))));
        assert!(told.contains(&("room.seats".into(), some("3"), some("4"))));
        assert!(told.contains(&("tags".into(), None, some("a, b"))));
        assert_eq!(difference(&json!(null), &json!({"a": "b"})).len(), 1);
        assert_eq!(difference(&json!("off"), &json!("on"))[0].path, "");
    }
}
