//! An installation in a file, and back.

use std::path::{Path, PathBuf};

use db::{Db, params, sql};
use kernel::Timestamp;
use platform::backup::{Error, Manifest, Step, Target, restore, verify, write};
use platform::blob::{Blobs, keep};
use platform::jobs::enqueue;
use platform::mail::{Mail, queue};

use super::stores;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

struct House {
    db: Db,
    blobs: Blobs,
    folder: tempfile::TempDir,
}

impl House {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn write(&self, name: &str) -> Result<Manifest, Error> {
        write(&self.db, &self.blobs, &self.file(name), NOW, &mut |_| {}).await
    }
}

/// Some of everything that this crate stores.
async fn houses(name: &str) -> Vec<House> {
    let mut houses = Vec::new();
    for db in stores(name).await {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::new(folder.path().join("files"));
        for number in 0..3 {
            let mail = Mail {
                to: format!("{number}@example.org"),
                subject: "祭り".to_owned(),
                text: "line\nline \"quoted\"".to_owned(),
                html: (number == 1).then(|| "<p>".to_owned()),
                origin: platform::mail::Origin::default(),
            };
            queue(&db, &mail, &format!("key-{number}"), NOW)
                .await
                .expect("queued");
            let stored = blobs
                .put(&vec![number; 100_000 * usize::from(number)])
                .await
                .expect("stored");
            let mut tx = db.begin().await.expect("begins");
            keep(&mut tx, &stored, NOW).await.expect("kept");
            tx.commit().await.expect("committed");
        }
        houses.push(House { db, blobs, folder });
    }
    houses
}

async fn back(file: &Path, database: &str, files: &Path) -> Result<Manifest, Error> {
    let to = Target {
        database,
        files,
        migrations: &[platform::MIGRATIONS],
        now: NOW,
    };
    restore(file, &to, &mut |_| {}).await?.keep().await
}

#[tokio::test]
async fn a_backup_goes_to_either_engine_and_back_and_stays_the_same() {
    for house in houses("backup").await {
        let first = house.write("first.tar").await.expect("written");
        assert_eq!(first.files.len(), 3);
        assert_eq!(first.rows(), 3 + 3 + 3, "mails, their jobs, files");
        let file = house.file("first.tar");
        assert_eq!(verify(&file, &mut |_| {}).expect("whole"), first);
        let mut names = Vec::new();
        for (index, address) in kit::addresses("backuptarget").await.iter().enumerate() {
            let files = house.file(&format!("files-{index}"));
            back(&file, address, &files).await.expect("restored");
            let db = Db::open(address).await.expect("opens");
            assert_eq!(
                db.migrate(&[platform::MIGRATIONS], NOW)
                    .await
                    .expect("fits"),
                0
            );
            let again = house.file(&format!("again-{index}.tar"));
            let blobs = Blobs::new(&files);
            let second = write(&db, &blobs, &again, NOW, &mut |_| {})
                .await
                .expect("written");
            assert_eq!(
                (&second.tables, &second.files),
                (&first.tables, &first.files)
            );
            names.push(second.engine);
        }
        assert_eq!(names, ["sqlite", "postgres"]);
    }
}

#[tokio::test]
async fn it_tells_how_far_it_is() {
    for house in houses("progress").await {
        let mut told = Vec::new();
        let tell = &mut |step: Step<'_>| told.push(format!("{step:?}"));
        let file = house.file("b.tar");
        write(&house.db, &house.blobs, &file, NOW, tell)
            .await
            .expect("written");
        let table = "Table { name: \"mail\", rows: 3, done: true }".to_owned();
        assert!(told.contains(&table), "{told:?}");
        assert_eq!(
            told.last().map(String::as_str),
            Some("Files { done: 3, total: 3 }")
        );
    }
}

#[tokio::test]
async fn a_damaged_backup_is_refused_before_anything_is_touched() {
    for house in houses("damaged").await {
        house.write("good.tar").await.expect("written");
        let good = std::fs::read(house.file("good.tar")).expect("read");
        let file = house.file("bad.tar");
        let address = &kit::addresses("damagedtarget").await[0];
        let told = |bytes: &[u8]| {
            std::fs::write(&file, bytes).expect("written");
            verify(&file, &mut |_| {}).expect_err("refused").to_string()
        };
        for length in [0, 300, 600, good.len() / 2, good.len() - 600] {
            let told = told(&good[..length]);
            assert!(
                told.contains("damaged") || told.contains("is no backup"),
                "{length}: {told}"
            );
        }
        let swap = |from: &str, to: &str| {
            assert_eq!(from.len(), to.len());
            let mut bytes = good.clone();
            let at = bytes
                .windows(from.len())
                .position(|part| part == from.as_bytes());
            let at = at.expect("it is there");
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
            bytes
        };
        let told_row = told(&swap("0@example.org", "9@example.org"));
        assert!(
            told_row.contains("tables/mail.jsonl is not what was written"),
            "{told_row}"
        );
        let told_manifest = told(&swap("\"rows\": 3", "\"rows\": 4"));
        assert!(told_manifest.contains("the manifest"), "{told_manifest}");
        let told_file = told(&swap(&"\u{1}".repeat(40), &"\u{2}".repeat(40)));
        assert!(told_file.contains("files/blb_"), "{told_file}");
        let newer = told(&swap("\"format\":1", "\"format\":9"));
        assert!(
            newer.contains("format 9") && newer.contains("newer version"),
            "{newer}"
        );
        let foreign = told(&swap("{\"format\"", "{\"fermat\""));
        assert!(foreign.contains("is no backup of Matsuri"), "{foreign}");

        std::fs::write(&file, swap("0@example.org", "9@example.org")).expect("written");
        let files = house.file("untouched");
        let refused = back(&file, address, &files).await;
        assert!(matches!(refused, Err(Error::Damaged { .. })));
        assert!(!files.exists());
        let path = address.strip_prefix("sqlite:").expect("a file");
        assert!(!Path::new(path).exists());
    }
}

