//! Talks and speakers by hand: pages, forms, lists.

use std::time::Duration;

use http::StatusCode;
use identity::Role;
use kit::{Answer, Browser};

use crate::pages::TODAY;
use crate::{Stage, stages};

/// Somebody who looks after the programme of the conference `today`.
pub(crate) async fn contents(stage: &Stage) -> Browser {
    let id = stage.programme("today").await.conference.id.clone();
    stage
        .site
        .sign_in("Towa", Some(Role::Contents), &[id])
        .await
}

/// The value of a form's field as a browser would send it again.
fn field(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("no field {name} in {page}"));
    unescape(rest.split_once('"').expect("it ends").0)
}

fn unescape(text: &str) -> String {
    text.replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}

/// The option that is called `label`.
fn option(page: &str, label: &str) -> String {
    let (before, _) = page
        .split_once(&format!(">{label}</option>"))
        .unwrap_or_else(|| panic!("no option {label} in {page}"));
    let (_, value) = before
        .rsplit_once("<option value=\"")
        .expect("an option has a value");
    value.split_once('"').expect("it ends").0.to_owned()
}

/// A form that was filled in: what the page says, with some fields typed over.
async fn send(browser: &Browser, path: &str, typed: &[(&str, &str)]) -> Answer {
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    send_from(browser, path, &page.body, typed).await
}

async fn send_from(browser: &Browser, path: &str, page: &str, typed: &[(&str, &str)]) -> Answer {
    let (version, was) = (field(page, "version"), field(page, "was"));
    let mut fields = vec![("version", version.as_str()), ("was", was.as_str())];
    fields.extend_from_slice(typed);
    browser.post(path, &fields).await
}

/// A whole talk of the first day on track B, from 15:00.
fn talk<'a>(page: &str, title: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
    let mut fields = vec![
        ("title", title.to_owned()),
        ("subtitle", String::new()),
        ("state", "planned".to_owned()),
        ("kind", "talk".to_owned()),
        ("language", "ja".to_owned()),
        ("category", option(page, "Web")),
        ("day", option(page, "Sun 22 Nov")),
        ("starts", "15:00".to_owned()),
        ("minutes", "40".to_owned()),
        ("track", option(page, "Track B")),
        ("room", String::new()),
        ("abstract", "Hello **world**".to_owned()),
        ("description", String::new()),
    ];
    for (name, value) in more {
        fields.retain(|(own, _)| own != name || name.contains('.'));
        fields.push((name, (*value).to_owned()));
    }
    fields
}

async fn add(browser: &Browser, title: &str, more: &[(&str, &str)]) -> Answer {
    let path = "/today/admin/talks/new";
    let page = browser.get(path).await.body;
    let fields = talk(&page, title, more);
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    send_from(browser, path, &page, &fields).await
}

/// Adds a talk; the address of its form.
async fn added(browser: &Browser, title: &str, more: &[(&str, &str)]) -> String {
    let answer = add(browser, title, more).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.location().to_owned()
}

#[tokio::test]
async fn a_talk_that_was_added_is_on_the_timetable_at_once_and_said_so_once() {
    for stage in stages("add").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let anonymous = stage.site.anonymous();
        assert!(
            !anonymous
                .get("/today/timetable")
                .await
                .body
                .contains("祭りの監視")
        );
        let form = added(
            &browser,
            "祭りの監視",
            &[
                ("speaker.name", "Aiko <b>"),
                ("speaker.name", "明日香"),
                ("link.url", "https://example.org/a"),
                ("link.title", "A"),
            ],
        )
        .await;
        let page = browser.get(&form).await;
        assert!(
            page.body.contains("“祭りの監視” is saved."),
            "{}",
            page.body
        );
        let again = browser.get(&form).await;
        assert!(!again.body.contains("is saved."), "it is said once");
        let timetable = anonymous.get("/today/timetable").await.body;
        assert!(
            timetable.contains("祭りの監視") && timetable.contains("明日香"),
            "{timetable}"
        );
        let api = anonymous
            .get("/api/v2/conferences/today/talks")
            .await
            .json();
        let made = api
            .as_array()
            .unwrap()
            .iter()
            .find(|talk| talk["title"] == "祭りの監視")
            .unwrap()
            .clone();
        assert_eq!(made["starts_at"], "2026-11-22T06:00:00Z");
        assert_eq!(made["room"], "Track B", "the room of its track");
        assert_eq!(
            made["speakers"][0]["slug"], "aiko-b",
            "somebody who was there already"
        );
        assert_eq!(made["speakers"][1]["name"], "明日香");
        let file = anonymous.get("/today/schedule.xml").await.body;
        assert!(file.contains("祭りの監視") && file.contains("https://example.org/a"));
    }
}

