use identity::ConferenceId;
use kernel::Error;
use program::Lifecycle;
use program::actions::{Begin, Onto, Start, create_empty, import, shift};

/// What the conferences of these tests begin as.
fn begin() -> Begin {
    Begin {
        lifecycle: Lifecycle::Live,
        terms: Vec::new(),
        once: None,
    }
}
use program::schedule::{Assume, read};

use crate::schedule::fixture;
use crate::stages;

#[tokio::test]
async fn what_was_imported_comes_out_again_and_changes_nothing_when_it_is_imported_again() {
    for stage in stages("again").await {
        for (name, slug) in [
            ("quirks.xml", "mura-2031"),
            ("clocks.xml", "clocks"),
            ("full.xml", "mori-2032"),
            ("full.json", "mori-2032"),
        ] {
            let first = stage.import(&fixture(name)).await;
            assert_eq!(first.conference.slug, slug);
            let again = stage.import(&fixture(name)).await;
            assert!(again.report.is_empty(), "{name} again: {:#?}", again.report);
            for format in ["xml", "json"] {
                let anonymous = stage.site.anonymous();
                let out = anonymous.get(&format!("/{slug}/schedule.{format}")).await;
                assert_eq!(out.status, 200);
                let back = stage.import(&out.body).await;
                assert!(!back.created);
                assert!(
                    back.report.is_empty(),
                    "{name} through schedule.{format}: {:#?}",
                    back.report
                );
                let once_more = anonymous.get(&format!("/{slug}/schedule.{format}")).await;
                assert_eq!(once_more.body, out.body);
            }
        }
    }
}

