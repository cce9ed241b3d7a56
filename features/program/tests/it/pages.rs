use std::time::Duration;

use http::{Method, StatusCode};
use identity::{ConferenceId, Role};
use kit::{Answer, Browser};

use crate::schedule::fixture;
use crate::stages;

/// A small conference on the day on which the held clock begins: 10:00 in Tokyo.
pub(crate) const TODAY: &str = r#"<schedule><version>1</version>
<conference><acronym>today</acronym><title>Today &amp; now</title><time_zone_name>Asia/Tokyo</time_zone_name></conference>
<day index="1" date="2026-11-22" start="2026-11-22T09:00:00+09:00" end="2026-11-23T02:00:00+09:00">
<room name="Track A">
<event guid="b0000000-0000-4000-8000-000000000001" id="1"><date>2026-11-22T09:30:00+09:00</date><duration>01:00</duration><title>On &lt;now&gt;</title><track>Web</track><type>talk</type><language>en</language><abstract>Hello **world** [x](javascript:alert(1))</abstract><persons><person id="1">Aiko &lt;b&gt;</person></persons><links><link href="javascript:alert(2)">bad</link><link href="https://example.org/">good</link></links></event>
<event guid="b0000000-0000-4000-8000-000000000002" id="2"><date>2026-11-22T10:30:00+09:00</date><duration>00:30</duration><title>次の講演</title><track>Data</track><type>talk</type><language>ja</language></event>
<event guid="b0000000-0000-4000-8000-000000000003" id="3"><date>2026-11-23T00:30:00+09:00</date><duration>00:30</duration><title>After midnight</title><track>Web</track><type>talk</type><language>en</language></event>
</room>
<room name="Track B">
<event guid="b0000000-0000-4000-8000-000000000004" id="4"><date>2026-11-22T11:00:00+09:00</date><duration>00:15</duration><title>Tea</title><track></track><type>break</type></event>
</room></day>
<day index="2" date="2026-11-23" start="2026-11-23T09:00:00+09:00" end="2026-11-23T18:00:00+09:00"><room name="Track B">
<event guid="b0000000-0000-4000-8000-000000000005" id="5"><date>2026-11-23T10:00:00+09:00</date><duration>00:30</duration><title>Tomorrow</title><track>Data</track><type>talk</type><language>en</language></event>
</room></day>
</schedule>"#;

async fn page(browser: &Browser, path: &str) -> String {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.body
}

async fn upload(browser: &Browser, path: &str, file: &[u8]) -> Answer {
    let mut body =
        b"--line\r\ncontent-disposition: form-data; name=\"file\"; filename=\"s\"\r\n\r\n".to_vec();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--line--\r\n");
    browser
        .send(
            Method::POST,
            path,
            Some("multipart/form-data; boundary=line"),
            body,
        )
        .await
}

/// The part of a page between two words.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let rest = page.split_once(from).expect(from).1;
    rest.split_once(to).expect(to).0
}

#[tokio::test]
async fn a_pause_of_all_tracks_is_shown_once() {
    for stage in stages("pause").await {
        let (_, second) = TODAY.split_once("<room name=\"Track B\">").expect("there");
        let (tea, _) = second.split_once("</room>").expect("there");
        let own = tea.replace("000000000004\" id=\"4\"", "000000000009\" id=\"9\"");
        stage
            .import(&TODAY.replacen("</room>", &format!("{own}</room>"), 1))
            .await;
        let anonymous = stage.site.anonymous();
        let grid = page(&anonymous, "/today/timetable").await;
        assert!(grid.contains("class=\"tt-break r19 s3"), "{grid}");
        let list = page(&anonymous, "/today/timetable?view=list").await;
        for html in [grid, list] {
            assert_eq!(html.matches("<span>Tea</span>").count(), 1, "{html}");
        }
    }
}

