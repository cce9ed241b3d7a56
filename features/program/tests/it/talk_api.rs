//! Talks and speakers by hand, for programs.

use http::{Method, StatusCode};
use identity::{ConferenceId, Role};
use serde_json::json;

use crate::pages::TODAY;
use crate::stages;
use crate::talks::contents;

const TALKS: &str = "/api/v2/conferences/today/talks";

#[tokio::test]
async fn a_talk_is_added_once_changed_in_its_state_and_binned() {
    for stage in stages("talkapi").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await.with("idempotency-key", "k1");
        let body = json!({"title": "Festival", "starts_at": "2026-11-22T06:00:00Z", "minutes": 40, "track": "b", "speakers": ["Aiko <b>"]});
        let made = browser.json(Method::POST, TALKS, &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert_eq!(made.headers["etag"], "\"v1\"");
        let again = browser.json(Method::POST, TALKS, &body).await;
        assert_eq!(
            (again.status, again.json()),
            (made.status, made.json()),
            "the same answer, and one talk"
        );
        let other = browser
            .json(Method::POST, TALKS, &json!({"title": "Other"}))
            .await;
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(other.json()["errors"][0]["code"], "web-once-other");
        assert_eq!(
            stage
                .programme("today")
                .await
                .talks
                .iter()
                .filter(|talk| talk.title == "Festival")
                .count(),
            1
        );

        let id = made.json()["id"].as_str().unwrap().to_owned();
        let path = format!("{TALKS}/{id}");
        let browser = contents(&stage).await;
        let rename = json!({"title": "Matsuri", "level": "beginner"});
        assert_eq!(
            browser.json(Method::PATCH, &path, &rename).await.status,
            StatusCode::PRECONDITION_REQUIRED
        );
        let browser = contents(&stage).await.with("if-match", "\"v1\"");
        let renamed = browser.json(Method::PATCH, &path, &rename).await;
        assert_eq!(renamed.status, StatusCode::OK, "{}", renamed.body);
        assert_eq!(renamed.json()["version"], 2);
        assert_eq!(renamed.json()["level"], "beginner");
        assert_eq!(renamed.json()["track"], "b", "what is left out stays");
        assert_eq!(renamed.json()["starts_at"], "2026-11-22T06:00:00Z");
        assert_eq!(
            browser.json(Method::PATCH, &path, &rename).await.status,
            StatusCode::PRECONDITION_FAILED
        );
        assert_eq!(
            browser.json(Method::DELETE, &path, &json!({})).await.status,
            StatusCode::PRECONDITION_FAILED
        );
        let browser = contents(&stage).await.with("if-match", "\"v2\"");
        let unknown = browser
            .json(Method::PATCH, &path, &json!({"titel": "x"}))
            .await;
        assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
        let nowhere = browser
            .json(Method::PATCH, &path, &json!({"day": null}))
            .await;
        assert_eq!(nowhere.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(nowhere.json()["errors"][0]["field"], "day");
        assert_eq!(
            browser.json(Method::DELETE, &path, &json!({})).await.status,
            StatusCode::NO_CONTENT
        );
        let browser = contents(&stage).await;
        let bin = browser
            .get("/api/v2/conferences/today/admin/talks?state=bin")
            .await
            .json();
        assert_eq!(bin["items"][0]["id"], id.as_str());
        let restored = browser
            .json(Method::POST, &format!("{path}/restore"), &json!({}))
            .await;
        assert_eq!(restored.status, StatusCode::OK, "{}", restored.body);
        let read = browser
            .get(&format!("/api/v2/conferences/today/admin/talks/{id}"))
            .await;
        assert_eq!(read.headers["etag"], "\"v4\"");
    }
}

#[tokio::test]
async fn what_collides_is_told_by_field_and_can_be_meant() {
    for stage in stages("clashapi").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let taken = json!({"title": "Late", "day": "2026-11-22", "starts_at": "2026-11-22T01:00:00Z", "minutes": 10, "track": "a"});
        let refused = browser.json(Method::POST, TALKS, &taken).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.body
        );
        assert_eq!(refused.json()["errors"][0]["code"], "program-clash-track");
        let mut twice = json!({"title": "Twice", "starts_at": "2026-11-22T01:00:00Z", "minutes": 10, "track": "b", "speakers": ["Aiko <b>"]});
        let asked = browser.json(Method::POST, TALKS, &twice).await;
        assert_eq!(asked.json()["errors"][0]["code"], "program-clash-speaker");
        twice["confirm"] = json!(["speaker"]);
        assert_eq!(
            browser.json(Method::POST, TALKS, &twice).await.status,
            StatusCode::CREATED
        );
        for (field, value) in [
            ("category", json!("None")),
            ("track", json!("zzz")),
            ("room", json!("None")),
            ("day", json!("2030-01-01")),
            ("minutes", json!(0)),
        ] {
            let mut body =
                json!({"title": "Bad", "starts_at": "2026-11-22T08:00:00Z", "minutes": 10});
            body[field] = value;
            let bad = browser.json(Method::POST, TALKS, &body).await;
            assert_eq!(
                bad.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{field}: {}",
                bad.body
            );
            assert_eq!(bad.json()["errors"][0]["field"], field);
        }
    }
}

