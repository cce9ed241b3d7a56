//! The wall: what is wrong, seen by everybody of the team alike, by page and by topic, and taken care of by one.

use std::time::Duration;

use http::StatusCode;
use identity::Role;
use media_core::{ChannelName, Input, Seat, testing};
use media_ffmpeg::testing::stand_in;
use media_probe::{Mode, PATIENCE, Probes};
use serde_json::{Value, json};

use crate::stage::{Stage, stages};

/// Lets time pass, as the wall sees it.
fn pass(stage: &Stage, seconds: u64) {
    for _ in 0..seconds {
        stage.site.clock.advance(Duration::from_secs(1));
        stage.studio.judge(stage.site.clock.now());
    }
}

/// Lets time pass until the wall of `ours` shows alarms as wanted.
async fn until(stage: &Stage, wanted: impl Fn(&[(String, String)]) -> bool) {
    let looked = async {
        loop {
            let shown: Vec<(String, String)> = stage
                .studio
                .alarms()
                .into_iter()
                .filter(|(conference, _)| conference == "ours")
                .map(|(_, alarm)| (alarm.track, alarm.code.to_string()))
                .collect();
            if wanted(&shown) {
                return;
            }
            pass(stage, 1);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), looked)
        .await
        .expect("the wall shows it in time");
}

/// The talk “Opening” is on air on track a of `ours`, and nobody sends.
async fn without_a_signal(stage: &Stage) {
    until(stage, |shown| {
        shown.contains(&("a".to_owned(), "signal-missing".to_owned()))
    })
    .await;
}

fn send(stage: &Stage, track: &str) -> Input {
    let name = ChannelName::parse(&format!("ours/{track}")).unwrap();
    let input = stage
        .channels
        .admit(&name, Seat::Primary, testing::source())
        .unwrap();
    testing::Encoder::default().send(&input, 6).unwrap();
    input
}

