//! What the state of its conference means for the live page, its chats and its pictures.

use http::{Method, StatusCode};
use identity::Role;
use program::actions::{Settings, Writer, settle};
use program::{Feature, Lifecycle};
use serde_json::json;

use crate::captions::caption_key;
use crate::stage::stages;

const PLAYBACK: &str = "/api/v2/conferences/ours/tracks/a/playback";

#[tokio::test]
async fn the_live_page_is_open_to_others_only_while_the_conference_is_live() {
    for stage in stages("states", "anyone").await {
        let crew = stage.crew().await;
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let gate = stage.live.gate();
        let talk = stage.talk("ours", "Opening").await;
        let mut guest = stage.connect(&aiko).await;
        assert_eq!(guest.subscribe("live/ours/a").await["type"], "snapshot");
        assert!(gate.admits("ours/a", None));
        for (state, status, code) in [
            (Lifecycle::Announced, StatusCode::FORBIDDEN, "live-not-open"),
            (Lifecycle::Archive, StatusCode::FORBIDDEN, "live-is-over"),
            (Lifecycle::Closed, StatusCode::FORBIDDEN, "live-is-over"),
        ] {
            if state == Lifecycle::Closed {
                stage.enter(Lifecycle::Archive).await;
            }
            stage.enter(state).await;
            // Whoever watched is told so, and by then the pictures are closed as well.
            if state == Lifecycle::Announced {
                let told = guest.until(|frame| frame["type"] == "refused").await;
                assert_eq!(told["problem"]["code"], code);
            }
            // On a connection of its own, where the first word about a topic is the answer.
            let mut late = stage.connect(&aiko).await;
            let refused = late.subscribe("live/ours/a").await;
            assert_eq!(refused["problem"]["code"], code, "{state}");
            let refused = late.subscribe(&format!("chat/ours/{talk}")).await;
            assert_eq!(refused["problem"]["code"], code, "{state}");
            let line =
                json!({ "conf": "ours", "talk": talk, "text": "Hello", "nonce": "nonce-0001" });
            let refused = late.command("chat.post", &line).await;
            assert_eq!(refused["problem"]["code"], code, "{state}");
            for path in ["/ours/live", "/ours/live/a", PLAYBACK] {
                assert_eq!(aiko.get(path).await.status, status, "{state} {path}");
                assert_eq!(
                    crew.get(path).await.status,
                    StatusCode::OK,
                    "{state} {path}"
                );
            }
            assert!(!gate.admits("ours/a", None), "{state}");
            let watching = crew.get(PLAYBACK).await.json();
            let prefix = watching["pass"]["prefix"].as_str().unwrap().to_owned();
            let token = prefix.strip_prefix("/t/").unwrap();
            assert!(gate.admits("ours/a", Some(token)), "the team rehearses");
            let mut team = stage.connect(&crew).await;
            assert_eq!(team.subscribe("live/ours/a").await["type"], "snapshot");
            if state == Lifecycle::Closed {
                let refused = team.command("chat.post", &line).await;
                assert_eq!(refused["problem"]["code"], "program-sealed");
                stage.enter(Lifecycle::Archive).await;
            }
            stage.enter(Lifecycle::Live).await;
        }
    }
}

#[tokio::test]
async fn nobody_outside_of_the_team_learns_of_a_draft_over_a_socket() {
    for stage in stages("draft socket", "anyone").await {
        stage.enter(Lifecycle::Draft).await;
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let talk = stage.talk("ours", "Opening").await;
        let mut guest = stage.connect(&aiko).await;
        for topic in ["live/ours/a".to_owned(), format!("chat/ours/{talk}")] {
            let refused = guest.subscribe(&topic).await;
            assert_eq!(refused["problem"]["code"], "not-found", "{topic}");
        }
        let args = json!({ "conf": "ours", "track": "a" });
        let refused = guest.command("live.pass", &args).await;
        assert_eq!(refused["problem"]["code"], "not-found");
        assert_eq!(aiko.get(PLAYBACK).await.status, StatusCode::NOT_FOUND);
        assert_eq!(aiko.get("/ours/live/a").await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_caption_key_is_good_before_anybody_may_know_of_the_conference_and_nothing_else_is() {
    for stage in stages("draft captions", "anyone").await {
        let crew = stage.crew().await;
        let key = caption_key(&crew, "a").await;
        let other = caption_key(&crew, "b").await;
        stage.enter(Lifecycle::Draft).await;
        let line = json!({ "id": "line-0001", "language": "en", "text": "Testing" });
        let path = |track: &str| format!("/api/v2/conferences/ours/tracks/{track}/captions");
        let with = |key: &str| {
            let bearer = format!("Bearer {key}");
            stage.site.anonymous().with("authorization", &bearer)
        };
        let sent = with(&key).json(Method::POST, &path("a"), &line).await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.body);
        let nobody = stage.site.anonymous();
        let nowhere = "/api/v2/conferences/nowhere/tracks/a/captions";
        let nothing = nobody.json(Method::POST, nowhere, &line).await.json();
        for (who, track) in [
            (stage.site.sign_in("Aiko", None, &[]).await, "a"),
            (nobody, "a"),
            (with("cap_wrong"), "a"),
            (with(&other), "a"),
            (with(&key), "nowhere"),
        ] {
            let refused = who.json(Method::POST, &path(track), &line).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.body);
            assert_eq!(refused.json()["detail"], nothing["detail"], "{track}");
        }
        let read = with(&key).get(&format!("{}?language=en", path("a"))).await;
        assert_eq!(read.status, StatusCode::NOT_FOUND, "a key is for sending");
    }
}

#[tokio::test]
async fn a_chat_that_is_switched_off_is_not_there() {
    for stage in stages("no chat", "anyone").await {
        let ours = stage.conference("ours").await;
        let own = std::slice::from_ref(&ours);
        let chair = stage.site.sign_in("Chie", Some(Role::Chair), own).await;
        let cx = stage.cx(&chair).await;
        let grant = identity::grant(&cx, &ours).await.unwrap();
        let mut settings = Settings::of(&stage.programme("ours").await.conference);
        settings.more.off.insert(Feature::Chat);
        let writer = Writer::of(&cx, &stage.programmes);
        settle(&writer, &grant, &settings, None).await.unwrap();
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let talk = stage.talk("ours", "Opening").await;
        let mut guest = stage.connect(&aiko).await;
        let refused = guest.subscribe(&format!("chat/ours/{talk}")).await;
        assert_eq!(refused["problem"]["code"], "not-found");
        let line = json!({ "conf": "ours", "talk": talk, "text": "Hello", "nonce": "nonce-0001" });
        let refused = guest.command("chat.post", &line).await;
        assert_eq!(refused["problem"]["code"], "not-found");
        let path = format!("/api/v2/conferences/ours/talks/{talk}/chat");
        assert_eq!(aiko.get(&path).await.status, StatusCode::NOT_FOUND);
        let page = aiko.get("/ours/live/a").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("\"chat\":null"), "{}", page.body);
    }
}
