//! Importing what Dreamkast exported. What is there already and not in the export stays; what was imported before
//! is updated; what an export says and Matsuri cannot say is told. One transaction, which a dry run does not commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use identity::ConferenceId;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::{Error, Message, Result, Timestamp};

use super::{Imported, Onto, Placing, Plan, target};
use crate::actions::report::{Changed, Entry, Report};
use crate::actions::{Writer, day_bounds};
use crate::dreamkast::{self, Export};
use crate::exchange::{TalkDocument, document, text_of};
use crate::limits;
use crate::model::{SpeakerId, TalkId, free_slug, parse_slug, slug_or};
use crate::programme::Programme;
use crate::schedule::{self, DayRoom, Extra, Link, Schedule, acronym_for, guid_for};
use crate::store::{Speaker, Talk, write};

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
        Some(loaded) => Programme::of(loaded.clone()).schedule(writer.public_url),
        None => started(&slug, &to.zone)?,
    };
    let zone = TimeZone::get(&before.conference.zone).map_err(Error::internal)?;
    let mut frame = before.clone();
    let rooms = add_tracks(&mut frame, &export, loaded.as_ref());
    add_days(&mut frame, &export, &zone)?;
    add_categories(&mut frame, &export);
    let plan = Plan {
        writer,
        report: &Report::default(),
        conference: id,
        loaded,
        begin: None,
        slugs: export
            .tracks
            .iter()
            .filter_map(|(id, track)| Some((rooms.get(id)?.clone(), track.slug.clone())))
            .filter(|(_, slug)| !slug.is_empty())
            .collect(),
    };
    let conference = plan.conference_row(&mut tx, &frame, &slug).await?;
    let placing = plan.frame(&mut tx, &conference, &frame).await?;
    let mut taking = Taking {
        plan: &plan,
        export: &export,
        placing: &placing,
        frame: &frame,
        rooms: &rooms,
        zone: &zone,
        report: Report::between(&before, &frame),
        notes: Vec::new(),
        speakers: [0; 3],
        hidden: 0,
    };
    let people = taking.speakers(&mut tx).await?;
    taking.talks(&mut tx, &people).await?;
    let Taking {
        mut report,
        notes,
        speakers,
        hidden,
        ..
    } = taking;
    let changed = !report.is_empty() || speakers[0] + speakers[1] > 0;
    if created {
        report.conference.clear();
    }
    if !to.dry_run && (created || changed) {
        write::insert_import(&mut tx, &conference.id, "", &text_of(&report), writer.now).await?;
        tx.commit().await?;
        writer.announce(&conference.id, conference.version);
        tracing::info!(
            conference = %conference.id, added = report.added.len(), changed = report.changed.len(),
            "imported an export of Dreamkast into {slug}"
        );
    }
    export.notes.extend(notes);
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
        speakers,
        talks: export.talks.len(),
        hidden,
        notes: export.notes,
    })
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
    loaded: Option<&crate::store::Loaded>,
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

/// An export on its way into the tables.
struct Taking<'a> {
    plan: &'a Plan<'a>,
    export: &'a Export,
    placing: &'a Placing<'a>,
    frame: &'a Schedule,
    /// Names of the rooms of the export's tracks.
    rooms: &'a BTreeMap<i64, String>,
    zone: &'a TimeZone,
    report: Report,
    notes: Vec<Message>,
    speakers: [usize; 3],
    hidden: usize,
}

/// Where and when a talk is.
struct Place {
    day: usize,
    room: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
}

