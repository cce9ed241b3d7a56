//! The description of the API, operation by operation.

use std::collections::BTreeSet;

use http::Method;
use identity::Access;
use serde_json::Value;

use crate::stage::Stage;

/// Calls that make something without `Idempotency-Key`, and why.
const WITHOUT_KEY: &[(&str, &str)] = &[
    ("/chat", "the body has a nonce"),
    ("/captions", "the body has an id"),
    (
        "/stream-keys",
        "another key takes the place of the one before, and is never kept",
    ),
    (
        "/caption-key",
        "another key takes the place of the one before, and is never kept",
    ),
    (
        "/go-live",
        "a pass is good once and for a minute, and is never kept",
    ),
    ("/encoder-tests", "the key of a test is never kept"),
    ("/slates", "the body is a film"),
];

/// Every operation of the description: method, path, what is said about it.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let mut all = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("methods") {
            all.push((method.clone(), path.clone(), operation));
        }
    }
    all
}

/// Whether an example is what its schema says: no member that is not declared, none missing, every kind right.
fn fits(document: &Value, schema: &Value, example: &Value) -> Result<(), String> {
    if let Some(target) = schema["$ref"].as_str() {
        let found = document.pointer(target.trim_start_matches('#'));
        return fits(document, found.ok_or("a reference to nothing")?, example);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        // Members of the other parts are not this one's.
        let own = part["$ref"]
            .as_str()
            .and_then(|target| document.pointer(&target[1..]));
        for name in own.unwrap_or(part)["required"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let name = name.as_str().expect("a name");
            example.get(name).ok_or(format!("{name} is missing"))?;
        }
    }
    if let Some(kinds) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let mut kinds = kinds.iter();
        let any = kinds.any(|kind| fits(document, kind, example).is_ok());
        return any
            .then_some(())
            .ok_or(format!("{example} is none of {schema}"));
    }
    let kind = match example {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    let is = |own: &&str| *own == kind || (*own == "integer" && kind == "number");
    if !kinds.iter().any(is) {
        return Err(format!("{example} is no {kinds:?}"));
    }
    if let (Some(fields), Some(members)) = (schema["properties"].as_object(), example.as_object()) {
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().expect("a name");
            members.get(name).ok_or(format!("{name} is missing"))?;
        }
        for (name, value) in members {
            let own = fields.get(name).ok_or(format!("{name} is not declared"))?;
            fits(document, own, value).map_err(|fault| format!("{name}: {fault}"))?;
        }
    }
    for item in example.as_array().into_iter().flatten() {
        fits(document, &schema["items"], item)?;
    }
    Ok(())
}

#[test]
fn every_operation_says_what_it_does_with_examples_that_fit_and_how_it_refuses() {
    let document = matsuri::site::openapi();
    let mut wordless: Vec<String> = document.wordless.clone();
    wordless.sort();
    wordless.dedup();
    assert!(
        wordless.is_empty(),
        "without an example: {}",
        wordless.join(" ")
    );
    let document = document.json;
    let (mut wrong, mut names) = (Vec::new(), BTreeSet::new());
    for (method, path, operation) in operations(&document) {
        let mut complain = |what: String| wrong.push(format!("{method} {path}: {what}"));
        let name = operation["operationId"].as_str().expect("a name");
        if !names.insert(name.to_owned()) {
            complain(format!("{name} is the name of another one too"));
        }
        for text in ["summary", "description"] {
            if operation[text].as_str().is_none_or(str::is_empty) {
                complain(format!("no {text}"));
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["example"].is_null() || parameter["description"].is_null() {
                complain(format!("{} is not explained", parameter["name"]));
            }
        }
        let mut refuses = false;
        let responses = operation["responses"].as_object().expect("responses");
        let answers = responses.iter().map(|(status, own)| (status.as_str(), own));
        for (status, holder) in answers.chain([("body", &operation["requestBody"])]) {
            if status != "body" && holder["description"].as_str().is_none_or(str::is_empty) {
                complain(format!("{status} says nothing"));
            }
            for (kind, body) in holder["content"].as_object().into_iter().flatten() {
                refuses |= kind == "application/problem+json";
                if !kind.ends_with("json") {
                    continue;
                }
                match body.get("example") {
                    None => complain(format!("{status} has no example")),
                    Some(example) => {
                        if let Err(fault) = fits(&document, &body["schema"], example) {
                            complain(format!("example of {status}: {fault}"));
                        }
                    }
                }
            }
        }
        if !refuses {
            complain("never refuses".to_owned());
        }
        if responses.contains_key("201") && method == "post" {
            let keyed = operation["parameters"]
                .to_string()
                .contains("Idempotency-Key");
            let excused = WITHOUT_KEY.iter().any(|(end, _)| path.ends_with(end));
            if keyed == excused {
                complain("makes something, and takes no Idempotency-Key".to_owned());
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_description_says_who_has_to_be_signed_in() {
    let db = kit::engines("described access").await.remove(0);
    let stage = Stage::build(db).await;
    let document = matsuri::site::openapi().json;
    let mut wrong = Vec::new();
    for route in stage.routes() {
        let method = route.method.as_str().to_lowercase();
        let operation = &document["paths"][route.path][&method];
        if !route.path.starts_with("/api/v2/") || operation.is_null() {
            continue;
        }
        let security = operation["security"].to_string();
        let fits = match route.access {
            Access::Anyone | Access::Key | Access::Demo => true,
            // Tokens of programs are good within a conference.
            Access::SignedIn | Access::Owner => security.contains("session"),
            Access::Role(_) | Access::Looking(_) => {
                security.contains("session") && route.path.contains("{conf}")
            }
        };
        if !fits {
            wrong.push(format!(
                "{} {}: {security}",
                Method::as_str(&route.method),
                route.path
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
