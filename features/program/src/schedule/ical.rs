//! iCalendar (RFC 5545): instants in UTC, a UID that never changes, a SEQUENCE that grows with every change.

use icalendar::{Calendar, Component, Event, EventLike, Property};
use jiff::Timestamp;

/// A calendar to subscribe to.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Its name in the reader's list of calendars.
    pub name: String,
    /// IANA zone in which the reader may want to see it.
    pub zone: String,
    /// Its entries.
    pub entries: Vec<Entry>,
}

/// A talk as an entry of a calendar.
#[derive(Clone, Debug)]
pub struct Entry {
    /// `talk@conference.host`
    pub uid: String,
    /// How often the talk was changed.
    pub sequence: i64,
    /// Whether it does not happen.
    pub cancelled: bool,
    /// When it was changed last.
    pub changed_at: Timestamp,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Its title and who speaks.
    pub summary: String,
    /// What it is about, as plain text.
    pub description: String,
    /// Its room.
    pub location: String,
    /// Its page.
    pub url: String,
    /// Its category.
    pub category: String,
}

/// Writes a calendar, folded to 75 octets a line.
pub fn write(subscription: &Subscription) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//Matsuri//Matsuri//EN"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    calendar.append_property(Property::new("METHOD", "PUBLISH"));
    calendar.name(&one_line(&subscription.name));
    calendar.timezone(subscription.zone.as_str());
    for entry in &subscription.entries {
        calendar.push(event(entry));
    }
    calendar.to_string()
}

fn event(entry: &Entry) -> Event {
    let mut event = Event::new();
    event.uid(&entry.uid);
    event.add_property("DTSTAMP", utc(entry.changed_at));
    event.add_property("LAST-MODIFIED", utc(entry.changed_at));
    event.add_property("SEQUENCE", entry.sequence.to_string());
    event.add_property("DTSTART", utc(entry.starts_at));
    event.add_property("DTEND", utc(entry.ends_at));
    if entry.cancelled {
        event.add_property("STATUS", "CANCELLED");
    }
    event.summary(&one_line(&entry.summary));
    if !entry.description.trim().is_empty() {
        event.description(&plain(&entry.description));
    }
    if !entry.location.trim().is_empty() {
        event.location(&one_line(&entry.location));
    }
    if !entry.url.is_empty() {
        event.url(&one_line(&entry.url));
    }
    if !entry.category.trim().is_empty() {
        event.categories([one_line(&entry.category)]);
    }
    event.done()
}

/// `20210402T080000Z`
fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The library escapes line feeds; a carriage return or another control character would end the line early.
fn plain(text: &str) -> String {
    kernel::text::clean(text, kernel::text::Lines::Many)
}

fn one_line(text: &str) -> String {
    let spaced = text.replace(['\r', '\n', '\t'], " ");
    kernel::text::clean(&spaced, kernel::text::Lines::One)
}
