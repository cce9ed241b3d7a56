//! Talks by hand: add, edit, move, call off, hide, bin and bring back.
//!
//! Every change takes the conference's turn first ([`store::talks::turn`]), so that whether two talks collide is decided on
//! what is there, also when two people save at the same moment.

mod act;
mod put;

pub use act::{Act, act};

use db::Tx;
use identity::{ConferenceId, Contents, Grant, audit};
use kernel::{Error, Result, Timestamp};
use platform::once::Once;
use serde::Serialize;

pub(in crate::actions) use self::put::{Placed, different, settle};
use self::put::{in_the_way, put};
use super::Writer;
use crate::exchange::{TalkDocument, document};
use crate::model::hand::{TalkState, parts};
use crate::model::placement::Clash;
use crate::model::{CategoryId, DayId, RoomId, TalkId, TrackId, free_slug, slug_or};
use crate::schedule::Link;
use crate::store::{self, Loaded, Speaker, Talk};

/// A talk as somebody wants it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TalkDraft {
    /// Its title.
    pub title: String,
    /// Its subtitle.
    pub subtitle: String,
    /// What kind of talk it is.
    pub kind: String,
    /// Its language.
    pub language: String,
    /// How much it expects of its listeners.
    pub level: String,
    /// Short text.
    pub r#abstract: String,
    /// Long text.
    pub description: String,
    /// Its category.
    pub category: Option<CategoryId>,
    /// What people see of it.
    pub state: Option<TalkState>,
    /// Where it stands; only a hidden talk may stand nowhere.
    pub placement: Option<Place>,
    /// Who speaks, in order: names, or names in addresses where several have the same name. An unknown name is made a speaker.
    pub speakers: Vec<String>,
    /// Links.
    pub links: Vec<Link>,
    /// Slides and other files.
    pub slides: Vec<Link>,
    /// What is meant although it collides: see [`Clash::consent`].
    pub consents: Vec<String>,
}

/// Where a talk stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its day.
    pub day: DayId,
    /// When it begins.
    pub starts_at: Timestamp,
    /// How long it is.
    pub minutes: i64,
    /// Its room; none for the one of its track.
    pub room: Option<RoomId>,
    /// Its track; none for the one of its room.
    pub track: Option<TrackId>,
}

/// A talk as the team sees it: what the API answers and the audit log keeps.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TalkRecord {
    /// Its id.
    #[schema(value_type = String, example = "tlk_0dm4q1l3r5s7t9v1b3d5f7h9j0")]
    pub id: TalkId,
    /// Its number.
    pub number: i64,
    /// Its name in addresses.
    #[schema(example = "observing-the-festival")]
    pub slug: String,
    /// How often it was changed; also its entity tag.
    pub version: i64,
    /// What people see of it: `planned`, `cancelled` or `hidden`.
    #[schema(value_type = String, example = "planned")]
    pub state: TalkState,
    /// Its title.
    #[schema(example = "Observing the festival")]
    pub title: String,
    /// Its subtitle.
    pub subtitle: String,
    /// What kind of talk it is.
    #[schema(example = "talk")]
    pub kind: String,
    /// Its language.
    #[schema(example = "en")]
    pub language: String,
    /// How much it expects of its listeners: a word of the conference's levels.
    #[schema(example = "beginner")]
    pub level: String,
    /// Its category by name.
    #[schema(required, example = "Observability")]
    pub category: Option<String>,
    /// Its day by date.
    #[schema(required, example = "2026-11-22")]
    pub day: Option<String>,
    /// When it begins; null for one that stands nowhere.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-22T01:00:00Z")]
    pub starts_at: Option<Timestamp>,
    /// How many minutes it takes.
    #[schema(required, example = 40)]
    pub minutes: Option<i64>,
    /// Its room by name.
    #[schema(required, example = "Main hall")]
    pub room: Option<String>,
    /// Its track by name in addresses.
    #[schema(required, example = "a")]
    pub track: Option<String>,
    /// Who speaks, in order, by name.
    pub speakers: Vec<String>,
    /// Short text: plain, Markdown or HTML.
    pub r#abstract: String,
    /// Long text.
    pub description: String,
    /// Links.
    #[schema(value_type = Vec<crate::api::LinkOut>)]
    pub links: Vec<Link>,
    /// Slides and other files.
    #[schema(value_type = Vec<crate::api::LinkOut>)]
    pub slides: Vec<Link>,
    /// What the next import leaves alone, since it was edited by hand.
    pub hand: Vec<String>,
    /// Since when it is in the bin.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub binned_at: Option<Timestamp>,
}

