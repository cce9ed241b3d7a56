//! Out of one database and into another.

use db::copy::{AppliedMigration, Load, Table};
use db::{Db, Error, Migrations, params, sql};
use kernel::Timestamp;
use kernel::value::Value;

use crate::{Colour, MIGRATIONS, Thing, add, stores, thing};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// One of everything that a column can hold, at its extremes.
fn things() -> Vec<Thing> {
    let extreme = |title: &str, seats, weight, body| Thing {
        weight,
        body,
        seats,
        ..thing(title)
    };
    vec![
        extreme(
            "祭り \"quoted\" \\ \n\t",
            i64::MAX,
            Some(0.1 + 0.2),
            Some(vec![0, 255, 10]),
        ),
        extreme("b", i64::MIN, Some(-0.0), Some(Vec::new())),
        extreme("B", 0, Some(f64::MIN_POSITIVE), None),
        extreme("ä", 1, None, None),
        Thing {
            open: false,
            starts_at: Some("1969-12-31T23:59:59.999999Z".parse().expect("an instant")),
            colour: Colour::Red,
            ..extreme("a_b", 2, Some(1e300), None)
        },
    ]
}

async fn read_all(db: &Db) -> (Vec<AppliedMigration>, Vec<(Table, Vec<Vec<Value>>)>) {
    let mut snapshot = db.snapshot().await.expect("looked at");
    let mut all = Vec::new();
    for table in snapshot.tables().await.expect("listed") {
        let mut rows = Vec::new();
        let collect = |row| {
            rows.push(row);
            Ok::<_, Error>(())
        };
        snapshot.read(&table, collect).await.expect("read");
        all.push((table, rows));
    }
    (snapshot.migrations().await.expect("listed"), all)
}

async fn load(
    address: &str,
    applied: &[AppliedMigration],
    all: &[(Table, Vec<Vec<Value>>)],
) -> Result<(), Error> {
    let mut load = Load::begin(address, &[MIGRATIONS], applied, NOW).await?;
    for (table, rows) in all {
        let tables = load.tables().await?;
        let own = tables
            .iter()
            .find(|own| own.name == table.name)
            .expect("the same tables");
        for some in rows.chunks(Load::rows_at_once(own)) {
            load.insert(own, some.to_vec()).await?;
        }
    }
    load.check().await?;
    load.commit().await
}

/// Rows as they are told apart across engines: a NULL has no kind on one of them.
fn shown(all: &[(Table, Vec<Vec<Value>>)]) -> Vec<String> {
    let cell = |value: &Value| {
        if value.is_null() {
            "NULL".to_owned()
        } else {
            format!("{value:?}")
        }
    };
    let row = |table: &Table, row: &Vec<Value>| {
        let cells: Vec<String> = row.iter().map(cell).collect();
        format!("{}: {}", table.name, cells.join(", "))
    };
    let lines = all
        .iter()
        .flat_map(|(table, rows)| rows.iter().map(move |own| row(table, own)));
    lines.collect()
}

#[tokio::test]
async fn every_value_crosses_to_either_engine_and_stays_what_it_was() {
    let sources = stores("crossing").await;
    let mut reference: Option<Vec<String>> = None;
    let all_things = things();
    for source in &sources {
        for own in &all_things {
            add(source, own).await.expect("inserted");
        }
        let refer = sql!("INSERT INTO part (thing) VALUES ($1)");
        source
            .exec(refer, params![all_things[0].id])
            .await
            .expect("inserted");
        db_number(source).await;
        let (applied, rows) = read_all(source).await;
        let lines = shown(&rows);
        let names: Vec<&str> = rows.iter().map(|(table, _)| table.name.as_str()).collect();
        assert_eq!(
            names,
            ["number_series", "part", "thing"],
            "all but the journal"
        );
        assert_eq!(
            *reference.get_or_insert(lines.clone()),
            lines,
            "the same from both engines"
        );
        for address in kit::addresses("crossed").await {
            load(&address, &applied, &rows).await.expect("loaded");
            let target = Db::open(&address).await.expect("opens");
            assert_eq!(
                target.migrate(&[MIGRATIONS], NOW).await.expect("complete"),
                0
            );
            assert_eq!(shown(&read_all(&target).await.1), lines);
            let dangling = sql!("INSERT INTO part (thing) VALUES ('nothing')");
            let refused = target.exec(dangling, params![]).await;
            assert!(
                matches!(refused, Err(Error::Reference(_))),
                "references are watched again"
            );
        }
    }
}

async fn db_number(db: &Db) {
    let mut tx = db.begin().await.expect("begins");
    db::next_number(&mut tx, "thing").await.expect("given");
    tx.commit().await.expect("committed");
}

#[tokio::test]
async fn a_snapshot_is_of_one_moment_while_others_write() {
    for db in stores("moment").await {
        add(&db, &thing("before")).await.expect("inserted");
        let mut snapshot = db.snapshot().await.expect("looked at");
        add(&db, &thing("after")).await.expect("nobody is held up");
        let mut seen = 0;
        for table in snapshot.tables().await.expect("listed") {
            let count = |_| {
                seen += i32::from(table.name == "thing");
                Ok::<_, Error>(())
            };
            snapshot.read(&table, count).await.expect("read");
        }
        assert_eq!(seen, 1, "{:?}", db.engine());
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_leaves_nothing() {
    for (source, address) in stores("unfit")
        .await
        .iter()
        .zip(kit::addresses("refusing").await)
    {
        add(source, &thing("one")).await.expect("inserted");
        let (applied, rows) = read_all(source).await;
        let sentence = |refused: Result<(), Error>| refused.expect_err("refused").to_string();

        let mut newer = applied.clone();
        newer.push(AppliedMigration {
            feature: "thing".to_owned(),
            name: "0999_future.sql".to_owned(),
            checksum: String::new(),
        });
        let told = sentence(load(&address, &newer, &rows).await);
        assert!(
            told.contains("newer version") && told.contains("0999_future"),
            "{told}"
        );

        let mut other = applied.clone();
        for own in &mut other {
            own.checksum.clear();
        }
        let told = sentence(load(&address, &other, &rows).await);
        assert!(told.contains("is not the one"), "{told}");

        let orphan = vec![vec![Value::Text(Some("nothing".to_owned()))]];
        let mut orphans = rows.clone();
        orphans
            .iter_mut()
            .filter(|(table, _)| table.name == "part")
            .for_each(|(_, rows)| *rows = orphan.clone());
        let told = sentence(load(&address, &applied, &orphans).await);
        assert!(told.contains("reference"), "{told}");

        load(&address, &applied, &rows)
            .await
            .expect("nothing was left behind");
        let told = sentence(load(&address, &applied, &rows).await);
        assert!(told.contains("not empty"), "{told}");
    }
}

#[tokio::test]
async fn more_rows_than_fit_into_a_statement_are_loaded_in_several() {
    let mut tables = Vec::new();
    for db in stores("many").await {
        tables = db
            .snapshot()
            .await
            .expect("looked at")
            .tables()
            .await
            .expect("listed");
    }
    for table in tables {
        let rows = Load::rows_at_once(&table);
        assert!((1..=db::limits::LOAD_ROWS).contains(&rows));
        assert!(rows * table.columns.len() <= db::limits::LOAD_PARAMETERS);
    }
    let none: &[Migrations] = &[];
    for address in kit::addresses("none").await {
        let load = Load::begin(&address, none, &[], NOW).await.expect("empty");
        load.commit().await.expect("made");
    }
}
