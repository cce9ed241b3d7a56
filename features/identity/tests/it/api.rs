//! Teams, the audit log and accounts by the API: the rules of the pages, and what hostile programs try.

use http::{Method, StatusCode};
use identity::Role;
use identity::actions::Persona;
use kit::{Answer, Browser};
use serde_json::{Value, json};

use crate::{Stage, stages};

const MEMBERS: &str = "/api/v2/conferences/ours/team/members";
const INVITATIONS: &str = "/api/v2/conferences/ours/team/invitations";
const TOKENS: &str = "/api/v2/account/tokens";

async fn chair(stage: &Stage) -> Browser {
    let ours = [stage.ours.clone()];
    stage.site.sign_in("Chie", Some(Role::Chair), &ours).await
}

async fn post(browser: &Browser, path: &str, body: &Value) -> Answer {
    browser.json(Method::POST, path, body).await
}

fn id_of(members: &Value, name: &str) -> String {
    let mut all = members.as_array().expect("a list").iter();
    let found = all.find(|own| own["name"] == name).expect("a member");
    found["account"].as_str().expect("an id").to_owned()
}

/// Path of the link in the newest mail, as the API has it.
async fn invited(stage: &Stage) -> String {
    let link = crate::team::newest_link(stage, "/account/invitations/").await;
    format!("/api/v2{link}")
}

#[tokio::test]
async fn a_program_invites_once_however_often_it_asks_and_who_got_the_mail_joins() {
    for stage in stages("api_invite", true).await {
        let chair = chair(&stage).await.with("idempotency-key", "one");
        let wish = json!({ "email": "Ken@example.org", "roles": ["desk", "broadcast"] });
        let first = post(&chair, INVITATIONS, &wish).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
        let again = post(&chair, INVITATIONS, &wish).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        let mails = platform::mail::mailbox(&stage.site.app.db, 9).await;
        assert_eq!(mails.expect("read").len(), 1, "one mail left");
        let other = json!({ "email": "ben@example.org", "roles": ["desk"] });
        let misused = post(&chair, INVITATIONS, &other).await;
        assert_eq!(misused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(misused.json()["errors"][0]["field"], "Idempotency-Key");

        let link = invited(&stage).await;
        let ken = stage.site.sign_in("Ken", None, &[]).await;
        let seen = ken.get(&link).await.json();
        assert_eq!(seen["roles"], json!(["broadcast", "desk"]));
        let accept = format!("{link}/accept");
        let mallory = stage.site.sign_in("Mallory", None, &[]).await;
        let refused = post(&mallory, &accept, &Value::Null).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let joined = post(&ken, &accept, &Value::Null).await;
        assert_eq!(joined.status, StatusCode::NO_CONTENT, "{}", joined.body);
        let replayed = post(&ken, &accept, &Value::Null).await;
        assert_eq!(replayed.status, StatusCode::CONFLICT);
        let list = chair.get(INVITATIONS).await.json();
        assert_eq!(list["items"][0]["state"], "accepted");
        assert_eq!(list["next"], Value::Null);
    }
}

#[tokio::test]
async fn roles_change_over_the_state_that_was_read_and_a_chair_stays() {
    for stage in stages("api_roles", true).await {
        let chair = chair(&stage).await;
        let ours = [stage.ours.clone()];
        let ken = stage.site.sign_in("Ken", Some(Role::Desk), &ours).await;
        let members = chair.get(MEMBERS).await.json();
        let path = format!("{MEMBERS}/{}", id_of(&members, "Ken"));
        let roles = json!({ "roles": ["contents"] });
        let blind = chair.json(Method::PUT, &path, &roles).await;
        assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED);
        let stale = chair.with("if-match", "\"broadcast\"");
        let refused = stale.json(Method::PUT, &path, &roles).await;
        assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED);
        let tag = stale.get(&path).await.headers["etag"].clone();
        assert_eq!(tag, "\"desk\"");
        let chair = stale.with("if-match", "\"desk\"");
        let changed = chair.json(Method::PUT, &path, &roles).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
        assert_eq!(changed.json()["roles"], json!(["contents"]));
        let emperor = json!({ "roles": ["emperor"] });
        let wrong = chair.json(Method::PUT, &path, &emperor).await;
        assert_eq!(wrong.json()["errors"][0]["field"], "roles");

        let own = format!("{MEMBERS}/{}", id_of(&members, "Chie"));
        let last = chair.send(Method::DELETE, &own, None, Vec::new()).await;
        assert_eq!(last.status, StatusCode::CONFLICT, "the last chair stays");
        let shown = json!({ "shown": true });
        let path_shown = "/api/v2/conferences/ours/team/shown";
        ken.json(Method::PUT, path_shown, &shown).await;
        let public = stage
            .site
            .anonymous()
            .get("/api/v2/conferences/ours/team")
            .await;
        assert_eq!(public.json()[0]["name"], "Ken");
        assert!(!public.body.contains('@'), "{}", public.body);
        let gone = chair.send(Method::DELETE, &path, None, Vec::new()).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
        assert_eq!(
            ken.json(Method::PUT, path_shown, &shown).await.status,
            StatusCode::FORBIDDEN
        );
    }
}

