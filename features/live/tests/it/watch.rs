//! The picture's descriptor, the page, and who may watch.

use http::StatusCode;
use media_core::{ChannelName, Order, Seat, Slate, testing};
use serde_json::json;

use crate::stage::stages;

const PLAYBACK: &str = "/api/v2/conferences/ours/tracks/a/playback";

#[tokio::test]
async fn topic_page_and_api_show_one_descriptor_that_follows_the_timetable() {
    for stage in stages("descriptor", "anyone").await {
        let anonymous = stage.site.anonymous();
        let mut reader = stage.connect(&anonymous).await;
        let snapshot = reader.subscribe("live/ours/a").await;
        let data = &snapshot["data"];
        assert_eq!(
            (&data["state"], &data["playback"]),
            (&json!("preparing"), &json!(null))
        );
        assert_eq!(data["onair"][0]["title"], "Opening");
        assert_eq!(
            data["onair"][0]["speakers"],
            json!([{"name": "Speaker 0", "slug": "speaker-0"}])
        );
        assert_eq!(
            data["next"]["title"], "Second",
            "a pause is nothing to look forward to"
        );
        let mut by_api = anonymous.get(PLAYBACK).await.json();
        assert!(by_api["viewers"].as_u64().is_some());
        by_api["viewers"] = data["viewers"].clone();
        assert_eq!(by_api, *data);
        assert_eq!(reader.event("viewers").await["count"], 1);

        stage.pass(21).await;
        let event = reader.event("descriptor").await;
        assert_eq!(
            (&event["state"], &event["onair"][1]["title"]),
            (&json!("upcoming"), &json!("Break"))
        );
        assert_eq!(event["onair"][1]["talk"], json!(null), "a pause is no talk");
        stage.pass(60).await;
        let event = reader.event("descriptor").await;
        assert_eq!(
            (&event["state"], &event["next"]),
            (&json!("ended"), &json!(null))
        );
        let late = anonymous
            .get("/api/v2/conferences/ours/tracks/b/playback")
            .await
            .json();
        assert_eq!(late["state"], "ended");
    }
}

#[tokio::test]
async fn a_picture_that_arrives_stops_and_comes_back_is_told_as_such() {
    for stage in stages("picture", "anyone").await {
        let mut reader = stage.connect(&stage.site.anonymous()).await;
        assert_eq!(
            reader.subscribe("live/ours/b").await["data"]["state"],
            "upcoming"
        );
        let channel = ChannelName::parse("ours/b").unwrap();
        for _ in 0..2 {
            let input = stage
                .channels
                .admit(&channel, Seat::Primary, testing::source())
                .unwrap();
            testing::Encoder::default().send(&input, 6).unwrap();
            let live = reader
                .event_with("descriptor", |event| event["state"] == "live")
                .await;
            assert_eq!(live["playback"]["url"], "/media/ours/b/index.m3u8");
            drop(input);
            let interrupted = reader
                .event_with("descriptor", |event| event["state"] == "interrupted")
                .await;
            assert_eq!(
                interrupted["playback"]["url"], "/media/ours/b/index.m3u8",
                "the player goes on"
            );
        }
        let page = stage.site.anonymous().get("/ours/live/b").await;
        assert!(page.body.contains("src=\"/media/ours/b/index.m3u8\""));
        // What the player asks for first is told before its script comes.
        for first in ["index.m3u8", "live.m3u8"] {
            let link = format!("as=\"fetch\" href=\"/media/ours/b/{first}\"");
            assert!(page.body.contains(&link), "{}", page.body);
        }
        assert!(page.body.contains("/init-"), "{}", page.body);
    }
}

#[tokio::test]
async fn a_slate_in_place_of_the_picture_is_told_as_such() {
    for stage in stages("slate", "anyone").await {
        let mut reader = stage.connect(&stage.site.anonymous()).await;
        reader.subscribe("live/ours/b").await;
        let encoder = testing::Encoder::default();
        let slate = Slate::new(&encoder.configs(), encoder.frames(2), 2_000_000).unwrap();
        stage.channels.set_slate(Some(slate));
        let mut caretaker = tokio::task::JoinSet::new();
        let channels = stage.channels.clone();
        caretaker.spawn(async move { channels.watch_over().await });
        let name = ChannelName::parse("ours/b").unwrap();
        let source = testing::source();
        let input = stage.channels.admit(&name, Seat::Primary, source).unwrap();
        encoder.send(&input, 6).unwrap();
        reader
            .event_with("descriptor", |event| event["state"] == "live")
            .await;
        stage.channels.direct(&name, Order::Slate).unwrap();
        let slated = reader
            .event_with("descriptor", |event| event["state"] == "slate")
            .await;
        assert_eq!(
            slated["playback"]["url"], "/media/ours/b/index.m3u8",
            "the player goes on"
        );
        drop(input);
    }
}

