//! Backups of a real server, taken back into either engine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use bytes::Bytes;
use db::{Db, params, sql};
use kernel::Clock;
use media_core::testing::hls;
use media_ingest::clip::Clip;
use media_ingest::rtmp::{Target, broadcast};
use platform::Blobs;
use platform::backup::{Manifest, verify};
use platform::blob::keep;
use tokio_util::sync::CancellationToken;

use crate::process::{Server, folder, get, matsuri, run, text, until};

const PUBLIC: [&str; 2] = ["--public-url", "http://box.test"];

fn shown(path: &Path) -> &str {
    path.to_str().expect("test paths are text")
}

/// The made-up export of the programme's own tests.
fn dreamkast(name: &str) -> String {
    let tests =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../features/program/tests/it/dreamkast");
    shown(&tests.join(name)).to_owned()
}

fn done(output: &std::process::Output) -> String {
    assert!(
        output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

fn told(output: &std::process::Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    text(&output.stderr)
}

fn whole(file: &Path) -> Manifest {
    verify(file, &mut |_| {}).expect("it is whole")
}

/// A server with a conference, a team, a key, chat, and a stored file.
async fn rich(name: &str, more: &[&str]) -> (Server, String) {
    let data = folder(name);
    let server = Server::start(&data, &[&PUBLIC[..], more].concat());
    let (export, days) = (dreamkast("export"), dreamkast("days.csv"));
    let (tracks, categories) = (dreamkast("tracks.csv"), dreamkast("categories.csv"));
    let import = [
        "import",
        "dreamkast",
        &export,
        "--conference",
        "lantern-days",
        "--days",
        &days,
        "--tracks",
        &tracks,
        "--categories",
        &categories,
    ];
    let printed = done(&server.command(&[&import[..], more].concat()));
    assert!(printed.starts_with("Created lantern-days:"), "{printed}");
    let chair = [
        "user",
        "add",
        "aki@example.org",
        "--name",
        "Aki 秋",
        "--role",
        "chair",
    ];
    let chair = [
        &chair[..],
        &["--owner", "--conference", "lantern-days"],
        more,
    ]
    .concat();
    done(&server.command(&chair));
    done(&server.command(&[&["user", "sign-in", "aki@example.org"][..], more].concat()));
    let rotate = ["stream-key", "rotate", "lantern-days", "lanterns"];
    let key = done(&server.command(&[&rotate[..], more].concat()));
    let address = match more {
        [_, address] => (*address).to_owned(),
        _ => format!("sqlite:{}", data.join("matsuri.db").display()),
    };
    let db = Db::open(&address).await.expect("opens beside the server");
    let line = sql!(
        "INSERT INTO chat_line (id, conference, talk, account, name, text, nonce, at)
         SELECT 'cht_' || id, conference, id, 'acc', 'Aki 秋', 'こんにちは \"祭り\"', id, 1 FROM talk"
    );
    db.exec(line, params![]).await.expect("said");
    let blobs = Blobs::new(data.join("files"));
    let mut tx = db.begin().await.expect("begins");
    for content in ["a picture", "a film"] {
        let stored = blobs.put(content.as_bytes()).await.expect("stored");
        keep(&mut tx, &stored, Clock::system().now())
            .await
            .expect("kept");
        if content == "a film" {
            let film = sql!(
                "INSERT INTO slate (id, conference, purpose, name, position, enabled, tracks, stage, attempts, refusal,
                     original, bytes, version, uploaded_at, uploaded_by)
                 SELECT 'slt_1', id, 'clip', 'Film', 1, $2, '*', 'refused', 1, 'none', $1, 6, 1, 1, 'acc' FROM conference"
            );
            tx.exec(film, params![stored.id, false])
                .await
                .expect("brought");
        }
    }
    tx.commit().await.expect("committed");
    db.close().await;
    let key = key.trim().rsplit('/').next().expect("a key").to_owned();
    (server, key)
}

/// Everything that people can reach, without what is made for each request.
fn pages(server: &Server) -> BTreeMap<String, (u16, String)> {
    let first = [
        "/",
        "/lantern-days",
        "/lantern-days/timetable",
        "/lantern-days/schedule.xml",
        "/lantern-days/schedule.json",
        "/lantern-days/calendar.ics",
        "/api/v2/conferences",
        "/api/v2/conferences/lantern-days/talks",
        "/api/v2/conferences/lantern-days/speakers",
    ];
    let mut ahead: Vec<String> = first.map(str::to_owned).to_vec();
    let mut pages = BTreeMap::new();
    while let Some(path) = ahead.pop() {
        if pages.contains_key(&path) {
            continue;
        }
        let (status, body) = server.get(&path);
        let links = body.split("href=\"/lantern-days").skip(1);
        let links = links.filter_map(|rest| rest.split(['"', '#']).next());
        ahead.extend(links.map(|rest| format!("/lantern-days{}", rest.replace("&amp;", "&"))));
        pages.insert(path, (status, still(&body)));
    }
    assert!(pages.len() > 15, "{:?}", pages.keys());
    for path in first {
        assert_eq!(pages[path].0, 200, "{path}");
    }
    pages
}

/// A page without its nonce.
fn still(body: &str) -> String {
    let mut parts = body.split("nonce=\"");
    let mut still = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        still.push_str(part.split_once('"').map_or(part, |(_, rest)| rest));
    }
    still
}

