//! Passwords, where the owner of the site switched them on.

use http::StatusCode;
use identity::{Role, limits};
use kit::{Answer, Browser};

use crate::{Stage, stages};

pub(crate) const GOOD: &str = "tram quilt nine lantern";

pub(crate) async fn switch(stage: &Stage, on: bool) {
    let owner = stage.site.owner().await;
    let form: &[(&str, &str)] = if on { &[("password", "on")] } else { &[] };
    let saved = owner.post("/ops/settings", form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
}

pub(crate) async fn choose(browser: &Browser, present: &str, new: &str) -> Answer {
    let form = [("password", present), ("new_password", new)];
    browser.post("/account/password", &form).await
}

async fn enter(stage: &Stage, email: &str, password: &str) -> (Browser, Answer) {
    let browser = stage.site.anonymous();
    let form = [
        ("email", email),
        ("password", password),
        ("next", "/ours/live"),
    ];
    let answer = browser.post("/sign-in/password", &form).await;
    (browser, answer)
}

#[tokio::test]
async fn passwords_are_nowhere_until_the_owner_wants_them() {
    for stage in stages("pw-off", true).await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let door = stage.site.anonymous().get("/sign-in").await.body;
        assert!(!door.contains("/sign-in/password"), "{door}");
        assert_eq!(choose(&aiko, "", GOOD).await.status, StatusCode::NOT_FOUND);
        switch(&stage, true).await;
        let chosen = choose(&aiko, "", GOOD).await;
        assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.body);
        crate::told(&stage, "aiko@example.org", "A password was chosen.").await;
        let door = stage.site.anonymous().get("/sign-in").await.body;
        assert!(door.contains("/sign-in/password"));
        let (browser, answer) = enter(&stage, " Aiko@example.org", GOOD).await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/ours/live")
        );
        assert_eq!(browser.get("/account").await.status, StatusCode::OK);
        switch(&stage, false).await;
        let (_, answer) = enter(&stage, "aiko@example.org", GOOD).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same_and_are_counted_alike() {
    for stage in stages("pw-same", true).await {
        switch(&stage, true).await;
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        choose(&aiko, "", GOOD).await;
        stage.site.sign_in("Without", None, &[]).await;
        let mut seen = Vec::new();
        for email in [
            "aiko@example.org",
            "without@example.org",
            "nobody@example.org",
        ] {
            let (_, answer) = enter(&stage, email, "not the right one").await;
            seen.push((answer.status, answer.body.replace(email, "EMAIL")));
            for _ in 1..limits::PASSWORD_TRIES_MAX {
                let (_, answer) = enter(&stage, email, "not the right one").await;
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            }
            let (_, answer) = enter(&stage, email, GOOD).await;
            assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[0], seen[2]);
        // The mailed link still leads in, and so does time.
        let asked = stage
            .site
            .anonymous()
            .post("/sign-in", &[("email", "aiko@example.org")])
            .await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER);
        stage.site.clock.advance(limits::PASSWORD_WINDOW);
        let (_, answer) = enter(&stage, "aiko@example.org", GOOD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        // Whoever is in begins to count anew.
        let (_, answer) = enter(&stage, "aiko@example.org", "x").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let long = GOOD.repeat(1_000);
        let (_, answer) = enter(&stage, "aiko@example.org", &long).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn a_change_ends_every_other_session_and_needs_a_proof() {
    for stage in stages("pw-change", true).await {
        switch(&stage, true).await;
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let elsewhere = stage.site.sign_in("Aiko", None, &[]).await;
        for bad in [
            "short",
            "passwordpassword",
            "aiko@example.org",
            &"x y ".repeat(60),
        ] {
            let refused = choose(&aiko, "", bad).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
            assert!(refused.body.contains("new_password-error"));
        }
        assert_eq!(elsewhere.get("/account").await.status, StatusCode::OK);
        choose(&aiko, "", GOOD).await;
        assert_eq!(aiko.get("/account").await.status, StatusCode::OK);
        let ended = elsewhere.get("/account").await.status;
        assert_eq!(ended, StatusCode::SEE_OTHER);
        // A browser that was left open proves nothing; the present password does.
        stage.site.clock.advance(limits::PROOF_LIFE);
        let other = "the otter reads at dusk";
        let refused = choose(&aiko, "not the right one", other).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("present-error"), "{}", refused.body);
        let changed = choose(&aiko, GOOD, other).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER);
        let (_, old) = enter(&stage, "aiko@example.org", GOOD).await;
        assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
        let (_, new) = enter(&stage, "aiko@example.org", other).await;
        assert_eq!(new.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_way_of_a_mailed_link() {
    for stage in stages("pw-reset", true).await {
        switch(&stage, true).await;
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        choose(&aiko, "", GOOD).await;
        let browser = stage.site.anonymous();
        let form = [
            ("email", "aiko@example.org"),
            ("password", "whatever it was"),
            ("next", "/ours/live"),
            ("reset", "yes"),
        ];
        let asked = browser.post("/sign-in", &form).await;
        assert_eq!(asked.location(), "/sign-in/sent");
        let mails = platform::mail::mailbox(&stage.site.app.db, 1).await;
        let text = mails.expect("read").remove(0).body;
        let start = text.find("/sign-in/").expect("a link");
        let link = text[start..].split_whitespace().next().expect("it ends");
        let accepted = browser.post(link, &[]).await;
        assert_eq!(accepted.location(), "/account/security#password");
        let chosen = choose(&browser, "", "the otter reads at dusk").await;
        assert_eq!(chosen.status, StatusCode::SEE_OTHER);
        let gone = aiko.get("/account").await.status;
        assert_eq!(gone, StatusCode::SEE_OTHER, "whoever else was in is out");
    }
}

#[tokio::test]
async fn a_hash_of_former_days_is_made_anew_when_its_owner_comes_in() {
    use argon2::password_hash::{PasswordHasher as _, SaltString};
    let weak = argon2::Params::new(8, 1, 1, None).expect("parameters");
    let weak = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, weak);
    let salt = SaltString::encode_b64(b"sixteen bytes ..").expect("salt");
    let weak = weak.hash_password(GOOD.as_bytes(), &salt).expect("hashed");
    let weak = weak.to_string();
    for stage in stages("pw-old", true).await {
        switch(&stage, true).await;
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        choose(&aiko, "", GOOD).await;
        let db = &stage.site.app.db;
        db.exec(
            db::sql!("UPDATE password SET hash = $1"),
            db::params![&weak],
        )
        .await
        .expect("put");
        let hash = async || {
            let found = db.one(db::sql!(String: "SELECT hash FROM password"), db::params![]);
            found.await.expect("a hash")
        };
        enter(&stage, "aiko@example.org", "not the right one").await;
        assert_eq!(hash().await, weak);
        let (_, answer) = enter(&stage, "aiko@example.org", GOOD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let stronger = hash().await;
        assert!(stronger.contains("m=19456,t=2,p=1"), "{stronger}");
        let (_, answer) = enter(&stage, "aiko@example.org", GOOD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_password_does_not_stand_in_for_a_passkey_that_the_site_demands() {
    for stage in stages("pw-strong", true).await {
        switch(&stage, true).await;
        let ours = [stage.ours.clone()];
        let member = stage
            .site
            .sign_in("Aiko", Some(Role::Broadcast), &ours)
            .await;
        choose(&member, "", GOOD).await;
        let db = &stage.site.app.db;
        db.exec(
            db::sql!("UPDATE site_setting SET value = 'on' WHERE name = 'team_passkey'"),
            db::params![],
        )
        .await
        .expect("put");
        let (browser, answer) = enter(&stage, "aiko@example.org", GOOD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let refused = browser.get("/ours/studio").await.status;
        assert_eq!(refused, StatusCode::FORBIDDEN);
    }
}
