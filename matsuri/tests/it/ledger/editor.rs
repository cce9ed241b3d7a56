//! A program with an API token that adds, edits, moves, calls off, bins and brings back, and repeats what broke.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::book::{Book, Dice, Kind, State};
use super::client::{Answer, Client};

/// Days of the conference, and places on a track on each of them.
const DAYS: u64 = 5;
const PLACES: u64 = 90;

pub(crate) struct Editor {
    /// Also the name of the track that is its own.
    pub(crate) name: String,
    pub(crate) client: Client,
    pub(crate) book: Arc<Book>,
    pub(crate) dice: Dice,
    records: Vec<Record>,
    made: u64,
}

/// A record of its own.
struct Record {
    kind: Kind,
    marker: String,
    id: String,
    version: i64,
    state: BTreeMap<&'static str, String>,
}

impl Record {
    fn is_binned(&self) -> bool {
        self.state.get("bin").is_some_and(|bin| bin == "yes")
    }

    fn address(&self) -> String {
        let id = &self.id;
        match self.kind {
            Kind::Talk => format!("talks/{id}"),
            Kind::Speaker => format!("speakers/{id}"),
            Kind::Page => format!("pages/{id}"),
            _ => format!("structure/rooms/{id}"),
        }
    }

    /// Where it is read.
    fn shown(&self) -> String {
        let (part, id) = (self.address(), &self.id);
        match self.kind {
            Kind::Talk | Kind::Speaker => api(&format!("admin/{part}")),
            Kind::Page => api(&format!("pages/{id}")),
            _ => api("structure/rooms"),
        }
    }
}

fn api(rest: &str) -> String {
    format!("/api/v2/conferences/ledger/{rest}")
}

/// A talk, as the ledger says what the API lists.
pub(crate) fn talk(row: &Value) -> BTreeMap<&'static str, String> {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    BTreeMap::from([
        ("title", text("title")),
        ("state", text("state")),
        ("starts", text("starts_at")),
        ("speakers", text("speakers")),
        ("bin", bin(&row["binned_at"])),
    ])
}

fn bin(at: &Value) -> String {
    if at.is_null() { "no" } else { "yes" }.to_owned()
}

impl Editor {
    pub(crate) fn new(name: &str, client: Client, book: Arc<Book>, seed: u64) -> Self {
        Self {
            name: name.to_owned(),
            client,
            book,
            dice: Dice(seed),
            records: Vec::new(),
            made: 0,
        }
    }

    /// Does something.
    pub(crate) fn act(&mut self) {
        match self.dice.below(16) {
            0..=2 if !self.has(Kind::Talk, 200) => self.add_talk(),
            3 if !self.has(Kind::Speaker, 100) => self.add_speaker(),
            4 if !self.has(Kind::Page, 20) => self.add_page(),
            5 if !self.has(Kind::Room, 100) => self.add_room(),
            0..=11 => self.edit(),
            12..=13 => self.remove(),
            _ => self.restore(),
        }
    }

    /// Whether there are as many as a conference should hold of them.
    fn has(&self, kind: Kind, many: usize) -> bool {
        let own = self.records.iter().filter(|record| record.kind == kind);
        own.count() >= many
    }

    fn marker(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{}-{kind}{}", self.name, self.made)
    }

    /// An instant on a place of its own track that no talk of it has.
    fn place(&mut self) -> String {
        loop {
            let (day, place) = (self.dice.below(DAYS), self.dice.below(PLACES));
            let (hour, minute) = (1 + place / 12, place % 12 * 5);
            let at = format!("2027-03-{:02}T{hour:02}:{minute:02}:00Z", day + 1);
            let taken = |record: &Record| record.state.get("starts") == Some(&at);
            if !self.records.iter().any(taken) {
                return at;
            }
        }
    }

