//! What talks stand in, by hand: add, change, order, remove. One transaction each, which changes the conference's version,
//! so that two people never write over each other unseen.

mod days;
mod pieces;
mod terms;

use std::collections::BTreeMap;

use db::Tx;
use identity::{Contents, Grant, audit};
use kernel::{Error, Message, Result};
use platform::once::Once;
use serde::Serialize;

use super::Writer;
use crate::exchange::{ConferenceDocument, document, text_of};
use crate::model::Part;
use crate::store::{self, Conference, Loaded, write};

/// Which way something moves in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Towards the first.
    Up,
    /// Towards the last.
    Down,
}

impl Way {
    /// Reads a word from outside.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "up" => Some(Self::Up),
            "down" => Some(Self::Down),
            _ => None,
        }
    }
}

/// Adds something to a list; its id, which is also kept for a client that may ask again.
///
/// # Errors
/// `Invalid` with every field that cannot be used, `Conflict` when somebody changes the conference at the same time.
pub async fn add(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    part: Part,
    fields: &BTreeMap<String, String>,
    once: Option<&Once>,
) -> Result<String> {
    let mut work = Work::begin(writer, grant, part).await?;
    let id = match part {
        Part::Days => work.add_day(fields).await?,
        Part::Rooms => work.add_room(fields).await?,
        Part::Tracks => work.add_track(fields).await?,
        Part::Categories => work.add_category(fields).await?,
        _ => work.add_term(fields).await?,
    };
    if let Some(once) = once {
        once.keep(&mut work.tx, 201, &id, writer.now).await?;
    }
    work.finish("add", &id).await?;
    Ok(id)
}

/// Changes something in a list. `version` is the one that was read, where one is named.
///
/// # Errors
/// `NotFound` when it is not there, `Stale` when it is at another version by now, `Invalid`
/// with every field that cannot be used.
pub async fn change(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    part: Part,
    (id, version): (&str, Option<i64>),
    fields: &BTreeMap<String, String>,
) -> Result<()> {
    let mut work = Work::begin(writer, grant, part).await?;
    work.expect(id, version)?;
    match part {
        Part::Days => work.change_day(id, fields).await?,
        Part::Rooms => work.change_room(id, fields).await?,
        Part::Tracks => work.change_track(id, fields).await?,
        Part::Categories => work.change_category(id, fields).await?,
        _ => work.change_term(id, fields).await?,
    }
    work.finish("change", id).await
}

/// Moves something one place in its list; at the end of the list nothing happens.
///
/// # Errors
/// `NotFound` when it is not there, `Conflict` where the calendar gives the order.
pub async fn order(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    part: Part,
    id: &str,
    way: Way,
) -> Result<()> {
    if !part.is_ordered() {
        return Err(Error::conflict("program-days-ordered"));
    }
    let mut work = Work::begin(writer, grant, part).await?;
    work.expect(id, None)?;
    let ids = work.ids();
    let at = ids.iter().position(|own| own == id);
    let at = at.ok_or(Error::NotFound("piece"))?;
    let to = match way {
        Way::Up => at.checked_sub(1),
        Way::Down => Some(at + 1).filter(|to| *to < ids.len()),
    };
    let Some(to) = to else {
        return Ok(());
    };
    let mut ids = ids;
    ids.swap(at, to);
    work.write_order(&ids).await?;
    work.finish("order", id).await
}

/// Removes something from its list. What depends on it loses it; days with talks stay.
///
/// # Errors
/// `NotFound` when it is not there, `Stale` when it is at another version by now, `Conflict` when it is still needed.
pub async fn remove(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    part: Part,
    (id, version): (&str, Option<i64>),
) -> Result<()> {
    let mut work = Work::begin(writer, grant, part).await?;
    work.expect(id, version)?;
    match part {
        Part::Days => work.remove_day(id).await?,
        Part::Rooms => work.remove_room(id).await?,
        Part::Tracks => work.remove_track(id).await?,
        Part::Categories => work.remove_category(id).await?,
        _ => work.remove_term(id).await?,
    }
    work.finish("remove", id).await
}

