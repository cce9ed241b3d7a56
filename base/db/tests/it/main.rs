//! Both engines, from the outside.

mod copy;

use db::{Db, Engine, Error, Migrations, Run, Tx, params, record, sql};
use kernel::{Timestamp, define_id, word_enum};
use tokio::task::JoinSet;

define_id!(
    /// A thing.
    ThingId,
    "thg"
);
word_enum! {
    /// A colour.
    pub enum Colour {
        /// Red.
        Red = "red",
        /// Blue.
        Blue = "blue",
    }
}

const MIGRATIONS: Migrations = db::migrations!(
    "thing",
    [
        "tests/it/0001_thing.sql",
        "tests/it/0002_index.sqlite.sql",
        "tests/it/0002_index.postgres.sql"
    ]
);

record! {
    /// One of everything.
    #[derive(PartialEq)]
    struct Thing {
        id: ThingId,
        title: String,
        colour: Colour,
        starts_at: Option<Timestamp>,
        weight: Option<f64>,
        body: Option<Vec<u8>>,
        open: bool,
        seats: i64,
    }
}

async fn stores(name: &str) -> Vec<Db> {
    let stores = kit::engines(name).await;
    for db in &stores {
        db.migrate(&[MIGRATIONS], Timestamp::UNIX_EPOCH)
            .await
            .expect("migrates");
    }
    stores
}

fn thing(title: &str) -> Thing {
    Thing {
        id: ThingId::fresh(),
        title: title.to_owned(),
        colour: Colour::Blue,
        starts_at: Some(kernel::clock::from_micros(1_700_000_000_123_456)),
        weight: Some(1.0),
        body: None,
        open: true,
        seats: 25,
    }
}

async fn add(mut run: impl Run, thing: &Thing) -> db::Result<()> {
    run.exec(
        sql!(
            "INSERT INTO thing (id, title, colour, starts_at, weight, body, open, seats)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        params![
            thing.id,
            &thing.title,
            thing.colour,
            thing.starts_at,
            thing.weight,
            thing.body.as_deref(),
            thing.open,
            thing.seats
        ],
    )
    .await
    .map(|_| ())
}

async fn find(mut run: impl Run, id: &ThingId) -> db::Result<Option<Thing>> {
    run.opt(
        sql!(Thing: "SELECT id, title, colour, starts_at, weight, body, open, seats FROM thing WHERE id = $1 AND open"),
        params![id],
    )
    .await
}

async fn count(db: &Db) -> i64 {
    db.one(sql!(i64: "SELECT count(*) FROM thing"), params![])
        .await
        .expect("counts")
}

#[tokio::test]
async fn every_kind_and_every_null_comes_back_as_it_went() {
    for db in stores("kinds").await {
        let full = Thing {
            body: Some(vec![0, 255]),
            ..thing("祭")
        };
        let empty = Thing {
            starts_at: None,
            weight: None,
            ..thing("")
        };
        for thing in [&full, &empty] {
            add(&db, thing).await.expect("stored");
            assert_eq!(
                find(&db, &thing.id).await.expect("found").as_ref(),
                Some(thing)
            );
        }
        assert_eq!(find(&db, &ThingId::fresh()).await.expect("searched"), None);
    }
}

record! {
    struct Wrong { name: String }
}

