//! Two inputs for each track: their keys, what is told of them, and who decides.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{Method, StatusCode};
use media_core::{ChannelName, Channels, On, Order, Seat, Slate, testing};
use media_ingest::rtmp::{Admission, Authority as _, Denied, StreamKey};
use realtime::{Limits, Settings};
use serde_json::json;
use studio::{By, Hub, Studio};

use crate::stage::{Stage, stages};

const KEYS: &str = "/api/v2/conferences/ours/tracks/a/stream-keys";
const BACKUP: &str = "/api/v2/conferences/ours/tracks/a/stream-keys?seat=backup";
const INPUT: &str = "/api/v2/conferences/ours/tracks/a/input";

async fn admit(stage: &Stage, key: &str) -> Result<Admission, Denied> {
    let peer = SocketAddr::from(([192, 0, 2, 1], 4000));
    let key = StreamKey::parse(key).unwrap();
    stage.studio.authority().admit(&key, peer).await
}

fn slate() -> Slate {
    let encoder = testing::Encoder::default();
    Slate::new(&encoder.configs(), encoder.frames(2), 2_000_000).unwrap()
}

async fn acts(stage: &Stage, action: &str) -> Vec<String> {
    let statement = db::sql!(String: "SELECT after FROM audit WHERE action = $1 ORDER BY at, id");
    stage
        .site
        .app
        .db
        .all(statement, db::params![action])
        .await
        .unwrap()
}