fn codes(data: &Value) -> Vec<&str> {
    let alarms = data["alarms"].as_array().unwrap();
    alarms
        .iter()
        .map(|alarm| alarm["code"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_track_on_air_without_a_signal_is_on_every_wall_until_the_signal_comes() {
    for stage in stages("wall").await {
        without_a_signal(&stage).await;
        let ken = stage.crew().await;
        let (mut one, mut two) = (stage.connect(&ken).await, stage.connect(&ken).await);
        let first = one.subscribe("wall/ours").await;
        let second = two.subscribe("wall/ours").await;
        assert_eq!(first["data"], second["data"]);
        let alarm = &first["data"]["alarms"][0];
        assert_eq!(
            (
                &alarm["track"],
                &alarm["code"],
                &alarm["severity"],
                &alarm["acknowledged"]
            ),
            (
                &json!("a"),
                &json!("signal-missing"),
                &json!("critical"),
                &Value::Null
            )
        );
        assert_eq!(first["data"]["probes"], "off");
        // Nothing is on air on track b: nothing is missing there.
        assert_eq!(codes(&first["data"]), ["signal-missing"]);
        let input = send(&stage, "a");
        until(&stage, |shown| {
            shown.iter().all(|(_, code)| code != "signal-missing")
        })
        .await;
        let event = one
            .event_with("alarms", |event| !codes(event).contains(&"signal-missing"))
            .await;
        assert!(event["alarms"].is_array());
        let meter = two
            .event_with("meter", |event| {
                event["track"] == "a" && event["on"] == "primary"
            })
            .await;
        assert_eq!(
            (
                &meter["inputs"][0]["seat"],
                &meter["inputs"][0]["state"],
                &meter["probe"]["state"]
            ),
            (&json!("primary"), &json!("receiving"), &json!("off"))
        );
        drop(input);
        without_a_signal(&stage).await;
    }
}

#[tokio::test]
async fn who_takes_care_of_an_alarm_is_on_every_wall_and_in_the_audit() {
    for stage in stages("wall-taken").await {
        without_a_signal(&stage).await;
        let ken = stage.crew().await;
        let (mut one, mut two) = (stage.connect(&ken).await, stage.connect(&ken).await);
        one.subscribe("wall/ours").await;
        two.subscribe("wall/ours").await;
        let args = json!({"conf": "ours", "track": "a", "alarm": "signal-missing", "input": null});
        let result = one.command("studio.acknowledge", &args).await;
        assert_eq!(
            result["data"]["alarms"][0]["acknowledged"]["name"], "Ken",
            "{result}"
        );
        let event = two.event("alarms").await;
        assert_eq!(event["alarms"][0]["acknowledged"]["name"], "Ken");
        let audited: i64 = stage
            .site
            .app
            .db
            .one(
                db::sql!(i64: "SELECT count(*) FROM audit WHERE action = 'alarm.acknowledge'"),
                db::params![],
            )
            .await
            .unwrap();
        assert_eq!(audited, 1);
        // It falls with its trouble, and the next one is nobody's yet.
        let input = send(&stage, "a");
        until(&stage, |shown| {
            shown.iter().all(|(_, code)| code != "signal-missing")
        })
        .await;
        let over = one.command("studio.acknowledge", &args).await;
        assert_eq!(over["problem"]["code"], "studio-wall-over", "{over}");
        drop(input);
        without_a_signal(&stage).await;
        let alarms = stage.studio.alarms();
        assert!(alarms.iter().all(|(_, alarm)| alarm.acknowledged.is_none()));
        for wrong in [
            json!({"conf": "ours", "track": "a", "alarm": "nonsense"}),
            json!({"conf": "ours", "track": "zz", "alarm": "signal-missing"}),
            json!({"conf": "ours", "track": "a", "alarm": "signal-missing", "input": "third"}),
        ] {
            let result = one.command("studio.acknowledge", &wrong).await;
            assert_eq!(result["problem"]["code"], "not-found", "{wrong}");
        }
    }
}

#[tokio::test]
async fn the_page_says_everything_without_script_in_both_languages() {
    for stage in stages("wall-page").await {
        without_a_signal(&stage).await;
        let ken = stage.crew().await;
        let page = ken.get("/ours/studio/wall").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        for wanted in [
            "data-island=\"wall\"",
            "Critical",
            "Track A",
            "No signal",
            "Ask the encoder",
            "/ours/studio/wall/a/acknowledge",
            "I take care of it",
            "are switched off",
        ] {
            assert!(page.body.contains(wanted), "{wanted}: {}", page.body);
        }
        let ken = ken.with("accept-language", "ja");
        for wanted in ["重大", "信号がありません", "対応します"] {
            assert!(
                ken.get("/ours/studio/wall").await.body.contains(wanted),
                "{wanted}"
            );
        }
        let form = [("alarm", "signal-missing"), ("input", "")];
        for _ in 0..2 {
            let taken = ken.post("/ours/studio/wall/a/acknowledge", &form).await;
            assert_eq!(
                (taken.status, taken.location()),
                (StatusCode::SEE_OTHER, "/ours/studio/wall")
            );
        }
        let page = ken.get("/ours/studio/wall").await.body;
        assert!(
            page.contains("対応中") && !page.contains("対応します"),
            "{page}"
        );
    }
}

#[tokio::test]
async fn nobody_else_sees_the_wall_or_takes_care_of_anything() {
    for stage in stages("wall-refused").await {
        without_a_signal(&stage).await;
        let (ours, theirs) = (
            stage.conference("ours").await,
            stage.conference("theirs").await,
        );
        let site = &stage.site;
        let others = [
            site.sign_in("Nobody", None, &[]).await,
            site.sign_in("Next door", Some(Role::Chair), &[theirs])
                .await,
            site.sign_in("Desk", Some(Role::Desk), &[ours]).await,
        ];
        for other in &others {
            assert_eq!(
                other.get("/ours/studio/wall").await.status,
                StatusCode::FORBIDDEN
            );
            let form = [("alarm", "signal-missing")];
            let taken = other.post("/ours/studio/wall/a/acknowledge", &form).await;
            assert_eq!(taken.status, StatusCode::FORBIDDEN);
            let mut reader = stage.connect(other).await;
            assert_eq!(
                reader.subscribe("wall/ours").await["problem"]["code"],
                "identity-role-missing"
            );
            let args = json!({"conf": "ours", "track": "a", "alarm": "signal-missing"});
            assert_eq!(
                reader.command("studio.acknowledge", &args).await["problem"]["code"],
                "identity-role-missing"
            );
        }
        let untaken = |(_, alarm): (String, studio::Standing)| alarm.acknowledged.is_none();
        assert!(stage.studio.alarms().into_iter().all(untaken));
    }
}

/// What ffmpeg says of a programme whose sound was cut, and of one that is well.
const SILENT: &str = "frame:90 pts:0 pts_time:9\\nlavfi.silence_start=1.0\\nlavfi.r128.M=-120.7\\n";
const WELL: &str = "frame:90 pts:0 pts_time:9\\nlavfi.silence_end=9.0\\nlavfi.r128.M=-18.2\\n";

#[tokio::test]
async fn sound_that_is_cut_is_on_the_wall_and_gone_when_it_is_back() {
    for stage in stages("wall-cut").await {
        let dir = tempfile::tempdir().unwrap();
        let well = dir.path().join("well");
        let line = format!(
            "cat >/dev/null &\n\
             while :; do [ -e {well} ] && printf '{WELL}' || printf '{SILENT}'; sleep 0.05; done",
            well = well.display()
        );
        let program = stand_in(dir.path(), &line).unwrap();
        let program = program.to_str().unwrap();
        let probes = Probes::with(&stage.channels, Mode::Auto, program, 1, PATIENCE);
        stage.studio.probed_by(probes.clone());
        let _input = send(&stage, "a");
        let mut reader = stage.connect(&stage.crew().await).await;
        reader.subscribe("wall/ours").await;
        let cut = ("a".to_owned(), "sound-silent".to_owned());
        let journey = async {
            until(&stage, |shown| shown.contains(&cut)).await;
            let alarmed = |event: &Value| codes(event).contains(&"sound-silent");
            let event = reader.event_with("alarms", alarmed).await;
            assert_eq!(event["probes"], "ready");
            std::fs::write(&well, "").unwrap();
            until(&stage, |shown| !shown.contains(&cut)).await;
            let loud = |event: &Value| event["probe"]["momentary_lufs"] == json!(-18.2);
            reader.event_with("meter", loud).await;
        };
        tokio::select! {
            () = probes.run() => panic!("probes end"),
            () = journey => {}
        }
    }
}
