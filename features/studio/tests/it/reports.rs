//! Encoder tests: who may, where what is sent goes, what is found, what is kept.

use std::net::SocketAddr;
use std::time::Duration;

use http::{Method, StatusCode};
use identity::Role;
use kit::Browser;
use media_core::{Channels, Input, testing};
use media_ingest::rtmp::{Admission, Authority as _, Denied, StreamKey};
use program::Lifecycle;
use serde_json::{Value, json};

use crate::stage::{Stage, stages};

const TESTS: &str = "/api/v2/conferences/ours/studio/encoder-tests";
const REPORTS: &str = "/api/v2/conferences/ours/studio/reports";
const PAGE: &str = "/ours/studio/reports";

async fn admit(stage: &Stage, key: &str) -> Result<Admission, Denied> {
    let peer = SocketAddr::from(([192, 0, 2, 1], 4000));
    let key = StreamKey::parse(key).unwrap();
    stage.studio.authority().admit(&key, peer).await
}

/// Makes a test and gives what was answered.
async fn made(crew: &Browser, name: &str) -> Value {
    let wish = json!({ "name": name, "track": "a", "seconds": 60 });
    let answer = crew.json(Method::POST, TESTS, &wish).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    answer.json()
}

fn key_of(made: &Value) -> &str {
    made["key"].as_str().unwrap()
}

/// An encoder that begins a test.
async fn sends(stage: &Stage, key: &str) -> (Input, Channels) {
    let admission = admit(stage, key).await.unwrap();
    let aside = admission.aside.expect("apart from viewers");
    let input = aside
        .admit(&admission.channel, admission.seat, testing::source())
        .unwrap();
    testing::Encoder::default().send(&input, 6).unwrap();
    (input, aside)
}

/// Lets time pass, as tests see it.
async fn pass(stage: &Stage, seconds: u64) {
    for _ in 0..seconds {
        stage.site.clock.advance(Duration::from_secs(1));
        stage.studio.look_at_tests(stage.site.clock.now()).await;
    }
}

