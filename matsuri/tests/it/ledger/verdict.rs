//! What is there in the end, beside what was written down.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use serde_json::Value;

use super::book::{Kind, marker};
use super::client::Client;
use super::crew::{COUNTER, Crew, OWNER};
use super::editor::talk;
use super::office::{conference, invitation, member, team};
use crate::process::folder;

/// A record as it is read: its version where it shows one, and what it says.
type Row = (Option<i64>, BTreeMap<&'static str, String>);

/// Everything that is there, and how often the audit log speaks of it.
#[derive(Default)]
struct Found {
    rows: BTreeMap<(Kind, String), Row>,
    ids: BTreeMap<String, String>,
}

impl Found {
    fn add(&mut self, kind: Kind, mark: String, id: &Value, row: Row) {
        let id = id.as_str().unwrap_or_default();
        let twice = self.rows.insert((kind, mark.clone()), row);
        assert!(twice.is_none(), "{mark} was made twice: {twice:?}");
        if matches!(kind, Kind::Talk | Kind::Speaker) {
            self.ids.insert(id.to_owned(), mark);
        }
    }
}

/// All pages of a list.
fn rows(client: &Client, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("{path}limit=200&cursor={cursor}"));
        assert_eq!(page.status, 200, "{page:?}");
        let page = page.json();
        rows.extend(page["items"].as_array().expect("a list").iter().cloned());
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return rows,
        }
    }
}

/// Compares everything; the crew rests.
pub(crate) fn judge(crew: &Crew) {
    let found = read(&crew.owner, crew);
    let mut expected: BTreeMap<(Kind, String), Row> = BTreeMap::new();
    for ((kind, mark), steps) in crew.book.records() {
        let last = steps.last().expect("intended");
        assert!(last.acked.is_some(), "{mark}: everybody got through");
        if let Some(state) = &last.state {
            let shows = !matches!(kind, Kind::Conference | Kind::Invitation | Kind::Member);
            let row = (shows.then_some(last.version), state.clone());
            expected.insert((kind, mark), row);
        }
    }
    for (key, row) in &expected {
        assert_eq!(
            found.rows.get(key),
            Some(row),
            "{key:?}: lost, or not as acknowledged"
        );
    }
    let more: Vec<_> = found
        .rows
        .keys()
        .filter(|key| !expected.contains_key(key))
        .collect();
    assert!(more.is_empty(), "nobody was told of {more:?}");
    audited(crew, &found);
    exported(crew, &expected);
}

fn read(owner: &Client, crew: &Crew) -> Found {
    let mut found = Found::default();
    let api = "/api/v2/conferences/ledger";
    for list in ["?", "?state=bin&"] {
        for row in rows(owner, &format!("{api}/admin/talks{list}")) {
            let state = talk(&row);
            let mark = marker(&state["title"]);
            if mark != COUNTER {
                found.add(
                    Kind::Talk,
                    mark,
                    &row["id"],
                    (row["version"].as_i64(), state),
                );
            }
        }
        let bin = if list == "?" { "no" } else { "yes" };
        let mut companions = BTreeSet::new();
        for row in rows(owner, &format!("{api}/admin/speakers{list}")) {
            let name = row["name"].as_str().expect("a name").to_owned();
            // Whom a talk brought along: one person, however often the talk was sent.
            if name.ends_with(" と仲間") {
                assert!(companions.insert(name.clone()), "{name} was made twice");
                continue;
            }
            let state = BTreeMap::from([("title", name), ("bin", bin.to_owned())]);
            let mark = marker(&state["title"]);
            found.add(
                Kind::Speaker,
                mark,
                &row["id"],
                (row["version"].as_i64(), state),
            );
        }
    }
    for (kind, part) in [(Kind::Page, "pages"), (Kind::Room, "structure/rooms")] {
        let list = owner.get(&format!("{api}/{part}")).json();
        for row in list.as_array().expect("a list") {
            let title = row["name"].as_str().or(row["titles"]["en"].as_str());
            let title = title.expect("a title").to_owned();
            // The tracks have brought rooms of their own.
            if title.contains('-') {
                let state = BTreeMap::from([("title", title)]);
                let mark = marker(&state["title"]);
                found.add(kind, mark, &row["id"], (row["version"].as_i64(), state));
            }
        }
    }
    for row in owner
        .get("/api/v2/conferences")
        .json()
        .as_array()
        .expect("a list")
    {
        let slug = row["slug"].as_str().expect("a name").to_owned();
        if !["ledger", "model"].contains(&slug.as_str()) {
            let talks = rows(owner, &format!("/api/v2/conferences/{slug}/admin/talks?")).len();
            // Its team finds it in its list, and on this page how to bring it back.
            let page = owner.get(&format!("/{slug}/admin/delete")).body;
            let state = conference(talks, page.contains("/admin/delete/restore"));
            found.add(Kind::Conference, slug, &row["id"], (None, state));
        }
    }
    people(owner, crew, &mut found);
    found
}

