//! What people do with slates and clips.

use identity::{Broadcast, Grant, audit};
use kernel::{Error, Result, Timestamp};
use platform::blob::{self, Stored};
use program::Programme;
use serde_json::{Value, json};

use super::model::{Onto, Purpose, Slate, SlateId, Stage, name_of_file, parse_name};
use super::store::{self, Row};
use crate::{SLATES_CHANGED, Studio, limits};

/// A film that somebody brings.
pub(crate) struct Brought<'a> {
    pub(crate) purpose: Purpose,
    /// What it is to be called; like its file where nothing is said.
    pub(crate) name: &'a str,
    pub(crate) file: &'a str,
    pub(crate) tracks: Onto,
    pub(crate) stored: Stored,
}

/// What somebody changes about one; what is none stays.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) name: Option<String>,
    pub(crate) purpose: Option<Purpose>,
    pub(crate) enabled: Option<bool>,
    pub(crate) tracks: Option<Onto>,
}

/// To which side in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Earlier,
    Later,
}

fn own(grant: &Grant<Broadcast>, programme: &Programme) -> Result<()> {
    let is_own = *grant.conference() == programme.conference.id;
    is_own.then_some(()).ok_or(Error::NotFound("slate"))
}

fn told(row: &Row) -> Value {
    json!({"name": row.name, "purpose": row.purpose, "enabled": row.enabled, "tracks": row.tracks.to_text()})
}

impl Studio {
    /// The slates and clips of a conference in their order.
    pub(crate) async fn slates(&self, programme: &Programme) -> Result<Vec<Slate>> {
        let rows = store::all(&self.0.app.db, &programme.conference.id).await?;
        let shown = |row| self.slate_shown(programme, row);
        Ok(rows.into_iter().map(shown).collect())
    }

    pub(crate) fn slate_shown(&self, programme: &Programme, row: Row) -> Slate {
        let read = |text: &Option<String>| text.as_deref().map(str::to_owned);
        Slate {
            done: self.done(&row.id),
            all_tracks: row.tracks == Onto::All,
            tracks: row.tracks.names(programme),
            refusal: read(&row.refusal).and_then(|text| serde_json::from_str(&text).ok()),
            facts: read(&row.facts).and_then(|text| serde_json::from_str(&text).ok()),
            id: row.id,
            purpose: row.purpose,
            name: row.name,
            enabled: row.enabled,
            stage: row.stage,
            bytes: row.bytes,
            version: row.version,
            uploaded_at: row.uploaded_at,
            uploaded_by: row.uploaded_by,
        }
    }

    /// Whether one more may be brought: asked before it is sent, since it is large.
    pub(crate) async fn has_room(&self, programme: &Programme) -> Result<()> {
        let rows = store::all(&self.0.app.db, &programme.conference.id).await?;
        if rows.len() >= limits::SLATES_MAX {
            let message = kernel::Message::new("studio-slate-too-many");
            return Err(Error::conflict(message.with("most", limits::SLATES_MAX)));
        }
        Ok(())
    }

    /// Takes a film that was brought; it is checked afterwards.
    pub(crate) async fn bring(
        &self,
        programme: &Programme,
        grant: &Grant<Broadcast>,
        brought: Brought<'_>,
    ) -> Result<Row> {
        own(grant, programme)?;
        self.has_room(programme).await?;
        let name = if brought.name.trim().is_empty() {
            name_of_file(brought.file)
        } else {
            brought.name.to_owned()
        };
        let db = &self.0.app.db;
        let mut tx = db.begin().await?;
        let before = store::all(&mut tx, grant.conference()).await?;
        let row = Row {
            id: SlateId::fresh(),
            conference: grant.conference().clone(),
            purpose: brought.purpose,
            name: parse_name(&name)?,
            position: before.last().map_or(1, |last| last.position + 1),
            enabled: true,
            tracks: brought.tracks,
            stage: Stage::Waiting,
            attempts: 0,
            refusal: None,
            facts: None,
            original: Some(brought.stored.id.clone()),
            played: None,
            bytes: brought.stored.bytes,
            version: 1,
            uploaded_at: grant.at(),
            uploaded_by: grant.name().to_owned(),
        };
        blob::keep(&mut tx, &brought.stored, grant.at()).await?;
        store::add(&mut tx, &row, grant.account()).await?;
        let (subject, after) = (row.id.as_str(), told(&row));
        audit::record(&mut tx, grant, "slate.bring", subject, &Value::Null, &after).await?;
        tx.commit().await?;
        self.0.slates.brought.notify_one();
        Ok(row)
    }

    /// Changes what people decide about one, based on the version that they saw.
    pub(crate) async fn change_slate(
        &self,
        programme: &Programme,
        grant: &Grant<Broadcast>,
        id: &SlateId,
        version: i64,
        change: Change,
    ) -> Result<Row> {
        own(grant, programme)?;
        let mut tx = self.0.app.db.begin().await?;
        let found = store::find(&mut tx, grant.conference(), id).await?;
        let before = found.ok_or(Error::NotFound("slate"))?;
        let name = change.name.as_deref().map(parse_name).transpose()?;
        let row = Row {
            name: name.unwrap_or_else(|| before.name.clone()),
            purpose: change.purpose.unwrap_or(before.purpose),
            enabled: change.enabled.unwrap_or(before.enabled),
            tracks: change.tracks.unwrap_or_else(|| before.tracks.clone()),
            version,
            ..before.clone()
        };
        if row.enabled && !before.enabled {
            let all = store::all(&mut tx, grant.conference()).await?;
            fits(&all, &row)?;
        }
        if !store::change(&mut tx, &row).await? {
            return Err(Error::Stale);
        }
        let (subject, was, is) = (id.as_str(), told(&before), told(&row));
        audit::record(&mut tx, grant, "slate.change", subject, &was, &is).await?;
        tx.commit().await?;
        self.slates_changed(programme);
        Ok(Row {
            version: version + 1,
            ..row
        })
    }

