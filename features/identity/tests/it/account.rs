//! What people do with their own account.

use std::io::Cursor;

use http::{Method, StatusCode};
use identity::{Access, Chair, Grant, Role, limits};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use kit::{Answer, Browser};

use crate::team::newest_link;
use crate::{Stage, stages};

/// A page in the API that only the chair may read, and one that only the chair may change.
pub(crate) fn routes() -> identity::Routes {
    identity::Routes::new()
        .get(
            "/api/v2/conferences/{conf}/secret",
            Access::Role(&[Role::Chair]),
            async |grant: Grant<Chair>| grant.conference().to_string(),
        )
        .post(
            "/api/v2/conferences/{conf}/secret",
            Access::Role(&[Role::Chair]),
            async |grant: Grant<Chair>| grant.name().to_owned(),
        )
}

async fn sessions(browser: &Browser) -> String {
    browser.get("/account/security").await.body
}

/// The value of a hidden field.
pub(crate) fn field(page: &str, name: &str) -> String {
    let start = page
        .find(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("no {name} in {page}"));
    let rest = &page[start..];
    let value = rest.split("value=\"").nth(1).expect("a value");
    value
        .split('"')
        .next()
        .expect("it ends")
        .replace("&quot;", "\"")
}

async fn save(browser: &Browser, page: &str, fields: &[(&str, &str)]) -> Answer {
    let (version, was) = (field(page, "version"), field(page, "was"));
    let mut all = vec![("version", version.as_str()), ("was", was.as_str())];
    all.extend_from_slice(fields);
    browser.post("/account", &all).await
}

#[tokio::test]
async fn a_profile_is_saved_and_two_windows_do_not_overwrite_each_other() {
    for stage in stages("profile", true).await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let page = aiko.get("/account").await.body;
        let other = page.clone();
        let saved = save(
            &aiko,
            &page,
            &[
                ("name", "山田 愛子"),
                ("kana", "やまだ あいこ"),
                ("languages", "ja"),
                ("languages", "en"),
                ("zone", "Asia/Tokyo"),
            ],
        )
        .await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        let page = aiko.get("/account").await.body;
        assert!(
            page.contains("ヤマダ アイコ") && page.contains("value=\"Asia/Tokyo\""),
            "{page}"
        );
        let late = save(
            &aiko,
            &other,
            &[("name", "Aiko Y."), ("kana", ""), ("zone", "")],
        )
        .await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(
            late.body.contains("Aiko Y.") && late.body.contains("山田 愛子"),
            "{}",
            late.body
        );
        let wrong = save(
            &aiko,
            &page,
            &[("name", ""), ("kana", "abc"), ("zone", "Mars/Base")],
        )
        .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        for told in ["enter a name", "katakana", "no such time zone"] {
            assert!(wrong.body.contains(told), "{told} in {}", wrong.body);
        }
        let script = save(
            &aiko,
            &page,
            &[
                ("name", "<script>alert(1)</script>"),
                ("kana", ""),
                ("zone", ""),
            ],
        )
        .await;
        assert_eq!(script.status, StatusCode::SEE_OTHER);
        let page = aiko.get("/account").await.body;
        assert!(!page.contains("<script>alert"), "{page}");
    }
}

fn low(number: u32) -> u8 {
    number.to_le_bytes()[0]
}

fn picture(side: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(side, side, |x, y| Rgb([low(x), low(y), 9]));
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(picture)
        .write_to(&mut file, ImageFormat::Png)
        .expect("written");
    file.into_inner()
}

async fn upload(browser: &Browser, file: &[u8]) -> Answer {
    let mut body = b"--cut\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"../me.png\"\r\nContent-Type: image/png\r\n\r\n".to_vec();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--cut--\r\n");
    let kind = Some("multipart/form-data; boundary=cut");
    browser
        .send(Method::POST, "/account/avatar", kind, body)
        .await
}

