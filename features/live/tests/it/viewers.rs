//! What viewers got: reports, metrics, and the help desk's page.

use std::time::Duration;

use http::{Method, StatusCode};
use identity::Role;
use kit::Browser;
use live::limits;
use media_core::{ChannelName, Seat, testing};
use serde_json::{Value, json};

use crate::stage::{Stage, stages};

const REPORTS: &str = "/api/v2/conferences/ours/tracks/a/reports";
const HEALTH: &str = "/api/v2/conferences/ours/tracks/a/health";
const LINK: &str = "/api/v2/link";

fn report(number: u32, change: &Value) -> Value {
    let mut report = json!({"v": 2, "conf": "ours", "track": "a", "sid": "K7Q29F3M", "sn": number, "sta": "p",
        "msd": 420, "bsa": 0, "bsda": 0, "ltc": 1300, "br": 2500, "mtp": 18000, "switches": 0,
        "shown_ms": 30_000 * number, "bg": false, "audio_only": false, "done": false});
    for (name, value) in change.as_object().into_iter().flatten() {
        report[name] = value.clone();
    }
    report
}

async fn desk(stage: &Stage) -> Browser {
    let ours = stage.conference("ours").await;
    stage.site.sign_in("Dai", Some(Role::Desk), &[ours]).await
}

#[tokio::test]
async fn a_report_is_found_by_its_code_at_the_help_desk() {
    for stage in stages("code", "anyone").await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await.with(
            "user-agent",
            "Mozilla/5.0 (Windows NT 10.0) Chrome/143.0.0.0 Safari/537.36",
        );
        let mut reader = stage.connect(&aiko).await;
        let first = reader.command("live.report", &report(1, &json!({}))).await;
        assert_eq!(first["ok"], true, "{first}");
        let trouble = json!({"sta": "r", "bsa": 2, "bsda": 9_000, "ec": ["M-NET-3"],
            "check": {"verdict": "slow", "rtt_ms": 80, "kbps": 900}});
        reader.command("live.report", &report(2, &trouble)).await;

        let desk = desk(&stage).await;
        let page = desk.get("/ours/desk/viewers?code=k7q2-9f3m").await;
        assert_eq!(page.status, StatusCode::OK);
        for wanted in [
            "K7Q2-9F3M",
            "Track A",
            "Aiko (aiko@example.org)",
            "Chrome 143, Windows",
            "Stands still",
            "M-NET-3",
            "Your connection is slower than the picture needs.",
            "0.4 s",
            "2 (9 s)",
            "0:01:00",
            "0.9 Mbit/s",
        ] {
            assert!(page.body.contains(wanted), "{wanted} in {}", page.body);
        }
        // And among the worst, without a code.
        let page = desk
            .with("accept-language", "ja")
            .get("/ours/desk/viewers")
            .await;
        assert!(page.body.contains("K7Q2-9F3M") && page.body.contains("停止中"));
        assert!(page.body.contains("報告のある 1 人のうち 1 人"));
    }
}

