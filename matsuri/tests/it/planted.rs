//! What somebody with evil intent types into every text field there is: no page, file or answer carries it so that a
//! browser or a spreadsheet would do what it says.
//!
//! The fields are read from the API's description, so that a new one is tried by itself.

use http::{Method, StatusCode};
use kit::{Answer, Browser};
use serde_json::{Map, Value, json};

use crate::strangers::furnish::{Names, Stage, furnish};

/// Breaks out of attributes, elements, links, scripts; in Markdown and HTML. The mark tells which of them came through.
const EVIL: &str = "=1+1\"'><script>planted()</script><img src=x onerror=planted()><svg onload=planted()>[x](javascript:planted())";
/// What must not stand in a page: as written above it would be a script's beginning, and as an attribute it would run.
const ALIVE: [&str; 6] = [
    "<script>planted",
    "<img src=x onerror",
    "<img src=\"x\" onerror",
    "<svg onload",
    "href=\"javascript:",
    "</script>planted",
];

/// A schema by its reference.
fn resolved<'a>(description: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => description
            .pointer(reference.trim_start_matches('#'))
            .expect("it is described"),
        None => schema,
    }
}

/// A body with something evil in every text that the schema leaves open; what has a form of its own gets that form.
fn planted(description: &Value, schema: &Value, depth: u8) -> Value {
    let schema = resolved(description, schema);
    if let Some(example) = schema.get("example").filter(|example| !example.is_object()) {
        let is_open = example.is_string() && schema.get("format").is_none();
        if !is_open {
            return example.clone();
        }
    }
    let alternatives = ["oneOf", "anyOf", "allOf"].iter();
    let found = alternatives
        .filter_map(|word| schema[*word].as_array())
        .flatten();
    if let Some(first) = found.into_iter().find(|one| one["type"] != "null") {
        return planted(description, first, depth);
    }
    if let Some(first) = schema["enum"].as_array().and_then(|words| words.first()) {
        return first.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| **kind != "null").cloned(),
        kind => Some(kind.clone()),
    };
    match kind.as_ref().and_then(Value::as_str) {
        Some("string") => match schema["format"].as_str() {
            Some("date-time") => json!("2026-11-22T03:00:00Z"),
            Some("date") => json!("2026-11-22"),
            Some("uri") => json!("https://example.org/"),
            _ => json!(EVIL),
        },
        Some("integer" | "number") => json!(40),
        Some("boolean") => json!(true),
        Some("array") if depth < 4 => json!([planted(description, &schema["items"], depth + 1)]),
        Some("array") => json!([]),
        Some("object") | None if depth < 4 => {
            let mut object = Map::new();
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                object.insert(name.clone(), planted(description, property, depth + 1));
            }
            if schema
                .get("additionalProperties")
                .is_some_and(Value::is_object)
            {
                object.insert("en".to_owned(), json!(EVIL));
                object.insert("ja".to_owned(), json!(EVIL));
            }
            Value::Object(object)
        }
        _ => Value::Null,
    }
}

/// The address with things that are there.
fn address(path: &str, names: &Names) -> String {
    let piece = |piece: &str| match piece {
        "{conf}" => "ours".to_owned(),
        "{part}" => "rooms".to_owned(),
        "{letter}" => "identity-invitation-mail".to_owned(),
        "{locale}" => "en".to_owned(),
        "{track}" => names.of(piece).last().map_or("x", |own| own.1).to_owned(),
        _ if piece.starts_with('{') => names.of(piece).next().map_or("x", |own| own.1).to_owned(),
        _ => piece.to_owned(),
    };
    path.split('/').map(piece).collect::<Vec<_>>().join("/")
}

/// What a member of a body may be: evil, harmless, or left out.
struct Member {
    name: String,
    values: Vec<Value>,
}

impl Member {
    /// From the worst to none.
    fn of(name: &str, evil: &Value, example: Option<&Value>) -> Self {
        let values = [Some(evil), example].into_iter().flatten();
        Self {
            name: name.to_owned(),
            values: values.rev().cloned().collect(),
        }
    }

    /// Whether it can be better than it is.
    fn can_mend(&self) -> bool {
        !self.values.is_empty()
    }

    fn mend(&mut self) {
        self.values.pop();
    }
}

fn body_of(members: &[Member]) -> Value {
    let there = members.iter().filter_map(|member| {
        let value = member.values.last()?;
        Some((member.name.clone(), value.clone()))
    });
    Value::Object(there.collect())
}

