//! Two full conferences: the chair of one tries every id of the other, on every route, by page and API, over the socket,
//! and with a token that is limited to their own. What there is to try is read from the routes' table and from the hub,
//! so that whatever is new is tried by itself, or fails here until its ids are known.

pub(crate) mod furnish;

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use identity::{Access, Role};
use kit::{Answer, Browser, Reader};
use serde_json::json;

use self::furnish::{Names, Stage, furnish};

/// Parameters that name no record of a conference, but a word that all of them share.
const WORDS: [&str; 7] = [
    "{conf}",
    "{part}",
    "{letter}",
    "{locale}",
    "{language}",
    "{file}",
    "{spot}",
];

/// What anybody may do in a conference whose pictures are for anybody.
const FOR_ANYBODY: [&str; 3] = ["chat.post", "live.pass", "live.report"];

/// Parameters of an address.
fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|piece| piece.starts_with('{'))
}

/// The address with one conference's name and one strange id; everything else is ours.
pub(crate) fn fill(
    path: &str,
    conference: &str,
    strange: (&str, &str, &str),
    ours: &Names,
) -> String {
    let (parameter, part, id) = strange;
    let piece = |piece: &str| match piece {
        "{conf}" => conference.to_owned(),
        "{part}" => part.to_owned(),
        "{locale}" => "en".to_owned(),
        "{letter}" => "identity.invitation".to_owned(),
        _ if piece == parameter => id.to_owned(),
        _ if piece.starts_with('{') => ours
            .of(piece)
            .next()
            .map_or("nothing", |own| own.1)
            .to_owned(),
        _ => piece.to_owned(),
    };
    path.split('/').map(piece).collect::<Vec<_>>().join("/")
}

/// A name like this one that nothing has.
fn nobodys(id: &str) -> String {
    let last = if id.ends_with('0') { 'g' } else { '0' };
    let mut id = id.to_owned();
    id.pop();
    id.push(last);
    id
}

/// Sends what makes sense to every route, so that only the address can be wrong.
pub(crate) async fn knock(browser: &Browser, method: &Method, path: &str) -> Answer {
    // Bodies that know all their fields take no others.
    let body = if path.contains("/talks/") && *method == Method::PATCH {
        json!({ "title": "A title" })
    } else if path.contains("/speakers/") && *method == Method::PATCH {
        json!({ "name": "A name" })
    } else if path.ends_with("/captions") {
        json!({ "id": "one", "language": "en", "text": "hello" })
    } else {
        json!({ "mode": "auto", "order": "auto", "text": "hello", "nonce": "one", "way": "up", "name": "A name",
            "titles": {"en": "A title"}, "slug": "a-name", "enabled": true, "word": "word", "roles": ["desk"] })
    };
    let fields = [
        ("mode", "auto"),
        ("order", "auto"),
        ("alarm", "slate-on"),
        ("title_en", "A title"),
        ("name", "A name"),
        ("roles", "desk"),
        ("way", "up"),
        ("do", "save"),
    ];
    match *method {
        Method::GET | Method::DELETE => browser.send(method.clone(), path, None, Vec::new()).await,
        _ if path.starts_with("/api/") => browser.json(method.clone(), path, &body).await,
        _ => browser.post(path, &fields).await,
    }
}

/// What the other conference's own people see of it, to know whether anything changed.
async fn seen(owner: &Browser) -> Vec<String> {
    let mut seen = Vec::new();
    for path in [
        "/api/v2/conferences/theirs/admin/talks",
        "/api/v2/conferences/theirs/admin/talks?state=bin",
        "/api/v2/conferences/theirs/admin/speakers",
        "/api/v2/conferences/theirs/pages",
        "/api/v2/conferences/theirs/structure/rooms",
        "/api/v2/conferences/theirs/structure/tracks",
        "/api/v2/conferences/theirs/structure/days",
        "/api/v2/conferences/theirs/lifecycle",
        "/api/v2/conferences/theirs/studio",
        "/theirs/admin/audit.json",
    ] {
        let answer = owner.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        seen.push(answer.body);
    }
    seen
}

