//! The chat of a talk.

use std::sync::Arc;

use http::{Method, StatusCode};
use program::portable::People;
use realtime::Farewell;
use serde_json::{Value, json};

use crate::stage::{Stage, stages};

async fn said(stage: &Stage) -> (String, String) {
    let talk = stage.talk("ours", "Opening").await;
    (
        format!("chat/ours/{talk}"),
        format!("/api/v2/conferences/ours/talks/{talk}/chat"),
    )
}

fn line(talk: &impl ToString, text: &str, nonce: &str) -> Value {
    json!({"conf": "ours", "talk": talk.to_string(), "text": text, "nonce": nonce})
}

#[tokio::test]
async fn a_line_is_stored_before_it_is_acknowledged_and_reaches_everybody_once() {
    for stage in stages("line", "anyone").await {
        let (topic, path) = said(&stage).await;
        let talk = stage.talk("ours", "Opening").await;
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let (mut a, mut b) = (
            stage.connect(&aiko).await,
            stage.connect(&stage.site.anonymous()).await,
        );
        let snapshot = b.subscribe(&topic).await;
        assert_eq!(snapshot["data"]["lines"], json!([]));
        assert_eq!(
            (&snapshot["data"]["open"], &snapshot["data"]["may_post"]),
            (&json!(true), &json!(false))
        );
        let result = a
            .command("chat.post", &line(&talk, " こんにちは <b>", "nonce-0001"))
            .await;
        assert_eq!(result["ok"], true, "{result}");
        let posted = &result["data"]["line"];
        assert_eq!(
            (&posted["text"], &posted["author"]["name"]),
            (&json!("こんにちは <b>"), &json!("Aiko"))
        );
        // It is there as soon as it is acknowledged.
        let listed = stage.site.anonymous().get(&path).await.json();
        assert_eq!(listed["lines"], json!([posted]));
        let event = b.event("line").await;
        assert_eq!(
            (&event["id"], &event["text"]),
            (&posted["id"], &posted["text"])
        );
        // Sent again, it is the same line, and nobody is told twice.
        let again = a
            .command("chat.post", &line(&talk, "something else", "nonce-0001"))
            .await;
        assert_eq!(again["data"]["line"], *posted);
        a.command("chat.post", &line(&talk, "next", "nonce-0002"))
            .await;
        assert_eq!(b.event("line").await["text"], "next");
        let mine = a.subscribe(&topic).await;
        assert_eq!(mine["data"]["me"], posted["author"]["id"]);
        assert_eq!(mine["data"]["lines"].as_array().unwrap().len(), 2);
        // A file that outlives us has it too, with a number for the name where names are left out.
        let ours = stage.conference("ours").await;
        for (people, name) in [
            (People::Named, json!("Aiko")),
            (People::Anonymous, json!(null)),
        ] {
            let db = &stage.site.app.db;
            let chat = live::portable::portable(db, &ours, people).await.unwrap();
            let lines = &chat.content["lines"];
            assert_eq!(
                (
                    &lines[0]["text"],
                    &lines[1]["text"],
                    &lines[0]["author"]["name"]
                ),
                (&posted["text"], &json!("next"), &name)
            );
        }
    }
}

#[tokio::test]
async fn whoever_may_not_post_is_told_why() {
    for stage in stages("reasons", "anyone").await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let (mut a, mut anonymous) = (
            stage.connect(&aiko).await,
            stage.connect(&stage.site.anonymous()).await,
        );
        let (opening, second) = (
            stage.talk("ours", "Opening").await,
            stage.talk("ours", "Second").await,
        );
        let (pause, elsewhere) = (
            stage.talk("ours", "Break").await,
            stage.talk("theirs", "Elsewhere").await,
        );
        let refused = anonymous
            .command("chat.post", &line(&opening, "x", "nonce-0001"))
            .await;
        assert_eq!(refused["problem"]["code"], "unauthenticated");
        for (talk, text, nonce, code) in [
            (&opening, "", "nonce-0001", "live-chat-says-nothing"),
            (
                &opening,
                &*"祭".repeat(501),
                "nonce-0001",
                "live-chat-too-long",
            ),
            (&opening, "x", "short", "live-chat-nonce"),
        ] {
            let refused = a.command("chat.post", &line(talk, text, nonce)).await;
            assert_eq!(refused["problem"]["errors"][0]["code"], code);
            assert!(
                refused["problem"]["detail"].as_str().unwrap().len() > 10,
                "a sentence"
            );
        }
        for (talk, code) in [
            (&second, "live-chat-closed"),
            (&pause, "not-found"),
            (&elsewhere, "not-found"),
        ] {
            let refused = a.command("chat.post", &line(talk, "x", "nonce-0001")).await;
            assert_eq!(refused["problem"]["code"], code);
        }
        let listed = stage
            .site
            .anonymous()
            .get(&said(&stage).await.1)
            .await
            .json();
        assert_eq!(listed["lines"], json!([]));
    }
}

