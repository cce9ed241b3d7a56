//! People with a session: talks by form, the team, whole conferences. A form has no key under which it may be sent again,
//! so that whoever hears nothing does what people do: looks, and sends it again only when nothing came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::book::{Book, Dice, Kind, marker};
use super::client::{Answer, Client};
use super::editor::talk;

/// The team's page shows no more invitations than twice as many.
const GUESTS: u64 = 100;
/// More conferences than this only take time.
const COPIES: u64 = 25;
/// A picture of one point.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// Everything of a conference.
const EVERYTHING: [&str; 7] = [
    "days", "places", "words", "settings", "pages", "talks", "speakers",
];

pub(crate) struct Office {
    pub(crate) client: Client,
    pub(crate) book: Arc<Book>,
    pub(crate) dice: Dice,
    /// Talks by marker and version; all of them hidden, since a form has no places left.
    talks: Vec<(String, i64, BTreeMap<&'static str, String>)>,
    invited: Vec<String>,
    /// Addresses of members who are still in the team.
    pub(crate) members: Vec<String>,
    made: u64,
}

impl Office {
    pub(crate) fn new(client: Client, book: Arc<Book>, seed: u64, members: Vec<String>) -> Self {
        Self {
            client,
            book,
            dice: Dice(seed),
            talks: Vec::new(),
            invited: Vec::new(),
            members,
            made: 0,
        }
    }

    pub(crate) fn act(&mut self) {
        match self.dice.below(10) {
            0..=2 => self.add(),
            3..=4 => self.edit(),
            5 => self.bin_two(),
            6 if self.made < GUESTS => self.invite(),
            6..=8 => self.revoke(),
            _ => self.remove_member(),
        }
    }

    /// Sends a form until it is taken, or until `done` sees that it was. Whether it took more than one attempt.
    fn submit(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        mut done: impl FnMut(&Client) -> bool,
    ) -> bool {
        let mut again = false;
        loop {
            match self.client.form(path, fields) {
                Some(answer) => {
                    assert_eq!(answer.status, 303, "{path} {fields:?}: {answer:?}");
                    return again;
                }
                None if done(&self.client) => return true,
                None => again = true,
            }
        }
    }

    fn add(&mut self) {
        self.made += 1;
        let mark = format!("form-talk{}", self.made);
        let title = format!("{mark} \"祭り\" & =1+1");
        let state = BTreeMap::from([
            ("title", title.clone()),
            ("state", "hidden".to_owned()),
            ("starts", String::new()),
            ("speakers", String::new()),
            ("bin", "no".to_owned()),
        ]);
        self.book.intend(Kind::Talk, &mark, 1, Some(state.clone()));
        let fields = [
            ("title", title.as_str()),
            ("state", "hidden"),
            ("kind", "talk"),
            ("language", "ja"),
            ("day", ""),
            ("starts", ""),
            ("minutes", "5"),
        ];
        let again = self.submit("/ledger/admin/talks/new", &fields, |client| {
            row(client, &mark).is_some()
        });
        self.book.ack(Kind::Talk, &mark, again);
        self.talks.push((mark, 1, state));
    }

    fn edit(&mut self) {
        let Some(at) = self.dice.pick(self.talks.len()) else {
            return self.add();
        };
        let (mark, version, mut state) = self.talks.swap_remove(at);
        let next = version + 1;
        let title = format!("{mark} 改 {next}");
        state.insert("title", title.clone());
        self.book
            .intend(Kind::Talk, &mark, next, Some(state.clone()));
        let now = row(&self.client, &mark).expect("it is there");
        let path = format!("/ledger/admin/talks/{}", now["id"].as_str().expect("an id"));
        let was = version.to_string();
        let fields = [("version", was.as_str()), ("title", title.as_str())];
        let again = self.submit(&path, &fields, |client| {
            row(client, &mark).is_some_and(|row| row["version"] == next)
        });
        self.book.ack(Kind::Talk, &mark, again);
        self.talks.push((mark, next, state));
    }

