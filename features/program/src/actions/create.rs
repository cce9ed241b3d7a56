//! Starting a conference with nothing but days and tracks; moving one in time.

use identity::{ConferenceId, Contents, Grant};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};
use kernel::text::{Lines, clean};
use kernel::{Error, Field, Message, Result, Timestamp};

use super::Writer;
use super::import::{Begin, Imported, Onto, import};
use crate::exchange::{ConferenceDocument, document, text_of};
use crate::limits;
use crate::model::parse_slug;
use crate::schedule::{
    Conference, Day, DayRoom, Extra, Format, Reading, Room, Schedule, acronym_for, guid_for,
};
use crate::store::{self, write};

/// What one says to start empty.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Title.
    pub title: String,
    /// Name in addresses.
    pub slug: String,
    /// First day, `2026-11-22`.
    pub first_day: String,
    /// How many days.
    pub days: i64,
    /// IANA zone.
    pub zone: String,
    /// Names of tracks, one per line or separated by commas.
    pub tracks: String,
}

/// Makes a conference without talks.
///
/// # Errors
/// `Invalid` with every field that cannot be used.
pub async fn create_empty(
    writer: &Writer<'_>,
    id: ConferenceId,
    start: &Start,
    begin: Begin,
    by: Option<&Grant<Contents>>,
) -> Result<Imported> {
    let schedule = plan(start)?;
    let slug = parse_slug(&start.slug)?;
    if store::by_slug(writer.db, &slug).await?.is_some() {
        return Err(Error::invalid("slug", "program-slug-taken"));
    }
    let reading = Reading {
        schedule,
        format: Format::Json,
        notes: Vec::new(),
    };
    import(writer, reading, Onto::Begun(id, begin), by).await
}

/// The schedule that a start means.
fn plan(start: &Start) -> Result<Schedule> {
    let mut faults: Vec<Field> = Vec::new();
    let mut fault = |name: &'static str, message: Message| {
        faults.push(Field {
            name: name.into(),
            message,
        });
    };
    let title = clean(&start.title, Lines::One);
    if title.is_empty() {
        fault("title", Message::new("program-title-empty"));
    } else if title.chars().count() > limits::TITLE_CHARS_MAX {
        fault(
            "title",
            Message::new("program-title-long").with("limit", limits::TITLE_CHARS_MAX),
        );
    }
    let slug = match parse_slug(&start.slug) {
        Ok(slug) => slug,
        Err(Error::Invalid(fields)) => {
            for field in fields {
                fault("slug", field.message);
            }
            String::new()
        }
        Err(error) => return Err(error),
    };
    let date: Option<Date> = start.first_day.trim().parse().ok();
    if date.is_none() {
        fault("first_day", Message::new("program-date-malformed"));
    }
    if !(1..=limits::START_DAYS_MAX).contains(&start.days) {
        fault(
            "days",
            Message::new("program-days-range").with("limit", limits::START_DAYS_MAX),
        );
    }
    let zone = TimeZone::get(start.zone.trim());
    if zone.is_err() {
        fault("zone", Message::new("program-zone-unknown"));
    }
    let mut tracks: Vec<String> = Vec::new();
    for name in start
        .tracks
        .split(['\n', ',', '、'])
        .map(|name| clean(name, Lines::One))
    {
        if !name.is_empty() && !tracks.contains(&name) {
            tracks.push(name);
        }
    }
    if tracks.is_empty() || tracks.len() > limits::START_TRACKS_MAX {
        fault(
            "tracks",
            Message::new("program-tracks-range").with("limit", limits::START_TRACKS_MAX),
        );
    }
    match (date, zone) {
        (Some(date), Ok(zone)) if faults.is_empty() => empty(
            &title,
            &slug,
            date,
            start.days,
            (start.zone.trim(), &zone),
            &tracks,
        ),
        _ => Err(Error::Invalid(faults)),
    }
}

fn empty(
    title: &str,
    slug: &str,
    first: Date,
    days: i64,
    zone: (&str, &TimeZone),
    tracks: &[String],
) -> Result<Schedule> {
    let acronym = acronym_for(slug);
    let rooms: Vec<Room> = tracks
        .iter()
        .map(|name| Room {
            name: name.clone(),
            guid: guid_for(&acronym, &format!("room:{name}")),
            ..Room::default()
        })
        .collect();
    let day = |index: i64| -> Result<Day> {
        let date = first
            .checked_add(Span::new().days(index))
            .map_err(Error::internal)?;
        let (start, end) = day_bounds(date, zone.1)?;
        let rooms = rooms.iter().map(|room| DayRoom {
            name: room.name.clone(),
            guid: room.guid.clone(),
            events: Vec::new(),
            extra: Extra::default(),
        });
        Ok(Day {
            index: index + 1,
            date,
            start,
            end,
            rooms: rooms.collect(),
        })
    };
    Ok(Schedule {
        conference: Conference {
            acronym,
            title: title.to_owned(),
            zone: zone.0.to_owned(),
            rooms: rooms.clone(),
            ..Conference::default()
        },
        days: (0..days).map(day).collect::<Result<_>>()?,
        ..Schedule::default()
    })
}

/// First and last instant of a day. It ends at four in the morning, as conferences do.
pub(crate) fn day_bounds(date: Date, zone: &TimeZone) -> Result<(Timestamp, Timestamp)> {
    let at = |date: Date, hour: i8, minute: i8| -> Result<Timestamp> {
        zone.to_timestamp(date.at(hour, minute, 0, 0))
            .map_err(Error::internal)
    };
    let next = date.tomorrow().map_err(Error::internal)?;
    Ok((at(date, 4, 0)?, at(next, 3, 59)?))
}

/// Moves every instant of a conference. The demo does it at each start, so that talks are on now.
///
/// # Errors
/// `NotFound` when there is no such conference, `Conflict` when somebody changes it at the same time.
pub async fn shift(writer: &Writer<'_>, id: &ConferenceId, by: SignedDuration) -> Result<()> {
    let micros = i64::try_from(by.as_micros()).map_err(Error::internal)?;
    let mut tx = writer.db.begin().await?;
    let loaded = store::load(&mut tx, id)
        .await?
        .ok_or(Error::NotFound("conference"))?;
    let zone = loaded.conference.time_zone();
    let move_by = |at: Timestamp| at.checked_add(by).map_err(Error::internal);
    for day in &loaded.days {
        let (starts_at, ends_at) = (move_by(day.starts_at)?, move_by(day.ends_at)?);
        // A day is called after the date on which most of it lies.
        let middle = starts_at
            .checked_add(ends_at.duration_since(starts_at) / 2)
            .map_err(Error::internal)?;
        let date = middle.to_zoned(zone.clone()).date().to_string();
        let row = store::Day {
            date,
            starts_at,
            ends_at,
            ..day.clone()
        };
        write::put_day(&mut tx, id, &row).await?;
    }
    write::shift_talks(&mut tx, id, micros, writer.now).await?;
    // First and last day follow from the days again.
    let mut kept: ConferenceDocument = document(&loaded.conference.document);
    kept.start.clear();
    kept.end.clear();
    let row = store::Conference {
        document: text_of(&kept),
        changed_at: writer.now,
        ..loaded.conference
    };
    write::update_conference(&mut tx, &row).await?;
    tx.commit().await?;
    writer.announce(id, row.version + 1);
    tracing::info!(conference = %id, by_s = by.as_secs(), "moved the conference {} in time", row.slug);
    Ok(())
}
