use std::io::Cursor;
use std::time::Duration;

use http::{Method, StatusCode, header};
use identity::{ConferenceId, Role};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use kit::{Answer, Browser};
use platform::blob;
use platform::jobs::Worker;

use crate::pages::TODAY;
use crate::{Stage, stages};

async fn chair(stage: &Stage, ours: &ConferenceId) -> Browser {
    let own = std::slice::from_ref(ours);
    stage.site.sign_in("Chie", Some(Role::Chair), own).await
}

fn low(number: u32) -> u8 {
    number.to_le_bytes()[0]
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| Rgb([low(x), low(y), low(x * y)]));
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(picture)
        .write_to(&mut file, ImageFormat::Png)
        .expect("written");
    file.into_inner()
}

/// A form with texts and a file.
pub(crate) fn form(fields: &[(&str, &str)], file: Option<&[u8]>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    if let Some(file) = file {
        let head = "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../発表.pdf\"\r\n\r\n";
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--cut--\r\n");
    body
}

pub(crate) async fn send(browser: &Browser, path: &str, body: Vec<u8>) -> Answer {
    let kind = Some("multipart/form-data; boundary=cut");
    browser.send(Method::POST, path, kind, body).await
}

async fn bring(browser: &Browser, spot: &str, file: &[u8]) -> Answer {
    let fields = [
        ("alt_ja", "提灯の並ぶ会場"),
        ("alt_en", "A hall <of> lanterns"),
        ("do", "save"),
    ];
    let path = format!("/today/admin/theme/{spot}");
    send(browser, &path, form(&fields, Some(file))).await
}

/// What stands between two texts.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text
        .split_once(from)
        .unwrap_or_else(|| panic!("no {from} in {text}"));
    rest.split_once(to).expect("an end").0
}

async fn kept(stage: &Stage) -> usize {
    blob::all(&stage.site.app.db).await.expect("read").len()
}