#[tokio::test]
async fn the_page_works_without_script_and_begins_with_what_its_topics_say() {
    for stage in stages("page", "anyone").await {
        let anonymous = stage.site.anonymous().with("accept-language", "ja");
        let page = anonymous.get("/ours/live/a").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        for wanted in [
            "data-island=\"live\"",
            "Opening",
            "Speaker 0",
            "Second",
            "/ours/live/b",
            "/ours/timetable",
            "lang=\"ja\"",
            "<noscript>",
        ] {
            assert!(page.body.contains(wanted), "{wanted} in {}", page.body);
        }
        let json = page
            .body
            .split("data-state>")
            .nth(1)
            .unwrap()
            .split("</script>")
            .next()
            .unwrap();
        let first: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(
            (&first["conf"]["slug"], &first["track"], &first["locale"]),
            (&json!("ours"), &json!("a"), &json!("ja"))
        );
        assert_eq!(
            first["tracks"],
            json!([{"slug": "a", "name": "Track A"}, {"slug": "b", "name": "Track B"}])
        );
        assert_eq!(
            (&first["account"], &first["signInHref"]),
            (&json!(null), &json!("/sign-in?next=/ours/live/a"))
        );
        assert_eq!(
            (&first["chat"]["may_post"], &first["chat"]["open"]),
            (&json!(false), &json!(true))
        );
        assert_eq!(first["descriptor"]["onair"][0]["title"], "Opening");
        assert_eq!(anonymous.get("/ours/live").await.status, StatusCode::OK);
        assert_eq!(
            anonymous.get("/ours/live/nowhere").await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            anonymous.get("/nowhere/live").await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn where_watching_needs_an_account_page_topics_api_and_media_refuse_alike() {
    for stage in stages("rule", "signed_in").await {
        let (anonymous, aiko) = (
            stage.site.anonymous(),
            stage.site.sign_in("Aiko", None, &[]).await,
        );
        let talk = stage.talk("ours", "Opening").await;
        for path in ["/ours/live", "/ours/live/a"] {
            let led = anonymous.get(path).await;
            assert_eq!(
                (led.status, led.location()),
                (StatusCode::SEE_OTHER, &*format!("/sign-in?next={path}"))
            );
            assert_eq!(aiko.get(path).await.status, StatusCode::OK);
        }
        for path in [
            PLAYBACK.to_owned(),
            format!("/api/v2/conferences/ours/talks/{talk}/chat"),
        ] {
            assert_eq!(anonymous.get(&path).await.status, StatusCode::UNAUTHORIZED);
            assert_eq!(aiko.get(&path).await.status, StatusCode::OK);
        }
        let (mut nobody, mut somebody) =
            (stage.connect(&anonymous).await, stage.connect(&aiko).await);
        for topic in ["live/ours/a".to_owned(), format!("chat/ours/{talk}")] {
            assert_eq!(
                nobody.subscribe(&topic).await["problem"]["code"],
                "unauthenticated"
            );
            assert_eq!(somebody.subscribe(&topic).await["type"], "snapshot");
        }
        let gate = stage.live.gate();
        assert!(!gate.admits("ours/a", None) && gate.admits("theirs/a", None));
        let programme = stage.programme("ours").await;
        let address = gate.address(&programme.conference, "a");
        let (token, _) = address
            .strip_prefix("/t/")
            .unwrap()
            .split_once("/media/ours/a/")
            .unwrap();
        assert!(gate.admits("ours/a", Some(token)) && !gate.admits("ours/a", Some("1-0")));
        assert!(
            !gate.admits("ours/b", Some(token)),
            "a token opens one track"
        );
    }
}

#[tokio::test]
async fn a_rule_that_is_tightened_ends_open_subscriptions() {
    for stage in stages("tighten", "anyone").await {
        let mut nobody = stage.connect(&stage.site.anonymous()).await;
        assert_eq!(nobody.subscribe("live/ours/a").await["type"], "snapshot");
        let db = &stage.site.app.db;
        let rule = db::sql!(
            "UPDATE conference SET watch = 'signed_in', version = version + 1 WHERE slug = 'ours'"
        );
        db.exec(rule, db::params![]).await.unwrap();
        // An import lets everybody look at the conference again, though it changes nothing of it.
        stage.retitle("ours").await;
        let refused = nobody.until(|frame| frame["type"] == "refused").await;
        assert_eq!(
            (&refused["topic"], &refused["problem"]["code"]),
            (&json!("live/ours/a"), &json!("unauthenticated"))
        );
        assert!(!stage.live.gate().admits("ours/a", None));
    }
}

#[tokio::test]
async fn other_topics_and_ids_of_another_conference_are_not_there() {
    for stage in stages("others", "anyone").await {
        let mut nobody = stage.connect(&stage.site.anonymous()).await;
        let (elsewhere, pause) = (
            stage.talk("theirs", "Elsewhere").await,
            stage.talk("ours", "Break").await,
        );
        for topic in [
            "live/ours/zz".to_owned(),
            "live/nowhere/a".to_owned(),
            "live/ours".to_owned(),
            format!("chat/ours/{elsewhere}"),
            format!("chat/ours/{pause}"),
            "chat/ours/tlk_nonsense".to_owned(),
        ] {
            let refused = nobody.subscribe(&topic).await;
            assert_eq!(
                (&refused["type"], &refused["problem"]["code"]),
                (&json!("refused"), &json!("not-found")),
                "{topic}"
            );
        }
        let path = format!("/api/v2/conferences/ours/talks/{elsewhere}/chat");
        assert_eq!(
            stage.site.anonymous().get(&path).await.status,
            StatusCode::NOT_FOUND
        );
        let bad = format!("/api/v2/conferences/theirs/talks/{elsewhere}/chat?before=yesterday");
        assert_eq!(
            stage.site.anonymous().get(&bad).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
}

#[tokio::test]
async fn every_statement_of_this_feature_runs_on_both_stores() {
    for stage in stages("statements", "anyone").await {
        db::check_statements(&stage.site.app.db).await.unwrap();
    }
}
