//! Signing in by providers, against one that speaks OpenID Connect and one that lies.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use db::{params, sql};
use http::StatusCode;
use identity::oidc::Providers;
use identity::{Options, limits};
use kit::{Answer, Browser};
use serde_json::json;

use crate::fake::{AUTH0, Fake, GOOGLE, KEYCLOAK, Lie, STRICT, Shape};
use crate::{Stage, passwords, stages_with};

async fn stages(name: &str, fakes: &[&Arc<Fake>]) -> Vec<Stage> {
    let settings: Vec<_> = fakes.iter().map(|fake| fake.settings()).collect();
    stages_with(name, true, || Options {
        providers: Providers::new(settings.clone()).expect("requests can be sent"),
        ..Options::default()
    })
    .await
}

/// Goes to a provider, agrees there, and comes back.
async fn visit(stage: &Stage, browser: &Browser, fake: &Fake, path: &str) -> Answer {
    let left = browser.get(path).await;
    assert_eq!(left.status, StatusCode::SEE_OTHER, "{}", left.body);
    browser.get(&fake.agree(stage, left.location())).await
}

async fn is_in(browser: &Browser) -> bool {
    browser.get("/account").await.status == StatusCode::OK
}

/// Whether an answer is a page with the other ways in.
fn offers_other_ways(answer: &Answer) -> bool {
    answer.body.contains("action=\"/sign-in\"") && answer.body.contains("data-passkey=\"sign-in\"")
}

/// Signs in by a mailed link, which leads on to where it was asked for.
async fn by_mail(stage: &Stage, browser: &Browser, email: &str, next: &str) -> Answer {
    let form = [("email", email), ("next", next)];
    assert_eq!(
        browser.post("/sign-in", &form).await.status,
        StatusCode::SEE_OTHER
    );
    let mails = platform::mail::mailbox(&stage.site.app.db, 1).await;
    let text = mails.expect("read").remove(0).body;
    let start = text.find("/sign-in/").expect("a link");
    let link = text[start..].split_whitespace().next().expect("it ends");
    browser.post(link, &[]).await
}

#[tokio::test]
async fn providers_of_every_shape_make_an_account_and_know_it_again() {
    for shape in [GOOGLE, AUTH0, KEYCLOAK, STRICT] {
        let fake = Fake::start(shape).await;
        for stage in stages("oidc", &[&fake]).await {
            let browser = stage.site.anonymous();
            let door = browser.get("/sign-in?next=/ours/live").await.body;
            let way = format!("/sign-in/oidc/{}?next=/ours/live", shape.name);
            assert!(door.contains(&way), "{door}");
            let back = visit(&stage, &browser, &fake, &way).await;
            assert_eq!(
                (back.status, back.location()),
                (StatusCode::SEE_OTHER, "/ours/live"),
                "{}: {}",
                shape.name,
                back.body
            );
            let page = browser.get("/account").await.body;
            assert!(page.contains("aiko@example.org") && page.contains("愛子 山田"));
            let page = browser.get("/account/security").await.body;
            assert!(page.contains(shape.name), "{page}");
            // The same person with another address is the same account.
            fake.says("1234567890", "else@example.org", false);
            let again = stage.site.anonymous();
            visit(&stage, &again, &fake, &way).await;
            assert!(
                again
                    .get("/account")
                    .await
                    .body
                    .contains("aiko@example.org")
            );
            fake.says("1234567890", "aiko@example.org", true);
        }
        assert!(fake.asked.load(Ordering::SeqCst) <= 2, "it is asked once");
    }
}

#[tokio::test]
async fn an_address_from_the_userinfo_endpoint_counts_for_its_own_person_alone() {
    let fake = Fake::start(STRICT).await;
    for stage in stages("userinfo", &[&fake]).await {
        fake.lies(Some(Lie::OtherPerson));
        let browser = stage.site.anonymous();
        let back = visit(&stage, &browser, &fake, "/sign-in/oidc/strict").await;
        assert_eq!(back.status, StatusCode::CONFLICT);
        fake.lies(None);
        fake.says("unsure", "unsure@example.org", false);
        let back = visit(&stage, &browser, &fake, "/sign-in/oidc/strict").await;
        assert_eq!(back.status, StatusCode::CONFLICT, "not confirmed there");
        // It says that its answers name it: one that does not is from somebody else.
        fake.says("1234567890", "aiko@example.org", true);
        let left = browser.get("/sign-in/oidc/strict").await;
        let back = fake.agree(&stage, left.location());
        let (unnamed, _) = back.split_once("&iss=").expect("it is named");
        let back = browser.get(unnamed).await;
        assert_eq!(back.status, StatusCode::CONFLICT, "it has no name");
        assert!(!is_in(&browser).await);
    }
}

