//! Teams: inviting, joining, changing, removing.

use std::time::Duration;

use http::StatusCode;
use identity::Role;
use identity::limits;
use kit::{Answer, Browser};
use serde_json::{Value, json};

use crate::account::field;
use crate::{Stage, stages};

/// The path of the link in the newest mail.
pub(crate) async fn newest_link(stage: &Stage, begins: &str) -> String {
    let mails = platform::mail::mailbox(&stage.site.app.db, 1)
        .await
        .expect("the mailbox can be read");
    let text = &mails.first().expect("a mail was queued").body;
    let start = text.find(begins).expect("the mail has a link");
    text[start..]
        .split_whitespace()
        .next()
        .expect("the link ends")
        .to_owned()
}

async fn chair(stage: &Stage) -> Browser {
    let ours = [stage.ours.clone()];
    stage.site.sign_in("Chie", Some(Role::Chair), &ours).await
}

async fn invite(stage: &Stage, chair: &Browser, email: &str, roles: &[&str]) -> String {
    let mut fields = vec![("email", email)];
    fields.extend(roles.iter().map(|role| ("roles", *role)));
    let sent = chair.post("/ours/admin/team/invitations", &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    newest_link(stage, "/account/invitations/").await
}

/// The action of a form whose path ends so.
fn action(page: &str, ends: &str) -> String {
    let found = page
        .split("action=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|path| path.ends_with(ends));
    found
        .unwrap_or_else(|| panic!("no form {ends} in {page}"))
        .to_owned()
}

#[tokio::test]
async fn who_is_invited_joins_with_the_link_once_and_only_with_that_address() {
    for stage in stages("invite", true).await {
        let chair = chair(&stage).await;
        let link = invite(&stage, &chair, "Ken@example.org", &["broadcast", "desk"]).await;

        let mallory = stage.site.sign_in("Mallory", None, &[]).await;
        let other = mallory.post(&link, &[]).await;
        assert_eq!(other.status, StatusCode::FORBIDDEN);
        assert!(
            other.body.contains("ken@example.org") && other.body.contains("mallory@example.org"),
            "the refusal says whose it is: {}",
            other.body
        );
        let anonymous = stage.site.anonymous();
        let offered = anonymous.get(&link).await;
        assert!(offered.body.contains("ken@example.org"), "{}", offered.body);
        assert_eq!(
            anonymous.post(&link, &[]).await.status,
            StatusCode::UNAUTHORIZED
        );

        let ken = stage.site.sign_in("Ken", None, &[]).await;
        assert_eq!(ken.get("/ours/studio").await.status, StatusCode::FORBIDDEN);
        assert!(ken.get(&link).await.body.contains("Join the team"));
        let joined = ken.post(&link, &[]).await;
        assert_eq!(
            (joined.status, joined.location()),
            (StatusCode::SEE_OTHER, "/ours")
        );
        assert_eq!(ken.get("/ours/studio").await.status, StatusCode::OK);
        assert_eq!(
            ken.get("/theirs/studio").await.status,
            StatusCode::FORBIDDEN
        );

        let replay = ken.post(&link, &[]).await;
        assert_eq!(replay.status, StatusCode::CONFLICT);
        assert!(replay.body.contains("accepted already"), "{}", replay.body);
        let page = chair.get("/ours/admin/team").await.body;
        assert!(
            page.contains("ken@example.org") && page.contains("accepted"),
            "{page}"
        );
        let log = chair.get("/ours/admin/audit?action=member.join").await.body;
        assert!(log.contains("broadcast, desk"), "{log}");
        assert!(!log.contains("ken@example.org"), "no address in the log");
    }
}

#[tokio::test]
async fn an_invitation_dies_of_age_and_a_new_mail_replaces_the_link() {
    for stage in stages("inviteage", true).await {
        let chair = chair(&stage).await;
        let first = invite(&stage, &chair, "ken@example.org", &["desk"]).await;
        let page = chair.get("/ours/admin/team").await.body;
        let resend = action(&page, "/resend");
        assert_eq!(
            chair.post(&resend, &[]).await.status,
            StatusCode::TOO_MANY_REQUESTS
        );
        stage.site.clock.advance(limits::INVITATION_PAUSE);
        assert_eq!(chair.post(&resend, &[]).await.status, StatusCode::SEE_OTHER);
        let second = newest_link(&stage, "/account/invitations/").await;
        let ken = stage.site.sign_in("Ken", None, &[]).await;
        let replaced = ken.post(&first, &[]).await;
        assert_eq!(replaced.status, StatusCode::CONFLICT);
        assert!(replaced.body.contains("replaced"), "{}", replaced.body);
        stage.site.clock.advance(limits::INVITATION_LIFE);
        let ken = stage.site.sign_in("Ken", None, &[]).await;
        let late = ken.post(&second, &[]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.body.contains("too old"), "{}", late.body);
        let chair = self::chair(&stage).await;
        assert_eq!(chair.post(&resend, &[]).await.status, StatusCode::SEE_OTHER);
        let third = newest_link(&stage, "/account/invitations/").await;
        assert_eq!(ken.post(&third, &[]).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn an_invitation_can_be_taken_back_and_is_refused_where_it_makes_no_sense() {
    for stage in stages("invitebad", true).await {
        let chair = chair(&stage).await;
        let link = invite(&stage, &chair, "ken@example.org", &["desk"]).await;
        let again = chair
            .post(
                "/ours/admin/team/invitations",
                &[("email", "ken@example.org"), ("roles", "desk")],
            )
            .await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.body.contains("open invitation"), "{}", again.body);
        let member = chair
            .post(
                "/ours/admin/team/invitations",
                &[("email", "chie@example.org"), ("roles", "desk")],
            )
            .await;
        assert!(
            member.body.contains("in the team already"),
            "{}",
            member.body
        );
        let empty = chair
            .post("/ours/admin/team/invitations", &[("email", "nonsense")])
            .await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            empty.body.contains("nonsense") && empty.body.contains("at least one role"),
            "{}",
            empty.body
        );
        let revoke = action(&chair.get("/ours/admin/team").await.body, "/revoke");
        assert_eq!(chair.post(&revoke, &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(chair.post(&revoke, &[]).await.status, StatusCode::CONFLICT);
        let ken = stage.site.sign_in("Ken", None, &[]).await;
        let dead = ken.post(&link, &[]).await;
        assert!(dead.body.contains("taken back"), "{}", dead.body);
        // Another conference's chair cannot touch it by its id.
        let theirs = [stage.theirs.clone()];
        let other = stage.site.sign_in("Theo", Some(Role::Chair), &theirs).await;
        let elsewhere = revoke.replace("/ours/", "/theirs/");
        assert_eq!(
            other.post(&elsewhere, &[]).await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn open_invitations_are_bounded() {
    for stage in stages("invitemany", true).await {
        let chair = chair(&stage).await;
        for n in 0..limits::INVITATIONS_OPEN_MAX {
            invite(&stage, &chair, &format!("p{n}@example.org"), &["desk"]).await;
        }
        let refused = chair
            .post(
                "/ours/admin/team/invitations",
                &[("email", "last@example.org"), ("roles", "desk")],
            )
            .await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
    }
}

#[tokio::test]
async fn roles_change_at_once_and_whoever_loses_one_is_announced() {
    for stage in stages("rolechange", true).await {
        let chair = chair(&stage).await;
        let ours = [stage.ours.clone()];
        let ken = stage
            .site
            .sign_in("Ken", Some(Role::Broadcast), &ours)
            .await;
        let mut news = stage.site.app.bus.subscribe("membership.");
        let id = id_of(&stage, "ken@example.org").await;
        let path = format!("/ours/admin/team/members/{id}");
        let blind = chair.post(&path, &[("roles", "promotion")]).await;
        assert_eq!(blind.status, StatusCode::CONFLICT, "no version, no change");
        assert_eq!(ken.get("/ours/studio").await.status, StatusCode::OK);
        let form = chair.get(&path).await.body;
        let none = save(&chair, &path, &form, &[]).await;
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(none.body.contains("at least one role"), "{}", none.body);
        let changed = save(&chair, &path, &form, &[("roles", "desk")]).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
        assert_eq!(ken.get("/ours/studio").await.status, StatusCode::FORBIDDEN);
        let event = news.recv().await.expect("told");
        assert_eq!(&*event.topic, "membership.removed");
        assert_eq!(event.payload["account"], id);
        assert_eq!(event.payload["left"], serde_json::json!(["desk"]));
        let removed = chair.post(&format!("{path}/remove"), &[]).await;
        assert_eq!(removed.status, StatusCode::SEE_OTHER);
        let event = news.recv().await.expect("told");
        assert_eq!(event.payload["left"], serde_json::json!([]));
        assert_eq!(
            chair.post(&format!("{path}/remove"), &[]).await.status,
            StatusCode::NOT_FOUND
        );
        let log = chair.get("/ours/admin/audit").await.body;
        assert!(
            log.contains("member.roles") && log.contains("member.remove"),
            "{log}"
        );
    }
}

/// Saves the roles of a member by the form of a page.
async fn save(browser: &Browser, path: &str, form: &str, fields: &[(&str, &str)]) -> Answer {
    let (version, was) = (field(form, "version"), field(form, "was"));
    let mut all = vec![("version", version.as_str()), ("was", was.as_str())];
    all.extend_from_slice(fields);
    browser.post(path, &all).await
}

/// Whether a role is ticked in a form.
fn ticked(page: &str, role: &str) -> bool {
    page.contains(&format!("name=\"roles\" value=\"{role}\" checked"))
}

/// Which roles members had and got, as the log says.
async fn changes(chair: &Browser) -> Vec<Value> {
    let path = "/ours/admin/audit.json?action=member.roles";
    let log = chair.get(path).await.json();
    let acts = log.as_array().expect("a list").iter();
    acts.map(|act| json!([act["before"]["roles"], act["after"]["roles"]]))
        .collect()
}

#[tokio::test]
async fn two_chairs_who_change_a_member_at_once_see_the_difference_and_overwrite_only_knowingly() {
    for stage in stages("twochairs", true).await {
        let ours = [stage.ours.clone()];
        let one = chair(&stage).await;
        let two = stage.site.sign_in("Theo", Some(Role::Chair), &ours).await;
        let two = two.with("accept-language", "ja");
        stage.site.sign_in("Ken", Some(Role::Desk), &ours).await;
        let id = id_of(&stage, "ken@example.org").await;
        let path = format!("/ours/admin/team/members/{id}");
        let list = one.get("/ours/admin/team").await.body;
        assert!(list.contains(&format!("href=\"{path}\"")), "{list}");
        let (first, second) = (one.get(&path).await.body, two.get(&path).await.body);
        assert!(
            ticked(&first, "desk") && !ticked(&first, "contents"),
            "{first}"
        );

        let saved = [("roles", "desk"), ("roles", "contents")];
        let saved = save(&one, &path, &first, &saved).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        let mine = [("roles", "desk"), ("roles", "platform")];
        let asked = save(&two, &path, &second, &mine).await;
        assert_eq!(asked.status, StatusCode::CONFLICT);
        let page = &asked.body;
        assert!(ticked(page, "desk") && ticked(page, "platform"), "{page}");
        assert!(!ticked(page, "contents"), "theirs stand beside: {page}");
        let theirs = "<span class=\"theirs\"><ins>コンテンツ</ins>\n受付</span>";
        assert!(page.contains(theirs), "{page}");
        let roles = async || one.get(&path).await.body;
        assert!(ticked(&roles().await, "contents"), "nothing was saved yet");

        // Theirs after all; then ours over a state that was seen.
        let mut picked = mine.to_vec();
        picked.push(("pick.roles", "theirs"));
        let kept = save(&two, &path, page, &picked).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
        assert!(ticked(&roles().await, "contents"));
        picked.pop();
        picked.push(("pick.roles", "mine"));
        let over = save(&two, &path, page, &picked).await;
        assert_eq!(over.status, StatusCode::SEE_OTHER, "{}", over.body);
        let now = roles().await;
        assert!(
            ticked(&now, "platform") && !ticked(&now, "contents"),
            "{now}"
        );

        // Who changed nothing is shown what others did, and overwrites nothing.
        let same = [("roles", "desk"), ("roles", "contents")];
        let form = one.get(&path).await.body;
        assert_eq!(
            save(&one, &path, &form, &same).await.status,
            StatusCode::SEE_OTHER
        );
        let idle = save(&two, &path, &form, &mine).await;
        assert_eq!(idle.status, StatusCode::CONFLICT);
        assert!(ticked(&idle.body, "contents"), "{}", idle.body);

        let acts = changes(&one).await;
        assert_eq!(acts.len(), 3, "{acts:?}");
        let over = json!([["contents", "desk"], ["desk", "platform"]]);
        assert!(acts.contains(&over), "{acts:?}");
    }
}

#[tokio::test]
async fn roles_for_somebody_who_is_gone_meanwhile_say_so_and_are_not_lost() {
    for stage in stages("gonemember", true).await {
        let ours = [stage.ours.clone()];
        let one = chair(&stage).await;
        let two = stage.site.sign_in("Theo", Some(Role::Chair), &ours).await;
        let ken = stage.site.sign_in("Ken", Some(Role::Desk), &ours).await;
        let mika = stage.site.sign_in("Mika", Some(Role::Desk), &ours).await;
        let theirs = [stage.theirs.clone()];
        stage.site.sign_in("Noa", Some(Role::Desk), &theirs).await;
        let member =
            async |email: &str| format!("/ours/admin/team/members/{}", id_of(&stage, email).await);
        let (removed, left) = (
            member("ken@example.org").await,
            member("mika@example.org").await,
        );
        let forms = [two.get(&removed).await.body, two.get(&left).await.body];
        one.post(&format!("{removed}/remove"), &[]).await;
        mika.post("/ours/team/leave", &[]).await;
        let wish = [("roles", "contents"), ("roles", "platform")];
        for ((path, form), words) in [&removed, &left]
            .into_iter()
            .zip(&forms)
            .zip(["Ken was taken out of the team", "Mika has left the team"])
        {
            let told = save(&two, path, form, &wish).await;
            assert_eq!(told.status, StatusCode::CONFLICT);
            assert!(told.body.contains(words), "{}", told.body);
            let kept = ticked(&told.body, "contents") && ticked(&told.body, "platform");
            assert!(kept, "in the form that invites: {}", told.body);
            assert_eq!(two.get(path).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(ken.get("/ours/studio").await.status, StatusCode::FORBIDDEN);
        // Of somebody who was never in this team, nothing is said.
        let stranger = member("noa@example.org").await;
        let answer = save(&two, &stranger, &forms[0], &wish).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(!answer.body.contains("Noa"), "{}", answer.body);
    }
}

#[tokio::test]
async fn whoever_is_invited_reads_it_in_a_language_of_theirs() {
    for stage in stages("reads", true).await {
        let chair = chair(&stage).await;
        let ken = stage.site.sign_in("Ken", None, &[]).await;
        let profile = [
            ("version", "1"),
            ("name", "Ken"),
            ("kana", ""),
            ("languages", "ja"),
            ("zone", ""),
        ];
        let saved = ken.post("/account", &profile).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        for (email, word) in [("ken@example.org", "受付"), ("new@example.org", "Desk")] {
            invite(&stage, &chair, email, &["desk"]).await;
            let mails = platform::mail::mailbox(&stage.site.app.db, 1).await;
            let text = mails.expect("read").remove(0).body;
            assert!(text.contains(word), "{text}");
        }
    }
}

#[tokio::test]
async fn a_chair_who_gives_that_up_is_led_to_where_they_still_may_be() {
    for stage in stages("giveup", true).await {
        let two = [stage.ours.clone()];
        stage.site.sign_in("Two", Some(Role::Chair), &two).await;
        let chair = chair(&stage).await;
        let id = id_of(&stage, "chie@example.org").await;
        let path = format!("/ours/admin/team/members/{id}");
        let form = chair.get(&path).await.body;
        let roles = [("roles", "chair"), ("roles", "desk")];
        let still = save(&chair, &path, &form, &roles).await;
        assert_eq!(still.location(), "/ours/admin/team#members");
        let form = chair.get(&path).await.body;
        let gone = save(&chair, &path, &form, &[("roles", "desk")]).await;
        assert_eq!(
            (gone.status, gone.location()),
            (StatusCode::SEE_OTHER, "/ours"),
            "{}",
            gone.body
        );
        let page = chair.get("/ours/team").await.body;
        assert!(page.contains("You are no longer a chair"), "{page}");
        let team = chair.get("/ours/admin/team").await;
        assert_eq!(team.status, StatusCode::FORBIDDEN);

        let chair = stage.site.sign_in("Chie", Some(Role::Chair), &two).await;
        let left = chair.post(&format!("{path}/remove"), &[]).await;
        assert_eq!(left.location(), "/ours", "{}", left.body);
        let page = chair.get("/ours/team").await.body;
        assert!(page.contains("not in the team any more"), "{page}");
    }
}

#[tokio::test]
async fn a_removal_can_be_undone_for_a_moment_and_only_that() {
    for stage in stages("undo", true).await {
        let chair = chair(&stage).await;
        let ours = [stage.ours.clone()];
        let ken = stage
            .site
            .sign_in("Ken", Some(Role::Broadcast), &ours)
            .await;
        let id = id_of(&stage, "ken@example.org").await;
        let path = format!("/ours/admin/team/members/{id}");
        let early = chair.post(&format!("{path}/restore"), &[]).await;
        assert_eq!(early.status, StatusCode::CONFLICT, "nobody was removed");
        chair.post(&format!("{path}/remove"), &[]).await;
        assert_eq!(ken.get("/ours/studio").await.status, StatusCode::FORBIDDEN);
        let page = chair.get("/ours/admin/team").await.body;
        assert!(page.contains(&format!("{path}/restore")), "{page}");
        let theirs = [stage.theirs.clone()];
        let other = stage.site.sign_in("Theo", Some(Role::Chair), &theirs).await;
        let elsewhere = format!("{}/restore", path.replace("/ours/", "/theirs/"));
        assert_eq!(
            other.post(&elsewhere, &[]).await.status,
            StatusCode::CONFLICT
        );
        let undone = chair.post(&format!("{path}/restore"), &[]).await;
        assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.body);
        assert_eq!(ken.get("/ours/studio").await.status, StatusCode::OK);
        // Whoever left by themselves is not brought back, and nobody is after a while.
        ken.post("/ours/team/leave", &[]).await;
        let left = chair.post(&format!("{path}/restore"), &[]).await;
        assert_eq!(left.status, StatusCode::CONFLICT);
        let mika = stage.site.sign_in("Mika", Some(Role::Desk), &ours).await;
        let id = id_of(&stage, "mika@example.org").await;
        let path = format!("/ours/admin/team/members/{id}");
        chair.post(&format!("{path}/remove"), &[]).await;
        stage.site.clock.advance(limits::MEMBER_RESTORE);
        let late = chair.post(&format!("{path}/restore"), &[]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        drop(mika);
    }
}

pub(crate) async fn id_of(stage: &Stage, email: &str) -> String {
    let account = identity::actions::enrol(
        &stage.site.app.db,
        &identity::actions::Persona {
            email,
            name: "Somebody",
            role: None,
            conferences: &[],
            owner: false,
        },
        stage.site.clock.now(),
    )
    .await
    .expect("there");
    account.to_string()
}

#[tokio::test]
async fn a_team_always_keeps_a_chair_also_when_two_remove_each_other_at_once() {
    for stage in stages("lastchair", true).await {
        let ours = [stage.ours.clone()];
        let one = stage.site.sign_in("One", Some(Role::Chair), &ours).await;
        let id_one = id_of(&stage, "one@example.org").await;
        let path = |id: &str| format!("/ours/admin/team/members/{id}/remove");
        let alone = one.post(&path(&id_one), &[]).await;
        assert_eq!(alone.status, StatusCode::CONFLICT);
        assert!(alone.body.contains("needs a chair"), "{}", alone.body);
        assert_eq!(
            one.post("/ours/team/leave", &[]).await.status,
            StatusCode::CONFLICT
        );
        let two = stage.site.sign_in("Two", Some(Role::Chair), &ours).await;
        let id_two = id_of(&stage, "two@example.org").await;
        let (to_two, to_one) = (path(&id_two), path(&id_one));
        let (a, b) = tokio::join!(one.post(&to_two, &[]), two.post(&to_one, &[]));
        let gone = [a.status, b.status]
            .iter()
            .filter(|status| **status == StatusCode::SEE_OTHER)
            .count();
        assert_eq!(gone, 1, "{} {}", a.status, b.status);
    }
}

#[tokio::test]
async fn only_who_wants_to_is_shown_in_public() {
    for stage in stages("shown", true).await {
        let ours = [stage.ours.clone()];
        let ken = stage
            .site
            .sign_in("Ken Shown", Some(Role::Desk), &ours)
            .await;
        let anonymous = stage.site.anonymous();
        assert!(!anonymous.get("/ours/team").await.body.contains("Ken Shown"));
        assert_eq!(
            ken.post("/ours/team/shown", &[("shown", "on")])
                .await
                .status,
            StatusCode::SEE_OTHER
        );
        let page = anonymous.get("/ours/team").await.body;
        assert!(
            page.contains("Ken Shown") && !page.contains("@example.org"),
            "{page}"
        );
        ken.post("/ours/team/shown", &[]).await;
        assert!(!anonymous.get("/ours/team").await.body.contains("Ken Shown"));
        ken.post("/ours/team/shown", &[("shown", "on")]).await;
        assert_eq!(
            ken.post("/ours/team/leave", &[]).await.status,
            StatusCode::SEE_OTHER
        );
        assert!(!anonymous.get("/ours/team").await.body.contains("Ken Shown"));
        let guest = stage.site.sign_in("Guest", None, &[]).await;
        assert_eq!(
            guest
                .post("/ours/team/shown", &[("shown", "on")])
                .await
                .status,
            StatusCode::FORBIDDEN
        );
        stage.site.clock.advance(Duration::from_secs(1));
    }
}
