//! Captions: who may send them, what is made of them, and who reads them.

use http::{Method, Request, StatusCode};
use kit::{Answer, Browser};
use live::limits;
use media_core::{ChannelName, Channels, Seat, testing};
use media_deliver::{Responder, Verdict};
use serde_json::{Value, json};

use crate::stage::{Stage, stages};

const PATH: &str = "/api/v2/conferences/ours/tracks/a/captions";

fn line(id: &str, text: &str) -> Value {
    json!({ "id": format!("line-{id}"), "language": "en", "text": text })
}

async fn send(browser: &Browser, line: &Value) -> Answer {
    browser.json(Method::POST, PATH, line).await
}

/// The key of a track, as the team's page gives it.
pub(crate) async fn caption_key(team: &Browser, track: &str) -> String {
    let page = team
        .post(&format!("/ours/captions/{track}/key"), &[])
        .await
        .body;
    let (_, rest) = page.split_once("data-copy-text>").unwrap();
    let (key, _) = rest.split_once('<').unwrap();
    assert!(key.starts_with("cap_"), "{key}");
    key.to_owned()
}

/// A program that has the key of a track.
async fn captioner(stage: &Stage, team: &Browser, track: &str) -> Browser {
    let bearer = format!("Bearer {}", caption_key(team, track).await);
    stage.site.anonymous().with("authorization", &bearer)
}

async fn listed(stage: &Stage, language: &str) -> Vec<Value> {
    let path = format!("{PATH}?language={language}");
    let answer = stage.site.anonymous().get(&path).await;
    answer.json()["captions"].as_array().unwrap().clone()
}

async fn count(stage: &Stage, action: &str) -> i64 {
    let count = db::sql!(i64: "SELECT COUNT(*) AS count FROM audit WHERE action = $1");
    let db = &stage.site.app.db;
    db.one(count, db::params![action]).await.unwrap()
}

#[tokio::test]
async fn a_line_is_stored_before_it_is_acknowledged_and_reaches_those_who_read() {
    for stage in stages("captions", "anyone").await {
        let ken = stage.crew().await;
        let program = captioner(&stage, &ken, "a").await;
        let mut reader = stage.connect(&stage.site.anonymous()).await;
        let snapshot = reader.subscribe("captions/ours/a").await;
        assert_eq!(snapshot["data"]["captions"], json!([]));
        let sent = send(&program, &line("0001", " Good morning \n everybody ")).await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.body);
        let caption = sent.json();
        assert_eq!(caption["text"], "Good morning\neverybody");
        let now = stage.site.clock.now().to_string();
        assert_eq!(caption["starts_at"], now, "now is the server's");
        assert_eq!(listed(&stage, "en").await, std::slice::from_ref(&caption));
        let told = reader.event("caption").await;
        assert_eq!(
            (&told["text"], &told["id"]),
            (&caption["text"], &caption["id"])
        );
        // Whoever comes later finds it, and only while it can be gone back to.
        let mut later = stage.connect(&stage.site.anonymous()).await;
        let snapshot = later.subscribe("captions/ours/a").await;
        assert_eq!(snapshot["data"]["captions"], json!([caption]));
        stage.site.clock.advance(std::time::Duration::from_hours(1));
        stage.hub.refresh("captions/");
        let empty = later.until(|frame| frame["type"] == "snapshot").await;
        assert_eq!(empty["data"]["captions"], json!([]));
        assert_eq!(listed(&stage, "en").await.len(), 1, "kept for the archive");
        let ours = stage.conference("ours").await;
        let file = live::portable::captions(&stage.site.app.db, &ours).await;
        let said = &file.unwrap().content["captions"];
        assert_eq!(said[0]["text"], caption["text"], "{said}");
        assert_eq!(count(&stage, "caption-key.rotate").await, 1);
        assert_eq!(
            count(&stage, "caption.put").await,
            0,
            "no team member sent it"
        );
        assert!(
            send(&ken, &line("0002", "by hand"))
                .await
                .status
                .is_success()
        );
        assert_eq!(count(&stage, "caption.put").await, 1);
    }
}

