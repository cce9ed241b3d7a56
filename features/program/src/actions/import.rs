//! Importing a schedule file: compare, plan, write, announce. One transaction; a file that changes nothing
//! writes nothing.

use std::collections::HashMap;

use db::Tx;
use identity::{ConferenceId, Contents, Grant, audit};
use kernel::{Error, Result};

use super::merge::{key_of, merge, person_key};
use super::report::Report;
use super::{Writer, talk_url};
use crate::exchange::{ConferenceDocument, DayRoomDocument, TalkDocument, text_of, when_text};
use crate::model::{
    CategoryId, DayId, RoomId, SpeakerId, TalkId, TrackId, Watch, free_slug, slug_for, slug_or,
};
use crate::programme::Programme;
use crate::schedule::{Event, Person, Reading, Schedule};
use crate::store::{self, Category, Conference, Day, Loaded, Room, Speaker, Talk, Track, write};

/// Where a file goes.
#[derive(Clone, Debug)]
pub enum Onto {
    /// Into a new conference with this id, named by the file's acronym; refused when the name is taken.
    New(ConferenceId),
    /// Over an existing one.
    Existing(ConferenceId),
    /// Over the one that the file's acronym names, else into a new one.
    Acronym,
}

/// What came of an import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The conference as it is now.
    pub conference: Conference,
    /// Whether it was made.
    pub created: bool,
    /// What changed.
    pub report: Report,
}

/// Imports a schedule. `by` is who did it in the browser; the command line is the operator's own.
///
/// # Errors
/// `Invalid` when the name is taken, `NotFound` when the conference is gone, `Conflict` when somebody else
/// changes the programme at the same time.
pub async fn import(
    writer: &Writer<'_>,
    reading: Reading,
    onto: Onto,
    by: Option<&Grant<Contents>>,
) -> Result<Imported> {
    let Reading {
        mut schedule,
        format,
        ..
    } = reading;
    let mut tx = writer.db.begin().await?;
    let slug = slug_of(&schedule);
    let (existing, fresh) = target(&mut tx, &onto, &slug).await?;
    let before = existing
        .as_ref()
        .map(|loaded| Programme::of(loaded.clone()).schedule(writer.public_url));
    merge(before.as_ref(), &mut schedule, format);
    let mut report = Report::between(before.as_ref().unwrap_or(&Schedule::default()), &schedule);
    if let (Some(loaded), true) = (&existing, report.is_empty()) {
        return Ok(Imported {
            conference: loaded.conference.clone(),
            created: false,
            report,
        });
    }
    let created = existing.is_none();
    if created {
        // Everything about it is new; naming that helps nobody.
        report.conference.clear();
    }
    let mut plan = Plan {
        writer,
        report: &report,
        conference: fresh.clone(),
        loaded: existing,
    };
    let conference = plan.conference_row(&mut tx, &schedule, &slug).await?;
    plan.write(&mut tx, &conference, &schedule).await?;
    let who = by.map(|grant| grant.name().to_owned()).unwrap_or_default();
    write::insert_import(&mut tx, &conference.id, &who, &text_of(&report), writer.now).await?;
    if let Some(grant) = by {
        let counts = (
            report.added.len(),
            report.changed.len(),
            report.removed.len(),
        );
        audit::record(
            &mut tx,
            grant,
            "programme.import",
            conference.id.as_str(),
            &(),
            &counts,
        )
        .await?;
    }
    tx.commit().await?;
    writer.announce(&conference.id, conference.version);
    tracing::info!(
        conference = %conference.id, added = report.added.len(), changed = report.changed.len(),
        removed = report.removed.len(), "imported the schedule of {}", conference.slug
    );
    Ok(Imported {
        conference,
        created,
        report,
    })
}

/// The name in addresses that a file asks for.
fn slug_of(schedule: &Schedule) -> String {
    let year = schedule.days.first().map_or(0, |day| day.date.year());
    slug_for(
        &schedule.conference.acronym,
        &schedule.conference.title,
        year,
    )
}

