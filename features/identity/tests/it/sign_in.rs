use http::StatusCode;
use std::time::Duration;

use crate::{Stage, stages};

/// Asks for a link and finds it in the mailbox.
async fn link(stage: &Stage, browser: &kit::Browser, email: &str) -> String {
    let sent = browser
        .post("/sign-in", &[("email", email), ("next", "/ours/live")])
        .await;
    assert_eq!(
        (sent.status, sent.location()),
        (StatusCode::SEE_OTHER, "/sign-in/sent")
    );
    newest_link(stage).await
}

async fn newest_link(stage: &Stage) -> String {
    let mails = platform::mail::mailbox(&stage.site.app.db, 1)
        .await
        .expect("the mailbox can be read");
    let text = &mails.first().expect("a mail was queued").body;
    let start = text.find("/sign-in/").expect("the mail has a link");
    text[start..]
        .split_whitespace()
        .next()
        .expect("the link ends")
        .to_owned()
}

#[tokio::test]
async fn a_mailed_link_signs_in_once_and_leads_on() {
    for stage in stages("link", true).await {
        let browser = stage.site.anonymous();
        let link = link(&stage, &browser, " Aiko@Example.org ").await;
        // A mail scanner that follows the link uses nothing up.
        for _ in 0..2 {
            let page = browser.get(&link).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.body.contains("aiko@example.org"), "{}", page.body);
            assert_eq!(browser.get("/account").await.status, StatusCode::SEE_OTHER);
        }
        let accepted = browser.post(&link, &[]).await;
        assert_eq!(
            (accepted.status, accepted.location()),
            (StatusCode::SEE_OTHER, "/ours/live")
        );
        let cookie = accepted.headers["set-cookie"].to_str().expect("text");
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
            "{cookie}"
        );
        assert_eq!(browser.get("/account").await.status, StatusCode::OK);

        let again = stage.site.anonymous().post(&link, &[]).await;
        assert_eq!(again.status, StatusCode::CONFLICT);
    }
}

#[tokio::test]
async fn a_link_that_is_pressed_by_many_at_once_signs_in_one() {
    for stage in stages("race", true).await {
        let link = link(&stage, &stage.site.anonymous(), "racer@example.org").await;
        let presses = (0..8).map(|_| {
            let browser = stage.site.anonymous();
            let link = link.clone();
            async move { browser.post(&link, &[]).await.status }
        });
        let statuses = futures_util::future::join_all(presses).await;
        let signed_in = statuses
            .iter()
            .filter(|s| **s == StatusCode::SEE_OTHER)
            .count();
        assert_eq!(signed_in, 1, "{statuses:?}");
    }
}

#[tokio::test]
async fn a_link_dies_of_age() {
    for stage in stages("age", true).await {
        let browser = stage.site.anonymous();
        let link = link(&stage, &browser, "late@example.org").await;
        stage.site.clock.advance(identity::limits::LINK_LIFE);
        assert_eq!(browser.get(&link).await.status, StatusCode::CONFLICT);
        assert_eq!(browser.post(&link, &[]).await.status, StatusCode::CONFLICT);
    }
}