#[tokio::test]
async fn the_audit_log_is_read_page_by_page_and_cursors_show_nothing_of_others() {
    for stage in stages("api_audit", true).await {
        let chair = chair(&stage).await;
        for name in ["ann", "ben", "cid"] {
            let wish = json!({ "email": format!("{name}@example.org"), "roles": ["desk"] });
            post(&chair, INVITATIONS, &wish).await;
        }
        let audit = "/api/v2/conferences/ours/audit";
        let (mut path, mut seen) = (
            format!("{audit}?limit=2&action=invitation.send"),
            Vec::new(),
        );
        loop {
            let page = chair.get(&path).await.json();
            seen.extend(page["items"].as_array().expect("items").clone());
            match page["next"].as_str() {
                Some(next) => {
                    path = format!("{audit}?limit=2&action=invitation.send&cursor={next}");
                }
                None => break,
            }
        }
        assert_eq!(seen.len(), 3);
        assert_eq!(seen[0]["after"], json!({ "roles": ["desk"] }));
        assert!(!seen.iter().any(|one| one.to_string().contains('@')));
        let theirs = [stage.theirs.clone()];
        let bob = stage.site.sign_in("Bob", Some(Role::Chair), &theirs).await;
        let ours = chair.get(&format!("{audit}?limit=1")).await.json();
        let cursor = ours["next"].as_str().expect("more").to_owned();
        let foreign = bob
            .get(&format!("/api/v2/conferences/theirs/audit?cursor={cursor}"))
            .await;
        assert_eq!(
            foreign.json()["items"],
            json!([]),
            "a cursor is a place, not a right"
        );
        for odd in [
            "cursor=!!",
            "cursor=AAAA",
            "from=yesterday",
            "limit=many",
            "q=%00",
            "cursor=eB94HzE",
        ] {
            let answer = chair.get(&format!("{audit}?{odd}")).await;
            assert!(
                answer.status.is_client_error() || answer.status.is_success(),
                "{odd}"
            );
            if answer.status.is_client_error() {
                assert_eq!(
                    answer.headers["content-type"], "application/problem+json",
                    "{odd}"
                );
            }
        }
        assert_eq!(
            chair.get("/api/v2/audit").await.status,
            StatusCode::FORBIDDEN
        );
        let owner = stage.site.owner().await;
        let all = owner.get("/api/v2/audit?q=invitation").await.json();
        assert_eq!(all["items"].as_array().map(Vec::len), Some(3));
    }
}