#[tokio::test]
async fn nothing_is_replaced_and_nothing_is_mixed() {
    for house in houses("mixed").await {
        house.write("once.tar").await.expect("written");
        let refused = house
            .write("once.tar")
            .await
            .expect_err("refused")
            .to_string();
        assert!(refused.contains("never replaces"), "{refused}");

        let file = house.file("once.tar");
        let address = &kit::addresses("mixedtarget").await[1];
        let db = Db::open(address).await.expect("opens");
        db.migrate(&[platform::MIGRATIONS], NOW)
            .await
            .expect("made");
        let refused = back(&file, address, &house.file("new"))
            .await
            .expect_err("refused");
        assert!(
            refused.to_string().contains("the database is not empty"),
            "{refused}"
        );
        let address = &kit::addresses("mixedfiles").await[0];
        let refused = back(&file, address, &house.file("files")).await;
        assert!(matches!(refused, Err(Error::NotEmpty(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_stored_file_that_is_not_what_its_row_says_ends_the_backup_with_its_name() {
    for house in houses("lost").await {
        let stored = platform::blob::all(&house.db).await.expect("listed");
        let path = house.blobs.path(&stored[1].id);
        std::fs::write(&path, "something else").expect("written");
        let lost = house
            .write("lost.tar")
            .await
            .expect_err("refused")
            .to_string();
        assert!(lost.contains(stored[1].id.as_str()), "{lost}");
        std::fs::remove_file(&path).expect("removed");
        assert!(matches!(house.write("lost.tar").await, Err(Error::Lost(_))));
        assert!(!house.file("lost.tar").exists() && !house.file("lost.tar.part").exists());
    }
}

#[tokio::test]
async fn what_a_killed_backup_left_is_written_over_and_two_do_not_meet() {
    for house in houses("part").await {
        let part = house.file("b.tar.part");
        std::fs::write(&part, vec![1; 1_000_000]).expect("written");
        let held = std::fs::File::open(&part).expect("opens");
        held.try_lock().expect("free");
        let busy = house.write("b.tar").await.expect_err("refused");
        assert!(matches!(busy, Error::Busy(_)), "{busy}");
        drop(held);
        house.write("b.tar").await.expect("written");
        verify(&house.file("b.tar"), &mut |_| {}).expect("whole");
        assert!(!part.exists());
    }
}

/// Pairs of rows that are always written together: a backup has both or none.
#[tokio::test]
async fn a_backup_shows_one_moment_while_others_write() {
    for house in houses("writing").await {
        let (db, stop) = (house.db.clone(), tokio_util::sync::CancellationToken::new());
        let stopped = stop.clone();
        let mut writers = tokio::task::JoinSet::new();
        writers.spawn(async move {
            let mut pairs = 0;
            while !stopped.is_cancelled() {
                let mut tx = db.begin().await.expect("begins");
                for half in ["left", "right"] {
                    enqueue(&mut tx, half, &pairs, NOW).await.expect("queued");
                }
                tx.commit().await.expect("committed");
                pairs += 1;
            }
            pairs
        });
        let mut rows = Vec::new();
        for number in 0..5 {
            let name = format!("{number}.tar");
            let manifest = house.write(&name).await.expect("written");
            let jobs = manifest.tables.iter().find(|own| own.name == "job");
            rows.push(jobs.expect("there").rows - 3);
        }
        stop.cancel();
        let pairs: u64 = writers.join_next().await.expect("one").expect("wrote");
        assert!(
            rows.iter().all(|rows| rows % 2 == 0),
            "half a transaction in {rows:?}"
        );
        assert!(
            rows[4] > rows[0] && rows[4] <= 2 * pairs,
            "{rows:?} of {pairs}"
        );
        let files = house.file("restored");
        let address = &kit::addresses("writingtarget").await[1];
        back(&house.file("4.tar"), address, &files)
            .await
            .expect("restored");
        let restored = Db::open(address).await.expect("opens");
        let halves = sql!(i64: "SELECT count(*) FROM job WHERE kind = $1");
        for half in ["left", "right"] {
            let count = restored.one(halves, params![half]).await.expect("counted");
            assert_eq!(u64::try_from(count).expect("few"), rows[4] / 2);
        }
    }
}
