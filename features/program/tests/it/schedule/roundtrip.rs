use program::schedule::{
    Category, Conference, Day, DayRoom, Event, Link, Person, Room, Schedule, When, complete, json,
    read, xml,
};
use proptest::prelude::*;

use super::{again, fixture, parsed, reading};

#[test]
fn every_fixture_survives_being_written() {
    for name in ["quirks.xml", "clocks.xml", "full.xml", "full.json"] {
        let mut reading = reading(&fixture(name));
        assert_eq!(again(&reading), reading.schedule, "{name}");
        complete(&mut reading.schedule);
        assert_eq!(again(&reading), reading.schedule, "{name}, completed");
    }
}

/// Files that somebody else has: set `MATSURI_TEST_SCHEDULES` to their folder.
#[test]
fn every_file_of_the_given_folder_survives_being_written() {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told by the environment where to look"
    )]
    let Ok(folder) = std::env::var("MATSURI_TEST_SCHEDULES") else {
        return;
    };
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if !path
            .extension()
            .is_some_and(|extension| extension == "xml" || extension == "json")
        {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut reading = reading(&text);
        assert_eq!(again(&reading), reading.schedule, "{}", path.display());
        complete(&mut reading.schedule);
        assert_eq!(
            again(&reading),
            reading.schedule,
            "{}, completed",
            path.display()
        );
        seen += 1;
    }
    assert!(seen > 0, "no schedule in {folder}");
}

#[test]
fn xml_and_json_say_the_same_where_both_can() {
    let mut schedule = parsed(&fixture("full.xml"));
    complete(&mut schedule);
    let mut through = parsed(&json::write(&schedule));
    let event = |schedule: &mut Schedule| schedule.days[0].rooms[0].events.remove(0);
    let (mut left, mut right) = (event(&mut schedule), event(&mut through));
    // Only schedule.xml has a place for these.
    for event in [&mut left, &mut right] {
        event.recording_url.clear();
        event.recording_link.clear();
    }
    assert_eq!(left, right);
}

/// Texts as people send them: every script, markup, line breaks, blanks at the ends, characters no format takes.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Z0-9 祭りé<>&\"'\\]\\[\n\t;,:-]{0,24}",
        1 => "\\PC{0,12}",
        1 => any::<String>().prop_map(|text| text.chars().take(12).collect()),
    ]
    .prop_map(|text| normal(&text))
}

/// What reading makes of a text: no characters unknown to XML, and blanks alone are nothing.
fn normal(text: &str) -> String {
    let text: String = text
        .chars()
        .filter(|c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..))
        .collect();
    if text.trim().is_empty() {
        String::new()
    } else {
        text
    }
}

fn filled() -> impl Strategy<Value = String> {
    text().prop_map(|text| {
        if text.is_empty() {
            "x".to_owned()
        } else {
            text
        }
    })
}

/// Guids, codes, ids of rooms and the like: no blanks around them.
fn word() -> impl Strategy<Value = String> {
    "[A-Za-z0-9]{1,8}"
}

prop_compose! {
    fn person()(id in proptest::option::of(1_i64..9999), guid in text(), name in filled()) -> Person {
        Person { id, guid, name, ..Person::default() }
    }
}

prop_compose! {
    fn link()(url in filled(), title in text(), kind in text()) -> Link {
        Link { url, title, kind, service: String::new() }
    }
}

prop_compose! {
    fn event()(
        texts in proptest::collection::vec(text(), 10),
        title in filled(),
        slug in word(),
        minutes in 0_i64..4000,
        start in 0_i64..100_000,
        id in 1_i64..99999,
        persons in proptest::collection::vec(person(), 0..3),
        links in proptest::collection::vec(link(), 0..3),
        opt_out in any::<bool>(),
    ) -> Event {
        let [subtitle, track, kind, language, abstract_text, description, logo, license, feedback_url, url] =
            <[String; 10]>::try_from(texts).unwrap();
        Event {
            guid: String::new(), id: Some(id), code: String::new(),
            start: jiff::Timestamp::from_second(1_900_000_000 + start * 60).unwrap(),
            duration_seconds: minutes * 60,
            slug, url, title, subtitle, track, kind, language, abstract_text, description, logo,
            persons, links: links.clone(), attachments: links, license, opt_out: Some(opt_out),
            recording_url: String::new(), recording_link: String::new(), video_download_url: String::new(),
            feedback_url, origin_url: String::new(), level: String::new(), extra: program::schedule::Extra::default(),
        }
    }
}

prop_compose! {
    fn day(index: i64)(
        rooms in proptest::collection::btree_map("[a-z祭 ]{0,5}", proptest::collection::vec(event(), 0..3), 0..3),
    ) -> Day {
        let date = jiff::civil::date(2030, 3, 15).checked_add(jiff::Span::new().days(index)).unwrap();
        let start = date.at(4, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let rooms = rooms
            .into_iter()
            .map(|(name, events)| DayRoom { name: normal(&name), events, ..DayRoom::default() })
            .collect::<Vec<_>>();
        Day { index: index + 1, date, start, end: start + jiff::Span::new().hours(23), rooms: once_each(rooms) }
    }
}

fn once_each(mut rooms: Vec<DayRoom>) -> Vec<DayRoom> {
    let mut names = Vec::new();
    rooms.retain(|room| {
        !names.contains(&room.name) && {
            names.push(room.name.clone());
            true
        }
    });
    rooms
}

prop_compose! {
    fn schedule()(
        version in text(),
        title in filled(),
        zone in prop_oneof![Just("Asia/Tokyo"), Just("Europe/Berlin"), Just("America/New_York"), Just("UTC")],
        days in (day(0), day(1)),
        slot in 1_i64..60,
        category in filled(),
        room in filled(),
    ) -> Schedule {
        let mut schedule = Schedule {
            version,
            conference: Conference {
                acronym: "made_up".to_owned(), title, zone: zone.to_owned(),
                start: Some(When::Date(days.0.date)), end: Some(When::Date(days.1.date)),
                days: Some(2), timeslot_seconds: Some(slot * 60),
                categories: vec![Category { name: category, ..Category::default() }],
                rooms: vec![Room { name: room, guid: "r".to_owned(), ..Room::default() }],
                ..Conference::default()
            },
            days: vec![days.0, days.1],
            ..Schedule::default()
        };
        complete(&mut schedule);
        schedule
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_schedule_survives_xml(schedule in schedule()) {
        let mut expected = schedule.clone();
        // schedule.xml has no list of rooms.
        expected.conference.rooms.clear();
        prop_assert_eq!(parsed(&xml::write(&schedule)), expected);
    }

    #[test]
    fn any_schedule_survives_json(schedule in schedule()) {
        prop_assert_eq!(parsed(&json::write(&schedule)), schedule);
    }

    #[test]
    fn no_text_breaks_the_reader(text in any::<String>()) {
        let _ = read(text.as_bytes(), &program::schedule::Assume::default());
        let _ = read(format!("<schedule>{text}</schedule>").as_bytes(), &program::schedule::Assume::default());
        let _ = read(format!("{{\"schedule\":{text}}}").as_bytes(), &program::schedule::Assume::default());
    }
}

#[test]
fn a_conference_without_days_gets_no_invented_dates() {
    let reading =
        reading(r#"{"schedule":{"conference":{"acronym":"meet","title":"Meetup","days":[]}}}"#);
    let written = json::write(&reading.schedule);
    assert!(!written.contains("0000-"), "{written}");
    assert!(again(&reading).conference.start.is_none());
}
