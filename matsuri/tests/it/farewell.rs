//! Somebody acts wherever a conference's team can, deletes their account, and is looked for in every text of every table.
//! What a feature keeps about people is found here by itself once something of theirs is written.

use std::collections::BTreeSet;

use db::{Db, params, sql};
use http::{Method, StatusCode};
use identity::Role;
use identity::actions::{Persona, enrol};
use kernel::value::Value;
use kit::Browser;
use serde_json::json;

use crate::strangers::furnish::{Names, Stage, furnish};
use crate::strangers::{fill, knock};

/// What stands in their name and in each of their addresses, and nowhere else.
const NEEDLE: &str = "zephyrine";
const NAME: &str = "Quillon Zephyrine";
const EMAIL: &str = "quillon@zephyrine.example";
const NEW_EMAIL: &str = "q@zephyrine.example";

/// Tables and columns in which they are named.
async fn named(db: &Db) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut snapshot = db.snapshot().await.expect("a look");
    for table in snapshot.tables().await.expect("tables") {
        let each = |row: Vec<Value>| {
            for (column, value) in table.columns.iter().zip(row) {
                if let Value::Text(Some(text)) = value
                    && text.to_lowercase().contains(NEEDLE)
                {
                    found.insert(format!("{}.{}", table.name, column.name));
                }
            }
            Ok::<(), db::Error>(())
        };
        snapshot.read(&table, each).await.expect("rows");
    }
    found
}

/// The newest mail's link.
async fn mailed(stage: &Stage, part: &str) -> String {
    let mails = platform::mail::mailbox(&stage.site.app.db, 1).await;
    let body = mails.expect("read").remove(0).body;
    let start = body.find(part).expect("a link");
    let link = body[start..].split_whitespace().next();
    link.expect("it ends").to_owned()
}

/// Sends something to every address at which something of the conference is written, but takes nothing away.
async fn act(stage: &Stage, quillon: &Browser, ours: &Names) {
    let takes = ["remove", "delete", "leave", "revoke", "cancel", "reject"];
    for route in &stage.routes {
        let writes = [Method::POST, Method::PUT, Method::PATCH].contains(&route.method);
        let is_ours = route.path.contains("/{conf}/");
        if !writes || !is_ours || takes.iter().any(|word| route.path.contains(word)) {
            continue;
        }
        let path = fill(route.path, "ours", ("", "rooms", ""), ours);
        knock(quillon, &route.method, &path).await;
    }
    let (talk, track) = (ours.first("{talk}"), ours.first("{track}"));
    let mut socket = stage.connect(quillon).await;
    let line = json!({"conf": "ours", "talk": talk, "text": "Hello", "nonce": "nonce-0001"});
    socket.command("chat.post", &line).await;
    let held = json!({"conf": "ours", "track": track});
    socket.command("studio.hold", &held).await;
    quillon
        .post("/account/email", &[("email", NEW_EMAIL)])
        .await;
    let link = mailed(stage, "/account/email/confirm/").await;
    let changed = quillon.post(&link, &[]).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
}