#[tokio::test]
async fn a_line_that_is_sent_again_is_the_same_and_a_revision_says_it_otherwise() {
    for stage in stages("again", "anyone").await {
        let ken = stage.crew().await;
        let mut reader = stage.connect(&stage.site.anonymous()).await;
        reader.subscribe("captions/ours/a").await;
        let mut guess = line("0001", "Good mourning");
        guess["interim"] = true.into();
        assert_eq!(send(&ken, &guess).await.status, StatusCode::CREATED);
        let again = send(&ken, &guess).await;
        assert_eq!(
            (again.status, &again.json()["interim"]),
            (StatusCode::OK, &json!(true))
        );
        let other = send(&ken, &line("0001", "something else")).await;
        assert_eq!(
            (other.status, &other.json()["code"]),
            (StatusCode::CONFLICT, &json!("live-caption-id-taken"))
        );
        let mut put_right = line("0001", "Good morning");
        put_right["revision"] = 2.into();
        assert_eq!(send(&ken, &put_right).await.status, StatusCode::CREATED);
        // The guess comes once more, late.
        let late = send(&ken, &guess).await;
        assert_eq!(
            (late.status, &late.json()["text"]),
            (StatusCode::OK, &json!("Good morning"))
        );
        let told = reader
            .event_with("caption", |event| event["revision"] == 2)
            .await;
        assert_eq!(
            (&told["text"], &told["interim"]),
            (&json!("Good morning"), &json!(false))
        );
        let mut later = stage.connect(&stage.site.anonymous()).await;
        let snapshot = later.subscribe("captions/ours/a").await;
        let known = snapshot["data"]["captions"].as_array().unwrap();
        assert_eq!((known.len(), &known[0]["revision"]), (1, &json!(2)));
        assert_eq!(listed(&stage, "en").await.len(), 1);
        // In another language the id is another line's.
        let mut japanese = line("0001", "おはよう");
        japanese["language"] = "JA".into();
        assert_eq!(send(&ken, &japanese).await.status, StatusCode::CREATED);
        assert_eq!(listed(&stage, "ja").await[0]["language"], "ja");
    }
}