/// The fields that an answer complains of, by the names of the members that they are in.
fn faults(answer: &Answer) -> Vec<String> {
    let problem = answer.json();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let fields = errors.iter().filter_map(|error| error["field"].as_str());
    fields.map(str::to_owned).collect()
}

/// Sends it as somebody who has just read what is there.
async fn send(owner: &Browser, method: &Method, path: &str, body: &Value) -> Answer {
    let mut tag = "\"v1\"".to_owned();
    // What everybody reads of a talk has no version; what the team reads has one.
    for place in [path.to_owned(), path.replacen("/ours/", "/ours/admin/", 1)] {
        let read = owner.get(&place).await;
        let own = read.headers.get("etag").and_then(|tag| tag.to_str().ok());
        if let Some(own) = own.filter(|own| own.starts_with("\"v")) {
            own.clone_into(&mut tag);
        }
    }
    let reader = owner.clone().with("if-match", &tag);
    let answer = reader.json(method.clone(), path, body).await;
    let broken = answer.status.is_server_error();
    assert!(!broken, "{method} {path} {body}: {}", answer.body);
    answer
}

/// Sends it; members that are refused become harmless or go, until the rest is accepted or nothing helps. What was
/// accepted, or the last word.
async fn plant(
    owner: &Browser,
    method: &Method,
    path: &str,
    mut members: Vec<Member>,
) -> Result<Value, String> {
    loop {
        let body = body_of(&members);
        let answer = send(owner, method, path, &body).await;
        if answer.status.is_success() {
            return Ok(body);
        }
        let last = format!("{} {}", answer.status, answer.body);
        let may_mend = matches!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND
        );
        let wrong = faults(&answer);
        let is_wrong = |member: &Member| {
            let inside = |field: &String| {
                let rest = field.strip_prefix(&member.name);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '_']))
            };
            wrong.iter().any(inside)
        };
        let mut mended = false;
        for member in &mut members {
            if may_mend && member.can_mend() && is_wrong(member) {
                member.mend();
                mended = true;
            }
        }
        // It says nothing of a member that can be mended: the next that is evil still becomes harmless.
        let evil = |member: &&mut Member| {
            let value = member.values.last();
            value.is_some_and(|value| value.to_string().contains("planted"))
        };
        if may_mend
            && !mended
            && let Some(member) = members.iter_mut().find(evil)
        {
            member.mend();
            mended = true;
        }
        if !mended {
            return Err(last);
        }
    }
}

/// The members of a body by its schema and its example.
fn members(description: &Value, content: &Value) -> Vec<Member> {
    let Value::Object(evil) = planted(description, &content["schema"], 0) else {
        return Vec::new();
    };
    let example = &content["example"];
    let one = |(name, evil): (String, Value)| Member::of(&name, &evil, example.get(&name));
    evil.into_iter().map(one).collect()
}

/// Every page and file that somebody of the team can open without doing anything.
async fn look(stage: &Stage, owner: &Browser, names: &Names) -> (usize, Vec<String>) {
    let (mut seen, mut wrong) = (0, Vec::new());
    for route in stage
        .routes
        .iter()
        .filter(|route| route.method == Method::GET)
    {
        let streams = ["/rt", "/events", "/demo/"]
            .iter()
            .any(|part| route.path.starts_with(part));
        if streams {
            continue;
        }
        for reader in [owner, &stage.site.anonymous()] {
            let answer = reader.get(&address(route.path, names)).await;
            let kind = answer
                .headers
                .get("content-type")
                .and_then(|kind| kind.to_str().ok());
            let kind = kind.unwrap_or_default().to_owned();
            seen += usize::from(answer.body.contains("planted"));
            if kind.starts_with("text/html") || kind.contains("svg") {
                for alive in ALIVE.iter().filter(|alive| answer.body.contains(**alive)) {
                    wrong.push(format!("{}: {alive}", route.path));
                }
                let policy = answer.headers.get("content-security-policy");
                let policy = policy
                    .and_then(|policy| policy.to_str().ok())
                    .unwrap_or_default();
                if answer.status == StatusCode::OK && policy.contains("unsafe-inline") {
                    wrong.push(format!("{}: {policy}", route.path));
                }
            } else if kind.starts_with("text/csv") {
                let formula = |line: &str| {
                    let mut cells = line.split(',');
                    cells.any(|cell| cell.trim_start_matches('"').starts_with(['=', '+', '@']))
                };
                for line in answer.body.lines().filter(|line| formula(line)) {
                    wrong.push(format!("{}: a formula: {line}", route.path));
                }
            } else if answer.body.contains("planted") {
                // Whatever else it is, no browser may take it for a page.
                let sniffed = answer.headers.get("x-content-type-options");
                if sniffed.is_none_or(|value| value != "nosniff") {
                    wrong.push(format!("{}: {kind} may be sniffed", route.path));
                }
            }
        }
    }
    (seen, wrong)
}