#[tokio::test]
async fn pictures_are_shown_on_every_page_replaced_and_taken_down() {
    for stage in stages("looks").await {
        let ours = stage.import(TODAY).await.conference.id;
        let chair = chair(&stage, &ours).await;
        let anonymous = stage.site.anonymous().with("accept-language", "en");
        let plain = anonymous.get("/today").await.body;
        assert!(
            plain.contains("brand-mark") && !plain.contains("og:image"),
            "{plain}"
        );
        for (spot, file) in [
            ("logo", png(400, 100)),
            ("hero", png(700, 300)),
            ("icon", png(64, 64)),
        ] {
            let done = bring(&chair, spot, &file).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{spot}: {}", done.body);
        }
        // One logo, two widths and a card of the hero, three icons.
        assert_eq!(kept(&stage).await, 7);
        let file = program::portable::portable(&stage.site.app.db, &ours, "http://box.test");
        let section = file.await.expect("read").expect("there").section;
        assert_eq!(section.files.len(), 7, "all of it is in the portable file");
        let said = &section.content["conference"]["settings"]["looks"]["pictures"];
        assert_eq!(said["hero"]["alt"]["ja"], "提灯の並ぶ会場");
        for path in [
            "/today",
            "/today/timetable",
            "/today/talks/on-now",
            "/today/speakers",
        ] {
            let page = anonymous.get(path).await.body;
            assert!(
                page.contains("class=\"brand-logo\"") && !page.contains("brand-mark"),
                "{path}"
            );
            assert!(
                page.contains("alt=\"A hall &#60;of&#62; lanterns\""),
                "{path}: {page}"
            );
            assert!(
                page.contains("og:image\" content=\"http://box.test/today/looks/blb_"),
                "{path}"
            );
            assert!(
                page.contains("apple-touch-icon") && page.contains("summary_large_image"),
                "{path}"
            );
        }
        let top = anonymous.get("/today").await.body;
        let hero = between(&top, "class=\"hero-picture\"", ">");
        assert!(
            hero.contains("480w") && hero.contains("700w") && hero.contains("width=\"700\""),
            "{hero}"
        );
        let japanese = stage
            .site
            .anonymous()
            .with("accept-language", "ja")
            .get("/today")
            .await
            .body;
        assert!(japanese.contains("alt=\"提灯の並ぶ会場\""), "{japanese}");
        let src = between(hero, "src=\"", "\"").to_owned();
        let file = anonymous.get(&src).await;
        assert_eq!(file.status, StatusCode::OK);
        assert_eq!(
            file.headers[header::CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(file.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        let etag = file.headers[header::ETAG]
            .to_str()
            .expect("text")
            .to_owned();
        let again = stage
            .site
            .anonymous()
            .with("if-none-match", &etag)
            .get(&src)
            .await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
        let manifest = anonymous.get("/today/manifest.webmanifest").await.json();
        assert_eq!(manifest["icons"][2]["sizes"], "512x512");

        let done = bring(&chair, "hero", &png(500, 300)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        assert_eq!(kept(&stage).await, 7, "the old files were let go of");
        assert_eq!(anonymous.get(&src).await.status, StatusCode::NOT_FOUND);
        for spot in ["logo", "hero", "icon"] {
            let path = format!("/today/admin/theme/{spot}");
            let gone = send(&chair, &path, form(&[("do", "remove")], None)).await;
            assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.body);
        }
        assert_eq!(kept(&stage).await, 0);
        let after = anonymous.get("/today").await.body;
        assert!(after.contains("brand-mark") && !after.contains("og:image"));
    }
}

#[tokio::test]
async fn what_is_no_picture_or_no_right_changes_nothing() {
    for stage in stages("looks_refused").await {
        let ours = stage.import(TODAY).await.conference.id;
        let chair = chair(&stage, &ours).await;
        let script = br#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script></svg>"#;
        for (bad, told) in [
            (script.as_slice(), "script"),
            (b"%PDF-1.7".as_slice(), "no picture"),
            (b"".as_slice(), "no picture"),
        ] {
            let refused = bring(&chair, "logo", bad).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
            assert!(refused.body.contains(told), "{told} in {}", refused.body);
            assert!(
                refused.body.contains("A hall &#60;of&#62; lanterns"),
                "what was typed stays"
            );
        }
        let long = "長".repeat(program::limits::ALT_CHARS_MAX + 1);
        let body = form(&[("alt_ja", &long)], Some(&png(9, 9)));
        let refused = send(&chair, "/today/admin/theme/logo", body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let nowhere = bring(&chair, "wallpaper", &png(9, 9)).await;
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
        let stranger = stage.site.sign_in("Stranger", None, &[]).await;
        assert_eq!(
            bring(&stranger, "logo", &png(9, 9)).await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(kept(&stage).await, 0);
    }
}

#[tokio::test]
async fn a_drawing_is_served_as_one_that_may_do_nothing_and_a_draft_shows_none_of_it() {
    for stage in stages("looks_draft").await {
        let ours = stage.import(TODAY).await.conference.id;
        let chair = chair(&stage, &ours).await;
        let drawing = br#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 9"><path d="M0 0h9v9z" onclick="x()"/></svg>"#;
        assert_eq!(
            bring(&chair, "logo", drawing).await.status,
            StatusCode::SEE_OTHER
        );
        let page = chair.get("/today").await.body;
        let src = between(&page, "class=\"brand-logo\" src=\"", "\"").to_owned();
        let anonymous = stage.site.anonymous();
        let file = anonymous.get(&src).await;
        assert_eq!(file.headers[header::CONTENT_TYPE], "image/svg+xml");
        let policy = file.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .expect("text");
        assert!(
            policy.contains("sandbox") && policy.contains("default-src 'none'"),
            "{policy}"
        );
        assert!(
            file.body.contains("<path d=") && !file.body.contains("onclick"),
            "{}",
            file.body
        );
        chair
            .post("/today/admin/lifecycle", &[("to", "draft")])
            .await;
        assert_eq!(anonymous.get(&src).await.status, StatusCode::NOT_FOUND);
        let own = chair.get(&src).await;
        assert_eq!(own.headers[header::CACHE_CONTROL], "private, no-cache");
        let manifest = anonymous.get("/today/manifest.webmanifest").await;
        assert_eq!(manifest.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_copy_has_files_of_its_own_where_somebody_wants_it_and_both_let_go_when_they_go() {
    for stage in stages("looks_copy").await {
        let ours = stage.import(TODAY).await.conference.id;
        let chair = chair(&stage, &ours).await;
        bring(&chair, "logo", &png(40, 20)).await;
        for (slug, take, files) in [("next", "pictures", 2), ("bare", "settings", 2)] {
            let fields = [
                ("title", "Next"),
                ("slug", slug),
                ("first_day", "2027-11-20"),
                ("take", take),
            ];
            let made = chair.post("/today/admin/copy", &fields).await;
            assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
            assert_eq!(kept(&stage).await, files, "{slug}");
        }
        assert!(chair.get("/next").await.body.contains("/next/looks/blb_"));
        assert!(!chair.get("/bare").await.body.contains("brand-logo"));
        let gone = chair
            .post("/today/admin/delete", &[("typed", "today")])
            .await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.body);
        stage.site.clock.advance(Duration::from_hours(31 * 24));
        let app = &stage.site.app;
        let worker = Worker::new(app.db.clone(), app.clock.clone());
        let worker = program::jobs::on(worker, app, &stage.programmes);
        worker.run_due().await.expect("the store answers");
        assert_eq!(kept(&stage).await, 1, "those of the copy stay");
    }
}