#[tokio::test]
async fn a_picture_is_written_anew_replaced_and_taken_away() {
    for stage in stages("picture", true).await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let put = upload(&aiko, &picture(40)).await;
        assert_eq!(put.status, StatusCode::SEE_OTHER, "{}", put.body);
        let page = aiko.get("/account").await.body;
        let start = page.find("/account/avatars/").expect("it is shown");
        let first = page[start..].split('"').next().expect("it ends").to_owned();
        let seen = stage.site.anonymous().get(&first).await;
        assert_eq!(seen.status, StatusCode::OK);
        assert_eq!(seen.headers["content-type"], "image/jpeg");
        assert_eq!(seen.headers["x-content-type-options"], "nosniff");
        assert!(
            seen.headers["cache-control"]
                .to_str()
                .expect("text")
                .contains("immutable")
        );
        assert_eq!(
            upload(&aiko, &picture(50)).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(
            stage.site.anonymous().get(&first).await.status,
            StatusCode::NOT_FOUND,
            "what was replaced is gone"
        );
        for bad in [b"<svg onload=alert(1)>".as_slice(), b"", b"GIF89a"] {
            let refused = upload(&aiko, bad).await;
            assert_eq!(
                refused.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{}",
                refused.body
            );
        }
        let huge = upload(&aiko, &vec![0; limits::AVATAR_BYTES_MAX + 1]).await;
        assert!(huge.status.is_client_error(), "{}", huge.status);
        assert_eq!(
            aiko.post("/account/avatar/remove", &[]).await.status,
            StatusCode::SEE_OTHER
        );
        assert!(
            !aiko
                .get("/account")
                .await
                .body
                .contains("/account/avatars/")
        );
        let none = stage
            .site
            .anonymous()
            .get("/account/avatars/..%2f..%2fetc")
            .await;
        assert_eq!(none.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn all_other_sessions_end_at_once() {
    for stage in stages("others", true).await {
        let one = stage.site.sign_in("Aiko", None, &[]).await;
        let two = stage.site.sign_in("Aiko", None, &[]).await;
        let stranger = stage.site.sign_in("Stranger", None, &[]).await;
        let mut news = stage.site.app.bus.subscribe("session.");
        let ended = one.post("/account/sessions/revoke-others", &[]).await;
        assert_eq!(ended.status, StatusCode::SEE_OTHER);
        news.recv().await.expect("told");
        assert_eq!(sessions(&one).await.matches("/revoke\"").count(), 1);
        assert_eq!(two.get("/account").await.status, StatusCode::SEE_OTHER);
        assert_eq!(stranger.get("/account").await.status, StatusCode::OK);
    }
}

async fn ask(browser: &Browser, email: &str) -> Answer {
    browser.post("/account/email", &[("email", email)]).await
}

#[tokio::test]
async fn another_address_is_proved_by_its_mailbox_and_told_to_the_old_one_which_can_undo_it() {
    for stage in stages("email", true).await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        assert_eq!(
            ask(&aiko, "new@example.org").await.status,
            StatusCode::SEE_OTHER
        );
        let link = newest_link(&stage, "/account/email/confirm/").await;
        assert!(
            sessions(&aiko).await.contains("aiko@example.org"),
            "nothing has changed yet"
        );
        let mallory = stage.site.sign_in("Mallory", None, &[]).await;
        assert_eq!(mallory.post(&link, &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(
            stage.site.anonymous().post(&link, &[]).await.status,
            StatusCode::UNAUTHORIZED
        );
        // A link to sign in that lies in the old mailbox.
        stage
            .site
            .anonymous()
            .post("/sign-in", &[("email", "aiko@example.org")])
            .await;
        let old_way = newest_link(&stage, "/sign-in/").await;
        assert!(aiko.get(&link).await.body.contains("new@example.org"));
        assert_eq!(aiko.post(&link, &[]).await.status, StatusCode::SEE_OTHER);
        assert!(sessions(&aiko).await.contains("new@example.org"));
        assert_eq!(
            aiko.post(&link, &[]).await.status,
            StatusCode::CONFLICT,
            "once"
        );
        assert_eq!(
            stage.site.anonymous().post(&old_way, &[]).await.status,
            StatusCode::CONFLICT,
            "links in the old mailbox are dead"
        );
        let mails = platform::mail::mailbox(&stage.site.app.db, 1)
            .await
            .expect("read");
        assert_eq!(mails[0].recipient, "aiko@example.org");
        assert!(
            !mails[0].body.contains("new@example.org"),
            "shortened: {}",
            mails[0].body
        );
        let undo = newest_link(&stage, "/account/email/undo/").await;
        let nobody = stage.site.anonymous();
        assert!(nobody.get(&undo).await.body.contains("aiko@example.org"));
        assert_eq!(nobody.post(&undo, &[]).await.status, StatusCode::OK);
        assert_eq!(
            nobody.post(&undo, &[]).await.status,
            StatusCode::CONFLICT,
            "once"
        );
        assert_eq!(
            aiko.get("/account").await.status,
            StatusCode::SEE_OTHER,
            "signed out"
        );
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        assert!(
            sessions(&aiko).await.contains("aiko@example.org"),
            "the same account again"
        );
    }
}

#[tokio::test]
async fn a_browser_that_was_left_open_changes_no_way_into_the_account() {
    for stage in stages("emailproof", true).await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        assert!(sessions(&aiko).await.contains("action=\"/account/email\""));
        stage.site.clock.advance(limits::PROOF_LIFE);
        let page = sessions(&aiko).await;
        assert!(page.contains("/sign-in?again=yes"), "{page}");
        assert!(!page.contains("action=\"/account/email\""), "{page}");
        let refused = ask(&aiko, "mallory@example.org").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(
            refused.body.contains("value=\"mallory@example.org\""),
            "what was typed stays: {}",
            refused.body
        );
        let mails = platform::mail::mailbox(&stage.site.app.db, 9).await;
        let mails = mails.expect("read");
        assert!(
            mails
                .iter()
                .all(|mail| mail.recipient != "mallory@example.org")
        );
        let passkey = "/account/passkeys/options";
        let added = aiko
            .json(Method::POST, passkey, &serde_json::json!({}))
            .await;
        assert_eq!(added.status, StatusCode::FORBIDDEN);
        // Whoever has the old mailbox signs in again, and goes on.
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        assert_eq!(
            ask(&aiko, "new@example.org").await.status,
            StatusCode::SEE_OTHER
        );
    }
}

#[tokio::test]
async fn asking_for_an_address_that_has_an_account_looks_the_same_and_changes_nothing() {
    for stage in stages("emailtaken", true).await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        stage.site.sign_in("Ken", None, &[]).await;
        let free = ask(&aiko, "free@example.org").await;
        let taken = ask(&aiko, "ken@example.org").await;
        assert_eq!(
            (free.status, free.location()),
            (taken.status, taken.location())
        );
        let mails = platform::mail::mailbox(&stage.site.app.db, 1)
            .await
            .expect("read");
        assert_eq!(mails[0].recipient, "ken@example.org");
        assert!(!mails[0].body.contains("/confirm/"), "{}", mails[0].body);
        // Somebody takes the address between the mail and the click.
        assert_eq!(
            ask(&aiko, "soon@example.org").await.status,
            StatusCode::SEE_OTHER
        );
        let link = newest_link(&stage, "/account/email/confirm/").await;
        stage.site.sign_in("Soon", None, &[]).await;
        assert_eq!(aiko.post(&link, &[]).await.status, StatusCode::CONFLICT);
        for bad in ["", "nonsense", "aiko@example.org"] {
            assert_eq!(
                ask(&aiko, bad).await.status,
                StatusCode::UNPROCESSABLE_ENTITY
            );
        }
        ask(&aiko, "more@example.org").await;
        ask(&aiko, "evenmore@example.org").await;
        let many = ask(&aiko, "toomany@example.org").await;
        assert_eq!(many.status, StatusCode::TOO_MANY_REQUESTS);
    }
}

/// A token from the page that shows it once.
fn token(page: &str) -> String {
    let start = page
        .find("mat_")
        .unwrap_or_else(|| panic!("no token in {page}"));
    page[start..]
        .split(['"', '<'])
        .next()
        .expect("it ends")
        .to_owned()
}

async fn issue(stage: &Stage, browser: &Browser, verb: &str, days: &str) -> Answer {
    let conference = stage.ours.to_string();
    let fields = [
        ("name", "signage"),
        ("conference", conference.as_str()),
        ("verb", verb),
        ("days", days),
    ];
    browser.post("/account/tokens", &fields).await
}

const SECRET: &str = "/api/v2/conferences/ours/secret";

#[tokio::test]
async fn a_token_opens_the_api_of_its_conference_and_nothing_else() {
    for stage in stages("token", true).await {
        let both = [stage.ours.clone(), stage.theirs.clone()];
        let chair = stage.site.sign_in("Chie", Some(Role::Chair), &both).await;
        let issued = issue(&stage, &chair, "read", "30").await;
        assert_eq!(issued.headers["cache-control"], "no-store");
        let read = format!("Bearer {}", token(&issued.body));
        let write = format!(
            "Bearer {}",
            token(&issue(&stage, &chair, "write", "30").await.body)
        );
        let list = chair.get("/account/tokens").await.body;
        assert!(
            !list.contains("mat_") && list.contains("never used"),
            "{list}"
        );
        let program = |token: &str| stage.site.anonymous().with("authorization", token);
        let (reader, writer) = (program(&read), program(&write));
        assert_eq!(reader.get(SECRET).await.body, stage.ours.to_string());
        assert_eq!(writer.post(SECRET, &[]).await.body, "Chie");
        let used = identity::figures::tokens_in_use(&stage.site.app.db, stage.site.clock.now());
        assert_eq!(used.await.expect("read"), 2);
        for (refused, code) in [
            (reader.post(SECRET, &[]).await, "identity-token-only-reads"),
            (
                reader.get("/api/v2/conferences/theirs/secret").await,
                "identity-token-elsewhere",
            ),
            (
                writer.post("/api/v2/conferences/theirs/secret", &[]).await,
                "identity-token-elsewhere",
            ),
        ] {
            assert_eq!(refused.status, StatusCode::FORBIDDEN);
            assert_eq!(refused.json()["code"], code);
        }
        for path in ["/account", "/ours/admin/team", "/account/data/export.json"] {
            let refused = writer.get(path).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        }
        assert_eq!(
            writer.post("/account/delete", &[]).await.status,
            StatusCode::FORBIDDEN
        );
        assert!(
            chair
                .get("/account/tokens")
                .await
                .body
                .contains("Last used")
        );
        let nonsense = program("Bearer mat_nonsense").get(SECRET).await;
        assert_eq!(nonsense.status, StatusCode::UNAUTHORIZED);
        // Who leaves the team takes the rights of their tokens along, and coming back does not revive them.
        let second = stage.site.sign_in("Second", Some(Role::Chair), &both).await;
        let id = crate::team::id_of(&stage, "chie@example.org").await;
        second
            .post(&format!("/ours/admin/team/members/{id}/remove"), &[])
            .await;
        assert_eq!(reader.get(SECRET).await.status, StatusCode::UNAUTHORIZED);
        stage.site.sign_in("Chie", Some(Role::Chair), &both).await;
        assert_eq!(reader.get(SECRET).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn tokens_expire_are_revoked_and_are_bounded() {
    for stage in stages("tokenend", true).await {
        let ours = [stage.ours.clone()];
        let chair = stage.site.sign_in("Chie", Some(Role::Chair), &ours).await;
        let first = format!(
            "Bearer {}",
            token(&issue(&stage, &chair, "read", "1").await.body)
        );
        let program = stage.site.anonymous().with("authorization", &first);
        assert_eq!(program.get(SECRET).await.status, StatusCode::OK);
        let page = chair.get("/account/tokens").await.body;
        let start = page.find("/account/tokens/tok_").expect("a form");
        let revoke = page[start..].split('"').next().expect("it ends").to_owned();
        let stranger = stage.site.sign_in("Stranger", None, &[]).await;
        assert_eq!(
            stranger.post(&revoke, &[]).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(chair.post(&revoke, &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(program.get(SECRET).await.status, StatusCode::UNAUTHORIZED);
        let second = format!(
            "Bearer {}",
            token(&issue(&stage, &chair, "read", "1").await.body)
        );
        let program = stage.site.anonymous().with("authorization", &second);
        stage
            .site
            .clock
            .advance(std::time::Duration::from_hours(24));
        assert_eq!(program.get(SECRET).await.status, StatusCode::UNAUTHORIZED);
        for days in ["0", "367", "-1", "nonsense", ""] {
            let wrong = issue(&stage, &chair, "read", days).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{days}");
        }
        let outside = issue(&stage, &stranger, "read", "1").await;
        assert_eq!(outside.status, StatusCode::UNPROCESSABLE_ENTITY);
        for _ in 1..limits::TOKENS_PER_ACCOUNT_MAX {
            assert_eq!(
                issue(&stage, &chair, "read", "1").await.status,
                StatusCode::OK
            );
        }
        let many = issue(&stage, &chair, "read", "1").await;
        assert_eq!(many.status, StatusCode::UNPROCESSABLE_ENTITY);
        let log = chair
            .get("/ours/admin/audit?action=token.revoke")
            .await
            .body;
        assert!(log.contains("token.revoke"), "{log}");
    }
}

#[tokio::test]
async fn everything_about_a_person_is_one_file_and_goes_when_they_go() {
    for stage in stages("farewell", true).await {
        let ours = [stage.ours.clone()];
        let chair = stage.site.sign_in("Chie", Some(Role::Chair), &ours).await;
        upload(&chair, &picture(20)).await;
        let invited = [("email", "ken@example.org"), ("roles", "chair")];
        chair.post("/ours/admin/team/invitations", &invited).await;
        let link = newest_link(&stage, "/account/invitations/").await;
        let all = chair.get("/account/data/export.json").await.json();
        assert_eq!(all["kept"][0]["items"][0]["email"], "chie@example.org");
        assert_eq!(all["kept"][0]["items"][0]["has_picture"], true);

        let page = chair.get("/account/data").await.body;
        assert!(page.contains("Make somebody else chair of ours"), "{page}");
        let alone = chair
            .post("/account/delete", &[("email", "chie@example.org")])
            .await;
        assert_eq!(alone.status, StatusCode::CONFLICT);
        let ken = stage.site.sign_in("Ken", None, &[]).await;
        ken.post(&link, &[]).await;
        let unproved = chair
            .post("/account/delete", &[("email", "other@example.org")])
            .await;
        assert_eq!(unproved.status, StatusCode::UNPROCESSABLE_ENTITY);
        let phone = stage.site.sign_in("Chie", None, &[]).await;
        stage.site.clock.advance(limits::PROOF_LIFE);
        let open = chair
            .post("/account/delete", &[("email", "chie@example.org")])
            .await;
        assert_eq!(open.status, StatusCode::FORBIDDEN, "an open browser");
        assert!(open.body.contains("/sign-in?again=yes"), "{}", open.body);
        let chair = stage.site.sign_in("Chie", None, &[]).await;
        let gone = chair
            .post("/account/delete", &[("email", " Chie@example.org ")])
            .await;
        assert_eq!(gone.status, StatusCode::OK, "{}", gone.body);
        assert!(
            gone.body.contains("receipt") && gone.body.contains("anonymised"),
            "{}",
            gone.body
        );
        for browser in [&chair, &phone] {
            assert_eq!(browser.get("/account").await.status, StatusCode::SEE_OTHER);
        }
        let mails = platform::mail::mailbox(&stage.site.app.db, 1)
            .await
            .expect("read");
        assert_eq!(mails[0].recipient, "chie@example.org");
        assert!(mails[0].body.contains("audit log"), "{}", mails[0].body);
        // The acts stay, and nobody's name is beside them.
        let log = ken.get("/ours/admin/audit").await.body;
        assert!(
            log.contains("invitation.send") && log.contains("deleted account"),
            "{log}"
        );
        assert!(!log.contains("Chie") && !log.contains("chie@"), "{log}");
        let page = ken.get("/ours/admin/team").await.body;
        assert!(!page.contains("chie@example.org"), "{page}");
        // Whoever comes back is somebody new.
        let again = stage.site.sign_in("Chie", None, &[]).await;
        assert_eq!(
            again.get("/ours/admin/team").await.status,
            StatusCode::FORBIDDEN
        );
    }
}
