use http::StatusCode;
use identity::Role;
use kit::Browser;

use crate::{INVITATION, SIGN_IN, Stage, stages};

const FORM: &str = "/ours/admin/letters/identity-invitation-mail/en";

/// A hidden field of the form on a page.
fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page.split(&start).nth(1).expect("the form has the field");
    rest.split('"').next().expect("it ends").to_owned()
}

async fn save(browser: &Browser, form: &str, page: &str, subject: &str, body: &str) -> kit::Answer {
    let (version, was) = (hidden(page, "version"), hidden(page, "was"));
    let fields = [
        ("version", version.as_str()),
        ("was", &was),
        ("subject", subject),
        ("body", body),
    ];
    browser.post(form, &fields).await
}

async fn newest(stage: &Stage) -> platform::mail::Kept {
    let mails = platform::mail::mailbox(&stage.site.app.db, 1).await;
    mails.expect("read").pop().expect("a mail")
}

#[tokio::test]
async fn a_team_words_the_letters_of_its_own_conference() {
    for stage in stages("letters_own").await {
        let contents = stage.member("Chie", Role::Contents, "ours").await;
        let list = contents.get("/ours/admin/letters").await.body;
        assert!(
            list.contains(INVITATION) && !list.contains(SIGN_IN),
            "{list}"
        );
        let page = contents.get(FORM).await.body;
        assert!(
            page.contains("{url}") && page.contains("{inviter}"),
            "{page}"
        );
        let saved = save(&contents, FORM, &page, "Join {conference}", "Here: {url}").await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);

        let chair = stage.member("Aiko", Role::Chair, "ours").await;
        let invited = [("email", "ken@example.org"), ("roles", "desk")];
        chair.post("/ours/admin/team/invitations", &invited).await;
        let mail = newest(&stage).await;
        assert_eq!(mail.subject, "Join ours");
        assert!(
            mail.body
                .starts_with("Here: http://box.test/account/invitations/")
        );

        let theirs = stage.member("Bob", Role::Chair, "theirs").await;
        theirs
            .post("/theirs/admin/team/invitations", &invited)
            .await;
        assert!(newest(&stage).await.subject.starts_with("Invitation"));
        assert_eq!(theirs.get(FORM).await.status, StatusCode::FORBIDDEN);
        let other = FORM.replace(INVITATION, SIGN_IN);
        assert_eq!(contents.get(&other).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            contents.get(&FORM.replace("/en", "/fr")).await.status,
            StatusCode::NOT_FOUND
        );
        let log = chair.get("/ours/admin/audit?action=letter.word").await.body;
        assert!(log.contains("Join {conference}"), "{log}");
    }
}

#[tokio::test]
async fn a_wording_that_is_of_no_use_comes_back_as_it_was_typed() {
    for stage in stages("letters_bad").await {
        let contents = stage.member("Chie", Role::Contents, "ours").await;
        let page = contents.get(FORM).await.body;
        let refused = save(
            &contents,
            FORM,
            &page,
            "Hello {who}",
            "<script>no link</script>",
        )
        .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("{who}") && refused.body.contains("{url}"));
        assert!(refused.body.contains("no link"), "nothing typed is lost");
        assert!(
            !refused.body.contains("<script>no link"),
            "{}",
            refused.body
        );
    }
}

#[tokio::test]
async fn two_who_word_at_once_see_each_other() {
    for stage in stages("letters_stale").await {
        let one = stage.member("Chie", Role::Contents, "ours").await;
        let page = one.get(FORM).await.body;
        save(&one, FORM, &page, "First", "{url}").await;
        let late = save(&one, FORM, &page, "Second", "{url}").await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.body.contains("First") && late.body.contains("Second"));

        let page = one.get(FORM).await.body;
        let version = hidden(&page, "version");
        let reset = format!("{FORM}/reset");
        let stale = one.post(&reset, &[("version", "7")]).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
        let done = one.post(&reset, &[("version", &version)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        assert!(!one.get(FORM).await.body.contains("value=\"First\""));
    }
}

#[tokio::test]
async fn the_owner_words_for_all_and_a_trial_goes_to_who_asks() {
    for stage in stages("letters_site").await {
        let owner = stage.site.owner().await;
        let form = "/ops/letters/identity-invitation-mail/en";
        let page = owner.get(form).await.body;
        save(&owner, form, &page, "Site says {conference}", "{url}").await;
        let sign_in = owner.get("/ops/letters/identity-mail/ja").await;
        assert_eq!(sign_in.status, StatusCode::OK);

        let contents = stage.member("Chie", Role::Contents, "ours").await;
        let taken_over = contents.get(FORM).await.body;
        assert!(
            taken_over.contains("Site says {conference}"),
            "{taken_over}"
        );
        let tried = contents.post(&format!("{FORM}/try"), &[]).await;
        assert_eq!(tried.status, StatusCode::SEE_OTHER);
        let mail = newest(&stage).await;
        assert_eq!(mail.recipient, "chie@example.org");
        assert_eq!(mail.subject, "Trial: Site says Matsuri Days");
        assert_eq!(
            contents.get("/ops/letters").await.status,
            StatusCode::FORBIDDEN
        );
    }
}
