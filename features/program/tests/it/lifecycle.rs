use std::time::Duration;

use http::{Method, StatusCode};
use identity::{ConferenceId, Role};
use kit::Browser;
use platform::jobs::Worker;
use program::Lifecycle;
use serde_json::json;

use crate::pages::TODAY;
use crate::schedule::fixture;
use crate::{Stage, stages};

async fn chair(stage: &Stage, ours: &ConferenceId) -> Browser {
    let own = std::slice::from_ref(ours);
    stage.site.sign_in("Chie", Some(Role::Chair), own).await
}

async fn enter(chair: &Browser, conf: &str, to: &str) {
    let done = chair
        .post(&format!("/{conf}/admin/lifecycle"), &[("to", to)])
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{to}: {}", done.body);
}

fn worker(stage: &Stage) -> Worker {
    let app = &stage.site.app;
    let worker = Worker::new(app.db.clone(), app.clock.clone());
    program::jobs::on(worker, app, &stage.programmes)
}

#[tokio::test]
async fn a_draft_is_there_for_its_team_alone() {
    for stage in stages("draft").await {
        let ours = stage.import(TODAY).await.conference.id;
        let chair = chair(&stage, &ours).await;
        let stranger = stage.site.sign_in("Stranger", None, &[]).await;
        let anonymous = stage.site.anonymous();
        enter(&chair, "today", "draft").await;
        for path in [
            "/today",
            "/today/timetable",
            "/today/talks/on-now",
            "/today/speakers",
            "/today/schedule.xml",
            "/today/schedule.json",
            "/today/calendar.ics",
            "/today/admin",
            "/api/v2/conferences/today",
            "/api/v2/conferences/today/timetable",
            "/api/v2/conferences/today/lifecycle",
        ] {
            for outsider in [&anonymous, &stranger] {
                let answer = outsider.get(path).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            }
            assert_eq!(chair.get(path).await.status, StatusCode::OK, "{path}");
        }
        let list = async |browser: &Browser| {
            let answer = browser.get("/api/v2/conferences").await;
            answer.json().as_array().map(Vec::len)
        };
        assert_eq!(list(&anonymous).await, Some(0));
        assert_eq!(list(&stranger).await, Some(0));
        assert_eq!(list(&chair).await, Some(1));
        assert!(!anonymous.get("/").await.body.contains("/today"));
        assert!(chair.get("/").await.body.contains("Draft"));

        enter(&chair, "today", "announced").await;
        assert_eq!(anonymous.get("/today").await.status, StatusCode::OK);
        assert!(anonymous.get("/").await.body.contains("/today"));
        assert!(!anonymous.get("/today").await.body.contains("/today/live"));
        enter(&chair, "today", "live").await;
        assert!(anonymous.get("/today").await.body.contains("/today/live"));
    }
}

#[tokio::test]
async fn a_closed_conference_can_be_read_and_not_changed() {
    for stage in stages("closed").await {
        let ours = stage.import(TODAY).await.conference.id;
        let own = std::slice::from_ref(&ours);
        let chair = chair(&stage, &ours).await;
        let contents = stage.site.sign_in("Chika", Some(Role::Contents), own).await;
        enter(&chair, "today", "closed").await;
        let anonymous = stage.site.anonymous();
        assert_eq!(
            anonymous.get("/today/timetable").await.status,
            StatusCode::OK
        );
        assert!(!anonymous.get("/").await.body.contains("/today"));
        for browser in [&contents, &chair] {
            let refused = browser.post("/today/admin/rooms", &[("name", "New")]).await;
            assert_eq!(refused.status, StatusCode::CONFLICT);
            let refused = browser
                .json(
                    Method::POST,
                    "/api/v2/conferences/today/structure/rooms",
                    &json!({"name": "New"}),
                )
                .await;
            assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
            assert_eq!(refused.json()["code"], "identity-conference-sealed");
        }
        // Past the guard as well: the command line imports with the same use case.
        let reading = program::schedule::read(
            TODAY.replace("Tomorrow", "Another").as_bytes(),
            &program::schedule::Assume::default(),
        )
        .expect("well-formed");
        let onto = program::actions::Onto::Acronym;
        let refused = program::actions::import(&stage.writer(), reading, onto, None).await;
        assert!(
            matches!(refused, Err(kernel::Error::Conflict(_))),
            "{refused:?}"
        );

        let refused = chair
            .post("/today/admin/lifecycle", &[("to", "live")])
            .await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        enter(&chair, "today", "archive").await;
        let done = contents
            .post("/today/admin/rooms", &[("name", "New")])
            .await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    }
}

