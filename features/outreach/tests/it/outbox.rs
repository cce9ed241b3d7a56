use http::StatusCode;
use identity::Role;
use platform::jobs::Worker;
use platform::mail::{self, Transport};

use crate::stages;

#[tokio::test]
async fn a_team_sees_the_mails_of_its_conference_and_the_owner_all() {
    for stage in stages("outbox_seen").await {
        let (ours, theirs) = (stage.id("ours").await, stage.id("theirs").await);
        stage
            .mail(ours.as_str(), "ken@example.org", "採択のお知らせ")
            .await;
        stage
            .mail(theirs.as_str(), "bob@example.org", "Theirs")
            .await;
        stage.mail("", "ann@example.org", "Sign in").await;
        let contents = stage.member("Chie", Role::Contents, "ours").await;
        let page = contents.get("/ours/admin/mail").await.body;
        assert!(page.contains("ken@example.org"), "{page}");
        assert!(!page.contains("bob@example.org") && !page.contains("ann@example.org"));
        assert!(
            !page.contains("swordfish"),
            "the text of a mail is nobody's business"
        );
        let found = contents
            .get("/ours/admin/mail?q=%E6%8E%A1%E6%8A%9E&state=queued")
            .await;
        assert!(found.body.contains("ken@example.org"), "{}", found.body);
        let none = contents.get("/ours/admin/mail?state=dead").await.body;
        assert!(!none.contains("ken@example.org"));
        for odd in [
            "?state=x",
            "?before=1.2",
            "?before=9999999999999999999.mal_x",
            "?q=%00",
        ] {
            let page = contents.get(&format!("/ours/admin/mail{odd}")).await;
            assert_eq!(page.status, StatusCode::OK, "{odd}");
        }
        let owner = stage.site.owner().await;
        let all = owner.get("/ops/mail").await.body;
        for who in ["ken@", "bob@", "ann@"] {
            assert!(all.contains(who), "{all}");
        }
        let desk = stage.member("Dan", Role::Desk, "ours").await;
        assert_eq!(
            desk.get("/ours/admin/mail").await.status,
            StatusCode::FORBIDDEN
        );
    }
}

#[tokio::test]
async fn what_was_given_up_is_sent_again_by_its_own_team_once() {
    for stage in stages("outbox_again").await {
        let app = &stage.site.app;
        let ours = stage.id("ours").await;
        stage.mail(ours.as_str(), "a@b\r\nBcc: c@d", "Dead").await;
        let smtp = Transport::smtp("smtp://127.0.0.1:9", "no-reply@example.org").expect("good");
        let sender = mail::sender(app.db.clone(), app.clock.clone(), smtp);
        let worker = Worker::new(app.db.clone(), app.clock.clone()).on(mail::SEND, sender);
        worker.run_due().await.expect("runs");

        let contents = stage.member("Chie", Role::Contents, "ours").await;
        let page = contents.get("/ours/admin/mail?state=dead").await.body;
        let action = page
            .split("action=\"")
            .filter_map(|rest| rest.split('"').next())
            .find(|path| path.contains("/mail/mal_"));
        let action = action.expect("a button").to_owned();
        let theirs = stage.member("Bob", Role::Chair, "theirs").await;
        let foreign = action.replace("/ours/", "/theirs/");
        assert_eq!(
            theirs.post(&foreign, &[]).await.status,
            StatusCode::CONFLICT
        );
        let again = contents.post(&action, &[]).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER);
        assert_eq!(
            contents.post(&action, &[]).await.status,
            StatusCode::CONFLICT
        );
        assert_eq!(
            contents
                .post("/ours/admin/mail/mal_1/resend", &[])
                .await
                .status,
            StatusCode::NOT_FOUND
        );
        let page = contents.get("/ours/admin/mail?state=queued").await.body;
        assert!(page.contains("Dead"), "{page}");
    }
}