#[tokio::test]
async fn the_timetable_is_a_grid_that_knows_what_time_it_is() {
    for stage in stages("grid").await {
        stage.import(TODAY).await;
        let anonymous = stage.site.anonymous();
        let html = page(&anonymous, "/today/timetable").await;
        assert!(html.contains("Today &#38; now"));
        assert!(
            html.contains("Asia/Tokyo (UTC+09:00)"),
            "the zone is always named"
        );
        assert!(
            html.contains("timetable-grid tracks-2")
                && html.contains("data-start=\"2026-11-22T00:30:00Z\""),
            "{html}"
        );
        let on_now = between(&html, "data-from=\"2026-11-22T00:30:00Z\"", "</article>");
        assert!(
            on_now.contains("On &#60;now&#62;") && on_now.contains("lantern"),
            "{on_now}"
        );
        assert!(
            html.contains("c1 tone-1 r1 s12 on-air\" id=\"now\""),
            "{html}"
        );
        assert!(
            html.contains("href=\"#now\""),
            "one can jump to now without a script"
        );
        assert!(
            html.contains("c1 tone-1 r13 s6"),
            "the next talk stands below"
        );
        assert!(
            html.contains("After midnight") && !html.contains("Tomorrow"),
            "a day goes on after midnight"
        );
        assert!(html.contains("class=\"tt-break c2 tone-2 r19 s3"));

        // Half an hour later the first talk is over, without anybody having changed anything.
        stage.site.clock.advance(Duration::from_mins(30));
        let html = page(&anonymous, "/today/timetable").await;
        assert!(html.contains("c1 tone-1 r1 s12 past\""));
        assert!(html.contains("c1 tone-1 r13 s6 on-air\" id=\"now\""));

        let html = page(&anonymous, "/today/timetable?day=2").await;
        assert!(
            html.contains("Tomorrow")
                && !html.contains("After midnight")
                && !html.contains("id=\"now\"")
        );
        let html = page(&anonymous, "/today/timetable?day=2026-11-23&view=list").await;
        assert!(html.contains("timetable-list") && html.contains("Tomorrow"));
    }
}

#[tokio::test]
async fn filters_stand_in_the_address_and_are_kept_by_links() {
    for stage in stages("filters").await {
        stage.import(TODAY).await;
        let anonymous = stage.site.anonymous();
        let titles = ["On &#60;now&#62;", "次の講演", "After midnight", "Tea"];
        for (query, shown) in [
            ("track=a", vec![true, true, true, false]),
            ("track=b", vec![false, false, false, true]),
            ("category=Web", vec![true, false, true, false]),
            ("language=ja", vec![false, true, false, false]),
            ("q=HELLO+aiko", vec![true, false, false, false]),
            ("q=%E8%AC%9B%E6%BC%94", vec![false, true, false, false]),
            ("room=Track%20B&view=list", vec![false, false, false, true]),
            ("q=nothing+like+this", vec![false; 4]),
        ] {
            let html = page(&anonymous, &format!("/today/timetable?{query}")).await;
            let main = between(&html, "timetable-bar", "</main>");
            let seen: Vec<bool> = titles
                .iter()
                .map(|title| {
                    main.contains(&format!("{title}</a>"))
                        || main.contains(&format!("<span>{title}</span>"))
                })
                .collect();
            assert_eq!(seen, shown, "{query}");
        }
        let html = page(&anonymous, "/today/timetable?track=a&q=now").await;
        assert!(
            html.contains("href=\"?day=2&#38;track=a&#38;q=now\""),
            "{html}"
        );
    }
}