    /// Two at once, both or none.
    fn bin_two(&mut self) {
        if self.talks.len() < 2 {
            return self.add();
        }
        let two: Vec<_> = self.talks.drain(..2).collect();
        let mut ids = Vec::new();
        for (mark, version, state) in &two {
            let now = row(&self.client, mark).expect("it is there");
            ids.push(now["id"].as_str().expect("an id").to_owned());
            let mut state = state.clone();
            state.insert("bin", "yes".to_owned());
            self.book.intend(Kind::Talk, mark, version + 1, Some(state));
        }
        let fields = [("do", "bin"), ("id", &ids[0]), ("id", &ids[1])];
        let again = self.submit("/ledger/admin/talks/act", &fields, |client| {
            let left = two.iter().filter(|(mark, ..)| row(client, mark).is_some());
            let left = left.count();
            assert_ne!(left, 1, "half of it was done: {ids:?}");
            left == 0
        });
        for (mark, ..) in &two {
            self.book.ack(Kind::Talk, mark, again);
        }
    }

    fn invite(&mut self) {
        self.made += 1;
        let email = format!("guest{}@example.org", self.made);
        let state = BTreeMap::from([("open", "yes".to_owned())]);
        self.book.intend(Kind::Invitation, &email, 1, Some(state));
        let fields = [("email", email.as_str()), ("roles", "contents")];
        let again = self.submit("/ledger/admin/team/invitations", &fields, |client| {
            invitation(&team(client), &email).is_some()
        });
        self.book.ack(Kind::Invitation, &email, again);
        self.invited.push(email);
    }

    fn revoke(&mut self) {
        let Some(at) = self.dice.pick(self.invited.len()) else {
            return self.add();
        };
        let email = self.invited.swap_remove(at);
        let state = BTreeMap::from([("open", "no".to_owned())]);
        self.book.intend(Kind::Invitation, &email, 2, Some(state));
        let found = invitation(&team(&self.client), &email).expect("it is there");
        let id = found.expect("it is open");
        let path = format!("/ledger/admin/team/invitations/{id}/revoke");
        let again = self.submit(&path, &[], |client| {
            invitation(&team(client), &email) == Some(None)
        });
        self.book.ack(Kind::Invitation, &email, again);
    }

