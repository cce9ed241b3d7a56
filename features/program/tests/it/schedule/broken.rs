use program::limits;
use program::schedule::{Assume, Complaint, read};

use super::fixture;

fn complaints(text: &str) -> Vec<Complaint> {
    match read(text.as_bytes(), &Assume::default()) {
        Ok(_) => panic!("nothing to complain about in {text}"),
        Err(broken) => broken.complaints,
    }
}

fn said(text: &str) -> Vec<(u32, &'static str)> {
    complaints(text)
        .iter()
        .map(|complaint| (complaint.line.unwrap_or(0), complaint.message.key))
        .collect()
}

fn argument(complaint: &Complaint, name: &str) -> String {
    complaint
        .message
        .args
        .iter()
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.clone())
        .unwrap_or_default()
}

#[test]
fn a_broken_xml_file_gets_a_sentence_for_the_line() {
    let good = fixture("full.xml");
    let cases: &[(&str, &str, &[(u32, &str)])] = &[
        (
            "</track>\n        <type>",
            "</trak>\n        <type>",
            &[(38, "program-schedule-mismatch")],
        ),
        ("</schedule>", "", &[(2, "program-schedule-unclosed")]),
        (
            "The keynote",
            "Rock & Roll",
            &[(36, "program-schedule-ampersand")],
        ),
        ("The keynote", "&nbsp;", &[(36, "program-schedule-entity")]),
        ("The keynote", "", &[(36, "program-schedule-missing")]),
        (
            "<title>The keynote</title>",
            "",
            &[(23, "program-schedule-missing")],
        ),
        (
            "2032-05-01T09:00:00+02:00",
            "next Tuesday",
            &[(24, "program-schedule-date")],
        ),
        (
            "<duration>00:40",
            "<duration>forty",
            &[(26, "program-schedule-length")],
        ),
        (
            "<duration>00:40</duration>",
            "",
            &[(23, "program-schedule-missing")],
        ),
        (
            "id=\"11\" code",
            "id=\"11 code",
            &[(23, "program-schedule-syntax")],
        ),
        (
            "id=\"11\" code",
            "id=\"11\" id=\"12\" code",
            &[(23, "program-schedule-attribute")],
        ),
        (
            "Europe/Berlin",
            "Europe/Atlantis",
            &[(16, "program-schedule-zone")],
        ),
        (
            "<acronym>mori_2032</acronym>",
            "",
            &[(6, "program-schedule-missing")],
        ),
        (
            "index=\"1\" date=\"2032-05-01\"",
            "index=\"one\" date=\"2032-05-32\"",
            &[(21, "program-schedule-date")],
        ),
        (
            "<schedule>",
            "<calendar>",
            &[(63, "program-schedule-mismatch")],
        ),
    ];
    for (from, to, expected) in cases {
        assert!(good.contains(from), "{from}");
        assert_eq!(
            said(&good.replacen(from, to, 1)),
            *expected,
            "{from} -> {to}"
        );
    }
    assert_eq!(said("<calendar/>"), [(1, "program-schedule-root")]);
    assert_eq!(said("<schedule/>"), [(1, "program-schedule-no-conference")]);
    assert_eq!(
        said("<schedule>\n<conference/>\n</schedule>"),
        [
            (2, "program-schedule-missing"),
            (2, "program-schedule-missing")
        ]
    );
    assert_eq!(said(""), [(1, "program-schedule-unknown")]);
    assert_eq!(said("BEGIN:VCALENDAR"), [(1, "program-schedule-unknown")]);
    assert_eq!(said("<!-- nothing -->"), [(1, "program-schedule-empty")]);
}

#[test]
fn a_broken_json_file_gets_a_sentence_for_the_line() {
    let good = fixture("full.json");
    let cases: &[(&str, &str, &[(u32, &str)])] = &[
        (
            "\"daysCount\": 2,",
            "\"daysCount\": 2",
            &[(13, "program-schedule-json-syntax")],
        ),
        (
            "\"title\": \"The keynote\",",
            "\"title\": \"\",",
            &[(52, "program-schedule-missing")],
        ),
        (
            "\"title\": \"The keynote\",",
            "",
            &[(41, "program-schedule-missing")],
        ),
        (
            "\"duration\": \"00:40\",",
            "\"duration\": \"soon\",",
            &[(48, "program-schedule-length")],
        ),
        (
            "\"date\": \"2032-05-01T09:00:00+02:00\"",
            "\"date\": \"2032-05-01T99:00:00+02:00\"",
            &[(45, "program-schedule-date")],
        ),
        (
            "\"Beech\": []",
            "\"Beech\": {}",
            &[(76, "program-schedule-json-array")],
        ),
        ("5a02\"", "5a01\"", &[(92, "program-schedule-guid-twice")]),
    ];
    for (from, to, expected) in cases {
        assert!(good.contains(from), "{from}");
        let found = said(&good.replacen(from, to, 1));
        assert_eq!(
            found.iter().map(|(_, key)| *key).collect::<Vec<_>>(),
            expected.iter().map(|(_, key)| *key).collect::<Vec<_>>(),
            "{from} -> {to}"
        );
        let line_of_change = good.split(from).next().unwrap().lines().count();
        let distance = found[0].0.abs_diff(u32::try_from(line_of_change).unwrap());
        assert!(
            distance <= 12,
            "{from}: line {} and not {line_of_change}",
            found[0].0
        );
    }
    assert_eq!(
        said(good.trim_end().strip_suffix('}').unwrap())[0].1,
        "program-schedule-json-end"
    );
    assert_eq!(
        said("{\"schedule\": [1]}"),
        [(1, "program-schedule-json-object")]
    );
    assert_eq!(
        said("{\n\"schedule\": {}}"),
        [(1, "program-schedule-no-conference")]
    );
}