/// What came of saving a talk.
#[derive(Clone, Debug, PartialEq)]
pub enum Saved {
    /// It is saved.
    Talk(Box<TalkRecord>),
    /// It is not: it cannot stand there, or only when that is meant.
    Clashes(Vec<Clash>),
}

/// Adds a talk.
///
/// # Errors
/// `Invalid` for what cannot be, with the fields.
pub async fn add(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    draft: &TalkDraft,
    once: Option<&Once>,
) -> Result<Saved> {
    let mut tx = writer.db.begin().await?;
    let conference = grant.conference();
    let version = turn(&mut tx, writer, conference).await?;
    let frame = frame(&mut tx, conference).await?;
    let number = db::next_number(&mut tx, "talk").await?;
    let base = slug_or(&draft.title, &format!("talk-{number}"));
    let taken = store::talks::slugs_like(&mut tx, conference, &base).await?;
    let slug = free_slug(&base, |slug| taken.iter().any(|own| own == slug));
    let guid = uuid::Uuid::now_v7().to_string();
    let position = store::talks::next_position(&mut tx, conference).await?;
    let blank = Talk {
        made_by_hand: true,
        ..Talk::blank(number, slug, guid, position, writer.now)
    };
    let record = match put(&mut tx, writer, grant, &frame, blank, None, draft).await? {
        Ok(record) => record,
        Err(clashes) => return Ok(Saved::Clashes(clashes)),
    };
    audit::record(&mut tx, grant, "talk.add", record.id.as_str(), &(), &record).await?;
    if let Some(once) = once {
        once.keep(&mut tx, 201, &record, writer.now).await?;
    }
    tx.commit().await?;
    writer.announce(conference, version);
    tracing::info!(talk = %record.id, conference = %conference, "{} added the talk {}", grant.name(), record.title);
    Ok(Saved::Talk(Box::new(record)))
}

/// Changes a talk that is still in `version`.
///
/// # Errors
/// `NotFound`, `Stale` when somebody else changed it, `Invalid` with the fields.
pub async fn edit(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    id: &TalkId,
    version: i64,
    draft: &TalkDraft,
) -> Result<Saved> {
    let mut tx = writer.db.begin().await?;
    let conference = grant.conference();
    let programme = turn(&mut tx, writer, conference).await?;
    let row = found(&mut tx, conference, id).await?;
    if row.version != version || row.binned_at.is_some() {
        return Err(Error::Stale);
    }
    let frame = frame(&mut tx, conference).await?;
    let speakers = store::talks::speakers_of(&mut tx, conference, id).await?;
    let before = record(&frame, &row, &speakers);
    let record = match put(
        &mut tx,
        writer,
        grant,
        &frame,
        row,
        Some((&before, &speakers)),
        draft,
    )
    .await?
    {
        Ok(record) => record,
        Err(clashes) => return Ok(Saved::Clashes(clashes)),
    };
    if record == before {
        // Nothing was different: nothing happened, and nobody needs to hear of it.
        return Ok(Saved::Talk(Box::new(before)));
    }
    audit::record(&mut tx, grant, "talk.edit", id.as_str(), &before, &record).await?;
    tx.commit().await?;
    writer.announce(conference, programme);
    Ok(Saved::Talk(Box::new(record)))
}

