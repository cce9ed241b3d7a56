use std::time::Duration;

use http::{Method, StatusCode};
use identity::{ConferenceId, Role};
use kit::Browser;
use platform::jobs::Worker;
use program::Lifecycle;
use serde_json::{Value, json};

use crate::pages::TODAY;
use crate::schedule::fixture;
use crate::{Stage, stages};

async fn chair(stage: &Stage, ours: &ConferenceId) -> Browser {
    let own = std::slice::from_ref(ours);
    stage.site.sign_in("Chie", Some(Role::Chair), own).await
}

#[tokio::test]
async fn two_days_and_seven_tracks_are_made_in_japanese_without_a_file() {
    for stage in stages("from nothing").await {
        let owner = stage.site.owner().await.with("accept-language", "ja");
        let form = owner.get("/new").await.body;
        assert!(
            form.contains("name=\"tracks\"") && form.contains("Asia/Tokyo"),
            "{form}"
        );
        let fields = [
            ("title", "クラウドネイティブな祭り"),
            ("slug", "cnm2026"),
            ("first_day", "2026-11-21"),
            ("days", "2"),
            ("zone", "Asia/Tokyo"),
            (
                "tracks",
                "トラックA\nトラックB\nトラックC\nトラックD\nトラックE\nトラックF\nトラックG",
            ),
            ("lifecycle", "draft"),
        ];
        let made = owner.post("/new", &fields).await;
        assert_eq!(
            (made.status, made.location()),
            (StatusCode::SEE_OTHER, "/cnm2026/admin")
        );
        let programme = stage.programme("cnm2026").await;
        assert_eq!(programme.conference.lifecycle, Lifecycle::Draft);
        assert_eq!((programme.days.len(), programme.tracks.len()), (2, 7));
        let slugs: Vec<_> = programme
            .tracks
            .iter()
            .map(|track| track.slug.as_str())
            .collect();
        assert_eq!(slugs, ["a", "b", "c", "d", "e", "f", "g"]);
        assert_eq!(
            programme
                .term_name(program::Part::Types, "keynote", web::Locale::Ja)
                .as_deref(),
            Some("基調講演")
        );
        let page = owner.get("/cnm2026/admin").await.body;
        assert!(
            page.contains("準備の状況") && page.contains("下書き"),
            "{page}"
        );
        assert!(!page.contains(">program-"), "{page}");
        assert_eq!(
            stage.site.anonymous().get("/cnm2026").await.status,
            StatusCode::NOT_FOUND
        );
        for part in [
            "lifecycle",
            "settings",
            "days",
            "rooms",
            "tracks",
            "categories",
            "types",
            "levels",
            "durations",
            "languages",
            "pages",
            "import",
            "copy",
            "delete",
        ] {
            let page = owner.get(&format!("/cnm2026/admin/{part}")).await;
            assert_eq!(page.status, StatusCode::OK, "{part}: {}", page.body);
            assert!(!page.body.contains(">program-"), "{part}: {}", page.body);
        }
    }
}

