//! What is kept about people, and what is left when they leave.

use identity::actions::{Persona, enrol};
use identity::{Fate, Holder as _, Person};
use live::people;
use serde_json::json;

use crate::stage::stages;

#[tokio::test]
async fn whoever_leaves_is_gone_from_the_chat_while_the_conversation_stays() {
    for stage in stages("leave", "anyone").await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let talk = stage.talk("ours", "Opening").await;
        let mut socket = stage.connect(&aiko).await;
        for nonce in ["nonce-0001", "nonce-0002"] {
            let line = json!({"conf": "ours", "talk": talk, "text": "Hello", "nonce": nonce});
            let result = socket.command("chat.post", &line).await;
            assert_eq!(result["ok"], true, "{result}");
        }
        let db = &stage.site.app.db;
        let persona = Persona {
            email: "aiko@example.org",
            name: "Aiko",
            role: None,
            conferences: &[],
            owner: false,
        };
        let account = enrol(db, &persona, stage.site.clock.now()).await.unwrap();
        let person = Person {
            account,
            email: persona.email.to_owned(),
        };
        let entry = db::sql!(
            "INSERT INTO watch_entry (conference, track, person, added_at, added_by) VALUES ($1, '', $2, 0, 'x')"
        );
        let conference = stage.conference("ours").await;
        db.exec(entry, db::params![conference, person.email])
            .await
            .unwrap();

        let kept = people().kept(db, &person).await.unwrap();
        let counts: Vec<(&str, usize)> = kept.iter().map(|one| (one.name, one.count)).collect();
        assert_eq!(
            counts,
            [
                ("chat", 2),
                ("watched", 0),
                ("captions", 0),
                ("may_watch", 1)
            ]
        );
        assert_eq!(kept[0].items[0]["text"], "Hello");
        assert_eq!(kept[0].fate, Fate::Anonymised);

        let mut tx = db.begin().await.unwrap();
        people().forget(&mut tx, &person).await.unwrap();
        tx.commit().await.unwrap();
        let kept = people().kept(db, &person).await.unwrap();
        assert!(kept.iter().all(|one| one.count == 0), "{kept:?}");
        let path = format!("/api/v2/conferences/ours/talks/{talk}/chat");
        let listed = stage.site.anonymous().get(&path).await;
        assert!(
            listed.body.contains("Hello") && !listed.body.contains("Aiko"),
            "{}",
            listed.body
        );
    }
}
