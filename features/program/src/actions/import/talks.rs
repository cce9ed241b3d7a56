//! Talks and those who speak in them.

use std::collections::{HashMap, HashSet};

use db::Tx;
use kernel::Result;

use super::hand::is_ours;
use super::{Placing, Plan};
use crate::actions::merge::{key_of, person_key};
use crate::actions::{index, talk_url};
use crate::exchange::{TalkDocument, text_of};
use crate::model::hand::TalkState;
use crate::model::{SpeakerId, TalkId, free_slug, slug_or};
use crate::schedule::{Event, Person, Schedule};
use crate::store::{Speaker, Talk, write};

impl Plan<'_> {
    pub(super) async fn speakers(
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
                version: was.map_or(1, |was| was.version),
                hand: was.map(|was| was.hand.clone()).unwrap_or_default(),
                binned_at: was.and_then(|was| was.binned_at),
            };
            if was != Some(&row) {
                let version = was.map_or(1, |was| was.version + 1);
                let row = Speaker {
                    version,
                    ..row.clone()
                };
                write::put_speaker(tx, &self.conference, &row).await?;
                index::speaker(tx, &self.conference, &row).await?;
            }
            ids.insert(key, row.id);
        }
        Ok(ids)
    }

    pub(super) async fn talks(
        &self,
        tx: &mut Tx,
        schedule: &Schedule,
        placing: &Placing<'_>,
    ) -> Result<()> {
        let known = self
            .was()
            .map(|loaded| loaded.talks.as_slice())
            .unwrap_or_default();
        let by_guid: HashMap<&str, &Talk> = known
            .iter()
            .map(|talk| (talk.guid.as_str(), talk))
            .collect();
        let mut slugs: HashSet<String> = known.iter().map(|talk| talk.slug.clone()).collect();
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
        let still: HashSet<&str> = schedule
            .events()
            .map(|(_, _, event)| event.guid.as_str())
            .collect();
        let hidden = |talk: &Talk| self.was().is_some_and(|loaded| loaded.hides(talk));
        for talk in known.iter().filter(|talk| {
            talk.removed_at.is_none()
                && !still.contains(talk.guid.as_str())
                && !hidden(talk)
                && !is_ours(talk)
        }) {
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
        let recredited = credited != credits.iter().collect::<Vec<_>>();
        if recredited {
            write::put_credits(tx, &row.id, &credits).await?;
        }
        if recredited || was != Some(row) {
            let names = event.persons.iter().map(|person| person.name.as_str());
            index::talk(tx, &self.conference, row, names).await?;
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
            level: event.level.clone(),
            shown: None,
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
            state: was.map_or(TalkState::Planned, |was| was.state),
            hand: was.map(|was| was.hand.clone()).unwrap_or_default(),
            made_by_hand: false,
            binned_at: None,
        }
    }
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