#[tokio::test]
async fn what_somebody_writes_is_text_everywhere() {
    for stage in stages("xss").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
        let more = [
            ("subtitle", evil),
            ("kind", "<script>k</script>"),
            ("language", "<script>l</script>"),
            (
                "abstract",
                "<script>alert(1)</script>\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)>",
            ),
            ("description", evil),
            ("speaker.name", evil),
            ("link.url", "https://example.org/\"onmouseover=alert(1)"),
            ("link.title", evil),
        ];
        let form = added(&browser, evil, &more[..6]).await;
        // An address with a quote is no address.
        let refused = add(&browser, "Other", &[more[6], more[7], ("starts", "17:00")]).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.body
        );
        let mut pages = vec![
            form,
            "/today/admin/talks?column=kind&column=language&column=speakers".to_owned(),
            "/today/admin/speakers".to_owned(),
            "/today/timetable".to_owned(),
            "/today/speakers".to_owned(),
            "/today".to_owned(),
        ];
        let programme = stage.programme("today").await;
        let own = programme
            .talks
            .iter()
            .find(|talk| talk.title == evil)
            .unwrap();
        pages.push(format!("/today/talks/{}", own.slug));
        for page in pages {
            let answer = browser.get(&page).await;
            assert_eq!(answer.status, StatusCode::OK, "{page}");
            for bad in [
                "<script>alert",
                "<script>k",
                "<script>l",
                "<img src=x",
                "javascript:alert",
            ] {
                let body = answer.body.replace("&#34;", "\"");
                let typed = body.contains(bad)
                    && bad == "javascript:alert"
                    && page.contains("/admin/talks/tlk_");
                assert!(
                    typed || !answer.body.contains(bad),
                    "{bad} in {page}: {}",
                    answer.body
                );
            }
        }
        let csv = browser.get("/today/admin/talks?format=csv").await;
        assert!(
            csv.headers["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/csv")
        );
    }
}