    fn remove_member(&mut self) {
        let Some(email) = self.members.pop() else {
            return self.edit();
        };
        self.book.intend(Kind::Member, &email, 2, None);
        let page = team(&self.client);
        let id = member(&page, &email).expect("they are in the team");
        let path = format!("/ledger/admin/team/members/{id}/remove");
        let again = self.submit(&path, &[], |client| member(&team(client), &email).is_none());
        self.book.ack(Kind::Member, &email, again);
    }
}

/// A talk that is not in the bin, by its marker.
fn row(client: &Client, mark: &str) -> Option<Value> {
    let found = client.get(&format!(
        "/api/v2/conferences/ledger/admin/talks?q={mark}&limit=200"
    ));
    let found = found.json();
    let rows = found["items"].as_array().expect("a list");
    let mut own = rows
        .iter()
        .filter(|row| marker(&talk(row)["title"]) == mark);
    let first = own.next().cloned();
    assert!(own.next().is_none(), "{mark} is there twice");
    first
}

pub(crate) fn team(client: &Client) -> String {
    let answer = client.get("/ledger/admin/team");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

/// An invitation by its address: its id while it is open.
#[expect(clippy::option_option, reason = "not there, there and closed, open")]
pub(crate) fn invitation(page: &str, email: &str) -> Option<Option<String>> {
    let (_, list) = page.split_once("id=\"invitations\"")?;
    let mut cards = list
        .split("class=\"card")
        .filter(|card| card.contains(email));
    let card = cards.next()?;
    assert!(cards.next().is_none(), "{email} was invited twice");
    let id = between(card, "/invitations/", "/revoke");
    Some(id)
}

/// The id of a member by their address.
pub(crate) fn member(page: &str, email: &str) -> Option<String> {
    let list = page.split("id=\"invitations\"").next()?;
    let mut cards = list
        .split("class=\"card")
        .filter(|card| card.contains(email));
    let card = cards.next()?;
    assert!(cards.next().is_none(), "{email} is in the team twice");
    between(card, "/team/members/", "/remove")
}

fn between(text: &str, from: &str, to: &str) -> Option<String> {
    // The last place that fits: addresses share their beginnings.
    let end = text.find(to)?;
    let begin = text[..end].rfind(from)? + from.len();
    Some(text[begin..end].to_owned())
}

/// Somebody who makes, copies, deletes and restores whole conferences.
pub(crate) struct Founder {
    pub(crate) client: Client,
    pub(crate) book: Arc<Book>,
    pub(crate) dice: Dice,
    /// Slug, version in the ledger, talks, and whether it is deleted.
    all: Vec<(String, i64, usize, bool)>,
    made: u64,
}

/// How many talks the model of copies has.
pub(crate) const MODEL_TALKS: usize = 6;

impl Founder {
    pub(crate) fn new(client: Client, book: Arc<Book>, seed: u64) -> Self {
        Self {
            client,
            book,
            dice: Dice(seed),
            all: Vec::new(),
            made: 0,
        }
    }

    pub(crate) fn act(&mut self) {
        match self.dice.below(8) {
            0 if self.made < COPIES => self.make(),
            1 | 2 if self.made < COPIES => self.copy(),
            3 | 4 => self.delete(),
            5 => self.picture(),
            _ => self.restore(),
        }
    }

    /// Brings a picture of themselves, a file that the database tells of. Brought twice it is the same as once.
    fn picture(&self) {
        let answer = self.client.upload("/account/avatar", "avatar", &picture());
        assert_eq!(answer.status, 303, "{answer:?}");
    }

    fn make(&mut self) {
        self.made += 1;
        let slug = format!("made-{}", self.made);
        let body = json!({"title": slug, "slug": slug, "first_day": "2027-05-01", "days": 2, "zone": "Asia/Tokyo",
            "tracks": ["A", "B"], "lifecycle": "live"});
        self.found(slug, 0, "/api/v2/conferences", &body);
    }

    fn copy(&mut self) {
        self.made += 1;
        let slug = format!("copy-{}", self.made);
        let body =
            json!({"title": slug, "slug": slug, "first_day": "2027-06-01", "take": EVERYTHING});
        self.found(slug, MODEL_TALKS, "/api/v2/conferences/model/copy", &body);
    }

    /// A name in addresses is taken once: who asks again is refused when it was made.
    fn found(&mut self, slug: String, talks: usize, path: &str, body: &Value) {
        let state = Some(conference(talks, false));
        self.book.intend(Kind::Conference, &slug, 1, state);
        let answer = self
            .client
            .ask("POST", path, "", body.to_string().as_bytes());
        match (answer.status, answer.again) {
            (201, _) => {}
            (422, true) => {
                let made = self.client.get(&format!("/api/v2/conferences/{slug}"));
                assert_eq!(made.status, 200, "{slug}: {answer:?}");
            }
            _ => panic!("{slug}: {answer:?}"),
        }
        self.book.ack(Kind::Conference, &slug, answer.again);
        self.all.push((slug, 1, talks, false));
    }

    fn delete(&mut self) {
        let standing: Vec<usize> = self.which(false);
        let Some(at) = self.dice.pick(standing.len()) else {
            return self.restore();
        };
        self.turn(standing[at], true);
    }

    fn restore(&mut self) {
        let deleted: Vec<usize> = self.which(true);
        let Some(at) = self.dice.pick(deleted.len()) else {
            return self.picture();
        };
        self.turn(deleted[at], false);
    }

    fn which(&self, is_deleted: bool) -> Vec<usize> {
        let all = self.all.iter().enumerate();
        all.filter(|(_, (.., deleted))| *deleted == is_deleted)
            .map(|(at, _)| at)
            .collect()
    }

    /// Deletes it, or takes that back; who is told that it is so already was heard the first time.
    fn turn(&mut self, at: usize, is_deleted: bool) {
        let (slug, version, talks, deleted) = &mut self.all[at];
        *version += 1;
        *deleted = is_deleted;
        let state = Some(conference(*talks, is_deleted));
        self.book.intend(Kind::Conference, slug, *version, state);
        let answer: Answer = if is_deleted {
            let path = format!("/api/v2/conferences/{slug}?typed={slug}");
            self.client.ask("DELETE", &path, "", b"")
        } else {
            let path = format!("/api/v2/conferences/{slug}/restore");
            self.client.ask("POST", &path, "", b"")
        };
        let heard = matches!(answer.status, 200 | 204);
        let before = answer.again && matches!(answer.status, 404 | 409);
        assert!(heard || before, "{slug}: {answer:?}");
        self.book.ack(Kind::Conference, slug, answer.again);
    }
}

/// A file that is a picture.
pub(crate) fn picture() -> Vec<u8> {
    let bytes = data_encoding::BASE64.decode(PICTURE.as_bytes());
    bytes.expect("as written above")
}

/// A conference, as the ledger has it.
pub(crate) fn conference(talks: usize, is_deleted: bool) -> BTreeMap<&'static str, String> {
    let deleted = if is_deleted { "yes" } else { "no" };
    BTreeMap::from([
        ("talks", talks.to_string()),
        ("deleted", deleted.to_owned()),
    ])
}
