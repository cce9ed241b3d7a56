//! Exports of Dreamkast. The one here is made up; it has the shape of real ones, and their oddities.

use std::collections::BTreeMap;
use std::path::PathBuf;

use kernel::Error;
use program::actions::{Destination, Taken, import_dreamkast};
use program::dreamkast::{Export, Files, Map, read};

use crate::{Stage, stages};

fn file(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/dreamkast")
        .join(name);
    std::fs::read(path).expect("the fixture is there")
}

fn files(maps: &[Map]) -> Files {
    let name = |map: &Map| match map {
        Map::Days => "days.csv",
        Map::Tracks => "tracks.csv",
        Map::Categories => "categories.csv",
        Map::Levels => "levels.csv",
        Map::Items => "items.csv",
    };
    let export = program::dreamkast::FILES
        .iter()
        .map(|name| ((*name).to_owned(), file(&format!("export/{name}"))));
    Files {
        export: export.collect(),
        others: vec!["profiles.csv".to_owned()],
        maps: maps
            .iter()
            .map(|map| (*map, (name(map).to_owned(), file(name(map)))))
            .collect(),
    }
}

const ALL: &[Map] = &[
    Map::Days,
    Map::Tracks,
    Map::Categories,
    Map::Levels,
    Map::Items,
];

fn export(maps: &[Map]) -> Export {
    read(&files(maps)).expect("the export is well-formed")
}

fn into(slug: &str) -> Destination {
    Destination {
        slug: slug.to_owned(),
        zone: "Asia/Tokyo".to_owned(),
        dry_run: false,
    }
}

async fn take(stage: &Stage, export: Export, to: &Destination) -> Taken {
    import_dreamkast(&stage.writer(), export, to)
        .await
        .expect("it can be imported")
}

/// Notes by key, with one argument of each.
fn notes(taken: &Taken, key: &str, argument: &str) -> Vec<String> {
    let named = taken.notes.iter().filter(|note| note.key == key);
    let value = |note: &kernel::Message| {
        let found = note.args.iter().find(|(name, _)| *name == argument);
        found
            .map(|(_, value)| value.clone())
            .expect("the note has it")
    };
    named.map(value).collect()
}

#[tokio::test]
async fn an_export_becomes_a_programme_in_the_conference_s_zone() {
    for stage in stages("dreamkast").await {
        let taken = take(&stage, export(ALL), &into("lantern-days")).await;
        assert!(taken.imported.created);
        assert_eq!(
            (taken.talks, taken.hidden, taken.speakers),
            (7, 4, [4, 0, 0])
        );
        let programme = stage.programme("lantern-days").await;
        let talk = |id: i64| programme.talks.iter().find(|talk| talk.file_id == id);
        let shown: Vec<i64> = programme.talks.iter().map(|talk| talk.file_id).collect();
        assert_eq!(
            shown,
            [901, 902, 906],
            "rejected, undecided, unplaced ones are not"
        );
        let first = talk(901).expect("shown");
        assert_eq!(first.starts_at.to_string(), "2031-07-05T01:00:00Z");
        assert_eq!((first.language.as_str(), first.opt_out), ("ja", Some(true)));
        let track = programme
            .track(first.track.as_ref().expect("placed"))
            .expect("there");
        assert_eq!(
            (track.slug.as_str(), track.name.as_str()),
            ("lanterns", "Hall of Lanterns")
        );
        let category = first
            .category
            .as_ref()
            .and_then(|id| programme.category(id));
        assert_eq!(category.map(|own| own.name.as_str()), Some("可観測性"));
        let path = format!("/lantern-days/talks/{}", first.slug);
        let page = stage.site.anonymous().get(&path).await.body;
        assert!(
            page.contains("<span class=\"chip\">初級者</span>"),
            "{page}"
        );
        let keynote = talk(902).expect("shown");
        assert_eq!(keynote.kind, "keynote");
        assert_eq!(keynote.title, "Opening, \"with drums\"");
        assert_eq!(keynote.r#abstract, "Two paragraphs.\n\nThe second one.");
        assert_eq!(
            keynote.ends_at.to_string(),
            "2031-07-05T02:40:00Z",
            "by its length"
        );
        assert_eq!(
            talk(906).expect("shown").ends_at.to_string(),
            "2031-07-05T15:30:00Z"
        );
        let names: Vec<&str> = programme
            .speakers_of(&first.id)
            .map(|own| own.name.as_str())
            .collect();
        assert_eq!(names, ["灯野 あかり"]);
        let page = stage.site.anonymous().get("/lantern-days/timetable").await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("灯籠のための分散トレース"));
        assert!(
            !page.body.contains("Not this year"),
            "a rejected talk stays a secret"
        );
        let file = stage
            .site
            .anonymous()
            .get("/lantern-days/schedule.xml")
            .await
            .body;
        assert!(file.contains("Hall of Lanterns") && !file.contains("Lantern break"));
    }
}