#[tokio::test]
async fn nothing_that_is_typed_anywhere_comes_alive_on_any_page_or_file() {
    let db = kit::engines("planted").await.remove(0);
    let stage = Stage::build(db).await;
    let owner = stage.site.owner().await;
    let names = furnish(&stage, &owner.clone().with("if-match", "\"v1\""), "ours").await;
    let description = matsuri::site::openapi().json;
    let (mut planted_at, mut harmless, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for (path, methods) in description["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let content = &operation["requestBody"]["content"]["application/json"];
            if content.is_null() || path.ends_with("/on-air") || path.ends_with("/lifecycle") {
                continue;
            }
            let method = method.to_uppercase().parse::<Method>().expect("a method");
            let to = address(path, &names);
            match plant(&owner, &method, &to, members(&description, content)).await {
                Ok(body) if body.to_string().contains("planted") => planted_at.push(path.clone()),
                Ok(_) => harmless.push(format!("{method} {path}")),
                Err(last) => refused.push(format!("{method} {path}: {last}")),
            }
        }
    }
    println!("planted at {planted_at:?}\nonly harmless {harmless:?}\nrefused {refused:#?}");
    assert!(
        planted_at.len() >= 12,
        "only {planted_at:?}; harmless {harmless:?}; refused {refused:#?}"
    );
    let (seen, wrong) = look(&stage, &owner, &names).await;
    println!("seen on {seen} answers");
    assert!(seen > 20, "{seen}: it has to be visible where it was typed");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A picture of a few bytes that says it is sixty thousand points wide and high.
fn vast_picture() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    for side in [60_000_u32, 60_000] {
        bytes.extend(side.to_be_bytes());
    }
    bytes.extend(b"\x08\x06\0\0\0");
    bytes.extend([0; 64]);
    bytes
}

/// What is small until somebody unpacks, parses or counts it: with its media type.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let mut upload = Vec::new();
    for field in [
        "file", "avatar", "logo", "hero", "picture", "film", "slides", "favicon",
    ] {
        let head = format!(
            "--cut\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"a.png\"\r\n\r\n"
        );
        upload.extend(head.into_bytes());
        upload.extend(vast_picture());
        upload.extend(b"\r\n");
    }
    upload.extend(b"--cut--\r\n");
    let deep = [b"{\"title\":".to_vec(), b"[".repeat(50_000)].concat();
    vec![
        ("multipart/form-data; boundary=cut", upload),
        ("application/json", deep),
        (
            "application/x-www-form-urlencoded",
            b"title=a&".repeat(20_000),
        ),
        (
            "application/x-www-form-urlencoded",
            b"name=%F0%9F%8F%AE".repeat(4_000),
        ),
        ("application/octet-stream", vast_picture()),
    ]
}

#[tokio::test]
async fn no_route_breaks_over_a_body_that_is_a_bomb() {
    let db = kit::engines("bombs").await.remove(0);
    let stage = Stage::build(db).await;
    let owner = stage.site.owner().await.with("if-match", "\"v1\"");
    let names = furnish(&stage, &owner, "ours").await;
    let bombs = bombs();
    let mut wrong = Vec::new();
    let mut tried = 0;
    for route in stage
        .routes
        .iter()
        .filter(|route| route.method != Method::GET)
    {
        // These would change who we are.
        if ["sign-out", "{session}", "/leave", "/sessions", "/delete"]
            .iter()
            .any(|part| route.path.contains(part))
        {
            continue;
        }
        for (kind, body) in &bombs {
            tried += 1;
            let path = address(route.path, &names);
            let answer = owner
                .send(route.method.clone(), &path, Some(kind), body.clone())
                .await;
            if answer.status.is_server_error() {
                wrong.push(format!(
                    "{} {path} with {kind}: {} {}",
                    route.method, answer.status, answer.body
                ));
            }
        }
    }
    assert!(tried > 300, "{tried}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
