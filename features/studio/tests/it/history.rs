//! What happened to alarms is remembered: by page, by API, by topic, and by a server that starts again.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use identity::Role;
use media_core::{ChannelName, Channels, Input, Seat, Settings, testing};
use realtime::Settings as HubSettings;
use serde_json::{Value, json};
use studio::{Hub, Standing, Studio};

use crate::stage::{Stage, stages};

const ALARMS: &str = "/api/v2/conferences/ours/alarms";

/// Lets time pass until the wall of `studio` shows what is wanted of `ours`.
async fn until(stage: &Stage, studio: &Studio, wanted: impl Fn(&[Standing]) -> bool) {
    let looked = async {
        loop {
            let alarms = studio.alarms().into_iter();
            let ours = alarms.filter(|(conference, _)| conference == "ours");
            let shown: Vec<Standing> = ours.map(|(_, alarm)| alarm).collect();
            if wanted(&shown) {
                return;
            }
            stage.site.clock.advance(Duration::from_secs(1));
            studio.judge(stage.site.clock.now());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), looked)
        .await
        .expect("the wall shows it in time");
    studio.write_alarms().await;
}

fn missing(shown: &[Standing]) -> bool {
    shown
        .iter()
        .any(|alarm| alarm.code.as_str() == "signal-missing")
}

fn send(channels: &Channels) -> Input {
    let name = ChannelName::parse("ours/a").unwrap();
    let input = channels
        .admit(&name, Seat::Primary, testing::source())
        .unwrap();
    testing::Encoder::default().send(&input, 6).unwrap();
    input
}