impl Taking<'_> {
    fn guid(&self, kind: &str, id: i64) -> String {
        guid_for(
            &self.frame.conference.acronym,
            &format!("dreamkast:{kind}:{id}"),
        )
    }

    /// Every speaker, by their number in the export.
    async fn speakers(&mut self, tx: &mut db::Tx) -> Result<HashMap<i64, SpeakerId>> {
        let known = self.plan.was().map(|loaded| loaded.speakers.as_slice());
        let known = known.unwrap_or_default();
        let mut slugs: Vec<String> = known.iter().map(|own| own.slug.clone()).collect();
        let mut ids = HashMap::new();
        for person in &self.export.speakers {
            let guid = self.guid("speaker", person.id);
            let was = known.iter().find(|own| own.guid == guid);
            let base = match was {
                Some(own) => own.clone(),
                None => {
                    let number = db::next_number(tx, "speaker").await?;
                    let base = slug_or(&person.name, &format!("speaker-{number}"));
                    let slug = free_slug(&base, |slug| slugs.iter().any(|own| own == slug));
                    slugs.push(slug.clone());
                    blank_speaker(number, slug, guid)
                }
            };
            let row = Speaker {
                file_id: Some(person.id),
                name: person.name.clone(),
                biography: biography(person),
                ..base
            };
            let kind = match was {
                None => 0,
                Some(own) if *own != row => 1,
                Some(_) => 2,
            };
            self.speakers[kind] += 1;
            if kind < 2 {
                write::put_speaker(tx, &self.plan.conference, &row).await?;
            }
            ids.insert(person.id, row.id);
        }
        Ok(ids)
    }

    async fn talks(&mut self, tx: &mut db::Tx, people: &HashMap<i64, SpeakerId>) -> Result<()> {
        let loaded = self.plan.was();
        let known = loaded
            .map(|loaded| loaded.talks.as_slice())
            .unwrap_or_default();
        let by_guid: HashMap<&str, &Talk> = known
            .iter()
            .map(|talk| (talk.guid.as_str(), talk))
            .collect();
        let mut slugs: BTreeSet<String> = known.iter().map(|talk| talk.slug.clone()).collect();
        let mut last = known.iter().map(|talk| talk.position).max().unwrap_or(0);
        let mut open = Open::default();
        for talk in &self.export.talks {
            let guid = self.guid("talk", talk.id);
            let was = by_guid.get(guid.as_str()).copied();
            let base = match was {
                Some(own) => own.clone(),
                None => {
                    let number = db::next_number(tx, "talk").await?;
                    let base = slug_or(&talk.title, &format!("talk-{number}"));
                    let slug = free_slug(&base, |slug| slugs.contains(slug));
                    slugs.insert(slug.clone());
                    last += 1;
                    blank_talk(number, slug, guid, last, self.plan.writer.now)
                }
            };
            let place = self.place(talk, &mut open);
            let row = self.row(talk, base, place);
            let credits: Vec<SpeakerId> = talk
                .speakers
                .iter()
                .filter_map(|id| people.get(id).cloned())
                .collect();
            self.put(tx, was, row, &credits).await?;
        }
        open.tell(&mut self.notes);
        Ok(())
    }

    async fn put(
        &mut self,
        tx: &mut db::Tx,
        was: Option<&Talk>,
        mut row: Talk,
        credits: &[SpeakerId],
    ) -> Result<()> {
        let all = self
            .plan
            .was()
            .into_iter()
            .flat_map(|loaded| &loaded.credits);
        let of_talk = all.filter(|credit| credit.talk == row.id);
        let credited: Vec<&SpeakerId> = of_talk.map(|credit| &credit.speaker).collect();
        let same_people = credited == credits.iter().collect::<Vec<_>>();
        self.hidden += usize::from(row.removed_at.is_some());
        if was == Some(&row) && same_people {
            return Ok(());
        }
        let (guid, title) = (row.guid.clone(), row.title.clone());
        match was {
            None => self.report.added.push(Entry { guid, title }),
            Some(was) => {
                row.version = was.version + 1;
                row.changed_at = self.plan.writer.now;
                self.report.changed.push(Changed {
                    guid,
                    title,
                    fields: fields(was, &row, same_people),
                });
            }
        }
        write::put_talk(tx, &self.plan.conference, &row).await?;
        if !same_people {
            write::put_credits(tx, &row.id, credits).await?;
        }
        Ok(())
    }

    fn row(&self, talk: &dreamkast::Talk, base: Talk, place: Option<Place>) -> Talk {
        let category = talk.category.and_then(|id| self.export.categories.get(&id));
        let mut said: TalkDocument = document(&base.document);
        said.recording_url.clone_from(&talk.movie_url);
        said.attachments.retain(|link| link.kind != "slides");
        if !talk.document_url.is_empty() {
            said.attachments.push(Link {
                url: talk.document_url.clone(),
                title: "slides".to_owned(),
                kind: "slides".to_owned(),
                ..Link::default()
            });
        }
        let hidden = !talk.shown || place.is_none();
        let removed_at = hidden.then(|| base.removed_at.unwrap_or(self.plan.writer.now));
        let room = place
            .as_ref()
            .and_then(|place| self.placing.rooms.get(&place.room))
            .cloned();
        let track = room
            .as_ref()
            .and_then(|room| self.placing.tracks.get(room))
            .cloned();
        let day = place
            .as_ref()
            .and_then(|place| self.placing.days.get(place.day))
            .cloned();
        let (starts_at, ends_at) = match &place {
            Some(place) => (place.starts_at, place.ends_at),
            None => (base.starts_at, base.ends_at),
        };
        Talk {
            file_id: talk.id,
            file_slug: schedule::slug_for(&self.frame.conference.acronym, talk.id, &talk.title),
            // What is off the timetable holds on to nothing that somebody may want to remove.
            day: day.filter(|_| !hidden),
            room,
            track,
            category: category
                .and_then(|name| self.placing.categories.get(name))
                .filter(|_| !hidden)
                .cloned(),
            starts_at,
            ends_at,
            title: talk.title.clone(),
            kind: talk.kind.to_owned(),
            language: talk.language.clone(),
            r#abstract: talk.text.clone(),
            logo: talk.picture.clone(),
            opt_out: talk.opt_out,
            document: text_of(&said),
            removed_at,
            ..base
        }
    }

    /// Where and when a talk is, when all of it is known.
    fn place(&self, talk: &dreamkast::Talk, open: &mut Open) -> Option<Place> {
        if let Some(number) = talk
            .category
            .filter(|id| !self.export.categories.contains_key(id))
        {
            *open.categories.entry(number).or_default() += 1;
        }
        let date = talk.day.and_then(|number| {
            let date = self.export.days.get(&number).copied();
            if date.is_none() {
                *open.days.entry(number).or_default() += 1;
            }
            date
        });
        let room = talk.track.and_then(|number| {
            let room = self.rooms.get(&number).cloned();
            if room.is_none() {
                *open.tracks.entry(number).or_default() += 1;
            }
            room
        });
        let place = self.placed(talk, date, room);
        open.unplaced += usize::from(place.is_none());
        place
    }

    fn placed(
        &self,
        talk: &dreamkast::Talk,
        date: Option<Date>,
        room: Option<String>,
    ) -> Option<Place> {
        let (date, room, start, end) = (date?, room?, talk.start?, talk.end?);
        // What ends before it begins ends after midnight; what ends as it begins has no time at all.
        let last = if end < start {
            date.tomorrow().ok()?
        } else {
            date
        };
        let instant = |date: Date, at| self.zone.to_timestamp(date.to_datetime(at)).ok();
        let (starts_at, ends_at) = (instant(date, start)?, instant(last, end)?);
        let day = self.frame.days.iter().position(|day| day.date == date)?;
        (starts_at < ends_at).then_some(Place {
            day,
            room,
            starts_at,
            ends_at,
        })
    }
}