#[tokio::test]
async fn a_changed_file_is_reported_talk_by_talk() {
    for stage in stages("report").await {
        let before = fixture("quirks.xml");
        let made = stage.import(&before).await;
        assert!(made.created);
        assert_eq!(made.report.added.len(), 6);
        let old = stage.programme("mura-2031").await;

        let start = before.find("<event id='102'>").expect("it is there");
        let end = start + before[start..].find("</event>").expect("it ends") + "</event>".len();
        let after = format!("{}{}", &before[..start], &before[end..])
            .replace("<title>Somewhere</title>", "<title>Elsewhere</title>")
            .replace("2031-10-04T15:00+02:00", "2031-10-04T15:30+02:00")
            .replace(
                "<room name='Saal empty'>",
                "<room name='Saal empty'><event id='900' guid='6f1f3a63-07b5-4f4e-9a6a-0a4a5b1f2c99'><date>2031-10-04T20:00:00+02:00</date><duration>00:30</duration><title>New</title></event>",
            );
        let report = stage.import(&after).await.report;
        let titles = |entries: &[program::actions::Entry]| {
            entries
                .iter()
                .map(|entry| entry.title.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(titles(&report.added), ["New"]);
        assert_eq!(titles(&report.removed), ["Escaped <HTML> in abstracts "]);
        assert_eq!(report.changed.len(), 1);
        assert_eq!(
            report.changed[0].fields,
            ["program-field-time", "program-field-title"]
        );

        let new = stage.programme("mura-2031").await;
        let talk = |programme: &program::Programme, guid: &str| {
            programme
                .talks
                .iter()
                .find(|talk| talk.guid == guid)
                .cloned()
        };
        let (was, is) = (
            talk(&old, "6f1f3a63-07b5-4f4e-9a6a-0a4a5b1f2c04").unwrap(),
            talk(&new, "6f1f3a63-07b5-4f4e-9a6a-0a4a5b1f2c04").unwrap(),
        );
        assert_eq!(
            (is.id, is.number, is.slug),
            (was.id, was.number, was.slug),
            "a talk stays itself"
        );
        assert_eq!(is.version, was.version + 1);
        let night = "HOqeNIb6G7M4hYFKFRkCmQ";
        assert_eq!(
            talk(&new, night).unwrap().version,
            talk(&old, night).unwrap().version
        );

        // What was removed comes back as what it was.
        let back = stage.import(&before).await.report;
        assert_eq!(titles(&back.added), ["Escaped <HTML> in abstracts "]);
        let again = stage.programme("mura-2031").await;
        let gone = old.talks.iter().find(|talk| talk.file_id == 102).unwrap();
        assert_eq!(
            again.talk(&gone.id).map(|talk| talk.number),
            Some(gone.number)
        );
    }
}

#[tokio::test]
async fn a_broken_file_changes_nothing() {
    for stage in stages("broken").await {
        stage.import(&fixture("full.xml")).await;
        let version = stage.programme("mori-2032").await.conference.version;
        let broken = fixture("full.xml").replace("00:40", "soon");
        assert!(read(broken.as_bytes(), &Assume::default()).is_err());
        assert_eq!(
            stage.programme("mori-2032").await.conference.version,
            version
        );
    }
}

#[tokio::test]
async fn rooms_become_tracks_with_names_for_addresses() {
    for stage in stages("tracks").await {
        stage.import(&fixture("quirks.xml")).await;
        let programme = stage.programme("mura-2031").await;
        let tracks: Vec<(&str, &str)> = programme
            .tracks
            .iter()
            .map(|track| (track.slug.as_str(), track.name.as_str()))
            .collect();
        assert_eq!(tracks, [("saal-1", "Saal 1"), ("saal-empty", "Saal empty")]);
        let saal = &programme.tracks[0].id;
        let at = |text: &str| {
            programme
                .on_at(saal, text.parse().unwrap())
                .map(|talk| talk.file_id)
        };
        assert_eq!(at("2031-10-04T08:59:59Z"), None);
        assert_eq!(at("2031-10-04T09:00:00Z"), Some(101));
        assert_eq!(at("2031-10-04T09:30:00Z"), None);
        assert_eq!(at("2031-10-04T23:00:00Z"), Some(103));
        let next = |text: &str| {
            programme
                .next_after(saal, text.parse().unwrap())
                .map(|talk| talk.file_id)
        };
        assert_eq!(next("2031-10-04T09:00:00Z"), Some(102));
        assert_eq!(
            programme
                .next_turn("2031-10-04T09:00:00Z".parse().unwrap())
                .unwrap()
                .to_string(),
            "2031-10-04T09:30:00Z"
        );
    }
}

#[tokio::test]
async fn an_empty_conference_has_days_and_tracks_and_takes_a_file_later() {
    for stage in stages("empty").await {
        let start = Start {
            title: "小さな祭り".into(),
            slug: "small".into(),
            first_day: "2031-03-29".into(),
            days: 2,
            zone: "Europe/Berlin".into(),
            tracks: "Track A\nTrack B".into(),
        };
        let made = create_empty(
            &stage.writer(),
            ConferenceId::fresh(),
            &start,
            begin(),
            None,
        )
        .await
        .unwrap();
        assert_eq!(
            (
                made.conference.slug.as_str(),
                made.conference.acronym.as_str()
            ),
            ("small", "small")
        );
        let programme = stage.programme("small").await;
        let slugs: Vec<&str> = programme
            .tracks
            .iter()
            .map(|track| track.slug.as_str())
            .collect();
        assert_eq!(slugs, ["a", "b"]);
        // Clocks go forward in the night between the days.
        assert_eq!(
            programme.days[0].starts_at.to_string(),
            "2031-03-29T03:00:00Z"
        );
        assert_eq!(
            programme.days[1].starts_at.to_string(),
            "2031-03-30T02:00:00Z"
        );

        let twice = create_empty(
            &stage.writer(),
            ConferenceId::fresh(),
            &start,
            begin(),
            None,
        )
        .await;
        assert!(
            matches!(twice, Err(Error::Invalid(fields)) if fields[0].message.key == "program-slug-taken")
        );

        let reading = read(fixture("full.xml").as_bytes(), &Assume::default()).unwrap();
        let filled = import(
            &stage.writer(),
            reading,
            Onto::Existing(made.conference.id.clone()),
            None,
        )
        .await
        .unwrap();
        assert_eq!(
            filled.conference.slug, "small",
            "an address does not change"
        );
        assert_eq!(filled.conference.acronym, "mori_2032");
        let programme = stage.programme("small").await;
        let slugs: Vec<&str> = programme
            .tracks
            .iter()
            .map(|track| track.slug.as_str())
            .collect();
        assert_eq!(slugs, ["oak", "beech"]);
    }
}

#[tokio::test]
async fn every_field_that_cannot_be_used_is_named() {
    for stage in stages("fields").await {
        let start = Start {
            slug: "api".into(),
            days: 99,
            zone: "Moon/Crater".into(),
            ..Start::default()
        };
        let Err(Error::Invalid(fields)) = create_empty(
            &stage.writer(),
            ConferenceId::fresh(),
            &start,
            begin(),
            None,
        )
        .await
        else {
            panic!("it was accepted")
        };
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_ref()).collect();
        assert_eq!(
            names,
            ["title", "slug", "first_day", "days", "zone", "tracks"]
        );
    }
}

#[tokio::test]
async fn a_conference_moves_in_time_as_a_whole() {
    for stage in stages("shift").await {
        let id = stage.import(&fixture("full.json")).await.conference.id;
        let before = stage.programme("mori-2032").await;
        shift(&stage.writer(), &id, jiff::SignedDuration::from_hours(-48))
            .await
            .unwrap();
        let after = stage.programme("mori-2032").await;
        assert_eq!(after.conference.version, before.conference.version + 1);
        assert_eq!(after.talks[0].starts_at.to_string(), "2032-04-29T07:00:00Z");
        assert_eq!(after.days[0].date, "2032-04-29");
        assert_eq!(
            after.days[0].ends_at,
            before.days[0].ends_at - jiff::Span::new().hours(48)
        );
    }
}

#[tokio::test]
async fn importing_at_the_same_time_loses_nothing() {
    for stage in stages("race").await {
        stage.import(&fixture("full.xml")).await;
        let titles = ["One", "Two", "Three", "Four"];
        let files: Vec<String> = titles
            .iter()
            .map(|title| fixture("full.xml").replace("The keynote", title))
            .collect();
        let writer = stage.writer();
        let runs = files.iter().map(|file| {
            let reading = read(file.as_bytes(), &Assume::default()).unwrap();
            import(&writer, reading, Onto::Acronym, None)
        });
        let done = futures_util::future::join_all(runs).await;
        let won = done.iter().filter(|result| result.is_ok()).count();
        assert!(won >= 1);
        assert!(
            done.iter()
                .all(|result| matches!(result, Ok(_) | Err(Error::Conflict(_)))),
            "{done:?}"
        );
        let programme = stage.programme("mori-2032").await;
        assert!(titles.contains(&programme.talks[0].title.as_str()));
        assert_eq!(
            programme.conference.version,
            1 + i64::try_from(won).unwrap()
        );
    }
}

/// Files that somebody else has: set `MATSURI_TEST_SCHEDULES` to their folder.
#[tokio::test]
async fn every_file_of_the_given_folder_survives_import_and_export() {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told by the environment where to look"
    )]
    let Ok(folder) = std::env::var("MATSURI_TEST_SCHEDULES") else {
        return;
    };
    for stage in stages("folder").await {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let extension = path
                .extension()
                .and_then(|extension| extension.to_str())
                .unwrap_or_default()
                .to_owned();
            if extension != "xml" && extension != "json" {
                continue;
            }
            let file = std::fs::read_to_string(&path).unwrap();
            let made = stage.import(&file).await;
            let again = stage.import(&file).await;
            assert!(
                again.report.is_empty(),
                "{}: {:#?}",
                path.display(),
                again.report
            );
            let out = stage
                .site
                .anonymous()
                .get(&format!("/{}/schedule.{extension}", made.conference.slug))
                .await;
            let back = stage.import(&out.body).await;
            assert!(
                back.report.is_empty(),
                "{}: {:#?}",
                path.display(),
                back.report
            );
        }
    }
}

