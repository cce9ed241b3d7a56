//! Going live from a browser: who may, what a pass opens, and what ends it.

use std::net::SocketAddr;

use http::{Method, StatusCode};
use identity::Role;
use media_core::Seat;
use media_ingest::rtmp::{Admission, Authority as _, Denied, StreamKey};
use serde_json::json;

use crate::stage::{Stage, stages};

const PASSES: &str = "/api/v2/conferences/ours/tracks/a/go-live";
const PAGE: &str = "/ours/studio/go-live/a";
const NETWORK_TEST: &str = "/api/v2/conferences/ours/studio/network-test";

async fn admit(stage: &Stage, token: &str) -> Result<Admission, Denied> {
    let peer = SocketAddr::from(([192, 0, 2, 1], 4000));
    stage
        .studio
        .authority()
        .admit(&StreamKey::parse(token).unwrap(), peer)
        .await
}

#[tokio::test]
async fn a_pass_opens_its_track_and_seat_once_and_leaves_a_trace() {
    for stage in stages("pass").await {
        let ken = stage.crew().await;
        let answer = ken
            .json(Method::POST, PASSES, &json!({ "seat": "backup" }))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(answer.headers["cache-control"], "no-store");
        let pass = answer.json();
        assert_eq!(pass["endpoint"], "/whip/ours/a");
        let token = pass["token"].as_str().unwrap();
        let admission = admit(&stage, token).await.unwrap();
        assert_eq!(
            (admission.channel.as_str(), admission.seat),
            ("ours/a", Seat::Backup)
        );
        assert_eq!(
            admit(&stage, token).await.unwrap_err(),
            Denied::UnknownKey,
            "once"
        );
        let acts: Vec<String> = stage
            .site
            .app
            .db
            .all(
                db::sql!(String: "SELECT action FROM audit WHERE action LIKE 'golive.%'"),
                db::params![],
            )
            .await
            .unwrap();
        assert_eq!(acts, ["golive.begin"]);
    }
}

#[tokio::test]
async fn whoever_is_taken_off_air_or_signs_out_stops_sending() {
    for stage in stages("taken").await {
        let (ken, rin) = (stage.crew().await, stage.crew().await);
        let pass = ken.json(Method::POST, PASSES, &json!({})).await.json();
        let admission = admit(&stage, pass["token"].as_str().unwrap())
            .await
            .unwrap();
        let backup = format!("{PASSES}?seat=backup");
        assert_eq!(
            rin.send(Method::DELETE, &backup, None, vec![]).await.status,
            StatusCode::NOT_FOUND,
            "nobody sends there"
        );
        assert!(!admission.revoked.is_cancelled());
        assert_eq!(
            rin.send(Method::DELETE, PASSES, None, vec![]).await.status,
            StatusCode::NO_CONTENT
        );
        assert!(admission.revoked.is_cancelled());
        assert_eq!(
            rin.send(Method::DELETE, PASSES, None, vec![]).await.status,
            StatusCode::NOT_FOUND,
            "there is nobody any more"
        );
    }
}

#[tokio::test]
async fn nobody_else_gets_a_pass_the_page_or_the_network_test() {
    for stage in stages("others").await {
        let ours = stage.conference("ours").await;
        let theirs = stage.conference("theirs").await;
        for (role, conference) in [
            (None, &ours),
            (Some(Role::Contents), &ours),
            (Some(Role::Broadcast), &theirs),
        ] {
            let other = stage
                .site
                .sign_in("Nao", role, std::slice::from_ref(conference))
                .await;
            for (method, path) in [
                (Method::POST, PASSES),
                (Method::DELETE, PASSES),
                (Method::POST, NETWORK_TEST),
            ] {
                let answer = other.json(method.clone(), path, &json!({})).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
            }
            assert_eq!(other.get(PAGE).await.status, StatusCode::FORBIDDEN);
        }
    }
}

#[tokio::test]
async fn a_wish_that_cannot_be_is_refused() {
    for stage in stages("wish").await {
        let ken = stage.crew().await;
        let answer = ken
            .json(Method::POST, PASSES, &json!({ "seat": "third" }))
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let elsewhere = "/api/v2/conferences/ours/tracks/nowhere/go-live";
        let answer = ken.json(Method::POST, elsewhere, &json!({})).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_page_names_its_track_and_the_network_test_counts_up_to_its_limit() {
    for stage in stages("page").await {
        let ken = stage.crew().await;
        let page = ken.get(PAGE).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("data-island=\"golive\"") && page.body.contains("Track A"));
        let bytes = 1024 * 1024;
        let kind = Some("application/octet-stream");
        let whole = ken
            .send(Method::POST, NETWORK_TEST, kind, vec![7; bytes])
            .await;
        assert_eq!(
            (whole.status, whole.json()["bytes"].as_u64()),
            (StatusCode::OK, Some(bytes as u64))
        );
        let more = ken
            .send(Method::POST, NETWORK_TEST, kind, vec![7; bytes + 1])
            .await;
        assert_eq!(more.status, StatusCode::PAYLOAD_TOO_LARGE);
    }
}

#[tokio::test]
async fn whoever_leaves_the_team_stops_sending_at_once_and_sees_studio_and_wall_no_more() {
    for stage in stages("left").await {
        let ken = stage.crew().await;
        let ours = stage.conference("ours").await;
        let theirs = stage.conference("theirs").await;
        let account: String = stage
            .site
            .app
            .db
            .one(
                db::sql!(String: "SELECT account FROM membership WHERE conference = $1"),
                db::params![&ours],
            )
            .await
            .unwrap();
        let pass = async || ken.json(Method::POST, PASSES, &json!({})).await.json();
        let (first, waiting) = (pass().await, pass().await);
        let admission = admit(&stage, first["token"].as_str().unwrap())
            .await
            .unwrap();
        let mut reader = stage.connect(&ken).await;
        reader.subscribe("studio/ours").await;
        let bus = &stage.site.app.bus;
        let left = |conference: &str, roles: &[&str]| json!({ "account": account, "conference": conference, "left": roles });
        // Another team's business, and a role that another one makes up for.
        bus.publish("membership.removed", &left(theirs.as_str(), &[]));
        bus.publish("membership.removed", &left(ours.as_str(), &["chair"]));
        let mut tx = stage.site.app.db.begin().await.unwrap();
        tx.exec(
            db::sql!("DELETE FROM membership WHERE account = $1"),
            db::params![&account],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        assert!(!admission.revoked.is_cancelled());
        bus.publish("membership.removed", &left(ours.as_str(), &["desk"]));
        let ended = tokio::time::timeout(
            std::time::Duration::from_secs(2),
            admission.revoked.cancelled(),
        );
        assert!(ended.await.is_ok(), "off air at once");
        let unused = admit(&stage, waiting["token"].as_str().unwrap()).await;
        assert_eq!(unused.unwrap_err(), Denied::UnknownKey);
        let refused = reader.until(|frame| frame["type"] == "refused").await;
        assert_eq!(refused["topic"], "studio/ours");
    }
}
