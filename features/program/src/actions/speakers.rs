//! Speakers by hand: add, edit, bin and bring back.

use db::Tx;
use identity::{ConferenceId, Contents, Grant, audit};
use kernel::{Error, Message, Result, Timestamp};
use platform::jobs;
use platform::once::Once;
use serde::Serialize;

use super::{Writer, index};
use crate::jobs::{EMPTY, Emptied};
use crate::limits;
use crate::model::hand::{Part, parts, with_parts};
use crate::model::{SpeakerId, free_slug, slug_or};
use crate::store::{self, Speaker, Talk, write};

/// A speaker as somebody wants them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpeakerDraft {
    /// Their name as they write it.
    pub name: String,
    /// A few sentences about them.
    pub biography: String,
    /// Address of their picture.
    pub avatar: String,
}

/// A speaker as the team sees them: what the API answers and the audit log keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SpeakerRecord {
    /// Their id.
    #[schema(value_type = String, example = "spk_0dm4q1l3r5s7t9v1b3d5f7h9j0")]
    pub id: SpeakerId,
    /// Their number.
    pub number: i64,
    /// Their name in addresses.
    #[schema(example = "aiko-yamada")]
    pub slug: String,
    /// How often they were changed; also their entity tag.
    pub version: i64,
    /// Their name.
    #[schema(example = "山田 愛子")]
    pub name: String,
    /// A few sentences about them: plain, Markdown or HTML.
    pub biography: String,
    /// Address of their picture.
    pub avatar: String,
    /// What the next import leaves alone, since it was edited by hand.
    pub hand: Vec<String>,
    /// Since when they are in the bin.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub binned_at: Option<Timestamp>,
}

impl SpeakerRecord {
    pub(crate) fn of(row: &Speaker) -> Self {
        Self {
            id: row.id.clone(),
            number: row.number,
            slug: row.slug.clone(),
            version: row.version,
            name: row.name.clone(),
            biography: row.biography.clone(),
            avatar: row.avatar.clone(),
            hand: parts(&row.hand)
                .iter()
                .map(|part| part.as_str().to_owned())
                .collect(),
            binned_at: row.binned_at,
        }
    }
}

/// A speaker for those who edit them, also from the bin.
///
/// # Errors
/// `NotFound` when it is none of this conference.
pub async fn read(db: &db::Db, conference: &ConferenceId, id: &SpeakerId) -> Result<Speaker> {
    store::speakers::speaker(db, conference, id)
        .await?
        .ok_or(Error::NotFound("speaker"))
}

/// Adds a speaker.
///
/// # Errors
/// `NotFound` when the conference is gone.
pub async fn add(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    draft: &SpeakerDraft,
    once: Option<&Once>,
) -> Result<SpeakerRecord> {
    let mut tx = writer.db.begin().await?;
    let version = turn(&mut tx, writer, grant.conference()).await?;
    let row = make(&mut tx, writer, grant, draft).await?;
    let record = SpeakerRecord::of(&row);
    if let Some(once) = once {
        once.keep(&mut tx, 201, &record, writer.now).await?;
    }
    tx.commit().await?;
    writer.announce(grant.conference(), version);
    Ok(record)
}

/// Changes a speaker who is still in `version`.
///
/// # Errors
/// `NotFound`, `Stale` when somebody else changed them.
pub async fn edit(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    id: &SpeakerId,
    version: i64,
    draft: &SpeakerDraft,
) -> Result<SpeakerRecord> {
    let mut tx = writer.db.begin().await?;
    let conference = grant.conference();
    let programme = turn(&mut tx, writer, conference).await?;
    let row = found(&mut tx, conference, id).await?;
    if row.version != version || row.binned_at.is_some() {
        return Err(Error::Stale);
    }
    let edited = [
        (Part::Title, row.name != draft.name),
        (Part::Abstract, row.biography != draft.biography),
        (Part::Picture, row.avatar != draft.avatar),
    ];
    let edited: Vec<Part> = edited
        .into_iter()
        .filter(|(_, is)| *is)
        .map(|(part, _)| part)
        .collect();
    if edited.is_empty() {
        return Ok(SpeakerRecord::of(&row));
    }
    let next = Speaker {
        name: draft.name.clone(),
        biography: draft.biography.clone(),
        avatar: draft.avatar.clone(),
        hand: with_parts(&row.hand, &edited),
        version: row.version + 1,
        ..row.clone()
    };
    write::put_speaker(&mut tx, conference, &next).await?;
    index::speaker(&mut tx, conference, &next).await?;
    if row.name != next.name {
        renamed(&mut tx, writer, conference, &row).await?;
    }
    audit::record(
        &mut tx,
        grant,
        "speaker.edit",
        id.as_str(),
        &SpeakerRecord::of(&row),
        &SpeakerRecord::of(&next),
    )
    .await?;
    tx.commit().await?;
    writer.announce(conference, programme);
    Ok(SpeakerRecord::of(&next))
}

/// Where files know somebody by nothing but their old name, who speaks in their talks becomes a matter of the hand: the next
/// import would bring a second person otherwise.
pub(super) fn called_otherwise(talk: &mut Talk, was: &Speaker) {
    let by_name = was.file_id.is_none() && was.guid.is_empty() && was.code.is_empty();
    if by_name && !talk.made_by_hand {
        talk.hand = with_parts(&talk.hand, &[Part::Speakers]);
    }
}

