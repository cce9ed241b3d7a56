//! Stream keys.

use std::net::SocketAddr;
use std::time::Duration;

use http::{Method, StatusCode};
use media_core::Seat;
use media_ingest::rtmp::{Admission, Authority as _, Denied, StreamKey};
use serde_json::json;
use studio::By;

use crate::stage::{Stage, stages};

const KEYS: &str = "/api/v2/conferences/ours/tracks/a/stream-keys";

async fn admit(stage: &Stage, key: &str) -> Result<Admission, Denied> {
    let peer = SocketAddr::from(([192, 0, 2, 1], 4000));
    stage
        .studio
        .authority()
        .admit(&StreamKey::parse(key).unwrap(), peer)
        .await
}

#[tokio::test]
async fn a_key_is_shown_once_opens_its_track_and_is_stored_as_a_digest() {
    for stage in stages("key").await {
        let ken = stage.crew().await;
        let page = ken.post("/ours/studio/a/key", &[]).await;
        assert_eq!(
            (page.status, page.headers["cache-control"].to_str().unwrap()),
            (StatusCode::OK, "no-store")
        );
        let address = page
            .body
            .split("rtmp://box.test:1935/live/")
            .nth(1)
            .unwrap();
        let key: String = address
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        assert_eq!(key.len(), 52);
        let admission = admit(&stage, &key).await.unwrap();
        assert_eq!(admission.channel.as_str(), "ours/a");
        assert!(!admission.revoked.is_cancelled());
        assert_eq!(
            admit(&stage, &format!("{key}x")).await.unwrap_err(),
            Denied::UnknownKey
        );
        let later = ken.get("/ours/studio").await;
        assert!(!later.body.contains(&key), "never again");
        let listed = ken.get(KEYS).await;
        assert!(!listed.body.contains(&key));
        assert_eq!(listed.json()[0]["created_by"], "Ken");
        assert!(listed.json()[0]["used_at"].is_string());
        let stored: Vec<String> = stage
            .site
            .app
            .db
            .all(
                db::sql!(String: "SELECT digest FROM stream_key"),
                db::params![],
            )
            .await
            .unwrap();
        assert_eq!(stored, [kernel::id::digest(&key)]);
    }
}

#[tokio::test]
async fn a_rotated_or_revoked_key_ends_its_publisher_at_once_and_opens_nothing() {
    for stage in stages("revoke").await {
        let ken = stage.crew().await;
        let first = ken.json(Method::POST, KEYS, &json!({})).await;
        assert_eq!(first.status, StatusCode::CREATED);
        let first = first.json()["key"].as_str().unwrap().to_owned();
        let publisher = admit(&stage, &first).await.unwrap();
        let second = ken.json(Method::POST, KEYS, &json!({})).await.json();
        let ended = tokio::time::timeout(Duration::from_secs(1), publisher.revoked.cancelled());
        assert!(ended.await.is_ok(), "within a second");
        assert_eq!(admit(&stage, &first).await.unwrap_err(), Denied::UnknownKey);
        let second = second["key"].as_str().unwrap();
        let publisher = admit(&stage, second).await.unwrap();
        assert_eq!(
            ken.send(Method::DELETE, KEYS, None, vec![]).await.status,
            StatusCode::NO_CONTENT
        );
        assert!(publisher.revoked.is_cancelled());
        assert_eq!(admit(&stage, second).await.unwrap_err(), Denied::UnknownKey);
        assert_eq!(
            ken.send(Method::DELETE, KEYS, None, vec![]).await.status,
            StatusCode::NOT_FOUND
        );
        let acts: Vec<String> = stage
            .site
            .app
            .db
            .all(db::sql!(String: "SELECT action FROM audit WHERE action LIKE 'stream-key.%' ORDER BY at, id"), db::params![])
            .await
            .unwrap();
        assert_eq!(
            acts,
            [
                "stream-key.rotate",
                "stream-key.rotate",
                "stream-key.revoke"
            ]
        );
    }
}

#[tokio::test]
async fn those_who_rotate_at_the_same_moment_leave_one_key() {
    for stage in stages("rotate").await {
        let programme = stage.programme("ours").await;
        let mut makers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (studio, programme, now) = (
                stage.studio.clone(),
                programme.clone(),
                stage.site.clock.now(),
            );
            makers.spawn(async move {
                let track = programme.track_named("a").unwrap();
                studio
                    .rotate(&programme, track, Seat::Primary, By::Console { now })
                    .await
                    .ok()
            });
        }
        let made: Vec<_> = makers.join_all().await.into_iter().flatten().collect();
        assert!(!made.is_empty());
        let mut good = 0;
        for publish in &made {
            assert_eq!(
                publish.address(),
                format!("rtmp://box.test:1935/live/{}", publish.key)
            );
            assert!(!format!("{publish:?}").contains(&publish.key));
            good += usize::from(admit(&stage, &publish.key).await.is_ok());
        }
        assert_eq!(good, 1);
        let keys = stage
            .studio
            .keys(&programme, programme.track_named("a").unwrap())
            .await
            .unwrap();
        assert_eq!(
            keys.iter().filter(|key| key.revoked_at.is_none()).count(),
            1
        );
        assert!(keys.iter().all(|key| key.created_by == "console"));
        let track = programme.track_named("a").unwrap();
        let by = By::Console {
            now: stage.site.clock.now(),
        };
        let revoked = stage.studio.revoke(&programme, track, Seat::Primary, by);
        assert!(revoked.await.unwrap());
        let acts: Vec<String> = stage
            .site
            .app
            .db
            .all(
                db::sql!(String: "SELECT DISTINCT action FROM audit WHERE account = 'console' AND conference = $1 ORDER BY action"),
                db::params![&programme.conference.id],
            )
            .await
            .unwrap();
        assert_eq!(acts, ["stream-key.revoke", "stream-key.rotate"]);
    }
}

#[tokio::test]
async fn keys_of_another_conference_are_out_of_reach() {
    for stage in stages("others").await {
        let theirs = stage.conference("theirs").await;
        let nao = stage
            .site
            .sign_in("Nao", Some(identity::Role::Broadcast), &[theirs])
            .await;
        assert_eq!(nao.get(KEYS).await.status, StatusCode::FORBIDDEN);
        assert_eq!(
            nao.json(Method::POST, KEYS, &json!({})).await.status,
            StatusCode::FORBIDDEN
        );
        let own = KEYS.replace("ours", "theirs").replace("/a/", "/b/");
        assert_eq!(
            nao.json(Method::POST, &own, &json!({})).await.status,
            StatusCode::NOT_FOUND,
            "their b is none"
        );
    }
}

#[tokio::test]
async fn every_statement_of_this_feature_runs_on_both_stores() {
    for stage in stages("statements").await {
        db::check_statements(&stage.site.app.db).await.unwrap();
    }
}
