use http::{Method, StatusCode};
use identity::{ConferenceId, Role};
use kit::Browser;
use serde_json::json;

use crate::pages::TODAY;
use crate::{Stage, stages};

async fn chair(stage: &Stage, ours: &ConferenceId) -> Browser {
    let own = std::slice::from_ref(ours);
    stage.site.sign_in("Chie", Some(Role::Chair), own).await
}

async fn begin(browser: &Browser, persona: &str, state: &str) {
    let fields = [("persona", persona), ("state", state)];
    let begun = browser.post("/today/admin/preview", &fields).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    assert_eq!(begun.location(), "/today");
}

#[tokio::test]
async fn a_draft_is_seen_as_it_will_look_and_left_with_one_press() {
    for stage in stages("preview").await {
        let ours = stage.import(TODAY).await.conference.id;
        let chair = chair(&stage, &ours).await;
        chair
            .post("/today/admin/lifecycle", &[("to", "draft")])
            .await;
        begin(&chair, "visitor", "").await;
        let hidden = chair.get("/today").await;
        assert_eq!(
            hidden.status,
            StatusCode::NOT_FOUND,
            "as everybody else finds it"
        );
        assert!(
            hidden.body.contains("action=\"/preview/end\""),
            "and the way out: {}",
            hidden.body
        );
        let out = chair
            .post("/preview/end", &[("next", "/today/admin")])
            .await;
        assert_eq!(out.location(), "/today/admin");
        assert_eq!(chair.get("/today/admin").await.status, StatusCode::OK);

        begin(&chair, "visitor", "announced").await;
        for path in [
            "/today",
            "/today/timetable",
            "/today/talks/on-now",
            "/today/schedule.json",
        ] {
            assert_eq!(chair.get(path).await.status, StatusCode::OK, "{path}");
        }
        let page = chair.get("/today").await.body;
        assert!(
            page.contains("preview-bar") && page.contains("/sign-in?next="),
            "{page}"
        );
        assert!(
            !page.contains("/today/admin") && !page.contains("/today/live"),
            "{page}"
        );
        assert_eq!(
            stage.site.anonymous().get("/today").await.status,
            StatusCode::NOT_FOUND
        );
        chair
            .post("/preview/end", &[("next", "//evil.example")])
            .await;

        begin(&chair, "attendee", "live").await;
        let page = chair.get("/today").await.body;
        assert!(
            page.contains("Chie") && page.contains("/today/live"),
            "{page}"
        );
        assert!(!page.contains("/today/admin"), "{page}");
        chair.post("/preview/end", &[]).await;
        assert!(chair.get("/today").await.body.contains("/today/admin"));
    }
}

#[tokio::test]
async fn a_closed_conference_is_looked_at_although_nothing_in_it_changes() {
    for stage in stages("preview_closed").await {
        let ours = stage.import(TODAY).await.conference.id;
        let chair = chair(&stage, &ours).await;
        for to in ["archive", "closed"] {
            chair.post("/today/admin/lifecycle", &[("to", to)]).await;
        }
        let sealed = [("accent", "#00513b"), ("version", "0")];
        for path in ["/today/admin/theme", "/today/admin/theme?x=/admin/preview"] {
            let refused = chair.post(path, &sealed).await;
            assert_eq!(refused.status, StatusCode::CONFLICT, "{path}");
        }
        begin(&chair, "visitor", "").await;
        let seen = chair.get("/today").await;
        assert!(
            seen.body.contains("action=\"/preview/end\""),
            "{}",
            seen.body
        );
    }
}

#[tokio::test]
async fn nothing_is_changed_and_no_right_is_used_meanwhile() {
    for stage in stages("preview_quiet").await {
        let ours = stage.import(TODAY).await.conference.id;
        for who in [chair(&stage, &ours).await, stage.site.owner().await] {
            for persona in ["visitor", "attendee"] {
                begin(&who, persona, "announced").await;
                let before = stage.programme("today").await.conference.clone();
                for path in [
                    "/today/admin/lifecycle",
                    "/today/admin/settings",
                    "/today/admin/theme/logo",
                    "/today/admin/preview",
                    "/new",
                    "/account",
                    "/sign-out",
                ] {
                    let refused = who.post(path, &[("to", "draft"), ("title", "X")]).await;
                    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path} as {persona}");
                }
                for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                    let path = "/api/v2/conferences/today/theme";
                    let refused = who.json(method.clone(), path, &json!({})).await;
                    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{method}");
                }
                for path in ["/today/admin", "/today/admin/talks", "/new"] {
                    let answer = who.get(path).await;
                    let refused = answer.status == StatusCode::FORBIDDEN
                        || answer.location().starts_with("/sign-in");
                    assert!(refused, "{path} as {persona}: {}", answer.status);
                }
                assert_eq!(stage.programme("today").await.conference, before);
                who.post("/preview/end", &[]).await;
            }
        }
    }
}

#[tokio::test]
async fn a_forged_cookie_opens_nothing() {
    for stage in stages("preview_forged").await {
        let ours = stage.import(TODAY).await.conference.id;
        let chair = chair(&stage, &ours).await;
        chair
            .post("/today/admin/lifecycle", &[("to", "draft")])
            .await;
        let theirs = ConferenceId::fresh();
        let others = std::slice::from_ref(&theirs);
        let mut all = vec![stage.site.anonymous()];
        all.push(stage.site.sign_in("Stranger", None, &[]).await);
        all.push(stage.site.sign_in("Next", Some(Role::Chair), others).await);
        for browser in all {
            for persona in ["visitor", "attendee", "chair"] {
                browser.keep("preview", &format!("{ours}.{persona}.live"));
                for path in ["/today", "/today/admin", "/api/v2/conferences/today"] {
                    let answer = browser.get(path).await;
                    let closed = answer.status == StatusCode::NOT_FOUND;
                    assert!(closed, "{path} as {persona}: {}", answer.status);
                }
            }
        }
    }
}
