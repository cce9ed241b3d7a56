//! The API's description (OpenAPI 3.1), put together from what the features declare.
//!
//! What is the same for every operation is said here once: a name of its own, the refusals that follow from what it takes,
//! as problem details, and an example of everything that goes in or comes out.

mod examples;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header;
use serde_json::{Map, Value, json};
use utoipa::Modify;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

pub use examples::Words;

use crate::failure::{Problem, ProblemField};
use examples::Composer;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Matsuri",
        version = "2",
        description = "The API of a Matsuri site. Errors are problem details (RFC 9457); instants are RFC 3339 in UTC.\n\n\
            **Who asks**: a browser by its session's cookie, a program by a token (`Authorization: Bearer mat_…`) that somebody made \
            at `/account/tokens`. A token is good for one conference, to read or also to write, and never for more than whoever made \
            it may.\n\n\
            **Lists** come in pages: `next` of one is `cursor` of the next.\n\n\
            **Changes** name the state that they were made from, as `If-Match` with the `ETag` that was read: 428 where it is \
            missing, 412 where somebody else was faster.\n\n\
            **Whatever makes something** takes `Idempotency-Key`: sent again within a day with the same body, it answers the same \
            and makes nothing twice; 422 where the key was used for something else."
    ),
    components(schemas(Problem, ProblemField)),
    modifiers(&Credentials)
)]
struct Frame;

/// Ways to say who asks.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("session"));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// The whole description.
pub struct Document {
    /// As it is served.
    pub json: Value,
    /// Texts that nobody says an example for; a test keeps it empty.
    pub wordless: Vec<String>,
}

/// The whole description: the frame with what every feature declares. `words` say what fields look like.
pub fn document(features: impl IntoIterator<Item = OpenApi>, words: Words) -> Document {
    let whole = features
        .into_iter()
        .fold(Frame::openapi(), |mut whole, part| {
            whole.merge(part);
            whole
        });
    let mut json = serde_json::to_value(whole).unwrap_or_default();
    let schemas = json.pointer("/components/schemas").cloned();
    let schemas = schemas.and_then(|schemas| schemas.as_object().cloned());
    let schemas = schemas.unwrap_or_default();
    let mut composer = Composer {
        schemas: &schemas,
        words,
        wordless: Vec::new(),
    };
    let paths = json.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Value::Object(operation) = operation {
                complete(operation, method, path, &mut composer);
            }
        }
    }
    let wordless = composer.wordless;
    Document { json, wordless }
}

/// Says what is the same for every operation.
fn complete(
    operation: &mut Map<String, Value>,
    method: &str,
    path: &str,
    composer: &mut Composer<'_>,
) {
    operation.insert("operationId".to_owned(), json!(name_of(method, path)));
    if !operation.contains_key("description") {
        let summary = operation.get("summary").cloned().unwrap_or_default();
        operation.insert("description".to_owned(), summary);
    }
    let refusals = refusals(operation, path);
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let name = parameter.get("name").and_then(Value::as_str);
        let name = name.unwrap_or_default().to_owned();
        let schema = parameter.get("schema").cloned().unwrap_or_default();
        if parameter.get("example").is_none() {
            parameter["example"] = composer.of(&schema, "", &name, 0);
        }
    }
    if let Some(body) = operation.get_mut("requestBody") {
        exemplify(body, composer);
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    if let Value::Object(responses) = responses {
        for status in refusals {
            responses.entry(status).or_insert_with(|| json!({}));
        }
        for (status, response) in responses {
            match status.parse() {
                Ok(status) if status >= 400 => refuse(response, status),
                _ => {
                    exemplify(response, composer);
                    describe(response, status);
                }
            }
        }
    }
}

/// A name that no other operation has: `get_conferences_conf_talks`.
fn name_of(method: &str, path: &str) -> String {
    let rest = path.trim_start_matches("/api/v2/");
    let mut name = format!("{method}_");
    for c in rest.chars() {
        match c {
            '{' | '}' => {}
            c if c.is_ascii_alphanumeric() => name.push(c),
            _ => name.push('_'),
        }
    }
    name
}

