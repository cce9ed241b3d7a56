//! What a program makes it makes once, however often it asks; and what hostile programs send instead.

use http::{Method, StatusCode};
use identity::Role;
use serde_json::{Value, json};

use crate::pages::TODAY;
use crate::stages;

#[tokio::test]
async fn whatever_makes_something_makes_it_once_for_a_key() {
    for stage in stages("once").await {
        stage.import(TODAY).await;
        let owner = stage.site.owner().await;
        let conference = json!({"title": "Once", "slug": "once", "first_day": "2026-12-01", "days": 1,
            "zone": "Asia/Tokyo", "tracks": ["Main"]});
        let copy =
            json!({"title": "Copy", "slug": "copy", "first_day": "2027-12-01", "take": ["days"]});
        let page = json!({"titles": {"en": "Hands-on"}, "bodies": {"en": "Bring a laptop."}});
        let switch = json!({"state": "archive", "at": "2026-12-24T01:00:00Z"});
        let calls = [
            ("/api/v2/conferences", conference),
            ("/api/v2/conferences/today/copy", copy),
            (
                "/api/v2/conferences/today/structure/rooms",
                json!({"name": "Annex"}),
            ),
            ("/api/v2/conferences/today/pages", page),
            ("/api/v2/conferences/today/switches", switch),
        ];
        let mut client = owner;
        for (number, (path, body)) in calls.iter().enumerate() {
            client = client.with("idempotency-key", &format!("call-{number}"));
            let first = client.json(Method::POST, path, body).await;
            assert_eq!(first.status, StatusCode::CREATED, "{path} {}", first.body);
            let again = client.json(Method::POST, path, body).await;
            assert_eq!(
                (again.status, &again.body),
                (first.status, &first.body),
                "{path}"
            );
            let mut other = body.clone();
            other["title"] = json!("Another");
            let misused = client.json(Method::POST, path, &other).await;
            assert_eq!(misused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        }
        let programme = stage.programme("today").await;
        assert_eq!(
            programme
                .rooms
                .iter()
                .filter(|room| room.name == "Annex")
                .count(),
            1
        );
        let list = client
            .get("/api/v2/conferences/today/lifecycle")
            .await
            .json();
        assert_eq!(list["switches"].as_array().map(Vec::len), Some(1));
        // The same key for another conference is another call.
        let elsewhere = client
            .json(
                Method::POST,
                "/api/v2/conferences/once/switches",
                &calls[4].1,
            )
            .await;
        assert_eq!(elsewhere.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn a_state_of_one_record_is_no_state_of_another_and_bodies_have_no_more_than_they_may() {
    for stage in stages("once_hostile").await {
        let ours = stage.import(TODAY).await.conference.id;
        let chair = stage.site.sign_in("Chie", Some(Role::Chair), &[ours]).await;
        let base = "/api/v2/conferences/today";
        let settings = chair.get(&format!("{base}/settings")).await;
        let tag = settings.headers["etag"].to_str().unwrap().to_owned();
        for odd in [
            "*",
            "v1",
            "\"\"",
            "\"v\"",
            "\"v-1\"",
            "\"v99999999999999999999\"",
            "W/\"v1\"",
            "\"chair\"",
        ] {
            let chair = stage
                .site
                .sign_in("Chie", Some(Role::Chair), &[])
                .await
                .with("if-match", odd);
            let refused = chair
                .json(Method::PUT, &format!("{base}/settings"), &settings.json())
                .await;
            assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "{odd}");
        }
        let chair = chair.with("if-match", &tag);
        for (path, good) in [
            ("settings", settings.json()),
            ("theme", json!({"accent": "#1a4fa0"})),
            ("lifecycle", json!({"state": "announced"})),
        ] {
            for more in ["id", "conference", "version", "owner", "removed_at"] {
                let mut body = good.clone();
                body[more] = json!("x");
                let refused = chair
                    .json(Method::PUT, &format!("{base}/{path}"), &body)
                    .await;
                assert_eq!(
                    refused.status,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{path} {more}"
                );
            }
        }
        let twice = br#"{"name":"A","name":"B"}"#.to_vec();
        let path = format!("{base}/structure/rooms");
        let refused = chair
            .send(Method::POST, &path, Some("application/json"), twice)
            .await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.body
        );
        let deep: Value =
            serde_json::from_str(&format!("{}{}", "[".repeat(100), "]".repeat(100))).unwrap();
        for odd in [
            json!([]),
            json!(1),
            json!({"name": deep}),
            json!({"name": {"en": "x"}}),
            json!({"capacity": [1]}),
        ] {
            let answer = chair.json(Method::POST, &path, &odd).await;
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{odd} {}",
                answer.body
            );
        }
    }
}
