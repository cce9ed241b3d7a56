//! Rooms, tracks and categories by hand, and the order of every list.

use kernel::{Error, Result};

use super::Work;
use crate::exchange::text_of;
use crate::limits;
use crate::model::{
    CategoryDraft, CategoryId, Fields, Part, RoomDraft, RoomId, TrackDraft, TrackId, free_slug,
    track_slug,
};
use crate::schedule::Extra;
use crate::store::{Category, Room, Track, terms, write};

impl Work<'_> {
    pub(super) async fn add_room(&mut self, fields: &Fields) -> Result<String> {
        let draft = RoomDraft::read(fields)?;
        self.room_for_one(limits::ROOMS_MAX)?;
        let known = self
            .loaded
            .rooms
            .iter()
            .find(|room| room.name == draft.name);
        let last = self.loaded.rooms.iter().map(|room| room.position).max();
        let room = match known {
            Some(room) if room.removed_at.is_none() => {
                return Err(Error::invalid("name", "program-name-taken"));
            }
            // One that was there before comes back with its number.
            Some(room) => room.clone(),
            None => Room {
                id: RoomId::fresh(),
                number: db::next_number(&mut self.tx, "room").await?,
                position: 0,
                name: draft.name.clone(),
                guid: String::new(),
                description: String::new(),
                capacity: None,
                document: text_of(&Extra::default()),
                removed_at: None,
                version: 0,
            },
        };
        let row = Room {
            position: last.unwrap_or(0) + 1,
            description: draft.description,
            capacity: draft.capacity,
            removed_at: None,
            version: room.version + 1,
            ..room
        };
        // Files list what is not on the timetable only when it is named here.
        self.document.listed_rooms.retain(|name| *name != row.name);
        self.document.listed_rooms.push(row.name.clone());
        write::put_room(&mut self.tx, self.grant.conference(), &row).await?;
        self.note(None::<&()>, Some(&(&row.name, row.capacity)));
        Ok(row.id.to_string())
    }

    fn room(&self, id: &str) -> Result<Room> {
        let found = self.loaded.rooms.iter().find(|room| room.id.as_str() == id);
        found.cloned().ok_or(Error::NotFound("room"))
    }

    pub(super) async fn change_room(&mut self, id: &str, fields: &Fields) -> Result<()> {
        let draft = RoomDraft::read(fields)?;
        let was = self.room(id)?;
        let mut others = self.loaded.rooms.iter().filter(|room| room.id != was.id);
        if others.any(|room| room.name == draft.name) {
            return Err(Error::invalid("name", "program-name-taken"));
        }
        for name in &mut self.document.listed_rooms {
            if *name == was.name {
                name.clone_from(&draft.name);
            }
        }
        // Days know their rooms by name.
        for day in self.loaded.days.clone() {
            let mut rooms: Vec<crate::exchange::DayRoomDocument> =
                crate::exchange::document(&day.rooms);
            let mut renamed = false;
            for room in rooms.iter_mut().filter(|room| room.name == was.name) {
                room.name.clone_from(&draft.name);
                renamed = true;
            }
            if renamed {
                let day = crate::store::Day {
                    rooms: text_of(&rooms),
                    ..day
                };
                write::put_day(&mut self.tx, self.grant.conference(), &day).await?;
            }
        }
        let row = Room {
            name: draft.name,
            description: draft.description,
            capacity: draft.capacity,
            version: was.version + 1,
            ..was.clone()
        };
        write::put_room(&mut self.tx, self.grant.conference(), &row).await?;
        let said = |room: &Room| (room.name.clone(), room.description.clone(), room.capacity);
        self.note(Some(&said(&was)), Some(&said(&row)));
        Ok(())
    }

    pub(super) async fn remove_room(&mut self, id: &str) -> Result<()> {
        let was = self.room(id)?;
        self.document.listed_rooms.retain(|name| *name != was.name);
        let row = Room {
            removed_at: Some(self.writer.now),
            version: was.version + 1,
            ..was
        };
        let conference = self.grant.conference();
        write::put_room(&mut self.tx, conference, &row).await?;
        write::leave_room(&mut self.tx, conference, &row.id, self.writer.now).await?;
        self.note(Some(&row.name), None::<&()>);
        Ok(())
    }

    pub(super) async fn add_track(&mut self, fields: &Fields) -> Result<String> {
        let draft = TrackDraft::read(fields)?;
        self.room_for_one(limits::TRACKS_MAX)?;
        self.room_exists(&draft)?;
        let tracks = &self.loaded.tracks;
        let position = tracks.iter().map(|track| track.position).max().unwrap_or(0) + 1;
        let known = tracks.iter().find(|track| {
            let same = if draft.slug.is_empty() {
                track.name == draft.name
            } else {
                track.slug == draft.slug
            };
            same && track.removed_at.is_some()
        });
        let taken = |slug: &str| tracks.iter().any(|track| track.slug == slug);
        let track = match known {
            // One that was there before comes back with its number and its address.
            Some(track) => track.clone(),
            None if taken(&draft.slug) => return Err(Error::invalid("slug", "program-name-taken")),
            None => {
                let slug = match draft.slug.as_str() {
                    "" => free_slug(&track_slug(&draft.name, position), taken),
                    slug => slug.to_owned(),
                };
                Track {
                    id: TrackId::fresh(),
                    number: db::next_number(&mut self.tx, "track").await?,
                    position,
                    slug,
                    name: String::new(),
                    room: None,
                    removed_at: None,
                    version: 0,
                }
            }
        };
        let row = Track {
            position,
            name: draft.name,
            room: draft.room,
            removed_at: None,
            version: track.version + 1,
            ..track
        };
        write::put_track(&mut self.tx, self.grant.conference(), &row).await?;
        self.note(None::<&()>, Some(&(&row.slug, &row.name)));
        Ok(row.id.to_string())
    }

    fn room_exists(&self, draft: &TrackDraft) -> Result<()> {
        let there = |id: &RoomId| {
            let mut rooms = self.loaded.rooms.iter();
            rooms.any(|room| room.id == *id && room.removed_at.is_none())
        };
        match &draft.room {
            Some(id) if !there(id) => Err(Error::invalid("room", "program-room-unknown")),
            _ => Ok(()),
        }
    }

    fn track(&self, id: &str) -> Result<Track> {
        let found = self
            .loaded
            .tracks
            .iter()
            .find(|track| track.id.as_str() == id);
        found.cloned().ok_or(Error::NotFound("track"))
    }

    pub(super) async fn change_track(&mut self, id: &str, fields: &Fields) -> Result<()> {
        let draft = TrackDraft::read(fields)?;
        self.room_exists(&draft)?;
        let was = self.track(id)?;
        let conference = self.grant.conference();
        let slug = if draft.slug.is_empty() {
            was.slug.clone()
        } else {
            draft.slug
        };
        if slug != was.slug {
            let mut others = self.loaded.tracks.iter();
            if others.any(|track| track.slug == slug) {
                return Err(Error::invalid("slug", "program-name-taken"));
            }
            let own = &self.loaded.conference;
            // People, players and caches know the address by now.
            if own.effects().open || self.writer.programmes.has_media(&own.slug, &was.slug) {
                return Err(Error::invalid("slug", "program-track-slug-known"));
            }
            write::rename_track(&mut self.tx, conference, &was.id, &slug).await?;
        }
        let row = Track {
            slug,
            name: draft.name,
            room: draft.room,
            version: was.version + 1,
            ..was.clone()
        };
        write::put_track(&mut self.tx, conference, &row).await?;
        let said = |track: &Track| (track.slug.clone(), track.name.clone(), track.room.clone());
        self.note(Some(&said(&was)), Some(&said(&row)));
        Ok(())
    }

    pub(super) async fn remove_track(&mut self, id: &str) -> Result<()> {
        let was = self.track(id)?;
        let slug = &self.loaded.conference.slug;
        if self.writer.programmes.has_media(slug, &was.slug) {
            return Err(Error::conflict("program-track-on-air"));
        }
        let row = Track {
            removed_at: Some(self.writer.now),
            version: was.version + 1,
            ..was
        };
        let conference = self.grant.conference();
        write::put_track(&mut self.tx, conference, &row).await?;
        write::leave_track(&mut self.tx, conference, &row.id, self.writer.now).await?;
        self.note(Some(&(&row.slug, &row.name)), None::<&()>);
        Ok(())
    }

    pub(super) async fn add_category(&mut self, fields: &Fields) -> Result<String> {
        self.room_for_one(limits::CATEGORIES_MAX)?;
        let last = self.loaded.categories.iter().map(|own| own.position).max();
        let category = Category {
            id: CategoryId::fresh(),
            position: last.unwrap_or(0) + 1,
            name: String::new(),
            color: String::new(),
            slug: String::new(),
            listed: true,
            document: text_of(&Extra::default()),
            version: 0,
        };
        let id = category.id.to_string();
        self.put_category(category, fields).await?;
        Ok(id)
    }

    fn category(&self, id: &str) -> Result<Category> {
        let found = self
            .loaded
            .categories
            .iter()
            .find(|own| own.id.as_str() == id);
        found.cloned().ok_or(Error::NotFound("category"))
    }

    pub(super) async fn change_category(&mut self, id: &str, fields: &Fields) -> Result<()> {
        let category = self.category(id)?;
        self.put_category(category, fields).await
    }

    async fn put_category(&mut self, was: Category, fields: &Fields) -> Result<()> {
        let draft = CategoryDraft::read(fields)?;
        let mut others = self.loaded.categories.iter().filter(|own| own.id != was.id);
        if others.any(|own| own.name == draft.name) {
            return Err(Error::invalid("name", "program-name-taken"));
        }
        let row = Category {
            name: draft.name,
            color: draft.color,
            listed: true,
            version: was.version + 1,
            ..was.clone()
        };
        write::put_category(&mut self.tx, self.grant.conference(), &row).await?;
        let before = (was.version > 0).then(|| (was.name.clone(), was.color.clone()));
        self.note(before.as_ref(), Some(&(&row.name, &row.color)));
        Ok(())
    }

    pub(super) async fn remove_category(&mut self, id: &str) -> Result<()> {
        let was = self.category(id)?;
        write::drop_category(&mut self.tx, self.grant.conference(), &was).await?;
        self.note(Some(&(&was.name, &was.color)), None::<&()>);
        Ok(())
    }

    /// Writes the places of a list that somebody ordered.
    pub(super) async fn write_order(&mut self, ids: &[String]) -> Result<()> {
        let conference = self.grant.conference();
        for (position, id) in (1_i64..).zip(ids) {
            match self.part {
                Part::Days => {}
                Part::Rooms => {
                    let row = self.room(id)?;
                    write::put_room(&mut self.tx, conference, &Room { position, ..row }).await?;
                }
                Part::Tracks => {
                    let row = self.track(id)?;
                    write::put_track(&mut self.tx, conference, &Track { position, ..row }).await?;
                }
                Part::Categories => {
                    let row = self.category(id)?;
                    let row = Category { position, ..row };
                    write::put_category(&mut self.tx, conference, &row).await?;
                }
                _ => {
                    let mut own = self
                        .loaded
                        .terms
                        .iter()
                        .filter(|own| own.id.as_str() == *id);
                    if let Some(row) = own.next().cloned() {
                        let row = crate::store::Term { position, ..row };
                        terms::put(&mut self.tx, conference, &row).await?;
                    }
                }
            }
        }
        self.note(None::<&()>, Some(&ids));
        Ok(())
    }
}
