//! Talks by hand: add, edit, move, call off, hide, bin and bring back.
//!
//! Every change takes the conference's turn first ([`store::talks::turn`]), so that whether two talks collide is decided on
//! what is there, also when two people save at the same moment.

use db::Tx;
use identity::{ConferenceId, Contents, Grant, audit};
use kernel::{Error, Result, Timestamp};
use platform::jobs;
use platform::once::Once;
use serde::Serialize;

use super::{Writer, index};
use crate::exchange::{TalkDocument, document, text_of};
use crate::jobs::{EMPTY, Emptied};
use crate::limits;
use crate::model::hand::{Part, TalkState, parts, with_parts};
use crate::model::placement::{Clash, Slot, clashes};
use crate::model::{CategoryId, DayId, RoomId, TalkId, TrackId, free_slug, slug_or};
use crate::schedule::Link;
use crate::store::{self, Loaded, Speaker, Talk, write};

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
    let blank = Talk {
        id: TalkId::fresh(),
        number,
        guid: uuid::Uuid::now_v7().to_string(),
        file_id: number,
        code: String::new(),
        day: None,
        room: None,
        track: None,
        category: None,
        position: store::talks::next_position(&mut tx, conference).await?,
        starts_at: Timestamp::UNIX_EPOCH,
        ends_at: Timestamp::UNIX_EPOCH,
        slug: free_slug(&base, |slug| taken.iter().any(|own| own == slug)),
        file_slug: String::new(),
        url: String::new(),
        title: String::new(),
        subtitle: String::new(),
        kind: String::new(),
        language: String::new(),
        r#abstract: String::new(),
        description: String::new(),
        logo: String::new(),
        license: String::new(),
        opt_out: None,
        document: text_of(&TalkDocument::default()),
        version: 0,
        created_at: writer.now,
        changed_at: writer.now,
        removed_at: None,
        state: TalkState::Planned,
        hand: String::new(),
        made_by_hand: true,
        binned_at: None,
    };
    let record = match put(&mut tx, writer, grant, &frame, blank, None, draft).await? {
        Ok(record) => record,
        Err(clashes) => return Ok(Saved::Clashes(clashes)),
    };
    audit::record(&mut tx, grant, "talk.add", record.id.as_str(), &(), &record).await?;
    if let Some(once) = once {
        let body = serde_json::to_string(&record).map_err(Error::internal)?;
        once.keep(&mut tx, 201, &body, writer.now).await?;
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

/// Where a talk stands, completed and checked.
struct Placed {
    day: DayId,
    starts_at: Timestamp,
    ends_at: Timestamp,
    room: Option<RoomId>,
    track: Option<TrackId>,
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

/// Writes a talk as the draft wants it, over `row`; or says what is in the way.
async fn put(
    tx: &mut Tx,
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    frame: &Loaded,
    row: Talk,
    before: Option<(&TalkRecord, &[Speaker])>,
    draft: &TalkDraft,
) -> Result<Result<TalkRecord, Vec<Clash>>> {
    let conference = grant.conference();
    let state = draft.state.unwrap_or(row.state);
    let placed = match (&draft.placement, state) {
        (Some(place), _) => Some(settle(frame, place)?),
        (None, TalkState::Hidden) => None,
        (None, _) => return Err(Error::invalid("day", "program-talk-unplaced")),
    };
    let known = draft
        .category
        .as_ref()
        .is_none_or(|id| frame.categories.iter().any(|own| own.id == *id));
    if !known {
        return Err(Error::invalid("category", "web-field-choice"));
    }
    let speakers = super::speakers::called(tx, writer, grant, &draft.speakers).await?;
    if let (Some(placed), TalkState::Planned) = (&placed, state) {
        let clashes = in_the_way(
            tx,
            conference,
            frame,
            Some(row.id.clone()),
            &draft.title,
            placed,
            &speakers,
        )
        .await?;
        if clashes.iter().any(|clash| clash.stands(&draft.consents)) {
            return Ok(Err(clashes));
        }
    }
    let mut next = filled(row.clone(), draft, state, placed);
    let changed = before.map(|(before, credited)| {
        different(
            before,
            &record(frame, &next, &speakers),
            credited,
            &speakers,
        )
    });
    if !row.made_by_hand {
        next.hand = with_parts(&row.hand, changed.as_deref().unwrap_or_default());
    }
    let same = before.is_some_and(|(before, _)| *before == record(frame, &next, &speakers));
    if same {
        return Ok(Ok(record(frame, &row, &speakers)));
    }
    next.version = row.version + 1;
    next.changed_at = writer.now;
    write::put_talk(tx, conference, &next).await?;
    let ids: Vec<_> = speakers.iter().map(|speaker| speaker.id.clone()).collect();
    write::put_credits(tx, &next.id, &ids).await?;
    index::talk(
        tx,
        conference,
        &next,
        speakers.iter().map(|speaker| speaker.name.as_str()),
    )
    .await?;
    Ok(Ok(record(frame, &next, &speakers)))
}

/// The row with everything that the draft says.
fn filled(row: Talk, draft: &TalkDraft, state: TalkState, placed: Option<Placed>) -> Talk {
    let own: TalkDocument = document(&row.document);
    let own = TalkDocument {
        links: as_known(&draft.links, &own.links),
        attachments: as_known(&draft.slides, &own.attachments),
        ..own
    };
    let (day, room, track, starts_at, ends_at) = match placed {
        Some(placed) => (
            Some(placed.day),
            placed.room,
            placed.track,
            placed.starts_at,
            placed.ends_at,
        ),
        None => (
            None,
            None,
            None,
            Timestamp::UNIX_EPOCH,
            Timestamp::UNIX_EPOCH,
        ),
    };
    Talk {
        title: draft.title.clone(),
        subtitle: draft.subtitle.clone(),
        kind: draft.kind.clone(),
        language: draft.language.clone(),
        r#abstract: draft.r#abstract.clone(),
        description: draft.description.clone(),
        category: draft.category.clone(),
        document: text_of(&own),
        state,
        day,
        room,
        track,
        starts_at,
        ends_at,
        ..row
    }
}

/// Links with what files say of them beside address and title.
fn as_known(links: &[Link], known: &[Link]) -> Vec<Link> {
    let complete = |link: &Link| {
        let was = known.iter().find(|own| own.url == link.url);
        was.map_or_else(
            || link.clone(),
            |was| Link {
                title: link.title.clone(),
                ..was.clone()
            },
        )
    };
    links.iter().map(complete).collect()
}

/// The parts of a talk in which two records differ.
fn different(
    before: &TalkRecord,
    after: &TalkRecord,
    was: &[Speaker],
    is: &[Speaker],
) -> Vec<Part> {
    let place = |record: &TalkRecord| {
        (
            record.day.clone(),
            record.starts_at,
            record.minutes,
            record.room.clone(),
            record.track.clone(),
        )
    };
    let ids = |speakers: &[Speaker]| {
        speakers
            .iter()
            .map(|own| own.id.clone())
            .collect::<Vec<_>>()
    };
    [
        (Part::Title, before.title != after.title),
        (Part::Subtitle, before.subtitle != after.subtitle),
        (Part::Kind, before.kind != after.kind),
        (Part::Language, before.language != after.language),
        (Part::Abstract, before.r#abstract != after.r#abstract),
        (Part::Description, before.description != after.description),
        (Part::Category, before.category != after.category),
        (Part::Links, before.links != after.links),
        (Part::Slides, before.slides != after.slides),
        (Part::Speakers, ids(was) != ids(is)),
        (Part::Placement, place(before) != place(after)),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(part, _)| part)
    .collect()
}

/// Completes a place: the room of its track, the track of its room.
fn settle(frame: &Loaded, place: &Place) -> Result<Placed> {
    let choice = |name: &'static str| Error::invalid(name, "web-field-choice");
    if !frame.days.iter().any(|day| day.id == place.day) {
        return Err(choice("day"));
    }
    let track = match (&place.track, &place.room) {
        (Some(id), _) => Some(
            frame
                .tracks
                .iter()
                .find(|own| own.id == *id && own.removed_at.is_none())
                .ok_or_else(|| choice("track"))?,
        ),
        (None, Some(room)) => frame
            .tracks
            .iter()
            .find(|own| own.room.as_ref() == Some(room) && own.removed_at.is_none()),
        (None, None) => None,
    };
    let room = match (&place.room, track) {
        (Some(id), _) => {
            let known = frame
                .rooms
                .iter()
                .any(|own| own.id == *id && own.removed_at.is_none());
            Some(id.clone())
                .filter(|_| known)
                .ok_or_else(|| choice("room"))
                .map(Some)?
        }
        (None, track) => track.and_then(|own| own.room.clone()),
    };
    if !(1..=limits::TALK_HOURS_MAX * 60).contains(&place.minutes) {
        return Err(Error::invalid("minutes", "program-talk-minutes-range"));
    }
    let micros = place.starts_at.as_microsecond() + place.minutes * 60_000_000;
    Ok(Placed {
        day: place.day.clone(),
        starts_at: place.starts_at,
        ends_at: kernel::clock::from_micros(micros),
        room,
        track: track.map(|own| own.id.clone()),
    })
}

async fn in_the_way(
    tx: &mut Tx,
    conference: &ConferenceId,
    frame: &Loaded,
    id: Option<TalkId>,
    title: &str,
    placed: &Placed,
    speakers: &[Speaker],
) -> Result<Vec<Clash>> {
    let wanted = Slot {
        talk: id,
        title: title.to_owned(),
        starts_at: placed.starts_at,
        ends_at: placed.ends_at,
        room: placed.room.clone(),
        track: placed.track.clone(),
        speakers: speakers
            .iter()
            .map(|own| (own.id.clone(), own.name.clone()))
            .collect(),
    };
    let others =
        store::talks::slots(&mut *tx, conference, placed.starts_at, placed.ends_at).await?;
    let day = frame.days.iter().find(|day| day.id == placed.day);
    Ok(clashes(
        &wanted,
        &others,
        day.map(|day| (day.starts_at, day.ends_at)),
    ))
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

/// Something that is done with several talks at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Shows them as they are planned, calls them off, or hides them.
    State(TalkState),
    /// Puts them into the bin.
    Bin,
    /// Brings them back from it.
    Restore,
    /// Gives what was edited by hand back to the file: the next import has the say again.
    Release,
}

impl Act {
    fn name(self) -> &'static str {
        match self {
            Self::State(TalkState::Planned) => "talk.plan",
            Self::State(TalkState::Cancelled) => "talk.cancel",
            Self::State(TalkState::Hidden) => "talk.hide",
            Self::Bin => "talk.bin",
            Self::Restore => "talk.restore",
            Self::Release => "talk.release",
        }
    }
}

/// Does something with several talks, all or none; those to which it made a difference. With `expected` only to talks
/// that are still in this version.
///
/// # Errors
/// `NotFound` when one of them is none of this conference, `Conflict` when a talk cannot come back to where it stood.
pub async fn act(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    ids: &[TalkId],
    act: Act,
    expected: Option<i64>,
) -> Result<Vec<TalkRecord>> {
    let mut tx = writer.db.begin().await?;
    let conference = grant.conference();
    let version = turn(&mut tx, writer, conference).await?;
    let frame = frame(&mut tx, conference).await?;
    let mut changed = Vec::new();
    for id in ids {
        let row = found(&mut tx, conference, id).await?;
        if expected.is_some_and(|version| version != row.version) {
            return Err(Error::Stale);
        }
        let Some(next) = acted(&row, act, writer.now)? else {
            continue;
        };
        let speakers = store::talks::speakers_of(&mut tx, conference, id).await?;
        let happens = |row: &Talk| row.happens() && row.binned_at.is_none();
        if happens(&next) && !happens(&row) {
            comes_back(&mut tx, conference, &next, &speakers).await?;
        }
        write::put_talk(&mut tx, conference, &next).await?;
        if act == Act::Bin {
            let emptied = Emptied::talk(conference, id);
            jobs::enqueue(&mut tx, EMPTY, &emptied, writer.now + limits::BIN_KEPT).await?;
        }
        let (before, after) = (
            record(&frame, &row, &speakers),
            record(&frame, &next, &speakers),
        );
        audit::record(&mut tx, grant, act.name(), id.as_str(), &before, &after).await?;
        changed.push(after);
    }
    if changed.is_empty() {
        return Ok(changed);
    }
    tx.commit().await?;
    writer.announce(conference, version);
    Ok(changed)
}

/// The row after an act; none where it makes no difference.
fn acted(row: &Talk, act: Act, now: Timestamp) -> Result<Option<Talk>> {
    let mut next = row.clone();
    match act {
        Act::State(state) => {
            if row.binned_at.is_some() {
                return Err(Error::NotFound("talk"));
            }
            if state != TalkState::Hidden && row.day.is_none() {
                return Err(Error::conflict(
                    kernel::Message::new("program-talk-unplaced-named").with("title", &row.title),
                ));
            }
            next.state = state;
        }
        Act::Bin => next.binned_at = Some(row.binned_at.unwrap_or(now)),
        Act::Restore => next.binned_at = None,
        Act::Release => next.hand.clear(),
    }
    if next == *row {
        return Ok(None);
    }
    next.version = row.version + 1;
    next.changed_at = now;
    Ok(Some(next))
}

/// Whether a talk can stand again where it stood; only what can never be meant is in the way.
async fn comes_back(
    tx: &mut Tx,
    conference: &ConferenceId,
    row: &Talk,
    speakers: &[Speaker],
) -> Result<()> {
    let wanted = Slot {
        talk: Some(row.id.clone()),
        title: row.title.clone(),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        room: row.room.clone(),
        track: row.track.clone(),
        speakers: speakers
            .iter()
            .map(|own| (own.id.clone(), own.name.clone()))
            .collect(),
    };
    let others = store::talks::slots(&mut *tx, conference, row.starts_at, row.ends_at).await?;
    match clashes(&wanted, &others, None)
        .into_iter()
        .find(|clash| clash.consent().is_none())
    {
        None => Ok(()),
        Some(Clash::Room { title } | Clash::Track { title }) => Err(Error::conflict(
            kernel::Message::new("program-talk-place-taken")
                .with("title", &row.title)
                .with("other", title),
        )),
        Some(_) => Ok(()),
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