/// Which refusals follow from what an operation takes.
fn refusals(operation: &Map<String, Value>, path: &str) -> Vec<&'static str> {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let parameters = parameters.map(Vec::as_slice).unwrap_or_default();
    let has = |key: &str, value: &str| {
        let mut all = parameters.iter();
        all.any(|own| own.get(key).and_then(Value::as_str) == Some(value))
    };
    let mut refusals = Vec::new();
    if operation.contains_key("security") {
        refusals.extend(["401", "403"]);
    }
    if path.contains('{') {
        refusals.push("404");
    }
    if has("name", "If-Match") {
        refusals.extend(["412", "428"]);
    }
    if operation.contains_key("requestBody") || has("name", "Idempotency-Key") {
        refusals.push("422");
    }
    if has("in", "query") || refusals.is_empty() {
        refusals.push("400");
    }
    refusals
}

/// Gives every body of a request or an answer an example.
fn exemplify(holder: &mut Value, composer: &mut Composer<'_>) {
    let bodies = holder.get_mut("content").and_then(Value::as_object_mut);
    for (kind, body) in bodies.into_iter().flatten() {
        if body.get("example").is_some() || body.get("examples").is_some() {
            continue;
        }
        if kind.ends_with("json") {
            let schema = body.get("schema").cloned().unwrap_or_default();
            body["example"] = composer.of(&schema, "", "", 0);
        }
    }
}

/// Says what an answer means, where its operation does not.
fn describe(response: &mut Value, status: &str) {
    let said = response.get("description").and_then(Value::as_str);
    if said.is_none_or(str::is_empty) {
        response["description"] = json!(match status {
            "201" => "It was made",
            "204" => "Done",
            "206" => "A part of it",
            _ => "What was asked for",
        });
    }
}

/// A refusal as problem details with an example.
fn refuse(response: &mut Value, status: u16) {
    let (code, title, detail) = match status {
        400 => (
            "malformed",
            "Please check what you entered",
            "Some of what was sent cannot be accepted.",
        ),
        401 => (
            "unauthenticated",
            "Please sign in",
            "This needs a signed-in person.",
        ),
        403 => (
            "identity-role-missing",
            "Not allowed",
            "This needs the role chair in the team of this conference.",
        ),
        404 => (
            "not-found",
            "Not found",
            "There is nothing at this address, or it is not open to you.",
        ),
        409 => (
            "program-changed-meanwhile",
            "That is not possible right now",
            "Somebody else changes this conference at the same moment. Please try again.",
        ),
        412 => (
            "stale",
            "Somebody else changed this meanwhile",
            "Nothing was overwritten. Read it again and repeat your change on what is there now.",
        ),
        422 => (
            "invalid",
            "Please check what you entered",
            "Please fill this in.",
        ),
        428 => (
            "if-match-missing",
            "Say which state this is about",
            "Send If-Match with the ETag of the state that you read, so that nobody's change is overwritten.",
        ),
        429 => ("too-many", "Too fast", "Please try again in 30 seconds."),
        _ => (
            "unavailable",
            "One moment, please",
            "A part of the site is not available right now. Nothing is lost; please try again in a few seconds.",
        ),
    };
    let mut example = json!({
        "type": "about:blank", "title": title, "status": status, "detail": detail, "code": code,
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    });
    if status == 422 {
        example["errors"] =
            json!([{"field": "title", "detail": detail, "code": "web-field-empty"}]);
    }
    let said = response.get("description").and_then(Value::as_str);
    let said = said.filter(|text| !text.is_empty()).unwrap_or(title);
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    *response = json!({
        "description": said,
        "content": {"application/problem+json": {"schema": schema, "example": example}},
    });
}

/// The description as it is served at `/api/v2/openapi.json`.
pub fn body(document: &Document) -> Bytes {
    Bytes::from(serde_json::to_vec_pretty(&document.json).unwrap_or_default())
}

/// The answer with such a body.
pub fn respond(body: Bytes) -> Response {
    let fields = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (fields, body).into_response()
}