/// Every id of theirs in an address of ours, and everything of ours in a conference that does not exist.
async fn try_routes(stage: &Stage, chair: &Browser, ours: &Names, theirs: &Names) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut tried = BTreeSet::new();
    for route in stage
        .routes
        .iter()
        .filter(|route| route.path.contains("/{conf}/"))
    {
        let own = parameters(route.path).filter(|parameter| !WORDS.contains(parameter));
        for parameter in own {
            let strange: Vec<_> = theirs.of(parameter).collect();
            assert!(
                !strange.is_empty(),
                "{}: say in furnish.rs what {parameter} is",
                route.path
            );
            for (part, id) in strange {
                tried.insert(parameter);
                let path = fill(route.path, "ours", (parameter, part, id), ours);
                let answer = knock(chair, &route.method, &path).await;
                if answer.status == StatusCode::NOT_FOUND {
                    continue;
                }
                // Refused for something else: then just as it is for what exists nowhere.
                let made_up = fill(route.path, "ours", (parameter, part, &nobodys(id)), ours);
                let same = knock(chair, &route.method, &made_up).await;
                if answer.status != same.status {
                    let (own, other) = (answer.status, same.status);
                    wrong.push(format!("{} {path}: {own}, not {other}", route.method));
                }
            }
        }
        let nowhere = fill(route.path, "nowhere", ("", "rooms", ""), ours);
        let answer = knock(chair, &route.method, &nowhere).await;
        if answer.status != StatusCode::NOT_FOUND {
            wrong.push(format!("{} {nowhere}: {}", route.method, answer.status));
        }
    }
    assert!(tried.len() >= 12, "only {tried:?}");
    wrong
}

/// A token for our conference, at every door of theirs that is not for anybody.
async fn try_token(stage: &Stage, token: &Browser, theirs: &Names) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for route in &stage.routes {
        let is_theirs = route.path.starts_with("/api/v2/conferences/{conf}");
        if !is_theirs || route.access == Access::Anyone {
            continue;
        }
        tried += 1;
        let path = fill(route.path, "theirs", ("", "rooms", ""), theirs);
        let answer = knock(token, &route.method, &path).await;
        let refused = [
            StatusCode::UNAUTHORIZED,
            StatusCode::FORBIDDEN,
            StatusCode::NOT_FOUND,
        ];
        if !refused.contains(&answer.status) {
            wrong.push(format!(
                "with a token: {} {path}: {}",
                route.method, answer.status
            ));
        }
    }
    assert!(tried > 30, "only {tried}");
    wrong
}

/// Every topic and every command of the socket.
async fn try_socket(stage: &Stage, chair: &Browser, theirs: &Names) -> Vec<String> {
    let mut reader: Reader<live::Who> = stage.connect(chair).await;
    let (prefixes, commands) = stage.hub.vocabulary();
    let (talk, track) = (theirs.first("{talk}"), theirs.first("{track}"));
    let mut wrong = Vec::new();
    for prefix in prefixes {
        let names = match prefix {
            "live/" | "captions/" => vec![format!("{prefix}ours/{track}")],
            "chat/" => vec![format!("chat/ours/{talk}")],
            "studio/" | "wall/" => vec![format!("{prefix}theirs")],
            // Its name is a secret; what the crew calls it is none.
            "encoder-test/" => theirs
                .of("{test}")
                .map(|(_, id)| format!("{prefix}{id}"))
                .collect(),
            other => panic!("say here what of another conference could be read under {other}"),
        };
        for name in names {
            let answer = reader.subscribe(&name).await;
            if answer["type"] == "snapshot" {
                wrong.push(format!("topic {name}: {answer}"));
            }
        }
    }
    for command in commands {
        for conference in ["ours", "theirs"] {
            if conference == "theirs" && FOR_ANYBODY.contains(&command) {
                continue;
            }
            let line = theirs.first("{line}");
            let args = json!({"conf": conference, "talk": talk, "track": track, "line": line, "text": "hello",
                "nonce": format!("nonce-{command}"), "order": "auto", "alarm": "slate-on", "reason": "why"});
            let answer = reader.command(command, &args).await;
            if answer["ok"] == true {
                wrong.push(format!("command {command} {args}: {answer}"));
            }
        }
    }
    wrong
}

#[tokio::test]
async fn ids_of_another_conference_are_not_found_by_page_api_token_or_socket() {
    for db in kit::engines("strangers").await {
        let stage = Stage::build(db).await;
        let owner = stage.site.owner().await;
        let ours = furnish(&stage, &owner, "ours").await;
        let theirs = furnish(&stage, &owner, "theirs").await;
        let id = stage.conference("ours").await;
        let chair = stage
            .site
            .sign_in("Chie", Some(Role::Chair), std::slice::from_ref(&id))
            .await;
        let token = stage.token(&chair, &id).await;
        let before = seen(&owner).await;
        let chair = chair.with("if-match", "\"v1\"");
        let mut wrong = try_socket(&stage, &chair, &theirs).await;
        wrong.extend(try_token(&stage, &token, &theirs).await);
        wrong.extend(try_routes(&stage, &chair, &ours, &theirs).await);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        for (before, after) in before.iter().zip(seen(&owner).await) {
            assert_eq!(before, &after, "theirs was changed");
        }
    }
}