    fn add_talk(&mut self) {
        let marker = self.marker("talk");
        let title = format!("{marker} 灯籠の設計");
        let starts = self.place();
        let state = BTreeMap::from([
            ("title", title.clone()),
            ("state", "planned".to_owned()),
            ("starts", starts.clone()),
            ("speakers", format!("{} と仲間", self.name)),
            ("bin", "no".to_owned()),
        ]);
        let body = json!({"title": title, "starts_at": starts, "minutes": 5, "track": self.name, "language": "ja",
            "abstract": "**灯籠**", "speakers": [format!("{} と仲間", self.name)], "confirm": ["speaker", "day"]});
        self.add(Kind::Talk, marker, state, "talks", &body);
    }

    fn add_speaker(&mut self) {
        let marker = self.marker("speaker");
        let name = format!("{marker} 愛子");
        let state = BTreeMap::from([("title", name.clone()), ("bin", "no".to_owned())]);
        let body = json!({"name": name, "biography": "Keeps the lanterns lit."});
        self.add(Kind::Speaker, marker, state, "speakers", &body);
    }

    /// Adds under a key, so that it may be asked for as often as needed.
    fn add(
        &mut self,
        kind: Kind,
        marker: String,
        state: BTreeMap<&'static str, String>,
        part: &str,
        body: &Value,
    ) {
        self.book.intend(kind, &marker, 1, Some(state.clone()));
        let key = format!("Idempotency-Key: {marker}\r\n");
        let answer = self
            .client
            .ask("POST", &api(part), &key, body.to_string().as_bytes());
        assert_eq!(answer.status, 201, "{marker}: {answer:?}");
        self.added(kind, marker, state, &answer.json(), answer.again);
    }

    fn added(
        &mut self,
        kind: Kind,
        marker: String,
        state: BTreeMap<&'static str, String>,
        made: &Value,
        again: bool,
    ) {
        assert_eq!(made["version"], 1, "{made}");
        self.book.ack(kind, &marker, again);
        self.records.push(Record {
            kind,
            marker,
            id: made["id"].as_str().expect("an id").to_owned(),
            version: 1,
            state,
        });
    }

    fn add_page(&mut self) {
        let marker = self.marker("page");
        let title = format!("{marker} page");
        let state = BTreeMap::from([("title", title.clone())]);
        let body = json!({"slug": marker, "titles": {"en": title}, "bodies": {"en": "# Lanterns"}, "visible": true});
        self.add_by_name(Kind::Page, marker, state, "pages", &body);
    }

    fn add_room(&mut self) {
        let marker = self.marker("room");
        let title = format!("{marker} room");
        let state = BTreeMap::from([("title", title.clone())]);
        self.add_by_name(
            Kind::Room,
            marker,
            state,
            "structure/rooms",
            &json!({"name": title}),
        );
    }

    /// Adds what has no key: whoever heard nothing looks whether it is there before they ask again.
    fn add_by_name(
        &mut self,
        kind: Kind,
        marker: String,
        state: BTreeMap<&'static str, String>,
        part: &str,
        body: &Value,
    ) {
        self.book.intend(kind, &marker, 1, Some(state.clone()));
        let mut again = false;
        let made = loop {
            let answer = self
                .client
                .once("POST", &api(part), "", body.to_string().as_bytes());
            if let Some(answer) = answer {
                assert_eq!(answer.status, 201, "{marker}: {answer:?}");
                break answer.json();
            }
            again = true;
            let rows = self.client.get(&api(part)).json();
            if let Some(row) = find(&rows, &state["title"]) {
                break row;
            }
        };
        self.added(kind, marker, state, &made, again);
    }