#[tokio::test]
async fn a_malformed_address_gets_the_form_back_with_its_value() {
    for stage in stages("malformed", true).await {
        let browser = stage.site.anonymous().with("accept-language", "ja");
        let answer = browser
            .post("/sign-in", &[("email", "not an address")])
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            answer.body.contains("not an address") && answer.body.contains("送信できません"),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn links_for_one_address_are_limited_until_the_window_has_passed() {
    for stage in stages("limit", true).await {
        let browser = stage.site.anonymous();
        for _ in 0..identity::limits::LINKS_PER_EMAIL_MAX {
            link(&stage, &browser, "often@example.org").await;
        }
        let refused = browser
            .post("/sign-in", &[("email", "often@example.org")])
            .await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.headers.contains_key("retry-after"));
        link(&stage, &browser, "other@example.org").await;
        stage
            .site
            .clock
            .advance(identity::limits::LINK_WINDOW + Duration::from_secs(1));
        link(&stage, &browser, "often@example.org").await;
    }
}

#[tokio::test]
async fn a_session_survives_a_restart_of_everything_but_the_store_and_can_be_ended() {
    for stage in stages("session", true).await {
        let browser = stage.site.sign_in("Aiko", None, &[]).await;
        let page = browser.get("/account/security").await;
        assert!(page.body.contains("this device"), "{}", page.body);
        let other = stage.site.sign_in("Aiko", None, &[]).await;
        let page = other.get("/account/security").await.body;
        let form = page.match_indices("/account/sessions/ses_").count();
        assert_eq!(form, 2);
        // A stranger's session cannot be ended by its id.
        let stranger = stage.site.sign_in("Stranger", None, &[]).await;
        let start = page.find("/account/sessions/ses_").expect("a form");
        let action = page[start..].split('"').next().expect("it ends").to_owned();
        assert_eq!(
            stranger.post(&action, &[]).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            other.post("/sign-out", &[]).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(other.get("/account").await.status, StatusCode::SEE_OTHER);
        assert_eq!(browser.get("/account").await.status, StatusCode::OK);
        stage.site.clock.advance(identity::limits::SESSION_LIFE);
        assert_eq!(browser.get("/account").await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn the_owner_s_link_asks_who_it_is_and_works_once() {
    for stage in stages("owner", false).await {
        let (db, now) = (&stage.site.app.db, stage.site.clock.now());
        let first = identity::actions::owner_link(db, now)
            .await
            .expect("store")
            .expect("no owner yet");
        let link = identity::actions::owner_link(db, now)
            .await
            .expect("store")
            .expect("no owner yet");
        let browser = stage.site.anonymous();
        assert_eq!(
            browser.get(&first).await.status,
            StatusCode::CONFLICT,
            "an earlier link stops working"
        );
        let asked = browser
            .post(&link, &[("email", "nobody"), ("name", "Olga")])
            .await;
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(asked.body.contains("Olga"), "what was typed is kept");
        let begun = browser
            .post(&link, &[("email", "olga@example.org"), ("name", "Olga")])
            .await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER);
        assert_eq!(browser.get("/site").await.status, StatusCode::OK);
        assert_eq!(
            identity::actions::owner_link(db, now).await.expect("store"),
            None
        );
    }
}

#[tokio::test]
async fn shortcuts_of_the_demo_exist_only_there() {
    for stage in stages("nodemo", false).await {
        for path in ["/demo/mail", "/demo/sign-in?as=chair&name=X"] {
            assert_eq!(
                stage.site.anonymous().get(path).await.status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
    }
    for stage in stages("demo", true).await {
        let browser = stage.site.anonymous();
        let answer = browser
            .get("/demo/sign-in?as=broadcast&name=Ken&next=//evil.example")
            .await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/")
        );
        assert_eq!(browser.get("/ours/studio").await.status, StatusCode::OK);
        assert_eq!(browser.get("/demo/mail").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn nobody_learns_which_addresses_have_an_account() {
    for stage in stages("enumerate", true).await {
        stage.site.sign_in("Known", None, &[]).await;
        let mut seen = Vec::new();
        for email in ["known@example.org", "unknown@example.org"] {
            let browser = stage.site.anonymous();
            let asked = browser.post("/sign-in", &[("email", email)]).await;
            let sent = browser.get(asked.location()).await;
            let mails = platform::mail::mailbox(&stage.site.app.db, 1)
                .await
                .expect("read");
            assert_eq!(mails[0].recipient, email);
            let hidden = |text: &str| text.replace(email, "EMAIL");
            let subject = mails[0].subject.clone();
            seen.push((
                asked.status,
                asked.location().to_owned(),
                hidden(&sent.body),
                subject,
            ));
        }
        assert_eq!(seen[0], seen[1]);
    }
}

#[tokio::test]
async fn a_link_that_did_not_arrive_is_sent_again_from_the_page_that_says_so() {
    for stage in stages("resend", true).await {
        let browser = stage.site.anonymous();
        let first = link(&stage, &browser, "late@example.org").await;
        let page = browser.get("/sign-in/sent").await.body;
        assert!(
            page.contains("value=\"late@example.org\"") && page.contains("value=\"/ours/live\""),
            "{page}"
        );
        let second = link(&stage, &browser, "late@example.org").await;
        assert_ne!(first, second);
        // Whichever mail arrives works.
        assert_eq!(
            stage.site.anonymous().post(&first, &[]).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(
            stage.site.anonymous().post(&second, &[]).await.status,
            StatusCode::SEE_OTHER
        );
        let planted = stage.site.anonymous().with("cookie", "asked=%%%");
        assert_eq!(planted.get("/sign-in/sent").await.status, StatusCode::OK);
        let far = format!("/{}", "x".repeat(identity::limits::ASKED_BYTES_MAX));
        let asked = browser
            .post("/sign-in", &[("email", "far@example.org"), ("next", &far)])
            .await;
        assert!(
            !asked.headers.contains_key("set-cookie"),
            "too long for a cookie"
        );
    }
}

#[tokio::test]
async fn a_session_that_somebody_planted_is_worth_nothing_after_signing_in() {
    for stage in stages("fixation", true).await {
        let planted = "p".repeat(52);
        let victim = stage
            .site
            .anonymous()
            .with("cookie", &format!("session={planted}"));
        let link = link(&stage, &victim, "victim@example.org").await;
        let accepted = victim.post(&link, &[]).await;
        let cookie = accepted.headers["set-cookie"].to_str().expect("text");
        assert!(
            cookie.starts_with("session=") && !cookie.contains(&planted),
            "{cookie}"
        );
        let mallory = stage
            .site
            .anonymous()
            .with("cookie", &format!("session={planted}"));
        assert_eq!(mallory.get("/account").await.status, StatusCode::SEE_OTHER);
        // Nor does a session live on as somebody else's: each sign-in begins its own.
        let shared = stage.site.sign_in("First", None, &[]).await;
        let link = self::link(&stage, &stage.site.anonymous(), "second@example.org").await;
        let second = shared.post(&link, &[]).await;
        assert!(second.headers.contains_key("set-cookie"));
        assert!(
            shared
                .get("/account/security")
                .await
                .body
                .contains("second@example.org")
        );
    }
}

#[tokio::test]
async fn no_way_of_signing_in_leads_away_from_the_site() {
    for stage in stages("redirect", true).await {
        for next in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
        ] {
            let browser = stage.site.anonymous();
            let asked = browser
                .post("/sign-in", &[("email", "a@example.org"), ("next", next)])
                .await;
            assert_eq!(asked.location(), "/sign-in/sent");
            let link = newest_link(&stage).await;
            assert_eq!(browser.post(&link, &[]).await.location(), "/", "{next}");
            let signed_in = browser
                .get(&format!("/sign-in?next={}", web::failure::encode(next)))
                .await;
            assert_eq!(signed_in.location(), "/", "{next}");
            stage
                .site
                .clock
                .advance(identity::limits::LINK_WINDOW + Duration::from_secs(1));
        }
    }
}

/// A browser with a copy of another's cookies of the session.
fn copy(stage: &Stage, line: &str) -> kit::Browser {
    let secret = line.split(['=', ';']).nth(1).expect("a secret");
    let copy = stage.site.anonymous();
    copy.keep("session", secret);
    copy
}

#[tokio::test]
async fn a_browser_that_signs_in_gives_up_the_session_that_it_held_whoevers_it_was() {
    for stage in stages("replaced", true).await {
        let browser = stage.site.anonymous();
        let first = link(&stage, &browser, "aiko@example.org").await;
        let first = browser.post(&first, &[]).await;
        let copied = copy(&stage, first.headers["set-cookie"].to_str().expect("text"));
        assert_eq!(copied.get("/account").await.status, StatusCode::OK);
        // The same person again: one session in the list, and the copy is worth nothing.
        let mut news = stage.site.app.bus.subscribe("session.");
        let second = link(&stage, &browser, "aiko@example.org").await;
        let second = browser.post(&second, &[]).await;
        news.recv().await.expect("told, so that sockets end");
        assert_eq!(copied.get("/account").await.status, StatusCode::SEE_OTHER);
        let page = browser.get("/account/security").await.body;
        assert_eq!(page.matches("/revoke\"").count(), 1, "{page}");
        // Somebody else in the same browser: the session of whoever was there before ends as well.
        let copied = copy(&stage, second.headers["set-cookie"].to_str().expect("text"));
        let other = stage.site.sign_in("Aiko", None, &[]).await;
        let third = link(&stage, &browser, "ken@example.org").await;
        browser.post(&third, &[]).await;
        let page = browser.get("/account/security").await.body;
        assert!(page.contains("ken@example.org"), "{page}");
        assert_eq!(copied.get("/account").await.status, StatusCode::SEE_OTHER);
        assert_eq!(
            other.get("/account").await.status,
            StatusCode::OK,
            "other browsers stay"
        );
    }
}

#[tokio::test]
async fn what_others_asked_for_an_address_shows_in_no_answer() {
    use identity::limits::{LINKS_PER_EMAIL_MAX, LINKS_PER_MAILBOX_MAX};
    for stage in stages("quiet", true).await {
        let (browser, db) = (stage.site.anonymous(), &stage.site.app.db);
        for _ in 0..LINKS_PER_MAILBOX_MAX / LINKS_PER_EMAIL_MAX {
            for _ in 0..LINKS_PER_EMAIL_MAX {
                link(&stage, &browser, "often@example.org").await;
            }
            let elsewhere = db::sql!("UPDATE sign_in_link SET peer = '192.0.2.1'");
            let moved = db.exec(elsewhere, db::params![]).await;
            moved.expect("written");
        }
        let sent = async || platform::mail::mailbox(db, 50).await.expect("read").len();
        let before = sent().await;
        let answer = browser
            .post("/sign-in", &[("email", "often@example.org")])
            .await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/sign-in/sent")
        );
        assert_eq!(sent().await, before, "the mailbox has enough of them");
        link(&stage, &browser, "other@example.org").await;
    }
}