    /// Moves one by one place among those for the same purpose.
    pub(crate) async fn move_slate(
        &self,
        programme: &Programme,
        grant: &Grant<Broadcast>,
        id: &SlateId,
        direction: Direction,
    ) -> Result<()> {
        own(grant, programme)?;
        let mut tx = self.0.app.db.begin().await?;
        let all = store::all(&mut tx, grant.conference()).await?;
        let moved = all.iter().find(|row| row.id == *id);
        let moved = moved.ok_or(Error::NotFound("slate"))?;
        let mut others = all.iter().filter(|row| row.purpose == moved.purpose);
        let other = match direction {
            Direction::Earlier => others.rfind(|row| row.position < moved.position),
            Direction::Later => others.find(|row| row.position > moved.position),
        };
        let Some(other) = other else { return Ok(()) };
        let conference = grant.conference();
        store::place(&mut tx, conference, &moved.id, other.position).await?;
        store::place(&mut tx, conference, &other.id, moved.position).await?;
        let (was, is) = (json!(moved.position), json!(other.position));
        audit::record(&mut tx, grant, "slate.move", id.as_str(), &was, &is).await?;
        tx.commit().await?;
        self.slates_changed(programme);
        Ok(())
    }

    /// Removes one; the store lets go of its film.
    pub(crate) async fn remove_slate(
        &self,
        programme: &Programme,
        grant: &Grant<Broadcast>,
        id: &SlateId,
    ) -> Result<()> {
        own(grant, programme)?;
        let mut tx = self.0.app.db.begin().await?;
        let found = store::find(&mut tx, grant.conference(), id).await?;
        let row = found.ok_or(Error::NotFound("slate"))?;
        store::remove(&mut tx, grant.conference(), id).await?;
        let was = told(&row);
        audit::record(
            &mut tx,
            grant,
            "slate.remove",
            id.as_str(),
            &was,
            &Value::Null,
        )
        .await?;
        tx.commit().await?;
        self.slates_changed(programme);
        Ok(())
    }

    /// Decides whether clips play by themselves in breaks.
    pub(crate) async fn clips_in_breaks(
        &self,
        programme: &Programme,
        grant: &Grant<Broadcast>,
        automatic: bool,
    ) -> Result<()> {
        own(grant, programme)?;
        let conference = grant.conference();
        let mut tx = self.0.app.db.begin().await?;
        let before = store::automatic(&mut tx).await?.contains(conference);
        let by = (grant.account(), grant.name());
        store::set_automatic(&mut tx, conference, automatic, grant.at(), by).await?;
        let (was, is) = (json!(before), json!(automatic));
        audit::record(
            &mut tx,
            grant,
            "slate.in_breaks",
            conference.as_str(),
            &was,
            &is,
        )
        .await?;
        tx.commit().await?;
        self.slates_changed(programme);
        Ok(())
    }

    /// Whether they do.
    pub(crate) async fn are_clips_automatic(&self, programme: &Programme) -> Result<bool> {
        let automatic = store::automatic(&self.0.app.db).await?;
        Ok(automatic.contains(&programme.conference.id))
    }

    pub(crate) fn slates_changed(&self, programme: &Programme) {
        let news = json!(programme.conference.id);
        self.0.app.bus.publish(SLATES_CHANGED, &news);
    }

    /// What a film becomes once it was checked, if it was not removed meanwhile.
    pub(super) async fn finish_slate(
        &self,
        row: &Row,
        made: super::work::Made,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.0.app.db.begin().await?;
        let text = |value: &Value| value.to_string();
        let facts = made.facts.as_ref().map(|facts| text(&json!(facts)));
        let refusal = made.refusal.as_ref().map(|why| text(&json!(why)));
        let played = match &made.film {
            Some(stored) => Some(stored.id.clone()),
            None if refusal.is_none() => row.original.clone(),
            None => None,
        };
        let all = store::all(&mut tx, &row.conference).await?;
        let bytes = made.bytes;
        let fitting = Row {
            bytes,
            stage: Stage::Ready,
            ..row.clone()
        };
        let outcome = store::Outcome {
            stage: if refusal.is_some() {
                Stage::Refused
            } else {
                Stage::Ready
            },
            enabled: fits(&all, &fitting).is_ok(),
            refusal: refusal.as_deref(),
            facts: facts.as_deref(),
            played: played.as_ref(),
            bytes,
        };
        if !store::finish(&mut tx, &row.id, &outcome).await? {
            // It was removed while it was worked on; what was made is swept.
            return Ok(());
        }
        if let Some(stored) = &made.film {
            blob::keep(&mut tx, stored, now).await?;
        }
        if let Some(original) = row
            .original
            .as_ref()
            .filter(|it| Some(*it) != played.as_ref())
        {
            blob::release(&mut tx, original).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Whether a film may be switched on beside the others: all of them stay in memory.
fn fits(all: &[Row], row: &Row) -> Result<()> {
    let others = all.iter().filter(|other| other.id != row.id);
    let on = others.filter(|other| other.enabled && other.stage == Stage::Ready);
    let taken: i64 = on.map(|other| other.bytes).sum();
    let own = if row.stage == Stage::Ready {
        row.bytes
    } else {
        0
    };
    if taken.saturating_add(own) > limits::SLATES_BYTES_MAX {
        let most = limits::SLATES_BYTES_MAX / 1_000_000;
        let message = kernel::Message::new("studio-slate-memory").with("megabytes", most);
        return Err(Error::conflict(message));
    }
    Ok(())
}