#[tokio::test]
async fn the_check_tries_every_statement_and_names_those_that_do_not_fit() {
    let _ = sql!(Wrong: "SELECT title FROM thing");
    let _ = sql!(i64: "SELECT title FROM thing WHERE id = 'two'");
    let _ = sql!("DELETE FROM nothing");
    for db in stores("check").await {
        let error = db::check_statements_of(&db, "base/db")
            .await
            .expect_err("three do not fit")
            .to_string();
        let lines: Vec<&str> = error.lines().collect();
        assert!(
            lines
                .iter()
                .all(|line| line.starts_with("base/db/tests/it/main.rs:")),
            "{error}"
        );
        assert!(
            error.contains("the record wants (name), the statement gives (title)"),
            "{error}"
        );
        // SQLite knows the types of rows, not of statements.
        match db.engine() {
            Engine::Sqlite => assert_eq!(lines.len(), 2, "{error}"),
            Engine::Postgres => {
                assert!(
                    error.contains("the statement gives TEXT; cast it"),
                    "{error}"
                );
                assert_eq!(lines.len(), 3, "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_wrong_number_of_parameters_is_refused_with_its_place() {
    for db in stores("misfit").await {
        let few = db
            .all(
                sql!(i64: "SELECT seats FROM thing WHERE id = $1"),
                params![],
            )
            .await;
        let Err(Error::Shape(text)) = few else {
            panic!("{few:?}")
        };
        assert!(text.contains("main.rs:") && text.contains("wants 1 parameters, was given 0"));
    }
}

#[tokio::test]
async fn a_violated_constraint_is_told_by_its_column() {
    for db in stores("unique").await {
        add(&db, &thing("one")).await.expect("stored");
        let error = add(&db, &thing("one"))
            .await
            .expect_err("the title is taken");
        assert!(error.is_unique("thing.title"), "{error:?}");
        assert!(!error.is_unique("thing.id") && !error.is_unique("other.title"));
        let known = thing("two");
        add(&db, &known).await.expect("stored");
        let again = Thing {
            title: "three".into(),
            ..known
        };
        assert!(
            add(&db, &again)
                .await
                .expect_err("the id is taken")
                .is_unique("thing.id")
        );
        let broken = db
            .exec(
                sql!("INSERT INTO part (thing) VALUES ($1)"),
                params!["none"],
            )
            .await;
        assert!(matches!(broken, Err(Error::Reference(_))), "{broken:?}");
    }
}

#[tokio::test]
async fn a_dropped_transaction_leaves_no_trace() {
    for db in stores("rollback").await {
        let mut tx = db.begin().await.expect("begins");
        add(&mut tx, &thing("one")).await.expect("stored");
        assert!(
            find(&mut tx, &ThingId::fresh())
                .await
                .expect("searched")
                .is_none()
        );
        drop(tx);
        assert_eq!(count(&db).await, 0);
        let mut tx: Tx = db.begin().await.expect("begins");
        add(&mut tx, &thing("one")).await.expect("stored");
        tx.commit().await.expect("commits");
        assert_eq!(count(&db).await, 1);
    }
}

#[tokio::test]
async fn rows_that_a_change_returns_are_read_from_the_writer() {
    for db in stores("returning").await {
        let one = thing("one");
        add(&db, &one).await.expect("stored");
        let left: Option<i64> = db
            .opt(
                sql!(i64: "UPDATE thing SET seats = seats - 1 WHERE id = $1 AND seats > 0 RETURNING seats"),
                params![one.id],
            )
            .await
            .expect("changed");
        assert_eq!(left, Some(24));
    }
}

#[tokio::test]
async fn a_hundred_racers_share_twenty_five_seats() {
    for db in stores("race").await {
        let one = thing("one");
        add(&db, &one).await.expect("stored");
        let mut racers = JoinSet::new();
        for _ in 0..100 {
            let (db, id) = (db.clone(), one.id.clone());
            racers.spawn(async move {
                let taken = sql!("UPDATE thing SET seats = seats - 1 WHERE id = $1 AND seats > 0");
                db.exec(taken, params![id]).await.expect("answers")
            });
        }
        assert_eq!(racers.join_all().await.into_iter().sum::<u64>(), 25);
    }
}

#[tokio::test]
async fn writing_transactions_take_turns() {
    for db in stores("turns").await {
        let mut writers = JoinSet::new();
        for index in 0..20 {
            let db = db.clone();
            writers.spawn(async move {
                let mut tx = db.begin().await.expect("begins");
                let before: i64 = tx
                    .one(sql!(i64: "SELECT count(*) FROM thing"), params![])
                    .await
                    .expect("counts");
                add(&mut tx, &thing(&format!("{index} after {before}")))
                    .await
                    .expect("stored");
                tx.commit().await.expect("commits");
            });
        }
        writers.join_all().await;
        assert_eq!(count(&db).await, 20);
    }
}

#[tokio::test]
async fn migrations_run_once_and_never_change() {
    for (db, second) in stores("migrate").await.into_iter().zip(["again", "again"]) {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(db.migrate(&[MIGRATIONS], now).await.expect(second), 0);
        let altered = Migrations {
            files: &[("0001_thing.sql", "CREATE TABLE other (id TEXT)")],
            ..MIGRATIONS
        };
        let error = db
            .migrate(&[altered], now)
            .await
            .expect_err("refused")
            .to_string();
        assert!(error.contains("newer version"), "{error}");
        let grown = Migrations {
            feature: "other",
            files: &[
                ("0001_a.sql", "CREATE TABLE a (\n id TEXT\n);"),
                ("0002_b.sql", "CREATE TABEL b (id TEXT);"),
            ],
        };
        let error = db
            .migrate(&[grown], now)
            .await
            .expect_err("refused")
            .to_string();
        assert!(error.contains("other/0002_b.sql"), "{error}");
        let fixed = Migrations {
            files: &[("0001_a.sql", "CREATE TABLE a (\n id BIGINT\n);")],
            ..grown
        };
        assert_eq!(
            db.migrate(&[fixed], now)
                .await
                .expect("nothing of the first try is left"),
            1
        );
        let changed = Migrations {
            files: &[("0001_a.sql", "CREATE TABLE a (id TEXT);")],
            ..grown
        };
        let error = db
            .migrate(&[changed], now)
            .await
            .expect_err("refused")
            .to_string();
        assert!(error.contains("differs from what was applied"), "{error}");
    }
}

#[tokio::test]
async fn several_processes_may_migrate_at_once() {
    for address in kit::addresses("together").await {
        let mut starts = JoinSet::new();
        for _ in 0..4 {
            let address = address.clone();
            starts.spawn(async move {
                let db = Db::open(&address).await.expect("opens");
                db.migrate(&[MIGRATIONS], Timestamp::UNIX_EPOCH)
                    .await
                    .expect("migrates")
            });
        }
        assert_eq!(starts.join_all().await.into_iter().sum::<usize>(), 2);
    }
}

#[tokio::test]
async fn a_database_that_is_gone_is_unavailable_and_not_a_fault() {
    for db in stores("gone").await {
        db.close().await;
        let error = kernel::Error::from(db.ping().await.expect_err("closed"));
        assert!(
            matches!(error, kernel::Error::Unavailable("database")),
            "{error:?}"
        );
    }
    let nobody = Db::open("postgres://localhost:1/none")
        .await
        .expect_err("nobody is there");
    assert!(matches!(nobody, Error::Unavailable(_)), "{nobody:?}");
}

#[tokio::test]
async fn an_address_that_nobody_understands_is_refused_without_repeating_its_password() {
    let error = Db::open("mysql://root:secret@localhost")
        .await
        .expect_err("refused")
        .to_string();
    assert!(
        error.contains("sqlite:") && !error.contains("secret"),
        "{error}"
    );
}

#[tokio::test]
async fn a_lost_connection_is_replaced() {
    for db in stores("lost").await {
        if db.engine() == Engine::Sqlite {
            continue;
        }
        let own = || {
            db.one(
                sql!(i64: sqlite "SELECT 0 AS pid", postgres "SELECT CAST(pg_backend_pid() AS BIGINT) AS pid"),
                params![],
            )
        };
        let mut tx = db.begin().await.expect("begins");
        let pid = own()
            .await
            .expect("another connection than the transaction's");
        let end = sql!(bool: sqlite "SELECT $1 = 0 AS ended", postgres "SELECT pg_terminate_backend(CAST($1 AS INTEGER)) AS ended");
        assert!(tx.one(end, params![pid]).await.expect("ended"));
        drop(tx);
        for _ in 0..8 {
            assert_ne!(own().await.expect("a connection that lives"), pid);
        }
    }
}

#[tokio::test]
async fn a_transaction_that_the_engine_ended_itself_is_not_the_last_one() {
    let db = stores("ended itself").await.remove(0);
    let Db::Sqlite { write, .. } = &db else {
        panic!("the first is the file");
    };
    let mut tx = write.begin_with("BEGIN IMMEDIATE").await.unwrap();
    // As it does when the disk is full.
    let ends = "INSERT OR ROLLBACK INTO migration SELECT * FROM migration";
    sqlx::query(ends).execute(&mut *tx).await.unwrap_err();
    drop(tx);
    for _ in 0..2 {
        db.begin().await.unwrap().commit().await.unwrap();
    }
}
