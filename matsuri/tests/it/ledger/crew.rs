//! A server, and everybody who works on it at the same time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::json;

use super::book::{Book, Kind};
use super::client::{Client, Door};
use super::editor::Editor;
use super::office::{Founder, MODEL_TALKS, Office};
use crate::process::{PATIENCE, Server, text};

/// Programs, each with a track of its own.
pub(crate) const EDITORS: [&str; 2] = ["alfa", "bravo"];
/// Somebody whom nobody removes.
pub(crate) const OWNER: &str = "owner@example.org";
const MEMBERS: usize = 4;
/// Changes of the talk that everybody changes.
pub(crate) const COUNTER: &str = "counter";

/// What is killed, and how it is begun.
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    pub(crate) database: String,
    pub(crate) seed: u64,
    /// More of the server's environment.
    pub(crate) more: Vec<(&'static str, PathBuf)>,
    /// The trace of its disk, where there is one.
    pub(crate) trace: Option<PathBuf>,
}

/// Everybody.
pub(crate) struct Crew {
    settings: Settings,
    server: Option<Server>,
    door: Arc<Door>,
    pub(crate) book: Arc<Book>,
    /// The owner of the site, with a session.
    pub(crate) owner: Client,
    threads: Vec<JoinHandle<()>>,
    ends: Arc<AtomicBool>,
}

fn start(settings: &Settings) -> Server {
    let more = ["--database", &settings.database, "--probes", "off"];
    Server::start_in(&settings.data, &more, &settings.more)
}

fn output(server: &Server, database: &str, arguments: &[&str]) -> Vec<u8> {
    let place = ["--database", database];
    let output = server.command(&[arguments, &place].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    output.stdout
}

fn done(server: &Server, database: &str, arguments: &[&str]) -> String {
    text(&output(server, database, arguments))
}

/// A server alone, with its owner and a conference of one track.
pub(crate) struct Site {
    pub(crate) server: Server,
    /// The owner of the site, with a session.
    pub(crate) owner: Client,
}

impl Site {
    /// Starts it on its folder, new or not.
    pub(crate) fn open(
        data: &Path,
        database: &str,
        environment: &[(&'static str, PathBuf)],
    ) -> Self {
        let more = ["--database", database, "--probes", "off"];
        let server = Server::start_in(data, &more, environment);
        let door = Arc::new(Door::default());
        door.set(Some(server.http));
        done(&server, database, &["user", "add", OWNER, "--owner"]);
        let link = done(&server, database, &["user", "sign-in", OWNER]);
        let owner = signed_in(&door, &link);
        if owner.get("/api/v2/conferences/ledger").status == 404 {
            make(&owner, "ledger", &["A"]);
        }
        Self { server, owner }
    }
}

impl Crew {
    /// Starts the server, makes two conferences and everybody who works on them, and lets them begin.
    pub(crate) fn assemble(settings: Settings) -> Self {
        let server = start(&settings);
        let door = Arc::new(Door::patient());
        door.set(Some(server.http));
        let database = settings.database.as_str();
        done(&server, database, &["user", "add", OWNER, "--owner"]);
        let link = done(&server, database, &["user", "sign-in", OWNER]);
        let owner = signed_in(&door, &link);
        make(&owner, "ledger", &EDITORS);
        make(&owner, "model", &["A"]);
        for number in 0..MODEL_TALKS {
            let body =
                json!({"title": format!("Model {number}"), "state": "hidden", "language": "en"});
            let path = "/api/v2/conferences/model/talks";
            let added = owner.ask("POST", path, "", body.to_string().as_bytes());
            assert_eq!(added.status, 201, "{added:?}");
        }
        let counter = json!({"title": COUNTER, "state": "hidden", "language": "en"});
        let path = "/api/v2/conferences/ledger/talks";
        let counter = owner
            .ask("POST", path, "", counter.to_string().as_bytes())
            .json();
        let counter = counter["id"].as_str().expect("an id").to_owned();
        let members: Vec<String> = (0..MEMBERS)
            .map(|number| format!("member{number}@example.org"))
            .collect();
        let book = Arc::new(Book::new(settings.trace.clone()));
        for email in &members {
            let add = ["user", "add", email, "--role", "desk"];
            done(
                &server,
                database,
                &[&add[..], &["--conference", "ledger"]].concat(),
            );
            book.intend(
                Kind::Member,
                email,
                1,
                Some(std::collections::BTreeMap::new()),
            );
            book.ack(Kind::Member, email, false);
        }
        let mut crew = Self {
            settings,
            server: Some(server),
            door,
            book,
            owner,
            threads: Vec::new(),
            ends: Arc::default(),
        };
        crew.begin(members, &counter);
        crew
    }

    fn begin(&mut self, members: Vec<String>, counter: &str) {
        let (book, seed) = (Arc::clone(&self.book), self.settings.seed);
        for (name, number) in EDITORS.iter().zip(1..) {
            let client = self.with_token(name);
            let mut editor = Editor::new(name, client.clone(), Arc::clone(&book), seed + number);
            let (counter, name) = (counter.to_owned(), (*name).to_owned());
            let mut mine = 0;
            self.employ(move || {
                editor.act();
                // What everybody changes, each after having read it.
                if editor.dice.below(4) == 0 {
                    mine += 1;
                    count(
                        &editor.client,
                        &editor.book,
                        &counter,
                        &format!("{name}{mine}"),
                    );
                }
            });
        }
        let mut office = Office::new(self.owner.clone(), Arc::clone(&book), seed + 11, members);
        self.employ(move || office.act());
        let mut founder = Founder::new(self.owner.clone(), book, seed + 12);
        self.employ(move || founder.act());
    }

    fn employ(&mut self, mut act: impl FnMut() + Send + 'static) {
        let ends = Arc::clone(&self.ends);
        self.threads.push(std::thread::spawn(move || {
            while !ends.load(Ordering::Acquire) {
                act();
            }
        }));
    }

    /// An API token for the conference, as its page gives it.
    fn with_token(&self, name: &str) -> Client {
        let conference = self.owner.get("/api/v2/conferences/ledger").json();
        let id = conference["id"].as_str().expect("an id");
        let fields = [
            ("name", name),
            ("conference", id),
            ("verb", "write"),
            ("days", "30"),
        ];
        let made = self.owner.form("/account/tokens", &fields);
        let page = made.expect("nobody kills it yet").body;
        let (_, rest) = page.split_once("data-copy-text=\"").expect("a token");
        let secret = rest.split('"').next().expect("a token");
        Client {
            door: Arc::clone(&self.door),
            proof: format!("Authorization: Bearer {secret}\r\n"),
        }
    }

    /// Waits until so much is acknowledged, however long that takes on this machine as long as there is more and more,
    /// and so many milliseconds more; who gave up is heard.
    pub(crate) fn work_until(&self, acks: u64, more_ms: u64) {
        let (mut last, mut so_far) = (Instant::now(), self.book.acks());
        while !self.book.wait(acks, Duration::from_secs(1)) {
            let gone = self.threads.iter().any(JoinHandle::is_finished);
            assert!(!gone, "somebody gave up");
            let now = self.book.acks();
            if now > so_far {
                (last, so_far) = (Instant::now(), now);
            }
            assert!(
                last.elapsed() < 4 * PATIENCE,
                "nothing more is acknowledged after {so_far}"
            );
        }
        // A moment that nobody can foresee; an acknowledgement too many does not end it.
        self.book.wait(u64::MAX, Duration::from_millis(more_ms));
    }

    /// Ends the server as nothing should be ended.
    pub(crate) fn kill(&mut self) {
        self.door.set(None);
        if let Some(server) = self.server.take() {
            server.kill();
        }
    }

    pub(crate) fn restart(&mut self) {
        let server = start(&self.settings);
        self.door.set(Some(server.http));
        self.server = Some(server);
    }

    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        self.restart();
    }

    /// Everybody finishes what they began.
    pub(crate) fn rest(&mut self) {
        self.ends.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            thread.join().expect("everybody got through");
        }
    }

    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().expect("it runs")
    }

    /// What a command prints that runs beside the server.
    pub(crate) fn output(&self, arguments: &[&str]) -> Vec<u8> {
        output(self.server(), &self.settings.database, arguments)
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        // Whoever still asks a server that was killed would wait for another one.
        self.door.close();
    }
}

