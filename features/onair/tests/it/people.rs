//! People override the timetable.

use http::{Method, StatusCode};
use identity::Role;
use program::portable::People;
use serde_json::json;

use crate::{Stage, stages};

const A: &str = "/api/v2/conferences/ours/tracks/a/on-air";

async fn crew(stage: &Stage) -> kit::Browser {
    let ours = stage.conference("ours").await;
    stage
        .site
        .sign_in("Ken", Some(Role::Broadcast), &[ours])
        .await
}

#[tokio::test]
async fn a_person_puts_holds_and_gives_back_and_everything_is_kept() {
    for stage in stages("people").await {
        stage.pass(0).await;
        let ken = crew(&stage).await;
        let late = stage.talk("ours", "Late").await;
        let put = ken
            .json(
                Method::POST,
                A,
                &json!({"mode": "manual", "talk": late, "reason": "the speaker is early"}),
            )
            .await;
        assert_eq!(
            (put.status, &put.json()["title"]),
            (StatusCode::OK, &json!("Late"))
        );
        // The timetable goes on elsewhere, not here.
        stage.pass(31).await;
        assert_eq!(
            stage.on("ours", "a").await,
            (Some("Late".into()), "manual".into())
        );
        let auto = ken.json(Method::POST, A, &json!({"mode": "auto"})).await;
        assert_eq!(auto.json()["title"], "Second");
        let hold = ken.json(Method::POST, A, &json!({"mode": "hold"})).await;
        assert_eq!(
            (&hold.json()["title"], &hold.json()["mode"]),
            (&json!("Second"), &json!("hold"))
        );
        stage.pass(60).await;
        assert_eq!(
            stage.on("ours", "a").await,
            (Some("Second".into()), "hold".into())
        );
        let clear = ken
            .json(Method::POST, A, &json!({"mode": "manual", "talk": null}))
            .await;
        assert_eq!(clear.json()["title"], json!(null));

        let insider = ken.get(A).await.json();
        let history = insider["history"].as_array().unwrap();
        assert_eq!(history.len(), 5);
        assert_eq!(
            (&history[1]["name"], &history[1]["reason"]),
            (&json!("Ken"), &json!("the speaker is early"))
        );
        assert_eq!(history[0].get("name"), None, "the timetable has no name");
        let ours = stage.conference("ours").await;
        for (people, name) in [
            (People::Named, json!("Ken")),
            (People::Anonymous, json!(null)),
        ] {
            let file = onair::portable::portable(&stage.site.app.db, &ours, people).await;
            let change = &file.unwrap().content["changes"][1];
            assert_eq!((&change["by"], &change["by_hand"]), (&name, &json!(true)));
        }
        let outsider = stage.site.anonymous().get(A).await.json();
        assert!(
            outsider["history"]
                .as_array()
                .unwrap()
                .iter()
                .all(|entry| entry.get("name").is_none() && entry.get("reason").is_none())
        );
    }
}

#[tokio::test]
async fn every_override_is_in_the_audit_log() {
    for stage in stages("audit").await {
        let ken = crew(&stage).await;
        ken.json(Method::POST, A, &json!({"mode": "hold"})).await;
        ken.json(Method::POST, A, &json!({"mode": "hold"})).await;
        ken.json(Method::POST, A, &json!({"mode": "auto"})).await;
        db::record! { struct Entry { action: String, before: String, after: String } }
        let entries: Vec<Entry> = stage
            .site
            .app
            .db
            .all(db::sql!(Entry: "SELECT action, before, after FROM audit WHERE action LIKE 'onair.%' ORDER BY at, id"), db::params![])
            .await
            .unwrap();
        let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(
            actions,
            ["onair.hold", "onair.auto"],
            "what changes nothing is no act"
        );
        assert_eq!(
            (entries[0].before.as_str(), entries[0].after.as_str()),
            ("[null,\"auto\"]", "[null,\"hold\"]")
        );
    }
}