    fn edit(&mut self) {
        let Some(at) = self.dice.pick(self.records.len()) else {
            return self.add_talk();
        };
        if self.records[at].is_binned() {
            return self.bring_back(at);
        }
        let version = self.records[at].version;
        let mut state = self.records[at].state.clone();
        let title = format!(
            "{} 改 {} lanterns & <b>",
            self.records[at].marker,
            version + 1
        );
        let (method, body) = match self.records[at].kind {
            Kind::Talk => match self.dice.below(4) {
                0 => {
                    let starts = self.place();
                    state.insert("starts", starts.clone());
                    (
                        "PATCH",
                        json!({"starts_at": starts, "confirm": ["speaker", "day"]}),
                    )
                }
                1 => {
                    let next = if state["state"] == "planned" {
                        "cancelled"
                    } else {
                        "planned"
                    };
                    state.insert("state", next.to_owned());
                    (
                        "PATCH",
                        json!({"state": next, "confirm": ["speaker", "day"]}),
                    )
                }
                _ => {
                    state.insert("title", title.clone());
                    (
                        "PATCH",
                        json!({"title": title, "confirm": ["speaker", "day"]}),
                    )
                }
            },
            Kind::Speaker => {
                state.insert("title", title.clone());
                ("PATCH", json!({"name": title}))
            }
            Kind::Page => {
                state.insert("title", title.clone());
                let slug = &self.records[at].marker;
                (
                    "PUT",
                    json!({"slug": slug, "titles": {"en": title}, "visible": true}),
                )
            }
            _ => {
                state.insert("title", title.clone());
                ("PUT", json!({"name": title}))
            }
        };
        self.change(at, Some(state), method, &body.to_string());
    }

    /// Changes a record that only we change: who is told that it is in another state was heard the first time.
    fn change(&mut self, at: usize, state: State, method: &str, body: &str) {
        let record = &mut self.records[at];
        let version = record.version + 1;
        self.book
            .intend(record.kind, &record.marker, version, state.clone());
        let tag = format!("If-Match: \"v{}\"\r\n", record.version);
        let answer = self
            .client
            .ask(method, &api(&record.address()), &tag, body.as_bytes());
        let marker = &record.marker;
        match (answer.status, answer.again) {
            (200, _) => assert_eq!(answer.json()["version"], version, "{marker}: {answer:?}"),
            (204, _) => {}
            (412 | 404, true) => {
                let now = self.client.get(&record.shown());
                let gone = now.status == 404 || state.is_none();
                if !gone {
                    let version_now = version_in(&now, &record.id);
                    assert_eq!(version_now, Some(version), "{marker}: {now:?}");
                }
            }
            _ => panic!("{marker}: {answer:?}"),
        }
        self.book.ack(record.kind, &record.marker, answer.again);
        record.version = version;
        match state {
            Some(state) => record.state = state,
            None => {
                self.records.swap_remove(at);
            }
        }
    }

    fn remove(&mut self) {
        let Some(at) = self.dice.pick(self.records.len()) else {
            return;
        };
        if self.records[at].is_binned() {
            return self.bring_back(at);
        }
        let mut state = self.records[at].state.clone();
        let next = state.insert("bin", "yes".to_owned()).map(|_| state);
        self.change(at, next, "DELETE", "");
    }

    fn restore(&mut self) {
        let binned = self.records.iter().position(Record::is_binned);
        match binned {
            Some(at) => self.bring_back(at),
            None => self.edit(),
        }
    }

    fn bring_back(&mut self, at: usize) {
        let mut state = self.records[at].state.clone();
        state.insert("bin", "no".to_owned());
        let record = &mut self.records[at];
        let version = record.version + 1;
        self.book
            .intend(record.kind, &record.marker, version, Some(state.clone()));
        let path = format!("{}/restore", record.address());
        let answer = self.client.ask("POST", &api(&path), "", b"");
        assert_eq!(answer.status, 200, "{}: {answer:?}", record.marker);
        assert_eq!(answer.json()["version"], version, "{}", record.marker);
        self.book.ack(record.kind, &record.marker, answer.again);
        (record.version, record.state) = (version, state);
    }
}

/// A row of a list by its title, however the list calls that.
fn find(rows: &Value, title: &str) -> Option<Value> {
    let named = |row: &&Value| row["name"] == title || row["titles"]["en"] == title;
    rows.as_array()?.iter().find(named).cloned()
}

/// The version of a record, from the record or from its list.
fn version_in(answer: &Answer, id: &str) -> Option<i64> {
    let json = answer.json();
    let row = match &json {
        Value::Array(rows) => rows.iter().find(|row| row["id"] == id)?,
        row => row,
    };
    row["version"].as_i64()
}