/// A session from a link that a command printed.
fn signed_in(door: &Arc<Door>, link: &str) -> Client {
    let stranger = Client {
        door: Arc::clone(door),
        proof: String::new(),
    };
    let path = link.trim().splitn(4, '/').nth(3).expect("a link");
    let answer = stranger.form(&format!("/{path}"), &[]).expect("it runs");
    let cookie = answer.header("set-cookie").expect("a session");
    let cookie = cookie.split(';').next().unwrap_or_default();
    Client {
        proof: format!("Cookie: {cookie}\r\n"),
        ..stranger
    }
}

fn make(owner: &Client, slug: &str, tracks: &[&str]) {
    let body = json!({"title": slug, "slug": slug, "first_day": "2027-03-01", "days": 5, "zone": "Asia/Tokyo",
        "tracks": tracks, "lifecycle": "live"});
    let made = owner.ask(
        "POST",
        "/api/v2/conferences",
        "",
        body.to_string().as_bytes(),
    );
    assert_eq!(made.status, 201, "{made:?}");
}

/// Adds one to the talk that everybody changes, unless somebody else was faster.
fn count(client: &Client, book: &Book, id: &str, token: &str) {
    let path = format!("/api/v2/conferences/ledger/admin/talks/{id}");
    let now = client.get(&path).json();
    let version = now["version"].as_i64().expect("a version");
    let title = format!("{COUNTER} {version} {token}");
    let tag = format!("If-Match: \"v{version}\"\r\n");
    let path = format!("/api/v2/conferences/ledger/talks/{id}");
    let body = json!({"title": title}).to_string();
    let answer = client.ask("PATCH", &path, &tag, body.as_bytes());
    match (answer.status, answer.again) {
        (200, _) => book.counted(title),
        // Somebody else was faster; or our first attempt was heard, which only the audit log can tell.
        (412, _) => {}
        _ => panic!("{token}: {answer:?}"),
    }
}