#[tokio::test]
async fn nobody_else_and_nothing_else_is_put_on_air() {
    for stage in stages("refuse").await {
        let (ours, theirs) = (
            stage.conference("ours").await,
            stage.conference("theirs").await,
        );
        let opening = stage.talk("ours", "Opening").await;
        let elsewhere = stage.talk("theirs", "Elsewhere").await;
        let good = json!({"mode": "manual", "talk": opening});
        let refused = stage.site.anonymous().json(Method::POST, A, &good).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        let next_door = stage
            .site
            .sign_in("Nao", Some(Role::Broadcast), &[theirs])
            .await;
        assert_eq!(
            next_door.json(Method::POST, A, &good).await.status,
            StatusCode::FORBIDDEN
        );
        for role in [None, Some(Role::Contents), Some(Role::Desk)] {
            let other = stage
                .site
                .sign_in(
                    &format!("Other {role:?}"),
                    role,
                    std::slice::from_ref(&ours),
                )
                .await;
            assert_eq!(
                other.json(Method::POST, A, &good).await.status,
                StatusCode::FORBIDDEN
            );
        }
        let ken = crew(&stage).await;
        for (body, status) in [
            (
                json!({"mode": "manual", "talk": elsewhere}),
                StatusCode::NOT_FOUND,
            ),
            (
                json!({"mode": "manual", "talk": "tlk_nonsense"}),
                StatusCode::NOT_FOUND,
            ),
            (json!({"mode": "loud"}), StatusCode::UNPROCESSABLE_ENTITY),
            (json!({"talk": opening}), StatusCode::UNPROCESSABLE_ENTITY),
            (
                json!({"mode": "hold", "reason": "x".repeat(201)}),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
        ] {
            assert_eq!(
                ken.json(Method::POST, A, &body).await.status,
                status,
                "{body}"
            );
        }
        let elsewhere = A.replace("/a/", "/zz/");
        assert_eq!(
            ken.json(Method::POST, &elsewhere, &good).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(stage.on("ours", "a").await, (None, "auto".into()));
    }
}

#[tokio::test]
async fn people_who_press_at_the_same_moment_leave_one_talk_and_a_chain() {
    for stage in stages("race").await {
        stage.pass(0).await;
        let ken = std::sync::Arc::new(crew(&stage).await);
        let (late, second) = (
            stage.talk("ours", "Late").await,
            stage.talk("ours", "Second").await,
        );
        let mut presses = tokio::task::JoinSet::new();
        for i in 0..24 {
            let body = match i % 4 {
                0 => json!({"mode": "manual", "talk": late}),
                1 => json!({"mode": "manual", "talk": second}),
                2 => json!({"mode": "hold"}),
                _ => json!({"mode": "auto"}),
            };
            let ken = ken.clone();
            presses.spawn(async move { ken.json(Method::POST, A, &body).await.status });
        }
        let statuses = presses.join_all().await;
        assert!(
            statuses
                .iter()
                .all(|s| *s == StatusCode::OK || *s == StatusCode::CONFLICT),
            "{statuses:?}"
        );
        let (conference, track) = (
            stage.conference("ours").await,
            stage.track("ours", "a").await,
        );
        let db = &stage.site.app.db;
        let history = onair::history(db, &conference, &track, 200).await.unwrap();
        assert!(history.windows(2).all(|pair| {
            (pair[0].version + 1, &pair[0].to_talk, pair[0].to_mode)
                == (pair[1].version, &pair[1].from_talk, pair[1].from_mode)
                && pair[0].at <= pair[1].at
        }));
        let now = onair::now_of(db, &conference, &track)
            .await
            .unwrap()
            .unwrap();
        let last = history.last().unwrap();
        assert_eq!(
            (now.talk, now.mode, now.version),
            (last.to_talk.clone(), last.to_mode, last.version)
        );
    }
}

#[tokio::test]
async fn every_statement_of_this_feature_runs_on_both_stores() {
    for stage in stages("statements").await {
        db::check_statements(&stage.site.app.db).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_leaves_is_gone_from_the_history_which_stays_complete() {
    use identity::Holder as _;
    for stage in stages("leave").await {
        stage.pass(0).await;
        let ken = crew(&stage).await;
        let late = stage.talk("ours", "Late").await;
        let put = json!({"mode": "manual", "talk": late, "reason": "early"});
        assert_eq!(ken.json(Method::POST, A, &put).await.status, StatusCode::OK);
        let db = &stage.site.app.db;
        let persona = identity::actions::Persona {
            email: "ken@example.org",
            name: "Ken",
            role: None,
            conferences: &[],
            owner: false,
        };
        let account = identity::actions::enrol(db, &persona, stage.site.clock.now())
            .await
            .unwrap();
        let person = identity::Person {
            account,
            email: persona.email.to_owned(),
        };
        let kept = onair::people().kept(db, &person).await.unwrap();
        assert_eq!(
            (kept[0].count, &kept[0].items[0]["reason"]),
            (1, &json!("early"))
        );
        let mut tx = db.begin().await.unwrap();
        onair::people().forget(&mut tx, &person).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(onair::people().kept(db, &person).await.unwrap()[0].count, 0);
        let history = ken.get(A).await.json()["history"].clone();
        let last = &history.as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last["name"], &last["reason"]),
            (&json!("–"), &json!("early"))
        );
    }
}
