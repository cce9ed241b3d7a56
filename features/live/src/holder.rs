//! What is kept here about people: chat lines, what viewers got, the list of those who may watch, who looks after captions.

use db::{Db, Tx, params, record, sql};
use futures_util::future::BoxFuture;
use identity::{Fate, Holder, Kept, Person};
use kernel::{Result, Timestamp};
use serde_json::json;

/// Answers for this feature when somebody wants to know, or leaves.
#[derive(Clone, Copy, Debug)]
pub struct People;

/// Stands for a name that is gone: the lines around it would lose their sense without the line itself.
const NOBODY: &str = "–";

record! {
    struct Line { at: Timestamp, conference: String, text: String }
}

record! {
    struct Visit { began_at: Timestamp, seen_at: Timestamp, conference: String, browser: String }
}

record! {
    struct Deed { at: Timestamp, conference: String, what: String }
}

record! {
    struct Entry { conference: String, person: String, added_at: Timestamp }
}

impl Holder for People {
    fn kept<'a>(&'a self, db: &'a Db, person: &'a Person) -> BoxFuture<'a, Result<Vec<Kept>>> {
        Box::pin(kept(db, person))
    }

    fn forget<'a>(&'a self, tx: &'a mut Tx, person: &'a Person) -> BoxFuture<'a, Result<()>> {
        Box::pin(forget(tx, person))
    }
}

async fn kept(db: &Db, person: &Person) -> Result<Vec<Kept>> {
    let lines =
        sql!(Line: "SELECT at, conference, text FROM chat_line WHERE account = $1 ORDER BY at, id");
    let visits = sql!(Visit:
        "SELECT began_at, seen_at, conference, browser FROM viewer_session WHERE account = $1 ORDER BY began_at, code");
    let entries = sql!(Entry:
        "SELECT conference, person, added_at FROM watch_entry WHERE person = $1 OR person = $2 ORDER BY added_at, conference");
    let deeds = sql!(Deed:
        "SELECT created_at AS at, conference, 'caption key made' AS what FROM caption_key WHERE created_account = $1
         UNION ALL SELECT revoked_at AS at, conference, 'caption key revoked' AS what FROM caption_key
         WHERE revoked_account = $1 AND revoked_at IS NOT NULL ORDER BY at, what, conference");
    let deeds = db.all(deeds, params![person.account]).await?;
    let deeds = deeds
        .into_iter()
        .map(|deed| json!({ "at": deed.at, "conference": deed.conference, "what": deed.what }));
    let lines = db.all(lines, params![person.account]).await?;
    let lines = lines
        .into_iter()
        .map(|line| json!({ "at": line.at, "conference": line.conference, "text": line.text }));
    let visits = db.all(visits, params![person.account]).await?;
    let visits = visits.into_iter().map(|visit| {
        json!({ "from": visit.began_at, "until": visit.seen_at, "conference": visit.conference, "browser": visit.browser })
    });
    let entries = db
        .all(entries, params![person.account, person.email])
        .await?;
    let entries = entries.into_iter().map(|entry| {
        json!({ "conference": entry.conference, "person": entry.person, "added_at": entry.added_at })
    });
    Ok(vec![
        Kept::new("chat", "live-kept-chat", Fate::Anonymised, lines.collect()),
        Kept::new(
            "watched",
            "live-kept-watched",
            Fate::Anonymised,
            visits.collect(),
        ),
        Kept::new(
            "captions",
            "live-kept-captions",
            Fate::Anonymised,
            deeds.collect(),
        ),
        Kept::new(
            "may_watch",
            "live-kept-may-watch",
            Fate::Deleted,
            entries.collect(),
        ),
    ])
}

async fn forget(tx: &mut Tx, person: &Person) -> Result<()> {
    // The id takes the nonce's place: nonces are unique per account, and nobody's lines are many people's.
    let lines = sql!(
        "UPDATE chat_line SET account = '', name = $2, badge = NULL, nonce = id WHERE account = $1"
    );
    tx.exec(lines, params![person.account, NOBODY]).await?;
    let visits = sql!("UPDATE viewer_session SET account = '' WHERE account = $1");
    tx.exec(visits, params![person.account]).await?;
    for statement in [
        sql!(
            "UPDATE caption_key SET created_by = $2, created_account = NULL WHERE created_account = $1"
        ),
        sql!(
            "UPDATE caption_key SET revoked_by = $2, revoked_account = NULL WHERE revoked_account = $1"
        ),
    ] {
        tx.exec(statement, params![person.account, NOBODY]).await?;
    }
    let entries = sql!("DELETE FROM watch_entry WHERE person = $1 OR person = $2");
    tx.exec(entries, params![person.account, person.email])
        .await?;
    Ok(())
}