#[tokio::test]
async fn lists_go_on_from_a_cursor() {
    for stage in stages("pagesapi").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let mut seen = Vec::new();
        let mut path = "/api/v2/conferences/today/admin/talks?limit=2&sort=title".to_owned();
        loop {
            let page = browser.get(&path).await.json();
            seen.extend(
                page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|talk| talk["title"].as_str().unwrap().to_owned()),
            );
            match page["next"].as_str() {
                Some(next) => {
                    path = format!(
                        "/api/v2/conferences/today/admin/talks?limit=2&sort=title&cursor={next}"
                    );
                }
                None => break,
            }
        }
        assert_eq!(seen.len(), 5, "{seen:?}");
        let bad = browser
            .get("/api/v2/conferences/today/admin/talks?cursor=nonsense")
            .await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        let people = browser
            .get("/api/v2/conferences/today/admin/speakers?limit=1&q=aiko")
            .await
            .json();
        assert_eq!(people["items"][0]["name"], "Aiko <b>");
    }
}

#[tokio::test]
async fn speakers_have_the_same_manner() {
    for stage in stages("peopleapi").await {
        stage.import(TODAY).await;
        let base = "/api/v2/conferences/today/speakers";
        let browser = contents(&stage)
            .await
            .with("idempotency-key", "s1")
            .with("if-match", "\"v1\"");
        let made = browser
            .json(
                Method::POST,
                base,
                &json!({"name": "李 明", "biography": "**hi**"}),
            )
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert_eq!(
            browser
                .json(
                    Method::POST,
                    base,
                    &json!({"name": "李 明", "biography": "**hi**"})
                )
                .await
                .json(),
            made.json()
        );
        let path = format!("{base}/{}", made.json()["id"].as_str().unwrap());
        let edited = browser
            .json(Method::PATCH, &path, &json!({"name": "Li Ming"}))
            .await;
        assert_eq!(
            (edited.status, edited.json()["biography"].as_str()),
            (StatusCode::OK, Some("**hi**"))
        );
        assert_eq!(
            browser
                .json(Method::PATCH, &path, &json!({"name": "x"}))
                .await
                .status,
            StatusCode::PRECONDITION_FAILED
        );
        let browser = contents(&stage).await.with("if-match", "\"v2\"");
        assert_eq!(
            browser.json(Method::DELETE, &path, &json!({})).await.status,
            StatusCode::NO_CONTENT
        );
        let back = browser
            .json(Method::POST, &format!("{path}/restore"), &json!({}))
            .await;
        assert_eq!(back.json()["version"], 4, "{}", back.body);
        let id = path.rsplit('/').next().unwrap();
        assert_eq!(
            browser
                .get(&format!("/api/v2/conferences/today/admin/speakers/{id}"))
                .await
                .headers["etag"],
            "\"v4\""
        );
    }
}

#[tokio::test]
async fn nobody_reaches_another_conference_s_talks() {
    for stage in stages("strange").await {
        stage.import(TODAY).await;
        stage
            .import(
                &TODAY
                    .replace("today", "other")
                    .replace("b0000000", "c0000000"),
            )
            .await;
        let other: ConferenceId = stage.programme("other").await.conference.id.clone();
        let stranger = stage
            .site
            .sign_in("Stranger", Some(Role::Chair), &[other])
            .await
            .with("if-match", "\"v1\"");
        let programme = stage.programme("today").await;
        let (talk, speaker) = (
            programme.talks[0].id.to_string(),
            programme.speakers[0].id.to_string(),
        );
        for path in [
            format!("/other/admin/talks/{talk}"),
            format!("/other/admin/speakers/{speaker}"),
            format!("/api/v2/conferences/other/admin/talks/{talk}"),
            format!("/api/v2/conferences/other/admin/speakers/{speaker}"),
        ] {
            assert_eq!(
                stranger.get(&path).await.status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        assert_eq!(
            stranger.get("/today/admin/talks").await.status,
            StatusCode::FORBIDDEN
        );
        for path in [
            format!("/other/admin/talks/{talk}"),
            format!("/other/admin/speakers/{speaker}"),
        ] {
            assert_eq!(
                stranger
                    .post(&path, &[("title", "x"), ("name", "x")])
                    .await
                    .status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        for act in [
            "bin",
            "restore",
            "cancelled",
            "hidden",
            "planned",
            "release",
        ] {
            let done = stranger
                .post("/other/admin/talks/act", &[("id", &talk), ("do", act)])
                .await;
            assert_eq!(done.status, StatusCode::NOT_FOUND, "{act}");
        }
        let done = stranger
            .post(
                "/other/admin/speakers/act",
                &[("id", &speaker), ("do", "bin")],
            )
            .await;
        assert_eq!(done.status, StatusCode::NOT_FOUND);
        for (method, path) in [
            (
                Method::PATCH,
                format!("/api/v2/conferences/other/talks/{talk}"),
            ),
            (
                Method::DELETE,
                format!("/api/v2/conferences/other/talks/{talk}"),
            ),
            (
                Method::POST,
                format!("/api/v2/conferences/other/talks/{talk}/restore"),
            ),
            (
                Method::PATCH,
                format!("/api/v2/conferences/other/speakers/{speaker}"),
            ),
            (
                Method::DELETE,
                format!("/api/v2/conferences/other/speakers/{speaker}"),
            ),
            (
                Method::POST,
                format!("/api/v2/conferences/other/speakers/{speaker}/restore"),
            ),
        ] {
            let answer = stranger.json(method.clone(), &path, &json!({})).await;
            assert_eq!(
                answer.status,
                StatusCode::NOT_FOUND,
                "{method} {path}: {}",
                answer.body
            );
        }
        // Nor puts talks into another one's days.
        let day = programme.days[0].id.to_string();
        let list = stranger
            .get(&format!("/other/admin/talks?day={day}"))
            .await
            .body;
        assert!(list.contains("Nothing was found."), "{list}");
    }
}