async fn reports(crew: &Browser) -> Vec<Value> {
    let answer = crew.get(REPORTS).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_is_sent_with_a_test_key_reaches_no_viewer_and_leaves_a_report() {
    for stage in stages("report").await {
        let ken = stage.crew().await;
        let made = made(&ken, "  Hall A, main OBS ").await;
        assert_eq!(made["test"]["name"], "Hall A, main OBS");
        assert_eq!(made["server"], "rtmp://box.test:1935/live");
        assert!(
            made["whip"]
                .as_str()
                .unwrap()
                .ends_with("/whip/ours/encoder-test")
        );
        let (input, aside) = sends(&stage, key_of(&made)).await;
        let names = stage.channels.names();
        assert!(
            !names.iter().any(|name| name.as_str().starts_with("test/")),
            "{names:?}"
        );
        assert_eq!(aside.names().len(), 1);
        let again = admit(&stage, key_of(&made)).await.unwrap();
        let busy = aside.admit(&again.channel, again.seat, testing::source());
        assert!(busy.is_err(), "one encoder at a time");
        pass(&stage, 5).await;
        assert_eq!(reports(&ken).await, [Value::Null; 0], "not while it runs");
        drop(input);
        pass(&stage, 4).await;
        let found = reports(&ken).await;
        let report = &found[0];
        assert_eq!(
            (
                &report["name"],
                &report["track"],
                &report["ending"],
                &report["protocol"]
            ),
            (
                &json!("Hall A, main OBS"),
                &json!("a"),
                &json!("stopped"),
                &json!("test")
            )
        );
        let figures = &report["figures"];
        assert_eq!(
            (&figures["width"], &figures["height"]),
            (&json!(320), &json!(180))
        );
        assert_eq!(
            (&figures["sample_rate"], &figures["channels"]),
            (&json!(48_000), &json!(2))
        );
        let resolution = &report["findings"][0];
        assert_eq!(
            (
                &resolution["item"],
                &resolution["verdict"],
                &resolution["advice"]
            ),
            (
                &json!("resolution"),
                &json!("look"),
                &json!("picture-small")
            )
        );
        assert!(aside.names().is_empty(), "nothing is left of it");
        let one = ken
            .get(&format!("{REPORTS}/{}", report["id"].as_str().unwrap()))
            .await;
        assert_eq!(one.json(), *report);
        let acts: Vec<String> = stage
            .site
            .app
            .db
            .all(
                db::sql!(String: "SELECT action FROM audit WHERE action LIKE 'encoder-test.%'"),
                db::params![],
            )
            .await
            .unwrap();
        assert_eq!(acts, ["encoder-test.make"]);
        let (running, kept) = stage.studio.tests_counted();
        assert_eq!(running, 0);
        assert_eq!(kept.iter().map(|(_, count)| count).sum::<u64>(), 1);
    }
}

#[tokio::test]
async fn when_its_time_is_up_a_test_ends_and_its_encoder_has_to_stay_away_for_a_moment() {
    for stage in stages("report-time").await {
        let ken = stage.crew().await;
        let made = made(&ken, "Laptop").await;
        let (input, _) = sends(&stage, key_of(&made)).await;
        pass(&stage, 3).await;
        stage.site.clock.advance(Duration::from_secs(58));
        pass(&stage, 1).await;
        input.evicted().await;
        assert!(input.eviction_reason().contains("test is over"));
        assert_eq!(reports(&ken).await[0]["ending"], "time");
        // An encoder that connects again by itself gets nowhere, however long it tries.
        for _ in 0..4 {
            assert_eq!(
                admit(&stage, key_of(&made)).await.unwrap_err(),
                Denied::Over
            );
            stage.site.clock.advance(Duration::from_secs(15));
        }
        stage.site.clock.advance(Duration::from_secs(6));
        let (again, _) = sends(&stage, key_of(&made)).await;
        pass(&stage, 4).await;
        drop(again);
        pass(&stage, 4).await;
        assert_eq!(reports(&ken).await.len(), 2);
    }
}

#[tokio::test]
async fn a_revoked_key_ends_its_test_at_once_and_opens_nothing() {
    for stage in stages("report-revoked").await {
        let ken = stage.crew().await;
        let made = made(&ken, "Laptop").await;
        let (_input, _) = sends(&stage, key_of(&made)).await;
        let admission = admit(&stage, key_of(&made)).await.unwrap();
        pass(&stage, 4).await;
        let path = format!("{TESTS}/{}", made["test"]["id"].as_str().unwrap());
        let revoked = ken.send(Method::DELETE, &path, None, vec![]).await;
        assert_eq!(revoked.status, StatusCode::NO_CONTENT);
        assert!(admission.revoked.is_cancelled());
        let twice = ken.send(Method::DELETE, &path, None, vec![]).await;
        assert_eq!(twice.status, StatusCode::NOT_FOUND);
        assert_eq!(
            admit(&stage, key_of(&made)).await.unwrap_err(),
            Denied::UnknownKey
        );
        pass(&stage, 1).await;
        assert_eq!(reports(&ken).await[0]["ending"], "revoked");
        assert_eq!(ken.get(TESTS).await.json(), json!([]));
        let link = format!("/ours/encoder-test/{}", key_of(&made));
        assert_eq!(
            stage.site.anonymous().get(&link).await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn who_never_sends_leaves_no_report_and_a_key_has_its_time() {
    for stage in stages("report-none").await {
        let ken = stage.crew().await;
        let made = made(&ken, "Laptop").await;
        admit(&stage, key_of(&made)).await.unwrap();
        assert_eq!(stage.studio.tests_counted().0, 1);
        pass(&stage, 1).await;
        stage.site.clock.advance(Duration::from_mins(1));
        pass(&stage, 1).await;
        assert_eq!(stage.studio.tests_counted().0, 0);
        assert_eq!(reports(&ken).await.len(), 0);
        stage.site.clock.advance(Duration::from_hours(15 * 24));
        assert_eq!(
            admit(&stage, key_of(&made)).await.unwrap_err(),
            Denied::UnknownKey
        );
    }
}

#[tokio::test]
async fn whoever_has_the_link_sees_how_to_send_and_what_was_found_without_an_account() {
    for stage in stages("report-link").await {
        let ken = stage.crew().await;
        let page = ken
            .post(
                PAGE,
                &[("name", "Nao’s laptop"), ("track", ""), ("seconds", "60")],
            )
            .await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert_eq!(page.headers["cache-control"], "no-store");
        let key: String = page
            .body
            .split("/ours/encoder-test/")
            .nth(1)
            .unwrap()
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        let nao = stage.site.anonymous();
        let link = format!("/ours/encoder-test/{key}");
        let page = nao.get(&link).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        for wanted in [
            &key,
            "rtmp://box.test:1935/live",
            "Waiting for the encoder",
            "Key-frame interval",
        ] {
            assert!(
                page.body.contains(wanted as &str),
                "{wanted}: {}",
                page.body
            );
        }
        let digest = kernel::id::digest(&key);
        assert!(page.body.contains(&format!("encoder-test/{digest}")));
        let mut reader = stage.connect(&nao).await;
        let topic = format!("encoder-test/{digest}");
        let first = reader.subscribe(&topic).await;
        assert_eq!(first["data"]["state"], "waiting");
        let (input, _) = sends(&stage, &key).await;
        pass(&stage, 4).await;
        let event = reader
            .event_with("test", |event| event["state"] == "running")
            .await;
        let words = &event["words"];
        assert_eq!(words["en"]["rows"][0]["value"], "320 × 180");
        assert_eq!(words["ja"]["rows"][0]["title"], "解像度");
        drop(input);
        pass(&stage, 4).await;
        let over = reader
            .event_with("test", |event| event["state"] == "over")
            .await;
        assert!(over["report"].as_str().unwrap().starts_with("rpt_"));
        let page = nao.with("accept-language", "ja").get(&link).await;
        assert!(
            page.body.contains("320 × 180") && page.body.contains("出力（スケーリング）解像度"),
            "{}",
            page.body
        );
        for wrong in [
            format!("/ours/encoder-test/{key}x"),
            format!("/theirs/encoder-test/{key}"),
        ] {
            assert_eq!(
                stage.site.anonymous().get(&wrong).await.status,
                StatusCode::NOT_FOUND
            );
        }
        let refused = reader.subscribe("encoder-test/nonsense").await;
        assert_eq!(refused["problem"]["code"], "not-found");
    }
}

#[tokio::test]
async fn a_link_is_good_before_anybody_may_know_of_the_conference() {
    for stage in stages("report-draft").await {
        let ken = stage.crew().await;
        let made = made(&ken, "Laptop").await;
        stage.enter(Lifecycle::Draft).await;
        let nao = stage.site.anonymous();
        let link = |conf: &str, key: &str| format!("/{conf}/encoder-test/{key}");
        let page = nao.get(&link("ours", key_of(&made))).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let [wrong, nothing] = [
            nao.get(&link("ours", "x")).await,
            nao.get(&link("none", "x")).await,
        ];
        assert_eq!(wrong.status, StatusCode::NOT_FOUND);
        assert_eq!(nothing.status, StatusCode::NOT_FOUND);
        let said = |page: &str| page.matches("conference").count();
        assert_eq!(said(&wrong.body), said(&nothing.body), "{}", wrong.body);
    }
}

#[tokio::test]
async fn the_crew_sees_keys_and_reports_on_pages_in_both_languages() {
    for stage in stages("report-pages").await {
        let ken = stage.crew().await;
        let made = made(&ken, "Hall A").await;
        let (input, _) = sends(&stage, key_of(&made)).await;
        pass(&stage, 4).await;
        let watched = format!("{PAGE}/tests/{}", made["test"]["id"].as_str().unwrap());
        let page = ken.get(&watched).await;
        assert!(
            page.body.contains("Measuring") && !page.body.contains(key_of(&made)),
            "{}",
            page.body
        );
        drop(input);
        pass(&stage, 4).await;
        let list = ken.get(PAGE).await;
        assert_eq!(list.status, StatusCode::OK);
        assert!(!list.body.contains(key_of(&made)), "shown once");
        let id = reports(&ken).await[0]["id"].as_str().unwrap().to_owned();
        for wanted in [
            "Hall A",
            "Track A",
            &format!("{PAGE}/{id}"),
            "verdict-",
            "Make a test key",
        ] {
            assert!(list.body.contains(wanted), "{wanted}: {}", list.body);
        }
        let page = ken.get(&format!("{PAGE}/{id}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        for wanted in [
            "Report: Hall A",
            "until the encoder stopped",
            "H.264 profile",
            "Baseline",
            "AAC-LC",
            "ffmpeg is needed",
        ] {
            assert!(page.body.contains(wanted), "{wanted}: {}", page.body);
        }
        let ken = ken.with("accept-language", "ja");
        let page = ken.get(&format!("{PAGE}/{id}")).await;
        assert!(
            page.body.contains("キーフレーム間隔") && page.body.contains("要確認"),
            "{}",
            page.body
        );
        assert!(ken.get(PAGE).await.body.contains("テストキーを作る"));
        let gone = ken.post(&format!("{watched}/revoke"), &[]).await;
        assert_eq!(
            (gone.status, gone.location()),
            (StatusCode::SEE_OTHER, "/ours/studio/reports#tests")
        );
    }
}

#[tokio::test]
async fn nobody_else_makes_tests_or_reads_reports() {
    for stage in stages("report-others").await {
        let made = made(&stage.crew().await, "Hall A").await;
        let test = made["test"]["id"].as_str().unwrap();
        let (ours, theirs) = (
            stage.conference("ours").await,
            stage.conference("theirs").await,
        );
        let site = &stage.site;
        let others = [
            site.sign_in("Nobody", None, &[]).await,
            site.sign_in("Desk", Some(Role::Desk), &[ours]).await,
            site.sign_in("Next door", Some(Role::Broadcast), &[theirs])
                .await,
        ];
        for other in &others {
            for path in [PAGE, TESTS, REPORTS, &format!("{PAGE}/tests/{test}")] {
                assert_eq!(
                    other.get(path).await.status,
                    StatusCode::FORBIDDEN,
                    "{path}"
                );
            }
            let wish = json!({ "name": "x" });
            let answer = other.json(Method::POST, TESTS, &wish).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
        }
        let elsewhere = TESTS.replace("ours", "theirs");
        let gone = others[2]
            .send(Method::DELETE, &format!("{elsewhere}/{test}"), None, vec![])
            .await;
        assert_eq!(
            gone.status,
            StatusCode::NOT_FOUND,
            "another conference's id is not found"
        );
    }
}

#[tokio::test]
async fn wishes_keys_and_running_tests_have_their_limits() {
    for stage in stages("report-limits").await {
        let ken = stage.crew().await;
        for (wish, field) in [
            (json!({ "name": " " }), "name"),
            (json!({ "name": "x".repeat(81) }), "name"),
            (json!({ "name": "x", "seconds": 19 }), "seconds"),
            (json!({ "name": "x", "seconds": 1_801 }), "seconds"),
        ] {
            let answer = ken.json(Method::POST, TESTS, &wish).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wish}");
            assert!(answer.body.contains(field), "{}", answer.body);
        }
        let elsewhere = json!({ "name": "x", "track": "nowhere" });
        let answer = ken.json(Method::POST, TESTS, &elsewhere).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let mut let_in = 0;
        for n in 0..200 {
            let made = made(&ken, &format!("Encoder {n}")).await;
            if let_in <= 32 {
                let admitted = admit(&stage, key_of(&made)).await;
                assert_eq!(admitted.is_ok(), let_in < 32, "{n}");
                let_in += 1;
            }
        }
        let more = ken.json(Method::POST, TESTS, &json!({ "name": "x" })).await;
        assert_eq!(more.status, StatusCode::CONFLICT);
        assert!(more.body.contains("studio-test-too-many"), "{}", more.body);
    }
}

#[tokio::test]
async fn the_oldest_reports_go_and_the_list_is_read_page_by_page() {
    for stage in stages("report-many").await {
        let ken = stage.crew().await;
        let made = made(&ken, "Hall A").await;
        let conference = stage.conference("ours").await;
        let test = made["test"]["id"].as_str().unwrap();
        let mut tx = stage.site.app.db.begin().await.unwrap();
        tx.exec(
            db::sql!(
                "INSERT INTO encoder_report (id, conference, test, began_at, ended_at, ending, protocol, encoder, verdict, figures)
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
                 SELECT 'rpt_000000000000000000000' || (10000 + i), $1, $2, 0, 0, 'time', 'rtmp', '', 'good', '{}' FROM n"
            ),
            db::params![&conference, test],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let (input, _) = sends(&stage, key_of(&made)).await;
        pass(&stage, 4).await;
        drop(input);
        pass(&stage, 4).await;
        let mut seen = Vec::new();
        let mut next = Some(String::new());
        while let Some(cursor) = next {
            let path = match cursor.as_str() {
                "" => format!("{REPORTS}?limit=200"),
                cursor => format!("{REPORTS}?limit=200&cursor={cursor}"),
            };
            let page = ken.get(&path).await.json();
            let items = page["items"].as_array().unwrap();
            seen.extend(
                items
                    .iter()
                    .map(|item| item["id"].as_str().unwrap().to_owned()),
            );
            next = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(seen.len(), 500);
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]));
        assert!(
            !seen.contains(&"rpt_00000000000000000000010001".to_owned()),
            "the oldest is gone"
        );
        let list = ken.get(PAGE).await.body;
        assert!(list.contains("?before=rpt_"), "{list}");
    }
}
