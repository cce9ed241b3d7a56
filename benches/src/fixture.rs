//! The conference that both sides hold, as a schedule.xml.

use std::fmt::Write as _;
use std::time::Duration;

use kernel::Clock;

/// The talks of the figure.
pub(crate) const TALKS: usize = DAYS * ROOMS * SLOTS;
const DAYS: usize = 2;
const ROOMS: usize = 3;
const SLOTS: usize = 12;
/// Talks of a hall on both days.
pub(crate) const TALKS_OF_A_HALL: usize = DAYS * SLOTS;

/// Its acronym, which is its address.
pub(crate) const CONFERENCE: &str = "bench-days";

const SUBJECTS: [&str; 12] = [
    "Operators",
    "Service meshes",
    "Schedulers",
    "Build caches",
    "Feature flags",
    "Tracing",
    "Registries",
    "Gateways",
    "Sandboxes",
    "Queues",
    "Secrets",
    "Storage classes",
];
const CLAIMS: [&str; 6] = [
    "after three years in production",
    "without the pager",
    "for teams of five",
    "explained from the kernel up",
    "and what we took out again",
    "between two regions",
];
const SENTENCES: [&str; 4] = [
    "We ran it for a year, measured everything we could and changed our minds twice.",
    "This talk shows the parts that broke, the graphs of the night in question, and what we do differently now.",
    "You will leave with a list of questions to ask before you adopt it, and with the numbers that answered them for us.",
    "No prior knowledge is needed beyond having been woken up by a machine.",
];

/// A conference of [`TALKS`] talks in three rooms on two days.
pub(crate) fn schedule() -> String {
    conference(ROOMS)
}

/// The same with as many halls, and so tracks, as there are streams.
pub(crate) fn halls(halls: usize) -> String {
    conference(halls)
}

/// The same, beginning tomorrow in Tokyo, so that every hall has a talk that comes next.
pub(crate) fn soon(halls: usize) -> String {
    let tomorrow = Clock::system().now() + Duration::from_hours(24 + 9);
    let after = tomorrow + Duration::from_hours(24);
    let (first, second) = (tomorrow.strftime("%Y-%m-%d"), after.strftime("%Y-%m-%d"));
    // One of them may be one of ours.
    conference(halls)
        .replace("2026-12-06", "SECOND")
        .replace("2026-12-05", &first.to_string())
        .replace("SECOND", &second.to_string())
}

/// A conference of one hall and one talk, which began an hour ago and goes on for hours.
pub(crate) fn on_now() -> String {
    let began = Clock::system().now() - Duration::from_hours(1);
    let (date, time) = (began.strftime("%Y-%m-%d"), began.strftime("%H:%M"));
    let end = (began + Duration::from_hours(24)).strftime("%Y-%m-%d");
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<schedule><version>1.0</version>\
         <conference><acronym>{CONFERENCE}</acronym><title>Bench Days</title><start>{date}</start><end>{date}</end>\
         <days>1</days><time_zone_name>UTC</time_zone_name></conference>\
         <day index=\"1\" date=\"{date}\" start=\"{date}T{time}:00+00:00\" end=\"{end}T{time}:00+00:00\">\
         <room name=\"Hall 1\"><event id=\"1\" guid=\"00000000-0000-4000-8000-000000000001\">\
         <date>{date}T{time}:00+00:00</date><start>{time}</start><duration>12:00</duration><room>Hall 1</room>\
         <slug>bench-1</slug><title>The long talk</title><subtitle></subtitle><track>Track 1</track><type>talk</type>\
         <language>en</language><abstract></abstract><description></description>\
         <persons><person id=\"1\">Speaker Number1</person></persons><links></links></event></room></day></schedule>\n"
    )
}

fn conference(rooms: usize) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<schedule>\n<version>1.0</version>\n",
    );
    let _infallible = writeln!(
        xml,
        "<conference><acronym>{CONFERENCE}</acronym><title>Bench Days</title><start>2026-12-05</start>\
         <end>2026-12-06</end><days>{DAYS}</days><timeslot_duration>00:10</timeslot_duration>\
         <time_zone_name>Asia/Tokyo</time_zone_name></conference>"
    );
    for day in 0..DAYS {
        let date = format!("2026-12-{:02}", 5 + day);
        let _infallible = writeln!(
            xml,
            "<day index=\"{}\" date=\"{date}\" start=\"{date}T08:00:00+09:00\" end=\"{date}T23:00:00+09:00\">",
            day + 1
        );
        for room in 0..rooms {
            let _infallible = writeln!(xml, "<room name=\"Hall {}\">", room + 1);
            for slot in 0..SLOTS {
                event(
                    &mut xml,
                    &date,
                    (day * rooms + room) * SLOTS + slot,
                    room,
                    slot,
                );
            }
            xml.push_str("</room>\n");
        }
        xml.push_str("</day>\n");
    }
    xml.push_str("</schedule>\n");
    xml
}

fn event(xml: &mut String, date: &str, number: usize, room: usize, slot: usize) {
    let minutes = 9 * 60 + slot * 50;
    let (hour, minute) = (minutes / 60, minutes % 60);
    let title = format!(
        "{} {}",
        SUBJECTS[number % SUBJECTS.len()],
        CLAIMS[number % CLAIMS.len()]
    );
    let abstract_text = [0, 1, 2]
        .map(|at| SENTENCES[(number + at) % SENTENCES.len()])
        .join(" ");
    let second = if number.is_multiple_of(5) {
        format!(
            "<person id=\"{}\">Guest Number{number}</person>",
            1000 + number
        )
    } else {
        String::new()
    };
    let _infallible = writeln!(
        xml,
        "<event id=\"{id}\" guid=\"00000000-0000-4000-8000-{id:012}\"><date>{date}T{hour:02}:{minute:02}:00+09:00</date>\
         <start>{hour:02}:{minute:02}</start><duration>00:40</duration><room>Hall {room}</room>\
         <slug>bench-{id}</slug><title>{title}</title><subtitle></subtitle><track>Track {room}</track>\
         <type>talk</type><language>en</language><abstract>{abstract_text}</abstract>\
         <description>{abstract_text}</description><persons><person id=\"{id}\">Speaker Number{number}</person>{second}\
         </persons><links></links></event>",
        id = number + 1,
        room = room + 1,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_conference_has_the_talks_of_the_figure() {
        assert_eq!(TALKS, 72);
        assert_eq!(schedule().matches("<event ").count(), TALKS);
    }
}