#[tokio::test]
async fn a_talk_s_page_shows_what_was_written_and_nothing_that_could_do_harm() {
    for stage in stages("talk").await {
        stage.import(TODAY).await;
        let programme = stage.programme("today").await;
        let anonymous = stage.site.anonymous();
        let html = page(&anonymous, "/today/talks/on-now").await;
        assert!(
            html.contains("<strong>world</strong>") && !html.contains("javascript:"),
            "{html}"
        );
        assert!(html.contains("https://example.org/") && html.contains("Aiko &#60;b&#62;"));
        assert!(html.contains("Sun 22 Nov 2026") && html.contains("/today/live/a"));
        let data = between(&html, "application/ld+json\">", "</script>");
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(
            (&data["name"], &data["startDate"]),
            (&"On <now>".into(), &"2026-11-22T00:30:00Z".into())
        );
        let by_id = page(
            &anonymous,
            &format!("/today/talks/{}", programme.talks[0].id),
        )
        .await;
        assert!(by_id.contains("<strong>world</strong>"));

        let japanese = stage.site.anonymous().with("accept-language", "ja");
        let html = page(&japanese, "/today/talks/on-now").await;
        assert!(html.contains("2026年11月22日(日)") && html.contains("lang=\"ja\""));
        let abroad = stage.site.anonymous().with("cookie", "zone=Europe/Berlin");
        let html = page(&abroad, "/today/talks/on-now").await;
        assert!(html.contains("01:30 your time"), "{html}");
    }
}

#[tokio::test]
async fn speakers_and_front_pages_lead_on() {
    for stage in stages("front").await {
        stage.import(TODAY).await;
        let anonymous = stage.site.anonymous();
        assert!(page(&anonymous, "/").await.contains("href=\"/today\""));
        let top = page(&anonymous, "/today").await;
        assert!(
            top.contains("On &#60;now&#62;")
                && top.contains("/today/live/a")
                && top.contains("次の講演"),
            "{top}"
        );
        assert!(
            page(&anonymous, "/today/speakers")
                .await
                .contains("/today/speakers/aiko-b")
        );
        let speaker = page(&anonymous, "/today/speakers/aiko-b").await;
        assert!(speaker.contains("/today/talks/on-now"));
    }
}