#[tokio::test]
async fn only_helpers_see_what_viewers_got_and_only_of_their_conference() {
    for stage in stages("helpers", "anyone").await {
        let nobody = stage.site.anonymous();
        let sent = nobody
            .json(Method::POST, REPORTS, &report(1, &json!({})))
            .await;
        assert_eq!(sent.status, StatusCode::NO_CONTENT);
        let path = "/ours/desk/viewers?code=K7Q29F3M";
        assert_eq!(nobody.get(path).await.status, StatusCode::SEE_OTHER);
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        assert_eq!(aiko.get(path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(stage.crew().await.get(path).await.status, StatusCode::OK);
        let theirs = stage.conference("theirs").await;
        let other = stage.site.sign_in("Oto", Some(Role::Desk), &[theirs]).await;
        assert_eq!(other.get(path).await.status, StatusCode::FORBIDDEN);
        let page = other.get("/theirs/desk/viewers?code=K7Q29F3M").await;
        assert!(page.body.contains("Nothing was reported with this code"));
        let page = other.get("/theirs/desk/viewers?code=what").await;
        assert!(page.body.contains("This is no code"));
    }
}

#[tokio::test]
async fn sums_become_metrics_once_however_often_they_are_told() {
    for stage in stages("metrics", "anyone").await {
        let nobody = stage.site.anonymous();
        let tell = async |report: Value| nobody.json(Method::POST, REPORTS, &report).await.status;
        let change = json!({"bsa": 2, "bsda": 1_500, "switches": 1, "ec": ["M-NET-2"]});
        for (number, change) in [(1, json!({})), (2, change.clone()), (2, change.clone())] {
            assert_eq!(tell(report(number, &change)).await, StatusCode::NO_CONTENT);
        }
        let late = report(1, &json!({}));
        assert_eq!(
            tell(late).await,
            StatusCode::NO_CONTENT,
            "late, and ignored"
        );
        let metrics = platform::Metrics::new();
        stage.live.metrics().register(&metrics);
        let text = metrics.openmetrics();
        let place = "conference=\"ours\",track=\"a\"";
        for wanted in [
            format!("matsuri_viewer_stalls_total{{{place}}} 2"),
            format!("matsuri_viewer_stalled_seconds_total{{{place}}} 1.5"),
            format!("matsuri_viewer_shown_seconds_total{{{place}}} 60.0"),
            format!("matsuri_viewer_switches_total{{{place}}} 1"),
            format!("matsuri_viewer_errors_total{{{place},code=\"M-NET-2\"}} 1"),
            format!("matsuri_viewer_startup_seconds_count{{{place}}} 1"),
            format!("matsuri_viewer_latency_seconds_count{{{place}}} 2"),
            "{session=\"K7Q29F3M\"} 0.42".to_owned(),
            "matsuri_viewer_reports_total{result=\"taken\"} 2".to_owned(),
            "matsuri_viewer_reports_total{result=\"stale\"} 2".to_owned(),
        ] {
            assert!(text.contains(&wanted), "{wanted} in {text}");
        }
        assert!(!metrics.prometheus().contains("K7Q29F3M"));
    }
}

#[tokio::test]
async fn a_report_that_is_none_or_too_much_is_refused() {
    for stage in stages("bad reports", "anyone").await {
        let nobody = stage.site.anonymous();
        let tell =
            async |path: &str, report: Value| nobody.json(Method::POST, path, &report).await.status;
        for bad in [
            json!({}),
            json!([]),
            report(1, &json!({"sid": "no"})),
            report(1, &json!({"bsda": -1})),
            report(1, &json!({"ec": ["DROP TABLE"]})),
        ] {
            assert_eq!(tell(REPORTS, bad).await, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let long = report(1, &json!({"more": "x".repeat(limits::REPORT_BYTES_MAX)}));
        assert!(tell(REPORTS, long).await.is_client_error());
        let nowhere = REPORTS.replace("/a/", "/zz/");
        let lost = tell(&nowhere, report(1, &json!({}))).await;
        assert_eq!(lost, StatusCode::NOT_FOUND);
        let mut refused = false;
        for number in 1..=limits::REPORTS_BURST + 2 {
            let status = tell(REPORTS, report(number, &json!({}))).await;
            refused |= status == StatusCode::TOO_MANY_REQUESTS;
        }
        assert!(refused, "one session may not report as fast as it likes");
        let metrics = platform::Metrics::new();
        stage.live.metrics().register(&metrics);
        let text = metrics.openmetrics();
        assert!(
            text.contains("matsuri_viewer_reports_total{result=\"invalid\"} 5"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn who_may_not_watch_may_not_report_either() {
    for stage in stages("no reports", "signed_in").await {
        let nobody = stage.site.anonymous();
        let sent = nobody
            .json(Method::POST, REPORTS, &report(1, &json!({})))
            .await;
        assert_eq!(sent.status, StatusCode::UNAUTHORIZED);
        assert_eq!(nobody.get(HEALTH).await.status, StatusCode::UNAUTHORIZED);
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let sent = aiko
            .json(Method::POST, REPORTS, &report(1, &json!({})))
            .await;
        assert_eq!(sent.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn a_session_of_long_ago_is_forgotten() {
    for stage in stages("retention", "anyone").await {
        let nobody = stage.site.anonymous();
        let first = nobody
            .json(Method::POST, REPORTS, &report(1, &json!({})))
            .await;
        assert_eq!(first.status, StatusCode::NO_CONTENT);
        let path = "/ours/desk/viewers?code=K7Q29F3M";
        assert!(desk_sees(&stage, path).await);
        stage.site.clock.advance(Duration::from_hours(29 * 24));
        let now = || stage.site.clock.now();
        stage.live.forget_sessions(now()).await.unwrap();
        assert!(desk_sees(&stage, path).await);
        stage.site.clock.advance(Duration::from_hours(2 * 24));
        stage.live.forget_sessions(now()).await.unwrap();
        assert!(!desk_sees(&stage, path).await);
    }
}

async fn desk_sees(stage: &Stage, path: &str) -> bool {
    desk(stage)
        .await
        .get(path)
        .await
        .body
        .contains("data-session")
}

#[tokio::test]
async fn a_page_that_looks_for_the_cause_is_told_how_the_track_is() {
    for stage in stages("health", "anyone").await {
        let nobody = stage.site.anonymous();
        let health = nobody.get(HEALTH).await.json();
        assert_eq!(
            (&health["state"], &health["media_age_ms"]),
            (&json!("preparing"), &json!(null))
        );
        let channel = ChannelName::parse("ours/a").unwrap();
        let input = stage
            .channels
            .admit(&channel, Seat::Primary, testing::source())
            .unwrap();
        testing::Encoder::default().send(&input, 6).unwrap();
        for (sid, state) in [("AAAAAAAA", "p"), ("BBBBBBBB", "r"), ("CCCCCCCC", "q")] {
            let done = state == "q";
            let report = report(1, &json!({"sid": sid, "sta": state, "done": done}));
            nobody.json(Method::POST, REPORTS, &report).await;
        }
        let health = nobody.get(HEALTH).await.json();
        assert_eq!(health["state"], "live");
        assert_eq!(
            (&health["reporting"], &health["troubled"]),
            (&json!(2), &json!(1)),
            "who has left does not count"
        );
        assert!(health["media_age_ms"].is_u64());
        stage.site.clock.advance(Duration::from_mins(2));
        assert_eq!(nobody.get(HEALTH).await.json()["reporting"], 0);
    }
}

#[tokio::test]
async fn the_object_to_measure_by_is_bounded_in_size_and_number() {
    for stage in stages("link", "anyone").await {
        let nobody = stage.site.anonymous();
        let ten = nobody.get("/api/v2/link?bytes=10").await;
        assert_eq!(ten.headers["content-length"], "10");
        assert!(
            ten.headers["cache-control"]
                .to_str()
                .unwrap()
                .contains("no-store")
        );
        for bad in ["?bytes=524289", "?bytes=-1", "?bytes=many"] {
            let answer = nobody.get(&format!("{LINK}{bad}")).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
        let mut refused = false;
        for _ in 0..limits::PROBES_PER_PEER_BURST + 5 {
            let answer = nobody.get("/api/v2/link?bytes=1").await;
            refused |= answer.status == StatusCode::TOO_MANY_REQUESTS;
        }
        assert!(refused);
    }
}