#[tokio::test]
async fn several_providers_stand_side_by_side_and_answer_for_themselves_alone() {
    let (one, other) = (Fake::start(GOOGLE).await, Fake::start(KEYCLOAK).await);
    for stage in stages("several", &[&one, &other]).await {
        let browser = stage.site.anonymous();
        let door = browser.get("/sign-in").await.body;
        assert!(door.contains("/sign-in/oidc/google") && door.contains("/sign-in/oidc/keycloak"));
        // An answer of one is not taken for one of the other.
        let left = browser.get("/sign-in/oidc/google").await;
        let back = one.agree(&stage, left.location());
        let mixed = back.replace("oidc/google", "oidc/keycloak");
        assert_eq!(browser.get(&mixed).await.status, StatusCode::CONFLICT);
        // Nor one that names somebody else as its issuer.
        let left = browser.get("/sign-in/oidc/keycloak").await;
        let back = other.agree(&stage, left.location());
        let mixed = back.split("&iss=").next().expect("it is named").to_owned();
        let mixed = format!("{mixed}&iss={}", web::failure::encode(&one.issuer()));
        assert_eq!(browser.get(&mixed).await.status, StatusCode::CONFLICT);
        assert!(!is_in(&browser).await);
        let nowhere = browser.get("/sign-in/oidc/nobody").await.status;
        assert_eq!(nowhere, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_token_that_lies_signs_nobody_in() {
    let lies = [
        Lie::Claim("nonce", json!("other")),
        Lie::Claim("aud", json!("them")),
        Lie::Claim("aud", json!(["us&them", "them"])),
        Lie::Claim("azp", json!("them")),
        Lie::Claim("iss", json!("https://evil.example")),
        Lie::Claim("exp", json!(-3600)),
        Lie::Claim("iat", json!(3600)),
        Lie::Claim("sub", json!("")),
        Lie::Unsigned,
        Lie::Confused,
        Lie::OtherKey,
    ];
    for shape in [GOOGLE, KEYCLOAK] {
        let fake = Fake::start(shape).await;
        for stage in stages("lies", &[&fake]).await {
            let way = format!("/sign-in/oidc/{}", shape.name);
            for lie in &lies {
                fake.lies(Some(lie.clone()));
                let browser = stage.site.anonymous();
                let back = visit(&stage, &browser, &fake, &way).await;
                if *lie == Lie::Claim("aud", json!(["us&them", "them"])) {
                    // Several may read it, and we asked for it: that is allowed.
                    assert_eq!(back.status, StatusCode::SEE_OTHER);
                    continue;
                }
                assert_eq!(back.status, StatusCode::CONFLICT, "{lie:?}");
                assert!(offers_other_ways(&back), "{lie:?}");
                assert!(!is_in(&browser).await, "{lie:?}");
            }
            fake.lies(None);
        }
    }
}

#[tokio::test]
async fn an_address_that_the_provider_does_not_know_makes_no_account() {
    let fake = Fake::start(AUTH0).await;
    fake.says("7", "victim@example.org", false);
    for stage in stages("unverified", &[&fake]).await {
        stage.site.sign_in("Victim", None, &[]).await;
        let browser = stage.site.anonymous();
        let back = visit(&stage, &browser, &fake, "/sign-in/oidc/auth0").await;
        assert_eq!(back.status, StatusCode::CONFLICT);
        assert!(offers_other_ways(&back) && back.body.contains("mail address is yours"));
        assert!(!is_in(&browser).await);
    }
}

#[tokio::test]
async fn an_answer_counts_once_and_only_in_the_browser_that_asked() {
    let fake = Fake::start(GOOGLE).await;
    for stage in stages("state", &[&fake]).await {
        let (alice, mallory) = (stage.site.anonymous(), stage.site.anonymous());
        let left = alice.get("/sign-in/oidc/google").await;
        let cookie = left.headers["set-cookie"]
            .to_str()
            .expect("text")
            .to_owned();
        for word in ["HttpOnly", "SameSite=Lax", "Path=/;", "Max-Age=600"] {
            assert!(cookie.contains(word), "{cookie}");
        }
        let back = fake.agree(&stage, left.location());
        // Somebody else's browser, with a way of its own and without.
        assert_eq!(mallory.get(&back).await.status, StatusCode::CONFLICT);
        mallory.get("/sign-in/oidc/google").await;
        let stolen = mallory.get(&back).await;
        assert_eq!(stolen.status, StatusCode::CONFLICT);
        assert!(offers_other_ways(&stolen) && !is_in(&mallory).await);
        assert_eq!(alice.get(&back).await.status, StatusCode::SEE_OTHER);
        assert!(is_in(&alice).await);
        // The same answer again, even with the same cookie.
        let pair = cookie.split(';').next().expect("a pair");
        let again = stage.site.anonymous().with("cookie", pair);
        assert_eq!(again.get(&back).await.status, StatusCode::CONFLICT);
        // Too late.
        let late = stage.site.anonymous();
        let left = late.get("/sign-in/oidc/google").await;
        stage.site.clock.advance(limits::PROVIDER_VISIT_LIFE);
        let back = fake.agree(&stage, left.location());
        assert_eq!(late.get(&back).await.status, StatusCode::CONFLICT);
        for nonsense in [
            "",
            "?code=x",
            "?state=x",
            "?code=x&state=x",
            "?error=access_denied",
        ] {
            let path = format!("/sign-in/oidc/google/callback{nonsense}");
            assert_eq!(late.get(&path).await.status, StatusCode::CONFLICT, "{path}");
        }
    }
}

#[tokio::test]
async fn whoever_does_not_go_on_at_the_provider_reads_so_and_has_the_other_ways() {
    let fake = Fake::start(GOOGLE).await;
    for stage in stages("denied", &[&fake]).await {
        for (error, says) in [
            ("access_denied", "did not go on"),
            ("server_error%0a%3Cscript%3E", "could not sign you in"),
        ] {
            let browser = stage.site.anonymous();
            let left = browser.get("/sign-in/oidc/google").await;
            let back = fake.agree(&stage, left.location());
            let state = back.split("state=").nth(1).expect("a state");
            let path = format!("/sign-in/oidc/google/callback?error={error}&state={state}");
            let answer = browser.get(&path).await;
            assert_eq!(answer.status, StatusCode::CONFLICT);
            assert!(answer.body.contains(says) && offers_other_ways(&answer));
            // That way was walked; a code that comes later is worth nothing.
            assert_eq!(browser.get(&back).await.status, StatusCode::CONFLICT);
        }
    }
}

#[tokio::test]
async fn an_account_with_the_same_address_is_linked_only_after_its_owner_came_in_by_a_way_it_has() {
    let fake = Fake::start(GOOGLE).await;
    for stage in stages("same", &[&fake]).await {
        stage.site.sign_in("Aiko", None, &[]).await;
        let browser = stage.site.anonymous();
        let back = visit(
            &stage,
            &browser,
            &fake,
            "/sign-in/oidc/google?next=/ours/live",
        )
        .await;
        assert_eq!(back.location(), "/sign-in/link");
        assert!(!is_in(&browser).await, "nobody is signed in by an address");
        let asked = browser.get("/sign-in/link").await;
        assert!(offers_other_ways(&asked) && asked.body.contains("value=\"aiko@example.org\""));
        assert!(asked.body.contains("name=\"next\" value=\"/sign-in/link\""));
        let nobody = browser.post("/sign-in/link", &[]).await.status;
        assert_eq!(nobody, StatusCode::UNAUTHORIZED);
        // Nothing was linked behind anybody's back.
        let again = visit(
            &stage,
            &stage.site.anonymous(),
            &fake,
            "/sign-in/oidc/google",
        )
        .await;
        assert_eq!(again.location(), "/sign-in/link");
        // Somebody else in this browser is not whom it is for.
        let link = by_mail(&stage, &browser, "other@example.org", "/sign-in/link").await;
        assert_eq!(link.location(), "/sign-in/link");
        let other = browser.get("/sign-in/link").await;
        assert_eq!(other.status, StatusCode::CONFLICT);
        assert!(other.body.contains("action=\"/sign-out\""));
        let refused = browser.post("/sign-in/link", &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        // The owner is.
        by_mail(&stage, &browser, "aiko@example.org", "/sign-in/link").await;
        let asked = browser.get("/sign-in/link").await;
        assert_eq!(asked.status, StatusCode::OK);
        assert!(
            asked.body.contains("action=\"/sign-in/link\""),
            "{}",
            asked.body
        );
        let linked = browser.post("/sign-in/link", &[]).await;
        assert_eq!(linked.location(), "/ours/live");
        assert_eq!(
            browser.post("/sign-in/link", &[]).await.status,
            StatusCode::CONFLICT,
            "once"
        );
        let fresh = stage.site.anonymous();
        let back = visit(&stage, &fresh, &fake, "/sign-in/oidc/google").await;
        assert_eq!(back.location(), "/");
        assert!(
            fresh
                .get("/account")
                .await
                .body
                .contains("aiko@example.org")
        );
    }
}

#[tokio::test]
async fn whoever_is_in_links_a_provider_after_proving_both_and_never_by_a_click_alone() {
    let fake = Fake::start(KEYCLOAK).await;
    fake.says("9", "", false);
    for stage in stages("link", &[&fake]).await {
        let ken = stage.site.sign_in("Ken", None, &[]).await;
        assert!(
            ken.get("/account/security")
                .await
                .body
                .contains("href=\"/account/oidc/keycloak\"")
        );
        let back = visit(&stage, &ken, &fake, "/account/oidc/keycloak").await;
        assert_eq!(back.location(), "/sign-in/link");
        // Coming back links nothing yet: anybody could have sent them there.
        let page = ken.get("/account/security").await.body;
        assert!(!page.contains("/account/identities/"), "{page}");
        // The mail is in the language that its reader reads, not in that of whoever sits there.
        let reads = sql!("UPDATE account SET languages = 'ja' WHERE email = 'ken@example.org'");
        let db = &stage.site.app.db;
        db.exec(reads, params![]).await.expect("written");
        let linked = ken.post("/sign-in/link", &[]).await;
        assert_eq!(linked.location(), "/account/security");
        let sentence = "keycloakのアカウントが連携されました";
        crate::told(&stage, "ken@example.org", sentence).await;
        let page = ken.get("/account/security").await.body;
        assert!(page.contains("/account/identities/pid_"), "{page}");
        let again = visit(&stage, &ken, &fake, "/account/oidc/keycloak").await;
        assert!(
            again.body.contains("linked to yours already"),
            "{}",
            again.body
        );
        // It cannot be linked to a second account.
        let mika = stage.site.sign_in("Mika", None, &[]).await;
        let taken = visit(&stage, &mika, &fake, "/account/oidc/keycloak").await;
        assert_eq!(taken.status, StatusCode::CONFLICT);
        assert!(
            taken.body.contains("another account here"),
            "{}",
            taken.body
        );
        // A session of an hour ago proves nothing: first in again, then on.
        fake.says("10", "", false);
        stage.site.clock.advance(limits::PROOF_LIFE);
        let asked = mika.get("/account/oidc/keycloak").await;
        let to = "/sign-in?again=yes&next=/account/oidc/keycloak";
        assert_eq!(asked.location(), to);
        let door = mika.get(to).await;
        assert!(offers_other_ways(&door) && door.body.contains("mika@example.org"));
        by_mail(&stage, &mika, "mika@example.org", "/account/oidc/keycloak").await;
        let back = visit(&stage, &mika, &fake, "/account/oidc/keycloak").await;
        assert_eq!(back.location(), "/sign-in/link");
        stage.site.clock.advance(limits::PROOF_LIFE);
        let late = mika.post("/sign-in/link", &[]).await;
        assert_eq!(
            late.status,
            StatusCode::FORBIDDEN,
            "an open browser is no proof"
        );
        fake.says("9", "", false);
    }
}

#[tokio::test]
async fn the_last_way_in_that_is_known_to_work_is_not_unlinked() {
    let fake = Fake::start(GOOGLE).await;
    for stage in stages("unlink", &[&fake]).await {
        let browser = stage.site.anonymous();
        visit(&stage, &browser, &fake, "/sign-in/oidc/google").await;
        let path = |page: &str| {
            let start = page.find("/account/identities/").expect("a form");
            page[start..].split('"').next().expect("it ends").to_owned()
        };
        let remove = path(&browser.get("/account/security").await.body);
        let kept = browser.post(&remove, &[]).await;
        assert_eq!(kept.status, StatusCode::CONFLICT);
        assert!(kept.body.contains("only way"), "{}", kept.body);
        let stranger = stage.site.sign_in("Stranger", None, &[]).await;
        let refused = stranger.post(&remove, &[]).await.status;
        assert_eq!(refused, StatusCode::NOT_FOUND);
        // Mails arrive: that is another way.
        by_mail(&stage, &browser, "aiko@example.org", "/account/security").await;
        stage.site.clock.advance(limits::PROOF_LIFE);
        let old = browser.post(&remove, &[]).await.status;
        assert_eq!(old, StatusCode::FORBIDDEN, "not lately");
        by_mail(&stage, &browser, "aiko@example.org", "/account/security").await;
        let gone = browser.post(&remove, &[]).await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER);
        let sentence = "An account at google was unlinked.";
        crate::told(&stage, "aiko@example.org", sentence).await;
        let back = visit(
            &stage,
            &stage.site.anonymous(),
            &fake,
            "/sign-in/oidc/google",
        )
        .await;
        assert_eq!(back.location(), "/sign-in/link", "it is nobody's now");
    }
}

#[tokio::test]
async fn a_password_is_another_way_in_as_long_as_the_site_has_passwords() {
    let fake = Fake::start(GOOGLE).await;
    for stage in stages("unlink password", &[&fake]).await {
        passwords::switch(&stage, true).await;
        let browser = stage.site.anonymous();
        visit(&stage, &browser, &fake, "/sign-in/oidc/google").await;
        let chosen = passwords::choose(&browser, "", passwords::GOOD).await;
        assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.body);
        let page = browser.get("/account/security").await.body;
        let start = page.find("/account/identities/").expect("a form");
        let remove = page[start..].split('"').next().expect("it ends");
        passwords::switch(&stage, false).await;
        let kept = browser.post(remove, &[]).await;
        assert_eq!(kept.status, StatusCode::CONFLICT, "{}", kept.body);
        passwords::switch(&stage, true).await;
        let gone = browser.post(remove, &[]).await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.body);
    }
}

#[tokio::test]
async fn a_provider_that_is_away_is_said_so_at_once_and_holds_nobody_up() {
    let fake = Fake::start(GOOGLE).await;
    for stage in stages("away", &[&fake]).await {
        *fake.broken.lock().expect("free") = Some(StatusCode::BAD_GATEWAY);
        fake.asked.store(0, Ordering::SeqCst);
        for _ in 0..5 {
            let browser = stage.site.anonymous();
            let answer = browser.get("/sign-in/oidc/google?next=/ours/live").await;
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
            assert!(answer.body.contains("does not answer") && offers_other_ways(&answer));
            assert!(answer.body.contains("name=\"next\" value=\"/ours/live\""));
        }
        assert_eq!(
            fake.asked.load(Ordering::SeqCst),
            1,
            "not once for everybody"
        );
        // It comes back, and so does this way.
        *fake.broken.lock().expect("free") = None;
        stage.site.clock.advance(limits::PROVIDER_PAUSE);
        let browser = stage.site.anonymous();
        visit(&stage, &browser, &fake, "/sign-in/oidc/google").await;
        assert!(is_in(&browser).await || fake.asked.load(Ordering::SeqCst) > 1);
        // What it said an hour ago is good while it is away, though not for ever.
        *fake.broken.lock().expect("free") = Some(StatusCode::BAD_GATEWAY);
        stage.site.clock.advance(limits::PROVIDER_KNOWN);
        let browser = stage.site.anonymous();
        let left = browser.get("/sign-in/oidc/google").await;
        assert_eq!(left.status, StatusCode::SEE_OTHER);
        stage.site.clock.advance(limits::PROVIDER_KNOWN_MAX);
        let left = browser.get("/sign-in/oidc/google").await;
        assert_eq!(left.status, StatusCode::SERVICE_UNAVAILABLE);
        *fake.broken.lock().expect("free") = None;
    }
}

#[tokio::test]
async fn a_provider_that_never_answers_is_given_up() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let silent = silent.expect("a port");
    let address = format!("http://{}", silent.local_addr().expect("an address"));
    let fake = Fake::start(GOOGLE).await;
    let mut settings = fake.settings();
    settings.put("issuer", &address).expect("an issuer");
    let stage = stages_with("silent", true, || Options {
        providers: Providers::new(vec![settings.clone()]).expect("requests can be sent"),
        ..Options::default()
    })
    .await
    .remove(0);
    let began = std::time::Instant::now();
    let browser = stage.site.anonymous();
    let (one, two) = tokio::join!(
        browser.get("/sign-in/oidc/google"),
        browser.get("/sign-in/oidc/google")
    );
    assert_eq!(one.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(two.status, StatusCode::SERVICE_UNAVAILABLE);
    let most = limits::PROVIDER_ANSWER + Duration::from_secs(3);
    assert!(began.elapsed() < most, "both were given up at once");
}

#[tokio::test]
async fn a_provider_may_change_its_keys() {
    let fake = Fake::start(Shape {
        names_itself: false,
        ..KEYCLOAK
    })
    .await;
    for stage in stages("keys", &[&fake]).await {
        let browser = stage.site.anonymous();
        visit(&stage, &browser, &fake, "/sign-in/oidc/keycloak").await;
        fake.rotate();
        let soon = stage.site.anonymous();
        let back = visit(&stage, &soon, &fake, "/sign-in/oidc/keycloak").await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "asked again at once");
        fake.rotate();
        let again = stage.site.anonymous();
        let back = visit(&stage, &again, &fake, "/sign-in/oidc/keycloak").await;
        assert_eq!(
            back.status,
            StatusCode::CONFLICT,
            "nobody makes us ask at will"
        );
        stage.site.clock.advance(limits::PROVIDER_AGAIN);
        let later = stage.site.anonymous();
        let back = visit(&stage, &later, &fake, "/sign-in/oidc/keycloak").await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.body);
    }
}