#[tokio::test]
async fn ids_of_another_conference_are_not_found() {
    for stage in stages("foreign").await {
        stage.import(TODAY).await;
        stage.import(&fixture("full.xml")).await;
        let programme = stage.programme("today").await;
        let (talk, speaker) = (&programme.talks[0].id, &programme.speakers[0].id);
        let anonymous = stage.site.anonymous();
        for path in [
            format!("/mori-2032/talks/{talk}"),
            "/mori-2032/talks/on-now".into(),
            format!("/mori-2032/talks/{talk}/calendar.ics"),
            format!("/mori-2032/speakers/{speaker}"),
            "/mori-2032/tracks/a/calendar.ics".into(),
            format!("/api/v2/conferences/mori-2032/talks/{talk}"),
            format!("/api/v2/conferences/mori-2032/speakers/{speaker}"),
            "/nowhere".into(),
            "/%00".into(),
            "/today/talks/%00".into(),
            "/api/v2/conferences/%00".into(),
            "/nowhere/schedule.xml".into(),
        ] {
            assert_eq!(
                anonymous.get(&path).await.status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn files_and_calendars_are_sent_once_to_those_who_keep_them() {
    for stage in stages("files").await {
        stage.import(TODAY).await;
        for (path, kind) in [
            ("/today/schedule.xml", "application/xml; charset=utf-8"),
            ("/today/schedule.json", "application/json"),
            ("/today/calendar.ics", "text/calendar; charset=utf-8"),
            (
                "/today/tracks/a/calendar.ics",
                "text/calendar; charset=utf-8",
            ),
            (
                "/today/talks/on-now/calendar.ics",
                "text/calendar; charset=utf-8",
            ),
        ] {
            let first = stage.site.anonymous().get(path).await;
            assert_eq!(first.headers["content-type"], kind, "{path}");
            let tag = first.headers["etag"].to_str().unwrap().to_owned();
            let again = stage
                .site
                .anonymous()
                .with("if-none-match", &tag)
                .get(path)
                .await;
            assert_eq!(
                (again.status, again.body.as_str()),
                (StatusCode::NOT_MODIFIED, "")
            );
            stage
                .import(
                    &TODAY
                        .replace("<version>1<", "<version>2<")
                        .replace("On &lt;now&gt;", "On &lt;now!&gt;"),
                )
                .await;
            let newer = stage
                .site
                .anonymous()
                .with("if-none-match", &tag)
                .get(path)
                .await;
            assert_eq!(newer.status, StatusCode::OK, "{path} is another one now");
            stage.import(TODAY).await;
        }
        let calendar = stage.site.anonymous().get("/today/calendar.ics").await.body;
        assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 5);
        let unfolded = calendar.replace("\r\n ", "");
        assert!(
            unfolded.contains("DTSTART:20261122T003000Z") && unfolded.contains("@box.test"),
            "{unfolded}"
        );
        assert!(unfolded.contains("DESCRIPTION:Hello world x"), "{unfolded}");
        let track = stage
            .site
            .anonymous()
            .get("/today/tracks/b/calendar.ics")
            .await
            .body;
        assert_eq!(track.matches("BEGIN:VEVENT").count(), 2);
        // The packed copy is the same file.
        let packed = stage
            .site
            .anonymous()
            .with("accept-encoding", "gzip")
            .get("/today/schedule.xml")
            .await;
        assert_eq!(packed.headers["content-encoding"], "gzip");
    }
}

#[tokio::test]
async fn the_owner_makes_the_first_conference_and_nobody_else_does() {
    for stage in stages("first").await {
        let owner = stage.site.owner().await;
        let home = owner.get("/").await;
        assert_eq!(
            (home.status, home.location()),
            (StatusCode::SEE_OTHER, "/new")
        );
        assert_eq!(stage.site.anonymous().get("/").await.status, StatusCode::OK);
        let other = stage.site.sign_in("Other", None, &[]).await;
        assert_eq!(other.get("/new").await.status, StatusCode::FORBIDDEN);
        assert_eq!(other.post("/new", &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(
            upload(&other, "/new/import", TODAY.as_bytes()).await.status,
            StatusCode::FORBIDDEN
        );

        page(&owner, "/new").await;
        let fields = [
            ("title", "Forty people"),
            ("slug", "demo"),
            ("first_day", "2026-11-28"),
            ("days", "1"),
            ("zone", "Asia/Tokyo"),
            ("tracks", "Main"),
            ("lifecycle", "live"),
        ];
        let refused = owner.post("/new", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.body.contains("needed by the site itself")
                && refused.body.contains("value=\"Forty people\""),
            "{}",
            refused.body
        );
        let mut fields = fields;
        fields[1].1 = "forty";
        let made = owner.post("/new", &fields).await;
        assert_eq!(
            (made.status, made.location()),
            (StatusCode::SEE_OTHER, "/forty/admin")
        );
        assert!(page(&owner, "/forty/admin").await.contains("/forty/studio"));
        assert!(
            page(&stage.site.anonymous(), "/forty")
                .await
                .contains("Forty people")
        );
        assert_eq!(stage.programme("forty").await.tracks[0].slug, "main");

        let imported = upload(&owner, "/new/import", TODAY.as_bytes()).await;
        assert_eq!(
            (imported.status, imported.location()),
            (StatusCode::SEE_OTHER, "/today/admin")
        );
        let twice = upload(&owner, "/new/import", TODAY.as_bytes()).await;
        assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(twice.body.contains("already a conference called"));
    }
}

#[tokio::test]
async fn the_contents_team_imports_again_and_sees_what_changed() {
    for stage in stages("admin").await {
        let ours = stage.import(TODAY).await.conference.id;
        stage.import(&fixture("full.xml")).await;
        let contents = stage
            .site
            .sign_in("Chika", Some(Role::Contents), std::slice::from_ref(&ours))
            .await;
        page(&contents, "/today/admin").await;
        assert_eq!(
            contents.get("/mori-2032/admin").await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            upload(&contents, "/mori-2032/admin/import", TODAY.as_bytes())
                .await
                .status,
            StatusCode::FORBIDDEN
        );
        let desk = stage
            .site
            .sign_in("Desk", Some(Role::Desk), std::slice::from_ref(&ours))
            .await;
        assert_eq!(desk.get("/today/admin").await.status, StatusCode::FORBIDDEN);
        assert_eq!(
            stage.site.anonymous().get("/today/admin").await.status,
            StatusCode::SEE_OTHER
        );

        let mut news = stage.site.app.bus.subscribe("program.");
        let changed = TODAY.replace("10:30:00+09:00", "10:35:00+09:00");
        let done = upload(&contents, "/today/admin/import", changed.as_bytes()).await;
        assert_eq!(
            (done.status, done.location()),
            (StatusCode::SEE_OTHER, "/today/admin/import#imports")
        );
        let event = news.recv().await.unwrap();
        assert_eq!(event.payload["conference"], ours.to_string());
        let html = page(&contents, "/today/admin/import").await;
        assert!(
            html.contains("次の講演 (time)") && html.contains("Chika"),
            "{html}"
        );

        let same = upload(&contents, "/today/admin/import", changed.as_bytes()).await;
        assert_eq!(same.location(), "/today/admin/import?import=unchanged");
        assert!(
            page(&contents, same.location())
                .await
                .contains("Nothing was changed.")
        );

        let version = stage.programme("today").await.conference.version;
        let broken = changed.replace("<duration>00:15</duration>", "<duration>tea</duration>");
        let refused = upload(&contents, "/today/admin/import", broken.as_bytes()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.body.contains("Line 10:") && refused.body.contains("tea"),
            "{}",
            refused.body
        );
        assert_eq!(stage.programme("today").await.conference.version, version);
        assert_eq!(
            upload(&contents, "/today/admin/import", b"").await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        let huge = vec![b' '; program::limits::SCHEDULE_BYTES_MAX + 1];
        let refused = upload(&contents, "/today/admin/import", &huge).await;
        assert!(refused.status.is_client_error(), "{}", refused.status);
    }
}

#[tokio::test]
async fn a_conference_is_called_and_watched_as_its_team_says() {
    for stage in stages("settings").await {
        let ours: ConferenceId = stage.import(TODAY).await.conference.id;
        let contents = stage
            .site
            .sign_in("Chika", Some(Role::Contents), &[ours])
            .await;
        let done = contents
            .post(
                "/today/admin/settings",
                &[
                    ("title_ja", "今日"),
                    ("title_en", ""),
                    ("watch", "signed_in"),
                    ("version", "0"),
                ],
            )
            .await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        assert_eq!(
            stage.programme("today").await.conference.watch,
            program::Watch::SignedIn
        );
        assert!(
            page(
                &stage.site.anonymous().with("accept-language", "ja"),
                "/today"
            )
            .await
            .contains("<h1>今日</h1>")
        );
        assert!(
            page(&stage.site.anonymous(), "/today")
                .await
                .contains("<h1>Today &#38; now</h1>")
        );
        let long = "x".repeat(201);
        let refused = contents
            .post(
                "/today/admin/settings",
                &[("title_ja", long.as_str()), ("version", "1")],
            )
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        // Importing again keeps what files cannot say.
        stage
            .import(&TODAY.replace("<version>1<", "<version>2<"))
            .await;
        let conference = &stage.programme("today").await.conference;
        assert_eq!(
            (conference.title_ja.as_str(), conference.watch),
            ("今日", program::Watch::SignedIn)
        );
    }
}

#[tokio::test]
async fn every_complaint_and_field_has_its_words_in_both_languages() {
    for stage in stages("words").await {
        let site = stage.site.anonymous().with("accept-language", "ja");
        stage.import(TODAY).await;
        for path in [
            "/",
            "/today",
            "/today/timetable",
            "/today/timetable?view=list",
            "/today/talks/on-now",
            "/today/speakers",
            "/today/speakers/aiko-b",
        ] {
            let html = page(&site, path).await;
            assert!(
                !html.contains("program-") || !html.contains(">program-"),
                "{path}: {html}"
            );
        }
    }
}
