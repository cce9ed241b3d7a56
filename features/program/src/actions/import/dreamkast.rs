//! Importing what Dreamkast exported. What is there already and not in the export stays; what was imported before
//! is updated; what an export says and Matsuri cannot say is told. One transaction, which a dry run does not commit.

mod levels;
mod taking;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use identity::ConferenceId;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::{Error, Message, Result};

use self::taking::{Taking, Tally};
use super::{Imported, Onto, Plan, target};
use crate::actions::report::Report;
use crate::actions::{Writer, day_bounds};
use crate::dreamkast::Export;
use crate::exchange::text_of;
use crate::limits;
use crate::model::parse_slug;
use crate::programme::Programme;
use crate::schedule::{self, DayRoom, Schedule, acronym_for, guid_for};
use crate::store::{Loaded, write};

/// Where an export goes.
#[derive(Clone, Debug)]
pub struct Destination {
    /// Name of the conference; it is made where there is none.
    pub slug: String,
    /// IANA zone of a conference that is made.
    pub zone: String,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
}

/// What came of an export.
#[derive(Debug)]
pub struct Taken {
    /// The conference as it is now, and which talks are different.
    pub imported: Imported,
    /// Speakers that are new, that are different, that are as they were.
    pub speakers: [usize; 3],
    /// Talks that were in the export.
    pub talks: usize,
    /// Talks that nobody outside the team sees.
    pub hidden: usize,
    /// What could not be expressed, and what was odd.
    pub notes: Vec<Message>,
}

/// Imports an export.
///
/// # Errors
/// `Invalid` for a name or zone that cannot be, `Conflict` when somebody else changes the programme at the same time.
pub async fn import_dreamkast(
    writer: &Writer<'_>,
    mut export: Export,
    to: &Destination,
) -> Result<Taken> {
    let slug = parse_slug(&to.slug)?;
    let mut tx = writer.db.begin().await?;
    let onto = match crate::store::by_slug(&mut tx, &slug).await? {
        Some(conference) => Onto::Existing(conference.id),
        None => Onto::New(ConferenceId::fresh()),
    };
    let (loaded, id) = target(&mut tx, &onto, &slug).await?;
    let created = loaded.is_none();
    let before = match &loaded {
        Some(loaded) => Programme::of_all(loaded.clone()).schedule(writer.public_url),
        None => started(&slug, &to.zone)?,
    };
    let frame = Frame::around(&before, &export, loaded.as_ref())?;
    let plan = Plan {
        writer,
        report: &Report::default(),
        conference: id,
        loaded,
        begin: None,
        slugs: frame.slugs(&export),
    };
    let conference = plan.conference_row(&mut tx, &frame.schedule, &slug).await?;
    let placing = plan.frame(&mut tx, &conference, &frame.schedule).await?;
    let levels = levels::offer(&plan, &mut tx, &export).await?;
    let mut taking = Taking {
        plan: &plan,
        levels: &levels,
        export: &export,
        placing: &placing,
        frame: &frame,
        report: Report::between(&before, &frame.schedule),
        tally: Tally::default(),
    };
    let people = taking.speakers(&mut tx).await?;
    taking.talks(&mut tx, &people).await?;
    let Taking {
        mut report, tally, ..
    } = taking;
    let [new, different, _] = tally.speakers;
    let changed = created || !report.is_empty() || new + different > 0;
    if created {
        report.conference.clear();
    }
    if changed && !to.dry_run {
        let who = (None, "");
        write::insert_import(&mut tx, &conference.id, who, &text_of(&report), writer.now).await?;
        tx.commit().await?;
        writer.announce(&conference.id, conference.version);
        tracing::info!(
            conference = %conference.id, added = report.added.len(), changed = report.changed.len(),
            "imported an export of Dreamkast into {slug}"
        );
    }
    export.notes.extend(tally.notes);
    let conference = match &plan.loaded {
        Some(loaded) if !changed => loaded.conference.clone(),
        _ => conference,
    };
    Ok(Taken {
        imported: Imported {
            conference,
            created,
            report,
        },
        speakers: tally.speakers,
        talks: export.talks.len(),
        hidden: tally.hidden,
        notes: export.notes,
    })
}