#[tokio::test]
async fn a_person_may_say_three_things_at_once_and_then_one_a_second() {
    for stage in stages("rate", "anyone").await {
        let path = said(&stage).await.1;
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let mut statuses = Vec::new();
        for i in 0..5 {
            let body = json!({"text": "x", "nonce": format!("nonce-{i:04}")});
            statuses.push(aiko.json(Method::POST, &path, &body).await);
        }
        let created = statuses
            .iter()
            .filter(|answer| answer.status == StatusCode::CREATED)
            .count();
        assert!((3..5).contains(&created), "{created}");
        let refused = statuses
            .iter()
            .find(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS)
            .unwrap();
        assert_eq!(refused.headers["retry-after"], "1");
        // Somebody else is not slowed down by that.
        let bo = stage.site.sign_in("Bo", None, &[]).await;
        let body = json!({"text": "x", "nonce": "nonce-0000"});
        assert_eq!(
            bo.json(Method::POST, &path, &body).await.status,
            StatusCode::CREATED
        );
    }
}

#[tokio::test]
async fn a_hundred_people_at_once_are_all_heard_in_one_order() {
    for stage in stages("hundred", "anyone").await {
        let (topic, path) = said(&stage).await;
        let mut reader = stage.connect(&stage.site.anonymous()).await;
        reader.subscribe(&topic).await;
        let mut posters = tokio::task::JoinSet::new();
        let path = Arc::new(path);
        for i in 0..100 {
            let browser = stage.site.sign_in(&format!("Person {i}"), None, &[]).await;
            let path = path.clone();
            posters.spawn(async move {
                // Twice the same: a client that lost the answer.
                let body = json!({"text": format!("I am {i}"), "nonce": format!("nonce-{i:04}")});
                let (first, again) = (
                    browser.json(Method::POST, &path, &body),
                    browser.json(Method::POST, &path, &body),
                );
                let (first, again) = (first.await, again.await);
                assert_eq!(
                    (first.status, again.status),
                    (StatusCode::CREATED, StatusCode::CREATED)
                );
                assert_eq!(first.json()["id"], again.json()["id"]);
            });
        }
        posters.join_all().await;
        let mut heard = Vec::new();
        while heard.len() < 100 {
            let delta = reader.until(|frame| frame["type"] == "delta").await;
            let events = delta["events"].as_array().unwrap().iter();
            heard.extend(
                events
                    .filter(|event| event["kind"] == "line")
                    .map(|event| event["id"].clone()),
            );
        }
        let listed = stage
            .site
            .anonymous()
            .get(&format!("{path}?limit=200"))
            .await
            .json();
        let listed: Vec<Value> = listed["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["id"].clone())
            .collect();
        assert_eq!(
            heard, listed,
            "the same lines in the same order, live and later"
        );
    }
}

#[tokio::test]
async fn a_removed_line_is_gone_everywhere_and_only_the_team_removes() {
    for stage in stages("remove", "anyone").await {
        let (topic, path) = said(&stage).await;
        let talk = stage.talk("ours", "Opening").await;
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let ken = stage.crew().await;
        let theirs = stage.conference("theirs").await;
        let nao = stage
            .site
            .sign_in("Nao", Some(identity::Role::Chair), &[theirs])
            .await;
        let (mut a, mut k, mut n) = (
            stage.connect(&aiko).await,
            stage.connect(&ken).await,
            stage.connect(&nao).await,
        );
        let result = a
            .command("chat.post", &line(&talk, "spoiler", "nonce-0001"))
            .await;
        let id = result["data"]["line"]["id"].clone();
        a.subscribe(&topic).await;
        assert_eq!(k.subscribe(&topic).await["data"]["may_remove"], true);
        let args = json!({"conf": "ours", "line": id});
        assert_eq!(
            a.command("chat.remove", &args).await["problem"]["code"],
            "identity-role-missing"
        );
        assert_eq!(
            n.command("chat.remove", &args).await["problem"]["code"],
            "identity-role-missing"
        );
        let next_door = n
            .command("chat.remove", &json!({"conf": "theirs", "line": id}))
            .await;
        assert_eq!(next_door["problem"]["code"], "not-found");
        let by_api = format!("/api/v2/conferences/theirs/chat/{}", id.as_str().unwrap());
        assert_eq!(
            nao.send(Method::DELETE, &by_api, None, vec![]).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(k.command("chat.remove", &args).await["ok"], true);
        assert_eq!(a.event("removed").await["id"], id);
        assert_eq!(
            stage.site.anonymous().get(&path).await.json()["lines"],
            json!([])
        );
        assert_eq!(a.subscribe(&topic).await["data"]["lines"], json!([]));
        // Again changes nothing.
        let again = format!("/api/v2/conferences/ours/chat/{}", id.as_str().unwrap());
        assert_eq!(
            ken.send(Method::DELETE, &again, None, vec![]).await.status,
            StatusCode::NO_CONTENT
        );
        let kept: i64 = stage
            .site
            .app
            .db
            .one(
                db::sql!(i64: "SELECT COUNT(*) AS count FROM audit WHERE action = 'chat.remove'"),
                db::params![],
            )
            .await
            .unwrap();
        assert_eq!(kept, 1);
    }
}

#[tokio::test]
async fn a_chat_opens_with_its_talk_and_closes_some_minutes_after_it() {
    for stage in stages("open", "anyone").await {
        let (topic, _) = said(&stage).await;
        let (opening, second) = (
            stage.talk("ours", "Opening").await,
            stage.talk("ours", "Second").await,
        );
        let mut reader = stage.connect(&stage.site.anonymous()).await;
        let snapshot = reader.subscribe(&format!("chat/ours/{second}")).await;
        assert_eq!(snapshot["data"]["open"], false);
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let mut a = stage.connect(&aiko).await;
        // Ten minutes after its end, while the next talk has begun: those who watch behind may still ask.
        stage.pass(21).await;
        stage.pass(10).await;
        assert_eq!(reader.event("open").await["open"], true);
        assert_eq!(
            a.command("chat.post", &line(&opening, "late", "nonce-0001"))
                .await["ok"],
            true
        );
        stage.pass(10).await;
        let refused = a
            .command("chat.post", &line(&opening, "too late", "nonce-0002"))
            .await;
        assert_eq!(refused["problem"]["code"], "live-chat-closed");
        assert_eq!(
            a.subscribe(&topic).await["data"]["lines"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }
}

#[tokio::test]
async fn a_session_that_is_revoked_is_thrown_out_of_its_open_socket() {
    for stage in stages("revoked", "anyone").await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let (mut a, mut b) = (
            stage.connect(&aiko).await,
            stage.connect(&stage.site.anonymous()).await,
        );
        assert_eq!(
            aiko.post("/sign-out", &[]).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(a.farewell().await, Farewell::Ended);
        b.send(&json!({"type": "ping"}));
        assert_eq!(b.next().await["type"], "pong");
        // What it still sends by other ways is nobody's.
        let args = line(&stage.talk("ours", "Opening").await, "x", "nonce-0001");
        let body = json!({"id": "c", "name": "chat.post", "args": args});
        let refused = aiko.json(Method::POST, "/rt/commands", &body).await;
        assert_eq!(
            (refused.status, &refused.json()["problem"]["code"]),
            (StatusCode::UNAUTHORIZED, &json!("unauthenticated"))
        );
    }
}

#[tokio::test]
async fn commands_go_by_post_too_but_not_from_another_site() {
    for stage in stages("post", "anyone").await {
        let talk = stage.talk("ours", "Opening").await;
        let body =
            json!({"id": "c7", "name": "chat.post", "args": line(&talk, "posted", "nonce-0001")});
        let foreign = stage
            .site
            .sign_in("Aiko", None, &[])
            .await
            .with("sec-fetch-site", "cross-site")
            .with("origin", "https://evil.example");
        assert_eq!(
            foreign
                .json(Method::POST, "/rt/commands", &body)
                .await
                .status,
            StatusCode::FORBIDDEN
        );
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let result = aiko.json(Method::POST, "/rt/commands", &body).await;
        assert_eq!(
            (result.status, &result.json()["id"]),
            (StatusCode::OK, &json!("c7"))
        );
        assert_eq!(result.json()["data"]["line"]["text"], "posted");
    }
}
