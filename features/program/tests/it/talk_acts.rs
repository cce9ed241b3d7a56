//! Talks and speakers by hand: the bin, imports over what was edited, people, the palette.

use std::time::Duration;

use http::StatusCode;

use crate::pages::TODAY;
use crate::stages;
use crate::talks::{add, added, contents, option, send, send_from, unescape};

#[tokio::test]
async fn talks_are_called_off_hidden_and_binned_and_all_of_it_can_be_undone() {
    for stage in stages("bin").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let anonymous = stage.site.anonymous();
        let form = added(&browser, "Fleeting", &[("speaker.name", "Only Here")]).await;
        let id = form.rsplit('/').next().unwrap().to_owned();
        let act = "/today/admin/talks/act";
        let public = "/today/talks/fleeting";
        let cancelled = browser.post(act, &[("id", &id), ("do", "cancelled")]).await;
        assert_eq!(cancelled.status, StatusCode::SEE_OTHER);
        let page = anonymous.get(public).await;
        assert!(
            page.body.contains("Cancelled"),
            "it stays visible as cancelled"
        );
        assert!(
            anonymous
                .get("/today/calendar.ics")
                .await
                .body
                .contains("STATUS:CANCELLED")
        );
        // Its place is free.
        let other = added(&browser, "Instead", &[]).await;
        let back = browser.post(act, &[("id", &id), ("do", "planned")]).await;
        assert_eq!(back.status, StatusCode::CONFLICT, "{}", back.body);
        let other = other.rsplit('/').next().unwrap().to_owned();
        let binned = browser.post(act, &[("id", &other), ("do", "bin")]).await;
        let said = browser.get(binned.location()).await.body;
        assert!(said.contains("One entry is in the bin."), "{said}");
        let (_, undo) = said
            .split_once("action=\"/today/admin/talks/act?")
            .expect("it can be undone");
        let undo = format!(
            "/today/admin/talks/act?{}",
            unescape(undo.split_once('"').unwrap().0)
        );
        assert_eq!(
            anonymous.get("/today/talks/instead").await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(browser.post(&undo, &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(
            anonymous.get("/today/talks/instead").await.status,
            StatusCode::OK
        );

        // Thirty days later it is gone; what came back is not.
        for (id, times) in [(&other, 2), (&id, 1)] {
            for _ in 0..times {
                browser.post(act, &[("id", id), ("do", "bin")]).await;
                if times == 2 {
                    browser.post(act, &[("id", id), ("do", "restore")]).await;
                }
            }
        }
        let list = browser.get("/today/admin/talks?state=bin").await.body;
        assert!(
            list.contains("Fleeting") && !list.contains("Instead"),
            "{list}"
        );
        let form_in_bin = browser.get(&form).await.body;
        assert!(form_in_bin.contains("This is in the bin."), "{form_in_bin}");
        stage.site.clock.advance(Duration::from_hours(31 * 24));
        let worker =
            platform::jobs::Worker::new(stage.site.app.db.clone(), stage.site.clock.clone());
        program::jobs::on(worker, &stage.site.app, &stage.programmes)
            .run_due()
            .await
            .unwrap();
        let browser = contents(&stage).await;
        assert!(
            !browser
                .get("/today/admin/talks?state=bin")
                .await
                .body
                .contains("Fleeting")
        );
        assert_eq!(browser.get(&form).await.status, StatusCode::NOT_FOUND);
        assert!(
            browser
                .get("/today/admin/talks")
                .await
                .body
                .contains("Instead")
        );
        let nothing = browser.post(act, &[("do", "bin")]).await;
        assert_eq!(nothing.status, StatusCode::SEE_OTHER);
        let ids: Vec<String> = (0..501).map(|_| id.clone()).collect();
        let mut many: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
        many.push(("do", "bin"));
        assert_eq!(
            browser.post(act, &many).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
}

#[tokio::test]
async fn an_import_leaves_alone_what_was_edited_by_hand_until_it_is_released() {
    for stage in stages("hand").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let mine = added(&browser, "Only here", &[("starts", "17:00")]).await;
        let programme = stage.programme("today").await;
        let talk = programme
            .talks
            .iter()
            .find(|talk| talk.title == "次の講演")
            .unwrap();
        let form = format!("/today/admin/talks/{}", talk.id);
        let page = browser.get(&form).await.body;
        let a = option(&page, "Track A");
        let day = option(&page, "Sun 22 Nov");
        let data = option(&page, "Data");
        let typed = [
            ("title", "次の講演（改）"),
            ("subtitle", ""),
            ("state", "planned"),
            ("kind", "talk"),
            ("language", "ja"),
            ("category", data.as_str()),
            ("day", day.as_str()),
            ("starts", "12:00"),
            ("minutes", "30"),
            ("track", a.as_str()),
            ("room", ""),
            ("abstract", ""),
            ("description", ""),
        ];
        let saved = send_from(&browser, &form, &page, &typed).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        let tomorrow = programme
            .talks
            .iter()
            .find(|talk| talk.title == "Tomorrow")
            .unwrap();
        browser
            .post(
                "/today/admin/talks/act",
                &[("id", tomorrow.id.as_str()), ("do", "bin")],
            )
            .await;

        let file = TODAY
            .replace("次の講演", "ファイルの講演")
            .replace(
                "10:30:00+09:00</date><duration>00:30",
                "10:40:00+09:00</date><duration>00:20",
            )
            .replace("On &lt;now&gt;", "On time");
        let done = stage.import(&file).await;
        let titles: Vec<&str> = done
            .report
            .changed
            .iter()
            .map(|talk| talk.title.as_str())
            .collect();
        assert_eq!(titles, ["On time"], "{:#?}", done.report);
        assert!(
            done.report.removed.is_empty() && done.report.added.is_empty(),
            "{:#?}",
            done.report
        );
        assert_eq!(done.report.kept.len(), 1);
        assert_eq!(
            done.report.kept[0].fields,
            ["program-field-title", "program-field-time"]
        );
        let programme = stage.programme("today").await;
        let has = |title: &str| programme.talks.iter().any(|talk| talk.title == title);
        assert!(
            has("次の講演（改）") && has("On time") && has("Only here"),
            "{mine}"
        );
        assert!(!has("Tomorrow"), "what is in the bin stays there");
        let talk = programme
            .talks
            .iter()
            .find(|talk| talk.title == "次の講演（改）")
            .unwrap();
        assert_eq!(talk.starts_at.to_string(), "2026-11-22T03:00:00Z");
        assert!(
            stage.import(&file).await.report.is_empty(),
            "the same file again is nothing new"
        );

        assert!(
            browser
                .get(&form)
                .await
                .body
                .contains("the next import leaves them alone")
        );
        browser
            .post(
                "/today/admin/talks/act",
                &[("id", talk.id.as_str()), ("do", "release")],
            )
            .await;
        let done = stage
            .import(&file.replace("<version>1</version>", "<version>2</version>"))
            .await;
        assert!(done.report.kept.is_empty(), "{:#?}", done.report);
        let programme = stage.programme("today").await;
        assert!(
            programme
                .talks
                .iter()
                .any(|talk| talk.title == "ファイルの講演")
        );
    }
}

#[tokio::test]
async fn speakers_are_edited_by_hand_and_their_talks_follow() {
    for stage in stages("people").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let made = send(
            &browser,
            "/today/admin/speakers/new",
            &[("name", "山田 愛子"), ("biography", "*hi*"), ("avatar", "")],
        )
        .await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        added(&browser, "With her", &[("speaker.name", "山田 愛子")]).await;
        let form = made.location().to_owned();
        let edited = send(
            &browser,
            &form,
            &[("name", "鈴木 愛子"), ("biography", "*hi*"), ("avatar", "")],
        )
        .await;
        assert_eq!(edited.status, StatusCode::SEE_OTHER, "{}", edited.body);
        for (q, found) in [("鈴木", true), ("山田", false), ("With", true)] {
            let list = browser
                .get(&format!("/today/admin/talks?q={}", web::failure::encode(q)))
                .await
                .body;
            assert_eq!(list.contains("With her"), found, "{q}");
        }
        assert!(
            stage
                .site
                .anonymous()
                .get("/today/timetable")
                .await
                .body
                .contains("鈴木 愛子")
        );
        let id = form.rsplit('/').next().unwrap();
        browser
            .post("/today/admin/speakers/act", &[("id", id), ("do", "bin")])
            .await;
        assert!(
            !stage
                .site
                .anonymous()
                .get("/today/timetable")
                .await
                .body
                .contains("鈴木 愛子")
        );
        let list = browser.get("/today/admin/speakers?state=bin").await.body;
        assert!(list.contains("鈴木 愛子"), "{list}");
        browser
            .post(
                "/today/admin/speakers/act",
                &[("id", id), ("do", "restore")],
            )
            .await;
        assert!(
            stage
                .site
                .anonymous()
                .get("/today/timetable")
                .await
                .body
                .contains("鈴木 愛子")
        );
        for address in [
            "?sort=-name",
            "?sort=number",
            "?sort=-number",
            "?state=alone",
            "?q=%E6%84%9B",
            "?format=csv",
        ] {
            assert_eq!(
                browser
                    .get(&format!("/today/admin/speakers{address}"))
                    .await
                    .status,
                StatusCode::OK,
                "{address}"
            );
        }
        let bad = send(
            &browser,
            &form,
            &[("name", ""), ("biography", ""), ("avatar", "javascript:x")],
        )
        .await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        browser
            .post(
                "/today/admin/speakers/act",
                &[("id", id), ("do", "release")],
            )
            .await;
        // Two of the same name have to be told apart.
        send(
            &browser,
            "/today/admin/speakers/new",
            &[("name", "鈴木 愛子"), ("biography", ""), ("avatar", "")],
        )
        .await;
        let which = add(
            &browser,
            "Which",
            &[("starts", "17:00"), ("speaker.name", "鈴木 愛子")],
        )
        .await;
        assert_eq!(which.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            which.body.contains("Several people are called"),
            "{}",
            which.body
        );
        browser
            .post("/today/admin/speakers/act", &[("id", id), ("do", "bin")])
            .await;
        stage.site.clock.advance(Duration::from_hours(31 * 24));
        let worker =
            platform::jobs::Worker::new(stage.site.app.db.clone(), stage.site.clock.clone());
        program::jobs::on(worker, &stage.site.app, &stage.programmes)
            .run_due()
            .await
            .unwrap();
        let browser = contents(&stage).await;
        assert_eq!(browser.get(&form).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_palette_leads_to_what_whoever_asks_may_see() {
    for stage in stages("palette").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        added(&browser, "Secret", &[("state", "hidden")]).await;
        let all = browser.get("/today/palette.json").await.json();
        let items = |palette: &serde_json::Value| -> Vec<String> {
            palette["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["href"].as_str().unwrap().to_owned())
                .collect()
        };
        assert!(items(&all).contains(&"/today/admin/talks/new".to_owned()));
        assert!(items(&all).contains(&"/today/talks/on-now".to_owned()));
        let public = stage
            .site
            .anonymous()
            .get("/today/palette.json")
            .await
            .json();
        assert!(
            !items(&public)
                .iter()
                .any(|href| href.contains("admin") || href.contains("secret"))
        );
        assert!(items(&public).contains(&"/today/speakers/aiko-b".to_owned()));
    }
}
