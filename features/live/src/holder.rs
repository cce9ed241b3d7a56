//! What is kept here about people: chat lines, what viewers got, the list of those who may watch, who looks after captions.

use db::{Db, Tx, params, record, sql};
use futures_util::future::BoxFuture;
use identity::{Deed, Deeds, Fate, Holder, Kept, Person};
use kernel::{Result, Timestamp};
use serde::Serialize;

record! {
    #[derive(Serialize)]
    struct Line { at: Timestamp, conference: String, text: String }
}

record! {
    #[derive(Serialize)]
    struct Visit {
        #[serde(rename = "from")]
        began_at: Timestamp,
        #[serde(rename = "until")]
        seen_at: Timestamp,
        conference: String,
        browser: String,
    }
}

record! {
    #[derive(Serialize)]
    struct Entry { conference: String, person: String, added_at: Timestamp }
}

/// Answers for this feature when somebody wants to know, or leaves.
pub fn people() -> impl Holder {
    People
}

struct People;

impl Holder for People {
    fn kept<'a>(&'a self, db: &'a Db, person: &'a Person) -> BoxFuture<'a, Result<Vec<Kept>>> {
        Box::pin(kept(db, person))
    }

    fn forget<'a>(&'a self, tx: &'a mut Tx, person: &'a Person) -> BoxFuture<'a, Result<()>> {
        Box::pin(forget(tx, person))
    }
}

/// Lines stay without their name: those around them would lose their sense.
fn lines() -> Deeds<Line> {
    Deeds {
        name: "chat",
        label: "live-kept-chat",
        done: sql!(Line:
            "SELECT at, conference, text FROM chat_line WHERE account = $1 ORDER BY at, id"),
        // The id takes the nonce's place: nonces are unique per account, and nobody's lines are many people's.
        unnamed: vec![sql!(
            "UPDATE chat_line SET account = '', name = $2, badge = NULL, nonce = id WHERE account = $1"
        )],
    }
}

fn keys() -> Deeds {
    Deeds {
        name: "captions",
        label: "live-kept-captions",
        done: sql!(Deed:
            "SELECT created_at AS at, conference, 'caption key made' AS what FROM caption_key WHERE created_account = $1
             UNION ALL SELECT revoked_at AS at, conference, 'caption key revoked' AS what FROM caption_key
             WHERE revoked_account = $1 AND revoked_at IS NOT NULL ORDER BY at, what, conference"),
        unnamed: vec![
            sql!(
                "UPDATE caption_key SET created_by = $2, created_account = NULL WHERE created_account = $1"
            ),
            sql!(
                "UPDATE caption_key SET revoked_by = $2, revoked_account = NULL WHERE revoked_account = $1"
            ),
        ],
    }
}

async fn kept(db: &Db, person: &Person) -> Result<Vec<Kept>> {
    let visits = sql!(Visit:
        "SELECT began_at, seen_at, conference, browser FROM viewer_session WHERE account = $1 ORDER BY began_at, code");
    let visits = db.all(visits, params![person.account]).await?;
    let entries = sql!(Entry:
        "SELECT conference, person, added_at FROM watch_entry WHERE person = $1 OR person = $2 ORDER BY added_at, conference");
    let entries = db
        .all(entries, params![person.account, person.email])
        .await?;
    let mut kept = lines().kept(db, person).await?;
    kept.push(Kept::of(
        "watched",
        "live-kept-watched",
        Fate::Anonymised,
        &visits,
    )?);
    kept.extend(keys().kept(db, person).await?);
    kept.push(Kept::of(
        "may_watch",
        "live-kept-may-watch",
        Fate::Deleted,
        &entries,
    )?);
    Ok(kept)
}

async fn forget(tx: &mut Tx, person: &Person) -> Result<()> {
    lines().forget(tx, person).await?;
    let visits = sql!("UPDATE viewer_session SET account = '' WHERE account = $1");
    tx.exec(visits, params![person.account]).await?;
    keys().forget(tx, person).await?;
    let entries = sql!("DELETE FROM watch_entry WHERE person = $1 OR person = $2");
    tx.exec(entries, params![person.account, person.email])
        .await?;
    Ok(())
}