/// The rules of the C3VOC's schemas that a program must think of by itself: names, identities, formats of times.
#[tokio::test]
async fn what_was_made_here_fits_the_published_schemas() {
    for stage in stages("schemas").await {
        stage.import(crate::pages::TODAY).await;
        let lean = crate::pages::TODAY
            .replace("<acronym>today</acronym>", "<acronym>lean</acronym>")
            .replace(" guid=\"b0000000", " ref=\"b0000000");
        let lean: String = lean
            .lines()
            .map(|line| line.replace(" id=\"", " nr=\"") + "\n")
            .collect();
        stage.import(&lean).await;
        let start = Start {
            title: "Empty".into(),
            slug: "to-be-filled".into(),
            first_day: "2031-01-01".into(),
            days: 1,
            zone: "Asia/Tokyo".into(),
            tracks: "A, B".into(),
        };
        create_empty(
            &stage.writer(),
            ConferenceId::fresh(),
            &start,
            begin(),
            None,
        )
        .await
        .unwrap();
        for slug in ["today", "lean", "to-be-filled"] {
            let file = stage
                .site
                .anonymous()
                .get(&format!("/{slug}/schedule.json"))
                .await
                .json();
            fits_the_json_schema(&file["schedule"]["conference"]);
        }
    }
}