#[tokio::test]
async fn complaints_stand_beside_their_fields_and_what_was_typed_stays() {
    for stage in stages("complaints").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let answer = add(
            &browser,
            "",
            &[
                ("minutes", "no"),
                ("starts", "25:99"),
                ("link.url", "javascript:alert(1)"),
                ("link.title", "x"),
                ("abstract", "typed & kept"),
            ],
        )
        .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        for part in [
            "<a href=\"#title\">Please fill this in.",
            "aria-describedby=\"title-error\"",
            "<a href=\"#minutes\">",
            "<a href=\"#starts\">",
            "<a href=\"#link.0.url\">",
            "typed &#38; kept",
            "value=\"no\"",
            "data-unsaved",
        ] {
            assert!(
                answer.body.contains(part),
                "{part} is missing: {}",
                answer.body
            );
        }
        let browser = browser.with("cookie", "lang=ja");
        let japanese = stage.site.anonymous().get("/today/admin/talks").await;
        assert_ne!(japanese.status, StatusCode::OK, "nobody else gets there");
        drop(browser);
        for (name, value) in [
            ("title", "x".repeat(1_001)),
            ("abstract", "x".repeat(20_001)),
            ("kind", "x".repeat(51)),
        ] {
            let browser = contents(&stage).await;
            let refused = add(&browser, "Long", &[(name, value.as_str())]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        }
        let names: Vec<String> = (0..31).map(|n| format!("Speaker {n}")).collect();
        let many: Vec<(&str, &str)> = names
            .iter()
            .map(|name| ("speaker.name", name.as_str()))
            .collect();
        let browser = contents(&stage).await;
        assert_eq!(
            add(&browser, "Many", &many).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        let urls: Vec<(&str, &str)> = (0..31)
            .flat_map(|_| [("link.url", "https://a.example"), ("link.title", "")])
            .collect();
        assert_eq!(
            add(&browser, "Many", &urls).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
}

#[tokio::test]
async fn two_people_who_edit_the_same_talk_see_each_other_s_changes_and_lose_nothing() {
    for stage in stages("both").await {
        stage.import(TODAY).await;
        let (one, two) = (contents(&stage).await, contents(&stage).await);
        let form = added(&one, "First", &[]).await;
        let seen = two.get(&form).await.body;
        // The first changes title and language, the second title and kind.
        let page = one.get(&form).await.body;
        let fields = |page: &str,
                      title: &'static str,
                      more: &[(&'static str, &'static str)]|
         -> Vec<(String, String)> {
            let all = talk(page, title, more);
            all.into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()
        };
        let post = async |browser: &Browser, page: &str, fields: &[(String, String)]| {
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            send_from(browser, &form, page, &fields).await
        };
        let saved = post(
            &one,
            &page,
            &fields(&page, "Theirs <1>", &[("language", "en")]),
        )
        .await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        let stale = post(&two, &seen, &fields(&seen, "Mine", &[("kind", "workshop")])).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        for part in [
            "name=\"pick.title\"",
            "Theirs &lt;1&gt;",
            "value=\"Mine\"",
            "value=\"workshop\"",
            "name=\"language\" type=\"text\" value=\"en\"",
        ] {
            assert!(
                stale.body.contains(part),
                "{part} is missing: {}",
                stale.body
            );
        }
        let settled = post(
            &two,
            &stale.body,
            &fields(
                &stale.body,
                "Mine",
                &[
                    ("kind", "workshop"),
                    ("language", "en"),
                    ("pick.title", "theirs"),
                ],
            ),
        )
        .await;
        assert_eq!(settled.status, StatusCode::SEE_OTHER, "{}", settled.body);
        let programme = stage.programme("today").await;
        let talk = programme
            .talks
            .iter()
            .find(|talk| talk.title == "Theirs <1>")
            .unwrap();
        assert_eq!(
            (talk.kind.as_str(), talk.language.as_str()),
            ("workshop", "en")
        );
    }
}

#[tokio::test]
async fn a_place_that_is_taken_is_refused_and_what_may_be_meant_is_asked() {
    for stage in stages("clash").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        // Track A has a talk from 9:30 to 10:30 with Aiko.
        let page = browser.get("/today/admin/talks/new").await.body;
        let a = option(&page, "Track A");
        let refused = add(&browser, "Late", &[("track", &a), ("starts", "10:00")]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(
            refused.body.contains("is on this track at that time."),
            "{}",
            refused.body
        );
        assert!(
            !refused.body.contains("name=\"confirm\""),
            "nobody can mean that"
        );
        let twice = [("starts", "10:00"), ("speaker.name", "Aiko <b>")];
        let asked = add(&browser, "Twice", &twice).await;
        assert_eq!(asked.status, StatusCode::CONFLICT);
        let consent = field(&asked.body, "confirm");
        assert!(consent.starts_with("speaker:tlk_"), "{consent}");
        let meant = [twice[0], twice[1], ("confirm", consent.as_str())];
        assert_eq!(
            add(&browser, "Twice", &meant).await.status,
            StatusCode::SEE_OTHER
        );
        let early = [("starts", "08:50"), ("track", a.as_str())];
        let outside = add(&browser, "Early", &early).await;
        assert!(outside.body.contains("value=\"day\""), "{}", outside.body);
        // A look shows the same without saving, and more rows.
        let look = add(
            &browser,
            "Late",
            &[("track", &a), ("starts", "10:00"), ("do", "look")],
        )
        .await;
        assert_eq!(look.status, StatusCode::OK);
        assert!(look.body.contains("is on this track at that time."));
        let more = add(
            &browser,
            "Rows",
            &[("speaker.name", "One"), ("do", "more:speaker")],
        )
        .await;
        assert!(more.body.contains("id=\"speaker.1.name\""), "{}", more.body);
        let count = stage.programme("today").await.talks.len();
        assert_eq!(count, 6, "five of the file and one that was meant");
        // Without a place it can only be hidden.
        let nowhere = [("day", ""), ("starts", ""), ("track", "")];
        assert_eq!(
            add(&browser, "Idea", &nowhere).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        let hidden = [nowhere[0], nowhere[1], nowhere[2], ("state", "hidden")];
        assert_eq!(
            add(&browser, "Idea", &hidden).await.status,
            StatusCode::SEE_OTHER
        );
        let list = browser.get("/today/admin/talks?state=hidden").await.body;
        assert!(
            list.contains("Idea") && list.contains("not placed"),
            "{list}"
        );
        assert!(!browser.get("/today/timetable").await.body.contains("Idea"));
        // After midnight still is the day before.
        let night = added(&browser, "Night", &[("starts", "01:00"), ("minutes", "30")]).await;
        assert!(!night.is_empty());
        let programme = stage.programme("today").await;
        let talk = programme
            .talks
            .iter()
            .find(|talk| talk.title == "Night")
            .unwrap();
        assert_eq!(talk.starts_at.to_string(), "2026-11-22T16:00:00Z");
    }
}

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