fn people(owner: &Client, crew: &Crew, found: &mut Found) {
    let page = team(owner);
    for ((kind, email), _) in crew.book.records() {
        match kind {
            Kind::Invitation => {
                if let Some(open) = invitation(&page, &email) {
                    let open = if open.is_some() { "yes" } else { "no" };
                    let state = BTreeMap::from([("open", open.to_owned())]);
                    found.add(kind, email, &Value::Null, (None, state));
                }
            }
            Kind::Member if member(&page, &email).is_some() => {
                found.add(kind, email, &Value::Null, (None, BTreeMap::new()));
            }
            _ => {}
        }
    }
    assert!(page.contains(OWNER));
}

/// The audit log has one entry for each change, so that no transaction was done by halves or twice.
fn audited(crew: &Crew, found: &Found) {
    let log = crew.owner.get("/ledger/admin/audit.json").json();
    let log = log.as_array().expect("a list");
    let mut counted: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in log {
        *counted
            .entry(entry["subject"].as_str().expect("a subject"))
            .or_default() += 1;
    }
    for (id, mark) in &found.ids {
        let key = [Kind::Talk, Kind::Speaker].map(|kind| (kind, mark.clone()));
        let row = key
            .iter()
            .find_map(|key| found.rows.get(key))
            .expect("read");
        assert_eq!(
            counted.get(id.as_str()).copied(),
            row.0,
            "{mark}: changes and entries"
        );
    }
    // The talk of all: each title once, and as many as it has versions.
    let edits: Vec<&str> = log
        .iter()
        .filter_map(|entry| entry["after"]["title"].as_str())
        .filter(|title| title.starts_with(COUNTER))
        .collect();
    let titles: BTreeSet<&str> = edits.iter().copied().collect();
    assert_eq!(edits.len(), titles.len(), "done twice: {edits:?}");
    for title in crew.book.titles() {
        assert!(titles.contains(title.as_str()), "{title} was lost");
    }
    let talks = rows(
        &crew.owner,
        "/api/v2/conferences/ledger/admin/talks?q=counter&",
    );
    let talk = talks.iter().find(|row| {
        row["title"]
            .as_str()
            .is_some_and(|title| marker(title) == COUNTER)
    });
    let version = talk.expect("it is there")["version"].as_u64();
    assert_eq!(
        version,
        u64::try_from(edits.len()).ok(),
        "changes and entries"
    );
}

/// The portable export has the same talks.
fn exported(crew: &Crew, expected: &BTreeMap<(Kind, String), Row>) {
    let file = folder(&format!("export-{}.tar", crew.server().pid()));
    std::fs::write(&file, crew.output(&["export", "ledger", "all"])).expect("written");
    let mut reader = platform::archive::Reader::open(&file).expect("opens");
    let mut programme = Value::Null;
    while let Some(mut member) = reader.next().expect("well-formed") {
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).expect("read");
        if member.name == "programme.json" {
            programme = serde_json::from_slice(&bytes).expect("JSON");
        }
    }
    let talks = programme["talks"].as_array().expect("a list");
    let titles: BTreeSet<&str> = talks
        .iter()
        .filter_map(|talk| talk["title"].as_str())
        .collect();
    for ((kind, mark), (_, state)) in expected {
        if *kind == Kind::Talk && state["bin"] == "no" {
            assert!(
                titles.contains(state["title"].as_str()),
                "{mark} is not exported"
            );
        }
    }
}