#[tokio::test]
async fn what_has_no_place_is_told_and_not_stored() {
    for stage in stages("dreamkastlost").await {
        let taken = take(&stage, export(ALL), &into("lantern-days")).await;
        assert_eq!(
            notes(&taken, "program-dreamkast-personal", "column"),
            ["email"]
        );
        assert_eq!(notes(&taken, "program-dreamkast-personal", "count"), ["3"]);
        assert_eq!(
            notes(&taken, "program-dreamkast-column", "column"),
            ["video_published"]
        );
        assert_eq!(
            notes(&taken, "program-dreamkast-unread", "file"),
            ["profiles.csv"]
        );
        assert_eq!(notes(&taken, "program-dreamkast-foreign", "count"), ["1"]);
        assert_eq!(notes(&taken, "program-dreamkast-dangling", "line"), ["8"]);
        assert_eq!(
            notes(&taken, "program-dreamkast-answer", "label"),
            ["presentation_method"]
        );
        assert_eq!(
            notes(&taken, "program-dreamkast-option", "label"),
            ["language"]
        );
        assert_eq!(notes(&taken, "program-dreamkast-day", "number"), ["73"]);
        assert_eq!(
            notes(&taken, "program-dreamkast-category", "number"),
            ["63"]
        );
        assert_eq!(notes(&taken, "program-dreamkast-level", "number"), ["52"]);
        for (key, count) in [
            ("rejected", "1"),
            ("undecided", "1"),
            ("withheld", "1"),
            ("unplaced", "2"),
        ] {
            let key = format!("program-dreamkast-{key}");
            assert_eq!(notes(&taken, &key, "count"), [count], "{key}");
        }
        let texts = &stage.site.app.texts;
        for locale in [web::Locale::Ja, web::Locale::En] {
            for note in &taken.notes {
                let sentence = texts.message(locale, note);
                assert!(
                    !sentence.contains("program-") && !sentence.contains("{$"),
                    "{sentence}"
                );
            }
        }
        let stored =
            db::sql!(String: "SELECT name || biography || document AS stored FROM speaker");
        let stored = stage
            .site
            .app
            .db
            .all(stored, db::params![])
            .await
            .expect("answers")
            .join("\n");
        assert!(stored.contains("Drums, Inc.") && !stored.contains("akari@example.org"));
    }
}

#[tokio::test]
async fn importing_again_updates_and_leaves_alone_what_is_not_in_the_export() {
    for stage in stages("dreamkastagain").await {
        let bare = take(&stage, export(&[]), &into("lantern-days")).await;
        assert_eq!(
            (bare.talks, bare.hidden),
            (7, 7),
            "nothing is placed by guessing"
        );
        assert_eq!(
            notes(&bare, "program-dreamkast-track", "number"),
            ["81", "82"]
        );
        let named = take(&stage, export(ALL), &into("lantern-days")).await;
        assert!(!named.imported.created);
        assert_eq!(named.imported.report.added.len(), 0);
        assert_eq!(
            named.hidden, 4,
            "the mapping files brought three onto the timetable"
        );
        let before = stage.programme("lantern-days").await;
        let again = take(&stage, export(ALL), &into("lantern-days")).await;
        assert!(
            again.imported.report.is_empty(),
            "{:?}",
            again.imported.report
        );
        assert_eq!(again.speakers, [0, 0, 4]);
        let after = stage.programme("lantern-days").await;
        assert_eq!(after.conference.version, before.conference.version);

        let mut changed = files(ALL);
        let talks = String::from_utf8(file("export/talks.csv")).expect("text");
        let talks = talks.replace("夜の部", "夜の部・改");
        changed
            .export
            .insert("talks.csv".to_owned(), talks.into_bytes());
        let changed = read(&changed).expect("well-formed");
        let report = take(&stage, changed, &into("lantern-days"))
            .await
            .imported
            .report;
        assert_eq!(report.changed.len(), 1);
        assert_eq!(report.changed[0].fields, ["program-field-title"]);
        let talk = |programme: &program::Programme| {
            let found = programme
                .talks
                .iter()
                .find(|talk| talk.file_id == 906)
                .cloned();
            found.expect("it is there")
        };
        let (was, is) = (talk(&before), talk(&*stage.programme("lantern-days").await));
        assert_eq!((is.id, is.number, is.slug), (was.id, was.number, was.slug));
    }
}