/// What would stand in the way of a talk where somebody wants it; nothing is written.
pub async fn check(
    db: &db::Db,
    conference: &ConferenceId,
    id: Option<&TalkId>,
    draft: &TalkDraft,
) -> Result<Vec<Clash>> {
    let Some(place) = &draft.placement else {
        return Ok(Vec::new());
    };
    let mut tx = db.begin().await?;
    let frame = frame(&mut tx, conference).await?;
    let mut speakers = Vec::new();
    for name in &draft.speakers {
        speakers.extend(
            store::speakers::named(&mut tx, conference, name)
                .await?
                .into_iter()
                .take(1),
        );
    }
    let Ok(placed) = settle(&frame, place) else {
        return Ok(Vec::new());
    };
    in_the_way(
        &mut tx,
        conference,
        &frame,
        id.cloned(),
        &draft.title,
        &placed,
        &speakers,
    )
    .await
}

/// Days, rooms, tracks and categories: what talks are put into. Talks and people are not in it.
async fn frame(tx: &mut Tx, conference: &ConferenceId) -> Result<Loaded> {
    store::frame(tx, conference)
        .await?
        .ok_or(Error::NotFound("conference"))
}

async fn turn(tx: &mut Tx, writer: &Writer<'_>, conference: &ConferenceId) -> Result<i64> {
    let version = store::talks::turn(tx, conference, writer.now).await?;
    version.ok_or(Error::NotFound("conference"))
}

async fn found(tx: &mut Tx, conference: &ConferenceId, id: &TalkId) -> Result<Talk> {
    store::talks::talk(&mut *tx, conference, id)
        .await?
        .ok_or(Error::NotFound("talk"))
}

/// A talk as the team sees it.
pub(crate) fn record(frame: &Loaded, row: &Talk, speakers: &[Speaker]) -> TalkRecord {
    let own: TalkDocument = document(&row.document);
    let is_placed = row.day.is_some() || row.starts_at != Timestamp::UNIX_EPOCH;
    let day = row
        .day
        .as_ref()
        .and_then(|id| frame.days.iter().find(|day| day.id == *id));
    let room = row
        .room
        .as_ref()
        .and_then(|id| frame.rooms.iter().find(|room| room.id == *id));
    let track = row
        .track
        .as_ref()
        .and_then(|id| frame.tracks.iter().find(|track| track.id == *id));
    let category = row
        .category
        .as_ref()
        .and_then(|id| frame.categories.iter().find(|own| own.id == *id));
    TalkRecord {
        id: row.id.clone(),
        number: row.number,
        slug: row.slug.clone(),
        version: row.version,
        state: row.state,
        title: row.title.clone(),
        subtitle: row.subtitle.clone(),
        kind: row.kind.clone(),
        language: row.language.clone(),
        level: own.level,
        category: category.map(|own| own.name.clone()),
        day: day.map(|day| day.date.clone()),
        starts_at: is_placed.then_some(row.starts_at),
        minutes: is_placed.then(|| (row.ends_at.as_second() - row.starts_at.as_second()) / 60),
        room: room.map(|room| room.name.clone()),
        track: track.map(|track| track.slug.clone()),
        speakers: speakers
            .iter()
            .map(|speaker| speaker.name.clone())
            .collect(),
        r#abstract: row.r#abstract.clone(),
        description: row.description.clone(),
        links: own.links,
        slides: own.attachments,
        hand: parts(&row.hand)
            .iter()
            .map(|part| part.as_str().to_owned())
            .collect(),
        binned_at: row.binned_at,
    }
}

/// A talk for those who edit it, also from the bin.
pub async fn read(
    db: &db::Db,
    conference: &ConferenceId,
    id: &TalkId,
) -> Result<(Talk, TalkRecord)> {
    let row = store::talks::talk(db, conference, id)
        .await?
        .ok_or(Error::NotFound("talk"))?;
    let frame = store::frame(db, conference)
        .await?
        .ok_or(Error::NotFound("conference"))?;
    let speakers = store::talks::speakers_of(db, conference, id).await?;
    let record = record(&frame, &row, &speakers);
    Ok((row, record))
}
