//! Power cuts, without a power switch: the server runs on a disk that is watched (`kit/powercut`), and afterwards the
//! disk is put together as it would have been had the power gone at any moment of its life. Whatever was acknowledged
//! until then has to be in it.

mod disk;
mod media;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use db::{Db, params, record, sql};
use kit::postgres::Durable;

use self::disk::{Disk, Syncs, put};
use crate::ledger::{Crew, Dice, Kind, Records, Settings, marker};
use crate::process::folder;

/// What stands between the server and its C library; built because this package depends on it.
pub(crate) fn shim() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    let beside = program.parent().expect("it lies in a folder");
    let shim = beside.join("libpowercut.so");
    assert!(shim.exists(), "{} is built with the tests", shim.display());
    shim
}

record! {
    /// A talk or speaker as the database has it.
    struct Row { title: String, version: i64, binned: bool, entries: i64 }
}

record! {
    struct Kept { id: String, bytes: i64, sha256: String }
}

/// Everything of the ledger that the database has, as the ledger says it.
async fn found(db: &Db) -> db::Result<BTreeMap<(Kind, String), Row>> {
    let talks = sql!(Row: "SELECT t.title, t.version, t.binned_at IS NOT NULL AS binned,
             (SELECT count(*) FROM audit a WHERE a.subject = t.id) AS entries
         FROM talk t JOIN conference c ON c.id = t.conference WHERE c.slug = 'ledger'");
    let speakers = sql!(Row: "SELECT s.name AS title, s.version, s.binned_at IS NOT NULL AS binned,
             (SELECT count(*) FROM audit a WHERE a.subject = s.id) AS entries
         FROM speaker s JOIN conference c ON c.id = s.conference WHERE c.slug = 'ledger'");
    let mut all = BTreeMap::new();
    for (kind, statement) in [(Kind::Talk, talks), (Kind::Speaker, speakers)] {
        for row in db.all(statement, params![]).await? {
            let mark = marker(&row.title);
            if mark.contains('-') {
                let twice = all.insert((kind, mark), row);
                assert!(twice.is_none(), "made twice: {twice:?}");
            }
        }
    }
    Ok(all)
}

/// What is wrong with a database, if the trace was so long when the power went.
async fn loss(db: &Db, records: &Records, at: u64) -> Option<String> {
    // Before its tables were made there was nothing to acknowledge.
    let found = found(db).await.unwrap_or_default();
    for ((kind, mark), steps) in records {
        if !matches!(kind, Kind::Talk | Kind::Speaker) {
            continue;
        }
        let last = steps
            .iter()
            .rposition(|step| step.acked.is_some_and(|acked| acked <= at));
        let row = found.get(&(*kind, mark.clone()));
        let possible = &steps[last.unwrap_or(0)..];
        let fits = |row: &Row| {
            possible.iter().any(|step| {
                let Some(state) = &step.state else {
                    return false;
                };
                let binned = state.get("bin").is_some_and(|bin| bin == "yes");
                (row.version, &row.title, row.binned) == (step.version, &state["title"], binned)
            })
        };
        match row {
            None if last.is_none() => {}
            None => return Some(format!("{mark} is gone")),
            Some(row) if !fits(row) => return Some(format!("{mark} is {row:?}, not {possible:?}")),
            Some(row) if row.entries != row.version => {
                return Some(format!("{mark}: {row:?}, half a transaction"));
            }
            Some(_) => {}
        }
    }
    None
}

/// What is wrong with the files, of which rows tell.
async fn missing(db: &Db, files: &Path) -> Option<String> {
    let all = sql!(Kept: "SELECT id, bytes, sha256 FROM blob ORDER BY id");
    for kept in db.all(all, params![]).await.unwrap_or_default() {
        let shelf = files.join(&kept.id[kept.id.len() - 2..]);
        let content = std::fs::read(shelf.join(&kept.id)).unwrap_or_default();
        let digest = ring::digest::digest(&ring::digest::SHA256, &content);
        if data_encoding::HEXLOWER.encode(digest.as_ref()) != kept.sha256 {
            let (has, wants) = (content.len(), kept.bytes);
            return Some(format!("{} has {has} bytes of {wants}", kept.id));
        }
    }
    None
}

/// The moments at which the power goes: anywhere, and just after somebody was told that something is done.
fn moments(dice: &mut Dice, records: &Records, end: u64, count: usize) -> Vec<u64> {
    let steps = records.values().flatten();
    let acked: Vec<u64> = steps.filter_map(|step| step.acked).collect();
    let mut moments: Vec<u64> = (0..count)
        .map(|index| match dice.pick(acked.len()) {
            Some(at) if index % 2 == 0 => acked[at],
            _ => dice.below(end),
        })
        .collect();
    moments.sort_unstable();
    moments
}

/// A life of a site on a watched disk, which ends as suddenly as it can.
fn live(name: &str, acks: u64, seed: u64) -> (PathBuf, PathBuf, Records) {
    let (data, trace) = (folder(name), folder(&format!("{name}.trace")));
    std::fs::create_dir(&data).expect("fresh");
    std::fs::write(&trace, "").expect("written");
    let settings = Settings {
        database: format!("sqlite:{}", data.join("matsuri.db").display()),
        seed,
        more: vec![
            ("LD_PRELOAD", shim()),
            ("POWERCUT_ROOT", data.clone()),
            ("POWERCUT_TRACE", trace.clone()),
        ],
        trace: Some(trace.clone()),
        data: data.clone(),
    };
    let mut crew = Crew::assemble(settings);
    crew.work_until(acks, 5);
    crew.kill();
    let records = crew.book.records();
    (data, trace, records)
}

/// What the power took at each of the moments.
async fn losses(
    (data, trace, records): &(PathBuf, PathBuf, Records),
    syncs: Syncs,
    (count, seed): (usize, u64),
) -> Vec<String> {
    let trace = std::fs::read(trace).expect("readable");
    let mut dice = Dice(seed);
    let end = u64::try_from(trace.len()).expect("64 bits");
    let home = data.with_extension("after");
    let mut disk = Disk::empty(data, syncs);
    let mut losses = Vec::new();
    let mut done = 0;
    for at in moments(&mut dice, records, end, count) {
        let until = usize::try_from(at).expect("64 bits");
        done += disk.advance(&trace[done..until]);
        put(&disk.cut(&mut dice), &home);
        let address = format!("sqlite:{}", home.join("matsuri.db").display());
        let db = Db::open(&address).await;
        let lost = match &db {
            Ok(db) => match loss(db, records, at).await {
                None => missing(db, &home.join("files")).await,
                lost => lost,
            },
            Err(error) => Some(error.to_string()),
        };
        if let Ok(db) = db {
            db.close().await;
        }
        losses.extend(lost.map(|lost| format!("at {at} of {end}: {lost}")));
        std::fs::remove_dir_all(&home).expect("ours");
    }
    losses
}

async fn cut(name: &'static str, acks: u64, cuts: usize, seed: u64) {
    let life = tokio::task::spawn_blocking(move || live(name, acks, seed));
    let life = life.await.expect("it lived");
    let lost = losses(&life, Syncs::Kept, (cuts, seed)).await;
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    // The same disk, had nobody asked for anything to be durable: a trial that cannot fail proves nothing.
    let lied = losses(&life, Syncs::Lied, (cuts, seed)).await;
    println!(
        "{name}: {cuts} cuts lose nothing; a disk that lies loses something in {}",
        lied.len()
    );
    assert!(lied.len() > cuts / 4, "{lied:?}");
}

/// The same for a site on `PostgreSQL`: the power takes both, and what is acknowledged rests on the server's disk.
async fn cut_postgres(name: &'static str, acks: u64, cuts: usize, seed: u64) {
    let life = tokio::task::spawn_blocking(move || {
        let trace = folder(&format!("{name}.trace"));
        std::fs::write(&trace, "").expect("written");
        // Its processes are somebody else's where tests run as root.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        std::fs::set_permissions(&trace, open).expect("ours");
        let cluster = Durable::make(name);
        let disk = Disk::of(&cluster.data(), Syncs::KeptWithName);
        let (shim, data) = (shim(), cluster.data());
        let database = cluster.start(&[
            ("LD_PRELOAD", &shim),
            ("POWERCUT_ROOT", &data),
            ("POWERCUT_TRACE", &trace),
        ]);
        let mut crew = Crew::assemble(Settings {
            database,
            seed,
            more: Vec::new(),
            trace: Some(trace.clone()),
            data: folder(&format!("{name}-site")),
        });
        crew.work_until(acks, 5);
        cluster.kill();
        crew.kill();
        (disk, trace, crew.book.records())
    });
    let (mut disk, trace, records) = life.await.expect("it lived");
    let trace = std::fs::read(trace).expect("readable");
    let (mut dice, mut done) = (Dice(seed), 0);
    let end = u64::try_from(trace.len()).expect("64 bits");
    for (number, at) in moments(&mut dice, &records, end, cuts)
        .into_iter()
        .enumerate()
    {
        let until = usize::try_from(at).expect("64 bits");
        done += disk.advance(&trace[done..until]);
        let image = disk.cut(&mut dice);
        let home = format!("{name}-after-{number}");
        let started = tokio::task::spawn_blocking(move || {
            let cluster = Durable::of(&home, |data| put(&image, data));
            let address = cluster.start(&[]);
            (cluster, address)
        });
        let (cluster, address) = started.await.expect("it recovers");
        let db = Db::open(&address).await.expect("it opens");
        let lost = loss(&db, &records, at).await;
        assert_eq!(lost, None, "at {at} of {end}");
        db.close().await;
        let home = cluster.data();
        drop(cluster);
        std::fs::remove_dir_all(home).expect("ours");
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_power_cuts_of_a_database_server() {
    cut_postgres("power-pg", 40, 3, 9).await;
}

#[tokio::test]
#[ignore = "long: fifty power cuts of a database server"]
async fn fifty_power_cuts_of_a_database_server_lose_nothing_that_was_acknowledged() {
    cut_postgres("power-pg-long", 600, 50, 99).await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_power_cuts_at_any_moment() {
    cut("power", 60, 40, 7).await;
}

#[tokio::test]
#[ignore = "long: a thousand power cuts"]
async fn a_thousand_power_cuts_lose_nothing_that_was_acknowledged() {
    cut("power-long", 600, 1_000, 77).await;
}
