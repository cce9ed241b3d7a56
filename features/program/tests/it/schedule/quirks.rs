use program::schedule::{Event, Schedule, complete};

use super::{fixture, parsed, reading};

fn event<'a>(schedule: &'a Schedule, title: &str) -> &'a Event {
    schedule
        .events()
        .map(|(_, _, event)| event)
        .find(|event| event.title.trim() == title)
        .unwrap()
}

#[test]
fn every_quirk_of_real_files_is_understood() {
    let schedule = parsed(&fixture("quirks.xml"));
    assert_eq!(schedule.version, "0.9 Lanterns & noodles");
    assert_eq!(schedule.conference.acronym, "mura-2031");
    assert_eq!(schedule.conference.zone, "Etc/GMT-2");
    assert!(schedule.conference.zone_inferred);
    let rooms: Vec<&str> = schedule.days[0]
        .rooms
        .iter()
        .map(|room| room.name.as_str())
        .collect();
    assert_eq!(rooms, ["Saal 1", "Saal empty", ""]);

    let html = event(&schedule, "Escaped <HTML> in abstracts");
    assert_eq!(
        html.title, "Escaped <HTML> in abstracts ",
        "texts are kept as they are"
    );
    assert_eq!(html.start.to_string(), "2031-10-04T10:00:00Z");
    assert_eq!(html.duration_seconds, 3600);
    assert!(
        html.abstract_text
            .starts_with("<p>Bold: <b>yes</b></p><script>")
    );
    assert!(
        html.description
            .starts_with("<p>Nobody escaped <em>this</em><br/>at all &amp; it"),
        "{}",
        html.description
    );
    assert_eq!(html.opt_out, Some(true));
    assert_eq!(html.license, "cc-by-sa");
    assert_eq!(html.links[0].url, "https://example.org/slides?a=1&b=2");
    assert_eq!(html.links[1].title, "");
    assert_eq!(html.attachments[0].url, "/system/paper.pdf");

    let night = event(&schedule, "After midnight <it goes on>");
    assert_eq!(night.start.to_string(), "2031-10-04T22:15:00Z");
    assert_eq!(night.duration_seconds, 26 * 3600 + 30 * 60);
    assert_eq!(night.guid, "HOqeNIb6G7M4hYFKFRkCmQ");
    assert_eq!(night.abstract_text, "Line one\nline two\r\n\ttab");

    let somewhere = event(&schedule, "Somewhere");
    assert_eq!(somewhere.duration_seconds, 45 * 60);
    assert_eq!(somewhere.code, "ABC123");
    assert_eq!(somewhere.extra.xml["venue_note"], "behind the temple");
    assert_eq!(somewhere.feedback_url, "https://example.org/feedback/104");

    let opening = event(&schedule, "Opening \"Mikoshi\" — 開会");
    assert_eq!(opening.persons[0].id, Some(7));
    assert_eq!(opening.persons[1].id, None);
    assert_eq!(opening.opt_out, Some(false));
}

#[test]
fn clock_times_before_the_day_changes_belong_to_the_night() {
    let reading = reading(&fixture("clocks.xml"));
    let schedule = reading.schedule;
    let starts: Vec<String> = schedule
        .events()
        .map(|(_, _, event)| event.start.to_string())
        .collect();
    assert_eq!(
        starts,
        [
            "2031-02-01T01:00:00Z",
            "2031-02-01T14:30:00Z",
            "2031-02-01T16:30:00Z",
            "2031-02-01T16:30:00Z",
            "2031-02-02T01:00:00Z",
        ]
    );
    let lengths: Vec<i64> = schedule
        .events()
        .map(|(_, _, event)| event.duration_seconds / 60)
        .collect();
    assert_eq!(lengths, [50, 50, 30, 30, 60]);
    assert_eq!(schedule.conference.timeslot_seconds, Some(300));
    assert_eq!(schedule.conference.extra.xml["venue"], "The old school");
    assert_eq!(schedule.days[0].start.to_string(), "2031-02-01T00:00:00Z");
    assert_eq!(schedule.days[0].rooms[0].extra.xml["@slug"], "janus");
    assert!(reading.notes.is_empty(), "{:?}", reading.notes);
}

#[test]
fn everything_the_json_schema_knows_is_read() {
    let schedule = parsed(&fixture("full.json"));
    let conference = &schedule.conference;
    assert_eq!(
        schedule.generator.as_ref().unwrap().url,
        "https://example.org/handmade"
    );
    assert_eq!(conference.keywords, ["trees", "木"]);
    assert_eq!(conference.rooms[0].capacity, Some(300));
    assert_eq!(conference.rooms[0].extra.json["type"], "stage");
    assert_eq!(conference.extra.json["meta"]["answer"], 42);
    assert_eq!(conference.categories[0].slug, "roots");
    let rooms: Vec<&str> = schedule.days[1]
        .rooms
        .iter()
        .map(|room| room.name.as_str())
        .collect();
    assert_eq!(
        rooms,
        ["Beech", "Acorn"],
        "the order of rooms is the file's"
    );

    let keynote = event(&schedule, "The keynote");
    let names: Vec<&str> = keynote
        .persons
        .iter()
        .map(|person| person.name.as_str())
        .collect();
    assert_eq!(names, ["Mori Ōgai", "Without number", "Only a name"]);
    assert_eq!(keynote.persons[0].biography, "Writes.");
    assert_eq!(keynote.extra.json["do_not_stream"], true);
    assert_eq!(keynote.abstract_text, "CR and LF:\r\ndone");
    assert_eq!(keynote.links[1].url, "https://example.org/bare");
    assert_eq!(event(&schedule, "Night walk").duration_seconds, 5400);
}

#[test]
fn a_schedule_without_its_outer_object_is_read_the_same() {
    let file: serde_json::Value = serde_json::from_str(&fixture("full.json")).unwrap();
    let mut bare = parsed(&file["schedule"].to_string());
    let mut whole = parsed(&fixture("full.json"));
    (bare.generator, whole.generator) = (None, None);
    // serde_json sorted the members of the bare one, and with them the rooms.
    for day in bare.days.iter_mut().chain(&mut whole.days) {
        day.rooms.sort_by(|a, b| a.name.cmp(&b.name));
    }
    assert_eq!(bare, whole);
}

#[test]
fn what_a_file_lacks_is_derived_the_same_way_every_time() {
    let mut schedule = parsed(&fixture("quirks.xml"));
    complete(&mut schedule);
    let mut again = parsed(&fixture("quirks.xml"));
    complete(&mut again);
    assert_eq!(schedule, again);
    let mut guids: Vec<&str> = schedule
        .events()
        .map(|(_, _, event)| event.guid.as_str())
        .collect();
    assert!(guids.iter().all(|guid| !guid.is_empty()));
    guids.sort_unstable();
    guids.dedup();
    assert_eq!(guids.len(), 6);
    assert!(
        schedule
            .events()
            .all(|(_, _, event)| event.id.is_some() && !event.slug.is_empty())
    );

    let mut moved = parsed(
        &fixture("quirks.xml").replace("2031-10-05T13:00:00+02:00", "2031-10-05T14:00:00+02:00"),
    );
    complete(&mut moved);
    let guids = |schedule: &Schedule| {
        schedule
            .events()
            .map(|(_, _, event)| event.guid.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        guids(&moved),
        guids(&schedule),
        "a talk that moves is still the same talk"
    );
}