#[tokio::test]
async fn programs_make_a_conference_once() {
    for stage in stages("made by program").await {
        let owner = stage.site.owner().await;
        let body = json!({"title": "Once", "slug": "once", "first_day": "2026-12-01", "days": 1,
            "zone": "Asia/Tokyo", "tracks": ["Main"]});
        let made = owner.json(Method::POST, "/api/v2/conferences", &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert_eq!(made.json()["lifecycle"], "draft");
        let again = owner.json(Method::POST, "/api/v2/conferences", &body).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        let other = stage.site.sign_in("Other", None, &[]).await;
        let refused = other.json(Method::POST, "/api/v2/conferences", &body).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_copy_takes_along_what_was_chosen_at_other_dates() {
    for stage in stages("copies").await {
        let ours = stage.import(TODAY).await.conference.id;
        let chair = chair(&stage, &ours).await;
        let page = json!({"titles": {"en": "Code of conduct"}, "bodies": {"en": "Be kind."}, "visible": true, "in_menu": true});
        let made = chair
            .json(Method::POST, "/api/v2/conferences/today/pages", &page)
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let form = chair.get("/today/admin/copy").await.body;
        assert!(form.contains("value=\"2027-11-21\""), "{form}");
        for (fields, field) in [
            (
                vec![
                    ("title", "Next"),
                    ("slug", "today"),
                    ("first_day", "2027-11-20"),
                ],
                "slug",
            ),
            (
                vec![
                    ("title", "Next"),
                    ("slug", "api"),
                    ("first_day", "2027-11-20"),
                ],
                "slug",
            ),
            (
                vec![("title", ""), ("slug", "next"), ("first_day", "2027-11-20")],
                "title",
            ),
            (
                vec![("title", "Next"), ("slug", "next"), ("first_day", "soon")],
                "first_day",
            ),
        ] {
            let refused = chair.post("/today/admin/copy", &fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(
                refused.body.contains(&format!("id=\"{field}-error\"")),
                "{}",
                refused.body
            );
        }
        let all = ["days", "places", "words", "settings", "pages", "talks"];
        let mut fields = vec![
            ("title", "Next year"),
            ("slug", "next"),
            ("first_day", "2027-11-20"),
        ];
        fields.extend(all.map(|take| ("take", take)));
        let made = chair.post("/today/admin/copy", &fields).await;
        assert_eq!(
            (made.status, made.location()),
            (StatusCode::SEE_OTHER, "/next/admin")
        );
        let (was, is) = (
            stage.programme("today").await,
            stage.programme("next").await,
        );
        assert_eq!(is.conference.lifecycle, Lifecycle::Draft);
        assert_ne!(is.conference.number, was.conference.number);
        assert_eq!(is.days[0].date, "2027-11-20");
        assert_eq!(is.days[1].date, "2027-11-21");
        assert_eq!(is.talks.len(), was.talks.len());
        let talk = is.talk_named("on-now").expect("it came along");
        assert_eq!(talk.starts_at.to_string(), "2027-11-20T00:30:00Z");
        assert_eq!(is.track(talk.track.as_ref().unwrap()).unwrap().slug, "a");
        assert!(is.speakers.is_empty(), "nothing of people");
        assert!(was.talks.iter().all(|old| is.talks.iter().all(|new| {
            (old.id != new.id) && (old.number != new.number) && (old.guid != new.guid)
        })));
        assert!(
            chair
                .get("/next")
                .await
                .body
                .contains("/next/pages/code-of-conduct")
        );
        assert_eq!(
            chair.get("/next/pages/code-of-conduct").await.status,
            StatusCode::OK
        );
        // Whoever made it leads it, and nobody else.
        assert_eq!(chair.get("/next/admin/delete").await.status, StatusCode::OK);
        let own = std::slice::from_ref(&ours);
        let contents = stage.site.sign_in("Chika", Some(Role::Contents), own).await;
        assert_eq!(
            contents.get("/next/admin").await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            contents.get("/today/admin/copy").await.status,
            StatusCode::FORBIDDEN
        );
        // The model is as it was.
        assert_eq!(
            was.conference.version,
            stage.programme("today").await.conference.version
        );

        let body = json!({"title": "Bare", "slug": "bare", "first_day": "2028-01-01", "take": ["days", "talks", "speakers"]});
        let made = chair
            .json(Method::POST, "/api/v2/conferences/today/copy", &body)
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let bare = stage.programme("bare").await;
        assert!(bare.tracks.is_empty() && bare.rooms.is_empty());
        assert_eq!(bare.speakers.len(), 1, "they were asked for");
    }
}

#[tokio::test]
async fn a_deleted_conference_is_restored_or_removed_from_everything() {
    for stage in stages("deletion").await {
        let ours = stage.import(TODAY).await.conference.id;
        stage.import(&fixture("full.xml")).await;
        let chair = chair(&stage, &ours).await;
        let worker = Worker::new(stage.site.app.db.clone(), stage.site.app.clock.clone());
        let worker = program::jobs::on(worker, &stage.site.app, &stage.programmes);
        let refused = chair
            .post("/today/admin/delete", &[("typed", "yesterday")])
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = chair
            .post("/today/admin/delete", &[("typed", "today")])
            .await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let anonymous = stage.site.anonymous();
        assert_eq!(anonymous.get("/today").await.status, StatusCode::NOT_FOUND);
        assert!(
            chair
                .get("/today/admin/delete")
                .await
                .body
                .contains("Restore")
        );
        let refused = chair.post("/today/admin/rooms", &[("name", "New")]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        let refused = chair
            .post("/today/admin/lifecycle", &[("to", "live")])
            .await;
        assert_eq!(refused.status, StatusCode::CONFLICT);

        let done = chair.post("/today/admin/delete/restore", &[]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        assert_eq!(anonymous.get("/today").await.status, StatusCode::OK);
        // The job of the first deletion is nothing to a conference that was restored.
        stage.site.clock.advance(Duration::from_hours(24 * 31));
        worker.run_due().await.expect("the store answers");
        assert_eq!(anonymous.get("/today").await.status, StatusCode::OK);

        let chair = self::chair(&stage, &ours).await;
        let path = "/api/v2/conferences/today?typed=today";
        let done = chair.send(Method::DELETE, path, None, Vec::new()).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
        stage.site.clock.advance(Duration::from_hours(24 * 29));
        worker.run_due().await.expect("the store answers");
        let chair = self::chair(&stage, &ours).await;
        assert_eq!(
            chair.get("/today").await.status,
            StatusCode::OK,
            "thirty days of grace"
        );
        stage.site.clock.advance(Duration::from_hours(24));
        let mut news = stage.site.app.bus.subscribe(program::actions::REMOVED);
        worker.run_due().await.expect("the store answers");
        assert_eq!(
            news.recv().await.unwrap().payload.as_str(),
            Some(ours.as_str())
        );
        let chair = self::chair(&stage, &ours).await;
        assert_eq!(chair.get("/today").await.status, StatusCode::NOT_FOUND);
        assert_eq!(anonymous.get("/mori-2032").await.status, StatusCode::OK);
        // Its name is free again; its numbers are not.
        let again = stage.import(TODAY).await;
        assert!(
            again.created && again.conference.number > 2,
            "{:?}",
            again.conference
        );
    }
}

#[tokio::test]
async fn pages_are_written_shown_in_order_and_safe() {
    for stage in stages("text pages").await {
        let ours = stage.import(TODAY).await.conference.id;
        let theirs = stage.import(&fixture("full.xml")).await.conference.id;
        let team = stage
            .site
            .sign_in("Chika", Some(Role::Contents), std::slice::from_ref(&ours))
            .await;
        let begun = team
            .get("/today/admin/pages?usual=code-of-conduct")
            .await
            .body;
        assert!(
            begun.contains("行動規範") && begun.contains("value=\"code-of-conduct\""),
            "{begun}"
        );
        let fields = [
            ("title_ja", "行動規範"),
            ("title_en", "Code of <b>conduct"),
            (
                "body_en",
                "# Be kind\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) **ok**",
            ),
            ("slug", "code-of-conduct"),
            ("visible", "yes"),
            ("in_menu", "yes"),
        ];
        let mut look = fields.to_vec();
        look.push(("do", "look"));
        let preview = team.post("/today/admin/pages", &look).await;
        assert_eq!(preview.status, StatusCode::OK);
        assert!(
            preview.body.contains("<h2>Be kind</h2>"),
            "{}",
            preview.body
        );
        let made = team.post("/today/admin/pages", &fields).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        let twice = team.post("/today/admin/pages", &fields).await;
        assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
        let anonymous = stage.site.anonymous();
        let page = anonymous.get("/today/pages/code-of-conduct").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.body.contains("<strong>ok</strong>") && page.body.contains("<h2>Be kind</h2>")
        );
        let body = page.body.split("<main").nth(1).expect("a page");
        for bad in ["<script>alert", "javascript:", "<b>conduct"] {
            assert!(!body.contains(bad), "{bad} in {body}");
        }
        // A reader of Japanese gets the text that there is.
        let japanese = stage.site.anonymous().with("accept-language", "ja");
        let page = japanese.get("/today/pages/code-of-conduct").await.body;
        assert!(page.contains("<h1>行動規範</h1>") && page.contains("Be kind"));
        assert!(
            anonymous
                .get("/today")
                .await
                .body
                .contains("/today/pages/code-of-conduct")
        );

        let jobs = json!({"titles": {"en": "Jobs"}, "in_menu": true});
        let made = team
            .json(Method::POST, "/api/v2/conferences/today/pages", &jobs)
            .await;
        assert_eq!(
            (made.status, &made.json()["slug"]),
            (StatusCode::CREATED, &json!("jobs"))
        );
        let id = made.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(
            anonymous.get("/today/pages/jobs").await.status,
            StatusCode::NOT_FOUND
        );
        let path = format!("/api/v2/conferences/today/pages/{id}");
        assert_eq!(anonymous.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(team.get("/today/pages/jobs").await.status, StatusCode::OK);
        assert!(
            !anonymous
                .get("/today")
                .await
                .body
                .contains("/today/pages/jobs")
        );
        let shown =
            json!({"titles": {"en": "Jobs"}, "slug": "jobs", "in_menu": true, "visible": true});
        let tagged = stage
            .site
            .sign_in("Chika", Some(Role::Contents), std::slice::from_ref(&ours))
            .await
            .with("if-match", "\"v1\"");
        assert_eq!(
            tagged.json(Method::PUT, &path, &shown).await.status,
            StatusCode::OK
        );
        let stale = tagged.json(Method::PUT, &path, &shown).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
        let moved = team
            .post(&format!("/today/admin/pages/{id}/order"), &[("way", "up")])
            .await;
        assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.body);
        let list = anonymous
            .get("/api/v2/conferences/today/pages")
            .await
            .json();
        let slugs: Vec<&Value> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|own| &own["slug"])
            .collect();
        assert_eq!(slugs, [&json!("jobs"), &json!("code-of-conduct")]);

        let long = "x".repeat(program::limits::PAGE_CHARS_MAX + 1);
        let wrong = json!({"titles": {"en": "Long"}, "bodies": {"en": long}});
        let refused = team
            .json(Method::POST, "/api/v2/conferences/today/pages", &wrong)
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);

        // The chair of another conference finds nothing of it.
        let other = stage
            .site
            .sign_in("Other", Some(Role::Chair), std::slice::from_ref(&theirs))
            .await
            .with("if-match", "\"v2\"");
        for path in ["", "/order", "/remove"] {
            let path = format!("/mori-2032/admin/pages/{id}{path}");
            let answer = other.post(&path, &[("way", "up"), ("title_en", "X")]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
        let path = format!("/api/v2/conferences/mori-2032/pages/{id}");
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let answer = other.json(method.clone(), &path, &shown).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method}");
        }
        let gone = team
            .post(&format!("/today/admin/pages/{id}/remove"), &[])
            .await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER);
        assert_eq!(
            anonymous.get("/today/pages/jobs").await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn colours_that_can_be_read_become_a_stylesheet() {
    for stage in stages("colours").await {
        let ours = stage.import(TODAY).await.conference.id;
        let own = std::slice::from_ref(&ours);
        let team = stage.site.sign_in("Chika", Some(Role::Contents), own).await;
        let anonymous = stage.site.anonymous();
        assert!(!anonymous.get("/today").await.body.contains("/today/theme/"));
        let refused = team
            .post(
                "/today/admin/theme",
                &[("accent", "#ffd479"), ("version", "0")],
            )
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("at least 4.5"), "{}", refused.body);
        let looked = team
            .post(
                "/today/admin/theme",
                &[("accent", "#00513b"), ("version", "0"), ("do", "look")],
            )
            .await;
        assert!(looked.body.contains("fill=\"#00513b\""), "{}", looked.body);
        let fields = [("accent", "#00513B"), ("hero", "#3b0764"), ("version", "0")];
        let done = team.post("/today/admin/theme", &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let stale = team
            .post(
                "/today/admin/theme",
                &[("accent", "#000000"), ("version", "0")],
            )
            .await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        let top = anonymous.get("/today").await.body;
        let path = top
            .split('"')
            .find(|part| part.starts_with("/today/theme/"))
            .expect("a stylesheet");
        let css = anonymous.get(path).await;
        assert_eq!(css.headers["content-type"], "text/css; charset=utf-8");
        assert!(
            css.headers["cache-control"]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
        assert!(
            css.body.contains("--ai:light-dark(#00513b,"),
            "{}",
            css.body
        );

        let chair = stage.site.sign_in("Chie", Some(Role::Chair), own).await;
        let enter = async |to| chair.post("/today/admin/lifecycle", &[("to", to)]).await;
        enter("draft").await;
        assert_eq!(anonymous.get(path).await.status, StatusCode::NOT_FOUND);
        let kept = team.get(path).await;
        assert_eq!(kept.headers["cache-control"], "private, no-cache");
        enter("announced").await;

        let api = "/api/v2/conferences/today/theme";
        let tag = anonymous.get(api).await.headers["etag"]
            .to_str()
            .unwrap()
            .to_owned();
        let tagged = stage
            .site
            .sign_in("Chika", Some(Role::Contents), own)
            .await
            .with("if-match", &tag);
        let bad = tagged
            .json(Method::PUT, api, &json!({"now": "red;}body{display:none"}))
            .await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        let plain = tagged.json(Method::PUT, api, &json!({})).await;
        assert_eq!(plain.status, StatusCode::OK, "{}", plain.body);
        assert_eq!(
            anonymous.get(path).await.status,
            StatusCode::NOT_FOUND,
            "another content"
        );
        assert!(!anonymous.get("/today").await.body.contains("/today/theme/"));
    }
}