/// What stays open because no mapping file says what a number means: how many talks, by number.
#[derive(Default)]
struct Open {
    days: BTreeMap<i64, usize>,
    tracks: BTreeMap<i64, usize>,
    categories: BTreeMap<i64, usize>,
    unplaced: usize,
}

impl Open {
    fn tell(self, notes: &mut Vec<Message>) {
        for (key, numbers) in [
            ("program-dreamkast-day", self.days),
            ("program-dreamkast-track", self.tracks),
            ("program-dreamkast-category", self.categories),
        ] {
            for (number, count) in numbers {
                notes.push(
                    Message::new(key)
                        .with("number", number)
                        .with("count", count),
                );
            }
        }
        if self.unplaced > 0 {
            notes.push(Message::new("program-dreamkast-unplaced").with("count", self.unplaced));
        }
    }
}

/// What is different about a talk, in words of the message files.
fn fields(was: &Talk, is: &Talk, same_people: bool) -> Vec<String> {
    let differs = [
        (
            "day",
            was.day != is.day || was.removed_at.is_some() != is.removed_at.is_some(),
        ),
        ("room", was.room != is.room),
        (
            "time",
            (was.starts_at, was.ends_at) != (is.starts_at, is.ends_at),
        ),
        ("title", was.title != is.title),
        ("category", was.category != is.category),
        ("kind", was.kind != is.kind),
        ("language", was.language != is.language),
        ("abstract", was.r#abstract != is.r#abstract),
        ("speakers", !same_people),
        ("links", was.document != is.document),
        ("picture", was.logo != is.logo),
        ("recording", was.opt_out != is.opt_out),
    ];
    let words = differs.into_iter().filter(|(_, differs)| *differs);
    words
        .map(|(word, _)| format!("program-field-{word}"))
        .collect()
}

/// What is known about somebody, as text: work first, then what they say, then where to find them.
fn biography(person: &dreamkast::Speaker) -> String {
    let work = [&person.job_title, &person.company];
    let work: Vec<&str> = work
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(String::as_str)
        .collect();
    let links = [
        ("X", "https://x.com/", &person.twitter),
        ("GitHub", "https://github.com/", &person.github),
    ];
    let is_handle = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    let links: Vec<String> = links
        .into_iter()
        .filter(|(_, _, name)| is_handle(name))
        .map(|(label, base, name)| format!("[{label}]({base}{name})"))
        .collect();
    let parts = [work.join(", "), person.profile.clone(), links.join(" · ")];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}

fn blank_speaker(number: i64, slug: String, guid: String) -> Speaker {
    Speaker {
        id: SpeakerId::fresh(),
        number,
        slug,
        file_id: None,
        guid,
        code: String::new(),
        name: String::new(),
        biography: String::new(),
        avatar: String::new(),
        document: text_of(&Extra::default()),
    }
}

fn blank_talk(number: i64, slug: String, guid: String, position: i64, now: Timestamp) -> Talk {
    Talk {
        id: TalkId::fresh(),
        number,
        guid,
        file_id: 0,
        code: String::new(),
        day: None,
        room: None,
        track: None,
        category: None,
        position,
        starts_at: now,
        ends_at: now,
        slug,
        file_slug: String::new(),
        url: String::new(),
        title: String::new(),
        subtitle: String::new(),
        kind: String::new(),
        language: String::new(),
        r#abstract: String::new(),
        description: String::new(),
        logo: String::new(),
        license: String::new(),
        opt_out: None,
        document: text_of(&TalkDocument::default()),
        version: 1,
        created_at: now,
        changed_at: now,
        removed_at: None,
    }
}