/// Addresses of the media of a track, while somebody publishes to it.
fn media_addresses(server: &Server, key: &str) -> BTreeSet<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("starts");
    let address = server
        .line("publish")
        .replace("box.test", "127.0.0.1")
        .replace("KEY", key);
    let target = Target::parse(&address).expect("an address");
    let clip =
        Clip::parse(Bytes::from_static(include_bytes!("../../clips/a.flv"))).expect("a good clip");
    let stop = CancellationToken::new();
    runtime.spawn(broadcast(target, clip, stop.clone()));
    let addresses = until("the track can be played", || {
        let (status, body) = get(server.http, "/media/lantern-days/lanterns/live.m3u8");
        let media = (status == 200).then(|| hls::read(&body).expect("a playlist"))?;
        let uris: BTreeSet<String> = media
            .segments
            .iter()
            .filter_map(|segment| segment.uri.clone())
            .collect();
        (!uris.is_empty()).then_some(uris)
    });
    stop.cancel();
    runtime.shutdown_timeout(Duration::from_secs(5));
    addresses
}

fn epochs(addresses: &BTreeSet<String>) -> BTreeSet<String> {
    let first = |address: &String| address.split('/').next().unwrap_or_default().to_owned();
    addresses.iter().map(first).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_goes_to_the_other_engine_and_back_and_every_page_stays_what_it_was() {
    let postgres = kit::addresses("moved").await.remove(1);
    let (server, key) = rich("moved", &[]).await;
    let pages_before = pages(&server);
    assert_eq!(
        pages_before,
        pages(&server),
        "nothing but the nonce is made for each request"
    );
    let before = tokio::task::block_in_place(|| media_addresses(&server, &key));
    let first = folder("moved-1.tar");
    let printed = done(&server.command(&["backup", shown(&first)]));
    assert!(
        printed.contains(" tables with ") && printed.contains("2 files"),
        "{printed}"
    );
    server.kill();

    // To PostgreSQL, and from there back into a file.
    let (moved, returned) = (folder("moved-pg"), folder("moved-back"));
    let there = ["--data", shown(&moved), "--database", &postgres];
    let restored = done(&run(&[&["restore", shown(&first)][..], &there].concat()));
    assert!(restored.starts_with("restored "), "{restored}");
    assert!(!moved.join("journal").exists() && !moved.join("matsuri.db").exists());
    let second = folder("moved-2.tar");
    done(&run(&[&["backup", shown(&second)][..], &there].concat()));
    done(&run(&[
        "restore",
        shown(&second),
        "--data",
        shown(&returned),
    ]));
    let third = folder("moved-3.tar");
    done(&run(&["backup", shown(&third), "--data", shown(&returned)]));
    let manifests = [whole(&first), whole(&second), whole(&third)];
    for manifest in &manifests {
        for (table, wanted) in manifest.tables.iter().zip(&manifests[0].tables) {
            assert_eq!(table, wanted, "{}", table.name);
        }
        assert_eq!(manifest.tables.len(), manifests[0].tables.len());
        assert_eq!(manifest.files, manifests[0].files);
    }
    assert!(
        manifests[0]
            .tables
            .iter()
            .filter(|table| table.rows > 0)
            .count()
            > 15
    );

    // Both are the site that it was: pages, keys, and addresses of media that nobody has ever seen.
    let mut seen = epochs(&before);
    for (data, database) in [(&moved, &there[2..]), (&returned, &[][..])] {
        let server = Server::start(data, &[&PUBLIC[..], database].concat());
        let pages_after = pages(&server);
        for (path, was) in &pages_before {
            assert_eq!(pages_after.get(path), Some(was), "{path}");
        }
        assert_eq!(pages_after.len(), pages_before.len());
        assert_eq!(server.line("owner"), "", "there are accounts");
        let after = tokio::task::block_in_place(|| media_addresses(&server, &key));
        for epoch in epochs(&after) {
            assert!(seen.insert(epoch), "{after:?} were served before");
        }
        let files: Vec<PathBuf> = std::fs::read_dir(data.join("files"))
            .expect("there")
            .flat_map(|shelf| std::fs::read_dir(shelf.expect("read").path()).expect("a shelf"))
            .map(|file| file.expect("read").path())
            .collect();
        let mut contents: Vec<Vec<u8>> = files
            .iter()
            .map(|file| std::fs::read(file).expect("read"))
            .collect();
        contents.sort();
        assert_eq!(contents, [b"a film".to_vec(), b"a picture".to_vec()]);
    }
}

/// Starts it and kills it as soon as there is a file or folder of this name.
fn killed_at(arguments: &[&str], sign: &Path) {
    let mut child = matsuri(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary is there");
    until("it has begun", || sign.exists().then_some(()));
    child.kill().expect("it runs");
    child.wait().expect("it ended");
}

fn begun(arguments: &[&str], sign: &Path) -> Child {
    let child = matsuri(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    until("it has begun", || sign.exists().then_some(()));
    child.expect("the binary is there")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_while_people_write_is_of_one_moment_and_survives_every_kill() {
    for (index, database) in kit::addresses("busy").await.iter().enumerate() {
        let name = format!("busy-{index}");
        let more = ["--database", database.as_str()];
        let (server, _) = rich(&name, &more).await;
        let data = folder(&name);
        let db = Db::open(database).await.expect("opens");
        // Something that takes a while to copy.
        let large = Blobs::new(data.join("files"))
            .put(&vec![7; 48_000_000])
            .await
            .expect("stored");
        let mut tx = db.begin().await.expect("begins");
        keep(&mut tx, &large, Clock::system().now())
            .await
            .expect("kept");
        tx.commit().await.expect("committed");
        let stop = CancellationToken::new();
        let mut writing = tokio::task::JoinSet::new();
        {
            let (db, stop) = (db.clone(), stop.clone());
            writing.spawn(async move {
                let mut pairs = 0_u64;
                while !stop.is_cancelled() {
                    let mut tx = db.begin().await.expect("begins");
                    for _ in 0..2 {
                        db::next_number(&mut tx, "pair").await.expect("counted");
                        let at = jiff::Timestamp::UNIX_EPOCH;
                        platform::jobs::enqueue(&mut tx, "test.nothing", &pairs, at)
                            .await
                            .expect("queued");
                    }
                    tx.commit().await.expect("committed");
                    pairs += 1;
                }
                pairs
            });
        }
        let place = ["--data", shown(&data), more[0], more[1]];
        let (file, part) = (
            folder(&format!("{name}.tar")),
            folder(&format!("{name}.tar.part")),
        );
        let backup = [&["backup", shown(&file)][..], &place].concat();
        tokio::task::block_in_place(|| killed_at(&backup, &part));
        assert!(!file.exists(), "what is not complete has no name");
        let again = tokio::task::block_in_place(|| run(&backup));
        done(&again);
        // The server dies in the middle of one; that is no matter of the backup's.
        let (last, part) = (
            folder(&format!("{name}-last.tar")),
            folder(&format!("{name}-last.tar.part")),
        );
        let backup = [&["backup", shown(&last)][..], &place].concat();
        let child = tokio::task::block_in_place(|| begun(&backup, &part));
        server.kill();
        let ended = tokio::task::block_in_place(|| child.wait_with_output().expect("it ends"));
        done(&ended);
        stop.cancel();
        let pairs = writing.join_next().await.expect("one").expect("wrote");
        assert!(pairs > 0);

        let target = kit::addresses("busyback").await.remove(1 - index);
        let home = folder(&format!("{name}-back"));
        for file in [&file, &last] {
            whole(file);
        }
        let place = ["--data", shown(&home), "--database", &target];
        let restore = [&["restore", shown(&last)][..], &place].concat();
        tokio::task::block_in_place(|| killed_at(&restore, &home.join("restoring")));
        done(&tokio::task::block_in_place(|| run(&restore)));
        let restored = Db::open(&target).await.expect("opens");
        let jobs = sql!(i64: "SELECT count(*) FROM job WHERE kind = 'test.nothing'");
        let jobs = restored.one(jobs, params![]).await.expect("counted");
        let number = sql!(i64: "SELECT value FROM number_series WHERE kind = 'pair'");
        let number = restored.one(number, params![]).await.expect("counted");
        assert!(
            jobs % 2 == 0 && jobs == number,
            "{jobs} jobs, {number} numbers: half a transaction"
        );
        assert!(!home.join("restoring").exists());
    }
}

#[test]
fn a_restore_goes_nowhere_where_something_is() {
    let data = folder("occupied");
    let server = Server::start(&data, &[]);
    let file = folder("occupied.tar");
    done(&server.command(&["backup", shown(&file)]));
    let refused = told(&server.command(&["restore", shown(&file)]));
    assert!(refused.contains("is not empty"), "{refused}");
    let again = told(&server.command(&["backup", shown(&file)]));
    assert!(again.contains("never replaces anything"), "{again}");
    let nowhere = folder("nowhere");
    let nothing = told(&run(&["backup", "x.tar", "--data", shown(&nowhere)]));
    assert!(nothing.contains("there is no database"), "{nothing}");
    assert!(!nowhere.exists());
    let checked = done(&run(&["restore", shown(&file), "--check"]));
    assert!(
        checked.contains("whole; ") && checked.contains("from sqlite"),
        "{checked}"
    );
    let foreign = folder("foreign.tar");
    std::fs::write(&foreign, "this is a letter").expect("written");
    for more in [&["--check"][..], &["--data", shown(&nowhere)]] {
        let refused = told(&run(&[&["restore", shown(&foreign)][..], more].concat()));
        assert!(refused.contains("is no backup of Matsuri"), "{refused}");
    }
    let left: Vec<_> = std::fs::read_dir(&nowhere)
        .expect("made")
        .flatten()
        .collect();
    assert!(
        left.iter().all(|entry| entry.file_name() == "lock"),
        "{left:?}"
    );
    done(&run(&["restore", shown(&file), "--data", shown(&nowhere)]));
}

/// The members of a portable file.
fn members(name: &str, bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let file = folder(name);
    std::fs::write(&file, bytes).expect("written");
    let mut reader = platform::archive::Reader::open(&file).expect("opens");
    let mut members = BTreeMap::new();
    while let Some(mut member) = reader.next().expect("well-formed") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut member, &mut bytes).expect("read");
        members.insert(member.name.clone(), bytes);
    }
    members
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_comes_out_whole_and_names_nobody_who_is_not_on_stage() {
    for (index, database) in kit::addresses("event").await.iter().enumerate() {
        let name = format!("event-{index}");
        let more = ["--database", database.as_str()];
        let (server, key) = rich(&name, &more).await;
        let export = |flags: &[&str]| {
            let all = ["export", "lantern-days", "all"];
            let output = server.command(&[&all[..], flags, &more].concat());
            assert!(output.status.success(), "{}", text(&output.stderr));
            members(&format!("{name}.tar"), &output.stdout)
        };
        let plain = export(&[]);
        let names: Vec<&str> = plain.keys().map(String::as_str).collect();
        let wanted = [
            "captions.json",
            "chat.json",
            "matsuri-event.json",
            "onair.json",
            "programme.json",
            "schedule.json",
            "schedule.xml",
            "slates.json",
        ];
        let (uploads, others): (Vec<&str>, Vec<&str>) = names
            .into_iter()
            .partition(|name| name.starts_with("uploads/"));
        assert_eq!(others, wanted);
        assert_eq!(uploads.len(), 1);
        assert_eq!(
            plain[uploads[0]], b"a film",
            "the conference's, and nobody else's"
        );
        let json = |members: &BTreeMap<String, Vec<u8>>, name: &str| -> serde_json::Value {
            serde_json::from_slice(&members[name]).expect("JSON")
        };
        let head = json(&plain, "matsuri-event.json");
        assert_eq!(head["format"], 1);
        assert_eq!(head["conference"]["slug"], "lantern-days");
        let programme = json(&plain, "programme.json");
        assert_eq!(
            programme["talks"].as_array().map(Vec::len),
            Some(7),
            "also what is hidden"
        );
        assert_eq!(programme["speakers"].as_array().map(Vec::len), Some(4));
        assert!(
            programme["conference"]["document"].is_object(),
            "{}",
            programme["conference"]
        );
        let chat = json(&plain, "chat.json");
        assert_eq!(chat["lines"].as_array().map(Vec::len), Some(7));
        assert_eq!(chat["lines"][0]["author"]["name"], serde_json::Value::Null);
        let whole: Vec<u8> = plain.values().flatten().copied().collect();
        let whole = text(&whole);
        for secret in [
            "aki@example.org",
            "akari@example.org",
            &kernel::id::digest(&key),
            "Aki 秋",
        ] {
            assert!(!whole.contains(secret), "{secret}");
        }
        let named = export(&["--named"]);
        assert_eq!(
            json(&named, "chat.json")["lines"][0]["author"]["name"],
            "Aki 秋"
        );
        assert!(!export(&["--without-chat"]).contains_key("chat.json"));
        let (_, xml) = server.get("/lantern-days/schedule.xml");
        let talks = |text: &str| text.matches("<event ").count();
        assert_eq!(talks(&xml), talks(&text(&plain["schedule.xml"])));
        let nowhere = server.command(&[&["export", "nowhere", "all"][..], &more].concat());
        assert!(text(&nowhere.stderr).contains("There is no conference of that name"));
    }
}