#[test]
fn several_faults_are_reported_together_in_the_order_of_the_file() {
    let text = fixture("quirks.xml")
        .replace("<duration>00:30</duration>", "<duration>x</duration>")
        .replace("2031-10-05T13:00:00+02:00", "soon")
        .replace(
            "HOqeNIb6G7M4hYFKFRkCmQ",
            "6f1f3a63-07b5-4f4e-9a6a-0a4a5b1f2c01",
        );
    let complaints = complaints(&text);
    let keys: Vec<&str> = complaints
        .iter()
        .map(|complaint| complaint.message.key)
        .collect();
    assert_eq!(
        keys,
        [
            "program-schedule-length",
            "program-schedule-guid-twice",
            "program-schedule-date"
        ]
    );
    assert_eq!(argument(&complaints[1], "first"), "15");
    assert_eq!(argument(&complaints[2], "value"), "soon");
    for complaint in &complaints {
        assert_eq!(
            argument(complaint, "line"),
            complaint.line.unwrap().to_string()
        );
    }
}

#[test]
fn entities_do_not_expand() {
    let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [\n<!ENTITY lol \"lol\">\n<!ENTITY lol2 \"&lol;&lol;\">\n]>\n<schedule><version>&lol2;</version></schedule>";
    assert_eq!(said(bomb), [(2, "program-schedule-doctype")]);
    let outside = "<?xml version=\"1.0\"?>\n<!DOCTYPE schedule SYSTEM \"file:///etc/passwd\">\n<schedule><version>&xxe;</version></schedule>";
    assert_eq!(said(outside), [(3, "program-schedule-entity")]);
}

#[test]
fn every_limit_is_kept() {
    let deep = format!(
        "{}{}",
        "<schedule>\n".repeat(100_000),
        "</schedule>".repeat(100_000)
    );
    assert_eq!(said(&deep), [(33, "program-schedule-deep")]);
    let deep = format!("{{\"schedule\":{}", "[".repeat(100_000));
    assert_eq!(said(&deep)[0].1, "program-schedule-deep");

    let many = format!(
        "<schedule>{}</schedule>",
        "<a/>".repeat(limits::SCHEDULE_NODES_MAX + 1)
    );
    assert_eq!(said(&many), [(1, "program-schedule-elements")]);

    let huge = " ".repeat(limits::SCHEDULE_BYTES_MAX + 1);
    assert_eq!(said(&huge), [(0, "program-schedule-too-large")]);

    let long = fixture("full.xml").replace("The keynote", &"祭".repeat(limits::NAME_CHARS_MAX + 1));
    assert_eq!(said(&long), [(36, "program-schedule-text-long")]);

    let event =
        "<event><date>2031-01-01T10:00:00Z</date><duration>1:00</duration><title>x</title></event>";
    let crowd = format!(
        "<schedule><conference><acronym>abcd</acronym><title>t</title></conference><day date='2031-01-01'><room name='r'>{}</room></day></schedule>",
        event.repeat(limits::TALKS_MAX + 1)
    );
    assert_eq!(said(&crowd), [(1, "program-schedule-many")]);

    let faults = crowd
        .replacen("10:00:00Z", "", 0)
        .replace("<duration>1:00", "<duration>x");
    assert_eq!(complaints(&faults).len(), limits::COMPLAINTS_MAX);
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_line() {
    let mut file = fixture("full.xml").into_bytes();
    let at = file
        .windows(7)
        .position(|window| window == b"keynote")
        .unwrap();
    file[at] = 0xff;
    let broken = read(&file, &Assume::default()).unwrap_err();
    assert_eq!(
        broken.complaints[0].message.key,
        "program-schedule-encoding"
    );
    assert_eq!(broken.complaints[0].line, Some(28));
}

#[test]
fn no_cut_of_a_file_breaks_the_reader() {
    for name in ["quirks.xml", "full.json"] {
        let text = fixture(name);
        for cut in (0..text.len())
            .step_by(7)
            .filter(|cut| text.is_char_boundary(*cut))
        {
            let whole = text[cut..].trim().is_empty();
            assert_eq!(
                read(&text.as_bytes()[..cut], &Assume::default()).is_ok(),
                whole,
                "{name} cut at {cut}"
            );
        }
    }
}

#[test]
fn an_element_or_attribute_with_an_impossible_name_is_a_fault_and_not_written_again() {
    let file = |unknown: &str| {
        format!(
            "<schedule><conference><acronym>r</acronym><title>i</title>\n{unknown}</conference></schedule>"
        )
    };
    assert_eq!(
        said(&file("<\":\" l=\"\"/>")),
        [(2, "program-schedule-syntax")]
    );
    assert_eq!(
        said(&file("<l 1=\"\"/>")),
        [(2, "program-schedule-attribute")]
    );
}
