//! Talks and speakers by hand: pages, forms, lists.

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

pub(crate) fn unescape(text: &str) -> String {
    text.replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}

/// The option that is called `label`.
pub(crate) fn option(page: &str, label: &str) -> String {
    let (before, _) = page
        .split_once(&format!(">{label}</option>"))
        .unwrap_or_else(|| panic!("no option {label} in {page}"));
    let (_, value) = before
        .rsplit_once("<option value=\"")
        .expect("an option has a value");
    value.split_once('"').expect("it ends").0.to_owned()
}

/// A form that was filled in: what the page says, with some fields typed over.
pub(crate) async fn send(browser: &Browser, path: &str, typed: &[(&str, &str)]) -> Answer {
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    send_from(browser, path, &page.body, typed).await
}

pub(crate) async fn send_from(
    browser: &Browser,
    path: &str,
    page: &str,
    typed: &[(&str, &str)],
) -> Answer {
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

pub(crate) async fn add(browser: &Browser, title: &str, more: &[(&str, &str)]) -> Answer {
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
pub(crate) async fn added(browser: &Browser, title: &str, more: &[(&str, &str)]) -> String {
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
        let form = added(&browser, evil, &more).await;
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
                "\"onmouseover",
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