/// What the talks of an export stand in: what is there already, and what the export adds.
struct Frame {
    schedule: Schedule,
    /// Names of the rooms of the export's tracks.
    rooms: BTreeMap<i64, String>,
    zone: TimeZone,
}

impl Frame {
    fn around(before: &Schedule, export: &Export, loaded: Option<&Loaded>) -> Result<Self> {
        let zone = TimeZone::get(&before.conference.zone).map_err(Error::internal)?;
        let mut schedule = before.clone();
        let rooms = add_tracks(&mut schedule, export, loaded);
        add_days(&mut schedule, export, &zone)?;
        add_categories(&mut schedule, export);
        Ok(Self {
            schedule,
            rooms,
            zone,
        })
    }

    /// Names in addresses that new tracks are to have, by the names of their rooms.
    fn slugs(&self, export: &Export) -> HashMap<String, String> {
        let wanted = export
            .tracks
            .iter()
            .filter(|(_, track)| !track.slug.is_empty());
        let named = wanted
            .filter_map(|(id, track)| Some((self.rooms.get(id)?.clone(), track.slug.clone())));
        named.collect()
    }
}

/// A conference of which nothing is known but its name.
fn started(slug: &str, zone: &str) -> Result<Schedule> {
    if TimeZone::get(zone).is_err() {
        return Err(Error::invalid("zone", "program-zone-unknown"));
    }
    Ok(Schedule {
        conference: schedule::Conference {
            acronym: acronym_for(slug),
            title: slug.to_owned(),
            zone: zone.to_owned(),
            ..schedule::Conference::default()
        },
        ..Schedule::default()
    })
}

/// The room of every track of the export, by the track's number: that of the track which is there, or a new one.
fn add_tracks(
    frame: &mut Schedule,
    export: &Export,
    loaded: Option<&Loaded>,
) -> BTreeMap<i64, String> {
    let known = loaded.map(|loaded| (loaded.tracks.as_slice(), loaded.rooms.as_slice()));
    let (tracks, rooms) = known.unwrap_or_default();
    let mut names = BTreeMap::new();
    for (number, track) in &export.tracks {
        let there = tracks.iter().find(|own| {
            own.removed_at.is_none()
                && (own.name == track.name || (!track.slug.is_empty() && own.slug == track.slug))
        });
        let room = there
            .and_then(|own| own.room.as_ref())
            .and_then(|id| rooms.iter().find(|room| room.id == *id));
        let name = room.map_or_else(|| track.name.clone(), |room| room.name.clone());
        if !frame.conference.rooms.iter().any(|room| room.name == name) {
            frame.conference.rooms.push(schedule::Room {
                guid: guid_for(&frame.conference.acronym, &format!("room:{name}")),
                name: name.clone(),
                ..schedule::Room::default()
            });
        }
        names.insert(*number, name);
    }
    names
}

fn add_days(frame: &mut Schedule, export: &Export, zone: &TimeZone) -> Result<()> {
    let dates: BTreeSet<Date> = export.days.values().copied().collect();
    for date in dates {
        if frame.days.iter().any(|day| day.date == date) {
            continue;
        }
        let (start, end) = day_bounds(date, zone)?;
        frame.days.push(schedule::Day {
            index: 0,
            date,
            start,
            end,
            rooms: Vec::new(),
        });
    }
    if frame.days.len() > limits::DAYS_MAX {
        let most = Message::new("program-days-range").with("limit", limits::DAYS_MAX);
        return Err(Error::invalid("days", most));
    }
    frame.days.sort_by_key(|day| day.start);
    for (index, day) in (1_i64..).zip(&mut frame.days) {
        day.index = index;
        for room in &frame.conference.rooms {
            if !day.rooms.iter().any(|own| own.name == room.name) {
                day.rooms.push(DayRoom {
                    name: room.name.clone(),
                    guid: room.guid.clone(),
                    ..DayRoom::default()
                });
            }
        }
    }
    Ok(())
}

fn add_categories(frame: &mut Schedule, export: &Export) {
    let categories = &mut frame.conference.categories;
    for name in export.categories.values() {
        if !categories.iter().any(|category| category.name == *name) {
            categories.push(schedule::Category {
                name: name.clone(),
                ..schedule::Category::default()
            });
        }
    }
}
