//! A small programme as a schedule file, around the moment at which a held clock begins.

use std::fmt::Write as _;

use crate::start;

/// A talk of a test's programme.
#[derive(Clone, Copy, Debug)]
pub struct Slot<'a> {
    /// Name of its room, and so of its track: `Track A` is `a` in addresses.
    pub track: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Minutes after [`start`] at which it begins; may be negative.
    pub from: i64,
    /// How long it is.
    pub minutes: i64,
}

/// A schedule.xml of one day in Tokyo; the conference is called `acronym` in addresses. A title that begins with
/// `Break` is one.
pub fn schedule(acronym: &str, slots: &[Slot<'_>]) -> String {
    let mut rooms: Vec<&str> = Vec::new();
    for slot in slots {
        if !rooms.contains(&slot.track) {
            rooms.push(slot.track);
        }
    }
    let date = start().strftime("%Y-%m-%d").to_string();
    let mut xml = format!(
        "<?xml version=\"1.0\"?><schedule><version>1</version><conference><title>{acronym}</title>\
         <acronym>{acronym}</acronym><start>{date}</start><end>{date}</end><days>1</days>\
         <time_zone_name>Asia/Tokyo</time_zone_name></conference>\
         <day index=\"1\" date=\"{date}\" start=\"{date}T00:00:00+09:00\" end=\"{date}T23:59:00+09:00\">"
    );
    for room in rooms {
        let _ = write!(xml, "<room name=\"{room}\">");
        for (id, slot) in slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.track == room)
        {
            let at = start().as_second() + slot.from * 60;
            let at = kernel::clock::from_micros(at * 1_000_000);
            let kind = if slot.title.starts_with("Break") {
                "break"
            } else {
                "talk"
            };
            let _ = write!(
                xml,
                "<event guid=\"{acronym}-{id}\" id=\"{id}\"><date>{at}</date><duration>{:02}:{:02}</duration>\
                 <room>{room}</room><slug>{acronym}-{id}</slug><title>{}</title><type>{kind}</type>\
                 <persons><person id=\"{id}\">Speaker {id}</person></persons></event>",
                slot.minutes / 60,
                slot.minutes % 60,
                slot.title
            );
        }
        xml.push_str("</room>");
    }
    xml.push_str("</day></schedule>");
    xml
}