#[tokio::test]
async fn what_no_file_explains_any_more_stays_where_it_is() {
    for stage in stages("dreamkastbare").await {
        take(&stage, export(ALL), &into("lantern-days")).await;
        let before = stage.programme("lantern-days").await;
        for maps in [&[][..], &[Map::Days, Map::Tracks], &[Map::Items]] {
            let again = take(&stage, export(maps), &into("lantern-days")).await;
            assert!(
                again.imported.report.is_empty(),
                "{maps:?} {:?}",
                again.imported.report
            );
            assert_eq!(again.hidden, 4);
        }
        let after = stage.programme("lantern-days").await;
        assert_eq!(after.conference.version, before.conference.version);
    }
}

#[tokio::test]
async fn what_people_edited_here_stays_as_it_is() {
    for stage in stages("dreamkasthand").await {
        take(&stage, export(ALL), &into("lantern-days")).await;
        let db = &stage.site.app.db;
        let edited = db::sql!(
            "UPDATE talk SET title = 'By hand', hand = 'title speakers' WHERE file_id = 901"
        );
        db.exec(edited, db::params![]).await.expect("edited");
        let binned = db::sql!("UPDATE talk SET title = 'Gone', binned_at = 1 WHERE file_id = 906");
        db.exec(binned, db::params![])
            .await
            .expect("put into the bin");
        let named =
            db::sql!("UPDATE speaker SET name = 'Taro 太郎', hand = 'title' WHERE file_id = 802");
        db.exec(named, db::params![]).await.expect("edited");
        let nobody = db::sql!(
            "DELETE FROM talk_speaker WHERE talk IN (SELECT id FROM talk WHERE file_id = 901)"
        );
        db.exec(nobody, db::params![]).await.expect("edited");
        let again = take(&stage, export(ALL), &into("lantern-days")).await;
        assert_eq!(notes(&again, "program-dreamkast-kept", "count"), ["2"]);
        assert!(
            again.imported.report.is_empty(),
            "{:?}",
            again.imported.report
        );
        assert_eq!(again.speakers, [0, 0, 4]);
        let titles =
            db::sql!(String: "SELECT title FROM talk WHERE file_id IN (901, 906) ORDER BY file_id");
        let titles = db.all(titles, db::params![]).await.expect("answers");
        assert_eq!(titles, ["By hand", "Gone"]);
    }
}

#[tokio::test]
async fn what_somebody_hid_stays_hidden_and_new_names_are_found() {
    for stage in stages("dreamkasthidden").await {
        let taken = take(&stage, export(ALL), &into("lantern-days")).await;
        let hidden = db::sql!("UPDATE talk SET state = 'hidden' WHERE file_id = 901");
        let db = &stage.site.app.db;
        db.exec(hidden, db::params![]).await.expect("hidden");
        let mut renamed = files(ALL);
        let people = String::from_utf8(file("export/speakers.csv")).expect("text");
        let people = people.replace("灯野 あかり", "灯野 明里");
        renamed
            .export
            .insert("speakers.csv".to_owned(), people.into_bytes());
        let renamed = read(&renamed).expect("well-formed");
        let again = take(&stage, renamed, &into("lantern-days")).await;
        assert!(
            again.imported.report.is_empty(),
            "{:?}",
            again.imported.report
        );
        let state = db::sql!(String: "SELECT state FROM talk WHERE file_id = 901");
        let state = db.all(state, db::params![]).await.expect("answers");
        assert_eq!(state, ["hidden"]);
        let conference = taken.imported.conference.id.clone();
        let contents = Some(identity::Role::Contents);
        let team = stage.site.sign_in("Mio", contents, &[conference]).await;
        // 明里
        let found = team
            .get("/lantern-days/admin/talks?q=%E6%98%8E%E9%87%8C")
            .await
            .body;
        assert!(found.contains("灯籠のための分散トレース"), "{found}");
        // 地図, which only the abstract says.
        let found = team
            .get("/lantern-days/admin/talks?q=%E5%9C%B0%E5%9B%B3")
            .await
            .body;
        assert!(found.contains("灯籠のための分散トレース"), "{found}");
    }
}