async fn target(tx: &mut Tx, onto: &Onto, slug: &str) -> Result<(Option<Loaded>, ConferenceId)> {
    let named = store::by_slug(&mut *tx, slug).await?;
    let id = match (onto, named) {
        (Onto::Existing(id), _) => id.clone(),
        (Onto::New(id), None) => return Ok((None, id.clone())),
        (Onto::Acronym, None) => return Ok((None, ConferenceId::fresh())),
        (Onto::New(_), Some(_)) => {
            return Err(Error::invalid(
                "file",
                kernel::Message::new("program-import-taken").with("slug", slug),
            ));
        }
        (Onto::Acronym, Some(conference)) => conference.id,
    };
    match store::load(&mut *tx, &id).await? {
        Some(loaded) => Ok((Some(loaded), id)),
        None => Err(Error::NotFound("conference")),
    }
}

/// The rows that a schedule means, beside those that are there.
struct Plan<'a> {
    writer: &'a Writer<'a>,
    report: &'a Report,
    conference: ConferenceId,
    loaded: Option<Loaded>,
}

impl Plan<'_> {
    fn was(&self) -> Option<&Loaded> {
        self.loaded.as_ref()
    }

    async fn conference_row(
        &self,
        tx: &mut Tx,
        schedule: &Schedule,
        slug: &str,
    ) -> Result<Conference> {
        let file = &schedule.conference;
        let document = ConferenceDocument {
            url: schedule.url.clone(),
            base_url: schedule.base_url.clone(),
            site: file.url.clone(),
            logo: file.logo.clone(),
            start: when_text(file.start),
            end: when_text(file.end),
            days: file.days,
            timeslot_seconds: file.timeslot_seconds,
            colors: file.colors.clone(),
            keywords: file.keywords.clone(),
            listed_rooms: file.rooms.iter().map(|room| room.name.clone()).collect(),
            extra: file.extra.clone(),
            schedule_extra: schedule.extra.clone(),
        };
        let mut row = match self.was() {
            Some(loaded) => loaded.conference.clone(),
            None => Conference {
                id: self.conference.clone(),
                number: db::next_number(tx, "conference").await?,
                slug: slug.to_owned(),
                acronym: String::new(),
                title: String::new(),
                title_ja: String::new(),
                title_en: String::new(),
                description: String::new(),
                zone: String::new(),
                zone_inferred: false,
                watch: Watch::Anyone,
                label: String::new(),
                document: String::new(),
                version: 1,
                created_at: self.writer.now,
                changed_at: self.writer.now,
            },
        };
        if row.title != file.title {
            // The translations belong to the title that was.
            row.title_ja.clear();
            row.title_en.clear();
        }
        row.acronym.clone_from(&file.acronym);
        row.title.clone_from(&file.title);
        row.description.clone_from(&file.description);
        row.zone.clone_from(&file.zone);
        row.zone_inferred = file.zone_inferred;
        row.label.clone_from(&schedule.version);
        row.document = text_of(&document);
        row.changed_at = self.writer.now;
        if self.was().is_none() {
            write::insert_conference(tx, &row).await?;
        } else if write::update_conference(tx, &row).await? {
            row.version += 1;
        } else {
            return Err(Error::conflict("program-changed-meanwhile"));
        }
        Ok(row)
    }

    async fn write(
        &mut self,
        tx: &mut Tx,
        conference: &Conference,
        schedule: &Schedule,
    ) -> Result<()> {
        let rooms = self.rooms(tx, schedule).await?;
        let tracks = self.tracks(tx, &rooms).await?;
        let categories = self.categories(tx, schedule).await?;
        let speakers = self.speakers(tx, schedule).await?;
        let days = self.days(tx, schedule).await?;
        let placing = Placing {
            slug: &conference.slug,
            rooms,
            tracks,
            categories,
            speakers,
            days,
        };
        self.talks(tx, schedule, &placing).await?;
        self.drop_leftovers(tx, schedule).await
    }

    /// Rooms by name. Those that the file no longer has are gone, but may come back.
    async fn rooms(&self, tx: &mut Tx, schedule: &Schedule) -> Result<HashMap<String, RoomId>> {
        let listed = schedule.conference.rooms.iter().map(|room| &room.name);
        let mut names: Vec<&String> = Vec::new();
        for name in schedule
            .days
            .iter()
            .flat_map(|day| day.rooms.iter().map(|room| &room.name))
            .chain(listed)
        {
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        let known = self
            .was()
            .map(|loaded| loaded.rooms.as_slice())
            .unwrap_or_default();
        let mut ids = HashMap::new();
        for (position, name) in (1_i64..).zip(names) {
            let was = known.iter().find(|room| room.name == *name);
            let listed = schedule
                .conference
                .rooms
                .iter()
                .find(|room| room.name == *name);
            let mut row = match was {
                Some(room) => room.clone(),
                None => Room {
                    id: RoomId::fresh(),
                    number: db::next_number(tx, "room").await?,
                    position,
                    name: name.clone(),
                    guid: String::new(),
                    description: String::new(),
                    capacity: None,
                    document: text_of(&crate::schedule::Extra::default()),
                    removed_at: None,
                },
            };
            row.position = position;
            row.removed_at = None;
            if let Some(listed) = listed {
                row.guid.clone_from(&listed.guid);
                row.description.clone_from(&listed.description);
                row.capacity = listed.capacity;
                row.document = text_of(&listed.extra);
            }
            if was != Some(&row) {
                write::put_room(tx, &self.conference, &row).await?;
            }
            ids.insert(name.clone(), row.id);
        }
        for room in known
            .iter()
            .filter(|room| room.removed_at.is_none() && !ids.contains_key(&room.name))
        {
            let gone = Room {
                removed_at: Some(self.writer.now),
                ..room.clone()
            };
            write::put_room(tx, &self.conference, &gone).await?;
        }
        Ok(ids)
    }

    /// A track per room: what a camera in that room would show.
    async fn tracks(
        &self,
        tx: &mut Tx,
        rooms: &HashMap<String, RoomId>,
    ) -> Result<HashMap<RoomId, TrackId>> {
        let known = self
            .was()
            .map(|loaded| loaded.tracks.as_slice())
            .unwrap_or_default();
        let mut slugs: Vec<String> = known.iter().map(|track| track.slug.clone()).collect();
        let mut ordered: Vec<(&String, &RoomId)> = rooms.iter().collect();
        let positions = self.positions(tx, rooms).await?;
        ordered.sort_by_key(|(_, id)| positions.get(*id).copied().unwrap_or(i64::MAX));
        let mut ids = HashMap::new();
        for (position, (name, room)) in (1_i64..).zip(ordered) {
            let was = known.iter().find(|track| track.room.as_ref() == Some(room));
            let mut row = if let Some(track) = was {
                track.clone()
            } else {
                let slug = free_slug(&track_slug(name, position), |slug| {
                    slugs.iter().any(|own| own == slug)
                });
                slugs.push(slug.clone());
                Track {
                    id: TrackId::fresh(),
                    number: db::next_number(tx, "track").await?,
                    position,
                    slug,
                    name: name.clone(),
                    room: Some(room.clone()),
                    removed_at: None,
                }
            };
            row.position = position;
            row.removed_at = None;
            if was != Some(&row) {
                write::put_track(tx, &self.conference, &row).await?;
            }
            ids.insert(room.clone(), row.id);
        }
        let gone = |track: &&Track| {
            track.removed_at.is_none()
                && track
                    .room
                    .as_ref()
                    .is_some_and(|room| !ids.contains_key(room))
        };
        for track in known.iter().filter(gone) {
            let row = Track {
                removed_at: Some(self.writer.now),
                ..track.clone()
            };
            write::put_track(tx, &self.conference, &row).await?;
        }
        Ok(ids)
    }

    async fn positions(
        &self,
        tx: &mut Tx,
        rooms: &HashMap<String, RoomId>,
    ) -> Result<HashMap<RoomId, i64>> {
        let rows = store::rooms(tx, &self.conference).await?;
        let ours = |room: &Room| rooms.values().any(|id| *id == room.id);
        Ok(rows
            .into_iter()
            .filter(ours)
            .map(|room| (room.id, room.position))
            .collect())
    }

    async fn categories(
        &self,
        tx: &mut Tx,
        schedule: &Schedule,
    ) -> Result<HashMap<String, CategoryId>> {
        let listed = &schedule.conference.categories;
        let mut names: Vec<&String> = Vec::new();
        let named = schedule.events().map(|(_, _, event)| &event.track);
        for name in listed.iter().map(|category| &category.name).chain(named) {
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        let known = self
            .was()
            .map(|loaded| loaded.categories.as_slice())
            .unwrap_or_default();
        let mut ids = HashMap::new();
        for (position, name) in (1_i64..).zip(names) {
            let was = known.iter().find(|category| category.name == *name);
            let file = listed.iter().find(|category| category.name == *name);
            let default = crate::schedule::Category::default();
            let said = file.unwrap_or(&default);
            let row = Category {
                id: was.map_or_else(CategoryId::fresh, |category| category.id.clone()),
                position,
                name: name.clone(),
                color: said.color.clone(),
                slug: said.slug.clone(),
                listed: file.is_some(),
                document: text_of(&said.extra),
            };
            if was != Some(&row) {
                write::put_category(tx, &self.conference, &row).await?;
            }
            ids.insert(name.clone(), row.id);
        }
        Ok(ids)
    }

    async fn speakers(
        &self,
        tx: &mut Tx,
        schedule: &Schedule,
    ) -> Result<HashMap<String, SpeakerId>> {
        let known = self
            .was()
            .map(|loaded| loaded.speakers.as_slice())
            .unwrap_or_default();
        let by_key: HashMap<String, &Speaker> = known
            .iter()
            .map(|own| {
                (
                    person_key(own.file_id, &own.guid, &own.code, &own.name),
                    own,
                )
            })
            .collect();
        let mut slugs: Vec<String> = known.iter().map(|speaker| speaker.slug.clone()).collect();
        let mut people: Vec<(String, Person)> = Vec::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        for person in schedule.events().flat_map(|(_, _, event)| &event.persons) {
            let key = key_of(person);
            if let Some((_, first)) = seen.get(&key).and_then(|index| people.get_mut(*index)) {
                fill(first, person);
            } else {
                seen.insert(key.clone(), people.len());
                people.push((key, person.clone()));
            }
        }
        let mut ids = HashMap::new();
        for (key, person) in people {
            let was = by_key.get(&key).copied();
            let (id, number, slug) = if let Some(own) = was {
                (own.id.clone(), own.number, own.slug.clone())
            } else {
                let number = db::next_number(tx, "speaker").await?;
                let base = slug_or(&person.name, &format!("speaker-{number}"));
                let slug = free_slug(&base, |slug| slugs.iter().any(|own| own == slug));
                slugs.push(slug.clone());
                (SpeakerId::fresh(), number, slug)
            };
            let row = Speaker {
                id,
                number,
                slug,
                file_id: person.id,
                guid: person.guid,
                code: person.code,
                name: person.name,
                biography: person.biography,
                avatar: person.avatar,
                document: text_of(&person.extra),
            };
            if was != Some(&row) {
                write::put_speaker(tx, &self.conference, &row).await?;
            }
            ids.insert(key, row.id);
        }
        Ok(ids)
    }

    async fn days(&self, tx: &mut Tx, schedule: &Schedule) -> Result<Vec<DayId>> {
        let known = self
            .was()
            .map(|loaded| loaded.days.as_slice())
            .unwrap_or_default();
        let mut free: Vec<&Day> = known.iter().collect();
        let mut ids = Vec::new();
        for day in &schedule.days {
            let date = day.date.to_string();
            let was = free
                .iter()
                .position(|own| own.date == date)
                .map(|index| free.swap_remove(index));
            let rooms: Vec<DayRoomDocument> = day
                .rooms
                .iter()
                .map(|room| DayRoomDocument {
                    name: room.name.clone(),
                    guid: room.guid.clone(),
                    extra: room.extra.clone(),
                })
                .collect();
            let row = Day {
                id: was.map_or_else(DayId::fresh, |own| own.id.clone()),
                position: day.index,
                date,
                starts_at: day.start,
                ends_at: day.end,
                rooms: text_of(&rooms),
            };
            if was != Some(&row) {
                write::put_day(tx, &self.conference, &row).await?;
            }
            ids.push(row.id);
        }
        for day in free {
            write::drop_day(tx, &self.conference, day).await?;
        }
        Ok(ids)
    }

    async fn talks(&self, tx: &mut Tx, schedule: &Schedule, placing: &Placing<'_>) -> Result<()> {
        let known = self
            .was()
            .map(|loaded| loaded.talks.as_slice())
            .unwrap_or_default();
        let by_guid: HashMap<&str, &Talk> = known
            .iter()
            .map(|talk| (talk.guid.as_str(), talk))
            .collect();
        let mut slugs: std::collections::HashSet<String> =
            known.iter().map(|talk| talk.slug.clone()).collect();
        let mut position = 0_i64;
        for (index, day) in schedule.days.iter().enumerate() {
            for room in &day.rooms {
                for event in &room.events {
                    position += 1;
                    let was = by_guid.get(event.guid.as_str()).copied();
                    let (id, number, slug) = if let Some(own) = was {
                        (own.id.clone(), own.number, own.slug.clone())
                    } else {
                        let number = db::next_number(tx, "talk").await?;
                        let base = slug_or(&event.title, &format!("talk-{number}"));
                        let slug = free_slug(&base, |slug| slugs.contains(slug));
                        slugs.insert(slug.clone());
                        (TalkId::fresh(), number, slug)
                    };
                    let row = self.talk_row(
                        event,
                        was,
                        placing,
                        Own {
                            id,
                            number,
                            slug,
                            position,
                            day: index,
                            room: &room.name,
                        },
                    );
                    self.put_talk(tx, was, &row, event, placing).await?;
                }
            }
        }
        let still: std::collections::HashSet<&str> = schedule
            .events()
            .map(|(_, _, event)| event.guid.as_str())
            .collect();
        for talk in known
            .iter()
            .filter(|talk| talk.removed_at.is_none() && !still.contains(talk.guid.as_str()))
        {
            let now = self.writer.now;
            let row = Talk {
                removed_at: Some(now),
                changed_at: now,
                version: talk.version + 1,
                day: None,
                category: None,
                ..talk.clone()
            };
            write::put_talk(tx, &self.conference, &row).await?;
        }
        Ok(())
    }

    async fn put_talk(
        &self,
        tx: &mut Tx,
        was: Option<&Talk>,
        row: &Talk,
        event: &Event,
        placing: &Placing<'_>,
    ) -> Result<()> {
        if was != Some(row) {
            write::put_talk(tx, &self.conference, row).await?;
        }
        let credits: Vec<SpeakerId> = event
            .persons
            .iter()
            .filter_map(|person| placing.speakers.get(&key_of(person)).cloned())
            .collect();
        let credited: Vec<&SpeakerId> = self
            .was()
            .into_iter()
            .flat_map(|loaded| &loaded.credits)
            .filter(|credit| credit.talk == row.id)
            .map(|credit| &credit.speaker)
            .collect();
        if credited != credits.iter().collect::<Vec<_>>() {
            write::put_credits(tx, &row.id, &credits).await?;
        }
        Ok(())
    }

    fn talk_row(
        &self,
        event: &Event,
        was: Option<&Talk>,
        placing: &Placing<'_>,
        own: Own<'_>,
    ) -> Talk {
        let document = TalkDocument {
            links: event.links.clone(),
            attachments: event.attachments.clone(),
            recording_url: event.recording_url.clone(),
            recording_link: event.recording_link.clone(),
            video_download_url: event.video_download_url.clone(),
            feedback_url: event.feedback_url.clone(),
            origin_url: event.origin_url.clone(),
            extra: event.extra.clone(),
        };
        let room = placing.rooms.get(own.room).cloned();
        let track = room
            .as_ref()
            .and_then(|room| placing.tracks.get(room))
            .cloned();
        let now = self.writer.now;
        // Who reads the calendar must see a newer version exactly when something is different.
        let revised =
            was.is_none_or(|was| was.removed_at.is_some()) || self.report.touches(&event.guid);
        let (version, changed_at) = match was {
            Some(was) if !revised => (was.version, was.changed_at),
            Some(was) => (was.version + 1, now),
            None => (1, now),
        };
        let own_url = talk_url(self.writer.public_url, placing.slug, &own.slug);
        Talk {
            id: own.id,
            number: own.number,
            guid: event.guid.clone(),
            file_id: event.id.unwrap_or(own.number),
            code: event.code.clone(),
            day: placing.days.get(own.day).cloned(),
            room,
            track,
            category: placing.categories.get(&event.track).cloned(),
            position: own.position,
            starts_at: event.start,
            ends_at: event.end().unwrap_or(event.start),
            slug: own.slug,
            file_slug: event.slug.clone(),
            url: if event.url == own_url {
                String::new()
            } else {
                event.url.clone()
            },
            title: event.title.clone(),
            subtitle: event.subtitle.clone(),
            kind: event.kind.clone(),
            language: event.language.clone(),
            r#abstract: event.abstract_text.clone(),
            description: event.description.clone(),
            logo: event.logo.clone(),
            license: event.license.clone(),
            opt_out: event.opt_out,
            document: text_of(&document),
            version,
            created_at: was.map_or(now, |was| was.created_at),
            changed_at,
            removed_at: None,
        }
    }

    /// Categories that nobody names any more go last, when no talk points at them.
    async fn drop_leftovers(&self, tx: &mut Tx, schedule: &Schedule) -> Result<()> {
        let listed = |name: &str| {
            schedule
                .conference
                .categories
                .iter()
                .any(|category| category.name == name)
        };
        let named = |name: &str| schedule.events().any(|(_, _, event)| event.track == name);
        for category in self.was().into_iter().flat_map(|loaded| &loaded.categories) {
            if !listed(&category.name) && !named(&category.name) {
                write::drop_category(tx, &self.conference, category).await?;
            }
        }
        Ok(())
    }
}

/// What talks point at.
struct Placing<'a> {
    slug: &'a str,
    rooms: HashMap<String, RoomId>,
    tracks: HashMap<RoomId, TrackId>,
    categories: HashMap<String, CategoryId>,
    speakers: HashMap<String, SpeakerId>,
    days: Vec<DayId>,
}

/// What makes a talk itself.
struct Own<'a> {
    id: TalkId,
    number: i64,
    slug: String,
    position: i64,
    day: usize,
    room: &'a str,
}

/// Files repeat a person with every talk; what one place leaves out another may say.
fn fill(first: &mut Person, again: &Person) {
    for (slot, said) in [
        (&mut first.biography, &again.biography),
        (&mut first.avatar, &again.avatar),
        (&mut first.guid, &again.guid),
        (&mut first.code, &again.code),
    ] {
        if slot.is_empty() {
            slot.clone_from(said);
        }
    }
}

/// "Track A" is `a`; other names stand in addresses as they are.
fn track_slug(name: &str, position: i64) -> String {
    let lower = name.trim().to_lowercase();
    let short = ["track ", "トラック "]
        .iter()
        .find_map(|prefix| lower.strip_prefix(prefix))
        .unwrap_or(&lower);
    slug_or(short, &format!("track-{position}"))
}