#[tokio::test]
async fn no_provider_leads_away_from_the_site_and_the_session_is_a_new_one() {
    let fake = Fake::start(GOOGLE).await;
    for stage in stages("next", &[&fake]).await {
        let long = format!("/{}", "x".repeat(limits::NEXT_BYTES_MAX));
        for next in ["//evil.example", "https://evil.example", "/\\evil", &long] {
            let browser = stage.site.anonymous();
            let path = format!("/sign-in/oidc/google?next={}", web::failure::encode(next));
            let left = browser.get(&path).await;
            let back = browser.get(&fake.agree(&stage, left.location())).await;
            assert_eq!(back.location(), "/", "{next}");
            let cookies = back.headers.get_all("set-cookie").iter();
            let cookies: Vec<&str> = cookies.filter_map(|line| line.to_str().ok()).collect();
            let session = cookies.iter().find(|line| line.starts_with("session="));
            assert!(session.is_some_and(|line| line.contains("HttpOnly")));
            assert!(cookies.iter().any(|line| line.starts_with("provider=;")));
        }
    }
}

#[tokio::test]
async fn ways_to_providers_from_one_address_are_bounded() {
    let fake = Fake::start(GOOGLE).await;
    let stage = stages("ways", &[&fake]).await.remove(0);
    let browser = stage.site.anonymous();
    for _ in 0..limits::PROVIDER_VISITS_MAX {
        let left = browser.get("/sign-in/oidc/google").await;
        assert_eq!(left.status, StatusCode::SEE_OTHER);
    }
    let refused = browser.get("/sign-in/oidc/google").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    stage.site.clock.advance(limits::PROVIDER_VISIT_LIFE);
    let left = browser.get("/sign-in/oidc/google").await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
}