#[tokio::test]
async fn a_planned_change_happens_at_its_second_once_and_in_order() {
    for stage in stages("switches").await {
        let ours = stage.import(TODAY).await.conference.id;
        let chair = chair(&stage, &ours).await;
        enter(&chair, "today", "draft").await;
        // The clock stands at ten in the morning in Tokyo.
        let plan = |to: &'static str, at: &'static str| {
            let chair = &chair;
            async move {
                let fields = [("to", to), ("at", at)];
                chair.post("/today/admin/lifecycle/switches", &fields).await
            }
        };
        for (at, word) in [
            ("2026-11-22T09:59", "still to come"),
            ("2032-11-22T09:59", "five years"),
            ("", "fill this in"),
            ("soon", "date and time"),
        ] {
            let refused = plan("announced", at).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{at}");
            assert!(refused.body.contains(word), "{at}: {}", refused.body);
        }
        let done = plan("announced", "2026-11-22T10:05").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        plan("registration", "2026-11-22T10:10").await;
        plan("closed", "2026-11-22T10:11").await;
        plan("live", "2026-11-22T10:12").await;
        plan("archive", "2026-11-22T11:00").await;
        let page = chair.get("/today/admin/lifecycle").await.body;
        assert!(page.contains("2026-11-22T01:05:00Z") && page.contains("Chie"));

        let worker = worker(&stage);
        stage.site.clock.advance(Duration::from_millis(299_999));
        worker.run_due().await.expect("the store answers");
        let state = async || stage.programme("today").await.conference.lifecycle;
        assert_eq!(state().await, Lifecycle::Draft, "never early");
        stage.site.clock.advance(Duration::from_millis(1));
        worker.run_due().await.expect("the store answers");
        assert_eq!(state().await, Lifecycle::Announced);
        // The server was away for a while: everything that was missed happens in its order. Closed refuses live.
        stage.site.clock.advance(Duration::from_mins(20));
        worker.run_due().await.expect("the store answers");
        assert_eq!(state().await, Lifecycle::Closed);
        let version = stage.programme("today").await.conference.version;
        program::actions::enter_due(&stage.writer(), &ours)
            .await
            .expect("twice is once");
        assert_eq!(stage.programme("today").await.conference.version, version);

        let known = chair
            .get("/api/v2/conferences/today/lifecycle")
            .await
            .json();
        let outcomes: Vec<_> = known["switches"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|own| {
                (
                    own["state"].as_str().unwrap(),
                    own["outcome"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            outcomes,
            [
                ("archive", "pending"),
                ("live", "refused"),
                ("closed", "done"),
                ("registration", "done"),
                ("announced", "done")
            ]
        );
        let id = known["switches"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/today/admin/lifecycle/switches/{id}/cancel");
        assert_eq!(chair.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(chair.post(&path, &[]).await.status, StatusCode::CONFLICT);
        stage.site.clock.advance(Duration::from_hours(2));
        worker.run_due().await.expect("the store answers");
        assert_eq!(state().await, Lifecycle::Closed, "it was cancelled");
    }
}

#[tokio::test]
async fn no_more_changes_wait_than_are_allowed() {
    for stage in stages("many switches").await {
        let ours = stage.import(TODAY).await.conference.id;
        let chair = chair(&stage, &ours).await;
        let at = |n: i64| format!("2026-12-01T00:{n:02}:00Z");
        let path = "/api/v2/conferences/today/switches";
        for number in 0..program::limits::SWITCHES_MAX {
            let body = json!({"state": "archive", "at": at(number)});
            let made = chair.json(Method::POST, path, &body).await;
            assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
            let again = chair.json(Method::POST, path, &body).await;
            assert_eq!(again.json()["id"], made.json()["id"], "twice is once");
        }
        let body = json!({"state": "archive", "at": at(59)});
        let refused = chair.json(Method::POST, path, &body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn the_state_is_changed_by_the_chair_alone_and_over_what_was_read() {
    for stage in stages("state").await {
        let ours = stage.import(TODAY).await.conference.id;
        let theirs = stage.import(&fixture("full.xml")).await.conference.id;
        let own = std::slice::from_ref(&ours);
        let chair = chair(&stage, &ours).await;
        let contents = stage.site.sign_in("Chika", Some(Role::Contents), own).await;
        let refused = contents
            .post("/today/admin/lifecycle", &[("to", "draft")])
            .await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let path = "/api/v2/conferences/today/lifecycle";
        let read = chair.get(path).await;
        let tag = read.headers["etag"].to_str().unwrap().to_owned();
        assert_eq!(read.json()["effects"]["live"], true);
        let body = json!({"state": "archive"});
        let blind = chair.json(Method::PUT, path, &body).await;
        assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED);
        let chair = chair.with("if-match", &tag);
        let done = chair.json(Method::PUT, path, &body).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        let body = json!({"state": "live"});
        let stale = chair.json(Method::PUT, path, &body).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
        let refused = chair
            .json(
                Method::PUT,
                "/api/v2/conferences/mori-2032/lifecycle",
                &body,
            )
            .await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);

        // What is planned next door is not found here.
        let theirs = std::slice::from_ref(&theirs);
        let other = stage.site.sign_in("Other", Some(Role::Chair), theirs).await;
        let planned = json!({"state": "archive", "at": "2026-12-01T00:00:00Z"});
        let made = other
            .json(
                Method::POST,
                "/api/v2/conferences/mori-2032/switches",
                &planned,
            )
            .await;
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/today/admin/lifecycle/switches/{id}/cancel");
        assert_eq!(chair.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
        let path = format!("/api/v2/conferences/today/switches/{id}");
        let refused = chair.send(Method::DELETE, &path, None, Vec::new()).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        let path = format!("/api/v2/conferences/mori-2032/switches/{id}");
        let done = other.send(Method::DELETE, &path, None, Vec::new()).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT);
    }
}
