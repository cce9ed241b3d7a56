//! What talks stand in: days, rooms, tracks, categories.

use std::collections::HashMap;

use db::Tx;
use kernel::Result;

use super::Plan;
use super::hand::is_ours;
use crate::exchange::{DayRoomDocument, text_of};
use crate::model::{CategoryId, DayId, RoomId, TrackId, free_slug, track_slug};
use crate::schedule::Schedule;
use crate::store::{self, Category, Day, Room, Talk, Track, write};

impl Plan<'_> {
    /// Rooms by name. Those that the file no longer has are gone, but may come back.
    pub(super) async fn rooms(
        &self,
        tx: &mut Tx,
        schedule: &Schedule,
    ) -> Result<HashMap<String, RoomId>> {
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
                    version: 1,
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
                row.version += i64::from(was.is_some());
                write::put_room(tx, &self.conference, &row).await?;
            }
            ids.insert(name.clone(), row.id);
        }
        for room in known
            .iter()
            .filter(|room| room.removed_at.is_none() && !ids.contains_key(&room.name))
            .filter(|room| !self.ours().any(|talk| talk.room.as_ref() == Some(&room.id)))
        {
            let gone = Room {
                removed_at: Some(self.writer.now),
                version: room.version + 1,
                ..room.clone()
            };
            write::put_room(tx, &self.conference, &gone).await?;
        }
        Ok(ids)
    }

    /// A track per room: what a camera in that room would show.
    pub(super) async fn tracks(
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
                let wanted = self.slugs.get(name).cloned();
                let wanted = wanted.unwrap_or_else(|| track_slug(name, position));
                let slug = free_slug(&wanted, |slug| slugs.iter().any(|own| own == slug));
                slugs.push(slug.clone());
                Track {
                    id: TrackId::fresh(),
                    number: db::next_number(tx, "track").await?,
                    position,
                    slug,
                    name: name.clone(),
                    room: Some(room.clone()),
                    removed_at: None,
                    version: 1,
                }
            };
            row.position = position;
            row.removed_at = None;
            if was != Some(&row) {
                row.version += i64::from(was.is_some());
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
                && !self
                    .ours()
                    .any(|talk| talk.track.as_ref() == Some(&track.id))
        };
        for track in known.iter().filter(gone) {
            let row = Track {
                removed_at: Some(self.writer.now),
                version: track.version + 1,
                ..track.clone()
            };
            write::put_track(tx, &self.conference, &row).await?;
        }
        Ok(ids)
    }

    /// Talks that no file is asked about: what they stand in stays.
    fn ours(&self) -> impl Iterator<Item = &Talk> {
        let talks = self.was().into_iter().flat_map(|loaded| &loaded.talks);
        talks.filter(|talk| talk.removed_at.is_none() && is_ours(talk))
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

    pub(super) async fn categories(
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
            let mut row = Category {
                id: was.map_or_else(CategoryId::fresh, |category| category.id.clone()),
                position,
                name: name.clone(),
                color: said.color.clone(),
                slug: said.slug.clone(),
                listed: file.is_some(),
                document: text_of(&said.extra),
                version: was.map_or(1, |category| category.version),
            };
            if was != Some(&row) {
                row.version += i64::from(was.is_some());
                write::put_category(tx, &self.conference, &row).await?;
            }
            ids.insert(name.clone(), row.id);
        }
        Ok(ids)
    }

    pub(super) async fn days(&self, tx: &mut Tx, schedule: &Schedule) -> Result<Vec<DayId>> {
        let known = self
            .was()
            .map(|loaded| loaded.days.as_slice())
            .unwrap_or_default();
        // Days for the team alone are in no file.
        let mut free: Vec<&Day> = known.iter().filter(|day| !day.internal).collect();
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
            let mut row = Day {
                id: was.map_or_else(DayId::fresh, |own| own.id.clone()),
                position: day.index,
                date,
                starts_at: day.start,
                ends_at: day.end,
                rooms: text_of(&rooms),
                name: was.map(|own| own.name.clone()).unwrap_or_default(),
                internal: false,
                version: was.map_or(1, |own| own.version),
            };
            if was != Some(&row) {
                row.version += i64::from(was.is_some());
                write::put_day(tx, &self.conference, &row).await?;
            }
            ids.push(row.id);
        }
        for day in free {
            write::drop_day(tx, &self.conference, day).await?;
        }
        Ok(ids)
    }

    /// Categories that nobody names any more go last, when no talk points at them.
    pub(super) async fn drop_leftovers(&self, tx: &mut Tx, schedule: &Schedule) -> Result<()> {
        let listed = |name: &str| {
            schedule
                .conference
                .categories
                .iter()
                .any(|category| category.name == name)
        };
        let named = |name: &str| schedule.events().any(|(_, _, event)| event.track == name);
        for category in self.was().into_iter().flat_map(|loaded| &loaded.categories) {
            let ours = self
                .ours()
                .any(|talk| talk.category.as_ref() == Some(&category.id));
            if !listed(&category.name) && !named(&category.name) && !ours {
                write::drop_category(tx, &self.conference, category).await?;
            }
        }
        Ok(())
    }
}