#[tokio::test]
async fn hidden_talks_are_there_for_the_team() {
    for stage in stages("dreamkastteam").await {
        let taken = take(&stage, export(ALL), &into("lantern-days")).await;
        let conference = taken.imported.conference.id.clone();
        let contents = identity::Role::Contents;
        let team = stage
            .site
            .sign_in("Mio", Some(contents), std::slice::from_ref(&conference))
            .await;
        let page = team
            .get("/api/v2/conferences/lantern-days/admin/talks")
            .await;
        assert_eq!(page.status, 200);
        assert!(
            page.body.contains("Not this year")
                && page.body.contains("On a day that nobody explained")
        );
        let outside = stage.site.anonymous();
        let states =
            db::sql!(String: "SELECT slug FROM talk WHERE state = 'hidden' ORDER BY file_id");
        let hidden = stage
            .site
            .app
            .db
            .all(states, db::params![])
            .await
            .expect("answers");
        assert_eq!(hidden.len(), 4);
        for slug in hidden {
            assert_eq!(
                outside
                    .get(&format!("/lantern-days/talks/{slug}"))
                    .await
                    .status,
                404
            );
        }
    }
}

#[tokio::test]
async fn a_conference_that_is_there_keeps_its_own_talks_zone_and_tracks() {
    for stage in stages("dreamkastonto").await {
        stage.import(&crate::schedule::fixture("full.xml")).await;
        let before = stage.programme("mori-2032").await;
        let taken = take(&stage, export(ALL), &into("mori-2032")).await;
        assert!(!taken.imported.created);
        let after = stage.programme("mori-2032").await;
        assert_eq!(after.conference.zone, before.conference.zone);
        assert_eq!(after.conference.title, before.conference.title);
        assert_eq!(after.talks.len(), before.talks.len() + 3);
        for talk in &before.talks {
            assert_eq!(after.talk(&talk.id), Some(talk), "untouched");
        }
        assert_eq!(after.days.len(), before.days.len() + 2);
    }
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_changes_nothing() {
    for stage in stages("dreamkastdry").await {
        let dry = Destination {
            dry_run: true,
            ..into("lantern-days")
        };
        let would = take(&stage, export(ALL), &dry).await;
        let db = &stage.site.app.db;
        assert!(
            stage
                .programmes
                .named(db, "lantern-days")
                .await
                .expect("answers")
                .is_none()
        );
        let did = take(&stage, export(ALL), &into("lantern-days")).await;
        assert_eq!(would.imported.report, did.imported.report);
        assert_eq!(would.notes, did.notes);
        assert_eq!(
            (would.talks, would.hidden, would.speakers),
            (did.talks, did.hidden, did.speakers)
        );
    }
}

#[tokio::test]
async fn a_fault_is_told_with_file_and_line_and_nothing_is_half_done() {
    let broken = |name: &str, from: &str, to: &str| {
        let mut files = files(ALL);
        let text = String::from_utf8(file(&format!("export/{name}"))).expect("text");
        assert!(text.contains(from), "{from}");
        files
            .export
            .insert(name.to_owned(), text.replacen(from, to, 1).into_bytes());
        let broken = read(&files).expect_err("it is broken").complaints;
        let told = broken.iter().map(|fault| (fault.line, fault.message.key));
        told.collect::<Vec<_>>()
    };
    for (name, from, to, line, key) in [
        ("talks.csv", "23:30", "half past eleven", 9, "value"),
        ("talks.csv", "905,41", "904,41", 8, "twice"),
        ("talks.csv", "905,41", "905,42", 8, "conferences"),
        ("talks.csv", "Not this year", "", 6, "name"),
        (
            "talks.csv",
            ",https://slides.example.org/901",
            "",
            2,
            "cells",
        ),
        ("talks.csv", "SponsorSession", "Party", 10, "value"),
        ("proposals.csv", "41,2", "41,7", 4, "status"),
        ("speakers.csv", "805,", "x,", 6, "number"),
        ("talks_speakers.csv", "talk_id", "talk", 1, "columns"),
    ] {
        let key = format!("program-dreamkast-{key}");
        let told = broken(name, from, to);
        assert!(
            told.contains(&(Some(line), key.as_str())),
            "{name}: {told:?}"
        );
    }
    let none = Files {
        export: BTreeMap::new(),
        ..files(ALL)
    };
    assert!(
        read(&none).is_err(),
        "without talks there is nothing to import"
    );
    for stage in stages("dreamkastname").await {
        for slug in ["api", "Großes Fest", ""] {
            let refused = import_dreamkast(&stage.writer(), export(ALL), &into(slug)).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{slug}");
        }
        let nowhere = Destination {
            zone: "Asia/Nowhere".to_owned(),
            ..into("lantern-days")
        };
        let refused = import_dreamkast(&stage.writer(), export(ALL), &nowhere).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    }
}