async fn past(stage: &Stage, query: &str) -> Vec<Value> {
    let answer = stage.crew().await.get(&format!("{ALARMS}{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let items = answer.json()["items"].as_array().unwrap().clone();
    items
        .into_iter()
        .filter(|alarm| alarm["code"] == "signal-missing")
        .collect()
}

async fn acknowledge(stage: &Stage) {
    let mut reader = stage.connect(&stage.crew().await).await;
    let args = json!({"conf": "ours", "track": "a", "alarm": "signal-missing", "input": null});
    let result = reader.command("studio.acknowledge", &args).await;
    assert_eq!(result["ok"], true, "{result}");
}

/// The same site after a start: nothing in memory.
async fn again(stage: &Stage) -> (Studio, Channels) {
    let app = &stage.site.app;
    let channels = Channels::new(Settings::default(), app.clock.clone(), None);
    let hub = Hub::new(HubSettings::plain(app.clock.clone(), app.tasks.clone()));
    let picture: studio::Picture = Arc::new(|_, _| String::new());
    let studio = Studio::start(
        app,
        &stage.programmes,
        &channels,
        &hub,
        picture,
        "rtmp://b/live",
    );
    studio.remember_alarms(app.clock.now()).await;
    (studio, channels)
}

#[tokio::test]
async fn an_alarm_is_kept_from_its_rise_to_its_end_with_who_took_care_of_it() {
    for stage in stages("history").await {
        until(&stage, &stage.studio, missing).await;
        let found = past(&stage, "").await;
        assert_eq!(found.len(), 1);
        let alarm = &found[0];
        assert_eq!(
            (&alarm["track"], &alarm["severity"], &alarm["seat"]),
            (&json!("a"), &json!("critical"), &Value::Null)
        );
        assert_eq!(
            (&alarm["acknowledged"], &alarm["cleared_at"]),
            (&Value::Null, &Value::Null)
        );
        assert!(alarm["since"].as_str() < alarm["raised_at"].as_str());
        let mut reader = stage.connect(&stage.crew().await).await;
        let wall = reader.subscribe("wall/ours").await;
        assert_eq!(wall["data"]["history"][0]["id"], alarm["id"]);
        acknowledge(&stage).await;
        let taken = |event: &Value| event["history"][0]["acknowledged"]["name"] == "Ken";
        reader.event_with("history", taken).await;
        let input = send(&stage.channels);
        until(&stage, &stage.studio, |shown| !missing(shown)).await;
        let found = past(&stage, "?track=a").await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["acknowledged"]["name"], "Ken");
        assert!(found[0]["cleared_at"].is_string());
        assert!(past(&stage, "?track=b").await.is_empty());
        drop(input);
        until(&stage, &stage.studio, missing).await;
        let found = past(&stage, "").await;
        assert_eq!(found.len(), 2, "another one, the newest first");
        assert!(found[0]["cleared_at"].is_null() && found[1]["cleared_at"].is_string());
        let page = stage.crew().await.get("/ours/studio/wall").await.body;
        for wanted in ["What happened", "still stands", "Taken care of by"] {
            assert!(page.contains(wanted), "{wanted}: {page}");
        }
    }
}

#[tokio::test]
async fn who_took_care_of_an_alarm_still_does_after_a_restart() {
    for stage in stages("history-restart").await {
        until(&stage, &stage.studio, missing).await;
        acknowledge(&stage).await;
        let before = past(&stage, "").await;
        let (studio, channels) = again(&stage).await;
        until(&stage, &studio, |shown| {
            let taken = |alarm: &Standing| {
                alarm
                    .acknowledged
                    .as_ref()
                    .is_some_and(|by| by.name == "Ken")
            };
            missing(shown) && shown.iter().any(taken)
        })
        .await;
        assert_eq!(
            past(&stage, "").await,
            before,
            "the same alarm, since the same moment"
        );
        let input = send(&channels);
        until(&stage, &studio, |shown| !missing(shown)).await;
        assert!(past(&stage, "").await[0]["cleared_at"].is_string());
        drop(input);
    }
}

#[tokio::test]
async fn what_does_not_rise_again_after_a_restart_is_over() {
    for stage in stages("history-over").await {
        until(&stage, &stage.studio, missing).await;
        let (studio, channels) = again(&stage).await;
        let input = send(&channels);
        let over = async {
            let mut seconds = 6;
            while past(&stage, "").await[0]["cleared_at"].is_null() {
                let encoder = testing::Encoder {
                    start_us: seconds * 1_000_000,
                    ..testing::Encoder::default()
                };
                encoder.send(&input, 1).unwrap();
                seconds += 1;
                stage.site.clock.advance(Duration::from_secs(30));
                studio.judge(stage.site.clock.now());
                studio.write_alarms().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), over)
            .await
            .expect("it is over");
    }
}

#[tokio::test]
async fn the_history_is_the_teams_and_is_read_page_by_page() {
    for stage in stages("history-pages").await {
        let site = &stage.site;
        let theirs = stage.conference("theirs").await;
        let other = site
            .sign_in("Next door", Some(Role::Chair), &[theirs])
            .await;
        assert_eq!(other.get(ALARMS).await.status, StatusCode::FORBIDDEN);
        let programme = stage.programme("ours").await;
        let track = programme.track_named("a").unwrap();
        let mut tx = site.app.db.begin().await.unwrap();
        tx.exec(
            db::sql!(
                "INSERT INTO alarm (id, conference, track, code, severity, since, raised_at, cleared_at)
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5005)
                 SELECT 'alm_000000000000000000000' || (10000 + i), $1, $2, 'slate-on', 'critical', 0, 0, 1 FROM n"
            ),
            db::params![&programme.conference.id, &track.id],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        until(&stage, &stage.studio, missing).await;
        let ken = stage.crew().await;
        let mut seen = Vec::new();
        let mut next = Some(String::new());
        while let Some(cursor) = next {
            let more = if cursor.is_empty() {
                String::new()
            } else {
                format!("&cursor={cursor}")
            };
            let page = ken.get(&format!("{ALARMS}?limit=1000{more}")).await.json();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 200);
            seen.extend(
                items
                    .iter()
                    .map(|item| item["id"].as_str().unwrap().to_owned()),
            );
            next = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(seen.len(), 5_000, "the oldest are gone");
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]));
        assert_eq!(
            ken.get(&format!("{ALARMS}?track=nowhere")).await.status,
            StatusCode::NOT_FOUND
        );
    }
}