#[tokio::test]
async fn each_seat_has_a_key_of_its_own_and_losing_one_leaves_the_other() {
    for stage in stages("seats").await {
        let ken = stage.crew().await;
        let mut keys = Vec::new();
        for path in [KEYS, BACKUP] {
            let made = ken.json(Method::POST, path, &json!({})).await;
            assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
            keys.push(made.json()["key"].as_str().unwrap().to_owned());
        }
        let primary = admit(&stage, &keys[0]).await.unwrap();
        let backup = admit(&stage, &keys[1]).await.unwrap();
        assert_eq!((primary.seat, backup.seat), (Seat::Primary, Seat::Backup));
        assert_eq!(primary.channel, backup.channel);
        let listed = ken.get(KEYS).await.json();
        assert_eq!(
            (&listed[0]["seat"], &listed[1]["seat"]),
            (&json!("backup"), &json!("primary"))
        );
        let revoked = ken.send(Method::DELETE, BACKUP, None, vec![]).await;
        assert_eq!(revoked.status, StatusCode::NO_CONTENT);
        assert!(backup.revoked.is_cancelled() && !primary.revoked.is_cancelled());
        assert_eq!(
            admit(&stage, &keys[1]).await.unwrap_err(),
            Denied::UnknownKey
        );
        assert!(admit(&stage, &keys[0]).await.is_ok());
        let page = ken.post("/ours/studio/a/key", &[("seat", "backup")]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Backup"), "{}", page.body);
        assert!(!primary.revoked.is_cancelled());
        for (path, form) in [
            ("/ours/studio/a/key", "middle"),
            ("/ours/studio/a/key/revoke", "3"),
        ] {
            let refused = ken.post(path, &[("seat", form)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        }
        let bad = KEYS.to_owned() + "?seat=middle";
        let refused = ken.json(Method::POST, &bad, &json!({})).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let console = By::Console {
            now: stage.site.clock.now(),
        };
        let programme = stage.programme("ours").await;
        let track = programme.track_named("a").unwrap();
        let revoke = |seat| stage.studio.revoke(&programme, track, seat, console);
        assert!(revoke(Seat::Backup).await.unwrap() && !revoke(Seat::Backup).await.unwrap());
        assert!(revoke(Seat::Primary).await.unwrap());
        assert!(primary.revoked.is_cancelled());
    }
}

#[tokio::test]
async fn the_studio_shows_both_inputs_and_which_one_viewers_get() {
    for stage in stages("inputs").await {
        let mut reader = stage.connect(&stage.crew().await).await;
        let snapshot = reader.subscribe("studio/ours").await;
        let track = &snapshot["data"]["tracks"][1];
        assert_eq!(
            (&track["output"]["on"], &track["output"]["order"]),
            (&json!("nothing"), &json!("auto"))
        );
        assert_eq!(track["inputs"][1]["seat"], "backup");
        let channel = ChannelName::parse("ours/b").unwrap();
        let source = testing::source();
        let backup = stage
            .channels
            .admit(&channel, Seat::Backup, source)
            .unwrap();
        testing::Encoder::default().send(&backup, 6).unwrap();
        let on_backup = reader
            .event_with("track", |event| event["output"]["on"] == "backup")
            .await;
        assert_eq!(on_backup["output"]["cause"], "began");
        let source = testing::source();
        let primary = stage
            .channels
            .admit(&channel, Seat::Primary, source)
            .unwrap();
        testing::Encoder::default().send(&primary, 6).unwrap();
        let both = reader
            .event_with("track", |event| {
                event["inputs"][0]["signal"]["state"] == "receiving"
            })
            .await;
        assert_eq!(both["inputs"][1]["signal"]["state"], "receiving");
        assert_eq!(both["inputs"][0]["signal"]["peer"], "127.0.0.1:1");
        assert_eq!(both["output"]["on"], "backup", "nobody goes back at once");
    }
}

#[tokio::test]
async fn somebody_decides_by_command_form_or_api_and_it_is_written_down() {
    for stage in stages("order").await {
        let ken = stage.crew().await;
        let mut reader = stage.connect(&ken).await;
        reader.subscribe("studio/ours").await;
        let mut args =
            json!({"conf": "ours", "track": "a", "order": "backup", "reason": " no sound "});
        let result = reader.command("studio.input", &args).await;
        let output = &result["data"]["track"]["output"];
        assert_eq!(
            (
                &output["order"],
                &output["ordered"]["name"],
                &output["ordered"]["reason"]
            ),
            (&json!("backup"), &json!("Ken"), &json!("no sound")),
            "{result}"
        );
        reader
            .event_with("track", |event| event["output"]["order"] == "backup")
            .await;
        args["order"] = "slate".into();
        let refused = reader.command("studio.input", &args).await;
        assert_eq!(refused["problem"]["code"], "studio-no-slate");
        stage.channels.set_slate(Some(slate()));
        let form = ken
            .post(
                "/ours/studio/a/input",
                &[("order", "slate"), ("reason", "昼休み")],
            )
            .await;
        assert_eq!(
            (form.status, form.location()),
            (StatusCode::SEE_OTHER, "/ours/studio#panel-a")
        );
        let name = ChannelName::parse("ours/a").unwrap();
        assert_eq!(stage.channels.status(&name).borrow().on, On::Slate);
        assert!(ken.get("/ours/studio").await.body.contains("The slate"));
        let auto = ken
            .json(Method::POST, INPUT, &json!({"order": "auto"}))
            .await;
        assert_eq!(
            (auto.status, &auto.json()["output"]["order"]),
            (StatusCode::OK, &json!("auto"))
        );
        for order in ["", "both", "Auto"] {
            let refused = ken
                .json(Method::POST, INPUT, &json!({ "order": order }))
                .await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{order}");
        }
        let long = json!({"order": "auto", "reason": "x".repeat(201)});
        let refused = ken.json(Method::POST, INPUT, &long).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let written = acts(&stage, "studio.input").await;
        assert_eq!(written, ["\"backup\"", "\"slate\"", "\"auto\""]);
    }
}

#[tokio::test]
async fn what_somebody_decided_holds_on_after_a_restart() {
    for stage in stages("remembered").await {
        let mut reader = stage.connect(&stage.crew().await).await;
        let args = json!({"conf": "ours", "track": "a", "order": "backup"});
        assert_eq!(reader.command("studio.input", &args).await["ok"], true);
        let app = &stage.site.app;
        let settings = Settings::plain(app.clock.clone(), app.tasks.clone());
        let hub = Hub::new(Settings {
            limits: Limits::default(),
            ..settings
        });
        let channels = Channels::new(media_core::Settings::default(), app.clock.clone(), None);
        let picture: studio::Picture = Arc::new(|_, _| String::new());
        let _again = Studio::start(
            app,
            &stage.programmes,
            &channels,
            &hub,
            picture,
            "rtmp://x/live",
        );
        let mut status = channels.status(&ChannelName::parse("ours/a").unwrap());
        let remembered = status.wait_for(|status| status.order == Order::Backup);
        let waited = tokio::time::timeout(std::time::Duration::from_secs(10), remembered).await;
        assert!(waited.is_ok(), "the order is forgotten");
    }
}
