//! Mails and letters by the API.

use http::{Method, StatusCode};
use identity::Role;
use platform::jobs::Worker;
use platform::mail::{self, Transport};
use serde_json::{Value, json};

use crate::{INVITATION, SIGN_IN, Stage, stages};

const OURS: &str = "/api/v2/conferences/ours";

/// Lets the only mail that waits be given up: nobody takes an address like that.
async fn give_up(stage: &Stage) {
    let app = &stage.site.app;
    let smtp = Transport::smtp("smtp://127.0.0.1:9", "no-reply@example.org").expect("good");
    let sender = mail::sender(app.db.clone(), app.clock.clone(), smtp);
    let worker = Worker::new(app.db.clone(), app.clock.clone()).on(mail::SEND, sender);
    worker.run_due().await.expect("runs");
}

#[tokio::test]
async fn a_program_sees_what_became_of_mails_page_by_page_and_only_its_own() {
    for stage in stages("api_mails").await {
        let (ours, theirs) = (stage.id("ours").await, stage.id("theirs").await);
        for name in ["ann", "ben", "cid"] {
            let to = format!("{name}@example.org");
            stage.mail(ours.as_str(), &to, "採択のお知らせ").await;
        }
        stage
            .mail(theirs.as_str(), "bob@example.org", "Theirs")
            .await;
        let contents = stage.member("Chie", Role::Contents, "ours").await;
        let (mut path, mut seen) = (format!("{OURS}/mails?limit=2&state=queued"), Vec::new());
        loop {
            let page = contents.get(&path).await;
            assert!(
                !page.body.contains("swordfish"),
                "a mail's text is its reader's"
            );
            let page = page.json();
            seen.extend(page["items"].as_array().expect("items").clone());
            match page["next"].as_str() {
                Some(next) => path = format!("{OURS}/mails?limit=2&state=queued&cursor={next}"),
                None => break,
            }
        }
        let to: Vec<&str> = seen
            .iter()
            .filter_map(|one| one["recipient"].as_str())
            .collect();
        assert_eq!(
            to,
            ["cid@example.org", "ben@example.org", "ann@example.org"]
        );
        let found = contents.get(&format!("{OURS}/mails?q=BEN")).await.json();
        assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
        for odd in ["state=lost", "cursor=AAAA", "cursor=eB94HzE", "limit=x"] {
            let refused = contents.get(&format!("{OURS}/mails?{odd}")).await;
            assert!(refused.status.is_client_error(), "{odd}");
            assert_eq!(refused.headers["content-type"], "application/problem+json");
        }
        let id = seen[0]["id"].as_str().expect("an id");
        let bob = stage.member("Bob", Role::Chair, "theirs").await;
        for (method, rest) in [(Method::GET, ""), (Method::POST, "/resend")] {
            let path = format!("/api/v2/conferences/theirs/mails/{id}{rest}");
            let foreign = bob.send(method, &path, None, Vec::new()).await;
            assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(bob.get("/api/v2/mails").await.status, StatusCode::FORBIDDEN);
        let owner = stage.site.owner().await;
        let all = owner.get("/api/v2/mails").await.json();
        assert_eq!(all["items"].as_array().map(Vec::len), Some(4));
        let one = owner.get(&format!("/api/v2/mails/{id}")).await.json();
        assert_eq!(one["conference"], ours.as_str());
    }
}

#[tokio::test]
async fn what_was_given_up_is_sent_again_by_a_program_and_never_what_left() {
    for stage in stages("api_resend").await {
        let ours = stage.id("ours").await;
        stage.mail(ours.as_str(), "a@b\r\nBcc: c@d", "Dead").await;
        give_up(&stage).await;
        let contents = stage.member("Chie", Role::Contents, "ours").await;
        let dead = contents
            .get(&format!("{OURS}/mails?state=dead"))
            .await
            .json();
        let path = format!(
            "{OURS}/mails/{}/resend",
            dead["items"][0]["id"].as_str().expect("id")
        );
        let again = contents.json(Method::POST, &path, &Value::Null).await;
        assert_eq!(again.json()["state"], "queued", "{}", again.body);
        let twice = contents.json(Method::POST, &path, &Value::Null).await;
        assert_eq!(twice.status, StatusCode::CONFLICT);
        give_up(&stage).await;
        let theirs = stage.id("theirs").await;
        stage
            .mail(theirs.as_str(), "e@f\r\nBcc: g@h", "Dead too")
            .await;
        give_up(&stage).await;
        let page = contents.get("/ours/admin/mail?state=dead").await.body;
        assert!(page.contains("/ours/admin/mail/resend\""), "{page}");
        let all = contents
            .send(
                Method::POST,
                &format!("{OURS}/mails/resend"),
                None,
                Vec::new(),
            )
            .await;
        assert_eq!(all.json()["resent"], 1, "only its own: {}", all.body);
        let owner = stage.site.owner().await;
        let said = owner.post("/ops/mail/resend", &[]).await;
        assert_eq!(said.status, StatusCode::SEE_OTHER);
        let dead = owner.get("/api/v2/mails?state=dead").await.json();
        assert_eq!(dead["items"], json!([]));
    }
}

#[tokio::test]
async fn a_letter_is_worded_over_the_version_that_was_read_and_tried_once() {
    for stage in stages("api_letters").await {
        let contents = stage.member("Chie", Role::Contents, "ours").await;
        let list = contents.get(&format!("{OURS}/letters")).await.json();
        let mut names = list.as_array().expect("a list").iter();
        assert!(
            names.all(|one| one["letter"] != SIGN_IN),
            "that is the site's"
        );
        let path = format!("{OURS}/letters/{INVITATION}/en");
        let read = contents.get(&path).await;
        assert_eq!(read.headers["etag"], "\"v0\"");
        let read = read.json();
        assert_eq!(read["own"], false);
        assert!(
            read["variables"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
        );
        let wording = json!({ "subject": "Join {conference}", "body": "Here: {url}" });
        let shown = contents
            .json(Method::POST, &format!("{path}/preview"), &wording)
            .await;
        let subject = shown.json()["subject"].as_str().expect("text").to_owned();
        assert!(
            subject.starts_with("Join ") && !subject.contains('{'),
            "{subject}"
        );
        let blind = contents.json(Method::PUT, &path, &wording).await;
        assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED);
        let contents = contents.with("if-match", "\"v0\"");
        let linkless = json!({ "subject": "Join", "body": "Come!" });
        let refused = contents.json(Method::PUT, &path, &linkless).await.json();
        assert_eq!(refused["errors"][0]["field"], "body");
        let worded = contents.json(Method::PUT, &path, &wording).await;
        assert_eq!(worded.status, StatusCode::OK, "{}", worded.body);
        let tag = worded.headers["etag"].to_str().expect("text").to_owned();
        let late = contents.json(Method::PUT, &path, &wording).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);

        let contents = contents.with("idempotency-key", "try-1");
        for _ in 0..2 {
            let tried = contents
                .send(Method::POST, &format!("{path}/try"), None, Vec::new())
                .await;
            assert_eq!(tried.status, StatusCode::CREATED, "{}", tried.body);
            assert_eq!(tried.json()["to"], "chie@example.org");
            stage.site.clock.advance(std::time::Duration::from_secs(5));
        }
        let mails = mail::mailbox(&stage.site.app.db, 9).await.expect("read");
        assert_eq!(mails.len(), 1, "one copy, however often it was asked for");
        let contents = contents.with("if-match", &tag);
        let reset = contents.send(Method::DELETE, &path, None, Vec::new()).await;
        assert_eq!(reset.status, StatusCode::NO_CONTENT);
        assert_eq!(contents.get(&path).await.json()["own"], false);
        let owner = stage.site.owner().await;
        let site = owner.get(&format!("/api/v2/letters/{SIGN_IN}/ja")).await;
        assert_eq!(site.status, StatusCode::OK);
    }
}