fn fits_the_json_schema(conference: &serde_json::Value) {
    let is_word = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let acronym = conference["acronym"].as_str().unwrap();
    assert!(acronym.len() >= 4 && is_word(acronym), "{acronym}");
    for name in [
        "title",
        "start",
        "end",
        "timeslot_duration",
        "time_zone_name",
    ] {
        assert!(conference[name].is_string(), "{name}");
    }
    assert_eq!(
        conference["daysCount"].as_u64(),
        conference["days"].as_array().map(|days| days.len() as u64)
    );
    let is_uuid = |value: &serde_json::Value| {
        let parts: Vec<usize> = value.as_str().unwrap().split('-').map(str::len).collect();
        parts == [8, 4, 4, 4, 12]
    };
    for room in conference["rooms"].as_array().into_iter().flatten() {
        assert!(is_uuid(&room["guid"]) && room["name"].is_string(), "{room}");
    }
    let days = conference["days"].as_array().unwrap();
    for event in days
        .iter()
        .flat_map(|day| day["rooms"].as_object().unwrap().values())
        .flat_map(|room| room.as_array().unwrap())
    {
        assert!(
            is_uuid(&event["guid"]) && event["id"].as_u64().is_some_and(|id| id >= 1),
            "{event}"
        );
        let slug = event["slug"].as_str().unwrap();
        let (head, tail) = slug.split_once('-').unwrap();
        assert!(
            head.len() >= 4 && is_word(head) && tail.len() >= 4,
            "{slug}"
        );
        assert!(
            tail.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()),
            "{slug}"
        );
        assert!(
            event["url"]
                .as_str()
                .unwrap()
                .starts_with("http://box.test/")
        );
        for name in [
            "abstract", "duration", "language", "room", "subtitle", "title", "type", "start",
        ] {
            assert!(event[name].is_string(), "{name} of {event}");
        }
        for name in ["persons", "links", "attachments"] {
            assert!(event[name].is_array(), "{name} of {event}");
        }
        for person in event["persons"].as_array().unwrap() {
            assert!(
                person["name"].is_string()
                    ^ (person["public_name"].is_string() && person["id"].is_i64()),
                "{person}"
            );
        }
    }
}

#[tokio::test]
async fn days_rooms_and_topics_that_a_file_no_longer_has_are_gone_and_come_back() {
    for stage in stages("leftovers").await {
        let whole = crate::pages::TODAY;
        stage.import(whole).await;
        let before = stage.programme("today").await;
        let start = whole.find("<day index=\"2\"").unwrap();
        let end = whole.rfind("</day>").unwrap() + "</day>".len();
        let shorter = format!("{}{}", &whole[..start], &whole[end..])
            .replace("<track>Data</track>", "<track>Web</track>");
        let report = stage.import(&shorter).await.report;
        assert!(
            report.conference.contains(&"program-field-days".to_owned()),
            "{report:?}"
        );
        let now = stage.programme("today").await;
        assert_eq!(
            (now.days.len(), now.talks.len(), now.categories.len()),
            (1, 4, 1)
        );
        let back = stage.import(whole).await.report;
        assert_eq!(back.added.len(), 1);
        let again = stage.programme("today").await;
        assert_eq!(
            (again.days.len(), again.talks.len(), again.categories.len()),
            (2, 5, 2)
        );
        let slugs = |programme: &program::Programme| {
            programme
                .tracks
                .iter()
                .map(|track| (track.id.clone(), track.slug.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(slugs(&before), slugs(&again), "a track stays itself");
    }
}