#[tokio::test]
async fn an_account_is_read_changed_and_its_sessions_end_by_the_api() {
    for stage in stages("api_account", true).await {
        let ken = stage.site.sign_in("Ken", None, &[]).await;
        let second = stage.site.sign_in("Ken", None, &[]).await;
        let read = ken.get("/api/v2/account").await;
        let tag = read.headers["etag"].to_str().expect("text").to_owned();
        let told = json!({ "name": "山田 健", "kana": "やまだ けん", "languages": ["ja"], "zone": "Asia/Tokyo" });
        let ken = ken.with("if-match", &tag);
        let saved = ken.json(Method::PUT, "/api/v2/account", &told).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
        assert_eq!(saved.json()["kana"], "ヤマダ ケン");
        let late = ken.json(Method::PUT, "/api/v2/account", &told).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
        // Whoever owns the site is not decided by a body.
        for more in ["owner", "id", "email", "account", "strong"] {
            let mut body = told.clone();
            body[more] = json!(true);
            let refused = ken.json(Method::PUT, "/api/v2/account", &body).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{more}");
        }
        let sessions = ken.get("/api/v2/account/sessions").await.json();
        assert_eq!(sessions.as_array().map(Vec::len), Some(2));
        let other = sessions.as_array().expect("a list").iter();
        let other = other
            .clone()
            .find(|one| one["current"] == false)
            .expect("another");
        let path = format!(
            "/api/v2/account/sessions/{}",
            other["id"].as_str().expect("id")
        );
        let mallory = stage.site.sign_in("Mallory", None, &[]).await;
        let foreign = mallory.send(Method::DELETE, &path, None, Vec::new()).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        let ended = ken.send(Method::DELETE, &path, None, Vec::new()).await;
        assert_eq!(ended.status, StatusCode::NO_CONTENT);
        assert_eq!(
            second.get("/api/v2/account").await.status,
            StatusCode::UNAUTHORIZED
        );
        let ended = post(&ken, "/api/v2/account/sessions/end-others", &Value::Null).await;
        assert_eq!(ended.json()["ended"], 0);
        let data = ken.get("/api/v2/account/data").await;
        assert_eq!(data.json()["format"], "matsuri-person");
        assert_eq!(data.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn nothing_tells_who_has_an_account() {
    for stage in stages("api_enumerate", true).await {
        stage.site.sign_in("Known", None, &[]).await;
        let ken = stage.site.sign_in("Ken", None, &[]).await;
        let mut answers = Vec::new();
        for email in ["known@example.org", "unknown@example.org"] {
            let asked = post(&ken, "/api/v2/account/email", &json!({ "email": email })).await;
            answers.push((asked.status, asked.body));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0].0, StatusCode::ACCEPTED);
        let chair = chair(&stage).await;
        let mut shapes = Vec::new();
        for email in ["known@example.org", "unknown@example.org"] {
            let wish = json!({ "email": email, "roles": ["desk"] });
            let mut answer = post(&chair, INVITATIONS, &wish).await.json();
            answer["id"] = Value::Null;
            answer["email"] = Value::Null;
            shapes.push(answer);
        }
        assert_eq!(shapes[0], shapes[1]);
        // A token for a conference that one may not know of is refused like one for none.
        let wish = |conference: &str| json!({ "name": "x", "conference": conference, "verb": "read", "days": 1 });
        let hidden = post(&ken, TOKENS, &wish("theirs")).await.json();
        let none = post(&ken, TOKENS, &wish("nowhere")).await.json();
        assert_eq!(hidden["errors"], none["errors"]);
    }
}

#[tokio::test]
async fn tokens_are_made_once_shown_once_and_make_no_others() {
    for stage in stages("api_token", true).await {
        let both = [stage.ours.clone(), stage.theirs.clone()];
        let chair = stage.site.sign_in("Chie", Some(Role::Chair), &both).await;
        let chair = chair.with("idempotency-key", "key-1");
        let wish = json!({ "name": "Signage", "conference": "ours", "verb": "write", "days": 30 });
        let made = post(&chair, TOKENS, &wish).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert_eq!(made.headers["cache-control"], "no-store");
        let secret = made.json()["secret"].as_str().expect("a secret").to_owned();
        let again = post(&chair, TOKENS, &wish).await.json();
        assert_eq!(again["id"], made.json()["id"]);
        assert_eq!(again["secret"], Value::Null, "only a digest is kept");
        assert_eq!(
            chair.get(TOKENS).await.json().as_array().map(Vec::len),
            Some(1)
        );

        let program = stage
            .site
            .anonymous()
            .with("authorization", &format!("Bearer {secret}"));
        let refused = post(&program, TOKENS, &wish).await;
        assert_eq!(refused.json()["code"], "identity-token-elsewhere");
        for path in ["/api/v2/account", "/api/v2/audit", "/api/v2/account/data"] {
            assert_eq!(
                program.get(path).await.status,
                StatusCode::FORBIDDEN,
                "{path}"
            );
        }
        assert_eq!(program.get(MEMBERS).await.status, StatusCode::OK);
        // Keys are a person's, and the same key at another address is another call.
        let program = program.with("idempotency-key", "key-1");
        let wish = json!({ "email": "ann@example.org", "roles": ["desk"] });
        let misused = post(&program, INVITATIONS, &wish).await;
        assert_eq!(misused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let theirs = INVITATIONS.replace("ours", "theirs");
        assert_eq!(
            post(&program, &theirs, &wish).await.status,
            StatusCode::FORBIDDEN
        );
        let ken = stage.site.sign_in("Ken", Some(Role::Chair), &both).await;
        let ken = ken.with("idempotency-key", "key-1");
        assert_eq!(
            post(&ken, INVITATIONS, &wish).await.status,
            StatusCode::CREATED
        );
        let path = format!("{TOKENS}/{}", made.json()["id"].as_str().expect("id"));
        let foreign = ken.send(Method::DELETE, &path, None, Vec::new()).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        let ended = chair.send(Method::DELETE, &path, None, Vec::new()).await;
        assert_eq!(ended.status, StatusCode::NO_CONTENT);
        assert_eq!(program.get(MEMBERS).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn odd_bodies_are_refused_with_problem_details_and_change_nothing() {
    for stage in stages("api_odd", true).await {
        let chair = chair(&stage).await;
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let large = format!(
            "{{\"email\": \"{}\"}}",
            "a".repeat(web::limits::BODY_BYTES_MAX)
        );
        let json = Some("application/json");
        let good = r#"{"email":"ann@example.org","roles":["desk"]}"#;
        for (kind, body) in [
            (json, deep.as_str()),
            (json, &large),
            (json, ""),
            (json, "null"),
            (json, "{"),
            (json, "\u{0}"),
            (
                json,
                r#"{"email":"a@example.org","email":"b@example.org","roles":["desk"]}"#,
            ),
            (
                json,
                r#"{"email":"ann@example.org","roles":["desk"],"conference":"cnf_x"}"#,
            ),
            (json, r#"{"email":"ann@example.org","roles":"desk"}"#),
            (json, r#"{"email":{"$ne":1},"roles":["desk"]}"#),
            (Some("text/plain"), good),
            (Some("application/x-www-form-urlencoded"), good),
            (Some("application/jsonx"), good),
            (None, good),
        ] {
            let body = body.as_bytes().to_vec();
            let answer = chair.send(Method::POST, INVITATIONS, kind, body).await;
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{kind:?} {answer:?}"
            );
            assert_eq!(answer.headers["content-type"], "application/problem+json");
        }
        let list = chair.get(INVITATIONS).await.json();
        assert_eq!(list["items"], json!([]));
        for key in ["", &"k".repeat(web::limits::ONCE_KEY_BYTES_MAX + 1)] {
            let chair = self::chair(&stage).await.with("idempotency-key", key);
            let wish: Value = serde_json::from_str(good).expect("JSON");
            let refused = post(&chair, INVITATIONS, &wish).await.json();
            assert_eq!(refused["errors"][0]["field"], "Idempotency-Key");
        }
        let wrong = chair
            .send(Method::PATCH, INVITATIONS, None, Vec::new())
            .await;
        assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(wrong.json()["code"], "method-not-allowed");
        assert!(wrong.headers.contains_key("allow"));
    }
}

#[tokio::test]
async fn of_two_who_choose_for_the_site_at_once_only_one_wins() {
    let settings = "/api/v2/settings";
    for stage in stages("api_settings_race", true).await {
        let owner = stage.site.owner().await;
        for password in [true, false, true, false] {
            let tag = owner.get(settings).await.headers["etag"].clone();
            let sure = owner.clone().with("if-match", tag.to_str().expect("text"));
            let wish = json!({ "team_passkey": false, "password": password });
            let (one, other) = tokio::join!(
                sure.json(Method::PUT, settings, &wish),
                sure.json(Method::PUT, settings, &wish)
            );
            let mut statuses = [one.status, other.status];
            statuses.sort_unstable();
            assert_eq!(
                statuses,
                [StatusCode::OK, StatusCode::PRECONDITION_FAILED],
                "{} {}",
                one.body,
                other.body
            );
        }
    }
}

#[tokio::test]
async fn the_site_is_set_and_an_account_ends_by_the_api_with_the_proof_of_the_page() {
    for stage in stages("api_farewell", true).await {
        let persona = Persona {
            email: "olga@example.org",
            name: "Olga",
            role: None,
            conferences: &[],
            owner: true,
        };
        let owner = stage.site.sign_in_as(&persona).await;
        let settings = "/api/v2/settings";
        let read = owner.get(settings).await;
        assert_eq!(read.headers["etag"], "\"none\"", "{}", read.body);
        let wish = json!({ "team_passkey": false, "password": true });
        let blind = owner.json(Method::PUT, settings, &wish).await;
        assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED);
        let sure = owner.clone().with("if-match", "\"none\"");
        let chosen = sure.json(Method::PUT, settings, &wish).await;
        assert_eq!(chosen.status, StatusCode::OK, "{}", chosen.body);
        let late = sure.json(Method::PUT, settings, &wish).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
        let help = json!({ "email": "nobody@example.org" });
        let nobody = post(&owner, "/api/v2/people/link", &help).await;
        assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
        let help = json!({ "email": "olga@example.org" });
        let helped = post(&owner, "/api/v2/people/link", &help).await;
        assert_eq!(helped.status, StatusCode::ACCEPTED, "{}", helped.body);

        let mika = stage.site.sign_in("Mika", None, &[]).await;
        for list in ["passkeys", "identities"] {
            let path = format!("/api/v2/account/{list}");
            assert_eq!(mika.get(&path).await.json(), json!([]), "{list}");
            let one = format!("{path}/x");
            let none = mika.send(Method::DELETE, &one, None, Vec::new()).await;
            assert_eq!(none.status, StatusCode::NOT_FOUND, "{list}");
        }
        let odd = mika
            .send(
                Method::PUT,
                "/api/v2/account/avatar",
                None,
                b"no picture".to_vec(),
            )
            .await;
        assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", odd.body);
        let end = "/api/v2/account/delete";
        let alone = post(&owner, end, &json!({ "email": "olga@example.org" })).await;
        assert_eq!(
            alone.status,
            StatusCode::CONFLICT,
            "nobody else owns the site"
        );
        let wrong = post(&mika, end, &json!({ "email": "olga@example.org" })).await;
        assert_eq!(
            wrong.json()["errors"][0]["field"],
            "email",
            "{}",
            wrong.body
        );
        let done = post(&mika, end, &json!({ "email": "mika@example.org" })).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        assert!(
            done.json()["kept"]
                .as_array()
                .is_some_and(|kept| !kept.is_empty())
        );
        assert_eq!(
            mika.get("/api/v2/account").await.status,
            StatusCode::UNAUTHORIZED
        );
    }
}
