use program::schedule::ical::{Entry, Subscription, write};

fn entry() -> Entry {
    Entry {
        uid: "tlk_1@matsuri.example".to_owned(),
        sequence: 3,
        cancelled: false,
        changed_at: "2031-01-01T00:00:00Z".parse().unwrap(),
        starts_at: "2031-10-04T01:00:00Z".parse().unwrap(),
        ends_at: "2031-10-04T01:40:00Z".parse().unwrap(),
        summary: "可観測性、そして祭り; コンマ, 逆\\スラッシュ — とても長い題名がここに続きます。折り返しは文字の途中では起きません。".to_owned(),
        description: "Line one\r\nline two\rEND:VEVENT\u{0}".to_owned(),
        location: "ホール A\nBEGIN:VEVENT".to_owned(),
        url: "https://matsuri.example/days/talks/one".to_owned(),
        category: "Roots, Leaves".to_owned(),
    }
}

#[test]
fn a_calendar_is_folded_utc_and_cannot_be_broken_out_of() {
    let text = write(&Subscription {
        name: "祭".to_owned(),
        zone: "Asia/Tokyo".to_owned(),
        entries: vec![entry()],
    });
    assert!(text.ends_with("END:VCALENDAR\r\n"));
    for line in text.split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        assert!(!line.contains(['\r', '\n']));
    }
    let unfolded = text.replace("\r\n ", "");
    let lines: Vec<&str> = unfolded.split("\r\n").collect();
    for expected in [
        "UID:tlk_1@matsuri.example",
        "SEQUENCE:3",
        "DTSTART:20311004T010000Z",
        "DTEND:20311004T014000Z",
        "DTSTAMP:20310101T000000Z",
        "DESCRIPTION:Line one\\nline twoEND:VEVENT",
        "LOCATION:ホール A BEGIN:VEVENT",
        "CATEGORIES:Roots\\, Leaves",
        "URL:https://matsuri.example/days/talks/one",
    ] {
        assert!(
            lines.contains(&expected),
            "{expected} is not in\n{unfolded}"
        );
    }
    assert!(
        lines
            .iter()
            .any(|line| line
                .starts_with("SUMMARY:可観測性、そして祭り\\; コンマ\\, 逆\\\\スラッシュ")),
        "{unfolded}"
    );
    assert_eq!(
        lines.iter().filter(|line| **line == "BEGIN:VEVENT").count(),
        1
    );
    assert_eq!(
        lines.iter().filter(|line| **line == "END:VEVENT").count(),
        1
    );
}