/// A change of a list while it is made.
struct Work<'a> {
    writer: &'a Writer<'a>,
    grant: &'a Grant<Contents>,
    part: Part,
    tx: Tx,
    loaded: Loaded,
    document: ConferenceDocument,
    before: Option<String>,
    after: Option<String>,
}

impl<'a> Work<'a> {
    async fn begin(writer: &'a Writer<'a>, grant: &'a Grant<Contents>, part: Part) -> Result<Self> {
        let mut tx = writer.db.begin().await?;
        store::talks::wait_for_turn(&mut tx, grant.conference()).await?;
        let loaded = store::load(&mut tx, grant.conference()).await?;
        let loaded = loaded.ok_or(Error::NotFound("conference"))?;
        let document = document(&loaded.conference.document);
        Ok(Self {
            writer,
            grant,
            part,
            tx,
            loaded,
            document,
            before: None,
            after: None,
        })
    }

    /// The ids of the list in order.
    fn ids(&self) -> Vec<String> {
        let loaded = &self.loaded;
        match self.part {
            Part::Days => loaded.days.iter().map(|it| it.id.to_string()).collect(),
            Part::Rooms => {
                let there = loaded.rooms.iter().filter(|it| it.removed_at.is_none());
                there.map(|it| it.id.to_string()).collect()
            }
            Part::Tracks => {
                let there = loaded.tracks.iter().filter(|it| it.removed_at.is_none());
                there.map(|it| it.id.to_string()).collect()
            }
            Part::Categories => loaded
                .categories
                .iter()
                .map(|it| it.id.to_string())
                .collect(),
            part => {
                let own = loaded.terms.iter().filter(|it| it.kind == part);
                own.map(|it| it.id.to_string()).collect()
            }
        }
    }

    fn version_of(&self, id: &str) -> Option<i64> {
        let loaded = &self.loaded;
        match self.part {
            Part::Days => loaded
                .days
                .iter()
                .find(|it| it.id.as_str() == id)
                .map(|it| it.version),
            Part::Rooms => loaded
                .rooms
                .iter()
                .find(|it| it.id.as_str() == id)
                .map(|it| it.version),
            Part::Tracks => loaded
                .tracks
                .iter()
                .find(|it| it.id.as_str() == id)
                .map(|it| it.version),
            Part::Categories => loaded
                .categories
                .iter()
                .find(|it| it.id.as_str() == id)
                .map(|it| it.version),
            _ => loaded
                .terms
                .iter()
                .find(|it| it.id.as_str() == id)
                .map(|it| it.version),
        }
    }

    /// Refuses what is not there, and what was changed since it was read.
    fn expect(&self, id: &str, version: Option<i64>) -> Result<()> {
        if !self.ids().iter().any(|own| own == id) {
            return Err(Error::NotFound("piece"));
        }
        if version.is_some() && version != self.version_of(id) {
            return Err(Error::Stale);
        }
        Ok(())
    }

    /// Refuses one more than a list may have.
    fn room_for_one(&self, most: usize) -> Result<()> {
        if self.ids().len() >= most {
            let message = Message::new("program-list-full").with("limit", most);
            return Err(Error::invalid("name", message));
        }
        Ok(())
    }

    fn note(&mut self, before: Option<&impl Serialize>, after: Option<&impl Serialize>) {
        self.before = before.map(|it| text_of(it));
        self.after = after.map(|it| text_of(it));
    }

    /// Writes the conference's new version, the audit entry, and tells everybody.
    async fn finish(mut self, verb: &str, id: &str) -> Result<()> {
        let row = Conference {
            document: text_of(&self.document),
            changed_at: self.writer.now,
            ..self.loaded.conference.clone()
        };
        write::update_conference(&mut self.tx, &row).await?;
        let action = format!("{}.{verb}", self.part);
        let value = |text: &Option<String>| -> serde_json::Value {
            text.as_deref().map(document).unwrap_or_default()
        };
        let (before, after) = (value(&self.before), value(&self.after));
        audit::record(&mut self.tx, self.grant, &action, id, &before, &after).await?;
        self.tx.commit().await?;
        self.writer.announce(&row.id, row.version + 1);
        Ok(())
    }
}