/// What takes an encoder, a film or a bad day to come about, as rows.
async fn rows(stage: &Stage, account: &str) {
    let db = &stage.site.app.db;
    for row in [
        sql!("UPDATE slate SET uploaded_by = $1, uploaded_account = $2"),
        sql!("UPDATE schedule_import SET who = $1, account = $2"),
        sql!(
            "INSERT INTO spreadsheet (id, conference, kind, name, wish, made, counts, created_at, created_by, created_account)
             SELECT 'sheet', id, 'talks', 'talks.csv', '{}', '{}', '{}', 1, $1, $2 FROM conference ORDER BY id LIMIT 1"
        ),
        sql!(
            "INSERT INTO alarm (id, conference, track, code, severity, since, raised_at, acknowledged_at, acknowledged_by,
                 acknowledged_account)
             SELECT 'alm', conference, id, 'slate-on', 'notice', 1, 1, 2, $1, $2 FROM track ORDER BY id LIMIT 1"
        ),
        sql!(
            "INSERT INTO stream_key (id, conference, track, digest, created_at, created_by, created_account, revoked_at,
                 revoked_by, revoked_account)
             SELECT 'key', conference, id, 'digest', 1, $1, $2, 2, $1, $2 FROM track ORDER BY id LIMIT 1"
        ),
        sql!(
            "INSERT INTO caption_key (id, conference, track, digest, created_at, created_by, created_account, revoked_at,
                 revoked_by, revoked_account)
             SELECT 'key', conference, id, 'digest', 1, $1, $2, 2, $1, $2 FROM track ORDER BY id LIMIT 1"
        ),
        sql!(
            "INSERT INTO input_order (track, conference, wanted, changed_at, changed_by, changed_account, reason)
             SELECT id, conference, 'auto', 1, $1, $2, '' FROM track WHERE TRUE
             ON CONFLICT (track) DO UPDATE SET changed_by = excluded.changed_by, changed_account = excluded.changed_account"
        ),
        sql!(
            "INSERT INTO break_clips (conference, automatic, changed_at, changed_by, changed_account)
             SELECT id, TRUE, 1, $1, $2 FROM conference WHERE TRUE
             ON CONFLICT (conference) DO UPDATE SET changed_by = excluded.changed_by,
                 changed_account = excluded.changed_account"
        ),
    ] {
        db.exec(row, params![NAME, account]).await.expect("theirs");
    }
    // As if the worker had been there: what waits to leave is another matter.
    let left = sql!("UPDATE mail SET sent_at = 1");
    db.exec(left, params![]).await.expect("sent");
}

#[tokio::test]
async fn whoever_deletes_their_account_is_named_nowhere_any_more() {
    for db in kit::engines("farewell").await {
        let stage = Stage::build(db).await;
        let db = &stage.site.app.db;
        stage.site.owner().await;
        let persona = Persona {
            email: EMAIL,
            name: NAME,
            role: None,
            conferences: &[],
            owner: true,
        };
        let quillon = stage.site.sign_in_as(&persona).await;
        let ours = furnish(&stage, &quillon, "ours").await;
        let conference = [stage.conference("ours").await];
        stage
            .site
            .sign_in("Chie", Some(Role::Chair), &conference)
            .await;
        stage.token(&quillon, &conference[0]).await;
        act(&stage, &quillon, &ours).await;
        let renamed = Persona {
            email: NEW_EMAIL,
            ..persona
        };
        let account = enrol(db, &renamed, stage.site.clock.now()).await;
        rows(&stage, account.expect("known").as_str()).await;

        let before = named(db).await;
        for place in [
            "account.name",
            "alarm.acknowledged_by",
            "break_clips.changed_by",
            "caption_key.created_by",
            "caption_key.revoked_by",
            "conference_switch.created_by",
            "email_change.old_email",
            "encoder_test.created_by",
            "input_order.changed_by",
            "mail.body",
            "mail.recipient",
            "schedule_import.who",
            "slate.uploaded_by",
            "spreadsheet.created_by",
            "stream_key.created_by",
            "stream_key.revoked_by",
        ] {
            assert!(before.contains(place), "not in {place}, but in {before:?}");
        }
        let list = quillon.get("/account/data").await.body;
        assert!(list.contains("your name is taken off"), "{list}");
        let gone = quillon
            .post("/account/delete", &[("email", NEW_EMAIL)])
            .await;
        assert_eq!(gone.status, StatusCode::OK, "{}", gone.body);
        // The receipt has to be sent somewhere; nothing is kept of it once it left.
        let receipt: BTreeSet<String> = ["mail.recipient".to_owned()].into();
        assert_eq!(named(db).await, receipt);
        let kind = sql!(String: "SELECT job.kind FROM job JOIN mail ON mail.job = job.id WHERE mail.sent_at IS NULL");
        let kinds = db.all(kind, params![]).await.expect("read");
        assert_eq!(kinds, [platform::mail::SEND_AND_FORGET]);
    }
}
