//! Writing what was compared, as the forms write it: rows, credits, the index, a line of the audit log each.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use db::Tx;
use identity::{Contents, Grant, audit};
use kernel::{Error, Result};

use super::Made;
use super::compare::{Compared, SpeakerWrite, TalkWrite};
use crate::actions::speakers::SpeakerRecord;
use crate::actions::talks::record;
use crate::actions::{Writer, index};
use crate::model::{free_slug, slug_or};
use crate::store::{Loaded, Speaker, Talk, write};

/// After how many rows the caller hears that it goes on.
const STEP: usize = 100;

pub(super) struct Writing<'a> {
    writer: &'a Writer<'a>,
    grant: &'a Grant<Contents>,
    loaded: &'a Loaded,
    progress: &'a (dyn Fn() + Sync),
    talk_slugs: HashSet<String>,
    speaker_slugs: HashSet<String>,
    /// The place behind all talks in files.
    last: i64,
    newcomers: BTreeMap<String, Speaker>,
    /// Numbers that were taken for what is new, and not given yet.
    talk_numbers: Range<i64>,
    speaker_numbers: Range<i64>,
    made: Made,
}

impl<'a> Writing<'a> {
    pub(super) fn of(
        writer: &'a Writer<'a>,
        grant: &'a Grant<Contents>,
        loaded: &'a Loaded,
        progress: &'a (dyn Fn() + Sync),
    ) -> Self {
        Self {
            writer,
            grant,
            loaded,
            progress,
            talk_slugs: loaded.talks.iter().map(|own| own.slug.clone()).collect(),
            speaker_slugs: loaded.speakers.iter().map(|own| own.slug.clone()).collect(),
            last: loaded
                .talks
                .iter()
                .map(|own| own.position)
                .max()
                .unwrap_or(0),
            newcomers: BTreeMap::new(),
            talk_numbers: 0..0,
            speaker_numbers: 0..0,
            made: Made::default(),
        }
    }

    /// Writes everything; what is new by it.
    pub(super) async fn all(mut self, tx: &mut Tx, compared: Compared) -> Result<Made> {
        let talks = compared.talks.iter().filter(|own| own.was.is_none());
        self.talk_numbers = numbers(tx, "talk", talks.count()).await?;
        let speakers = compared.speakers.iter().filter(|own| own.was.is_none());
        let speakers = speakers.count() + compared.newcomers.len();
        self.speaker_numbers = numbers(tx, "speaker", speakers).await?;
        for (count, speaker) in compared.speakers.into_iter().enumerate() {
            self.speaker(tx, speaker).await?;
            self.tick(count);
        }
        for (count, talk) in compared.talks.into_iter().enumerate() {
            self.talk(tx, talk).await?;
            self.tick(count);
        }
        Ok(self.made)
    }

    fn tick(&self, count: usize) {
        if count.is_multiple_of(STEP) {
            (self.progress)();
        }
    }

    async fn speaker(&mut self, tx: &mut Tx, row: SpeakerWrite) -> Result<()> {
        let Some(was) = row.was else {
            self.newcomer(tx, row.next).await?;
            return Ok(());
        };
        let next = Speaker {
            version: was.version + 1,
            ..row.next
        };
        let conference = self.grant.conference();
        write::put_speaker(tx, conference, &next).await?;
        index::speaker(tx, conference, &next).await?;
        let (before, after) = (SpeakerRecord::of(&was), SpeakerRecord::of(&next));
        let id = next.id.as_str();
        audit::record(tx, self.grant, "speaker.edit", id, &before, &after).await?;
        if was.name != next.name {
            crate::actions::speakers::renamed(tx, self.writer, conference, &was).await?;
        }
        Ok(())
    }

    /// Somebody who is new: numbered, and named in addresses.
    async fn newcomer(&mut self, tx: &mut Tx, row: Speaker) -> Result<Speaker> {
        let number = self.speaker_numbers.next();
        let number = number.ok_or_else(|| Error::internal("more speakers than were counted"))?;
        let base = slug_or(&row.name, &format!("speaker-{number}"));
        let slug = free_slug(&base, |slug| self.speaker_slugs.contains(slug));
        self.speaker_slugs.insert(slug.clone());
        let row = Speaker {
            number,
            slug,
            guid: uuid::Uuid::now_v7().to_string(),
            version: 1,
            ..row
        };
        let conference = self.grant.conference();
        write::put_speaker(tx, conference, &row).await?;
        index::speaker(tx, conference, &row).await?;
        let after = SpeakerRecord::of(&row);
        audit::record(tx, self.grant, "speaker.add", row.id.as_str(), &(), &after).await?;
        self.made.speakers.push(row.id.clone());
        Ok(row)
    }

    async fn talk(&mut self, tx: &mut Tx, row: TalkWrite) -> Result<()> {
        let mut speakers = Vec::new();
        for own in row.speakers {
            speakers.push(self.known(tx, own).await?);
        }
        let next = match &row.was {
            Some((was, _)) => Talk {
                version: was.version + 1,
                changed_at: self.writer.now,
                ..row.next
            },
            None => self.numbered(row.next)?,
        };
        let conference = self.grant.conference();
        write::put_talk(tx, conference, &next).await?;
        let ids: Vec<_> = speakers.iter().map(|own| own.id.clone()).collect();
        write::put_credits(tx, &next.id, &ids).await?;
        let names = speakers.iter().map(|own| own.name.as_str());
        index::talk(tx, conference, &next, names).await?;
        let after = record(self.loaded, &next, &speakers);
        let id = next.id.as_str();
        if let Some((was, credited)) = &row.was {
            let before = record(self.loaded, was, credited);
            audit::record(tx, self.grant, "talk.edit", id, &before, &after).await?;
        } else {
            audit::record(tx, self.grant, "talk.add", id, &(), &after).await?;
            self.made.talks.push(next.id.clone());
        }
        Ok(())
    }

    /// A speaker who is there, or is made now, once for all their talks.
    async fn known(&mut self, tx: &mut Tx, own: Speaker) -> Result<Speaker> {
        if own.number != 0 {
            return Ok(own);
        }
        if let Some(known) = self.newcomers.get(&own.name) {
            return Ok(known.clone());
        }
        let made = self.newcomer(tx, own).await?;
        self.newcomers.insert(made.name.clone(), made.clone());
        Ok(made)
    }

    fn numbered(&mut self, row: Talk) -> Result<Talk> {
        let number = self.talk_numbers.next();
        let number = number.ok_or_else(|| Error::internal("more talks than were counted"))?;
        let base = slug_or(&row.title, &format!("talk-{number}"));
        let slug = free_slug(&base, |slug| self.talk_slugs.contains(slug));
        self.talk_slugs.insert(slug.clone());
        self.last += 1;
        Ok(Talk {
            number,
            file_id: number,
            guid: uuid::Uuid::now_v7().to_string(),
            file_slug: slug.clone(),
            slug,
            position: self.last,
            version: 1,
            created_at: self.writer.now,
            changed_at: self.writer.now,
            ..row
        })
    }
}

/// Numbers for so many records of a kind: one statement instead of one for each.
async fn numbers(tx: &mut Tx, kind: &str, count: usize) -> Result<Range<i64>> {
    let count = i64::try_from(count).map_err(Error::internal)?;
    if count == 0 {
        return Ok(0..0);
    }
    let first = db::next_numbers(tx, kind, count).await?;
    Ok(first..first + count)
}