/// Their talks are found by the new name.
async fn renamed(
    tx: &mut Tx,
    writer: &Writer<'_>,
    conference: &ConferenceId,
    was: &Speaker,
) -> Result<()> {
    for id in store::speakers::talks_of(tx, conference, &was.id).await? {
        let Some(mut talk) = store::talks::talk(&mut *tx, conference, &id).await? else {
            continue;
        };
        called_otherwise(&mut talk, was);
        talk.version += 1;
        talk.changed_at = writer.now;
        write::put_talk(tx, conference, &talk).await?;
        let speakers = store::talks::speakers_of(&mut *tx, conference, &id).await?;
        index::talk(
            tx,
            conference,
            &talk,
            speakers.iter().map(|own| own.name.as_str()),
        )
        .await?;
    }
    Ok(())
}

/// Something that is done with several speakers at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Puts them into the bin: they vanish from their talks, and come back into them.
    Bin,
    /// Brings them back.
    Restore,
    /// Gives what was edited by hand back to the file.
    Release,
}

/// Does something with several speakers, all or none; those to whom it made a difference.
///
/// # Errors
/// `NotFound` when one of them is none of this conference.
pub async fn act(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    ids: &[SpeakerId],
    act: Act,
    expected: Option<i64>,
) -> Result<Vec<SpeakerRecord>> {
    let mut tx = writer.db.begin().await?;
    let conference = grant.conference();
    let version = turn(&mut tx, writer, conference).await?;
    let mut changed = Vec::new();
    for id in ids {
        let row = found(&mut tx, conference, id).await?;
        if expected.is_some_and(|version| version != row.version) {
            return Err(Error::Stale);
        }
        let mut next = row.clone();
        let name = match act {
            Act::Bin => {
                next.binned_at = Some(row.binned_at.unwrap_or(writer.now));
                "speaker.bin"
            }
            Act::Restore => {
                next.binned_at = None;
                "speaker.restore"
            }
            Act::Release => {
                next.hand.clear();
                "speaker.release"
            }
        };
        if next == row {
            continue;
        }
        next.version = row.version + 1;
        write::put_speaker(&mut tx, conference, &next).await?;
        if act == Act::Bin {
            let emptied = Emptied::speaker(conference, id);
            jobs::enqueue(&mut tx, EMPTY, &emptied, writer.now + limits::BIN_KEPT).await?;
        }
        audit::record(
            &mut tx,
            grant,
            name,
            id.as_str(),
            &SpeakerRecord::of(&row),
            &SpeakerRecord::of(&next),
        )
        .await?;
        changed.push(SpeakerRecord::of(&next));
    }
    if changed.is_empty() {
        return Ok(changed);
    }
    tx.commit().await?;
    writer.announce(conference, version);
    Ok(changed)
}

/// Those whom names mean, in order and once each. A name that nobody has makes a speaker.
pub(super) async fn called(
    tx: &mut Tx,
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    names: &[String],
) -> Result<Vec<Speaker>> {
    let mut speakers: Vec<Speaker> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let mut known = store::speakers::named(tx, grant.conference(), name).await?;
        let by_slug = known
            .iter()
            .position(|own| own.slug == *name && own.name != *name);
        if known.len() > 1 && by_slug.is_none() {
            let slugs: Vec<&str> = known.iter().map(|own| own.slug.as_str()).collect();
            let message = Message::new("program-speaker-several")
                .with("name", name)
                .with("names", slugs.join(", "));
            return Err(Error::invalid(format!("speaker.{index}.name"), message));
        }
        let found = match by_slug {
            Some(place) => Some(known.swap_remove(place)),
            None => known.pop(),
        };
        let speaker = if let Some(speaker) = found {
            speaker
        } else {
            let draft = SpeakerDraft {
                name: name.clone(),
                ..SpeakerDraft::default()
            };
            make(tx, writer, grant, &draft).await?
        };
        if !speakers.iter().any(|own| own.id == speaker.id) {
            speakers.push(speaker);
        }
    }
    Ok(speakers)
}

async fn make(
    tx: &mut Tx,
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    draft: &SpeakerDraft,
) -> Result<Speaker> {
    let conference = grant.conference();
    let number = db::next_number(tx, "speaker").await?;
    let base = slug_or(&draft.name, &format!("speaker-{number}"));
    let taken = store::speakers::slugs_like(tx, conference, &base).await?;
    let slug = free_slug(&base, |slug| taken.iter().any(|own| own == slug));
    let row = Speaker {
        name: draft.name.clone(),
        biography: draft.biography.clone(),
        avatar: draft.avatar.clone(),
        version: 1,
        ..Speaker::blank(number, slug, uuid::Uuid::now_v7().to_string())
    };
    write::put_speaker(tx, conference, &row).await?;
    index::speaker(tx, conference, &row).await?;
    audit::record(
        tx,
        grant,
        "speaker.add",
        row.id.as_str(),
        &(),
        &SpeakerRecord::of(&row),
    )
    .await?;
    tracing::debug!(speaker = %row.id, at = %writer.now, "a speaker was added");
    Ok(row)
}

async fn turn(tx: &mut Tx, writer: &Writer<'_>, conference: &ConferenceId) -> Result<i64> {
    let version = store::talks::turn(tx, conference, writer.now).await?;
    version.ok_or(Error::NotFound("conference"))
}

async fn found(tx: &mut Tx, conference: &ConferenceId, id: &SpeakerId) -> Result<Speaker> {
    store::speakers::speaker(&mut *tx, conference, id)
        .await?
        .ok_or(Error::NotFound("speaker"))
}
