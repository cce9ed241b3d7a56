//! What the state of its conference means for the live page, its chats and its pictures.

use http::StatusCode;
use identity::{Chair, Role};
use program::actions::{Settings, Writer, advance, settle};
use program::{Feature, Lifecycle};
use serde_json::json;

use crate::stage::{Stage, stages};

const PLAYBACK: &str = "/api/v2/conferences/ours/tracks/a/playback";

/// What the chair does.
async fn enter(stage: &Stage, to: Lifecycle) {
    let ours = stage.conference("ours").await;
    let own = std::slice::from_ref(&ours);
    let chair = stage.site.sign_in("Chie", Some(Role::Chair), own).await;
    let cx = stage.cx(&chair).await;
    let grant = identity::grant::<Chair>(&cx, &ours).await.unwrap();
    let writer = Writer::of(&cx, &stage.programmes);
    advance(&writer, &grant, to, None).await.unwrap();
}

#[tokio::test]
async fn the_live_page_is_open_to_others_only_while_the_conference_is_live() {
    for stage in stages("states", "anyone").await {
        let crew = stage.crew().await;
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let gate = stage.live.gate();
        let talk = stage.talk("ours", "Opening").await;
        let mut guest = stage.connect(&aiko).await;
        let mut team = stage.connect(&crew).await;
        assert_eq!(guest.subscribe("live/ours/a").await["type"], "snapshot");
        assert!(gate.admits("ours/a", None));
        for (state, status, code) in [
            (Lifecycle::Announced, StatusCode::FORBIDDEN, "live-not-open"),
            (Lifecycle::Archive, StatusCode::FORBIDDEN, "live-is-over"),
            (Lifecycle::Closed, StatusCode::FORBIDDEN, "live-is-over"),
        ] {
            if state == Lifecycle::Closed {
                enter(&stage, Lifecycle::Archive).await;
            }
            enter(&stage, state).await;
            // Whoever watched is told so, and by then the pictures are closed as well.
            if state == Lifecycle::Announced {
                let told = guest.until(|frame| frame["type"] == "refused").await;
                assert_eq!(told["problem"]["code"], code);
            }
            let refused = guest.subscribe("live/ours/a").await;
            assert_eq!(refused["problem"]["code"], code, "{state}");
            let refused = guest.subscribe(&format!("chat/ours/{talk}")).await;
            assert_eq!(refused["problem"]["code"], code, "{state}");
            let line =
                json!({ "conf": "ours", "talk": talk, "text": "Hello", "nonce": "nonce-0001" });
            let refused = guest.command("chat.post", &line).await;
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
            assert_eq!(team.subscribe("live/ours/a").await["type"], "snapshot");
            if state == Lifecycle::Closed {
                let refused = team.command("chat.post", &line).await;
                assert_eq!(refused["problem"]["code"], "program-sealed");
                enter(&stage, Lifecycle::Archive).await;
            }
            enter(&stage, Lifecycle::Live).await;
        }
    }
}

#[tokio::test]
async fn nobody_outside_of_the_team_learns_of_a_draft_over_a_socket() {
    for stage in stages("draft socket", "anyone").await {
        enter(&stage, Lifecycle::Draft).await;
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
