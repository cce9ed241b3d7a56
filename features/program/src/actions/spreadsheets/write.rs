//! Writing what was compared, as the forms write it: rows, credits, the index, a line of the audit log each; but many rows
//! in one statement, since everybody else who writes waits meanwhile.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use db::Tx;
use identity::{Contents, Grant, audit};
use kernel::{Error, Result};
use platform::search;

use super::Made;
use super::compare::{Compared, SpeakerWrite, TalkWrite};
use crate::actions::speakers::{self, SpeakerRecord};
use crate::actions::talks::record;
use crate::actions::{Writer, index};
use crate::model::{SpeakerId, TalkId, free_slug, slug_or};
use crate::store::{Loaded, Speaker, Talk, write};

/// How many rows are written at once; after them the caller hears that it goes on.
const STEP: usize = db::limits::LOAD_ROWS;

/// What is about to be written.
#[derive(Default)]
struct Rows {
    speakers: Vec<Speaker>,
    talks: Vec<Talk>,
    /// Who speaks where somebody else did, or nobody.
    credits: Vec<(TalkId, Vec<SpeakerId>)>,
    /// What talks are found by where that is something else.
    texts: Vec<(String, String)>,
    /// What speakers are found by.
    people: Vec<(String, String)>,
    acts: Vec<audit::Act>,
}

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
    rows: Rows,
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
            rows: Rows::default(),
            made: Made::default(),
        }
    }

    /// Writes everything; what is new by it.
    pub(super) async fn all(mut self, tx: &mut Tx, compared: Compared) -> Result<Made> {
        let (talks, speakers) = newly(&compared);
        self.talk_numbers = numbers(tx, "talk", talks).await?;
        self.speaker_numbers = numbers(tx, "speaker", speakers).await?;
        let mut renamed: HashMap<SpeakerId, (Speaker, String)> = HashMap::new();
        for speaker in compared.speakers {
            if let Some(was) = &speaker.was
                && was.name != speaker.next.name
            {
                let name = speaker.next.name.clone();
                renamed.insert(was.id.clone(), (was.clone(), name));
            }
            self.speaker(speaker)?;
            self.step(tx).await?;
        }
        for (talk, text) in self.renamed(&renamed) {
            self.rows.texts.push((talk.id.to_string(), text));
            self.rows.talks.push(talk);
            self.step(tx).await?;
        }
        for talk in compared.talks {
            self.talk(talk)?;
            self.step(tx).await?;
        }
        self.write(tx).await?;
        Ok(self.made)
    }

    /// Writes what has come together once it is enough, so that it is not all in memory at the same time.
    async fn step(&mut self, tx: &mut Tx) -> Result<()> {
        let rows = &self.rows;
        if rows.speakers.len().max(rows.talks.len()) < STEP {
            return Ok(());
        }
        self.write(tx).await
    }

    /// Speakers before the talks in which they speak.
    async fn write(&mut self, tx: &mut Tx) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        let conference = self.grant.conference();
        let scope = conference.as_str();
        write::put_speakers(tx, conference, &rows.speakers).await?;
        let found = texts(&rows.people);
        search::put_all(tx, scope, index::SPEAKER, &found).await?;
        write::put_talks(tx, conference, &rows.talks).await?;
        write::put_all_credits(tx, &rows.credits).await?;
        let found = texts(&rows.texts);
        search::put_all(tx, scope, index::TALK, &found).await?;
        audit::record_all(tx, self.grant, rows.acts).await?;
        (self.progress)();
        Ok(())
    }

    fn speaker(&mut self, row: SpeakerWrite) -> Result<()> {
        let Some(was) = row.was else {
            self.newcomer(row.next)?;
            return Ok(());
        };
        let next = Speaker {
            version: was.version + 1,
            ..row.next
        };
        let (before, after) = (SpeakerRecord::of(&was), SpeakerRecord::of(&next));
        let act = audit::Act::of("speaker.edit", next.id.as_str(), &before, &after)?;
        self.rows.acts.push(act);
        self.put(next);
        Ok(())
    }

    fn put(&mut self, row: Speaker) {
        let text = index::speaker_text(&row);
        self.rows.people.push((row.id.to_string(), text));
        self.rows.speakers.push(row);
    }

    /// Talks of speakers who are called otherwise from now on, and what they are found by.
    fn renamed(&self, renamed: &HashMap<SpeakerId, (Speaker, String)>) -> Vec<(Talk, String)> {
        let mut talks = Vec::new();
        if renamed.is_empty() {
            return talks;
        }
        let loaded = self.loaded;
        let mut names: HashMap<&SpeakerId, &str> = HashMap::new();
        for own in &loaded.speakers {
            let name = renamed.get(&own.id).map_or(&own.name, |(_, name)| name);
            names.insert(&own.id, name);
        }
        let mut credits: HashMap<&TalkId, Vec<&SpeakerId>> = HashMap::new();
        for credit in &loaded.credits {
            let speaking = credits.entry(&credit.talk).or_default();
            speaking.push(&credit.speaker);
        }
        for talk in loaded.talks.iter().filter(|own| own.removed_at.is_none()) {
            let speaking = credits.get(&talk.id).map_or(&[][..], Vec::as_slice);
            let mut others = speaking.iter().filter_map(|id| renamed.get(*id)).peekable();
            if others.peek().is_none() {
                continue;
            }
            let mut next = talk.clone();
            for (was, _) in others {
                speakers::called_otherwise(&mut next, was);
            }
            next.version += 1;
            next.changed_at = self.writer.now;
            let speaking = speaking.iter().filter_map(|id| names.get(*id).copied());
            let text = index::talk_text(&next, speaking);
            talks.push((next, text));
        }
        talks
    }

    /// Somebody who is new: numbered, and named in addresses.
    fn newcomer(&mut self, row: Speaker) -> Result<Speaker> {
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
        let after = SpeakerRecord::of(&row);
        let act = audit::Act::of("speaker.add", row.id.as_str(), &(), &after)?;
        self.rows.acts.push(act);
        self.put(row.clone());
        self.made.speakers.push(row.id.clone());
        Ok(row)
    }

    fn talk(&mut self, row: TalkWrite) -> Result<()> {
        let mut speakers = Vec::new();
        for own in row.speakers {
            speakers.push(self.known(own)?);
        }
        let next = match &row.was {
            Some((was, _)) => Talk {
                version: was.version + 1,
                changed_at: self.writer.now,
                ..row.next
            },
            None => self.numbered(row.next)?,
        };
        let ids = |speakers: &[Speaker]| -> Vec<SpeakerId> {
            speakers.iter().map(|own| own.id.clone()).collect()
        };
        let text_of = |talk: &Talk, speakers: &[Speaker]| {
            index::talk_text(talk, speakers.iter().map(|own| own.name.as_str()))
        };
        let (credits, text) = (ids(&speakers), text_of(&next, &speakers));
        let after = record(self.loaded, &next, &speakers);
        let id = next.id.as_str();
        let act = if let Some((was, credited)) = &row.was {
            let before = record(self.loaded, was, credited);
            audit::Act::of("talk.edit", id, &before, &after)?
        } else {
            self.made.talks.push(next.id.clone());
            audit::Act::of("talk.add", id, &(), &after)?
        };
        self.rows.acts.push(act);
        let was = row.was.as_ref();
        if was.is_none_or(|(_, credited)| ids(credited) != credits) {
            self.rows.credits.push((next.id.clone(), credits));
        }
        if was.is_none_or(|(was, credited)| text_of(was, credited) != text) {
            self.rows.texts.push((next.id.to_string(), text));
        }
        self.rows.talks.push(next);
        Ok(())
    }

    /// A speaker who is there, or is made now, once for all their talks.
    fn known(&mut self, own: Speaker) -> Result<Speaker> {
        if own.number != 0 {
            return Ok(own);
        }
        if let Some(known) = self.newcomers.get(&own.name) {
            return Ok(known.clone());
        }
        let made = self.newcomer(own)?;
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

/// How many talks and speakers are new.
fn newly(compared: &Compared) -> (usize, usize) {
    let talks = compared.talks.iter().filter(|own| own.was.is_none());
    let speakers = compared.speakers.iter().filter(|own| own.was.is_none());
    let speakers = speakers.count() + compared.newcomers.len();
    (talks.count(), speakers)
}

/// Texts by what is found by them.
fn texts(found: &[(String, String)]) -> Vec<(&str, &str)> {
    found
        .iter()
        .map(|(subject, text)| (subject.as_str(), text.as_str()))
        .collect()
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
