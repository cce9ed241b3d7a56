//! The public pages say what really runs.

use http::{Method, StatusCode};
use program::Lifecycle;
use serde_json::json;

use crate::{Stage, stages};

const A: &str = "/api/v2/conferences/ours/tracks/a/on-air";
const ON: &str = "<span class=\"lantern\">On air</span>";

impl Stage {
    async fn page(&self, path: &str) -> String {
        let answer = self.site.anonymous().get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.body
    }

    /// The talks that the timetable says are on air.
    async fn said(&self) -> Vec<String> {
        let page = self.page("/ours/timetable").await;
        let cards = page.split("<article").skip(1).map(|card| {
            let card = card.split("</article>").next().unwrap_or_default();
            (card.contains(ON), card.to_owned())
        });
        let on = cards.filter(|(on, _)| *on).map(|(_, card)| {
            assert!(!card.contains(" past"), "what is on air is not over");
            let title = card.split("<a href=").nth(1).unwrap_or_default();
            let title = title.split('>').nth(1).unwrap_or_default();
            title.split('<').next().unwrap_or_default().to_owned()
        });
        on.collect()
    }

    /// What the front page says of track A.
    async fn front(&self) -> String {
        let page = self.page("/ours").await;
        let card = page.split("<li class=\"now-card").nth(1);
        card.unwrap_or_default().to_owned()
    }
}

#[tokio::test]
async fn pages_follow_the_timetable_and_whoever_overrides_it() {
    for stage in stages("pages").await {
        stage.pass(0).await;
        assert_eq!(stage.said().await, ["Opening"]);
        let first = stage.site.anonymous().get("/ours/timetable").await;
        let tag = first.headers["etag"].to_str().unwrap().to_owned();

        let ken = stage.crew().await;
        let late = stage.talk("ours", "Late").await;
        ken.json(Method::POST, A, &json!({"mode": "manual", "talk": late}))
            .await;
        assert_eq!(stage.said().await, ["Late"]);
        let again = stage.site.anonymous().with("if-none-match", &tag);
        let again = again.get("/ours/timetable").await;
        assert_eq!(again.status, StatusCode::OK, "another page than before");
        assert!(stage.front().await.contains(">Late</a>"));
        let waiting = stage.page("/ours/talks/opening").await;
        assert!(waiting.contains("may begin later than planned"));
        assert!(waiting.contains("On Track A just now:") && waiting.contains("/ours/talks/late"));
        let early = stage.page("/ours/talks/late").await;
        assert!(early.contains(ON) && early.contains("/ours/live/a\""));

        ken.json(Method::POST, A, &json!({"mode": "manual", "talk": null}))
            .await;
        assert_eq!(stage.said().await, [""; 0]);
        let waiting = stage.page("/ours/talks/opening").await;
        assert!(waiting.contains("may begin later") && !waiting.contains("just now:"));

        ken.json(Method::POST, A, &json!({"mode": "auto"})).await;
        assert_eq!(stage.said().await, ["Opening"]);
        ken.json(Method::POST, A, &json!({"mode": "hold"})).await;
        stage.pass(31).await;
        assert_eq!(stage.said().await, ["Opening"], "it runs over");
        assert!(stage.front().await.contains(">Opening</a>"));
        let second = stage.page("/ours/talks/second").await;
        assert!(second.contains("may begin later") && second.contains("/ours/talks/opening"));
        assert!(stage.page("/ours/talks/opening").await.contains(ON));
        ken.json(Method::POST, A, &json!({"mode": "auto"})).await;
        assert_eq!(stage.said().await, ["Second"]);
    }
}

#[tokio::test]
async fn what_was_put_on_air_elsewhere_or_before_is_known_after_a_look() {
    for stage in stages("elsewhere").await {
        stage.pass(0).await;
        let late = stage.talk("ours", "Late").await;
        let track = stage.track("ours", "a").await;
        let mut tx = stage.site.app.db.begin().await.unwrap();
        tx.exec(
            db::sql!("UPDATE onair SET mode = 'manual', talk = $2, version = version + 1 WHERE track = $1"),
            db::params![track, late],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(stage.said().await, ["Opening"]);
        stage.pass(0).await;
        assert_eq!(stage.said().await, ["Late"]);
    }
}

#[tokio::test]
async fn nothing_is_on_air_for_the_public_but_in_a_live_conference() {
    for stage in stages("closed").await {
        let ken = stage.crew().await;
        let late = stage.talk("ours", "Late").await;
        ken.json(Method::POST, A, &json!({"mode": "manual", "talk": late}))
            .await;
        assert_eq!(stage.said().await, ["Late"]);
        stage.enter(Lifecycle::Archive).await;
        assert_eq!(stage.said().await, ["Opening"], "as the timetable has it");
    }
}
