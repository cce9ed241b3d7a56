//! Every track, and who may touch it.

use http::StatusCode;
use identity::Role;
use media_core::{ChannelName, Seat, testing};
use serde_json::json;

use crate::stage::stages;

#[tokio::test]
async fn the_team_sees_every_track_and_changes_within_a_moment() {
    for stage in stages("desk").await {
        let ken = stage.crew().await;
        let mut reader = stage.connect(&ken).await;
        let snapshot = reader.subscribe("studio/ours").await;
        let tracks = snapshot["data"]["tracks"].as_array().unwrap();
        assert_eq!(tracks.len(), 2);
        assert_eq!(
            (
                &tracks[0]["slug"],
                &tracks[0]["mode"],
                &tracks[0]["onair"]["title"]
            ),
            (&json!("a"), &json!("auto"), &json!("Opening"))
        );
        assert_eq!(
            (&tracks[0]["next"]["title"], &tracks[0]["signal"]["state"]),
            (&json!("Second"), &json!("none"))
        );
        let late = stage.talk("ours", "Late").await;
        let put = json!({"conf": "ours", "track": "a", "talk": late, "reason": "early"});
        let result = reader.command("studio.put", &put).await;
        assert_eq!(
            (&result["ok"], &result["data"]["track"]["onair"]["title"]),
            (&json!(true), &json!("Late"))
        );
        let event = reader.event("track").await;
        assert_eq!(
            (&event["slug"], &event["mode"], &event["changed"]["name"]),
            (&json!("a"), &json!("manual"), &json!("Ken"))
        );
        let args = json!({"conf": "ours", "track": "a"});
        assert_eq!(
            reader.command("studio.hold", &args).await["data"]["track"]["mode"],
            "hold"
        );
        let auto = reader.command("studio.auto", &args).await;
        assert_eq!(auto["data"]["track"]["onair"]["title"], "Opening");
        let clear = reader.command("studio.put", &args).await;
        assert_eq!(clear["data"]["track"]["onair"], json!(null));
    }
}

#[tokio::test]
async fn the_team_sees_the_signal_of_every_track() {
    for stage in stages("signal").await {
        let mut reader = stage.connect(&stage.crew().await).await;
        reader.subscribe("studio/ours").await;
        let channel = ChannelName::parse("ours/b").unwrap();
        let input = stage
            .channels
            .admit(&channel, Seat::Primary, testing::source())
            .unwrap();
        testing::Encoder::default().send(&input, 6).unwrap();
        let mut states = Vec::new();
        let seen = loop {
            let event = reader.event("track").await;
            assert_eq!(event["slug"], "b");
            states.push(event["signal"]["state"].clone());
            if event["playback"]["url"] == "/media/ours/b/index.m3u8"
                && event["signal"]["width"] == 320
            {
                break event;
            }
        };
        let signal = &seen["signal"];
        assert_eq!(
            (&signal["state"], &signal["peer"]),
            (&json!("receiving"), &json!("127.0.0.1:1")),
            "{states:?}"
        );
        drop(input);
        while reader.event("track").await["signal"]["state"] != "silent" {}
    }
}

#[tokio::test]
async fn everything_works_by_form_for_whoever_has_no_script() {
    for stage in stages("forms").await {
        let ken = stage.crew().await.with("accept-language", "ja");
        let page = ken.get("/ours/studio").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        for wanted in [
            "data-island=\"studio\"",
            "Track A",
            "Track B",
            "Opening",
            "/ours/studio/a/on-air",
            "lang=\"ja\"",
        ] {
            assert!(page.body.contains(wanted), "{wanted}");
        }
        let late = stage.talk("ours", "Late").await.to_string();
        let put = ken
            .post(
                "/ours/studio/b/on-air",
                &[("mode", "manual"), ("talk", &late), ("reason", "テスト")],
            )
            .await;
        assert_eq!(
            (put.status, put.location()),
            (StatusCode::SEE_OTHER, "/ours/studio#track-b")
        );
        assert!(ken.get("/ours/studio").await.body.contains("テスト"));
        for (mode, expected) in [("hold", "hold"), ("auto", "auto")] {
            assert_eq!(
                ken.post("/ours/studio/b/on-air", &[("mode", mode), ("talk", "")])
                    .await
                    .status,
                StatusCode::SEE_OTHER
            );
            let now = ken.get("/api/v2/conferences/ours/studio").await.json();
            assert_eq!(now[1]["mode"], expected);
        }
        assert_eq!(
            ken.post("/ours/studio/zz/on-air", &[("mode", "hold")])
                .await
                .status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn every_other_role_is_refused_on_page_api_and_socket_alike() {
    for stage in stages("refused").await {
        let (ours, theirs) = (
            stage.conference("ours").await,
            stage.conference("theirs").await,
        );
        let site = &stage.site;
        let mut others = vec![
            site.sign_in("Nobody", None, &[]).await,
            site.sign_in("Next door", Some(Role::Chair), &[theirs])
                .await,
        ];
        for role in [
            Role::Contents,
            Role::Desk,
            Role::Operation,
            Role::Promotion,
            Role::Platform,
        ] {
            others.push(
                site.sign_in(
                    &format!("Of {role}"),
                    Some(role),
                    std::slice::from_ref(&ours),
                )
                .await,
            );
        }
        for other in &others {
            assert_eq!(
                other.get("/ours/studio").await.status,
                StatusCode::FORBIDDEN
            );
            assert_eq!(
                other.get("/api/v2/conferences/ours/studio").await.status,
                StatusCode::FORBIDDEN
            );
            assert_eq!(
                other
                    .post("/ours/studio/a/on-air", &[("mode", "hold")])
                    .await
                    .status,
                StatusCode::FORBIDDEN
            );
            assert_eq!(
                other.post("/ours/studio/a/key", &[]).await.status,
                StatusCode::FORBIDDEN
            );
            assert_eq!(
                other
                    .post("/ours/studio/a/input", &[("order", "slate")])
                    .await
                    .status,
                StatusCode::FORBIDDEN
            );
            let mut reader = stage.connect(other).await;
            assert_eq!(
                reader.subscribe("studio/ours").await["problem"]["code"],
                "identity-role-missing"
            );
            for command in ["studio.put", "studio.hold", "studio.auto", "studio.input"] {
                let result = reader
                    .command(command, &json!({"conf": "ours", "track": "a"}))
                    .await;
                assert_eq!(
                    result["problem"]["code"], "identity-role-missing",
                    "{command}"
                );
            }
        }
        let mut nobody = stage.connect(&site.anonymous()).await;
        assert_eq!(
            nobody.subscribe("studio/ours").await["problem"]["code"],
            "unauthenticated"
        );
        let chair = site.sign_in("Chie", Some(Role::Chair), &[ours]).await;
        assert_eq!(chair.get("/ours/studio").await.status, StatusCode::OK);
        let mut reader = stage.connect(&chair).await;
        let elsewhere = stage.talk("theirs", "Elsewhere").await;
        let put = json!({"conf": "ours", "track": "a", "talk": elsewhere});
        assert_eq!(
            reader.command("studio.put", &put).await["problem"]["code"],
            "not-found"
        );
        assert_eq!(
            reader.subscribe("studio/nowhere").await["problem"]["code"],
            "not-found"
        );
    }
}
