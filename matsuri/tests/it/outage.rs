//! A disk that is full, and a database that is away: people are told so in a sentence, pictures go on, what was
//! acknowledged is there, and everything is well again by itself.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::ledger::{Answer, Client, Site, picture};
use crate::power::shim;
use crate::process::{folder, get, until};
use crate::tracks::Encoders;

const TALKS: &str = "/api/v2/conferences/ledger/talks";

fn add(owner: &Client, title: &str) -> Answer {
    let body = json!({"title": title, "state": "hidden", "language": "en"});
    let key = format!("Idempotency-Key: {title}\r\n");
    owner.ask("POST", TALKS, &key, body.to_string().as_bytes())
}

fn titles(owner: &Client) -> Vec<String> {
    let list = owner.get("/api/v2/conferences/ledger/admin/talks?sort=title&limit=200");
    assert_eq!(list.status, 200, "{list:?}");
    let items = list.json()["items"].as_array().expect("a list").clone();
    let title = |row: &serde_json::Value| row["title"].as_str().expect("a title").to_owned();
    items.iter().map(title).collect()
}

/// Whether the newest part of the track is another one than before.
fn goes_on(site: &Site) {
    let playlist = || get(site.server.http, "/media/ledger/a/live.m3u8");
    let before = until("the track can be played", || {
        Some(playlist()).filter(|(status, _)| *status == 200)
    });
    until("pictures go on", || {
        let now = playlist();
        (now.0 == 200 && now.1 != before.1).then_some(())
    });
}

/// Told in a sentence that it is not possible now, and when to come back.
fn told(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    let problem = answer.json();
    let sentence = problem["detail"].as_str().or(problem["title"].as_str());
    assert!(
        sentence.is_some_and(|text| text.split(' ').count() > 4),
        "{answer:?}"
    );
    assert!(
        !answer.body.contains("SQLITE") && !answer.body.contains("sqlx"),
        "{answer:?}"
    );
}

/// An outage between acknowledgements: refused while it lasts, and nothing else.
fn outlast(site: &Site, begin: impl FnOnce(), end: impl FnOnce(), reads_too: bool) {
    let _encoders = Encoders::start_on(&site.server, "ledger", &["a"]);
    goes_on(site);
    assert_eq!(add(&site.owner, "before").status, 201);
    begin();
    told(&add(&site.owner, "meanwhile"));
    let page = site.owner.get("/ledger/admin/talks");
    let seen = if reads_too { 503 } else { 200 };
    assert_eq!(page.status, seen, "{page:?}");
    goes_on(site);
    end();
    until("it is well again", || {
        let again = add(&site.owner, "meanwhile");
        assert!([201, 503].contains(&again.status), "{again:?}");
        (again.status == 201).then_some(())
    });
    assert_eq!(add(&site.owner, "after").status, 201);
    assert_eq!(titles(&site.owner), ["after", "before", "meanwhile"]);
    goes_on(site);
}

#[test]
fn a_full_disk_is_told_and_outlasted() {
    let (data, full) = (folder("full"), folder("full.sign"));
    let database = format!("sqlite:{}", data.join("matsuri.db").display());
    let environment = [
        ("LD_PRELOAD", shim()),
        ("POWERCUT_ROOT", data.clone()),
        ("POWERCUT_FULL", full.clone()),
    ];
    let site = Site::open(&data, &database, &environment);
    let begin = || std::fs::write(&full, "").expect("written");
    let end = || {
        // An upload needs the disk as well, and is refused the same way.
        let upload = site.owner.upload("/account/avatar", "avatar", &picture());
        assert_eq!(upload.status, 503, "{upload:?}");
        std::fs::remove_file(&full).expect("there");
        let upload = site.owner.upload("/account/avatar", "avatar", &picture());
        assert_eq!(upload.status, 303, "{upload:?}");
    };
    outlast(&site, begin, end, false);
    site.server.kill();
    let site = Site::open(&data, &database, &[]);
    assert_eq!(titles(&site.owner), ["after", "before", "meanwhile"]);
}

/// A door to a database's socket that can be shut.
struct Door {
    open: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<UnixStream>>>,
}

impl Door {
    fn before(real: PathBuf, place: &Path) -> Self {
        let listener = UnixListener::bind(place).expect("fresh");
        let open = Arc::new(AtomicBool::new(true));
        let streams: Arc<Mutex<Vec<UnixStream>>> = Arc::default();
        let door = Self {
            open: Arc::clone(&open),
            streams: Arc::clone(&streams),
        };
        std::thread::spawn(move || {
            for inner in listener.incoming().flatten() {
                let Ok(outer) = UnixStream::connect(&real) else {
                    return;
                };
                if !open.load(Ordering::Acquire) {
                    continue;
                }
                let mut kept = streams.lock().expect("nobody panics with it");
                for (from, to) in [(&inner, &outer), (&outer, &inner)] {
                    let pair = (from.try_clone(), to.try_clone());
                    if let (Ok(from), Ok(to)) = pair {
                        std::thread::spawn(move || carry(from, to));
                    }
                }
                kept.extend([inner, outer]);
            }
        });
        door
    }

    fn shut(&self) {
        self.open.store(false, Ordering::Release);
        for stream in self
            .streams
            .lock()
            .expect("nobody panics with it")
            .drain(..)
        {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn open(&self) {
        self.open.store(true, Ordering::Release);
    }
}

fn carry(mut from: UnixStream, mut to: UnixStream) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

#[tokio::test]
async fn a_database_that_is_away_is_told_and_outlasted() {
    let address = kit::addresses("away").await.remove(1);
    let (before, rest) = address.split_once("host=").expect("a socket");
    let end = rest.find('&').unwrap_or(rest.len());
    let real = Path::new(&rest[..end]).join(".s.PGSQL.5432");
    let place = folder("away-door");
    std::fs::create_dir(&place).expect("fresh");
    let database = format!("{before}host={}{}", place.display(), &rest[end..]);
    let lasted = tokio::task::spawn_blocking(move || {
        let door = Door::before(real, &place.join(".s.PGSQL.5432"));
        let site = Site::open(&folder("away"), &database, &[]);
        outlast(&site, || door.shut(), || door.open(), true);
    });
    lasted.await.expect("it was outlasted");
}