#[tokio::test]
async fn only_the_track_s_key_and_the_team_may_send() {
    for stage in stages("rights", "anyone").await {
        let ken = stage.crew().await;
        let ours = stage.conference("ours").await;
        let (desk, theirs) = (
            stage
                .site
                .sign_in("Mei", Some(identity::Role::Desk), &[ours])
                .await,
            stage.conference("theirs").await,
        );
        let chair = Some(identity::Role::Chair);
        let next_door = stage.site.sign_in("Nao", chair, &[theirs]).await;
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let (a, b) = (
            captioner(&stage, &ken, "a").await,
            captioner(&stage, &ken, "b").await,
        );
        let made_up = format!("Bearer cap_{}", kernel::id::secret());
        let guesser = stage.site.anonymous().with("authorization", &made_up);
        let one = line("0001", "x");
        for (who, status) in [
            (&stage.site.anonymous(), StatusCode::UNAUTHORIZED),
            (&guesser, StatusCode::UNAUTHORIZED),
            (&aiko, StatusCode::FORBIDDEN),
            (&desk, StatusCode::FORBIDDEN),
            (&next_door, StatusCode::FORBIDDEN),
            (&b, StatusCode::FORBIDDEN),
            (&a, StatusCode::CREATED),
        ] {
            assert_eq!(send(who, &one).await.status, status);
        }
        // What is wrong with a line is told to those who may send one.
        let nonsense = json!({"text": 7});
        let refused = send(&stage.site.anonymous(), &nonsense).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            send(&a, &nonsense).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        // A key opens nothing else, and nothing once it is replaced or revoked.
        let page = a.get("/ours/captions").await;
        assert!(page.location().starts_with("/sign-in"), "{page:?}");
        let newer = captioner(&stage, &ken, "a").await;
        assert_eq!(
            send(&a, &line("0002", "x")).await.status,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(
            send(&newer, &line("0002", "x")).await.status,
            StatusCode::CREATED
        );
        ken.post("/ours/captions/a/key/revoke", &[]).await;
        ken.post("/ours/captions/a/key/revoke", &[]).await;
        assert_eq!(
            send(&newer, &line("0003", "x")).await.status,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(count(&stage, "caption-key.revoke").await, 1);
        let kept: i64 = stage
            .site
            .app
            .db
            .one(
                db::sql!(i64: "SELECT COUNT(*) AS count FROM caption_key WHERE digest LIKE 'cap_%'"),
                db::params![],
            )
            .await
            .unwrap();
        assert_eq!(kept, 0, "only digests are kept");
    }
}

#[tokio::test]
async fn what_a_captioner_can_grow_is_bounded() {
    for stage in stages("bounds", "anyone").await {
        let ken = stage.crew().await;
        let long = "x".repeat(limits::CAPTION_CHARS_MAX + 1);
        let refused = send(&ken, &line("0001", &long)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.json()["errors"][0]["code"], "live-caption-too-long");
        let huge = "x".repeat(limits::CAPTION_BYTES_MAX);
        let refused = send(&ken, &line("0001", &huge)).await;
        assert!(refused.status.is_client_error());
        // Languages.
        for n in 0..=media_core::limits::LANGUAGES_MAX {
            let mut one = line(&format!("lang{n}"), "x");
            one["language"] = format!("a{}", char::from(b'a' + u8::try_from(n).unwrap())).into();
            let sent = send(&ken, &one).await;
            let is_one_too_many = n == media_core::limits::LANGUAGES_MAX;
            assert_eq!(
                sent.status == StatusCode::UNPROCESSABLE_ENTITY,
                is_one_too_many
            );
        }
        for n in 0..4 {
            let mut one = line(&format!("many-{n:04}"), "x");
            one["language"] = "aa".into();
            assert!(send(&ken, &one).await.status.is_success());
        }
        let asked = format!("{PATH}?language=aa&limit=3");
        let some = stage.site.anonymous().get(&asked).await.json();
        assert_eq!(some["captions"].as_array().unwrap().len(), 3);
    }
}

#[tokio::test]
async fn captions_are_beside_the_picture_in_its_own_time() {
    for stage in stages("renditions", "anyone").await {
        let ken = stage.crew().await;
        let name = ChannelName::parse("ours/a").unwrap();
        let source = testing::source();
        let input = stage.channels.admit(&name, Seat::Primary, source).unwrap();
        let encoder = testing::Encoder::default();
        encoder.send(&input, 5).unwrap();
        let snapshot = stage.channels.snapshot(&name).unwrap();
        let open = snapshot.segments().last().unwrap();
        let mut said = line("0001", "Good <morning>");
        said["start"] = open.program_date_time.to_string().into();
        assert_eq!(send(&ken, &said).await.status, StatusCode::CREATED);
        let mut guess = line("0002", "a guess");
        guess["interim"] = true.into();
        guess["start"] = said["start"].clone();
        assert_eq!(send(&ken, &guess).await.status, StatusCode::CREATED);
        for frame in encoder
            .frames(9)
            .into_iter()
            .filter(|it| it.dts_us >= 5_000_000)
        {
            input.frame(frame).unwrap();
        }
        let responder = Responder::new(stage.channels.clone(), |_: &str, _: Option<&str>| {
            Verdict::Allowed
        });
        let get = async |path: String| {
            let request = Request::get(path).body(()).unwrap();
            let body = responder.respond(request).await.into_body();
            let bytes = http_body_util::BodyExt::collect(body).await.unwrap();
            String::from_utf8(bytes.to_bytes().to_vec()).unwrap()
        };
        let master = get("/media/ours/a/index.m3u8".to_owned()).await;
        assert!(master.contains("LANGUAGE=\"en\""), "{master}");
        let address = format!("{}/{}.vtt", open.epoch, open.msn);
        let playlist = get("/media/ours/a/captions/en/live.m3u8".to_owned()).await;
        assert!(playlist.contains(&address), "{playlist}");
        let vtt = get(format!("/media/ours/a/captions/en/{address}")).await;
        assert!(vtt.contains("Good &lt;morning&gt;"), "{vtt}");
        assert!(!vtt.contains("guess"), "{vtt}");
        let watching = stage
            .site
            .anonymous()
            .get("/api/v2/conferences/ours/tracks/a/playback")
            .await;
        assert_eq!(watching.json()["captions"], json!(["en"]));
    }
}

#[tokio::test]
async fn languages_are_chosen_before_anything_is_said_and_survive_a_restart() {
    for stage in stages("languages", "anyone").await {
        let ken = stage.crew().await;
        let mut reader = stage.connect(&stage.site.anonymous()).await;
        let first = reader.subscribe("live/ours/a").await;
        assert_eq!(first["data"]["captions"], json!([]));
        let add = "/ours/captions/a/languages";
        assert_eq!(
            ken.post(add, &[("language", "JA")]).await.status,
            StatusCode::SEE_OTHER
        );
        let told = reader
            .event_with("descriptor", |event| event["captions"] == json!(["ja"]))
            .await;
        assert_eq!(told["track"]["slug"], "a");
        let refused = ken.post(add, &[("language", "Japanese!")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("form-errors"), "{}", refused.body);
        let page = ken.get("/ours/captions").await.body;
        assert!(
            page.contains("日本語") && page.contains("name=\"text\""),
            "{page}"
        );
        let said = ken
            .post(
                "/ours/captions/a/line",
                &[("language", "ja"), ("text", "おはよう")],
            )
            .await;
        assert_eq!(said.location(), "/ours/captions#a");
        assert_eq!(listed(&stage, "ja").await[0]["text"], "おはよう");
        // Another process learns them from the database.
        let (app, programmes) = (&stage.site.app, &stage.programmes);
        let channels = Channels::new(media_core::Settings::default(), app.clock.clone(), None);
        let hub = live::hub(app, realtime::Limits::default());
        live::Live::start(app, programmes, &channels, &hub)
            .await
            .unwrap();
        let name = ChannelName::parse("ours/a").unwrap();
        assert_eq!(channels.languages(&name)[0].name, "日本語");
        ken.post("/ours/captions/a/languages/remove", &[("language", "ja")])
            .await;
        assert_eq!(stage.channels.languages(&name).len(), 0);
        assert_eq!(count(&stage, "caption-language.remove").await, 1);
        assert_eq!(listed(&stage, "ja").await.len(), 1, "what was said stays");
    }
}

#[tokio::test]
async fn captions_are_for_those_who_may_watch() {
    for stage in stages("caption-rule", "signed_in").await {
        let anonymous = stage.site.anonymous();
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let path = format!("{PATH}?language=en");
        assert_eq!(anonymous.get(&path).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(aiko.get(&path).await.status, StatusCode::OK);
        let (mut nobody, mut somebody) =
            (stage.connect(&anonymous).await, stage.connect(&aiko).await);
        let refused = nobody.subscribe("captions/ours/a").await;
        assert_eq!(refused["problem"]["code"], "unauthenticated");
        let read = somebody.subscribe("captions/ours/a").await;
        assert_eq!(read["type"], "snapshot");
        for topic in ["captions/ours/zz", "captions/nowhere/a", "captions/ours"] {
            let refused = somebody.subscribe(topic).await;
            assert_eq!(refused["problem"]["code"], "not-found", "{topic}");
        }
    }
}
