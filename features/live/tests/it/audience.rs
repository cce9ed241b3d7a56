//! Who may watch: rules, the list, tokens and their end.

use std::time::Duration;

use http::{Method, Request, StatusCode};
use identity::Role;
use kit::{Answer, Browser};
use live::limits;
use media_core::{ChannelName, Input, Seat, testing};
use media_deliver::{Responder, Verdict};
use serde_json::{Value, json};

use crate::stage::{Stage, stages};

const PLAYBACK: &str = "/api/v2/conferences/ours/tracks/a/playback";

async fn contents(stage: &Stage) -> Browser {
    let ours = stage.conference("ours").await;
    stage
        .site
        .sign_in("Nao", Some(Role::Contents), &[ours])
        .await
}

/// Sends the form that adds people.
async fn paste(browser: &Browser, people: &str, track: &str, replace: bool) -> Answer {
    let field = |name: &str, value: &str| {
        format!("--X\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let mut body = field("people", people) + &field("track", track);
    if replace {
        body += &field("replace", "yes");
    }
    let body = format!("{body}--X--\r\n").into_bytes();
    let kind = Some("multipart/form-data; boundary=X");
    browser
        .send(Method::POST, "/ours/audience/people", kind, body)
        .await
}

/// The media's answers to requests, by the feature's own gate.
struct Media {
    responder: Responder,
    _input: Vec<Input>,
}

impl Media {
    fn of(stage: &Stage) -> Self {
        let gate = stage.live.gate();
        let judge = move |channel: &str, token: Option<&str>| {
            if gate.admits(channel, token) {
                Verdict::Allowed
            } else {
                Verdict::Denied
            }
        };
        let inputs = ["ours/a", "ours/b", "theirs/a"].map(|name| {
            let name = ChannelName::parse(name).unwrap();
            let input = stage
                .channels
                .admit(&name, Seat::Primary, testing::source())
                .unwrap();
            testing::Encoder::default().send(&input, 6).unwrap();
            input
        });
        Self {
            responder: Responder::new(stage.channels.clone(), judge),
            _input: inputs.into(),
        }
    }

    async fn get(&self, path: &str) -> StatusCode {
        let request = Request::get(path).body(()).unwrap();
        self.responder.respond(request).await.status()
    }
}

fn prefix(watching: &Value) -> String {
    watching["pass"]["prefix"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn media_answers_a_good_token_and_no_other() {
    for stage in stages("token", "signed_in").await {
        let media = Media::of(&stage);
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let watching = aiko.get(PLAYBACK).await.json();
        assert_eq!(
            watching["playback"]["url"], "/media/ours/a/index.m3u8",
            "the address is the same for all"
        );
        let pass = prefix(&watching);
        assert_eq!(
            watching["playback"]["audio"],
            "/media/ours/a/sound/index.m3u8"
        );
        for leaf in ["index.m3u8", "live.m3u8", "sound/live.m3u8"] {
            let path = format!("/media/ours/a/{leaf}");
            assert_eq!(media.get(&format!("{pass}{path}")).await, StatusCode::OK);
            assert_eq!(media.get(&path).await, StatusCode::FORBIDDEN, "without one");
        }
        let other = "/api/v2/conferences/ours/tracks/b/playback";
        let others = prefix(&aiko.get(other).await.json());
        let forged = format!("{}0", &pass[..pass.len() - 1]);
        let forged = if forged == pass {
            format!("{}1", &pass[..pass.len() - 1])
        } else {
            forged
        };
        for bad in [others.as_str(), &forged, "/t/x", "/t/1-00"] {
            let status = media.get(&format!("{bad}/media/ours/a/live.m3u8")).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{bad}");
        }
        let open = media.get("/media/theirs/a/live.m3u8").await;
        assert_eq!(open, StatusCode::OK, "another conference is open");
        let life = u64::try_from(limits::TOKEN_MINUTES).unwrap() + 1;
        stage.site.clock.advance(Duration::from_mins(life));
        let status = media.get(&format!("{pass}/media/ours/a/live.m3u8")).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "expired");
    }
}

#[tokio::test]
async fn a_token_is_renewed_over_the_open_connection_before_it_ends() {
    for stage in stages("renewal", "signed_in").await {
        let media = Media::of(&stage);
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let mut reader = stage.connect(&aiko).await;
        let snapshot = reader.subscribe("live/ours/a").await;
        let first = prefix(&snapshot["data"]);
        stage.site.clock.advance(Duration::from_mins(6));
        let args = json!({"conf": "ours", "track": "a"});
        let renewed = reader.command("live.pass", &args).await;
        let second = prefix(&renewed["data"]);
        assert_ne!(first, second);
        // What is under way with the old one still is answered.
        for pass in [&first, &second] {
            let status = media.get(&format!("{pass}/media/ours/a/live.m3u8")).await;
            assert_eq!(status, StatusCode::OK);
        }
        stage.site.clock.advance(Duration::from_mins(6));
        let path = "/media/ours/a/live.m3u8";
        assert_eq!(
            media.get(&format!("{first}{path}")).await,
            StatusCode::FORBIDDEN
        );
        assert_eq!(media.get(&format!("{second}{path}")).await, StatusCode::OK);
        // The descriptor that all readers share has no right in it.
        assert!(!snapshot["data"]["playback"].to_string().contains("/t/"));
        let nobody = stage
            .connect(&stage.site.anonymous())
            .await
            .command("live.pass", &args)
            .await;
        assert_eq!(nobody["problem"]["code"], "unauthenticated");
    }
}

#[tokio::test]
async fn a_list_opens_a_conference_to_those_on_it_and_to_the_team() {
    for stage in stages("list", "listed").await {
        let (aiko, bob) = (
            stage.site.sign_in("Aiko", None, &[]).await,
            stage.site.sign_in("Bob", None, &[]).await,
        );
        let (nao, crew) = (contents(&stage).await, stage.crew().await);
        for team in [&nao, &crew] {
            assert_eq!(team.get("/ours/live/a").await.status, StatusCode::OK);
        }
        let led = stage.site.anonymous().get("/ours/live/a").await;
        assert_eq!(led.status, StatusCode::SEE_OTHER, "to sign in first");
        for path in ["/ours/live/a", "/ours/live", PLAYBACK] {
            assert_eq!(aiko.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        let mut reader = stage.connect(&aiko).await;
        let refused = reader.subscribe("live/ours/a").await;
        assert_eq!(refused["problem"]["code"], "live-not-listed");

        let added = paste(&nao, "Name;Mail\nAiko;AIKO@example.org\nnobody", "", false).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
        assert!(added.location().contains("added=1") && added.location().contains("strange=3"));
        assert_eq!(aiko.get("/ours/live/a").await.status, StatusCode::OK);
        assert_eq!(bob.get(PLAYBACK).await.status, StatusCode::FORBIDDEN);
        let snapshot = reader.subscribe("live/ours/a").await;
        assert_eq!(snapshot["type"], "snapshot", "{snapshot}");

        // Another list takes its place.
        let replaced = paste(&nao, "bob@example.org", "", true).await;
        assert!(replaced.location().contains("removed=1"), "{replaced:?}");
        assert_eq!(bob.get(PLAYBACK).await.status, StatusCode::OK);
        assert_eq!(aiko.get(PLAYBACK).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn whoever_loses_the_right_stops_receiving_within_a_token_s_life() {
    for stage in stages("lost", "listed").await {
        let media = Media::of(&stage);
        let (aiko, nao) = (
            stage.site.sign_in("Aiko", None, &[]).await,
            contents(&stage).await,
        );
        paste(&nao, "aiko@example.org", "", false).await;
        let mut reader = stage.connect(&aiko).await;
        let pass = prefix(&reader.subscribe("live/ours/a").await["data"]);
        let gone = [("person", "aiko@example.org"), ("list", "")];
        let answer = nao.post("/ours/audience/people/remove", &gone).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let refused = reader.until(|frame| frame["type"] == "refused").await;
        assert_eq!(refused["problem"]["code"], "live-not-listed");
        let args = json!({"conf": "ours", "track": "a"});
        let denied = reader.command("live.pass", &args).await;
        assert_eq!(denied["problem"]["status"], 403);
        let life = u64::try_from(limits::TOKEN_MINUTES).unwrap() + 1;
        stage.site.clock.advance(Duration::from_mins(life));
        let status = media.get(&format!("{pass}/media/ours/a/live.m3u8")).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let again = nao.post("/ours/audience/people/remove", &gone).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND, "removed once");
    }
}

#[tokio::test]
async fn a_session_that_ended_elsewhere_gets_no_further_token() {
    for stage in stages("ended", "signed_in").await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let mut reader = stage.connect(&aiko).await;
        let args = json!({"conf": "ours", "track": "a"});
        assert_eq!(reader.command("live.pass", &args).await["ok"], true);
        // Another process ended it: nothing closes the connection here.
        let ended = db::sql!("DELETE FROM session");
        let db = &stage.site.app.db;
        db.exec(ended, db::params![]).await.unwrap();
        let refused = reader.command("live.pass", &args).await;
        assert_eq!(refused["problem"]["code"], "unauthenticated");
    }
}

#[tokio::test]
async fn a_track_s_own_rule_overrides_that_of_its_conference() {
    for stage in stages("own rule", "anyone").await {
        let media = Media::of(&stage);
        let (nobody, nao) = (stage.site.anonymous(), contents(&stage).await);
        let path = "/ours/audience/b/rule";
        let set = nao.post(path, &[("watch", "signed_in")]).await;
        assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
        let (a, b) = ("/ours/live/a", "/ours/live/b");
        assert_eq!(nobody.get(a).await.status, StatusCode::OK);
        assert_eq!(nobody.get(b).await.status, StatusCode::SEE_OTHER);
        let (open, closed) = ("/media/ours/a/live.m3u8", "/media/ours/b/live.m3u8");
        assert_eq!(media.get(open).await, StatusCode::OK);
        assert_eq!(media.get(closed).await, StatusCode::FORBIDDEN);
        // The talk's chat belongs to its track.
        let late = stage.talk("ours", "Late").await;
        let chat = format!("/api/v2/conferences/ours/talks/{late}/chat");
        assert_eq!(nobody.get(&chat).await.status, StatusCode::UNAUTHORIZED);
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        assert_eq!(aiko.get(b).await.status, StatusCode::OK);
        assert_eq!(aiko.get(&chat).await.status, StatusCode::OK);

        nao.post(path, &[("watch", "")]).await;
        assert_eq!(nobody.get(b).await.status, StatusCode::OK);
        assert_eq!(media.get(closed).await, StatusCode::OK);
        let unknown = nao.post(path, &[("watch", "friends")]).await;
        assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn only_who_looks_after_the_programme_changes_who_may_watch() {
    for stage in stages("audience roles", "anyone").await {
        let crew = stage.crew().await;
        for path in ["/ours/audience/b/rule", "/ours/audience/people/remove"] {
            assert_eq!(crew.post(path, &[]).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(
            paste(&crew, "a@b.c", "", false).await.status,
            StatusCode::FORBIDDEN
        );
        let nao = contents(&stage).await.with("accept-language", "ja");
        let nobody = paste(&nao, "nobody", "", false).await;
        assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
        let nowhere = paste(&nao, "a@b.c", "trk_nowhere", false).await;
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
        let large = "a@b.c,".repeat(limits::LIST_BYTES_MAX / 6 + 1);
        let large = paste(&nao, &large, "", false).await;
        assert_eq!(large.status, StatusCode::UNPROCESSABLE_ENTITY);
        let b = stage.programme("ours").await;
        let b = b.track_named("b").unwrap().id.to_string();
        paste(&nao, "chie@example.org 100%_", &b, false).await;
        paste(&nao, "chie@example.org", &b, false).await;
        let page = nao.get("/ours/audience?person=CHIE").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("chie@example.org") && page.body.contains("Track B"));
        let none = nao.get("/ours/audience?person=%25").await;
        assert!(!none.body.contains("chie@example.org"), "% is a character");
    }
}

#[tokio::test]
async fn a_program_rules_who_may_watch_page_by_page() {
    for stage in stages("audience_api", "anyone").await {
        let team = contents(&stage).await;
        let api = "/api/v2/conferences/ours/audience";
        let rule = |watch: Value| json!({ "watch": watch });
        let track = format!("{api}/tracks/a");
        let ruled = team.json(Method::PUT, &track, &rule(json!("listed"))).await;
        assert_eq!(ruled.status, StatusCode::OK, "{}", ruled.body);
        let own = |body: &Value| {
            let tracks = body["tracks"].as_array().unwrap().clone();
            let found = tracks.into_iter().find(|own| own["track"] == "a");
            found.unwrap()["watch"].clone()
        };
        assert_eq!(own(&team.get(api).await.json()), "listed");
        let back = team.json(Method::PUT, &track, &rule(Value::Null)).await;
        assert_eq!(own(&back.json()), Value::Null);
        let odd = team.json(Method::PUT, &track, &rule(json!("x"))).await;
        assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);

        let people = format!("{api}/people");
        let some =
            json!({ "people": ["c@example.org", "a@example.org", "nobody here"], "track": "a" });
        let added = team.json(Method::POST, &people, &some).await;
        assert_eq!(added.status, StatusCode::OK, "{}", added.body);
        assert_eq!(added.json()["new"], 2);
        assert_eq!(added.json()["strange"], json!(["nobody here"]));
        let again = team.json(Method::POST, &people, &some).await;
        assert_eq!(again.json()["known"], 2);
        let all = json!({ "people": ["a@example.org"] });
        team.json(Method::POST, &people, &all).await;
        let (mut path, mut seen) = (format!("{people}?limit=2"), Vec::new());
        loop {
            let page = team.get(&path).await.json();
            for item in page["items"].as_array().unwrap() {
                seen.push((item["person"].clone(), item["track"].clone()));
            }
            let Some(next) = page["next"].as_str() else {
                break;
            };
            path = format!("{people}?limit=2&cursor={next}");
        }
        let (a, c) = (json!("a@example.org"), json!("c@example.org"));
        let expected = [(a.clone(), Value::Null), (a, json!("a")), (c, json!("a"))];
        assert_eq!(seen, expected);
        let off = format!("{people}?person=a@example.org&track=a");
        for status in [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND] {
            let gone = team.json(Method::DELETE, &off, &Value::Null).await;
            assert_eq!(gone.status, status, "{}", gone.body);
        }
        let found = team.get(&format!("{people}?q=c@")).await.json();
        assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn a_program_makes_keys_for_captioners_and_offers_languages() {
    for stage in stages("captioners_api", "anyone").await {
        let ours = stage.conference("ours").await;
        let team = stage
            .site
            .sign_in("Bo", Some(Role::Broadcast), &[ours])
            .await;
        let track = "/api/v2/conferences/ours/tracks/a";
        let list = "/api/v2/conferences/ours/captions";
        let key = format!("{track}/caption-key");
        let made = team.json(Method::POST, &key, &Value::Null).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert_eq!(made.headers["cache-control"], "no-store");
        let bearer = format!("Bearer {}", made.json()["key"].as_str().unwrap());
        let captioner = stage.site.anonymous().with("authorization", &bearer);
        let line = json!({ "id": "line-one", "language": "en", "text": "Good morning" });
        let said = format!("{track}/captions");
        let sent = captioner.json(Method::POST, &said, &line).await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.body);
        let language = format!("{track}/caption-languages/ja");
        let offered = team.json(Method::PUT, &language, &Value::Null).await;
        assert_eq!(offered.status, StatusCode::NO_CONTENT, "{}", offered.body);
        let tracks = team.get(list).await.json();
        let own = tracks
            .as_array()
            .unwrap()
            .iter()
            .find(|own| own["track"] == "a");
        let own = own.unwrap();
        assert!(own["languages"].to_string().contains("ja"), "{own}");
        assert!(own["key"]["created_by"].is_string(), "{own}");
        assert!(!tracks.to_string().contains(&bearer[7..]), "shown once");
        let removed = team.json(Method::DELETE, &language, &Value::Null).await;
        assert_eq!(removed.status, StatusCode::NO_CONTENT, "{}", removed.body);
        team.json(Method::DELETE, &key, &Value::Null).await;
        let late = captioner.json(Method::POST, &said, &line).await;
        assert_eq!(late.status, StatusCode::UNAUTHORIZED, "{}", late.body);
        let odd = format!("{track}/caption-languages/!");
        let odd = team.json(Method::PUT, &odd, &Value::Null).await;
        assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}
